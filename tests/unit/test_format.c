#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/rng.h"
#include "log/format.h"
#include "log/level.h"
#include "tests/lib/scratch.h"

/* A line of each format, the fields it must give, and the message at its end. */
static const struct {
    const char *format, *line, *fields, *message;
} samples[] = {
    {"android", "03-17 16:13:38.811  1702  2395 D Window Manager: drawn= false",
     "time=03-17 16:13:38.811|pid=1702|tid=2395|level=D|component=Window Manager", "drawn= false"},
    {"android", "2026-03-17 16:13:38.811  1702  2395 E Tag: ",
     "time=2026-03-17 16:13:38.811|pid=1702|tid=2395|level=E|component=Tag", ""},
    {"apache", "[Sun Dec 04 04:47:44 2005] [notice] child 5 ready", "time=Sun Dec 04 04:47:44 2005|level=notice",
     "child 5 ready"},
    {"apache", "[Sun Dec 04 04:47:44.123456 2005] [core:error] [pid 7:tid 8] [client 10.0.0.1:80] AH1: no",
     "time=Sun Dec 04 04:47:44.123456 2005|component=core|level=error|pid=7|tid=8", "[client 10.0.0.1:80] AH1: no"},
    {"ras", "- 1117838570 2005.06.03 R02-M1 2005-06-03-15.42.50.675872 R02-M1 RAS KERNEL FATAL parity error",
     "label=-|epoch=1117838570|date=2005.06.03|node=R02-M1|time=2005-06-03-15.42.50.675872|host=R02-M1|type=RAS|"
     "component=KERNEL|level=FATAL",
     "parity error"},
    {"cluster", "- 1132061285 2005.11.15 an3 Nov 15 05:28:05 src@an3 sshd[29]: Accepted key",
     "label=-|time=1132061285|date=2005.11.15|node=an3|stamp=Nov 15 05:28:05|host=src@an3|component=sshd|pid=29",
     "Accepted key"},
    {"hpc", "134 node-2 unix.hw state_change.off 1077804742 1 Component State Change: off",
     "id=134|node=node-2|component=unix.hw|state=state_change.off|time=1077804742|flag=1",
     "Component State Change: off"},
    {"hdfs", "081109 203615 148 WARN dfs.DataNode$X: block b terminating",
     "time=081109 203615|pid=148|level=WARN|component=dfs.DataNode$X", "block b terminating"},
    {"spark", "17/06/09 20:10:40 INFO executor.Executor: Finished task 1",
     "time=17/06/09 20:10:40|level=INFO|component=executor.Executor", "Finished task 1"},
    {"openstack", "nova.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 257 INFO nova.api [req-3 a - -] GET /v2",
     "file=nova.log.1.2017-05-16_13:53:08|time=2017-05-16 00:00:00.008|pid=257|level=INFO|component=nova.api|"
     "request=req-3 a - -",
     "GET /v2"},
    {"openstack", "2017-05-16 00:00:00.008 257 ERROR nova.api [-] [instance: 1] failed",
     "time=2017-05-16 00:00:00.008|pid=257|level=ERROR|component=nova.api|request=-", "[instance: 1] failed"},
    {"openstack-bare", "INFO nova.compute [None req-e4 admin] [instance: af] Claim",
     "level=INFO|component=nova.compute|request=None req-e4 admin", "[instance: af] Claim"},
    {"proxifier", "[10.30 16:49:06] chrome.exe *64 - a.example:80 close, 0 bytes sent",
     "time=10.30 16:49:06|component=chrome.exe *64", "a.example:80 close, 0 bytes sent"},
    {"zookeeper", "2015-07-29 17:41:44,747 - INFO  [Peer[myid=1]/0:0:2181:Election@774] - Notification: 3",
     "time=2015-07-29 17:41:44,747|level=INFO|thread=Peer[myid=1]/0:0:2181|component=Election|at=774",
     "Notification: 3"},
    {"postgresql", "2026-11-23 02:10:11.123 UTC [1234] 65ab12cd.4d2 u@db LOG:  statement: SELECT 1",
     "time=2026-11-23 02:10:11.123 UTC|pid=1234|session=65ab12cd.4d2|user=u|database=db|level=LOG",
     "statement: SELECT 1"},
    {"postgresql", "2026-11-23 02:10:11.123 UTC [1234] u@db [unknown] FATAL:  role: none",
     "time=2026-11-23 02:10:11.123 UTC|pid=1234|user=u|database=db|application=[unknown]|level=FATAL", "role: none"},
    {"postgresql", "2026-11-23 02:10:11 CET [1] LOG:  checkpoint starting: time",
     "time=2026-11-23 02:10:11 CET|pid=1|level=LOG", "checkpoint starting: time"},
    {"nginx", "2026/11/23 02:10:11 [error] 12#34: *56 open() failed",
     "time=2026/11/23 02:10:11|level=error|pid=12|tid=34|connection=56", "open() failed"},
    {"access", "10.0.0.1 - joe [10/Oct/2000:13:55:36 -0700] \"GET /a?b=\\\"c\\\" HTTP/1.0\" 200 2326",
     "client=10.0.0.1|ident=-|user=joe|time=10/Oct/2000:13:55:36 -0700|status=200|size=2326",
     "GET /a?b=\\\"c\\\" HTTP/1.0"},
    {"access", "::1 - - [10/Oct/2000:13:55:36 -0700] \"-\" 408 - \"http://x/\" \"curl/7 (x)\"",
     "client=::1|ident=-|user=-|time=10/Oct/2000:13:55:36 -0700|status=408|size=-|referer=http://x/|agent=curl/7 (x)",
     "-"},
    {"syslog5424", "<34>1 2026-10-11T22:14:15.003Z host su - ID47 [a@1 b=\"c \\\"]\"][d@2] failed for x",
     "priority=34|time=2026-10-11T22:14:15.003Z|host=host|component=su|pid=-|id=ID47|data=[a@1 b=\"c \\\"]\"][d@2]",
     "failed for x"},
    {"syslog5424", "<165>1 2026-10-11T22:14:15.003+01:00 host app 17 - - ",
     "priority=165|time=2026-10-11T22:14:15.003+01:00|host=host|component=app|pid=17|id=-|data=-", ""},
    {"kubernetes", "2026-10-11T22:14:15.003456789Z stdout F some text",
     "time=2026-10-11T22:14:15.003456789Z|stream=stdout|part=F", "some text"},
    {"glog", "I1123 02:10:11.123456    34 server.go:56] listening",
     "level=I|time=1123 02:10:11.123456|tid=34|component=server.go:56", "listening"},
    {"spring", "2026-10-11T22:14:15.003Z  WARN 7 --- [shop] [nio-1] o.e.Web : slow",
     "time=2026-10-11T22:14:15.003Z|level=WARN|pid=7|application=shop|thread=nio-1|component=o.e.Web", "slow"},
    {"spring", "2026-10-11 22:14:15.003  INFO 7 --- [main] o.e.Web   : up",
     "time=2026-10-11 22:14:15.003|level=INFO|pid=7|thread=main|component=o.e.Web", "up"},
    {"hadoop", "2015-10-18 18:01:47,978 INFO [Thread[a]] org.a.B: Created x",
     "time=2015-10-18 18:01:47,978|level=INFO|thread=Thread[a]|component=org.a.B", "Created x"},
    {"logback", "2026-10-11 22:14:15.003 [main] DEBUG o.e.Web - up",
     "time=2026-10-11 22:14:15.003|thread=main|level=DEBUG|component=o.e.Web", "up"},
    {"python", "2026-10-11 22:14:15,003 - app.db - CRITICAL - gone",
     "time=2026-10-11 22:14:15,003|component=app.db|level=CRITICAL", "gone"},
    {"python-bare", "WARNING:app.db:slow: 5 s", "level=WARNING|component=app.db", "slow: 5 s"},
    {"traced",
     "2023-01-30T11:38:52.054Z pod-1 cf96d7c6a09dd1da3632ff9c4162ed41 f7257f4a9a84aa7e 19:38:52.053 INFO  t.C#5 x",
     "time=2023-01-30T11:38:52.054Z|pod=pod-1|trace=cf96d7c6a09dd1da3632ff9c4162ed41|span=f7257f4a9a84aa7e|"
     "clock=19:38:52.053|level=INFO|component=t.C#5",
     "x"},
    {"windows", "2016-09-28 04:30:30, Info                  CBS    Loaded Stack v6",
     "time=2016-09-28 04:30:30|level=Info|component=CBS", "Loaded Stack v6"},
    {"barred", "20171223-22:15:29:606|Step_LSC|30002312|onChanged 3579",
     "time=20171223-22:15:29:606|component=Step_LSC|pid=30002312", "onChanged 3579"},
    {"log4j", "2026-10-11 22:14:15.003 ERROR o.e.Web: gone",
     "time=2026-10-11 22:14:15.003|level=ERROR|component=o.e.Web", "gone"},
    {"syslog", "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: authentication failure; uid=0",
     "time=Jun 14 15:16:01|host=combo|component=sshd(pam_unix)|pid=19939", "authentication failure; uid=0"},
    {"syslog", "<13>Jun  4 15:16:01 combo syslogd 1.4.1: restart.",
     "priority=13|time=Jun  4 15:16:01|host=combo|component=syslogd 1.4.1", "restart."},
    {"syslog", "Jul  1 09:00:55 mac com.apple.x[1] (a.b[7]): Service exited",
     "time=Jul  1 09:00:55|host=mac|component=com.apple.x|pid=1|address=a.b[7]", "Service exited"},
    {"syslog", "Jul  1 09:00:55 mac Some Web Content[9128]: tcp x",
     "time=Jul  1 09:00:55|host=mac|component=Some Web Content|pid=9128", "tcp x"},
    {"syslog", "Jun 14 15:16:01 combo last message repeated 2 times", "time=Jun 14 15:16:01|host=combo",
     "last message repeated 2 times"},
    {"syslog-iso", "2026-11-23T02:10:11.123456+00:00 web1 sshd[7]: Accepted key",
     "time=2026-11-23T02:10:11.123456+00:00|host=web1|component=sshd|pid=7", "Accepted key"},
    {"json",
     "{\"ts\":\"2026-11-23T02:10:11Z\", \"level\":\"warn\",\"a\":{\"b\":[1,\"}\"],\"c\":{}},\"msg\":\"x \\\"y\\\"\"}",
     "ts=2026-11-23T02:10:11Z|level=warn|a.b=[1,\"}\"]|msg=x \\\"y\\\"", "x \\\"y\\\""},
    {"json", "{\"log\":\"started\\n\",\"stream\":\"stderr\",\"time\":\"2026-11-23T02:10:11.000000001Z\"}",
     "log=started\\n|stream=stderr|time=2026-11-23T02:10:11.000000001Z", "started"},
    {"json", "{\"a\": 1, \"b\": null}", "a=1|b=null", "\"a\": 1, \"b\": null"},
    {"logfmt", "ts=2026-11-23T02:10:11Z level=info logger=db msg=\"took \\\"5\\\" s\" n=5 empty=",
     "ts=2026-11-23T02:10:11Z|level=info|logger=db|msg=took \\\"5\\\" s|n=5|empty=", "took \\\"5\\\" s"},
    {"timed", "2026-11-23 02:10:11 something happened", "time=2026-11-23 02:10:11", "something happened"},
    {"timed", "[2026-11-23 02:10:11.5] [ERROR] something: happened", "time=2026-11-23 02:10:11.5|level=ERROR",
     "something: happened"},
    {"timed", "02:10:11.5 ERROR low", "time=02:10:11.5|level=ERROR", "low"},
    {"logback", "02:10:11.123 [main] INFO o.e.Web - up", "time=02:10:11.123|thread=main|level=INFO|component=o.e.Web",
     "up"},
    {"audit", "type=LOGIN msg=audit(1795399811.123:45): pid=7 uid=0 res=1",
     "component=LOGIN|time=1795399811.123|serial=45", "pid=7 uid=0 res=1"},
    {"kernel", "<6>[    1.234567] usb 1-1: new high-speed device", "priority=6|time=    1.234567|component=usb 1-1",
     "new high-speed device"},
    {"xorg", "[    12.345] (WW) no screen saver", "time=    12.345|level=WW", "no screen saver"},
    {"jvm", "[0.012s][info][gc,init] Heap Region Size: 1M", "time=0.012|level=info|component=gc,init",
     "Heap Region Size: 1M"},
    {"redis", "191:M 23 Nov 2026 05:32:04.884 * Ready to accept connections",
     "pid=191|component=M|time=23 Nov 2026 05:32:04.884|level=*", "Ready to accept connections"},
    {"haproxy",
     "127.0.0.1:37500 [23/Nov/2026:05:32:07.929] web b/s1 0/0/1/1/3 200 217 - - ---- 1/1/0/0/0 0/0 \"GET /a HTTP/1.1\"",
     "client=127.0.0.1:37500|time=23/Nov/2026:05:32:07.929|component=web|server=b/s1|timers=0/0/1/1/3",
     "200 217 - - ---- 1/1/0/0/0 0/0 \"GET /a HTTP/1.1\""},
    {"squid", "1795399811.123     45 10.0.0.7 TCP_MISS/200 512 GET http://a.example/ - HIER_DIRECT/10.0.0.9 text/html",
     "time=1795399811.123|elapsed=45|client=10.0.0.7|result=TCP_MISS|status=200|size=512",
     "GET http://a.example/ - HIER_DIRECT/10.0.0.9 text/html"},
    {"squid-cache", "2026/11/23 02:10:11 kid1| Set Current Directory to /var/spool", "time=2026/11/23 02:10:11|pid=1",
     "Set Current Directory to /var/spool"},
    {"mysql", "2026-11-23T02:10:11.123456Z 8 [Warning] [MY-010055] [Server] IP address could not be resolved",
     "time=2026-11-23T02:10:11.123456Z|tid=8|level=Warning|code=MY-010055|component=Server",
     "IP address could not be resolved"},
    {"mysql-slow", "# Time: 2026-11-23T02:10:11.123456Z", "time=2026-11-23T02:10:11.123456Z", ""},
    {"mongodb", "2026-11-23T02:10:11.123+0000 I NETWORK  [conn12] end connection 10.0.0.7:5000",
     "time=2026-11-23T02:10:11.123+0000|level=I|component=NETWORK|thread=conn12", "end connection 10.0.0.7:5000"},
    {"kafka", "[2026-11-23 02:10:11,123] INFO Awaiting socket connections (kafka.network.Acceptor)",
     "time=2026-11-23 02:10:11,123|level=INFO|component=kafka.network.Acceptor", "Awaiting socket connections"},
    {"elasticsearch", "[2026-11-23T02:10:11,123][INFO ][o.e.n.Node               ] [es-1] started",
     "time=2026-11-23T02:10:11,123|level=INFO|component=o.e.n.Node|node=es-1", "started"},
    {"cassandra", "INFO  [main] 2026-11-23 02:10:11,123 Config.java:45 - Node is up",
     "level=INFO|thread=main|time=2026-11-23 02:10:11,123|component=Config.java:45", "Node is up"},
    {"ruby", "I, [2026-11-23T02:10:11.123456 #12]  INFO -- web: Started GET \"/a\"",
     "time=2026-11-23T02:10:11.123456|pid=12|level=INFO|component=web", "Started GET \"/a\""},
    {"uvicorn", "INFO:     Started server process [12]", "level=INFO", "Started server process [12]"},
    {"gunicorn", "[2026-11-23 02:10:11 +0000] [12] [INFO] Booting worker with pid: 12",
     "time=2026-11-23 02:10:11 +0000|pid=12|level=INFO", "Booting worker with pid: 12"},
    {"celery", "[2026-11-23 02:10:11,123: INFO/MainProcess] celery@web1 ready.",
     "time=2026-11-23 02:10:11,123|level=INFO|component=MainProcess", "celery@web1 ready."},
    {"minecraft", "[02:10:11] [Server thread/INFO]: Done (3.2s)!", "time=02:10:11|thread=Server thread|level=INFO",
     "Done (3.2s)!"},
    {"jboss", "2026-11-23 02:10:11,123 INFO  [org.jboss.as] (Controller Boot Thread) WFLYSRV0025: started",
     "time=2026-11-23 02:10:11,123|level=INFO|component=org.jboss.as|thread=Controller Boot Thread",
     "WFLYSRV0025: started"},
    {"tomcat",
     "23-Nov-2026 02:10:11.123 INFO [main] org.apache.catalina.startup.Catalina.start Server startup in [99] ms",
     "time=23-Nov-2026 02:10:11.123|level=INFO|thread=main|component=org.apache.catalina.startup.Catalina.start",
     "Server startup in [99] ms"},
    {"jul", "Nov 23, 2026 2:10:11 AM com.example.Main run",
     "time=Nov 23, 2026 2:10:11 AM|component=com.example.Main|method=run", ""},
    {"jenkins", "2026-11-23 02:10:11.123+0000\t[id=12]\tINFO\thudson.WebAppMain$3#run: Jenkins is up",
     "time=2026-11-23 02:10:11.123+0000|tid=12|level=INFO|component=hudson.WebAppMain$3#run", "Jenkins is up"},
    {"flink", "2026-11-23 02:10:11,123 INFO  org.apache.flink.runtime.Main [] - Starting",
     "time=2026-11-23 02:10:11,123|level=INFO|component=org.apache.flink.runtime.Main", "Starting"},
    {"rabbitmq", "2026-11-23 02:10:11.123456+00:00 [info] <0.12.0> accepting AMQP connection",
     "time=2026-11-23 02:10:11.123456+00:00|level=info|component=0.12.0", "accepting AMQP connection"},
    {"erlang", "=INFO REPORT==== 3-Nov-2026::02:10:11 ===", "level=INFO|time=3-Nov-2026::02:10:11", ""},
    {"ceph", "2026-11-23T02:10:11.123+0000 7f1a2b3c4700  0 mon.a@0(leader) e1 handle_command",
     "time=2026-11-23T02:10:11.123+0000|tid=7f1a2b3c4700|verbosity=0", "mon.a@0(leader) e1 handle_command"},
    {"samba", "[2026/11/23 02:10:11.123456,  0, pid=7] smbd/server.c:12(main)",
     "time=2026/11/23 02:10:11.123456|verbosity=0|pid=7|component=smbd/server.c:12(main)", ""},
    {"bind", "23-Nov-2026 02:10:11.123 queries: info: client query: a.example IN A",
     "time=23-Nov-2026 02:10:11.123|component=queries|level=info", "client query: a.example IN A"},
    {"android-brief", "11-23 02:10:11.123 D/Tag     ( 123): drawn",
     "time=11-23 02:10:11.123|level=D|component=Tag|pid=123", "drawn"},
    {"macos",
     "2026-11-23 02:10:11.123456+0100 0x1a2b     Default     0x0                  123    0    kernel: wake reason",
     "time=2026-11-23 02:10:11.123456+0100|tid=0x1a2b|level=Default|activity=0x0|pid=123|ttl=0|component=kernel",
     "wake reason"},
    {"cisco", "*Nov 23 02:10:11.123: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down",
     "time=Nov 23 02:10:11.123|component=LINK|priority=3|mnemonic=UPDOWN", "Interface Gi0/1, changed state to down"},
    {"apt", "Start-Date: 2026-11-23  02:10:11", "time=2026-11-23  02:10:11", ""},
    {"dpkg", "2026-11-23 02:10:11 status installed zlib1g:amd64 1.2.13", "time=2026-11-23 02:10:11|component=status",
     "installed zlib1g:amd64 1.2.13"},
    {"alb",
     "https 2026-11-23T02:10:11.123456Z app/web/1a 10.0.0.7:5000 10.0.0.9:80 0.001 0.002 0.000 200 200 34 366 \"GET "
     "https://a.example:443/ HTTP/1.1\"",
     "type=https|time=2026-11-23T02:10:11.123456Z|component=app/web/"
     "1a|client=10.0.0.7:5000|target=10.0.0.9:80|timers=0.001 0.002 0.000|status=200",
     "200 34 366 \"GET https://a.example:443/ HTTP/1.1\""},
    {"s3",
     "79a59df900b949e5 logs [23/Nov/2026:02:10:11 +0000] 10.0.0.7 - 3E57 REST.GET.OBJECT a.txt \"GET /a.txt HTTP/1.1\" "
     "200 -",
     "owner=79a59df900b949e5|bucket=logs|time=23/Nov/2026:02:10:11 "
     "+0000|client=10.0.0.7|requester=-|request=3E57|component=REST.GET.OBJECT",
     "a.txt \"GET /a.txt HTTP/1.1\" 200 -"},
    {"envoy",
     "[2026-11-23T02:10:11.123Z] \"GET /a HTTP/1.1\" 200 - 0 12 5 4 \"-\" \"curl\" \"3f\" \"web\" \"10.0.0.9:80\"",
     "time=2026-11-23T02:10:11.123Z",
     "\"GET /a HTTP/1.1\" 200 - 0 12 5 4 \"-\" \"curl\" \"3f\" \"web\" \"10.0.0.9:80\""},
    {"cef", "Nov 23 02:10:11 fw1 CEF:0|Maker|Wall|1.0|100|worm stopped|10|src=10.0.0.7 dst=10.0.0.9",
     "time=Nov 23 02:10:11|host=fw1|vendor=Maker|component=Wall|release=1.0|id=100|name=worm stopped|severity=10",
     "src=10.0.0.7 dst=10.0.0.9"},
    {"leef", "Nov 23 02:10:11 fw1 LEEF:1.0|Maker|Wall|2|7000|src=10.0.0.7",
     "time=Nov 23 02:10:11|host=fw1|vendor=Maker|component=Wall|release=2|id=7000", "src=10.0.0.7"},
    {"fortinet", "<189>date=2026-11-23 time=02:10:11 devname=\"fw1\" devid=\"F1\" type=\"traffic\" action=\"accept\"",
     "priority=189|time=date=2026-11-23 time=02:10:11|host=fw1", "devid=\"F1\" type=\"traffic\" action=\"accept\""},
    {"esxi", "2026-11-23T02:10:11.123Z info hostd[2098] [Originator@6876 sub=Vimsvc] Ticket issued",
     "time=2026-11-23T02:10:11.123Z|level=info|component=hostd|pid=2098", "[Originator@6876 sub=Vimsvc] Ticket issued"},
    {"dotnet", "fail: Shop.Orders.Worker[17]", "level=fail|component=Shop.Orders.Worker|event=17", ""},
    {"serilog", "2026-11-23 02:10:11.123 +00:00 [WRN] Slow request", "time=2026-11-23 02:10:11.123 +00:00|level=WRN",
     "Slow request"},
    {"zap", "2026-11-23T02:10:11.123Z\tINFO\tserver/main.go:23\tlistening",
     "time=2026-11-23T02:10:11.123Z|level=INFO|component=server/main.go:23", "listening"},
    {"go", "2026/11/23 02:10:11 main.go:23: listening on :8080", "time=2026/11/23 02:10:11|component=main.go:23",
     "listening on :8080"},
    {"django", "[23/Nov/2026 02:10:11] \"GET /a HTTP/1.1\" 404 12", "time=23/Nov/2026 02:10:11|status=404|size=12",
     "GET /a HTTP/1.1"},
    {"timed", "1795399811.25: Warning: low", "time=1795399811.25|level=Warning", "low"},
    {"log4j", "2026-11-23T03:10:11.123+01:00[Europe/Berlin] INFO shop.Orders: stored",
     "time=2026-11-23T03:10:11.123+01:00|level=INFO|component=shop.Orders", "stored"},
    {"redis", "191:M 23 Nov 2026 05:32:04.884 - Accepted 127.0.0.1:5000",
     "pid=191|component=M|time=23 Nov 2026 05:32:04.884|level=- ", "Accepted 127.0.0.1:5000"},
    {"redis", "191:M 23 Nov 2026 05:32:04.884 . 0 clients connected",
     "pid=191|component=M|time=23 Nov 2026 05:32:04.884|level=.", "0 clients connected"},
    {"haproxy", "127.0.0.1:34268 [23/Nov/2026:05:32:07.929] t tb/s2 1/-1/3020 0 SC 1/1/0/0/3 0/0",
     "client=127.0.0.1:34268|time=23/Nov/2026:05:32:07.929|component=t|server=tb/s2|timers=1/-1/3020",
     "0 SC 1/1/0/0/3 0/0"},
    {"bind", "2026-11-23T02:10:11.123Z resolver: debug 1: fetch done",
     "time=2026-11-23T02:10:11.123Z|component=resolver|level=debug", "fetch done"},
    {"access", "www.a.example:443 10.0.0.7 - - [23/Nov/2026:02:10:11 +0000] \"GET /a HTTP/1.1\" 403 400",
     "vhost=www.a.example:443|client=10.0.0.7|ident=-|user=-|time=23/Nov/2026:02:10:11 +0000|status=403|size=400",
     "GET /a HTTP/1.1"},
    {"android-long", "[ 11-23 02:10:11.123  1234: 1240 I/Tag      ]",
     "time=11-23 02:10:11.123|pid=1234|tid=1240|level=I|component=Tag", ""},
    {"exim", "2026-11-23 02:10:11 1xVNNo-0000h5-0d => joe <joe@a.example> R=local T=mail",
     "time=2026-11-23 02:10:11|id=1xVNNo-0000h5-0d", "=> joe <joe@a.example> R=local T=mail"},
    {"exim", "2026-11-23 02:10:11.123 [77] 1xVNNo-00000000A5h-0d3X <= ann@a.example U=ann P=local S=295",
     "time=2026-11-23 02:10:11.123|pid=77|id=1xVNNo-00000000A5h-0d3X", "<= ann@a.example U=ann P=local S=295"},
    {"exim", "2026-11-23 02:10:11 H=(a.example) [10.0.0.7] F=<b@a.example> rejected RCPT <x@y.example>",
     "time=2026-11-23 02:10:11", "H=(a.example) [10.0.0.7] F=<b@a.example> rejected RCPT <x@y.example>"},
    {"dovecot", "Nov 23 02:10:11 imap(joe)<4231><aB3xY9>: Info: Logged out in=12 out=34",
     "time=Nov 23 02:10:11|component=imap|user=joe|level=Info", "Logged out in=12 out=34"},
    {"dovecot", "Nov 23 02:10:11 master: Fatal: no configuration", "time=Nov 23 02:10:11|component=master|level=Fatal",
     "no configuration"},
    {"php", "[23-Nov-2026 02:10:11 Europe/Berlin] PHP Warning:  Undefined variable $a in /srv/a.php on line 7",
     "time=23-Nov-2026 02:10:11|zone=Europe/Berlin|level=Warning", "Undefined variable $a in /srv/a.php on line 7"},
    {"php", "[23-Nov-2026 02:10:11 UTC] PHP Fatal error:  Uncaught Exception: no",
     "time=23-Nov-2026 02:10:11 UTC|level=Fatal error", "Uncaught Exception: no"},
    {"php", "[23-Nov-2026 02:10:11] NOTICE: ready to handle connections", "time=23-Nov-2026 02:10:11|level=NOTICE",
     "ready to handle connections"},
    {"eventlog", "Error\t11/23/2026 2:10:11 AM\tService Control Manager\t7031\tNone\tThe Orders service ended.",
     "level=Error|time=11/23/2026 2:10:11 AM|component=Service Control Manager|id=7031|task=None",
     "The Orders service ended."},
    {"paloalto",
     "Nov 23 02:10:11 fw1 1,2026/11/23 02:10:11,0011C1,TRAFFIC,end,2049,2026/11/23 02:10:10,10.0.0.7,10.0.0.9",
     "host=fw1|time=2026/11/23 02:10:11|serial=0011C1|component=TRAFFIC|subtype=end",
     "2049,2026/11/23 02:10:10,10.0.0.7,10.0.0.9"},
    {"apt", "Log started: 2026-11-23  02:10:11", "time=2026-11-23  02:10:11", ""},
    {"syslog", "Nov 23 02:10:11 web1 CRON[812]: (root) CMD (run-parts /etc/cron.hourly)",
     "time=Nov 23 02:10:11|host=web1|component=CRON|pid=812", "(root) CMD (run-parts /etc/cron.hourly)"},
    {"syslog", "Nov 23 02:10:11 web1 sshd[7]: Invalid user admin from 10.0.0.7 port 5000",
     "time=Nov 23 02:10:11|host=web1|component=sshd|pid=7", "Invalid user admin from 10.0.0.7 port 5000"},
    {"syslog", "Nov 23 02:10:11 mx postfix/smtpd[812]: 3F2A1B: client=a.example[10.0.0.7]",
     "time=Nov 23 02:10:11|host=mx|component=postfix/smtpd|pid=812", "3F2A1B: client=a.example[10.0.0.7]"},
    {"syslog", "Nov 23 02:10:11 web1 systemd[1]: Started orders.service - Orders.",
     "time=Nov 23 02:10:11|host=web1|component=systemd|pid=1", "Started orders.service - Orders."},
    {"syslog", "Nov 23 02:10:11.123456 web1 kernel: usb 1-1: new device",
     "time=Nov 23 02:10:11.123456|host=web1|component=kernel", "usb 1-1: new device"},
    {"syslog", "Nov 23 02:10:11  mx1 rpd[1234]: BGP_CONNECT_FAILED: peer 10.0.0.9 (External AS 65001)",
     "time=Nov 23 02:10:11|host=mx1|component=rpd|pid=1234", "BGP_CONNECT_FAILED: peer 10.0.0.9 (External AS 65001)"},
    {"syslog5424",
     "<165>1 2026-11-23T02:10:11.123Z mx1 mgd 4153 UI_LOGIN [junos@2636.1.1.1.2.26 username=\"joe\"] Login",
     "priority=165|time=2026-11-23T02:10:11.123Z|host=mx1|component=mgd|pid=4153|id=UI_LOGIN|"
     "data=[junos@2636.1.1.1.2.26 username=\"joe\"]",
     "Login"},
    {"syslog-iso", "2026-11-23T02:10:11+0100 web1 systemd[1]: Started orders.service.",
     "time=2026-11-23T02:10:11+0100|host=web1|component=systemd|pid=1", "Started orders.service."},
    {"syslog-iso", "Mon 2026-11-23 02:10:11 UTC web1 systemd[1]: Started orders.service.",
     "time=Mon 2026-11-23 02:10:11 UTC|host=web1|component=systemd|pid=1", "Started orders.service."},
};
#define N_SAMPLES (sizeof samples / sizeof samples[0])

static struct formats *formats;
static struct format_scratch scratch;

static size_t index_of(const char *name)
{
    size_t index = SIZE_MAX;
    assert_int_equal(format_find(formats, name, &index, NULL), 0);
    return index;
}

static void cuts_the_headers_of_each_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SAMPLES; i++) {
        const char *line = samples[i].line;
        struct format_cut cut;
        if (format_cut(formats, index_of(samples[i].format), line, strlen(line), true, NULL, &scratch, &cut) != 1)
            fail_msg("%s does not fit %s", line, samples[i].format);
        struct buf fields = BUF_INIT;
        for (size_t f = 0; f < cut.n_fields; f++) {
            buf_printf(&fields, "%s%s=", f > 0 ? "|" : "", cut.fields[f].name);
            buf_add(&fields, line + cut.fields[f].start, cut.fields[f].len);
        }
        assert_string_equal(fields.data, samples[i].fields);
        buf_release(&fields);
        assert_int_equal(cut.message.len, strlen(samples[i].message));
        assert_memory_equal(line + cut.message.start, samples[i].message, cut.message.len);
        if (strstr(samples[i].fields, "level=") != NULL)
            assert_true(cut.level != LW_LEVEL_NONE);
        if (strstr(samples[i].fields, "time=") != NULL)
            assert_true(cut.has_time);
    }
}

static void every_format_has_a_sample(void **state)
{
    (void)state;
    for (size_t f = 0; f < formats_count(formats); f++) {
        bool is_sampled = formats_get(formats, f)->is_by_name;
        for (size_t i = 0; i < N_SAMPLES; i++)
            is_sampled = is_sampled || index_of(samples[i].format) == f;
        if (!is_sampled)
            fail_msg("no sample of %s", formats_get(formats, f)->info.name);
        assert_string_equal(lw_format_get(f)->name, formats_get(formats, f)->info.name);
    }
    assert_null(lw_format_get(lw_format_count()));
}

static size_t choose(const char *text, size_t len, char *why)
{
    struct spool spool = SPOOL_INIT;
    struct source source;
    struct format_choice choice;
    assert_int_equal(source_open(scratch_write("choose", text, len), true, &spool, NULL, &source, NULL), 0);
    assert_int_equal(format_choose(formats, &source, &(struct format_request){0}, &choice, NULL), 0);
    source_release(&source);
    memcpy(why, choice.why, sizeof choice.why);
    return choice.items[0].index;
}

/* 50 lines of a format among a few that fit nothing are taken for it, by itself. */
static void finds_each_format(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SAMPLES; i++) {
        struct buf text = BUF_INIT;
        char why[300];
        for (int n = 0; n < 50; n++)
            buf_printf(&text, "%s\n%s", samples[i].line, n % 7 == 0 ? "\tat some.where(Code:1)\n\n" : "");
        buf_add_text(&text, "neither here nor there\n");
        size_t found = choose(text.data, text.len, why);
        if (found != index_of(samples[i].format))
            fail_msg("%s is taken for %s: %s", samples[i].line, formats_get(formats, found)->info.name, why);
        assert_non_null(strstr(why, samples[i].format));
        buf_release(&text);
    }
}

/* Writes the sample as of time_us, with other digits in its message. */
static void vary(const char *format, const char *line, int64_t time_us, struct rng *rng, struct buf *out)
{
    struct format_cut cut;
    size_t len = strlen(line), at = 0;
    assert_int_equal(format_cut(formats, index_of(format), line, len, true, NULL, &scratch, &cut), 1);
    if (cut.has_time) {
        char time[TIMESTAMP_MAX];
        buf_add(out, line, cut.time_start);
        buf_add(out, time, timestamp_print(&cut.time.layout, time_us, 0, cut.time.zone_s, time));
        at = cut.time_start + cut.time.len;
    }
    for (; at < len; at++) {
        bool is_digit = line[at] >= '0' && line[at] <= '9';
        bool is_free = at >= cut.message.start && at < cut.message.start + cut.message.len;
        buf_add_byte(out, is_digit && is_free ? (char)('1' + rng_below(rng, 9)) : line[at]);
    }
    buf_add_byte(out, '\n');
}

/* Ten lines of a format and nothing else are taken for it, and for no other format. */
static void takes_none_for_another(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 5, 0x74616b65, 0);
    for (size_t i = 0; i < N_SAMPLES; i++) {
        struct buf text = BUF_INIT;
        char why[300];
        for (int n = 0; n < 10; n++)
            vary(samples[i].format, samples[i].line, INT64_C(1795399811123456) + n * INT64_C(61234567), &rng, &text);
        size_t found = choose(text.data, text.len, why);
        if (found != index_of(samples[i].format))
            fail_msg("%s is taken for %s: %s", samples[i].line, formats_get(formats, found)->info.name, why);
        buf_release(&text);
    }
}

/* Blocks of many lines are told by what opens them, however few such lines there are. */
static void finds_sparse_formats_by_their_start(void **state)
{
    (void)state;
    static const char *const opening[] = {"Log started: 2026-11-23  02:10:11", "# Time: 2026-11-23T02:10:11.123456Z",
                                          "=INFO REPORT==== 3-Nov-2026::02:10:11 ==="};
    static const char *const names[] = {"apt", "mysql-slow", "erlang"};
    for (size_t i = 0; i < 3; i++) {
        struct buf text = BUF_INIT;
        char why[300];
        for (int n = 0; n < 200; n++)
            buf_printf(&text, "%s\n", n == 2 || n % 90 == 89 ? opening[i] : "Setting up a program (1.2) ...");
        assert_int_equal(choose(text.data, text.len, why), index_of(names[i]));
        buf_release(&text);
    }
}

static void names_are(const char *text, const char *expected)
{
    struct spool spool = SPOOL_INIT;
    struct source source;
    struct format_choice choice;
    assert_int_equal(source_open(scratch_write("mixed", text, strlen(text)), true, &spool, NULL, &source, NULL), 0);
    assert_int_equal(format_choose(formats, &source, &(struct format_request){0}, &choice, NULL), 0);
    source_release(&source);
    if (strcmp(choice.name, expected) != 0)
        fail_msg("%s: %s, not %s", choice.name, choice.why, expected);
}

/* A source may have several formats, but what stack traces and statements say is none. */
static void finds_several_formats(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int every;
    } kinds[] = {
        {"Jun 14 15:16:01 combo sshd[19939]: check pass; user unknown", 2},
        {"{\"time\":\"2026-11-23T02:10:11Z\",\"level\":\"info\",\"msg\":\"x\"}", 5},
        {"level=warn ts=2026-11-23T02:10:11Z msg=\"slow\"", 7},
    };
    struct buf mixed = BUF_INIT, traces = BUF_INIT;
    for (int i = 1; i < 300; i++) {
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
            if (i % kinds[k].every == 0)
                buf_printf(&mixed, "%s\n", kinds[k].line);
        if (i % 3 == 0)
            buf_add_text(&traces, "2015-07-29 17:41:44,747 ERROR [main] org.Foo: failed\njava.io.IOException: a=1 b=2\n"
                                  "\tat x.Y.z(Y.java:1)\n{\"a\":1}\nx=1 y=2\n");
    }
    names_are(mixed.data, "syslog,json,logfmt");
    names_are(traces.data, "hadoop");
    buf_release(&mixed);
    buf_release(&traces);
}

static void reads_what_formats_are_asked_for(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "json,", "json,json", "sequences,json", "json,sylog", "a,b"};
    struct format_request request;
    assert_int_equal(format_request_read(formats, NULL, &request, NULL), 0);
    assert_int_equal(request.n, 0);
    assert_int_equal(format_request_read(formats, "json,syslog", &request, NULL), 0);
    assert_int_equal(request.n, 2);
    assert_int_equal(request.indexes[1], index_of("syslog"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_true(format_request_read(formats, wrong[i], &request, NULL) < 0);
}

static void takes_plain_when_nothing_fits(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "one line",
        "once upon a time\nthere was a log\nwith key=value in it\n",
        "1 2 3\n4 5 6\n",
        "\n\n\n",
        "{not json}\n{\"a\":1\n[1,2]\n\"text\"\n",
        "12:30 lunch\n13:00 work\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char why[300];
        size_t found = choose(texts[i], strlen(texts[i]), why);
        if (found != format_plain())
            fail_msg("%s is taken for %s", texts[i], formats_get(formats, found)->info.name);
    }
}

static void unknown_names_are_told_where_to_look(void **state)
{
    (void)state;
    size_t index;
    struct lw_error err;
    assert_int_equal(format_find(formats, "sylog", &index, &err), LW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "\"sylog\""));
    assert_non_null(strstr(err.text, "the command formats lists them"));
}

static void levels_know_words_and_priorities(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        enum lw_level level;
    } words[] = {
        {"INFO", LW_LEVEL_INFO},    {"Warning", LW_LEVEL_WARN},
        {"e", LW_LEVEL_ERROR},      {"LOG", LW_LEVEL_INFO},
        {"SEVERE", LW_LEVEL_ERROR}, {"emerg", LW_LEVEL_FATAL},
        {"debug5", LW_LEVEL_TRACE}, {"notice", LW_LEVEL_NOTICE},
        {"", LW_LEVEL_NONE},        {"information technology", LW_LEVEL_NONE},
        {"infos", LW_LEVEL_NONE},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_int_equal(level_find(words[i].word, strlen(words[i].word)), words[i].level);
    assert_int_equal(level_of_priority(34), LW_LEVEL_FATAL);
    assert_int_equal(level_of_priority(165), LW_LEVEL_NOTICE);
    for (int level = LW_LEVEL_TRACE; level < LW_LEVEL_COUNT; level++) {
        const char *name = lw_level_name((enum lw_level)level);
        assert_int_equal(level_find(name, strlen(name)), level);
    }
    assert_string_equal(lw_level_name(LW_LEVEL_NONE), "");
}

/* Whatever is done to a line, spans stay inside it, and a line that does not fit is all message. */
static void survives_broken_lines(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 3, 0x62726f6b, 0);
    for (int round = 0; round < 4000; round++) {
        char line[300];
        const char *sample = samples[rng_below(&rng, N_SAMPLES)].line;
        size_t len = (size_t)rng_below(&rng, strlen(sample) + 1);
        memcpy(line, sample, len);
        for (uint64_t n = rng_below(&rng, 4); n > 0 && len > 0; n--)
            line[rng_below(&rng, len)] = (char)rng_u32(&rng);
        for (size_t f = 0; f < formats_count(formats); f++) {
            struct format_cut cut;
            int fits = format_cut(formats, f, line, len, round % 2 == 0, NULL, &scratch, &cut);
            assert_true(fits == 0 || fits == 1);
            assert_true(cut.message.start <= len && cut.message.len <= len - cut.message.start);
            assert_true(cut.component.len == 0 || cut.component.start + cut.component.len <= len);
            for (size_t i = 0; i < cut.n_fields; i++)
                assert_true(cut.fields[i].start <= len && cut.fields[i].len <= len - cut.fields[i].start);
            if (fits == 0)
                assert_true(cut.message.start == 0 ? cut.message.len == len : cut.message.start == 3);
        }
    }
}

static void a_byte_order_mark_is_looked_past(void **state)
{
    (void)state;
    const char line[] = "\xef\xbb\xbf{\"msg\":\"x\"}";
    struct format_cut cut;
    assert_int_equal(format_cut(formats, index_of("json"), line, sizeof line - 1, true, NULL, &scratch, &cut), 1);
    assert_int_equal(cut.message.start, 11);
    assert_int_equal(cut.fields[0].start, 11);
}

static int set_up(void **state)
{
    int code = formats_new(NULL, &formats, NULL);
    code = code != 0 ? code : format_scratch_init(&scratch, NULL);
    scratch.wants_names = true;
    return code != 0 ? code : scratch_set_up(state);
}

static int tear_down(void **state)
{
    formats_free(formats);
    format_scratch_release(&scratch);
    return scratch_tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_the_headers_of_each_format),
        cmocka_unit_test(every_format_has_a_sample),
        cmocka_unit_test(finds_each_format),
        cmocka_unit_test(takes_none_for_another),
        cmocka_unit_test(finds_sparse_formats_by_their_start),
        cmocka_unit_test(finds_several_formats),
        cmocka_unit_test(reads_what_formats_are_asked_for),
        cmocka_unit_test(takes_plain_when_nothing_fits),
        cmocka_unit_test(unknown_names_are_told_where_to_look),
        cmocka_unit_test(levels_know_words_and_priorities),
        cmocka_unit_test(survives_broken_lines),
        cmocka_unit_test(a_byte_order_mark_is_looked_past),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
