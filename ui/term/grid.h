/*
 * The picture of a screen: rows x cols cells, each a grapheme and its style, and views, which are rectangles of a grid
 * that clip what is drawn into them. Everything that is drawn, log text first of all, is cut into graphemes by
 * lw_glyph_next(), so control characters and escape sequences reach no terminal and wide text lines up.
 *
 * A grid is owned by the caller: grid_init, grid_release. Not thread-safe.
 */
#ifndef LW_TERM_GRID_H
#define LW_TERM_GRID_H

#include "ui/term/style.h"

#include <stdbool.h>
#include <stddef.h>

#define CELL_TEXT_MAX 40

struct cell {
    char text[CELL_TEXT_MAX]; /* UTF-8, not NUL-ended; the unused rest is zero, so that equal cells compare equal */
    uint8_t len;              /* bytes of text; 0 only in the right half of a wide grapheme */
    uint8_t columns;          /* 1 or 2; 0 in the right half of a wide grapheme */
    struct style style;
};

struct grid {
    int rows, cols;
    struct cell *cells; /* [rows * cols], row after row */
};

struct rect {
    int row, col, rows, cols;
};

struct view {
    struct grid *grid;
    struct rect area; /* inside the grid */
};

/* rows, cols at least 1. 0, or LW_ERR_MEMORY. */
int grid_init(struct grid *grid, int rows, int cols);
void grid_release(struct grid *grid);
/* Blank afterwards. On LW_ERR_MEMORY nothing changed. */
int grid_resize(struct grid *grid, int rows, int cols);
void grid_clear(struct grid *grid);
const struct cell *grid_cell(const struct grid *grid, int row, int col);
bool cell_equals(const struct cell *a, const struct cell *b);
/* Every wide grapheme has its right half and every right half its grapheme; no cell is empty. For tests. */
bool grid_is_sound(const struct grid *grid);

struct view grid_view(struct grid *grid);
/* The part of view that area (relative to it) names, clipped. */
struct view view_part(const struct view *view, struct rect area);

/* All drawing is relative to the view, clipped to it, and returns the column behind what was (or would have been)
 * drawn. A wide grapheme that is cut by the edge becomes a blank. */
int view_bytes(const struct view *view, int row, int col, struct style style, const char *data, size_t len);
/* The same without the first `skip` columns of the text. */
int view_bytes_from(const struct view *view, int row, int col, size_t skip, struct style style, const char *data,
                    size_t len);
int view_text(const struct view *view, int row, int col, struct style style, const char *text);
int view_printf(const struct view *view, int row, int col, struct style style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Text right-aligned in `width` columns from col on; cut at the right where it is longer. */
int view_right(const struct view *view, int row, int col, int width, struct style style, const char *text);
/* Repeats a one-column grapheme. */
void view_fill(const struct view *view, int row, int col, int cols, struct style style, const char *text);
/* Adds attributes to cells that are there. */
void view_add_attrs(const struct view *view, int row, int col, int cols, unsigned attrs);
/* Text over several rows, broken at blanks, at most max_rows; returns the rows it takes. */
int view_wrap(const struct view *view, int row, int col, int max_rows, struct style style, const char *text);

#endif
