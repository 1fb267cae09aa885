/*
 * A row says how a record looks, with escapes for what differs:
 *   %t time   %l level   %c component   %m message   %C %M as JSON strings   %x name of the trace, or "main" where the
 *   message has it   %X the same as a JSON string   %p a process id, %i a thread id, the same throughout a trace
 *   %% a percent sign
 * A time is laid out as the example of the row is. Deriving all this from the expressions of the formats was rejected:
 * what an expression accepts is wider than what the program of that name writes.
 *
 * Not here, because their records are no messages with a level: access, alb, s3, envoy, haproxy, squid, django
 * (requests in fields), ras, cluster, hpc (labelled logs of machines), postgresql-csv and w3c (dozens of columns),
 * events (no message but an id); nor jul, whose level stands in the message, and traced, which has two clocks.
 * Neither apt, android-long, dotnet, erlang, mysql-slow and samba, whose messages begin on a line of their own.
 */
#include "generate/named_format.h"

#include <stdio.h>
#include <string.h>

#include <xxhash.h>

#include "base/fail.h"

/* Words of levels in the order of enum lw_level; the first is for records without. NULL: the format has none. */
typedef const char *level_words[LW_LEVEL_COUNT];
static const level_words upper = {"INFO", "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "FATAL"};
static const level_words lower = {"info", "trace", "debug", "info", "notice", "warn", "error", "fatal"};
static const level_words letters = {"I", "V", "D", "I", "I", "W", "E", "F"};
static const level_words letters_4 = {"I", "D", "D", "I", "I", "W", "E", "F"};
static const level_words glog_letters = {"I", "I", "I", "I", "I", "W", "E", "F"};
static const level_words xorg_words = {"II", "II", "II", "II", "II", "WW", "EE", "EE"};
static const level_words redis_words = {"- ", ".", ".", "- ", "*", "#", "#", "#"};
static const level_words mysql_words = {"System", "Trace", "Debug", "System", "Note", "Warning", "ERROR", "Fatal"};
static const level_words mac_words = {"Default", "Debug", "Debug", "Info", "Info", "Info", "Error", "Fault"};
static const level_words bind_words = {"info", "info", "info", "info", "notice", "warning", "error", "critical"};
static const level_words dovecot_words = {"Info", "Debug", "Debug", "Info", "Info", "Warning", "Error", "Fatal"};
static const level_words php_words = {"NOTICE", "DEBUG", "DEBUG", "NOTICE", "NOTICE", "WARNING", "ERROR", "ALERT"};
static const level_words event_words = {"Information", "Verbose", "Verbose", "Information",
                                        "Information", "Warning", "Error",   "Critical"};
static const level_words serilog_words = {"INF", "VRB", "DBG", "INF", "INF", "WRN", "ERR", "FTL"};
static const level_words pg_words = {"LOG", "DEBUG5", "DEBUG1", "LOG", "NOTICE", "WARNING", "ERROR", "FATAL"};
static const level_words nginx_words = {"info", "debug", "debug", "info", "notice", "warn", "error", "crit"};
static const level_words apache_words = {"info", "trace1", "debug", "info", "notice", "warn", "error", "emerg"};
static const level_words python_words = {"INFO", "DEBUG", "DEBUG", "INFO", "INFO", "WARNING", "ERROR", "CRITICAL"};
static const level_words ruby_words = {"INFO", "DEBUG", "DEBUG", "INFO", "INFO", "WARN", "ERROR", "FATAL"};
static const level_words priorities = {"14", "15", "15", "14", "13", "12", "11", "10"};

enum component {             /* what one may be */
                 OF_WORD,    /* \w+ */
                 OF_MODULE,  /* [\w.]+ */
                 OF_DOTTED,  /* [\w.$]+ */
                 OF_PLAIN,   /* visible, but no colon, quote or bracket */
                 OF_VISIBLE, /* visible */
                 OF_TEXT,    /* any bytes of one line */
                 OF_LOWER,   /* [a-z-]+ */
                 OF_UPPER,   /* [A-Z_]+ */
                 OF_NONE     /* none, or none of its own */
};
static const struct {
    const char *example;
    const char *others; /* that it may have besides letters, digits and '_' */
} components[] = {[OF_WORD] = {"db_session", ""},
                  [OF_MODULE] = {"db.session", "."},
                  [OF_DOTTED] = {"db.Session$1", ".$"},
                  [OF_PLAIN] = {"db.session-2", ".$-/+@#&=<>"},
                  [OF_VISIBLE] = {"db.session/2", NULL},
                  [OF_TEXT] = {"db session", NULL},
                  [OF_LOWER] = {"db-session", "-"},
                  [OF_UPPER] = {"DB_SESSION", ""},
                  [OF_NONE] = {"", NULL}};

struct named_row {
    const char *name;
    const char *time; /* an example, or NULL: none */
    const level_words *levels;
    enum component component;
    bool has_lines;
    const char *text;
    const char *before; /* the first record, or NULL */
};

#define ISO    "2026-11-23 02:10:11.123"
#define COMMA  "2026-11-23 02:10:11,123"
#define LONG   "2026-11-23T02:10:11.123456Z"
#define SYSLOG "Nov 23 02:10:11"
#define HYPHEN "23-Nov-2026 02:10:11.123"
#define SLASH  "2026/11/23 02:10:11"

static const struct named_row rows[] = {
    {"audit", "1795399811.123", NULL, OF_WORD, false, "type=%c msg=audit(%t:%p): %m", NULL},
    {"kernel", "1795399811.123456", &priorities, OF_PLAIN, true, "<%l>[%t] %c: %m", NULL},
    {"xorg", "1795399811.123", &xorg_words, OF_NONE, true, "[%t] (%l) %m", NULL},
    {"jvm", "2026-11-23T02:10:11.123+0000", &lower, OF_PLAIN, true, "[%t][%l][%c] %m", NULL},
    {"redis", "23 Nov 2026 02:10:11.123", &redis_words, OF_NONE, true, "%p:M %t %l %m", NULL},
    {"squid-cache", SLASH, NULL, OF_NONE, true, "%t kid1| %m", NULL},
    {"mysql", LONG, &mysql_words, OF_WORD, true, "%t %i [%l] [MY-010000] [%c] %m", NULL},
    {"mongodb", "2026-11-23T02:10:11.123+0000", &letters_4, OF_UPPER, true, "%t %l %c [%x] %m", NULL},
    {"kafka", COMMA, &upper, OF_DOTTED, false, "[%t] %l %m (%c)", NULL},
    {"elasticsearch", "2026-11-23T02:10:11,123", &upper, OF_PLAIN, true, "[%t][%l][%c] [node-1] %m", NULL},
    {"cassandra", COMMA, &upper, OF_NONE, true, "%l  [%x] %t Service.java:45 - %m", NULL},
    {"ruby", "2026-11-23T02:10:11.123456", &ruby_words, OF_PLAIN, true, "I, [%t #%p]  %l -- %c: %m", NULL},
    {"uvicorn", NULL, &upper, OF_NONE, true, "%l:     %m", NULL},
    {"gunicorn", "2026-11-23 02:10:11 +0000", &upper, OF_NONE, true, "[%t] [%p] [%l] %m", NULL},
    {"celery", COMMA, &upper, OF_PLAIN, true, "[%t: %l/%c] %m", NULL},
    {"minecraft", "2026-11-23 02:10:11", &upper, OF_PLAIN, true, "[%t] [%x/%l] [%c]: %m", NULL},
    {"jboss", COMMA, &upper, OF_DOTTED, true, "%t %l  [%c] (%x) %m", NULL},
    {"tomcat", HYPHEN, &upper, OF_DOTTED, true, "%t %l [%x] %c %m", NULL},
    {"jenkins", "2026-11-23 02:10:11.123+0000", &upper, OF_PLAIN, true, "%t\t[id=%i]\t%l\t%c: %m", NULL},
    {"flink", COMMA, &upper, OF_DOTTED, true, "%t %l  %c [] - %m", NULL},
    {"rabbitmq", "2026-11-23 02:10:11.123456+00:00", &lower, OF_NONE, true, "%t [%l] <0.%i.0> %m", NULL},
    {"ceph", "2026-11-23T02:10:11.123+0000", NULL, OF_NONE, true, "%t 7f00%i000  0 %m", NULL},
    {"bind", HYPHEN, &bind_words, OF_LOWER, true, "%t %c: %l: %m", NULL},
    {"android-brief", "11-23 02:10:11.123", &letters, OF_PLAIN, false, "%t %l/%c( %p): %m", NULL},
    {"macos", "2026-11-23 02:10:11.123456+0000", &mac_words, OF_PLAIN, true,
     "%t 0x%i       %l     0x0                  %p    0    %c: %m", NULL},
    {"cisco", "Nov 23 2026 02:10:11.123", NULL, OF_UPPER, false, "*%t: %%%c-6-INFO: %m", NULL},
    {"exim", "2026-11-23 02:10:11", NULL, OF_NONE, false, "%t 1xVNNo-0000%i-0d %m", NULL},
    {"dovecot", SYSLOG, &dovecot_words, OF_LOWER, true, "%t %c: %l: %m", NULL},
    {"php", "23-Nov-2026 02:10:11 UTC", &php_words, OF_NONE, true, "[%t] %l: %m", NULL},
    {"eventlog", "11/23/2026 2:10:11 AM", &event_words, OF_TEXT, true, "%l\t%t\t%c\t%i\tNone\t%m", NULL},
    {"cef", SYSLOG, NULL, OF_PLAIN, false, "%t localhost CEF:0|Logwright|%c|1|%i|event|5|%m", NULL},
    {"leef", SYSLOG, NULL, OF_PLAIN, false, "%t localhost LEEF:1.0|Logwright|%c|1|%i|%m", NULL},
    {"fortinet", "date=2026-11-23 time=02:10:11", &priorities, OF_NONE, false, "<%l>%t devname=\"localhost\" %m", NULL},
    {"esxi", LONG, &lower, OF_LOWER, true, "%t %l %c[%p] %m", NULL},
    {"serilog", ISO, &serilog_words, OF_NONE, true, "%t [%l] %m", NULL},
    {"zap", "2026-11-23T02:10:11.123Z", &upper, OF_NONE, true, "%t\t%l\tservice/main.go:45\t%m", NULL},
    {"go", "2026/11/23 02:10:11.123456", NULL, OF_NONE, true, "%t main.go:45: %m", NULL},
    {"android", "11-23 02:10:11.123", &letters, OF_PLAIN, true, "%t  %p  %i %l %c: %m", NULL},
    {"apache", "Mon Nov 23 02:10:11.123456 2026", &apache_words, OF_WORD, true, "[%t] [%c:%l] [pid %p:tid %i] %m",
     NULL},
    {"hdfs", "261123 021011", &upper, OF_PLAIN, true, "%t %i %l %c: %m", NULL},
    {"spark", "26/11/23 02:10:11", &upper, OF_PLAIN, true, "%t %l %c: %m", NULL},
    {"openstack", ISO, &upper, OF_VISIBLE, true, "%t %p %l %c [-] %m", NULL},
    {"openstack-bare", NULL, &upper, OF_MODULE, true, "%l %c [-] %m", NULL},
    {"proxifier", "11.23 02:10:11", NULL, OF_VISIBLE, true, "[%t] %c - %m", NULL},
    {"zookeeper", COMMA, &upper, OF_DOTTED, true, "%t - %l  [%x:%c@%i] - %m", NULL},
    {"postgresql", "2026-11-23 02:10:11.123 UTC", &pg_words, OF_NONE, true, "%t [%p] %l:  %m", NULL},
    {"nginx", SLASH, &nginx_words, OF_NONE, true, "%t [%l] %p#%i: %m", NULL},
    {"syslog5424", LONG, &priorities, OF_VISIBLE, true, "<%l>1 %t localhost %c %p - - %m", NULL},
    {"kubernetes", "2026-11-23T02:10:11.123456789Z", NULL, OF_NONE, false, "%t stdout F %m", NULL},
    {"glog", "1123 02:10:11.123456", &glog_letters, OF_NONE, true, "%l%t %i main.cc:45] %m", NULL},
    {"spring", ISO, &upper, OF_VISIBLE, true, "%t  %l %p --- [%x] %c : %m", NULL},
    {"hadoop", COMMA, &upper, OF_PLAIN, true, "%t %l [%x] %c: %m", NULL},
    {"logback", ISO, &upper, OF_VISIBLE, true, "%t [%x] %l  %c - %m", NULL},
    {"python", COMMA, &python_words, OF_VISIBLE, true, "%t - %c - %l - %m", NULL},
    {"python-bare", NULL, &python_words, OF_MODULE, true, "%l:%c:%m", NULL},
    {"windows", "2026-11-23 02:10:11", &upper, OF_WORD, true, "%t, %l  %c    %m", NULL},
    {"barred", "20261123-2:10:11:123", NULL, OF_PLAIN, true, "%t|%c|%p|%m", NULL},
    {"log4j", COMMA, &upper, OF_DOTTED, true, "%t %l %c: %m", NULL},
    {"syslog", SYSLOG, &priorities, OF_PLAIN, true, "<%l>%t localhost %c[%p]: %m", NULL},
    {"syslog-iso", "2026-11-23T02:10:11.123456+00:00", &priorities, OF_PLAIN, true, "<%l>%t localhost %c[%p]: %m",
     NULL},
    {"json", LONG, &lower, OF_TEXT, true,
     "{\"time\":\"%t\",\"level\":\"%l\",\"logger\":%C,\"thread\":%X,\"message\":%M}", NULL},
    {"logfmt", LONG, &lower, OF_TEXT, true, "time=%t level=%l logger=%C thread=%X msg=%M", NULL},
    {"timed", ISO, &upper, OF_NONE, true, "%t %l %m", NULL},
    {"plain", NULL, NULL, OF_NONE, false, "%m", NULL},
    {"csv", LONG, &lower, OF_TEXT, true, "%t,%l,%C,%X,%M", "time,level,component,thread,message\r\n"},
};
#define N_ROWS (sizeof rows / sizeof *rows)

/* ---- finding ---- */

static int refuse(const char *name, struct lw_error *err)
{
    for (size_t i = 0; i < lw_format_count(); i++)
        if (strcmp(lw_format_get(i)->name, name) == 0)
            return fail(err, LW_ERR_USAGE,
                        "format %.40s can be read but not written; syslog, logback, log4j, json, logfmt, csv and %zu "
                        "others can, see generate in logwright(1)",
                        name, N_ROWS - 6);
    return fail(err, LW_ERR_NOT_FOUND,
                "there is no format \"%.40s\" to write in; syslog, logback, log4j, json, logfmt, csv and %zu others "
                "are there, see generate in logwright(1)",
                name, N_ROWS - 6);
}

int named_format_find(const char *name, struct named_format *out, struct lw_error *err)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        struct timestamp time = {.len = 0};
        if (strcmp(rows[i].name, name) != 0)
            continue;
        if (rows[i].time != NULL && !timestamp_parse_whole(rows[i].time, strlen(rows[i].time), NULL, &time))
            return fail(err, LW_ERR_USAGE, "format %s: \"%s\" is no time", name, rows[i].time);
        *out = (struct named_format){&rows[i], time.layout};
        return 0;
    }
    return refuse(name, err);
}

size_t named_format_count(void)
{
    return N_ROWS;
}

void named_format_keeps(size_t index, struct named_keeps *out)
{
    const struct named_row *row = &rows[index];
    *out = (struct named_keeps){.name = row->name,
                                .has_time = row->time != NULL,
                                .has_component = row->component != OF_NONE,
                                .has_lines = row->has_lines,
                                .component = components[row->component].example};
    for (int i = LW_LEVEL_TRACE; i < LW_LEVEL_COUNT && row->levels != NULL; i++) {
        bool is_own = true;
        for (int j = LW_LEVEL_TRACE; j < LW_LEVEL_COUNT; j++)
            is_own = is_own && (i == j || strcmp((*row->levels)[i], (*row->levels)[j]) != 0);
        out->levels |= is_own ? 1u << i : 0;
    }
}

/* ---- writing ---- */

void named_format_begin(const struct named_format *format, struct buf *out)
{
    if (format->row->before != NULL)
        buf_add_text(out, format->row->before);
}

static void add_time(const struct named_format *format, int64_t time_us, struct buf *out)
{
    char text[TIMESTAMP_MAX];
    buf_add(out, text, timestamp_print(&format->time, time_us == LW_NO_TIME ? 0 : time_us, 0, 0, text));
}

static bool can_have(enum component kind, char c)
{
    unsigned char byte = (unsigned char)c;
    const char *others = components[kind].others;
    bool is_lower = c >= 'a' && c <= 'z', is_upper = c >= 'A' && c <= 'Z';
    if (kind == OF_TEXT)
        return byte >= ' ' && byte != 0x7f && c != '\t';
    if (kind == OF_VISIBLE)
        return byte > ' ' && byte != 0x7f;
    return (is_lower && kind != OF_UPPER) || (is_upper && kind != OF_LOWER) || (c >= '0' && c <= '9') ||
           (c == '_' && kind != OF_LOWER) || (byte >= 0x80 && kind == OF_PLAIN) ||
           (c != 0 && others != NULL && strchr(others, c) != NULL);
}

static void add_component(enum component kind, struct lw_bytes component, struct buf *out)
{
    for (size_t i = 0; i < component.len; i++)
        buf_add_byte(out, can_have(kind, component.data[i]) ? component.data[i] : kind == OF_LOWER ? '-' : '_');
    if (component.len == 0)
        buf_add_text(out, kind == OF_UPPER ? "APP" : "app");
}

static void add_message(const struct named_row *row, struct lw_bytes message, struct buf *out)
{
    if (row->has_lines) {
        buf_add(out, message.data, message.len);
        return;
    }
    for (size_t i = 0; i < message.len; i++)
        if (message.data[i] == '\n')
            buf_add_text(out, "\\n");
        else if (message.data[i] != '\r')
            buf_add_byte(out, message.data[i]);
}

/* What a thread's name says of the trace that its message does not. */
static struct lw_bytes thread_of(const struct named_record *record)
{
    const struct lw_bytes *name = &record->trace;
    for (size_t i = 0; name->len > 0 && i + name->len <= record->message.len; i++)
        if (memcmp(record->message.data + i, name->data, name->len) == 0)
            return (struct lw_bytes){"main", 4};
    return *name;
}

static void add_csv(struct lw_bytes value, struct buf *out)
{
    buf_add_csv(out, value.data, value.len);
}

static void add_quoted(const struct named_row *row, struct lw_bytes value, struct buf *out)
{
    if (row->before != NULL)
        add_csv(value, out);
    else
        buf_add_json(out, value.data, value.len);
}

static void add_part(const struct named_format *format, const struct named_record *record, char what, struct buf *out)
{
    const struct named_row *row = format->row;
    uint64_t hash = XXH3_64bits(record->trace.data, record->trace.len);
    switch (what) {
    case 't':
        add_time(format, record->time_us, out);
        break;
    case 'l':
        buf_add_text(out, (*row->levels)[record->level]);
        break;
    case 'c':
        add_component(row->component, record->component, out);
        break;
    case 'C':
        add_quoted(row, record->component, out);
        break;
    case 'm':
        add_message(row, record->message, out);
        break;
    case 'M':
        add_quoted(row, record->message, out);
        break;
    case 'x':
        add_component(OF_PLAIN, thread_of(record), out);
        break;
    case 'X':
        add_quoted(row, thread_of(record), out);
        break;
    case 'p':
        buf_printf(out, "%u", 1000 + (unsigned)(hash % 29000));
        break;
    case 'i':
        buf_printf(out, "%u", 10 + (unsigned)((hash >> 32) % 90));
        break;
    default:
        buf_add_byte(out, what);
    }
}

void named_format_add(const struct named_format *format, const struct named_record *record, struct buf *out)
{
    const char *text = format->row->text;
    while (*text != '\0') {
        size_t plain = strcspn(text, "%");
        buf_add(out, text, plain);
        text += plain;
        if (*text == '%') {
            add_part(format, record, text[1], out);
            text += 2;
        }
    }
    buf_add_text(out, format->row->before != NULL ? "\r\n" : "\n");
}
