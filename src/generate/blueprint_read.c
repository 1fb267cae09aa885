/* Reading a blueprint from JSON: the frame, what traces are like, and what all parts ask of a value. */
#include "generate/blueprint_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/ways.h"

#define MAX_ITEMS   1000000 /* of a list */
#define MAX_TIME_US 4e15

/* ---- single values ------------------------------------------------------------------------------------------------
 */

int source_wrong(const struct blueprint_source *source, const char *path, const char *text)
{
    return fail(source->err, LW_ERR_INPUT, "%s: $.model%s%s: %s", source->document,
                *path == 0 || *path == '[' ? "" : ".", path, text);
}

int source_memory(const struct blueprint_source *source)
{
    return fail_memory(source->err, "reading a model");
}

void source_join(char out[READ_PATH], const char *path, const char *name)
{
    snprintf(out, READ_PATH, "%.*s%s%s", READ_PATH / 2, path, *path == 0 ? "" : ".", name);
}

void source_index(char out[READ_PATH], const char *path, size_t index)
{
    snprintf(out, READ_PATH, "%.*s[%zu]", READ_PATH - 30, path, index);
}

static const char *type_text(enum json_type type)
{
    static const char *const names[] = {"null",      "true or false", "a number", "a number",
                                        "an object", "a list",        "a string"};
    return names[type];
}

static int wrong_type(const struct blueprint_source *source, const char *path, struct json_object *value,
                      const char *wanted)
{
    char text[200];
    snprintf(text, sizeof text, "%s; %s is right",
             value == NULL ? "it is missing" : type_text(json_object_get_type(value)), wanted);
    return source_wrong(source, path, text);
}

int source_member(const struct blueprint_source *source, const char *path, struct json_object *object, const char *name,
                  enum json_type type, struct json_object **out)
{
    char at[READ_PATH];
    source_join(at, path, name);
    *out = NULL;
    if (!json_object_object_get_ex(object, name, out) || !json_object_is_type(*out, type))
        return wrong_type(source, at, *out, type_text(type));
    if (type == json_type_array && json_object_array_length(*out) > MAX_ITEMS)
        return source_wrong(source, at, "a list of at most 1000000 items is right");
    return 0;
}

int source_number_of(const struct blueprint_source *source, const char *path, struct json_object *value, double low,
                     double high, bool is_whole, double *out)
{
    char text[120];
    bool is_number = json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double);
    *out = is_number ? json_object_get_double(value) : 0;
    if (is_number && *out >= low && *out <= high && (!is_whole || *out == floor(*out)))
        return 0;
    snprintf(text, sizeof text, "a %snumber from %.16g to %.16g", is_whole ? "whole " : "", low, high);
    if (!is_number)
        return wrong_type(source, path, value, text);
    char found[200];
    snprintf(found, sizeof found, "%.16g; %s is right", *out, text);
    return source_wrong(source, path, found);
}

int source_number(const struct blueprint_source *source, const char *path, struct json_object *object, const char *name,
                  double low, double high, const double *other, double *out)
{
    char at[READ_PATH];
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object, name, &value) && other != NULL) {
        *out = *other;
        return 0;
    }
    source_join(at, path, name);
    return source_number_of(source, at, value, low, high, false, out);
}

int source_bool(const struct blueprint_source *source, const char *path, struct json_object *object, const char *name,
                bool other, bool *out)
{
    char at[READ_PATH];
    struct json_object *value = NULL;
    *out = other;
    if (!json_object_object_get_ex(object, name, &value))
        return 0;
    source_join(at, path, name);
    if (!json_object_is_type(value, json_type_boolean))
        return wrong_type(source, at, value, "true or false");
    *out = json_object_get_boolean(value) != 0;
    return 0;
}

int source_text(const struct blueprint_source *source, const char *path, struct json_object *object, const char *name,
                struct lw_bytes *out)
{
    struct json_object *value;
    int rc = source_member(source, path, object, name, json_type_string, &value);
    if (rc == 0)
        *out = (struct lw_bytes){json_object_get_string(value), (size_t)json_object_get_string_len(value)};
    return rc;
}

int source_template_of(const struct blueprint_source *source, const char *path, struct json_object *value,
                       uint32_t *out)
{
    const char *text = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
    char *end = NULL;
    unsigned long id = text[0] == 'E' && text[1] >= '1' && text[1] <= '9' ? strtoul(text + 1, &end, 10) : 0;
    if (id == 0 || *end != 0 || id > 10000000)
        return wrong_type(source, path, value, "the id of a template such as \"E12\"");
    *out = (uint32_t)id;
    return 0;
}

int source_list_of(const struct blueprint_source *source, const char *path, struct json_object *value, size_t least,
                   size_t most)
{
    char text[80];
    if (json_object_is_type(value, json_type_array) && json_object_array_length(value) >= least &&
        json_object_array_length(value) <= most)
        return 0;
    snprintf(text, sizeof text, "a list of %zu to %zu items", least, most);
    return wrong_type(source, path, value, text);
}

/* ---- traces -------------------------------------------------------------------------------------------------------
 */

static int read_lengths(const struct blueprint_source *source, struct json_object *json)
{
    struct json_object *list;
    struct blueprint *out = source->out;
    int rc = source_member(source, "", json, "lengths", json_type_array, &list);
    size_t n = rc == 0 ? json_object_array_length(list) : 0;
    out->lengths = alloc_array(n, sizeof *out->lengths);
    if (out->lengths == NULL)
        return source_memory(source);
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        char at[READ_PATH];
        double length, count;
        source_index(at, "lengths", i);
        rc = source_list_of(source, at, item, 2, 2);
        if (rc == 0)
            rc = source_number_of(source, at, json_object_array_get_idx(item, 0), 0, 1e9, true, &length);
        if (rc == 0)
            rc = source_number_of(source, at, json_object_array_get_idx(item, 1), 1, 1e15, true, &count);
        if (rc == 0 && i > 0 && length <= (double)out->lengths[i - 1].length)
            rc = source_wrong(source, at, "lengths do not rise");
        if (rc == 0)
            out->lengths[out->n_lengths++] = (struct length_count){(size_t)length, (uint64_t)count};
    }
    if (rc == 0 && (n == 0 || out->lengths[n - 1].length == 0))
        rc = source_wrong(source, "lengths", "no trace has an event; there is nothing to generate");
    if (rc == 0)
        out->longest = out->lengths[n - 1].length;
    return rc;
}

static int read_times(const struct blueprint_source *source, struct json_object *object, const char *name,
                      int64_t **out, size_t *n_out)
{
    struct json_object *list;
    char path[READ_PATH], at[READ_PATH];
    int rc = source_member(source, "arrival", object, name, json_type_array, &list);
    size_t n = rc == 0 ? json_object_array_length(list) : 0;
    *out = alloc_array(n, sizeof **out);
    if (*out == NULL)
        return source_memory(source);
    source_join(path, "arrival", name);
    for (size_t i = 0; i < n && rc == 0; i++) {
        double time;
        source_index(at, path, i);
        rc = source_number_of(source, at, json_object_array_get_idx(list, i), 0, MAX_TIME_US, false, &time);
        if (rc == 0)
            (*out)[(*n_out)++] = (int64_t)time;
    }
    return rc;
}

static int read_marks(const struct blueprint_source *source, struct json_object *object)
{
    struct arrival *arrival = &source->out->arrival;
    struct json_object *list = NULL;
    char at[READ_PATH];
    int rc = 0;
    if (!json_object_object_get_ex(object, "marks", &list) ||
        (json_object_is_type(list, json_type_array) && json_object_array_length(list) == 0))
        return 0;
    if (!json_object_is_type(list, json_type_array) || json_object_array_length(list) != arrival->n_gaps)
        return source_wrong(source, "arrival.marks", "a list of as many templates as there are gaps is right");
    arrival->marks = alloc_array(arrival->n_gaps, sizeof *arrival->marks);
    if (arrival->marks == NULL)
        return source_memory(source);
    for (size_t i = 0; i < arrival->n_gaps && rc == 0; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        source_index(at, "arrival.marks", i);
        arrival->marks[i] = LW_TEMPLATE_UNKNOWN;
        if (item != NULL)
            rc = source_template_of(source, at, item, &arrival->marks[i]);
    }
    return rc;
}

static int read_arrival(const struct blueprint_source *source, struct json_object *json)
{
    static const double none = -1e17, zero = 0, unknown = -1;
    struct arrival *arrival = &source->out->arrival;
    struct json_object *object;
    double first, window, lasts, longest;
    int rc = source_member(source, "", json, "arrival", json_type_object, &object);
    if (rc == 0)
        rc = source_number(source, "arrival", object, "first_us", -MAX_TIME_US, MAX_TIME_US, &none, &first);
    if (rc == 0)
        rc = source_number(source, "arrival", object, "window_us", 0, MAX_TIME_US, &zero, &window);
    if (rc == 0)
        rc = source_number(source, "arrival", object, "lasts_us", 0, MAX_TIME_US, &unknown, &lasts);
    if (rc == 0)
        rc = source_number(source, "arrival", object, "longest_us", 0, MAX_TIME_US, &unknown, &longest);
    if (rc != 0)
        return rc;
    arrival->first_us = first == none ? LW_NO_TIME : (int64_t)first;
    arrival->window_us = (int64_t)window;
    arrival->lasts_us = lasts < 0 ? LW_NO_TIME : (int64_t)lasts;
    arrival->longest_us = longest < 0 ? LW_NO_TIME : (int64_t)longest;
    arrival->is_grouped = true;
    rc = read_times(source, object, "gaps_us", &arrival->gaps, &arrival->n_gaps);
    if (rc == 0)
        rc = read_marks(source, object);
    return rc == 0 ? read_times(source, object, "offsets_us", &arrival->offsets, &arrival->n_offsets) : rc;
}

#define STRENGTH_MAX 1e12

static int read_ties(const struct blueprint_source *source, struct json_object *json)
{
    static const double one = 1;
    struct ties *ties = &source->out->ties;
    const struct templates *templates = source->out->templates;
    struct json_object *object, *strengths;
    double tick, strength;
    int rc = json_object_object_get_ex(json, "ties", &object)
                 ? source_member(source, "", json, "ties", json_type_object, &object)
                 : 1;
    if (rc == 0)
        rc = source_number(source, "ties", object, "tick_us", 1, 60e6, &one, &tick);
    if (rc == 0)
        rc = source_member(source, "ties", object, "strengths", json_type_object, &strengths);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    *ties = (struct ties){(int64_t)tick, NULL, templates->n > 0 ? templates->items[templates->n - 1].id + 1 : 0};
    ties->strengths = arena_take(&source->out->arena, ties->n * sizeof *ties->strengths);
    if (ties->strengths == NULL)
        return source_memory(source);
    for (uint32_t id = 0; id < ties->n; id++) {
        char name[20], path[READ_PATH];
        snprintf(name, sizeof name, "E%u", id);
        source_join(path, "ties", "strengths");
        rc = source_number(source, path, strengths, name, 1 / STRENGTH_MAX, STRENGTH_MAX, &one, &strength);
        if (rc != 0)
            return rc;
        ties->strengths[id] = strength;
    }
    return 0;
}

static int copy_bytes(struct buf *out, struct lw_bytes text)
{
    buf_add(out, text.data, text.len);
    return buf_status(out);
}

static int read_unknown(const struct blueprint_source *source, struct json_object *json)
{
    struct unknown_message *unknown = &source->out->unknown;
    struct json_object *object, *texts;
    struct lw_bytes before, after;
    int rc = source_member(source, "", json, "unknown", json_type_object, &object);
    if (rc == 0)
        rc = source_member(source, "unknown", object, "texts", json_type_array, &texts);
    if (rc == 0)
        rc = source_list_of(source, "unknown.texts", texts, 1, sizeof unknown->texts / sizeof *unknown->texts);
    if (rc == 0)
        rc = source_text(source, "unknown", object, "before", &before);
    if (rc == 0)
        rc = source_text(source, "unknown", object, "after", &after);
    if (rc == 0)
        rc = source_bool(source, "unknown", object, "named", false, &unknown->has_name);
    for (size_t i = 0; rc == 0 && i < json_object_array_length(texts); i++) {
        struct json_object *text = json_object_array_get_idx(texts, i);
        if (!json_object_is_type(text, json_type_string))
            return wrong_type(source, "unknown.texts", text, "a string");
        const char *copy =
            arena_copy(&source->out->arena, json_object_get_string(text), (size_t)json_object_get_string_len(text));
        if (copy == NULL)
            return source_memory(source);
        unknown->texts[unknown->n_texts++] = copy;
    }
    return rc == 0 && (copy_bytes(&unknown->before, before) != 0 || copy_bytes(&unknown->after, after) != 0)
               ? source_memory(source)
               : rc;
}

static int read_rule(const struct blueprint_source *source, struct json_object *json)
{
    struct blueprint *out = source->out;
    struct lw_bytes rule;
    struct lw_error why;
    int rc = source_text(source, "", json, "rule", &rule);
    if (rc != 0)
        return rc;
    out->rule_text = alloc_text(rule.data, rule.len);
    if (out->rule_text == NULL)
        return source_memory(source);
    rc = trace_rule_parse(out->rule_text, &out->rule, &why);
    if (rc != 0)
        return rc == LW_ERR_MEMORY ? source_memory(source) : source_wrong(source, "rule", why.text);
    if (!blueprint_is_named_in_text(out->rule_text)) {
        trace_rule_free(out->rule);
        out->rule = NULL;
    }
    return 0;
}

static int read_all(const struct blueprint_source *source, struct json_object *json)
{
    struct blueprint *out = source->out;
    double version;
    if (!json_object_is_type(json, json_type_object))
        return wrong_type(source, "", json, "an object");
    int rc = source_number(source, "", json, "version", 0, 1e9, NULL, &version);
    if (rc == 0 && version != BLUEPRINT_VERSION)
        rc = source_wrong(source, "version", "this program reads version 1");
    if (rc == 0)
        rc = read_rule(source, json);
    if (rc == 0)
        rc = source_bool(source, "", json, "symbols", false, &out->is_symbolic);
    if (rc == 0)
        rc = source_bool(source, "", json, "json", false, &out->is_escaped);
    if (rc == 0)
        rc = read_lengths(source, json);
    if (rc == 0)
        rc = read_arrival(source, json);
    if (rc == 0)
        rc = read_unknown(source, json);
    if (rc == 0)
        rc = blueprint_read_values(source, json);
    if (rc == 0)
        rc = blueprint_read_text(source, json);
    if (rc == 0)
        rc = read_ties(source, json);
    return rc == 0 ? blueprint_read_machine(source, json) : rc;
}

int blueprint_read_json(const char *document, struct json_object *json, struct blueprint **out, struct lw_error *err)
{
    struct blueprint *made = alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return fail_memory(err, "reading a model");
    *made = (struct blueprint){.fields = INTERN_INIT};
    made->machine = &made->own_machine;
    made->templates = &made->own_templates;
    struct blueprint_source source = {document, made, err};
    int rc = read_all(&source, json);
    if (rc == 0 && (facets_find(made, &made->facets) != 0 || ways_rank(made->machine, &made->ranks) != 0))
        rc = source_memory(&source);
    if (rc != 0) {
        blueprint_free(made);
        return rc;
    }
    *out = made;
    return 0;
}
