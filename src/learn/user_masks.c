/*
 * Each mask keeps its next match in the message, and looks for another only once the text was consumed up to there, so
 * a message is scanned about once a mask however many matches there are. One expression made of all as alternatives
 * was rejected: groups and back references would be renumbered, and one mask's match limit would be everybody's.
 */
#include "learn/user_masks.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"

#define NAME_MAX_LEN 32
#define FILE_MAX     (64u << 10)

struct user_mask {
    char name[NAME_MAX_LEN + 1];
    size_t regex_at, regex_len; /* in the text */
    struct pattern *pattern;
};
struct user_masks {
    atomic_uint references;
    struct user_mask items[USER_MASKS_MAX];
    size_t n;
    struct buf text;
};

/* ---- reading --------------------------------------------------------------------------------------------------- */

/* What stands before an error's text: "PATH:LINE: ", or nothing without a path. */
struct place {
    const char *path;
    size_t line;
    char text[300];
};

static const char *place_text(struct place *place)
{
    if (place->path != NULL)
        snprintf(place->text, sizeof place->text, "%.250s:%zu: ", place->path, place->line);
    else
        place->text[0] = '\0';
    return place->text;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (byte != '\0' && strchr("_-.:/", byte) != NULL);
}

struct mask_line {
    const char *name, *regex;
    size_t name_len, regex_len;
};

/* "NAME REGEX", or "NAME=REGEX" where separator is '='. */
static int split_line(const char *line, size_t len, char separator, struct place *place, struct mask_line *out,
                      struct lw_error *err)
{
    size_t at = 0;

    while (len > 0 && is_blank(line[len - 1]))
        len--;
    while (at < len && is_name_byte(line[at]))
        at++;
    *out = (struct mask_line){line, line, at, 0};
    if (at == 0 || at == len || !(line[at] == separator || (separator == ' ' && is_blank(line[at]))))
        return fail(err, LW_ERR_USAGE,
                    "%s\"%.*s\" is no mask at byte %zu: a name of letters, digits and _-.:/, %s, and a regular "
                    "expression are, such as user%c\\w+",
                    place_text(place), (int)(len < 100 ? len : 100), line, at + 1, separator == ' ' ? "a blank" : "=",
                    separator);
    if (at > NAME_MAX_LEN)
        return fail(err, LW_ERR_USAGE, "%sthe name of a mask has at most %d bytes", place_text(place), NAME_MAX_LEN);
    at++;
    while (at < len && is_blank(line[at]))
        at++;
    out->regex = line + at;
    out->regex_len = len - at;
    if (at == len)
        return fail(err, LW_ERR_USAGE, "%smask %.*s has no regular expression", place_text(place), (int)out->name_len,
                    line);
    if (memchr(out->regex, '\n', out->regex_len) != NULL || memchr(out->regex, '\0', out->regex_len) != NULL)
        return fail(err, LW_ERR_USAGE, "%smask %.*s holds a line feed or a NUL byte: write \\n or \\x00",
                    place_text(place), (int)out->name_len, line);
    return 0;
}

static int compile(const struct mask_line *line, struct place *place, struct pattern **out, struct lw_error *err)
{
    struct lw_error why = {LW_OK, ""};
    int code = pattern_new(line->regex, line->regex_len, out, &why);

    if (code == LW_ERR_MEMORY)
        return fail_memory(err, "compiling masks");
    if (code != 0)
        return fail(err, LW_ERR_USAGE, "%smask %.*s: %s", place_text(place), (int)line->name_len, line->name, why.text);
    if (!pattern_can_be_empty(*out))
        return 0;
    pattern_free(*out);
    *out = NULL;
    return fail(err, LW_ERR_USAGE, "%smask %.*s: \"%.*s\" matches where nothing stands: write + for *, or name a byte",
                place_text(place), (int)line->name_len, line->name,
                (int)(line->regex_len < 200 ? line->regex_len : 200), line->regex);
}

static bool has_name(const struct user_mask *mask, const char *name, size_t len)
{
    return strlen(mask->name) == len && memcmp(mask->name, name, len) == 0;
}

static int add_mask(struct user_masks *masks, const struct mask_line *line, struct place *place, struct lw_error *err)
{
    struct user_mask *mask = &masks->items[masks->n];
    int code;

    for (size_t i = 0; i < masks->n; i++)
        if (has_name(&masks->items[i], line->name, line->name_len))
            return fail(err, LW_ERR_USAGE, "%sthere is a mask %s before it: join their expressions with |",
                        place_text(place), masks->items[i].name);
    if (masks->n == USER_MASKS_MAX)
        return fail(err, LW_ERR_USAGE, "%smore than %d masks: join expressions of one type with |", place_text(place),
                    USER_MASKS_MAX);
    code = compile(line, place, &mask->pattern, err);
    if (code != 0)
        return code;
    memcpy(mask->name, line->name, line->name_len);
    masks->n++;
    buf_add(&masks->text, line->name, line->name_len);
    buf_add_byte(&masks->text, ' ');
    mask->regex_at = masks->text.len;
    mask->regex_len = line->regex_len;
    buf_add(&masks->text, line->regex, line->regex_len);
    buf_add_byte(&masks->text, '\n');
    return 0;
}

int user_masks_new(const char *text, size_t len, const char *path, struct user_masks **out, struct lw_error *err)
{
    struct user_masks *masks = alloc_zeroed(1, sizeof *masks);
    struct place place = {path, 0, ""};
    int code = masks == NULL ? fail_memory(err, "reading masks") : 0;

    *out = NULL;
    if (masks != NULL)
        atomic_init(&masks->references, 1);
    for (size_t at = 0; at < len && code == 0;) {
        const char *feed = memchr(text + at, '\n', len - at);
        size_t end = feed != NULL ? (size_t)(feed - text) : len;
        struct mask_line line;

        place.line++;
        while (at < end && is_blank(text[at]))
            at++;
        if (at < end && text[at] != '#') {
            code = split_line(text + at, end - at, ' ', &place, &line, err);
            if (code == 0)
                code = add_mask(masks, &line, &place, err);
        }
        at = end + 1;
    }
    if (code == 0 && buf_status(&masks->text) != 0)
        code = fail_memory(err, "reading masks");
    if (code != 0 || masks->n == 0) {
        user_masks_free(masks);
        return code;
    }
    *out = masks;
    return 0;
}

struct user_masks *user_masks_retain(struct user_masks *masks)
{
    if (masks != NULL)
        atomic_fetch_add(&masks->references, 1);
    return masks;
}

void user_masks_free(struct user_masks *masks)
{
    if (masks == NULL || atomic_fetch_sub(&masks->references, 1) > 1)
        return;
    for (size_t i = 0; i < masks->n; i++)
        pattern_free(masks->items[i].pattern);
    buf_release(&masks->text);
    free(masks);
}

size_t user_masks_count(const struct user_masks *masks)
{
    return masks != NULL ? masks->n : 0;
}

const char *user_masks_text(const struct user_masks *masks)
{
    return masks != NULL ? masks->text.data : "";
}

const char *user_masks_type(const struct user_masks *masks, unsigned mask)
{
    size_t index = mask - MASK_COUNT;

    return mask >= MASK_COUNT && index < user_masks_count(masks) ? masks->items[index].name
                                                                 : mask_name((enum mask)mask);
}

/* ---- lists of masks as text ------------------------------------------------------------------------------------ */

static int copy_text(const struct buf *text, char **out, struct lw_error *err)
{
    *out = buf_status(text) == 0 ? alloc_text(text->data == NULL ? "" : text->data, text->len) : NULL;
    return *out == NULL ? fail_memory(err, "reading masks") : 0;
}

int lw_masks_read(const char *path, char **out, struct lw_error *err)
{
    struct user_masks *masks = NULL;
    struct buf text = BUF_INIT;
    FILE *file = fopen(path, "rb");
    char block[4096];
    size_t n;
    int code = 0;

    if (file == NULL && errno != ENOENT && errno != ENOTDIR)
        return fail_errno(err, errno, path, "reading masks");
    while (file != NULL && text.len <= FILE_MAX && (n = fread(block, 1, sizeof block, file)) > 0)
        buf_add(&text, block, n);
    if (file != NULL && ferror(file))
        code = fail_errno(err, errno, path, "reading masks");
    else if (text.len > FILE_MAX)
        code = fail(err, LW_ERR_USAGE, "%s: a file of masks has at most %u bytes", path, FILE_MAX);
    else if (buf_status(&text) != 0)
        code = fail_memory(err, "reading masks");
    if (file != NULL)
        fclose(file);
    if (code == 0)
        code = user_masks_new(text.data, text.len, path, &masks, err);
    buf_release(&text);
    if (code == 0)
        code = copy_text(masks != NULL ? &masks->text : &(const struct buf)BUF_INIT, out, err);
    user_masks_free(masks);
    return code;
}

/* The lines of all masks but that of the name; returns whether there was one. */
static bool add_others(const struct user_masks *masks, const char *name, size_t len, struct buf *out)
{
    bool is_there = false;

    for (size_t i = 0; i < user_masks_count(masks); i++) {
        const struct user_mask *mask = &masks->items[i];

        if (has_name(mask, name, len))
            is_there = true;
        else
            buf_printf(out, "%s %.*s\n", mask->name, (int)mask->regex_len, masks->text.data + mask->regex_at);
    }
    return is_there;
}

int lw_masks_edit(const char *masks, const char *change, char **out, struct lw_error *err)
{
    struct user_masks *before = NULL, *after = NULL;
    struct place place = {NULL, 0, ""};
    struct buf text = BUF_INIT;
    struct mask_line line;
    int code = masks != NULL ? user_masks_new(masks, strlen(masks), NULL, &before, err) : 0;

    if (code == 0 && change == NULL) {
        buf_add_text(&text, user_masks_text(before));
    } else if (code == 0 && change[0] == '-') {
        if (!add_others(before, change + 1, strlen(change + 1), &text))
            code = fail(err, LW_ERR_NOT_FOUND, "there is no mask %.40s", change + 1);
    } else if (code == 0) {
        code = split_line(change, strlen(change), '=', &place, &line, err);
        if (code == 0) {
            buf_printf(&text, "%.*s %.*s\n", (int)line.name_len, line.name, (int)line.regex_len, line.regex);
            add_others(before, line.name, line.name_len, &text);
        }
    }
    if (code == 0 && buf_status(&text) != 0)
        code = fail_memory(err, "reading masks");
    if (code == 0)
        code = user_masks_new(text.data, text.len, NULL, &after, err);
    if (code == 0)
        code = copy_text(&text, out, err);
    user_masks_free(before);
    user_masks_free(after);
    buf_release(&text);
    return code;
}

/* ---- searching ------------------------------------------------------------------------------------------------- */

static int find_next(struct mask_search *search, size_t i, size_t from)
{
    struct lw_span *span = &search->next[i];
    int found =
        pattern_match(search->masks->items[i].pattern, search->text, search->len, from, search->scratch, span, 1);

    if (found == LW_ERR_MEMORY)
        return found;
    if (found != 1 || span->start < from || span->len == 0) /* \K may leave nothing, or what lies before */
        *span = (struct lw_span){PATTERN_UNSET, 0};
    return 0;
}

int mask_search_begin(struct mask_search *search, const struct user_masks *masks, const char *text, size_t len,
                      struct pattern_scratch **scratch)
{
    int code = *scratch == NULL ? pattern_scratch_new(scratch, NULL) : 0;

    search->masks = masks;
    search->text = text;
    search->len = len;
    search->scratch = *scratch;
    for (size_t i = 0; i < masks->n && code == 0; i++)
        code = find_next(search, i, 0);
    return code;
}

int mask_search_next(struct mask_search *search, size_t from, struct mask_found *out)
{
    const struct lw_span *best = NULL;

    for (size_t i = 0; i < search->masks->n; i++) {
        struct lw_span *span = &search->next[i];

        if (span->start < from && find_next(search, i, from) != 0)
            return LW_ERR_MEMORY;
        if (span->start != PATTERN_UNSET && (best == NULL || span->start < best->start)) {
            best = span;
            *out = (struct mask_found){span->start, span->start + span->len, (unsigned)(MASK_COUNT + i)};
        }
    }
    return best != NULL;
}
