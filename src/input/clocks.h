/*
 * What is known of the clocks behind sources: the zone of times that do not say theirs, and how far a clock went wrong.
 * Immutable once made.
 */
#ifndef LW_INPUT_CLOCKS_H
#define LW_INPUT_CLOCKS_H

#include "input/zone.h"

struct clocks;

struct source_clock {
    const struct zone *zone; /* NULL: UTC; borrowed from the clocks */
    int64_t offset_us;       /* added to every time */
};
#define SOURCE_CLOCK_INIT                                                                                              \
    {                                                                                                                  \
        NULL, 0                                                                                                        \
    }

/* zones: [PATH=]ZONE, ... and offsets: [PATH=]OFFSET, ..., both lists with commas, or NULL. A ZONE as zone_open takes
 * it; an OFFSET such as +3.5s, -200ms, +1h (units us, ms, s, m, h, d). PATH is a pattern of fnmatch(3) for the whole
 * path of a source or its last part; the last that matches counts. */
int clocks_new(const char *zones, const char *offsets, struct clocks **out, struct lw_error *err);
void clocks_free(struct clocks *clocks);
struct source_clock clocks_find(const struct clocks *clocks, const char *path); /* clocks may be NULL */

/* A time of a record of that source, as it was read, in UTC. has_zone: it said its zone. after_us: the time of the
 * record before, as this function gave it, or LW_NO_TIME. */
int64_t clock_correct(const struct source_clock *clock, int64_t time_us, bool has_zone, int64_t after_us);

#endif
