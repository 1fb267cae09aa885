/*
 * Two traces side by side: events that both have stand in one row with both delays, others are signed. Where as many
 * were taken away as put in, each stands beside the one in its place.
 */
#include "ui/app/jobs.h"
#include "ui/kit/text.h"
#include "ui/panes/traces.h"

#include <stdlib.h>
#include <string.h>

void alignment_rows_release(struct alignment_rows *rows)
{
    free(rows->runs);
    *rows = (struct alignment_rows){0};
}

static void add_run(struct alignment_rows *rows, char sign, size_t a, size_t b, size_t n)
{
    if (n == 0)
        return;
    rows->runs[rows->n_runs++] = (struct run){sign, a, b, n, rows->n_rows};
    rows->n_rows += n;
    rows->n_changed += sign != ' ' ? n : 0;
}

/* Between two stretches that are the same stand at most one only in a and one only in b. */
static int make_rows(const struct lw_alignment *alignment, struct alignment_rows *out)
{
    size_t n;
    const struct lw_edit *edits = lw_alignment_edits(alignment, &n);

    *out = (struct alignment_rows){.runs = malloc((2 * n + 1) * sizeof *out->runs),
                                   .is_exact = lw_alignment_is_exact(alignment)};
    if (!out->runs)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < n;) {
        size_t gone = 0, come = 0, a = edits[i].a, b = edits[i].b;

        if (edits[i].kind == LW_EDIT_SAME) {
            add_run(out, ' ', a, b, edits[i].n);
            i++;
            continue;
        }
        for (; i < n && edits[i].kind != LW_EDIT_SAME; i++)
            *(edits[i].kind == LW_EDIT_ONLY_A ? &gone : &come) += edits[i].n;
        size_t changed = gone < come ? gone : come;

        add_run(out, '~', a, b, changed);
        add_run(out, '-', a + changed, b + changed, gone - changed);
        add_run(out, '+', a + changed, b + changed, come - changed);
    }
    return 0;
}

char traces_diff_row(const struct alignment_rows *rows, size_t row, size_t *a, size_t *b)
{
    size_t low = 0, high = rows->n_runs;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (rows->runs[middle].first <= row)
            low = middle;
        else
            high = middle;
    }
    const struct run *run = &rows->runs[low];

    *a = run->sign == '+' ? SIZE_MAX : run->a + row - run->first;
    *b = run->sign == '-' ? SIZE_MAX : run->b + row - run->first;
    return run->sign;
}

/* ---- the job --------------------------------------------------------------------------------------------------- */

struct diff_job {
    struct job job;
    struct session *session;
    size_t a, b;
    struct alignment_rows rows;
};

static int work_diff(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct diff_job *job = (struct diff_job *)base;
    struct lw_alignment *alignment;
    struct lw_trace a, b;
    int rc = lw_traces_get(job->session->traces, job->a, &a, err);

    if (rc == 0)
        rc = lw_traces_get(job->session->traces, job->b, &b, err);
    if (rc == 0)
        rc = lw_align(a.templates, a.n_events, b.templates, b.n_events, run, &alignment, err);
    if (rc != 0)
        return rc;
    rc = make_rows(alignment, &job->rows);
    lw_alignment_free(alignment);
    return rc == 0 ? 0 : text_fail(err, LW_ERR_MEMORY, "out of memory while aligning traces");
}

static void finish_diff(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    struct diff_job *job = (struct diff_job *)base;
    struct traces *self = traces_of(app);

    if (rc != 0) {
        app_say(app, "%s", rc == LW_ERR_CANCELLED ? "cancelled" : err->text);
        return;
    }
    if (!traces_is_current(app, job->session))
        return;
    alignment_rows_release(&self->rows);
    self->rows = job->rows;
    job->rows = (struct alignment_rows){0};
    if (self->level != DIFF)
        self->above_diff = self->level;
    self->level = DIFF;
    self->compared = job->a;
    self->trace = job->b;
    self->diff = (struct list){.count = 0};
    list_set_count(&self->diff, self->rows.n_rows);
    for (size_t i = 0; i < self->rows.n_runs; i++) /* to the first difference */
        if (self->rows.runs[i].sign != ' ') {
            list_go(&self->diff, self->rows.runs[i].first);
            break;
        }
    app_show_pane(app, PANE_TRACES);
}

static void free_diff(struct job *base)
{
    struct diff_job *job = (struct diff_job *)base;

    session_free(job->session);
    alignment_rows_release(&job->rows);
    free(job);
}

void traces_start_diff(struct app *app, size_t a, size_t b)
{
    static const struct job_ops ops = {"aligning traces", false, false, work_diff, finish_diff, free_diff};
    struct diff_job *job = calloc(1, sizeof *job);

    if (!job)
        return;
    job->job.ops = &ops;
    job->session = session_retain(app->session);
    job->a = a;
    job->b = b;
    jobs_start(app->jobs, JOB_TRACES, &job->job);
}

/* ---- drawing --------------------------------------------------------------------------------------------------- */

enum { D_SIGN, D_AT, D_A, D_B, D_RATIO, D_ID, D_TEXT, N_D };
static const struct column columns[N_D] = {{"", 1, 0, false},        {"at", 7, 70, true},  {"a", 6, 0, true},
                                           {"b", 6, 0, true},        {"b/a", 6, 60, true}, {"id", 10, 0, false},
                                           {"message", 0, 50, false}};

static int64_t after(const struct lw_trace *trace, size_t i)
{
    return i != SIZE_MAX && i > 0 && trace->times_us && trace->times_us[i] != LW_NO_TIME &&
                   trace->times_us[i - 1] != LW_NO_TIME
               ? trace->times_us[i] - trace->times_us[i - 1]
               : LW_NO_TIME;
}

/* "x12" or "/3", nothing below 1.5. */
static const char *ratio_text(int64_t a, int64_t b, char *text, size_t size)
{
    double ratio = a > 0 && b > 0 && a != LW_NO_TIME && b != LW_NO_TIME ? (double)b / (double)a : 1;

    text[0] = '\0';
    if (ratio >= 1.5)
        snprintf(text, size, ratio < 10 ? "x%.1f" : ratio < 99999 ? "x%.0f" : "x%.0e", ratio);
    else if (ratio <= 1 / 1.5)
        snprintf(text, size, 1 / ratio < 10 ? "/%.1f" : 1 / ratio < 99999 ? "/%.0f" : "/%.0e", 1 / ratio);
    return text;
}

static void draw_row(const struct app *app, const struct view *view, int row, const struct lw_trace *a,
                     const struct lw_trace *b, const struct alignment_rows *rows, size_t index)
{
    size_t in_a, in_b;
    char sign = traces_diff_row(rows, index, &in_a, &in_b), text[32], other[16], both[64];
    const struct lw_trace *of = sign == '-' ? a : b;
    size_t i = sign == '-' ? in_a : in_b;
    struct style style = style_of(sign == ' '   ? ROLE_TEXT
                                  : sign == '-' ? ROLE_CARE
                                  : sign == '+' ? ROLE_GOOD
                                                : ROLE_FAULT);
    struct lw_bytes template = session_template_text(app->session, of->templates[i]);
    int64_t at = of->times_us && of->times_us[i] != LW_NO_TIME && of->times_us[0] != LW_NO_TIME
                     ? of->times_us[i] - of->times_us[0]
                     : LW_NO_TIME;

    table_text(view, row, columns, N_D, D_SIGN, style, (const char[]){sign, '\0'});
    table_text(view, row, columns, N_D, D_AT, style_of(ROLE_TIME), text_delay(text, sizeof text, at));
    if (in_a != SIZE_MAX)
        table_text(view, row, columns, N_D, D_A, style_of(ROLE_TEXT), text_delay(text, sizeof text, after(a, in_a)));
    if (in_b != SIZE_MAX)
        table_text(view, row, columns, N_D, D_B, style_of(ROLE_TEXT), text_delay(text, sizeof text, after(b, in_b)));
    if (sign == ' ')
        table_text(view, row, columns, N_D, D_RATIO, style_of(ROLE_CARE),
                   ratio_text(after(a, in_a), after(b, in_b), text, sizeof text));
    text_template(text, sizeof text, of->templates[i]);
    if (sign == '~') {
        snprintf(both, sizeof both, "%s%s%s", text_template(other, sizeof other, a->templates[in_a]),
                 app->symbols->arrow, text);
        table_text(view, row, columns, N_D, D_ID, style, both);
    } else {
        table_text(view, row, columns, N_D, D_ID, style, text);
    }
    table_cell(view, row, columns, N_D, D_TEXT, style, template.data, template.len);
}

static int draw_name(const struct view *view, int row, const char *side, const struct lw_trace *trace)
{
    char count[32], delay[32];
    int col = view_printf(view, row, 2, style_of(ROLE_DIM), "%s  ", side);

    col = view_bytes(view, row, col, style_with(ROLE_TEXT, ATTR_BOLD), trace->name.data, trace->name.len);
    col = view_printf(view, row, col, style_of(ROLE_DIM), "  %s",
                      text_counted(count, sizeof count, trace->n_events, "event"));
    if (trace_takes_us(trace) != LW_NO_TIME)
        col = view_printf(view, row, col, style_of(ROLE_DIM), " in %s",
                          text_delay(delay, sizeof delay, trace_takes_us(trace)));
    return col;
}

void traces_draw_diff(struct app *app, struct traces *self, const struct view *view, bool has_keys)
{
    struct view inside = view_part(view, (struct rect){3, 0, view->area.rows - 3, view->area.cols});
    int rows = list_show(&self->diff, inside.area.rows);
    struct lw_trace a, b;
    char count[32];
    int col;

    if (lw_traces_get(app->session->traces, self->compared, &a, NULL) != 0 ||
        lw_traces_get(app->session->traces, self->trace, &b, NULL) != 0)
        return;
    draw_name(view, 0, "a -", &a);
    col = draw_name(view, 1, "b +", &b);
    view_printf(view, 1, col, style_of(ROLE_DIM), "; %s%s",
                text_counted(count, sizeof count, self->rows.n_changed, "difference"),
                self->rows.is_exact ? "" : " or fewer");
    table_head(view, 2, columns, N_D);
    for (int i = 0; i < rows; i++) {
        uint64_t index = self->diff.top + (uint64_t)i;
        bool is_chosen = index == self->diff.cursor;

        draw_row(app, &inside, i, &a, &b, &self->rows, (size_t)index);
        table_mark(&inside, i, is_chosen, app->symbols);
        if (is_chosen)
            view_add_attrs(&inside, i, 2, 14, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
}
