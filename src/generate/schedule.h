/*
 * When generated traces start. Gaps between starts are drawn among those between the starts of real traces, so traces
 * overlap as the real ones do. Where the trace rule cuts time into windows, a trace is a window: it starts where a
 * window does, its events stay inside, and its name is that of the window. Owned by the struct; drawing changes it.
 */
#ifndef LW_GENERATE_SCHEDULE_H
#define LW_GENERATE_SCHEDULE_H

#include "generate/walk.h"

struct schedule {
    const struct arrival *arrival; /* borrowed */
    int64_t start_us;              /* of the trace drawn last; LW_NO_TIME: the log has no times */
    struct trace_rule *rule;
    struct trace_keys keys;
    uint64_t seed, n_drawn;
};

int schedule_init(struct schedule *schedule, const struct blueprint *blueprint,
                  const struct lw_constraints *constraints, struct lw_error *err);
void schedule_release(struct schedule *schedule);
/* The next trace: its times become absolute, or LW_NO_TIME. */
void schedule_place(struct schedule *schedule, struct course *course);
/* Name of the window that the trace placed last is; empty when traces are no windows. Borrowed until the next call. */
int schedule_name(struct schedule *schedule, struct lw_bytes *name, struct lw_error *err);

#endif
