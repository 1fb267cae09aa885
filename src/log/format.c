/*
 * The formats of a log: those of the table, then those of the user's files, then those that were made for one source.
 * Their number has a bound, so that a form stays where it is while others are added: threads that cut lines take no
 * lock. An array that grows, with a lock around it, was rejected for that.
 */
#include "log/format.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "log/format_form.h"
#include "log/format_code.h"
#include "log/format_columns.h"
#include "log/format_file.h"
#include "log/format_table.h"

#define PLAIN     (format_table_count - 3)
#define SEQUENCES (format_table_count - 1)
#define MOST      4096

struct formats {
    pthread_mutex_t adding;
    atomic_size_t n;
    size_t n_shared; /* of the table and of files; the others belong to one source */
    struct format_mistakes mistakes;
    struct form *forms[MOST];
};

size_t format_plain(void)
{
    return PLAIN;
}

bool format_is_sequences(size_t index)
{
    return index == SEQUENCES;
}

bool format_has_open_message(const struct formats *formats, size_t index)
{
    const struct form *form = formats->forms[index];
    for (size_t i = 0; i < form->n_groups; i++)
        if (form->groups[i].role == FORM_MESSAGE)
            return false;
    return form->pattern != NULL || form->format.cut == format_cut_plain || form->format.cut == format_cut_timed;
}

/* Formats that are made for a source, here so that they can be listed and asked for by name. */
static const struct format inferred = {
    {"inferred", "a header found from the lines themselves: time, level, component, pid"},
    NULL,
    format_cut_plain,
    true,
    true,
    false};

static const struct format *built_in(size_t index)
{
    size_t own = index - format_table_count;
    return index < format_table_count  ? &format_table[index]
           : own < FORMAT_COLUMNS_ROWS ? &format_columns_rows[own]
                                       : &inferred;
}

size_t lw_format_count(void)
{
    return format_table_count + FORMAT_COLUMNS_ROWS + 1;
}

const struct lw_format_info *lw_format_get(size_t index)
{
    return index < lw_format_count() ? &built_in(index)->info : NULL;
}

/* ---- the set -------------------------------------------------------------------------------------------------- */

size_t formats_count(const struct formats *formats)
{
    return formats->n_shared;
}

const struct form *formats_form(const struct formats *formats, size_t index)
{
    return formats->forms[index];
}

const struct format *formats_get(const struct formats *formats, size_t index)
{
    return &formats->forms[index]->format;
}

const char *formats_origin(const struct formats *formats, size_t index)
{
    return formats->forms[index]->origin;
}

size_t formats_preferred(const struct formats *formats, size_t place)
{
    size_t n_own = formats->n_shared - lw_format_count();
    return place < n_own ? lw_format_count() + place : place - n_own;
}

size_t formats_mistake_count(const struct formats *formats)
{
    return formats->mistakes.n;
}

const char *formats_mistake(const struct formats *formats, size_t index)
{
    return formats->mistakes.items[index].text;
}

int formats_add(struct formats *formats, struct form *form, size_t *index, struct lw_error *err)
{
    pthread_mutex_lock(&formats->adding);
    size_t n = atomic_load(&formats->n);
    if (n < MOST) {
        formats->forms[n] = form;
        *index = n;
        atomic_store(&formats->n, n + 1);
    }
    pthread_mutex_unlock(&formats->adding);
    if (n < MOST)
        return 0;
    form_free(form);
    return fail(err, LW_ERR_LIMIT, "more than %d formats", MOST);
}

static int add_file(void *user, struct form *form, struct lw_error *err)
{
    struct formats *formats = user;
    size_t index;
    if (format_find(formats, form->format.info.name, &index, NULL) == 0) {
        int code = fail(err, LW_ERR_INPUT, "%s: name: there is a format called %s already; choose another",
                        form->origin, form->format.info.name);
        form_free(form);
        return code;
    }
    int code = formats_add(formats, form, &index, err);
    formats->n_shared += code == 0;
    return code;
}

int formats_new(const char *dir, struct formats **out, struct lw_error *err)
{
    struct formats *formats = alloc_zeroed(1, sizeof *formats);
    if (formats == NULL)
        return fail_memory(err, "preparing formats");
    pthread_mutex_init(&formats->adding, NULL);
    atomic_init(&formats->n, 0);
    int code = 0;
    for (size_t i = 0; i < lw_format_count() && code == 0; i++) {
        struct form *form;
        code = form_new(built_in(i), &form, err);
        size_t index;
        code = code == 0 ? formats_add(formats, form, &index, err) : code;
        formats->n_shared += code == 0;
    }
    if (code == 0 && dir != NULL)
        code = format_files_read(dir, add_file, formats, &formats->mistakes, err);
    if (code != 0) {
        formats_free(formats);
        return code;
    }
    *out = formats;
    return 0;
}

void formats_free(struct formats *formats)
{
    if (formats == NULL)
        return;
    for (size_t i = atomic_load(&formats->n); i-- > 0;)
        form_free(formats->forms[i]);
    format_mistakes_release(&formats->mistakes);
    pthread_mutex_destroy(&formats->adding);
    free(formats);
}

/* ---- as the library's users see them -------------------------------------------------------------------------- */

struct lw_formats {
    struct formats *set;
};

int lw_formats_open(const char *dir, struct lw_formats **out, struct lw_error *err)
{
    struct lw_formats *formats = alloc_zeroed(1, sizeof *formats);
    if (formats == NULL)
        return fail_memory(err, "preparing formats");
    int code = formats_new(dir, &formats->set, err);
    if (code != 0)
        free(formats);
    else
        *out = formats;
    return code;
}

const struct formats *formats_of(const struct lw_formats *formats)
{
    return formats->set;
}

void lw_formats_free(struct lw_formats *formats)
{
    if (formats != NULL)
        formats_free(formats->set);
    free(formats);
}

size_t lw_formats_count(const struct lw_formats *formats)
{
    return formats_count(formats->set);
}

const struct lw_format_info *lw_formats_get(const struct lw_formats *formats, size_t index)
{
    return index < formats_count(formats->set) ? &formats_get(formats->set, index)->info : NULL;
}

const char *lw_formats_origin(const struct lw_formats *formats, size_t index)
{
    return index < formats_count(formats->set) ? formats_origin(formats->set, index) : NULL;
}

size_t lw_formats_notice_count(const struct lw_formats *formats)
{
    return formats_mistake_count(formats->set);
}

const char *lw_formats_notice(const struct lw_formats *formats, size_t index)
{
    return index < formats_mistake_count(formats->set) ? formats_mistake(formats->set, index) : NULL;
}

/* ---- names ---------------------------------------------------------------------------------------------------- */

int format_find(const struct formats *formats, const char *name, size_t *index, struct lw_error *err)
{
    for (size_t i = 0; i < formats->n_shared; i++)
        if (strcmp(formats_get(formats, i)->info.name, name) == 0) {
            *index = i;
            return 0;
        }
    for (size_t i = 0; i < formats->mistakes.n; i++)
        if (strcmp(formats->mistakes.items[i].name, name) == 0)
            return fail(err, LW_ERR_INPUT, "%s", formats->mistakes.items[i].text);
    return fail(err, LW_ERR_NOT_FOUND,
                "no format is called \"%.40s\"; the command formats lists them, and auto finds one", name);
}

int format_request_read(const struct formats *formats, const char *text, struct format_request *out,
                        struct lw_error *err)
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
        int code = format_find(formats, name, &request.indexes[request.n], err);
        if (code != 0)
            return code;
        size_t index = request.indexes[request.n++];
        for (size_t i = 0; i + 1 < request.n; i++) {
            if (request.indexes[i] == index)
                return fail(err, LW_ERR_USAGE, "format %s is named twice", name);
            if (format_is_sequences(index) || format_is_sequences(request.indexes[i]))
                return fail(err, LW_ERR_USAGE, "the format sequences stands alone");
        }
        text = text[len] == ',' ? text + len + 1 : NULL;
    }
    *out = request;
    return 0;
}

/* ---- cutting -------------------------------------------------------------------------------------------------- */

int format_scratch_init(struct format_scratch *scratch, struct lw_error *err)
{
    *scratch = (struct format_scratch){.names = ARENA_INIT, .clean = BUF_INIT};
    return pattern_scratch_new(&scratch->match, err);
}

void format_scratch_release(struct format_scratch *scratch)
{
    pattern_scratch_free(scratch->match);
    arena_release(&scratch->names);
    buf_release(&scratch->clean);
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

int format_cut(const struct formats *formats, size_t index, const char *line, size_t len, bool is_whole,
               const struct timestamp_layout *hint, struct format_scratch *scratch, struct format_cut *out)
{
    return form_cut(formats->forms[index], line, len, is_whole, hint, scratch, out);
}
