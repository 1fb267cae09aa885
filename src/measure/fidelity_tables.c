#include "measure/fidelity_tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "measure/distance.h"

#define MAX_COLUMNS 16    /* of a table that are paired */
#define PAIR_ROWS   20000 /* that a pair, or the values of an identifier, is looked at in */
#define LEAST       10    /* rows of a, and half as many of b, for a table to be compared */
#define MISSED      5     /* rows that have to be expected before none is a difference */
#define BINS        10
#define LEFT_OUT    2 /* keys of a parameter that are no hash, which are odd */
#define FAKED       4

struct column {
    char name[24];
    bool is_number;
    double *numbers[2]; /* [rows] NaN: missing */
    uint64_t *keys[2];  /* [rows] 0: missing */
    bool is_lent;       /* by the view */
    bool is_open;       /* b has to have other values; nobody asks whether they are a's */
    double low, high;   /* of a */
};
struct table {
    char name[24];
    const struct view *views[2];
    size_t n[2];              /* rows */
    const uint32_t *trace[2]; /* [rows] trace of a row; NULL: the row itself */
    double effective[2];
    struct column columns[MAX_COLUMNS];
    size_t n_columns;
};

/* The numbers there are, rising; NULL: out of memory. */
static double *sorted(const double *numbers, size_t n, size_t *n_out)
{
    double *out = alloc_array(n, sizeof *out);
    *n_out = 0;
    for (size_t i = 0; i < n && out != NULL; i++)
        if (!isnan(numbers[i]))
            out[(*n_out)++] = numbers[i];
    if (out != NULL && *n_out > 1)
        qsort(out, *n_out, sizeof *out, order_double);
    return out;
}

static double effective(const struct table *table, int side, size_t n)
{
    return fmax(1, table->effective[side] * (double)n / fmax(1, (double)table->n[side]));
}

/* ---- shapes ---------------------------------------------------------------------------------------------------- */

struct shape {
    double alike, within;
    size_t n; /* values of b */
};

static int shape_numbers(const struct table *table, struct column *column, struct shape *out)
{
    size_t n[2];
    double *values[2] = {sorted(column->numbers[0], table->n[0], &n[0]),
                         sorted(column->numbers[1], table->n[1], &n[1])};
    int code = values[0] == NULL || values[1] == NULL ? LW_ERR_MEMORY : 0;
    *out = (struct shape){NAN, NAN, n[1]};
    if (code == 0 && n[0] > 0) {
        size_t within = 0;
        column->low = values[0][0];
        column->high = values[0][n[0] - 1];
        for (size_t i = 0; i < n[1]; i++)
            within += values[1][i] >= column->low && values[1][i] <= column->high;
        out->within = n[1] > 0 ? (double)within / (double)n[1] : NAN;
        out->alike =
            distance_ks(values[0], n[0], effective(table, 0, n[0]), values[1], n[1], effective(table, 1, n[1]));
    }
    free(values[0]);
    free(values[1]);
    return code;
}

static int shape_keys(const struct table *table, const struct column *column, struct shape *out)
{
    struct tallies tallies = {0};
    int code = 0;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < table->n[side] && code == 0; i++)
            if (column->keys[side][i] != 0)
                code = tallies_add(&tallies, column->keys[side][i], side, 1);
    double within = 0;
    for (size_t i = 0; i < tallies.n_slots; i++)
        within += tallies.slots[i].n[0] > 0 ? tallies.slots[i].n[1] : 0;
    *out = (struct shape){tallies_variation(&tallies, effective(table, 0, (size_t)tallies.total[0]),
                                            effective(table, 1, (size_t)tallies.total[1])),
                          tallies.total[1] > 0 ? within / tallies.total[1] : NAN, (size_t)tallies.total[1]};
    tallies_release(&tallies);
    return code;
}

/* Whether b should have rows in a table that a has n rows of. */
static bool is_missed(const struct table *table)
{
    const struct view *const *views = table->views;
    return table->n[1] == 0 && (double)table->n[0] * (double)views[1]->n_traces / (double)views[0]->n_traces >= MISSED;
}

static int compare_column(const struct table *table, struct column *column, struct lw_figures *figures,
                          struct lw_error *err)
{
    struct shape shape;
    char part[64];
    if ((column->is_number ? shape_numbers(table, column, &shape) : shape_keys(table, column, &shape)) != 0)
        return fail_memory(err, "comparing columns");
    if (isnan(shape.alike) && is_missed(table))
        shape.alike = 0;
    if (isnan(shape.alike))
        return 0;
    snprintf(part, sizeof part, "%s.%s", table->name, column->name);
    int code = figures_put(figures, "shapes", part, shape.alike, shape.n, NULL, err);
    if (code == 0 && !isnan(shape.within) && !column->is_open)
        code = figures_put(figures, "boundaries", part, shape.within, shape.n, NULL, err);
    return code;
}

/* ---- pairs ----------------------------------------------------------------------------------------------------- */

/* A column as a table looks at it: its own, or one of the trace of each row. */
struct side {
    const struct column *column;
    bool is_of_trace;
};

static size_t row_of(const struct table *table, const struct side *side, int sample, size_t row)
{
    return side->is_of_trace && table->trace[sample] != NULL ? table->trace[sample][row] : row;
}

static uint64_t key_of(const struct table *table, const struct side *side, int sample, size_t row)
{
    const struct column *column = side->column;
    size_t at = row_of(table, side, sample, row);
    if (!column->is_number)
        return column->keys[sample][at];
    double number = column->numbers[sample][at];
    if (isnan(number))
        return 0;
    double bin = column->high > column->low ? (number - column->low) / (column->high - column->low) * BINS : 0;
    return 1 + (uint64_t)fmax(0, fmin(BINS - 1, floor(bin)));
}

/* Pearson's correlation; NaN where one does not vary. */
static double correlate(const struct table *table, const struct side sides[2], int sample, size_t step, size_t *n)
{
    double mean[2] = {0, 0}, square[2] = {0, 0}, cross = 0;
    *n = 0;
    for (size_t row = 0; row < table->n[sample]; row += step) {
        double x = sides[0].column->numbers[sample][row_of(table, &sides[0], sample, row)];
        double y = sides[1].column->numbers[sample][row_of(table, &sides[1], sample, row)];
        if (isnan(x) || isnan(y))
            continue;
        double weight = 1 / (double)++*n, dx = x - mean[0], dy = y - mean[1];
        mean[0] += dx * weight;
        mean[1] += dy * weight;
        square[0] += dx * (x - mean[0]);
        square[1] += dy * (y - mean[1]);
        cross += dx * (y - mean[1]);
    }
    return *n > 2 && square[0] > 0 && square[1] > 0 ? cross / sqrt(square[0] * square[1]) : NAN;
}

static int compare_pair(const struct table *table, const struct side sides[2], const size_t step[2], double *alike)
{
    size_t n[2];
    if (sides[0].column->is_number && sides[1].column->is_number) {
        double a = correlate(table, sides, 0, step[0], &n[0]), b = correlate(table, sides, 1, step[1], &n[1]);
        *alike = isnan(a) || n[1] < 3
                     ? NAN
                     : distance_correlation(a, effective(table, 0, n[0]), isnan(b) ? 0 : b, effective(table, 1, n[1]));
        return 0;
    }
    struct tallies tallies = {0};
    int code = 0;
    for (int sample = 0; sample < 2; sample++)
        for (size_t row = 0; row < table->n[sample] && code == 0; row += step[sample]) {
            uint64_t a = key_of(table, &sides[0], sample, row), b = key_of(table, &sides[1], sample, row);
            if (a != 0 && b != 0)
                code = tallies_add(&tallies, key_join(a, b), sample, 1);
        }
    *alike = tallies_variation(&tallies, effective(table, 0, (size_t)tallies.total[0]),
                               effective(table, 1, (size_t)tallies.total[1]));
    tallies_release(&tallies);
    return code;
}

static int add_pair(const struct table *table, const char *name, const char *other, const struct side sides[2],
                    struct lw_figures *figures, struct lw_error *err)
{
    size_t step[2] = {table->n[0] / PAIR_ROWS + 1, table->n[1] / PAIR_ROWS + 1};
    char part[100];
    double alike;
    if (compare_pair(table, sides, step, &alike) != 0)
        return fail_memory(err, "comparing pairs of columns");
    if (isnan(alike) && is_missed(table))
        alike = 0;
    if (isnan(alike))
        return 0;
    snprintf(part, sizeof part, "%s.%s %s.%s", other, sides[0].column->name, table->name, sides[1].column->name);
    return figures_put(figures, name, part, alike, table->n[1], NULL, err);
}

/* trace: the table of the parents; NULL: of that itself. */
static int compare_table(struct table *table, const struct table *trace, struct lw_figures *figures,
                         struct lw_error *err)
{
    int code = 0;
    for (size_t i = 0; i < table->n_columns && code == 0; i++)
        code = compare_column(table, &table->columns[i], figures, err);
    for (size_t i = 0; i < table->n_columns && code == 0; i++)
        for (size_t j = i + 1; j < table->n_columns && code == 0; j++) {
            const struct side sides[2] = {{&table->columns[i], false}, {&table->columns[j], false}};
            code = add_pair(table, "pairs", table->name, sides, figures, err);
        }
    for (size_t i = 0; trace != NULL && i < trace->n_columns && code == 0; i++)
        for (size_t j = 0; j < table->n_columns && code == 0; j++) {
            const struct side sides[2] = {{&trace->columns[i], true}, {&table->columns[j], false}};
            code = add_pair(table, "intertable", "trace", sides, figures, err);
        }
    return code;
}

/* ---- the tables ------------------------------------------------------------------------------------------------ */

static struct column *new_column(struct table *table, const char *name, bool is_number)
{
    struct column *column = &table->columns[table->n_columns];
    *column = (struct column){.is_number = is_number};
    snprintf(column->name, sizeof column->name, "%s", name);
    return column;
}

static void add_numbers(struct table *table, const char *name, double *a, double *b)
{
    struct column *column = new_column(table, name, true);
    column->numbers[0] = a;
    column->numbers[1] = b;
    column->is_lent = true;
    table->n_columns++;
}

static void release_table(struct table *table)
{
    for (size_t i = 0; i < table->n_columns; i++)
        for (int side = 0; side < 2; side++)
            if (!table->columns[i].is_lent) {
                free(table->columns[i].numbers[side]);
                free(table->columns[i].keys[side]);
            }
}

static void init_table(struct table *table, const char *name, const struct view *a, const struct view *b)
{
    memset(table, 0, sizeof *table);
    snprintf(table->name, sizeof table->name, "%s", name);
    table->views[0] = a;
    table->views[1] = b;
}

static void make_traces(const struct view *a, const struct view *b, struct table *out)
{
    init_table(out, "trace", a, b);
    for (int side = 0; side < 2; side++) {
        out->n[side] = out->views[side]->n_traces;
        out->effective[side] = (double)out->n[side];
    }
    if (a->of->has_times) {
        add_numbers(out, "duration", a->durations, b->durations);
        add_numbers(out, "start", a->starts, b->starts);
    }
    add_numbers(out, "events", a->lengths, b->lengths);
}

enum event_column { EVENT_LEVEL, EVENT_COMPONENT, EVENT_TEMPLATE };

static int add_event_column(struct table *table, const char *name, enum event_column which)
{
    struct column *column = new_column(table, name, false);
    for (int side = 0; side < 2; side++) {
        const struct view *view = table->views[side];
        column->keys[side] = alloc_array(view->n_rows, sizeof *column->keys[side]);
        for (size_t i = 0; i < view->n_rows && column->keys[side] != NULL; i++)
            column->keys[side][i] = which == EVENT_LEVEL ? 1u + view->of->levels[view->records[i]]
                                    : which == EVENT_COMPONENT
                                        ? 1u + (uint64_t)log_columns_component(view->of, view->records[i])
                                        : 1u + (uint64_t)view->kinds[i];
    }
    table->n_columns++;
    return column->keys[0] == NULL || column->keys[1] == NULL ? LW_ERR_MEMORY : 0;
}

/* A header field; what the other log does not have at all is laid out otherwise there, and not compared. */
static int add_field_column(struct table *table, size_t field)
{
    const struct log_field *fields[2];
    for (int side = 0; side < 2; side++)
        fields[side] = &table->views[side]->of->fields.items[field];
    if (fields[1]->n == 0)
        return 0;
    struct column *column = new_column(table, fields[0]->name, fields[0]->is_number);
    table->n_columns++;
    for (int side = 0; side < 2; side++) {
        const struct view *view = table->views[side];
        column->numbers[side] = column->is_number ? alloc_array(view->n_rows, sizeof *column->numbers[side]) : NULL;
        column->keys[side] = column->is_number ? NULL : alloc_array(view->n_rows, sizeof *column->keys[side]);
        if (column->numbers[side] == NULL && column->keys[side] == NULL)
            return LW_ERR_MEMORY;
        for (size_t i = 0; i < view->n_rows; i++) {
            const struct field_cell *cell = log_fields_cell(&view->of->fields, field, view->records[i]);
            if (column->is_number)
                column->numbers[side][i] = cell != NULL && cell->key != 0 ? cell->number : NAN;
            else
                column->keys[side][i] = cell != NULL ? cell->key : 0;
        }
    }
    return 0;
}

static int make_events(const struct view *a, const struct view *b, struct table *out)
{
    int code = 0;
    init_table(out, "event", a, b);
    for (int side = 0; side < 2; side++) {
        out->n[side] = out->views[side]->n_rows;
        out->trace[side] = out->views[side]->trace_of;
        out->effective[side] = view_effective(out->views[side], out->n[side]);
    }
    if (a->of->has_levels)
        code = add_event_column(out, "level", EVENT_LEVEL);
    if (code == 0 && a->of->has_components)
        code = add_event_column(out, "component", EVENT_COMPONENT);
    if (code == 0)
        code = add_event_column(out, "template", EVENT_TEMPLATE);
    if (a->of->has_times)
        add_numbers(out, "delay", a->delays, b->delays);
    for (size_t f = 0; f < a->of->fields.n && code == 0; f++)
        code = add_field_column(out, f);
    return code;
}

static int add_slot(struct table *table, size_t kind, size_t slot, const struct slot_uses *uses)
{
    char name[24];
    bool is_number = uses->uses[uses->first[kind] + slot] == SLOT_NUMBER;
    snprintf(name, sizeof name, "%zu", slot + 1);
    struct column *column = new_column(table, name, is_number);
    column->is_open = !is_number && uses->is_open[uses->first[kind] + slot];
    table->n_columns++;
    for (int side = 0; side < 2; side++) {
        const struct view *view = table->views[side];
        const uint32_t *rows = view->kind_rows + view->kind_first[kind];
        column->numbers[side] = is_number ? alloc_array(table->n[side], sizeof *column->numbers[side]) : NULL;
        column->keys[side] = is_number ? NULL : alloc_array(table->n[side], sizeof *column->keys[side]);
        if (column->numbers[side] == NULL && column->keys[side] == NULL)
            return LW_ERR_MEMORY;
        for (size_t i = 0; i < table->n[side]; i++) {
            const struct cell *cell = log_columns_cells(view->of, view->records[rows[i]]) + slot;
            if (is_number)
                column->numbers[side][i] = cell->number;
            else /* left out is a value as well, and those that are faked are all one */
                column->keys[side][i] = cell->hash == 0                             ? LEFT_OUT
                                        : log_columns_is_identifier(view->of, cell) ? FAKED
                                                                                    : cell->hash;
        }
    }
    return 0;
}

/* trace_rows[2]: room for the trace of each row. */
static int make_parameters(const struct view *a, const struct view *b, size_t kind, const struct slot_uses *uses,
                           uint32_t *const trace_rows[2], struct table *out)
{
    char name[24];
    snprintf(name, sizeof name, "E%u", (unsigned)a->of->model->templates.items[kind].id);
    init_table(out, name, a, b);
    for (int side = 0; side < 2; side++) {
        const struct view *view = out->views[side];
        out->n[side] = view->kind_first[kind + 1] - view->kind_first[kind];
        out->effective[side] = view_effective(view, out->n[side]);
        for (size_t i = 0; i < out->n[side]; i++)
            trace_rows[side][i] = view->trace_of[view->kind_rows[view->kind_first[kind] + i]];
        out->trace[side] = trace_rows[side];
    }
    int code = 0;
    for (size_t s = uses->first[kind]; s < uses->first[kind + 1] && out->n_columns < MAX_COLUMNS && code == 0; s++)
        if (uses->uses[s] == SLOT_NUMBER || uses->uses[s] == SLOT_CATEGORY)
            code = add_slot(out, kind, s - uses->first[kind], uses);
    return code;
}

/* Whether b has too few rows of a template to tell anything, but not so few that they are missed. */
static bool is_few(const struct view *a, const struct view *b, size_t kind)
{
    const struct table table = {
        .views = {a, b},
        .n = {a->kind_first[kind + 1] - a->kind_first[kind], b->kind_first[kind + 1] - b->kind_first[kind]}};
    return table.n[1] < LEAST / 2 && !is_missed(&table);
}

static int compare_parameters(const struct view *a, const struct view *b, const struct slot_uses *uses,
                              const struct table *traces, struct lw_figures *figures, struct lw_error *err)
{
    uint32_t *rows[2] = {alloc_array(a->n_rows, sizeof *rows[0]), alloc_array(b->n_rows, sizeof *rows[1])};
    int code = rows[0] == NULL || rows[1] == NULL ? fail_memory(err, "comparing parameters") : 0;
    for (size_t k = 0; k < a->of->model->templates.n && code == 0; k++) {
        struct table table;
        if (a->kind_first[k + 1] - a->kind_first[k] < LEAST || is_few(a, b, k))
            continue;
        code = make_parameters(a, b, k, uses, rows, &table);
        code = code != 0 ? fail_memory(err, "comparing parameters") : compare_table(&table, traces, figures, err);
        release_table(&table);
    }
    free(rows[0]);
    free(rows[1]);
    return code;
}

/* ---- cardinality ----------------------------------------------------------------------------------------------- */

/* Events of one template in each trace, rising. Rows of a template stand in the order of traces. */
static void count_in_traces(const struct view *view, size_t kind, double *counts)
{
    size_t n = 0;
    uint32_t last = UINT32_MAX;
    for (size_t i = view->kind_first[kind]; i < view->kind_first[kind + 1]; i++) {
        uint32_t trace = view->trace_of[view->kind_rows[i]];
        if (trace != last)
            counts[n++] = 0;
        counts[n - 1]++;
        last = trace;
    }
    if (n > 1)
        qsort(counts, n, sizeof *counts, order_double);
    if (n > 0)
        memmove(counts + view->n_traces - n, counts, n * sizeof *counts);
    for (size_t i = 0; i < view->n_traces - n; i++)
        counts[i] = 0;
}

static int compare_counts(const struct view *a, const struct view *b, double *const counts[2],
                          struct lw_figures *figures, struct lw_error *err)
{
    const struct view *views[2] = {a, b};
    int code = 0;
    for (size_t k = 0; k < a->of->model->templates.n && code == 0; k++) {
        char part[40];
        if (a->kind_first[k + 1] == a->kind_first[k] && b->kind_first[k + 1] == b->kind_first[k])
            continue;
        for (int side = 0; side < 2; side++)
            count_in_traces(views[side], k, counts[side]);
        snprintf(part, sizeof part, "trace E%u", (unsigned)a->of->model->templates.items[k].id);
        code = figures_put(
            figures, "cardinality", part,
            distance_ks(counts[0], a->n_traces, (double)a->n_traces, counts[1], b->n_traces, (double)b->n_traces),
            b->n_traces, NULL, err);
    }
    if (code == 0) {
        for (int side = 0; side < 2; side++) {
            memcpy(counts[side], views[side]->lengths, views[side]->n_traces * sizeof *counts[side]);
            qsort(counts[side], views[side]->n_traces, sizeof *counts[side], order_double);
        }
        code = figures_put(
            figures, "cardinality", "trace event",
            distance_ks(counts[0], a->n_traces, (double)a->n_traces, counts[1], b->n_traces, (double)b->n_traces),
            b->n_traces, NULL, err);
    }
    return code;
}

/* How many rows each value of a slot has, rising; by tallies of the first n_rows rows. */
static int group_sizes(const struct view *view, size_t kind, size_t slot, size_t n_rows, double *sizes, size_t *n)
{
    struct tallies tallies = {0};
    int code = 0;
    for (size_t i = 0; i < n_rows && code == 0; i++) {
        uint32_t row = view->kind_rows[view->kind_first[kind] + i];
        const struct cell *cell = log_columns_cells(view->of, view->records[row]) + slot;
        if (cell->hash != 0)
            code = tallies_add(&tallies, cell->hash, 0, 1);
    }
    *n = 0;
    for (size_t i = 0; i < tallies.n_slots && code == 0; i++)
        if (tallies.slots[i].n[0] > 0)
            sizes[(*n)++] = tallies.slots[i].n[0];
    tallies_release(&tallies);
    if (*n > 1)
        qsort(sizes, *n, sizeof *sizes, order_double);
    return code;
}

/* Rows of a value grow with the log, so both logs are looked at in as many rows. */
static int compare_groups(const struct view *a, const struct view *b, const struct slot_uses *uses,
                          double *const sizes[2], struct lw_figures *figures, struct lw_error *err)
{
    const struct view *views[2] = {a, b};
    for (size_t k = 0; k < a->of->model->templates.n; k++) {
        size_t n_a = a->kind_first[k + 1] - a->kind_first[k], n_b = b->kind_first[k + 1] - b->kind_first[k];
        size_t n_rows = n_a < n_b ? n_a : n_b, n[2];
        n_rows = n_rows < PAIR_ROWS ? n_rows : PAIR_ROWS;
        for (size_t s = uses->first[k]; s < uses->first[k + 1]; s++) {
            char part[60];
            if (uses->uses[s] != SLOT_IDENTIFIER || n_rows < 2 * MISSED)
                continue;
            for (int side = 0; side < 2; side++)
                if (group_sizes(views[side], k, s - uses->first[k], n_rows, sizes[side], &n[side]) != 0)
                    return fail_memory(err, "comparing cardinality");
            snprintf(part, sizeof part, "value E%u.%zu", (unsigned)a->of->model->templates.items[k].id,
                     s - uses->first[k] + 1);
            int code =
                figures_put(figures, "cardinality", part,
                            distance_ks(sizes[0], n[0], (double)n[0], sizes[1], n[1], (double)n[1]), n[1], NULL, err);
            if (code != 0)
                return code;
        }
    }
    return 0;
}

static int compare_cardinality(const struct view *a, const struct view *b, const struct slot_uses *uses,
                               struct lw_figures *figures, struct lw_error *err)
{
    double *counts[2] = {alloc_array(a->n_rows + a->n_traces, sizeof *counts[0]),
                         alloc_array(b->n_rows + b->n_traces, sizeof *counts[1])};
    int code = counts[0] == NULL || counts[1] == NULL ? fail_memory(err, "comparing cardinality")
                                                      : compare_counts(a, b, counts, figures, err);
    if (code == 0)
        code = compare_groups(a, b, uses, counts, figures, err);
    free(counts[0]);
    free(counts[1]);
    return code;
}

int fidelity_tables(const struct view *a, const struct view *b, const struct slot_uses *uses,
                    struct lw_figures *figures, struct lw_error *err)
{
    struct table traces, events;
    make_traces(a, b, &traces);
    int code = compare_table(&traces, NULL, figures, err);
    if (code == 0) {
        code = make_events(a, b, &events);
        code = code != 0 ? fail_memory(err, "comparing events") : compare_table(&events, &traces, figures, err);
        release_table(&events);
    }
    if (code == 0)
        code = compare_parameters(a, b, uses, &traces, figures, err);
    return code != 0 ? code : compare_cardinality(a, b, uses, figures, err);
}
