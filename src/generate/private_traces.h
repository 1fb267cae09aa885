/*
 * Traces made from noised statistics of real ones: whatever is learned from them, or made of them, is as private as
 * they are. The unit is one trace: who has what is published cannot well tell whether any one trace was in the log.
 */
#ifndef LW_GENERATE_PRIVATE_TRACES_H
#define LW_GENERATE_PRIVATE_TRACES_H

#include "base/noise.h"
#include "learn/model.h"

struct privacy_budget {
    double epsilon, delta;
    double clip; /* events of a trace that count */
};

struct private_traces {
    struct trace_set traces;   /* with the ids of the model's templates; starts are in order, from 0 on */
    uint64_t *sequence_counts; /* [n_sequences] traces that a sequence is in; 0: it may not be told of */
    size_t n_sequences;
    uint64_t *template_counts;                             /* [templates] the most of its sequences */
    uint64_t n_real;                                       /* traces, noised */
    size_t n_templates, n_bags, n_variants, n_transitions; /* that may be told of; bags: of events, in any order */
    double rho;                                            /* of all releases together */
};

/* LW_ERR_INPUT if the log has no traces, LW_ERR_INFEASIBLE if the budget lets nothing through, LW_ERR_IO if the system
 * gives no randomness. */
int private_traces_make(const struct model *model, const struct privacy_budget *budget, struct noise *noise,
                        struct private_traces *out, struct lw_error *err);
void private_traces_release(struct private_traces *made); /* starts from zeros */

#endif
