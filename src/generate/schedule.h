/*
 * When generated traces start. Gaps between starts are those between the starts of real traces, drawn in runs (the
 * stationary bootstrap, Politis and Romano 1994), so that traces overlap as the real ones do and busy times stay
 * together; then stretched to the rate asked for, and to hours and bursts (pace.h). What hours and bursts the real ones
 * have is taken out of the gaps first where the constraints say some, or there would be both. Where the trace rule cuts
 * time into windows, a trace is a window: it starts where a window does, its events stay inside, and its name is that
 * of the window. Owned by the struct; drawing changes it. Start i depends on nothing but blueprint, constraints and i.
 */
#ifndef LW_GENERATE_SCHEDULE_H
#define LW_GENERATE_SCHEDULE_H

#include "generate/pace.h"
#include "generate/walk.h"

struct schedule {
    const struct arrival *arrival; /* borrowed */
    struct pace pace;
    double *gaps;       /* [arrival->n_gaps] that are drawn from, us; NULL: the real ones */
    double stretch;     /* of gaps */
    double mean_gap_us; /* > 0: gaps are drawn by it alone, for want of real ones */
    double leave;       /* probability of leaving a run of gaps */
    size_t at;          /* the gap drawn last */
    int64_t first_us;   /* of the first trace, or its window; LW_NO_TIME: the log has no times */
    int64_t window_us;  /* where the window of the trace drawn last starts */
    struct trace_rule *rule;
    struct trace_keys keys;
    uint64_t seed, n_drawn;
};

/* LW_ERR_INFEASIBLE, LW_ERR_USAGE (zone) or LW_ERR_MEMORY. */
int schedule_init(struct schedule *schedule, const struct blueprint *blueprint,
                  const struct lw_constraints *constraints, struct lw_error *err);
void schedule_release(struct schedule *schedule);
/* Start of the next trace, later than or equal to the last one's, or LW_NO_TIME. */
int64_t schedule_next(struct schedule *schedule);
/* Makes times absolute, squeezed where they would leave the window that start_us lies in. */
void schedule_place(const struct schedule *schedule, int64_t start_us, struct course *course);
/* Name of the window that start_us lies in; empty when traces are no windows. Borrowed until the next call. */
int schedule_name(struct schedule *schedule, int64_t start_us, struct lw_bytes *name, struct lw_error *err);

#endif
