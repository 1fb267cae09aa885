/*
 * Of N traces round(share * N) get a kind, the shares rounded on their running sum so that their total is right as
 * well. Episodes come first, since they need traces side by side; then the kinds that few traces can have, before those
 * that any can. Traces are taken in an order drawn by the seed.
 */
#include "generate/anomalies.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "generate/episodes.h"
#include "generate/inject.h"
#include "generate/purpose.h"

#define CHECK_EVERY 4096 /* traces between looks at the cancel token */
#define MIN_TRACES  20   /* that show that a template comes a fixed number of times */

struct rank {
    uint64_t drawn;
    size_t trace;
};

static int by_rank(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->drawn != y->drawn)
        return x->drawn > y->drawn ? 1 : -1;
    return (x->trace > y->trace) - (x->trace < y->trace);
}

/* Of all traces up to the end of this block, less those up to its start. */
static void find_quotas(const struct plan *plan, size_t quotas[ANOMALY_COUNT])
{
    double sum = 0, before = (double)plan->n_before;
    size_t given = 0;
    quotas[ANOMALY_NONE] = 0;
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++) {
        sum += plan->constraints->anomalies[kind].rate;
        double upto = floor(sum * (before + (double)plan->n) + .5) - floor(sum * before + .5);
        quotas[kind] = upto > (double)given ? (size_t)upto - given : 0;
        if (given + quotas[kind] > plan->n)
            quotas[kind] = plan->n - given;
        given += quotas[kind];
    }
}

struct work {
    struct plan *plan;
    const struct schedule *schedule;
    struct injector injector;
    struct detour detour;
    uint32_t *fixed;
    size_t *order; /* [plan->n] traces as they are looked at */
    size_t quotas[ANOMALY_COUNT];
};

/* How often each template comes in the traces that have it, where that never differs. */
static int find_fixed(struct work *work)
{
    const struct plan *plan = work->plan;
    uint32_t n_symbols = plan->parties->n_symbols, *here = alloc_zeroed(n_symbols, sizeof *here);
    uint32_t *traces = alloc_zeroed(n_symbols, sizeof *traces);
    work->fixed = alloc_zeroed(n_symbols, sizeof *work->fixed);
    bool is_short = here == NULL || traces == NULL || work->fixed == NULL;
    for (size_t t = 0; t < plan->n && !is_short; t++) {
        const struct course *course = &plan->courses[t];
        for (size_t i = 0; i < course->n; i++)
            if (course->templates[i] < n_symbols)
                here[course->templates[i]]++;
        for (size_t i = 0; i < course->n; i++) {
            uint32_t id = course->templates[i];
            if (id >= n_symbols || here[id] == 0)
                continue;
            work->fixed[id] = traces[id]++ == 0 || work->fixed[id] == here[id] ? here[id] : 0;
            here[id] = 0;
        }
    }
    for (uint32_t id = 0; id < n_symbols && !is_short; id++)
        if (traces[id] < MIN_TRACES)
            work->fixed[id] = 0;
    free(here);
    free(traces);
    return is_short ? LW_ERR_MEMORY : 0;
}

static int find_order(struct work *work)
{
    const struct plan *plan = work->plan;
    struct rank *ranks = alloc_array(plan->n, sizeof *ranks);
    work->order = alloc_array(plan->n, sizeof *work->order);
    if (ranks == NULL || work->order == NULL) {
        free(ranks);
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < plan->n; i++) {
        struct rng rng;
        rng_init(&rng, (uint64_t)plan->constraints->seed, PURPOSE_CHOICE, i);
        ranks[i] = (struct rank){rng_u64(&rng), i};
    }
    qsort(ranks, plan->n, sizeof *ranks, by_rank);
    for (size_t i = 0; i < plan->n; i++)
        work->order[i] = ranks[i].trace;
    free(ranks);
    return 0;
}

/* Gives one kind to traces that can have it. */
static int inject_kind(struct work *work, enum anomaly kind, struct lw_error *err)
{
    struct plan *plan = work->plan;
    for (size_t i = 0; i < plan->n && work->quotas[kind] > 0; i++) {
        size_t trace = work->order[i];
        bool is_done = false;
        struct rng rng;
        int rc = i % CHECK_EVERY == 0 ? run_check(plan->run, err) : 0;
        if (rc != 0)
            return rc;
        if (plan->kinds[trace] != ANOMALY_NONE)
            continue;
        rng_init(&rng, (uint64_t)plan->constraints->seed, PURPOSE_INJECT, trace * ANOMALY_COUNT + (unsigned)kind);
        int64_t room_us = schedule_room(work->schedule, plan->starts_us[trace]);
        if (inject(&work->injector, kind, &rng, &plan->courses[trace], room_us, &is_done) != 0)
            return fail_memory(err, "injecting anomalies");
        if (is_done) {
            plan->kinds[trace] = (uint8_t)kind;
            work->quotas[kind]--;
        }
    }
    return 0;
}

static bool has_times(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n; i++)
        if (plan->starts_us[i] != LW_NO_TIME)
            return true;
    return false;
}

static const char *why_not(const struct plan *plan, enum anomaly kind)
{
    bool is_timed = kind == ANOMALY_DELAY || kind == ANOMALY_TIMEOUT || episodes_is_kind(kind);
    if (is_timed && !has_times(plan))
        return "no times, as the log has none";
    switch (kind) {
    case ANOMALY_UNKNOWN:
        return "an anomaly of another kind";
    case ANOMALY_DELAY:
        return "no delay that could be made longer than any that was seen there";
    case ANOMALY_PARAMETER:
        return "no event whose message has a number or a category that is no identifier (header fields stay)";
    case ANOMALY_COUNT_WRONG:
        return "no event that comes a fixed number of times";
    case ANOMALY_TIMEOUT:
        return "no step that takes time and from which a failure can follow";
    case ANOMALY_CASCADE:
    case ANOMALY_FLAPPING:
        return plan->parties->has_failures ? "no way to a failure" : "no failure, as the log has none";
    case ANOMALY_EXHAUSTION:
    case ANOMALY_DRIFT:
        return "no delay that could grow";
    case ANOMALY_CRASH:
        return "no time between two events at which the machine lets no trace end";
    default:
        return "no place where the machine would refuse the change";
    }
}

static int check_quotas(const struct work *work, struct lw_error *err)
{
    const struct plan *plan = work->plan;
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++) {
        size_t made = 0;
        for (size_t i = 0; i < plan->n; i++)
            made += plan->kinds[i] == kind;
        if (work->quotas[kind] > 0)
            return fail(err, LW_ERR_INFEASIBLE,
                        "anomalies.%s: %g cannot be met: %zu of %zu traces could be changed, the others have %s; %.3g "
                        "can be met",
                        anomaly_name((enum anomaly)kind), plan->constraints->anomalies[kind].rate, made, plan->n,
                        why_not(plan, (enum anomaly)kind), floor((double)made / (double)plan->n * 1000) / 1000);
    }
    return 0;
}

static int inject_all(struct work *work, struct lw_error *err)
{
    static const enum anomaly kinds[] = {ANOMALY_CASCADE,     ANOMALY_EXHAUSTION, ANOMALY_CRASH,     ANOMALY_FLAPPING,
                                         ANOMALY_DRIFT,       ANOMALY_MISSING,    ANOMALY_REPEATED,  ANOMALY_SWAPPED,
                                         ANOMALY_COUNT_WRONG, ANOMALY_TIMEOUT,    ANOMALY_PARAMETER, ANOMALY_DELAY,
                                         ANOMALY_UNKNOWN};
    int rc = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && rc == 0; i++) {
        if (episodes_is_kind(kinds[i]) && work->quotas[kinds[i]] > 0) {
            size_t made = 0;
            rc = episodes_inject(work->plan, kinds[i], work->order, work->quotas[kinds[i]], &made, err);
            work->quotas[kinds[i]] -= made;
        } else {
            rc = inject_kind(work, kinds[i], err);
        }
    }
    return rc;
}

int anomalies_inject(struct plan *plan, const struct schedule *schedule, struct lw_error *err)
{
    struct work work = {.plan = plan, .schedule = schedule};
    size_t wanted = 0;
    find_quotas(plan, work.quotas);
    for (int kind = 0; kind < ANOMALY_COUNT; kind++)
        wanted += work.quotas[kind];
    if (wanted == 0)
        return 0;
    int rc = find_order(&work);
    if (rc == 0)
        rc = find_fixed(&work);
    if (rc == 0)
        rc = detour_init(&work.detour, plan->blueprint, plan->constraints, parties_failures(plan->parties, PARTY_NONE));
    if (rc == 0)
        rc = detour_complete(&work.detour, plan->constraints);
    work.injector = (struct injector){.machine = plan->blueprint->machine,
                                      .parties = plan->parties,
                                      .constraints = plan->constraints,
                                      .fixed = work.fixed,
                                      .detour = &work.detour,
                                      .step_us = plan->blueprint->delays.step_us};
    rc = rc == 0 ? inject_all(&work, err) : fail_memory(err, "injecting anomalies");
    if (rc == 0 && plan->n_before == 0)
        rc = check_quotas(&work, err);
    detour_release(&work.detour);
    free(work.fixed);
    free(work.order);
    return rc;
}
