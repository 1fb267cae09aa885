/*
 * Formats whose columns a line of the source names: CSV and its like after a header line, W3C extended logs (IIS and
 * others) after #Fields:, and PostgreSQL's csvlog, whose columns are known without one. Which column is the time, the
 * level, the component or the message is told by its name, as for keys of JSON.
 */
#ifndef LW_LOG_FORMAT_COLUMNS_H
#define LW_LOG_FORMAT_COLUMNS_H

#include "log/format_form.h"
#include "log/format_sample.h"

#define FORMAT_COLUMNS_ROWS 3
extern const struct format format_columns_rows[FORMAT_COLUMNS_ROWS]; /* csv, w3c, postgresql-csv */

/* The form for the columns of this source; *out = NULL if none are named. The caller owns it. */
int format_columns_find(const struct samples *samples, struct form **out, struct lw_error *err);

#endif
