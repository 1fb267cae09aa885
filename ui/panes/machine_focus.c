/* One state, what leads to it and what follows. */
#include "ui/kit/text.h"
#include "ui/panes/machine.h"

#include <stdlib.h>

static int by_transition_count(const struct lw_machine *machine, size_t a, size_t b)
{
    struct lw_transition x, y;

    if (lw_machine_transition(machine, a, &x, NULL) != 0 || lw_machine_transition(machine, b, &y, NULL) != 0)
        return 0;
    return x.count < y.count ? 1 : x.count > y.count ? -1 : 0;
}

static void list_neighbours(const struct app *app, struct machine *self, size_t state)
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

void machine_focus(struct app *app, struct machine *self, size_t state)
{
    list_neighbours(app, self, state);
    if (self->view != MACHINE_FOCUS)
        self->above = self->view;
    self->view = MACHINE_FOCUS;
    app_select_state(app, state);
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

void machine_draw_focus(struct app *app, struct machine *self, const struct view *view, bool has_keys)
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
