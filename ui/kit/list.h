/*
 * A cursor over any number of rows of which a page is shown, and columns that make a row a line of a table. The list
 * knows no rows: whoever draws asks it which ones are visible.
 */
#ifndef LW_KIT_LIST_H
#define LW_KIT_LIST_H

#include "ui/kit/symbols.h"
#include "ui/term/grid.h"

#include <stdint.h>

struct list {
    uint64_t count, cursor, top;
    int page; /* rows that were visible when it was drawn last; at least 1 */
};

enum list_move {
    LIST_UP,
    LIST_DOWN,
    LIST_PAGE_UP,
    LIST_PAGE_DOWN,
    LIST_HALF_UP,
    LIST_HALF_DOWN,
    LIST_FIRST,
    LIST_LAST
};

void list_set_count(struct list *list, uint64_t count);
void list_go(struct list *list, uint64_t row);
void list_move(struct list *list, enum list_move move);
/* Sets the page and makes the cursor visible. Returns the number of rows to draw from list->top on. */
int list_show(struct list *list, int page);

struct column {
    const char *title;
    int width;     /* columns; 0 = what is left, for the last one */
    int min_cols;  /* is left out in views that are narrower than this */
    bool is_right; /* aligned */
};

/* Column titles on a row of the view. */
void table_head(const struct view *view, int row, const struct column *columns, size_t n);
/* The sign of the cursor, in the first of the two columns that every table keeps free at its left. */
void table_mark(const struct view *view, int row, bool is_chosen, const struct symbols *symbols);
/* Where the cells of column `index` are: *col and *width in the view; false when it is left out. */
bool table_place(const struct view *view, const struct column *columns, size_t n, size_t index, int *col, int *width);
void table_cell(const struct view *view, int row, const struct column *columns, size_t n, size_t index,
                struct style style, const char *data, size_t len);
void table_text(const struct view *view, int row, const struct column *columns, size_t n, size_t index,
                struct style style, const char *text);

#endif
