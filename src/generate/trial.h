/*
 * One attempt at bending a machine so that targets are met, with some of what binds left out: what meets the targets,
 * and what finds out why they cannot be met, both run these.
 */
#ifndef LW_GENERATE_TRIAL_H
#define LW_GENERATE_TRIAL_H

#include "generate/projection.h"
#include "generate/targets.h"

#define TRIAL_NONE SIZE_MAX

struct problem { /* borrowed, all of it */
    const struct machine *machine;
    const struct facets *facets;
    const struct targets *targets;
    const double *odds;      /* [n_edges] before targets; over the edges of a state they sum to 1 */
    const double *free_odds; /* the same without weights of 0 */
    const uint32_t *ranks;   /* [n_states] see ways_rank, or NULL */
    double longest;          /* events that traces may have on average */
    double horizon;          /* events in which those that go on for as long become rarer by e, see projection.h */
};
/* What binds: the targets, then the length, then weights of 0. */
#define PROBLEM_LENGTH(problem)  ((problem)->targets->n)
#define PROBLEM_WEIGHTS(problem) ((problem)->targets->n + 1)
#define PROBLEM_RULES(problem)   ((problem)->targets->n + 2)

struct trial {
    struct ways ways; /* bent */
    double *shares;   /* [facets] bent, within each template */
    struct projection projection;
    double *values;     /* [targets] expected shares; NaN: there is nothing to have a share of */
    double *pulls;      /* [targets] theta; 0: the target does not bind; negative: it holds the share down */
    double length_pull; /* theta of the length */
    size_t missed;      /* the first of the rules that is not met, TRIAL_NONE if all are */

    struct projection_rule *rules;
    size_t *rule_targets; /* [n_rules] which target, or the length */
    double *signs;        /* [n_rules] -1: an upper bound */
    double *facet_features, *pair_features;
};

/* is_out: [PROBLEM_RULES] what is left out; NULL: nothing. soft: a target that is met as nearly as can be, so that its
 * value is the nearest; TRIAL_NONE: none. LW_ERR_INFEASIBLE: shares of 0 or 1 leave no way through the machine; then,
 * as after LW_ERR_MEMORY, *out is empty. What is missed otherwise is no error. */
int trial_run(const struct problem *problem, const bool *is_out, size_t soft, struct trial *out);
void trial_release(struct trial *trial);

#endif
