/*
 * Starts of traces such that records come at a set rate: a trace starts as soon as all records due by then have come.
 * So the rate holds from the first moment on, when no older trace is under way, and however long traces last; delays
 * within traces stay as they are. Scaling the mean gap between starts was rejected: where traces last for hours, so
 * long do records fall short of the rate. Owned by the struct.
 */
#ifndef LW_GENERATE_FLOW_H
#define LW_GENERATE_FLOW_H

#include "generate/course.h"
#include "generate/pace.h"

struct flow {
    double gap_us;    /* between records, on average; NaN: there is no rate */
    double passed_us; /* since the first start, at the usual pace */
    double n_come;    /* records up to the last start */
    int64_t *ahead;   /* [n_ahead] times of records behind it: a heap, the earliest first */
    size_t n_ahead, cap_ahead;
};

void flow_init(struct flow *flow, double records_per_s); /* NaN: none */
void flow_release(struct flow *flow);
/* When a trace with these events starts; pace moves on to it. 0 or LW_ERR_MEMORY. */
int flow_start(struct flow *flow, struct pace *pace, const struct course *course, int64_t *start_us,
               struct lw_error *err);

#endif
