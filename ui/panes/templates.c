/*
 * The templates in an order of choice, with how they lie in time and what changed since a mark, and the parameters of
 * one with the values that were seen.
 */
#include "ui/kit/chart.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum order { BY_COUNT, BY_LEVEL, BY_FIRST, BY_LAST, BY_CHANGE, BY_TEXT, N_ORDERS };

struct ranked {
    uint32_t index, id;
    uint64_t count;
    int64_t first_us, last_us;
    enum lw_level level;
    int change; /* since the mark: 2 new, 1 surging */
    struct lw_bytes text;
};

struct templates {
    struct list list, slots;
    struct ranked *ranked; /* [list.count] */
    enum order order;
    bool is_slots;
    uint64_t total;
    int64_t mark_us; /* LW_NO_TIME: none */
    bool has_begun;
    char needle[100]; /* what is looked for in the texts */
};

static int by_count(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count ? 1 : -1) : x->index < y->index ? -1 : x->index > y->index;
}

static int by_level(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return x->level != y->level ? (x->level < y->level ? 1 : -1) : by_count(a, b);
}

static int by_first(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return x->first_us != y->first_us ? (x->first_us < y->first_us ? -1 : 1) : x->index < y->index ? -1 : 1;
}

static int by_last(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return x->last_us != y->last_us ? (x->last_us > y->last_us ? -1 : 1) : by_count(a, b);
}

static int by_change(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return x->change != y->change ? (x->change > y->change ? -1 : 1) : by_count(a, b);
}

static int by_text(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    size_t len = x->text.len < y->text.len ? x->text.len : y->text.len;
    int order = memcmp(x->text.data, y->text.data, len);

    return order != 0 ? order : x->text.len != y->text.len ? (x->text.len < y->text.len ? -1 : 1) : by_count(a, b);
}

static void choose(struct templates *self, uint32_t id)
{
    for (uint64_t i = 0; i < self->list.count; i++)
        if (self->ranked[i].id == id) {
            list_go(&self->list, i);
            return;
        }
}

static void sort(struct templates *self)
{
    static int (*const orders[N_ORDERS])(const void *, const void *) = {by_count, by_level,  by_first,
                                                                        by_last,  by_change, by_text};
    uint32_t id = self->list.count > 0 ? self->ranked[self->list.cursor].id : 0;

    if (self->list.count == 0)
        return;
    qsort(self->ranked, (size_t)self->list.count, sizeof *self->ranked, orders[self->order]);
    choose(self, id);
}

static void find_changes(const struct app *app, struct templates *self)
{
    for (uint64_t i = 0; i < self->list.count; i++) {
        struct lw_change change;

        self->ranked[i].change = 0;
        if (self->mark_us != LW_NO_TIME &&
            lw_template_change(app->session->workspace, self->ranked[i].index, self->mark_us, &change, NULL) == 0)
            self->ranked[i].change = change.is_new ? 2 : change.is_surging;
    }
}

/* The mark is where the chosen template began; there, it is taken away. */
static void set_mark(struct app *app, struct templates *self)
{
    int64_t first_us = self->ranked[self->list.cursor].first_us;
    size_t n_new = 0, n_surging = 0;
    char text[64];

    if (first_us == LW_NO_TIME) {
        app_say(app, "nothing of this template has a time");
        return;
    }
    self->mark_us = self->mark_us == first_us ? LW_NO_TIME : first_us;
    find_changes(app, self);
    sort(self);
    for (uint64_t i = 0; i < self->list.count; i++) {
        n_new += self->ranked[i].change == 2;
        n_surging += self->ranked[i].change == 1;
    }
    if (self->mark_us == LW_NO_TIME)
        app_say(app, "no mark");
    else
        app_say(app, "mark at %s: %zu new since (+), %zu surging (^)", text_time(text, sizeof text, first_us, true),
                n_new, n_surging);
}

static bool contains(struct lw_bytes text, const char *needle)
{
    size_t n = strlen(needle);

    for (size_t at = 0; n > 0 && at + n <= text.len; at++)
        if (strncasecmp(text.data + at, needle, n) == 0)
            return true;
    return false;
}

static void find_text(struct app *app, struct templates *self, bool is_backward)
{
    uint64_t n = self->list.count;

    for (uint64_t i = 1; i <= n; i++) {
        uint64_t at = (self->list.cursor + (is_backward ? n - i : i)) % n;

        if (contains(self->ranked[at].text, self->needle)) {
            list_go(&self->list, at);
            app_select_template(app, self->ranked[at].id);
            return;
        }
    }
    app_say(app, "no template holds %s", self->needle);
}

static void look_for(struct app *app, const char *line)
{
    struct templates *self = app->panes[PANE_TEMPLATES];

    if (line[0] != '\0')
        snprintf(self->needle, sizeof self->needle, "%s", line);
    if (self->needle[0] != '\0' && self->list.count > 0)
        find_text(app, self, false);
}

static void rank(const struct app *app, struct templates *self)
{
    const struct lw_workspace *workspace = app->session->workspace;
    size_t n = workspace ? lw_template_count(workspace) : 0, kept = 0;
    uint32_t id = self->list.count > 0 ? self->ranked[self->list.cursor].id : 0;

    if (!self->has_begun)
        self->mark_us = LW_NO_TIME;
    self->has_begun = true;
    free(self->ranked);
    self->total = 0;
    self->ranked = calloc(n + 1, sizeof *self->ranked);
    for (size_t i = 0; self->ranked && i < n; i++) {
        struct lw_template template;

        if (lw_template_get(workspace, i, &template, NULL) != 0)
            continue;
        self->ranked[kept++] =
            (struct ranked){(uint32_t)i,    template.id, template.count, template.first_us, template.last_us,
                            template.level, 0,           template.text};
        self->total += template.count;
    }
    list_set_count(&self->list, kept);
    self->list.cursor = 0;
    find_changes(app, self);
    sort(self);
    choose(self, id);
}

#define TREND 8 /* columns of a template's activity */

enum {
    COLUMN_ID,
    COLUMN_SIGN,
    COLUMN_COUNT,
    COLUMN_SHARE,
    COLUMN_LEVEL,
    COLUMN_TREND,
    COLUMN_FIRST,
    COLUMN_LAST,
    COLUMN_TEXT,
    N_COLUMNS
};
static const struct column columns[N_COLUMNS] = {
    {"id", 6, 0, false},       {"", 2, 0, false},        {"count", 10, 50, true},
    {"share", 6, 70, true},    {"level", 6, 60, false},  {"when", TREND, 76, false},
    {"first", 12, 120, false}, {"last", 12, 120, false}, {"template", 0, 0, false},
};

/* The template's events over the time of the whole log. */
static void draw_trend(const struct app *app, const struct view *view, int row, size_t index)
{
    struct lw_activity activity;
    struct lw_summary summary;
    double bars[TREND] = {0};
    int col, width;

    if (!table_place(view, columns, N_COLUMNS, COLUMN_TREND, &col, &width) ||
        lw_template_activity(app->session->workspace, index, &activity, NULL) != 0)
        return;
    lw_workspace_summary(app->session->workspace, &summary);
    double span = (double)summary.last_us - (double)summary.first_us + 1;

    for (size_t i = 0; i < activity.n; i++) {
        double middle = (double)activity.start_us + ((double)i + .5) * (double)activity.bin_us;
        int bar = (int)((middle - (double)summary.first_us) / span * TREND);

        bars[bar < 0 ? 0 : bar >= TREND ? TREND - 1 : bar] += (double)activity.counts[i];
    }
    chart_spark(view, row, col, bars, TREND, app->symbols);
}

/* The text with its <*> marked. */
static void draw_text(const struct view *view, int row, int col, struct lw_bytes text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t end = at;
        bool is_slot = text.len - at >= 3 && memcmp(text.data + at, "<*>", 3) == 0;

        if (is_slot)
            end = at + 3;
        else
            while (end < text.len && !(text.len - end >= 3 && memcmp(text.data + end, "<*>", 3) == 0))
                end++;
        col = view_bytes(view, row, col, style_of(is_slot ? ROLE_PARAM : ROLE_TEXT), text.data + at, end - at);
        at = end;
    }
}

static void draw_row(const struct app *app, const struct templates *self, const struct view *view, int row,
                     const struct ranked *ranked)
{
    struct lw_template template;
    char text[64];
    int col, width;

    if (lw_template_get(app->session->workspace, ranked->index, &template, NULL) != 0)
        return;
    table_text(view, row, columns, N_COLUMNS, COLUMN_ID, style_of(ROLE_TEXT),
               text_template(text, sizeof text, template.id));
    snprintf(text, sizeof text, "%s%s",
             ranked->change == 2   ? "+"
             : ranked->change == 1 ? "^"
                                   : "",
             template.is_pinned ? "=" : "");
    table_text(view, row, columns, N_COLUMNS, COLUMN_SIGN, style_with(ROLE_TEXT, ATTR_BOLD), text);
    draw_trend(app, view, row, ranked->index);
    table_text(view, row, columns, N_COLUMNS, COLUMN_COUNT, style_of(ROLE_TEXT),
               text_count(text, sizeof text, template.count));
    table_text(view, row, columns, N_COLUMNS, COLUMN_SHARE, style_of(ROLE_DIM),
               text_share(text, sizeof text, self->total ? (double)template.count / (double)self->total : 0));
    table_text(view, row, columns, N_COLUMNS, COLUMN_LEVEL, level_style(template.level), lw_level_name(template.level));
    table_text(view, row, columns, N_COLUMNS, COLUMN_FIRST, style_of(ROLE_TIME),
               text_time(text, sizeof text, template.first_us, false));
    table_text(view, row, columns, N_COLUMNS, COLUMN_LAST, style_of(ROLE_TIME),
               text_time(text, sizeof text, template.last_us, false));
    if (!table_place(view, columns, N_COLUMNS, COLUMN_TEXT, &col, &width))
        return;
    if (template.name.len > 0) {
        col = view_bytes(view, row, col, style_with(ROLE_TEXT, ATTR_BOLD), template.name.data, template.name.len);
        col = view_text(view, row, col, style_of(ROLE_TEXT), ": ");
    }
    draw_text(view, row, col, template.text);
}

/* How numbers lie: a bar for each step of their logarithm between smallest and largest. */
static int draw_numbers(const struct app *app, const struct view *view, int row, const struct lw_slot *slot)
{
    double bars[LW_SLOT_BARS];

    for (size_t i = 0; i < LW_SLOT_BARS; i++)
        bars[i] = (double)slot->bars[i];
    chart_spark(view, row, 4, bars, LW_SLOT_BARS, app->symbols);
    if (view->area.cols < 70) {
        view_printf(view, row + 1, 4, style_of(ROLE_TEXT), "p50 %.4g p95 %.4g %s", slot->p50, slot->p95, slot->unit);
        view_printf(view, row + 2, 4, style_of(ROLE_DIM), "%.4g .. %.4g mean %.4g", slot->min, slot->max, slot->mean);
        return row + 3;
    }
    view_printf(view, row, 30, style_of(ROLE_TEXT), "p50 %.6g  p95 %.6g  p99 %.6g %s", slot->p50, slot->p95, slot->p99,
                slot->unit);
    view_printf(view, row + 1, 4, style_of(ROLE_DIM), "%.6g .. %.6g, mean %.6g %s", slot->min, slot->max, slot->mean,
                slot->unit);
    return row + 2;
}

/* The most frequent values, "~" before a count that is an estimate. */
static int draw_values(const struct app *app, const struct view *view, int row, const struct lw_slot *slot, size_t most)
{
    char count[64], text[70];

    for (size_t v = 0; v < slot->n_values && v < most && row < view->area.rows; v++) {
        const struct lw_value *value = &slot->values[v];

        snprintf(text, sizeof text, "%s%s", value->error > 0 ? "~" : "", text_count(count, sizeof count, value->count));
        view_right(view, row, 4, 11, style_of(ROLE_DIM), text);
        chart_gauge(view, row, 16, 10, slot->total > 0 ? (double)value->count / (double)slot->total : 0, app->symbols);
        view_bytes(view, row++, 28, style_of(ROLE_PARAM), value->text.data, value->text.len);
    }
    return row;
}

static void draw_slots(const struct app *app, struct templates *self, const struct view *view)
{
    const struct ranked *ranked = &self->ranked[self->list.cursor];
    struct lw_template template;
    char text[64], total[64];
    int row = 2;

    if (lw_template_get(app->session->workspace, ranked->index, &template, NULL) != 0)
        return;
    view_text(view, 0, 2, style_with(ROLE_TEXT, ATTR_BOLD), text_template(text, sizeof text, template.id));
    draw_text(view, 0, 10, template.text);
    list_set_count(&self->slots, template.n_slots);
    if (template.n_slots == 0)
        view_text(view, row, 2, style_of(ROLE_DIM), "no parameters");
    for (size_t i = (size_t)self->slots.cursor; i < template.n_slots && row < view->area.rows; i++) {
        struct lw_slot slot;

        if (lw_template_slot(app->session->workspace, ranked->index, i, &slot, NULL) != 0)
            continue;
        view_printf(view, row++, 2, style_with(ROLE_TEXT, ATTR_BOLD), "parameter %zu  %s  %s values, %s%s different",
                    i + 1, slot.type, text_count(total, sizeof total, slot.total), slot.distinct > 64 ? "about " : "",
                    text_count(text, sizeof text, slot.distinct));
        if (slot.n_numbers > 0 && slot.distinct > 1)
            row = draw_numbers(app, view, row, &slot);
        row = draw_values(app, view, row, &slot, slot.n_numbers > 0 ? 4 : 8) + 1;
    }
}

static void draw_templates(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct templates *self = data;
    int head = view->area.rows > 6;

    if (draw_absence(app, view, false))
        return;
    if (self->is_slots && self->list.count > 0) {
        draw_slots(app, self, view);
        return;
    }
    if (head)
        table_head(view, 0, columns, N_COLUMNS);
    struct view list = view_part(view, (struct rect){head, 0, view->area.rows - head, view->area.cols});
    int rows = list_show(&self->list, list.area.rows);

    for (int i = 0; i < rows; i++) {
        uint64_t index = self->list.top + (uint64_t)i;
        bool is_chosen = index == self->list.cursor;

        draw_row(app, self, &list, i, &self->ranked[index]);
        table_mark(&list, i, is_chosen, app->symbols);
        if (is_chosen)
            view_add_attrs(&list, i, 2, 6, has_keys ? ATTR_REVERSE : ATTR_BOLD);
    }
    if (self->list.count == 0)
        view_text(&list, 0, 2, style_of(ROLE_DIM), "no templates");
}

/* Shows why the first record of the template is in it. */
static void explain(struct app *app, uint32_t id)
{
    const struct session *session = app->session;
    uint64_t n = session->log != NULL ? lw_log_count(session->log) : 0, record = 0;

    while (record < n && lw_traces_record_template(session->traces, record) != id)
        record++;
    if (record < n)
        output_explain(app, record);
    else
        app_say(app, "no record of E%u is open; `:templates --explain 'MESSAGE'` explains a message", (unsigned)id);
}

static enum action act_templates(struct app *app, void *data, enum action action)
{
    static const char *const names[N_ORDERS] = {
        "count", "level", "first appearance", "last seen", "change since the mark", "text"};
    struct templates *self = data;
    uint32_t id = self->list.count > 0 ? self->ranked[self->list.cursor].id : 0;
    const char *args[1];
    char line[64];

    if (action == ACT_CLOSE) {
        if (!self->is_slots)
            return action;
        self->is_slots = false;
        return ACT_NONE;
    }
    if (!app_is_learned(app) || self->list.count == 0)
        return action;
    if (list_act(self->is_slots ? &self->slots : &self->list, action) == ACT_NONE) {
        app_select_template(app, self->ranked[self->list.cursor].id);
        return ACT_NONE;
    }
    switch (action) {
    case ACT_MARK:
        set_mark(app, self);
        return ACT_NONE;
    case ACT_PIN:
        args[0] = text_template(line, sizeof line, id);
        session_start_edit(app, EDIT_ROWS, "pin", args, 1);
        return ACT_NONE;
    case ACT_WHY:
        explain(app, id);
        return ACT_NONE;
    case ACT_SEARCH:
        app_prompt(app, "template with: ", "", look_for);
        return ACT_NONE;
    case ACT_FIND_NEXT:
    case ACT_FIND_PREVIOUS:
        if (self->needle[0] == '\0')
            return action;
        find_text(app, self, action == ACT_FIND_PREVIOUS);
        return ACT_NONE;
    case ACT_OPEN:
        app_select_template(app, id);
        find_start_subset(app, SUBSET_TEMPLATE, id, NULL);
        return ACT_NONE;
    case ACT_SLOTS:
    case ACT_RIGHT:
        self->is_slots = true;
        self->slots.cursor = 0;
        return ACT_NONE;
    case ACT_LEFT:
        self->is_slots = false;
        return ACT_NONE;
    case ACT_ORDER:
        self->order = (self->order + 1) % N_ORDERS;
        sort(self);
        app_say(app, "ordered by %s", names[self->order]);
        return ACT_NONE;
    case ACT_TYPE:
        snprintf(line, sizeof line, "set template_weights.E%u ", (unsigned)id);
        app_prompt(app, ":", line, app_command);
        return ACT_NONE;
    case ACT_RENAME:
    case ACT_MERGE:
    case ACT_SPLIT:
        snprintf(line, sizeof line, "%s E%u ",
                 action == ACT_RENAME  ? "rename"
                 : action == ACT_MERGE ? "join"
                                       : "split",
                 (unsigned)id);
        app_prompt(app, ":", line, app_command);
        return ACT_NONE;
    default:
        return action;
    }
}

static void sync_templates(struct app *app, void *data, unsigned what)
{
    struct templates *self = data;

    if (what & SYNC_SESSION) {
        rank(app, self);
        self->is_slots = self->is_slots && what & (SYNC_EDITED | SYNC_GROWN);
    }
    if (what & SYNC_TEMPLATE)
        choose(self, app->selection.template_id);
}

static void release_templates(void *data)
{
    free(((struct templates *)data)->ranked);
}

const char *templates_view(const struct app *app)
{
    const struct templates *self = app->panes[PANE_TEMPLATES];

    return self->is_slots ? "slots" : "list";
}

const struct pane pane_templates = {
    .title = "Templates",
    .size = sizeof(struct templates),
    .hints = (const struct hint[]){{ACT_OPEN, "records"},
                                   {ACT_SLOTS, "parameters"},
                                   {ACT_RENAME, "name"},
                                   {ACT_MERGE, "join"},
                                   {ACT_SPLIT, "split"},
                                   {ACT_PIN, "pin"},
                                   {ACT_MARK, "mark"},
                                   {ACT_ORDER, "order"},
                                   {ACT_NONE, NULL}},
    .draw = draw_templates,
    .act = act_templates,
    .sync = sync_templates,
    .release = release_templates,
};
