/* What differs between the machine that is open and another one, most important first. */
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/machine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct diff_shown {
    struct lw_workspace *here, *there;
    struct lw_machine_diff *diff;
    char *path;
};

static void free_shown(struct diff_shown *shown)
{
    if (!shown)
        return;
    lw_machine_diff_free(shown->diff);
    lw_workspace_free(shown->here);
    lw_workspace_free(shown->there);
    free(shown->path);
    free(shown);
}

void machine_release_diff(struct machine *self)
{
    free_shown(self->diff);
    self->diff = NULL;
    list_set_count(&self->differences, 0);
}

/* ---- the job ---------------------------------------------------------------------------------------------------- */

struct diff_job {
    struct job job;
    struct diff_shown *shown;
};

static void free_diff_job(struct job *base)
{
    struct diff_job *job = (struct diff_job *)base;

    free_shown(job->shown);
    free(job);
}

/* A log is learned as what is open was. */
static int learn_other(struct diff_shown *shown, const struct lw_run *run, struct lw_error *err)
{
    struct lw_open_options open = LW_OPEN_OPTIONS_INIT;
    struct lw_learn_options learn = LW_LEARN_OPTIONS_INIT;
    const char *path = shown->path;
    struct lw_log *log = NULL;
    int rc = lw_log_open(&path, 1, &open, run, &log, err);

    learn.plan = shown->here;
    if (rc == 0)
        rc = lw_workspace_learn(log, &learn, run, &shown->there, err);
    lw_log_free(log);
    return rc;
}

static int work_diff(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct diff_shown *shown = ((struct diff_job *)base)->shown;
    int rc = lw_workspace_is_file(shown->path) ? lw_workspace_open(shown->path, run, &shown->there, err)
                                               : learn_other(shown, run, err);

    return rc != 0 ? rc : lw_machine_diff_new(shown->here, shown->there, NULL, run, &shown->diff, err);
}

static void finish_diff(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct diff_job *job = (struct diff_job *)base;
    struct machine *self = app->panes[PANE_MACHINE];

    if (rc != 0) {
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
        return;
    }
    if (!app_is_learned(app) || job->shown->here != app->session->workspace)
        return;
    machine_release_diff(self);
    self->diff = job->shown;
    job->shown = NULL;
    list_set_count(&self->differences, lw_machine_diff_count(self->diff->diff));
    list_go(&self->differences, 0);
    self->view = MACHINE_DIFF;
    app_show_pane(app, PANE_MACHINE);
}

static const struct job_ops diff_ops = {
    .title = "comparing", .has_pool = true, .work = work_diff, .finish = finish_diff, .free = free_diff_job};

void machine_start_diff(struct app *app, const char *path)
{
    struct diff_job *job = calloc(1, sizeof *job);
    struct diff_shown *shown = calloc(1, sizeof *shown);

    if (!job || !shown || !app_is_learned(app)) {
        free(job);
        free(shown);
        app_say(app, app_is_learned(app) ? "out of memory" : "nothing was learned yet");
        return;
    }
    *job = (struct diff_job){{&diff_ops}, shown};
    shown->here = lw_workspace_retain(app->session->workspace);
    shown->path = text_copy(path, strlen(path));
    if (shown->path)
        jobs_start(app->jobs, JOB_DIFF, &job->job);
    else
        free_diff_job(&job->job);
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

enum { D_WHAT, D_HERE, D_THERE, D_BITS, D_EVENT, N_D };
static const struct column columns[N_D] = {{"only", 22, 0, false},
                                           {"here", 7, 0, true},
                                           {"there", 7, 0, true},
                                           {"bits", 6, 50, true},
                                           {"event", 0, 60, false}};

static void draw_difference(const struct app *app, const struct view *view, int row, const struct lw_diff_row *diff)
{
    /* the side by a sign: - is gone there, + is new there, ~ is otherwise there */
    const char *sign = diff->side == LW_DIFF_ONLY_A ? "-" : diff->side == LW_DIFF_ONLY_B ? "+" : "~";
    struct style style = style_of(diff->is_significant ? ROLE_TEXT : ROLE_DIM);
    char text[200];

    if (diff->kind == LW_DIFF_STATE)
        snprintf(text, sizeof text, "%s %.*s", sign, (int)(diff->from.len < 80 ? diff->from.len : 80), diff->from.data);
    else
        snprintf(text, sizeof text, "%s %.*s %s %.*s", sign, (int)(diff->from.len < 80 ? diff->from.len : 80),
                 diff->from.data, app->symbols->arrow, (int)(diff->to.len < 80 ? diff->to.len : 80), diff->to.data);
    table_text(view, row, columns, N_D, D_WHAT, style, text);
    table_text(view, row, columns, N_D, D_HERE, style, text_share(text, sizeof text, diff->probability_a));
    table_text(view, row, columns, N_D, D_THERE, style, text_share(text, sizeof text, diff->probability_b));
    snprintf(text, sizeof text, "%.3f", diff->bits);
    table_text(view, row, columns, N_D, D_BITS, style, text);
    table_cell(view, row, columns, N_D, D_EVENT, style_of(ROLE_DIM), diff->event.data, diff->event.len);
    if (diff->is_significant)
        view_text(view, row, 1, style_with(ROLE_CARE, ATTR_BOLD), "!");
}

void machine_draw_diff_rows(const struct app *app, const struct view *view, const struct lw_machine_diff *rows_of,
                            struct list *list, const char *there, bool has_keys)
{
    struct view below = view_part(view, (struct rect){2, 0, view->area.rows - 2, view->area.cols});
    int rows = list_show(list, below.area.rows), col;
    struct lw_machine_diff_summary summary;
    struct lw_diff_row diff;

    lw_machine_diff_summary(rows_of, &summary);
    col = view_text(view, 0, 2, style_of(ROLE_DIM), there ? "here, and there: " : "");
    col = there ? 2 + view_bytes(view, 0, col, style_of(ROLE_TEXT), there, strlen(there)) : col;
    view_printf(view, 0, col, style_of(ROLE_DIM), "%zu differences, %zu significant (!)  - gone + new ~ otherwise",
                summary.n_rows, summary.n_significant);
    table_head(view, 1, columns, N_D);
    for (int i = 0; i < rows; i++) {
        uint64_t index = list->top + (uint64_t)i;
        bool is_chosen = index == list->cursor;

        if (lw_machine_diff_get(rows_of, (size_t)index, &diff, NULL) != 0)
            continue;
        draw_difference(app, &below, i, &diff);
        table_mark(&below, i, is_chosen, app->symbols);
        if (is_chosen)
            view_add_attrs(&below, i, 2, 12, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
    if (list->count == 0)
        view_text(&below, 0, 2, style_of(ROLE_DIM), "the machines are the same");
}

void machine_draw_diff(struct app *app, struct machine *self, const struct view *view, bool has_keys)
{
    machine_draw_diff_rows(app, view, self->diff->diff, &self->differences, self->diff->path, has_keys);
}

size_t machine_diff_state(const struct app *app, const struct machine *self)
{
    struct lw_diff_row diff;
    struct lw_transition transition;

    if (self->differences.count == 0 ||
        lw_machine_diff_get(self->diff->diff, (size_t)self->differences.cursor, &diff, NULL) != 0 || diff.a < 0)
        return NO_INDEX;
    if (diff.kind == LW_DIFF_STATE)
        return (size_t)diff.a;
    return lw_machine_transition(machine_of(app), (size_t)diff.a, &transition, NULL) == 0 ? transition.from : NO_INDEX;
}
