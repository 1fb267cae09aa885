/* What follows what: calls between services, causal rules, recovery. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/pair_map.h"
#include "measure/observed_parts.h"

/* ---- calls --------------------------------------------------------------------------------------------------------
 */

struct call_counts {
    struct pair_map pairs; /* services */
    uint64_t *counts;      /* [pairs.count] */
    size_t cap;
    uint64_t *out; /* [services] steps out of each */
};

static int count_calls(struct observing *of, struct call_counts *calls)
{
    calls->out = alloc_zeroed(of->services.count, sizeof *calls->out);
    if (calls->out == NULL)
        return LW_ERR_MEMORY;
    for (size_t trace = 0; trace < of->set->n_traces; trace++) {
        uint32_t before = FAILURE_NONE, id;
        for (size_t i = of->set->first[trace]; i < of->set->first[trace + 1]; i++) {
            uint32_t service = of->service[i];
            if (service == FAILURE_NONE)
                continue;
            if (before != FAILURE_NONE && before != service) {
                size_t known = calls->pairs.count;
                if (pair_map_add(&calls->pairs, before, service, &id) != 0 ||
                    alloc_grow(&calls->counts, &calls->cap, calls->pairs.count, sizeof *calls->counts) != 0)
                    return LW_ERR_MEMORY;
                if (id == known)
                    calls->counts[id] = 0;
                calls->counts[id]++;
                calls->out[before]++;
            }
            before = service;
        }
    }
    return 0;
}

static int add_call(struct observing *of, struct lw_bytes from, struct lw_bytes to, double probability)
{
    struct lw_constraints *c = of->document;
    if (alloc_grow(&c->calls, &c->cap_calls, c->n_calls + 1, sizeof *c->calls) != 0)
        return fail_memory(of->err, "measuring constraints");
    struct call *call = &c->calls[c->n_calls++];
    *call = (struct call){alloc_text(from.data, from.len), alloc_text(to.data, to.len), probability};
    return call->from == NULL || call->to == NULL ? fail_memory(of->err, "measuring constraints") : 0;
}

int observe_calls(struct observing *of)
{
    struct call_counts calls = {PAIR_MAP_INIT, NULL, 0, NULL};
    struct buf part = BUF_INIT;
    int rc = count_calls(of, &calls) != 0 ? fail_memory(of->err, "measuring constraints") : 0;
    for (size_t i = 0; i < calls.pairs.count && rc == 0; i++) {
        struct pair pair = calls.pairs.pairs[i];
        struct lw_bytes from = of->services.strings[pair.a], to = of->services.strings[pair.b];
        buf_clear(&part);
        buf_add(&part, from.data, from.len);
        buf_add_byte(&part, '>');
        buf_add(&part, to.data, to.len);
        rc = buf_status(&part) != 0 ? fail_memory(of->err, "measuring constraints")
                                    : observed_share(of, "calls", part.data, calls.counts[i], calls.out[pair.a], NULL);
        if (rc == 0 && of->document != NULL && calls.out[pair.a] >= OBSERVED_LEAST)
            rc = add_call(of, from, to, (double)calls.counts[i] / (double)calls.out[pair.a]);
    }
    buf_release(&part);
    pair_map_release(&calls.pairs);
    free(calls.counts);
    free(calls.out);
    return rc;
}

/* ---- rules --------------------------------------------------------------------------------------------------------
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

static int add_rule(struct observing *of, const struct lagged_pair *pair)
{
    struct lw_constraints *c = of->document;
    if (alloc_grow(&c->rules, &c->cap_rules, c->n_rules + 1, sizeof *c->rules) != 0)
        return fail_memory(of->err, "measuring constraints");
    c->rules[c->n_rules++] = (struct causal_rule){
        .cause = {SELECTOR_TEMPLATE, pair->cause, LW_LEVEL_NONE, NULL},
        .effect = {SELECTOR_TEMPLATE, pair->effect, LW_LEVEL_NONE, NULL},
        .min_s = (double)pair->min_us / 1e6,
        .max_s = (double)pair->max_us / 1e6,
        .probability = pair->probability,
        .is_across = pair->same_trace * 2 < pair->followed,
    };
    return 0;
}

static int add_pair(struct observing *of, const struct lagged_pairs *pairs, const struct lagged_pair *pair)
{
    char part[40], note[120];
    double low, high;
    bool is_across = pair->same_trace * 2 < pair->followed, is_rule = !is_chained(pairs, pair);
    snprintf(part, sizeof part, "E%u>E%u", pair->cause, pair->effect);
    snprintf(note, sizeof note, "within %.4g to %.4g s, in %s%s", (double)pair->min_us / 1e6,
             (double)pair->max_us / 1e6, is_across ? "any trace" : "the same trace",
             is_rule ? "" : "; follows from others");
    observed_interval((double)pair->followed, (double)pair->n, &low, &high);
    int rc = observed_add(of, "rules", part, pair->probability, fmin(low, pair->probability),
                          fmax(high, pair->probability), pair->n, note);
    return rc == 0 && of->document != NULL && is_rule && pair->n >= OBSERVED_LEAST ? add_rule(of, pair) : rc;
}

int observe_rules(struct observing *of)
{
    struct lagged_options options = LAGGED_OPTIONS_INIT;
    struct failure_events events;
    struct intern services = INTERN_INIT;
    struct lagged_pairs pairs = {NULL, 0, 0};
    size_t n = 0;
    int rc = failure_events_find(&of->failures, of->log, of->traces, &services, &events, of->err);
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
    free(lagged);
    for (size_t i = 0; i < pairs.n && rc == 0; i++)
        rc = add_pair(of, &pairs, &pairs.items[i]);
    lagged_pairs_release(&pairs);
    return rc;
}

/* ---- recovery -----------------------------------------------------------------------------------------------------
 */

/* Times from each failure to the next event of its trace that is none. */
static size_t find_recoveries(const struct observing *of, double *times)
{
    size_t n = 0;
    for (size_t trace = 0; trace < of->set->n_traces; trace++) {
        int64_t next_us = LW_NO_TIME;
        for (size_t i = of->set->first[trace + 1]; i-- > of->set->first[trace];) {
            int64_t at_us = of->set->times_us[i];
            if (of->failure[i] == FAILURE_NONE)
                next_us = at_us;
            else if (at_us != LW_NO_TIME && next_us != LW_NO_TIME && next_us >= at_us)
                times[n++] = (double)(next_us - at_us) / 1e6;
        }
    }
    return n;
}

int observe_recovery(struct observing *of)
{
    double *times = alloc_array(of->set->n_events, sizeof *times);
    if (times == NULL)
        return fail_memory(of->err, "measuring constraints");
    size_t n = find_recoveries(of, times);
    qsort(times, n, sizeof *times, observed_by_value);
    double least = observed_quantile(times, n, .025), most = observed_quantile(times, n, .975);
    int rc = 0;
    if (n > 0)
        rc = observed_add(of, "recovery.within.0", NULL, least, NAN, NAN, n, "seconds; 2.5 % recover sooner");
    if (n > 0 && rc == 0)
        rc = observed_add(of, "recovery", "median", observed_quantile(times, n, .5), NAN, NAN, n, "seconds");
    if (n > 0 && rc == 0)
        rc = observed_add(of, "recovery.within.1", NULL, most, NAN, NAN, n, "seconds; 2.5 % recover later");
    if (rc == 0 && of->document != NULL && n >= OBSERVED_LEAST && most <= 1e9) {
        of->document->recovery_after.kind = SELECTOR_ERROR;
        of->document->recovery_min_s = least;
        of->document->recovery_max_s = most;
    }
    free(times);
    return rc;
}
