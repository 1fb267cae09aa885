/*
 * Causal rules among failures. Which pairs there are is told by a test (learn/lagged.h); what a rule says of a pair is
 * then counted the way it is obeyed. In a trace: of the traces that have the cause, the share in which an effect
 * follows, and all lags there are. In any trace: of the causes, the share with an effect in time, whether by the cause
 * or by chance, within the lags that are more frequent behind causes than before them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "measure/observed_parts.h"

#define MAX_LAGS 2000 /* of a pair, that its window is found by */

struct measured {
    int64_t min_us, max_us;
    uint64_t n, followed;
    bool is_across;
};

/* ---- in a trace --------------------------------------------------------------------------------------------------
 */

static bool is_failure(const struct observing *of, size_t event, uint32_t template_id)
{
    return of->failure[event] != FAILURE_NONE && of->set->templates[event] == template_id &&
           of->set->times_us[event] != LW_NO_TIME;
}

/* From the first cause of a trace to the next effect; -1: none follows in time. *has_cause: there is one. */
static int64_t lag_in_trace(const struct observing *of, size_t trace, const struct lagged_pair *pair, int64_t window_us,
                            bool *has_cause)
{
    size_t at = of->set->first[trace], end = of->set->first[trace + 1];
    while (at < end && !is_failure(of, at, pair->cause))
        at++;
    *has_cause = at < end;
    for (size_t i = at + 1; i < end; i++)
        if (is_failure(of, i, pair->effect)) {
            int64_t lag = of->set->times_us[i] - of->set->times_us[at];
            return lag >= 0 && lag <= window_us ? lag : -1;
        }
    return -1;
}

static void measure_trace(const struct observing *of, const struct lagged_pair *pair, int64_t window_us,
                          struct measured *out)
{
    *out = (struct measured){.min_us = INT64_MAX};
    for (size_t trace = 0; trace < of->set->n_traces; trace++) {
        bool has_cause;
        int64_t lag = lag_in_trace(of, trace, pair, window_us, &has_cause);
        out->n += has_cause;
        if (lag < 0)
            continue;
        out->followed++;
        out->min_us = lag < out->min_us ? lag : out->min_us;
        out->max_us = lag > out->max_us ? lag : out->max_us;
    }
}

/* ---- in any trace ------------------------------------------------------------------------------------------------
 */

struct times {
    int64_t *at; /* rising */
    size_t n;
};

/* All lags from causes to effects behind them in the window, rising; those beyond MAX_LAGS are left out. */
static size_t find_lags(const struct times *causes, const struct times *effects, int64_t window_us, int64_t *lags)
{
    size_t n = 0;
    for (size_t i = 0; i < causes->n; i++)
        for (size_t k = order_first_i64(effects->at, effects->n, causes->at[i]);
             k < effects->n && effects->at[k] - causes->at[i] <= window_us && n < MAX_LAGS; k++)
            lags[n++] = effects->at[k] - causes->at[i];
    qsort(lags, n, sizeof *lags, order_i64);
    return n;
}

/* How much likelier the lags are when k of n gather in a part of the window than when they lie evenly. */
static double gathering(double n, double k, double part)
{
    double expected = n * part;
    if (k <= expected)
        return 0;
    return k * log(k / expected) + (k < n ? (n - k) * log((n - k) / (n - expected)) : 0);
}

/* The part of the window in which lags gather most (the scan statistic: Kulldorff 1997). What lies elsewhere is even,
 * as chance is. */
static void find_window(const int64_t *lags, size_t n, int64_t window_us, int64_t *min_us, int64_t *max_us)
{
    double most = -1, unit = 1 + (double)window_us / 1000;
    *min_us = *max_us = n > 0 ? lags[0] : 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i; k < n; k++) {
            double part = ((double)(lags[k] - lags[i]) + unit) / ((double)window_us + unit);
            double gain = gathering((double)n, (double)(k - i + 1), part);
            if (gain > most) {
                most = gain;
                *min_us = lags[i];
                *max_us = lags[k];
            }
        }
}

static int measure_log(const struct lagged_event *events, size_t n, const struct lagged_pair *pair,
                       struct measured *out)
{
    int64_t *room = alloc_array(n, 2 * sizeof *room), *lags = alloc_array(MAX_LAGS, sizeof *lags);
    if (room == NULL || lags == NULL) {
        free(room);
        free(lags);
        return LW_ERR_MEMORY;
    }
    struct times causes = {room, 0}, effects = {room + n, 0};
    for (size_t i = 0; i < n; i++) {
        if (events[i].time_us == LW_NO_TIME)
            continue;
        if (events[i].kind == pair->cause)
            causes.at[causes.n++] = events[i].time_us;
        else if (events[i].kind == pair->effect)
            effects.at[effects.n++] = events[i].time_us;
    }
    /* The pair's own lags leave out some at either end. */
    size_t n_lags = find_lags(&causes, &effects, 2 * pair->max_us, lags);
    *out = (struct measured){.n = causes.n, .is_across = true};
    find_window(lags, n_lags, 2 * pair->max_us, &out->min_us, &out->max_us);
    for (size_t i = 0; i < causes.n; i++) {
        size_t at = order_first_i64(effects.at, effects.n, causes.at[i] + out->min_us);
        out->followed += at < effects.n && effects.at[at] <= causes.at[i] + out->max_us;
    }
    free(room);
    free(lags);
    return 0;
}

/* ---- rules -------------------------------------------------------------------------------------------------------
 */

static const struct lagged_pair *find_pair(const struct lagged_pairs *pairs, uint32_t cause, uint32_t effect)
{
    for (size_t i = 0; i < pairs->n; i++)
        if (pairs->items[i].cause == cause && pairs->items[i].effect == effect)
            return &pairs->items[i];
    return NULL;
}

/* Whether the pair follows from two others, one behind the other: then they are the rules, and it is not. */
static bool is_chained(const struct lagged_pairs *pairs, const struct lagged_pair *pair)
{
    for (size_t i = 0; i < pairs->n; i++) {
        const struct lagged_pair *first = &pairs->items[i], *second;
        if (first->cause != pair->cause || first->effect == pair->effect)
            continue;
        second = find_pair(pairs, first->effect, pair->effect);
        if (second != NULL && first->max_us <= pair->max_us &&
            first->probability * second->probability > .5 * pair->probability)
            return true;
    }
    return false;
}

static int add_rule(struct observing *of, const struct lagged_pair *pair, const struct measured *rule)
{
    struct lw_constraints *c = of->document;
    if (alloc_grow(&c->rules, &c->cap_rules, c->n_rules + 1, sizeof *c->rules) != 0)
        return fail_memory(of->err, "measuring constraints");
    c->rules[c->n_rules++] = (struct causal_rule){
        .cause = {SELECTOR_TEMPLATE, pair->cause, LW_LEVEL_NONE, NULL},
        .effect = {SELECTOR_TEMPLATE, pair->effect, LW_LEVEL_NONE, NULL},
        .min_s = (double)rule->min_us / 1e6,
        .max_s = (double)rule->max_us / 1e6,
        .probability = (double)rule->followed / (double)rule->n,
        .is_across = rule->is_across,
    };
    return 0;
}

/* Those with a failure of the template. */
static uint64_t count_traces(const struct observing *of, uint32_t template_id)
{
    uint64_t n = 0;
    for (size_t trace = 0; trace < of->set->n_traces; trace++) {
        size_t i = of->set->first[trace];
        while (i < of->set->first[trace + 1] && !is_failure(of, i, template_id))
            i++;
        n += i < of->set->first[trace + 1];
    }
    return n;
}

static int add_pair(struct observing *of, const struct lagged_pairs *pairs, const struct lagged_pair *pair,
                    const struct measured *rule)
{
    char part[40], note[160];
    bool is_rule = !is_chained(pairs, pair);
    /* Generated traces are moved so that an effect of theirs follows, each of them once. */
    bool is_movable = !rule->is_across || rule->followed <= count_traces(of, pair->effect);
    if (rule->followed == 0)
        return 0;
    snprintf(part, sizeof part, "E%u>E%u", pair->cause, pair->effect);
    snprintf(note, sizeof note, "within %.4g to %.4g s, in %s%s", (double)rule->min_us / 1e6,
             (double)rule->max_us / 1e6, rule->is_across ? "any trace" : "the same trace",
             !is_rule      ? "; follows from others"
             : !is_movable ? "; not asked for: its effects come in too few traces"
                           : "");
    int rc = observed_share(of, "rules", part, rule->followed, rule->n, note);
    return rc == 0 && of->document != NULL && is_rule && is_movable && rule->n >= OBSERVED_LEAST
               ? add_rule(of, pair, rule)
               : rc;
}

int observe_rules(struct observing *of)
{
    struct lagged_options options = LAGGED_OPTIONS_INIT;
    struct failure_events events;
    struct intern services = INTERN_INIT;
    struct lagged_pairs pairs = {NULL, 0, 0};
    size_t n = 0;
    int rc = observed_failures(of, &services, &events);
    intern_release(&services);
    if (rc != 0)
        return rc;
    struct lagged_event *lagged = alloc_array(events.n, sizeof *lagged);
    for (size_t i = 0; i < events.n && lagged != NULL; i++)
        if (events.items[i].template_id != LW_TEMPLATE_UNKNOWN)
            lagged[n++] =
                (struct lagged_event){events.items[i].time_us, events.items[i].template_id, events.items[i].trace};
    failure_events_release(&events);
    rc = lagged == NULL ? fail_memory(of->err, "measuring constraints")
                        : lagged_mine(lagged, n, &options, of->run, &pairs, of->err);
    for (size_t i = 0; i < pairs.n && rc == 0; i++) {
        const struct lagged_pair *pair = &pairs.items[i];
        struct measured rule = {0};
        if (pair->same_trace * 2 >= pair->followed)
            measure_trace(of, pair, options.window_us, &rule);
        else if (measure_log(lagged, n, pair, &rule) != 0)
            rc = fail_memory(of->err, "measuring constraints");
        if (rc == 0)
            rc = add_pair(of, &pairs, pair, &rule);
    }
    free(lagged);
    lagged_pairs_release(&pairs);
    return rc;
}
