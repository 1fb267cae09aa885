/*
 * A record may belong to training and test traces at once (an HDFS record names several blocks). It is learned from
 * when any training trace has it, but traces, variants and machine come from whole training traces only: of_train
 * shares the model's templates and counts and replaces the rest.
 */
#include "measure/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

size_t fold_fit_count(size_t n)
{
    return n < 5 ? n : n - n / 5;
}

static void release_part_model(struct model *model)
{
    trace_set_release(&model->traces);
    variants_release(&model->variants);
    machine_release(&model->machine);
    memset(model, 0, sizeof *model);
}

static int make_part_model(const struct fold *fold, size_t n, const struct lw_run *run, struct model *out,
                           struct lw_error *err)
{
    *out = *fold->model;
    memset(&out->traces, 0, sizeof out->traces);
    memset(&out->variants, 0, sizeof out->variants);
    memset(&out->machine, 0, sizeof out->machine);
    trace_set_init(&out->traces);
    int status = trace_set_select(&fold->all, fold->part->train, n, &out->traces, err);
    if (status == 0)
        status = variants_find(&out->traces, &out->variants, err);
    if (status == 0)
        status = machine_learn(&out->traces, run, &out->machine, err);
    if (status != 0)
        release_part_model(out);
    return status;
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

static int learn_model(const struct lw_log *log, const struct trace_rule *rule, const struct trace_set *membership,
                       const struct part *part, const struct lw_run *run, struct model **out, struct lw_error *err)
{
    uint8_t *use = alloc_zeroed(lw_log_count(log), 1);
    if (use == NULL)
        return fail_memory(err, "choosing the training part");
    for (size_t i = 0; i < part->n_train; i++)
        for (size_t e = membership->first[part->train[i]]; e < membership->first[part->train[i] + 1]; e++)
            use[membership->records[e]] = 1;
    struct counts *counts;
    int status = counts_learn(log, rule, use, run, &counts, err);
    free(use);
    if (status != 0)
        return status;
    const struct edits none = {NULL, 0, 0};
    status = model_build(counts, &none, run, out, err);
    counts_free(counts);
    return status;
}

int fold_make(const struct lw_log *log, const struct trace_rule *rule, const struct trace_set *membership,
              const struct part *part, const struct lw_run *run, struct fold *out, struct lw_error *err)
{
    out->part = part;
    out->n_fit = fold_fit_count(part->n_train);
    int status = learn_model(log, rule, membership, part, run, &out->model, err);
    if (status != 0)
        return status;
    uint32_t *record_templates = NULL;
    status = model_match_log(out->model, log, rule, run, &out->all, &record_templates, err);
    free(record_templates);
    if (status == 0)
        status = make_part_model(out, out->n_fit, run, &out->of_fit, err);
    if (status == 0)
        status = make_part_model(out, part->n_train, run, &out->of_train, err);
    if (status == 0)
        status = mark_duplicates(out, err);
    return status;
}

void fold_release(struct fold *fold)
{
    if (fold->model == NULL)
        return;
    release_part_model(&fold->of_fit);
    release_part_model(&fold->of_train);
    trace_set_release(&fold->all);
    free(fold->is_duplicate);
    model_free(fold->model);
    fold->model = NULL;
}
