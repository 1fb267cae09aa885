/*
 * A change of one member is made in the document's text, which is then read again as a whole. Rejected: a second table
 * of paths that writes into the struct, since each kind of constraint would have to be taught twice what it takes.
 */
#include "generate/settings.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "generate/constraints.h"

#define SETTING_DEPTH 8

struct lw_settings {
    struct buf text; /* path, NUL, value, NUL, for each row */
    size_t *starts;  /* [2 * n] of paths and values in text */
    size_t n, cap;
};

/* Their members are named freely, with dots too, and are a row each, whatever they hold. */
static bool is_named_freely(const char *group)
{
    static const char *const groups[] = {"levels",           "templates",          "services",      "error_types",
                                         "template_weights", "transition_weights", "delay_factors", "parameters"};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (strcmp(group, groups[i]) == 0)
            return true;
    return false;
}

static bool is_list_of_objects(struct json_object *value)
{
    return json_object_is_type(value, json_type_array) && json_object_array_length(value) > 0 &&
           json_object_is_type(json_object_array_get_idx(value, 0), json_type_object);
}

static int add_row(struct lw_settings *settings, const char *path, struct json_object *value)
{
    const char *text = json_object_is_type(value, json_type_string)
                           ? json_object_get_string(value)
                           : json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
    if (alloc_grow(&settings->starts, &settings->cap, 2 * (settings->n + 1), sizeof *settings->starts) != 0)
        return LW_ERR_MEMORY;
    settings->starts[2 * settings->n] = settings->text.len;
    buf_add(&settings->text, path, strlen(path) + 1);
    settings->starts[2 * settings->n + 1] = settings->text.len;
    buf_add(&settings->text, text, strlen(text) + 1);
    settings->n++;
    return buf_status(&settings->text);
}

/* depth: names in path; is_whole: the members of value are rows themselves. */
static int add_rows(struct lw_settings *settings, const char *path, struct json_object *value, int depth, bool is_whole)
{
    struct buf member = BUF_INIT;
    int rc = 0;
    if (json_object_is_type(value, json_type_object) && !is_whole && depth < SETTING_DEPTH) {
        struct json_object_iterator at = json_object_iter_begin(value), end = json_object_iter_end(value);
        for (; rc == 0 && !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
            buf_clear(&member);
            buf_printf(&member, "%s%s%s", path, *path != 0 ? "." : "", json_object_iter_peek_name(&at));
            rc = buf_status(&member);
            if (rc == 0)
                rc = add_rows(settings, member.data, json_object_iter_peek_value(&at), depth + 1,
                              depth == 1 && is_named_freely(path));
        }
    } else if (is_list_of_objects(value) && depth < SETTING_DEPTH) {
        for (size_t i = 0; rc == 0 && i < json_object_array_length(value); i++) {
            buf_clear(&member);
            buf_printf(&member, "%s.%zu", path, i);
            rc = buf_status(&member);
            if (rc == 0)
                rc = add_rows(settings, member.data, json_object_array_get_idx(value, i), depth + 1, false);
        }
    } else {
        rc = add_row(settings, path, value);
    }
    buf_release(&member);
    return rc;
}

static int document_of(const struct lw_constraints *constraints, struct json_object **out, struct lw_error *err)
{
    struct buf text = BUF_INIT;
    constraints_print(constraints, &text);
    *out = buf_status(&text) == 0 ? json_tokener_parse(text.data) : NULL;
    buf_release(&text);
    return *out != NULL ? 0 : fail_memory(err, "reading constraints");
}

int lw_constraints_settings(const struct lw_constraints *constraints, struct lw_settings **out, struct lw_error *err)
{
    struct lw_settings *made = alloc_zeroed(1, sizeof *made);
    struct json_object *document = NULL;
    int rc = made != NULL ? document_of(constraints, &document, err) : fail_memory(err, "listing constraints");
    if (rc == 0 && add_rows(made, "", document, 0, false) != 0)
        rc = fail_memory(err, "listing constraints");
    json_object_put(document);
    if (rc == 0)
        *out = made;
    else
        lw_settings_free(made);
    return rc;
}

size_t lw_settings_count(const struct lw_settings *settings)
{
    return settings->n;
}

int lw_settings_get(const struct lw_settings *settings, size_t index, struct lw_setting *out, struct lw_error *err)
{
    if (index >= settings->n)
        return fail(err, LW_ERR_NOT_FOUND, "there is no setting %zu", index);
    *out = (struct lw_setting){settings->text.data + settings->starts[2 * index],
                               settings->text.data + settings->starts[2 * index + 1]};
    return 0;
}

const char *lw_settings_value(const struct lw_settings *settings, const char *path)
{
    for (size_t i = 0; i < settings->n; i++)
        if (strcmp(settings->text.data + settings->starts[2 * i], path) == 0)
            return settings->text.data + settings->starts[2 * i + 1];
    return NULL;
}

void lw_settings_free(struct lw_settings *settings)
{
    if (settings == NULL)
        return;
    buf_release(&settings->text);
    free(settings->starts);
    free(settings);
}

/* ---- setting ---------------------------------------------------------------------------------------------------- */

/* Index in a list of n; n means behind the last. */
static bool read_index(const char *name, size_t n, size_t *out)
{
    char *end;
    unsigned long index = strtoul(name, &end, 10);
    *out = index;
    return name[0] >= '0' && name[0] <= '9' && *end == 0 && index <= n;
}

/* Puts value, taken, at path below parent, or takes away what is there for NULL. False: there is no such place. */
static bool put_at(struct json_object *parent, char *path, struct json_object *value, int depth)
{
    char *dot = depth == 1 ? NULL : strchr(path, '.');
    size_t index;
    if (json_object_is_type(parent, json_type_array)) {
        size_t n = json_object_array_length(parent);
        if (dot != NULL)
            *dot = 0;
        if (!read_index(path, n, &index) || (index == n && (value == NULL || dot != NULL)))
            return false;
        if (dot != NULL)
            return put_at(json_object_array_get_idx(parent, index), dot + 1, value, 2);
        if (value == NULL)
            return json_object_array_del_idx(parent, index, 1) == 0;
        return json_object_array_put_idx(parent, index, json_object_get(value)) == 0;
    }
    if (!json_object_is_type(parent, json_type_object))
        return false;
    if (dot == NULL) {
        if (value == NULL)
            json_object_object_del(parent, path);
        else
            json_object_object_add(parent, path, json_object_get(value));
        return true;
    }
    *dot = 0;
    struct json_object *inner;
    if (!json_object_object_get_ex(parent, path, &inner)) {
        if (value == NULL)
            return true;
        inner = read_index(dot + 1, 0, &index) ? json_object_new_array() : json_object_new_object();
        json_object_object_add(parent, path, inner);
    } else if (json_object_is_type(inner, json_type_double) || json_object_is_type(inner, json_type_int)) {
        return false;
    }
    return put_at(inner, dot + 1, value, is_named_freely(path) ? 1 : 2);
}

/* One size takes the place of another. */
static void drop_other_sizes(struct json_object *document, const char *path)
{
    static const char *const sizes[] = {"traces", "records", "duration"};
    bool is_size = false;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        is_size = is_size || strcmp(path, sizes[i]) == 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && is_size; i++)
        json_object_object_del(document, sizes[i]);
}

int lw_constraints_put(struct lw_constraints *constraints, const char *path, const char *json, struct lw_error *err)
{
    struct json_object *document = NULL, *value = json != NULL ? json_tokener_parse(json) : NULL;
    struct lw_constraints *read = NULL;
    char *copy = alloc_array(strlen(path) + 1, 1);
    int rc = copy != NULL ? 0 : fail_memory(err, "setting a constraint");
    if (rc == 0 && json != NULL && value == NULL)
        rc = fail(err, LW_ERR_USAGE, "%s: %s is no JSON value, such as 0.2, [0.1, 0.3] or \"E12\"", path, json);
    if (rc == 0)
        rc = document_of(constraints, &document, err);
    if (rc == 0) {
        memcpy(copy, path, strlen(path) + 1);
        drop_other_sizes(document, path);
        if (!put_at(document, copy, value, 0))
            rc = fail(err, LW_ERR_USAGE, "%s: there is no such place in the constraints", path);
    }
    if (rc == 0) {
        const char *text = json_object_to_json_string_ext(document, JSON_C_TO_STRING_PLAIN);
        rc = constraints_parse("constraints", text, strlen(text), &read, err);
    }
    if (rc == 0) {
        struct lw_constraints before = *constraints;
        *constraints = *read;
        *read = before;
        /* What the text leaves out stays. */
        constraints->model = before.model;
        read->model = NULL;
        read->llm = constraints->llm;
        constraints->llm = before.llm;
    }
    lw_constraints_free(read);
    json_object_put(document);
    json_object_put(value);
    free(copy);
    return rc;
}
