/* Traces that were under way when the log began or ended. */
#ifndef LW_LEARN_OPEN_TRACES_H
#define LW_LEARN_OPEN_TRACES_H

#include "learn/trace_set.h"

/* Fills set->open from the times of the events alone; stays NULL where no trace is cut off, or nothing is timed. A pure
 * function of the traces: marks of a set that was merged or read from a file are those of the whole. 0 or
 * LW_ERR_MEMORY. */
int open_traces_mark(struct trace_set *set, struct lw_error *err);

#endif
