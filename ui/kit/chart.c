#include "ui/kit/chart.h"

#include "ui/kit/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void chart_gauge(const struct view *view, int row, int col, int cols, double share, const struct symbols *symbols)
{
    int full = isnan(share) || share <= 0 ? 0 : share >= 1 ? cols : (int)(share * cols + .5);

    view_fill(view, row, col, full, style_of(ROLE_BAR), symbols->full);
    view_fill(view, row, col + full, cols - full, style_of(ROLE_DIM), symbols->empty);
}

void chart_spark(const struct view *view, int row, int col, const double *values, size_t n,
                 const struct symbols *symbols)
{
    double top = 0;

    for (size_t i = 0; i < n; i++)
        top = values[i] > top ? values[i] : top;
    for (size_t i = 0; i < n; i++) {
        int step = top > 0 && values[i] > 0 ? (int)(values[i] / top * 7.999) : 0;

        view_text(view, row, col + (int)i, style_of(ROLE_BAR), values[i] > 0 ? symbols->steps[step] : " ");
    }
}

/* Dots of the picture: 2 x 4 a cell in Braille, 1 x 2 in ASCII (where the lower dot is '.', the upper '\''). */
struct dots {
    unsigned char *cells; /* [rows * cols] bits of Braille, or 1 upper, 2 lower */
    int rows, cols, across, down;
};

static void set_dot(struct dots *dots, int x, int y)
{
    static const unsigned char braille[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

    if (x < 0 || y < 0 || x >= dots->cols * dots->across || y >= dots->rows * dots->down)
        return;
    unsigned char *cell = &dots->cells[y / dots->down * dots->cols + x / dots->across];

    *cell = (unsigned char)(*cell | (dots->across == 2 ? braille[y % 4][x % 2] : 1 << y % 2));
}

static void draw_line(struct dots *dots, int x0, int y0, int x1, int y1)
{
    int n = abs(x1 - x0) > abs(y1 - y0) ? abs(x1 - x0) : abs(y1 - y0);

    for (int i = 0; i <= n; i++)
        set_dot(dots, n ? x0 + (x1 - x0) * i / n : x0, n ? y0 + (y1 - y0) * i / n : y0);
}

static void put_dots(const struct view *view, const struct dots *dots)
{
    static const char *const ascii[4] = {" ", "'", ".", ":"};

    for (int i = 0; i < dots->rows * dots->cols; i++) {
        unsigned bits = dots->cells[i];
        char text[4] = {(char)0xE2, (char)(0xA0 | bits >> 6), (char)(0x80 | (bits & 0x3F)), 0};

        if (bits)
            view_text(view, i / dots->cols, i % dots->cols, style_of(ROLE_BAR), dots->across == 2 ? text : ascii[bits]);
    }
}

/* In 0 .. last; NaN counts as 0. */
static int place(double share, double last)
{
    return share > 0 ? (int)((share < 1 ? share : 1) * last) : 0;
}

void chart_curve(const struct view *view, const char *x_title, const char *y_title, const struct chart_point *points,
                 size_t n, size_t mark, const struct symbols *symbols)
{
    struct view plot = view_part(view, (struct rect){0, 4, view->area.rows - 2, view->area.cols - 5});
    struct dots dots = {NULL, plot.area.rows, plot.area.cols, symbols->has_braille ? 2 : 1,
                        symbols->has_braille ? 4 : 2};

    if (dots.rows < 2 || dots.cols < 4)
        return;
    for (int row = 0; row < dots.rows; row++)
        view_text(view, row, 3, style_of(ROLE_DIM), symbols->down);
    view_text(view, dots.rows, 3, style_of(ROLE_DIM), symbols->corner[2]);
    view_fill(view, dots.rows, 4, dots.cols, style_of(ROLE_DIM), symbols->across);
    view_text(view, 0, 1, style_of(ROLE_DIM), "1");
    view_text(view, dots.rows, 1, style_of(ROLE_DIM), "0");
    view_text(view, dots.rows / 2, 0, style_of(ROLE_DIM), y_title);
    view_text(view, dots.rows + 1, 4, style_of(ROLE_DIM), "0");
    view_text(view, dots.rows + 1, 4 + (dots.cols - (int)strlen(x_title)) / 2, style_of(ROLE_DIM), x_title);
    view_text(view, dots.rows + 1, 3 + dots.cols, style_of(ROLE_DIM), "1");
    dots.cells = calloc((size_t)dots.rows * (size_t)dots.cols, 1);
    if (!dots.cells)
        return;
    double wide = dots.cols * dots.across - 1, high = dots.rows * dots.down - 1;

    for (size_t i = 0; i + 1 < n; i++)
        draw_line(&dots, place(points[i].x, wide), place(1 - points[i].y, high), place(points[i + 1].x, wide),
                  place(1 - points[i + 1].y, high));
    put_dots(&plot, &dots);
    free(dots.cells);
    if (mark < n)
        view_text(&plot, place(1 - points[mark].y, high) / dots.down, place(points[mark].x, wide) / dots.across,
                  style_with(ROLE_TEXT, ATTR_BOLD), "o");
}

void chart_matrix(const struct view *view, int row, int col, const uint64_t counts[4], enum matrix_cell chosen,
                  bool is_focused, const struct symbols *symbols)
{
    static const struct {
        const char *name;
        int row, col;
        enum role role;
    } cells[4] = {
        [MATRIX_TP] = {"TP", 1, 11, ROLE_GOOD},
        [MATRIX_FN] = {"FN", 1, 23, ROLE_FAULT},
        [MATRIX_FP] = {"FP", 2, 11, ROLE_FAULT},
        [MATRIX_TN] = {"TN", 2, 23, ROLE_GOOD},
    };

    view_text(view, row, col + 12, style_of(ROLE_HEAD), "flagged");
    view_text(view, row, col + 24, style_of(ROLE_HEAD), "not flagged");
    view_text(view, row + 1, col, style_of(ROLE_HEAD), "anomalous");
    view_text(view, row + 2, col, style_of(ROLE_HEAD), "normal");
    for (int i = 0; i < 4; i++) {
        char count[32];
        bool is_chosen = is_focused && i == (int)chosen;
        int at = col + cells[i].col;

        text_count(count, sizeof count, counts[i]);
        view_text(view, row + cells[i].row, at, style_with(ROLE_TEXT, ATTR_BOLD), is_chosen ? symbols->chosen : " ");
        at = view_printf(view, row + cells[i].row, at + 1,
                         style_with(counts[i] ? cells[i].role : ROLE_DIM, is_chosen ? ATTR_REVERSE : 0), "%s %s",
                         cells[i].name, count);
    }
}
