/*
 * A record may belong to training and test traces at once (an HDFS record names several blocks). It is learned from
 * when any training trace has it, and then what the test traces have of it is taken out again: traces, variants and
 * machine come from whole training traces only.
 */
#include "measure/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

size_t fold_block_count(size_t n_train)
{
    return n_train < FOLD_MAX_BLOCKS ? 1 : FOLD_MAX_BLOCKS;
}

size_t fold_block_start(size_t n_train, size_t n_blocks, size_t block)
{
    return n_train / n_blocks * block + (n_train % n_blocks < block ? n_train % n_blocks : block);
}

size_t fold_without(const uint32_t *train, size_t n_train, size_t n_blocks, size_t block, uint32_t *out)
{
    size_t from = fold_block_start(n_train, n_blocks, block), to = fold_block_start(n_train, n_blocks, block + 1);
    if (n_blocks == 1)
        from = to = 0;
    memcpy(out, train, from * sizeof *out);
    memcpy(out + from, train + to, (n_train - to) * sizeof *out);
    return n_train - (to - from);
}

/* Replaces traces, variants and machine of the model by those of the traces given. On failure they are empty or
 * partly there, never wrong. */
static int set_traces(const struct fold *fold, const uint32_t *traces, size_t n, const struct lw_run *run,
                      struct model *model, struct lw_error *err)
{
    trace_set_init(&model->traces);
    memset(&model->variants, 0, sizeof model->variants);
    memset(&model->machine, 0, sizeof model->machine);
    int status = trace_set_select(&fold->all, traces, n, &model->traces, err);
    if (status == 0)
        status = variants_find(&model->traces, &model->variants, err);
    if (status == 0)
        status = machine_learn(&model->traces, run, &model->machine, err);
    return status;
}

static int leave_blocks_out(struct fold *fold, const struct lw_run *run, struct lw_error *err)
{
    const struct part *part = fold->part;
    uint32_t *traces = alloc_array(part->n_train, sizeof *traces);
    if (traces == NULL)
        return fail_memory(err, "cutting the training part into blocks");
    int status = 0;
    size_t n_blocks = fold_block_count(part->n_train);
    while (fold->n_blocks < n_blocks && status == 0) {
        size_t b = fold->n_blocks++; /* counted at once, so that fold_release sees it */
        size_t n = fold_without(part->train, part->n_train, n_blocks, b, traces);
        fold->without[b] = *fold->model;
        status = set_traces(fold, traces, n, run, &fold->without[b], err);
    }
    free(traces);
    return status;
}

static void release_traces(struct model *model)
{
    trace_set_release(&model->traces);
    variants_release(&model->variants);
    machine_release(&model->machine);
}

static int mark_duplicates(struct fold *fold, struct lw_error *err)
{
    const struct trace_set *all = &fold->all;
    const struct part *part = fold->part;
    struct intern seen = INTERN_INIT;
    fold->is_duplicate = alloc_array(part->n_test, 1);
    int status = fold->is_duplicate == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0; i < part->n_train && status == 0; i++) {
        uint32_t id;
        size_t first = all->first[part->train[i]];
        size_t n = trace_set_len(all, part->train[i]);
        status = intern_add(&seen, all->templates + first, n * sizeof *all->templates, &id);
    }
    for (size_t i = 0; i < part->n_test && status == 0; i++) {
        size_t first = all->first[part->test[i]], n = trace_set_len(all, part->test[i]);
        fold->is_duplicate[i] = intern_find(&seen, all->templates + first, n * sizeof *all->templates) != INTERN_NONE;
    }
    intern_release(&seen);
    return status != 0 ? fail_memory(err, "comparing test with training traces") : 0;
}

static int learn_model(const struct lw_log *log, const struct trace_rule *rule, struct user_masks *masks,
                       const struct trace_set *membership, const struct part *part, const struct lw_run *run,
                       struct model **out, struct lw_error *err)
{
    uint8_t *use = alloc_zeroed(lw_log_count(log), 1);
    if (use == NULL)
        return fail_memory(err, "choosing the training part");
    for (size_t i = 0; i < part->n_train; i++)
        for (size_t e = membership->first[part->train[i]]; e < membership->first[part->train[i] + 1]; e++)
            use[membership->records[e]] = 1;
    struct counts *counts;
    int status = counts_learn(log, rule, masks, use, run, &counts, err);
    free(use);
    if (status != 0)
        return status;
    const struct edits none = {NULL, 0, 0, 0};
    status = model_build(counts, &none, run, out, err);
    counts_free(counts);
    return status;
}

int fold_make(const struct lw_log *log, const struct trace_rule *rule, struct user_masks *masks,
              const struct trace_set *membership, const struct part *part, const struct lw_run *run, struct fold *out,
              struct lw_error *err)
{
    out->part = part;
    int status = learn_model(log, rule, masks, membership, part, run, &out->model, err);
    if (status != 0)
        return status;
    status = model_match_log(out->model, log, rule, run, &out->all, &out->record_templates, err);
    if (status == 0)
        status = variants_find(&out->all, &out->variants, err);
    if (status != 0)
        return status;
    release_traces(out->model);
    status = set_traces(out, part->train, part->n_train, run, out->model, err);
    if (status == 0)
        status = leave_blocks_out(out, run, err);
    return status != 0 ? status : mark_duplicates(out, err);
}

void fold_release(struct fold *fold)
{
    if (fold->model == NULL)
        return;
    for (size_t b = 0; b < fold->n_blocks; b++)
        release_traces(&fold->without[b]);
    trace_set_release(&fold->all);
    variants_release(&fold->variants);
    free(fold->record_templates);
    free(fold->is_duplicate);
    if (!fold->is_model_lent)
        model_free(fold->model);
    memset(fold, 0, sizeof *fold);
}
