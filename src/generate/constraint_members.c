/* Reading the members of groups: objects whose keys are names in a log, and lists of objects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/constraint_read.h"
#include "learn/identifiers.h"

/* ---- objects of numbers by name ---------------------------------------------------------------------------------- */

/* Calls read for each member of an object. */
static int each_member(struct reading *reading, const struct constraint_row *row, struct json_object *object,
                       const char *example,
                       int (*read)(struct reading *reading, const struct constraint_row *row, const char *path,
                                   const char *name, struct json_object *value))
{
    char path[PATH_SIZE], wanted[100];
    snprintf(wanted, sizeof wanted, "an object such as {\"%s\": 0.05}", example);
    if (!json_object_is_type(object, json_type_object))
        return reading_wrong(reading, row->knob.path, object, wanted);
    struct json_object_iterator at = json_object_iter_begin(object), end = json_object_iter_end(object);
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        const char *name = json_object_iter_peek_name(&at);
        reading_join(path, row->knob.path, name);
        int rc = read(reading, row, path, name, json_object_iter_peek_value(&at));
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int no_such(const struct reading *reading, const char *path)
{
    return fail(reading->err, LW_ERR_INPUT, "%s: $.%s: there is no such constraint; did you mean $.%s?", reading->name,
                path, constraint_nearest(path));
}

static int read_share(struct reading *reading, const struct constraint_row *row, const char *path, const char *name,
                      struct json_object *value)
{
    enum share_kind kind = (enum share_kind)row->kind;
    struct share_target *share;
    double low, high;
    if (*name == 0 || (kind == SHARE_LEVEL && constraint_level_named(name) == LW_LEVEL_NONE) ||
        (kind == SHARE_TEMPLATE && constraint_template_id(name) == 0))
        return no_such(reading, path);
    int rc = json_object_is_type(value, json_type_array)
                 ? reading_pair(reading, path, value, &row->knob, false, &low, &high)
                 : reading_number(reading, path, value, &row->knob, false, &low);
    if (rc != 0)
        return rc;
    if (!json_object_is_type(value, json_type_array))
        high = low;
    if (constraint_share(reading->constraints, kind, name, &share) != 0)
        return reading_memory(reading);
    share->low = low;
    share->high = high;
    return 0;
}

int read_shares(struct reading *reading, const struct constraint_row *row, struct json_object *value)
{
    static const char *const examples[SHARE_KIND_COUNT] = {"error", "E1", "api", "E1"};
    return each_member(reading, row, value, examples[row->kind], read_share);
}

static int read_weight(struct reading *reading, const struct constraint_row *row, const char *path, const char *name,
                       struct json_object *value)
{
    double number;
    if (constraint_template_id(name) == 0)
        return no_such(reading, path);
    int rc = reading_number(reading, path, value, &row->knob, false, &number);
    return rc == 0 ? lw_constraints_set(reading->constraints, path, number, reading->err) : rc;
}

int read_weights(struct reading *reading, const struct constraint_row *row, struct json_object *value)
{
    return each_member(reading, row, value, "E1", read_weight);
}

static int read_transition(struct reading *reading, const struct constraint_row *row, const char *path,
                           const char *name, struct json_object *value)
{
    struct transition_weight *weight;
    double number;
    if (constraint_transition_target(name) == NULL)
        return no_such(reading, path);
    int rc = reading_number(reading, path, value, &row->knob, false, &number);
    if (rc != 0)
        return rc;
    if (constraint_transition(reading->constraints, name, &weight) != 0)
        return reading_memory(reading);
    weight->weight = number;
    return 0;
}

int read_transitions(struct reading *reading, const struct constraint_row *row, struct json_object *value)
{
    return each_member(reading, row, value, "E1>E2", read_transition);
}

/* ---- lists of objects ---------------------------------------------------------------------------------------------
 */

int read_selector(struct reading *reading, const char *path, struct json_object *value, struct selector *out)
{
    struct lw_error why;
    char *text = NULL;
    int rc = reading_text(reading, path, value, "a text such as \"E12\", \"level:error\", \"service:api\" or \"error\"",
                          &text);
    if (rc != 0)
        return rc;
    selector_release(out);
    rc = selector_read(text, strlen(text), out, &why);
    free(text);
    return rc == 0 ? 0 : reading_fail(reading, rc == LW_ERR_MEMORY ? rc : LW_ERR_INPUT, path, why.text);
}

/* The element's members are all among names[n], and those that are needed are there. values[i]: or NULL. */
static int take_members(struct reading *reading, const char *path, struct json_object *element,
                        const char *const *names, size_t n, size_t n_needed, const char *example,
                        struct json_object **values)
{
    char text[200];
    if (!json_object_is_type(element, json_type_object))
        return reading_wrong(reading, path, element, example);
    struct json_object_iterator at = json_object_iter_begin(element), end = json_object_iter_end(element);
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        const char *name = json_object_iter_peek_name(&at);
        size_t i = 0;
        while (i < n && strcmp(names[i], name) != 0)
            i++;
        if (i < n)
            continue;
        snprintf(text, sizeof text, "there is no member \"%.60s\"; %s is right", name, example);
        return reading_fail(reading, LW_ERR_INPUT, path, text);
    }
    for (size_t i = 0; i < n; i++) {
        values[i] = NULL;
        if (json_object_object_get_ex(element, names[i], &values[i]) || i >= n_needed)
            continue;
        snprintf(text, sizeof text, "\"%s\" is missing; %s is right", names[i], example);
        return reading_fail(reading, LW_ERR_INPUT, path, text);
    }
    return 0;
}

static int read_call(struct reading *reading, const struct constraint_row *row, const char *path,
                     struct json_object *element)
{
    static const char *const names[] = {"from", "to", "probability"};
    static const char example[] = "{\"from\": \"api\", \"to\": \"db\", \"probability\": 0.6}";
    struct lw_constraints *c = reading->constraints;
    struct json_object *values[3];
    char inner[PATH_SIZE];
    if (alloc_grow(&c->calls, &c->cap_calls, c->n_calls + 1, sizeof *c->calls) != 0)
        return reading_memory(reading);
    struct call *call = &c->calls[c->n_calls++];
    *call = (struct call){NULL, NULL, 0};
    int rc = take_members(reading, path, element, names, 3, 3, example, values);
    for (size_t i = 0; i < 2 && rc == 0; i++) {
        reading_join(inner, path, names[i]);
        rc = reading_text(reading, inner, values[i], "the name of a service", i == 0 ? &call->from : &call->to);
    }
    reading_join(inner, path, names[2]);
    return rc == 0 ? reading_number(reading, inner, values[2], &row->knob, false, &call->probability) : rc;
}

static int read_scope(struct reading *reading, const char *path, struct json_object *value, bool *is_across)
{
    const char *text = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
    if (strcmp(text, "trace") != 0 && strcmp(text, "log") != 0)
        return reading_fail(reading, LW_ERR_INPUT, path, "\"trace\" or \"log\" is right");
    *is_across = strcmp(text, "log") == 0;
    return 0;
}

static int read_rule(struct reading *reading, const struct constraint_row *row, const char *path,
                     struct json_object *element)
{
    static const char *const names[] = {"if", "then", "within", "probability", "scope"};
    static const char example[] = "{\"if\": \"E3\", \"then\": \"E7\", \"within\": [0, 5]}";
    static const struct lw_knob lag = {"within", "", "s", 0, 1e9, 0, 1, false};
    struct lw_constraints *c = reading->constraints;
    struct json_object *values[5];
    char inner[PATH_SIZE];
    if (alloc_grow(&c->rules, &c->cap_rules, c->n_rules + 1, sizeof *c->rules) != 0)
        return reading_memory(reading);
    struct causal_rule *rule = &c->rules[c->n_rules++];
    *rule = (struct causal_rule){.probability = row->knob.initial};
    int rc = take_members(reading, path, element, names, 5, 3, example, values);
    for (size_t i = 0; i < 2 && rc == 0; i++) {
        reading_join(inner, path, names[i]);
        rc = read_selector(reading, inner, values[i], i == 0 ? &rule->cause : &rule->effect);
    }
    reading_join(inner, path, names[2]);
    if (rc == 0)
        rc = reading_pair(reading, inner, values[2], &lag, true, &rule->min_s, &rule->max_s);
    reading_join(inner, path, names[3]);
    if (rc == 0 && values[3] != NULL)
        rc = reading_number(reading, inner, values[3], &row->knob, false, &rule->probability);
    reading_join(inner, path, names[4]);
    return rc == 0 && values[4] != NULL ? read_scope(reading, inner, values[4], &rule->is_across) : rc;
}

static int each_element(struct reading *reading, const struct constraint_row *row, struct json_object *list,
                        int (*read)(struct reading *reading, const struct constraint_row *row, const char *path,
                                    struct json_object *element))
{
    char path[PATH_SIZE], number[24];
    int rc = 0;
    if (!json_object_is_type(list, json_type_array))
        return reading_wrong(reading, row->knob.path, list, "a list of objects");
    for (size_t i = 0; i < json_object_array_length(list) && rc == 0; i++) {
        snprintf(number, sizeof number, "%zu", i);
        reading_join(path, row->knob.path, number);
        rc = read(reading, row, path, json_object_array_get_idx(list, i));
    }
    return rc;
}

int read_calls(struct reading *reading, const struct constraint_row *row, struct json_object *value)
{
    return each_element(reading, row, value, read_call);
}

int read_rules(struct reading *reading, const struct constraint_row *row, struct json_object *value)
{
    return each_element(reading, row, value, read_rule);
}

int reading_identifier(const struct reading *reading, const char *path, struct json_object *value, char **out)
{
    char text[400] = "";
    int rc = reading_text(reading, path, value, "a kind of identifier such as \"ip\"", out);
    if (rc != 0 || identifier_by_name(*out, strlen(*out)) != IDENTIFIER_NONE)
        return rc;
    size_t len = (size_t)snprintf(text, sizeof text, "\"%.60s\" is no kind of identifier; these are:", *out);
    for (int kind = IDENTIFIER_NONE + 1; kind < IDENTIFIER_COUNT && len < sizeof text; kind++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s %s", kind > IDENTIFIER_NONE + 1 ? "," : "",
                                identifier_name((enum identifier)kind));
    return reading_fail(reading, LW_ERR_INPUT, path, text);
}

int read_names(struct reading *reading, const struct constraint_row *row, struct json_object *value)
{
    struct lw_constraints *c = reading->constraints;
    int rc = 0;
    if (!json_object_is_type(value, json_type_array))
        return reading_wrong(reading, row->knob.path, value, "a list of texts such as [\"ip\"]");
    for (size_t i = 0; i < json_object_array_length(value) && rc == 0; i++) {
        if (alloc_grow(&c->allowed, &c->cap_allowed, c->n_allowed + 1, sizeof *c->allowed) != 0)
            return reading_memory(reading);
        c->allowed[c->n_allowed++] = NULL;
        rc = reading_identifier(reading, row->knob.path, json_object_array_get_idx(value, i),
                                &c->allowed[c->n_allowed - 1]);
    }
    return rc;
}
