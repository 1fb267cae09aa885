/*
 * How good the detectors are: a table of them, the confusion matrix and the curve of the chosen one, and the traces
 * behind each cell with the reasons. The threshold moves along the curve without anything being fitted again.
 */
#include "ui/app/jobs.h"
#include "ui/kit/chart.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct listed { /* a verdict in an open cell */
    size_t index;
    char *reason; /* NULL until it is to be seen, since reasons take time to find */
};

struct detect {
    struct list list;   /* rows of the baseline */
    bool is_real_alone; /* wanted; also what shows until there is another arm */
    enum matrix_cell cell;
    bool is_cell_open;
    struct list verdicts;
    struct listed *items; /* [verdicts.count] */
    uint64_t items_version;
};

static const char *const cell_names[4] = {"flagged, anomalous", "flagged, normal", "missed, anomalous",
                                          "not flagged, normal"};

static enum arm shown_arm(const struct app *app, const struct detect *self)
{
    return !self->is_real_alone && app->bench.augmented ? ARM_AUGMENTED : ARM_REAL;
}

/* The chosen detector's row in the shown arm; -1: none. */
static ptrdiff_t chosen_row(const struct app *app, const struct detect *self, struct lw_row *row)
{
    struct lw_row base;
    ptrdiff_t index;

    if (bench_row(&app->bench, ARM_REAL, (size_t)self->list.cursor, &base) != 0)
        return -1;
    index = bench_find_row(&app->bench, shown_arm(app, self), base.detector);
    if (index >= 0 && bench_row(&app->bench, shown_arm(app, self), (size_t)index, row) != 0)
        index = -1;
    return index;
}

static const struct lw_traces *traces_of(const struct app *app)
{
    const struct trial *trial = app->bench.trial;

    return trial && trial->study ? lw_study_traces(trial->study) : app->session->traces;
}

/* ---- drawing ---- */

enum { D_NAME, D_PRECISION, D_RECALL, D_F1, D_WAS, D_CHANGE, D_MCC, D_ROC, D_PR, D_FLAGGED, N_D };
static const struct column columns[N_D] = {
    {"detector", 14, 0, false}, {"precision", 9, 48, true}, {"recall", 6, 0, true}, {"F1", 5, 0, true},
    {"was", 5, 56, true},       {"change", 6, 0, true},     {"MCC", 5, 60, true},   {"ROC", 5, 60, true},
    {"PR", 5, 60, true},        {"flagged", 8, 70, true}};

static void draw_ratio(const struct view *view, int row, size_t column, unsigned attrs, double ratio)
{
    char text[32];

    table_text(view, row, columns, N_D, column, style_with(ROLE_TEXT, attrs), text_ratio(text, sizeof text, ratio));
}

static void draw_row(const struct app *app, const struct detect *self, const struct view *view, int row, size_t index)
{
    const struct bench *bench = &app->bench;
    enum arm arm = shown_arm(app, self);
    unsigned attrs = bench_is_stale(app, arm) ? ATTR_DIM : 0;
    struct lw_row real, shown;
    ptrdiff_t other;
    char text[32];

    if (bench_row(bench, ARM_REAL, index, &real) != 0)
        return;
    other = bench_find_row(bench, arm, real.detector);
    table_text(view, row, columns, N_D, D_NAME, style_of(real.is_control ? ROLE_DIM : ROLE_TEXT), real.detector);
    if (other < 0 || bench_row(bench, arm, (size_t)other, &shown) != 0)
        return;
    draw_ratio(view, row, D_PRECISION, attrs, shown.precision);
    draw_ratio(view, row, D_RECALL, attrs, shown.recall);
    draw_ratio(view, row, D_F1, attrs | ATTR_BOLD, shown.f1);
    draw_ratio(view, row, D_MCC, attrs, shown.mcc);
    draw_ratio(view, row, D_ROC, attrs, shown.roc_auc);
    draw_ratio(view, row, D_PR, attrs, shown.pr_auc);
    table_text(view, row, columns, N_D, D_FLAGGED, style_with(ROLE_TEXT, attrs),
               text_count(text, sizeof text, shown.tp + shown.fp));
    if (arm == ARM_AUGMENTED && !real.is_control) {
        draw_ratio(view, row, D_WAS, 0, real.f1);
        text_change(text, sizeof text, shown.f1 - real.f1);
        table_text(view, row, columns, N_D, D_CHANGE,
                   style_with(text[0] == '+'   ? ROLE_GOOD
                              : text[0] == '-' ? ROLE_FAULT
                                               : ROLE_DIM,
                              attrs),
                   text);
    }
}

/* What the figures stand on; every figure of this pane says it. */
static int draw_terms(const struct app *app, const struct detect *self, const struct view *view, int row)
{
    enum arm arm = shown_arm(app, self);
    struct lw_row any;
    char text[400], train[32], test[32], anomalous[32], synthetic[32];
    ptrdiff_t index = chosen_row(app, self, &any);

    if (index < 0)
        return row;
    if (!app->bench.trial->study) {
        return row +
               view_wrap(view, row, 2, 2, style_of(ROLE_DIM),
                         "no labels: detectors fit on all traces and flag what is rare; :labels FILE measures them");
    }
    text_count(train, sizeof train, any.n_train);
    text_count(test, sizeof test, any.n_test);
    text_count(anomalous, sizeof anomalous, any.n_anomalous);
    text_count(synthetic, sizeof synthetic, any.n_synthetic);
    if (arm == ARM_AUGMENTED)
        snprintf(text, sizeof text,
                 "training = the real training part (%s traces) + %s synthetic traces, measured on %s held-out real "
                 "traces, %s anomalous; split %s, seed %llu; threshold: %s",
                 train, synthetic, test, anomalous, any.split, (unsigned long long)app->options.seed,
                 any.threshold_rule);
    else
        snprintf(text, sizeof text,
                 "training = the real training part (%s traces) alone, measured on %s held-out real traces, %s "
                 "anomalous; split %s, seed %llu; threshold: %s",
                 train, test, anomalous, any.split, (unsigned long long)app->options.seed, any.threshold_rule);
    return row + view_wrap(view, row, 2, 3, style_of(ROLE_DIM), text);
}

static void draw_curve(const struct app *app, const struct detect *self, const struct view *view, size_t index,
                       double threshold)
{
    const struct lw_result *result = bench_result(&app->bench, shown_arm(app, self));
    struct chart_point points[256];
    size_t n = 0, kept = 0, mark, step;
    const struct lw_point *curve = lw_result_curve(result, index, &n);
    double nearest = INFINITY;

    step = n / 250 + 1;
    mark = n;
    for (size_t i = 0; i < n && kept < 256; i++) {
        double distance = fabs(curve[i].threshold - threshold);

        if (i % step != 0 && i + 1 != n)
            continue;
        if (isnan(curve[i].precision) || isnan(curve[i].recall))
            continue;
        points[kept] = (struct chart_point){curve[i].recall, curve[i].precision};
        if (distance < nearest) {
            nearest = distance;
            mark = kept;
        }
        kept++;
    }
    chart_curve(view, "recall", "prec", points, kept, mark, app->symbols);
}

static void draw_chosen(const struct app *app, const struct detect *self, const struct view *view, bool has_keys)
{
    struct lw_row row;
    ptrdiff_t index = chosen_row(app, self, &row);
    int at = 0;
    char oracle[16];

    if (index < 0)
        return;
    uint64_t counts[4] = {[MATRIX_TP] = row.tp, [MATRIX_FP] = row.fp, [MATRIX_FN] = row.fn, [MATRIX_TN] = row.tn};
    bool is_moved = !isnan(app->bench.moved[shown_arm(app, self)][index]);

    view_printf(view, at++, 2, style_with(ROLE_TEXT, ATTR_BOLD), "%s, %s", row.detector,
                shown_arm(app, self) == ARM_AUGMENTED ? "real+synthetic" : "real alone");
    view_printf(view, at++, 2, style_of(ROLE_TEXT), "threshold %.4g (%s)", row.threshold,
                is_moved ? "set by hand" : "learned");
    if (app->bench.trial->study) {
        chart_matrix(view, at, 2, counts, self->cell, has_keys, app->symbols);
        at += 4;
        view_printf(view, at++, 2, style_of(ROLE_DIM), "best F1 over thresholds: %s (oracle)",
                    text_ratio(oracle, sizeof oracle, row.oracle_f1));
    } else {
        view_printf(view, at++, 2, style_of(ROLE_TEXT), "%llu of %llu traces flagged; Enter lists them",
                    (unsigned long long)(row.tp + row.fp), (unsigned long long)row.n_test);
    }
    bool is_beside = view->area.cols >= 70;
    struct view plot = is_beside ? view_part(view, (struct rect){0, 38, view->area.rows, view->area.cols - 38})
                                 : view_part(view, (struct rect){at, 0, view->area.rows - at, view->area.cols});

    if (plot.area.rows >= 6 && app->bench.trial->study)
        draw_curve(app, self, &plot, (size_t)index, row.threshold);
}

enum { R_TRACE, R_SCORE, R_REASON, N_R };
static const struct column verdict_columns[N_R] = {
    {"trace", 20, 0, false}, {"score", 8, 0, true}, {"reason", 0, 50, false}};

static bool verdict_is_in(const struct lw_verdict *verdict, enum matrix_cell cell, bool has_labels)
{
    if (!has_labels)
        return verdict->is_flagged;
    if (verdict->label == LW_UNLABELLED)
        return false;
    bool is_anomalous = verdict->label == LW_ANOMALOUS;

    return verdict->is_flagged ? cell == (is_anomalous ? MATRIX_TP : MATRIX_FP)
                               : cell == (is_anomalous ? MATRIX_FN : MATRIX_TN);
}

static void forget_items(struct detect *self)
{
    for (uint64_t i = 0; self->items && i < self->verdicts.count; i++)
        free(self->items[i].reason);
    free(self->items);
    self->items = NULL;
    list_set_count(&self->verdicts, 0);
}

/* Whether a trace is flagged follows the threshold that is shown, not the learned one. */
static void collect_verdicts(const struct app *app, struct detect *self)
{
    const struct lw_result *result = bench_result(&app->bench, shown_arm(app, self));
    struct lw_row row;
    ptrdiff_t index = chosen_row(app, self, &row);
    size_t n = index >= 0 ? lw_result_verdict_count(result, (size_t)index) : 0, kept = 0;
    bool has_labels = app->bench.trial && app->bench.trial->study;
    bool is_moved = index >= 0 && !isnan(app->bench.moved[shown_arm(app, self)][index]);

    uint64_t cursor = self->verdicts.cursor;

    forget_items(self);
    self->items = calloc(n + 1, sizeof *self->items);
    for (size_t i = 0; self->items && i < n; i++) {
        struct lw_verdict verdict;

        if (lw_result_score(result, (size_t)index, i, &verdict, NULL) != 0)
            continue;
        if (is_moved)
            verdict.is_flagged = verdict.score > row.threshold;
        if (verdict_is_in(&verdict, self->cell, has_labels))
            self->items[kept++].index = i;
    }
    list_set_count(&self->verdicts, kept);
    list_go(&self->verdicts, cursor);
    self->items_version = app->bench.result_count;
}

/* The verdict of a row of the open cell, with its reason. */
static int get_verdict(const struct lw_result *result, size_t row, struct listed *item, struct lw_verdict *out)
{
    int rc = item->reason ? lw_result_score(result, row, item->index, out, NULL)
                          : lw_result_verdict(result, row, item->index, out, NULL);

    if (rc == 0 && item->reason)
        snprintf(out->reason, sizeof out->reason, "%s", item->reason);
    else if (rc == 0)
        item->reason = text_copy_or_null(out->reason);
    return rc;
}

static void draw_verdicts(struct app *app, struct detect *self, const struct view *view, bool has_keys)
{
    const struct lw_result *result = bench_result(&app->bench, shown_arm(app, self));
    struct lw_row row;
    ptrdiff_t index;
    char count[32];

    if (self->items_version != app->bench.result_count)
        collect_verdicts(app, self);
    index = chosen_row(app, self, &row);
    if (index < 0)
        return;
    view_printf(view, 0, 2, style_with(ROLE_TEXT, ATTR_BOLD), "%s: %s %s", row.detector,
                text_counted(count, sizeof count, self->verdicts.count, "trace"),
                app->bench.trial->study ? cell_names[self->cell] : "flagged");
    table_head(view, 1, verdict_columns, N_R);
    int foot = view->area.rows >= 12 ? 2 : 0; /* the chosen reason in full */
    struct view list = view_part(view, (struct rect){2, 0, view->area.rows - 2 - foot, view->area.cols});
    int rows = list_show(&self->verdicts, list.area.rows);

    for (int i = 0; i < rows; i++) {
        uint64_t position = self->verdicts.top + (uint64_t)i;
        struct lw_verdict verdict;
        struct lw_trace trace;
        char score[32];

        if (get_verdict(result, (size_t)index, &self->items[position], &verdict) != 0 ||
            lw_traces_get(traces_of(app), verdict.trace, &trace, NULL) != 0)
            continue;
        snprintf(score, sizeof score, "%.4g", verdict.score);
        table_cell(&list, i, verdict_columns, N_R, R_TRACE, style_of(ROLE_TEXT), trace.name.data, trace.name.len);
        table_text(&list, i, verdict_columns, N_R, R_SCORE, style_of(ROLE_TEXT), score);
        table_text(&list, i, verdict_columns, N_R, R_REASON, style_of(ROLE_TEXT), verdict.reason);
        table_mark(&list, i, position == self->verdicts.cursor, app->symbols);
        if (position == self->verdicts.cursor)
            view_wrap(view, view->area.rows - foot, 2, foot, style_of(ROLE_DIM), verdict.reason);
        if (position == self->verdicts.cursor)
            view_add_attrs(&list, i, 2, 20, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
    if (self->verdicts.count == 0)
        view_text(&list, 0, 2, style_of(ROLE_DIM), "no traces");
}

static void draw_detect(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct detect *self = data;
    int row = 1, rows;

    if (draw_absence(app, view, false))
        return;
    if (!app->bench.trial) {
        bool is_busy = jobs_is_busy(app->jobs, JOB_STUDY) || app->bench.due_ms > 0;

        view_wrap(view, view->area.rows > 4 ? 1 : 0, 2, 4, style_of(ROLE_DIM),
                  app->bench.result_error[0] ? app->bench.result_error
                  : is_busy                  ? "the detectors are being fitted"
                                             : "nothing was measured");
        return;
    }
    list_set_count(&self->list, bench_row_count(&app->bench, ARM_REAL));
    if (self->is_cell_open) {
        draw_verdicts(app, self, view, has_keys);
        return;
    }
    table_head(view, 0, columns, N_D);
    rows = view->area.rows < 12 ? view->area.rows / 2 : 8;
    struct view list = view_part(view, (struct rect){row, 0, rows, view->area.cols});

    rows = list_show(&self->list, (int)self->list.count < rows ? (int)self->list.count : rows);
    for (int i = 0; i < rows; i++) {
        uint64_t index = self->list.top + (uint64_t)i;
        bool is_chosen = index == self->list.cursor;

        draw_row(app, self, &list, i, (size_t)index);
        table_mark(&list, i, is_chosen, app->symbols);
        if (is_chosen)
            view_add_attrs(&list, i, 2, 14, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
    row = draw_terms(app, self, view, row + rows);
    if (app->bench.result_error[0])
        view_text(view, row++, 2, style_of(ROLE_FAULT), app->bench.result_error);
    struct view chosen = view_part(view, (struct rect){row + 1, 0, view->area.rows - row - 1, view->area.cols});

    draw_chosen(app, self, &chosen, has_keys);
}

/* ---- actions ---- */

/* The next point of the curve with another threshold, in the direction of step. */
static void move_threshold(struct app *app, const struct detect *self, int step)
{
    enum arm arm = shown_arm(app, self);
    struct lw_row row;
    ptrdiff_t index = chosen_row(app, self, &row);
    size_t n = 0;
    const struct lw_point *curve =
        index >= 0 ? lw_result_curve(bench_result(&app->bench, arm), (size_t)index, &n) : NULL;
    double best = NAN;

    for (size_t i = 0; i < n; i++) {
        double threshold = curve[i].threshold;
        bool is_beyond = step > 0 ? threshold > row.threshold : threshold < row.threshold;

        if (isfinite(threshold) && is_beyond &&
            (isnan(best) || fabs(threshold - row.threshold) < fabs(best - row.threshold)))
            best = threshold;
    }
    if (isnan(best))
        app_say(app, "there is no %s threshold", step > 0 ? "higher" : "lower");
    else
        app->bench.moved[arm][index] = best;
}

static void open_verdict(struct app *app, const struct detect *self)
{
    struct lw_row row;
    ptrdiff_t index = chosen_row(app, self, &row), trace_index;
    struct lw_verdict verdict;
    struct lw_trace trace;

    if (index < 0 || self->verdicts.count == 0 ||
        get_verdict(bench_result(&app->bench, shown_arm(app, self)), (size_t)index, &self->items[self->verdicts.cursor],
                    &verdict) != 0 ||
        lw_traces_get(traces_of(app), verdict.trace, &trace, NULL) != 0)
        return;
    trace_index = lw_traces_find(app->session->traces, trace.name.data, trace.name.len);
    if (trace_index < 0) {
        app_say(app, "this trace is not among those of the log");
        return;
    }
    traces_open(app, (size_t)trace_index, verdict.event);
    app_say(app, "%s", verdict.reason);
}

static enum action act_detect(struct app *app, void *data, enum action action)
{
    struct detect *self = data;
    struct lw_row row;
    ptrdiff_t index;

    if (action == ACT_CLOSE && self->is_cell_open) {
        self->is_cell_open = false;
        return ACT_NONE;
    }
    if (action == ACT_CLOSE || !app_is_learned(app) || !app->bench.trial)
        return action;
    if (list_act(self->is_cell_open ? &self->verdicts : &self->list, action) == ACT_NONE)
        return ACT_NONE;
    self->items_version = 0; /* whatever changes below, an open cell is collected anew */
    switch (action) {
    case ACT_OPEN:
        if (self->is_cell_open)
            open_verdict(app, self);
        else {
            self->is_cell_open = true;
            self->verdicts.cursor = 0;
        }
        return ACT_NONE;
    case ACT_LEFT:
    case ACT_RIGHT:
        move_threshold(app, self, action == ACT_LEFT ? -1 : 1);
        return ACT_NONE;
    case ACT_RESET:
        index = chosen_row(app, self, &row);
        if (index >= 0)
            app->bench.moved[shown_arm(app, self)][index] = NAN;
        return ACT_NONE;
    case ACT_ARM:
        self->is_real_alone = !self->is_real_alone;
        if (!app->bench.augmented)
            app_say(app, "nothing was measured with synthetic traces yet");
        return ACT_NONE;
    case ACT_CELL:
        self->cell = (self->cell + 1) % 4;
        return ACT_NONE;
    default:
        return action;
    }
}

static void sync_detect(struct app *app, void *data, unsigned what)
{
    struct detect *self = data;

    (void)app;
    if (what & SYNC_SESSION)
        self->is_cell_open = false;
}

static void release_detect(void *data)
{
    forget_items(data);
}

const char *detect_view(const struct app *app)
{
    return ((const struct detect *)app->panes[PANE_DETECT])->is_cell_open ? "cell" : "table";
}

const struct pane pane_detect = {
    .title = "Detect",
    .size = sizeof(struct detect),
    .hints = (const struct hint[]){{ACT_OPEN, "traces"},
                                   {ACT_CELL, "cell"},
                                   {ACT_LEFT, "threshold"},
                                   {ACT_RIGHT, "threshold"},
                                   {ACT_ARM, "real/both"},
                                   {ACT_RESET, "reset"},
                                   {ACT_NONE, NULL}},
    .draw = draw_detect,
    .act = act_detect,
    .sync = sync_detect,
    .release = release_detect,
};
