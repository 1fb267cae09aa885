/*
 * All breaches are gathered first, each with its class; labels are held against them at the end. What a labelled trace
 * breaks in a class that its kind may break is as it should be and no violation; anything else is, and so is a label
 * behind which nothing of its kind shows.
 */
#include "measure/validate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "measure/validate_parts.h"

/* ---- rules and breaches ---------------------------------------------------------------------------------------- */

size_t law_of(struct validating *v, const char *group, const char *rule, enum breach_class class)
{
    for (size_t i = 0; i < v->n_laws; i++)
        if (strcmp(v->laws[i].group, group) == 0 && strcmp(v->laws[i].rule, rule) == 0)
            return i;
    size_t at = v->n_laws < VALIDATE_LAWS ? v->n_laws++ : VALIDATE_LAWS - 1;
    v->laws[at] = (struct law){group, rule, class, 0, 0};
    return at;
}

int law_break(struct validating *v, size_t law, size_t trace, size_t row, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *what = arena_copy(&v->out->texts, text, strlen(text));
    if (what == NULL || alloc_grow(&v->breaches, &v->cap, v->n + 1, sizeof *v->breaches) != 0)
        return fail_memory(v->err, "validating");
    v->breaches[v->n++] = (struct breach){law, trace, row, what};
    v->laws[law].broken++;
    return 0;
}

uint32_t validate_template(const struct validating *v, size_t row)
{
    uint32_t kind = v->view.kinds[row];
    return kind == COLUMN_NONE ? LW_TEMPLATE_UNKNOWN : v->in->model->templates.items[kind].id;
}

/* ---- labels ---------------------------------------------------------------------------------------------------- */

/* What traces of a kind may break, and whether all of them have to show. Of kinds that reach over many traces some
 * show by nothing but their share of what happens in the log. Where events are taken out, come again or change places,
 * times stay.
 */
static const struct {
    uint8_t classes;
    bool has_to_show;
} signs[ANOMALY_COUNT] = {
    [ANOMALY_MISSING] = {BREACH_STEP | BREACH_DELAY, true},
    [ANOMALY_REPEATED] = {BREACH_STEP | BREACH_DELAY, true},
    [ANOMALY_SWAPPED] = {BREACH_STEP | BREACH_DELAY, true},
    [ANOMALY_UNKNOWN] = {BREACH_UNKNOWN, true},
    [ANOMALY_DELAY] = {BREACH_DELAY, true},
    [ANOMALY_PARAMETER] = {BREACH_PARAMETER, true},
    [ANOMALY_COUNT_WRONG] = {BREACH_STEP | BREACH_DELAY, false},
    [ANOMALY_TIMEOUT] = {BREACH_STEP | BREACH_DELAY, true},
    [ANOMALY_CASCADE] = {BREACH_STEP | BREACH_DELAY, false},
    [ANOMALY_EXHAUSTION] = {BREACH_STEP | BREACH_DELAY, false},
    [ANOMALY_CRASH] = {BREACH_STEP | BREACH_DELAY, false},
    [ANOMALY_FLAPPING] = {BREACH_STEP | BREACH_DELAY, false},
    [ANOMALY_DRIFT] = {BREACH_DELAY, false},
};

enum anomaly validate_kind(const struct validating *v, size_t trace)
{
    size_t t = v->view.traces[trace];
    if (v->in->labels == NULL || v->labels.labels[t] != LW_ANOMALOUS)
        return ANOMALY_NONE;
    struct lw_bytes name = intern_get(&v->labels.names, v->labels.kinds[t]);
    for (int kind = ANOMALY_NONE + 1; kind < ANOMALY_COUNT; kind++) {
        const char *its = anomaly_name((enum anomaly)kind);
        if (strlen(its) == name.len && memcmp(its, name.data, name.len) == 0)
            return (enum anomaly)kind;
    }
    return ANOMALY_COUNT;
}

/* Whether the trouble of the trace begins behind the row. What is left out shows at the event that follows. */
static bool is_too_early(const struct validating *v, size_t trace, size_t row)
{
    size_t root = v->roots == NULL ? SIZE_MAX : v->roots[trace];
    return root != SIZE_MAX && row != SIZE_MAX && row + 1 < root;
}

bool validate_is_excused(const struct validating *v, size_t trace, size_t row)
{
    enum anomaly kind = validate_kind(v, trace);
    return kind != ANOMALY_NONE && kind != ANOMALY_PARAMETER && !is_too_early(v, trace, row);
}

bool validate_is_led_away(const struct validating *v, size_t trace)
{
    switch (validate_kind(v, trace)) {
    case ANOMALY_TIMEOUT:
    case ANOMALY_CASCADE:
    case ANOMALY_EXHAUSTION:
    case ANOMALY_CRASH:
    case ANOMALY_FLAPPING:
    case ANOMALY_COUNT:
        return true;
    default:
        return false;
    }
}

/* Takes out what labels explain. */
static int hold_against_labels(struct validating *v, uint8_t *shown)
{
    size_t kept = 0;
    for (size_t i = 0; i < v->n; i++) {
        const struct breach *breach = &v->breaches[i];
        enum anomaly kind = breach->trace == SIZE_MAX ? ANOMALY_NONE : validate_kind(v, breach->trace);
        enum breach_class class = v->laws[breach->law].class;
        if ((kind == ANOMALY_COUNT || (kind != ANOMALY_NONE && (signs[kind].classes & class) != 0)) &&
            !is_too_early(v, breach->trace, breach->row)) {
            shown[breach->trace] = 1;
            v->laws[breach->law].broken--;
        } else {
            v->breaches[kept++] = *breach;
        }
    }
    v->n = kept;
    size_t visible = law_of(v, "labels", "visible", BREACH_OTHER), given = law_of(v, "labels", "given", BREACH_OTHER);
    int code = 0;
    for (size_t t = 0; t < v->view.n_traces && code == 0; t++) {
        enum anomaly kind = validate_kind(v, t);
        v->laws[given].checked++;
        if (v->labels.labels[v->view.traces[t]] == LW_UNLABELLED)
            code = law_break(v, given, t, v->view.first[t], "the trace has no label");
        if (kind == ANOMALY_NONE || kind == ANOMALY_COUNT || !signs[kind].has_to_show ||
            ((kind == ANOMALY_DELAY || kind == ANOMALY_TIMEOUT) && validate_moves_times(v->in->constraints)))
            continue;
        v->laws[visible].checked++;
        if (!shown[t])
            code = law_break(v, visible, t, v->view.first[t], "labelled %s, and nothing of that kind shows",
                             anomaly_name(kind));
    }
    return code;
}

static int check_labels(struct validating *v)
{
    if (v->in->labels == NULL)
        return 0;
    uint8_t *shown = alloc_zeroed(v->view.n_traces, 1);
    int code = shown == NULL ? fail_memory(v->err, "validating") : hold_against_labels(v, shown);
    free(shown);
    return code;
}

/* ---- what comes out -------------------------------------------------------------------------------------------- */

static int put_laws(struct validating *v)
{
    int code = 0;
    for (size_t i = 0; i < v->n_laws && code == 0; i++) {
        struct lw_figure row = FIGURE_INIT;
        if (v->laws[i].checked == 0)
            continue;
        row.name = v->laws[i].group;
        row.part = v->laws[i].rule;
        row.value = (double)v->laws[i].broken / (double)v->laws[i].checked;
        row.high = 0;
        row.verdict = v->laws[i].broken == 0;
        row.n = v->laws[i].checked;
        code = figures_add(v->out->figures, &row, v->err);
    }
    return code;
}

/* Names of traces are bytes of the log. */
static const char *trace_name(struct validating *v, size_t trace)
{
    struct lw_bytes name = intern_get(&v->columns.traces->names, v->view.traces[trace]);
    return arena_copy(&v->out->texts, name.data, name.len);
}

static int put_breach(struct validating *v, const struct breach *breach, struct lw_violation *out)
{
    const struct law *law = &v->laws[breach->law];
    *out = (struct lw_violation){.group = law->group,
                                 .rule = law->rule,
                                 .trace = {"", 0},
                                 .record = LW_NO_RECORD,
                                 .position = SIZE_MAX,
                                 .template_id = LW_TEMPLATE_UNKNOWN,
                                 .what = breach->what};
    if (breach->trace == SIZE_MAX)
        return 0;
    const char *name = trace_name(v, breach->trace);
    if (name == NULL)
        return fail_memory(v->err, "validating");
    out->trace = (struct lw_bytes){name, intern_get(&v->columns.traces->names, v->view.traces[breach->trace]).len};
    enum anomaly kind = validate_kind(v, breach->trace);
    out->label = kind == ANOMALY_COUNT ? "other" : anomaly_name(kind);
    size_t first = v->view.first[breach->trace], end = v->view.first[breach->trace + 1];
    size_t row = breach->row == SIZE_MAX ? end - 1 : breach->row;
    out->position = (breach->row == SIZE_MAX ? end : row) - first;
    if (end > first) {
        out->record = v->view.records[row];
        out->template_id = validate_template(v, row);
    }
    return 0;
}

static int by_law(const void *a, const void *b)
{
    const struct breach *x = a, *y = b;
    if (x->law != y->law)
        return x->law < y->law ? -1 : 1;
    if (x->trace != y->trace)
        return x->trace < y->trace ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int put_all(struct validating *v)
{
    if (v->n > 1)
        qsort(v->breaches, v->n, sizeof *v->breaches, by_law);
    v->out->items = alloc_array(v->n, sizeof *v->out->items);
    int code = v->out->items == NULL ? fail_memory(v->err, "validating") : 0;
    for (; v->out->n < v->n && code == 0; v->out->n++)
        code = put_breach(v, &v->breaches[v->out->n], &v->out->items[v->out->n]);
    return code == 0 ? put_laws(v) : code;
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

static int make_view(struct validating *v)
{
    size_t n = v->columns.traces->n_traces;
    uint32_t *traces = alloc_array(n, sizeof *traces);
    if (traces == NULL)
        return fail_memory(v->err, "validating");
    for (uint32_t i = 0; i < n; i++)
        traces[i] = i;
    int code = view_make(&v->columns, traces, n, &v->view, v->err);
    free(traces);
    return code;
}

/* Whole seconds, milliseconds or microseconds: delays between times that were cut are off by as much. */
static int64_t find_resolution(const struct trace_set *set)
{
    int64_t resolution = 1000000;
    for (size_t e = 0; e < set->n_events && resolution > 1; e++)
        while (set->times_us[e] != LW_NO_TIME && set->times_us[e] % resolution != 0)
            resolution /= 1000;
    return resolution;
}

static int check_all(struct validating *v)
{
    static int (*const steps[])(struct validating * v) = {validate_traces, validate_values,      validate_records,
                                                          check_labels,    validate_constraints, validate_asked,
                                                          put_all,         validate_detectors};
    int code = make_view(v);
    v->resolution_us = find_resolution(v->columns.traces);
    if (code == 0 && v->in->labels != NULL)
        code = labels_find(v->in->labels, v->in->synthetic, v->columns.traces, &v->labels, v->err);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && code == 0; i++) {
        code = run_check(v->run, v->err);
        if (code == 0)
            code = steps[i](v);
    }
    return code;
}

int validate(const struct validate_input *in, const struct lw_run *run, struct lw_validation **out,
             struct lw_error *err)
{
    struct lw_error own;
    struct validating v = {.in = in, .run = run, .err = err != NULL ? err : &own};
    v.out = alloc_zeroed(1, sizeof *v.out);
    int code = v.out == NULL ? fail_memory(err, "validating") : figures_new(&v.out->figures, err);
    if (code == 0)
        code = log_columns_read(in->model, in->synthetic, NULL, run, &v.columns, err);
    if (code == 0) {
        code = check_all(&v);
        labels_release(&v.labels);
        free(v.roots);
        view_release(&v.view);
        log_columns_release(&v.columns);
    }
    free(v.breaches);
    if (code != 0)
        lw_validation_free(v.out);
    else
        *out = v.out;
    return code;
}

size_t lw_validation_count(const struct lw_validation *validation)
{
    return validation->n;
}

int lw_validation_get(const struct lw_validation *validation, size_t index, struct lw_violation *out,
                      struct lw_error *err)
{
    if (index >= validation->n)
        return fail(err, LW_ERR_NOT_FOUND, "no violation %zu: there are %zu", index, validation->n);
    *out = validation->items[index];
    return 0;
}

const struct lw_figures *lw_validation_figures(const struct lw_validation *validation)
{
    return validation->figures;
}

void lw_validation_free(struct lw_validation *validation)
{
    if (validation == NULL)
        return;
    lw_figures_free(validation->figures);
    free(validation->items);
    arena_release(&validation->texts);
    free(validation);
}
