/* The events of all traces in the order of their times. Thread-safe. */
#ifndef LW_GENERATE_MOMENTS_H
#define LW_GENERATE_MOMENTS_H

#include "learn/trace_set.h"

/* order[n_events]: events by time, those of equal time by trace and position. trace_of[n_events]: the trace of each
 * event. Fewer than UINT32_MAX events. 0 or LW_ERR_MEMORY. */
int moments_order(const struct trace_set *set, uint32_t *order, uint32_t *trace_of);

#endif
