/*
 * Keeping counts within a bound of memory, by giving up what can be missed, in this order: sketches of the values of
 * parameters; the rarest sequences, which are then counted together as one; the traces that began last. What is given
 * up follows from the counts alone, so learning in blocks on any number of threads gives the same.
 */
#ifndef LW_LEARN_BOUND_H
#define LW_LEARN_BOUND_H

#include "learn/counts.h"

#define BOUND_LEAST ((uint64_t)8 << 20) /* bytes: with less, nothing is learned */
/* The message that stands for all that were given up. */
#define BOUND_OTHER "(other messages)"

/* Bytes that the counts will take together with the model made of them, roughly and rather too many: of sequences with
 * their parameters and layouts, and of traces. */
struct bound_cost {
    uint64_t sketches, sequences, traces;
};
struct bound_cost counts_cost(const struct counts *counts);
/* Gives up until the counts cost no more than limit. *remap (malloc'ed; may be NULL, where nothing was renumbered) says
 * which ids the sequences have now that were there before. LW_ERR_MEMORY: there is nothing left to give up. */
int counts_bound(struct counts *counts, uint64_t limit, uint32_t **remap, struct lw_error *err);

#endif
