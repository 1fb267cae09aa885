/* The constraints as rows that can be turned, and what was turned before. */
#include "ui/app/app.h"
#include "ui/app/bench.h"

#include <math.h>
#include <string.h>

enum { DEBOUNCE_MS = 120 };

static bool is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

void bench_find_weights(struct app *app)
{
    struct bench *bench = &app->bench;
    const struct lw_workspace *workspace = app_is_learned(app) ? app->session->workspace : NULL;
    struct lw_template template;
    char path[KNOB_PATH];

    bench->n_weights = 0;
    for (size_t i = 0; workspace && bench->n_weights < BENCH_WEIGHTS && i < lw_template_count(workspace); i++) {
        if (lw_template_get(workspace, i, &template, NULL) != 0)
            continue;
        snprintf(path, sizeof path, "template_weights.E%u", (unsigned)template.id);
        if (!is_same(bench_value(bench, path), 1))
            bench->weights[bench->n_weights++] = template.id;
    }
}

void bench_touch(struct app *app)
{
    bench_find_weights(app);
    app->bench.version++;
    app->bench.is_changed = true;
    app->bench.due_ms = app_is_learned(app) ? app_now_ms(app) + DEBOUNCE_MS : 0;
}

static bool is_level_shown(const struct bench *bench, int level)
{
    char path[KNOB_PATH];

    if (level == LW_LEVEL_NONE)
        return false;
    snprintf(path, sizeof path, "levels.%s", lw_level_name((enum lw_level)level));
    return bench->real_levels[level] > 0 || !isnan(bench_value(bench, path));
}

size_t bench_knob_count(const struct bench *bench)
{
    size_t n = lw_knob_count() + bench->n_weights;

    for (int level = 0; level < LW_LEVEL_COUNT; level++)
        n += is_level_shown(bench, level);
    return n;
}

void bench_knob(const struct bench *bench, size_t index, struct knob *out)
{
    const struct lw_knob *plain = lw_knob_get(index);

    if (plain) {
        *out = (struct knob){.help = plain->help,
                             .unit = plain->unit,
                             .min = plain->min,
                             .max = plain->max,
                             .initial = plain->initial,
                             .step = plain->step,
                             .is_integer = plain->is_integer};
        snprintf(out->path, sizeof out->path, "%s", plain->path);
        return;
    }
    index -= lw_knob_count();
    for (int level = LW_LEVEL_COUNT - 1; level >= 0; level--)
        if (is_level_shown(bench, level) && index-- == 0) {
            *out = (struct knob){.help = "share of this level among the generated events; - leaves it as it comes",
                                 .unit = "share of events",
                                 .max = 1,
                                 .initial = NAN,
                                 .step = .01,
                                 .level = (enum lw_level)level};
            snprintf(out->path, sizeof out->path, "levels.%s", lw_level_name(out->level));
            return;
        }
    *out = (struct knob){.help = "odds of the template against what was seen; 1 leaves them as they are",
                         .unit = "",
                         .max = 1000000,
                         .initial = 1,
                         .step = .25,
                         .template_id = bench->weights[index < bench->n_weights ? index : 0]};
    snprintf(out->path, sizeof out->path, "template_weights.E%u", (unsigned)out->template_id);
}

double bench_value(const struct bench *bench, const char *path)
{
    double value;

    return lw_constraints_get(bench->constraints, path, &value, NULL) == 0 ? value : NAN;
}

static int put_value(struct app *app, const char *path, double value)
{
    struct lw_error err;
    int rc = lw_constraints_set(app->bench.constraints, path, value, &err);

    if (rc != 0)
        app_say(app, "%s", err.text);
    else
        bench_touch(app);
    return rc;
}

int bench_set(struct app *app, const char *path, double value)
{
    struct bench *bench = &app->bench;
    double before = bench_value(bench, path);
    struct knob_change *change;
    int rc;

    if (!isnan(value) && is_same(before, value))
        return 0;
    rc = put_value(app, path, value);
    if (rc != 0)
        return rc;
    if (bench->n_done == BENCH_UNDO) {
        memmove(bench->changes, bench->changes + 1, (BENCH_UNDO - 1) * sizeof bench->changes[0]);
        bench->n_done--;
    }
    change = &bench->changes[bench->n_done++];
    snprintf(change->path, sizeof change->path, "%s", path);
    change->before = before;
    change->after = value;
    bench->n_changes = bench->n_done;
    return 0;
}

/* One step back or forth. */
static void put_back(struct app *app, const struct knob_change *change, double value)
{
    if (put_value(app, change->path, value) != 0)
        return;
    if (isnan(value))
        app_say(app, "%s is not set again", change->path);
    else
        app_say(app, "%s is %g again", change->path, value);
}

void bench_undo(struct app *app)
{
    struct bench *bench = &app->bench;

    if (bench->n_done == 0) {
        app_say(app, "no knob to set back");
        return;
    }
    const struct knob_change *change = &bench->changes[--bench->n_done];

    put_back(app, change, change->before);
}

void bench_redo(struct app *app)
{
    struct bench *bench = &app->bench;

    if (bench->n_done == bench->n_changes) {
        app_say(app, "no knob to set again");
        return;
    }
    const struct knob_change *change = &bench->changes[bench->n_done++];

    put_back(app, change, change->after);
}
