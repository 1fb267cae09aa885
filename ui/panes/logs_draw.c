/* Drawing of the Logs pane: records parsed (time, level, source, component, message with its parameters marked) or raw.
 * A record that is not in the row cache yet is drawn as a placeholder. */
#include "ui/kit/text.h"
#include "ui/panes/logs.h"

#include <stdlib.h>
#include <string.h>

enum { STRIP_MIN_ROWS = 14, STRIP_MIN_COLS = 60 };

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
        snprintf(out, size, "%s with %s", count, subset->text ? subset->text : "");
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
    struct lw_span match;

    for (size_t from = 0; app->finder && lw_finder_next(app->finder, data, len, from, &match);
         from = match.start + match.len) {
        size_t before = lw_text_columns(data, match.start), columns = lw_text_columns(data + match.start, match.len);
        int at = col + (int)before - (int)skip;

        if (at >= view->area.cols)
            break;
        if (at + (int)columns > col)
            view_add_attrs(view, row, at > col ? at : col, at > col ? (int)columns : at + (int)columns - col,
                           ATTR_REVERSE);
    }
}

enum { COLUMN_TIME, COLUMN_LEVEL, COLUMN_SOURCE, COLUMN_COMPONENT, COLUMN_MESSAGE, N_COLUMNS };
static const struct column columns_of_one[N_COLUMNS] = {{"time", 12, 50, false},
                                                        {"level", 6, 60, false},
                                                        {"source", 12, 10000, false},
                                                        {"component", 14, 100, false},
                                                        {"message", 0, 0, false}};
static const struct column columns_of_several[N_COLUMNS] = {{"time", 12, 50, false},
                                                            {"level", 6, 60, false},
                                                            {"source", 12, 80, false},
                                                            {"component", 14, 112, false},
                                                            {"message", 0, 0, false}};

/* Where a record comes from is worth a column when there are several sources. */
static const struct column *columns_for(const struct app *app)
{
    return lw_log_source_count(app->session->log) > 1 ? columns_of_several : columns_of_one;
}

/* The last part of the source's path. */
static void draw_source(const struct app *app, const struct view *view, int row, const struct row *record)
{
    struct lw_source source;
    size_t start;

    if (lw_log_source(app->session->log, record->source, &source, NULL) != 0)
        return;
    for (start = source.path.len; start > 0 && source.path.data[start - 1] != '/';)
        start--;
    table_cell(view, row, columns_for(app), N_COLUMNS, COLUMN_SOURCE, style_of(ROLE_TIME), source.path.data + start,
               source.path.len - start);
}

static void draw_parsed(const struct app *app, const struct logs *self, const struct view *view, int row,
                        const struct row *record)
{
    const struct column *columns = columns_for(app);
    char time[32];
    int col, width;

    draw_source(app, view, row, record);
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

/* Whether a trace of the record is labelled anomalous. */
static bool is_anomalous(const struct app *app, uint64_t record)
{
    size_t n = 0;
    const uint32_t *traces;

    if (!app_is_learned(app) || !app->session->labels)
        return false;
    traces = lw_traces_of_record(app->session->traces, record, &n);
    for (size_t i = 0; i < n; i++)
        if (lw_labels_get(app->session->labels, traces[i]) == LW_ANOMALOUS)
            return true;
    return false;
}

static void draw_rows(struct app *app, struct logs *self, const struct view *view, bool has_keys)
{
    int rows = list_show(&self->list, view->area.rows);

    for (int i = 0; i < rows; i++) {
        uint64_t position = self->list.top + (uint64_t)i, number = logs_record_at(self, position);
        const struct row *record = rows_get(app, number);
        bool is_chosen = position == self->list.cursor;

        if (!record)
            view_text(view, i, 2, style_of(ROLE_DIM), app->symbols->dot);
        else if (self->is_raw)
            draw_raw(app, self, view, i, record);
        else
            draw_parsed(app, self, view, i, record);
        table_mark(view, i, is_chosen, app->symbols);
        if (is_anomalous(app, number))
            view_text(view, i, 1, style_of(ROLE_FAULT), "!");
        if (is_chosen)
            view_add_attrs(view, i, 2, 12, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
    /* the next page is fetched with this one, so that paging finds it there */
    for (int i = rows; i < 2 * rows; i++)
        if (self->list.top + (uint64_t)i < self->list.count)
            rows_get(app, logs_record_at(self, self->list.top + (uint64_t)i));
}

static void draw_detail(struct app *app, struct logs *self, const struct view *view)
{
    const struct row *record = self->list.count > 0 ? rows_get(app, logs_record_at(self, self->list.cursor)) : NULL;
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

/* The time of the record under the cursor; LW_NO_TIME while it is not known. */
static int64_t chosen_time(struct app *app, const struct logs *self)
{
    const struct row *row = self->list.count > 0 ? rows_get(app, logs_record_at(self, self->list.cursor)) : NULL;

    return row ? row->time_us : LW_NO_TIME;
}

void logs_draw(struct app *app, void *data, const struct view *view, bool has_keys)
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
    if (view->area.rows >= STRIP_MIN_ROWS && view->area.cols >= STRIP_MIN_COLS)
        strip_draw(app, &self->strip, view, top++, chosen_time(app, self));
    if (!self->is_raw && view->area.rows > 6)
        table_head(view, top++, columns_for(app), N_COLUMNS);
    int detail = self->is_detail ? view->area.rows / 2 : 0;
    struct view list = view_part(view, (struct rect){top, 0, view->area.rows - top - detail, view->area.cols});
    struct view below = view_part(view, (struct rect){view->area.rows - detail, 0, detail, view->area.cols});

    draw_rows(app, self, &list, has_keys);
    if (detail > 0)
        draw_detail(app, self, &below);
    if (self->list.count == 0)
        view_text(&list, 0, 2, style_of(ROLE_DIM), self->subset.items ? "no record; q shows all again" : "no records");
}
