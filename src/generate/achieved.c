/*
 * Shares counted in generated events. What an event comes as is asked of the renderer, which draws it again, so that
 * no record has to be written and read back to see its level and service.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/expected.h"

/* How often each target was met, and what that is of. */
struct tally {
    const struct targets *targets;
    double *flow;           /* [facets] events */
    double *counts, *bases; /* [targets] */
};

static void count_facets(const struct facets *facets, struct tally *tally)
{
    const struct targets *targets = tally->targets;
    for (uint32_t symbol = 0; symbol < facets->n_symbols; symbol++)
        for (size_t f = facets->first[symbol]; f < facets->first[symbol + 1]; f++)
            for (size_t i = 0; i < targets->n && tally->flow[f] > 0; i++) {
                bool is_base, is_counted = target_counts_facet(&targets->items[i], symbol, &facets->items[f], &is_base);
                tally->counts[i] += is_counted ? tally->flow[f] : 0;
                tally->bases[i] += is_base ? tally->flow[f] : 0;
            }
}

static void count_pair(uint32_t before, uint32_t after, struct tally *tally)
{
    const struct targets *targets = tally->targets;
    uint32_t n = targets->n_classes, pair = targets->class_of[before] * n + targets->class_of[after];
    for (size_t i = 0; i < targets->n; i++) {
        bool is_base, is_counted = target_counts_pair(&targets->items[i], pair, n, &is_base);
        tally->counts[i] += is_counted;
        tally->bases[i] += is_base;
    }
}

static void count_events(const struct renderer *renderer, uint32_t n_symbols, struct tally *tally)
{
    const struct trace_set *set = &renderer_generated(renderer)->traces;
    for (size_t trace = 0; trace < set->n_traces; trace++)
        for (size_t event = set->first[trace]; event < set->first[trace + 1]; event++) {
            size_t facet = renderer_facet(renderer, event);
            if (facet != SIZE_MAX)
                tally->flow[facet]++;
            if (tally->targets->class_of != NULL && event > set->first[trace] && set->templates[event] < n_symbols &&
                set->templates[event - 1] < n_symbols)
                count_pair(set->templates[event - 1], set->templates[event], tally);
        }
}

static int add_rows(const struct targets *targets, const struct tally *tally, struct expected *made)
{
    for (size_t i = 0; i < targets->n; i++) {
        const struct target *target = &targets->items[i];
        struct expected_row *row = expected_row(made, target->path);
        double value = tally->bases[i] > 0 ? tally->counts[i] / tally->bases[i] : NAN;
        if (row == NULL && expected_add(made, "", target->path, strlen(target->path), value) != 0)
            return LW_ERR_MEMORY;
        row = expected_row(made, target->path);
        row->low = target->low;
        row->high = target->high;
    }
    return 0;
}

int expected_of_generated(const struct renderer *renderer, const struct lw_constraints *constraints,
                          struct expected *out, struct lw_error *err)
{
    const struct blueprint *blueprint = renderer_blueprint(renderer);
    const struct facets *facets = &blueprint->facets;
    const struct trace_set *set = &renderer_generated(renderer)->traces;
    double n_events = (double)set->n_events, n_traces = (double)set->n_traces;
    struct expected made = {.rows = NULL};
    struct targets targets;
    int rc = targets_init(constraints, facets, blueprint->templates, &targets, err);
    if (rc != 0)
        return rc;
    struct tally tally = {&targets, alloc_zeroed(facets->first[facets->n_symbols] + 1, sizeof(double)),
                          alloc_zeroed(targets.n + 1, sizeof(double)), alloc_zeroed(targets.n + 1, sizeof(double))};
    rc = tally.flow == NULL || tally.counts == NULL || tally.bases == NULL ? LW_ERR_MEMORY : 0;
    if (rc == 0) {
        count_events(renderer, facets->n_symbols, &tally);
        count_facets(facets, &tally);
        rc = expected_add(&made, "length", "", 0, n_traces > 0 ? n_events / n_traces : NAN);
    }
    if (rc == 0)
        rc = expected_add_shares(&made, facets, tally.flow, n_events);
    if (rc == 0)
        rc = add_rows(&targets, &tally, &made);
    free(tally.flow);
    free(tally.counts);
    free(tally.bases);
    targets_release(&targets);
    if (rc == 0)
        *out = made;
    else
        expected_release(&made);
    return rc == 0 ? 0 : fail_memory(err, "counting what was generated");
}
