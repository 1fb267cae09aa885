/*
 * A line of the prompt for one of the engine's commands: it runs in a job, on what is open, and what it prints becomes
 * a page.
 */
#include "ui/app/commands.h"
#include "ui/app/jobs.h"
#include "ui/app/marks.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <stdlib.h>
#include <string.h>

struct command_job {
    struct job job;
    struct session *session;
    char *line, *labels, *trace;
    char *out, *messages;
    size_t out_len, messages_len;
    int status;
    struct lw_workspace *workspace; /* as it was when the command began, or NULL */
    struct lw_workspace *edited;    /* NULL: the command edited nothing */
};

static int work_command(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct command_job *job = (struct command_job *)base;
    struct command_context context = {.labels = job->labels, .trace = job->trace, .run = run};
    FILE *out = open_memstream(&job->out, &job->out_len);
    FILE *messages = open_memstream(&job->messages, &job->messages_len);
    int rc = 0;

    context.more = app_commands(&context.n_more);
    if (job->session) {
        context.log = job->session->log ? lw_log_retain(job->session->log) : NULL;
        context.workspace = job->workspace ? lw_workspace_retain(job->workspace) : NULL;
        context.matched = job->session->matched;
    }
    if (out && messages)
        job->status = command_run_line(&context, job->line, out, messages);
    else
        rc = text_fail(err, LW_ERR_MEMORY, "out of memory for what the command prints");
    if (out)
        fclose(out);
    if (messages)
        fclose(messages);
    if (job->session && context.workspace != job->workspace)
        job->edited = context.workspace;
    else
        lw_workspace_free(context.workspace);
    lw_log_free(context.log);
    return rc;
}

/* Messages begin with the program's name, which is not news here. */
void command_say_message(struct app *app, const char *text, size_t len)
{
    static const char name[] = "logwright: ";
    size_t skip = strncmp(text, name, sizeof name - 1) == 0 ? sizeof name - 1 : 0;
    size_t end = strcspn(text, "\n");

    (void)len;
    app_say(app, "%.*s", (int)(end - skip), text + skip);
}

static void finish_command(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct command_job *job = (struct command_job *)base;

    if (rc != 0)
        app_say(app, "%s", err->text);
    if (job->out_len > 0)
        output_show(app, job->line, job->out, job->out_len);
    if (job->messages_len > 0)
        command_say_message(app, job->messages, job->messages_len);
    else if (rc == 0 && job->out_len == 0)
        app_say(app, "%s: done", job->line);
    if (job->edited) {
        session_start_replace(app, job->edited);
        job->edited = NULL;
    }
}

static void free_command(struct job *base)
{
    struct command_job *job = (struct command_job *)base;

    session_free(job->session);
    lw_workspace_free(job->workspace);
    lw_workspace_free(job->edited);
    free(job->line);
    free(job->labels);
    free(job->trace);
    free(job->out);
    free(job->messages);
    free(job);
}

void command_start(struct app *app, const char *line)
{
    static const struct job_ops ops = {"running a command", true, false, work_command, finish_command, free_command};
    struct command_job *job = calloc(1, sizeof *job);

    if (!job || !(job->line = text_copy(line, strlen(line)))) {
        free(job);
        app_say(app, "out of memory");
        return;
    }
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    if (app->session) {
        job->workspace = app_workspace(app) ? lw_workspace_retain(app_workspace(app)) : NULL;
        job->labels = text_copy_or_null(app->session->labels_path);
        job->trace = text_copy_or_null(app->session->asked_trace);
    }
    jobs_start(app->jobs, JOB_COMMAND, &job->job);
}
