/* Small pictures of numbers, in cells. All are clipped to their view and none needs colours. */
#ifndef LW_KIT_CHART_H
#define LW_KIT_CHART_H

#include "ui/kit/symbols.h"
#include "ui/term/grid.h"

/* A gauge of `cols` columns, share 0 .. 1 of it full. */
void chart_gauge(const struct view *view, int row, int col, int cols, double share, const struct symbols *symbols);
/* One column a value, scaled to the largest. */
void chart_spark(const struct view *view, int row, int col, const double *values, size_t n,
                 const struct symbols *symbols);

struct chart_point {
    double x, y; /* both 0 .. 1 */
};
/* A curve through points, in the order given, over the whole view, axes included; `mark` (index, or n for none) is the
 * point that is drawn as `o`. */
void chart_curve(const struct view *view, const char *x_title, const char *y_title, const struct chart_point *points,
                 size_t n, size_t mark, const struct symbols *symbols);

enum matrix_cell { MATRIX_TP, MATRIX_FP, MATRIX_FN, MATRIX_TN };
/* The confusion matrix, 5 rows and 34 columns: counts[MATRIX_*]; `chosen` is marked where is_focused. */
void chart_matrix(const struct view *view, int row, int col, const uint64_t counts[4], enum matrix_cell chosen,
                  bool is_focused, const struct symbols *symbols);

#endif
