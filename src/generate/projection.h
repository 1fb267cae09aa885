/*
 * The machine nearest to a machine that obeys linear rules on what traces hold on average: of all distributions over
 * its traces that obey them the one of least relative entropy to it, the information projection (Csiszar 1975). It is a
 * machine again. Owned by the struct; not thread-safe.
 */
#ifndef LW_GENERATE_PROJECTION_H
#define LW_GENERATE_PROJECTION_H

#include "generate/elimination.h"
#include "generate/ways.h"

#define PROJECTION_THETA_MAX 40.0 /* nepers: a rule that needs more is not met */

/* One rule: the expectation of its feature over a trace is `constant` times -1 or more, just that if is_exact. A
 * feature is a sum over the events of a trace of what each brings by what it comes as, its facet, and over its pairs of
 * neighbours of what they bring. */
struct projection_rule {
    double constant;
    bool is_exact;
};
struct projection {
    struct ways *ways;         /* borrowed; p is bent */
    const uint32_t *ranks;     /* [n_states] borrowed, see ways_rank; NULL: an order is found */
    const size_t *first_facet; /* [n_symbols + 1] borrowed: the facets of a template */
    double *shares;            /* [facets] borrowed, of each among its template's; bent, 0 stays 0 */
    size_t n_rules, n_pairs;
    const struct projection_rule *rules; /* [n_rules] borrowed */
    const double *facet_features;        /* [facets][n_rules] borrowed */
    const double *pair_features;         /* [n_pairs][n_rules] borrowed, or NULL: they bring nothing */
    double horizon; /* events: that a trace goes on for n more falls at least as fast as exp(-n / horizon); INFINITY:
                       that it ends is enough */

    double *theta;  /* [n_rules] 0 or more where the rule is not exact: how hard each pulls */
    double *excess; /* [n_rules] expectation of the feature + constant: what is left above the rule, or below it */
    double *flow;   /* [n_steps] expected times a trace takes each step */
    double expected_len;
    double rest;     /* the most events that are expected to follow a state */
    double entropy;  /* relative entropy to the machine begun with, nepers */
    size_t n_solves; /* linear systems factored */

    struct elimination elimination;
    double *scratch; /* see projection.c */
};

/* The members named borrowed are set before. 0 or LW_ERR_MEMORY. */
int projection_init(struct projection *projection);
void projection_release(struct projection *projection);
/* 0 also where rules cannot be met: then theta of one of them stands at PROJECTION_THETA_MAX, or traces at the horizon,
 * and its excess is off. LW_ERR_INFEASIBLE: traces are endless, or beyond the horizon, to begin with. LW_ERR_MEMORY. */
int projection_run(struct projection *projection);

#endif
