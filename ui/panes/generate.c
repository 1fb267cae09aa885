/*
 * The knobs of the generator. Whatever is turned regenerates a sample and measures the detectors again; what that does
 * stands beside the knobs in short.
 */
#include "ui/kit/chart.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct generate {
    struct list list; /* knobs, then the method */
};

enum { K_NAME, K_VALUE, K_RANGE, K_UNIT, N_K };
static const struct column columns[N_K] = {
    {"knob", 22, 0, false}, {"value", 10, 0, true}, {"range", 17, 58, false}, {"of, or log and result", 0, 70, false}};

static void draw_knob(const struct app *app, const struct view *view, int row, size_t index)
{
    const struct bench *bench = &app->bench;
    struct knob knob;
    char text[64], low[24], high[24];

    bench_knob(bench, index, &knob);
    double value = bench_value(bench, knob.path);
    bool is_initial = value == knob.initial || (isnan(value) && isnan(knob.initial));

    table_text(view, row, columns, N_K, K_NAME, style_of(ROLE_TEXT), knob.path);
    table_text(view, row, columns, N_K, K_VALUE, style_with(ROLE_TEXT, is_initial ? 0 : ATTR_BOLD),
               isnan(value) ? "-" : text_number(text, sizeof text, value));
    snprintf(text, sizeof text, "[%s .. %s]", text_number(low, sizeof low, knob.min),
             text_number(high, sizeof high, knob.max));
    table_text(view, row, columns, N_K, K_RANGE, style_of(ROLE_DIM), text);
    if (knob.level != LW_LEVEL_NONE && bench->sample_version > 0)
        snprintf(text, sizeof text, "%s %s %s", text_share(low, sizeof low, bench->real_levels[knob.level]),
                 app->symbols->arrow, text_share(high, sizeof high, bench->levels[knob.level]));
    else
        snprintf(text, sizeof text, "%s", knob.unit);
    table_text(view, row, columns, N_K, K_UNIT, style_of(ROLE_DIM), text);
}

static void draw_method(const struct app *app, const struct view *view, int row)
{
    const struct lw_method_info *method = lw_method_get(app->bench.method);

    table_text(view, row, columns, N_K, K_NAME, style_of(ROLE_TEXT), "method");
    if (method)
        table_text(view, row, columns, N_K, K_VALUE, style_of(ROLE_TEXT), method->name);
}

/* What the chosen row does, in full. */
static int draw_help(const struct app *app, const struct generate *self, const struct view *view, int row)
{
    const struct lw_method_info *method = lw_method_get(app->bench.method);
    struct knob knob;
    char text[600];

    if (self->list.cursor >= bench_knob_count(&app->bench)) {
        snprintf(text, sizeof text, "%s", method ? method->help : "");
    } else {
        bench_knob(&app->bench, (size_t)self->list.cursor, &knob);
        struct lw_bytes template = knob.template_id != LW_TEMPLATE_UNKNOWN
                                       ? session_template_text(app->session, knob.template_id)
                                       : (struct lw_bytes){"", 0};

        snprintf(text, sizeof text, "%s%s%.*s", knob.help, template.len > 0 ? ": " : "",
                 (int)(template.len < 200 ? template.len : 200), template.data);
    }
    return row + view_wrap(view, row, 2, 2, style_of(ROLE_DIM), text);
}

static void draw_knobs(const struct app *app, struct generate *self, const struct view *view, bool has_keys)
{
    table_head(view, 0, columns, N_K);
    struct view list = view_part(view, (struct rect){1, 0, view->area.rows - 1, view->area.cols});
    int rows = list_show(&self->list, list.area.rows);

    for (int i = 0; i < rows; i++) {
        uint64_t index = self->list.top + (uint64_t)i;
        bool is_chosen = index == self->list.cursor;

        if (index < bench_knob_count(&app->bench))
            draw_knob(app, &list, i, (size_t)index);
        else
            draw_method(app, &list, i);
        table_mark(&list, i, is_chosen, app->symbols);
        if (is_chosen)
            view_add_attrs(&list, i, 2, 22, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
}

/* "F1 real alone > with synthetic: machine .81 > .86 +.05", one line a detector. */
static int draw_effect(const struct app *app, const struct view *view, int row)
{
    const struct bench *bench = &app->bench;
    size_t n = bench_row_count(bench, ARM_REAL);
    unsigned attrs = bench_is_stale(app, ARM_AUGMENTED) ? ATTR_DIM : 0;

    if (!bench->trial)
        return row;
    if (!bench->trial->study) {
        view_text(view, row, 2, style_of(ROLE_DIM), "F1 needs labels: start with --labels FILE or :labels FILE");
        return row + 1;
    }
    view_printf(view, row++, 2, style_of(ROLE_HEAD), "F1 on held-out real traces: real %s real+synthetic%s",
                app->symbols->arrow,
                bench->result_error[0] ? " (of the knobs before)"
                : attrs                ? " (being measured anew)"
                                       : "");
    for (size_t i = 0; i < n; i++) {
        struct lw_row real, augmented;
        ptrdiff_t other;
        char before[16], after[16], change[16];

        if (bench_row(bench, ARM_REAL, i, &real) != 0 || real.is_control)
            continue;
        other = bench_find_row(bench, ARM_AUGMENTED, real.detector);
        if (other < 0 || bench_row(bench, ARM_AUGMENTED, (size_t)other, &augmented) != 0)
            augmented.f1 = NAN;
        text_change(change, sizeof change, augmented.f1 - real.f1);
        view_printf(view, row, 2, style_of(ROLE_TEXT), "%-14s %5s %s", real.detector,
                    text_ratio(before, sizeof before, real.f1), app->symbols->arrow);
        view_text(view, row, 25, style_with(ROLE_TEXT, attrs), text_ratio(after, sizeof after, augmented.f1));
        view_text(view, row, 31,
                  style_with(change[0] == '+'   ? ROLE_GOOD
                             : change[0] == '-' ? ROLE_FAULT
                                                : ROLE_DIM,
                             attrs),
                  change);
        row++;
    }
    return row;
}

static void draw_sample(const struct app *app, const struct view *view, int row)
{
    const struct bench *bench = &app->bench;
    bool is_stale = bench->sample_version != bench->version;
    char traces[32], events[32];
    size_t at = 0;

    if (bench->sample_error[0]) {
        view_text(view, row++, 2, style_of(ROLE_FAULT), "this cannot be generated:");
        view_wrap(view, row, 2, 3, style_of(ROLE_TEXT), bench->sample_error);
        return;
    }
    if (!bench->sample) {
        view_text(view, row, 2, style_of(ROLE_DIM), "a sample of what is generated appears here");
        return;
    }
    view_printf(view, row++, 2, style_of(ROLE_HEAD), "sample of %s, %s",
                text_counted(traces, sizeof traces, bench->sample_traces, "trace"),
                text_counted(events, sizeof events, bench->sample_events, "event"));
    while (at < bench->sample_len && row < view->area.rows) {
        const char *end = memchr(bench->sample + at, '\n', bench->sample_len - at);
        size_t len = end ? (size_t)(end - (bench->sample + at)) : bench->sample_len - at;

        view_bytes(view, row++, 2, style_with(ROLE_TEXT, is_stale ? ATTR_DIM : 0), bench->sample + at, len);
        at += len + 1;
    }
}

static void draw_generate(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct generate *self = data;
    bool is_wide = view->area.cols >= 110;
    int n = (int)bench_knob_count(&app->bench) + 2; /* with the head and the method */
    int knobs_rows, row = 0;

    if (draw_absence(app, view, false))
        return;
    list_set_count(&self->list, bench_knob_count(&app->bench) + 1);
    knobs_rows = is_wide ? view->area.rows : n <= view->area.rows * 3 / 5 ? n : view->area.rows * 3 / 5;
    if (view->area.rows - knobs_rows < 6 && !is_wide)
        knobs_rows = n < view->area.rows / 2 ? n : view->area.rows / 2;
    struct view knobs =
        view_part(view, (struct rect){0, 0, knobs_rows, is_wide ? view->area.cols / 2 : view->area.cols});
    struct view rest =
        is_wide ? view_part(view, (struct rect){0, view->area.cols / 2 + 1, view->area.rows, view->area.cols})
                : view_part(view, (struct rect){knobs_rows, 0, view->area.rows - knobs_rows, view->area.cols});

    draw_knobs(app, self, &knobs, has_keys);
    row = draw_help(app, self, &rest, row);
    row = draw_effect(app, &rest, row);
    if (rest.area.rows - row >= 2)
        draw_sample(app, &rest, row);
}

/* ---- actions ---- */

static double clamp(double value, const struct knob *knob)
{
    double exact = knob->is_integer ? round(value) : round(value * 1e9) / 1e9;

    return exact < knob->min ? knob->min : exact > knob->max ? knob->max : exact;
}

static void next_method(struct app *app, int step)
{
    size_t n = lw_method_count();

    if (n > 0)
        bench_set_method(app, (app->bench.method + n + (size_t)(step + (int)n)) % n);
}

/* The knob under the cursor; false on the row of the method. */
static bool chosen_knob(const struct app *app, const struct generate *self, struct knob *knob)
{
    if (self->list.cursor >= bench_knob_count(&app->bench))
        return false;
    bench_knob(&app->bench, (size_t)self->list.cursor, knob);
    return true;
}

static void nudge(struct app *app, const struct generate *self, int steps)
{
    struct knob knob;

    if (!chosen_knob(app, self, &knob)) {
        next_method(app, steps);
        return;
    }
    double value = bench_value(&app->bench, knob.path);

    /* what is not set starts from what the log has */
    if (isnan(value))
        value = round(app->bench.real_levels[knob.level] * 1000) / 1000;
    double next = clamp(value + steps * knob.step, &knob);

    if (next == value)
        app_say(app, "%s is at its %s", knob.path, steps < 0 ? "least" : "most");
    else
        bench_set(app, knob.path, next);
}

static void take_value(struct app *app, const char *line)
{
    struct knob knob;
    char *end;
    double value = strtod(line, &end);

    while (*end == ' ')
        end++;
    if (end == line || *end || !chosen_knob(app, app->panes[PANE_GENERATE], &knob)) {
        app_say(app, "%s: not a number; nothing was changed", line);
        return;
    }
    bench_set(app, knob.path, value);
}

static enum action act_generate(struct app *app, void *data, enum action action)
{
    struct generate *self = data;
    struct knob knob;
    char text[64], number[32];

    list_set_count(&self->list, bench_knob_count(&app->bench) + 1);
    if (!app_is_learned(app))
        return action;
    if (list_act(&self->list, action) == ACT_NONE)
        return ACT_NONE;
    bool is_knob = chosen_knob(app, self, &knob);

    switch (action) {
    case ACT_LEFT:
    case ACT_RIGHT:
        nudge(app, self, action == ACT_LEFT ? -1 : 1);
        return ACT_NONE;
    case ACT_OPEN:
    case ACT_TYPE:
        if (!is_knob) {
            next_method(app, 1);
            return ACT_NONE;
        }
        snprintf(text, sizeof text, "%s = ", knob.path);
        app_prompt(app, text, "", take_value);
        return ACT_NONE;
    case ACT_RESET:
        if (is_knob)
            bench_set(app, knob.path, knob.initial);
        return ACT_NONE;
    case ACT_METHOD:
        next_method(app, 1);
        return ACT_NONE;
    case ACT_SEED:
        if (bench_set(app, "seed", bench_value(&app->bench, "seed") + 1) == 0)
            app_say(app, "seed %s", text_number(number, sizeof number, bench_value(&app->bench, "seed")));
        return ACT_NONE;
    case ACT_SAVE_CONSTRAINTS:
        app_prompt(app, ":", "write-constraints ", app_command);
        return ACT_NONE;
    case ACT_LOAD_CONSTRAINTS:
        app_prompt(app, ":", "read-constraints ", app_command);
        return ACT_NONE;
    case ACT_UNDO:
        bench_undo(app);
        return ACT_NONE;
    case ACT_REDO:
        bench_redo(app);
        return ACT_NONE;
    default:
        return action;
    }
}

const struct pane pane_generate = {
    .title = "Generate",
    .size = sizeof(struct generate),
    .hints = {{ACT_LEFT, "less"},
              {ACT_RIGHT, "more"},
              {ACT_TYPE, "type"},
              {ACT_RESET, "reset"},
              {ACT_SEED, "seed"},
              {ACT_SAVE_CONSTRAINTS, "save"},
              {ACT_UNDO, "undo"}},
    .draw = draw_generate,
    .act = act_generate,
};
