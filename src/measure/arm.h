/*
 * One detector, fitted and given a threshold, on one training part: the step that all evaluations share. With generated
 * traces, the normal ones join the training traces and the anomalous ones help to choose the threshold.
 */
#ifndef LW_MEASURE_ARM_H
#define LW_MEASURE_ARM_H

#include "detect/detector.h"
#include "generate/generate.h"

struct arm_input {
    const struct trace_set *set; /* what indexes point into */
    const uint32_t *train;       /* [n_train] by time */
    size_t n_train, n_blocks;    /* see fold.h */
    bool is_clean;               /* the training traces are known to be normal */
    /* Generated from the training traces outside each block, and from all of them; both NULL: real traces alone. */
    const struct generated *for_blocks; /* [n_blocks] */
    const struct generated *for_model;
};
struct arm {
    void *model; /* fitted on all training traces; the detector's to free */
    double threshold;
    char *rule;          /* malloc'ed: where the threshold comes from */
    double *held_scores; /* [n_train] of the training traces, by models that have not seen them; malloc'ed */
    double fit_s;
};

/* On failure nothing is left in *out. */
int arm_fit(const struct detector *detector, const struct arm_input *in, const struct lw_run *run, struct arm *out,
            struct lw_error *err);
/* All but the model. */
void arm_release(struct arm *arm);
/* scores[n] and events[n] of the traces indexes[n] of the set; in parallel. */
int arm_score(const struct detector *detector, const void *model, const struct trace_set *set, const uint32_t *indexes,
              size_t n, const struct lw_run *run, double *scores, uint32_t *events, struct lw_error *err);

#endif
