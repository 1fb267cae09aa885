/*
 * A constraint is addressed by a dotted path. Rows of `knobs` are plain numbers in the struct; "levels.NAME" and
 * "template_weights.EN" have one row each that stands for all their members; "start" is a time.
 */
#include "generate/constraints.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/outfile.h"

struct knob_row {
    struct lw_knob knob;
    size_t offset; /* of the double in struct lw_constraints */
};
#define FIELD(member)   offsetof(struct lw_constraints, member)
#define ANOMALY(kind)   (FIELD(anomalies) + (kind) * sizeof(struct anomaly_spec) + offsetof(struct anomaly_spec, rate))
#define MAX_WHOLE       9007199254740992.0 /* 2^53: whole numbers a double holds */
#define MAX_TEMPLATE_ID 4294967295.0
#define START_MIN_S     -29978380800.0 /* times that are written with four digits of a year */
#define START_MAX_S     99999999999.0

static const struct knob_row knobs[] = {
    {{"traces", "how many traces to make", "traces", 1, 10000000, 1000, 100, true}, FIELD(traces)},
    {{"seed", "names the random numbers; the same seed gives the same bytes", "", 0, MAX_WHOLE, 1, 1, true},
     FIELD(seed)},
    {{"rare_path_factor", "above 1, rare transitions come more often; below 1, less often; none is added", "", .1, 100,
      1, .25, false},
     FIELD(rare_path_factor)},
    {{"delay_factor", "multiplies every delay between events of a trace", "", 0, 1000, 1, .25, false},
     FIELD(delay_factor)},
    {{"anomalies.missing", "traces from which an event that has to be there is left out", "share of traces", 0, 1, 0,
      .01, false},
     ANOMALY(ANOMALY_MISSING)},
    {{"anomalies.repeated", "traces in which an event comes again where it never did", "share of traces", 0, 1, 0, .01,
      false},
     ANOMALY(ANOMALY_REPEATED)},
    {{"anomalies.swapped", "traces in which two neighbouring events change places", "share of traces", 0, 1, 0, .01,
      false},
     ANOMALY(ANOMALY_SWAPPED)},
    {{"anomalies.unknown", "traces with a message that no template has", "share of traces", 0, 1, 0, .01, false},
     ANOMALY(ANOMALY_UNKNOWN)},
    {{"anomalies.delay", "traces in which one delay is far longer than it ever was", "share of traces", 0, 1, 0, .01,
      false},
     ANOMALY(ANOMALY_DELAY)},
    {{"anomalies.delay_factor", "how many times the longest usual delay an anomalous one takes", "", 1, 1000000, 10, 1,
      false},
     FIELD(anomalies) + ANOMALY_DELAY * sizeof(struct anomaly_spec) + offsetof(struct anomaly_spec, severity)},
};
#define N_KNOBS (sizeof knobs / sizeof *knobs)

static const struct lw_knob level_knob = {"levels", "share of a level among events", "share of events", 0, 1, 0, .01,
                                          false};
static const struct lw_knob weight_knob = {
    "template_weights", "odds of a template against what was seen", "", 0, 1000000, 1, .25, false};

size_t lw_knob_count(void)
{
    return N_KNOBS;
}

const struct lw_knob *lw_knob_get(size_t index)
{
    return index < N_KNOBS ? &knobs[index].knob : NULL;
}

const char *anomaly_name(enum anomaly anomaly)
{
    static const char *const names[ANOMALY_COUNT] = {"",           "missing",   "repeated", "swapped", "unknown",
                                                     "delay",      "parameter", "count",    "timeout", "cascade",
                                                     "exhaustion", "crash",     "flapping", "drift"};
    return names[anomaly];
}

/* ---- making, copying, freeing ----------------------------------------------------------------------------------- */

static double *row_value(struct lw_constraints *constraints, const struct knob_row *row)
{
    return (double *)(void *)((char *)constraints + row->offset);
}

int lw_constraints_new(struct lw_constraints **out, struct lw_error *err)
{
    struct lw_constraints *made = alloc_zeroed(1, sizeof *made);
    if (made == NULL)
        return fail_memory(err, "making constraints");
    for (size_t i = 0; i < N_KNOBS; i++)
        *row_value(made, &knobs[i]) = knobs[i].knob.initial;
    for (size_t i = 0; i < ARRIVAL_HOURS; i++)
        made->profile[i] = NAN;
    made->start_us = LW_NO_TIME;
    made->records = made->duration_s = made->arrival_rate = made->epsilon = NAN;
    made->burst_length_s = 60;
    made->burst_height = 10;
    made->recovery_min_s = made->recovery_max_s = NAN;
    for (int i = ANOMALY_NONE + 1; i < ANOMALY_COUNT; i++)
        made->anomalies[i] = (struct anomaly_spec){made->anomalies[i].rate, 10, 300, .5};
    made->delta = 1e-6;
    made->clip = 64;
    made->minimum_count = 5;
    *out = made;
    return 0;
}

static void *copy_items(const void *items, size_t n, size_t size, bool *is_short)
{
    void *copy = n == 0 ? NULL : alloc_array(n, size);
    if (copy != NULL)
        memcpy(copy, items, n * size);
    else
        *is_short = *is_short || n > 0;
    return copy;
}

static void copy_text(char **text, bool *is_short)
{
    if (*text != NULL)
        *text = copy_items(*text, strlen(*text) + 1, 1, is_short);
}

static void copy_values(struct lw_constraints *copy, bool *is_short)
{
    for (size_t i = 0; i < copy->n_values && copy->values != NULL; i++) {
        struct value_rule *rule = &copy->values[i];
        rule->pool = copy_items(rule->pool, rule->n_pool, sizeof *rule->pool, is_short);
        for (size_t k = 0; k < rule->n_pool && rule->pool != NULL; k++)
            copy_text(&rule->pool[k].text, is_short);
        copy_text(&rule->fake, is_short);
    }
}

/* A list that could not be had is empty by now, so that nothing of the original's is freed with the copy. */
static void copy_texts(struct lw_constraints *copy, bool *is_short)
{
    for (size_t i = 0; i < copy->n_shares; i++)
        copy_text(&copy->shares[i].name, is_short);
    for (size_t i = 0; i < copy->n_transition_weights; i++)
        copy_text(&copy->transition_weights[i].from, is_short);
    for (size_t i = 0; i < copy->n_calls; i++) {
        copy_text(&copy->calls[i].from, is_short);
        copy_text(&copy->calls[i].to, is_short);
    }
    for (size_t i = 0; i < copy->n_rules; i++) {
        copy_text(&copy->rules[i].cause.service, is_short);
        copy_text(&copy->rules[i].effect.service, is_short);
    }
    for (size_t i = 0; i < copy->n_allowed; i++)
        copy_text(&copy->allowed[i], is_short);
    copy_values(copy, is_short);
    copy_text(&copy->recovery_after.service, is_short);
    copy_text(&copy->zone, is_short);
    copy_text(&copy->output_as, is_short);
    copy_text(&copy->output_format, is_short);
}

#define COPY_LIST(list)                                                                                                \
    do {                                                                                                               \
        copy->list = copy_items(from->list, from->n_##list, sizeof *from->list, &is_short);                            \
        copy->n_##list = copy->cap_##list = copy->list == NULL ? 0 : from->n_##list;                                   \
    } while (0)

int lw_constraints_copy(const struct lw_constraints *from, struct lw_constraints **out, struct lw_error *err)
{
    struct lw_constraints *copy = alloc_array(1, sizeof *copy);
    bool is_short = false;
    if (copy == NULL)
        return fail_memory(err, "copying constraints");
    *copy = *from;
    COPY_LIST(shares);
    COPY_LIST(weights);
    COPY_LIST(transition_weights);
    COPY_LIST(delay_factors);
    COPY_LIST(calls);
    COPY_LIST(rules);
    COPY_LIST(values);
    COPY_LIST(allowed);
    copy_texts(copy, &is_short);
    if (is_short) {
        lw_constraints_free(copy);
        return fail_memory(err, "copying constraints");
    }
    *out = copy;
    return 0;
}

static void free_value(struct value_rule *rule)
{
    for (size_t i = 0; i < rule->n_pool && rule->pool != NULL; i++)
        free(rule->pool[i].text);
    free(rule->pool);
    free(rule->fake);
}

void lw_constraints_free(struct lw_constraints *constraints)
{
    if (constraints == NULL)
        return;
    for (size_t i = 0; i < constraints->n_shares; i++)
        free(constraints->shares[i].name);
    for (size_t i = 0; i < constraints->n_transition_weights; i++)
        free(constraints->transition_weights[i].from);
    for (size_t i = 0; i < constraints->n_calls; i++) {
        free(constraints->calls[i].from);
        free(constraints->calls[i].to);
    }
    for (size_t i = 0; i < constraints->n_rules; i++) {
        free(constraints->rules[i].cause.service);
        free(constraints->rules[i].effect.service);
    }
    for (size_t i = 0; i < constraints->n_values; i++)
        free_value(&constraints->values[i]);
    for (size_t i = 0; i < constraints->n_allowed; i++)
        free(constraints->allowed[i]);
    free(constraints->shares);
    free(constraints->weights);
    free(constraints->transition_weights);
    free(constraints->delay_factors);
    free(constraints->calls);
    free(constraints->rules);
    free(constraints->values);
    free(constraints->allowed);
    free(constraints->recovery_after.service);
    free(constraints->zone);
    free(constraints->output_as);
    free(constraints->output_format);
    free(constraints);
}

/* ---- addressing ------------------------------------------------------------------------------------------------- */

static const char *behind(const char *path, const char *group)
{
    size_t len = strlen(group);
    return strncmp(path, group, len) == 0 && path[len] == '.' ? path + len + 1 : NULL;
}

static enum lw_level level_named(const char *name)
{
    for (int i = LW_LEVEL_NONE + 1; i < LW_LEVEL_COUNT; i++)
        if (strcmp(name, lw_level_name((enum lw_level)i)) == 0)
            return (enum lw_level)i;
    return LW_LEVEL_NONE;
}

/* Id of a template written as E12; 0 if it is not. */
static uint32_t template_named(const char *name)
{
    double id = 0;
    if (name[0] != 'E' || name[1] < '1' || name[1] > '9')
        return 0;
    for (const char *at = name + 1; *at != 0; at++) {
        if (*at < '0' || *at > '9')
            return 0;
        id = id * 10 + (*at - '0');
        if (id > MAX_TEMPLATE_ID)
            return 0;
    }
    return (uint32_t)id;
}

static const struct knob_row *row_at(const char *path)
{
    for (size_t i = 0; i < N_KNOBS; i++)
        if (strcmp(path, knobs[i].knob.path) == 0)
            return &knobs[i];
    return NULL;
}

bool constraints_kind(const char *path, struct constraint_kind *out)
{
    *out = (struct constraint_kind){false, false, NULL};
    const struct knob_row *row = row_at(path);
    const char *name;
    if (row != NULL)
        out->knob = &row->knob;
    else if ((name = behind(path, level_knob.path)) != NULL)
        out->knob = level_named(name) != LW_LEVEL_NONE ? &level_knob : NULL;
    else if ((name = behind(path, weight_knob.path)) != NULL)
        out->knob = template_named(name) != 0 ? &weight_knob : NULL;
    out->is_time = strcmp(path, "start") == 0;
    out->is_group = strcmp(path, level_knob.path) == 0 || strcmp(path, weight_knob.path) == 0;
    for (size_t i = 0; i < N_KNOBS && !out->is_group; i++)
        out->is_group = behind(knobs[i].knob.path, path) != NULL;
    return out->is_group || out->is_time || out->knob != NULL;
}

/* Levenshtein (1966), both cut to what a row holds. */
#define DISTANCE_MAX 64
static size_t distance(const char *a, const char *b)
{
    size_t row[DISTANCE_MAX + 1], n = strlen(b);
    if (n > DISTANCE_MAX)
        n = DISTANCE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != 0 && i < DISTANCE_MAX; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}

const char *constraints_nearest(const char *path)
{
    static const char *const others[] = {"start",        "anomalies",    "levels",       "template_weights",
                                         "levels.trace", "levels.debug", "levels.info",  "levels.notice",
                                         "levels.warn",  "levels.error", "levels.fatal", "template_weights.E1"};
    const char *best = others[0];
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < N_KNOBS + sizeof others / sizeof *others; i++) {
        const char *candidate = i < N_KNOBS ? knobs[i].knob.path : others[i - N_KNOBS];
        bool is_start = path[0] != 0 && strncmp(path, candidate, strlen(path)) == 0;
        size_t d = is_start ? 0 : distance(path, candidate);
        if (d < least) {
            least = d;
            best = candidate;
        }
    }
    return best;
}

double constraints_weight(const struct lw_constraints *constraints, uint32_t template_id)
{
    for (size_t i = 0; i < constraints->n_weights && constraints->weights[i].id <= template_id; i++)
        if (constraints->weights[i].id == template_id)
            return constraints->weights[i].weight;
    return 1;
}

/* ---- setting and getting ---------------------------------------------------------------------------------------- */

static int set_weight(struct lw_constraints *constraints, uint32_t id, double weight, struct lw_error *err)
{
    size_t at = 0;
    while (at < constraints->n_weights && constraints->weights[at].id < id)
        at++;
    if (at == constraints->n_weights || constraints->weights[at].id != id) {
        if (alloc_grow(&constraints->weights, &constraints->cap_weights, constraints->n_weights + 1,
                       sizeof *constraints->weights) != 0)
            return fail_memory(err, "setting a constraint");
        memmove(&constraints->weights[at + 1], &constraints->weights[at],
                (constraints->n_weights - at) * sizeof *constraints->weights);
        constraints->n_weights++;
    }
    constraints->weights[at] = (struct template_weight){id, weight};
    return 0;
}

const struct share_target *constraints_level(const struct lw_constraints *constraints, enum lw_level level)
{
    for (size_t i = 0; i < constraints->n_shares; i++)
        if (constraints->shares[i].kind == SHARE_LEVEL && constraints->shares[i].level == level)
            return &constraints->shares[i];
    return NULL;
}

/* NaN: no target. */
static int set_level(struct lw_constraints *constraints, enum lw_level level, double share, struct lw_error *err)
{
    struct share_target *target = (struct share_target *)(uintptr_t)constraints_level(constraints, level);
    if (target == NULL && isnan(share))
        return 0;
    if (target != NULL && isnan(share)) {
        size_t at = (size_t)(target - constraints->shares);
        free(target->name);
        memmove(target, target + 1, (--constraints->n_shares - at) * sizeof *target);
        return 0;
    }
    if (target == NULL) {
        bool is_short = false;
        char *name = copy_items(lw_level_name(level), strlen(lw_level_name(level)) + 1, 1, &is_short);
        if (is_short || alloc_grow(&constraints->shares, &constraints->cap_shares, constraints->n_shares + 1,
                                   sizeof *constraints->shares) != 0) {
            free(name);
            return fail_memory(err, "setting a constraint");
        }
        target = &constraints->shares[constraints->n_shares++];
        *target = (struct share_target){.kind = SHARE_LEVEL, .level = level, .name = name};
    }
    target->low = target->high = share;
    return 0;
}

static int unknown_path(const char *path, struct lw_error *err)
{
    return fail(err, LW_ERR_USAGE, "%s: there is no such constraint; did you mean %s?", path,
                constraints_nearest(path));
}

int lw_constraints_set(struct lw_constraints *constraints, const char *path, double value, struct lw_error *err)
{
    struct constraint_kind kind;
    if (!constraints_kind(path, &kind) || kind.is_group)
        return unknown_path(path, err);
    const char *level = behind(path, level_knob.path), *weight = behind(path, weight_knob.path);
    if (level != NULL && isnan(value))
        return set_level(constraints, level_named(level), value, err);
    if (kind.is_time) {
        if (!(value >= START_MIN_S && value <= START_MAX_S))
            return fail(err, LW_ERR_USAGE, "start: %g is no time of the years 1020 to 5138, in seconds since 1970",
                        value);
        constraints->start_us = llround(value * 1e6);
        return 0;
    }
    const struct lw_knob *knob = kind.knob;
    if (!(value >= knob->min && value <= knob->max))
        return fail(err, LW_ERR_USAGE, "%s: %g is out of range; %.16g to %.16g is right", path, value, knob->min,
                    knob->max);
    if (knob->is_integer && floor(value) != value)
        return fail(err, LW_ERR_USAGE, "%s: %g is no whole number", path, value);
    if (weight != NULL)
        return set_weight(constraints, template_named(weight), value, err);
    if (level != NULL)
        return set_level(constraints, level_named(level), value, err);
    *row_value(constraints, row_at(path)) = value;
    return 0;
}

int lw_constraints_get(const struct lw_constraints *constraints, const char *path, double *value, struct lw_error *err)
{
    struct constraint_kind kind;
    if (!constraints_kind(path, &kind) || kind.is_group)
        return unknown_path(path, err);
    const char *level = behind(path, level_knob.path), *weight = behind(path, weight_knob.path);
    if ((kind.is_time && constraints->start_us == LW_NO_TIME) ||
        (level != NULL && constraints_level(constraints, level_named(level)) == NULL))
        return fail(err, LW_ERR_NOT_FOUND, "%s is not set: it comes out as in the log that was learned from", path);
    if (kind.is_time)
        *value = (double)constraints->start_us / 1e6;
    else if (level != NULL)
        *value = constraints_level(constraints, level_named(level))->high;
    else if (weight != NULL)
        *value = constraints_weight(constraints, template_named(weight));
    else
        memcpy(value, (const char *)constraints + row_at(path)->offset, sizeof *value);
    return 0;
}

int constraints_check(const struct lw_constraints *constraints, struct lw_error *err)
{
    double anomalies = 0, levels = 0;
    for (int i = ANOMALY_NONE + 1; i < ANOMALY_COUNT; i++)
        anomalies += constraints->anomalies[i].rate;
    for (size_t i = 0; i < constraints->n_shares; i++)
        levels += constraints->shares[i].kind == SHARE_LEVEL ? constraints->shares[i].low : 0;
    if (anomalies > 1 + 1e-9)
        return fail(err, LW_ERR_INFEASIBLE,
                    "anomalies: the shares sum to %g of the traces; a trace has one kind at most, so 1 is the most",
                    anomalies);
    if (levels > 1 + 1e-9)
        return fail(err, LW_ERR_INFEASIBLE, "levels: the shares sum to %g of the events; 1 is the most", levels);
    return 0;
}

/* ---- writing ------------------------------------------------------------------------------------------------------
 */

/* The shortest decimal that reads back as the same number. */
static void print_number(struct buf *out, double value)
{
    char text[32];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_add_text(out, text);
}

static void print_start(struct buf *out, int64_t start_us)
{
    int64_t second = start_us / 1000000, below = start_us % 1000000;
    if (below < 0) {
        below += 1000000;
        second--;
    }
    time_t clock = (time_t)second;
    struct tm tm;
    char text[32];
    if (gmtime_r(&clock, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        return;
    buf_printf(out, ",\n  \"start\": \"%s.%06dZ\"", text, (int)below);
}

/* Rows of one group, those without a group when group is NULL. */
static void print_rows(const struct lw_constraints *constraints, const char *group, struct buf *out)
{
    const char *mark = "";
    for (size_t i = 0; i < N_KNOBS; i++) {
        const char *path = knobs[i].knob.path, *name = group == NULL ? path : behind(path, group);
        double value;
        if (name == NULL || strchr(name, '.') != NULL)
            continue;
        memcpy(&value, (const char *)constraints + knobs[i].offset, sizeof value);
        buf_printf(out, "%s\n  %s\"%s\": ", mark, group == NULL ? "" : "  ", name);
        print_number(out, value);
        mark = ",";
    }
}

void constraints_print(const struct lw_constraints *constraints, struct buf *out)
{
    buf_add_text(out, "{");
    print_rows(constraints, NULL, out);
    if (constraints->start_us != LW_NO_TIME)
        print_start(out, constraints->start_us);
    buf_add_text(out, ",\n  \"anomalies\": {");
    print_rows(constraints, "anomalies", out);
    buf_add_text(out, "\n  },\n  \"levels\": {");
    const char *mark = "";
    for (int i = 0; i < LW_LEVEL_COUNT; i++)
        if (constraints_level(constraints, (enum lw_level)i) != NULL) {
            buf_printf(out, "%s\n    \"%s\": ", mark, lw_level_name((enum lw_level)i));
            print_number(out, constraints_level(constraints, (enum lw_level)i)->high);
            mark = ",";
        }
    buf_printf(out, "%s},\n  \"template_weights\": {", *mark == 0 ? "" : "\n  ");
    mark = "";
    for (size_t i = 0; i < constraints->n_weights; i++) {
        buf_printf(out, "%s\n    \"E%u\": ", mark, constraints->weights[i].id);
        print_number(out, constraints->weights[i].weight);
        mark = ",";
    }
    buf_printf(out, "%s}\n}\n", *mark == 0 ? "" : "\n  ");
}

int lw_constraints_write(const struct lw_constraints *constraints, const char *path, struct lw_error *err)
{
    struct buf text = BUF_INIT;
    constraints_print(constraints, &text);
    int rc =
        buf_status(&text) == 0 ? outfile_save(path, text.data, text.len, err) : fail_memory(err, "writing constraints");
    buf_release(&text);
    return rc;
}
