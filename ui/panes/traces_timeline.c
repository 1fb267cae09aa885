/*
 * A trace in time. The bar of an event reaches from the event before it to the event itself, on the scale of the whole
 * trace, so that gaps are as wide as they are long.
 */
#include "ui/kit/text.h"
#include "ui/panes/traces.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { E_AT, E_AFTER, E_BAR, E_LEVEL, E_ID, E_TEXT, N_E };

static void event_columns(const struct traces *self, const struct view *view, struct column columns[N_E])
{
    static const struct column all[N_E] = {{"at", 7, 60, true},     {"after", 6, 0, true}, {"", 10, 70, false},
                                           {"level", 5, 80, false}, {"id", 5, 0, false},   {"message", 0, 0, false}};

    memcpy(columns, all, sizeof all);
    if (self->is_absolute) {
        columns[E_AT].title = "time";
        columns[E_AT].width = 12;
    }
    if (view->area.cols >= 120)
        columns[E_BAR].width = view->area.cols / 4;
}

static int64_t between(const struct lw_trace *trace, size_t from, size_t to)
{
    return trace->times_us && trace->times_us[from] != LW_NO_TIME && trace->times_us[to] != LW_NO_TIME
               ? trace->times_us[to] - trace->times_us[from]
               : LW_NO_TIME;
}

static void draw_stretch(const struct app *app, const struct view *view, int row, int col, int width,
                         const struct lw_trace *trace, size_t i)
{
    int64_t whole = between(trace, 0, trace->n_events - 1), to = between(trace, 0, i);
    int64_t from = i > 0 ? between(trace, 0, i - 1) : to;
    int first, last;

    if (to == LW_NO_TIME || from == LW_NO_TIME || whole == LW_NO_TIME)
        return;
    first = whole > 0 ? (int)((double)from / (double)whole * (width - 1) + .5) : 0;
    last = whole > 0 ? (int)((double)to / (double)whole * (width - 1) + .5) : 0;
    first = first < 0 ? 0 : first < width ? first : width - 1; /* times may run backwards */
    last = last < first ? first : last < width ? last : width - 1;
    for (int k = first; k < last; k++)
        view_text(view, row, col + k, style_of(ROLE_BAR), app->symbols->across);
    view_text(view, row, col + last, style_of(ROLE_BAR), app->symbols->full);
}

static void draw_message(struct app *app, const struct view *view, int row, const struct column *columns,
                         const struct lw_trace *trace, size_t i)
{
    const struct row *record = trace->records && trace->records[i] != LW_NO_RECORD && app->session->log
                                   ? rows_get(app, trace->records[i])
                                   : NULL;
    struct lw_bytes template = session_template_text(app->session, trace->templates[i]);

    if (record) {
        const char *message = record->raw + record->message_start;
        const char *end = memchr(message, '\n', record->message_len);

        if (record->level != LW_LEVEL_NONE)
            table_text(view, row, columns, N_E, E_LEVEL, level_style(record->level), lw_level_name(record->level));
        table_cell(view, row, columns, N_E, E_TEXT, level_style(record->level), message,
                   end ? (size_t)(end - message) : record->message_len);
    } else {
        table_cell(view, row, columns, N_E, E_TEXT, style_of(ROLE_DIM), template.data, template.len);
    }
}

static void draw_event(struct app *app, const struct traces *self, const struct view *view, int row,
                       const struct lw_trace *trace, size_t i, const struct column *columns)
{
    const struct trace_line *line = traces_line(self, app, self->trace);
    bool leaves = line && !line->is_accepted && line->left_at == i;
    char text[32];
    int col, width;

    if (self->is_absolute)
        text_time(text, sizeof text, trace->times_us[i], false);
    else
        text_delay(text, sizeof text, between(trace, 0, i));
    table_text(view, row, columns, N_E, E_AT, style_of(ROLE_TIME), text);
    table_text(view, row, columns, N_E, E_AFTER, style_of(ROLE_TEXT),
               i > 0 ? text_delay(text, sizeof text, between(trace, i - 1, i)) : "");
    if (table_place(view, columns, N_E, E_BAR, &col, &width))
        draw_stretch(app, view, row, col, width, trace, i);
    table_text(view, row, columns, N_E, E_ID, style_of(leaves ? ROLE_FAULT : ROLE_TEXT),
               text_template(text, sizeof text, trace->templates[i]));
    if (leaves && table_place(view, columns, N_E, E_ID, &col, &width))
        view_text(view, row, col + width, style_of(ROLE_FAULT), app->symbols->cross);
    draw_message(app, view, row, columns, trace, i);
}

/* "leaves the machine at event 3, in E2 where E3 or the end was expected" */
static void draw_verdict(const struct app *app, const struct traces *self, const struct view *view, int row)
{
    const struct lw_machine *machine = lw_workspace_machine(app->session->workspace);
    const struct trace_line *line = traces_line(self, app, self->trace);
    size_t n = lw_machine_transition_count(machine), low = 0, high = n, shown = 0;
    struct lw_transition transition;
    struct lw_state state;
    char text[32];
    int col;

    if (!line)
        return;
    if (line->is_accepted) {
        view_printf(view, row, 2, style_of(ROLE_DIM), "accepted by the machine, %.1f bits", -line->log2_probability);
        return;
    }
    if (lw_machine_state(machine, line->left_state, &state, NULL) != 0)
        return;
    col = line->left_at < line->n_events
              ? view_printf(view, row, 2, style_of(ROLE_CARE), "leaves the machine at event %zu, after ",
                            line->left_at + 1)
              : view_text(view, row, 2, style_of(ROLE_CARE), "ends where the machine does not, after ");
    col = view_bytes(view, row, col, style_of(ROLE_CARE), state.name.data, state.name.len);
    while (low < high) { /* transitions are ordered by their state */
        size_t middle = low + (high - low) / 2;

        if (lw_machine_transition(machine, middle, &transition, NULL) == 0 && transition.from < line->left_state)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < n && shown < 4 && lw_machine_transition(machine, low, &transition, NULL) == 0 &&
           transition.from == line->left_state;
         low++)
        if (transition.is_core)
            col =
                view_printf(view, row, col, style_of(ROLE_DIM), "%s%s", shown++ == 0 ? "; expected " : " or ",
                            transition.to == 1 ? "the end" : text_template(text, sizeof text, transition.template_id));
}

static void draw_title(const struct app *app, const struct traces *self, const struct view *view,
                       const struct lw_trace *trace)
{
    const struct trace_line *line = traces_line(self, app, self->trace);
    int64_t takes = trace_takes_us(trace);
    char count[32], delay[32];
    int col = view_text(view, 0, 2, style_of(ROLE_DIM), "trace ");

    col = view_bytes(view, 0, col, style_with(ROLE_TEXT, ATTR_BOLD), trace->name.data, trace->name.len);
    if (self->marked == self->trace + 1)
        col = view_text(view, 0, col, style_of(ROLE_CHOSEN), " (marked)");
    col = view_printf(view, 0, col, style_of(ROLE_DIM), "  %s",
                      text_counted(count, sizeof count, trace->n_events, "event"));
    if (takes != LW_NO_TIME)
        col = view_printf(view, 0, col, style_of(ROLE_DIM), " in %s", text_delay(delay, sizeof delay, takes));
    if (takes != LW_NO_TIME && line && line->count > 1 && line->median_us != LW_NO_TIME)
        col = view_printf(view, 0, col, style_of(ROLE_DIM), " (median %s)",
                          text_delay(delay, sizeof delay, line->median_us));
    col = view_printf(view, 0, col, style_of(ROLE_DIM), "  variant %u", (unsigned)trace->variant + 1);
    if (*traces_label(app, self->trace))
        col = view_printf(view, 0, col, style_of(*traces_label(app, self->trace) == 'a' ? ROLE_FAULT : ROLE_DIM),
                          "  %s", traces_label(app, self->trace));
    if (trace->is_open_start || trace->is_open_end)
        view_printf(view, 0, col, style_of(ROLE_CARE), "  cut off by the log's %s",
                    !trace->is_open_end    ? "start"
                    : trace->is_open_start ? "start and end"
                                           : "end");
}

void traces_draw_timeline(struct app *app, struct traces *self, const struct view *view, bool has_keys)
{
    struct column columns[N_E];
    struct lw_trace trace;
    struct view inside = view_part(view, (struct rect){3, 0, view->area.rows - 3, view->area.cols});
    int rows = list_show(&self->events, inside.area.rows);

    if (lw_traces_get(app->session->traces, self->trace, &trace, NULL) != 0)
        return;
    draw_title(app, self, view, &trace);
    draw_verdict(app, self, view, 1);
    event_columns(self, view, columns);
    table_head(view, 2, columns, N_E);
    for (int i = 0; i < rows; i++) {
        uint64_t index = self->events.top + (uint64_t)i;
        bool is_chosen = index == self->events.cursor;

        draw_event(app, self, &inside, i, &trace, (size_t)index, columns);
        table_mark(&inside, i, is_chosen, app->symbols);
        if (is_chosen)
            view_add_attrs(&inside, i, 2, 14, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
}
