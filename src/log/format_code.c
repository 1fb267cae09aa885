/*
 * JSON is scanned here and not by a library, because what is wanted are the places of values in the line, for lines
 * that may be cut short and without building a tree. Which key is the message, the time, the level and the component is
 * told by usual names, the more usual one winning.
 */
#include "log/format_code.h"

#include <string.h>

#include "log/level.h"

#define MAX_DEPTH 16 /* of objects; deeper ones are skipped as values */
#define MAX_NAME  200

/* ---- keys that mean something --------------------------------------------------------------------------------- */

enum key_role { KEY_MESSAGE, KEY_TIME, KEY_LEVEL, KEY_COMPONENT, KEY_ROLES };

#define KEY(role, name)                                                                                                \
    {                                                                                                                  \
        (name), sizeof(name) - 1, (role)                                                                               \
    }
static const struct {
    const char *name;
    size_t len;
    enum key_role role;
} key_names[] = {
    KEY(KEY_MESSAGE, "message"),
    KEY(KEY_MESSAGE, "msg"),
    KEY(KEY_MESSAGE, "@message"),
    KEY(KEY_MESSAGE, "log"),
    KEY(KEY_MESSAGE, "short_message"),
    KEY(KEY_MESSAGE, "text"),
    KEY(KEY_MESSAGE, "body"),
    KEY(KEY_MESSAGE, "event"),
    KEY(KEY_MESSAGE, "error.message"),
    KEY(KEY_TIME, "@timestamp"),
    KEY(KEY_TIME, "timestamp"),
    KEY(KEY_TIME, "time"),
    KEY(KEY_TIME, "ts"),
    KEY(KEY_TIME, "datetime"),
    KEY(KEY_TIME, "asctime"),
    KEY(KEY_TIME, "@t"),
    KEY(KEY_TIME, "__realtime_timestamp"),
    KEY(KEY_TIME, "date"),
    KEY(KEY_TIME, "t"),
    KEY(KEY_TIME, "time_local"),
    KEY(KEY_TIME, "eventtime"),
    KEY(KEY_LEVEL, "level"),
    KEY(KEY_LEVEL, "severity"),
    KEY(KEY_LEVEL, "lvl"),
    KEY(KEY_LEVEL, "log.level"),
    KEY(KEY_LEVEL, "loglevel"),
    KEY(KEY_LEVEL, "levelname"),
    KEY(KEY_LEVEL, "log_level"),
    KEY(KEY_LEVEL, "@l"),
    KEY(KEY_LEVEL, "priority"),
    KEY(KEY_COMPONENT, "logger"),
    KEY(KEY_COMPONENT, "logger_name"),
    KEY(KEY_COMPONENT, "component"),
    KEY(KEY_COMPONENT, "name"),
    KEY(KEY_COMPONENT, "module"),
    KEY(KEY_COMPONENT, "service"),
    KEY(KEY_COMPONENT, "service.name"),
    KEY(KEY_COMPONENT, "syslog_identifier"),
    KEY(KEY_COMPONENT, "caller"),
    KEY(KEY_COMPONENT, "source"),
    KEY(KEY_COMPONENT, "app"),
};
#define LONGEST_KEY 24

struct keys {
    unsigned rank[KEY_ROLES]; /* of the best key so far, from 1; 0 = none */
    struct lw_span spans[KEY_ROLES];
};

/* Notes the value if the key has a meaning; whether it has. */
static bool note_key(struct keys *keys, const char *key, size_t len, struct lw_span value)
{
    char lower[LONGEST_KEY];
    if (len > sizeof lower)
        return false;
    for (size_t i = 0; i < len; i++)
        lower[i] = key[i] >= 'A' && key[i] <= 'Z' ? (char)(key[i] + 32) : key[i];
    for (unsigned i = 0; i < sizeof key_names / sizeof key_names[0]; i++)
        if (key_names[i].len == len && key_names[i].name[0] == lower[0] && memcmp(key_names[i].name, lower, len) == 0) {
            enum key_role role = key_names[i].role;
            if (keys->rank[role] == 0 || i + 1 < keys->rank[role]) {
                keys->rank[role] = i + 1;
                keys->spans[role] = value;
            }
            return true;
        }
    return false;
}

/* A level in words, or in numbers: below 8 as syslog counts, from 10 on as Bunyan and pino do. */
static enum lw_level level_of(const char *text, size_t len)
{
    static const enum lw_level tens[] = {LW_LEVEL_NONE, LW_LEVEL_TRACE, LW_LEVEL_DEBUG, LW_LEVEL_INFO,
                                         LW_LEVEL_WARN, LW_LEVEL_ERROR, LW_LEVEL_FATAL};
    if (len == 1 && text[0] >= '0' && text[0] <= '7')
        return level_of_priority((unsigned)(text[0] - '0'));
    if (len == 2 && text[0] >= '1' && text[0] <= '6' && text[1] >= '0' && text[1] <= '9')
        return tens[text[0] - '0'];
    return level_find(text, len);
}

static void finish(const struct keys *keys, const char *line, size_t len, const struct timestamp_layout *hint,
                   struct format_cut *out)
{
    struct lw_span time = keys->spans[KEY_TIME], level = keys->spans[KEY_LEVEL], message = keys->spans[KEY_MESSAGE];
    out->has_time = keys->rank[KEY_TIME] > 0 && timestamp_parse(line + time.start, time.len, hint, &out->time);
    out->level = keys->rank[KEY_LEVEL] > 0 ? level_of(line + level.start, level.len) : LW_LEVEL_NONE;
    out->component = keys->spans[KEY_COMPONENT];
    while (message.len >= 2 && memcmp(line + message.start + message.len - 2, "\\n", 2) == 0)
        message.len -= 2; /* Docker's own line end */
    out->message = keys->rank[KEY_MESSAGE] > 0 ? message : (struct lw_span){0, len};
}

/* ---- JSON ----------------------------------------------------------------------------------------------------- */

struct json {
    const char *line;
    size_t len, at;
    struct format_scratch *scratch;
    struct format_cut *out;
    struct keys keys;
    char name[MAX_NAME]; /* the key, behind those of the objects around it */
    size_t prefix[MAX_DEPTH + 1];
    unsigned depth;
    size_t n_values;
};

static void skip_space(struct json *j)
{
    while (j->at < j->len && (j->line[j->at] == ' ' || j->line[j->at] == '\t' || j->line[j->at] == '\r'))
        j->at++;
}

static bool take(struct json *j, char c)
{
    skip_space(j);
    if (j->at >= j->len || j->line[j->at] != c)
        return false;
    j->at++;
    return true;
}

/* A string; its span is without the quotes. */
static bool scan_string(struct json *j, struct lw_span *span)
{
    if (!take(j, '"'))
        return false;
    span->start = j->at;
    while (j->at < j->len && j->line[j->at] != '"')
        j->at += j->line[j->at] == '\\' ? 2 : 1;
    if (j->at >= j->len)
        return false;
    span->len = j->at++ - span->start;
    return true;
}

/* An array, or an object too deep to be flattened: everything up to its last bracket. */
static bool scan_nested(struct json *j, struct lw_span *span)
{
    span->start = j->at;
    size_t open = 0;
    do {
        struct lw_span string;
        char c = j->line[j->at];
        if (c == '"') {
            if (!scan_string(j, &string))
                return false;
            continue;
        }
        open += c == '[' || c == '{';
        open -= c == ']' || c == '}';
        j->at++;
    } while (open > 0 && j->at < j->len);
    span->len = j->at - span->start;
    return open == 0;
}

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == '+' || c == 'E';
}

/* A number, true, false or null. */
static bool scan_word(struct json *j, struct lw_span *span)
{
    span->start = j->at;
    while (j->at < j->len && is_word_byte(j->line[j->at]))
        j->at++;
    span->len = j->at - span->start;
    return span->len > 0;
}

static bool add_value(struct json *j, size_t name_len, struct lw_span span)
{
    const char *name = "";
    bool has_role = note_key(&j->keys, j->name, name_len, span);
    j->n_values++;
    if (j->scratch->wants_names && (name = arena_copy(&j->scratch->names, j->name, name_len)) == NULL)
        return false;
    format_add_field(j->out, j->scratch, name, span.start, span.len, has_role);
    return true;
}

/* A key and its value. An object's members follow, with *is_opened set. */
static bool scan_member(struct json *j, bool *is_opened)
{
    struct lw_span key, value;
    if (!scan_string(j, &key) || !take(j, ':'))
        return false;
    size_t at = j->prefix[j->depth];
    size_t n = key.len < MAX_NAME - 1 - at ? key.len : MAX_NAME - 1 - at;
    memcpy(j->name + at, j->line + key.start, n);
    skip_space(j);
    if (j->at >= j->len)
        return false;
    char c = j->line[j->at];
    if (c == '{' && j->depth < MAX_DEPTH && at + n < MAX_NAME - 1) {
        j->at++;
        j->name[at + n] = '.';
        j->prefix[++j->depth] = at + n + 1;
        *is_opened = true;
        return true;
    }
    bool is_value = c == '"'               ? scan_string(j, &value)
                    : c == '{' || c == '[' ? scan_nested(j, &value)
                                           : scan_word(j, &value);
    return is_value && add_value(j, at + n, value);
}

static bool scan_object(struct json *j)
{
    if (!take(j, '{'))
        return false;
    bool is_first = true;
    for (;;) {
        if (take(j, '}')) {
            is_first = false;
            if (j->depth == 0)
                return true;
            j->depth--;
            continue;
        }
        if (!is_first && !take(j, ','))
            return false;
        bool is_opened = false;
        if (!scan_member(j, &is_opened))
            return false;
        is_first = is_opened;
    }
}

int format_cut_json(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                    struct format_scratch *scratch, struct format_cut *out)
{
    *out = (struct format_cut){.n_fields = 0};
    if (len < 2 || (line[0] != '{' && line[0] != ' ' && line[0] != '\t'))
        return 0;
    struct json j = {.line = line, .len = len, .scratch = scratch, .out = out};
    bool fits = scan_object(&j);
    if (fits) {
        skip_space(&j);
        fits = j.at == len;
    } else {
        fits = !is_whole && j.n_values > 0 && j.at >= len;
    }
    if (fits)
        finish(&j.keys, line, len, hint, out);
    return fits ? 1 : 0;
}

/* ---- logfmt --------------------------------------------------------------------------------------------------- */

static bool is_key_byte(char c)
{
    return c > ' ' && c != '=' && c != '"' && c != '{' && c != '<' && c != '[';
}

int format_cut_logfmt(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                      struct format_scratch *scratch, struct format_cut *out)
{
    *out = (struct format_cut){.n_fields = 0};
    struct keys keys = {0};
    size_t at = 0, pairs = 0;
    while (at < len) {
        size_t key = at;
        while (at < len && is_key_byte(line[at]))
            at++;
        size_t key_len = at - key;
        if (key_len == 0 || at >= len || line[at] != '=')
            break;
        at++;
        bool is_quoted = at < len && line[at] == '"';
        struct lw_span value = {at + is_quoted, 0};
        for (at += is_quoted; at < len && line[at] != (is_quoted ? '"' : ' '); at++)
            at += is_quoted && line[at] == '\\' && at + 1 < len;
        if (is_quoted && at >= len)
            break;
        value.len = at - value.start;
        at += is_quoted;
        if (at < len && line[at] != ' ')
            break;
        while (at < len && line[at] == ' ')
            at++;
        const char *name = "";
        bool has_role = note_key(&keys, line + key, key_len, value);
        if (scratch->wants_names && (name = arena_copy(&scratch->names, line + key, key_len)) == NULL)
            return LW_ERR_MEMORY;
        format_add_field(out, scratch, name, value.start, value.len, has_role);
        pairs++;
    }
    if (pairs < 2 || (is_whole && at < len))
        return 0;
    finish(&keys, line, len, hint, out);
    return 1;
}

/* ---- lines that start with a time ------------------------------------------------------------------------------ */

static size_t skip_marks(const char *line, size_t len, size_t at)
{
    while (at < len && strchr(" \t:,;|-", line[at]) != NULL && line[at] != '\0')
        at++;
    return at;
}

/* The word of a level at `at`, in brackets or not; behind it, or `at` if there is none. */
static size_t skip_level(const char *line, size_t len, size_t at, struct lw_span *span)
{
    size_t start = at + (at < len && (line[at] == '[' || line[at] == '<' || line[at] == '('));
    size_t end = start;
    while (end < len && end - start < 16 &&
           ((line[end] >= 'a' && line[end] <= 'z') || (line[end] >= 'A' && line[end] <= 'Z')))
        end++;
    bool is_bracketed = start > at;
    bool ends = end < len && (is_bracketed ? strchr("])>", line[end]) != NULL && line[end] != '\0'
                                           : line[end] == ' ' || line[end] == ':' || line[end] == '\t');
    if (!ends || (end - start < 3 && !is_bracketed) || level_find(line + start, end - start) == LW_LEVEL_NONE)
        return at;
    *span = (struct lw_span){start, end - start};
    return end + is_bracketed;
}

int format_cut_timed(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                     struct format_scratch *scratch, struct format_cut *out)
{
    (void)is_whole;
    static const char opening[] = "[<(", closing[] = "])>";
    const char *bracket = len > 0 && line[0] != '\0' ? strchr(opening, line[0]) : NULL;
    size_t at = bracket != NULL ? 1 : 0;
    *out = (struct format_cut){.n_fields = 0};
    out->has_time = len >= 8 && timestamp_parse(line + at, len - at, hint, &out->time);
    if (!out->has_time)
        return 0;
    format_add_field(out, scratch, "time", at, out->time.len, true);
    at += out->time.len;
    if (bracket != NULL && (at >= len || line[at] == '\0' || strchr(closing, line[at]) == NULL))
        return 0;
    at += bracket != NULL;
    if (at < len && (strchr(" \t:,;|]", line[at]) == NULL || line[at] == '\0'))
        return 0;
    at = skip_marks(line, len, at);
    struct lw_span level = {0, 0};
    size_t behind = skip_level(line, len, at, &level);
    if (behind > at) {
        out->level = level_find(line + level.start, level.len);
        format_add_field(out, scratch, "level", level.start, level.len, true);
        at = skip_marks(line, len, behind);
    }
    out->message = (struct lw_span){at, len - at};
    return 1;
}

int format_cut_plain(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                     struct format_scratch *scratch, struct format_cut *out)
{
    (void)line;
    (void)is_whole;
    (void)hint;
    (void)scratch;
    *out = (struct format_cut){.message = {0, len}};
    return 1;
}
