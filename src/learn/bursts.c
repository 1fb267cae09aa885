/*
 * A burst begins where what it gains by its higher rate pays for the step into it. The step costs log(n / alpha): the
 * likelihood ratio of a process that has no burst is a martingale of mean 1, so it exceeds 1 / c from a given event on
 * with a probability of c at most (Ville 1939), and there are n events to begin at. The way back is free.
 */
#include "learn/bursts.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

#define FIRST_HEIGHT 4
#define LEAST_HEIGHT 2
#define MAX_HEIGHT   1e6
#define MAX_PASSES   6
#define HOUR_US      INT64_C(3600000000)
#define DAY_US       (HOUR_US * BURSTS_DAY)

/* Usual time, in seconds, that passes between two times: an hour of twice the rate counts twice. */
static double usual_time(int64_t from_us, int64_t to_us, const double *hours)
{
    double sum = 0;
    if (hours == NULL || to_us - from_us > 2 * DAY_US)
        return (double)(to_us - from_us) / 1e6;
    while (from_us < to_us) {
        int64_t of_day = ((from_us % DAY_US) + DAY_US) % DAY_US, end = from_us + HOUR_US - of_day % HOUR_US;
        if (end > to_us)
            end = to_us;
        sum += (double)(end - from_us) / 1e6 * hours[of_day / HOUR_US];
        from_us = end;
    }
    return sum;
}

/* Marks the gaps that lie in bursts, the cheapest way: is_in[i] of the gap before event i + 1. */
static void find_way(const double *gaps, size_t n, double usual, double high, uint8_t *from, bool *is_in)
{
    double cost[2] = {0, log((double)n / BURSTS_ALPHA)}, step = cost[1];
    for (size_t i = 0; i < n; i++) {
        double stay = cost[0], leave = cost[1], enter = cost[0] + step;
        from[i] = (uint8_t)((leave < stay ? 1 : 0) | (cost[1] <= enter ? 2 : 0));
        cost[0] = (leave < stay ? leave : stay) - log(usual) + usual * gaps[i];
        cost[1] = (cost[1] <= enter ? cost[1] : enter) - log(high) + high * gaps[i];
    }
    int state = cost[1] < cost[0];
    for (size_t i = n; i-- > 0;) {
        is_in[i] = state == 1;
        state = state == 0 ? from[i] & 1 : (from[i] & 2) != 0;
    }
}

/* Rates inside and outside of the gaps marked; how many are. */
static size_t find_rates(const double *gaps, const bool *is_in, size_t n, double *usual, double *high)
{
    double time[2] = {0, 0};
    size_t counts[2] = {0, 0};
    for (size_t i = 0; i < n; i++) {
        time[is_in[i]] += gaps[i];
        counts[is_in[i]]++;
    }
    if (counts[0] > 0 && time[0] > 0)
        *usual = (double)counts[0] / time[0];
    if (counts[1] > 0)
        *high = time[1] > 0 ? (double)counts[1] / time[1] : *usual * MAX_HEIGHT;
    if (*high < *usual * LEAST_HEIGHT)
        *high = *usual * LEAST_HEIGHT;
    return counts[1];
}

static int collect(const int64_t *times_us, const double *gaps, const bool *is_in, size_t n, struct bursts *out)
{
    double outside = 0, inside = 0;
    size_t n_inside = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_in[i]) {
            outside += gaps[i];
            continue;
        }
        if (i == 0 || !is_in[i - 1]) {
            if (alloc_grow(&out->items, &out->cap, out->n + 1, sizeof *out->items) != 0)
                return LW_ERR_MEMORY;
            out->items[out->n++] = (struct burst){times_us[i], 0, i, 1};
        }
        struct burst *burst = &out->items[out->n - 1];
        burst->to_us = times_us[i + 1];
        burst->n++;
        inside += gaps[i];
        out->inside_s += (double)(times_us[i + 1] - times_us[i]) / 1e6;
        n_inside++;
    }
    out->usual_rate = outside > 0 ? (double)(n - n_inside) / outside : NAN;
    out->burst_rate = inside > 0 ? (double)n_inside / inside : NAN;
    return 0;
}

int bursts_find(const int64_t *times_us, size_t n, const double *hours, struct bursts *out)
{
    *out = (struct bursts){.usual_rate = NAN, .burst_rate = NAN};
    if (n < 2)
        return 0;
    double *gaps = alloc_array(n, sizeof *gaps), all = 0;
    uint8_t *from = alloc_array(n, sizeof *from);
    bool *is_in = alloc_zeroed(n, sizeof *is_in);
    int rc = gaps == NULL || from == NULL || is_in == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0; i + 1 < n && rc == 0; i++) {
        gaps[i] = usual_time(times_us[i], times_us[i + 1], hours);
        all += gaps[i];
    }
    if (rc == 0 && all > 0) {
        double usual = (double)(n - 1) / all, high = usual * FIRST_HEIGHT;
        for (size_t pass = 0, before = SIZE_MAX, now; pass < MAX_PASSES; pass++, before = now) {
            find_way(gaps, n - 1, usual, high, from, is_in);
            now = find_rates(gaps, is_in, n - 1, &usual, &high);
            if (now == before)
                break;
        }
        rc = collect(times_us, gaps, is_in, n - 1, out);
    }
    free(gaps);
    free(from);
    free(is_in);
    if (rc != 0)
        bursts_release(out);
    return rc;
}

void bursts_release(struct bursts *bursts)
{
    free(bursts->items);
    *bursts = (struct bursts){.usual_rate = NAN, .burst_rate = NAN};
}
