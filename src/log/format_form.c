#include "log/format_form.h"

#include <stdlib.h>
#include <stddef.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "log/level.h"

static const char *const role_names[FORM_ROLES] = {"",        "time",     "level",  "component",
                                                   "message", "priority", "status", "part"};

enum form_role form_role_of(const char *name, size_t len)
{
    for (int role = FORM_TIME; role < FORM_ROLES; role++)
        if (strlen(role_names[role]) == len && memcmp(role_names[role], name, len) == 0)
            return (enum form_role)role;
    return FORM_FIELD;
}

const char *form_role_name(enum form_role role)
{
    return role_names[role];
}

int form_compile(struct form *form, struct lw_error *err)
{
    const char *text = form->format.pattern;
    if (text == NULL)
        return 0;
    int code = pattern_new(text, strlen(text), &form->pattern, err);
    if (code != 0)
        return code;
    form->n_groups = pattern_group_count(form->pattern);
    if (form->n_groups > LW_MAX_FIELDS)
        return fail(err, LW_ERR_USAGE, "%zu groups: at most %d are possible; write (?:...) where no name is needed",
                    form->n_groups, LW_MAX_FIELDS);
    for (size_t i = 0; i < form->n_groups; i++) {
        const char *name = pattern_group_name(form->pattern, i + 1);
        form->groups[i] = (struct form_group){name, form_role_of(name, strlen(name))};
    }
    return 0;
}

int form_new(const struct format *row, struct form **out, struct lw_error *err)
{
    struct form *form = alloc_zeroed(1, sizeof *form);
    if (form == NULL)
        return fail_memory(err, "preparing formats");
    form->format = *row;
    int code = form_compile(form, err);
    if (code != 0) {
        form_free(form);
        return code;
    }
    *out = form;
    return 0;
}

void form_free(struct form *form)
{
    if (form == NULL)
        return;
    pattern_free(form->pattern);
    for (size_t i = 0; i < form->n_levels; i++)
        free(form->levels[i].word);
    free(form->levels);
    free(form->origin);
    if (form->is_owned) {
        free((char *)(uintptr_t)form->format.info.name);
        free((char *)(uintptr_t)form->format.info.help);
        free((char *)(uintptr_t)form->format.pattern);
    }
    if (form->state_free != NULL)
        form->state_free(form->state);
    free(form);
}

enum lw_level form_level_of(const struct form *form, const char *word, size_t len)
{
    for (size_t i = 0; i < form->n_levels; i++)
        if (strlen(form->levels[i].word) == len && memcmp(form->levels[i].word, word, len) == 0)
            return form->levels[i].level;
    return level_find(word, len);
}

static bool cut_time(const char *line, struct lw_span span, const struct timestamp_layout *hint,
                     struct format_scratch *scratch, struct format_cut *out)
{
    out->time_start = span.start;
    out->has_time = timestamp_read_whole(&scratch->times, line + span.start, span.len, hint, &out->time);
    return out->has_time;
}

static unsigned number(const char *text, size_t len)
{
    unsigned value = 0;
    for (size_t i = 0; i < len && i < 4 && text[i] >= '0' && text[i] <= '9'; i++)
        value = value * 10 + (unsigned)(text[i] - '0');
    return value;
}

/* Gives a span its role. False: a time that is none. */
static bool take_group(const struct form *form, enum form_role role, const char *line, struct lw_span span,
                       const struct timestamp_layout *hint, struct format_scratch *scratch, struct format_cut *out)
{
    const char *text = line + span.start;
    switch (role) {
    case FORM_TIME:
        return cut_time(line, span, hint, scratch, out) || form->format.is_by_name;
    case FORM_LEVEL:
        out->level = form_level_of(form, text, span.len);
        break;
    case FORM_PRIORITY:
        out->level = level_of_priority(number(text, span.len));
        break;
    case FORM_STATUS:
        out->level = text[0] == '5' ? LW_LEVEL_ERROR : text[0] == '4' ? LW_LEVEL_WARN : LW_LEVEL_INFO;
        break;
    case FORM_COMPONENT:
        out->component = span;
        break;
    case FORM_MESSAGE:
        out->message = span;
        break;
    case FORM_PART:
        out->is_partial = span.len == 1 && text[0] == 'P';
        break;
    case FORM_FIELD:
    case FORM_ROLES:
        break;
    }
    return true;
}

/* Nothing but a message from `start` to `end`; fields[], most of the struct and its last, is left as it is. */
static void begin(struct format_cut *out, size_t start, size_t end)
{
    memset(out, 0, offsetof(struct format_cut, fields));
    out->message = (struct lw_span){start, end - start};
}

static int cut_by_pattern(const struct form *form, const char *line, size_t len, const struct timestamp_layout *hint,
                          struct format_scratch *scratch, struct format_cut *out)
{
    struct lw_span spans[LW_MAX_FIELDS + 1];
    int found = pattern_match(form->pattern, line, len, 0, scratch->match, spans, form->n_groups + 1);
    if (found != 1)
        return found == LW_ERR_LIMIT ? 0 : found;
    begin(out, spans[0].start + spans[0].len, len);
    for (size_t i = 0; i < form->n_groups; i++) {
        struct lw_span span = spans[i + 1];
        const struct form_group *group = &form->groups[i];
        if (span.start == PATTERN_UNSET)
            continue;
        if (!take_group(form, group->role, line, span, hint, scratch, out))
            return 0;
        if (group->role != FORM_MESSAGE && group->name[0] != '\0')
            format_add_field(out, scratch, group->name, span.start, span.len, group->role != FORM_FIELD);
    }
    return 1;
}

/* ---- colours -------------------------------------------------------------------------------------------------- */

#define COLOURED 512 /* bytes at the start of a line that are looked at for colours */

/* Behind the escape sequence ESC [ ... letter at `at`, or `at` if there is none. */
static size_t skip_colour(const char *line, size_t len, size_t at)
{
    size_t end = at + 2;
    if (end >= len || line[at] != '\033' || line[at + 1] != '[')
        return at;
    while (end < len && ((line[end] >= '0' && line[end] <= '9') || line[end] == ';'))
        end++;
    return end < len && ((line[end] >= 'a' && line[end] <= 'z') || (line[end] >= 'A' && line[end] <= 'Z')) ? end + 1
                                                                                                           : at;
}

struct colours {
    uint16_t places[COLOURED]; /* in the line, of the bytes of the clean line's start */
    size_t n, removed;
};

static int remove_colours(const char *line, size_t len, struct buf *clean, struct colours *map)
{
    size_t most = len < COLOURED ? len : COLOURED, at = 0;
    map->n = 0;
    buf_clear(clean);
    while (at < most) {
        size_t behind = skip_colour(line, len, at);
        if (behind == at) {
            map->places[map->n++] = (uint16_t)at;
            buf_add_byte(clean, line[at++]);
        } else {
            at = behind;
        }
    }
    map->removed = at - map->n;
    buf_add(clean, line + at, len - at);
    return buf_status(clean);
}

static size_t place_back(const struct colours *map, size_t at)
{
    return at < map->n ? map->places[at] : at + map->removed;
}

static void put_back(const struct colours *map, size_t *start, size_t *len)
{
    size_t end = *len > 0 ? place_back(map, *start + *len - 1) + 1 : place_back(map, *start);
    *start = place_back(map, *start);
    *len = end > *start ? end - *start : 0;
}

static int cut(const struct form *form, const char *line, size_t len, bool is_whole,
               const struct timestamp_layout *hint, struct format_scratch *scratch, struct format_cut *out)
{
    return form->format.cut != NULL ? form->format.cut(line, len, is_whole, hint, scratch, out)
                                    : cut_by_pattern(form, line, len, hint, scratch, out);
}

static int cut_coloured(const struct form *form, const char *line, size_t len, bool is_whole,
                        const struct timestamp_layout *hint, struct format_scratch *scratch, struct format_cut *out)
{
    struct colours map;
    if (remove_colours(line, len, &scratch->clean, &map) != 0)
        return LW_ERR_MEMORY;
    const char *clean = scratch->clean.data != NULL ? scratch->clean.data : "";
    int fits = cut(form, clean, scratch->clean.len, is_whole, hint, scratch, out);
    if (fits != 1)
        return fits;
    bool reaches_end = out->message.start + out->message.len == scratch->clean.len;
    put_back(&map, &out->message.start, &out->message.len);
    if (reaches_end)
        out->message.len = len - out->message.start;
    put_back(&map, &out->component.start, &out->component.len);
    size_t time_len = out->time.len;
    put_back(&map, &out->time_start, &time_len);
    for (size_t i = 0; i < out->n_fields; i++)
        put_back(&map, &out->fields[i].start, &out->fields[i].len);
    return 1;
}

int form_cut(const struct form *form, const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
             struct format_scratch *scratch, struct format_cut *out)
{
    if (scratch->wants_names)
        arena_release(&scratch->names);
    size_t mark = len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a byte order mark starts the file */
    line += mark;
    len -= mark;
    if (hint == NULL && form->has_hint)
        hint = &form->hint;
    scratch->form = form;
    bool is_coloured = len > 0 && memchr(line, '\033', len < COLOURED ? len : COLOURED) != NULL;
    int fits = is_coloured ? cut_coloured(form, line, len, is_whole, hint, scratch, out)
                           : cut(form, line, len, is_whole, hint, scratch, out);
    if (fits == 0)
        begin(out, 0, len);
    out->message.start += mark;
    out->component.start += mark;
    out->time_start += mark;
    for (size_t i = 0; i < out->n_fields; i++)
        out->fields[i].start += mark;
    return fits;
}
