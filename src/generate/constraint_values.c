/* What parameters take instead of what was seen: reading, and finding by name. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/constraint_read.h"

static const struct lw_knob any_number = {"", "", "", -1e300, 1e300, 0, 1, false};
static const struct lw_knob odds = {"", "", "odds", 0, 1e300, 1, 1, false};

#define EXAMPLE                                                                                                        \
    "one of {\"pool\": [...]}, {\"range\": [0, 9]}, {\"distribution\": \"log-normal\", \"median\": 3, \"sigma\": 1}, " \
    "{\"same\": \"E3.1\"}, {\"fake\": \"ip\"}"

/* ---- pools --------------------------------------------------------------------------------------------------------
 */

static int add_value(struct reading *reading, struct value_rule *rule, const char *text, double weight)
{
    char *copy = alloc_text(text, strlen(text));
    if (copy == NULL)
        return reading_memory(reading);
    rule->pool[rule->n_pool++] = (struct weighted_value){copy, weight};
    return 0;
}

/* It would end the record in the midst of a value. */
static bool has_line_break(const char *text)
{
    return strpbrk(text, "\r\n") != NULL;
}

static int read_list(struct reading *reading, const char *path, struct json_object *list, struct value_rule *rule)
{
    int rc = 0;
    for (size_t i = 0; i < json_object_array_length(list) && rc == 0; i++) {
        struct json_object *text = json_object_array_get_idx(list, i);
        if (!json_object_is_type(text, json_type_string) && !json_object_is_type(text, json_type_int) &&
            !json_object_is_type(text, json_type_double))
            return reading_wrong(reading, path, text, "a text or a number");
        if (has_line_break(json_object_get_string(text)))
            return reading_wrong(reading, path, text, "a text without line breaks");
        rc = add_value(reading, rule, json_object_get_string(text), 1);
    }
    return rc;
}

static int read_odds(struct reading *reading, const char *path, struct json_object *object, struct value_rule *rule)
{
    struct json_object_iterator at = json_object_iter_begin(object), end = json_object_iter_end(object);
    int rc = 0;
    for (; rc == 0 && !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        double weight = 0;
        if (has_line_break(json_object_iter_peek_name(&at)))
            return reading_wrong(reading, path, object, "texts without line breaks");
        rc = reading_number(reading, path, json_object_iter_peek_value(&at), &odds, false, &weight);
        if (rc == 0)
            rc = add_value(reading, rule, json_object_iter_peek_name(&at), weight);
    }
    return rc;
}

/* ["a", "b"], or {"a": 3, "b": 1} by odds. */
static int read_pool(struct reading *reading, const char *path, struct json_object *pool, struct value_rule *rule)
{
    bool is_list = json_object_is_type(pool, json_type_array);
    double sum = 0;
    if (!is_list && !json_object_is_type(pool, json_type_object))
        return reading_wrong(reading, path, pool, "a list of texts, or an object of texts and their odds,");
    size_t n = is_list ? json_object_array_length(pool) : (size_t)json_object_object_length(pool);
    rule->kind = VALUE_POOL;
    rule->pool = alloc_zeroed(n, sizeof *rule->pool);
    if (rule->pool == NULL)
        return reading_memory(reading);
    int rc = is_list ? read_list(reading, path, pool, rule) : read_odds(reading, path, pool, rule);
    for (size_t i = 0; i < rule->n_pool; i++)
        sum += rule->pool[i].weight;
    if (rc == 0 && !(sum > 0))
        rc = reading_fail(reading, LW_ERR_INPUT, path, "no value with odds above 0, so that none could be taken");
    return rc;
}

/* ---- distributions ------------------------------------------------------------------------------------------------
 */

static bool find_family(const char *name, enum lw_delay_family *out)
{
    for (int family = LW_DELAY_NONE + 1; family < LW_DELAY_FAMILY_COUNT; family++)
        if (strcmp(name, lw_delay_family_name((enum lw_delay_family)family)) == 0) {
            *out = (enum lw_delay_family)family;
            return true;
        }
    return false;
}

static int read_distribution(struct reading *reading, const char *path, struct json_object *object,
                             struct json_object *name, struct value_rule *rule)
{
    char inner[PATH_SIZE], parameter[CONSTRAINT_PARAMETER];
    struct json_object *value;
    rule->kind = VALUE_DISTRIBUTION;
    if (!json_object_is_type(name, json_type_string) || !find_family(json_object_get_string(name), &rule->family))
        return reading_fail(
            reading, LW_ERR_INPUT, path,
            "constant, uniform, exponential, gamma, weibull, log-normal or points is right as distribution");
    for (size_t i = 0; i < LW_DELAY_PARAMETERS; i++) {
        constraint_family_parameter(rule->family, i, parameter);
        if (parameter[0] == 0)
            break;
        reading_join(inner, path, parameter);
        if (json_object_object_get_ex(object, parameter, &value)) {
            int rc = reading_number(reading, inner, value, &any_number, false, &rule->numbers[i]);
            if (rc != 0)
                return rc;
        } else if (rule->family != LW_DELAY_POINTS || i < 2) {
            return reading_fail(reading, LW_ERR_INPUT, inner, "is missing: the distribution has this parameter");
        }
    }
    return 0;
}

static int read_ends(struct reading *reading, const char *path, struct json_object *object, struct value_rule *rule)
{
    static const char *const names[] = {"low", "high"};
    char inner[PATH_SIZE];
    struct json_object *value;
    int rc = 0;
    for (size_t i = 0; i < 2 && rc == 0; i++) {
        reading_join(inner, path, names[i]);
        if (json_object_object_get_ex(object, names[i], &value))
            rc = reading_number(reading, inner, value, &any_number, false, i == 0 ? &rule->low : &rule->high);
    }
    return rc;
}

/* ---- one parameter ------------------------------------------------------------------------------------------------
 */

/* Members besides the one that says what kind of rule it is. */
static bool is_member(const struct value_rule *rule, const char *name)
{
    bool is_number = rule->kind == VALUE_RANGE || rule->kind == VALUE_DISTRIBUTION;
    if (is_number && strcmp(name, "integer") == 0)
        return true;
    if (rule->kind == VALUE_DISTRIBUTION && (strcmp(name, "low") == 0 || strcmp(name, "high") == 0))
        return true;
    for (size_t i = 0; i < LW_DELAY_PARAMETERS && rule->kind == VALUE_DISTRIBUTION; i++) {
        char parameter[CONSTRAINT_PARAMETER];
        constraint_family_parameter(rule->family, i, parameter);
        if (parameter[0] != 0 && strcmp(parameter, name) == 0)
            return true;
    }
    return false;
}

static int check_members(struct reading *reading, const char *path, struct json_object *object, const char *kind,
                         const struct value_rule *rule)
{
    char text[300];
    struct json_object_iterator at = json_object_iter_begin(object), end = json_object_iter_end(object);
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        const char *name = json_object_iter_peek_name(&at);
        if (strcmp(name, kind) == 0 || is_member(rule, name))
            continue;
        snprintf(text, sizeof text, "\"%.60s\" does not go with \"%s\"; " EXAMPLE " is right", name, kind);
        return reading_fail(reading, LW_ERR_INPUT, path, text);
    }
    return 0;
}

static int read_kind(struct reading *reading, const char *path, struct json_object *object, const char *kind,
                     struct json_object *value, struct value_rule *rule)
{
    struct json_object *integer;
    char *text = NULL;
    int rc = 0;
    if (strcmp(kind, "pool") == 0) {
        rc = read_pool(reading, path, value, rule);
    } else if (strcmp(kind, "range") == 0) {
        rule->kind = VALUE_RANGE;
        rc = reading_pair(reading, path, value, &any_number, false, &rule->low, &rule->high);
    } else if (strcmp(kind, "distribution") == 0) {
        rc = read_distribution(reading, path, object, value, rule);
        if (rc == 0)
            rc = read_ends(reading, path, object, rule);
    } else if (strcmp(kind, "fake") == 0) {
        rule->kind = VALUE_FAKE;
        rc = reading_identifier(reading, path, value, &rule->fake);
    } else {
        rule->kind = VALUE_SAME;
        rc = reading_text(reading, path, value, "a parameter such as \"E3.1\"", &text);
        if (rc == 0 && !constraint_slot(text, &rule->other_template, &rule->other_slot))
            rc = reading_fail(reading, LW_ERR_INPUT, path, "a parameter such as \"E3.1\" is right for \"same\"");
        free(text);
    }
    if (rc == 0)
        rc = check_members(reading, path, object, kind, rule);
    if (rc == 0 && json_object_object_get_ex(object, "integer", &integer)) {
        if (!json_object_is_type(integer, json_type_boolean))
            return reading_wrong(reading, path, integer, "true or false for \"integer\"");
        rule->is_integer = json_object_get_boolean(integer);
    }
    return rc;
}

static int read_value(struct reading *reading, const char *path, const char *name, struct json_object *object)
{
    static const char *const kinds[] = {"pool", "range", "distribution", "same", "fake"};
    struct lw_constraints *c = reading->constraints;
    struct value_rule made = {.low = NAN, .high = NAN};
    struct json_object *value;
    if (!constraint_slot(name, &made.template_id, &made.slot))
        return reading_fail(reading, LW_ERR_INPUT, path,
                            "names no parameter; \"E12.1\" is right, the first of template E12");
    if (!json_object_is_type(object, json_type_object))
        return reading_wrong(reading, path, object, EXAMPLE);
    if (alloc_grow(&c->values, &c->cap_values, c->n_values + 1, sizeof *c->values) != 0)
        return reading_memory(reading);
    struct value_rule *rule = &c->values[c->n_values++];
    *rule = made;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (json_object_object_get_ex(object, kinds[i], &value))
            return read_kind(reading, path, object, kinds[i], value, rule);
    return reading_fail(reading, LW_ERR_INPUT, path, EXAMPLE " is right");
}

int read_values(struct reading *reading, const struct constraint_row *row, struct json_object *object)
{
    char path[PATH_SIZE];
    int rc = 0;
    if (!json_object_is_type(object, json_type_object))
        return reading_wrong(reading, row->knob.path, object, "an object such as {\"E1.1\": {\"range\": [0, 9]}}");
    struct json_object_iterator at = json_object_iter_begin(object), end = json_object_iter_end(object);
    for (; rc == 0 && !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        reading_join(path, row->knob.path, json_object_iter_peek_name(&at));
        rc = read_value(reading, path, json_object_iter_peek_name(&at), json_object_iter_peek_value(&at));
    }
    return rc;
}
