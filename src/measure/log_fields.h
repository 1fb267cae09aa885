/*
 * Header fields of a log, column by column, as measures of likeness look at them: all but level and component, which
 * struct log_columns has, clocks and counters, whose values are where in the log they stand, and names of traces. Of
 * long logs a sample of records is read, every step-th. Owned by the struct; immutable once read; any number of threads
 * may look.
 */
#ifndef LW_MEASURE_LOG_FIELDS_H
#define LW_MEASURE_LOG_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "learn/traces.h"

#define LOG_FIELDS_MAX 8

struct field_cell {
    uint64_t key;  /* of its text; the same of all that are faked in a synthetic log; 0: not there */
    double number; /* or NaN */
};
struct log_field {
    char *name;
    bool is_number;           /* compared by its distribution, else by the shares of its values */
    struct field_cell *cells; /* [n_cells] of records 0, step, 2 step ... */
    size_t n;                 /* that are there */
};
struct log_fields {
    struct log_field items[LOG_FIELDS_MAX];
    size_t n, n_cells;
    uint64_t step;
};

/* Those of a log that can be compared: fields of few values, and numbers, but for what names its traces. *out starts
 * from zeros. */
int log_fields_find(const struct lw_log *log, const struct trace_set *traces, const struct lw_run *run,
                    struct log_fields *out, struct lw_error *err);
/* The same fields of another log, read as there; n is 0 of those it does not have. */
int log_fields_read(const struct lw_log *log, const struct log_fields *like, const struct lw_run *run,
                    struct log_fields *out, struct lw_error *err);
void log_fields_release(struct log_fields *fields);
/* NULL where the record was not read. */
const struct field_cell *log_fields_cell(const struct log_fields *fields, size_t field, uint64_t record);

#endif
