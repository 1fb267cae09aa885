/*
 * The table is ordered: of formats that fit a source about equally well the earlier one is taken, so the more telling
 * layouts stand first. Times are only outlined by the expressions; timestamp_parse has to agree that the whole span is
 * one. A grammar of conversion words (%d %p %c) was rejected: half of these layouts are not made from such words, and
 * PCRE2's just-in-time code is as fast as reading such words one by one.
 */
#include "log/format_table.h"

#include "log/format_code.h"

#define ZONE   "(?: ?(?:Z|[A-Z]{3,4}|[+-]\\d\\d(?::?\\d\\d)?)(?![A-Za-z0-9]))?"
#define ISO    "(?<time>(?:\\d{4}[-/.]\\d\\d[-/.]\\d\\d[T ])?\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?" ZONE ")"
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

const struct format format_table[] = {
    {{"android", "Android logcat, threadtime: 03-17 16:13:38.811  1702  2395 D Tag: message"},
     "^(?<time>(?:\\d{4}-)?\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3,6}) +(?<pid>\\d+) +(?<tid>\\d+) "
     "(?<level>[VDIWEFAS]) (?<component>.*?) *: ?",
     NULL,
     true,
     false},
    {{"apache", "Apache error log: [Sun Dec 04 04:47:44 2005] [notice] message"},
     "^\\[(?<time>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})? \\d{4})\\] "
     "\\[(?:(?<component>\\w*):)?(?<level>\\w+)\\] (?:\\[pid (?<pid>\\d+)(?::tid (?<tid>\\d+))?\\] )?",
     NULL,
     true,
     false},
    {{"ras", "event log of a large machine: label epoch date node time node TYPE COMPONENT LEVEL message"},
     "^(?<label>\\S+) (?<epoch>\\d{10}) (?<date>\\d{4}\\.\\d\\d\\.\\d\\d) (?<node>\\S+) "
     "(?<time>\\d{4}-\\d\\d-\\d\\d-\\d\\d\\.\\d\\d\\.\\d\\d\\.\\d{1,9}) (?<host>\\S+) (?<type>\\S+) (?<component>\\S+) "
     "(?<level>\\S+) ?",
     NULL,
     true,
     false},
    {{"cluster", "syslog of a cluster: label epoch date node syslog-time host program[pid]: message"},
     "^(?<label>\\S+) (?<time>\\d{10}) (?<date>\\d{4}\\.\\d\\d\\.\\d\\d) (?<node>\\S+) (?<stamp>" SYSLOG
     ") (?<host>\\S+) (?:" TAG ")?",
     NULL,
     true,
     false},
    {{"hpc", "event log of a cluster: id node component state epoch flag message"},
     "^(?<id>\\d+) (?<node>\\S+) (?<component>\\S+) (?<state>\\S+) (?<time>\\d{10}) (?<flag>\\d+) ",
     NULL,
     true,
     false},
    {{"hdfs", "Hadoop with short dates: 081109 203615 148 INFO component: message"},
     "^(?<time>\\d{6} \\d{6}) (?<pid>\\d+) (?<level>[A-Z]+) (?<component>[^\\s:]+): ?",
     NULL,
     true,
     false},
    {{"spark", "log4j with short dates: 17/06/09 20:10:40 INFO component: message"},
     "^(?<time>\\d\\d/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?) " LEVEL " +(?<component>[^\\s:]+): ?",
     NULL,
     true,
     false},
    {{"openstack", "oslo.log: [file] 2017-05-16 00:00:00.008 25746 INFO component [req-...] message"},
     "^(?:(?<file>[^\\s\\d][^\\s/]*) )?" ISO " (?<pid>\\d+) (?<level>[A-Z]+) (?<component>\\S+) "
     "(?:\\[(?<request>(?:None )?req-[^\\]]*|-)\\] ?)?",
     NULL,
     true,
     false},
    {{"openstack-bare", "oslo.log without times: INFO component [req-...] message"},
     "^" LEVEL " (?<component>[\\w.]+) \\[(?<request>(?:None )?req-[^\\]]*|-)\\] ?",
     NULL,
     true,
     false},
    {{"proxifier", "Proxifier: [10.30 16:49:06] program - message"},
     "^\\[(?<time>\\d\\d\\.\\d\\d \\d\\d:\\d\\d:\\d\\d)\\] (?<component>\\S+(?: \\*\\d+)?) - ",
     NULL,
     true,
     false},
    {{"zookeeper", "log4j: 2015-07-29 17:41:44,747 - INFO  [thread:Class@774] - message"},
     "^" ISO " - " LEVEL " +\\[(?<thread>.*?)(?::(?<component>[\\w.$]+)@(?<at>\\d+))?\\] - ?",
     NULL,
     true,
     false},
    {{"postgresql", "PostgreSQL: time [pid] session user@database application LEVEL:  message"},
     "^" ISO " \\[(?<pid>\\d+)\\](?: (?<session>[0-9a-f]{6,16}\\.[0-9a-f]+))?"
     "(?: (?<user>[^@ ]*)@(?<database>[^ ]*))?(?: (?<application>[^ :@][^:]{0,63}?))?? +"
     "(?<level>LOG|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG\\d?|DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION): "
     "{1,2}",
     NULL,
     true,
     false},
    {{"nginx", "nginx error log: 2026/11/23 02:10:11 [error] 12#34: *56 message"},
     "^(?<time>\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d) \\[(?<level>[a-z]+)\\] (?<pid>\\d+)#(?<tid>\\d+): "
     "(?:\\*(?<connection>\\d+) )?",
     NULL,
     true,
     false},
    {{"access", "access log of a web server, common or combined"},
     "^(?<client>\\S+) (?<ident>\\S+) (?<user>.*?) \\[(?<time>\\d\\d/\\w{3}/\\d{4}:\\d\\d:\\d\\d:\\d\\d "
     "[+-]\\d{4})\\] \"(?<message>(?:[^\"\\\\]|\\\\.)*)\" (?<status>\\d{3}) (?<size>\\d+|-)"
     "(?: \"(?<referer>(?:[^\"\\\\]|\\\\.)*)\" \"(?<agent>(?:[^\"\\\\]|\\\\.)*)\")?",
     NULL,
     false,
     false},
    {{"syslog5424", "syslog after RFC 5424: <34>1 time host program pid id data message"},
     "^<(?<priority>\\d{1,3})>1 (?<time>\\S+) (?<host>\\S+) (?<component>\\S+) (?<pid>\\S+) (?<id>\\S+) "
     "(?<data>-|(?:\\[(?:[^\\]\"\\\\]|\"(?:[^\"\\\\]|\\\\.)*\"|\\\\.)*\\])+) ?(?:\\xef\\xbb\\xbf)?",
     NULL,
     true,
     false},
    {{"kubernetes", "container runtime (CRI): time stdout F message"},
     "^" ISO " (?<stream>stdout|stderr) (?<part>[FP]) ",
     NULL,
     false,
     false},
    {{"glog", "Google log: I1123 02:10:11.123456   34 file.go:56] message"},
     "^(?<level>[IWEF])(?<time>\\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d{6}) +(?<tid>\\d+) (?<component>[^\\s:]+:\\d+)\\] ?",
     NULL,
     true,
     false},
    {{"spring", "Spring Boot: time LEVEL pid --- [thread] component : message"},
     "^" ISO " +" LEVEL " (?<pid>\\d+) --- (?:\\[(?<application>[^\\]]*)\\] )??\\[(?<thread>[^\\]]*)\\] "
     "(?<component>\\S+) *: ?",
     NULL,
     true,
     false},
    {{"hadoop", "log4j: time LEVEL [thread] component: message"},
     "^" ISO ",? " LEVEL " +\\[(?<thread>(?:[^\\[\\]]|\\[[^\\]]*\\])*)\\] (?<component>[^\\s:]+)(?: -|:) ?",
     NULL,
     true,
     false},
    {{"logback", "logback: time [thread] LEVEL component - message"},
     "^" ISO " \\[(?<thread>[^\\]]*)\\] " LEVEL " +(?<component>\\S+) -+ ?",
     NULL,
     true,
     false},
    {{"python", "Python logging: time - component - LEVEL - message"},
     "^" ISO " - (?<component>\\S+) - " LEVEL " - ?",
     NULL,
     true,
     false},
    {{"python-bare", "Python logging without times: LEVEL:component:message"},
     "^" LEVEL ":(?<component>[\\w.]+):",
     NULL,
     true,
     false},
    {{"traced", "service log: time pod trace span clock LEVEL component message"},
     "^" ISO
     " (?<pod>\\S+) (?<trace>[0-9a-f]{16,32}) (?<span>[0-9a-f]{8,16}) (?<clock>\\d\\d:\\d\\d:\\d\\d\\.\\d+) " LEVEL
     " +(?<component>\\S+) ?",
     NULL,
     true,
     false},
    {{"windows", "Windows servicing: time, Level component message"},
     "^" ISO ", " LEVEL " +(?<component>\\w+) +",
     NULL,
     true,
     false},
    {{"barred", "fields between bars: 20171223-22:15:29:606|component|pid|message"},
     "^(?<time>\\d{8}-\\d{1,2}:\\d{1,2}:\\d{1,2}(?::\\d{1,3})?)\\|(?<component>[^|]*)\\|(?<pid>\\d+)\\|",
     NULL,
     true,
     false},
    {{"log4j", "log4j: time LEVEL component: message"},
     "^" ISO " \\[?" LEVEL "\\]? +(?<component>[A-Za-z_][\\w.$]*(?:\\[[\\w.-]*\\])?)(?: -|:) ",
     NULL,
     true,
     false},
    {{"syslog", "syslog, RFC 3164: Jun 14 15:16:01 host program[pid]: message"},
     "^(?:<(?<priority>\\d{1,3})>)?(?<time>" SYSLOG ") (?<host>[^\\s:\\[\\]=\",]+) (?:" TAG ")?",
     NULL,
     true,
     false},
    {{"syslog-iso", "syslog with long times: 2026-11-23T02:10:11.123+00:00 host program[pid]: message"},
     "^(?:<(?<priority>\\d{1,3})>)?(?<time>\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,9})?"
     "(?:Z|[+-]\\d\\d:?\\d\\d)) (?!" LEVEL_WORD "\\b)(?<host>[\\w.-]+) (?:" TAG
     "|(?=last message|message repeated|-- ))",
     NULL,
     true,
     false},
    {{"json", "one JSON object a line, of any shape"}, NULL, format_cut_json, false, false},
    {{"logfmt", "logfmt: key=value key=\"value\""}, NULL, format_cut_logfmt, false, false},
    {{"timed", "any known time at the start of the line, then perhaps a level, then the message"},
     NULL,
     format_cut_timed,
     true,
     false},
    {{"plain", "the whole line is the message"}, NULL, format_cut_plain, false, true},
    {{"events", "one event a line: label<TAB>id<TAB>time[<TAB>tag]"},
     "^(?<label>[^\\t]*)\\t(?<message>[^\\t]*)(?:\\t(?<time>[^\\t]*)(?:\\t(?<tag>[^\\t]*))?)?$",
     NULL,
     false,
     true},
    {{"sequences", "one trace a line: label<TAB>id id id<TAB>name, or just the ids"},
     NULL,
     format_cut_plain,
     false,
     true},
};
const size_t format_table_count = sizeof format_table / sizeof format_table[0];
