/* Formats that no regular expression says well, JSON aside (format_json.c). */
#include "log/format_code.h"

#include <string.h>

#include "log/level.h"
#include "log/key_role.h"

/* ---- logfmt --------------------------------------------------------------------------------------------------- */

static bool is_key_byte(char c)
{
    return c > ' ' && c != '=' && c != '"' && c != '{' && c != '<' && c != '[';
}

int format_cut_logfmt(const char *line, size_t len, bool is_whole, const struct timestamp_layout *hint,
                      struct format_scratch *scratch, struct format_cut *out)
{
    *out = (struct format_cut){.n_fields = 0};
    struct keys keys = {{0}, {{0, 0}}};
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
        bool has_role = value.len > 0 && keys_note(&keys, line + key, key_len, value);
        if (scratch->wants_names && (name = arena_copy(&scratch->names, line + key, key_len)) == NULL)
            return LW_ERR_MEMORY;
        format_add_field(out, scratch, name, value.start, value.len, has_role);
        pairs++;
    }
    if (pairs < 2 || (is_whole && at < len))
        return 0;
    keys_finish(&keys, line, (struct lw_span){0, len}, hint, scratch, out);
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
    out->time_start = at;
    out->has_time = len >= 8 && timestamp_read(&scratch->times, line + at, len - at, hint, &out->time);
    if (!out->has_time)
        return 0;
    format_add_field(out, scratch, "time", at, out->time.len, true);
    at += out->time.len;
    at += timestamp_region_len(line + at, len - at);
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
