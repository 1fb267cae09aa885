/*
 * A cell holds its grapheme inline. Interning graphemes would make cells smaller, but a screen of 160 x 50 is 350 kB
 * as it is, and two frames compare with one pass over memory.
 */
#include "ui/term/grid.h"

#include "logwright.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cell blank = {.text = " ", .len = 1, .columns = 1};

static void blank_cells(struct cell *cells, size_t n)
{
    for (size_t i = 0; i < n; i++)
        cells[i] = blank;
}

int grid_init(struct grid *grid, int rows, int cols)
{
    *grid = (struct grid){0, 0, NULL};
    return grid_resize(grid, rows, cols);
}

void grid_release(struct grid *grid)
{
    free(grid->cells);
    *grid = (struct grid){0, 0, NULL};
}

int grid_resize(struct grid *grid, int rows, int cols)
{
    size_t n = (size_t)rows * (size_t)cols;
    struct cell *cells = malloc(n * sizeof *cells);

    if (!cells)
        return LW_ERR_MEMORY;
    blank_cells(cells, n);
    free(grid->cells);
    *grid = (struct grid){rows, cols, cells};
    return 0;
}

void grid_clear(struct grid *grid)
{
    blank_cells(grid->cells, (size_t)grid->rows * (size_t)grid->cols);
}

static struct cell *cell_at(const struct grid *grid, int row, int col)
{
    return grid->cells + (size_t)row * (size_t)grid->cols + (size_t)col;
}

const struct cell *grid_cell(const struct grid *grid, int row, int col)
{
    return cell_at(grid, row, col);
}

bool cell_equals(const struct cell *a, const struct cell *b)
{
    return a->len == b->len && a->columns == b->columns && a->style.role == b->style.role &&
           a->style.attrs == b->style.attrs && memcmp(a->text, b->text, a->len) == 0;
}

bool grid_is_sound(const struct grid *grid)
{
    for (int row = 0; row < grid->rows; row++) {
        int rest = 0; /* right halves still to come */

        for (int col = 0; col < grid->cols; col++) {
            const struct cell *cell = grid_cell(grid, row, col);

            if ((cell->columns == 0) != (rest > 0) || (cell->len == 0) != (cell->columns == 0))
                return false;
            rest = cell->columns == 0 ? rest - 1 : cell->columns - 1;
        }
        if (rest != 0)
            return false;
    }
    return true;
}

struct view grid_view(struct grid *grid)
{
    return (struct view){grid, {0, 0, grid->rows, grid->cols}};
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

struct view view_part(const struct view *view, struct rect area)
{
    int row = clamp(area.row, 0, view->area.rows);
    int col = clamp(area.col, 0, view->area.cols);
    int rows = clamp(area.row + area.rows, row, view->area.rows) - row;
    int cols = clamp(area.col + area.cols, col, view->area.cols) - col;

    return (struct view){view->grid, {view->area.row + row, view->area.col + col, rows, cols}};
}

/* Writes one cell; the other half of a wide grapheme that it overwrites becomes blank. */
static void put_cell(struct grid *grid, int row, int col, struct style style, const char *text, size_t len,
                     unsigned columns)
{
    struct cell *cell = cell_at(grid, row, col);
    int last = col + (int)columns - 1;

    if (cell->columns == 0 && col > 0)
        cell[-1] = blank;
    if (last + 1 < grid->cols && cell_at(grid, row, last + 1)->columns == 0)
        *cell_at(grid, row, last + 1) = blank;
    memset(cell->text, 0, sizeof cell->text);
    memcpy(cell->text, text, len);
    cell->len = (uint8_t)len;
    cell->columns = (uint8_t)columns;
    cell->style = style;
    if (columns == 2)
        cell[1] = (struct cell){.style = style};
}

/* Draws a glyph at col of the view. A glyph that was escaped, or is wider than two columns, is ASCII and drawn one
 * character a cell. */
static void put_glyph(const struct view *view, int row, int col, struct style style, const struct lw_glyph *glyph)
{
    const struct rect *area = &view->area;

    if (glyph->columns <= 2 && !(glyph->is_escaped && glyph->columns > 1)) {
        bool is_cut = col < 0 || col + (int)glyph->columns > area->cols;

        for (int i = is_cut ? 0 : (int)glyph->columns; i < (int)glyph->columns; i++)
            if (col + i >= 0 && col + i < area->cols)
                put_cell(view->grid, area->row + row, area->col + col + i, style, " ", 1, 1);
        if (!is_cut)
            put_cell(view->grid, area->row + row, area->col + col, style, glyph->text, glyph->text_len, glyph->columns);
        return;
    }
    for (int i = 0; i < (int)glyph->text_len; i++)
        if (col + i >= 0 && col + i < area->cols)
            put_cell(view->grid, area->row + row, area->col + col + i, style, glyph->text + i, 1, 1);
}

static int draw(const struct view *view, int row, int col, int from, struct style style, const char *data, size_t len)
{
    bool is_row = row >= 0 && row < view->area.rows;
    int at = from;

    while (len > 0 && at < view->area.cols) {
        struct lw_glyph glyph;

        lw_glyph_next(data, len, &glyph);
        if (is_row && at + (int)glyph.columns > col) {
            struct view right = *view;

            /* what was skipped may not show left of col */
            right.area.col += col;
            right.area.cols -= col;
            put_glyph(&right, row, at - col, style, &glyph);
        }
        at += (int)glyph.columns;
        data += glyph.len;
        len -= glyph.len;
    }
    return at > col ? at : col;
}

int view_bytes(const struct view *view, int row, int col, struct style style, const char *data, size_t len)
{
    return draw(view, row, col < 0 ? 0 : col, col, style, data, len);
}

int view_bytes_from(const struct view *view, int row, int col, size_t skip, struct style style, const char *data,
                    size_t len)
{
    int back = skip > 1000000 ? 1000000 : (int)skip;

    return draw(view, row, col, col - back, style, data, len);
}

int view_text(const struct view *view, int row, int col, struct style style, const char *text)
{
    return view_bytes(view, row, col, style, text, strlen(text));
}

int view_printf(const struct view *view, int row, int col, struct style style, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return view_text(view, row, col, style, text);
}

int view_right(const struct view *view, int row, int col, int width, struct style style, const char *text)
{
    size_t columns = lw_text_columns(text, strlen(text));
    struct view field = view_part(view, (struct rect){0, col, view->area.rows, width});

    view_text(&field, row, columns < (size_t)width ? width - (int)columns : 0, style, text);
    return col + width;
}

void view_fill(const struct view *view, int row, int col, int cols, struct style style, const char *text)
{
    for (int i = 0; i < cols; i++)
        view_text(view, row, col + i, style, text);
}

void view_add_attrs(const struct view *view, int row, int col, int cols, unsigned attrs)
{
    if (row < 0 || row >= view->area.rows)
        return;
    for (int i = col < 0 ? 0 : col; i < col + cols && i < view->area.cols; i++)
        cell_at(view->grid, view->area.row + row, view->area.col + i)->style.attrs |= (uint8_t)attrs;
}

int view_wrap(const struct view *view, int row, int col, int max_rows, struct style style, const char *text)
{
    int width = view->area.cols - col;
    int used = 0;

    while (*text && used < max_rows && width > 0) {
        size_t fit = 0, blank_at = 0, len = strcspn(text, "\n");
        size_t columns = 0;

        while (fit < len) {
            struct lw_glyph glyph;

            lw_glyph_next(text + fit, len - fit, &glyph);
            if (columns + glyph.columns > (size_t)width)
                break;
            if (text[fit] == ' ')
                blank_at = fit;
            columns += glyph.columns;
            fit += glyph.len;
        }
        if (fit < len && text[fit] != ' ' && blank_at > 0)
            fit = blank_at;
        if (fit == 0 && len > 0)
            break;
        view_bytes(view, row + used, col, style, text, fit);
        used++;
        text += fit;
        while (*text == ' ')
            text++;
        if (*text == '\n')
            text++;
    }
    return used;
}
