/*
 * The state machine, in four views: a table of its transitions below their states, one state in focus, the machine
 * drawn, and what differs from another one. Two sliders say how much of it is kept in table and map.
 */
#include "ui/panes/machine.h"
#include "ui/kit/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is kept ----------------------------------------------------------------------------------------------- */

/* For each state the share of the ways on from it, itself included, that come to an event whose records are errors:
 * p = 1 at such states, else the mean over the transitions, repeated until it stands. */
static void find_errors(const struct app *app, struct machine *self)
{
    const struct lw_machine *machine = machine_of(app);
    size_t n_states = lw_machine_state_count(machine), n = lw_machine_transition_count(machine);
    struct lw_transition *transitions = calloc(n + 1, sizeof *transitions);
    double *sums = calloc(n_states + 1, sizeof *sums), change = 1;

    free(self->errors);
    self->errors = calloc(n_states + 1, sizeof *self->errors);
    for (size_t i = 0; transitions && sums && self->errors && i < n_states; i++) {
        struct lw_state state;
        struct lw_template template;
        ptrdiff_t index;

        if (lw_machine_state(machine, i, &state, NULL) != 0 || state.template_id == LW_TEMPLATE_UNKNOWN)
            continue;
        index = lw_template_index(app->session->workspace, state.template_id);
        if (index >= 0 && lw_template_get(app->session->workspace, (size_t)index, &template, NULL) == 0 &&
            template.level >= LW_LEVEL_ERROR)
            self->errors[i] = 1;
    }
    for (size_t i = 0; transitions && i < n; i++)
        lw_machine_transition(machine, i, &transitions[i], NULL);
    for (int round = 0; transitions && sums && self->errors && round < 60 && change > 1e-4; round++) {
        change = 0;
        memset(sums, 0, n_states * sizeof *sums);
        for (size_t i = 0; i < n; i++)
            sums[transitions[i].from] += transitions[i].probability * self->errors[transitions[i].to];
        for (size_t i = 0; i < n_states; i++)
            if (sums[i] > self->errors[i]) {
                change = sums[i] - self->errors[i] > change ? sums[i] - self->errors[i] : change;
                self->errors[i] = sums[i] < 1 ? sums[i] : 1;
            }
    }
    free(transitions);
    free(sums);
}

static void release_kept(struct machine *self)
{
    free(self->kept.states);
    free(self->kept.transitions);
    self->kept = (struct lw_excerpt){0};
}

void machine_keep(struct app *app, struct machine *self)
{
    const struct lw_machine *machine = machine_of(app);
    struct lw_error err;

    release_kept(self);
    self->kept.activities = self->activities / 100.0;
    self->kept.paths = self->paths / 100.0;
    self->kept.states = calloc(lw_machine_state_count(machine) + 1, sizeof *self->kept.states);
    self->kept.transitions = calloc(lw_machine_transition_count(machine) + 1, sizeof *self->kept.transitions);
    if (!self->kept.states || !self->kept.transitions) {
        release_kept(self);
        app_say(app, "out of memory");
    } else if (lw_machine_excerpt(machine, &self->kept, &err) != 0) {
        release_kept(self);
        app_say(app, "%s", err.text);
    }
    machine_build_lines(app, self);
}

/* Shares go from all to nothing in steps that are finer where few are left. */
static int next_share(int share, bool is_more)
{
    static const int shares[] = {0, 1, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100};
    size_t n = sizeof shares / sizeof shares[0];

    for (size_t i = 0; i < n; i++) {
        if (is_more && shares[i] > share)
            return shares[i];
        if (!is_more && shares[n - 1 - i] < share)
            return shares[n - 1 - i];
    }
    return share;
}

static void move_share(struct app *app, struct machine *self, enum action action)
{
    bool is_more = action == ACT_MORE_PATHS || action == ACT_MORE_STATES;
    int *share = action == ACT_FEWER_PATHS || action == ACT_MORE_PATHS ? &self->paths : &self->activities;
    size_t before = self->kept.n_transitions;

    /* on to where it makes a difference: small machines change in few steps */
    for (int next = next_share(*share, is_more); next != *share && self->kept.n_transitions == before;
         next = next_share(*share, is_more)) {
        *share = next;
        machine_keep(app, self);
    }
    if (self->kept.n_transitions == before)
        app_say(app, "%s", is_more ? "all that this brings is shown" : "fewer would not lead from start to end");
    if (self->view == MACHINE_MAP)
        machine_start_map(app, self, false);
}

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

static void draw_status(const struct app *app, const struct machine *self, const struct view *view)
{
    double flow = self->kept.total > 0 ? 100 * (double)self->kept.flow / (double)self->kept.total : 100;
    char text[200];

    if (self->is_replaying) {
        machine_replay_status(app, self, text, sizeof text);
        view_text(view, 0, 2, style_of(ROLE_CARE), text);
        return;
    }
    view_printf(view, 0, 2, style_of(ROLE_DIM),
                "showing %zu of %zu transitions, %.0f %% of flow   states %d %%  paths %d %%", self->kept.n_transitions,
                lw_machine_transition_count(machine_of(app)), flow < 100 && flow > 99 ? 99 : flow, self->activities,
                self->paths);
}

static void draw_machine(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct machine *self = data;
    struct view top = view_part(view, (struct rect){0, 0, view->area.rows - 1, view->area.cols});
    struct view status = view_part(view, (struct rect){view->area.rows - 1, 0, 1, view->area.cols});

    bool is_low = view->area.rows < 8; /* every row is needed */

    self->view_cols = view->area.cols;
    if (draw_absence(app, view, false))
        return;
    switch (self->view) {
    case MACHINE_FOCUS:
        machine_draw_focus(app, self, self->is_replaying ? &top : view, has_keys);
        if (!self->is_replaying)
            return;
        break;
    case MACHINE_MAP:
        machine_draw_map(app, self, &top, has_keys);
        break;
    case MACHINE_DIFF:
        machine_draw_diff(app, self, view, has_keys);
        return;
    case MACHINE_TABLE:
        is_low = is_low && !self->is_replaying;
        machine_draw_table(app, self, is_low ? view : &top, has_keys);
        if (is_low)
            return;
        break;
    }
    draw_status(app, self, &status);
}

/* ---- actions ---------------------------------------------------------------------------------------------------- */

/* The transition under the cursor, or NO_INDEX. */
static size_t transition_at(const struct machine *self)
{
    if (self->view == MACHINE_TABLE)
        return self->list.count > 0 ? self->lines[self->list.cursor].transition : NO_INDEX;
    if (self->view != MACHINE_FOCUS)
        return NO_INDEX;
    if (self->is_right)
        return self->after.count > 0 ? self->out[self->after.cursor] : NO_INDEX;
    return self->before.count > 0 ? self->into[self->before.cursor] : NO_INDEX;
}

/* The state under the cursor: of a transition the one it leads from. */
static size_t state_at(const struct app *app, const struct machine *self)
{
    if (self->view == MACHINE_DIFF)
        return machine_diff_state(app, self);
    return self->view == MACHINE_TABLE ? self->lines[self->list.cursor].state : self->state;
}

static void show_traces(struct app *app, size_t transition)
{
    app->selection.transition = transition;
    find_start_subset(app, SUBSET_TRANSITION, transition, NULL);
}

void machine_show_state(struct app *app, struct machine *self, size_t state)
{
    if (self->view == MACHINE_FOCUS)
        machine_focus(app, self, state);
    else
        app_select_state(app, state);
    if (self->view == MACHINE_TABLE)
        machine_choose_state(self, state);
    self->state = state;
}

/* Enter: a state's line leads to the focus on it, a transition's to its traces; within the focus to the next state. */
static void open_line(struct app *app, struct machine *self)
{
    size_t index = transition_at(self), state = state_at(app, self);
    struct lw_transition transition = {0};

    if (index != NO_INDEX && lw_machine_transition(machine_of(app), index, &transition, NULL) != 0)
        return;
    if (self->view == MACHINE_FOCUS && index != NO_INDEX)
        machine_focus(app, self, self->is_right ? transition.to : transition.from);
    else if (index != NO_INDEX)
        show_traces(app, index);
    else if (self->view != MACHINE_FOCUS && state != NO_INDEX)
        machine_focus(app, self, state);
    else if (state == NO_INDEX)
        app_say(app, "the machine that is open does not have it");
}

/* Back by one view; ACT_CLOSE when there is none. */
static enum action close_view(struct app *app, struct machine *self)
{
    if (self->is_replaying) {
        machine_replay_end(self);
        return ACT_NONE;
    }
    if (self->view == MACHINE_TABLE)
        return ACT_CLOSE;
    if (self->view == MACHINE_FOCUS) {
        self->view = self->above == MACHINE_FOCUS ? MACHINE_TABLE : self->above;
        if (self->view == MACHINE_MAP)
            machine_start_map(app, self, false);
    } else {
        self->view = MACHINE_TABLE;
    }
    if (self->view == MACHINE_TABLE)
        machine_choose_state(self, self->state);
    return ACT_NONE;
}

static void toggle_map(struct app *app, struct machine *self)
{
    if (self->view == MACHINE_MAP) {
        self->view = MACHINE_TABLE;
        machine_choose_state(self, self->state);
        return;
    }
    if (self->view == MACHINE_TABLE)
        self->state = state_at(app, self);
    self->view = MACHINE_MAP;
    machine_start_map(app, self, true);
}

static void show_diff(struct app *app, const char *path)
{
    if (*path)
        machine_start_diff(app, path);
}

/* What does not depend on the view. */
static enum action act_anywhere(struct app *app, struct machine *self, enum action action)
{
    size_t transition = transition_at(self);

    switch (action) {
    case ACT_OPEN:
        open_line(app, self);
        return ACT_NONE;
    case ACT_FOCUS:
        if (self->view == MACHINE_FOCUS)
            close_view(app, self);
        else if (state_at(app, self) != NO_INDEX)
            machine_focus(app, self, state_at(app, self));
        return ACT_NONE;
    case ACT_MAP:
        toggle_map(app, self);
        return ACT_NONE;
    case ACT_FEWER_PATHS:
    case ACT_MORE_PATHS:
    case ACT_FEWER_STATES:
    case ACT_MORE_STATES:
        if (self->view == MACHINE_TABLE || self->view == MACHINE_MAP)
            move_share(app, self, action);
        return ACT_NONE;
    case ACT_OVERLAY:
        self->overlay = (self->overlay + 1) % OVERLAY_COUNT_OF;
        return ACT_NONE;
    case ACT_REPLAY:
        machine_replay(app, self);
        return ACT_NONE;
    case ACT_REPLAY_BACK:
    case ACT_FIND_NEXT:
        if (!self->is_replaying)
            return action;
        machine_replay_step(app, self, action == ACT_FIND_NEXT ? 1 : -1);
        return ACT_NONE;
    case ACT_EXPORT:
        machine_ask_export(app);
        return ACT_NONE;
    case ACT_DIFF:
        if (self->diff && self->view != MACHINE_DIFF)
            self->view = MACHINE_DIFF;
        else
            app_prompt(app, "compare with (a workspace or a log): ", "", show_diff);
        return ACT_NONE;
    case ACT_ORDER:
        self->is_by_count = !self->is_by_count;
        self->list.cursor = 0;
        machine_build_lines(app, self);
        return ACT_NONE;
    case ACT_TRACE_LOGS:
        if (transition == NO_INDEX)
            app_say(app, self->view == MACHINE_MAP ? "Enter shows a state with its transitions, which have traces"
                                                   : "choose a transition: the lines below a state");
        else
            show_traces(app, transition);
        return ACT_NONE;
    default:
        return action;
    }
}

static enum action act_machine(struct app *app, void *data, enum action action)
{
    struct machine *self = data;
    struct list *list = self->view == MACHINE_TABLE  ? &self->list
                        : self->view == MACHINE_DIFF ? &self->differences
                        : self->is_right             ? &self->after
                                                     : &self->before;

    if (action == ACT_CLOSE)
        return close_view(app, self);
    if (!app_is_learned(app) || self->list.count == 0)
        return action;
    if (self->view == MACHINE_MAP) {
        action = machine_act_map(app, self, action);
        if (action == ACT_NONE)
            return ACT_NONE;
    } else if (list_act(list, action) == ACT_NONE) {
        return ACT_NONE;
    }
    if (self->view == MACHINE_FOCUS && (action == ACT_LEFT || action == ACT_RIGHT)) {
        self->is_right = action == ACT_RIGHT;
        return ACT_NONE;
    }
    return act_anywhere(app, self, action);
}

/* ---- the pane --------------------------------------------------------------------------------------------------- */

static void take_session(struct app *app, struct machine *self, unsigned what)
{
    machine_replay_end(self);
    machine_release_diff(self);
    if (!(what & SYNC_SAME_LOG)) {
        machine_release_map(self);
        self->is_placed = false;
        self->activities = self->paths = 100;
        self->view = MACHINE_TABLE;
    }
    if (self->view != MACHINE_MAP)
        self->view = MACHINE_TABLE;
    self->list.cursor = what & SYNC_GROWN ? self->list.cursor : 0;
    if (!app_is_learned(app)) {
        release_kept(self);
        list_set_count(&self->list, 0);
        return;
    }
    find_errors(app, self);
    machine_keep(app, self);
    if (self->view == MACHINE_MAP)
        machine_start_map(app, self, false);
}

static void sync_machine(struct app *app, void *data, unsigned what)
{
    struct machine *self = data;

    if (what & SYNC_SESSION)
        take_session(app, self, what);
    if (what & SYNC_STATE && app->pane != PANE_MACHINE) {
        if (self->view == MACHINE_TABLE)
            machine_choose_state(self, app->selection.state);
        else if (self->view == MACHINE_MAP)
            self->state = app->selection.state;
    }
}

static void release_machine(void *data)
{
    struct machine *self = data;

    machine_replay_end(self);
    machine_release_map(self);
    machine_release_diff(self);
    release_kept(self);
    free(self->errors);
    free(self->lines);
    free(self->into);
    free(self->out);
}

const char *machine_view(const struct app *app)
{
    static const char *const names[] = {"table", "focus", "map", "diff"};

    return names[((const struct machine *)app->panes[PANE_MACHINE])->view];
}

const struct pane pane_machine = {
    .title = "Machine",
    .size = sizeof(struct machine),
    .hints = (const struct hint[]){{ACT_OPEN, "open"},
                                   {ACT_MAP, "map"},
                                   {ACT_FOCUS, "focus"},
                                   {ACT_FEWER_PATHS, "fewer paths"},
                                   {ACT_OVERLAY, "lines"},
                                   {ACT_TRACE_LOGS, "traces"},
                                   {ACT_REPLAY, "replay"},
                                   {ACT_NONE, NULL}},
    .draw = draw_machine,
    .act = act_machine,
    .sync = sync_machine,
    .release = release_machine,
};
