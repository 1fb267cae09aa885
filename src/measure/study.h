/*
 * A study: a labelled log, split, with everything fitted that does not depend on what is generated; then any number of
 * runs, each of which fits the detectors anew, with or without generated traces, and scores the held-out real ones.
 * Immutable once made and shared by reference, so runs may go on in several threads.
 */
#ifndef LW_MEASURE_STUDY_H
#define LW_MEASURE_STUDY_H

#include "generate/generate.h"
#include "measure/fold.h"
#include "measure/labels.h"
#include "measure/result.h"

#define STUDY_MAX_DETECTORS 32

struct detector_list {
    const struct detector *items[STUDY_MAX_DETECTORS];
    size_t n;
};
/* text: "all" or names with commas between; new-event is always there. */
int detector_list_parse(const char *text, struct detector_list *out, struct lw_error *err);

struct study {
    struct lw_log *log; /* retained */
    struct trace_rule *rule;
    struct user_masks *masks;
    char *split_spec;
    uint64_t seed;
    struct trace_set membership;
    struct lw_labels labels;
    struct split split;
    struct fold *folds; /* [split.n_folds] */
    struct detector_list detectors;
    _Atomic size_t owners;
};

int study_new(struct lw_log *log, const struct lw_study_options *options, const struct lw_run *run, struct study **out,
              struct lw_error *err);
struct study *study_retain(struct study *study);
void study_free(struct study *study);
enum study_arm {                  /* what detectors are trained on */
                 STUDY_REAL,      /* the training part; constraints and method are of no use */
                 STUDY_AUGMENTED, /* the training part and what is generated from it */
                 STUDY_SYNTHETIC  /* what is generated from the training part, alone: "train on synthetic, test on real"
                                   */
};
int study_run(struct study *study, enum study_arm arm, const struct lw_constraints *constraints, const char *method,
              const struct lw_run *run, struct lw_result **out, struct lw_error *err);

/* Fits each detector on all of `train` (threshold as arm.h says), scores all of `test`; a trace that stands in both
 * gets the score of a model that has not seen it. No truth. The result borrows both sets; release_owner is left to the
 * caller to set. */
int study_detect(const struct trace_set *train, const struct trace_set *test, const struct detector_list *detectors,
                 const struct lw_run *run, struct lw_result **out, struct lw_error *err);

#endif
