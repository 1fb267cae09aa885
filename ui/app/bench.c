#include "ui/app/bench.h"

#include "ui/app/app.h"
#include "ui/app/jobs.h"
#include "ui/kit/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int bench_init(struct bench *bench, struct lw_error *err)
{
    memset(bench, 0, sizeof *bench);
    bench->version = 1;
    for (size_t arm = 0; arm < 2; arm++)
        for (size_t i = 0; i < BENCH_ROWS; i++)
            bench->moved[arm][i] = NAN;
    return lw_constraints_new(&bench->constraints, err);
}

struct trial *bench_trial_retain(struct trial *trial)
{
    if (trial)
        atomic_fetch_add(&trial->refs, 1);
    return trial;
}

void bench_trial_free(struct trial *trial)
{
    if (!trial || atomic_fetch_sub(&trial->refs, 1) > 1)
        return;
    lw_result_free(trial->baseline);
    lw_study_free(trial->study);
    session_free(trial->session);
    free(trial);
}

static void forget_results(struct bench *bench)
{
    bench_trial_free(bench->trial);
    lw_result_free(bench->augmented);
    free(bench->sample);
    lw_figures_free(bench->expected);
    lw_figures_free(bench->natural);
    free(bench->sample_marks);
    lw_figures_free(bench->achieved);
    bench->sample_marks = NULL;
    bench->expected = bench->natural = bench->achieved = NULL;
    bench->trial = NULL;
    bench->augmented = NULL;
    bench->sample = NULL;
    bench->sample_len = 0;
    bench->result_error[0] = bench->sample_error[0] = bench->expected_error[0] = '\0';
    bench->expected_version = bench->sample_version = 0;
    bench->result_count++;
    for (size_t arm = 0; arm < 2; arm++)
        for (size_t i = 0; i < BENCH_ROWS; i++)
            bench->moved[arm][i] = NAN;
}

void bench_release(struct bench *bench)
{
    forget_results(bench);
    bench_unpin(bench);
    bench_forget_presets(bench);
    for (size_t i = 0; i < bench->n_steps; i++)
        lw_constraints_free(bench->steps[i].constraints);
    free(bench->knobs);
    lw_constraints_free(bench->constraints);
}

bool bench_is_of_document(const struct app *app)
{
    return lw_constraints_has_model(app->bench.constraints) && (app->bench.is_of_document || !app_is_learned(app));
}

bool bench_is_ready(const struct app *app)
{
    return app_is_learned(app) || lw_constraints_has_model(app->bench.constraints);
}

const struct lw_workspace *bench_workspace(const struct app *app)
{
    return bench_is_of_document(app) ? NULL : app->session->workspace;
}

/* ---- the jobs ---- */

struct bench_job {
    struct job job;
    struct session *session;
    struct trial *trial; /* NULL: to be made */
    struct lw_constraints *constraints;
    const char *method, *split;
    uint64_t version, seed;
    char *trace;
    struct lw_result *augmented; /* what is made */
};

static void free_bench_job(struct job *base)
{
    struct bench_job *job = (struct bench_job *)base;

    session_free(job->session);
    bench_trial_free(job->trial);
    lw_constraints_free(job->constraints);
    lw_result_free(job->augmented);
    free(job->trace);
    free(job);
}

static struct bench_job *new_bench_job(struct app *app, const struct job_ops *ops)
{
    struct bench *bench = &app->bench;
    struct bench_job *job = calloc(1, sizeof *job);
    const struct lw_method_info *method = lw_method_get(bench->method);

    if (!job || lw_constraints_copy(bench->constraints, &job->constraints, NULL) != 0) {
        free(job);
        app_say(app, "out of memory");
        return NULL;
    }
    job->job.ops = ops;
    job->session = session_retain(app->session);
    job->trial = bench_trial_retain(bench->trial);
    job->method = method ? method->name : NULL;
    job->split = app->options.split;
    job->seed = app->options.seed;
    job->trace =
        text_copy_or_null(app->session->matched ? app->session->summary.trace_rule : app->session->asked_trace);
    job->version = bench->version;
    return job;
}

static int make_trial(struct bench_job *job, const struct lw_run *run, struct lw_error *err)
{
    struct lw_study_options options = LW_STUDY_OPTIONS_INIT;
    const struct session *session = job->session;
    struct trial *trial = calloc(1, sizeof *trial);
    int rc;

    if (!trial)
        return text_fail(err, LW_ERR_MEMORY, "out of memory while measuring");
    atomic_init(&trial->refs, 1);
    trial->session = session_retain(job->session);
    options.labels = session->labels_path;
    options.split = job->split;
    options.trace = job->trace;
    options.seed = job->seed;
    options.masks = session->summary.masks;
    if (session->labels && session->log) {
        rc = lw_study_new(session->log, &options, run, &trial->study, err);
        if (rc == 0)
            rc = lw_study_run(trial->study, NULL, NULL, run, &trial->baseline, err);
    } else {
        rc = lw_detect(session->workspace, session->traces, "all", run, &trial->baseline, err);
    }
    if (rc != 0)
        bench_trial_free(trial);
    else
        job->trial = trial;
    return rc;
}

/* The first job makes the trial, so that what is known without synthetic traces shows early. */
static int work_study(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct bench_job *job = (struct bench_job *)base;

    if (!job->trial)
        return make_trial(job, run, err);
    int rc = bench_shorten(job->session, job->constraints, MEASURED_TRACES, err);

    if (rc == 0)
        rc = bench_translate(job->session->workspace, lw_study_workspace(job->trial->study), &job->constraints, err);

    return rc != 0 ? rc : lw_study_run(job->trial->study, job->constraints, job->method, run, &job->augmented, err);
}

static void start_study(struct app *app);

static void finish_study(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct bench_job *job = (struct bench_job *)base;
    struct bench *bench = &app->bench;

    if (job->session != app->session) {
        bench->due_ms =
            app_is_learned(app) ? app_now_ms(app) : 0; /* the new session's study could not start while this one ran */
        return;
    }
    if (rc != 0) {
        snprintf(bench->result_error, sizeof bench->result_error, "%s",
                 rc == LW_ERR_CANCELLED ? "cancelled; change a knob to measure again" : err->text);
        app_say(app, "F1 is of the knobs before; on the training part: %s", bench->result_error);
        return;
    }
    bench->result_error[0] = '\0';
    bench->result_count++;
    if (!bench->trial) {
        bench->trial = job->trial;
        job->trial = NULL;
        start_study(app);
        return;
    }
    lw_result_free(bench->augmented);
    bench->augmented = job->augmented;
    bench->result_version = job->version;
    job->augmented = NULL;
}

static void start_study(struct app *app)
{
    static const struct job_ops ops = {"measuring detectors", true, false, work_study, finish_study, free_bench_job};
    static const struct job_ops first = {"fitting detectors", true, true, work_study, finish_study, free_bench_job};
    struct bench_job *job;

    if (!app_is_learned(app) || (app->bench.trial && !app->bench.trial->study))
        return;
    if (app->bench.trial && bench_is_of_document(app)) {
        /* templates of another system would teach the detectors nothing */
        snprintf(app->bench.result_error, sizeof app->bench.result_error,
                 "logs come from the document's model, not from this log");
        return;
    }
    if (!app->bench.trial && jobs_is_busy(app->jobs, JOB_STUDY))
        return; /* what it makes is the same for all constraints; its end starts the next */
    job = new_bench_job(app, app->bench.trial ? &ops : &first);
    if (job)
        jobs_start(app->jobs, JOB_STUDY, &job->job);
}

/* ---- what is set ---- */

void bench_see_levels(struct app *app)
{
    struct bench *bench = &app->bench;
    bool is_of_document = bench_is_of_document(app);
    double records = 0;

    for (int i = 0; !is_of_document && i < LW_LEVEL_COUNT; i++)
        records += (double)app->session->summary.levels[i];
    for (int i = 0; i < LW_LEVEL_COUNT; i++) {
        struct lw_figure figure;
        char path[40];

        snprintf(path, sizeof path, "levels.%s", lw_level_name((enum lw_level)i));
        if (is_of_document)
            bench->real_levels[i] = bench_find_figure(bench->natural, path, &figure) ? figure.value : 0;
        else
            bench->real_levels[i] = records > 0 ? (double)app->session->summary.levels[i] / records : 0;
    }
}

void bench_restart(struct app *app, bool is_edited)
{
    struct bench *bench = &app->bench;

    /* a study learns from the log itself, so edits of templates by hand do not touch it */
    if (is_edited && bench->trial && bench->trial->study)
        return;
    forget_results(bench);
    bench_see_levels(app);
    bench_build_knobs(app);
    jobs_cancel(app->jobs, JOB_EXPECTED);
    jobs_cancel(app->jobs, JOB_SAMPLE);
    jobs_cancel(app->jobs, JOB_STUDY);
    bench->due_ms = bench_is_ready(app) ? app_now_ms(app) : 0;
}

void bench_tick(struct app *app, int64_t now_ms)
{
    if (app->bench.due_ms == 0 || now_ms < app->bench.due_ms || !bench_is_ready(app))
        return;
    app->bench.due_ms = 0;
    if (app->bench.expected_version != app->bench.version)
        bench_start_expected(app);
    bench_start_sample(app);
    start_study(app);
}

bool bench_is_stale(const struct app *app, enum arm arm)
{
    return arm == ARM_AUGMENTED && app->bench.augmented && app->bench.result_version != app->bench.version;
}

/* ---- results ---- */

const struct lw_result *bench_result(const struct bench *bench, enum arm arm)
{
    return arm == ARM_AUGMENTED ? bench->augmented : bench->trial ? bench->trial->baseline : NULL;
}

size_t bench_row_count(const struct bench *bench, enum arm arm)
{
    const struct lw_result *result = bench_result(bench, arm);
    size_t n = result ? lw_result_row_count(result) : 0;

    return n < BENCH_ROWS ? n : BENCH_ROWS;
}

int bench_row(const struct bench *bench, enum arm arm, size_t index, struct lw_row *row)
{
    const struct lw_result *result = bench_result(bench, arm);

    if (!result || index >= BENCH_ROWS)
        return LW_ERR_NOT_FOUND;
    if (isnan(bench->moved[arm][index]))
        return lw_result_row(result, index, row, NULL);
    return lw_result_row_at(result, index, bench->moved[arm][index], row, NULL);
}

ptrdiff_t bench_find_row(const struct bench *bench, enum arm arm, const char *detector)
{
    struct lw_row row;

    for (size_t i = 0; i < bench_row_count(bench, arm); i++)
        if (bench_row(bench, arm, i, &row) == 0 && strcmp(row.detector, detector) == 0)
            return (ptrdiff_t)i;
    return -1;
}
