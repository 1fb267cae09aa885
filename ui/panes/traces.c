/* Variants, the traces of one (or of a transition), one trace as a timeline, and two traces compared. */
#include "ui/panes/traces.h"

#include "ui/app/jobs.h"
#include "ui/kit/text.h"

#include <stdlib.h>
#include <string.h>

struct traces *traces_of(const struct app *app)
{
    return app->panes[PANE_TRACES];
}

const char *traces_view(const struct app *app)
{
    static const char *const names[] = {"variants", "list", "timeline", "diff"};

    return names[traces_of(app)->level];
}

static struct list *list_of(struct traces *self)
{
    struct list *lists[] = {&self->variants, &self->list, &self->events, &self->diff};

    return lists[self->level];
}

/* As they were found, until a job has put them in order. */
void traces_show(struct app *app, struct subset *subset)
{
    struct traces *self = traces_of(app);
    struct trace_order order = {malloc((subset->n + 1) * sizeof *order.items), subset->n};

    if (!order.items) {
        app_say(app, "out of memory");
        return;
    }
    if (subset->n > 0)
        memcpy(order.items, subset->items, subset->n * sizeof *order.items);
    free(self->order[LIST].items);
    self->order[LIST] = order;
    subset_release(&self->subset);
    self->subset = *subset;
    self->n_of_variants = 0;
    free(self->filter[LIST]);
    self->filter[LIST] = NULL;
    self->is_due[LIST] = self->sort[LIST] != SORT_FOUND;
    list_set_count(&self->list, subset->n);
    list_go(&self->list, 0);
    self->level = LIST;
    app_show_pane(app, PANE_TRACES);
}

/* The event under the cursor of a timeline or a diff; false if there is none. */
static bool chosen_event(const struct app *app, const struct traces *self, struct lw_trace *trace, size_t *event)
{
    size_t a, b, index = self->trace;

    if (self->level == TIMELINE) {
        *event = (size_t)self->events.cursor;
    } else if (self->level == DIFF && self->diff.count > 0) {
        traces_diff_row(&self->rows, (size_t)self->diff.cursor, &a, &b);
        index = b != SIZE_MAX ? self->trace : self->compared;
        *event = b != SIZE_MAX ? b : a;
    } else {
        return false;
    }
    return lw_traces_get(app->session->traces, index, trace, NULL) == 0 && *event < trace->n_events;
}

static void follow_event(struct app *app, const struct traces *self)
{
    struct lw_trace trace;
    size_t event;

    if (chosen_event(app, self, &trace, &event))
        app_select_template(app, trace.templates[event]);
}

void traces_open(struct app *app, size_t trace, size_t event)
{
    struct traces *self = traces_of(app);
    struct lw_trace found;

    if (lw_traces_get(app->session->traces, trace, &found, NULL) != 0)
        return;
    if (self->level == VARIANTS || self->level == LIST)
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

static void draw_traces(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct traces *self = data;
    enum traces_level rows = self->level == LIST ? LIST : VARIANTS;

    if (draw_absence(app, view, false))
        return;
    if ((self->is_due[rows] || !self->stats) && !jobs_is_busy(app->jobs, JOB_TRACES))
        traces_arrange(app, self, rows);
    if (self->level == TIMELINE)
        traces_draw_timeline(app, self, view, has_keys);
    else if (self->level == DIFF)
        traces_draw_diff(app, self, view, has_keys);
    else
        traces_draw_list(app, self, view, has_keys);
}

/* ---- actions ---- */

static void open_row(struct app *app, struct traces *self)
{
    struct lw_trace trace;
    size_t event;

    if (self->level == VARIANTS && self->variants.count > 0) {
        if (traces_is_current(app, self->stats->session))
            traces_list_line(
                app, self,
                &self->stats->lines[self->is_shown_unordered][self->order[VARIANTS].items[self->variants.cursor]]);
    } else if (self->level == LIST && self->list.count > 0) {
        traces_open(app, (size_t)self->order[LIST].items[self->list.cursor], 0);
    } else if (chosen_event(app, self, &trace, &event)) {
        if (app->session->log && trace.records && trace.records[event] != LW_NO_RECORD)
            logs_go_record(app, trace.records[event]);
        else
            app_say(app, "this event has no record in the log");
    }
}

static enum action close_level(struct app *app, struct traces *self)
{
    enum pane_id from = self->level == TIMELINE ? self->from : self->level == LIST ? self->subset.from : PANE_TRACES;

    if (self->level == VARIANTS)
        return ACT_CLOSE;
    self->level = self->level == DIFF ? self->above_diff : self->level == TIMELINE ? self->above : VARIANTS;
    if (from != PANE_TRACES)
        app_show_pane(app, from);
    return ACT_NONE;
}

/* The trace that actions on one mean; NO_INDEX, with a word to the user, if there is none. */
static size_t chosen_trace(struct app *app, const struct traces *self)
{
    if (self->level == TIMELINE || self->level == DIFF)
        return self->trace;
    if (self->level == LIST && self->list.count > 0)
        return (size_t)self->order[LIST].items[self->list.cursor];
    app_say(app, "Enter opens the variant; choose one of its traces first");
    return NO_INDEX;
}

static void mark_trace(struct app *app, struct traces *self)
{
    size_t trace = chosen_trace(app, self);

    if (trace == NO_INDEX)
        return;
    self->marked = self->marked == trace + 1 ? 0 : trace + 1;
    app_say(app, "%s", self->marked ? "marked: d compares another trace with it" : "not marked any more");
}

/* Without a mark, with an example of the most frequent variant: what is usual. */
static void diff_traces(struct app *app, struct traces *self)
{
    size_t trace = chosen_trace(app, self), with = self->marked > 0 ? self->marked - 1 : NO_INDEX;
    struct lw_variant variant;

    if (trace == NO_INDEX)
        return;
    if (with == NO_INDEX && lw_traces_variant(app->session->traces, 0, &variant, NULL) == 0) {
        with = variant.example;
        app_say(app, "compared with a trace of the most frequent variant; m marks another one");
    }
    if (with != NO_INDEX)
        traces_start_diff(app, with, trace);
}

static void set_filter(struct app *app, const char *line)
{
    struct traces *self = traces_of(app);
    struct lw_finder *finder;
    struct lw_error err;

    if (self->level != VARIANTS && self->level != LIST)
        return;
    if (*line && lw_finder_new(line, &finder, &err) != 0) {
        app_say(app, "%s", err.text);
        return;
    }
    if (*line)
        lw_finder_free(finder);
    free(self->filter[self->level]);
    self->filter[self->level] = *line ? text_copy(line, strlen(line)) : NULL;
    traces_arrange(app, self, self->level);
}

static void search(struct app *app, const char *line)
{
    struct traces *self = traces_of(app);

    if (*line) {
        free(self->search);
        self->search = text_copy(line, strlen(line));
    }
    if (self->search)
        traces_find(app, self, self->search, false);
}

static void next_sort(struct app *app, struct traces *self)
{
    static const char *const names[] = {"as they come", "how long they take", "number of events",
                                        "rarity: bits an event", "what is odd"};

    self->sort[self->level] = (self->sort[self->level] + 1) % N_SORTS;
    list_go(list_of(self), 0);
    app_say(app, "ordered by %s",
            self->level == VARIANTS && self->sort[VARIANTS] == SORT_FOUND ? "count" : names[self->sort[self->level]]);
    traces_arrange(app, self, self->level);
}

/* Of the lists alone. */
static enum action act_rows(struct app *app, struct traces *self, enum action action)
{
    switch (action) {
    case ACT_SORT_TRACES:
        next_sort(app, self);
        return ACT_NONE;
    case ACT_FILTER_TEXT:
        app_prompt(app, "only: ", self->filter[self->level] ? self->filter[self->level] : "", set_filter);
        return ACT_NONE;
    case ACT_ANY_ORDER:
        self->is_unordered = !self->is_unordered;
        self->level = VARIANTS;
        app_say(app, self->is_unordered ? "variants in whatever order their events come"
                                        : "variants by the order of events");
        traces_arrange(app, self, VARIANTS);
        return ACT_NONE;
    default:
        return action;
    }
}

static enum action act_trace(struct app *app, struct traces *self, enum action action)
{
    size_t trace;

    switch (action) {
    case ACT_TRACE_LOGS:
        trace = chosen_trace(app, self);
        if (trace != NO_INDEX)
            find_start_subset(app, SUBSET_TRACE, trace, NULL);
        return ACT_NONE;
    case ACT_MARK_TRACE:
        mark_trace(app, self);
        return ACT_NONE;
    case ACT_DIFF:
        diff_traces(app, self);
        return ACT_NONE;
    case ACT_CLOCK:
        self->is_absolute = !self->is_absolute;
        return ACT_NONE;
    case ACT_ALL_TRACES:
        traces_list_line(app, self, NULL);
        return ACT_NONE;
    case ACT_SEARCH:
        app_prompt(app, "/", "", search);
        return ACT_NONE;
    case ACT_FIND_NEXT:
    case ACT_FIND_PREVIOUS:
        if (!self->search)
            return action;
        traces_find(app, self, self->search, action == ACT_FIND_PREVIOUS);
        return ACT_NONE;
    default:
        return action;
    }
}

static enum action act_traces(struct app *app, void *data, enum action action)
{
    struct traces *self = data;

    if (action == ACT_CLOSE)
        return close_level(app, self);
    if (!app_is_learned(app))
        return action;
    if (list_act(list_of(self), action) == ACT_NONE) {
        if (self->level == LIST && self->list.count > 0)
            app_select_trace(app, (size_t)self->order[LIST].items[self->list.cursor]);
        follow_event(app, self);
        return ACT_NONE;
    }
    switch (action) {
    case ACT_OPEN:
    case ACT_RIGHT:
        if (action == ACT_OPEN || self->level == VARIANTS || self->level == LIST)
            open_row(app, self);
        return ACT_NONE;
    case ACT_LEFT:
        close_level(app, self);
        return ACT_NONE;
    default:
        if (self->level == VARIANTS || self->level == LIST)
            action = act_rows(app, self, action);
        return action == ACT_NONE ? ACT_NONE : act_trace(app, self, action);
    }
}

static void sync_traces(struct app *app, void *data, unsigned what)
{
    struct traces *self = data;

    (void)app;
    if (!(what & SYNC_SESSION))
        return;
    self->is_due[VARIANTS] = true;
    if (what & SYNC_GROWN || (what & SYNC_EDITED && self->level != LIST))
        return; /* traces stay what they are when templates are edited, or records added */
    self->level = VARIANTS;
    self->variants = (struct list){.count = 0};
    self->marked = 0;
    trace_stats_free(self->stats);
    self->stats = NULL;
    free(self->order[VARIANTS].items);
    self->order[VARIANTS] = (struct trace_order){NULL, 0};
}

static void release_traces(void *data)
{
    struct traces *self = data;

    subset_release(&self->subset);
    trace_stats_free(self->stats);
    alignment_rows_release(&self->rows);
    scores_release(&self->scores);
    for (int i = 0; i < 2; i++) {
        free(self->order[i].items);
        free(self->filter[i]);
    }
    free(self->search);
}

const struct pane pane_traces = {
    .title = "Traces",
    .size = sizeof(struct traces),
    .hints = (const struct hint[]){{ACT_OPEN, "open"},
                                   {ACT_SORT_TRACES, "order"},
                                   {ACT_ANY_ORDER, "any order"},
                                   {ACT_MARK_TRACE, "mark"},
                                   {ACT_DIFF, "diff"},
                                   {ACT_FILTER_TEXT, "filter"},
                                   {ACT_TRACE_LOGS, "records"},
                                   {ACT_NONE, NULL}},
    .draw = draw_traces,
    .act = act_traces,
    .sync = sync_traces,
    .release = release_traces,
};
