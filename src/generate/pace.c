/*
 * The rate is constant between the full hours and the ends of bursts, so the integral is walked from one to the next.
 * Thinning was rejected: it would drop gaps, and what is left of them has another shape.
 */
#include "generate/pace.h"

#include <math.h>
#include <string.h>

#include "base/fail.h"
#include "generate/purpose.h"

#define HOUR_US 3600e6
#define DAY_US  INT64_C(86400000000)
#define FAR_US  (30 * 24 * HOUR_US) /* what lies ahead is walked so far, and is as on average behind */

static void next_burst(struct pace *pace)
{
    double from = pace->burst_to - log(1 - rng_uniform(&pace->rng)) * pace->burst_gap_us;
    pace->burst_from = from;
    pace->burst_to = from + pace->burst_len_us;
}

int pace_init(struct pace *pace, const struct lw_constraints *constraints, int64_t from_us, struct lw_error *err)
{
    double sum = 0;
    memset(pace, 0, sizeof *pace);
    for (int h = 0; h < ARRIVAL_HOURS; h++) {
        pace->has_hours = pace->has_hours || !isnan(constraints->profile[h]);
        pace->hours[h] = isnan(constraints->profile[h]) ? 1 : constraints->profile[h];
        sum += pace->hours[h];
    }
    if (!(sum > 0))
        return fail(err, LW_ERR_INFEASIBLE, "arrival.profile: every hour is 0, so no trace could ever start");
    for (int h = 0; h < ARRIVAL_HOURS; h++)
        pace->hours[h] *= ARRIVAL_HOURS / sum;
    pace->origin_us = pace->now_us = from_us;
    rng_init(&pace->rng, (uint64_t)constraints->seed, PURPOSE_BURST, 0);
    if (constraints->bursts_per_hour > 0 && constraints->burst_length_s > 0) {
        pace->burst_len_us = constraints->burst_length_s * 1e6;
        pace->burst_gap_us = fmax(1, HOUR_US / constraints->bursts_per_hour - pace->burst_len_us);
        pace->height = constraints->burst_height;
        next_burst(pace);
    }
    const char *zone = constraints->zone;
    return zone == NULL ? 0 : zone_open(zone, strlen(zone), &pace->zone, err);
}

void pace_release(struct pace *pace)
{
    zone_free(pace->zone);
    memset(pace, 0, sizeof *pace);
}

/* Microseconds into the local day. */
static int64_t time_of_day(const struct pace *pace, double now)
{
    int64_t utc = pace->origin_us + (int64_t)now;
    int64_t shift = pace->zone == NULL ? 0 : utc - zone_to_utc(pace->zone, utc, LW_NO_TIME);
    int64_t at = (utc + shift) % DAY_US;
    return at < 0 ? at + DAY_US : at;
}

/* Up to until_us since the origin; how much of the gap passed. */
static double advance(struct pace *pace, double gap_us, double until_us)
{
    double passed = 0;
    while (gap_us > 0 && pace->now < until_us) {
        double rate = 1, end = until_us;
        if (pace->has_hours) {
            int64_t day = time_of_day(pace, pace->now), hour = (int64_t)HOUR_US;
            rate = pace->hours[day / hour];
            end = fmin(end, pace->now + (double)(hour - day % hour));
        }
        while (pace->burst_gap_us > 0 && pace->burst_to <= pace->now)
            next_burst(pace);
        if (pace->burst_gap_us > 0) {
            bool is_burst = pace->burst_from <= pace->now;
            rate *= is_burst ? pace->height : 1;
            end = fmin(end, is_burst ? pace->burst_to : pace->burst_from);
        }
        double holds = rate * (end - pace->now);
        if (rate > 0 && holds >= gap_us) {
            pace->now += gap_us / rate;
            return passed + gap_us;
        }
        holds = rate > 0 ? holds : 0;
        gap_us -= holds;
        passed += holds;
        pace->now = end;
    }
    return passed;
}

int64_t pace_move(struct pace *pace, double gap_us)
{
    (void)advance(pace, gap_us, INFINITY);
    pace->now_us = pace->origin_us + (int64_t)pace->now;
    return pace->now_us;
}

/* Of many days: that of the hours is 1. */
static double mean_rate(const struct pace *pace)
{
    if (!(pace->burst_gap_us > 0))
        return 1;
    return 1 + (pace->height - 1) * pace->burst_len_us / (pace->burst_len_us + pace->burst_gap_us);
}

double pace_lasts(const struct pace *pace, double gap_us)
{
    struct pace ahead = *pace;
    double left = gap_us - advance(&ahead, gap_us, pace->now + FAR_US);
    return ahead.now - pace->now + fmax(0, left) / mean_rate(pace);
}

double pace_passes(const struct pace *pace, double time_us)
{
    struct pace ahead = *pace;
    double near = fmin(time_us, FAR_US);
    return advance(&ahead, INFINITY, pace->now + near) + (time_us - near) * mean_rate(pace);
}
