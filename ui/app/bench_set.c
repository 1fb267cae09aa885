/*
 * Changes of the constraints. Each keeps a copy of what was there before, so that undoing needs to know nothing of what
 * was changed: a knob, a rule, a preset, a file that was read.
 */
#include "ui/app/app.h"
#include "ui/app/bench.h"
#include "ui/kit/text.h"
#include "ui/panes/generate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEBOUNCE_MS = 120 };

void bench_touch(struct app *app)
{
    bench_build_knobs(app);
    app->bench.version++;
    app->bench.is_changed = true;
    app->bench.due_ms = bench_is_ready(app) ? app_now_ms(app) + DEBOUNCE_MS : 0;
    if (bench_is_ready(app))
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

static void add_step(struct bench *bench, struct lw_constraints *before, const char *what)
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
    step->method = bench->method;
    step->is_of_document = bench->is_of_document;
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
    add_step(bench, before, what);
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
    if (!json && strncmp(path, "recovery.", 9) == 0) /* none of its members can be without the others */
        path = "recovery";
    rc = lw_constraints_put(app->bench.constraints, path, json, &err);
    if (rc != 0) {
        app_say(app, "%s", err.text);
        lw_constraints_free(before);
        return rc;
    }
    snprintf(what, sizeof what, "%s %s", path, json ? json : "taken out");
    add_step(&app->bench, before, what);
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

/* What was found of the one source says nothing of the other. */
static void see_source(struct app *app, bool was_of_document)
{
    struct bench *bench = &app->bench;

    if (!was_of_document && !bench_is_of_document(app))
        return;
    lw_figures_free(bench->natural);
    lw_figures_free(bench->achieved);
    bench->natural = bench->achieved = NULL;
    if (app->session || bench_is_of_document(app))
        bench_see_levels(app);
}

void bench_replace(struct app *app, struct lw_constraints *constraints, const char *what)
{
    struct bench *bench = &app->bench;
    bool was_of_document = bench_is_of_document(app);

    add_step(bench, bench->constraints, what);
    bench->constraints = constraints;
    bench->is_of_document = lw_constraints_has_model(constraints);
    see_source(app, was_of_document);
    bench_touch(app);
}

void bench_set_method(struct app *app, size_t method)
{
    struct lw_constraints *before = copy_before(app);
    char what[80];

    if (!before)
        return;
    snprintf(what, sizeof what, "method %s", lw_method_get(method)->name);
    add_step(&app->bench, before, what);
    app->bench.method = method;
    bench_touch(app);
}

/* The name that comes after the knob's; NULL: what is so by itself. */
static const char *turn_name(const struct knob *knob, int step)
{
    bool is_format = strcmp(knob->path, "output.format") == 0;
    const char *names[64] = {NULL};
    size_t n = is_format ? 1 : 0, at = 0; /* a format is the source's own unless one is named */

    while (n < sizeof names / sizeof *names) {
        const struct lw_output_info *form = is_format ? NULL : lw_output_form(n);
        const char *name = is_format ? lw_output_format(n - 1) : form ? form->name : NULL;

        if (!name)
            break;
        if (strcmp(name, knob->value) == 0)
            at = n;
        names[n++] = name;
    }
    at = (at + n + (size_t)(step + (int)n)) % n;
    return at == 0 ? NULL : names[at];
}

void bench_turn(struct app *app, const struct knob *knob, int step)
{
    struct bench *bench = &app->bench;
    struct lw_constraints *before;

    if (strcmp(knob->path, "method") == 0) {
        size_t n = lw_method_count();

        bench_set_method(app, (bench->method + n + (size_t)(step + (int)n)) % n);
    } else if (strcmp(knob->path, "drawn from") == 0) {
        if (!lw_constraints_has_model(bench->constraints) || !app_is_learned(app)) {
            app_say(app, app_is_learned(app) ? "the constraints carry no model; the preset payment does"
                                             : "no log is open, so there is nothing else to draw from");
            return;
        }
        before = copy_before(app);
        if (!before)
            return;
        add_step(bench, before, bench->is_of_document ? "drawn from the log" : "drawn from the document");
        bench->is_of_document = !bench->is_of_document;
        see_source(app, true);
        bench_touch(app);
    } else {
        const char *next = turn_name(knob, step);
        char json[80];

        snprintf(json, sizeof json, "\"%s\"", next ? next : "");
        bench_put(app, knob->path, next ? json : NULL);
    }
}

/* The step holds the other side afterwards. */
static void swap_step(struct app *app, struct bench_step *step)
{
    struct bench *bench = &app->bench;
    struct bench_step now = {bench->constraints, bench->method, bench->is_of_document, ""};
    bool was_of_document = bench_is_of_document(app);

    bench->constraints = step->constraints;
    bench->method = step->method;
    bench->is_of_document = step->is_of_document;
    step->constraints = now.constraints;
    step->method = now.method;
    step->is_of_document = now.is_of_document;
    see_source(app, was_of_document);
}

void bench_undo(struct app *app)
{
    struct bench *bench = &app->bench;

    if (bench->n_done == 0) {
        app_say(app, "no knob to set back");
        return;
    }
    swap_step(app, &bench->steps[--bench->n_done]);
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
    swap_step(app, &bench->steps[bench->n_done++]);
    bench_touch(app);
    app_say(app, "done again: %s", bench->steps[bench->n_done - 1].what);
}

enum action bench_act(struct app *app, enum action action)
{
    if (action == ACT_UNDO)
        bench_undo(app);
    else if (action == ACT_REDO)
        bench_redo(app);
    else
        return action;
    return ACT_NONE;
}

/* ---- the baseline ---- */

void bench_unpin(struct bench *bench)
{
    lw_constraints_free(bench->pin.constraints);
    free(bench->pin.knobs);
    bench->pin.constraints = NULL;
    bench->pin.knobs = NULL;
}

void bench_pin(struct app *app)
{
    struct bench *bench = &app->bench;
    struct lw_constraints *copy = copy_before(app);
    struct lw_row row;

    if (!copy)
        return;
    bench_unpin(bench);
    bench->pin.constraints = copy;
    bench->pin.method = bench->method;
    bench->pin.is_of_document = bench->is_of_document;
    bench->pin.knobs = malloc((bench->n_knobs + 1) * sizeof *bench->pin.knobs);
    bench->pin.n_knobs = bench->pin.knobs ? bench->n_knobs : 0;
    if (bench->pin.n_knobs > 0)
        memcpy(bench->pin.knobs, bench->knobs, bench->n_knobs * sizeof *bench->knobs);
    bench->pin.n_rows = 0;
    for (size_t i = 0; i < bench_row_count(bench, ARM_AUGMENTED); i++)
        if (bench_row(bench, ARM_AUGMENTED, i, &row) == 0) {
            snprintf(bench->pin.detectors[bench->pin.n_rows], sizeof bench->pin.detectors[0], "%s", row.detector);
            bench->pin.f1[bench->pin.n_rows++] = row.f1;
        }
}

static const struct knob *pinned_knob(const struct bench *bench, const char *path)
{
    for (size_t i = 0; i < bench->pin.n_knobs; i++)
        if (strcmp(bench->pin.knobs[i].path, path) == 0)
            return &bench->pin.knobs[i];
    return NULL;
}

bool bench_is_moved(const struct bench *bench, const struct knob *knob, const char **was)
{
    const struct knob *pinned = pinned_knob(bench, knob->path);

    *was = "";
    if (!bench->pin.constraints)
        return knob->is_set;
    *was = pinned ? pinned->value : "-";
    return strcmp(*was, knob->value) != 0 ||
           (pinned && knob->kind == KNOB_RULE && strcmp(pinned->name, knob->name) != 0);
}

void bench_reset(struct app *app, const struct knob *knob)
{
    struct bench *bench = &app->bench;
    const struct knob *pinned = pinned_knob(bench, knob->path);
    char path[KNOB_PATH], line[sizeof knob->name + KNOB_VALUE + 2];

    snprintf(path, sizeof path, "%s", knob->path);
    if (strcmp(path, "method") == 0)
        bench_set_method(app, bench->pin.constraints ? bench->pin.method : 0);
    else if (strcmp(path, "drawn from") == 0) {
        if (bench->is_of_document != (bench->pin.constraints ? bench->pin.is_of_document : false))
            bench_turn(app, knob, 1);
    } else if (pinned && pinned->is_set && pinned->kind == KNOB_RULE) {
        snprintf(line, sizeof line, "%s %s", pinned->name, pinned->value);
        generate_take_rule(app, path, line);
    } else if (pinned && (pinned->is_set || pinned->kind == KNOB_NUMBER))
        bench_write_value(app, path, pinned->value);
    else if (knob->is_set && (knob->kind != KNOB_NUMBER || isnan(knob->initial)))
        bench_put(app, path, NULL);
    else if (knob->kind == KNOB_NUMBER)
        bench_set(app, path, knob->initial);
}

void bench_reset_all(struct app *app)
{
    struct bench *bench = &app->bench;
    const struct bench_pin *pin = &bench->pin;
    struct lw_constraints *next;
    bool was_of_document = bench_is_of_document(app);
    int rc = pin->constraints ? lw_constraints_copy(pin->constraints, &next, NULL)
                              : bench_bare(bench->constraints, &next, NULL);

    if (rc != 0) {
        app_say(app, "out of memory");
        return;
    }
    add_step(bench, bench->constraints, "all knobs set back");
    bench->constraints = next;
    bench->method = pin->constraints ? pin->method : 0;
    bench->is_of_document = pin->constraints ? pin->is_of_document : bench->is_of_document;
    see_source(app, was_of_document);
    bench_touch(app);
}

double bench_pinned_f1(const struct bench *bench, const char *detector)
{
    for (size_t i = 0; bench->pin.constraints && i < bench->pin.n_rows; i++)
        if (strcmp(bench->pin.detectors[i], detector) == 0)
            return bench->pin.f1[i];
    return NAN;
}
