#include "measure/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define LONG 16 /* events that stand for one in a long trace */

static double seconds(int64_t from_us, int64_t to_us)
{
    return from_us == LW_NO_TIME || to_us == LW_NO_TIME ? NAN : 1e-6 * ((double)to_us - (double)from_us);
}

static int make_room(struct view *view)
{
    size_t n = view->n_rows, n_traces = view->n_traces;
    view->first = alloc_array(n_traces + 1, sizeof *view->first);
    view->trace_of = alloc_array(n, sizeof *view->trace_of);
    view->kinds = alloc_array(n, sizeof *view->kinds);
    view->records = alloc_array(n, sizeof *view->records);
    view->delays = alloc_array(n, sizeof *view->delays);
    view->durations = alloc_array(n_traces, sizeof *view->durations);
    view->lengths = alloc_array(n_traces, sizeof *view->lengths);
    view->starts = alloc_array(n_traces, sizeof *view->starts);
    view->kind_first = alloc_zeroed(view->of->model->templates.n + 2, sizeof *view->kind_first);
    view->kind_rows = alloc_array(n, sizeof *view->kind_rows);
    view->steps = alloc_array(n, sizeof *view->steps);
    return view->first == NULL || view->trace_of == NULL || view->kinds == NULL || view->records == NULL ||
                   view->delays == NULL || view->durations == NULL || view->lengths == NULL || view->starts == NULL ||
                   view->kind_first == NULL || view->kind_rows == NULL || view->steps == NULL
               ? LW_ERR_MEMORY
               : 0;
}

static void fill_trace(struct view *view, size_t t, size_t *row)
{
    const struct log_columns *columns = view->of;
    const struct trace_set *set = columns->traces;
    size_t from = set->first[view->traces[t]], to = set->first[view->traces[t] + 1];
    view->first[t] = *row;
    for (size_t e = from; e < to; e++, ++*row) {
        view->trace_of[*row] = (uint32_t)t;
        view->records[*row] = set->records[e];
        view->kinds[*row] = columns->templates[set->records[e]];
        view->delays[*row] = e > from ? seconds(set->times_us[e - 1], set->times_us[e]) : NAN;
    }
    view->first[t + 1] = *row;
    view->lengths[t] = (double)(to - from);
    view->durations[t] = to > from ? seconds(set->times_us[from], set->times_us[to - 1]) : NAN;
    view->starts[t] = to > from ? seconds(columns->first_us, set->times_us[from]) /
                                      fmax(1e-6, seconds(columns->first_us, columns->last_us))
                                : NAN;
}

static void sort_by_kind(struct view *view)
{
    size_t n = view->of->model->templates.n;
    for (size_t i = 0; i < view->n_rows; i++)
        if (view->kinds[i] != COLUMN_NONE)
            view->kind_first[view->kinds[i] + 2]++;
    for (size_t k = 2; k < n + 2; k++)
        view->kind_first[k] += view->kind_first[k - 1];
    for (size_t i = 0; i < view->n_rows; i++)
        if (view->kinds[i] != COLUMN_NONE)
            view->kind_rows[view->kind_first[view->kinds[i] + 1]++] = (uint32_t)i;
}

static int by_pair(const void *left, const void *right)
{
    const struct view_step *a = left, *b = right;
    if (a->pair != b->pair)
        return a->pair < b->pair ? -1 : 1;
    return (a->delay > b->delay) - (a->delay < b->delay);
}

static void list_steps(struct view *view)
{
    for (size_t i = 1; i < view->n_rows; i++)
        if (!isnan(view->delays[i]))
            view->steps[view->n_steps++] =
                (struct view_step){(uint64_t)view->kinds[i - 1] << 32 | view->kinds[i], view->delays[i]};
    if (view->n_steps > 1)
        qsort(view->steps, view->n_steps, sizeof *view->steps, by_pair);
}

int view_make(const struct log_columns *columns, const uint32_t *traces, size_t n, struct view *out,
              struct lw_error *err)
{
    *out = (struct view){.of = columns, .n_traces = n};
    for (size_t t = 0; t < n; t++)
        out->n_rows += trace_set_len(columns->traces, traces[t]);
    out->traces = alloc_array(n, sizeof *out->traces);
    if (out->n_rows >= UINT32_MAX || out->traces == NULL || make_room(out) != 0) {
        view_release(out);
        return fail_memory(err, "laying out events");
    }
    if (n > 0)
        memcpy(out->traces, traces, n * sizeof *traces);
    out->first[0] = 0;
    size_t row = 0;
    for (size_t t = 0; t < n; t++)
        fill_trace(out, t, &row);
    sort_by_kind(out);
    list_steps(out);
    return 0;
}

void view_release(struct view *view)
{
    free(view->traces);
    free(view->first);
    free(view->trace_of);
    free(view->kinds);
    free(view->records);
    free(view->delays);
    free(view->durations);
    free(view->lengths);
    free(view->starts);
    free(view->kind_first);
    free(view->kind_rows);
    free(view->steps);
    memset(view, 0, sizeof *view);
}

double view_effective(const struct view *view, size_t n)
{
    double each = (double)view->n_traces / fmax(1, (double)view->n_rows);
    return fmax(1, (double)n * fmin(1, fmax(each, 1. / LONG)));
}
