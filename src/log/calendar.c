#include "log/calendar.h"

#define DAY_US        (INT64_C(86400) * 1000000)
#define HOUR_US       (INT64_C(3600) * 1000000)
#define BACK_YEAR_US  (31 * DAY_US)
#define BACK_DAY_US   (2 * HOUR_US)
#define STAND_IN      (INT64_MIN / 2) /* far before the year 1: what is counted from here is not placed yet */
#define LEAP_DAY      59              /* 29 February, counted from 0 in a leap year */
#define FURTHEST_LEAP 8               /* leap years are at most 8 years apart */

static int64_t period(const struct calendar *c)
{
    return c->is_dateless ? DAY_US : TIMESTAMP_YEAR_US;
}

int64_t calendar_add(struct calendar *c, const struct timestamp *time)
{
    if (time->has_year) {
        bool has_zone = timestamp_has_zone(&time->layout);
        c->last_utc_us = clock_correct(&c->clock, time->time_us, has_zone, c->last_utc_us);
        return c->last_utc_us;
    }
    if (!c->has_last) {
        c->is_dateless = !time->has_date;
        c->has_zone = timestamp_has_zone(&time->layout);
    }
    if (c->is_dateless == time->has_date)
        return LW_NO_TIME;
    int64_t span = period(c), back = c->is_dateless ? BACK_DAY_US : BACK_YEAR_US;
    int64_t placed = time->time_us;
    if (c->has_last) {
        int64_t turn = c->last_us / span;
        placed += turn * span;
        if (placed < c->last_us - back)
            placed += span;
        else if (turn > 0 && placed > c->last_us + span - back)
            placed -= span;
    }
    if (!c->is_dateless && time->time_us / DAY_US == LEAP_DAY)
        c->leap_year = (int)(placed / span);
    c->last_us = placed;
    c->most_us = c->has_last && c->most_us > placed ? c->most_us : placed;
    c->has_last = true;
    return STAND_IN + placed;
}

static bool has_leap_day(int year)
{
    return timestamp_with_year(LEAP_DAY * DAY_US, year) != timestamp_with_year((LEAP_DAY + 1) * DAY_US, year);
}

void calendar_settle(struct calendar *c, int64_t now_us)
{
    int turns = (int)(c->most_us / period(c));
    int64_t today = now_us / DAY_US - (now_us % DAY_US < 0);
    c->first = (c->is_dateless ? (int)today : timestamp_year(now_us)) - turns;
    if (calendar_place(STAND_IN + c->most_us, c) > now_us + (c->is_dateless ? 0 : DAY_US))
        c->first--;
    for (int i = 0; c->leap_year >= 0 && i < FURTHEST_LEAP && !has_leap_day(c->first + c->leap_year); i++)
        c->first--;
}

bool calendar_is_stand_in(int64_t time_us)
{
    return time_us != LW_NO_TIME && time_us < STAND_IN / 2;
}

int64_t calendar_place(int64_t time_us, const struct calendar *c)
{
    if (!calendar_is_stand_in(time_us))
        return time_us;
    int64_t placed = time_us - STAND_IN, span = period(c);
    int turn = (int)(placed / span);
    placed = c->is_dateless ? c->first * DAY_US + placed : timestamp_with_year(placed % span, c->first + turn);
    return clock_correct(&c->clock, placed, c->has_zone, LW_NO_TIME);
}
