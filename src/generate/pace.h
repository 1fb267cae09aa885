/*
 * How fast traces come, against their usual pace: by hour of the day, and in bursts. Time that passes at the usual pace
 * becomes clock time by the inverse of the cumulated rate, so gaps keep the shape that they were drawn with, closer
 * together where the rate is high (a time-changed renewal process: Daley and Vere-Jones 2003, section 7.4). Owned by
 * the struct; it only moves on.
 */
#ifndef LW_GENERATE_PACE_H
#define LW_GENERATE_PACE_H

#include "base/rng.h"
#include "generate/constraints.h"
#include "input/zone.h"

struct pace {
    double hours[ARRIVAL_HOURS]; /* rate against the mean of the day */
    bool has_hours;
    struct zone *zone;   /* NULL: UTC */
    double burst_gap_us; /* mean time from the end of a burst to the next; 0: none */
    double burst_len_us, height;
    double burst_from, burst_to; /* the current one, or the next, in us since origin */
    int64_t origin_us, now_us;
    double now; /* us since origin, fractions kept */
    struct rng rng;
};

/* LW_ERR_INFEASIBLE: no hour has a rate; LW_ERR_USAGE: zone. */
int pace_init(struct pace *pace, const struct lw_constraints *constraints, int64_t from_us, struct lw_error *err);
void pace_release(struct pace *pace);
/* Moves on by a gap that takes gap_us >= 0 at the usual pace; returns the time then. */
int64_t pace_move(struct pace *pace, double gap_us);
/* The time that such a gap would take, and the gap that would take such a time, in us; about, where they are weeks. */
double pace_lasts(const struct pace *pace, double gap_us);
double pace_passes(const struct pace *pace, double time_us);

#endif
