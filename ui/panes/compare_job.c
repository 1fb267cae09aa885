/*
 * The jobs behind the Compare pane, one after the other in one slot: the other log is made or read, counted and
 * learned; then it is measured, which takes longer, one measure after the other. Each stage shows as it ends. A change
 * of the constraints cancels what runs, and what was overtaken is never shown.
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
    struct trial *trial; /* retained, or NULL */
    struct measurement figures;
};

static void free_compare_job(struct job *base)
{
    struct compare_job *job = (struct compare_job *)base;

    comparison_free(job->about);
    lw_constraints_free(job->constraints);
    bench_trial_free(job->trial);
    measurement_release(&job->figures);
    free(job);
}

/* ---- measuring ---- */

static int take_figures(struct lw_figures *figures, struct measurement *out, struct lw_error *err)
{
    int rc = measurement_add_all(out, figures);

    lw_figures_free(figures);
    return rc == 0 ? 0 : text_fail(err, LW_ERR_MEMORY, "out of memory while comparing");
}

static int measure_fidelity(struct compare_job *job, const struct lw_run *run, struct lw_error *err)
{
    const struct session *session = job->about->session;
    struct lw_fidelity_options options = LW_FIDELITY_OPTIONS_INIT;
    struct lw_figures *figures;
    int rc;

    options.workspace = session->workspace;
    options.labels = session->labels_path;
    options.seed = job->seed;
    rc = lw_fidelity(session->log, job->about->log, &options, run, &figures, err);
    return rc == 0 ? take_figures(figures, &job->figures, err) : rc;
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

static int measure_privacy(struct compare_job *job, const struct lw_run *run, struct lw_error *err)
{
    const struct session *session = job->about->session;
    struct lw_privacy_options options = LW_PRIVACY_OPTIONS_INIT;
    struct lw_figures *figures;
    char *allow = allowed_of(job->constraints);
    double least;
    int rc;

    options.workspace = session->workspace;
    options.allow = allow && *allow ? allow : NULL;
    options.seed = job->seed;
    if (lw_constraints_get(job->constraints, "privacy.minimum_count", &least, NULL) == 0)
        options.minimum_count = (uint64_t)least;
    rc = lw_privacy(session->log, job->about->log, &options, run, &figures, err);
    free(allow);
    return rc == 0 ? take_figures(figures, &job->figures, err) : rc;
}

static bool has_anomalies(const struct lw_constraints *constraints)
{
    const struct lw_knob *knob;
    double value;

    for (size_t i = 0; (knob = lw_knob_get(i)) != NULL; i++)
        if (strncmp(knob->path, "anomalies.", 10) == 0 && !strchr(knob->path + 10, '.') &&
            lw_constraints_get(constraints, knob->path, &value, NULL) == 0 && value > 0)
            return true;
    return false;
}

/* Anomalies break what they are meant to break, and a file was not made by these constraints. */
static int measure_rules(struct compare_job *job, const struct lw_run *run, struct lw_error *err)
{
    const struct comparison *about = job->about;
    bool is_judged = !about->path && !has_anomalies(job->constraints);
    struct lw_validation *validation;
    int rc = lw_validate(about->session->workspace, about->log, about->path ? NULL : job->constraints, NULL, NULL, run,
                         &validation, err);

    if (rc != 0)
        return rc;
    if (measure_lawful(validation, is_judged, &job->figures) != 0)
        rc = text_fail(err, LW_ERR_MEMORY, "out of memory while comparing");
    lw_validation_free(validation);
    return rc;
}

static int measure_arms(struct compare_job *job, const struct lw_run *run, struct lw_error *err)
{
    const struct trial *trial = job->trial;
    struct lw_result *synthetic;
    int rc = bench_shorten(job->about->session, job->constraints, MEASURED_TRACES, err);

    if (rc == 0)
        rc = bench_translate(job->about->session->workspace, lw_study_workspace(trial->study), &job->constraints, err);

    if (rc == 0)
        rc = lw_study_run_synthetic(trial->study, job->constraints, job->method, run, &synthetic, err);
    if (rc != 0)
        return rc;
    if (measure_detectors(trial->baseline, synthetic, &job->figures) != 0)
        rc = text_fail(err, LW_ERR_MEMORY, "out of memory while comparing");
    lw_result_free(synthetic);
    return rc;
}

static const struct {
    const char *name;
    int (*work)(struct compare_job *job, const struct lw_run *run, struct lw_error *err);
} measures[N_MEASURES] = {
    [MEASURE_FIDELITY] = {"fidelity", measure_fidelity},
    [MEASURE_PRIVACY] = {"privacy", measure_privacy},
    [MEASURE_LAWFUL] = {"lawful", measure_rules},
    [MEASURE_DETECTORS] = {"trained on synthetic", measure_arms},
};

const char *compare_measure_name(int measure)
{
    return measures[measure].name;
}

static int work_measure(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct compare_job *job = (struct compare_job *)base;

    return measures[job->measure].work(job, run, err);
}

static void go_on(struct app *app, struct compare *self);

static void say_cancelled(const struct app *app, char *out, size_t size)
{
    char key[16];

    snprintf(out, size, "cancelled; %s begins again",
             bindings_key(app->bindings, PANE_COMPARE, ACT_RESET, key, sizeof key));
}

static void finish_measure(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct compare_job *job = (struct compare_job *)base;
    struct compare *self = compare_of(app);

    if (job->about != self->shown)
        return;
    if (rc == LW_ERR_CANCELLED) { /* those that were to follow as well */
        for (int i = job->measure; i < N_MEASURES; i++)
            say_cancelled(app, self->errors[i], sizeof self->errors[i]);
        self->next = N_MEASURES;
        return;
    }
    measurement_release(&self->figures[job->measure]);
    self->figures[job->measure] = job->figures;
    job->figures = (struct measurement){NULL, 0, 0};
    self->measured[job->measure] = job->about;
    snprintf(self->errors[job->measure], sizeof self->errors[job->measure], "%s", rc == 0 ? "" : err->text);
    self->next = job->measure + 1;
    go_on(app, self);
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
    job->method = lw_method_get(app->bench.method)->name;
    job->seed = app->options.seed;
    if (measure == MEASURE_DETECTORS)
        job->trial = bench_trial_retain(app->bench.trial);
    jobs_start(app->jobs, JOB_COMPARE, &job->job);
}

/* Why the measure cannot be taken here; NULL: it can. */
static const char *why_not(const struct app *app, const struct comparison *about, int measure)
{
    if (!app->session->log)
        return "this needs the log itself; only a workspace is open";
    if (measure != MEASURE_DETECTORS)
        return NULL;
    if (about->path)
        return "of a generated log only";
    if (!app->session->labels)
        return "needs labels; :labels FILE reads them";
    return about->is_of_document ? "of a log drawn from this one only" : NULL;
}

/* Begins the next measure that can be taken. */
static void go_on(struct app *app, struct compare *self)
{
    const char *why = NULL;

    while (self->next < N_MEASURES && (why = why_not(app, self->shown, self->next)) != NULL) {
        measurement_release(&self->figures[self->next]);
        snprintf(self->errors[self->next++], sizeof self->errors[0], "%s", why);
    }
    if (self->next == N_MEASURES || jobs_is_busy(app->jobs, JOB_COMPARE))
        return;
    if (self->next == MEASURE_DETECTORS && !(app->bench.trial && app->bench.trial->study))
        return; /* what real traces teach is being measured; the pane asks again when it is drawn */
    start_measure(app, self->shown, self->next);
    self->next = N_MEASURES;
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
    rc = bench_shorten(about->is_of_document ? NULL : about->session, job->constraints, MEASURED_TRACES, err);
    if (rc != 0)
        return rc;
    rc = lw_generate(about->is_of_document ? NULL : about->session->workspace, job->constraints, job->method, run,
                     &synthetic, err);
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
    snprintf(self->error, sizeof self->error, "%s", rc == 0 ? "" : err->text);
    if (rc == LW_ERR_CANCELLED)
        say_cancelled(app, self->error, sizeof self->error);
    self->is_cancelled = rc == LW_ERR_CANCELLED;
    if (rc != 0)
        return;
    comparison_free(self->shown);
    self->shown = comparison_retain(job->about);
    list_set_count(&self->lists[COMPARE_DISTRIBUTIONS], self->shown->n_rows);
    list_set_count(&self->lists[COMPARE_MACHINES], self->shown->diff ? lw_machine_diff_count(self->shown->diff) : 0);
    for (int i = 0; i < N_MEASURES; i++)
        self->errors[i][0] = '\0';
    self->next = 0;
    go_on(app, self);
}

static struct comparison *new_comparison(const struct app *app, const struct compare *self)
{
    const struct bench *bench = &app->bench;
    struct comparison *made = calloc(1, sizeof *made);
    char name[200], seed[32], method[40];

    if (!made)
        return NULL;
    snprintf(method, sizeof method, "%s", lw_method_get(bench->method)->name);
    snprintf(name, sizeof name, "generated by %s%s, seed %s", method,
             bench_is_of_document(app) ? " from the document" : "",
             text_number(seed, sizeof seed, bench_value(bench, "seed")));
    atomic_init(&made->refs, 1);
    made->session = session_retain(app->session);
    made->version = bench->version;
    made->is_of_document = bench_is_of_document(app);
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

    if (self->shown && self->shown->session == app->session && !is_old && !self->is_due)
        go_on(app, self);
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

void compare_again(struct app *app, struct compare *self)
{
    self->is_due = true;
    self->error[0] = '\0';
    compare_start(app, self);
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
