/*
 * A machine whose probabilities were bent by constraints: the same states and transitions, none added. Owned by the
 * struct, immutable once built; any number of threads may read it.
 */
#ifndef LW_GENERATE_TILT_H
#define LW_GENERATE_TILT_H

#include "generate/blueprint.h"
#include "generate/ways.h"
#include "generate/targets.h"

struct tilt {
    const struct blueprint *blueprint; /* borrowed */
    struct ways ways;                  /* p of the steps sums to 1 over each node */
    double *flow;                      /* [n_steps] expected times a trace takes the step */
    double *facet_odds;                /* [facets] by how much more often an event comes as that, within its template */
    double *facet_flow;                /* [facets] expected events of a trace that come as that */
    struct targets targets;
    double *values;      /* [targets] expected shares; NaN: there is nothing to have a share of */
    double *pulls;       /* [targets] 0: does not bind; above 0 it lifts the share, below it holds it */
    double length_pull;  /* above 0: that traces grow no longer binds */
    double expected_len; /* events of a trace */
    double longest;      /* what that may be */
    size_t most;         /* events that next to no trace exceeds */
};

/* machine: the blueprint's, or one over the same templates. Targets may not make traces longer on average than the
 * longest one of the blueprint, nor some of them without end: what is expected then is what comes in a log of finite
 * size as well. LW_ERR_NOT_FOUND: constraints speak of a template, state, transition, service or type
 * of error that is not there. LW_ERR_INFEASIBLE: says what binds and what can be met. LW_ERR_MEMORY.
 * missed: NULL, or takes the place of err for targets that cannot be met but can be come near to; the tilt is then the
 * nearest. Its code is 0 when all are met. */
enum tilt_effort {
    TILT_EXPLAIN, /* finding out what binds and what can be met takes as many bends as there are targets */
    TILT_TRY      /* what cannot be met is told without a reason, and the tilt is as near to all of it as can be */
};
int tilt_build(const struct machine *machine, const struct blueprint *blueprint,
               const struct lw_constraints *constraints, enum tilt_effort effort, struct lw_error *missed,
               struct tilt *out, struct lw_error *err);
void tilt_release(struct tilt *tilt);

#endif
