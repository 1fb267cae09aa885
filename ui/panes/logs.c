/*
 * The records. The pane holds positions only; text comes from the row cache, and a record that is not there yet is
 * drawn as a placeholder. Records show parsed (time, level, component, message with its parameters marked) or raw.
 */
#include "ui/app/jobs.h"
#include "ui/app/needle.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <stdlib.h>
#include <string.h>

struct logs {
    struct list list;
    struct subset subset;
    size_t skip; /* columns of messages that are scrolled away */
    bool is_raw, is_detail;
};

static struct logs *logs_of(const struct app *app)
{
    return app->panes[PANE_LOGS];
}

static uint64_t record_at(const struct logs *self, uint64_t position)
{
    return self->subset.items ? self->subset.items[position] : position;
}

const struct subset *logs_subset(const struct app *app)
{
    return &logs_of(app)->subset;
}

uint64_t logs_position(const struct app *app)
{
    return logs_of(app)->list.cursor;
}

static void follow_cursor(struct app *app, struct logs *self)
{
    if (self->list.count > 0)
        app_select_record(app, record_at(self, self->list.cursor));
}

void logs_go(struct app *app, uint64_t position)
{
    struct logs *self = logs_of(app);

    list_go(&self->list, position);
    follow_cursor(app, self);
}

/* The position of the record in what is shown, or the next one's. */
static uint64_t position_of(const struct logs *self, uint64_t record)
{
    size_t low = 0, high = self->subset.n;

    if (!self->subset.items)
        return record;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (self->subset.items[middle] < record)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void show_all(struct app *app, struct logs *self)
{
    uint64_t record = self->list.count > 0 ? record_at(self, self->list.cursor) : 0;

    subset_release(&self->subset);
    list_set_count(&self->list, app->session && app->session->log ? lw_log_count(app->session->log) : 0);
    list_go(&self->list, record);
}

void logs_go_record(struct app *app, uint64_t record)
{
    struct logs *self = logs_of(app);

    show_all(app, self);
    logs_go(app, record);
    app_show_pane(app, PANE_LOGS);
}

void logs_show(struct app *app, struct subset *subset)
{
    struct logs *self = logs_of(app);
    uint64_t record = self->list.count > 0 ? record_at(self, self->list.cursor) : 0;

    subset_release(&self->subset);
    self->subset = *subset;
    if (!self->subset.items)
        self->subset.items = calloc(1, sizeof *self->subset.items); /* nothing matches: shown as an empty list */
    list_set_count(&self->list, self->subset.n);
    list_go(&self->list, position_of(self, record));
    app_show_pane(app, PANE_LOGS);
    follow_cursor(app, self);
}

/* ---- drawing ---- */

static void describe_subset(const struct app *app, const struct subset *subset, char *out, size_t size)
{
    char count[32];

    text_counted(count, sizeof count, subset->n, "record");
    if (subset->kind == SUBSET_TEMPLATE) {
        struct lw_bytes text = session_template_text(app->session, (uint32_t)subset->number);

        snprintf(out, size, "%s of E%u: %.*s", count, (unsigned)subset->number, (int)(text.len < 200 ? text.len : 200),
                 text.data);
    } else if (subset->kind == SUBSET_TRACE) {
        struct lw_trace trace;

        if (lw_traces_get(app->session->traces, (size_t)subset->number, &trace, NULL) == 0)
            snprintf(out, size, "%s of trace %.*s", count, (int)(trace.name.len < 200 ? trace.name.len : 200),
                     trace.name.data);
    } else {
        snprintf(out, size, "%s that match%s %s", count, subset->n == 1 ? "es" : "", subset->text ? subset->text : "");
    }
}

/* Draws a piece of a line that starts `*skip` columns left of col; returns where the next piece starts. */
static int draw_piece(const struct view *view, int row, int col, size_t *skip, struct style style, const char *data,
                      size_t len)
{
    size_t columns = lw_text_columns(data, len);

    if (*skip >= columns) {
        *skip -= columns;
        return col;
    }
    view_bytes_from(view, row, col, *skip, style, data, len);
    col += (int)(columns - *skip);
    *skip = 0;
    return col;
}

/* The message's first line, its parameters marked. */
static void draw_message(const struct view *view, int row, int col, size_t skip, const struct row *record)
{
    const char *message = record->raw + record->message_start;
    const char *end = memchr(message, '\n', record->message_len);
    size_t len = end ? (size_t)(end - message) : record->message_len, at = 0;
    size_t lines = 0;

    for (size_t i = 0; i < record->n_spans && record->spans[i].start < len; i++) {
        struct lw_span span = record->spans[i];

        if (span.start < at)
            continue;
        if (span.start + span.len > len)
            span.len = len - span.start;
        col = draw_piece(view, row, col, &skip, style_of(ROLE_TEXT), message + at, span.start - at);
        col = draw_piece(view, row, col, &skip, style_of(ROLE_PARAM), message + span.start, span.len);
        at = span.start + span.len;
    }
    col = draw_piece(view, row, col, &skip, style_of(ROLE_TEXT), message + at, len - at);
    for (size_t i = len; i < record->message_len; i++)
        lines += message[i] == '\n';
    if (lines > 0)
        view_printf(view, row, col + 1, style_of(ROLE_DIM), "+%zu lines", lines);
}

/* Marks what the last search matches in a text that is drawn from col on. */
static void mark_matches(const struct app *app, const struct view *view, int row, int col, size_t skip,
                         const char *data, size_t len)
{
    size_t start, match;

    for (size_t from = 0; app->needle && needle_find(app->needle, data, len, from, &start, &match);
         from = start + match) {
        size_t before = lw_text_columns(data, start), columns = lw_text_columns(data + start, match);
        int at = col + (int)before - (int)skip;

        if (at >= view->area.cols)
            break;
        if (at + (int)columns > col)
            view_add_attrs(view, row, at > col ? at : col, at > col ? (int)columns : at + (int)columns - col,
                           ATTR_REVERSE);
    }
}

enum { COLUMN_TIME, COLUMN_LEVEL, COLUMN_COMPONENT, COLUMN_MESSAGE, N_COLUMNS };
static const struct column columns[N_COLUMNS] = {
    {"time", 12, 50, false}, {"level", 6, 60, false}, {"component", 14, 100, false}, {"message", 0, 0, false}};

static void draw_parsed(const struct app *app, const struct logs *self, const struct view *view, int row,
                        const struct row *record)
{
    char time[32];
    int col, width;

    table_text(view, row, columns, N_COLUMNS, COLUMN_TIME, style_of(ROLE_TIME),
               text_time(time, sizeof time, record->time_us, false));
    table_text(view, row, columns, N_COLUMNS, COLUMN_LEVEL, level_style(record->level), lw_level_name(record->level));
    table_cell(view, row, columns, N_COLUMNS, COLUMN_COMPONENT, style_of(ROLE_TIME),
               record->raw + record->component_start, record->component_len);
    if (!table_place(view, columns, N_COLUMNS, COLUMN_MESSAGE, &col, &width))
        return;
    struct view cell = view_part(view, (struct rect){0, col, view->area.rows, width});
    const char *message = record->raw + record->message_start;
    const char *end = memchr(message, '\n', record->message_len);

    draw_message(&cell, row, 0, self->skip, record);
    mark_matches(app, &cell, row, 0, self->skip, message, end ? (size_t)(end - message) : record->message_len);
}

static void draw_raw(const struct app *app, const struct logs *self, const struct view *view, int row,
                     const struct row *record)
{
    const char *end = memchr(record->raw, '\n', record->raw_len);
    size_t len = end ? (size_t)(end - record->raw) : record->raw_len;
    struct view cell = view_part(view, (struct rect){0, 2, view->area.rows, view->area.cols - 2});

    view_bytes_from(&cell, row, 0, self->skip, level_style(record->level), record->raw, len);
    mark_matches(app, &cell, row, 0, self->skip, record->raw, len);
}

static void draw_rows(struct app *app, struct logs *self, const struct view *view, bool has_keys)
{
    int rows = list_show(&self->list, view->area.rows);

    for (int i = 0; i < rows; i++) {
        uint64_t position = self->list.top + (uint64_t)i, number = record_at(self, position);
        const struct row *record = rows_get(app, number);
        bool is_chosen = position == self->list.cursor;

        if (!record)
            view_text(view, i, 2, style_of(ROLE_DIM), app->symbols->dot);
        else if (self->is_raw)
            draw_raw(app, self, view, i, record);
        else
            draw_parsed(app, self, view, i, record);
        table_mark(view, i, is_chosen, app->symbols);
        if (is_chosen)
            view_add_attrs(view, i, 2, 12, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
    /* the next page is fetched with this one, so that paging finds it there */
    for (int i = rows; i < 2 * rows; i++)
        if (self->list.top + (uint64_t)i < self->list.count)
            rows_get(app, record_at(self, self->list.top + (uint64_t)i));
}

static void draw_detail(struct app *app, struct logs *self, const struct view *view)
{
    const struct row *record = self->list.count > 0 ? rows_get(app, record_at(self, self->list.cursor)) : NULL;
    char time[64];
    size_t n_traces = 0;
    const uint32_t *traces = NULL;
    int row = 0;

    view_fill(view, row++, 0, view->area.cols, style_of(ROLE_DIM), app->symbols->across);
    if (!record)
        return;
    if (app_is_learned(app))
        traces = lw_traces_of_record(app->session->traces, record->record, &n_traces);
    text_time(time, sizeof time, record->time_us, true);
    view_printf(view, row++, 2, style_of(ROLE_DIM), "record %llu  line %llu  %s  %s",
                (unsigned long long)record->record + 1, (unsigned long long)record->line, time,
                lw_level_name(record->level));
    for (size_t i = 0; i < n_traces && i < 3; i++) {
        struct lw_trace trace;

        if (lw_traces_get(app->session->traces, traces[i], &trace, NULL) == 0) {
            int col = view_text(view, row, 2, style_of(ROLE_DIM), "trace ");

            view_bytes(view, row++, col, style_of(ROLE_TEXT), trace.name.data, trace.name.len);
        }
    }
    if (app_is_learned(app)) {
        struct lw_bytes text = session_template_text(app->session, record->template_id);
        char id[16];
        int col =
            view_printf(view, row, 2, style_of(ROLE_DIM), "%s ", text_template(id, sizeof id, record->template_id));

        view_bytes(view, row++, col, style_of(ROLE_TEXT), text.data, text.len);
    }
    for (size_t at = 0; at < record->raw_len && row < view->area.rows;) {
        const char *end = memchr(record->raw + at, '\n', record->raw_len - at);
        size_t len = end ? (size_t)(end - (record->raw + at)) : record->raw_len - at, width;

        /* long lines go on in the next row */
        width = view->area.cols > 4 ? (size_t)view->area.cols - 4 : 1;
        for (size_t from = 0; row < view->area.rows && (from == 0 || from < lw_text_columns(record->raw + at, len));
             from += width)
            view_bytes_from(view, row++, 4, from, style_of(ROLE_TEXT), record->raw + at, len);
        at += len + 1;
    }
}

static void draw_logs(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct logs *self = data;
    int top = 0;
    char text[512];

    if (draw_absence(app, view, true))
        return;
    if (!app->session->log) {
        view_text(view, 1, 2, style_of(ROLE_DIM),
                  "this workspace was opened without its log: logwright W.lw FILE shows both");
        return;
    }
    if (self->subset.items) {
        describe_subset(app, &self->subset, text, sizeof text);
        view_text(view, top, 2, style_with(ROLE_TEXT, ATTR_BOLD), text);
        top++;
    }
    if (!self->is_raw && view->area.rows > 6)
        table_head(view, top++, columns, N_COLUMNS);
    int detail = self->is_detail ? view->area.rows / 2 : 0;
    struct view list = view_part(view, (struct rect){top, 0, view->area.rows - top - detail, view->area.cols});
    struct view below = view_part(view, (struct rect){view->area.rows - detail, 0, detail, view->area.cols});

    draw_rows(app, self, &list, has_keys);
    if (detail > 0)
        draw_detail(app, self, &below);
    if (self->list.count == 0)
        view_text(&list, 0, 2, style_of(ROLE_DIM), self->subset.items ? "no record; q shows all again" : "no records");
}

/* ---- actions ---- */

static void filter_like_cursor(struct app *app, const struct logs *self, enum subset_kind kind)
{
    uint64_t record = record_at(self, self->list.cursor);
    size_t n = 0;
    const uint32_t *traces;

    if (!app_is_learned(app)) {
        app_say(app, "templates and traces are not known yet");
        return;
    }
    if (kind == SUBSET_TEMPLATE) {
        find_start_subset(app, kind, lw_traces_record_template(app->session->traces, record), NULL);
        return;
    }
    traces = lw_traces_of_record(app->session->traces, record, &n);
    if (n > 0)
        find_start_subset(app, kind, traces[0], NULL);
    else
        app_say(app, "this record belongs to no trace");
}

static enum action close_view(struct app *app, struct logs *self)
{
    enum pane_id from = self->subset.from;

    if (self->is_detail) {
        self->is_detail = false;
        return ACT_NONE;
    }
    if (!self->subset.items)
        return ACT_CLOSE;
    show_all(app, self);
    if (from != PANE_LOGS)
        app_show_pane(app, from);
    return ACT_NONE;
}

static void take_filter(struct app *app, const char *line)
{
    if (*line)
        find_start_subset(app, SUBSET_TEXT, 0, line);
}

static enum action act_logs(struct app *app, void *data, enum action action)
{
    struct logs *self = data;

    if (action == ACT_CLOSE)
        return close_view(app, self);
    if (!app->session || !app->session->log)
        return action;
    if (list_act(&self->list, action) == ACT_NONE) {
        follow_cursor(app, self);
        return ACT_NONE;
    }
    switch (action) {
    case ACT_LEFT:
        self->skip = self->skip > 8 ? self->skip - 8 : 0;
        return ACT_NONE;
    case ACT_RIGHT:
        self->skip += 8;
        return ACT_NONE;
    case ACT_OPEN:
        self->is_detail = !self->is_detail;
        return ACT_NONE;
    case ACT_RAW:
        self->is_raw = !self->is_raw;
        return ACT_NONE;
    case ACT_NEXT_ERROR:
    case ACT_PREVIOUS_ERROR:
        find_start(app, FIND_ERROR, action == ACT_PREVIOUS_ERROR);
        return ACT_NONE;
    case ACT_FILTER_TEMPLATE:
        if (self->list.count > 0)
            filter_like_cursor(app, self, SUBSET_TEMPLATE);
        return ACT_NONE;
    case ACT_FILTER_TRACE:
        if (self->list.count > 0)
            filter_like_cursor(app, self, SUBSET_TRACE);
        return ACT_NONE;
    case ACT_FILTER_TEXT:
        app_prompt(app, "only records that match: ", "", take_filter);
        return ACT_NONE;
    default:
        return action;
    }
}

static void sync_logs(struct app *app, void *data, unsigned what)
{
    struct logs *self = data;

    if (!(what & SYNC_SESSION))
        return;
    if (!(what & SYNC_SAME_LOG))
        self->list.cursor = self->list.top = 0;
    /* what matches a text stays what it is when the log is learned, and the records of a trace when it is edited */
    if (!(what & SYNC_SAME_LOG && self->subset.kind == SUBSET_TEXT) &&
        !(what & SYNC_EDITED && self->subset.kind == SUBSET_TRACE))
        show_all(app, self);
    follow_cursor(app, self);
}

static void release_logs(void *data)
{
    subset_release(&((struct logs *)data)->subset);
}

const struct pane pane_logs = {
    .title = "Logs",
    .size = sizeof(struct logs),
    .hints = {{ACT_OPEN, "whole"},
              {ACT_SEARCH, "search"},
              {ACT_NEXT_ERROR, "next error"},
              {ACT_FILTER_TEMPLATE, "its template"},
              {ACT_FILTER_TRACE, "its trace"},
              {ACT_FILTER_TEXT, "filter"},
              {ACT_RAW, "raw"}},
    .draw = draw_logs,
    .act = act_logs,
    .sync = sync_logs,
    .release = release_logs,
};
