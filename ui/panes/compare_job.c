/*
 * The jobs behind the Compare pane, one after the other in one slot: the other log is made or read, counted and
 * learned; then it is measured, which takes longer. Each stage shows as it ends. A change of the constraints cancels
 * what runs, and what was overtaken is never shown.
 */
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/compare.h"

#include <stdlib.h>
#include <string.h>

struct comparison *comparison_retain(struct comparison *comparison)
{
    atomic_fetch_add(&comparison->refs, 1);
    return comparison;
}

void comparison_free(struct comparison *comparison)
{
    if (!comparison || atomic_fetch_sub(&comparison->refs, 1) > 1)
        return;
    lw_machine_diff_free(comparison->diff);
    lw_workspace_free(comparison->other);
    lw_log_free(comparison->log);
    session_free(comparison->session);
    free(comparison->rows);
    free(comparison->path);
    free(comparison->name);
    free(comparison);
}

struct compare_job {
    struct job job;
    struct comparison *about;
    /* making it */
    struct lw_constraints *constraints;
    const char *method;
    /* measuring it */
    int measure;
    uint64_t seed;
    struct lw_figures *figures;
};

static void free_compare_job(struct job *base)
{
    struct compare_job *job = (struct compare_job *)base;

    comparison_free(job->about);
    lw_constraints_free(job->constraints);
    lw_figures_free(job->figures);
    free(job);
}

/* ---- measuring ---- */

static int measure_fidelity(const struct compare_job *job, const struct lw_run *run, struct lw_figures **out,
                            struct lw_error *err)
{
    const struct session *session = job->about->session;
    struct lw_fidelity_options options = LW_FIDELITY_OPTIONS_INIT;

    options.workspace = session->workspace;
    options.labels = session->labels_path;
    options.seed = job->seed;
    return lw_fidelity(session->log, job->about->log, &options, run, out, err);
}

/* privacy.allow is a list in JSON; commas between names are asked for. */
static char *allowed_of(const struct lw_constraints *constraints)
{
    struct lw_settings *settings;
    const char *value;
    char *out = NULL;
    size_t n = 0;

    if (lw_constraints_settings(constraints, &settings, NULL) != 0)
        return NULL;
    value = lw_settings_value(settings, "privacy.allow");
    if (value && (out = text_copy(value, strlen(value))) != NULL) {
        for (const char *at = value; *at; at++)
            if (!strchr("[]\" ", *at))
                out[n++] = *at;
        out[n] = '\0';
    }
    lw_settings_free(settings);
    return out;
}

static int measure_privacy(const struct compare_job *job, const struct lw_run *run, struct lw_figures **out,
                           struct lw_error *err)
{
    const struct session *session = job->about->session;
    struct lw_privacy_options options = LW_PRIVACY_OPTIONS_INIT;
    char *allow = allowed_of(job->constraints);
    double least;
    int rc;

    options.workspace = session->workspace;
    options.allow = allow && *allow ? allow : NULL;
    options.seed = job->seed;
    if (lw_constraints_get(job->constraints, "privacy.minimum_count", &least, NULL) == 0)
        options.minimum_count = (uint64_t)least;
    rc = lw_privacy(session->log, job->about->log, &options, run, out, err);
    free(allow);
    return rc;
}

static const struct {
    const char *name;
    int (*work)(const struct compare_job *job, const struct lw_run *run, struct lw_figures **out, struct lw_error *err);
} measures[N_MEASURES] = {
    {"fidelity", measure_fidelity},
    {"privacy", measure_privacy},
};

const char *compare_measure_name(int measure)
{
    return measures[measure].name;
}

static int work_measure(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct compare_job *job = (struct compare_job *)base;

    return measures[job->measure].work(job, run, &job->figures, err);
}

static void start_measure(struct app *app, struct comparison *about, int measure);

static void finish_measure(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct compare_job *job = (struct compare_job *)base;
    struct compare *self = compare_of(app);

    if (job->about != self->shown)
        return;
    lw_figures_free(self->figures[job->measure]);
    self->figures[job->measure] = job->figures;
    job->figures = NULL;
    self->measured[job->measure] = job->about;
    snprintf(self->errors[job->measure], sizeof self->errors[job->measure], "%s",
             rc == 0                  ? ""
             : rc == LW_ERR_CANCELLED ? "cancelled; :compare measures again"
                                      : err->text);
    if (rc != LW_ERR_CANCELLED && job->measure + 1 < N_MEASURES)
        start_measure(app, job->about, job->measure + 1);
}

static void start_measure(struct app *app, struct comparison *about, int measure)
{
    static const struct job_ops ops = {"measuring", true, false, work_measure, finish_measure, free_compare_job};
    struct compare_job *job = calloc(1, sizeof *job);

    if (!job || lw_constraints_copy(app->bench.constraints, &job->constraints, NULL) != 0) {
        free(job);
        app_say(app, "out of memory");
        return;
    }
    job->job.ops = &ops;
    job->about = comparison_retain(about);
    job->measure = measure;
    job->seed = app->options.seed;
    jobs_start(app->jobs, JOB_COMPARE, &job->job);
}

/* ---- making ---- */

static int make_log(struct compare_job *job, const struct lw_run *run, struct lw_error *err)
{
    struct lw_open_options open = LW_OPEN_OPTIONS_INIT;
    struct comparison *about = job->about;
    const char *path = about->path;
    struct lw_synthetic *synthetic;
    int rc;

    if (path)
        return lw_log_open(&path, 1, &open, run, &about->log, err);
    rc = lw_generate(about->session->workspace, job->constraints, job->method, run, &synthetic, err);
    if (rc != 0)
        return rc;
    rc = lw_synthetic_log(synthetic, run, &about->log, err);
    lw_synthetic_free(synthetic);
    return rc;
}

static int work_make(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct compare_job *job = (struct compare_job *)base;
    struct comparison *about = job->about;
    struct lw_learn_options learn = LW_LEARN_OPTIONS_INIT;
    struct lw_traces *traces = NULL;
    int rc = make_log(job, run, err);

    learn.plan = about->session->workspace;
    if (rc == 0)
        rc = lw_workspace_learn(about->log, &learn, run, &about->other, err);
    if (rc == 0)
        rc = lw_traces_match(about->session->workspace, about->log, run, &traces, err);
    if (rc == 0)
        rc = compare_measure(about, traces, err);
    lw_traces_free(traces);
    if (rc != 0)
        return rc;
    rc = lw_machine_diff_new(about->session->workspace, about->other, NULL, run, &about->diff, err);
    return rc == LW_ERR_USAGE ? 0 : rc; /* a side without traces */
}

static void finish_make(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct compare_job *job = (struct compare_job *)base;
    struct compare *self = compare_of(app);

    if (job->about->session != app->session)
        return;
    snprintf(self->error, sizeof self->error, "%s",
             rc == 0                  ? ""
             : rc == LW_ERR_CANCELLED ? "cancelled; :compare begins again"
                                      : err->text);
    if (rc != 0)
        return;
    comparison_free(self->shown);
    self->shown = comparison_retain(job->about);
    list_set_count(&self->lists[COMPARE_DISTRIBUTIONS], self->shown->n_rows);
    list_set_count(&self->lists[COMPARE_MACHINES], self->shown->diff ? lw_machine_diff_count(self->shown->diff) : 0);
    if (app->session->log)
        start_measure(app, self->shown, 0);
    else
        for (int i = 0; i < N_MEASURES; i++)
            snprintf(self->errors[i], sizeof self->errors[i], "this needs the log itself; only a workspace is open");
}

static struct comparison *new_comparison(const struct app *app, const struct compare *self)
{
    const struct bench *bench = &app->bench;
    struct comparison *made = calloc(1, sizeof *made);
    char name[200], seed[32], method[40];

    if (!made)
        return NULL;
    snprintf(method, sizeof method, "%s", lw_method_get(bench->method)->name);
    snprintf(name, sizeof name, "generated by %s, seed %s", method,
             text_number(seed, sizeof seed, bench_value(bench, "seed")));
    atomic_init(&made->refs, 1);
    made->session = session_retain(app->session);
    made->version = bench->version;
    made->path = text_copy_or_null(self->path);
    made->name = text_copy_or_null(self->path ? self->path : name);
    if (made->name && (made->path || !self->path))
        return made;
    comparison_free(made);
    return NULL;
}

void compare_start(struct app *app, struct compare *self)
{
    static const struct job_ops ops = {"comparing", true, false, work_make, finish_make, free_compare_job};
    const struct bench *bench = &app->bench;
    bool is_old = !self->path && self->asked_version != bench->version;
    struct compare_job *job;

    if (bench->due_ms != 0 || (!self->is_due && self->asked_version != 0 && !is_old))
        return;
    self->asked_version = bench->version;
    self->is_due = false;
    job = calloc(1, sizeof *job);
    if (!job || !(job->about = new_comparison(app, self)) ||
        lw_constraints_copy(bench->constraints, &job->constraints, NULL) != 0) {
        app_say(app, "out of memory");
        if (job)
            free_compare_job(&job->job);
        return;
    }
    job->job.ops = &ops;
    job->method = lw_method_get(bench->method)->name;
    jobs_start(app->jobs, JOB_COMPARE, &job->job);
}

void compare_with(struct app *app, const char *path)
{
    struct compare *self = compare_of(app);
    char *copy = path && *path ? text_copy(path, strlen(path)) : NULL;

    free(self->path);
    self->path = copy;
    self->is_due = true;
    app_show_pane(app, PANE_COMPARE);
}
