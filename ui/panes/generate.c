/*
 * The knobs of the generator. Whatever is turned shows at once the mix that the machine will give, then a sample, then
 * what it does to the detectors.
 */
#include "ui/panes/generate.h"

#include "ui/kit/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *generate_view(const struct app *app)
{
    const struct generate *self = generate_of(app);

    return self->view == GENERATE_PRESETS  ? "presets"
           : self->view == GENERATE_EXPORT ? "export"
           : self->is_only_set             ? "set"
                                           : "knobs";
}

static void note_cursor(const struct app *app, struct generate *self)
{
    const struct knob *knob = generate_knob(app, self);

    snprintf(self->path, sizeof self->path, "%s", knob ? knob->path : "");
}

static void draw_nothing(const struct app *app, const struct view *view)
{
    char presets[16], text[200];
    int row = app->session ? 3 : 1;

    if (app->session)
        draw_absence(app, view, false);
    bindings_key(app->bindings, PANE_GENERATE, ACT_PRESETS, presets, sizeof presets);
    snprintf(text, sizeof text, "%s%s lists presets: `payment` needs no log, it carries a model of its own",
             app->session ? "" : "no log is open   :open FILE reads one\n", presets);
    view_wrap(view, row, 2, 6, style_of(ROLE_DIM), text);
}

static void draw_generate(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct generate *self = data;
    bool is_wide = view->area.cols >= 130;
    int knobs_cols = view->area.cols / 2 > 80 ? view->area.cols / 2 : 80; /* for all columns of a knob */
    int knobs_rows = view->area.rows, row = 0, rest_rows;

    if (self->view == GENERATE_PRESETS) {
        generate_draw_presets(app, self, view, has_keys);
        return;
    }
    if (!bench_is_ready(app)) {
        draw_nothing(app, view);
        return;
    }
    if (self->view == GENERATE_EXPORT) {
        generate_draw_export(app, self, view, has_keys);
        return;
    }
    generate_build(app, self);
    note_cursor(app, self);
    if (!is_wide) {
        int n = (int)self->list.count + 1; /* with the head */

        knobs_rows = n <= view->area.rows * 3 / 5 ? n : view->area.rows * 3 / 5;
        if (view->area.rows - knobs_rows < 6)
            knobs_rows = n < view->area.rows / 2 ? n : view->area.rows / 2;
    }
    struct view knobs = view_part(view, (struct rect){0, 0, knobs_rows, is_wide ? knobs_cols : view->area.cols});
    struct view rest =
        is_wide ? view_part(view, (struct rect){0, knobs_cols + 1, view->area.rows, view->area.cols - knobs_cols - 1})
                : view_part(view, (struct rect){knobs_rows, 0, view->area.rows - knobs_rows, view->area.cols});

    generate_draw_knobs(app, self, &knobs, has_keys);
    row = generate_draw_help(app, self, &rest, row);
    rest_rows = rest.area.rows - row;
    row = generate_draw_effect(app, &rest, row, rest_rows >= 7 ? rest_rows - 3 : rest_rows - 2);
    if (rest.area.rows - row >= 2)
        generate_draw_sample(app, &rest, row);
}

/* ---- actions ---- */

static double clamp(double value, const struct knob *knob)
{
    double exact = knob->is_integer ? round(value) : round(value * 1e9) / 1e9;

    return exact < knob->min ? knob->min : exact > knob->max ? knob->max : exact;
}

/* Where a knob starts that is not set: from what comes by itself. */
static double value_by_itself(const struct app *app, const struct knob *knob)
{
    bool is_met;
    double expected = generate_expected(app, knob, &is_met);

    if (knob->level != LW_LEVEL_NONE)
        expected = app->bench.real_levels[knob->level];
    return isnan(expected) ? knob->min : round(expected * 1000) / 1000;
}

static void nudge(struct app *app, const struct knob *chosen, int steps)
{
    const struct knob knob = *chosen; /* a change makes the knobs anew */
    char json[80], path[KNOB_PATH + 16];

    if (knob.kind == KNOB_CHOICE) {
        bench_turn(app, &knob, steps);
    } else if (knob.kind == KNOB_TEXT) {
        app_say(app, "%s is typed", knob.path);
    } else {
        double low = isnan(knob.low) ? value_by_itself(app, &knob) : knob.low;
        double high = isnan(knob.high) ? low : knob.high;
        double next_low = clamp(low + steps * knob.step, &knob), next_high = clamp(high + steps * knob.step, &knob);

        if (next_low == low && next_high == high)
            app_say(app, "%s is at its %s", knob.path, steps < 0 ? "least" : "most");
        else if (knob.kind == KNOB_RULE) {
            snprintf(path, sizeof path, "%s.probability", knob.path);
            snprintf(json, sizeof json, "%.10g", next_low);
            bench_put(app, path, json);
        } else if (next_low == next_high) {
            bench_set(app, knob.path, next_low);
        } else {
            snprintf(json, sizeof json, "[%.10g, %.10g]", next_low, next_high);
            bench_put(app, knob.path, json);
        }
    }
}

static void take_value(struct app *app, const char *line)
{
    const struct knob *knob = generate_knob(app, generate_of(app));
    char path[KNOB_PATH];
    struct text typed = {NULL, 0, 0};

    line += strspn(line, " ");
    if (!knob || !*line)
        return;
    snprintf(path, sizeof path, "%s", knob->path);
    text_printf(&typed, "%s %s", path, line);
    if (knob->kind == KNOB_RULE)
        generate_take_rule(app, path, line);
    else if (typed.data)
        generate_take_line(app, typed.data);
    text_release(&typed);
}

static void ask_value(struct app *app, const struct knob *knob)
{
    char title[KNOB_PATH + 8], text[sizeof knob->name + sizeof knob->value + 2];

    if (knob->kind == KNOB_CHOICE) {
        bench_turn(app, knob, 1);
        return;
    }
    snprintf(title, sizeof title, "%s = ", knob->kind == KNOB_RULE ? "rule" : knob->path);
    snprintf(text, sizeof text, "%s %s", knob->name, knob->value);
    app_prompt(app, title,
               knob->kind == KNOB_RULE                   ? text
               : knob->kind == KNOB_TEXT && knob->is_set ? knob->value
                                                         : "",
               take_value);
}

static void take_line(struct app *app, const char *line)
{
    generate_take_line(app, line);
}

/* The transition that was chosen in the Machine pane, as "STATE>TEMPLATE"; "" without one. */
static void chosen_transition(const struct app *app, char *out, size_t size)
{
    const struct lw_machine *machine = lw_workspace_machine(app->session->workspace);
    struct lw_transition transition;
    struct lw_state from;
    char to[16];

    out[0] = '\0';
    if (machine && app->selection.transition != NO_INDEX &&
        lw_machine_transition(machine, app->selection.transition, &transition, NULL) == 0 &&
        lw_machine_state(machine, transition.from, &from, NULL) == 0)
        snprintf(out, size, "%.*s>%s", (int)from.name.len, from.name.data,
                 transition.template_id == LW_TEMPLATE_UNKNOWN ? "end"
                                                               : text_template(to, sizeof to, transition.template_id));
}

/* The line to begin with, when something is added to the group. */
static void ask_new(struct app *app, int group)
{
    static const char *const begins[] = {
        "traces ",
        "delay_factors.",
        "arrival.profile.",
        "levels.",
        "services.",
        "template_weights.",
        "transition_weights.",
        "if ",
        "recovery.after error",
        "anomalies.",
        "parameters.",
        "privacy.",
        "output.",
    };
    char text[200], name[100] = "";
    bool is_of_template = group == 1 || group == 5 || group == 7 || group == 10;

    if (is_of_template && app->selection.template_id != LW_TEMPLATE_UNKNOWN)
        text_template(name, sizeof name, app->selection.template_id);
    if (group == 6)
        chosen_transition(app, name, sizeof name);
    if (group == 7)
        snprintf(text, sizeof text, "if %s then %s within 0..60 s probability 1", name[0] ? name : "error",
                 name[0] ? "error" : "");
    else
        snprintf(text, sizeof text, "%s%s%s", begins[group], name, name[0] ? " " : "");
    app_prompt(app, "set ", text, take_line);
}

static void take_nearest(struct app *app, const struct knob *knob)
{
    bool is_met;
    double nearest = generate_expected(app, knob, &is_met);

    if (is_met)
        app_say(app, "%s can be met as it is", knob->path);
    else if (isnan(nearest))
        app_say(app, "no value of %s alone helps", knob->path);
    else {
        char digits[32];

        snprintf(digits, sizeof digits, "%.4g", nearest); /* it is a number of three digits, but for rounding */
        bench_set(app, knob->path, strtod(digits, NULL));
    }
}

static void pin(struct app *app)
{
    char key[16];

    bindings_key(app->bindings, PANE_GENERATE, ACT_PIN, key, sizeof key);
    if (app->bench.pin.constraints)
        bench_unpin(&app->bench);
    else
        bench_pin(app);
    app_say(app,
            app->bench.pin.constraints ? "these settings and results are the baseline; %s ends that"
                                       : "no baseline any more; %s sets one",
            key);
}

/* What concerns no single knob. */
static enum action act_all(struct app *app, struct generate *self, enum action action)
{
    char number[32];

    switch (action) {
    case ACT_METHOD:
        bench_set_method(app, (app->bench.method + 1) % lw_method_count());
        return ACT_NONE;
    case ACT_PRESETS:
        bench_load_presets(app);
        self->view = GENERATE_PRESETS;
        return ACT_NONE;
    case ACT_RESET_ALL:
        bench_reset_all(app);
        app_say(app, app->bench.pin.constraints ? "all knobs are where the baseline has them"
                                                : "all knobs are where they were at first");
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
    case ACT_EXPORT:
        self->view = GENERATE_EXPORT;
        return ACT_NONE;
    case ACT_ONLY_SET:
        self->is_only_set = !self->is_only_set;
        return ACT_NONE;
    case ACT_PIN:
        pin(app);
        return ACT_NONE;
    default:
        return bench_act(app, action);
    }
}

static enum action act_group(struct app *app, struct generate *self, enum action action)
{
    int group = generate_row(self)->group;
    bool is_open = generate_is_open(self, group);

    switch (action) {
    case ACT_OPEN:
        break;
    case ACT_LEFT:
    case ACT_RIGHT:
        if (is_open == (action == ACT_RIGHT))
            return ACT_NONE;
        break;
    case ACT_ADD:
        ask_new(app, group);
        return ACT_NONE;
    case ACT_TYPE:
    case ACT_RESET:
    case ACT_REMOVE:
    case ACT_NEAREST:
        app_say(app, "choose a knob: the rows below the head of a group");
        return ACT_NONE;
    default:
        return act_all(app, self, action);
    }
    if (self->is_only_set)
        app_say(app, "only what is set is shown, unfolded");
    else
        self->is_turned[group] = !self->is_turned[group];
    return ACT_NONE;
}

static enum action act_generate(struct app *app, void *data, enum action action)
{
    struct generate *self = data;
    const struct knob *knob;

    if (self->view == GENERATE_PRESETS)
        return generate_act_presets(app, self, action);
    if (!bench_is_ready(app))
        return action == ACT_PRESETS || action == ACT_LOAD_CONSTRAINTS || action == ACT_UNDO || action == ACT_REDO
                   ? act_all(app, self, action)
                   : action;
    if (self->view == GENERATE_EXPORT)
        return generate_act_export(app, self, action);
    generate_build(app, self);
    if (list_act(&self->list, action) == ACT_NONE) {
        note_cursor(app, self);
        return ACT_NONE;
    }
    knob = generate_knob(app, self);
    if (!knob)
        return generate_row(self) ? act_group(app, self, action) : act_all(app, self, action);
    switch (action) {
    case ACT_LEFT:
    case ACT_RIGHT:
        nudge(app, knob, action == ACT_LEFT ? -1 : 1);
        return ACT_NONE;
    case ACT_OPEN:
    case ACT_TYPE:
        ask_value(app, knob);
        return ACT_NONE;
    case ACT_RESET:
        bench_reset(app, knob);
        return ACT_NONE;
    case ACT_REMOVE:
        if (knob->kind == KNOB_NUMBER || knob->kind == KNOB_CHOICE)
            app_say(app, "%s is always there; r sets it back", knob->path);
        else if (knob->is_set)
            bench_put(app, knob->path, NULL);
        return ACT_NONE;
    case ACT_ADD:
        ask_new(app, knob->group);
        return ACT_NONE;
    case ACT_NEAREST:
        take_nearest(app, knob);
        return ACT_NONE;
    default:
        return act_all(app, self, action);
    }
}

static void release_generate(void *data)
{
    free(((struct generate *)data)->rows);
}

static const struct hint *generate_hints(const struct app *app)
{
    static const struct hint hints[][9] = {
        [GENERATE_KNOBS] = {{ACT_LEFT, "less"},
                            {ACT_RIGHT, "more"},
                            {ACT_TYPE, "type"},
                            {ACT_PRESETS, "presets"},
                            {ACT_EXPORT, "to file"},
                            {ACT_RESET, "reset"},
                            {ACT_ADD, "add"},
                            {ACT_UNDO, "undo"}},
        [GENERATE_PRESETS] = {{ACT_OPEN, "take it"}, {ACT_CLOSE, "back"}, {ACT_UNDO, "undo"}},
        [GENERATE_EXPORT] = {{ACT_EXPORT, "write"}, {ACT_OPEN, "change"}, {ACT_RIGHT, "next"}, {ACT_UNDO, "undo"}},
    };
    static const struct hint empty[] = {{ACT_PRESETS, "presets"}, {ACT_LOAD_CONSTRAINTS, "load"}, {ACT_NONE, NULL}};
    const struct generate *self = generate_of(app);

    return self->view == GENERATE_PRESETS || bench_is_ready(app) ? hints[self->view] : empty;
}

const struct pane pane_generate = {
    .title = "Generate",
    .size = sizeof(struct generate),
    .hints_now = generate_hints,
    .draw = draw_generate,
    .act = act_generate,
    .release = release_generate,
};
