/*
 * The threshold is chosen on scores of training traces by models that have not seen them (blocked cross-validation,
 * fold.h); generated anomalies are scored along, made from what is outside the block too, so that nothing of a block
 * stands in what it is judged by. The scores of all blocks are pooled, as in cross-conformal prediction (Vovk 2015),
 * and the detector is fitted again on everything. Validating on one block alone, the latest, was tried: with some
 * hundred traces a single odd one then sets the threshold.
 */
#include "measure/arm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/fail.h"
#include "measure/fold.h"
#include "measure/threshold.h"

#define SCORE_BLOCK 64u

struct score_pass {
    const struct detector *detector;
    const void *model;
    const struct trace_set *set;
    const uint32_t *indexes;
    size_t n;
    double *scores;
    uint32_t *events;
    struct lw_error *errors; /* one a block */
};

static int score_block(void *arg, size_t block)
{
    struct score_pass *pass = arg;
    size_t end = (block + 1) * SCORE_BLOCK < pass->n ? (block + 1) * SCORE_BLOCK : pass->n;
    for (size_t i = block * SCORE_BLOCK; i < end; i++) {
        struct detector_verdict verdict;
        int status = pass->detector->score(pass->model, pass->set, pass->indexes[i], &verdict, &pass->errors[block]);
        if (status != 0)
            return status;
        pass->scores[i] = verdict.score;
        pass->events[i] = (uint32_t)verdict.event;
    }
    return 0;
}

int arm_score(const struct detector *detector, const void *model, const struct trace_set *set, const uint32_t *indexes,
              size_t n, const struct lw_run *run, double *scores, uint32_t *events, struct lw_error *err)
{
    size_t n_blocks = (n + SCORE_BLOCK - 1) / SCORE_BLOCK;
    struct lw_error *errors = alloc_zeroed(n_blocks, sizeof *errors);
    if (errors == NULL)
        return fail_memory(err, "scoring traces");
    struct score_pass pass = {detector, model, set, indexes, n, scores, events, errors};
    int status = executor_run(run, "scoring traces", n_blocks, score_block, &pass);
    if (status == LW_ERR_CANCELLED)
        fail(err, LW_ERR_CANCELLED, "cancelled");
    for (size_t i = 0; i < n_blocks && status != 0 && status != LW_ERR_CANCELLED; i++)
        if (errors[i].code != LW_OK && err != NULL) {
            *err = errors[i];
            break;
        }
    free(errors);
    return status;
}

/* What one fit sees: real traces, then generated ones. */
struct mix {
    struct trace_set set;
    uint32_t *fit, *anomalous; /* indexes into set */
    size_t n_fit, n_anomalous;
};

static void mix_release(struct mix *mix)
{
    trace_set_release(&mix->set);
    free(mix->fit);
    free(mix->anomalous);
}

static int mix_make(const struct trace_set *real, const uint32_t *indexes, size_t n_real,
                    const struct generated *generated, struct mix *out, struct lw_error *err)
{
    *out = (struct mix){.fit = NULL};
    trace_set_init(&out->set);
    int status = trace_set_select(real, indexes, n_real, &out->set, err);
    if (status == 0 && generated != NULL)
        status = trace_set_append(&out->set, &generated->traces, err);
    if (status == 0) {
        out->fit = alloc_array(out->set.n_traces, sizeof *out->fit);
        out->anomalous = alloc_array(out->set.n_traces, sizeof *out->anomalous);
        if (out->fit == NULL || out->anomalous == NULL)
            status = fail_memory(err, "putting a training part together");
    }
    for (size_t t = 0; t < out->set.n_traces && status == 0; t++) {
        if (t < n_real || generated->kinds[t - n_real] == ANOMALY_NONE)
            out->fit[out->n_fit++] = (uint32_t)t;
        else
            out->anomalous[out->n_anomalous++] = (uint32_t)t;
    }
    if (status != 0)
        mix_release(out);
    return status;
}

struct validation {
    double *normal;    /* [n_train], those of the arm */
    double *anomalous; /* room for every generated trace */
    uint32_t *scratch; /* as long as the longer of normal and anomalous */
    size_t n_anomalous;
};

static int validate_block(const struct detector *detector, const struct arm_input *in, size_t block,
                          const struct lw_run *run, struct validation *v, struct lw_error *err)
{
    struct mix mix;
    size_t from = fold_block_start(in->n_train, in->n_blocks, block);
    size_t n = fold_block_start(in->n_train, in->n_blocks, block + 1) - from;
    size_t n_fit = fold_without(in->train, in->n_train, in->n_blocks, block, v->scratch);
    int status =
        mix_make(in->set, v->scratch, n_fit, in->for_blocks != NULL ? &in->for_blocks[block] : NULL, &mix, err);
    if (status != 0)
        return status;
    void *model;
    status = detector->fit(&mix.set, mix.fit, mix.n_fit, run, &model, err);
    if (status == 0) {
        status = arm_score(detector, model, in->set, in->train + from, n, run, v->normal + from, v->scratch, err);
        if (status == 0)
            status = arm_score(detector, model, &mix.set, mix.anomalous, mix.n_anomalous, run,
                               v->anomalous + v->n_anomalous, v->scratch, err);
        v->n_anomalous += mix.n_anomalous;
        detector->free(model);
    }
    mix_release(&mix);
    return status;
}

static int set_threshold(const struct arm_input *in, struct validation *v, size_t n_generated, struct arm *out,
                         struct lw_error *err)
{
    double *normal = alloc_array(in->n_train, sizeof *normal); /* to be sorted */
    if (normal == NULL)
        return fail_memory(err, "choosing a threshold");
    memcpy(normal, v->normal, in->n_train * sizeof *normal);
    char rule[160];
    if (v->n_anomalous > 0 && v->n_anomalous < n_generated) {
        double prevalence = (double)v->n_anomalous / (double)n_generated;
        out->threshold = threshold_from_anomalies(normal, in->n_train, v->anomalous, v->n_anomalous, prevalence);
        snprintf(rule, sizeof rule, "best F1 on %zu training traces and %zu generated anomalies", in->n_train,
                 v->n_anomalous);
    } else if (in->is_clean) {
        out->threshold = threshold_from_normals(normal, in->n_train);
        snprintf(rule, sizeof rule, "%g %% of %zu training traces above", THRESHOLD_ALARM_SHARE * 100, in->n_train);
    } else {
        out->threshold = threshold_from_unlabelled(normal, in->n_train);
        snprintf(rule, sizeof rule, "outer fence of %zu training traces, or %g %% above", in->n_train,
                 THRESHOLD_ALARM_SHARE * 100);
    }
    free(normal);
    out->rule = alloc_text(rule, strlen(rule));
    return out->rule == NULL ? fail_memory(err, "choosing a threshold") : 0;
}

static int choose_threshold(const struct detector *detector, const struct arm_input *in, const struct lw_run *run,
                            struct arm *out, struct lw_error *err)
{
    size_t n_generated = 0;
    for (size_t b = 0; b < in->n_blocks && in->for_blocks != NULL; b++)
        n_generated += in->for_blocks[b].traces.n_traces;
    size_t longest = n_generated > in->n_train ? n_generated : in->n_train;
    out->held_scores = alloc_array(in->n_train, sizeof *out->held_scores);
    struct validation v = {out->held_scores, alloc_array(n_generated, sizeof *v.anomalous),
                           alloc_array(longest, sizeof *v.scratch), 0};
    bool is_whole = v.normal != NULL && v.anomalous != NULL && v.scratch != NULL;
    int status = is_whole ? 0 : fail_memory(err, "choosing a threshold");
    for (size_t b = 0; b < in->n_blocks && status == 0; b++)
        status = validate_block(detector, in, b, run, &v, err);
    if (status == 0)
        status = set_threshold(in, &v, n_generated, out, err);
    free(v.anomalous);
    free(v.scratch);
    return status;
}

void arm_release(struct arm *arm)
{
    free(arm->rule);
    free(arm->held_scores);
    *arm = (struct arm){.model = NULL};
}

int arm_fit(const struct detector *detector, const struct arm_input *in, const struct lw_run *run, struct arm *out,
            struct lw_error *err)
{
    *out = (struct arm){.model = NULL};
    struct mix mix;
    int status = choose_threshold(detector, in, run, out, err);
    if (status == 0)
        status = mix_make(in->set, in->train, in->n_train, in->for_model, &mix, err);
    if (status == 0) {
        double start = clock_monotonic_s();
        status = detector->fit(&mix.set, mix.fit, mix.n_fit, run, &out->model, err);
        out->fit_s = clock_monotonic_s() - start;
        mix_release(&mix);
    }
    if (status != 0)
        arm_release(out);
    return status;
}
