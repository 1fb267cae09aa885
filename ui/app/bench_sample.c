/*
 * What the constraints will give: the mix that the machine has under them, which is worked out the moment they change,
 * and a sample of the log, made shortly after the last change.
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
    const struct lw_workspace *workspace; /* the session's, or NULL: the document's model is drawn from */
    struct lw_constraints *constraints;
    const char *method;
    uint64_t version;
    bool has_natural;
    /* what is made */
    struct lw_figures *expected, *natural, *achieved;
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
    lw_figures_free(job->achieved);
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
    job->workspace = bench_workspace(app);
    job->method = lw_method_get(bench->method)->name;
    job->version = bench->version;
    job->has_natural = bench->natural != NULL && !bench_is_of_document(app); /* the next document has another model */
    return job;
}

/* ---- the mix expected ---- */

int bench_bare(const struct lw_constraints *constraints, struct lw_constraints **out, struct lw_error *err)
{
    struct lw_settings *settings;
    struct lw_setting setting;
    char group[KNOB_PATH];
    int rc = lw_constraints_settings(constraints, &settings, err);

    if (rc != 0)
        return rc;
    rc = lw_constraints_copy(constraints, out, err);
    for (size_t i = 0; rc == 0 && i < lw_settings_count(settings); i++)
        if (lw_settings_get(settings, i, &setting, NULL) == 0) {
            /* whole groups, since some members cannot be without others */
            snprintf(group, sizeof group, "%.*s", (int)strcspn(setting.path, "."), setting.path);
            lw_constraints_put(*out, group, NULL, NULL);
        }
    lw_settings_free(settings);
    return rc;
}

static int work_expected(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct sample_job *job = (struct sample_job *)base;
    struct lw_constraints *none;

    (void)run;
    if (!job->has_natural && bench_bare(job->constraints, &none, NULL) == 0) {
        if (lw_constraints_expected(job->workspace, none, &job->natural, NULL) != 0)
            job->natural = NULL;
        lw_constraints_free(none);
    }
    return lw_constraints_expected(job->workspace, job->constraints, &job->expected, err);
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
        bench_see_levels(app);
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

static void count_traces(struct sample_job *job, const struct lw_synthetic *synthetic)
{
    const struct lw_traces *traces = lw_synthetic_traces(synthetic);
    struct lw_trace trace;

    job->n_traces = lw_traces_count(traces);
    for (size_t i = 0; i < job->n_traces; i++) {
        job->n_anomalous += lw_synthetic_label(synthetic, i) == LW_ANOMALOUS;
        if (lw_traces_get(traces, i, &trace, NULL) == 0)
            job->n_events += trace.n_events;
    }
}

/* Traces that begin a second, as they are asked for or as they did in the log; NaN: not known. */
static double trace_rate(const struct session *session, const struct lw_constraints *constraints)
{
    double rate;

    if (lw_constraints_get(constraints, "arrival.rate", &rate, NULL) == 0 && rate > 0)
        return rate;
    if (!session || session->summary.first_us == LW_NO_TIME || session->summary.last_us <= session->summary.first_us)
        return NAN;
    return (double)session->summary.traces / ((double)(session->summary.last_us - session->summary.first_us) / 1e6);
}

int bench_shorten(const struct session *session, struct lw_constraints *constraints, double most_traces,
                  struct lw_error *err)
{
    enum { USUAL_LENGTH = 25 }; /* events of a trace, for what is asked by records */
    const struct {
        const char *path;
        double most;
    } limits[] = {{"traces", most_traces},
                  {"records", most_traces * USUAL_LENGTH},
                  {"duration", most_traces / trace_rate(session, constraints)}};
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
    int rc = bench_shorten(job->session, job->constraints, SAMPLE_TRACES, err);

    if (rc == 0)
        rc = lw_generate(job->workspace, job->constraints, job->method, run, &synthetic, err);
    if (rc != 0)
        return rc;
    count_traces(job, synthetic);
    if (lw_synthetic_achieved(synthetic, job->constraints, &job->achieved, NULL) != 0)
        job->achieved = NULL; /* there is a sample none the less */
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
    lw_figures_free(bench->achieved);
    bench->sample = text_copy(job->sample, job->sample_len);
    bench->sample_marks = job->marks ? text_copy(job->marks, strlen(job->marks)) : NULL;
    bench->achieved = job->achieved;
    job->achieved = NULL;
    bench->sample_len = bench->sample ? job->sample_len : 0;
    bench->sample_traces = job->n_traces;
    bench->sample_events = job->n_events;
    bench->sample_anomalous = job->n_anomalous;
    bench->sample_version = job->version;
}

void bench_start_sample(struct app *app)
{
    static const struct job_ops ops = {"generating", false, false, work_sample, finish_sample, free_sample};
    struct sample_job *job = new_sample_job(app, &ops);

    if (job)
        jobs_start(app->jobs, JOB_SAMPLE, &job->job);
}
