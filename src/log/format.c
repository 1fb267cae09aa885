/*
 * The table is ordered: of formats that fit a source about equally well the earlier one is taken, so the more telling
 * layouts stand first. Times are only outlined by the expressions; timestamp_parse has to agree that the whole span is
 * one. A grammar of conversion words (%d %p %c) was rejected: half of these layouts are not made from such words, and
 * PCRE2's just-in-time code is as fast as reading such words one by one.
 */
#include "log/format.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "log/format_code.h"
#include "log/level.h"

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

static const struct format formats_table[] = {
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
#define N_FORMATS (sizeof formats_table / sizeof formats_table[0])
#define PLAIN     (N_FORMATS - 3)
#define SEQUENCES (N_FORMATS - 1)

enum role { ROLE_FIELD, ROLE_TIME, ROLE_LEVEL, ROLE_COMPONENT, ROLE_MESSAGE, ROLE_PRIORITY, ROLE_STATUS };
static const struct {
    const char *name;
    enum role role;
} role_names[] = {
    {"time", ROLE_TIME},       {"level", ROLE_LEVEL},       {"component", ROLE_COMPONENT},
    {"message", ROLE_MESSAGE}, {"priority", ROLE_PRIORITY}, {"status", ROLE_STATUS},
};

#define MAX_GROUPS LW_MAX_FIELDS
struct compiled {
    struct pattern *pattern;
    size_t n_groups;
    const char *names[MAX_GROUPS]; /* of group i + 1 */
    enum role roles[MAX_GROUPS];
};
struct formats {
    struct compiled items[N_FORMATS];
};

size_t format_count(void)
{
    return N_FORMATS;
}

const struct format *format_get(size_t index)
{
    return index < N_FORMATS ? &formats_table[index] : NULL;
}

size_t format_plain(void)
{
    return PLAIN;
}

bool format_is_sequences(size_t index)
{
    return index == SEQUENCES;
}

int format_find(const char *name, size_t *index, struct lw_error *err)
{
    for (size_t i = 0; i < N_FORMATS; i++)
        if (strcmp(formats_table[i].info.name, name) == 0) {
            *index = i;
            return 0;
        }
    struct buf names = BUF_INIT;
    for (size_t i = 0; i < N_FORMATS; i++)
        buf_printf(&names, "%s%s", i > 0 ? " " : "", formats_table[i].info.name);
    int code = buf_status(&names) != 0
                   ? fail_memory(err, "looking for a format")
                   : fail(err, LW_ERR_NOT_FOUND, "no format is called \"%.40s\"; there are: auto %s", name, names.data);
    buf_release(&names);
    return code;
}

size_t lw_format_count(void)
{
    return N_FORMATS;
}

const struct lw_format_info *lw_format_get(size_t index)
{
    return index < N_FORMATS ? &formats_table[index].info : NULL;
}

static int compile(const struct format *format, struct compiled *out, struct lw_error *err)
{
    if (format->pattern == NULL)
        return 0;
    int code = pattern_new(format->pattern, strlen(format->pattern), &out->pattern, err);
    if (code != 0)
        return code;
    out->n_groups = pattern_group_count(out->pattern);
    for (size_t i = 0; i < out->n_groups && i < MAX_GROUPS; i++) {
        out->names[i] = pattern_group_name(out->pattern, i + 1);
        for (size_t r = 0; r < sizeof role_names / sizeof role_names[0]; r++)
            if (strcmp(out->names[i], role_names[r].name) == 0)
                out->roles[i] = role_names[r].role;
    }
    return 0;
}

int formats_new(struct formats **out, struct lw_error *err)
{
    struct formats *formats = alloc_zeroed(1, sizeof *formats);
    if (formats == NULL)
        return fail_memory(err, "preparing formats");
    for (size_t i = 0; i < N_FORMATS; i++) {
        int code = compile(&formats_table[i], &formats->items[i], err);
        if (code != 0) {
            formats_free(formats);
            return code;
        }
    }
    *out = formats;
    return 0;
}

void formats_free(struct formats *formats)
{
    if (formats == NULL)
        return;
    for (size_t i = 0; i < N_FORMATS; i++)
        pattern_free(formats->items[i].pattern);
    free(formats);
}

int format_scratch_init(struct format_scratch *scratch, struct lw_error *err)
{
    *scratch = (struct format_scratch){.names = ARENA_INIT};
    return pattern_scratch_new(&scratch->match, err);
}

void format_scratch_release(struct format_scratch *scratch)
{
    pattern_scratch_free(scratch->match);
    arena_release(&scratch->names);
}

void format_add_field(struct format_cut *out, const struct format_scratch *scratch, const char *name, size_t start,
                      size_t len, bool has_role)
{
    if (!scratch->wants_names || (out->n_fields == LW_MAX_FIELDS && !has_role))
        return;
    if (out->n_fields == LW_MAX_FIELDS)
        out->n_fields--;
    out->fields[out->n_fields++] = (struct lw_field){name, start, len};
}

static bool cut_time(const char *line, struct lw_span span, const struct timestamp_layout *hint, struct format_cut *out)
{
    const char *text = line + span.start;
    out->has_time = (timestamp_parse(text, span.len, hint, &out->time) && out->time.len == span.len) ||
                    (timestamp_parse(text, span.len, NULL, &out->time) && out->time.len == span.len);
    return out->has_time;
}

static unsigned number(const char *text, size_t len)
{
    unsigned value = 0;
    for (size_t i = 0; i < len && i < 4 && text[i] >= '0' && text[i] <= '9'; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    return value;
}

static int cut_by_pattern(const struct compiled *compiled, const char *line, size_t len,
                          const struct timestamp_layout *hint, bool may_lack_time, struct format_scratch *scratch,
                          struct format_cut *out)
{
    struct lw_span spans[MAX_GROUPS + 1];
    int found = pattern_match(compiled->pattern, line, len, 0, scratch->match, spans, compiled->n_groups + 1);
    if (found != 1)
        return found == LW_ERR_LIMIT ? 0 : found;
    *out = (struct format_cut){.message = {spans[0].len, len - spans[0].len}};
    for (size_t i = 0; i < compiled->n_groups; i++) {
        struct lw_span span = spans[i + 1];
        if (span.start == PATTERN_UNSET)
            continue;
        const char *text = line + span.start;
        switch (compiled->roles[i]) {
        case ROLE_TIME:
            if (!cut_time(line, span, hint, out) && !may_lack_time)
                return 0;
            break;
        case ROLE_LEVEL:
            out->level = level_find(text, span.len);
            break;
        case ROLE_PRIORITY:
            out->level = level_of_priority(number(text, span.len));
            break;
        case ROLE_STATUS:
            out->level = text[0] == '5' ? LW_LEVEL_ERROR : text[0] == '4' ? LW_LEVEL_WARN : LW_LEVEL_INFO;
            break;
        case ROLE_COMPONENT:
            out->component = span;
            break;
        case ROLE_MESSAGE:
            out->message = span;
            continue;
        case ROLE_FIELD:
            break;
        }
        format_add_field(out, scratch, compiled->names[i], span.start, span.len, compiled->roles[i] != ROLE_FIELD);
    }
    return 1;
}

int format_cut(const struct formats *formats, size_t index, const char *line, size_t len, bool is_whole,
               const struct timestamp_layout *hint, struct format_scratch *scratch, struct format_cut *out)
{
    const struct format *format = &formats_table[index];
    if (scratch->wants_names)
        arena_release(&scratch->names);
    size_t mark = len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a byte order mark starts the file */
    line += mark;
    len -= mark;
    int fits = format->cut != NULL
                   ? format->cut(line, len, is_whole, hint, scratch, out)
                   : cut_by_pattern(&formats->items[index], line, len, hint, format->is_by_name, scratch, out);
    if (fits == 0)
        *out = (struct format_cut){.message = {0, len}};
    out->message.start += mark;
    out->component.start += mark;
    for (size_t i = 0; i < out->n_fields; i++)
        out->fields[i].start += mark;
    return fits;
}
