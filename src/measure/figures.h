/*
 * A table of figures being filled: rows of struct lw_figure with texts of their own. Mutable until it is handed out as
 * struct lw_figures; then immutable. Freed by lw_figures_free.
 */
#ifndef LW_MEASURE_FIGURES_H
#define LW_MEASURE_FIGURES_H

#include <math.h>

#include "base/arena.h"
#include "logwright.h"

struct lw_figures {
    struct arena texts;
    struct lw_figure *rows;
    size_t n, cap;
};

int figures_new(struct lw_figures **out, struct lw_error *err);
/* Copies the row and its texts; part and note may be NULL (""), and hold any bytes up to their NUL: what would not be
 * legible on a terminal is escaped. */
int figures_add(struct lw_figures *figures, const struct lw_figure *row, struct lw_error *err);
/* The same for a row that is not judged. */
int figures_put(struct lw_figures *figures, const char *name, const char *part, double value, uint64_t n,
                const char *note, struct lw_error *err);
/* Adds to the note of each row that is called that: its name, or its name, a dot and its part. Does nothing if there
 * is none. */
int figures_note(struct lw_figures *figures, const char *path, const char *note, struct lw_error *err);
/* Mean of the parts of a name that could be measured, NaN if none could; *n, unless NULL: how many. */
double figures_mean(const struct lw_figures *figures, const char *name, uint64_t *n);
/* 1 if the value lies within the bounds there are, 0 if not, -1 if there is none or the value is NaN. Bounds are
 * included, with room for what rounding does to a share (1e-9). */
int figure_verdict(double value, double low, double high);
/* What a row begins with: not measured, no bounds, not judged, no interval. */
#define FIGURE_INIT                                                                                                    \
    {                                                                                                                  \
        "", "", NAN, NAN, NAN, -1, 0, "", NAN, NAN                                                                     \
    }

#endif
