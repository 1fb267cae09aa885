/* The JSON Schema of constraints documents, made from the rows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "generate/constraint_rows.h"
#include "generate/json_tree.h"
#include "learn/identifiers.h"

#define DURATION "^[0-9]+(\\.[0-9]+)?(us|ms|s|m|h|d)$"
#define SELECTOR "^(E[1-9][0-9]*|level:(trace|debug|info|notice|warn|error|fatal)|service:.+|error)$"
#define TEMPLATE "^E[1-9][0-9]*$"

static struct json_object *text(const char *value)
{
    return json_object_new_string(value);
}

static struct json_object *typed(struct json_tree *tree, const char *type)
{
    struct json_object *made = json_object_new_object();
    json_tree_put(tree, made, "type", text(type));
    return made;
}

static struct json_object *matching(struct json_tree *tree, const char *pattern)
{
    struct json_object *made = typed(tree, "string");
    json_tree_put(tree, made, "pattern", text(pattern));
    return made;
}

/* An object with no other members than those that are put into the one returned in *properties. */
static struct json_object *closed(struct json_tree *tree, struct json_object **properties)
{
    struct json_object *made = typed(tree, "object");
    json_tree_put(tree, made, "additionalProperties", json_object_new_boolean(false));
    *properties = json_tree_object(tree, made, "properties");
    return made;
}

static struct json_object *either(struct json_tree *tree, struct json_object *a, struct json_object *b)
{
    struct json_object *made = json_object_new_object(), *list = json_object_new_array();
    json_tree_append(tree, list, a);
    json_tree_append(tree, list, b);
    json_tree_put(tree, made, "anyOf", list);
    return made;
}

static struct json_object *limited(struct json_tree *tree, const struct lw_knob *knob)
{
    struct json_object *made = typed(tree, knob->is_integer ? "integer" : "number");
    json_tree_put(tree, made, "minimum", json_tree_number(knob->min));
    json_tree_put(tree, made, "maximum", json_tree_number(knob->max));
    return made;
}

static struct json_object *duration(struct json_tree *tree, double min, double max)
{
    struct json_object *seconds = typed(tree, "number");
    json_tree_put(tree, seconds, "minimum", json_tree_number(min));
    json_tree_put(tree, seconds, "maximum", json_tree_number(max));
    return either(tree, seconds, matching(tree, DURATION));
}

static struct json_object *list_of(struct json_tree *tree, struct json_object *items, size_t n)
{
    struct json_object *made = typed(tree, "array");
    json_tree_put(tree, made, "items", items);
    if (n > 0) {
        json_tree_put(tree, made, "minItems", json_tree_number((double)n));
        json_tree_put(tree, made, "maxItems", json_tree_number((double)n));
    }
    return made;
}

/* An object whose members have names of a pattern (NULL: any) and are all alike. */
static struct json_object *map_of(struct json_tree *tree, const char *pattern, struct json_object *values)
{
    struct json_object *made = typed(tree, "object");
    if (pattern == NULL) {
        json_tree_put(tree, made, "additionalProperties", values);
        return made;
    }
    json_tree_put(tree, json_tree_object(tree, made, "patternProperties"), pattern, values);
    json_tree_put(tree, made, "additionalProperties", json_object_new_boolean(false));
    return made;
}

static struct json_object *require(struct json_tree *tree, struct json_object *object, const char *const *names)
{
    struct json_object *list = json_object_new_array();
    for (; *names != NULL; names++)
        json_tree_append(tree, list, text(*names));
    json_tree_put(tree, object, "required", list);
    return object;
}

static struct json_object *identifier(struct json_tree *tree)
{
    struct json_object *made = typed(tree, "string"), *list = json_object_new_array();
    for (int kind = IDENTIFIER_NONE + 1; kind < IDENTIFIER_COUNT; kind++)
        json_tree_append(tree, list, text(identifier_name((enum identifier)kind)));
    json_tree_put(tree, made, "enum", list);
    return made;
}

/* ---- rows ---------------------------------------------------------------------------------------------------------
 */

static struct json_object *shares(struct json_tree *tree, const struct constraint_row *row)
{
    static const char *const patterns[SHARE_KIND_COUNT] = {"^(trace|debug|info|notice|warn|error|fatal)$", TEMPLATE,
                                                           NULL, NULL};
    return map_of(tree, patterns[row->kind],
                  either(tree, limited(tree, &row->knob), list_of(tree, limited(tree, &row->knob), 2)));
}

static struct json_object *calls(struct json_tree *tree, const struct constraint_row *row)
{
    static const char *const required[] = {"from", "to", "probability", NULL};
    struct json_object *properties, *call = closed(tree, &properties);
    json_tree_put(tree, properties, "from", typed(tree, "string"));
    json_tree_put(tree, properties, "to", typed(tree, "string"));
    json_tree_put(tree, properties, "probability", limited(tree, &row->knob));
    return list_of(tree, require(tree, call, required), 0);
}

static struct json_object *rules(struct json_tree *tree, const struct constraint_row *row)
{
    static const char *const required[] = {"if", "then", "within", NULL};
    struct json_object *properties, *rule = closed(tree, &properties), *scope = typed(tree, "string");
    json_tree_put(tree, properties, "if", matching(tree, SELECTOR));
    json_tree_put(tree, properties, "then", matching(tree, SELECTOR));
    json_tree_put(tree, properties, "within", list_of(tree, duration(tree, 0, 1e9), 2));
    json_tree_put(tree, properties, "probability", limited(tree, &row->knob));
    json_tree_put(tree, scope, "pattern", text("^(trace|log)$"));
    json_tree_put(tree, properties, "scope", scope);
    return list_of(tree, require(tree, rule, required), 0);
}

/* One way to say what a parameter takes: the member `kind`, and integer where numbers are drawn. */
static struct json_object *value(struct json_tree *tree, const char *kind, struct json_object *its, bool is_number)
{
    const char *const required[] = {kind, NULL};
    struct json_object *properties, *made = closed(tree, &properties);
    json_tree_put(tree, properties, kind, its);
    if (is_number)
        json_tree_put(tree, properties, "integer", typed(tree, "boolean"));
    return require(tree, made, required);
}

/* Its parameters are numbers by name. */
static struct json_object *distribution(struct json_tree *tree)
{
    struct json_object *family = typed(tree, "string"), *list = json_object_new_array(), *made;
    for (int i = LW_DELAY_NONE + 1; i < LW_DELAY_FAMILY_COUNT; i++)
        json_tree_append(tree, list, text(lw_delay_family_name((enum lw_delay_family)i)));
    json_tree_put(tree, family, "enum", list);
    made = value(tree, "distribution", family, true);
    json_tree_put(tree, made, "additionalProperties", typed(tree, "number"));
    return made;
}

static struct json_object *values(struct json_tree *tree)
{
    static const char slot[] = "^E[1-9][0-9]*\\.[1-9][0-9]*$";
    struct json_object *made = json_object_new_object(), *list = json_object_new_array();
    struct json_object *pool = either(tree, typed(tree, "array"), map_of(tree, NULL, typed(tree, "number")));
    json_tree_append(tree, list, value(tree, "pool", pool, false));
    json_tree_append(tree, list, value(tree, "range", list_of(tree, typed(tree, "number"), 2), true));
    json_tree_append(tree, list, distribution(tree));
    json_tree_append(tree, list, value(tree, "same", matching(tree, slot), false));
    json_tree_append(tree, list, value(tree, "fake", identifier(tree), false));
    json_tree_put(tree, made, "anyOf", list);
    return map_of(tree, slot, made);
}

static struct json_object *number_row(struct json_tree *tree, const struct constraint_row *row)
{
    return row->form == PLACE_DURATION ? duration(tree, row->knob.min, row->knob.max) : limited(tree, &row->knob);
}

static struct json_object *row_schema(struct json_tree *tree, size_t index);

static void put_below(struct json_tree *tree, size_t index, struct json_object *properties)
{
    const struct constraint_row *row = constraint_row(index), *inner;
    for (size_t i = 0; (inner = constraint_row(i)) != NULL; i++) {
        const char *name = constraint_below(inner->knob.path, row->knob.path);
        if (name != NULL && strchr(name, '.') == NULL)
            json_tree_put(tree, properties, name, row_schema(tree, i));
    }
}

static struct json_object *numbers(struct json_tree *tree, size_t index)
{
    const struct constraint_row *row = constraint_row(index), *inner, *first = NULL;
    size_t n = 0;
    for (size_t i = 0; (inner = constraint_row(i)) != NULL; i++)
        if (constraint_below(inner->knob.path, row->knob.path) != NULL) {
            first = first == NULL ? inner : first;
            n++;
        }
    return list_of(tree, number_row(tree, first), n);
}

static struct json_object *form_schema(struct json_tree *tree, size_t index)
{
    const struct constraint_row *row = constraint_row(index);
    struct json_object *properties, *made;
    switch (row->form) {
    case PLACE_NUMBER:
    case PLACE_DURATION:
        return number_row(tree, row);
    case PLACE_ANOMALY:
        made = closed(tree, &properties);
        json_tree_put(tree, properties, "rate", limited(tree, &row->knob));
        put_below(tree, index, properties);
        return either(tree, limited(tree, &row->knob), made);
    case PLACE_TIME:
        return either(tree, typed(tree, "string"), typed(tree, "number"));
    case PLACE_TEXT:
        return typed(tree, "string");
    case PLACE_GROUP:
        made = closed(tree, &properties);
        put_below(tree, index, properties);
        return made;
    case PLACE_NUMBERS:
        return numbers(tree, index);
    case PLACE_SHARES:
        return shares(tree, row);
    case PLACE_WEIGHTS:
        return map_of(tree, TEMPLATE, limited(tree, &row->knob));
    case PLACE_TRANSITIONS:
        return map_of(tree, "^.+>(E[1-9][0-9]*|end)$", limited(tree, &row->knob));
    case PLACE_SELECTOR:
        return matching(tree, SELECTOR);
    case PLACE_CALLS:
        return calls(tree, row);
    case PLACE_RULES:
        return rules(tree, row);
    case PLACE_VALUES:
        return values(tree);
    case PLACE_NAMES:
        return list_of(tree, identifier(tree), 0);
    case PLACE_MODEL:
        return typed(tree, "object");
    }
    return NULL;
}

static struct json_object *row_schema(struct json_tree *tree, size_t index)
{
    const struct lw_knob *knob = &constraint_row(index)->knob;
    struct json_object *made = form_schema(tree, index);
    char description[300];
    snprintf(description, sizeof description, "%s%s%s%s", knob->help, *knob->unit == 0 ? "" : " (", knob->unit,
             *knob->unit == 0 ? "" : ")");
    json_tree_put(tree, made, "description", text(description));
    if (constraint_is_number(constraint_row(index)) && !isnan(knob->initial))
        json_tree_put(tree, made, "default", json_tree_number(knob->initial));
    return made;
}

int lw_constraints_schema(char **out, size_t *len, struct lw_error *err)
{
    struct json_tree tree = {json_object_new_object(), false};
    struct json_object *properties;
    struct buf made = BUF_INIT;
    json_tree_put(&tree, tree.root, "$schema", text("https://json-schema.org/draft/2020-12/schema"));
    json_tree_put(&tree, tree.root, "title", text("Constraints of generated logs, see logwright-constraints(5)"));
    json_tree_put(&tree, tree.root, "type", text("object"));
    json_tree_put(&tree, tree.root, "additionalProperties", json_object_new_boolean(false));
    properties = json_tree_object(&tree, tree.root, "properties");
    for (size_t i = 0; constraint_row(i) != NULL; i++)
        if (strchr(constraint_row(i)->knob.path, '.') == NULL)
            json_tree_put(&tree, properties, constraint_row(i)->knob.path, row_schema(&tree, i));
    json_tree_print(&tree, 4, &made);
    json_object_put(tree.root);
    if (buf_status(&made) != 0) {
        buf_release(&made);
        return fail_memory(err, "writing the schema");
    }
    *out = made.data;
    *len = made.len;
    return 0;
}
