/*
 * Some traces of a log as tables of numbers: one row a trace, one row an event. What measures of likeness compare is
 * two views, of two logs or of one. Borrows the columns; owned by the struct; immutable once made.
 */
#ifndef LW_MEASURE_VIEW_H
#define LW_MEASURE_VIEW_H

#include "measure/log_columns.h"

struct view_step {
    uint64_t pair; /* index of the template before << 32 | index of the template */
    double delay;  /* seconds */
};
struct view {
    const struct log_columns *of;
    uint32_t *traces; /* [n_traces] indexes in of->traces */
    size_t n_traces, n_rows;
    size_t *first;                        /* [n_traces + 1] events of a trace: rows first[t] .. first[t + 1] - 1 */
    uint32_t *trace_of;                   /* [n_rows] */
    uint32_t *kinds;                      /* [n_rows] index of the template, COLUMN_NONE */
    uint64_t *records;                    /* [n_rows] */
    double *delays;                       /* [n_rows] seconds since the event before it in the trace; NaN */
    double *durations, *lengths, *starts; /* [n_traces] seconds, events, 0 .. 1 in the time of the whole log; NaN */
    size_t *kind_first;                   /* [templates + 1] */
    uint32_t *kind_rows;                  /* rows of each template, ascending */
    struct view_step *steps;              /* [n_steps] those with a delay, by pair, then delay */
    size_t n_steps;
};

int view_make(const struct log_columns *columns, const uint32_t *traces, size_t n, struct view *out,
              struct lw_error *err);
void view_release(struct view *view);
/* How many independent values n rows of events are worth: those of one trace depend on one another, so that it counts
 * as one or, if it is long, as a sixteenth of its events. */
double view_effective(const struct view *view, size_t n);

#endif
