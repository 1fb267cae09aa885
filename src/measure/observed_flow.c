/* What follows what in a trace: calls between services, and recovery. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
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
            if (before != FAILURE_NONE && before != service)
                calls->out[before]++; /* into something without a service, too */
            if (before != FAILURE_NONE && service != FAILURE_NONE && before != service) {
                size_t known = calls->pairs.count;
                if (pair_map_add(&calls->pairs, before, service, &id) != 0 ||
                    alloc_grow(&calls->counts, &calls->cap, calls->pairs.count, sizeof *calls->counts) != 0)
                    return LW_ERR_MEMORY;
                if (id == known)
                    calls->counts[id] = 0;
                calls->counts[id]++;
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

/* What a call has to be counted for, to be asked for. */
static int least_count(const struct call_counts *calls, uint64_t *least)
{
    size_t n = calls->pairs.count;
    *least = OBSERVED_LEAST;
    if (n <= OBSERVED_MOST)
        return 0;
    uint64_t *sorted = alloc_array(n, sizeof *sorted);
    if (sorted == NULL)
        return LW_ERR_MEMORY;
    memcpy(sorted, calls->counts, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, order_u64);
    *least = sorted[n - OBSERVED_MOST] > *least ? sorted[n - OBSERVED_MOST] : *least;
    free(sorted);
    return 0;
}

int observe_calls(struct observing *of)
{
    struct call_counts calls = {PAIR_MAP_INIT, NULL, 0, NULL};
    struct buf part = BUF_INIT;
    uint64_t least;
    int rc = count_calls(of, &calls) != 0 || least_count(&calls, &least) != 0
                 ? fail_memory(of->err, "measuring constraints")
                 : 0;
    for (size_t i = 0; i < calls.pairs.count && rc == 0; i++) {
        struct pair pair = calls.pairs.pairs[i];
        struct lw_bytes from = of->services.strings[pair.a], to = of->services.strings[pair.b];
        buf_clear(&part);
        buf_add(&part, from.data, from.len);
        buf_add_byte(&part, '>');
        buf_add(&part, to.data, to.len);
        rc = buf_status(&part) != 0 ? fail_memory(of->err, "measuring constraints")
                                    : observed_share(of, "calls", part.data, calls.counts[i], calls.out[pair.a], NULL);
        if (rc == 0 && of->document != NULL && calls.counts[i] >= least &&
            !observed_names_trace(of, from.data, from.len) && !observed_names_trace(of, to.data, to.len))
            rc = add_call(of, from, to, (double)calls.counts[i] / (double)calls.out[pair.a]);
    }
    buf_release(&part);
    pair_map_release(&calls.pairs);
    free(calls.counts);
    free(calls.out);
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
    int rc = 0;
    if (n > 0) {
        qsort(times, n, sizeof *times, order_double);
        rc = observed_add(of, "recovery.within.0", NULL, times[0], NAN, NAN, n, "seconds; the soonest");
    }
    if (n > 0 && rc == 0)
        rc = observed_quantiles(of, "recovery", "median", times, n, .5, "seconds");
    if (n > 0 && rc == 0)
        rc = observed_add(of, "recovery.within.1", NULL, times[n - 1], NAN, NAN, n, "seconds; the latest");
    if (rc == 0 && of->document != NULL && n >= OBSERVED_LEAST && times[n - 1] <= 1e9) {
        of->document->recovery_after.kind = SELECTOR_ERROR;
        of->document->recovery_min_s = times[0];
        of->document->recovery_max_s = times[n - 1];
    }
    free(times);
    return rc;
}
