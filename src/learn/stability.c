/*
 * The bootstrap (Efron 1979): the traces are drawn again with replacement, as many as there are, and an automaton of
 * the same size is learned from them. Its states have other numbers, so both automata are walked by all traces
 * together, and a state's counterpart is the one that most of its visits are in at the same time. A transition has
 * returned when both of its states are each other's counterpart, and the new one has the transition between them.
 *
 * What was drawn differs from the program by chance twice, once as traces and once as a sample of them, so the tests of
 * whether states differ count two of its traces as one; else there would be states that neither has.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/rng.h"
#include "learn/machine_index.h"
#include "learn/quality.h"

#define PURPOSE_RESAMPLE 0x6d01

struct resampling {
    const struct machine *machine;
    const struct trace_set *set;
    const struct variants *variants;
    uint64_t seed;
    bool *returned; /* [resamples][edges] */
    struct lw_error *errors;
};
struct match { /* visits of states of both automata together */
    struct pair_map pairs;
    uint64_t *visits;
    size_t cap;
    uint32_t *here, *there; /* counterpart of each state, or PAIR_NONE */
};

static int resample(const struct resampling *at, size_t index, struct variants *out)
{
    const struct variants *all = at->variants;
    uint64_t *counts = alloc_zeroed(all->n, sizeof *counts);
    struct rng rng;
    *out = (struct variants){.counts = alloc_array(all->n, sizeof *out->counts),
                             .example = alloc_array(all->n, sizeof *out->example)};
    if (counts == NULL || out->counts == NULL || out->example == NULL) {
        free(counts);
        variants_release(out);
        return LW_ERR_MEMORY;
    }
    rng_init(&rng, at->seed, PURPOSE_RESAMPLE, index);
    for (size_t t = 0; t < at->set->n_traces; t++)
        counts[all->of[rng_below(&rng, at->set->n_traces)]]++;
    for (size_t v = 0; v < all->n; v++)
        if (counts[v] > 0) {
            out->counts[out->n] = counts[v];
            out->example[out->n++] = all->example[v];
        }
    free(counts);
    return 0;
}

static int count_together(const struct resampling *at, const struct automaton *a, const struct automaton *b,
                          struct match *match)
{
    for (size_t v = 0; v < at->variants->n; v++) {
        size_t example = at->variants->example[v];
        uint32_t x = AUTOMATON_START, y = AUTOMATON_START, id;
        for (size_t i = at->set->first[example]; y != PAIR_NONE; i++) {
            size_t before = match->pairs.count;
            if (pair_map_add(&match->pairs, x, y, &id) != 0 ||
                alloc_grow(&match->visits, &match->cap, match->pairs.count, sizeof *match->visits) != 0)
                return LW_ERR_MEMORY;
            if (match->pairs.count > before)
                match->visits[id] = 0;
            match->visits[id] += at->variants->counts[v];
            if (i == at->set->first[example + 1])
                break;
            x = automaton_next(a, x, at->set->templates[i]);
            y = automaton_next(b, y, at->set->templates[i]);
        }
    }
    return 0;
}

/* Counterparts by most visits; of equals the first met. */
static int find_counterparts(struct match *match, size_t n_here, size_t n_there)
{
    size_t n[2] = {n_here, n_there};
    uint32_t **to[2] = {&match->here, &match->there};
    for (int side = 0; side < 2; side++) {
        uint64_t *most = alloc_zeroed(n[side], sizeof *most);
        *to[side] = alloc_array(n[side], sizeof **to[side]);
        if (most == NULL || *to[side] == NULL) {
            free(most);
            return LW_ERR_MEMORY;
        }
        for (size_t i = 0; i < n[side]; i++)
            (*to[side])[i] = PAIR_NONE;
        for (size_t i = 0; i < match->pairs.count; i++) {
            struct pair pair = match->pairs.pairs[i];
            uint32_t state = side == 0 ? pair.a : pair.b;
            if (match->visits[i] > most[state]) {
                most[state] = match->visits[i];
                (*to[side])[state] = side == 0 ? pair.b : pair.a;
            }
        }
        free(most);
    }
    return 0;
}

static uint32_t counterpart(const struct match *match, uint32_t state)
{
    uint32_t there = match->here[state];
    return there != PAIR_NONE && match->there[there] == state ? there : PAIR_NONE;
}

static void mark_returned(const struct resampling *at, const struct predictor *again, const struct match *match,
                          bool *returned)
{
    const struct machine_index *index = machine_index(at->machine);
    for (uint32_t m = 0; m < index->predictor.moves.count; m++) {
        struct pair move = index->predictor.moves.pairs[m];
        uint32_t from = counterpart(match, move.a);
        if (from == PAIR_NONE || pair_map_find(&again->moves, from, move.b) == PAIR_NONE)
            continue;
        returned[index->edge_of[m]] =
            move.b == CONTEXT_END ||
            automaton_next(&again->automaton, from, move.b) ==
                counterpart(match, automaton_next(&index->predictor.automaton, move.a, move.b));
    }
}

static int learn_again(void *arg, size_t number)
{
    struct resampling *at = arg;
    const struct machine_index *index = machine_index(at->machine);
    struct variants sample;
    struct predictor again;
    struct match match = {.pairs = PAIR_MAP_INIT};
    if (resample(at, number, &sample) != 0)
        return fail_memory(&at->errors[number], "resampling traces");
    struct model_size size = index->size;
    size.copies = 2; /* see above */
    int status = predictor_fit(at->set, &sample, &size, NULL, &again, &at->errors[number]);
    variants_release(&sample);
    if (status != 0)
        return status;
    if (count_together(at, &index->predictor.automaton, &again.automaton, &match) != 0 ||
        find_counterparts(&match, index->predictor.automaton.n_states, again.automaton.n_states) != 0)
        status = fail_memory(&at->errors[number], "resampling traces");
    else
        mark_returned(at, &again, &match, at->returned + number * at->machine->n_edges);
    pair_map_release(&match.pairs);
    free(match.visits);
    free(match.here);
    free(match.there);
    predictor_release(&again);
    return status;
}

int machine_stability(const struct machine *machine, const struct trace_set *set, const struct variants *variants,
                      size_t n_resamples, uint64_t seed, const struct lw_run *run, double *shares, struct lw_error *err)
{
    struct resampling at = {machine, set, variants, seed, NULL, NULL};
    if (n_resamples == 0)
        return fail(err, LW_ERR_USAGE, "no resamples were asked for; 20 tell shares to some 10 %%");
    at.returned = alloc_zeroed(n_resamples, machine->n_edges * sizeof *at.returned);
    at.errors = alloc_zeroed(n_resamples, sizeof *at.errors);
    int status = at.returned == NULL || at.errors == NULL ? fail_memory(err, "resampling traces") : 0;
    if (status == 0) {
        status = executor_run(run, "resampling", n_resamples, learn_again, &at);
        if (status == LW_ERR_CANCELLED)
            fail(err, LW_ERR_CANCELLED, "cancelled");
        for (size_t i = 0; i < n_resamples && status != 0 && err != NULL; i++)
            if (at.errors[i].code != LW_OK)
                *err = at.errors[i];
    }
    for (size_t e = 0; status == 0 && e < machine->n_edges; e++) {
        size_t n = 0;
        for (size_t i = 0; i < n_resamples; i++)
            n += at.returned[i * machine->n_edges + e];
        shares[e] = (double)n / (double)n_resamples;
    }
    free(at.returned);
    free(at.errors);
    return status;
}
