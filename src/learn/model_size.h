/* How large an automaton should be, and how far it is to be trusted: chosen on variants that were held out. */
#ifndef LW_LEARN_MODEL_SIZE_H
#define LW_LEARN_MODEL_SIZE_H

#include "learn/predictor.h"

/* Too few variants to hold any out: what has served well. */
int model_size_choose(const struct trace_set *set, const struct variants *variants, const struct lw_run *run,
                      struct model_size *out, struct lw_error *err);

/* Parts of the variants: `held` gets every one whose sequence hashes to `part` of n_parts, `kept` the others. Owned by
 * the caller, who releases both; `of` is NULL in them. The same part whatever the order and the counts. */
int variants_hold_out(const struct trace_set *set, const struct variants *variants, unsigned part, unsigned n_parts,
                      struct variants *kept, struct variants *held, struct lw_error *err);

#endif
