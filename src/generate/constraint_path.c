/* Numbers by dotted path: rows as they stand, and members of the groups by name or position. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/constraint_rows.h"

#define START_MIN_S -29978380800.0 /* times that are written with four digits of a year */
#define START_MAX_S 99999999999.0

/* ---- names of members -------------------------------------------------------------------------------------------- */

enum lw_level constraint_level_named(const char *name)
{
    for (int i = LW_LEVEL_NONE + 1; i < LW_LEVEL_COUNT; i++)
        if (strcmp(name, lw_level_name((enum lw_level)i)) == 0)
            return (enum lw_level)i;
    return LW_LEVEL_NONE;
}

/* A number of digits without a leading 0, up to the end or a point; 0 if there is none. */
static uint32_t read_id(const char *text, const char **end)
{
    uint64_t id = 0;
    *end = text;
    if (*text < '1' || *text > '9')
        return 0;
    for (; **end >= '0' && **end <= '9'; ++*end) {
        id = id * 10 + (uint64_t)(**end - '0');
        if (id > UINT32_MAX)
            return 0;
    }
    return (uint32_t)id;
}

uint32_t constraint_template_id(const char *name)
{
    const char *end;
    uint32_t id = name[0] == 'E' ? read_id(name + 1, &end) : 0;
    return id != 0 && *end == 0 ? id : 0;
}

bool constraint_slot(const char *name, uint32_t *template_id, uint32_t *slot)
{
    const char *end;
    uint32_t id = name[0] == 'E' ? read_id(name + 1, &end) : 0, number;
    if (id == 0 || *end != '.' || (number = read_id(end + 1, &end)) == 0 || *end != 0)
        return false;
    *template_id = id;
    *slot = number - 1;
    return true;
}

const char *constraint_transition_target(const char *name)
{
    const char *mark = strrchr(name, '>');
    if (mark == NULL || mark == name || (strcmp(mark + 1, "end") != 0 && constraint_template_id(mark + 1) == 0))
        return NULL;
    return mark + 1;
}

/* ---- members of lists -------------------------------------------------------------------------------------------- */

static struct share_target *share_find(const struct lw_constraints *constraints, enum share_kind kind, const char *name)
{
    for (size_t i = 0; i < constraints->n_shares; i++)
        if (constraints->shares[i].kind == kind && strcmp(constraints->shares[i].name, name) == 0)
            return &constraints->shares[i];
    return NULL;
}

int constraint_share(struct lw_constraints *constraints, enum share_kind kind, const char *name,
                     struct share_target **out)
{
    *out = share_find(constraints, kind, name);
    if (*out != NULL)
        return 0;
    char *copy = alloc_text(name, strlen(name));
    if (copy == NULL || alloc_grow(&constraints->shares, &constraints->cap_shares, constraints->n_shares + 1,
                                   sizeof *constraints->shares) != 0) {
        free(copy);
        return LW_ERR_MEMORY;
    }
    size_t at = constraints->n_shares++;
    for (; at > 0; at--) {
        const struct share_target *before = &constraints->shares[at - 1];
        if (before->kind < kind || (before->kind == kind && strcmp(before->name, name) < 0))
            break;
        constraints->shares[at] = *before;
    }
    *out = &constraints->shares[at];
    **out = (struct share_target){kind, LW_LEVEL_NONE, 0, copy, 0, 1};
    if (kind == SHARE_LEVEL)
        (*out)->level = constraint_level_named(name);
    if (kind == SHARE_TEMPLATE || kind == SHARE_ERROR_TYPE)
        (*out)->template_id = constraint_template_id(name);
    return 0;
}

static void share_remove(struct lw_constraints *constraints, struct share_target *share)
{
    size_t at = (size_t)(share - constraints->shares);
    free(share->name);
    memmove(share, share + 1, (--constraints->n_shares - at) * sizeof *share);
}

int constraint_weight(struct template_weight **list, size_t *n, size_t *cap, uint32_t id, struct template_weight **out)
{
    size_t at = 0;
    while (at < *n && (*list)[at].id < id)
        at++;
    if (at == *n || (*list)[at].id != id) {
        if (alloc_grow(list, cap, *n + 1, sizeof **list) != 0)
            return LW_ERR_MEMORY;
        memmove(&(*list)[at + 1], &(*list)[at], (*n - at) * sizeof **list);
        (*list)[at] = (struct template_weight){id, 1};
        ++*n;
    }
    *out = &(*list)[at];
    return 0;
}

static struct template_weight *weight_find(struct template_weight *list, size_t n, uint32_t id)
{
    for (size_t i = 0; i < n && list[i].id <= id; i++)
        if (list[i].id == id)
            return &list[i];
    return NULL;
}

double constraints_weight(const struct lw_constraints *constraints, uint32_t template_id)
{
    const struct template_weight *weight = weight_find(constraints->weights, constraints->n_weights, template_id);
    return weight == NULL ? 1 : weight->weight;
}

double constraints_delay_factor(const struct lw_constraints *constraints, uint32_t template_id)
{
    const struct template_weight *factor =
        weight_find(constraints->delay_factors, constraints->n_delay_factors, template_id);
    return factor == NULL ? 1 : factor->weight;
}

double constraints_stretch(const struct lw_constraints *constraints, uint32_t template_id)
{
    return fmax(1, constraints->delay_factor * constraints_delay_factor(constraints, template_id));
}

static bool is_transition(const struct transition_weight *weight, const char *name, const char *target)
{
    size_t len = (size_t)(target - 1 - name);
    return strlen(weight->from) == len && memcmp(weight->from, name, len) == 0 &&
           weight->template_id == constraint_template_id(target);
}

/* NULL where the name is no transition's, or there is none of it. */
static struct transition_weight *transition_find(const struct lw_constraints *constraints, const char *name)
{
    const char *target = constraint_transition_target(name);
    for (size_t i = 0; i < constraints->n_transition_weights && target != NULL; i++)
        if (is_transition(&constraints->transition_weights[i], name, target))
            return &constraints->transition_weights[i];
    return NULL;
}

int constraint_transition(struct lw_constraints *constraints, const char *name, struct transition_weight **out)
{
    const char *target = constraint_transition_target(name);
    *out = transition_find(constraints, name);
    if (*out != NULL)
        return 0;
    char *from = alloc_text(name, (size_t)(target - 1 - name));
    if (from == NULL || alloc_grow(&constraints->transition_weights, &constraints->cap_transition_weights,
                                   constraints->n_transition_weights + 1, sizeof **out) != 0) {
        free(from);
        return LW_ERR_MEMORY;
    }
    *out = &constraints->transition_weights[constraints->n_transition_weights++];
    **out = (struct transition_weight){from, constraint_template_id(target), 1};
    return 0;
}

const struct share_target *constraints_level(const struct lw_constraints *constraints, enum lw_level level)
{
    return share_find(constraints, SHARE_LEVEL, lw_level_name(level));
}

void constraint_family_parameter(enum lw_delay_family family, size_t index, char out[CONSTRAINT_PARAMETER])
{
    const char *name = lw_delay_parameter_name(family, index);
    size_t len = name == NULL ? 0 : strlen(name);
    if (len > 2 && strcmp(name + len - 2, "_s") == 0)
        len -= 2;
    snprintf(out, CONSTRAINT_PARAMETER, "%.*s", (int)len, len == 0 ? "" : name);
}

/* ---- numbers by path --------------------------------------------------------------------------------------------- */

static int no_such(const char *path, struct lw_error *err)
{
    return fail(err, LW_ERR_USAGE, "%s: there is no such constraint; did you mean %s?", path, constraint_nearest(path));
}

static int not_set(const char *path, struct lw_error *err)
{
    return fail(err, LW_ERR_NOT_FOUND, "%s is not set: it comes out as in the log that was learned from", path);
}

/* Position that a path such as "3.probability" begins with; *rest is behind the point. */
static bool read_position(const char *text, size_t n, size_t *at, const char **rest)
{
    char *end;
    if (*text < '0' || *text > '9' || (*text == '0' && text[1] != '.'))
        return false;
    unsigned long long number = strtoull(text, &end, 10);
    if (*end != '.' || number >= n)
        return false;
    *at = (size_t)number;
    *rest = end + 1;
    return true;
}

/* "error" and, for one end of its range, "error.low". A service may be called so; then the whole name is meant. */
static int find_share(struct lw_constraints *constraints, const struct constraint_row *row, const char *path,
                      const char *name, bool is_making, struct constraint_number *out, struct lw_error *err)
{
    enum share_kind kind = (enum share_kind)row->kind;
    struct share_target *share = share_find(constraints, kind, name);
    size_t len = strlen(name);
    bool is_low = len > 4 && strcmp(name + len - 4, ".low") == 0;
    bool is_high = len > 5 && strcmp(name + len - 5, ".high") == 0;
    char *base = NULL;
    int rc = 0;
    *out = (struct constraint_number){NULL, NULL, &row->knob, false};
    if (share == NULL && (is_low || is_high)) {
        base = alloc_text(name, len - (is_low ? 4 : 5));
        if (base == NULL)
            return fail_memory(err, "setting a constraint");
        name = base;
        share = share_find(constraints, kind, name);
    } else {
        is_low = is_high = false;
    }
    if (*name == 0 || (kind == SHARE_LEVEL && constraint_level_named(name) == LW_LEVEL_NONE) ||
        (kind == SHARE_TEMPLATE && constraint_template_id(name) == 0))
        rc = no_such(path, err);
    else if (share == NULL && !is_making)
        rc = not_set(path, err);
    else if (share == NULL && constraint_share(constraints, kind, name, &share) != 0)
        rc = fail_memory(err, "setting a constraint");
    if (rc == 0) {
        out->value = is_high ? &share->high : &share->low;
        out->twin = is_low || is_high ? NULL : &share->high;
    }
    free(base);
    return rc;
}

static int find_weight(struct lw_constraints *constraints, const struct constraint_row *row, const char *path,
                       const char *name, bool is_making, struct constraint_number *out, struct lw_error *err)
{
    bool is_weight = row->offset == offsetof(struct lw_constraints, weights);
    struct template_weight **list = is_weight ? &constraints->weights : &constraints->delay_factors;
    size_t *n = is_weight ? &constraints->n_weights : &constraints->n_delay_factors;
    size_t *cap = is_weight ? &constraints->cap_weights : &constraints->cap_delay_factors;
    uint32_t id = constraint_template_id(name);
    if (id == 0)
        return no_such(path, err);
    struct template_weight *weight = weight_find(*list, *n, id);
    *out = (struct constraint_number){NULL, NULL, &row->knob, false};
    if (weight == NULL && !is_making)
        return not_set(path, err);
    if (weight == NULL && constraint_weight(list, n, cap, id, &weight) != 0)
        return fail_memory(err, "setting a constraint");
    out->value = &weight->weight;
    return 0;
}

static int find_transition(struct lw_constraints *constraints, const struct constraint_row *row, const char *path,
                           const char *name, bool is_making, struct constraint_number *out, struct lw_error *err)
{
    if (constraint_transition_target(name) == NULL)
        return no_such(path, err);
    struct transition_weight *weight = transition_find(constraints, name);
    *out = (struct constraint_number){NULL, NULL, &row->knob, false};
    if (weight == NULL && !is_making)
        return not_set(path, err);
    if (weight == NULL && constraint_transition(constraints, name, &weight) != 0)
        return fail_memory(err, "setting a constraint");
    out->value = &weight->weight;
    return 0;
}

static int find_in_list(struct lw_constraints *constraints, const struct constraint_row *row, const char *path,
                        const char *name, struct constraint_number *out, struct lw_error *err)
{
    static const struct lw_knob lag = {"within", "time between cause and effect", "s", 0, 1e9, 0, 1, false};
    const char *member;
    size_t at;
    bool is_call = row->form == PLACE_CALLS;
    if (!read_position(name, is_call ? constraints->n_calls : constraints->n_rules, &at, &member))
        return no_such(path, err);
    *out = (struct constraint_number){NULL, NULL, &row->knob, false};
    if (strcmp(member, "probability") == 0) {
        out->value = is_call ? &constraints->calls[at].probability : &constraints->rules[at].probability;
    } else if (!is_call && (strcmp(member, "within.0") == 0 || strcmp(member, "within.1") == 0)) {
        out->value = member[7] == '0' ? &constraints->rules[at].min_s : &constraints->rules[at].max_s;
        out->limits = &lag;
        out->is_duration = true;
    }
    return out->value != NULL ? 0 : no_such(path, err);
}

static int find_value(struct lw_constraints *constraints, const char *path, const char *name,
                      struct constraint_number *out, struct lw_error *err)
{
    static const struct lw_knob any = {"", "", "", -1e300, 1e300, NAN, 1, false};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; i < constraints->n_values && dot != NULL; i++) {
        struct value_rule *rule = &constraints->values[i];
        char slot[32];
        snprintf(slot, sizeof slot, "E%u.%u", rule->template_id, rule->slot + 1);
        if (strlen(slot) != (size_t)(dot - name) || memcmp(slot, name, strlen(slot)) != 0)
            continue;
        *out = (struct constraint_number){NULL, NULL, &any, false};
        if (rule->kind == VALUE_RANGE || rule->kind == VALUE_DISTRIBUTION)
            out->value = strcmp(dot, ".low") == 0 ? &rule->low : strcmp(dot, ".high") == 0 ? &rule->high : NULL;
        for (size_t k = 0; k < LW_DELAY_PARAMETERS && rule->kind == VALUE_DISTRIBUTION; k++) {
            char parameter[CONSTRAINT_PARAMETER];
            constraint_family_parameter(rule->family, k, parameter);
            if (parameter[0] != 0 && strcmp(dot + 1, parameter) == 0)
                out->value = &rule->numbers[k];
        }
        if (out->value != NULL)
            return 0;
    }
    return no_such(path, err);
}

static double *row_value(struct lw_constraints *constraints, const struct constraint_row *row)
{
    return (double *)(void *)((char *)constraints + row->offset);
}

/* The row of a number, also under its longer name "anomalies.delay.rate". */
static const struct constraint_row *number_row(const char *path)
{
    const struct constraint_row *row = constraint_row_at(path);
    size_t len = strlen(path);
    if (row == NULL && len > 5 && len < 64 && strcmp(path + len - 5, ".rate") == 0) {
        char anomaly[64];
        memcpy(anomaly, path, len - 5);
        anomaly[len - 5] = 0;
        row = constraint_row_at(anomaly);
        return row != NULL && row->form == PLACE_ANOMALY ? row : NULL;
    }
    return row != NULL && constraint_is_number(row) ? row : NULL;
}

int constraint_number_find(struct lw_constraints *constraints, const char *path, bool is_making,
                           struct constraint_number *out, struct lw_error *err)
{
    const struct constraint_row *row = number_row(path);
    if (row != NULL) {
        *out = (struct constraint_number){row_value(constraints, row), NULL, &row->knob, row->form == PLACE_DURATION};
        return !is_making && isnan(*out->value) ? not_set(path, err) : 0;
    }
    for (size_t i = 0; (row = constraint_row(i)) != NULL; i++) {
        const char *name = constraint_below(path, row->knob.path);
        if (name == NULL)
            continue;
        if (row->form == PLACE_SHARES)
            return find_share(constraints, row, path, name, is_making, out, err);
        if (row->form == PLACE_WEIGHTS)
            return find_weight(constraints, row, path, name, is_making, out, err);
        if (row->form == PLACE_TRANSITIONS)
            return find_transition(constraints, row, path, name, is_making, out, err);
        if (row->form == PLACE_CALLS || row->form == PLACE_RULES)
            return find_in_list(constraints, row, path, name, out, err);
        if (row->form == PLACE_VALUES)
            return find_value(constraints, path, name, out, err);
    }
    return no_such(path, err);
}

/* ---- the public face --------------------------------------------------------------------------------------------- */

static int set_start(struct lw_constraints *constraints, double value, struct lw_error *err)
{
    if (isnan(value)) {
        constraints->start_us = LW_NO_TIME;
        return 0;
    }
    if (!(value >= START_MIN_S && value <= START_MAX_S))
        return fail(err, LW_ERR_USAGE, "start: %g is no time of the years 1020 to 5138, in seconds since 1970", value);
    constraints->start_us = llround(value * 1e6);
    return 0;
}

/* One size is asked for: the one that was said last; without any, the usual number of traces. */
static void settle_size(struct lw_constraints *constraints, const double *set)
{
    double *sizes[] = {&constraints->traces, &constraints->records, &constraints->duration_s};
    bool is_size = false, is_said = false;
    for (size_t i = 0; i < 3; i++)
        is_size = is_size || sizes[i] == set;
    for (size_t i = 0; i < 3 && is_size; i++) {
        if (sizes[i] != set && !isnan(*set))
            *sizes[i] = NAN;
        is_said = is_said || !isnan(*sizes[i]);
    }
    if (is_size && !is_said)
        constraints->traces = constraint_row_at("traces")->knob.initial;
}

/* What goes with a number that was set: hours have odds all of them or none, and so with the two ends of a range. */
static void settle(struct lw_constraints *constraints, const double *set)
{
    settle_size(constraints, set);
    if (set >= constraints->profile && set < constraints->profile + ARRIVAL_HOURS)
        for (size_t i = 0; i < ARRIVAL_HOURS; i++)
            constraints->profile[i] = isnan(*set) ? NAN : isnan(constraints->profile[i]) ? 1 : constraints->profile[i];
    double *ends[] = {&constraints->recovery_min_s, &constraints->recovery_max_s};
    if (set != ends[0] && set != ends[1])
        return;
    for (size_t i = 0; i < 2; i++)
        if (set == ends[i] && (isnan(*set) || isnan(*ends[1 - i])))
            *ends[1 - i] = *set;
    if (isnan(*set))
        selector_release(&constraints->recovery_after);
    else if (constraints->recovery_after.kind == SELECTOR_NONE)
        constraints->recovery_after.kind = SELECTOR_ERROR;
}

/* Takes back what was said: a share or weight goes away, a number becomes what it was. */
static int unset(struct lw_constraints *constraints, const char *path, struct lw_error *err)
{
    struct constraint_number number;
    struct lw_error why;
    int rc = constraint_number_find(constraints, path, false, &number, &why);
    if (rc == LW_ERR_NOT_FOUND)
        return 0;
    if (rc != 0)
        return fail(err, why.code, "%s", why.text);
    for (size_t i = 0; i < constraints->n_shares; i++)
        if (number.value == &constraints->shares[i].low || number.value == &constraints->shares[i].high) {
            share_remove(constraints, &constraints->shares[i]);
            return 0;
        }
    const struct constraint_row *row = number_row(path);
    bool is_weight = constraint_below(path, "template_weights") != NULL ||
                     constraint_below(path, "delay_factors") != NULL ||
                     constraint_below(path, "transition_weights") != NULL;
    if (row == NULL && !is_weight)
        return fail(err, LW_ERR_USAGE, "%s: a number is wanted", path);
    *number.value = number.limits->initial;
    settle(constraints, number.value);
    return 0;
}

int constraint_check_number(const char *path, const struct lw_knob *limits, double value, struct lw_error *err)
{
    if (!(value >= limits->min && value <= limits->max))
        return fail(err, LW_ERR_USAGE, "%s: %g is out of range; %.16g to %.16g is right", path, value, limits->min,
                    limits->max);
    if (limits->is_integer && floor(value) != value)
        return fail(err, LW_ERR_USAGE, "%s: %g is no whole number", path, value);
    return 0;
}

int lw_constraints_set(struct lw_constraints *constraints, const char *path, double value, struct lw_error *err)
{
    struct constraint_number number;
    struct lw_error why;
    if (strcmp(path, "start") == 0)
        return set_start(constraints, value, err);
    if (isnan(value))
        return unset(constraints, path, err);
    /* Checked before a member is added. */
    int rc = constraint_number_find(constraints, path, false, &number, &why);
    if (rc != 0 && rc != LW_ERR_NOT_FOUND)
        return fail(err, why.code, "%s", why.text);
    rc = constraint_check_number(path, number.limits, value, err);
    if (rc == 0)
        rc = constraint_number_find(constraints, path, true, &number, err);
    if (rc != 0)
        return rc;
    *number.value = value;
    if (number.twin != NULL)
        *number.twin = value;
    settle(constraints, number.value);
    return 0;
}

int lw_constraints_get(const struct lw_constraints *constraints, const char *path, double *value, struct lw_error *err)
{
    struct constraint_number number;
    if (strcmp(path, "start") == 0) {
        if (constraints->start_us == LW_NO_TIME)
            return not_set(path, err);
        *value = (double)constraints->start_us / 1e6;
        return 0;
    }
    const char *weight = constraint_below(path, "template_weights"), *factor = constraint_below(path, "delay_factors");
    uint32_t id = constraint_template_id(weight != NULL ? weight : factor != NULL ? factor : "");
    if (id != 0) {
        *value = weight != NULL ? constraints_weight(constraints, id) : constraints_delay_factor(constraints, id);
        return 0;
    }
    /* Nothing is made where is_making is false. */
    int rc = constraint_number_find((struct lw_constraints *)(uintptr_t)constraints, path, false, &number, err);
    if (rc == 0)
        *value = number.twin != NULL ? *number.twin : *number.value;
    return rc;
}
