/*
 * Finding what times leave out: the year, or the whole date. Times are added in the order of a source. A step back by
 * more than a stated part of the year (or day) means that a new one has begun; a step ahead to nearly the same place a
 * year (or day) later is a straggler of the one before. When all are counted, the last year is set so that no time lies
 * ahead of now by more than a day, and the last day so that none lies ahead of now.
 */
#ifndef LW_LOG_CALENDAR_H
#define LW_LOG_CALENDAR_H

#include "input/clocks.h"
#include "input/timestamp.h"

struct calendar {
    bool has_last, is_dateless; /* of the first incomplete time; a source does not mix both */
    int64_t last_us, most_us;   /* the last and the latest time, counted from the first year or day */
    int leap_year;              /* a 29 February was seen in this year, counted from the first; -1: none */
    int first;                  /* the first year, or day since 1970; set by calendar_settle */
    struct source_clock clock;  /* of the source; set by its reader */
    bool has_zone;              /* of the first incomplete time */
    int64_t last_utc_us;        /* the last complete time as it was given back */
};
#define CALENDAR_INIT                                                                                                  \
    {                                                                                                                  \
        false, false, 0, 0, -1, 0, SOURCE_CLOCK_INIT, false, LW_NO_TIME                                                \
    }

/* A complete time is given back, corrected for the clock of the source; for an incomplete one a stand-in that
 * calendar_place knows, or LW_NO_TIME if what it lacks is not what those before it lacked. */
int64_t calendar_add(struct calendar *calendar, const struct timestamp *time);
bool calendar_is_stand_in(int64_t time_us);
void calendar_settle(struct calendar *calendar, int64_t now_us);
/* The time that a stand-in stands for; any other time as it is. */
int64_t calendar_place(int64_t time_us, const struct calendar *calendar);

#endif
