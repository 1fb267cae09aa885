/*
 * One training part with everything that is fitted on it alone: templates, machine, and the traces of the whole log
 * matched online against those templates.
 */
#ifndef LW_MEASURE_FOLD_H
#define LW_MEASURE_FOLD_H

#include "learn/model.h"
#include "measure/split.h"

#define FOLD_MAX_BLOCKS 5

struct fold {
    struct model *model;                   /* of the training traces alone */
    bool is_model_lent;                    /* somebody else frees the model */
    struct trace_set all;                  /* every trace of the log, templates of that model */
    struct variants variants;              /* of all */
    uint32_t *record_templates;            /* [records of the log], NULL once taken */
    const struct part *part;               /* borrowed */
    size_t n_blocks;                       /* see fold_block_count */
    struct model without[FOLD_MAX_BLOCKS]; /* as the model, but with traces and machine of the training traces that lie
                                              outside block b */
    uint8_t *is_duplicate;                 /* [part->n_test] the sequence stands in the training part as well */
};

/* membership: of the whole log under the rule. *out starts from zeros. */
int fold_make(const struct lw_log *log, const struct trace_rule *rule, struct user_masks *masks,
              const struct trace_set *membership, const struct part *part, const struct lw_run *run, struct fold *out,
              struct lw_error *err);
void fold_release(struct fold *fold);

/* Thresholds are chosen by blocked cross-validation: the training traces, in order of time, are cut into this many
 * blocks of neighbours, and each block is scored by a model fitted on the others. With fewer than five traces there is
 * one block, which then is scored by a model fitted on itself. */
size_t fold_block_count(size_t n_train);
size_t fold_block_start(size_t n_train, size_t n_blocks, size_t block); /* block n_blocks: n_train */
/* The training traces that block b is scored with: out[n_train], returns how many. */
size_t fold_without(const uint32_t *train, size_t n_train, size_t n_blocks, size_t block, uint32_t *out);

#endif
