/* Writing a constraints document: what differs from an empty one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "generate/blueprint.h"
#include "generate/constraint_rows.h"
#include "generate/json_tree.h"

static struct json_object *pair(struct json_tree *tree, double low, double high)
{
    struct json_object *list = json_object_new_array();
    json_tree_append(tree, list, json_tree_number(low));
    json_tree_append(tree, list, json_tree_number(high));
    return list;
}

/* The text as a string; it is released. */
static struct json_object *string_of(struct json_tree *tree, struct buf *text)
{
    tree->has_failed = tree->has_failed || buf_status(text) != 0;
    struct json_object *made = json_object_new_string(text->data == NULL ? "" : text->data);
    buf_release(text);
    return made;
}

static struct json_object *selector(struct json_tree *tree, const struct selector *of)
{
    struct buf text = BUF_INIT;
    selector_print(of, &text);
    return string_of(tree, &text);
}

static struct json_object *start_of(struct json_tree *tree, int64_t start_us)
{
    struct buf text = BUF_INIT;
    clock_print_utc(start_us, false, &text);
    return string_of(tree, &text);
}

/* ---- what rows hold -----------------------------------------------------------------------------------------------
 */

/* Adds a number at its dotted path: inner names are objects. */
static void put_number(struct json_tree *tree, const char *path, double value)
{
    struct json_object *into = tree->root;
    const char *dot;
    char name[64];
    while ((dot = strchr(path, '.')) != NULL) {
        snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
        into = json_tree_object(tree, into, name);
        path = dot + 1;
    }
    json_tree_put(tree, into, path, json_tree_number(value));
}

/* An anomaly: its rate alone, or what differs of how it goes beside it. */
static void put_anomaly(struct json_tree *tree, const struct lw_constraints *constraints, size_t row)
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
            into = json_tree_object(tree, json_tree_object(tree, tree->root, "anomalies"),
                                    rate->knob.path + strlen("anomalies."));
        json_tree_put(tree, into, name, json_tree_number(value));
    }
    memcpy(&value, (const char *)constraints + rate->offset, sizeof value);
    if (into != NULL)
        json_tree_put(tree, into, "rate", json_tree_number(value));
    else if (value != rate->knob.initial)
        put_number(tree, rate->knob.path, value);
}

static void put_numbers(struct json_tree *tree, const struct lw_constraints *constraints, size_t row)
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
        json_tree_append(tree, list, json_tree_number(value));
    }
    snprintf(outer, sizeof outer, "%.*s", (int)(dot - group->knob.path), group->knob.path);
    json_tree_put(tree, json_tree_object(tree, tree->root, outer), dot + 1, list);
}

static void put_shares(struct json_tree *tree, const struct lw_constraints *constraints,
                       const struct constraint_row *row)
{
    for (size_t i = 0; i < constraints->n_shares; i++) {
        const struct share_target *share = &constraints->shares[i];
        if (share->kind == (enum share_kind)row->kind)
            json_tree_put(tree, json_tree_object(tree, tree->root, row->knob.path), share->name,
                          share->low == share->high ? json_tree_number(share->low)
                                                    : pair(tree, share->low, share->high));
    }
}

static void put_weights(struct json_tree *tree, const char *group, const struct template_weight *weights, size_t n)
{
    char name[16];
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "E%u", weights[i].id);
        json_tree_put(tree, json_tree_object(tree, tree->root, group), name, json_tree_number(weights[i].weight));
    }
}

static void put_transitions(struct json_tree *tree, const struct lw_constraints *constraints)
{
    for (size_t i = 0; i < constraints->n_transition_weights; i++) {
        const struct transition_weight *weight = &constraints->transition_weights[i];
        struct buf name = BUF_INIT;
        buf_printf(&name, weight->template_id == LW_TEMPLATE_UNKNOWN ? "%s>end" : "%s>E%u", weight->from,
                   weight->template_id);
        tree->has_failed = tree->has_failed || buf_status(&name) != 0;
        if (!tree->has_failed)
            json_tree_put(tree, json_tree_object(tree, tree->root, "transition_weights"), name.data,
                          json_tree_number(weight->weight));
        buf_release(&name);
    }
}

static struct json_object *list_at(struct json_tree *tree, const char *name)
{
    struct json_object *list = json_object_new_array();
    json_tree_put(tree, tree->root, name, list);
    return tree->has_failed ? NULL : list;
}

static void put_calls(struct json_tree *tree, const struct lw_constraints *constraints)
{
    struct json_object *list = constraints->n_calls > 0 ? list_at(tree, "calls") : NULL;
    for (size_t i = 0; i < constraints->n_calls && list != NULL; i++) {
        struct json_object *call = json_object_new_object();
        json_tree_put(tree, call, "from", json_object_new_string(constraints->calls[i].from));
        json_tree_put(tree, call, "to", json_object_new_string(constraints->calls[i].to));
        json_tree_put(tree, call, "probability", json_tree_number(constraints->calls[i].probability));
        json_tree_append(tree, list, call);
    }
}

static void put_rules(struct json_tree *tree, const struct lw_constraints *constraints)
{
    struct json_object *list = constraints->n_rules > 0 ? list_at(tree, "rules") : NULL;
    for (size_t i = 0; i < constraints->n_rules && list != NULL; i++) {
        const struct causal_rule *rule = &constraints->rules[i];
        struct json_object *object = json_object_new_object();
        json_tree_put(tree, object, "if", selector(tree, &rule->cause));
        json_tree_put(tree, object, "then", selector(tree, &rule->effect));
        json_tree_put(tree, object, "within", pair(tree, rule->min_s, rule->max_s));
        json_tree_put(tree, object, "probability", json_tree_number(rule->probability));
        json_tree_put(tree, object, "scope", json_object_new_string(rule->is_across ? "log" : "trace"));
        json_tree_append(tree, list, object);
    }
}

static void put_names(struct json_tree *tree, const struct lw_constraints *constraints)
{
    if (constraints->n_allowed == 0)
        return;
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < constraints->n_allowed; i++)
        json_tree_append(tree, list, json_object_new_string(constraints->allowed[i]));
    json_tree_put(tree, json_tree_object(tree, tree->root, "privacy"), "allow", list);
}

static struct json_object *pool_of(struct json_tree *tree, const struct value_rule *rule)
{
    bool is_even = true;
    for (size_t i = 0; i < rule->n_pool; i++)
        is_even = is_even && rule->pool[i].weight == 1;
    struct json_object *pool = is_even ? json_object_new_array() : json_object_new_object();
    for (size_t i = 0; i < rule->n_pool; i++)
        if (is_even)
            json_tree_append(tree, pool, json_object_new_string(rule->pool[i].text));
        else
            json_tree_put(tree, pool, rule->pool[i].text, json_tree_number(rule->pool[i].weight));
    return pool;
}

static void put_distribution(struct json_tree *tree, struct json_object *into, const struct value_rule *rule)
{
    char parameter[CONSTRAINT_PARAMETER];
    json_tree_put(tree, into, "distribution", json_object_new_string(lw_delay_family_name(rule->family)));
    for (size_t i = 0; i < LW_DELAY_PARAMETERS; i++) {
        constraint_family_parameter(rule->family, i, parameter);
        if (parameter[0] != 0)
            json_tree_put(tree, into, parameter, json_tree_number(rule->numbers[i]));
    }
    if (!isnan(rule->low))
        json_tree_put(tree, into, "low", json_tree_number(rule->low));
    if (!isnan(rule->high))
        json_tree_put(tree, into, "high", json_tree_number(rule->high));
}

static void put_value(struct json_tree *tree, const struct value_rule *rule)
{
    struct json_object *into = json_object_new_object();
    char name[40];
    switch (rule->kind) {
    case VALUE_POOL:
        json_tree_put(tree, into, "pool", pool_of(tree, rule));
        break;
    case VALUE_RANGE:
        json_tree_put(tree, into, "range", pair(tree, rule->low, rule->high));
        break;
    case VALUE_DISTRIBUTION:
        put_distribution(tree, into, rule);
        break;
    case VALUE_SAME:
        snprintf(name, sizeof name, "E%u.%u", rule->other_template, rule->other_slot + 1);
        json_tree_put(tree, into, "same", json_object_new_string(name));
        break;
    case VALUE_FAKE:
        json_tree_put(tree, into, "fake", json_object_new_string(rule->fake));
        break;
    }
    if (rule->is_integer)
        json_tree_put(tree, into, "integer", json_object_new_boolean(true));
    snprintf(name, sizeof name, "E%u.%u", rule->template_id, rule->slot + 1);
    json_tree_put(tree, json_tree_object(tree, tree->root, "parameters"), name, into);
}

static void put_text(struct json_tree *tree, const struct lw_constraints *constraints, const struct constraint_row *row)
{
    const char *text, *dot = strchr(row->knob.path, '.');
    char outer[64];
    memcpy(&text, (const char *)constraints + row->offset, sizeof text);
    if (text == NULL)
        return;
    snprintf(outer, sizeof outer, "%.*s", dot == NULL ? 0 : (int)(dot - row->knob.path), row->knob.path);
    json_tree_put(tree, dot == NULL ? tree->root : json_tree_object(tree, tree->root, outer),
                  dot == NULL ? row->knob.path : dot + 1, json_object_new_string(text));
}

/* A number is written where it differs from what it is if left out; the seed always is, since results hang on it. */
static void put_plain(struct json_tree *tree, const struct lw_constraints *constraints,
                      const struct constraint_row *row)
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

static void put_row(struct json_tree *tree, const struct lw_constraints *constraints, size_t index)
{
    const struct constraint_row *row = constraint_row(index);
    switch (row->form) {
    case PLACE_NUMBER:
    case PLACE_DURATION:
        put_plain(tree, constraints, row);
        break;
    case PLACE_ANOMALY:
        put_anomaly(tree, constraints, index);
        break;
    case PLACE_TIME:
        if (constraints->start_us != LW_NO_TIME)
            json_tree_put(tree, tree->root, row->knob.path, start_of(tree, constraints->start_us));
        break;
    case PLACE_TEXT:
        put_text(tree, constraints, row);
        break;
    case PLACE_NUMBERS:
        put_numbers(tree, constraints, index);
        break;
    case PLACE_SHARES:
        put_shares(tree, constraints, row);
        break;
    case PLACE_WEIGHTS:
        if (row->offset == offsetof(struct lw_constraints, weights))
            put_weights(tree, row->knob.path, constraints->weights, constraints->n_weights);
        else
            put_weights(tree, row->knob.path, constraints->delay_factors, constraints->n_delay_factors);
        break;
    case PLACE_TRANSITIONS:
        put_transitions(tree, constraints);
        break;
    case PLACE_SELECTOR:
        if (constraints->recovery_after.kind != SELECTOR_NONE)
            json_tree_put(tree, json_tree_object(tree, tree->root, "recovery"), "after",
                          selector(tree, &constraints->recovery_after));
        break;
    case PLACE_CALLS:
        put_calls(tree, constraints);
        break;
    case PLACE_RULES:
        put_rules(tree, constraints);
        break;
    case PLACE_VALUES:
        for (size_t i = 0; i < constraints->n_values; i++)
            put_value(tree, &constraints->values[i]);
        break;
    case PLACE_NAMES:
        put_names(tree, constraints);
        break;
    case PLACE_GROUP:
    case PLACE_MODEL:
        break;
    }
}

void constraints_print(const struct lw_constraints *constraints, struct buf *out)
{
    struct json_tree tree = {json_object_new_object(), false};
    for (size_t i = 0; constraint_row(i) != NULL && tree.root != NULL && !tree.has_failed; i++)
        put_row(&tree, constraints, i);
    json_tree_print(&tree, 2, out);
    json_object_put(tree.root);
}

void constraints_print_with_model(const struct lw_constraints *constraints, struct buf *out)
{
    constraints_print(constraints, out);
    if (constraints->model == NULL || out->has_failed)
        return;
    /* The seed is always there, so the document ends in a member, a newline, a brace and a newline. */
    out->len -= strlen("\n}\n");
    buf_add_text(out, ",\n  \"model\": ");
    blueprint_print_json(document_model_blueprint(constraints->model), out);
    buf_add_text(out, "\n}\n");
}
