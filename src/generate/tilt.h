/*
 * A machine whose probabilities were bent by constraints: the same states and transitions, none added. Owned by the
 * struct, immutable once built; any number of threads may read it.
 */
#ifndef LW_GENERATE_TILT_H
#define LW_GENERATE_TILT_H

#include "generate/constraints.h"
#include "learn/machine.h"
#include "learn/templates.h"

struct tilt {
    const struct machine *machine;     /* borrowed */
    const struct templates *templates; /* borrowed */
    double *p;                         /* [n_edges] they sum to 1 in every state that has a way to the end, else 0 */
    double *flow;                      /* [n_edges] expected times a trace takes the transition */
    uint32_t *way_out;                 /* [n_states] first transition of the shortest way to the end, or UINT32_MAX */
    double level_weights[LW_LEVEL_COUNT]; /* odds of each level within a template that comes with several */
    double shares[LW_LEVEL_COUNT];        /* expected share of each level among events */
    double expected_len;                  /* events of a trace */
};

/* longest: events of the longest trace seen; level targets may not make traces longer than that on average.
 * LW_ERR_NOT_FOUND: a weight for a template that is not there. LW_ERR_INFEASIBLE: says what binds and what can be met.
 * LW_ERR_MEMORY. */
int tilt_build(const struct machine *machine, const struct templates *templates,
               const struct lw_constraints *constraints, size_t longest, struct tilt *out, struct lw_error *err);
void tilt_release(struct tilt *tilt);

#endif
