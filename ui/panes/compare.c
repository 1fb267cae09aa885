/*
 * The log that is open beside a generated one, or one in a file: figures of fidelity and privacy, distributions, and
 * the two machines. It is measured once the pane is looked at, and again when the constraints were changed.
 */
#include "ui/panes/compare.h"

#include "ui/app/jobs.h"
#include "ui/kit/text.h"

#include "ui/panes/machine.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *compare_view(const struct app *app)
{
    static const char *const names[] = {"figures", "distributions", "machines"};

    return names[compare_of(app)->view];
}

static void draw_machines(struct app *app, struct compare *self, const struct view *view, bool has_keys)
{
    const struct comparison *shown = self->shown;

    if (shown->diff)
        machine_draw_diff_rows(app, view, shown->diff, &self->lists[COMPARE_MACHINES], NULL, has_keys);
    else
        view_text(view, 0, 2, style_of(ROLE_DIM), "one of the logs has no traces, so no machine to compare");
}

static void draw_view(struct app *app, struct compare *self, enum compare_view which, const struct view *view,
                      bool has_keys)
{
    if (which == COMPARE_FIGURES)
        compare_draw_figures(app, self, view, has_keys);
    else if (which == COMPARE_DISTRIBUTIONS)
        compare_draw_distributions(app, self, view, has_keys);
    else
        draw_machines(app, self, view, has_keys);
}

static void draw_title(const struct app *app, const struct compare *self, const struct view *view)
{
    const struct comparison *shown = self->shown;
    bool is_stale = !shown->path && shown->version != app->bench.version;
    char here[32], there[32];
    int col = view_printf(view, 0, 2, style_of(ROLE_TEXT), "here: %s   there: %s, ",
                          text_counted(here, sizeof here, shown->n_traces[0], "trace"),
                          text_counted(there, sizeof there, shown->n_traces[1], "trace"));

    col = view_bytes(view, 0, col, style_of(ROLE_TEXT), shown->name, strlen(shown->name));
    if (self->error[0])
        col = view_text(view, 0, col + 2, style_of(ROLE_FAULT), self->error);
    if (is_stale)
        col = view_text(view, 0, col + 2, style_of(ROLE_CARE), "(of the settings before)");
    if (self->kept_name) {
        col = view_text(view, 0, col + 2, style_of(ROLE_DIM), "baseline: ");
        view_bytes(view, 0, col, style_of(ROLE_DIM), self->kept_name, strlen(self->kept_name));
    }
}

static void draw_compare(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct compare *self = data;
    bool is_wide = view->area.cols >= 130;

    if (draw_absence(app, view, false))
        return;
    compare_start(app, self);
    compare_build(self);
    if (self->error[0] && !(self->shown && self->is_cancelled)) {
        view_text(view, 0, 2, style_of(ROLE_FAULT), "there is nothing to compare with:");
        view_wrap(view, 1, 2, 4, style_of(ROLE_TEXT), self->error);
        return;
    }
    if (!self->shown) {
        view_text(view, 0, 2, style_of(ROLE_DIM),
                  self->path ? "the other log is being read" : "a log is being generated to compare with");
        return;
    }
    draw_title(app, self, view);
    struct view rest = view_part(view, (struct rect){1, 0, view->area.rows - 1, view->area.cols});

    if (!is_wide) {
        draw_view(app, self, self->view, &rest, has_keys);
        return;
    }
    enum compare_view right = self->view == COMPARE_MACHINES ? COMPARE_MACHINES : COMPARE_DISTRIBUTIONS;
    int middle = view->area.cols / 2;
    struct view halves[2] = {
        view_part(&rest, (struct rect){0, 0, rest.area.rows, middle}),
        view_part(&rest, (struct rect){0, middle + 1, rest.area.rows, view->area.cols - middle - 1})};

    draw_view(app, self, COMPARE_FIGURES, &halves[0], has_keys && self->view == COMPARE_FIGURES);
    draw_view(app, self, right, &halves[1], has_keys && self->view == right);
}

/* ---- actions ---- */

static void fold(struct compare *self, const char *name)
{
    size_t most = sizeof self->open / sizeof self->open[0];

    for (size_t i = 0; i < self->n_open; i++)
        if (strcmp(self->open[i], name) == 0) {
            memmove(self->open[i], self->open[--self->n_open], sizeof self->open[0]);
            return;
        }
    if (self->n_open < most)
        snprintf(self->open[self->n_open++], sizeof self->open[0], "%s", name);
}

static void show_template(struct app *app, uint32_t id)
{
    app_select_template(app, id);
    find_start_subset(app, SUBSET_TEMPLATE, id, NULL);
}

static void show_filter(struct app *app, const char *filter)
{
    logs_show_all(app);
    find_start_filter(app, filter, false);
    app_show_pane(app, PANE_LOGS);
}

/* The records of a level; false: it is the name of none. */
static bool show_level(struct app *app, const char *name)
{
    char filter[40];

    for (int level = LW_LEVEL_NONE + 1; level < LW_LEVEL_COUNT; level++)
        if (strcmp(name, lw_level_name((enum lw_level)level)) == 0) {
            snprintf(filter, sizeof filter, "level=%s", name);
            show_filter(app, filter);
            return true;
        }
    return false;
}

/* A part names a template, a level, or, of what leaked and of errors, a text that the records say. */
static void show_part(struct app *app, const struct measured *figure)
{
    const char *part = figure->part;
    char filter[200];
    size_t at;

    if (part[0] == 'E' && isdigit((unsigned char)part[1])) {
        show_template(app, (uint32_t)strtoul(part + 1, NULL, 10));
        return;
    }
    if (show_level(app, part))
        return;
    if (strcmp(figure->name, "leaked") != 0 && strcmp(figure->name, "d_errdist") != 0) {
        app_say(app, "%s is about the logs as a whole; no records stand for it", part);
        return;
    }
    at = (size_t)snprintf(filter, sizeof filter, "\"");
    for (; *part && at + 4 < sizeof filter; part++) {
        if (*part == '"' || *part == '\\')
            filter[at++] = '\\';
        filter[at++] = *part;
    }
    snprintf(filter + at, sizeof filter - at, "\"");
    show_filter(app, filter);
}

/* The traces of the open log that are so long. */
static void show_lengths(struct app *app, const struct share_row *row)
{
    const struct lw_traces *traces = app->session->traces;
    struct subset subset = {.kind = SUBSET_TEXT, .text = text_copy(row->label, strlen(row->label))};
    struct lw_trace trace;

    subset.from = PANE_COMPARE;
    subset.items = malloc((lw_traces_count(traces) + 1) * sizeof *subset.items);
    for (size_t i = 0; subset.items && i < lw_traces_count(traces); i++)
        if (lw_traces_get(traces, i, &trace, NULL) == 0 && trace.n_events >= row->low && trace.n_events <= row->high)
            subset.items[subset.n++] = i;
    if (subset.items && subset.text)
        traces_show(app, &subset);
    else
        subset_release(&subset);
}

static void show_share(struct app *app, const struct share_row *row)
{
    if (!row->label[0])
        app_say(app, "choose a row below: it leads to its records or traces");
    else if (row->template_id != LW_TEMPLATE_UNKNOWN)
        show_template(app, row->template_id);
    else if (row->distribution == 0)
        show_level(app, row->label);
    else if (row->low > 0 && strstr(row->label, "event"))
        show_lengths(app, row);
    else
        app_say(app, "%s: no records to be shown", row->label);
}

static void show_difference(struct app *app, const struct compare *self)
{
    struct lw_diff_row diff;
    uint64_t cursor = self->lists[COMPARE_MACHINES].cursor;

    if (!self->shown->diff || lw_machine_diff_get(self->shown->diff, (size_t)cursor, &diff, NULL) != 0)
        return;
    if (diff.a < 0)
        app_say(app, "only there; the log that is open has no traces of it");
    else if (diff.kind == LW_DIFF_STATE) {
        app_select_state(app, (size_t)diff.a);
        app_show_pane(app, PANE_MACHINE);
    } else {
        app->selection.transition = (size_t)diff.a;
        find_start_subset(app, SUBSET_TRANSITION, (uint64_t)diff.a, NULL);
    }
}

/* Enter folds figures that have parts and otherwise leads on; is_lines: leads on at once. */
static void open_row(struct app *app, struct compare *self, bool is_lines)
{
    const struct list *list = &self->lists[self->view];

    if (!self->shown || list->count == 0)
        return;
    if (self->view == COMPARE_DISTRIBUTIONS) {
        show_share(app, &self->shown->rows[list->cursor]);
        return;
    }
    if (self->view == COMPARE_MACHINES) {
        show_difference(app, self);
        return;
    }
    const struct compare_row *row = &self->rows[list->cursor];

    if (row->figure < 0)
        return;
    const struct measured *figure = &self->figures[row->measure].rows[row->figure];

    if (row->is_part)
        show_part(app, figure);
    else if (row->has_parts && !is_lines)
        fold(self, figure->name);
    else
        app_say(app, row->has_parts ? "choose a part of it: Enter unfolds them" : "%s has no parts", figure->name);
}

/* All parts, or none. */
static void fold_all(struct compare *self)
{
    bool has_open = self->n_open > 0;

    self->n_open = 0;
    for (size_t i = 0; !has_open && i < self->lists[COMPARE_FIGURES].count; i++) {
        const struct compare_row *row = &self->rows[i];

        if (row->figure >= 0 && row->has_parts)
            fold(self, self->figures[row->measure].rows[row->figure].name);
    }
}

static void unkeep(struct compare *self)
{
    for (int i = 0; i < N_MEASURES; i++)
        measurement_release(&self->kept[i]);
    free(self->kept_name);
    self->kept_name = NULL;
}

/* The figures of now become the baseline, or there is none any more. */
static void keep(struct app *app, struct compare *self)
{
    bool was_kept = self->kept_name != NULL;
    int rc = 0;

    unkeep(self);
    if (was_kept || !self->shown) {
        app_say(app, was_kept ? "no baseline any more" : "there is nothing to keep yet");
        return;
    }
    for (int i = 0; rc == 0 && i < N_MEASURES; i++)
        if (self->measured[i] == self->shown)
            rc = measurement_copy(&self->figures[i], &self->kept[i]);
    self->kept_name = rc == 0 ? text_copy(self->shown->name, strlen(self->shown->name)) : NULL;
    if (!self->kept_name) {
        unkeep(self);
        app_say(app, "out of memory");
        return;
    }
    app_say(app, "these figures are the baseline: %s", self->kept_name);
}

static enum action act_compare(struct app *app, void *data, enum action action)
{
    struct compare *self = data;

    if (!app_is_learned(app))
        return action;
    compare_build(self);
    if (list_act(&self->lists[self->view], action) == ACT_NONE)
        return ACT_NONE;
    switch (action) {
    case ACT_DISTRIBUTIONS:
        self->view = (enum compare_view)((self->view + 1) % 3);
        return ACT_NONE;
    case ACT_OPEN:
    case ACT_TRACE_LOGS:
        open_row(app, self, action == ACT_TRACE_LOGS);
        return ACT_NONE;
    case ACT_CANCEL: /* what is looked at, before what else is under way */
        if (!jobs_is_busy(app->jobs, JOB_COMPARE))
            return action;
        jobs_cancel(app->jobs, JOB_COMPARE);
        return ACT_NONE;
    case ACT_PIN:
        keep(app, self);
        return ACT_NONE;
    case ACT_FOLD_ALL:
        fold_all(self);
        return ACT_NONE;
    case ACT_RESET:
        compare_again(app, self);
        return ACT_NONE;
    case ACT_OTHER:
        if (self->path)
            compare_with(app, NULL);
        else
            app_prompt(app, ":", "compare ", app_command);
        return ACT_NONE;
    case ACT_METHOD:
        bench_set_method(app, (app->bench.method + 1) % lw_method_count());
        return ACT_NONE;
    case ACT_SEED:
        bench_set(app, "seed", bench_value(&app->bench, "seed") + 1);
        return ACT_NONE;
    default:
        return bench_act(app, action);
    }
}

static void forget(struct compare *self)
{
    comparison_free(self->shown);
    self->shown = NULL;
    for (int i = 0; i < N_MEASURES; i++) {
        measurement_release(&self->figures[i]);
        self->measured[i] = NULL;
        self->errors[i][0] = '\0';
    }
    self->error[0] = '\0';
    self->next = N_MEASURES;
    self->asked_version = 0;
    for (int i = 0; i < 3; i++)
        list_set_count(&self->lists[i], 0);
}

static void sync_compare(struct app *app, void *data, unsigned what)
{
    (void)app;
    if (what & SYNC_SESSION) {
        forget(data);
        unkeep(data);
    }
}

static void release_compare(void *data)
{
    struct compare *self = data;

    forget(self);
    unkeep(self);
    free(self->path);
    free(self->rows);
}

const struct pane pane_compare = {
    .title = "Compare",
    .size = sizeof(struct compare),
    .hints = (const struct hint[]){{ACT_OPEN, "parts"},
                                   {ACT_DISTRIBUTIONS, "next view"},
                                   {ACT_TRACE_LOGS, "records"},
                                   {ACT_PIN, "baseline"},
                                   {ACT_OTHER, "file"},
                                   {ACT_METHOD, "method"},
                                   {ACT_SEED, "seed"},
                                   {ACT_NONE, NULL}},
    .draw = draw_compare,
    .act = act_compare,
    .sync = sync_compare,
    .release = release_compare,
};
