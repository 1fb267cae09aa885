/*
 * What the constraints will give: the mix that the machine has under them, which is worked out the moment they change,
 * a sample of the log, made shortly after the last change, and the log itself, into a file.
 */
#include "ui/app/app.h"
#include "ui/app/bench.h"
#include "ui/app/jobs.h"
#include "ui/kit/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sample_job {
    struct job job;
    struct session *session;
    struct lw_constraints *constraints;
    const char *method;
    uint64_t version;
    char *path; /* of the file; NULL: a sample */
    /* what is made */
    struct lw_figures *expected;
    double levels[LW_LEVEL_COUNT];
    char *sample;
    size_t sample_len;
    uint64_t n_traces, n_events, n_anomalous;
};

static void free_sample(struct job *base)
{
    struct sample_job *job = (struct sample_job *)base;

    session_free(job->session);
    lw_constraints_free(job->constraints);
    lw_figures_free(job->expected);
    lw_free(job->sample);
    free(job->path);
    free(job);
}

static struct sample_job *new_sample_job(struct app *app, const struct job_ops *ops)
{
    struct bench *bench = &app->bench;
    struct sample_job *job = calloc(1, sizeof *job);

    if (!job || lw_constraints_copy(bench->constraints, &job->constraints, NULL) != 0) {
        free(job);
        app_say(app, "out of memory");
        return NULL;
    }
    job->job.ops = ops;
    job->session = session_retain(app->session);
    job->method = lw_method_get(bench->method)->name;
    job->version = bench->version;
    return job;
}

/* ---- the mix expected ---- */

/* What cannot be met, in words. */
static int find_missed(const struct lw_figures *figures, struct lw_error *err)
{
    struct lw_figure figure;

    for (size_t i = 0; i < lw_figures_count(figures); i++)
        if (lw_figures_get(figures, i, &figure, NULL) == 0 && figure.verdict == 0) {
            err->code = LW_ERR_INFEASIBLE;
            snprintf(err->text, sizeof err->text, "%s", figure.note);
            return LW_ERR_INFEASIBLE;
        }
    return 0;
}

static int work_expected(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct sample_job *job = (struct sample_job *)base;

    int rc = lw_constraints_expected(job->session->workspace, job->constraints, &job->expected, err);

    (void)run;
    if (rc != 0)
        return rc;
    for (int i = LW_LEVEL_NONE + 1; i < LW_LEVEL_COUNT; i++) {
        char name[32];

        snprintf(name, sizeof name, "levels.%s", lw_level_name((enum lw_level)i));
        job->levels[i] = lw_figures_value(job->expected, name);
    }
    return find_missed(job->expected, err);
}

static void finish_expected(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct sample_job *job = (struct sample_job *)base;
    struct bench *bench = &app->bench;

    if (job->session != app->session || job->version != bench->version || rc == LW_ERR_CANCELLED)
        return;
    snprintf(bench->expected_error, sizeof bench->expected_error, "%s", rc == 0 ? "" : err->text);
    lw_figures_free(bench->expected);
    bench->expected = job->expected;
    job->expected = NULL;
    for (int i = 0; i < LW_LEVEL_COUNT; i++)
        bench->expected_levels[i] = rc == 0 ? job->levels[i] : NAN;
    bench->expected_version = job->version;
}

void bench_start_expected(struct app *app)
{
    static const struct job_ops ops = {NULL, false, false, work_expected, finish_expected, free_sample};
    struct sample_job *job = new_sample_job(app, &ops);

    if (job)
        jobs_start(app->jobs, JOB_EXPECTED, &job->job);
}

/* ---- a sample ---- */

/* Levels by template: what a template came with most. */
static void count_events(struct sample_job *job, const struct lw_synthetic *synthetic)
{
    const struct lw_workspace *workspace = job->session->workspace;
    const struct lw_traces *traces = lw_synthetic_traces(synthetic);
    struct lw_template template;
    struct lw_trace trace;

    job->n_traces = lw_traces_count(traces);
    for (size_t i = 0; i < job->n_traces; i++) {
        job->n_anomalous += lw_synthetic_label(synthetic, i) == LW_ANOMALOUS;
        if (lw_traces_get(traces, i, &trace, NULL) != 0)
            continue;
        job->n_events += trace.n_events;
        for (size_t event = 0; event < trace.n_events; event++) {
            ptrdiff_t index = lw_template_index(workspace, trace.templates[event]);

            if (index >= 0 && lw_template_get(workspace, (size_t)index, &template, NULL) == 0)
                job->levels[template.level]++;
        }
    }
    for (int i = 0; i < LW_LEVEL_COUNT; i++)
        job->levels[i] /= job->n_events > 0 ? (double)job->n_events : 1;
}

static int work_sample(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct sample_job *job = (struct sample_job *)base;
    struct lw_synthetic *synthetic;
    int rc = lw_generate(job->session->workspace, job->constraints, job->method, run, &synthetic, err);

    if (rc != 0)
        return rc;
    count_events(job, synthetic);
    rc = lw_synthetic_sample(synthetic, BENCH_SAMPLE_BYTES, &job->sample, &job->sample_len, err);
    lw_synthetic_free(synthetic);
    return rc;
}

static void finish_sample(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct sample_job *job = (struct sample_job *)base;
    struct bench *bench = &app->bench;

    if (job->session != app->session)
        return;
    snprintf(bench->sample_error, sizeof bench->sample_error, "%s",
             rc == 0                  ? ""
             : rc == LW_ERR_CANCELLED ? "cancelled; change a knob to try again"
                                      : err->text);
    if (rc != 0)
        return;
    free(bench->sample);
    bench->sample = text_copy(job->sample, job->sample_len);
    bench->sample_len = bench->sample ? job->sample_len : 0;
    bench->sample_traces = job->n_traces;
    bench->sample_events = job->n_events;
    bench->sample_anomalous = job->n_anomalous;
    memcpy(bench->levels, job->levels, sizeof bench->levels);
    bench->sample_version = job->version;
}

void bench_start_sample(struct app *app)
{
    static const struct job_ops ops = {"generating", false, false, work_sample, finish_sample, free_sample};
    struct sample_job *job = new_sample_job(app, &ops);

    if (job)
        jobs_start(app->jobs, JOB_SAMPLE, &job->job);
}

/* ---- the log itself ---- */

static const char *form_of(const char *path)
{
    static const char *const forms[][2] = {{".jsonl", "jsonl"}, {".json", "jsonl"}, {".tsv", "sequences"}};
    const char *end = strrchr(path, '.');

    for (size_t i = 0; end && i < sizeof forms / sizeof *forms; i++)
        if (strcmp(end, forms[i][0]) == 0)
            return forms[i][1];
    return "text";
}

static int work_generate(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct sample_job *job = (struct sample_job *)base;
    struct text labels = {NULL, 0, 0};
    struct lw_synthetic *synthetic;
    int rc = lw_generate(job->session->workspace, job->constraints, job->method, run, &synthetic, err);

    if (rc != 0)
        return rc;
    count_events(job, synthetic);
    text_printf(&labels, "%s.labels.csv", job->path);
    rc = labels.data ? lw_synthetic_write(synthetic, form_of(job->path), job->path,
                                          job->n_anomalous > 0 ? labels.data : NULL, run, err)
                     : text_fail(err, LW_ERR_MEMORY, "out of memory while generating");
    text_release(&labels);
    lw_synthetic_free(synthetic);
    return rc;
}

static void finish_generate(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    const struct sample_job *job = (const struct sample_job *)base;
    char traces[32], events[32];

    if (rc != 0)
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled; nothing was written" : err->text);
    else
        app_say(app, "%s, %s in %s%s%s%s", text_counted(traces, sizeof traces, job->n_traces, "trace"),
                text_counted(events, sizeof events, job->n_events, "event"), job->path,
                job->n_anomalous > 0 ? "; labels in " : "", job->n_anomalous > 0 ? job->path : "",
                job->n_anomalous > 0 ? ".labels.csv" : "");
}

void bench_generate(struct app *app, const char *path)
{
    static const struct job_ops ops = {"writing a generated log", true,       true, work_generate,
                                       finish_generate,           free_sample};
    struct sample_job *job;

    if (!app_is_learned(app)) {
        app_say(app, "nothing was learned yet");
        return;
    }
    job = new_sample_job(app, &ops);
    if (job && !(job->path = text_copy(path, strlen(path)))) {
        free_sample(&job->job);
        job = NULL;
    }
    if (job)
        jobs_start(app->jobs, JOB_GENERATE, &job->job);
}
