/*
 * A burst begins where what it gains by its higher rate pays for the step into it. The step costs log(n / alpha): the
 * likelihood ratio of a process that has no burst is a martingale of mean 1, so it exceeds 1 / c from a given event on
 * with a probability of c at most (Ville 1939), and there are n events to begin at. The way back is free.
 *
 * That holds for gaps of a Poisson process. Where the log's own gaps are more uneven, short ones gather by chance, too:
 * then gains are divided by the theta at which the mean of exp(theta gain) over the gaps outside of bursts is 1, the
 * exponent by which the greatest sum of independent gains falls off (Karlin and Altschul 1990); of a Poisson process it
 * is 1. Rejected: shuffling the gaps some hundred times, which says the same and costs a hundred passes.
 */
#include "learn/bursts.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

#define FIRST_HEIGHT 4
#define LEAST_HEIGHT 2
#define MAX_HEIGHT   1e6
#define MAX_PASSES   6
#define MAX_SAMPLE   20000 /* gaps that their spread is told from */
#define MIN_THETA    .01
#define LEAST_HOURLY 10 /* events, to tell hours apart */
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
static void find_way(const double *gaps, size_t n, double usual, double high, double step, uint8_t *from, bool *is_in)
{
    double cost[2] = {0, step};
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

/* log of the mean of exp(theta gain) over the gaps outside, some thousand of them. */
static double log_mean(const double *gaps, const bool *is_in, size_t n, double usual, double high, double theta)
{
    size_t each = n / MAX_SAMPLE + 1;
    double sum = 0, taken = 0;
    for (size_t i = 0; i < n; i += each)
        if (!is_in[i]) {
            sum += exp(theta * (log(high / usual) - (high - usual) * gaps[i]));
            taken++;
        }
    return taken > 0 ? log(sum / taken) : 0;
}

/* What a burst has to gain. */
static double find_step(const double *gaps, const bool *is_in, size_t n, double usual, double high)
{
    double low = MIN_THETA, top = 1;
    if (log_mean(gaps, is_in, n, usual, high, 1) > 0 && log_mean(gaps, is_in, n, usual, high, low) < 0) {
        while (top - low > .001) {
            double middle = (low + top) / 2;
            if (log_mean(gaps, is_in, n, usual, high, middle) > 0)
                top = middle;
            else
                low = middle;
        }
        top = low;
    }
    return log((double)n / BURSTS_ALPHA) / top;
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

static int find(const int64_t *times_us, const double *gaps, size_t n, struct bursts *out)
{
    uint8_t *from = alloc_array(n, sizeof *from);
    bool *is_in = alloc_zeroed(n, sizeof *is_in);
    int rc = from == NULL || is_in == NULL ? LW_ERR_MEMORY : 0;
    double all = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        all += gaps[i];
    if (rc == 0 && all > 0) {
        double usual = (double)n / all, high = usual * FIRST_HEIGHT;
        for (size_t pass = 0, before = SIZE_MAX, now; pass < MAX_PASSES; pass++, before = now) {
            find_way(gaps, n, usual, high, find_step(gaps, is_in, n, usual, high), from, is_in);
            now = find_rates(gaps, is_in, n, &usual, &high);
            if (now == before)
                break;
        }
        rc = collect(times_us, gaps, is_in, n, out);
    }
    free(from);
    free(is_in);
    if (rc != 0)
        bursts_release(out);
    return rc;
}

int bursts_find_by(const int64_t *times_us, const double *clock, size_t n, struct bursts *out)
{
    *out = (struct bursts){.usual_rate = NAN, .burst_rate = NAN};
    if (n < 2)
        return 0;
    double *gaps = alloc_array(n - 1, sizeof *gaps);
    for (size_t i = 0; i + 1 < n && gaps != NULL; i++)
        gaps[i] = clock[i + 1] - clock[i];
    int rc = gaps == NULL ? LW_ERR_MEMORY : find(times_us, gaps, n - 1, out);
    free(gaps);
    return rc;
}

int bursts_find(const int64_t *times_us, size_t n, const double *hours, struct bursts *out)
{
    *out = (struct bursts){.usual_rate = NAN, .burst_rate = NAN};
    if (n < 2)
        return 0;
    double *gaps = alloc_array(n - 1, sizeof *gaps);
    for (size_t i = 0; i + 1 < n && gaps != NULL; i++)
        gaps[i] = usual_time(times_us[i], times_us[i + 1], hours);
    int rc = gaps == NULL ? LW_ERR_MEMORY : find(times_us, gaps, n - 1, out);
    free(gaps);
    return rc;
}

/* Seconds of each hour of the day between two times. */
static void find_exposure(int64_t from_us, int64_t to_us, double seconds[BURSTS_DAY])
{
    int64_t days = (to_us - from_us) / DAY_US;
    for (int h = 0; h < BURSTS_DAY; h++)
        seconds[h] = (double)days * 3600;
    from_us += days * DAY_US;
    while (from_us < to_us) {
        int64_t of_day = ((from_us % DAY_US) + DAY_US) % DAY_US, end = from_us + HOUR_US - of_day % HOUR_US;
        if (end > to_us)
            end = to_us;
        seconds[of_day / HOUR_US] += (double)(end - from_us) / 1e6;
        from_us = end;
    }
}

bool bursts_hours(const int64_t *times_us, size_t n, double odds[BURSTS_DAY], double *counts)
{
    double seconds[BURSTS_DAY], found[BURSTS_DAY] = {0}, sum = 0;
    if (n < LEAST_HOURLY || times_us[n - 1] - times_us[0] < 2 * DAY_US)
        return false;
    find_exposure(times_us[0], times_us[n - 1], seconds);
    for (size_t i = 0; i < n; i++)
        found[((times_us[i] % DAY_US) + DAY_US) % DAY_US / HOUR_US]++;
    for (int h = 0; h < BURSTS_DAY; h++) {
        odds[h] = found[h] / seconds[h];
        sum += odds[h];
    }
    for (int h = 0; h < BURSTS_DAY; h++) {
        odds[h] *= BURSTS_DAY / sum;
        if (counts != NULL)
            counts[h] = found[h];
    }
    return true;
}

int bursts_flatten(const int64_t *times_us, size_t n, double *gaps)
{
    double odds[BURSTS_DAY];
    const double *hours = bursts_hours(times_us, n, odds, NULL) ? odds : NULL;
    struct bursts bursts;
    if (bursts_find(times_us, n, hours, &bursts) != 0)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i + 1 < n; i++)
        gaps[i] = usual_time(times_us[i], times_us[i + 1], hours);
    double height = bursts.burst_rate / bursts.usual_rate;
    for (size_t b = 0; b < bursts.n && isfinite(height); b++)
        for (size_t i = bursts.items[b].first; i + 1 < bursts.items[b].first + bursts.items[b].n; i++)
            gaps[i] *= height;
    bursts_release(&bursts);
    return 0;
}

void bursts_release(struct bursts *bursts)
{
    free(bursts->items);
    *bursts = (struct bursts){.usual_rate = NAN, .burst_rate = NAN};
}
