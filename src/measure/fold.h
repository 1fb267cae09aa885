/*
 * One training part with everything that is fitted on it alone: templates, machine, and the traces of the whole log
 * matched online against those templates.
 */
#ifndef LW_MEASURE_FOLD_H
#define LW_MEASURE_FOLD_H

#include "learn/model.h"
#include "measure/split.h"

struct fold {
    struct model *model;        /* of the training traces alone */
    bool is_model_lent;         /* somebody else frees the model */
    struct trace_set all;       /* every trace of the log, templates of that model */
    struct variants variants;   /* of all */
    uint32_t *record_templates; /* [records of the log], NULL once taken */
    const struct part *part;    /* borrowed */
    size_t n_fit;               /* train[0 .. n_fit - 1] fit while the threshold is chosen on the later rest */
    struct model of_fit;        /* as the model, but with the traces and machine of the first n_fit training traces */
    uint8_t *is_duplicate;      /* [part->n_test] the sequence stands in the training part as well */
};

/* membership: of the whole log under the rule. *out starts from zeros. */
int fold_make(const struct lw_log *log, const struct trace_rule *rule, const struct trace_set *membership,
              const struct part *part, const struct lw_run *run, struct fold *out, struct lw_error *err);
void fold_release(struct fold *fold);

/* Index of the first trace that validates: the latest fifth of n training traces does, where there are five. */
size_t fold_fit_count(size_t n);

#endif
