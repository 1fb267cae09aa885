/*
 * The threshold is chosen on training data that the model it is chosen with has not seen: the detector is fitted on the
 * earlier four fifths, the latest fifth gives the scores of normal traces. Generated anomalies are made from the
 * earlier part too, so that nothing of the validation part stands in them. Then the detector is fitted again on
 * everything.
 */
#include "measure/arm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/fail.h"
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

static int mix_make(const struct arm_input *in, size_t n_real, const struct generated *generated, struct mix *out,
                    struct lw_error *err)
{
    *out = (struct mix){.fit = NULL};
    trace_set_init(&out->set);
    int status = trace_set_select(in->set, in->train, n_real, &out->set, err);
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
    double *normal, *anomalous;
    uint32_t *events; /* not looked at */
    size_t n_normal;
};

static int validate(const struct detector *detector, const struct arm_input *in, const struct mix *mix,
                    const struct lw_run *run, struct validation *v, struct lw_error *err)
{
    /* With fewer than five training traces there is no validation part: they stand for themselves. */
    const uint32_t *held = in->n_fit < in->n_train ? in->train + in->n_fit : in->train;
    v->n_normal = in->n_fit < in->n_train ? in->n_train - in->n_fit : in->n_train;
    v->normal = alloc_array(v->n_normal, sizeof *v->normal);
    v->anomalous = alloc_array(mix->n_anomalous, sizeof *v->anomalous);
    v->events = alloc_array(v->n_normal + mix->n_anomalous, sizeof *v->events);
    if (v->normal == NULL || v->anomalous == NULL || v->events == NULL)
        return fail_memory(err, "choosing a threshold");
    void *model;
    int status = detector->fit(&mix->set, mix->fit, mix->n_fit, run, &model, err);
    if (status != 0)
        return status;
    status = arm_score(detector, model, in->set, held, v->n_normal, run, v->normal, v->events, err);
    if (status == 0)
        status =
            arm_score(detector, model, &mix->set, mix->anomalous, mix->n_anomalous, run, v->anomalous, v->events, err);
    detector->free(model);
    return status;
}

static int choose_threshold(const struct detector *detector, const struct arm_input *in, const struct lw_run *run,
                            struct arm *out, struct lw_error *err)
{
    struct mix mix;
    int status = mix_make(in, in->n_fit, in->for_threshold, &mix, err);
    if (status != 0)
        return status;
    struct validation v = {NULL, NULL, NULL, 0};
    status = validate(detector, in, &mix, run, &v, err);
    char rule[160];
    if (status == 0 && mix.n_anomalous > 0 && mix.n_anomalous < in->for_threshold->traces.n_traces) {
        double prevalence = (double)mix.n_anomalous / (double)in->for_threshold->traces.n_traces;
        out->threshold = threshold_from_anomalies(v.normal, v.n_normal, v.anomalous, mix.n_anomalous, prevalence);
        snprintf(rule, sizeof rule, "best F1 on %zu validation traces and %zu generated anomalies", v.n_normal,
                 mix.n_anomalous);
    } else if (status == 0) {
        out->threshold = threshold_from_normals(v.normal, v.n_normal);
        snprintf(rule, sizeof rule, "at most %g %% of %zu validation traces above", THRESHOLD_ALARM_SHARE * 100,
                 v.n_normal);
    }
    if (status == 0 && (out->rule = alloc_text(rule, strlen(rule))) == NULL)
        status = fail_memory(err, "choosing a threshold");
    free(v.normal);
    free(v.anomalous);
    free(v.events);
    mix_release(&mix);
    return status;
}

int arm_fit(const struct detector *detector, const struct arm_input *in, const struct lw_run *run, struct arm *out,
            struct lw_error *err)
{
    *out = (struct arm){.model = NULL};
    int status = choose_threshold(detector, in, run, out, err);
    if (status != 0)
        return status;
    struct mix mix;
    status = mix_make(in, in->n_train, in->for_model, &mix, err);
    if (status == 0) {
        double start = clock_monotonic_s();
        status = detector->fit(&mix.set, mix.fit, mix.n_fit, run, &out->model, err);
        out->fit_s = clock_monotonic_s() - start;
        mix_release(&mix);
    }
    if (status != 0) {
        free(out->rule);
        out->rule = NULL;
    }
    return status;
}
