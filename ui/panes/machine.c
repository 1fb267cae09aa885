/*
 * The state machine as a table of its transitions below their states, ranked by how often they are visited, and a
 * focus view: what leads to one state, the state, what follows.
 */
#include "ui/kit/chart.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <stdlib.h>
#include <string.h>

struct line {
    uint32_t state;
    size_t transition; /* NO_INDEX: the line of the state itself */
    uint64_t visits, count;
};

struct machine {
    struct list list;
    struct line *lines; /* [list.count] */
    bool is_by_count;   /* transitions alone, by falling count */
    bool is_focus, is_right;
    size_t state; /* in focus */
    struct list before, after;
    size_t *into; /* [before.count] transitions */
    size_t *out;  /* [after.count] */
};

static const struct lw_machine *machine_of(const struct app *app)
{
    return lw_workspace_machine(app->session->workspace);
}

static int by_state(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->visits != y->visits)
        return x->visits < y->visits ? 1 : -1;
    if (x->state != y->state)
        return x->state < y->state ? -1 : 1;
    if ((x->transition == NO_INDEX) != (y->transition == NO_INDEX))
        return x->transition == NO_INDEX ? -1 : 1;
    return x->transition < y->transition ? -1 : x->transition > y->transition;
}

static int by_count(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count ? 1 : -1) : x->transition < y->transition ? -1 : 1;
}

static void build_lines(const struct app *app, struct machine *self)
{
    const struct lw_machine *machine = machine_of(app);
    size_t n_states = lw_machine_state_count(machine), n_transitions = lw_machine_transition_count(machine), n = 0;
    struct line *lines = calloc(n_states + n_transitions + 1, sizeof *lines);
    struct lw_state state = {0};

    free(self->lines);
    self->lines = lines;
    for (size_t i = 0; lines && !self->is_by_count && i < n_states; i++)
        if (i != 1 && lw_machine_state(machine, i, &state, NULL) == 0)
            lines[n++] = (struct line){(uint32_t)i, NO_INDEX, state.visits, 0};
    for (size_t i = 0; lines && i < n_transitions; i++) {
        struct lw_transition transition;

        if (lw_machine_transition(machine, i, &transition, NULL) == 0 &&
            lw_machine_state(machine, transition.from, &state, NULL) == 0)
            lines[n++] = (struct line){transition.from, i, state.visits, transition.count};
    }
    if (n > 0)
        qsort(lines, n, sizeof *lines, self->is_by_count ? by_count : by_state);
    list_set_count(&self->list, n);
}

static int by_transition_count(const struct lw_machine *machine, size_t a, size_t b)
{
    struct lw_transition x, y;

    if (lw_machine_transition(machine, a, &x, NULL) != 0 || lw_machine_transition(machine, b, &y, NULL) != 0)
        return 0;
    return x.count < y.count ? 1 : x.count > y.count ? -1 : 0;
}

static void focus(const struct app *app, struct machine *self, size_t state)
{
    const struct lw_machine *machine = machine_of(app);
    size_t n = lw_machine_transition_count(machine), n_into = 0, n_out = 0;

    free(self->into);
    free(self->out);
    self->into = calloc(n + 1, sizeof *self->into);
    self->out = calloc(n + 1, sizeof *self->out);
    for (size_t i = 0; self->into && self->out && i < n; i++) {
        struct lw_transition transition;

        if (lw_machine_transition(machine, i, &transition, NULL) != 0)
            continue;
        if (transition.from == state)
            self->out[n_out++] = i;
        if (transition.to == state)
            self->into[n_into++] = i;
    }
    /* those out of a state are ordered already; insertion keeps the few into it in order */
    for (size_t i = 1; i < n_into; i++)
        for (size_t k = i; k > 0 && by_transition_count(machine, self->into[k - 1], self->into[k]) > 0; k--) {
            size_t swapped = self->into[k];

            self->into[k] = self->into[k - 1];
            self->into[k - 1] = swapped;
        }
    self->state = state;
    list_set_count(&self->before, n_into);
    list_set_count(&self->after, n_out);
    list_go(&self->before, 0);
    list_go(&self->after, 0);
    self->is_right = n_out > 0;
}

/* ---- drawing ---- */

enum { M_STATE, M_COUNT, M_SHARE, M_MEDIAN, M_P95, M_TEXT, N_M };
static const struct column columns[N_M] = {{"state", 18, 0, false}, {"count", 9, 40, true}, {"share", 6, 0, true},
                                           {"median", 6, 60, true}, {"p95", 6, 60, true},   {"event", 0, 60, false}};

static void draw_state_text(const struct app *app, const struct view *view, int row, uint32_t template_id)
{
    struct lw_bytes text;

    if (template_id == LW_TEMPLATE_UNKNOWN)
        return;
    text = session_template_text(app->session, template_id);
    table_cell(view, row, columns, N_M, M_TEXT, style_of(ROLE_DIM), text.data, text.len);
}

static void draw_line(const struct app *app, const struct view *view, int row, const struct line *line,
                      bool is_by_count)
{
    const struct lw_machine *machine = machine_of(app);
    struct lw_transition transition;
    struct lw_state from = {0}, to = {0};
    char text[160];

    lw_machine_state(machine, line->state, &from, NULL);
    if (line->transition == NO_INDEX) {
        table_cell(view, row, columns, N_M, M_STATE, style_with(ROLE_TEXT, ATTR_BOLD), from.name.data, from.name.len);
        table_text(view, row, columns, N_M, M_COUNT, style_with(ROLE_TEXT, ATTR_BOLD),
                   text_count(text, sizeof text, from.visits));
        draw_state_text(app, view, row, from.template_id);
        return;
    }
    if (lw_machine_transition(machine, line->transition, &transition, NULL) != 0 ||
        lw_machine_state(machine, transition.to, &to, NULL) != 0)
        return;
    if (is_by_count)
        snprintf(text, sizeof text, "%.*s %s %.*s", (int)from.name.len, from.name.data, app->symbols->arrow,
                 (int)to.name.len, to.name.data);
    else
        snprintf(text, sizeof text, "  %s %.*s", app->symbols->arrow, (int)to.name.len, to.name.data);
    table_text(view, row, columns, N_M, M_STATE, style_of(ROLE_TEXT), text);
    table_text(view, row, columns, N_M, M_COUNT, style_of(ROLE_TEXT), text_count(text, sizeof text, transition.count));
    table_text(view, row, columns, N_M, M_SHARE, style_of(ROLE_TEXT),
               text_share(text, sizeof text, transition.probability));
    table_text(view, row, columns, N_M, M_MEDIAN, style_of(ROLE_TIME),
               text_delay(text, sizeof text, transition.delay_p50_us));
    table_text(view, row, columns, N_M, M_P95, style_of(ROLE_TIME),
               text_delay(text, sizeof text, transition.delay_p95_us));
    draw_state_text(app, view, row, to.template_id);
}

static void draw_side(const struct app *app, const struct view *view, struct list *list, const size_t *transitions,
                      bool is_into, bool has_keys)
{
    const struct lw_machine *machine = machine_of(app);
    int rows = list_show(list, view->area.rows);

    for (int i = 0; i < rows; i++) {
        uint64_t index = list->top + (uint64_t)i;
        struct lw_transition transition;
        struct lw_state state;
        char share[16], delay[16];

        if (lw_machine_transition(machine, transitions[index], &transition, NULL) != 0 ||
            lw_machine_state(machine, is_into ? transition.from : transition.to, &state, NULL) != 0)
            continue;
        struct view name = view_part(view, (struct rect){i, 2, 1, view->area.cols - 17});

        view_bytes(&name, 0, 0, style_of(ROLE_TEXT), state.name.data, state.name.len);
        view_right(view, i, view->area.cols - 14, 6, style_of(ROLE_TEXT),
                   text_share(share, sizeof share, transition.probability));
        view_right(view, i, view->area.cols - 7, 6, style_of(ROLE_TIME),
                   text_delay(delay, sizeof delay, transition.delay_p50_us));
        table_mark(view, i, has_keys && index == list->cursor, app->symbols);
        if (has_keys && index == list->cursor)
            view_add_attrs(view, i, 2, 8, ATTR_REVERSE);
    }
}

static void draw_focus(const struct app *app, struct machine *self, const struct view *view, bool has_keys)
{
    int side = view->area.cols * 2 / 5, middle = view->area.cols - 2 * side;
    struct view before = view_part(view, (struct rect){2, 0, view->area.rows - 2, side});
    struct view centre = view_part(view, (struct rect){0, side, view->area.rows, middle});
    struct view after = view_part(view, (struct rect){2, side + middle, view->area.rows - 2, side});
    struct lw_state state;
    char count[32];

    if (lw_machine_state(machine_of(app), self->state, &state, NULL) != 0)
        return;
    view_text(view, 0, 2, style_of(ROLE_HEAD), "from");
    view_text(view, 0, side + middle + 2, style_of(ROLE_HEAD), "to");
    draw_side(app, &before, &self->before, self->into, true, has_keys && !self->is_right);
    draw_side(app, &after, &self->after, self->out, false, has_keys && self->is_right);
    view_bytes(&centre, 2, 1, style_with(ROLE_TEXT, ATTR_BOLD), state.name.data, state.name.len);
    view_printf(&centre, 3, 1, style_of(ROLE_DIM), "%s", text_counted(count, sizeof count, state.visits, "visit"));
    if (state.template_id != LW_TEMPLATE_UNKNOWN) {
        struct lw_bytes text = session_template_text(app->session, state.template_id);
        char copy[400];

        snprintf(copy, sizeof copy, "%.*s", (int)(text.len < 399 ? text.len : 399), text.data);
        view_wrap(&centre, 5, 1, view->area.rows - 6, style_of(ROLE_TEXT), copy);
    }
}

static void draw_machine(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct machine *self = data;

    if (draw_absence(app, view, false))
        return;
    if (self->is_focus) {
        draw_focus(app, self, view, has_keys);
        return;
    }
    table_head(view, 0, columns, N_M);
    struct view list = view_part(view, (struct rect){1, 0, view->area.rows - 1, view->area.cols});
    int rows = list_show(&self->list, list.area.rows);

    for (int i = 0; i < rows; i++) {
        uint64_t index = self->list.top + (uint64_t)i;
        const struct line *line = &self->lines[index];
        bool is_chosen = index == self->list.cursor;

        draw_line(app, &list, i, line, self->is_by_count);
        table_mark(&list, i, is_chosen, app->symbols);
        /* the state of the chosen record, by a sign of its own */
        if (line->transition == NO_INDEX && line->state == app->selection.state)
            view_text(&list, i, 1, style_with(ROLE_CARE, ATTR_BOLD), "*");
        if (is_chosen)
            view_add_attrs(&list, i, 2, 10, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
    if (self->list.count == 0)
        view_text(&list, 0, 2, style_of(ROLE_DIM), "no machine: there are no traces");
}

/* ---- actions ---- */

/* The transition under the cursor, or NO_INDEX. */
static size_t transition_at(const struct machine *self)
{
    if (!self->is_focus)
        return self->list.count > 0 ? self->lines[self->list.cursor].transition : NO_INDEX;
    if (self->is_right)
        return self->after.count > 0 ? self->out[self->after.cursor] : NO_INDEX;
    return self->before.count > 0 ? self->into[self->before.cursor] : NO_INDEX;
}

static void show_traces(struct app *app, size_t transition)
{
    app->selection.transition = transition;
    find_start_subset(app, SUBSET_TRANSITION, transition, NULL);
}

static void show_focus(struct app *app, struct machine *self, size_t state)
{
    focus(app, self, state);
    self->is_focus = true;
    app_select_state(app, state);
}

/* Enter: a state's line leads to the focus on it, a transition's to its traces; within the focus to the next state. */
static void open_line(struct app *app, struct machine *self)
{
    size_t index = transition_at(self);
    struct lw_transition transition = {0};

    if (index != NO_INDEX && lw_machine_transition(machine_of(app), index, &transition, NULL) != 0)
        return;
    if (self->is_focus && index != NO_INDEX)
        show_focus(app, self, self->is_right ? transition.to : transition.from);
    else if (index != NO_INDEX)
        show_traces(app, index);
    else if (!self->is_focus)
        show_focus(app, self, self->lines[self->list.cursor].state);
}

static void choose_state(struct machine *self, size_t state)
{
    for (uint64_t i = 0; i < self->list.count; i++)
        if (self->lines[i].transition == NO_INDEX && self->lines[i].state == state) {
            list_go(&self->list, i);
            return;
        }
}

static enum action act_machine(struct app *app, void *data, enum action action)
{
    struct machine *self = data;
    struct list *list = !self->is_focus ? &self->list : self->is_right ? &self->after : &self->before;

    if (action == ACT_CLOSE) {
        if (!self->is_focus)
            return action;
        self->is_focus = false;
        choose_state(self, self->state);
        return ACT_NONE;
    }
    if (!app_is_learned(app) || self->list.count == 0)
        return action;
    if (list_act(list, action) == ACT_NONE)
        return ACT_NONE;
    switch (action) {
    case ACT_LEFT:
    case ACT_RIGHT:
        if (self->is_focus)
            self->is_right = action == ACT_RIGHT;
        return ACT_NONE;
    case ACT_OPEN:
        open_line(app, self);
        return ACT_NONE;
    case ACT_FOCUS:
        if (self->is_focus)
            self->is_focus = false;
        else
            show_focus(app, self, self->lines[self->list.cursor].state);
        return ACT_NONE;
    case ACT_ORDER:
        self->is_by_count = !self->is_by_count;
        self->list.cursor = 0;
        build_lines(app, self);
        return ACT_NONE;
    case ACT_TRACE_LOGS:
        if (transition_at(self) == NO_INDEX)
            app_say(app, "choose a transition: the lines below a state");
        else
            show_traces(app, transition_at(self));
        return ACT_NONE;
    default:
        return action;
    }
}

static void sync_machine(struct app *app, void *data, unsigned what)
{
    struct machine *self = data;

    if (what & SYNC_SESSION) {
        self->is_focus = false;
        self->list.cursor = what & SYNC_GROWN ? self->list.cursor : 0;
        if (app_is_learned(app))
            build_lines(app, self);
        else
            list_set_count(&self->list, 0);
    }
    if (what & SYNC_STATE && !self->is_focus && app->pane != PANE_MACHINE)
        choose_state(self, app->selection.state);
}

static void release_machine(void *data)
{
    struct machine *self = data;

    free(self->lines);
    free(self->into);
    free(self->out);
}

const char *machine_view(const struct app *app)
{
    return ((const struct machine *)app->panes[PANE_MACHINE])->is_focus ? "focus" : "table";
}

const struct pane pane_machine = {
    .title = "Machine",
    .size = sizeof(struct machine),
    .hints = {{ACT_OPEN, "open"}, {ACT_FOCUS, "focus"}, {ACT_TRACE_LOGS, "traces"}, {ACT_ORDER, "order"}},
    .draw = draw_machine,
    .act = act_machine,
    .sync = sync_machine,
    .release = release_machine,
};
