/*
 * The probabilistic state machine of a trace set: a pure function of it, whatever the order of its traces.
 * Deterministic: a state and a template give at most one edge. Edges carry count, probability and a histogram of
 * delays. Immutable once learned; any number of threads may walk.
 */
#ifndef LW_LEARN_MACHINE_H
#define LW_LEARN_MACHINE_H

#include "learn/delay.h"
#include "learn/predictor.h"
#include "learn/trace_set.h"

#define MACHINE_START 0u /* nothing leads into it */
#define MACHINE_END   1u

struct machine_edge {
    uint32_t from, to;
    uint32_t template_id; /* LW_TEMPLATE_UNKNOWN into MACHINE_END */
    uint64_t count;
    double probability; /* count over the state's visits */
    uint64_t timed;     /* how many had a delay */
    uint32_t *delays;   /* [MACHINE_DELAY_BINS] counts, or NULL when timed == 0 */
    bool is_core;       /* accepted and sampled; rarer ones are only kept */
};
struct machine_state {
    uint32_t template_id; /* that most visits came by; LW_TEMPLATE_UNKNOWN for start and end */
    uint32_t first_edge, n_edges;
    uint64_t visits;
    bool is_core; /* on core edges from start to it and on to the end */
    char *name;
};
struct machine {
    size_t n_states, n_edges;
    struct machine_state *states; /* 0 start, 1 end */
    struct machine_edge *edges;   /* by (from, falling count, to, template) */
    uint64_t n_traces;
    uint32_t n_symbols; /* largest template id seen + 1 */
    void *index;        /* private: the predictor, and how its numbers and these go together; NULL for a machine
                           that was not learned, which walks by its edges alone */
};

int machine_learn(const struct trace_set *set, const struct lw_run *run, struct machine *out, struct lw_error *err);
void machine_release(struct machine *machine);

/* One step of a walk. state is updated; returns log2 P(symbol | history), finite; *edge is the edge taken or NULL if it
 * was never seen. symbol LW_TEMPLATE_UNKNOWN is an event no training trace had, which leaves the state as it is; is_end
 * asks for the end instead. Over all symbols learned, the end and one unknown the probabilities sum to 1. */
struct machine_walk {
    uint32_t state;
    struct predictor_walk inner; /* private */
};
void machine_walk_init(struct machine_walk *walk);
double machine_step(const struct machine *machine, struct machine_walk *walk, uint32_t symbol, bool is_end,
                    const struct machine_edge **edge);
/* The same step for who does not ask how probable it is, which takes longer than the step: its edge, or NULL. */
const struct machine_edge *machine_follow(const struct machine *machine, struct machine_walk *walk, uint32_t symbol,
                                          bool is_end);
/* The most probable edge out of a state; NULL for end. */
const struct machine_edge *machine_expected(const struct machine *machine, uint32_t state);

/* What the public interface calls a machine. */
static inline const struct lw_machine *machine_public(const struct machine *machine)
{
    return (const struct lw_machine *)machine;
}

#endif
