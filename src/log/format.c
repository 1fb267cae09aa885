/* Formats at work: their patterns compiled, and lines cut by them. */
#include "log/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "log/format_code.h"
#include "log/format_table.h"
#include "log/level.h"

#define PLAIN     (format_table_count - 3)
#define SEQUENCES (format_table_count - 1)

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
    size_t n;
    struct compiled items[];
};

size_t format_count(void)
{
    return format_table_count;
}

const struct format *format_get(size_t index)
{
    return index < format_table_count ? &format_table[index] : NULL;
}

size_t format_plain(void)
{
    return PLAIN;
}

bool format_is_sequences(size_t index)
{
    return index == SEQUENCES;
}

bool format_has_open_message(size_t index)
{
    const struct format *format = &format_table[index];
    return format->pattern != NULL ? strstr(format->pattern, "(?<message>") == NULL
                                   : format->cut == format_cut_plain || format->cut == format_cut_timed;
}

int format_find(const char *name, size_t *index, struct lw_error *err)
{
    for (size_t i = 0; i < format_table_count; i++)
        if (strcmp(format_table[i].info.name, name) == 0) {
            *index = i;
            return 0;
        }
    struct buf names = BUF_INIT;
    for (size_t i = 0; i < format_table_count; i++)
        buf_printf(&names, "%s%s", i > 0 ? " " : "", format_table[i].info.name);
    int code = buf_status(&names) != 0
                   ? fail_memory(err, "looking for a format")
                   : fail(err, LW_ERR_NOT_FOUND, "no format is called \"%.40s\"; there are: auto %s", name, names.data);
    buf_release(&names);
    return code;
}

int format_request_read(const char *text, struct format_request *out, struct lw_error *err)
{
    struct format_request request = {0};
    if (text != NULL && strcmp(text, "auto") == 0)
        text = NULL;
    while (text != NULL) {
        char name[80];
        size_t len = strcspn(text, ",");
        snprintf(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : sizeof name - 1), text);
        if (request.n == FORMAT_MOST)
            return fail(err, LW_ERR_USAGE, "a source has at most %d formats", FORMAT_MOST);
        int code = format_find(name, &request.indexes[request.n], err);
        if (code != 0)
            return code;
        for (size_t i = 0; i < request.n; i++)
            if (request.indexes[i] == request.indexes[request.n])
                return fail(err, LW_ERR_USAGE, "format %s is named twice", name);
        request.n++;
        if (request.n > 1 &&
            (format_is_sequences(request.indexes[0]) || format_is_sequences(request.indexes[request.n - 1])))
            return fail(err, LW_ERR_USAGE, "the format sequences stands alone");
        text = text[len] == ',' ? text + len + 1 : NULL;
    }
    *out = request;
    return 0;
}

size_t lw_format_count(void)
{
    return format_table_count;
}

const struct lw_format_info *lw_format_get(size_t index)
{
    return index < format_table_count ? &format_table[index].info : NULL;
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
    struct formats *formats = alloc_zeroed(1, sizeof *formats + format_table_count * sizeof formats->items[0]);
    if (formats == NULL)
        return fail_memory(err, "preparing formats");
    formats->n = format_table_count;
    for (size_t i = 0; i < formats->n; i++) {
        int code = compile(&format_table[i], &formats->items[i], err);
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
    for (size_t i = 0; i < formats->n; i++)
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
    const struct format *format = &format_table[index];
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
