/*
 * Methods that keep no order: lengths of traces as seen, events by frequency, each for itself. Both are a machine with
 * one state that all events lead back to, so weights and shares mean the same as for the machine that was learned.
 * "random" takes all delays and headers out of one pool, "template" those of an event out of its template's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/method.h"

#define POOLED_STATE 2u

struct pooled {
    struct machine machine;
    uint32_t *delays; /* [n_pools][MACHINE_DELAY_BINS] */
};

static void release_pooled(struct sampler *sampler)
{
    struct pooled *pooled = sampler->own;
    if (pooled == NULL)
        return;
    free(pooled->machine.states);
    free(pooled->machine.edges);
    free(pooled->delays);
    free(pooled);
    sampler->own = NULL;
}

static void add_edge(struct machine *pooled, uint32_t from, uint32_t to, uint32_t id, uint64_t count, double all)
{
    pooled->edges[pooled->n_edges++] = (struct machine_edge){
        .from = from, .to = to, .template_id = id, .count = count, .probability = (double)count / all, .is_core = true};
}

static void pool_delays(const struct machine *machine, struct pooled *pooled, bool is_by_template)
{
    for (size_t i = 0; i < machine->n_edges; i++) {
        const struct machine_edge *edge = &machine->edges[i];
        uint32_t *to = pooled->delays;
        if (edge->to == MACHINE_END || edge->from == MACHINE_START || edge->delays == NULL)
            continue;
        if (is_by_template)
            to += (size_t)edge->template_id * MACHINE_DELAY_BINS;
        for (size_t bin = 0; bin < MACHINE_DELAY_BINS; bin++)
            to[bin] += edge->delays[bin];
    }
    for (size_t i = 0; i < pooled->machine.n_edges; i++) {
        struct machine_edge *edge = &pooled->machine.edges[i];
        if (edge->to == MACHINE_END)
            continue;
        edge->delays = pooled->delays + (is_by_template ? (size_t)edge->template_id * MACHINE_DELAY_BINS : 0);
        for (size_t bin = 0; bin < MACHINE_DELAY_BINS; bin++)
            edge->timed += edge->delays[bin];
    }
}

static int build(const struct machine *machine, bool is_by_template, struct pooled *out)
{
    struct machine *pooled = &out->machine;
    uint64_t *counts = alloc_zeroed(machine->n_symbols, sizeof *counts), all = 0;
    pooled->states = alloc_zeroed(3, sizeof *pooled->states);
    pooled->edges = alloc_array(2 * (size_t)machine->n_symbols + 2, sizeof *pooled->edges);
    out->delays =
        alloc_zeroed((is_by_template ? machine->n_symbols : 1) * (size_t)MACHINE_DELAY_BINS, sizeof *out->delays);
    if (counts == NULL || pooled->states == NULL || pooled->edges == NULL || out->delays == NULL) {
        free(counts);
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < machine->n_edges; i++)
        if (machine->edges[i].to != MACHINE_END) {
            counts[machine->edges[i].template_id] += machine->edges[i].count;
            all += machine->edges[i].count;
        }
    for (uint32_t from = 0; from <= POOLED_STATE; from++) {
        pooled->states[from] = (struct machine_state){.first_edge = (uint32_t)pooled->n_edges};
        for (uint32_t id = 0; id < machine->n_symbols && from != MACHINE_END; id++)
            if (counts[id] > 0)
                add_edge(pooled, from, POOLED_STATE, id, counts[id], (double)(all + machine->n_traces));
        if (from != MACHINE_END)
            add_edge(pooled, from, MACHINE_END, LW_TEMPLATE_UNKNOWN, machine->n_traces,
                     (double)(all + machine->n_traces));
        pooled->states[from].n_edges = (uint32_t)(pooled->n_edges - pooled->states[from].first_edge);
    }
    free(counts);
    pooled->n_states = 3;
    pooled->n_traces = machine->n_traces;
    pooled->n_symbols = machine->n_symbols;
    pool_delays(machine, out, is_by_template);
    return 0;
}

static int init_pooled(struct sampler *sampler, const struct lw_constraints *constraints, bool is_by_template,
                       struct lw_error *err)
{
    struct lw_constraints mix = *constraints; /* borrowed: what asks what follows what is left out */
    mix.n_transition_weights = mix.n_calls = 0;
    struct pooled *pooled = sampler->own = alloc_zeroed(1, sizeof *pooled);
    if (pooled == NULL || build(sampler->blueprint->machine, is_by_template, pooled) != 0)
        return fail_memory(err, "pooling events");
    return tilt_build(&pooled->machine, sampler->blueprint, &mix, TILT_EXPLAIN, NULL, &sampler->tilt, err);
}

static int init_random(struct sampler *sampler, const struct lw_constraints *constraints, struct lw_error *err)
{
    return init_pooled(sampler, constraints, false, err);
}

static int init_template(struct sampler *sampler, const struct lw_constraints *constraints, struct lw_error *err)
{
    return init_pooled(sampler, constraints, true, err);
}

static size_t draw_length(const struct blueprint *blueprint, struct rng *rng)
{
    uint64_t at = rng_below(rng, blueprint->machine->n_traces);
    size_t i = 0;
    while (i + 1 < blueprint->n_lengths && at >= blueprint->lengths[i].count)
        at -= blueprint->lengths[i++].count;
    return blueprint->lengths[i].length;
}

static int draw_pooled(const struct sampler *sampler, uint64_t index, struct rng *rng, struct course *course)
{
    const struct ways *ways = &sampler->tilt.ways;
    size_t len = draw_length(sampler->blueprint, rng), first = ways->first[ways->n_nodes - 1],
           n = ways->first[ways->n_nodes] - first;
    int rc = 0;
    (void)index;
    while (rc == 0 && course->n < len) {
        struct walk_place place = {rng_uniform(rng), 1, 0};
        const struct way_step *step = &ways->steps[first + walk_choose(&place, sampler->cumulative + first, n, rng)];
        if (step->to != WAYS_END)
            rc = walk_add(sampler, &ways->machine->edges[step->edge], rng, course);
    }
    return rc;
}

const struct method method_random = {
    .info = {"random", "draws events, headers, delays and lengths by frequency, each for itself; keeps no order. Obeys "
                       "shares and template weights, not transition weights and calls"},
    .is_mixed = true,
    .has_any_header = true,
    .init = init_random,
    .draw = draw_pooled,
    .release = release_pooled,
};
const struct method method_template = {
    .info = {"template", "draws events by frequency, with the delays and headers of their template; keeps no order. "
                         "Obeys shares and template weights, not transition weights and calls"},
    .is_mixed = true,
    .init = init_template,
    .draw = draw_pooled,
    .release = release_pooled,
};
