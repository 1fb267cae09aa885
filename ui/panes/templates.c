/* The templates in an order of choice, and the parameters of one with the values that were seen. */
#include "ui/kit/chart.h"
#include "ui/kit/text.h"
#include "ui/panes/panes.h"

#include <stdlib.h>
#include <string.h>

enum order { BY_COUNT, BY_LEVEL, BY_FIRST, N_ORDERS };

struct ranked {
    uint32_t index, id;
    uint64_t count;
    int64_t first_us;
    enum lw_level level;
};

struct templates {
    struct list list, slots;
    struct ranked *ranked; /* [list.count] */
    enum order order;
    bool is_slots;
    uint64_t total;
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
    static int (*const orders[N_ORDERS])(const void *, const void *) = {by_count, by_level, by_first};
    uint32_t id = self->list.count > 0 ? self->ranked[self->list.cursor].id : 0;

    if (self->list.count == 0)
        return;
    qsort(self->ranked, (size_t)self->list.count, sizeof *self->ranked, orders[self->order]);
    choose(self, id);
}

static void rank(const struct app *app, struct templates *self)
{
    const struct lw_workspace *workspace = app->session->workspace;
    size_t n = workspace ? lw_template_count(workspace) : 0, kept = 0;
    uint32_t id = self->list.count > 0 ? self->ranked[self->list.cursor].id : 0;

    free(self->ranked);
    self->total = 0;
    self->ranked = calloc(n + 1, sizeof *self->ranked);
    for (size_t i = 0; self->ranked && i < n; i++) {
        struct lw_template template;

        if (lw_template_get(workspace, i, &template, NULL) != 0)
            continue;
        self->ranked[kept++] =
            (struct ranked){(uint32_t)i, template.id, template.count, template.first_us, template.level};
        self->total += template.count;
    }
    list_set_count(&self->list, kept);
    self->list.cursor = 0;
    sort(self);
    choose(self, id);
}

enum { COLUMN_ID, COLUMN_COUNT, COLUMN_SHARE, COLUMN_LEVEL, COLUMN_FIRST, COLUMN_LAST, COLUMN_TEXT, N_COLUMNS };
static const struct column columns[N_COLUMNS] = {
    {"id", 6, 0, false},       {"count", 11, 50, true},  {"share", 6, 70, true},    {"level", 6, 60, false},
    {"first", 12, 120, false}, {"last", 12, 120, false}, {"template", 0, 0, false},
};

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

static void draw_slots(const struct app *app, struct templates *self, const struct view *view)
{
    const struct ranked *ranked = &self->ranked[self->list.cursor];
    struct lw_template template;
    char text[64];
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
        view_printf(view, row++, 2, style_with(ROLE_TEXT, ATTR_BOLD), "parameter %zu  %s  about %s different", i + 1,
                    slot.type, text_count(text, sizeof text, slot.distinct));
        for (size_t v = 0; v < slot.n_values && v < 8 && row < view->area.rows; v++) {
            view_right(view, row, 4, 11, style_of(ROLE_DIM), text_count(text, sizeof text, slot.values[v].count));
            chart_gauge(view, row, 16, 10, template.count ? (double)slot.values[v].count / (double)template.count : 0,
                        app->symbols);
            view_bytes(view, row++, 28, style_of(ROLE_PARAM), slot.values[v].text.data, slot.values[v].text.len);
        }
        row++;
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

static enum action act_templates(struct app *app, void *data, enum action action)
{
    static const char *const names[N_ORDERS] = {"count", "level", "first appearance"};
    struct templates *self = data;
    uint32_t id = self->list.count > 0 ? self->ranked[self->list.cursor].id : 0;
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
        self->is_slots = self->is_slots && what & SYNC_EDITED;
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
    .hints = {{ACT_OPEN, "records"},
              {ACT_SLOTS, "parameters"},
              {ACT_RENAME, "name"},
              {ACT_MERGE, "join"},
              {ACT_SPLIT, "split"},
              {ACT_ORDER, "order"},
              {ACT_UNDO, "undo"}},
    .draw = draw_templates,
    .act = act_templates,
    .sync = sync_templates,
    .release = release_templates,
};
