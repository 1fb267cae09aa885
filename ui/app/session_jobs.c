/* The jobs that make sessions and save them. */
#include "ui/app/app.h"
#include "ui/app/feed.h"
#include "ui/app/jobs.h"
#include "ui/app/marks.h"
#include "ui/app/session.h"
#include "ui/kit/text.h"

#include <stdlib.h>
#include <string.h>

struct session_job {
    struct job job;
    struct session *base;           /* what is learned or edited; NULL when opening */
    struct lw_workspace *workspace; /* to be taken, or NULL */
    struct lw_workspace *from;      /* what is edited: the base's, under the marks of then */
    struct lw_workspace *marked;    /* what was made, when only marks differ */
    struct session_request request; /* its strings are owned */
    enum session_edit edit;
    char *kind;
    char **args;
    size_t n_args;
    bool is_first; /* what the program was started for; it failing is a failure of the program */
    struct session *made;
};

static void free_session_job(struct job *base)
{
    struct session_job *job = (struct session_job *)base;

    session_free(job->base);
    session_free(job->made);
    lw_workspace_free(job->workspace);
    lw_workspace_free(job->from);
    lw_workspace_free(job->marked);
    session_request_release(&job->request);
    free(job->kind);
    text_free_list(job->args, job->n_args);
    free(job);
}

static int work_learn(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct session_job *job = (struct session_job *)base;

    return session_learn(job->base, &job->request, run, &job->made, err);
}

static int work_edit(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct session_job *job = (struct session_job *)base;
    struct lw_workspace *workspace = job->workspace;
    int rc = 0;

    if (workspace)
        job->workspace = NULL;
    else if (job->edit == EDIT_UNDO)
        rc = lw_workspace_undo(job->from, &workspace, err);
    else if (job->edit == EDIT_REDO)
        rc = lw_workspace_redo(job->from, &workspace, err);
    else
        rc = lw_workspace_edit(job->from, job->kind, (const char *const *)job->args, job->n_args, &workspace, err);
    if (rc == 0 && lw_workspace_has_same_model(workspace, job->from)) {
        job->marked = workspace;
        return 0;
    }
    return rc != 0 ? rc : session_replace(job->base, workspace, run, &job->made, err);
}

static bool has_failed(struct app *app, const struct session_job *job, int rc, const struct lw_error *err)
{
    if (rc == 0)
        return false;
    app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
    if (job->is_first && rc != LW_ERR_CANCELLED)
        app->exit_code = 2;
    return true;
}

static void finish_learn(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct session_job *job = (struct session_job *)base;

    if (has_failed(app, job, rc, err))
        return;
    feed_settle(app, job->made, CHANGE_LEARNED);
    job->made = NULL;
}

static void finish_edit(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct session_job *job = (struct session_job *)base;

    if (has_failed(app, job, rc, err))
        return;
    if (job->marked)
        marks_take(app, job->marked);
    else
        feed_settle(app, job->made, CHANGE_EDITED);
    job->marked = NULL;
    job->made = NULL;
}

static struct session_job *new_job(struct app *app, const struct job_ops *ops, const struct session_request *request)
{
    struct session_job *job = calloc(1, sizeof *job);

    if (!job) {
        app_say(app, "out of memory");
        return NULL;
    }
    job->job.ops = ops;
    if (!request)
        return job;
    if (!session_request_copy(&job->request, request)) {
        free_session_job(&job->job);
        app_say(app, "out of memory");
        return NULL;
    }
    return job;
}

void session_start_first_learn(struct app *app, struct session *session, const struct session_request *request,
                               bool is_first)
{
    static const struct job_ops ops = {"learning", true, false, work_learn, finish_learn, free_session_job};
    struct session_job *job = new_job(app, &ops, request);

    if (!job)
        return;
    job->base = session_retain(session);
    job->is_first = is_first;
    jobs_start(app->jobs, JOB_SESSION, &job->job);
}

void session_start_learn(struct app *app, const struct session_request *request)
{
    session_start_first_learn(app, feed_session(app), request, false);
}

static int work_extend(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct session_job *job = (struct session_job *)base;

    return session_extend(job->base, run, &job->made, err);
}

static void finish_extend(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct session_job *job = (struct session_job *)base;

    feed_extended(app, rc == 0 ? job->made : NULL, err);
    job->made = NULL;
}

void session_start_extend(struct app *app, struct session *session)
{
    static const struct job_ops ops = {NULL, true, true, work_extend, finish_extend, free_session_job};
    struct session_job *job = new_job(app, &ops, NULL);

    if (!job)
        return;
    job->base = session_retain(session);
    jobs_start(app->jobs, JOB_SESSION, &job->job);
}

static struct session_job *new_edit(struct app *app)
{
    static const struct job_ops ops = {"editing", true, true, work_edit, finish_edit, free_session_job};
    struct session_job *job = new_job(app, &ops, NULL);

    if (job) {
        job->base = session_retain(feed_session(app));
        job->from = lw_workspace_retain(marks_over(app, job->base->workspace));
    }
    return job;
}

void session_start_edit(struct app *app, enum session_edit edit, const char *kind, const char *const *args,
                        size_t n_args)
{
    struct session_job *job;

    if (jobs_is_busy(app->jobs, JOB_SESSION)) {
        app_say(app, "wait until the running job is done");
        return;
    }
    if (!app_is_learned(app)) {
        app_say(app, "nothing was learned that could be edited");
        return;
    }
    job = new_edit(app);
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
    struct session_job *job = app_is_learned(app) ? new_edit(app) : NULL;

    if (!job) {
        lw_workspace_free(workspace);
        return;
    }
    job->workspace = workspace;
    jobs_start(app->jobs, JOB_SESSION, &job->job);
}

struct save_job {
    struct job job;
    struct lw_workspace *workspace;
    char *path;
};

static int work_save(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct save_job *job = (struct save_job *)base;

    (void)run;
    return lw_workspace_save(job->workspace, job->path, err);
}

static void finish_save(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct save_job *job = (struct save_job *)base;

    if (rc != 0) {
        app_say(app, "%s", err->text);
        return;
    }
    app_say(app, "saved to %s", job->path);
    app_keep_saved(app, job->workspace);
    if (app->save_path != job->path) {
        free(app->save_path);
        app->save_path = text_copy_or_null(job->path);
    }
}

static void free_save(struct job *base)
{
    struct save_job *job = (struct save_job *)base;

    lw_workspace_free(job->workspace);
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
    job->workspace = lw_workspace_retain(app_workspace(app));
    jobs_start(app->jobs, JOB_SAVE, &job->job);
}
