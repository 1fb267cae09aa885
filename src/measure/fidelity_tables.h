/*
 * The tables that a log is, compared column by column: as the quality report of SDMetrics does, with estimates that
 * know of the size of samples (distance.h). Tables: `trace` (duration, events, start), `event` (level, component,
 * template, delay) and one of parameters for each template, named E12. Thread-safe.
 */
#ifndef LW_MEASURE_FIDELITY_TABLES_H
#define LW_MEASURE_FIDELITY_TABLES_H

#include "measure/figures.h"
#include "measure/slot_uses.h"

/* Adds rows to figures, one a part:
 *   shapes       a column: KS complement of numbers, TV complement of categories
 *   pairs        two columns of a table: similarity of correlations or of contingency tables, numbers in ten bins of
 *                equal width
 *   intertable   a column of `trace` with one of a table of its events
 *   cardinality  children of a parent: events and events of each template in a trace, rows of each value of an
 *                identifier
 *   boundaries   of a column, values of b within what is seen in a */
int fidelity_tables(const struct view *a, const struct view *b, const struct slot_uses *uses,
                    struct lw_figures *figures, struct lw_error *err);

#endif
