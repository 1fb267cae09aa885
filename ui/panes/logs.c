/*
 * The records. The pane holds positions only; text comes from the row cache. What is here is where the cursor is, which
 * records are shown, and what keys do; logs_draw.c draws, logs_strip.c draws time.
 */
#include "ui/panes/logs.h"

#include "ui/app/feed.h"
#include "ui/app/jobs.h"
#include "ui/app/marks.h"
#include "ui/kit/text.h"

#include <stdlib.h>
#include <string.h>

static struct logs *logs_of(const struct app *app)
{
    return app->panes[PANE_LOGS];
}

uint64_t logs_record_at(const struct logs *self, uint64_t position)
{
    return self->subset.items ? self->subset.items[position] : position;
}

uint64_t logs_record(const struct app *app)
{
    const struct logs *self = logs_of(app);

    return self->list.count > 0 ? logs_record_at(self, self->list.cursor) : 0;
}

const struct subset *logs_subset(const struct app *app)
{
    return &logs_of(app)->subset;
}

struct strip *logs_strip(const struct app *app)
{
    return &logs_of(app)->strip;
}

uint64_t logs_position(const struct app *app)
{
    return logs_of(app)->list.cursor;
}

static void follow_cursor(struct app *app, struct logs *self)
{
    if (self->list.count > 0)
        app_select_record(app, logs_record_at(self, self->list.cursor));
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

void logs_go_near(struct app *app, uint64_t record)
{
    struct logs *self = logs_of(app);

    list_go(&self->list, position_of(self, record));
    follow_cursor(app, self);
}

static void show_all(struct app *app, struct logs *self)
{
    uint64_t record = self->list.count > 0 ? logs_record_at(self, self->list.cursor) : 0;

    subset_release(&self->subset);
    list_set_count(&self->list, app->session && app->session->log ? lw_log_count(app->session->log) : 0);
    list_go(&self->list, record);
}

const struct row *logs_cursor_row(const struct app *app)
{
    return logs_of(app)->list.count > 0 ? rows_peek(app, logs_record(app)) : NULL;
}

void logs_go_end(struct app *app)
{
    struct logs *self = logs_of(app);

    list_move(&self->list, LIST_LAST);
    follow_cursor(app, self);
}

static bool is_at_end(const struct logs *self)
{
    return self->list.cursor + 1 >= self->list.count;
}

/* What followed at the end stays there. */
static void set_count(struct app *app, struct logs *self, uint64_t count)
{
    bool is_kept_last = feed_is_following(app) && is_at_end(self);

    list_set_count(&self->list, count);
    if (is_kept_last)
        list_move(&self->list, LIST_LAST);
}

void logs_grow(struct app *app, bool is_moved, uint64_t was, uint64_t is)
{
    struct logs *self = logs_of(app);

    if (self->subset.items)
        return; /* what was added is filtered in a job */
    uint64_t count = lw_log_count(app->session->log), cursor = self->list.cursor, below = self->list.count - cursor;
    bool is_lost = app->selection.record == LW_NO_RECORD; /* numbers are others now */

    set_count(app, self, count);
    if (is_lost && !(feed_is_following(app) && is_at_end(self))) {
        uint64_t row = cursor - (self->list.top < cursor ? self->list.top : cursor);
        uint64_t now = is_moved && is != LW_NO_RECORD ? is + cursor - was : count > below ? count - below : 0;

        list_go(&self->list, now);
        self->list.top = self->list.cursor > row ? self->list.cursor - row : 0;
    }
    follow_cursor(app, self);
}

void logs_add(struct app *app, const struct subset *more)
{
    struct logs *self = logs_of(app);
    uint64_t *grown;

    if (more->n > 0) {
        grown = realloc(self->subset.items, (self->subset.n + more->n) * sizeof *grown);
        if (!grown) {
            app_say(app, "out of memory while filtering");
            return;
        }
        memcpy(grown + self->subset.n, more->items, more->n * sizeof *grown);
        self->subset.items = grown;
        self->subset.n += more->n;
        set_count(app, self, self->subset.n);
    }
    self->subset.n_seen = more->n_seen;
}

void logs_show_all(struct app *app)
{
    show_all(app, logs_of(app));
    follow_cursor(app, logs_of(app));
    app_show_pane(app, PANE_LOGS);
}

void logs_go_record(struct app *app, uint64_t record)
{
    struct logs *self = logs_of(app);

    show_all(app, self);
    logs_go_near(app, record);
    app_show_pane(app, PANE_LOGS);
}

void logs_show(struct app *app, struct subset *subset)
{
    struct logs *self = logs_of(app);
    uint64_t record = self->list.count > 0 ? logs_record_at(self, self->list.cursor) : 0;
    bool is_shown = self->subset.serial > 0 && self->subset.serial == subset->serial;

    if (is_shown && self->list.cursor == self->place)
        record = self->origin;
    subset_release(&self->subset);
    self->subset = *subset;
    if (!self->subset.items)
        self->subset.items = calloc(1, sizeof *self->subset.items); /* nothing matches: shown as an empty list */
    list_set_count(&self->list, self->subset.n);
    list_go(&self->list, position_of(self, record));
    if (!is_shown)
        app_show_pane(app, PANE_LOGS);
    follow_cursor(app, self);
}

/* The first hits show until one comes that is not before the record that was chosen; that one is gone to, unless the
 * user moved. */
void logs_stream(struct app *app, const struct subset *found)
{
    struct logs *self = logs_of(app);
    bool is_first = self->subset.serial != found->serial;
    size_t n_known = is_first ? 0 : self->subset.n;
    uint64_t *items;

    if (found->n == n_known)
        return;
    items = realloc(is_first ? NULL : self->subset.items, found->n * sizeof *items);
    if (!items)
        return;
    memcpy(items + n_known, found->items + n_known, (found->n - n_known) * sizeof *items);
    if (is_first) {
        self->origin = logs_record(app);
        self->place = self->list.top = self->list.cursor = 0;
        subset_release(&self->subset);
        self->subset = *found;
        self->subset.text = text_copy_or_null(found->text);
        self->subset.is_partial = true;
        app_show_pane(app, PANE_LOGS);
    }
    self->subset.items = items;
    self->subset.n = found->n;
    list_set_count(&self->list, found->n);
    if (self->list.cursor == self->place && position_of(self, self->origin) < found->n) {
        list_go(&self->list, position_of(self, self->origin));
        self->place = self->list.cursor;
    }
    follow_cursor(app, self);
}

/* ---- actions ---- */

static void filter_like_cursor(struct app *app, const struct logs *self, enum subset_kind kind)
{
    uint64_t record = logs_record_at(self, self->list.cursor);
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
    if (self->subset.is_partial)
        jobs_cancel(app->jobs, JOB_FILTER);
    show_all(app, self);
    if (from != PANE_LOGS)
        app_show_pane(app, from);
    return ACT_NONE;
}

static void take_filter(struct app *app, const char *line)
{
    if (*line)
        find_start_filter(app, line, false);
}

static void take_filter_out(struct app *app, const char *line)
{
    if (*line)
        find_start_filter(app, line, true);
}

void logs_go_time(struct app *app, const char *text)
{
    struct lw_reader *reader;
    struct lw_record record;
    struct lw_error err;
    int64_t near = LW_NO_TIME, first, last, time_us;
    uint64_t found;

    if (!app->session || !app->session->log || !lw_log_times(app->session->log, &first, &last)) {
        app_say(app, "no record has a time");
        return;
    }
    if (lw_reader_new(app->session->log, &reader, NULL) == 0) {
        if (lw_reader_get(reader, logs_record(app), &record, NULL) == 0)
            near = record.time_us;
        lw_reader_free(reader);
    }
    if (lw_time_read(text, near != LW_NO_TIME ? near : first, last, &time_us, &err) != 0) {
        app_say(app, "%s", err.text);
        return;
    }
    found = lw_log_seek(app->session->log, time_us);
    if (found == LW_NO_RECORD)
        app_say(app, "no record is as late as %s; this is the last one", text);
    logs_go_near(app, found == LW_NO_RECORD ? lw_log_count(app->session->log) - 1 : found);
}

static void take_time(struct app *app, const char *line)
{
    if (*line)
        logs_go_time(app, line);
}

/* To the first record a stretch of time later, or the last one that is earlier by it. */
static void go_by(struct app *app, const struct logs *self, int64_t stretch_us)
{
    const struct row *row = self->list.count > 0 ? rows_get(app, logs_record(app)) : NULL;
    uint64_t found;

    if (!row || row->time_us == LW_NO_TIME) {
        app_say(app, "this record has no time");
        return;
    }
    found = lw_log_seek(app->session->log, row->time_us + stretch_us);
    logs_go_near(app, found == LW_NO_RECORD ? lw_log_count(app->session->log) - 1 : found);
}

/* Into the end of sources that are still indexed, and out of it. */
static bool act_end(struct app *app, const struct logs *self, enum action action)
{
    if (action == ACT_LAST)
        return feed_show_end(app);
    if (!app->session->is_end)
        return false;
    if (action == ACT_FIRST)
        return feed_leave_end(app);
    if ((action != ACT_UP && action != ACT_PAGE_UP && action != ACT_HALF_UP) || self->list.cursor > 0)
        return false;
    if (feed_leave_end(app))
        logs_go_end(app);
    return true;
}

static void toggle_mark(struct app *app, uint64_t record)
{
    struct lw_mark mark;

    if (!marks_get(app, record, &mark)) {
        marks_set(app, record, "");
        return;
    }
    if (mark.note.len > 0)
        app_say(app, "the mark and its note are gone; U brings them back");
    marks_set(app, record, NULL);
}

static void take_note(struct app *app, const char *line)
{
    marks_set(app, logs_record(app), line);
}

static void ask_note(struct app *app, uint64_t record)
{
    struct lw_mark mark;
    char *text = marks_get(app, record, &mark) ? text_copy(mark.note.data, mark.note.len) : NULL;

    if (app->marks)
        app_prompt(app, "note: ", text ? text : "", take_note);
    else
        marks_set(app, record, ""); /* which says why not */
    free(text);
}

/* To the next marked record of those that are shown; wraps around. */
static void go_mark(struct app *app, struct logs *self, bool is_back)
{
    size_t n = marks_count(app), at;
    uint64_t record = logs_record(app);
    struct lw_mark mark;

    if (n == 0) {
        app_say(app, "no record is marked");
        return;
    }
    at = lw_marks_seek(app->marks, is_back ? record : record + 1);
    for (size_t i = 0; i < n; i++) {
        size_t index = is_back ? (at + 2 * n - 1 - i) % n : (at + i) % n;
        uint64_t position;

        if (lw_marks_get(app->marks, index, &mark, NULL) != 0)
            return;
        position = position_of(self, mark.record);
        if (position < self->list.count && logs_record_at(self, position) == mark.record) {
            if (is_back ? mark.record >= record : mark.record <= record)
                app_say(app, is_back ? "went on from the end" : "went on from the start");
            logs_go_near(app, mark.record);
            return;
        }
    }
    app_say(app, "none of the records shown is marked");
}

/* Actions on marks; false if it is none. */
static bool act_on_marks(struct app *app, struct logs *self, enum action action)
{
    switch (action) {
    case ACT_MARK_RECORD:
        if (self->list.count > 0)
            toggle_mark(app, logs_record(app));
        return true;
    case ACT_NOTE:
        if (self->list.count > 0)
            ask_note(app, logs_record(app));
        return true;
    case ACT_NEXT_MARK:
    case ACT_PREVIOUS_MARK:
        go_mark(app, self, action == ACT_PREVIOUS_MARK);
        return true;
    case ACT_ONLY_MARKS:
        if (marks_count(app) > 0)
            find_start_filter(app, "mark=~.*", false);
        else
            app_say(app, "no record is marked");
        return true;
    default:
        return false;
    }
}

static enum action act_logs(struct app *app, void *data, enum action action)
{
    struct logs *self = data;

    if (action == ACT_CLOSE)
        return close_view(app, self);
    if (!app->session || !app->session->log)
        return action;
    if (act_end(app, self, action))
        return ACT_NONE;
    if (list_act(&self->list, action) == ACT_NONE) {
        follow_cursor(app, self);
        return ACT_NONE;
    }
    if (act_on_marks(app, self, action))
        return ACT_NONE;
    switch (action) {
    case ACT_WRAP:
        self->is_wrapped = !self->is_wrapped;
        self->skip = 0;
        return ACT_NONE;
    case ACT_UNFOLD:
        self->is_unfolded = !self->is_unfolded;
        return ACT_NONE;
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
        app_prompt(app, "only records with: ", "", take_filter);
        return ACT_NONE;
    case ACT_FILTER_OUT:
        app_prompt(app, "only records without: ", "", take_filter_out);
        return ACT_NONE;
    case ACT_GO_TIME:
        app_prompt(app, "go to the time: ", "", take_time);
        return ACT_NONE;
    case ACT_HOUR_LATER:
    case ACT_HOUR_EARLIER:
        go_by(app, self, (action == ACT_HOUR_LATER ? 1 : -1) * INT64_C(3600) * 1000000);
        return ACT_NONE;
    case ACT_WHY:
        if (self->list.count > 0)
            output_explain(app, logs_record(app));
        return ACT_NONE;
    case ACT_FOLLOW:
        feed_follow(app, !feed_is_following(app));
        if (feed_is_following(app) && !feed_show_end(app))
            logs_go_end(app);
        app_say(app, feed_is_following(app) ? "following: at the end, new records stay in view" : "not following");
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
    if (what & SYNC_GROWN) {
        logs_grow(app, false, 0, 0);
        return;
    }
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
    struct logs *self = data;

    subset_release(&self->subset);
    strip_release(&self->strip);
    scores_release(&self->scores);
}

const struct pane pane_logs = {
    .title = "Logs",
    .size = sizeof(struct logs),
    .hints = (const struct hint[]){{ACT_OPEN, "whole"},
                                   {ACT_SEARCH, "search"},
                                   {ACT_NEXT_ERROR, "next error"},
                                   {ACT_FILTER_TEMPLATE, "its template"},
                                   {ACT_FILTER_TRACE, "its trace"},
                                   {ACT_FILTER_TEXT, "filter"},
                                   {ACT_MARK_RECORD, "mark"},
                                   {ACT_NONE, NULL}},
    .draw = logs_draw,
    .act = act_logs,
    .sync = sync_logs,
    .release = release_logs,
};
