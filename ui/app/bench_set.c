/*
 * Changes of the constraints. Each keeps a copy of what was there before, so that undoing needs to know nothing of what
 * was changed: a knob, a rule, a preset, a file that was read.
 */
#include "ui/app/app.h"
#include "ui/app/bench.h"
#include "ui/kit/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEBOUNCE_MS = 120 };

void bench_touch(struct app *app)
{
    bench_build_knobs(app);
    app->bench.version++;
    app->bench.is_changed = true;
    app->bench.due_ms = app_is_learned(app) ? app_now_ms(app) + DEBOUNCE_MS : 0;
    if (app_is_learned(app))
        bench_start_expected(app);
}

/* The constraints as they are before a change; NULL, and told, when memory is out. */
static struct lw_constraints *copy_before(struct app *app)
{
    struct lw_constraints *copy;

    if (lw_constraints_copy(app->bench.constraints, &copy, NULL) == 0)
        return copy;
    app_say(app, "out of memory");
    return NULL;
}

static void add_step(struct bench *bench, struct lw_constraints *before, size_t method, const char *what)
{
    struct bench_step *step;

    while (bench->n_steps > bench->n_done)
        lw_constraints_free(bench->steps[--bench->n_steps].constraints);
    if (bench->n_steps == BENCH_UNDO) {
        lw_constraints_free(bench->steps[0].constraints);
        memmove(bench->steps, bench->steps + 1, (BENCH_UNDO - 1) * sizeof bench->steps[0]);
        bench->n_steps--;
    }
    step = &bench->steps[bench->n_steps++];
    bench->n_done = bench->n_steps;
    step->constraints = before;
    step->method = method;
    snprintf(step->what, sizeof step->what, "%s", what);
}

int bench_set(struct app *app, const char *path, double value)
{
    struct bench *bench = &app->bench;
    const struct knob *knob = bench_knob_at(bench, path);
    struct lw_constraints *before;
    struct lw_error err;
    char what[80], number[32];
    int rc;

    if (isnan(value))
        return bench_put(app, path, NULL);
    if (knob && knob->low == value && knob->high == value)
        return 0;
    before = copy_before(app);
    if (!before)
        return LW_ERR_MEMORY;
    rc = lw_constraints_set(bench->constraints, path, value, &err);
    if (rc != 0) {
        app_say(app, "%s", err.text);
        lw_constraints_free(before);
        return rc;
    }
    snprintf(what, sizeof what, "%s %s", path, text_number(number, sizeof number, value));
    add_step(bench, before, bench->method, what);
    bench_touch(app);
    return 0;
}

int bench_put(struct app *app, const char *path, const char *json)
{
    struct lw_constraints *before = copy_before(app);
    struct lw_error err;
    char what[80];
    int rc;

    if (!before)
        return LW_ERR_MEMORY;
    rc = lw_constraints_put(app->bench.constraints, path, json, &err);
    if (rc != 0) {
        app_say(app, "%s", err.text);
        lw_constraints_free(before);
        return rc;
    }
    snprintf(what, sizeof what, "%s %s", path, json ? json : "taken out");
    add_step(&app->bench, before, app->bench.method, what);
    bench_touch(app);
    return 0;
}

bool bench_read_range(const char *text, double *low, double *high)
{
    char from[48], *end;
    const char *dots = strstr(text, "..");

    if (!dots || (size_t)(dots - text) >= sizeof from)
        return false;
    snprintf(from, sizeof from, "%.*s", (int)(dots - text), text);
    *low = strtod(from, &end);
    if (end == from || *end)
        return false;
    *high = strtod(dots + 2, &end);
    return end != dots + 2 && !*end;
}

/* Numbers, lists, objects and quoted texts stand as they are, ranges become lists, all else is a text. */
static void write_json(const char *text, struct text *json)
{
    double low, high;

    if (bench_read_range(text, &low, &high)) {
        text_printf(json, "[%.17g, %.17g]", low, high);
    } else if (strchr("[{\"", *text)) {
        text_printf(json, "%s", text);
    } else {
        text_printf(json, "\"");
        for (; *text; text++)
            text_printf(json, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
        text_printf(json, "\"");
    }
}

int bench_write_value(struct app *app, const char *path, const char *text)
{
    struct text json = {NULL, 0, 0};
    char *end;
    double number = strtod(text, &end);
    int rc;

    if (strcmp(text, "-") == 0)
        return bench_put(app, path, NULL);
    if (end != text && !*end)
        return bench_set(app, path, number);
    write_json(text, &json);
    rc = json.data ? bench_put(app, path, json.data) : LW_ERR_MEMORY;
    text_release(&json);
    return rc;
}

void bench_replace(struct app *app, struct lw_constraints *constraints, const char *what)
{
    add_step(&app->bench, app->bench.constraints, app->bench.method, what);
    app->bench.constraints = constraints;
    bench_touch(app);
}

void bench_set_method(struct app *app, size_t method)
{
    struct lw_constraints *before = copy_before(app);
    char what[80];

    if (!before)
        return;
    snprintf(what, sizeof what, "method %s", lw_method_get(method)->name);
    add_step(&app->bench, before, app->bench.method, what);
    app->bench.method = method;
    bench_touch(app);
}

/* The step holds the other side afterwards. */
static void swap_step(struct bench *bench, struct bench_step *step)
{
    struct lw_constraints *constraints = bench->constraints;
    size_t method = bench->method;

    bench->constraints = step->constraints;
    bench->method = step->method;
    step->constraints = constraints;
    step->method = method;
}

void bench_undo(struct app *app)
{
    struct bench *bench = &app->bench;

    if (bench->n_done == 0) {
        app_say(app, "no knob to set back");
        return;
    }
    swap_step(bench, &bench->steps[--bench->n_done]);
    bench_touch(app);
    app_say(app, "undone: %s", bench->steps[bench->n_done].what);
}

void bench_redo(struct app *app)
{
    struct bench *bench = &app->bench;

    if (bench->n_done == bench->n_steps) {
        app_say(app, "no knob to set again");
        return;
    }
    swap_step(bench, &bench->steps[bench->n_done++]);
    bench_touch(app);
    app_say(app, "done again: %s", bench->steps[bench->n_done - 1].what);
}

/* ---- the baseline ---- */

void bench_unpin(struct app *app)
{
    lw_constraints_free(app->bench.pin.constraints);
    app->bench.pin.constraints = NULL;
}

void bench_pin(struct app *app)
{
    struct bench *bench = &app->bench;
    struct lw_constraints *copy = copy_before(app);
    struct lw_row row;

    if (!copy)
        return;
    bench_unpin(app);
    bench->pin.constraints = copy;
    bench->pin.method = bench->method;
    memcpy(bench->pin.levels, bench->levels, sizeof bench->pin.levels);
    bench->pin.n_rows = 0;
    for (size_t i = 0; i < bench_row_count(bench, ARM_AUGMENTED); i++)
        if (bench_row(bench, ARM_AUGMENTED, i, &row) == 0) {
            snprintf(bench->pin.detectors[bench->pin.n_rows], sizeof bench->pin.detectors[0], "%s", row.detector);
            bench->pin.f1[bench->pin.n_rows++] = row.f1;
        }
}

double bench_pinned_f1(const struct bench *bench, const char *detector)
{
    for (size_t i = 0; bench->pin.constraints && i < bench->pin.n_rows; i++)
        if (strcmp(bench->pin.detectors[i], detector) == 0)
            return bench->pin.f1[i];
    return NAN;
}
