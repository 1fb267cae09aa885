/*
 * Writing a constraints document: a tree of what differs from an empty document, then its text. Objects near the top
 * have a line for each member, what is deeper stands on one line.
 */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "generate/constraint_rows.h"

#define DEEPEST 16

/* ---- the tree -----------------------------------------------------------------------------------------------------
 */

struct tree {
    struct json_object *root;
    bool has_failed; /* for want of memory */
};

/* Takes value. */
static void put(struct tree *tree, struct json_object *into, const char *name, struct json_object *value)
{
    if (value == NULL || into == NULL || json_object_object_add(into, name, value) != 0) {
        json_object_put(value);
        tree->has_failed = true;
    }
}

static void append(struct tree *tree, struct json_object *into, struct json_object *value)
{
    if (value == NULL || into == NULL || json_object_array_add(into, value) != 0) {
        json_object_put(value);
        tree->has_failed = true;
    }
}

/* The shortest decimal that reads back as the same number; whole numbers as they are counted. */
static struct json_object *number(double value)
{
    char text[32];
    bool is_whole = fabs(value) < 1e15 && floor(value) == value;
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, is_whole ? "%.*f" : "%.*g", is_whole ? 0 : digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return json_object_new_double_s(value, text);
}

/* The object of that name, made where there is none yet. */
static struct json_object *object_at(struct tree *tree, struct json_object *into, const char *name)
{
    struct json_object *found = NULL;
    if (into != NULL && !json_object_object_get_ex(into, name, &found)) {
        found = json_object_new_object();
        put(tree, into, name, found);
        if (tree->has_failed)
            return NULL;
    }
    return found;
}

static struct json_object *pair(struct tree *tree, double low, double high)
{
    struct json_object *list = json_object_new_array();
    append(tree, list, number(low));
    append(tree, list, number(high));
    return list;
}

static struct json_object *selector(struct tree *tree, const struct selector *of)
{
    struct buf text = BUF_INIT;
    selector_print(of, &text);
    tree->has_failed = tree->has_failed || buf_status(&text) != 0;
    struct json_object *made = json_object_new_string(text.data == NULL ? "" : text.data);
    buf_release(&text);
    return made;
}

static struct json_object *start_of(int64_t start_us)
{
    int64_t second = start_us / 1000000, below = start_us % 1000000;
    if (below < 0) {
        below += 1000000;
        second--;
    }
    time_t clock = (time_t)second;
    struct tm tm;
    char text[32], whole[48];
    if (gmtime_r(&clock, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        return NULL;
    snprintf(whole, sizeof whole, below == 0 ? "%sZ" : "%s.%06dZ", text, (int)below);
    return json_object_new_string(whole);
}

/* ---- what rows hold -----------------------------------------------------------------------------------------------
 */

/* Adds a number at its dotted path: inner names are objects. */
static void put_number(struct tree *tree, const char *path, double value)
{
    struct json_object *into = tree->root;
    const char *dot;
    char name[64];
    while ((dot = strchr(path, '.')) != NULL) {
        snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
        into = object_at(tree, into, name);
        path = dot + 1;
    }
    put(tree, into, path, number(value));
}

/* An anomaly: its rate alone, or what differs of how it goes beside it. */
static void put_anomaly(struct tree *tree, const struct lw_constraints *constraints, size_t row)
{
    const struct constraint_row *rate = constraint_row(row), *inner;
    double value;
    struct json_object *into = NULL;
    for (size_t i = row + 1; (inner = constraint_row(i)) != NULL; i++) {
        const char *name = constraint_below(inner->knob.path, rate->knob.path);
        if (name == NULL)
            break;
        memcpy(&value, (const char *)constraints + inner->offset, sizeof value);
        if (value == inner->knob.initial)
            continue;
        if (into == NULL)
            into = object_at(tree, object_at(tree, tree->root, "anomalies"), rate->knob.path + strlen("anomalies."));
        put(tree, into, name, number(value));
    }
    memcpy(&value, (const char *)constraints + rate->offset, sizeof value);
    if (into != NULL)
        put(tree, into, "rate", number(value));
    else if (value != rate->knob.initial)
        put_number(tree, rate->knob.path, value);
}

static void put_numbers(struct tree *tree, const struct lw_constraints *constraints, size_t row)
{
    const struct constraint_row *group = constraint_row(row), *inner;
    struct json_object *list = NULL;
    const char *dot = strchr(group->knob.path, '.');
    char outer[64];
    for (size_t i = row + 1; (inner = constraint_row(i)) != NULL; i++) {
        double value;
        if (constraint_below(inner->knob.path, group->knob.path) == NULL)
            break;
        memcpy(&value, (const char *)constraints + inner->offset, sizeof value);
        if (isnan(value))
            return;
        if (list == NULL)
            list = json_object_new_array();
        append(tree, list, number(value));
    }
    snprintf(outer, sizeof outer, "%.*s", (int)(dot - group->knob.path), group->knob.path);
    put(tree, object_at(tree, tree->root, outer), dot + 1, list);
}

static void put_shares(struct tree *tree, const struct lw_constraints *constraints, const struct constraint_row *row)
{
    for (size_t i = 0; i < constraints->n_shares; i++) {
        const struct share_target *share = &constraints->shares[i];
        if (share->kind == (enum share_kind)row->kind)
            put(tree, object_at(tree, tree->root, row->knob.path), share->name,
                share->low == share->high ? number(share->low) : pair(tree, share->low, share->high));
    }
}

static void put_weights(struct tree *tree, const char *group, const struct template_weight *weights, size_t n)
{
    char name[16];
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "E%u", weights[i].id);
        put(tree, object_at(tree, tree->root, group), name, number(weights[i].weight));
    }
}

static void put_transitions(struct tree *tree, const struct lw_constraints *constraints)
{
    for (size_t i = 0; i < constraints->n_transition_weights; i++) {
        const struct transition_weight *weight = &constraints->transition_weights[i];
        struct buf name = BUF_INIT;
        buf_printf(&name, weight->template_id == LW_TEMPLATE_UNKNOWN ? "%s>end" : "%s>E%u", weight->from,
                   weight->template_id);
        tree->has_failed = tree->has_failed || buf_status(&name) != 0;
        if (!tree->has_failed)
            put(tree, object_at(tree, tree->root, "transition_weights"), name.data, number(weight->weight));
        buf_release(&name);
    }
}

static struct json_object *list_at(struct tree *tree, const char *name)
{
    struct json_object *list = json_object_new_array();
    put(tree, tree->root, name, list);
    return tree->has_failed ? NULL : list;
}

static void put_calls(struct tree *tree, const struct lw_constraints *constraints)
{
    struct json_object *list = constraints->n_calls > 0 ? list_at(tree, "calls") : NULL;
    for (size_t i = 0; i < constraints->n_calls && list != NULL; i++) {
        struct json_object *call = json_object_new_object();
        put(tree, call, "from", json_object_new_string(constraints->calls[i].from));
        put(tree, call, "to", json_object_new_string(constraints->calls[i].to));
        put(tree, call, "probability", number(constraints->calls[i].probability));
        append(tree, list, call);
    }
}

static void put_rules(struct tree *tree, const struct lw_constraints *constraints)
{
    struct json_object *list = constraints->n_rules > 0 ? list_at(tree, "rules") : NULL;
    for (size_t i = 0; i < constraints->n_rules && list != NULL; i++) {
        const struct causal_rule *rule = &constraints->rules[i];
        struct json_object *object = json_object_new_object();
        put(tree, object, "if", selector(tree, &rule->cause));
        put(tree, object, "then", selector(tree, &rule->effect));
        put(tree, object, "within", pair(tree, rule->min_s, rule->max_s));
        put(tree, object, "probability", number(rule->probability));
        put(tree, object, "scope", json_object_new_string(rule->is_across ? "log" : "trace"));
        append(tree, list, object);
    }
}

static void put_names(struct tree *tree, const struct lw_constraints *constraints)
{
    if (constraints->n_allowed == 0)
        return;
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < constraints->n_allowed; i++)
        append(tree, list, json_object_new_string(constraints->allowed[i]));
    put(tree, object_at(tree, tree->root, "privacy"), "allow", list);
}

static struct json_object *pool_of(struct tree *tree, const struct value_rule *rule)
{
    bool is_even = true;
    for (size_t i = 0; i < rule->n_pool; i++)
        is_even = is_even && rule->pool[i].weight == 1;
    struct json_object *pool = is_even ? json_object_new_array() : json_object_new_object();
    for (size_t i = 0; i < rule->n_pool; i++)
        if (is_even)
            append(tree, pool, json_object_new_string(rule->pool[i].text));
        else
            put(tree, pool, rule->pool[i].text, number(rule->pool[i].weight));
    return pool;
}

static void put_distribution(struct tree *tree, struct json_object *into, const struct value_rule *rule)
{
    char parameter[CONSTRAINT_PARAMETER];
    put(tree, into, "distribution", json_object_new_string(lw_delay_family_name(rule->family)));
    for (size_t i = 0; i < LW_DELAY_PARAMETERS; i++) {
        constraint_family_parameter(rule->family, i, parameter);
        if (parameter[0] != 0)
            put(tree, into, parameter, number(rule->numbers[i]));
    }
    if (!isnan(rule->low))
        put(tree, into, "low", number(rule->low));
    if (!isnan(rule->high))
        put(tree, into, "high", number(rule->high));
}

static void put_value(struct tree *tree, const struct value_rule *rule)
{
    struct json_object *into = json_object_new_object();
    char name[40];
    switch (rule->kind) {
    case VALUE_POOL:
        put(tree, into, "pool", pool_of(tree, rule));
        break;
    case VALUE_RANGE:
        put(tree, into, "range", pair(tree, rule->low, rule->high));
        break;
    case VALUE_DISTRIBUTION:
        put_distribution(tree, into, rule);
        break;
    case VALUE_SAME:
        snprintf(name, sizeof name, "E%u.%u", rule->other_template, rule->other_slot + 1);
        put(tree, into, "same", json_object_new_string(name));
        break;
    case VALUE_FAKE:
        put(tree, into, "fake", json_object_new_string(rule->fake));
        break;
    }
    if (rule->is_integer)
        put(tree, into, "integer", json_object_new_boolean(true));
    snprintf(name, sizeof name, "E%u.%u", rule->template_id, rule->slot + 1);
    put(tree, object_at(tree, tree->root, "parameters"), name, into);
}

static void put_text(struct tree *tree, const struct lw_constraints *constraints, const struct constraint_row *row)
{
    const char *text, *dot = strchr(row->knob.path, '.');
    char outer[64];
    memcpy(&text, (const char *)constraints + row->offset, sizeof text);
    if (text == NULL)
        return;
    snprintf(outer, sizeof outer, "%.*s", dot == NULL ? 0 : (int)(dot - row->knob.path), row->knob.path);
    put(tree, dot == NULL ? tree->root : object_at(tree, tree->root, outer), dot == NULL ? row->knob.path : dot + 1,
        json_object_new_string(text));
}

/* A number is written where it differs from what it is if left out; the seed always is, since results hang on it. */
static void put_plain(struct tree *tree, const struct lw_constraints *constraints, const struct constraint_row *row)
{
    double value;
    memcpy(&value, (const char *)constraints + row->offset, sizeof value);
    bool is_elsewhere = constraint_below(row->knob.path, "arrival.profile") != NULL ||
                        constraint_below(row->knob.path, "recovery.within") != NULL ||
                        constraint_below(row->knob.path, "anomalies") != NULL;
    bool is_said = !isnan(value) && value != row->knob.initial;
    if (!is_elsewhere && (is_said || strcmp(row->knob.path, "seed") == 0))
        put_number(tree, row->knob.path, value);
}

static void put_row(struct tree *tree, const struct lw_constraints *constraints, size_t index)
{
    const struct constraint_row *row = constraint_row(index);
    switch (row->form) {
    case FORM_NUMBER:
    case FORM_DURATION:
        put_plain(tree, constraints, row);
        break;
    case FORM_ANOMALY:
        put_anomaly(tree, constraints, index);
        break;
    case FORM_TIME:
        if (constraints->start_us != LW_NO_TIME)
            put(tree, tree->root, row->knob.path, start_of(constraints->start_us));
        break;
    case FORM_TEXT:
        put_text(tree, constraints, row);
        break;
    case FORM_NUMBERS:
        put_numbers(tree, constraints, index);
        break;
    case FORM_SHARES:
        put_shares(tree, constraints, row);
        break;
    case FORM_WEIGHTS:
        if (row->offset == offsetof(struct lw_constraints, weights))
            put_weights(tree, row->knob.path, constraints->weights, constraints->n_weights);
        else
            put_weights(tree, row->knob.path, constraints->delay_factors, constraints->n_delay_factors);
        break;
    case FORM_TRANSITIONS:
        put_transitions(tree, constraints);
        break;
    case FORM_SELECTOR:
        if (constraints->recovery_after.kind != SELECTOR_NONE)
            put(tree, object_at(tree, tree->root, "recovery"), "after", selector(tree, &constraints->recovery_after));
        break;
    case FORM_CALLS:
        put_calls(tree, constraints);
        break;
    case FORM_RULES:
        put_rules(tree, constraints);
        break;
    case FORM_VALUES:
        for (size_t i = 0; i < constraints->n_values; i++)
            put_value(tree, &constraints->values[i]);
        break;
    case FORM_NAMES:
        put_names(tree, constraints);
        break;
    case FORM_GROUP:
        break;
    }
}

/* ---- the text -----------------------------------------------------------------------------------------------------
 */

static void print(struct json_object *value, unsigned depth, unsigned broken, struct buf *out);

static void print_break(bool is_first, bool is_broken, unsigned depth, struct buf *out)
{
    if (!is_first)
        buf_add_text(out, is_broken ? "," : ", ");
    if (is_broken)
        buf_printf(out, "\n%*s", (int)(2 * depth + 2), "");
}

/* broken: how many levels of objects, from here on, have a line for each member. */
static void print_object(struct json_object *object, unsigned depth, unsigned broken, struct buf *out)
{
    bool is_broken = broken > 0 && json_object_object_length(object) > 0, is_first = true;
    struct json_object_iterator at = json_object_iter_begin(object), end = json_object_iter_end(object);
    buf_add_byte(out, '{');
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at), is_first = false) {
        const char *name = json_object_iter_peek_name(&at);
        print_break(is_first, is_broken, depth, out);
        buf_add_json(out, name, strlen(name));
        buf_add_text(out, ": ");
        print(json_object_iter_peek_value(&at), depth + 1, broken > 0 ? broken - 1 : 0, out);
    }
    if (is_broken)
        buf_printf(out, "\n%*s", (int)(2 * depth), "");
    buf_add_byte(out, '}');
}

static void print_list(struct json_object *list, unsigned depth, unsigned broken, struct buf *out)
{
    size_t n = json_object_array_length(list);
    bool is_broken = broken > 0 && n > 0 && json_object_is_type(json_object_array_get_idx(list, 0), json_type_object);
    buf_add_byte(out, '[');
    for (size_t i = 0; i < n; i++) {
        print_break(i == 0, is_broken, depth, out);
        print(json_object_array_get_idx(list, i), depth + 1, 0, out);
    }
    if (is_broken)
        buf_printf(out, "\n%*s", (int)(2 * depth), "");
    buf_add_byte(out, ']');
}

static void print(struct json_object *value, unsigned depth, unsigned broken, struct buf *out)
{
    if (depth > DEEPEST)
        buf_add_text(out, "null");
    else if (json_object_is_type(value, json_type_object))
        print_object(value, depth, broken, out);
    else if (json_object_is_type(value, json_type_array))
        print_list(value, depth, broken, out);
    else if (json_object_is_type(value, json_type_string))
        buf_add_json(out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
    else
        buf_add_text(out, json_object_to_json_string(value));
}

void constraints_print(const struct lw_constraints *constraints, struct buf *out)
{
    struct tree tree = {json_object_new_object(), false};
    for (size_t i = 0; constraint_row(i) != NULL && tree.root != NULL && !tree.has_failed; i++)
        put_row(&tree, constraints, i);
    out->has_failed = out->has_failed || tree.root == NULL || tree.has_failed;
    if (tree.root != NULL)
        print(tree.root, 0, 2, out);
    buf_add_byte(out, '\n');
    json_object_put(tree.root);
}
