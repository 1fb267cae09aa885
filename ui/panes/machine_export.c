/* What is kept of the machine, written to a file by a job. */
#include "cmd/output.h"
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/machine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum form { FORM_SVG, FORM_DOT, FORM_MERMAID, FORM_NONE };

struct export_job {
    struct job job;
    struct session *session;
    double activities, paths;
    enum form form;
    char *path;
};

static void free_export_job(struct job *base)
{
    struct export_job *job = (struct export_job *)base;

    session_free(job->session);
    free(job->path);
    free(job);
}

static int work_export(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct export_job *job = (struct export_job *)base;
    struct machine_map *map = NULL;
    struct output output;
    int rc = machine_map_new(job->session->workspace, job->activities, job->paths, &map, err);

    if (rc != 0)
        return rc;
    if (output_open(job->path, NULL, &output) != 0) {
        rc = text_fail(err, LW_ERR_IO, "%s: %s", job->path, strerror(errno));
    } else {
        rc = job->form == FORM_SVG   ? machine_map_svg(map, output.file, run, err)
             : job->form == FORM_DOT ? machine_map_dot(map, output.file, err)
                                     : machine_map_mermaid(map, output.file, err);
        if (output_close(&output, rc == 0) != 0 && rc == 0)
            rc = text_fail(err, LW_ERR_IO, "%s: %s", job->path, strerror(errno));
    }
    machine_map_free(map);
    return rc;
}

static void finish_export(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    const struct export_job *job = (const struct export_job *)base;

    if (rc == 0)
        app_say(app, "wrote %s", job->path);
    else
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
}

static const struct job_ops export_ops = {
    .title = "writing", .is_kept = true, .work = work_export, .finish = finish_export, .free = free_export_job};

static enum form form_of(const char *path)
{
    static const char *const ends[FORM_NONE] = {".svg", ".dot", ".mmd"};
    size_t len = strlen(path);

    for (enum form form = FORM_SVG; form < FORM_NONE; form++)
        if (len > 4 && strcmp(path + len - 4, ends[form]) == 0)
            return form;
    return FORM_NONE;
}

static void start_export(struct app *app, const char *path)
{
    const struct machine *self = app->panes[PANE_MACHINE];
    struct export_job *job;

    if (!*path || !app_is_learned(app))
        return;
    if (form_of(path) == FORM_NONE) {
        app_say(app, "%s: the name has to end in .svg, .dot or .mmd (Mermaid)", path);
        return;
    }
    job = calloc(1, sizeof *job);
    if (!job) {
        app_say(app, "out of memory");
        return;
    }
    *job =
        (struct export_job){{&export_ops}, session_retain(app->session), self->activities / 100.0, self->paths / 100.0,
                            form_of(path), text_copy(path, strlen(path))};
    if (job->path)
        jobs_start(app->jobs, JOB_SAVE, &job->job);
    else
        free_export_job(&job->job);
}

void machine_ask_export(struct app *app)
{
    app_prompt(app, "write .svg, .dot or .mmd: ", "machine.svg", start_export);
}
