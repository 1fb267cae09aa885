/*
 * When generated traces start. The log's own starts say how its time is spent: they are cut into spans of as many
 * traces each, and at lulls, which are spans of their own. As many traces are started in each span as its share of all
 * is, by runs of its gaps in another order (after the local block bootstrap, Paparoditis and Politis 2002), fitted to
 * the span; so ramps, outages and quiet nights stay where they were, and traces overlap as the real ones did. More or
 * fewer traces than the log has take longer or less, at the same mean rate. Where constraints ask for hours of the day
 * or bursts (pace.h), gaps are drawn from the whole log instead (the stationary bootstrap, Politis and Romano 1994),
 * what hours and bursts the real ones have taken out of them first, or there would be both. Where the trace rule cuts
 * time into windows, a trace is a window: it starts where a window does, its events stay inside, and its name is that
 * of the window. Owned by the struct; drawing changes it.
 */
#ifndef LW_GENERATE_SCHEDULE_H
#define LW_GENERATE_SCHEDULE_H

#include "generate/flow.h"
#include "generate/walk.h"

struct schedule_span { /* gaps[first] .. gaps[first + n - 1] of the log */
    size_t first, n;
    double sum_us;
    bool is_lull; /* one gap, longer than many */
};
struct schedule_run { /* of gaps of a span, which are taken run by run */
    size_t at, end;   /* in the span: the next gap of the run, and its end */
    size_t n_left;    /* runs until all of the span's gaps were taken */
    size_t run;
    bool is_falling; /* runs are taken from the last to the first */
};
struct schedule {
    const struct arrival *arrival; /* borrowed */
    struct pace pace;
    double *gaps;       /* [arrival->n_gaps] that are drawn from, us; NULL: the real ones */
    struct flow flow;   /* where records are to come at a rate */
    int64_t longest_us; /* that a trace may last; longer ones are squeezed */
    uint64_t n_squeezed;
    double stretch;          /* of gaps */
    double mean_gap_us;      /* > 0: gaps are drawn by it alone, for want of real ones */
    double delay_factor;     /* of the constraints */
    double leave;            /* probability of leaving a run of gaps */
    size_t at;               /* the gap drawn last; without spans */
    struct schedule_run run; /* with spans */
    int64_t first_us;        /* of the first trace, or its window; LW_NO_TIME: the log has no times */
    int64_t window_us;       /* where the window of the trace drawn last starts */
    struct trace_rule *rule;
    struct trace_keys keys;
    uint64_t seed, n_drawn;
    uint32_t mark;               /* of the trace that the last start is for, see marks.h */
    struct schedule_span *spans; /* [n_spans]; none: gaps come from the whole log */
    size_t n_spans, next_span;   /* next_span goes on over repeats of the log */
    double scale;                /* gaps to draw for one of the arrival's */
    double n_real, n_expected;   /* gaps between the traces of the real log, and of the one to come */
    double due;                  /* gaps to draw up to the end of the span at hand */
    uint64_t given;              /* gaps drawn, or to be drawn in it */
    size_t left;                 /* gaps to be drawn in it */
    double factor, extra_us;     /* that fit them to it; added to its first gap */
};

/* Cuts the gaps into spans[at most n_gaps]; how many. */
size_t schedule_cut(const struct arrival *arrival, struct schedule_span *spans);
/* LW_ERR_INFEASIBLE, LW_ERR_USAGE (zone; a rate of records where traces are windows of time) or LW_ERR_MEMORY. */
int schedule_init(struct schedule *schedule, const struct blueprint *blueprint,
                  const struct lw_constraints *constraints, struct lw_error *err);
void schedule_release(struct schedule *schedule);
/* How many traces there will be, before the first is drawn; else they come as if the log went on for ever. */
void schedule_expect(struct schedule *schedule, double n);
/* How many traces start in a time, about; 0 where that is not known. */
double schedule_count(const struct schedule *schedule, double duration_us);
/* When a log with as many traces as expected is over, if the real one tells; else LW_NO_TIME. Fewer traces have as long
 * as all real ones. */
int64_t schedule_end(const struct schedule *schedule);
/* Start of the next trace, later than or equal to the last one's, or LW_NO_TIME. */
int64_t schedule_next(struct schedule *schedule);
/* The same for a trace whose events are known, so that records come at the rate asked for. Squeezes it if it lasts too
 * long. 0 or LW_ERR_MEMORY. */
int schedule_start(struct schedule *schedule, struct course *course, int64_t *start_us, struct lw_error *err);
/* Traces a second, on average; 0: they have no times, or all start at once. */
double schedule_rate(const struct schedule *schedule);
/* About how long a log of so many traces and records is, from its first event to its last, and how many traces of
 * `length` records each start in a time, before the first is drawn. NaN: there are no times, or no rate. */
double schedule_lasts_s(const struct schedule *schedule, double n_traces, double n_records);
double schedule_traces_in(const struct schedule *schedule, double duration_s, double length);
/* How long a trace that starts then may last: to the end of its window, and as long as any may. */
int64_t schedule_room(const struct schedule *schedule, int64_t start_us);
/* Makes times absolute, squeezed where they would leave the window that start_us lies in. */
void schedule_place(const struct schedule *schedule, int64_t start_us, struct course *course);
/* Name of the window that start_us lies in; empty when traces are no windows. Borrowed until the next call. */
int schedule_name(struct schedule *schedule, int64_t start_us, struct lw_bytes *name, struct lw_error *err);

#endif
