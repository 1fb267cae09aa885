/* The jobs that make sessions and save them. */
#include "ui/app/app.h"
#include "ui/app/jobs.h"
#include "ui/app/session.h"
#include "ui/kit/text.h"

#include <stdlib.h>
#include <string.h>

struct session_job {
    struct job job;
    struct session *base;           /* what is edited; NULL when opening */
    struct lw_workspace *workspace; /* to be taken, or NULL */
    struct session_request request; /* its strings are owned */
    enum session_edit edit;
    char *kind;
    char **args;
    size_t n_args;
    struct session *made;
};

static void free_session_job(struct job *base)
{
    struct session_job *job = (struct session_job *)base;

    session_free(job->base);
    session_free(job->made);
    lw_workspace_free(job->workspace);
    text_free_list((char **)job->request.paths, job->request.n_paths);
    free((char *)job->request.format);
    free((char *)job->request.trace);
    free((char *)job->request.labels);
    free(job->kind);
    text_free_list(job->args, job->n_args);
    free(job);
}

static int work_open(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct session_job *job = (struct session_job *)base;

    return session_open(&job->request, run, &job->made, err);
}

static int work_edit(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct session_job *job = (struct session_job *)base;
    struct lw_workspace *workspace = job->workspace;
    int rc = 0;

    if (workspace)
        job->workspace = NULL;
    else if (job->edit == EDIT_UNDO)
        rc = lw_workspace_undo(job->base->workspace, &workspace, err);
    else if (job->edit == EDIT_REDO)
        rc = lw_workspace_redo(job->base->workspace, &workspace, err);
    else
        rc = lw_workspace_edit(job->base->workspace, job->kind, (const char *const *)job->args, job->n_args, &workspace,
                               err);
    return rc != 0 ? rc : session_replace(job->base, workspace, run, &job->made, err);
}

static void finish_session(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct session_job *job = (struct session_job *)base;

    if (rc != 0) {
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
        app->exit_code = job->base || rc == LW_ERR_CANCELLED ? app->exit_code : 2;
        return;
    }
    app_take_session(app, job->made);
    job->made = NULL;
}

static struct session_job *new_job(struct app *app, bool is_open)
{
    static const struct job_ops open_ops = {"reading", true, false, work_open, finish_session, free_session_job};
    static const struct job_ops edit_ops = {"editing", true, true, work_edit, finish_session, free_session_job};
    struct session_job *job = calloc(1, sizeof *job);

    if (!job) {
        app_say(app, "out of memory");
        return NULL;
    }
    job->job.ops = is_open ? &open_ops : &edit_ops;
    job->base = is_open ? NULL : session_retain(app->session);
    return job;
}

void session_start_open(struct app *app, const struct session_request *request)
{
    struct session_job *job = new_job(app, true);

    if (!job)
        return;
    job->request.paths = (const char *const *)text_copy_list(request->paths, request->n_paths);
    job->request.n_paths = job->request.paths ? request->n_paths : 0;
    job->request.format = text_copy_or_null(request->format);
    job->request.trace = text_copy_or_null(request->trace);
    job->request.labels = text_copy_or_null(request->labels);
    job->request.max_memory = request->max_memory;
    jobs_start(app->jobs, JOB_SESSION, &job->job);
}

void session_start_edit(struct app *app, enum session_edit edit, const char *kind, const char *const *args,
                        size_t n_args)
{
    struct session_job *job;

    if (!app->session) {
        app_say(app, "nothing is open that could be edited");
        return;
    }
    if (jobs_is_busy(app->jobs, JOB_SESSION)) {
        app_say(app, "wait until the running edit is done");
        return;
    }
    job = new_job(app, false);
    if (!job)
        return;
    job->edit = edit;
    job->kind = text_copy_or_null(kind);
    job->args = text_copy_list(args, n_args);
    job->n_args = job->args ? n_args : 0;
    jobs_start(app->jobs, JOB_SESSION, &job->job);
}

void session_start_replace(struct app *app, struct lw_workspace *workspace)
{
    struct session_job *job = app->session ? new_job(app, false) : NULL;

    if (!job) {
        lw_workspace_free(workspace);
        return;
    }
    job->workspace = workspace;
    jobs_start(app->jobs, JOB_SESSION, &job->job);
}

struct save_job {
    struct job job;
    struct session *session;
    char *path;
};

static int work_save(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct save_job *job = (struct save_job *)base;

    (void)run;
    return lw_workspace_save(job->session->workspace, job->path, err);
}

static void finish_save(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct save_job *job = (struct save_job *)base;

    if (rc != 0) {
        app_say(app, "%s", err->text);
        return;
    }
    app_say(app, "saved to %s", job->path);
    if (job->session == app->session)
        app->is_edited = false;
    if (app->save_path != job->path) {
        free(app->save_path);
        app->save_path = text_copy_or_null(job->path);
    }
}

static void free_save(struct job *base)
{
    struct save_job *job = (struct save_job *)base;

    session_free(job->session);
    free(job->path);
    free(job);
}

void session_start_save(struct app *app, const char *path)
{
    static const struct job_ops ops = {"saving", false, true, work_save, finish_save, free_save};
    struct save_job *job = calloc(1, sizeof *job);

    if (!job || !(job->path = text_copy_or_null(path))) {
        free(job);
        app_say(app, "out of memory");
        return;
    }
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    jobs_start(app->jobs, JOB_SAVE, &job->job);
}
