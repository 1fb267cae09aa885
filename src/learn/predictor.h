/*
 * What comes next, from an automaton and from contexts together: the engine of a machine, without names, delays or
 * edges to show. Immutable once fitted; any number of threads may step.
 */
#ifndef LW_LEARN_PREDICTOR_H
#define LW_LEARN_PREDICTOR_H

#include "learn/merging.h"

#define PREDICTOR_CLASSES 16 /* of how far a state is to be trusted; see trust */

struct model_size {
    double min_visits;               /* as for merging_learn */
    double copies;                   /* of what was observed, that make one observation; 1 if they are all it is */
    double trust[PREDICTOR_CLASSES]; /* share of the state's own distribution in the mixture, by class */
};
struct predictor_node;
struct predictor_cell;
struct predictor {
    struct contexts contexts;
    struct automaton automaton;
    struct pair_map moves; /* (state, symbol), CONTEXT_END for the end: in order of (state, symbol) first seen */
    uint64_t *move_counts; /* [moves.count] */
    uint64_t *visits;      /* [states] */
    uint32_t *kinds;       /* [states] different symbols */
    struct pair_map steps; /* (context, symbol) */
    struct predictor_cell *cells;
    struct predictor_node *nodes;    /* [contexts.n] */
    double trust[PREDICTOR_CLASSES]; /* of the model size */
    double repeats;                  /* so many copies of a trace are one observation */
};
struct predictor_walk {
    uint32_t state;
    bool is_lost;                      /* the last step was never seen; state is where such contexts mostly are */
    uint32_t history[CONTEXT_MAX_LEN]; /* last symbols, newest first */
    unsigned n_history;
};

/* variants: those of the set that count, as often as they say. */
int predictor_fit(const struct trace_set *set, const struct variants *variants, const struct model_size *size,
                  const struct lw_run *run, struct predictor *out, struct lw_error *err);
void predictor_release(struct predictor *predictor);

void predictor_begin(struct predictor_walk *walk);
/* Probability of symbol, or CONTEXT_END, after the walk; over all symbols fitted, the end and one unknown it sums to 1.
 */
double predictor_probability(const struct predictor *predictor, const struct predictor_walk *walk, uint32_t symbol);
/* The two parts of it and the class of the state. */
void predictor_parts(const struct predictor *predictor, const struct predictor_walk *walk, uint32_t symbol,
                     double *of_state, double *of_context, unsigned *class);
/* Takes the symbol, no end; the id of the move, or PAIR_NONE if it was never seen. */
uint32_t predictor_step(const struct predictor *predictor, struct predictor_walk *walk, uint32_t symbol);

#endif
