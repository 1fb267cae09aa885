#include "ui/kit/list.h"

#include "logwright.h"

#include <string.h>

void list_set_count(struct list *list, uint64_t count)
{
    list->count = count;
    list_go(list, list->cursor);
}

void list_go(struct list *list, uint64_t row)
{
    list->cursor = list->count == 0 ? 0 : row < list->count ? row : list->count - 1;
}

static uint64_t step_back(uint64_t row, uint64_t n)
{
    return row > n ? row - n : 0;
}

void list_move(struct list *list, enum list_move move)
{
    uint64_t page = list->page > 1 ? (uint64_t)list->page - 1 : 1, half = (page + 1) / 2;

    switch (move) {
    case LIST_UP:
        list_go(list, step_back(list->cursor, 1));
        break;
    case LIST_DOWN:
        list_go(list, list->cursor + 1);
        break;
    case LIST_PAGE_UP:
        list->top = step_back(list->top, page);
        list_go(list, step_back(list->cursor, page));
        break;
    case LIST_PAGE_DOWN:
        list->top += page;
        list_go(list, list->cursor + page);
        break;
    case LIST_HALF_UP:
        list->top = step_back(list->top, half);
        list_go(list, step_back(list->cursor, half));
        break;
    case LIST_HALF_DOWN:
        list->top += half;
        list_go(list, list->cursor + half);
        break;
    case LIST_FIRST:
        list_go(list, 0);
        break;
    case LIST_LAST:
        list_go(list, list->count);
        break;
    }
}

int list_show(struct list *list, int page)
{
    uint64_t rows = page > 0 ? (uint64_t)page : 1;

    list->page = (int)rows;
    if (list->count <= rows)
        list->top = 0;
    else if (list->top > list->count - rows)
        list->top = list->count - rows;
    if (list->cursor < list->top)
        list->top = list->cursor;
    if (list->cursor >= list->top + rows)
        list->top = list->cursor - rows + 1;
    return page <= 0 ? 0 : list->count - list->top < rows ? (int)(list->count - list->top) : (int)rows;
}

bool table_place(const struct view *view, const struct column *columns, size_t n, size_t index, int *col, int *width)
{
    int at = 2;

    for (size_t i = 0; i < n; i++) {
        bool is_shown = view->area.cols >= columns[i].min_cols;

        if (i == index) {
            *col = at;
            *width = columns[i].width > 0 ? columns[i].width : view->area.cols - at;
            return is_shown && *width > 0;
        }
        if (is_shown)
            at += columns[i].width + 1;
    }
    return false;
}

void table_cell(const struct view *view, int row, const struct column *columns, size_t n, size_t index,
                struct style style, const char *data, size_t len)
{
    int col, width;

    if (!table_place(view, columns, n, index, &col, &width))
        return;
    struct view cell = view_part(view, (struct rect){0, col, view->area.rows, width});
    size_t used = columns[index].is_right ? lw_text_columns(data, len) : 0;

    view_bytes(&cell, row, columns[index].is_right && used < (size_t)width ? width - (int)used : 0, style, data, len);
}

void table_text(const struct view *view, int row, const struct column *columns, size_t n, size_t index,
                struct style style, const char *text)
{
    table_cell(view, row, columns, n, index, style, text, strlen(text));
}

void table_head(const struct view *view, int row, const struct column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        table_text(view, row, columns, n, i, style_of(ROLE_HEAD), columns[i].title);
}

void table_mark(const struct view *view, int row, bool is_chosen, const struct symbols *symbols)
{
    view_text(view, row, 0, style_with(ROLE_TEXT, is_chosen ? ATTR_BOLD : 0), is_chosen ? symbols->chosen : " ");
}
