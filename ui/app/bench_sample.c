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
    bool has_natural;
    struct lw_figures *expected, *natural;
    double levels[LW_LEVEL_COUNT], *events_of;
    char *sample, *marks;
    size_t sample_len;
    uint64_t n_traces, n_events, n_anomalous;
};

static void free_sample(struct job *base)
{
    struct sample_job *job = (struct sample_job *)base;

    session_free(job->session);
    lw_constraints_free(job->constraints);
    lw_figures_free(job->expected);
    lw_figures_free(job->natural);
    lw_free(job->sample);
    lw_free(job->marks);
    free(job->events_of);
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
    job->has_natural = bench->natural != NULL;
    return job;
}

/* ---- the mix expected ---- */

static int work_expected(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct sample_job *job = (struct sample_job *)base;
    const struct lw_workspace *workspace = job->session->workspace;
    struct lw_constraints *none;

    (void)run;
    if (!job->has_natural && lw_constraints_new(&none, NULL) == 0) {
        if (lw_constraints_expected(workspace, none, &job->natural, NULL) != 0)
            job->natural = NULL;
        lw_constraints_free(none);
    }
    return lw_constraints_expected(workspace, job->constraints, &job->expected, err);
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
    if (job->natural) {
        lw_figures_free(bench->natural);
        bench->natural = job->natural;
        job->natural = NULL;
    }
    bench->expected_version = job->version;
    bench_build_knobs(app); /* services and error types have rows now */
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
    size_t n_templates = lw_template_count(job->session->workspace);

    const struct lw_workspace *workspace = job->session->workspace;
    const struct lw_traces *traces = lw_synthetic_traces(synthetic);
    struct lw_template template;
    struct lw_trace trace;

    job->events_of = calloc(n_templates + 1, sizeof *job->events_of);
    job->n_traces = lw_traces_count(traces);
    for (size_t i = 0; i < job->n_traces; i++) {
        job->n_anomalous += lw_synthetic_label(synthetic, i) == LW_ANOMALOUS;
        if (lw_traces_get(traces, i, &trace, NULL) != 0)
            continue;
        job->n_events += trace.n_events;
        for (size_t event = 0; event < trace.n_events; event++) {
            ptrdiff_t index = lw_template_index(workspace, trace.templates[event]);

            if (index < 0 || lw_template_get(workspace, (size_t)index, &template, NULL) != 0)
                continue;
            job->levels[template.level]++;
            if (job->events_of)
                job->events_of[index]++;
        }
    }
    double n = job->n_events > 0 ? (double)job->n_events : 1;

    for (int i = 0; i < LW_LEVEL_COUNT; i++)
        job->levels[i] /= n;
    for (size_t i = 0; job->events_of && i < n_templates; i++)
        job->events_of[i] /= n;
}

/* A sample is no longer than it takes to see what comes of the constraints. */
static int shorten(struct lw_constraints *constraints, struct lw_error *err)
{
    static const struct {
        const char *path;
        double most;
    } limits[] = {{"traces", 2000}, {"records", 50000}};
    double value;

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (lw_constraints_get(constraints, limits[i].path, &value, NULL) == 0 && value > limits[i].most) {
            int rc = lw_constraints_set(constraints, limits[i].path, limits[i].most, err);

            if (rc != 0)
                return rc;
        }
    return 0;
}

static int work_sample(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct sample_job *job = (struct sample_job *)base;
    struct lw_synthetic *synthetic;
    int rc = shorten(job->constraints, err);

    if (rc == 0)
        rc = lw_generate(job->session->workspace, job->constraints, job->method, run, &synthetic, err);
    if (rc != 0)
        return rc;
    count_events(job, synthetic);
    rc = lw_synthetic_sample(synthetic, BENCH_SAMPLE_BYTES, &job->sample, &job->sample_len, &job->marks, err);
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
    free(bench->sample_marks);
    free(bench->sample_events_of);
    bench->sample = text_copy(job->sample, job->sample_len);
    bench->sample_marks = job->marks ? text_copy(job->marks, strlen(job->marks)) : NULL;
    bench->sample_events_of = job->events_of;
    job->events_of = NULL;
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
    struct lw_write_options options = LW_WRITE_OPTIONS_INIT;
    struct lw_synthetic *synthetic;
    int rc = lw_generate(job->session->workspace, job->constraints, job->method, run, &synthetic, err);

    if (rc != 0)
        return rc;
    count_events(job, synthetic);
    text_printf(&labels, "%s.labels.csv", job->path);
    options.as = form_of(job->path);
    options.path = job->path;
    options.labels = job->n_anomalous > 0 ? labels.data : NULL;
    rc = labels.data ? lw_synthetic_write(synthetic, &options, run, err)
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
