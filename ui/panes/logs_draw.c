/* Drawing of the Logs pane: records parsed (time, level, source, component, message with its parameters marked) or raw.
 * A record that is not in the row cache yet is drawn as a placeholder. */
#include "ui/app/marks.h"
#include "ui/kit/text.h"
#include "ui/panes/logs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STRIP_MIN_ROWS = 14, STRIP_MIN_COLS = 60 };

static void describe_subset(const struct app *app, const struct subset *subset, char *out, size_t size)
{
    char count[48];
    size_t len = strlen(text_counted(count, sizeof count, subset->n, "record"));

    if (subset->is_partial)
        snprintf(count + len, sizeof count - len, " so far");
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

/* Part of the message, one line of it, its parameters marked. Returns the column behind it. */
static int draw_message(const struct view *view, int row, size_t skip, const struct row *record, size_t start,
                        size_t len)
{
    const char *message = record->raw + record->message_start;
    size_t at = start, end = start + len;
    int col = 0;

    for (size_t i = 0; i < record->n_spans && record->spans[i].start < end; i++) {
        struct lw_span span = record->spans[i];

        if (span.start < at)
            continue;
        if (span.start + span.len > end)
            span.len = end - span.start;
        col = draw_piece(view, row, col, &skip, style_of(ROLE_TEXT), message + at, span.start - at);
        col = draw_piece(view, row, col, &skip, style_of(ROLE_PARAM), message + span.start, span.len);
        at = span.start + span.len;
    }
    return draw_piece(view, row, col, &skip, style_of(ROLE_TEXT), message + at, end - at);
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
static const struct column columns_of_one[N_COLUMNS] = {{"time", 12, 48, false},
                                                        {"level", 6, 58, false},
                                                        {"source", 12, 10000, false},
                                                        {"component", 14, 98, false},
                                                        {"message", 0, 0, false}};
static const struct column columns_of_several[N_COLUMNS] = {{"time", 12, 48, false},
                                                            {"level", 6, 58, false},
                                                            {"source", 12, 78, false},
                                                            {"component", 14, 110, false},
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

static void draw_columns(const struct app *app, const struct view *view, int row, const struct row *record)
{
    const struct column *columns = columns_for(app);
    char time[32];

    draw_source(app, view, row, record);
    table_text(view, row, columns, N_COLUMNS, COLUMN_TIME, style_of(ROLE_TIME),
               text_time(time, sizeof time, record->time_us, false));
    table_text(view, row, columns, N_COLUMNS, COLUMN_LEVEL, level_style(record->level), lw_level_name(record->level));
    table_cell(view, row, columns, N_COLUMNS, COLUMN_COMPONENT, style_of(ROLE_TIME),
               record->raw + record->component_start, record->component_len);
}

/* The columns of the view that texts of records take. */
static struct view text_part(const struct app *app, const struct logs *self, const struct view *view)
{
    int col = 2, width = view->area.cols - 2;

    if (!self->is_raw && !table_place(view, columns_for(app), N_COLUMNS, COLUMN_MESSAGE, &col, &width))
        width = 0;
    return view_part(view, (struct rect){0, col, view->area.rows, width});
}

/* How many lines (data, len) has. */
static size_t count_lines(const char *data, size_t len)
{
    size_t n = 1;

    for (size_t i = 0; i < len; i++)
        n += data[i] == '\n';
    return n;
}

/* The text of a record, of which its first line is shown, or all when they are unfolded. */
static struct lw_bytes text_of(const struct logs *self, const struct row *record)
{
    return self->is_raw ? (struct lw_bytes){record->raw, record->raw_len}
                        : (struct lw_bytes){record->raw + record->message_start, record->message_len};
}

static size_t line_len(struct lw_bytes text, size_t start)
{
    const char *end = memchr(text.data + start, '\n', text.len - start);

    return end ? (size_t)(end - (text.data + start)) : text.len - start;
}

/* Rows of the screen that a line takes in so many columns. */
static int rows_of_line(const struct logs *self, const char *data, size_t len, int cols)
{
    size_t columns = self->is_wrapped && cols > 0 ? lw_text_columns(data, len) : 0;

    return columns == 0 ? 1 : (int)((columns + (size_t)cols - 1) / (size_t)cols);
}

/* Draws a record's text from a row on, which may be above the view or below it; returns the rows that it takes. */
static int draw_text(const struct app *app, const struct logs *self, const struct view *cell, int row,
                     const struct row *record)
{
    struct lw_bytes text = text_of(self, record);
    size_t n_lines = count_lines(text.data, text.len), start = 0;
    int used = 0, cols = cell->area.cols;

    for (size_t line = 0; line < (self->is_unfolded ? n_lines : 1); line++) {
        size_t len = line_len(text, start);
        int n = rows_of_line(self, text.data + start, len, cols), col = 0;

        for (int i = 0; i < n && row + used < cell->area.rows; i++, used++) {
            size_t skip = self->skip + (size_t)i * (size_t)(cols > 0 ? cols : 0);

            col = self->is_raw
                      ? view_bytes_from(cell, row + used, 0, skip, level_style(record->level), text.data + start, len)
                      : draw_message(cell, row + used, skip, record, start, len);
            mark_matches(app, cell, row + used, 0, skip, text.data + start, len);
        }
        if (!self->is_unfolded && n_lines > 1 && !self->is_raw)
            view_printf(cell, row + used - 1, col + 1, style_of(ROLE_DIM), "+%zu lines", n_lines - 1);
        start += len + 1;
    }
    return used;
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

/* Rows that the record at a position takes, at most `most`. */
static int height_of(struct app *app, const struct logs *self, uint64_t position, int cols, int most)
{
    uint64_t number = logs_record_at(self, position);
    const struct row *record = rows_get(app, number);
    struct lw_mark mark;
    int height = 0;

    if (record) {
        struct lw_bytes text = text_of(self, record);
        size_t start = 0;

        do {
            size_t len = line_len(text, start);

            height += rows_of_line(self, text.data + start, len, cols);
            start += len + 1;
        } while (self->is_unfolded && start <= text.len && height < most);
    }
    height += marks_get(app, number, &mark) && mark.note.len > 0;
    return height < 1 ? 1 : height < most ? height : most;
}

/* Makes the whole of the chosen record visible where records take several rows; a page is what fits. */
static void fit(struct app *app, struct logs *self, const struct view *cell)
{
    struct list *list = &self->list;
    int rows = cell->area.rows, used = 0;
    uint64_t at;

    list_show(list, rows);
    if (list->count == 0 || rows <= 0)
        return;
    for (at = list->cursor + 1; at > list->top && used <= rows; at--)
        used += height_of(app, self, at - 1, cell->area.cols, rows);
    if (used > rows)
        list->top = at < list->cursor ? at + 1 : list->cursor;
    list->page = 0;
    for (used = 0, at = list->top; at < list->count && used < rows; at++) {
        used += height_of(app, self, at, cell->area.cols, rows);
        list->page += used <= rows;
    }
    list->page = list->page > 0 ? list->page : 1;
}

static void draw_note(const struct view *cell, int row, const struct lw_mark *mark)
{
    int col = view_text(cell, row, 0, style_of(ROLE_DIM), "note: ");

    view_bytes(cell, row, col, style_of(ROLE_CARE), mark->note.data, mark->note.len);
}

/* What stands before a record: whether it is chosen, anomalous, marked, and what the detector says. */
static void draw_gutter(const struct app *app, const struct logs *self, const struct view *view, int row,
                        uint64_t number, bool is_chosen)
{
    double score = scores_get(app, &self->scores, number);
    struct lw_mark mark;

    table_mark(view, row, is_chosen, app->symbols);
    if (is_anomalous(app, number))
        view_text(view, row, 1, style_of(ROLE_FAULT), "!");
    if (marks_get(app, number, &mark))
        view_text(view, row, 2, style_with(ROLE_CARE, ATTR_BOLD), "*");
    if (self->scores.items)
        view_text(view, row, 2 + (marks_count(app) > 0),
                  style_of(score > self->scores.threshold ? ROLE_FAULT : ROLE_DIM),
                  scores_sign(&self->scores, score, app->symbols));
}

/* Columns of the gutter beyond the two that every table has. */
static int gutter_cols(const struct app *app, const struct logs *self)
{
    return (marks_count(app) > 0) + (self->scores.items != NULL);
}

static void draw_rows(struct app *app, struct logs *self, const struct view *view, bool has_keys)
{
    int gutter = gutter_cols(app, self), row = 0;
    struct view table = view_part(view, (struct rect){0, gutter, view->area.rows, view->area.cols - gutter});
    struct view cell = text_part(app, self, &table);
    uint64_t position;

    fit(app, self, &cell);
    for (position = self->list.top; position < self->list.count && row < view->area.rows; position++) {
        uint64_t number = logs_record_at(self, position);
        const struct row *record = rows_get(app, number);
        struct lw_mark mark;
        int first = row;

        if (!record)
            view_text(&table, row++, 2, style_of(ROLE_DIM), app->symbols->dot);
        else {
            if (!self->is_raw)
                draw_columns(app, &table, row, record);
            row += cell.area.cols > 0 ? draw_text(app, self, &cell, row, record) : 1;
        }
        if (row < view->area.rows && marks_get(app, number, &mark) && mark.note.len > 0)
            draw_note(&cell, row++, &mark);
        draw_gutter(app, self, view, first, number, position == self->list.cursor);
        if (position == self->list.cursor)
            view_add_attrs(&table, first, 2, 12, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
    /* the next page is fetched with this one, so that paging finds it there */
    for (int i = 0; i < view->area.rows && position + (uint64_t)i < self->list.count; i++)
        rows_get(app, logs_record_at(self, position + (uint64_t)i));
}

static void draw_detail(struct app *app, struct logs *self, const struct view *view)
{
    const struct row *record = self->list.count > 0 ? rows_get(app, logs_record_at(self, self->list.cursor)) : NULL;
    char time[64];
    size_t n_traces = 0;
    const uint32_t *traces = NULL;
    struct lw_mark mark;
    double score;
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
    score = scores_get(app, &self->scores, record->record);
    if (!isnan(score))
        view_printf(view, row++, 2, style_of(score > self->scores.threshold ? ROLE_FAULT : ROLE_DIM),
                    "detector machine: score %.4g, threshold %.4g: %s", score, self->scores.threshold,
                    score > self->scores.threshold ? "flagged" : "not flagged");
    if (marks_get(app, record->record, &mark) && mark.note.len > 0) {
        struct view note = view_part(view, (struct rect){0, 2, view->area.rows, view->area.cols - 2});

        draw_note(&note, row++, &mark);
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
    scores_renew(app, &self->scores);
    if (self->subset.items) {
        describe_subset(app, &self->subset, text, sizeof text);
        view_text(view, top, 2, style_with(ROLE_TEXT, ATTR_BOLD), text);
        top++;
    }
    if (view->area.rows >= STRIP_MIN_ROWS && view->area.cols >= STRIP_MIN_COLS)
        strip_draw(app, &self->strip, view, top++, chosen_time(app, self));
    if (!self->is_raw && view->area.rows > 6) {
        int gutter = gutter_cols(app, self);
        struct view head = view_part(view, (struct rect){top++, gutter, 1, view->area.cols - gutter});

        table_head(&head, 0, columns_for(app), N_COLUMNS);
    }
    int detail = self->is_detail ? view->area.rows / 2 : 0;
    struct view list = view_part(view, (struct rect){top, 0, view->area.rows - top - detail, view->area.cols});
    struct view below = view_part(view, (struct rect){view->area.rows - detail, 0, detail, view->area.cols});

    draw_rows(app, self, &list, has_keys);
    if (detail > 0)
        draw_detail(app, self, &below);
    if (self->list.count == 0)
        view_text(&list, 0, 2, style_of(ROLE_DIM), self->subset.items ? "no record; q shows all again" : "no records");
}
