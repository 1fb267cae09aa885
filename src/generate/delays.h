/*
 * How long the steps of a machine take, finer than the bins that it was learned with: for each transition stretches of
 * time, each with its share. A delay that was seen often is a stretch of its own; the others are stretches of some
 * delays each, spread around their mean, so that none is told one by one. Delays are drawn in steps of the log's clock.
 * Immutable once made; memory is the arena's.
 */
#ifndef LW_GENERATE_DELAYS_H
#define LW_GENERATE_DELAYS_H

#include "base/arena.h"
#include "base/rng.h"
#include "learn/machine.h"

#define DELAYS_LEAST 5 /* timings of a transition, and of a stretch */

struct stretch {
    double from_us, to_us; /* evenly between */
    double upto;           /* timings of the first ones up to and with this */
};
struct delays {
    size_t *first; /* [edges + 1] stretches of a transition: first[e] ..., none where it has too few timings; NULL: none
                      of any */
    struct stretch *stretches;
    int64_t step_us; /* the log tells time in these */
};

/* 0, LW_ERR_MEMORY or LW_ERR_CANCELLED. traces: those that the machine was learned from. */
int delays_find(struct delays *delays, const struct machine *machine, const struct trace_set *traces,
                struct arena *arena, struct lw_error *err);
/* A delay of a transition times the factor, or -1: there are no stretches of it. */
int64_t delays_draw(const struct delays *delays, size_t edge, double factor, struct rng *rng);

#endif
