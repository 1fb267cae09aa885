/* Variants by frequency, the traces of one (or of a transition), and one trace as a timeline. */
#include "ui/kit/chart.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <stdlib.h>
#include <string.h>

enum traces_level { VARIANTS, LIST, TIMELINE };

struct traces {
    enum traces_level level, above; /* above: what a timeline goes back to */
    struct list variants, list, events;
    struct subset subset; /* traces of the list */
    size_t trace;         /* of the timeline */
    enum pane_id from;    /* where a timeline was asked for */
};

static struct traces *traces_of(const struct app *app)
{
    return app->panes[PANE_TRACES];
}

const char *traces_view(const struct app *app)
{
    static const char *const names[] = {"variants", "list", "timeline"};

    return names[traces_of(app)->level];
}

void traces_show(struct app *app, struct subset *subset)
{
    struct traces *self = traces_of(app);

    subset_release(&self->subset);
    self->subset = *subset;
    list_set_count(&self->list, subset->n);
    list_go(&self->list, 0);
    self->level = LIST;
    app_show_pane(app, PANE_TRACES);
}

static void follow_event(struct app *app, const struct traces *self)
{
    struct lw_trace trace;

    if (self->level == TIMELINE && lw_traces_get(app->session->traces, self->trace, &trace, NULL) == 0 &&
        self->events.cursor < trace.n_events)
        app_select_template(app, trace.templates[self->events.cursor]);
}

void traces_open(struct app *app, size_t trace, size_t event)
{
    struct traces *self = traces_of(app);
    struct lw_trace found;

    if (lw_traces_get(app->session->traces, trace, &found, NULL) != 0)
        return;
    if (self->level != TIMELINE)
        self->above = self->level;
    self->from = app->pane;
    self->level = TIMELINE;
    self->trace = trace;
    list_set_count(&self->events, found.n_events);
    self->events.top = 0;
    list_go(&self->events, event);
    app_select_trace(app, trace);
    follow_event(app, self);
    app_show_pane(app, PANE_TRACES);
}

/* ---- drawing ---- */

static void draw_sequence(const struct view *view, int row, int col, const uint32_t *templates, size_t n)
{
    for (size_t i = 0; i < n && col < view->area.cols; i++) {
        char id[16];
        size_t repeat = 1;

        while (i + repeat < n && templates[i + repeat] == templates[i])
            repeat++;
        col = view_text(view, row, col, style_of(ROLE_TEXT), text_template(id, sizeof id, templates[i]));
        if (repeat > 1)
            col = view_printf(view, row, col, style_of(ROLE_DIM), "x%zu", repeat);
        col++;
        i += repeat - 1;
    }
}

enum { V_RANK, V_COUNT, V_SHARE, V_LENGTH, V_SEQUENCE, N_V };
static const struct column variant_columns[N_V] = {{"#", 5, 50, true},
                                                   {"traces", 9, 0, true},
                                                   {"share", 6, 60, true},
                                                   {"events", 6, 50, true},
                                                   {"sequence", 0, 0, false}};

static void draw_variant(const struct app *app, const struct view *view, int row, size_t index)
{
    struct lw_variant variant;
    char text[32];

    if (lw_traces_variant(app->session->traces, index, &variant, NULL) != 0)
        return;
    table_text(view, row, variant_columns, N_V, V_RANK, style_of(ROLE_DIM), text_count(text, sizeof text, index + 1));
    table_text(view, row, variant_columns, N_V, V_COUNT, style_of(ROLE_TEXT),
               text_count(text, sizeof text, variant.count));
    table_text(view, row, variant_columns, N_V, V_SHARE, style_of(ROLE_DIM),
               text_share(text, sizeof text, (double)variant.count / (double)lw_traces_count(app->session->traces)));
    table_text(view, row, variant_columns, N_V, V_LENGTH, style_of(ROLE_TEXT),
               text_count(text, sizeof text, variant.n_events));
    int col, width;

    if (table_place(view, variant_columns, N_V, V_SEQUENCE, &col, &width))
        draw_sequence(view, row, col, variant.templates, variant.n_events);
}

enum { T_NAME, T_LABEL, T_START, T_LENGTH, T_EVENTS, T_SEQUENCE, N_T };
static const struct column trace_columns[N_T] = {{"trace", 24, 0, false},  {"label", 9, 70, false},
                                                 {"start", 12, 80, false}, {"takes", 6, 60, true},
                                                 {"events", 6, 50, true},  {"sequence", 0, 60, false}};

static const char *label_name(const struct app *app, size_t trace)
{
    int label = app->session->labels ? lw_labels_get(app->session->labels, trace) : LW_UNLABELLED;

    return label == LW_ANOMALOUS ? "anomalous" : label == LW_NORMAL ? "normal" : "";
}

static void draw_trace(const struct app *app, const struct view *view, int row, size_t index)
{
    struct lw_trace trace;
    char text[32];
    int col, width;

    if (lw_traces_get(app->session->traces, index, &trace, NULL) != 0)
        return;
    bool is_timed = trace.n_events > 0 && trace.times_us && trace.times_us[0] != LW_NO_TIME &&
                    trace.times_us[trace.n_events - 1] != LW_NO_TIME;
    const char *label = label_name(app, index);

    table_cell(view, row, trace_columns, N_T, T_NAME, style_of(ROLE_TEXT), trace.name.data, trace.name.len);
    table_text(view, row, trace_columns, N_T, T_LABEL, style_of(*label == 'a' ? ROLE_FAULT : ROLE_DIM), label);
    if (is_timed) {
        table_text(view, row, trace_columns, N_T, T_START, style_of(ROLE_TIME),
                   text_time(text, sizeof text, trace.times_us[0], false));
        table_text(view, row, trace_columns, N_T, T_LENGTH, style_of(ROLE_TIME),
                   text_delay(text, sizeof text, trace.times_us[trace.n_events - 1] - trace.times_us[0]));
    }
    table_text(view, row, trace_columns, N_T, T_EVENTS, style_of(ROLE_TEXT),
               text_count(text, sizeof text, trace.n_events));
    if (table_place(view, trace_columns, N_T, T_SEQUENCE, &col, &width))
        draw_sequence(view, row, col, trace.templates, trace.n_events);
}

static void draw_list(struct app *app, const struct view *view, struct list *list, const uint64_t *items,
                      bool is_of_variants, bool has_keys)
{
    int rows = list_show(list, view->area.rows);

    for (int i = 0; i < rows; i++) {
        uint64_t index = list->top + (uint64_t)i;
        bool is_chosen = index == list->cursor;

        if (is_of_variants)
            draw_variant(app, view, i, (size_t)index);
        else
            draw_trace(app, view, i, (size_t)items[index]);
        table_mark(view, i, is_chosen, app->symbols);
        if (is_chosen)
            view_add_attrs(view, i, 2, 14, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
}

enum { E_AT, E_DELAY, E_BAR, E_ID, E_TEXT, N_E };
static const struct column event_columns[N_E] = {
    {"at", 7, 60, true}, {"after", 6, 0, true}, {"", 8, 80, false}, {"id", 5, 0, false}, {"message", 0, 0, false}};

/* The longest delay, to scale the bars by. */
static int64_t longest_delay(const struct lw_trace *trace)
{
    int64_t longest = 0;

    for (size_t i = 1; i < trace->n_events && i < 10000; i++)
        if (trace->times_us[i] != LW_NO_TIME && trace->times_us[i - 1] != LW_NO_TIME &&
            trace->times_us[i] - trace->times_us[i - 1] > longest)
            longest = trace->times_us[i] - trace->times_us[i - 1];
    return longest;
}

static void draw_event(struct app *app, const struct view *view, int row, const struct lw_trace *trace, size_t i,
                       int64_t longest)
{
    char text[32];
    int64_t at = LW_NO_TIME, delay = LW_NO_TIME;
    const struct row *record = trace->records && trace->records[i] != LW_NO_RECORD && app->session->log
                                   ? rows_get(app, trace->records[i])
                                   : NULL;
    struct lw_bytes template = session_template_text(app->session, trace->templates[i]);
    int col, width;

    if (trace->times_us[i] != LW_NO_TIME && trace->times_us[0] != LW_NO_TIME)
        at = trace->times_us[i] - trace->times_us[0];
    if (i > 0 && trace->times_us[i] != LW_NO_TIME && trace->times_us[i - 1] != LW_NO_TIME)
        delay = trace->times_us[i] - trace->times_us[i - 1];
    table_text(view, row, event_columns, N_E, E_AT, style_of(ROLE_TIME), text_delay(text, sizeof text, at));
    table_text(view, row, event_columns, N_E, E_DELAY, style_of(ROLE_TEXT),
               i > 0 ? text_delay(text, sizeof text, delay) : "");
    if (delay > 0 && longest > 0 && table_place(view, event_columns, N_E, E_BAR, &col, &width))
        for (int k = 0; k < (int)((double)delay / (double)longest * width + .5); k++)
            view_text(view, row, col + k, style_of(ROLE_BAR), app->symbols->full);
    table_text(view, row, event_columns, N_E, E_ID, style_of(ROLE_TEXT),
               text_template(text, sizeof text, trace->templates[i]));
    if (record) {
        const char *message = record->raw + record->message_start;
        const char *end = memchr(message, '\n', record->message_len);

        table_cell(view, row, event_columns, N_E, E_TEXT, level_style(record->level), message,
                   end ? (size_t)(end - message) : record->message_len);
    } else {
        table_cell(view, row, event_columns, N_E, E_TEXT, style_of(ROLE_DIM), template.data, template.len);
    }
}

static void draw_timeline(struct app *app, struct traces *self, const struct view *view, bool has_keys)
{
    struct lw_trace trace;
    char count[32];

    if (lw_traces_get(app->session->traces, self->trace, &trace, NULL) != 0)
        return;
    int col = view_text(view, 0, 2, style_of(ROLE_DIM), "trace ");

    col = view_bytes(view, 0, col, style_with(ROLE_TEXT, ATTR_BOLD), trace.name.data, trace.name.len);
    view_printf(view, 0, col + 2, style_of(ROLE_DIM), "%s  variant %u  %s",
                text_counted(count, sizeof count, trace.n_events, "event"), (unsigned)trace.variant + 1,
                label_name(app, self->trace));
    table_head(view, 1, event_columns, N_E);
    struct view list = view_part(view, (struct rect){2, 0, view->area.rows - 2, view->area.cols});
    int rows = list_show(&self->events, list.area.rows);
    int64_t longest = longest_delay(&trace);

    for (int i = 0; i < rows; i++) {
        uint64_t index = self->events.top + (uint64_t)i;
        bool is_chosen = index == self->events.cursor;

        draw_event(app, &list, i, &trace, (size_t)index, longest);
        table_mark(&list, i, is_chosen, app->symbols);
        if (is_chosen)
            view_add_attrs(&list, i, 2, 14, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
}

static void describe_list(const struct app *app, const struct traces *self, char *out, size_t size)
{
    char count[32];
    struct lw_transition transition;
    struct lw_state from, to;
    const struct lw_machine *machine = lw_workspace_machine(app->session->workspace);

    text_counted(count, sizeof count, self->subset.n, "trace");
    if (self->subset.kind == SUBSET_VARIANT)
        snprintf(out, size, "%s of variant %llu", count, (unsigned long long)self->subset.number + 1);
    else if (lw_machine_transition(machine, (size_t)self->subset.number, &transition, NULL) == 0 &&
             lw_machine_state(machine, transition.from, &from, NULL) == 0 &&
             lw_machine_state(machine, transition.to, &to, NULL) == 0)
        snprintf(out, size, "%s that go%s from %.*s to %.*s", count, self->subset.n == 1 ? "es" : "",
                 (int)from.name.len, from.name.data, (int)to.name.len, to.name.data);
}

static void draw_traces(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct traces *self = data;
    char text[256] = "";

    if (draw_absence(app, view, false))
        return;
    if (self->level == TIMELINE) {
        draw_timeline(app, self, view, has_keys);
        return;
    }
    int top = 0;

    if (self->level == LIST) {
        describe_list(app, self, text, sizeof text);
        view_text(view, top++, 2, style_with(ROLE_TEXT, ATTR_BOLD), text);
    }
    table_head(view, top++, self->level == LIST ? trace_columns : variant_columns, self->level == LIST ? N_T : N_V);
    struct view list = view_part(view, (struct rect){top, 0, view->area.rows - top, view->area.cols});

    draw_list(app, &list, self->level == LIST ? &self->list : &self->variants, self->subset.items,
              self->level == VARIANTS, has_keys);
    if ((self->level == LIST ? self->list.count : self->variants.count) == 0)
        view_text(&list, 0, 2, style_of(ROLE_DIM),
                  "no traces: :open FILE with --trace RULE says what belongs together");
}

/* ---- actions ---- */

static void open_row(struct app *app, struct traces *self)
{
    struct lw_trace trace;

    if (self->level == VARIANTS && self->variants.count > 0) {
        find_start_subset(app, SUBSET_VARIANT, self->variants.cursor, NULL);
    } else if (self->level == LIST && self->list.count > 0) {
        traces_open(app, (size_t)self->subset.items[self->list.cursor], 0);
    } else if (self->level == TIMELINE && lw_traces_get(app->session->traces, self->trace, &trace, NULL) == 0 &&
               self->events.cursor < trace.n_events) {
        if (app->session->log && trace.records && trace.records[self->events.cursor] != LW_NO_RECORD)
            logs_go_record(app, trace.records[self->events.cursor]);
        else
            app_say(app, "this event has no record in the log");
    }
}

static enum action close_level(struct app *app, struct traces *self)
{
    if (self->level == TIMELINE) {
        self->level = self->above;
        if (self->from != PANE_TRACES)
            app_show_pane(app, self->from);
        return ACT_NONE;
    }
    if (self->level == LIST) {
        enum pane_id from = self->subset.from;

        self->level = VARIANTS;
        if (from != PANE_TRACES)
            app_show_pane(app, from);
        return ACT_NONE;
    }
    return ACT_CLOSE;
}

static enum action act_traces(struct app *app, void *data, enum action action)
{
    struct traces *self = data;
    struct list *list = self->level == VARIANTS ? &self->variants : self->level == LIST ? &self->list : &self->events;

    if (action == ACT_CLOSE)
        return close_level(app, self);
    if (!app_is_learned(app))
        return action;
    if (list_act(list, action) == ACT_NONE) {
        if (self->level == LIST && self->list.count > 0)
            app_select_trace(app, (size_t)self->subset.items[self->list.cursor]);
        follow_event(app, self);
        return ACT_NONE;
    }
    switch (action) {
    case ACT_OPEN:
    case ACT_RIGHT:
        if (action == ACT_OPEN || self->level != TIMELINE)
            open_row(app, self);
        return ACT_NONE;
    case ACT_LEFT:
        close_level(app, self);
        return ACT_NONE;
    case ACT_TRACE_LOGS:
        if (self->level == TIMELINE)
            find_start_subset(app, SUBSET_TRACE, self->trace, NULL);
        else if (self->level == LIST && self->list.count > 0)
            find_start_subset(app, SUBSET_TRACE, self->subset.items[self->list.cursor], NULL);
        else
            app_say(app, "Enter opens the variant; choose one of its traces first");
        return ACT_NONE;
    default:
        return action;
    }
}

static void sync_traces(struct app *app, void *data, unsigned what)
{
    struct traces *self = data;

    if (!(what & SYNC_SESSION))
        return;
    list_set_count(&self->variants, app_is_learned(app) ? lw_traces_variant_count(app->session->traces) : 0);
    if (what & SYNC_GROWN || (what & SYNC_EDITED && self->level != LIST))
        return; /* traces stay what they are when templates are edited, or records added */
    self->level = VARIANTS;
    self->variants.cursor = 0;
}

static void release_traces(void *data)
{
    subset_release(&((struct traces *)data)->subset);
}

const struct pane pane_traces = {
    .title = "Traces",
    .size = sizeof(struct traces),
    .hints = {{ACT_OPEN, "open"}, {ACT_TRACE_LOGS, "records"}, {ACT_SEARCH, "search"}},
    .draw = draw_traces,
    .act = act_traces,
    .sync = sync_traces,
    .release = release_traces,
};
