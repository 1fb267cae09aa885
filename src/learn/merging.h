/*
 * A deterministic automaton learned from traces by merging states. A pure function of the variants and their counts;
 * their order does not matter. Immutable once learned.
 */
#ifndef LW_LEARN_MERGING_H
#define LW_LEARN_MERGING_H

#include "learn/contexts.h"

#define AUTOMATON_START 0u

struct automaton {
    size_t n_states;
    struct pair_map steps; /* (state, symbol); ends are no steps */
    uint32_t *to;          /* [steps.count] */
};

/* repeats: as for contexts_grow. min_visits: of a state that is compared with others; states with fewer go by their
 * context. The more, the more the automaton is one of contexts; INFINITY: nothing else. Every variant runs from the
 * start to its last event. */
int merging_learn(const struct trace_set *set, const struct variants *variants, const struct contexts *contexts,
                  double repeats, double min_visits, const struct lw_run *run, struct automaton *out,
                  struct lw_error *err);
void automaton_release(struct automaton *automaton);
/* The state after a step, or PAIR_NONE. */
static inline uint32_t automaton_next(const struct automaton *automaton, uint32_t state, uint32_t symbol)
{
    uint32_t step = pair_map_find(&automaton->steps, state, symbol);
    return step == PAIR_NONE ? PAIR_NONE : automaton->to[step];
}

#endif
