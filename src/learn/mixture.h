/*
 * Probabilities of whole traces by the best mixture found: the machine and several hidden machines (hidden_fit.h), each
 * with the weight that traces held out give it. Since a prior over models is updated along a trace by Bayes' rule, the
 * mixture of the probabilities of whole traces is also what mixing step by step with such weights comes to.
 */
#ifndef LW_LEARN_MIXTURE_H
#define LW_LEARN_MIXTURE_H

#include "learn/hidden_fit.h"
#include "learn/machine.h"

struct mixture {
    struct alphabet alphabet;
    struct hidden_list hidden;
    const struct machine *machine; /* borrowed */
    double *weights;               /* [hidden.n + 1] the machine's is the last one; they sum to 1 */
};

/* A pure function of the set; machine: the one that was learned from all of it. */
int mixture_learn(const struct trace_set *set, const struct variants *variants, const struct machine *machine,
                  const struct lw_run *run, struct mixture *out, struct lw_error *err);
void mixture_release(struct mixture *mixture);
/* log2 probability of each variant of any set under the same templates, its end included: log2_of[variants->n]. Over
 * all traces of the templates learned and one unknown the probabilities sum to 1, within single precision. */
int mixture_log2(const struct mixture *mixture, const struct trace_set *set, const struct variants *variants,
                 const struct lw_run *run, double *log2_of, struct lw_error *err);

#endif
