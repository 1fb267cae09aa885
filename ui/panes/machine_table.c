/* The machine as a table of its transitions below their states, ranked by how often they are visited. */
#include "ui/kit/text.h"
#include "ui/panes/machine.h"

#include <stdlib.h>

static int by_state(const void *a, const void *b)
{
    const struct machine_line *x = a, *y = b;

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
    const struct machine_line *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count ? 1 : -1) : x->transition < y->transition ? -1 : 1;
}

void machine_build_lines(const struct app *app, struct machine *self)
{
    const struct lw_machine *machine = machine_of(app);
    size_t n_states = lw_machine_state_count(machine), n_transitions = lw_machine_transition_count(machine), n = 0;
    struct machine_line *lines = calloc(n_states + n_transitions + 1, sizeof *lines);
    struct lw_state state = {0};

    free(self->lines);
    self->lines = lines;
    for (size_t i = 0; lines && !self->is_by_count && i < n_states; i++)
        if (i != 1 && (!self->kept.states || self->kept.states[i]) && lw_machine_state(machine, i, &state, NULL) == 0)
            lines[n++] = (struct machine_line){(uint32_t)i, NO_INDEX, state.visits, 0};
    for (size_t i = 0; lines && i < n_transitions; i++) {
        struct lw_transition transition;

        if (machine_keeps(self, i) && lw_machine_transition(machine, i, &transition, NULL) == 0 &&
            lw_machine_state(machine, transition.from, &state, NULL) == 0)
            lines[n++] = (struct machine_line){transition.from, i, state.visits, transition.count};
    }
    if (n > 0)
        qsort(lines, n, sizeof *lines, self->is_by_count ? by_count : by_state);
    list_set_count(&self->list, n);
}

void machine_choose_state(struct machine *self, size_t state)
{
    for (uint64_t i = 0; i < self->list.count; i++)
        if (self->lines[i].transition == NO_INDEX && self->lines[i].state == state) {
            list_go(&self->list, i);
            return;
        }
}

enum { M_STATE, M_COUNT, M_SHARE, M_MEDIAN, M_P95, M_ERRORS, M_TEXT, N_M };
static const struct column columns[N_M] = {
    {"state", 18, 0, false}, {"count", 9, 40, true},  {"share", 6, 0, true},   {"median", 6, 60, true},
    {"p95", 6, 60, true},    {"errors", 6, 70, true}, {"event", 0, 60, false},
};

static void draw_errors(const struct view *view, int row, const struct machine *self, uint32_t state)
{
    double share = self->errors ? self->errors[state] : 0;
    char text[16];

    table_text(view, row, columns, N_M, M_ERRORS, style_of(share >= .5 ? ROLE_FAULT : ROLE_TEXT),
               share < .0005 ? "-" : text_share(text, sizeof text, share));
}

static void draw_state_text(const struct app *app, const struct view *view, int row, uint32_t template_id)
{
    struct lw_bytes text;

    if (template_id == LW_TEMPLATE_UNKNOWN)
        return;
    text = session_template_text(app->session, template_id);
    table_cell(view, row, columns, N_M, M_TEXT, style_of(ROLE_DIM), text.data, text.len);
}

/* Outside the core: what is too rare to be more than noise. */
static void draw_rare(const struct view *view, int row, bool is_core)
{
    if (!is_core)
        view_text(view, row, 1, style_of(ROLE_DIM), "~");
}

static void draw_line(const struct app *app, const struct machine *self, const struct view *view, int row,
                      const struct machine_line *line)
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
        draw_errors(view, row, self, line->state);
        draw_state_text(app, view, row, from.template_id);
        draw_rare(view, row, from.is_core);
        return;
    }
    if (lw_machine_transition(machine, line->transition, &transition, NULL) != 0 ||
        lw_machine_state(machine, transition.to, &to, NULL) != 0)
        return;
    if (self->is_by_count)
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
    draw_errors(view, row, self, transition.to);
    draw_state_text(app, view, row, to.template_id);
    draw_rare(view, row, transition.is_core);
}

void machine_draw_table(struct app *app, struct machine *self, const struct view *view, bool has_keys)
{
    struct view list = view_part(view, (struct rect){1, 0, view->area.rows - 1, view->area.cols});
    int rows = list_show(&self->list, list.area.rows);

    table_head(view, 0, columns, N_M);
    for (int i = 0; i < rows; i++) {
        uint64_t index = self->list.top + (uint64_t)i;
        const struct machine_line *line = &self->lines[index];
        bool is_chosen = index == self->list.cursor;

        draw_line(app, self, &list, i, line);
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
