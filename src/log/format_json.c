/*
 * JSON is scanned here and not by a library, because what is wanted are the places of values in the line, for lines
 * that may be cut short, without building a tree: one pass, without allocation unless names of fields are asked for.
 * What is inside arrays is not looked at.
 */
#include <string.h>

#include "log/format_code.h"
#include "log/key_role.h"

#define MAX_DEPTH 16 /* of objects; deeper ones are skipped as values */
#define MAX_NAME  200

#define DOCKER_PIECE 16384 /* bytes of a piece of a line that is too long for one object */

struct json {
    const char *line, *at, *end;
    struct format_scratch *scratch;
    struct format_cut *out;
    struct keys keys;
    struct lw_span rest; /* from the first member without a role to the last */
    bool has_rest, is_docker;
    bool is_loose; /* programs that escape nothing write "C:\temp\": a quote there ends the string where one has to */
    size_t n_values;
    unsigned depth;
    size_t prefix[MAX_DEPTH + 1]; /* length of the names of the objects around, with their dots */
    char name[MAX_NAME];          /* those, then the key; only filled as far as it is looked at */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline bool take(struct json *j, char c)
{
    if (j->at < j->end && *j->at == c) {
        j->at++;
        return true;
    }
    while (j->at < j->end && is_space(*j->at))
        j->at++;
    if (j->at == j->end || *j->at != c)
        return false;
    j->at++;
    return true;
}

/* Whether one of eight bytes is a quote or a backslash; may say so of a byte behind one that is. */
static inline bool has_end(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t word;
    memcpy(&word, at, sizeof word);
    uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\';
    return (((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & (ones << 7);
}

/* Whether a string may have ended before `at`: the object ends there, or another member begins. */
static bool ends_value(const struct json *j, const char *at)
{
    bool has_comma = false;
    for (; at < j->end && (is_space(*at) || (*at == ',' && !has_comma)); at++)
        has_comma = has_comma || *at == ',';
    return at < j->end && *at == (has_comma ? '"' : '}');
}

/* A string whose quote was taken; its span is without the quotes. */
static bool scan_string(struct json *j, struct lw_span *span)
{
    const char *at = j->at;
    span->start = (size_t)(at - j->line);
    for (;;) {
        while (j->end - at >= 8 && !has_end(at))
            at += 8;
        while (at < j->end && *at != '"' && *at != '\\')
            at++;
        if (at >= j->end || *at == '"')
            break;
        if (j->is_loose && at + 1 < j->end && at[1] == '"' && ends_value(j, at + 2)) {
            at++;
            break;
        }
        at += at + 1 < j->end ? 2 : 1;
    }
    if (at >= j->end) {
        j->at = j->end;
        return false;
    }
    span->len = (size_t)(at - j->at);
    j->at = at + 1;
    return true;
}

/* An array, or an object too deep to be flattened: everything up to its last bracket. */
static bool scan_nested(struct json *j, struct lw_span *span)
{
    const char *start = j->at;
    size_t open = 0;
    do {
        struct lw_span string;
        char c = *j->at++;
        if (c == '"') {
            if (!scan_string(j, &string))
                return false;
            continue;
        }
        open += c == '[' || c == '{';
        open -= c == ']' || c == '}';
    } while (open > 0 && j->at < j->end);
    *span = (struct lw_span){(size_t)(start - j->line), (size_t)(j->at - start)};
    return open == 0;
}

/* A number, true, false or null. */
static bool scan_word(struct json *j, struct lw_span *span)
{
    const char *start = j->at;
    while (j->at < j->end && ((*j->at >= '0' && *j->at <= '9') || (*j->at >= 'a' && *j->at <= 'z') || *j->at == '.' ||
                              *j->at == '-' || *j->at == '+' || *j->at == 'E'))
        j->at++;
    *span = (struct lw_span){(size_t)(start - j->line), (size_t)(j->at - start)};
    return span->len > 0;
}

/* Whether the value can be what a key of a role stands for: a text or a number. */
static bool is_telling(const struct json *j, char first, struct lw_span span)
{
    return first == '"' ? span.len > 0 : first != '[' && first != '{' && j->line[span.start] <= '9';
}

static bool add_value(struct json *j, struct lw_span key, size_t name_len, char first, struct lw_span span)
{
    bool is_top = j->depth == 0, has_role = false;
    j->n_values++;
    if (name_len <= KEY_LONGEST && is_telling(j, first, span)) {
        unsigned rank;
        const char *name = is_top ? j->line + key.start : j->name;
        enum key_role role = key_role_of(name, name_len, &rank);
        has_role = role == KEY_TIME || role == KEY_LEVEL || (role != KEY_NONE && first == '"');
        if (has_role && (j->keys.rank[role] == 0 || rank < j->keys.rank[role])) {
            j->keys.rank[role] = rank;
            j->keys.spans[role] = span;
        }
        j->is_docker = j->is_docker || (is_top && name_len == 6 && memcmp(name, "stream", 6) == 0);
    }
    if (!has_role) {
        size_t start = j->has_rest ? j->rest.start : key.start - 1;
        j->rest = (struct lw_span){start, (size_t)(j->at - j->line) - start};
        j->has_rest = true;
    }
    if (!j->scratch->wants_names)
        return true;
    const char *name = arena_copy(&j->scratch->names, j->name, name_len);
    format_add_field(j->out, j->scratch, name != NULL ? name : "", span.start, span.len, has_role);
    return name != NULL;
}

/* A key and its value. An object's members follow, with *is_opened set. */
static bool scan_member(struct json *j, bool *is_opened)
{
    struct lw_span key, value;
    if (!take(j, '"') || !scan_string(j, &key) || !take(j, ':'))
        return false;
    size_t at = j->prefix[j->depth];
    size_t n = key.len < MAX_NAME - 1 - at ? key.len : MAX_NAME - 1 - at;
    while (j->at < j->end && is_space(*j->at))
        j->at++;
    if (j->at == j->end)
        return false;
    char first = *j->at;
    bool is_object = first == '{' && j->depth < MAX_DEPTH && at + n < MAX_NAME - 1;
    if (j->scratch->wants_names || (at + n <= KEY_LONGEST && (is_object || j->depth > 0)))
        memcpy(j->name + at, j->line + key.start, n);
    if (is_object) {
        j->at++;
        j->name[at + n] = '.';
        j->prefix[++j->depth] = at + n + 1;
        *is_opened = true;
        return true;
    }
    j->at += first == '"';
    bool is_value = first == '"'                   ? scan_string(j, &value)
                    : first == '{' || first == '[' ? scan_nested(j, &value)
                                                   : scan_word(j, &value);
    return is_value && add_value(j, key, at + n, first, value);
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

/* Docker writes the line end of its line into it; a piece of a longer line has none. */
static void strip_line_end(struct json *j)
{
    struct lw_span *message = &j->out->message;
    bool is_ended = false;
    while (message->len >= 2 && memcmp(j->line + message->start + message->len - 2, "\\n", 2) == 0) {
        message->len -= 2;
        is_ended = true;
    }
    if (is_ended && message->len >= 2 && memcmp(j->line + message->start + message->len - 2, "\\r", 2) == 0)
        message->len -= 2;
    j->out->is_partial = j->is_docker && !is_ended && message->len >= DOCKER_PIECE;
}

static void begin(struct json *j, const char *line, size_t len, bool is_loose, struct format_scratch *scratch,
                  struct format_cut *out)
{
    *out = (struct format_cut){.n_fields = 0};
    j->is_loose = is_loose;
    j->line = j->at = line;
    j->end = line + len;
    j->scratch = scratch;
    j->out = out;
    j->keys = (struct keys){{0}, {{0, 0}}};
    j->has_rest = j->is_docker = false;
    j->n_values = 0;
    j->depth = 0;
    j->prefix[0] = 0;
}

static bool scan_line(struct json *j, bool is_whole)
{
    if (!scan_object(j))
        return !is_whole && j->n_values > 0 && j->at >= j->end;
    while (j->at < j->end && is_space(*j->at))
        j->at++;
    return j->at == j->end;
}

int format_cut_json(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                    struct format_scratch *scratch, struct format_cut *out)
{
    struct json j;
    *out = (struct format_cut){.n_fields = 0};
    if (len < 2 || (line[0] != '{' && line[0] != ' ' && line[0] != '\t'))
        return 0;
    begin(&j, line, len, false, scratch, out);
    bool fits = scan_line(&j, is_whole);
    if (!fits && is_whole && memchr(line, '\\', len) != NULL) {
        begin(&j, line, len, true, scratch, out);
        fits = scan_line(&j, true);
    }
    if (!fits)
        return 0;
    keys_finish(&j.keys, line, j.has_rest ? j.rest : (struct lw_span){0, len}, hint, scratch, out);
    if (j.keys.rank[KEY_MESSAGE] > 0)
        strip_line_end(&j);
    return 1;
}
