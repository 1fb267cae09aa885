/*
 * A blueprint under differential privacy. What it is made of are noised statistics of the traces (private_traces.h):
 * machine, delays, shares of templates and levels, lengths and starts follow from them. A message, as a sequence of
 * words with gaps, is in it only if clearly more than one trace had it. Values come from their types alone; so do names
 * of traces, and times begin on a day of their own. Taken for public is the form of what is told of: which types the
 * parameters of a message have, where they stand, what its header looks like, and the trace rule.
 */
#ifndef LW_GENERATE_PRIVATE_BLUEPRINT_H
#define LW_GENERATE_PRIVATE_BLUEPRINT_H

#include "generate/blueprint.h"
#include "generate/private_traces.h"

/* constraints: privacy.epsilon is set. The blueprint stands alone; model may go. report: appended one line that tells
 * budget and what came through. As private_traces_make; LW_ERR_INPUT too if nothing can be generated. */
int private_blueprint(const struct model *model, const struct lw_constraints *constraints, struct noise *noise,
                      const struct lw_run *run, struct blueprint **out, struct buf *report, struct lw_error *err);

/* The blueprint of a model as the constraints ask for it: private if privacy.epsilon is set, with the system's noise
 * unless there is a seed for it. report: NULL, or as above; else nothing is appended. */
int blueprint_under(const struct model *model, const struct lw_constraints *constraints, const struct lw_run *run,
                    struct blueprint **out, struct buf *report, struct lw_error *err);

#endif
