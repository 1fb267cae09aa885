/*
 * Files of the generator: constraints, presets, and the log that is generated. Nothing that is there is written over
 * before the user agreed; the question is asked here, so that the pane and the prompt ask alike.
 */
#include "ui/app/app.h"
#include "ui/app/bench.h"
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include "cmd/data_dir.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_there(const char *path)
{
    struct stat status;

    return path[0] && stat(path, &status) == 0;
}

/* ---- constraints ---- */

struct file_job {
    struct job job;
    struct lw_constraints *constraints; /* to be written, or what was read */
    char *path;
    bool is_write;
};

static int work_file(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct file_job *job = (struct file_job *)base;

    (void)run;
    return job->is_write ? lw_constraints_write(job->constraints, job->path, err)
                         : lw_constraints_read(job->path, &job->constraints, err);
}

static void finish_file(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct file_job *job = (struct file_job *)base;
    struct bench *bench = &app->bench;

    if (rc != 0) {
        app_say(app, "%s%s", err->text, job->is_write ? "" : "; the knobs are as they were");
        return;
    }
    if (!job->is_write) {
        bench_replace(app, job->constraints, job->path);
        job->constraints = NULL;
    }
    bench->is_changed = false;
    app_say(app, job->is_write ? "constraints saved to %s" : "constraints read from %s%s", job->path,
            bench_is_of_document(app) ? "; logs are drawn from the model that they carry" : "");
}

static void free_file(struct job *base)
{
    struct file_job *job = (struct file_job *)base;

    lw_constraints_free(job->constraints);
    free(job->path);
    free(job);
}

static void start_file(struct app *app, const char *path, bool is_write)
{
    static const struct job_ops ops = {"constraints", false, true, work_file, finish_file, free_file};
    struct file_job *job = calloc(1, sizeof *job);

    if (!job || !(job->path = text_copy(path, strlen(path))) ||
        (is_write && lw_constraints_copy(app->bench.constraints, &job->constraints, NULL) != 0)) {
        app_say(app, "out of memory");
        if (job)
            free_file(&job->job);
        return;
    }
    job->job.ops = &ops;
    job->is_write = is_write;
    jobs_start(app->jobs, JOB_SAVE, &job->job);
}

void bench_read(struct app *app, const char *path)
{
    start_file(app, path, false);
}

static void write_wanted(struct app *app)
{
    start_file(app, app->bench.wanted.path, true);
}

void bench_write(struct app *app, const char *path)
{
    char question[200];

    if (snprintf(app->bench.wanted.path, KNOB_FILE, "%s", path) >= KNOB_FILE) {
        app_say(app, "the name of a file has at most %d bytes here", KNOB_FILE - 1);
        return;
    }
    if (!is_there(path)) {
        write_wanted(app);
        return;
    }
    snprintf(question, sizeof question, "%.120s is there already. Write over it?", path);
    app_ask(app, question, write_wanted);
}

/* ---- presets ---- */

struct presets_job {
    struct job job;
    struct preset *presets;
    size_t n;
};

static void free_presets(struct preset *presets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(presets[i].name);
        free(presets[i].about);
        lw_constraints_free(presets[i].constraints);
        lw_settings_free(presets[i].settings);
    }
    free(presets);
}

void bench_forget_presets(struct bench *bench)
{
    free_presets(bench->presets, bench->n_presets);
    bench->presets = NULL;
    bench->n_presets = 0;
}

static int read_preset(const struct lw_preset *from, struct preset *to, struct lw_error *err)
{
    int rc = lw_constraints_read(from->path, &to->constraints, err);

    if (rc == 0)
        rc = lw_constraints_settings(to->constraints, &to->settings, err);
    to->name = text_copy(from->name, strlen(from->name));
    to->about = text_copy(from->about, strlen(from->about));
    if (rc == 0 && (!to->name || !to->about))
        rc = text_fail(err, LW_ERR_MEMORY, "out of memory while reading presets");
    return rc;
}

static int work_presets(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct presets_job *job = (struct presets_job *)base;
    char *folder = shipped_path("presets", ".");
    struct lw_presets *presets = NULL;
    int rc = lw_presets_open(folder, &presets, err);
    size_t n = rc == 0 ? lw_presets_count(presets) : 0;

    (void)run;
    if (rc == 0 && !(job->presets = calloc(n + 1, sizeof *job->presets)))
        rc = text_fail(err, LW_ERR_MEMORY, "out of memory while reading presets");
    for (size_t i = 0; rc == 0 && i < n; i++) {
        job->n = i + 1;
        rc = read_preset(lw_presets_get(presets, i), &job->presets[i], err);
    }
    if (rc == 0 && n == 0)
        rc = text_fail(err, LW_ERR_NOT_FOUND, "the presets that come with the program are not where it looks");
    if (presets)
        lw_presets_free(presets);
    free(folder);
    return rc;
}

static void finish_presets(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct presets_job *job = (struct presets_job *)base;
    struct bench *bench = &app->bench;

    snprintf(bench->presets_error, sizeof bench->presets_error, "%s", rc == 0 ? "" : err->text);
    if (rc != 0)
        return;
    bench_forget_presets(bench);
    bench->presets = job->presets;
    bench->n_presets = job->n;
    job->presets = NULL;
    job->n = 0;
}

static void free_presets_job(struct job *base)
{
    struct presets_job *job = (struct presets_job *)base;

    free_presets(job->presets, job->n);
    free(job);
}

void bench_load_presets(struct app *app)
{
    static const struct job_ops ops = {"presets", false, true, work_presets, finish_presets, free_presets_job};
    struct presets_job *job = app->bench.presets ? NULL : calloc(1, sizeof *job);

    if (!job)
        return;
    job->job.ops = &ops;
    jobs_start(app->jobs, JOB_SAVE, &job->job);
}

void bench_take_preset(struct app *app, size_t index)
{
    const struct preset *preset = &app->bench.presets[index];
    struct lw_constraints *copy;
    char what[80];

    if (lw_constraints_copy(preset->constraints, &copy, NULL) != 0) {
        app_say(app, "out of memory");
        return;
    }
    snprintf(what, sizeof what, "preset %.60s", preset->name);
    bench_replace(app, copy, what);
    app_say(app, "%s%s", what, bench_is_of_document(app) ? "; logs are drawn from the model that it carries" : "");
}

/* ---- the log itself ---- */

struct generate_job {
    struct job job;
    struct session *session;
    const struct lw_workspace *workspace; /* the session's, or NULL: the document's model */
    struct lw_constraints *constraints;
    const char *method;
    struct bench_files files;
    uint64_t n_traces, n_events; /* that were made */
    char privacy[300];           /* what noise cost them */
};

const char *bench_form_of(const char *path)
{
    static const char *const forms[][2] = {{".jsonl", "jsonl"},   {".json", "jsonl"}, {".tsv", "sequences"},
                                           {".sqlite", "sqlite"}, {".db", "sqlite"},  {".csv", "csv"},
                                           {".log", "text"},      {".txt", "text"}};
    const char *end = strrchr(path, '.');

    for (size_t i = 0; end && i < sizeof forms / sizeof *forms; i++)
        if (strcmp(end, forms[i][0]) == 0)
            return forms[i][1];
    return NULL;
}

void bench_name_labels(struct bench_files *files)
{
    size_t len = strlen(files->path);

    while (len > 1 && files->path[len - 1] == '/')
        len--;
    snprintf(files->labels, sizeof files->labels, "%.*s.labels.csv", (int)(len < 580 ? len : 580), files->path);
}

static int work_generate(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct generate_job *job = (struct generate_job *)base;
    const struct bench_files *files = &job->files;
    struct lw_write_options options = LW_WRITE_OPTIONS_INIT;
    struct lw_synthetic *synthetic;
    struct lw_trace trace;
    int rc;

    options.as = files->as;
    options.path = files->path;
    options.labels = files->labels[0] ? files->labels : NULL;
    options.record_labels = files->record_labels[0] ? files->record_labels : NULL;
    rc = lw_generate_has_room(job->workspace, job->constraints, job->method, &options, run, err);
    if (rc == 0)
        rc = lw_generate(job->workspace, job->constraints, job->method, run, &synthetic, err);
    if (rc != 0)
        return rc;
    job->n_traces = lw_traces_count(lw_synthetic_traces(synthetic));
    for (size_t i = 0; i < job->n_traces; i++)
        if (lw_traces_get(lw_synthetic_traces(synthetic), i, &trace, NULL) == 0)
            job->n_events += trace.n_events;
    snprintf(job->privacy, sizeof job->privacy, "%s", lw_synthetic_privacy(synthetic));
    rc = lw_synthetic_check(synthetic, job->constraints, err);
    if (rc == 0)
        rc = lw_synthetic_write(synthetic, &options, run, err);
    lw_synthetic_free(synthetic);
    return rc;
}

static void finish_generate(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    const struct generate_job *job = (const struct generate_job *)base;
    const struct bench_files *files = &job->files;
    struct bench *bench = &app->bench;
    char traces[32], events[32];

    bench->has_failed = rc != 0;
    if (rc != 0)
        snprintf(bench->outcome, sizeof bench->outcome, "%s",
                 rc == LW_ERR_CANCELLED ? "cancelled; nothing was written" : err->text);
    else
        snprintf(bench->outcome, sizeof bench->outcome, "%s, %s in %.200s%s%.160s%s%.160s%s%s",
                 text_counted(traces, sizeof traces, job->n_traces, "trace"),
                 text_counted(events, sizeof events, job->n_events, "event"), files->path,
                 files->labels[0] ? "; labels in " : "", files->labels,
                 files->record_labels[0] ? ", of records in " : "", files->record_labels, job->privacy[0] ? "; " : "",
                 job->privacy);
    if (app->pane != PANE_GENERATE || strcmp(generate_view(app), "export") != 0)
        app_say(app, "%s", bench->outcome);
}

static void free_generate(struct job *base)
{
    struct generate_job *job = (struct generate_job *)base;

    session_free(job->session);
    lw_constraints_free(job->constraints);
    free(job);
}

static void generate_wanted(struct app *app)
{
    static const struct job_ops ops = {"writing a generated log", true,         true, work_generate,
                                       finish_generate,           free_generate};
    struct bench *bench = &app->bench;
    struct generate_job *job = calloc(1, sizeof *job);

    if (!job || lw_constraints_copy(bench->constraints, &job->constraints, NULL) != 0) {
        free(job);
        app_say(app, "out of memory");
        return;
    }
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->workspace = bench_workspace(app);
    job->method = lw_method_get(bench->method)->name;
    job->files = bench->wanted;
    bench->outcome[0] = '\0';
    jobs_start(app->jobs, JOB_GENERATE, &job->job);
}

void bench_generate(struct app *app, const struct bench_files *files)
{
    struct bench *bench = &app->bench;
    const char *paths[] = {files->path, files->labels, files->record_labels};
    char question[200];

    if (!bench_is_ready(app)) {
        app_say(app, "nothing was learned yet, and the constraints carry no model; the preset payment does");
        return;
    }
    bench->wanted = *files;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (is_there(paths[i])) {
            snprintf(question, sizeof question, "%.120s is there already. Write over it?", paths[i]);
            app_ask(app, question, generate_wanted);
            return;
        }
    generate_wanted(app);
}
