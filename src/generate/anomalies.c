/*
 * Of N traces round(share * N) get a kind, the shares rounded on their running sum so that their total is right as
 * well. Traces are taken in an order drawn by the seed; one that cannot have the kind that is most in want gets the
 * next kind it can have.
 */
#include "generate/anomalies.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "generate/inject.h"
#include "generate/purpose.h"

#define CHECK_EVERY 4096 /* traces between looks at the cancel token */

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

static void find_quotas(const struct plan *plan, size_t quotas[ANOMALY_COUNT])
{
    double sum = 0;
    size_t given = 0;
    quotas[ANOMALY_NONE] = 0;
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++) {
        sum += plan->constraints->anomalies[kind].rate * (double)plan->n;
        double upto = floor(sum + .5);
        quotas[kind] = upto > (double)given ? (size_t)upto - given : 0;
        if (given + quotas[kind] > plan->n)
            quotas[kind] = plan->n - given;
        given += quotas[kind];
    }
}

/* Tries the kinds that are in want on one trace, the most wanted first. */
static int make_anomalous(struct plan *plan, size_t trace, size_t quotas[ANOMALY_COUNT])
{
    bool is_tried[ANOMALY_COUNT] = {false}, is_done = false;
    struct rng rng;
    rng_init(&rng, (uint64_t)plan->constraints->seed, PURPOSE_INJECT, trace);
    for (;;) {
        int best = ANOMALY_NONE;
        for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++)
            if (!is_tried[kind] && quotas[kind] > quotas[best])
                best = kind;
        if (best == ANOMALY_NONE)
            return 0;
        is_tried[best] = true;
        int rc = inject(plan->blueprint->machine, (enum anomaly)best,
                        plan->constraints->anomalies[ANOMALY_DELAY].severity, &rng, &plan->courses[trace], &is_done);
        if (rc != 0)
            return rc;
        if (is_done) {
            plan->kinds[trace] = (uint8_t)best;
            quotas[best]--;
            return 0;
        }
    }
}

static int check_quotas(const struct plan *plan, const size_t quotas[ANOMALY_COUNT], struct lw_error *err)
{
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++) {
        size_t made = 0;
        for (size_t i = 0; i < plan->n; i++)
            made += plan->kinds[i] == kind;
        const char *why = kind == ANOMALY_DELAY ? "no delay that could be stretched"
                                                : "no place where the machine would refuse the change";
        if (quotas[kind] > 0)
            return fail(err, LW_ERR_INFEASIBLE,
                        "anomalies.%s: %g cannot be met: %zu of %zu traces could be changed, the others have %s; %.3g "
                        "can be met",
                        anomaly_name((enum anomaly)kind), plan->constraints->anomalies[kind].rate, made, plan->n, why,
                        floor((double)made / (double)plan->n * 1000) / 1000);
    }
    return 0;
}

int anomalies_inject(struct plan *plan, struct lw_error *err)
{
    size_t quotas[ANOMALY_COUNT], wanted = 0;
    find_quotas(plan, quotas);
    for (int kind = 0; kind < ANOMALY_COUNT; kind++)
        wanted += quotas[kind];
    if (wanted == 0)
        return 0;
    struct rank *ranks = alloc_array(plan->n, sizeof *ranks);
    if (ranks == NULL)
        return fail_memory(err, "choosing anomalous traces");
    for (size_t i = 0; i < plan->n; i++) {
        struct rng rng;
        rng_init(&rng, (uint64_t)plan->constraints->seed, PURPOSE_CHOICE, i);
        ranks[i] = (struct rank){rng_u64(&rng), i};
    }
    qsort(ranks, plan->n, sizeof *ranks, by_rank);
    int rc = 0;
    for (size_t i = 0; i < plan->n && rc == 0; i++) {
        if (i % CHECK_EVERY == 0)
            rc = run_check(plan->run, err);
        if (rc == 0 && make_anomalous(plan, ranks[i].trace, quotas) != 0)
            rc = fail_memory(err, "injecting anomalies");
    }
    free(ranks);
    return rc == 0 ? check_quotas(plan, quotas, err) : rc;
}
