/*
 * Bursts: stretches of time in which events come faster than they mostly do. The cheapest way through an automaton of
 * two states, usual and burst, each with a Poisson rate (Kleinberg 2002, "Bursty and hierarchical structure in
 * streams"), the rates being those of the stretches found. What gaps there are anyway is no burst: see bursts.c.
 */
#ifndef LW_LEARN_BURSTS_H
#define LW_LEARN_BURSTS_H

#include "logwright.h"

struct burst {
    int64_t from_us, to_us; /* of its first and last event */
    size_t first, n;        /* events, of the array */
};
struct bursts {
    struct burst *items; /* [n] by time */
    size_t n, cap;
    double usual_rate, burst_rate; /* events a second outside and inside; NaN where there is no time */
    double inside_s;               /* all bursts together */
};

#define BURSTS_ALPHA .01 /* chance that a Poisson process of the usual rate has any burst at all */
#define BURSTS_DAY   24

/* times_us[n]: rising. hours[BURSTS_DAY]: usual rates of the hours of the day (UTC) against each other, which are no
 * bursts then; NULL: all the same. 0 or LW_ERR_MEMORY. */
int bursts_find(const int64_t *times_us, size_t n, const double *hours, struct bursts *out);
/* The same where usual time is a clock of its own: clock[n], rising, such as the number of all events so far. Rates are
 * by its units. */
int bursts_find_by(const int64_t *times_us, const double *clock, size_t n, struct bursts *out);
/* How many events come in the hours of the day (UTC), against each other, 1 on average; false: the events are too few
 * or do not fill two days, so that an hour could as well be a burst. counts[BURSTS_DAY]: events in each; may be NULL.
 */
bool bursts_hours(const int64_t *times_us, size_t n, double odds[BURSTS_DAY], double *counts);
/* gaps[n - 1] between the events as they would be without hours and bursts: in seconds, at the usual rate. */
int bursts_flatten(const int64_t *times_us, size_t n, double *gaps);
void bursts_release(struct bursts *bursts);

#endif
