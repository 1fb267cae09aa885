/* The Tables pane as it looks. Column widths follow from the page of rows at hand. */
#include "ui/kit/text.h"
#include "ui/panes/tables.h"

#include <string.h>

struct lw_bytes tables_cell_bytes(const struct tables *self, const struct table_cell *cell)
{
    return (struct lw_bytes){self->page.text.data ? self->page.text.data + cell->start : "", cell->len};
}

/* ---- the list, and the columns of a table ---- */

static const struct column list_columns[] = {{"table", 32, 0, false}, {"rows", 12, 0, true}, {"what", 0, 60, false}};
enum { MAX_CELL = 40, N_LIST_COLUMNS = sizeof list_columns / sizeof list_columns[0] };

static void draw_list_row(const struct tables *self, const struct view *view, int row, const struct lw_table *table)
{
    char text[64];

    table_text(view, row, list_columns, N_LIST_COLUMNS, 0, style_of(ROLE_TEXT), table->name);
    table_text(view, row, list_columns, N_LIST_COLUMNS, 1, style_of(ROLE_TEXT),
               table->kind == LW_TABLE_VIEW       ? "view"
               : table->n_rows == LW_ROWS_UNKNOWN ? "-"
                                                  : text_count(text, sizeof text, table->n_rows));
    if (table->kind == LW_TABLE_TEMPLATE) {
        struct lw_bytes what = session_template_text(self->base->session, table->template_id);

        table_cell(view, row, list_columns, N_LIST_COLUMNS, 2, style_of(ROLE_DIM), what.data, what.len);
    } else {
        table_text(view, row, list_columns, N_LIST_COLUMNS, 2, style_of(ROLE_DIM), table->help);
    }
}

/* Who names the table by a foreign key: "event.trace, ..."; returns how many do. */
static size_t list_children(const struct tables *self, size_t table, struct text *out)
{
    size_t n = 0;

    for (size_t i = 0; i < self->base->n; i++)
        for (size_t c = 0; c < self->base->tables[i].n_columns; c++) {
            struct lw_table_column column;

            if (lw_schema_column(self->base->schema, i, c, &column, NULL) != 0 || column.table != (ptrdiff_t)table)
                continue;
            if (n++ < 8)
                text_printf(out, "%s%s.%s", n > 1 ? ", " : "", self->base->tables[i].name, column.name);
        }
    if (n > 8)
        text_printf(out, " and %zu more", n - 8);
    return n;
}

static void draw_columns(const struct tables *self, const struct view *view, size_t index)
{
    const struct lw_table *table = &self->base->tables[index];
    struct text children = {NULL, 0, 0};
    int row = 0;

    view_text(view, row, view_text(view, row, 2, style_with(ROLE_TEXT, ATTR_BOLD), table->name) + 2, style_of(ROLE_DIM),
              table->help);
    row++;
    for (size_t c = 0; c < table->n_columns && row < view->area.rows; c++, row++) {
        struct lw_table_column column;
        int col;

        if (lw_schema_column(self->base->schema, index, c, &column, NULL) != 0)
            continue;
        view_text(view, row, 2, style_of(ROLE_TEXT), column.name);
        view_text(view, row, 20, style_of(ROLE_DIM), column.type);
        col = view_text(view, row, 28, style_of(ROLE_KEY), column.is_key ? "key " : "");
        if (column.table >= 0) {
            struct lw_table_column to;

            col = view_printf(view, row, col, style_of(ROLE_PARAM), "-> %s", self->base->tables[column.table].name);
            if (lw_schema_column(self->base->schema, (size_t)column.table, column.column, &to, NULL) == 0)
                col = view_printf(view, row, col, style_of(ROLE_PARAM), ".%s ", to.name);
        }
        view_text(view, row, col > 28 ? col : 28, style_of(ROLE_DIM), column.help);
    }
    if (row < view->area.rows && list_children(self, index, &children) > 0 && children.data) {
        int col = view_text(view, row, 2, style_of(ROLE_HEAD), "named by ");

        view_wrap(view, row, col, view->area.rows - row, style_of(ROLE_TEXT), children.data);
    }
    text_release(&children);
}

static void draw_list(struct app *app, struct tables *self, const struct view *view, bool has_keys)
{
    bool is_wide = view->area.cols >= 110, is_split = !is_wide && view->area.rows >= 14;
    struct view left = *view, right;
    int n;

    if (is_wide)
        left = view_part(view, (struct rect){0, 0, view->area.rows, view->area.cols / 2});
    else if (is_split)
        left = view_part(view, (struct rect){0, 0, view->area.rows / 2, view->area.cols});
    table_head(&left, 0, list_columns, N_LIST_COLUMNS);
    n = list_show(&self->list, left.area.rows - 1);
    for (int i = 0; i < n; i++) {
        uint64_t at = self->list.top + (uint64_t)i;
        bool is_chosen = at == self->list.cursor;

        draw_list_row(self, &left, i + 1, &self->base->tables[at]);
        if (is_chosen)
            table_mark(&left, i + 1, has_keys, app->symbols);
    }
    if (self->list.count == 0 || (!is_wide && !is_split))
        return;
    right = is_wide ? view_part(view, (struct rect){0, view->area.cols / 2 + 1, view->area.rows,
                                                    view->area.cols - view->area.cols / 2 - 1})
                    : view_part(view, (struct rect){view->area.rows / 2 + 1, 0,
                                                    view->area.rows - view->area.rows / 2 - 1, view->area.cols});
    draw_columns(self, &right, (size_t)self->list.cursor);
}

/* ---- rows ---- */

/* Widths of the columns of the page, as far as they are shown. */
static int column_width(const struct tables *self, size_t column)
{
    size_t width = lw_text_columns(self->page.names[column], strlen(self->page.names[column]));

    for (size_t row = 0; row < self->page.n_rows && width < MAX_CELL; row++) {
        struct lw_bytes bytes = tables_cell_bytes(self, &self->page.cells[row * self->page.n_columns + column]);
        size_t columns = lw_text_columns(bytes.data, bytes.len < 4 * MAX_CELL ? bytes.len : 4 * MAX_CELL);

        if (columns > width)
            width = columns;
    }
    return (int)(width > MAX_CELL ? MAX_CELL : width);
}

static bool is_number(const struct table_cell *cell)
{
    return cell->kind == LW_SQL_INTEGER || cell->kind == LW_SQL_REAL;
}

/* Numbers are aligned in `width`; text may use all of `room`. */
static void draw_cell(const struct tables *self, const struct view *view, int row, int col, int width, int room,
                      const struct table_cell *cell, struct style style)
{
    struct view place = view_part(view, (struct rect){row, col, 1, room});
    struct lw_bytes bytes = tables_cell_bytes(self, cell);
    int at = is_number(cell) && (int)bytes.len < width ? width - (int)bytes.len : 0;

    view_bytes(&place, 0, at, style, bytes.data, bytes.len);
}

/* The first column to draw, so that the chosen one fits. */
static size_t first_column(const struct tables *self, const struct place *place, int cols)
{
    size_t first = place->column;
    int used = column_width(self, first) + 2;

    while (first > 0 && used + column_width(self, first - 1) + 2 <= cols)
        used += column_width(self, --first) + 2;
    return first;
}

static void draw_page(struct app *app, const struct tables *self, const struct place *place, const struct view *view,
                      int n, bool has_keys)
{
    int col = 2;

    for (size_t c = first_column(self, place, view->area.cols - 2); c < self->page.n_columns && col < view->area.cols;
         c++) {
        bool is_here = c == place->column;
        int width = column_width(self, c), room = c + 1 < self->page.n_columns ? width : view->area.cols - col;

        view_printf(view, 0, col, is_here ? style_with(ROLE_CHOSEN, ATTR_BOLD) : style_of(ROLE_HEAD), "%s",
                    self->page.names[c]);
        for (int i = 0; i < n; i++) {
            uint64_t row = place->rows.top + (uint64_t)i;
            const struct table_cell *cell = tables_cell(self, row, c);

            if (cell)
                draw_cell(self, view, i + 1, col, width, room, cell,
                          style_with(ROLE_TEXT, is_here && row == place->rows.cursor ? ATTR_BOLD | ATTR_UNDERLINE : 0));
            else if (c == 0)
                view_text(view, i + 1, col, style_of(ROLE_DIM), "...");
        }
        col += width + 2;
    }
    for (int i = 0; i < n; i++)
        if (place->rows.top + (uint64_t)i == place->rows.cursor)
            table_mark(view, i + 1, has_keys, app->symbols);
}

static void draw_rows(struct app *app, struct tables *self, const struct view *view, bool has_keys)
{
    struct place *place = tables_top(self);
    struct view below = view_part(view, (struct rect){1, 0, view->area.rows - 1, view->area.cols});
    char text[64];
    int n = list_show(&place->rows, below.area.rows - 1);
    int col = view_text(view, 0, 2, style_with(ROLE_TEXT, ATTR_BOLD), place->table[0] ? place->table : place->sql);

    if (place->is_counted)
        view_printf(view, 0, col + 2, style_of(ROLE_DIM), "%s%s",
                    text_counted(text, sizeof text, place->rows.count, "row"),
                    self->has_page && self->page.is_cut ? " shown, there are more" : "");
    if (self->problem[0])
        view_wrap(&below, 0, 2, 6, style_of(ROLE_CARE), self->problem);
    else if (!self->has_page)
        view_text(&below, 0, 2, style_of(ROLE_DIM), "reading rows; they appear here");
    else if (self->page.n_columns > 0)
        draw_page(app, self, place, &below, n, has_keys);
}

void tables_draw(struct app *app, void *data, const struct view *view, bool has_keys)
{
    struct tables *self = data;

    if (draw_absence(app, view, false))
        return;
    if (self->depth > 0)
        draw_rows(app, self, view, has_keys);
    else if (self->base)
        draw_list(app, self, view, has_keys);
    else
        view_wrap(view, 1, 2, 6, style_of(self->problem[0] ? ROLE_CARE : ROLE_DIM),
                  self->problem[0] ? self->problem : "laying out the tables; they appear here");
}
