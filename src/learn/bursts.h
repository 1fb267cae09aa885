/*
 * Bursts: stretches of time in which events come faster than they mostly do. The cheapest way through an automaton of
 * two states, usual and burst, each with a Poisson rate (Kleinberg 2002, "Bursty and hierarchical structure in
 * streams"), the rates being those of the stretches found.
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
void bursts_release(struct bursts *bursts);

#endif
