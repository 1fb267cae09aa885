#include "log/format_file.h"

#include <dirent.h>
#include <errno.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "input/reach.h"
#include "log/level.h"

#define MOST_BYTES (1u << 20)
#define MOST_NAME  40
#define MOST_FILES 1000

/* ---- keys ----------------------------------------------------------------------------------------------------- */

struct reading {
    const char *path;
    struct form *form;
    struct json_object *fields, *samples;
    struct lw_error *err;
};

static int wrong(const struct reading *r, const char *key, const char *what)
{
    return fail(r->err, LW_ERR_INPUT, "%s: %s: %s", r->path, key, what);
}

/* A text without NUL bytes; a copy of it. */
static int read_text(const struct reading *r, const char *key, struct json_object *value, char **out)
{
    if (!json_object_is_type(value, json_type_string))
        return wrong(r, key, "a text is wanted");
    const char *text = json_object_get_string(value);
    size_t len = (size_t)json_object_get_string_len(value);
    if (len == 0 || strlen(text) != len)
        return wrong(r, key, len == 0 ? "it is empty" : "it holds a NUL byte");
    char *copy = alloc_text(text, len);
    if (copy == NULL)
        return fail_memory(r->err, "reading a format");
    *out = copy;
    return 0;
}

static int read_name(const struct reading *r, const char *key, struct json_object *value)
{
    char *name = NULL;
    int code = read_text(r, key, value, &name);
    if (code != 0)
        return code;
    r->form->format.info.name = name;
    if (strlen(name) > MOST_NAME || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_")] != '\0' ||
        strcmp(name, "auto") == 0)
        return wrong(r, key, "a name is up to 40 of a-z, 0-9, - and _, and not auto");
    return 0;
}

static int read_help(const struct reading *r, const char *key, struct json_object *value)
{
    char *help = NULL;
    int code = read_text(r, key, value, &help);
    r->form->format.info.help = help;
    return code;
}

/* Kept as it stands, in a group that begins where the line does. */
static int read_pattern(const struct reading *r, const char *key, struct json_object *value)
{
    char *text = NULL;
    int code = read_text(r, key, value, &text);
    if (code != 0)
        return code;
    struct pattern *alone = NULL;
    struct lw_error err;
    code = pattern_new(text, strlen(text), &alone, &err);
    pattern_free(alone);
    struct buf anchored = BUF_INIT;
    buf_printf(&anchored, "^(?:%s)", text);
    free(text);
    if (code != 0)
        code = code == LW_ERR_MEMORY ? fail_memory(r->err, "reading a format") : wrong(r, key, err.text);
    else if (buf_status(&anchored) != 0)
        code = fail_memory(r->err, "reading a format");
    if (code == 0 && (r->form->format.pattern = alloc_text(anchored.data, anchored.len)) == NULL)
        code = fail_memory(r->err, "reading a format");
    buf_release(&anchored);
    if (code == 0 && form_compile(r->form, &err) != 0)
        code = wrong(r, key, err.text);
    return code;
}

static int read_levels(const struct reading *r, const char *key, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_object))
        return wrong(r, key, "an object such as {\"BAD\": \"error\"} is wanted");
    struct form *form = r->form;
    form->levels = alloc_zeroed((size_t)json_object_object_length(value), sizeof *form->levels);
    if (form->levels == NULL)
        return fail_memory(r->err, "reading a format");
    json_object_object_foreach(value, word, name)
    {
        const char *text = json_object_is_type(name, json_type_string) ? json_object_get_string(name) : "";
        int level = LW_LEVEL_TRACE;
        while (level < LW_LEVEL_COUNT && strcmp(lw_level_name((enum lw_level)level), text) != 0)
            level++;
        char where[100];
        snprintf(where, sizeof where, "%s.%.60s", key, word);
        if (level == LW_LEVEL_COUNT)
            return wrong(r, where, "a level is trace, debug, info, notice, warn, error or fatal");
        char *copy = alloc_text(word, strlen(word));
        if (copy == NULL)
            return fail_memory(r->err, "reading a format");
        form->levels[form->n_levels++] = (struct form_level){copy, (enum lw_level)level};
    }
    return 0;
}

static int read_time(const struct reading *r, const char *key, struct json_object *value)
{
    char *text = NULL;
    int code = read_text(r, key, value, &text);
    if (code != 0)
        return code;
    struct timestamp time;
    if (!timestamp_parse_whole(text, strlen(text), NULL, &time))
        code = wrong(r, key, "not a time in a layout that is known; give an example such as 2026-11-23 02:10:11");
    else
        r->form->hint = time.layout;
    r->form->has_hint = code == 0;
    free(text);
    return code;
}

static int read_multiline(const struct reading *r, const char *key, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_boolean))
        return wrong(r, key, "true or false is wanted");
    r->form->format.is_multiline = json_object_get_boolean(value);
    return 0;
}

static const struct {
    const char *name;
    int (*read)(const struct reading *r, const char *key, struct json_object *value); /* NULL: read later */
} keys[] = {
    {"name", read_name}, {"help", read_help},           {"pattern", read_pattern}, {"levels", read_levels},
    {"time", read_time}, {"multiline", read_multiline}, {"fields", NULL},          {"samples", NULL},
};

/* ---- what depends on the pattern ------------------------------------------------------------------------------ */

static int read_fields(const struct reading *r)
{
    if (r->fields == NULL)
        return 0;
    if (!json_object_is_type(r->fields, json_type_object))
        return wrong(r, "fields", "an object such as {\"when\": \"time\"} is wanted");
    json_object_object_foreach(r->fields, name, value)
    {
        char where[100];
        snprintf(where, sizeof where, "fields.%.60s", name);
        const char *text = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
        enum form_role role = form_role_of(text, strlen(text));
        int group = pattern_group(r->form->pattern, name);
        if (group < 1)
            return wrong(r, where, "the pattern has no group of that name");
        if (role == FORM_FIELD && strcmp(text, "field") != 0)
            return wrong(r, where, "a role is time, level, component, message, priority, status or field");
        r->form->groups[group - 1].role = role;
    }
    return 0;
}

static int explain_mismatch(const struct reading *r, const char *where, const char *line, size_t len)
{
    struct reach reach;
    int code = reach_find(r->form->format.pattern, line, len, &reach, r->err);
    if (code != 0)
        return code;
    struct pattern_scratch *match = NULL;
    struct lw_span spans[LW_MAX_FIELDS + 1];
    if ((code = pattern_scratch_new(&match, r->err)) != 0)
        return code;
    int found = pattern_match(r->form->pattern, line, len, 0, match, spans, r->form->n_groups + 1);
    pattern_scratch_free(match);
    for (size_t i = 0; found == 1 && i < r->form->n_groups; i++)
        if (r->form->groups[i].role == FORM_TIME && spans[i + 1].start != PATTERN_UNSET)
            return fail(r->err, LW_ERR_INPUT,
                        "%s: %s.line: byte %zu does not match: \"%.*s\" is not a time that is known", r->path, where,
                        spans[i + 1].start + 1, (int)spans[i + 1].len, line + spans[i + 1].start);
    return fail(r->err, LW_ERR_INPUT, "%s: %s.line: byte %zu does not match%s%s: \"%s\" is wanted there", r->path,
                where, reach.byte + 1, reach.group[0] != '\0' ? ", in " : "", reach.group, reach.expected);
}

static int check_field(const struct reading *r, const char *where, const char *name, struct json_object *value,
                       const char *line, const struct format_cut *cut)
{
    char key[140];
    snprintf(key, sizeof key, "%s.fields.%.60s", where, name);
    if (!json_object_is_type(value, json_type_string))
        return wrong(r, key, "a text is wanted, as it stands in the line");
    struct lw_span span = {0, 0};
    bool is_found = strcmp(name, "message") == 0;
    if (is_found)
        span = cut->message;
    for (size_t i = 0; i < cut->n_fields && !is_found; i++)
        if (strcmp(cut->fields[i].name, name) == 0) {
            span = (struct lw_span){cut->fields[i].start, cut->fields[i].len};
            is_found = true;
        }
    if (!is_found)
        return wrong(r, key, "the pattern found no such field in the line");
    const char *text = json_object_get_string(value);
    size_t len = (size_t)json_object_get_string_len(value), same = 0;
    while (same < len && same < span.len && text[same] == line[span.start + same])
        same++;
    if (same == len && same == span.len)
        return 0;
    return fail(r->err, LW_ERR_INPUT, "%s: %s: byte %zu does not match: the pattern finds \"%.*s\"", r->path, key,
                same + 1, (int)(span.len < 100 ? span.len : 100), line + span.start);
}

static int check_sample(const struct reading *r, const char *where, struct json_object *sample,
                        struct format_scratch *scratch)
{
    struct json_object *line = NULL, *fields = NULL;
    if (json_object_is_type(sample, json_type_string))
        line = sample;
    else if (json_object_is_type(sample, json_type_object)) {
        json_object_object_get_ex(sample, "line", &line);
        json_object_object_get_ex(sample, "fields", &fields);
    }
    if (!json_object_is_type(line, json_type_string))
        return wrong(r, where, "a line, or {\"line\": ..., \"fields\": {...}}, is wanted");
    const char *text = json_object_get_string(line);
    size_t len = (size_t)json_object_get_string_len(line);
    const char *feed = memchr(text, '\n', len);
    size_t first = feed != NULL ? (size_t)(feed - text) : len;
    struct format_cut cut;
    int fits = form_cut(r->form, text, first, true, NULL, scratch, &cut);
    if (fits < 0)
        return fail_memory(r->err, "reading a format");
    if (fits == 0)
        return explain_mismatch(r, where, text, first);
    if (cut.message.start + cut.message.len == first)
        cut.message.len = len - cut.message.start;
    if (fields == NULL)
        return 0;
    if (!json_object_is_type(fields, json_type_object))
        return wrong(r, where, "fields: an object is wanted");
    int code = 0;
    json_object_object_foreach(fields, name, value)
    {
        if (code == 0)
            code = check_field(r, where, name, value, text, &cut);
    }
    return code;
}

static int check_samples(const struct reading *r)
{
    if (r->samples == NULL)
        return 0;
    if (!json_object_is_type(r->samples, json_type_array))
        return wrong(r, "samples", "a list of lines is wanted");
    struct format_scratch scratch;
    int code = format_scratch_init(&scratch, r->err);
    if (code != 0)
        return code;
    scratch.wants_names = true;
    size_t n = json_object_array_length(r->samples);
    for (size_t i = 0; i < n && code == 0; i++) {
        char where[40];
        snprintf(where, sizeof where, "samples[%zu]", i);
        code = check_sample(r, where, json_object_array_get_idx(r->samples, i), &scratch);
    }
    format_scratch_release(&scratch);
    return code;
}

/* ---- files ---------------------------------------------------------------------------------------------------- */

static int read_document(const struct reading *r, const char *data, size_t len, struct json_object **out)
{
    struct json_tokener *tokener = json_tokener_new();
    if (tokener == NULL)
        return fail_memory(r->err, "reading a format");
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *document = json_tokener_parse_ex(tokener, data, (int)len + 1); /* with the NUL behind it */
    enum json_tokener_error what = json_tokener_get_error(tokener);
    size_t at = json_tokener_get_parse_end(tokener);
    json_tokener_free(tokener);
    if (what == json_tokener_success && at >= len && json_object_is_type(document, json_type_object)) {
        *out = document;
        return 0;
    }
    json_object_put(document);
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at && i < len; i++) {
        column = data[i] == '\n' ? 1 : column + 1;
        line += data[i] == '\n';
    }
    return fail(r->err, LW_ERR_INPUT, "%s:%zu:%zu: not JSON: %s", r->path, line, column,
                what == json_tokener_success ? "one object is wanted" : json_tokener_error_desc(what));
}

static int read_keys(struct reading *r, struct json_object *document)
{
    json_object_object_foreach(document, key, value)
    {
        size_t i = 0;
        while (i < sizeof keys / sizeof keys[0] && strcmp(keys[i].name, key) != 0)
            i++;
        if (i == sizeof keys / sizeof keys[0])
            return wrong(
                r, key,
                "there is no such key; there are name, help, pattern, fields, levels, time, multiline, samples");
        int code = keys[i].read != NULL ? keys[i].read(r, key, value) : 0;
        if (code != 0)
            return code;
    }
    json_object_object_get_ex(document, "fields", &r->fields);
    json_object_object_get_ex(document, "samples", &r->samples);
    if (r->form->format.info.name == NULL)
        return wrong(r, "name", "it is missing");
    if (r->form->pattern == NULL)
        return wrong(r, "pattern", "it is missing");
    int code = read_fields(r);
    return code != 0 ? code : check_samples(r);
}

int format_file_parse(const char *path, const char *data, size_t len, struct form **out, struct lw_error *err)
{
    struct form *form = alloc_zeroed(1, sizeof *form);
    struct reading r = {.path = path, .form = form, .err = err};
    struct json_object *document = NULL;
    char *text = alloc_text(data, len);
    int code = 0;
    if (form == NULL || text == NULL || (form->origin = alloc_text(path, strlen(path))) == NULL) {
        code = fail_memory(err, "reading a format");
    } else {
        form->is_owned = true;
        form->format.is_multiline = true;
        code = len > MOST_BYTES ? fail(err, LW_ERR_INPUT, "%s: more than 1 MB", path)
                                : read_document(&r, text, len, &document);
    }
    if (code == 0)
        code = read_keys(&r, document);
    if (code == 0 && form->format.info.help == NULL &&
        (form->format.info.help = alloc_text("a format of your own", 20)) == NULL)
        code = fail_memory(err, "reading a format");
    json_object_put(document);
    free(text);
    if (code != 0)
        form_free(form);
    else
        *out = form;
    return code;
}

static int read_file(const char *path, struct form **out, struct lw_error *err)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return fail_errno(err, errno, path, "reading a format");
    struct buf text = BUF_INIT;
    char piece[8192];
    for (size_t got; text.len <= MOST_BYTES && (got = fread(piece, 1, sizeof piece, file)) > 0;)
        buf_add(&text, piece, got);
    int code = ferror(file) ? fail_errno(err, errno, path, "reading a format") : 0;
    fclose(file);
    if (code == 0 && buf_status(&text) != 0)
        code = fail_memory(err, "reading a format");
    if (code == 0)
        code = format_file_parse(path, text.data != NULL ? text.data : "", text.len, out, err);
    buf_release(&text);
    return code;
}

static int note_mistake(struct format_mistakes *mistakes, const char *name, const char *text, struct lw_error *err)
{
    struct format_mistake mistake = {alloc_text(name, strlen(name) - strlen(".json")), alloc_text(text, strlen(text))};
    if (mistake.name == NULL || mistake.text == NULL ||
        alloc_grow(&mistakes->items, &mistakes->cap, mistakes->n + 1, sizeof mistake) != 0) {
        free(mistake.name);
        free(mistake.text);
        return fail_memory(err, "reading formats");
    }
    mistakes->items[mistakes->n++] = mistake;
    return 0;
}

void format_mistakes_release(struct format_mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->n; i++) {
        free(mistakes->items[i].name);
        free(mistakes->items[i].text);
    }
    free(mistakes->items);
    *mistakes = (struct format_mistakes){0};
}

static int is_format_file(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int format_files_read(const char *dir, int (*add)(void *user, struct form *form, struct lw_error *err), void *user,
                      struct format_mistakes *mistakes, struct lw_error *err)
{
    struct dirent **entries = NULL;
    int n = scandir(dir, &entries, is_format_file, by_name);
    if (n < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (n < 0)
        return errno == ENOMEM ? fail_memory(err, "reading formats") : fail_errno(err, errno, dir, "reading formats");
    int code = 0;
    for (int i = 0; i < n && i < MOST_FILES && code == 0; i++) {
        struct buf path = BUF_INIT;
        struct lw_error why = {0};
        struct form *form = NULL;
        buf_printf(&path, "%s/%s", dir, entries[i]->d_name);
        code = buf_status(&path) == 0 ? read_file(path.data, &form, &why) : fail_memory(&why, "reading formats");
        if (code == 0)
            code = add(user, form, &why);
        if (code == LW_ERR_MEMORY)
            fail_memory(err, "reading formats");
        else if (code != 0)
            code = note_mistake(mistakes, entries[i]->d_name, why.text, err);
        buf_release(&path);
    }
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    return code;
}

static void print_text(struct buf *out, const char *key, const char *text)
{
    buf_printf(out, ",\n  \"%s\": ", key);
    buf_add_json(out, text, strlen(text));
}

int format_file_print(const struct form *form, const struct lw_bytes *samples, size_t n_samples, struct buf *out,
                      struct lw_error *err)
{
    buf_add_text(out, "{\n  \"name\": ");
    buf_add_json(out, form->format.info.name, strlen(form->format.info.name));
    print_text(out, "help", form->format.info.help);
    print_text(out, "pattern", form->format.pattern);
    buf_printf(out, ",\n  \"multiline\": %s,\n  \"samples\": [", form->format.is_multiline ? "true" : "false");
    for (size_t i = 0; i < n_samples; i++) {
        buf_add_text(out, i > 0 ? ",\n    " : "\n    ");
        buf_add_json(out, samples[i].data, samples[i].len);
    }
    buf_add_text(out, n_samples > 0 ? "\n  ]\n}\n" : "]\n}\n");
    return buf_status(out) != 0 ? fail_memory(err, "writing a format") : 0;
}
