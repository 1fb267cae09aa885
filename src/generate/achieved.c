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
#include "generate/ratio.h"

/* Of one target. */
struct tally {
    double count, base; /* how often it was met, and what that is of, in the trace that is counted */
    struct ratio all;
};
struct counting {
    const struct targets *targets;
    struct tally *tallies; /* [targets] */
    double *flow;          /* [facets] events */
};

static void count_facet(const struct facets *facets, uint32_t symbol, size_t facet, struct counting *counting)
{
    counting->flow[facet]++;
    for (size_t i = 0; i < counting->targets->n; i++) {
        bool is_base,
            is_counted = target_counts_facet(&counting->targets->items[i], symbol, &facets->items[facet], &is_base);
        counting->tallies[i].count += is_counted;
        counting->tallies[i].base += is_base;
    }
}

static void count_pair(uint32_t before, uint32_t after, struct counting *counting)
{
    const struct targets *targets = counting->targets;
    uint32_t n = targets->n_classes, pair = before * n + after;
    for (size_t i = 0; i < targets->n; i++) {
        bool is_base, is_counted = target_counts_pair(&targets->items[i], pair, n, &is_base);
        counting->tallies[i].count += is_counted;
        counting->tallies[i].base += is_base;
    }
}

static void end_trace(struct counting *counting)
{
    for (size_t i = 0; i < counting->targets->n; i++) {
        struct tally *tally = &counting->tallies[i];
        ratio_add(&tally->all, tally->count, tally->base);
        tally->count = tally->base = 0;
    }
}

static void count_events(const struct renderer *renderer, const struct facets *facets, struct counting *counting)
{
    const struct trace_set *set = &renderer_generated(renderer)->traces;
    const uint32_t *classes = counting->targets->class_of_service; /* the events' own: a template may be of several */
    for (size_t trace = 0; trace < set->n_traces; trace++) {
        uint32_t before = 0;
        for (size_t event = set->first[trace]; event < set->first[trace + 1]; event++) {
            size_t facet = renderer_facet(renderer, event);
            uint32_t service = facet == SIZE_MAX ? FACET_NONE : facets->items[facet].service;
            uint32_t class = classes == NULL || service == FACET_NONE ? 0 : classes[service];
            if (facet != SIZE_MAX)
                count_facet(facets, set->templates[event], facet, counting);
            if (classes != NULL && event > set->first[trace])
                count_pair(before, class, counting);
            before = class;
        }
        end_trace(counting);
    }
}

static int add_rows(const struct counting *counting, double n_traces, struct expected *made)
{
    for (size_t i = 0; i < counting->targets->n; i++) {
        const struct target *target = &counting->targets->items[i];
        const struct ratio *ratio = &counting->tallies[i].all;
        struct expected_row *row = expected_row(made, target->path);
        double value = ratio->below > 0 ? ratio_share(ratio) : NAN;
        if (row == NULL && expected_add(made, "", target->path, strlen(target->path), value) != 0)
            return LW_ERR_MEMORY;
        row = expected_row(made, target->path);
        row->low = target->low;
        row->high = target->high;
        row->spread = ratio->below > 0 ? ratio_error(ratio, target->low, target->high, n_traces) : 0;
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
    struct counting counting = {.targets = &targets};
    counting.tallies = alloc_zeroed(targets.n, sizeof *counting.tallies);
    counting.flow = alloc_zeroed(facets->first[facets->n_symbols], sizeof *counting.flow);
    rc = counting.tallies == NULL || counting.flow == NULL ? LW_ERR_MEMORY : 0;
    if (rc == 0) {
        count_events(renderer, facets, &counting);
        rc = expected_add(&made, "length", "", 0, n_traces > 0 ? n_events / n_traces : NAN);
    }
    if (rc == 0)
        rc = expected_add_shares(&made, facets, counting.flow, n_events);
    if (rc == 0)
        rc = add_rows(&counting, n_traces, &made);
    free(counting.tallies);
    free(counting.flow);
    targets_release(&targets);
    if (rc == 0)
        *out = made;
    else
        expected_release(&made);
    return rc == 0 ? 0 : fail_memory(err, "counting what was generated");
}
