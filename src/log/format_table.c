/*
 * The table is ordered: of formats that fit a source about equally well the earlier one is taken, so the more telling
 * layouts stand first. Times are only outlined by the expressions; timestamp_parse has to agree that the whole span is
 * one. A grammar of conversion words (%d %p %c) was rejected: half of these layouts are not made from such words, and
 * PCRE2's just-in-time code is as fast as reading such words one by one.
 */
#include "log/format_table.h"

#include "log/format_code.h"

#define ZONE "(?: ?(?:Z|[A-Z]{3,4}|[+-]\\d\\d(?::?\\d\\d)?)(?![A-Za-z0-9]))?"
/* of a zone, behind its offset: [Europe/Berlin] */
#define REGION "(?:\\[(?:UTC|GMT|[A-Z][A-Za-z]+/[A-Za-z0-9_+/-]+)\\])?"
#define ISO    "(?<time>(?:\\d{4}[-/.]\\d\\d[-/.]\\d\\d[T ])?\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?" ZONE ")" REGION
#define SYSLOG "[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?"
#define LEVEL_WORD                                                                                                     \
    "(?i:TRACE|VERBOSE|FINE(?:R|ST)?|CONFIG|DEBUG|INFO|INFORMATION|NOTICE|AUDIT|WARN|WARNING|ERR|ERROR|SEVERE|"        \
    "CRITICAL|CRIT|ALERT|EMERG|FATAL|PANIC)"
#define LEVEL "(?<level>" LEVEL_WORD ")"
/* program[pid]: of syslog; the program is one word or two, and up to five before a pid */
#define TAG                                                                                                            \
    "(?<component>(?: ?-- )?[^\\s:\\[]+(?:(?: [^\\s:\\[]+){1,4}(?=\\[\\d+\\])|(?: "                                    \
    "[^\\s:\\[]+)?))(?:\\[(?<pid>\\d+)\\])?"                                                                           \
    "(?: \\((?<address>[^)]*)\\))?: ?(?!:)"

/* What a row that is an expression says of its records: cut, is_multiline, is_by_name, is_sparse. */
#define ONE_LINE   NULL, false, false, false
#define MANY_LINES NULL, true, false, false
#define BLOCKS     NULL, true, false, true

const struct format format_table[] = {
    {{"audit", "Linux audit: type=SYSCALL msg=audit(1795399811.123:45): fields"},
     "^(?:node=(?<host>\\S+) )?type=(?<component>\\w+) msg=audit\\((?<time>\\d{10}\\.\\d{3}):(?<serial>\\d+)\\): ?",
     ONE_LINE},
    {{"kernel", "kernel ring buffer (dmesg): [    1.234567] message"},
     "^(?:<(?<priority>\\d{1,3})>)?\\[(?<time> *\\d+\\.\\d{6})\\] (?:(?<component>[A-Za-z][\\w.-]*(?: [\\d:.-]+)?): )?",
     MANY_LINES},
    {{"xorg", "Xorg: [    12.345] (II) message"},
     "^\\[(?<time> *\\d+\\.\\d{3})\\] (?:\\((?:(?<level>II|WW|EE)|[-*=+!?NI]{2})\\) )?",
     MANY_LINES},
    {{"jvm", "unified log of the Java virtual machine: [0.012s][info][gc] message"},
     "^\\[(?<time>\\d+\\.\\d{3}(?=s)|\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}[+-]\\d{4})s?\\]\\[(?<level>[a-"
     "z]+) *\\]\\[(?<component>[^\\]]*)\\] ?",
     MANY_LINES},
    {{"redis", "Redis: 123:M 23 Nov 2026 02:10:11.123 * message"},
     "^(?<pid>\\d+):(?<component>[MSCX]) (?<time>\\d\\d [A-Z][a-z]{2}(?: \\d{4})? \\d\\d:\\d\\d:\\d\\d\\.\\d{3}) "
     "(?<level>[.*#]|- ) ?",
     MANY_LINES},
    {{"haproxy", "HAProxy, http and tcp: client [time] frontend backend/server timers ..."},
     "^(?<client>[\\da-fA-F.:]+:\\d+) \\[(?<time>\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d\\.\\d{3})\\] "
     "(?<component>\\S+) (?<server>\\S+) (?<timers>[\\d/+-]+) ",
     ONE_LINE},
    {{"squid", "Squid access log: 1795399811.123    45 client TCP_MISS/200 512 GET url ..."},
     "^(?<time>\\d{10}\\.\\d{3}) +(?<elapsed>\\d+) (?<client>\\S+) (?<result>[A-Z_]+)/(?<status>\\d{3}) (?<size>\\d+) ",
     ONE_LINE},
    {{"squid-cache", "Squid cache log: 2026/11/23 02:10:11 kid1| message"},
     "^(?<time>\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d)(?: kid(?<pid>\\d+))?\\| ?",
     MANY_LINES},
    {{"mysql", "MySQL and MariaDB error log: time thread [Note] [MY-1] [Server] message"},
     "^" ISO " (?<tid>\\d+) \\[(?<level>\\w+)\\] (?:\\[(?<code>MY-\\d+)\\] \\[(?<component>\\w+)\\] )?",
     MANY_LINES},
    {{"mysql-slow", "MySQL and MariaDB slow query log: # Time: 2026-11-23T02:10:11.123456Z"},
     "^# Time: (?<time>\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?(?:Z|[+-]\\d\\d:\\d\\d)|\\d{6} [ "
     "\\d]\\d:\\d\\d:\\d\\d) ?",
     BLOCKS},
    {{"mongodb", "MongoDB before 4.4: time I NETWORK  [conn1] message"},
     "^" ISO " (?<level>[DIWEF])\\d? +(?<component>[A-Z_]+|-) +\\[(?<thread>[^\\]]*)\\] ?",
     MANY_LINES},
    {{"kafka", "Kafka: [2026-11-23 02:10:11,123] INFO message (component)"},
     "^\\[" ISO "\\] " LEVEL " +(?<message>.*) \\((?<component>[a-z][\\w.$]*)\\)$",
     MANY_LINES},
    {{"elasticsearch", "Elasticsearch: [time][INFO ][component] [node] message"},
     "^\\[" ISO "\\]\\[" LEVEL " *\\]\\[(?<component>[^\\] ]*) *\\] ?(?:\\[(?<node>[^\\]]*)\\] ?)?",
     MANY_LINES},
    {{"cassandra", "Cassandra: INFO  [thread] time File.java:45 - message"},
     "^" LEVEL " +\\[(?<thread>[^\\]]*)\\] " ISO " (?<component>[\\w.$]+:\\d+) - ?",
     MANY_LINES},
    {{"ruby", "Ruby logger and Rails: I, [2026-11-23T02:10:11.123456 #12]  INFO -- : message"},
     "^[DIWEFAU], \\[(?<time>\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{1,9}) #(?<pid>\\d+)\\] +(?<level>[A-Z]+) "
     "-- (?<component>[^:]*): ?",
     MANY_LINES},
    {{"uvicorn", "uvicorn: INFO:     message"}, "^" LEVEL ": {3,9}(?=\\S)", MANY_LINES},
    {{"gunicorn", "gunicorn: [2026-11-23 02:10:11 +0000] [12] [INFO] message"},
     "^\\[" ISO "\\] \\[(?<pid>\\d+)\\] \\[" LEVEL "\\] ?",
     MANY_LINES},
    {{"celery", "Celery: [2026-11-23 02:10:11,123: INFO/MainProcess] message"},
     "^\\[" ISO ": " LEVEL "/(?<component>[^\\]]+)\\] ?",
     MANY_LINES},
    {{"minecraft", "Minecraft: [02:10:11] [Server thread/INFO]: message"},
     "^\\[" ISO "\\] \\[(?<thread>[^\\]/]+)/" LEVEL "\\](?: \\[(?<component>[^\\]]+)\\])?: ?",
     MANY_LINES},
    {{"jboss", "JBoss and WildFly: time INFO  [component] (thread) message"},
     "^" ISO " " LEVEL " +\\[(?<component>[\\w.$]+)\\] \\((?<thread>[^)]*)\\) ?",
     MANY_LINES},
    {{"tomcat", "Tomcat (catalina): 23-Nov-2026 02:10:11.123 INFO [thread] component message"},
     "^(?<time>\\d\\d-[A-Z][a-z]{2}-\\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d{3}) " LEVEL
     " \\[(?<thread>[^\\]]*)\\] (?<component>[\\w.$<>]+) ?",
     MANY_LINES},
    {{"jul", "java.util.logging, two lines: Nov 23, 2026 2:10:11 AM class method"},
     "^(?<time>[A-Z][a-z]{2} \\d{1,2}, \\d{4},? \\d{1,2}:\\d\\d:\\d\\d [AP]M) (?<component>[\\w.$]+) "
     "(?<method>[\\w$<>]+)",
     BLOCKS},
    {{"jenkins", "Jenkins: time [id=12]<TAB>INFO<TAB>component: message"},
     "^" ISO "\\t\\[id=(?<tid>\\d+)\\]\\t" LEVEL "\\t(?<component>[^\\s:]+): ?",
     MANY_LINES},
    {{"flink", "Flink (log4j2): time INFO  component [] - message"},
     "^" ISO " " LEVEL " +(?<component>[\\w.$]+) +\\[[^\\]]*\\] - ?",
     MANY_LINES},
    {{"rabbitmq", "RabbitMQ: time [info] <0.12.0> message"},
     "^" ISO " \\[(?<level>[a-z]+)\\] <(?<component>\\d+\\.\\d+\\.\\d+)> ?",
     MANY_LINES},
    {{"erlang", "Erlang and old RabbitMQ reports: =INFO REPORT==== 23-Nov-2026::02:10:11 ==="},
     "^=(?<level>[A-Z]+) REPORT==== (?<time>\\d{1,2}-[A-Z][a-z]{2}-\\d{4}::\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?) ===",
     BLOCKS},
    {{"ceph", "Ceph: time thread verbosity message"},
     "^" ISO " (?<tid>[0-9a-f]{8,16}) +(?<verbosity>-?\\d{1,2}) ",
     MANY_LINES},
    {{"samba", "Samba: [2026/11/23 02:10:11.123456,  0] file(function)"},
     "^\\[(?<time>\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{6})?), +(?<verbosity>\\d+)(?:, "
     "pid=(?<pid>\\d+))?[^\\]]*\\] (?<component>\\S+)",
     MANY_LINES},
    {{"bind", "BIND: 23-Nov-2026 02:10:11.123 category: level: message, or with ISO times"},
     "^(?<time>\\d\\d-[A-Z][a-z]{2}-\\d{4} "
     "\\d\\d:\\d\\d:\\d\\d\\.\\d{3}|\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z?(?= [a-z][a-z-]+: [a-z]+[: ])) "
     "(?:(?<component>[a-z][a-z-]+): "
     ")?(?:(?<level>critical|error|warning|notice|info|debug(?= \\d))(?: \\d+)?: )",
     MANY_LINES},
    {{"android-long", "Android logcat, long, two lines: [ 11-23 02:10:11.123  1234: 1240 I/Tag ]"},
     "^\\[ (?<time>(?:\\d{4}-)?\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3,6}) +(?<pid>\\d+): *(?<tid>\\d+) "
     "(?<level>[VDIWEFAS])/(?<component>.*?) *\\]$",
     MANY_LINES},
    {{"android-brief", "Android logcat, brief and time: [11-23 02:10:11.123] D/Tag( 123): message"},
     "^(?:(?<time>\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}) )?(?<level>[VDIWEFAS])/(?<component>[^(]*?) *\\( "
     "*(?<pid>\\d+)\\): ?",
     ONE_LINE},
    {{"macos", "macOS unified log (log show): time thread type activity pid ttl process: message"},
     "^(?<time>\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6}[+-]\\d{4}) (?<tid>0x[0-9a-f]+) "
     "+(?<level>[A-Z][a-z]+) +(?<activity>0x[0-9a-f]+) +(?<pid>\\d+) +(?<ttl>\\d+) +(?<component>[^:]+): ?",
     MANY_LINES},
    {{"cisco", "Cisco IOS and ASA: *Nov 23 02:10:11.123: %LINK-3-UPDOWN: message"},
     "^(?:<\\d{1,3}>)?(?:\\d+: )?[*.]?(?<time>[A-Z][a-z]{2} [ \\d]\\d(?: \\d{4})? "
     "\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,3})?(?: [A-Z]{3,4})?)(?: (?<host>[\\w.-]+))? ?: "
     "%(?<component>[A-Z][A-Z\\d_]*)-(?<priority>\\d)-(?<mnemonic>\\w+): ?",
     ONE_LINE},
    {{"exim", "Exim main log: time 1xVNNo-0000h5-0d <= sender ..."},
     "^(?<time>\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{3})?(?: [+-]\\d{4})?) (?:\\[(?<pid>\\d+)\\] )?"
     "(?:(?<id>[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}) |(?=[HUF]=|cwd=|exim |Start queue run|End queue run|"
     "SMTP |TLS |no host name|no IP address|unexpected disconnection|rejected ))",
     ONE_LINE},
    {{"dovecot", "Dovecot: Nov 23 02:10:11 imap(joe)<12><session>: Info: message"},
     "^(?<time>" SYSLOG ") (?<component>[a-z][a-z\\d-]*)(?:\\((?<user>[^)]*)\\))?(?:<[^>]*>){0,2}: "
     "(?<level>Debug|Info|Warning|Error|Fatal|Panic): ",
     MANY_LINES},
    {{"php", "PHP and PHP-FPM: [23-Nov-2026 02:10:11 Europe/Berlin] PHP Warning:  message"},
     "^\\[(?<time>\\d\\d-[A-Z][a-z]{2}-\\d{4} \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{6})?(?: [A-Z]{3,4})?)"
     "(?: (?<zone>[A-Z][A-Za-z]+(?:/[A-Za-z0-9_+-]+){1,2}))?\\] "
     "(?:(?:PHP )?(?<level>Notice|Warning|Deprecated|(?:Fatal|Parse) error|NOTICE|WARNING|ERROR|ALERT|DEBUG): +)?",
     MANY_LINES},
    {{"eventlog",
      "Windows event log saved as text: Error<TAB>11/23/2026 2:10:11 AM<TAB>source<TAB>7036<TAB>task<TAB>..."},
     "^(?<level>Information|Warning|Error|Critical|Verbose|Audit (?:Success|Failure))\\t(?<time>[^\\t]+)\\t"
     "(?<component>[^\\t]+)\\t(?<id>\\d+)\\t(?<task>[^\\t]*)\\t?",
     MANY_LINES},
    {{"paloalto", "Palo Alto: 1,2026/11/23 02:10:11,serial,TRAFFIC,end,..."},
     "^(?:(?:<\\d{1,3}>)?" SYSLOG " (?<host>\\S+) )?\\d+,(?<time>\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d),"
     "(?<serial>\\w*),(?<component>[A-Z][A-Z-]+),(?<subtype>[\\w.-]*),",
     ONE_LINE},
    {{"apt", "apt history and term.log: Start-Date: 2026-11-23  02:10:11"},
     "^(?:Start-Date|Log started): (?<time>\\d{4}-\\d\\d-\\d\\d  \\d\\d:\\d\\d:\\d\\d)",
     BLOCKS},
    {{"dpkg", "dpkg: 2026-11-23 02:10:11 status installed package version"},
     "^(?<time>\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d) "
     "(?<component>startup|install|upgrade|configure|trigproc|disappear|remove|purge|status|conffile) ",
     ONE_LINE},
    {{"alb", "AWS application load balancer: https time balancer client target ..."},
     "^(?<type>https?|h2|wss?|grpcs) (?<time>\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z) (?<component>\\S+) "
     "(?<client>\\S+) (?<target>\\S+) (?<timers>-?[\\d.]+ -?[\\d.]+ -?[\\d.]+) (?<status>\\d{3}|-) ",
     ONE_LINE},
    {{"s3", "AWS S3 access log: owner bucket [time] client requester request operation ..."},
     "^(?<owner>[0-9a-f]{8,64}) (?<bucket>\\S+) \\[(?<time>\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d "
     "[+-]\\d{4})\\] (?<client>\\S+) (?<requester>\\S+) (?<request>\\S+) (?<component>[A-Z\\d]+\\.[A-Z\\d_.]+) ",
     ONE_LINE},
    {{"envoy", "Envoy access log: [time] \"GET / HTTP/1.1\" 200 ..."},
     "^\\[(?<time>\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z)\\] (?=\"[A-Z-]+ [^\"]*\" \\d)",
     ONE_LINE},
    {{"cef", "Common Event Format: CEF:0|vendor|product|version|id|name|severity|extension"},
     "^(?:(?:<\\d{1,3}>)?(?<time>" SYSLOG ") (?<host>\\S+) )?CEF: "
     "?\\d+\\|(?<vendor>[^|]*)\\|(?<component>[^|]*)\\|(?<release>[^|]*)\\|(?<id>["
     "^|]*)\\|(?<name>[^|]*)\\|(?<severity>[^|]*)\\|",
     ONE_LINE},
    {{"leef", "Log Event Extended Format: LEEF:1.0|vendor|product|version|id|attributes"},
     "^(?:(?:<\\d{1,3}>)?(?<time>" SYSLOG
     ") (?<host>\\S+) )?LEEF:[\\d.]+\\|(?<vendor>[^|]*)\\|(?<component>[^|]*)\\|(?<release>[^|]*)\\|(?<id>[^|]*)\\|",
     ONE_LINE},
    {{"fortinet", "Fortinet: date=2026-11-23 time=02:10:11 devname=\"...\" key=value ..."},
     "^(?:<(?<priority>\\d{1,3})>)?(?<time>date=\\d{4}-\\d\\d-\\d\\d time=\\d\\d:\\d\\d:\\d\\d) "
     "(?:devname=\"?(?<host>[^\" ]*)\"? )?",
     ONE_LINE},
    {{"esxi", "VMware ESXi and vCenter: time info hostd[12] message"},
     "^" ISO " " LEVEL " (?<component>[\\w-]+)\\[(?<pid>\\w+)\\] ?",
     MANY_LINES},
    {{"dotnet", ".NET console, two lines: info: Category[0]"},
     "^(?<level>trce|dbug|info|warn|fail|crit): (?<component>[\\w.+`]+)\\[(?<event>-?\\d+)\\]",
     MANY_LINES},
    {{"serilog", "Serilog text: [02:10:11 INF] message, or time [INF] message"},
     "^\\[?" ISO " \\[?(?<level>VRB|DBG|INF|WRN|ERR|FTL)\\] ?",
     MANY_LINES},
    {{"zap", "zap console: time<TAB>INFO<TAB>caller<TAB>message"},
     "^" ISO "\\t" LEVEL "\\t(?:(?<component>[\\w./-]+:\\d+)\\t)?",
     MANY_LINES},
    {{"go", "Go standard log with files: 2026/11/23 02:10:11 main.go:23: message"},
     "^(?<time>\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{6})?) (?<component>[\\w/.-]+\\.go:\\d+): ?",
     MANY_LINES},
    {{"django", "Django server: [23/Nov/2026 02:10:11] \"GET / HTTP/1.1\" 200 12"},
     "^\\[(?<time>\\d\\d/[A-Z][a-z]{2}/\\d{4} \\d\\d:\\d\\d:\\d\\d)\\] \"(?<message>(?:[^\"\\\\]|\\\\.)*)\" "
     "(?<status>\\d{3}) (?<size>\\d+)",
     ONE_LINE},
    {{"android", "Android logcat, threadtime: 03-17 16:13:38.811  1702  2395 D Tag: message"},
     "^(?<time>(?:\\d{4}-)?\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3,6}) +(?<pid>\\d+) +(?<tid>\\d+) "
     "(?<level>[VDIWEFAS]) (?<component>.*?) *: ?",
     MANY_LINES},
    {{"apache", "Apache error log: [Sun Dec 04 04:47:44 2005] [notice] message"},
     "^\\[(?<time>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})? \\d{4})\\] "
     "\\[(?:(?<component>\\w*):)?(?<level>\\w+)\\] (?:\\[pid (?<pid>\\d+)(?::tid (?<tid>\\d+))?\\] )?",
     MANY_LINES},
    {{"ras", "event log of a large machine: label epoch date node time node TYPE COMPONENT LEVEL message"},
     "^(?<label>\\S+) (?<epoch>\\d{10}) (?<date>\\d{4}\\.\\d\\d\\.\\d\\d) (?<node>\\S+) "
     "(?<time>\\d{4}-\\d\\d-\\d\\d-\\d\\d\\.\\d\\d\\.\\d\\d\\.\\d{1,9}) (?<host>\\S+) (?<type>\\S+) (?<component>\\S+) "
     "(?<level>\\S+) ?",
     MANY_LINES},
    {{"cluster", "syslog of a cluster: label epoch date node syslog-time host program[pid]: message"},
     "^(?<label>\\S+) (?<time>\\d{10}) (?<date>\\d{4}\\.\\d\\d\\.\\d\\d) (?<node>\\S+) (?<stamp>" SYSLOG
     ") (?<host>\\S+) (?:" TAG ")?",
     MANY_LINES},
    {{"hpc", "event log of a cluster: id node component state epoch flag message"},
     "^(?<id>\\d+) (?<node>\\S+) (?<component>\\S+) (?<state>\\S+) (?<time>\\d{10}) (?<flag>\\d+) ",
     MANY_LINES},
    {{"hdfs", "Hadoop with short dates: 081109 203615 148 INFO component: message"},
     "^(?<time>\\d{6} \\d{6}) (?<pid>\\d+) (?<level>[A-Z]+) (?<component>[^\\s:]+): ?",
     MANY_LINES},
    {{"spark", "log4j with short dates: 17/06/09 20:10:40 INFO component: message"},
     "^(?<time>\\d\\d/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?) " LEVEL " +(?<component>[^\\s:]+): ?",
     MANY_LINES},
    {{"openstack", "oslo.log: [file] 2017-05-16 00:00:00.008 25746 INFO component [req-...] message"},
     "^(?:(?<file>[^\\s\\d][^\\s/]*) )?" ISO " (?<pid>\\d+) (?<level>[A-Z]+) (?<component>\\S+) "
     "(?:\\[(?<request>(?:None )?req-[^\\]]*|-)\\] ?)?",
     MANY_LINES},
    {{"openstack-bare", "oslo.log without times: INFO component [req-...] message"},
     "^" LEVEL " (?<component>[\\w.]+) \\[(?<request>(?:None )?req-[^\\]]*|-)\\] ?",
     MANY_LINES},
    {{"proxifier", "Proxifier: [10.30 16:49:06] program - message"},
     "^\\[(?<time>\\d\\d\\.\\d\\d \\d\\d:\\d\\d:\\d\\d)\\] (?<component>\\S+(?: \\*\\d+)?) - ",
     MANY_LINES},
    {{"zookeeper", "log4j: 2015-07-29 17:41:44,747 - INFO  [thread:Class@774] - message"},
     "^" ISO " - " LEVEL " +\\[(?<thread>.*?)(?::(?<component>[\\w.$]+)@(?<at>\\d+))?\\] - ?",
     MANY_LINES},
    {{"postgresql", "PostgreSQL: time [pid] session user@database application LEVEL:  message"},
     "^" ISO " \\[(?<pid>\\d+)\\](?: (?<session>[0-9a-f]{6,16}\\.[0-9a-f]+))?"
     "(?: (?<user>[^@ ]*)@(?<database>[^ ]*))?(?: (?<application>[^ :@][^:]{0,63}?))?? +"
     "(?<level>LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG\\d?|DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION): "
     "{1,2}",
     MANY_LINES},
    {{"nginx", "nginx error log: 2026/11/23 02:10:11 [error] 12#34: *56 message"},
     "^(?<time>\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d) \\[(?<level>[a-z]+)\\] (?<pid>\\d+)#(?<tid>\\d+): "
     "(?:\\*(?<connection>\\d+) )?",
     MANY_LINES},
    {{"access", "access log of a web server, common or combined, perhaps with virtual hosts"},
     "^(?:(?<vhost>[A-Za-z][\\w.-]*:\\d+) )?(?<client>\\S+) (?<ident>\\S+) (?<user>.*?) "
     "\\[(?<time>\\d\\d/\\w{3}/\\d{4}:\\d\\d:\\d\\d:\\d\\d "
     "[+-]\\d{4})\\] \"(?<message>(?:[^\"\\\\]|\\\\.)*)\" (?<status>\\d{3}) (?<size>\\d+|-)"
     "(?: \"(?<referer>(?:[^\"\\\\]|\\\\.)*)\" \"(?<agent>(?:[^\"\\\\]|\\\\.)*)\")?",
     ONE_LINE},
    {{"syslog5424", "syslog after RFC 5424: <34>1 time host program pid id data message"},
     "^<(?<priority>\\d{1,3})>1 (?<time>\\S+) (?<host>\\S+) (?<component>\\S+) (?<pid>\\S+) (?<id>\\S+) "
     "(?<data>-|(?:\\[(?:[^\\]\"\\\\]|\"(?:[^\"\\\\]|\\\\.)*\"|\\\\.)*\\])+) ?(?:\\xef\\xbb\\xbf)?",
     MANY_LINES},
    {{"kubernetes", "containers of Kubernetes (CRI: containerd, CRI-O): time stdout F message"},
     "^" ISO " (?<stream>stdout|stderr) (?<part>[FP]) ",
     ONE_LINE},
    {{"glog", "Google log: I1123 02:10:11.123456   34 file.go:56] message"},
     "^(?<level>[IWEF])(?<time>\\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d{6}) +(?<tid>\\d+) (?<component>[^\\s:]+:\\d+)\\] ?",
     MANY_LINES},
    {{"spring", "Spring Boot: time LEVEL pid --- [thread] component : message"},
     "^" ISO " +" LEVEL " (?<pid>\\d+) --- (?:\\[(?<application>[^\\]]*)\\] )??\\[(?<thread>[^\\]]*)\\] "
     "(?<component>\\S+) *: ?",
     MANY_LINES},
    {{"hadoop", "log4j: time LEVEL [thread] component: message"},
     "^" ISO ",? " LEVEL " +\\[(?<thread>(?:[^\\[\\]]|\\[[^\\]]*\\])*)\\] (?<component>[^\\s:]+)(?: -|:) ?",
     MANY_LINES},
    {{"logback", "logback: time [thread] LEVEL component - message"},
     "^" ISO " \\[(?<thread>[^\\]]*)\\] " LEVEL " +(?<component>\\S+) -+ ?",
     MANY_LINES},
    {{"python", "Python logging: time - component - LEVEL - message"},
     "^" ISO " - (?<component>\\S+) - " LEVEL " - ?",
     MANY_LINES},
    {{"python-bare", "Python logging without times: LEVEL:component:message"},
     "^" LEVEL ":(?<component>[\\w.]+):",
     MANY_LINES},
    {{"traced", "service log: time pod trace span clock LEVEL component message"},
     "^" ISO
     " (?<pod>\\S+) (?<trace>[0-9a-f]{16,32}) (?<span>[0-9a-f]{8,16}) (?<clock>\\d\\d:\\d\\d:\\d\\d\\.\\d+) " LEVEL
     " +(?<component>\\S+) ?",
     MANY_LINES},
    {{"windows", "Windows servicing: time, Level component message"},
     "^" ISO ", " LEVEL " +(?<component>\\w+) +",
     MANY_LINES},
    {{"barred", "fields between bars: 20171223-22:15:29:606|component|pid|message"},
     "^(?<time>\\d{8}-\\d{1,2}:\\d{1,2}:\\d{1,2}(?::\\d{1,3})?)\\|(?<component>[^|]*)\\|(?<pid>\\d+)\\|",
     MANY_LINES},
    {{"log4j", "log4j: time LEVEL component: message"},
     "^" ISO " \\[?" LEVEL "\\]? +(?<component>[A-Za-z_][\\w.$]*(?:\\[[\\w.-]*\\])?)(?: -|:) ",
     MANY_LINES},
    {{"syslog", "syslog after RFC 3164, journalctl: Jun 14 15:16:01 host program[pid]: message"},
     "^(?:<(?<priority>\\d{1,3})>)?(?<time>" SYSLOG ")  ?(?<host>[^\\s:\\[\\]=\",]+) (?:" TAG ")?",
     MANY_LINES},
    {{"syslog-iso", "syslog and journalctl with long times: 2026-11-23T02:10:11.123+00:00 host program[pid]: message"},
     "^(?:<(?<priority>\\d{1,3})>)?(?<time>\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?"
     "(?:Z|[+-]\\d\\d:?\\d\\d)|[A-Z][a-z]{2} \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d [A-Z]{3,4}) (?!" LEVEL_WORD
     "\\b)(?<host>[\\w.-]+) (?:" TAG "|(?=last message|message repeated|-- ))",
     MANY_LINES},
    {{"json",
      "one JSON object a line, of any shape: Docker (json-file), MongoDB, zap, zerolog, logrus, pino, journald ..."},
     NULL,
     format_cut_json,
     false,
     false,
     false},
    {{"logfmt", "logfmt: key=value key=\"value\""}, NULL, format_cut_logfmt, false, false, false},
    {{"timed", "any known time at the start of the line, then perhaps a level, then the message"},
     NULL,
     format_cut_timed,
     true,
     false,
     false},
    {{"plain", "the whole line is the message"}, NULL, format_cut_plain, false, true, false},
    {{"events", "one event a line: label<TAB>id<TAB>time[<TAB>tag]"},
     "^(?<label>[^\\t]*)\\t(?<message>[^\\t]*)(?:\\t(?<time>[^\\t]*)(?:\\t(?<tag>[^\\t]*))?)?$",
     NULL,
     false,
     true,
     false},
    {{"sequences", "one trace a line: label<TAB>id id id<TAB>name, or just the ids"},
     NULL,
     format_cut_plain,
     false,
     true,
     false},
};
const size_t format_table_count = sizeof format_table / sizeof format_table[0];
