/* How traces follow one another: rate, hours of the day, bursts; and how long steps take. */
#include "measure/observed_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "learn/bursts.h"

#define WIDE      1.96 /* standard errors on either side */
#define MAX_RUNS  20   /* of numbers, whose means tell the error of the mean */
#define LEAST_RUN 5
#define HOUR_US   INT64_C(3600000000)
#define MAX_HOURS 10000000 /* of a log, to look at each */

/* By how much more the number of traces in an hour varies from day to day than if each came for itself: variance over
 * mean, pooled over the hours of the day; at least 1. times: rising. */
static double dispersion(const int64_t *times, size_t n)
{
    double sums[BURSTS_DAY] = {0}, squares[BURSTS_DAY] = {0}, cells[BURSTS_DAY] = {0}, over = 0, freedom = 0;
    int64_t hour = times[0] / HOUR_US + 1, last = times[n - 1] / HOUR_US;
    if (times[0] < 0 || last - hour > MAX_HOURS)
        return 1;
    for (size_t at = 0; hour < last; hour++) { /* those at either end are not whole */
        double count = 0;
        while (times[at] < hour * HOUR_US)
            at++;
        for (; times[at] < (hour + 1) * HOUR_US; at++)
            count++;
        sums[hour % BURSTS_DAY] += count;
        squares[hour % BURSTS_DAY] += count * count;
        cells[hour % BURSTS_DAY]++;
    }
    for (int h = 0; h < BURSTS_DAY; h++) {
        double mean = cells[h] > 0 ? sums[h] / cells[h] : 0;
        if (mean <= 0 || cells[h] < 2)
            continue;
        over += (squares[h] - sums[h] * mean) / mean;
        freedom += cells[h] - 1;
    }
    return freedom > 0 ? fmax(1, over / freedom) : 1;
}

/* Odds of the hours; a log of less than two days does not tell them. */
static int observe_profile(struct observing *of, const int64_t *times, size_t n, double odds[BURSTS_DAY], bool *is_told)
{
    double counts[BURSTS_DAY];
    char name[32];
    int rc = 0;
    *is_told = bursts_hours(times, n, odds, counts);
    double wide = *is_told ? sqrt(dispersion(times, n)) : 1;
    for (int h = 0; h < BURSTS_DAY && rc == 0 && *is_told; h++) {
        double low, high;
        observed_poisson(counts[h], &low, &high);
        snprintf(name, sizeof name, "arrival.profile.%d", h);
        double each = counts[h] > 0 ? odds[h] / counts[h] : NAN;
        rc = observed_add(of, name, NULL, odds[h], fmax(0, odds[h] - wide * (odds[h] - low * each)),
                          odds[h] + wide * (high * each - odds[h]), (uint64_t)counts[h], "against the mean hour, UTC");
        if (of->document != NULL)
            of->document->profile[h] = odds[h];
    }
    return rc;
}

/* Half the width of the interval of a mean of positive numbers that follow one another, against the mean: from means
 * of runs of them, which are nearly independent where neighbours are not (batch means: Conway 1963). */
static double spread_of_mean(const double *values, size_t n, size_t least_run)
{
    size_t n_runs = n / least_run < MAX_RUNS ? n / least_run : MAX_RUNS;
    double mean = 0, square = 0;
    if (n_runs < 2)
        return n > 0 ? WIDE / sqrt((double)n) : NAN;
    for (size_t i = 0; i < n; i++)
        mean += values[i] / (double)n;
    for (size_t r = 0; r < n_runs; r++) {
        double sum = 0, len = 0;
        for (size_t i = r * n / n_runs; i < (r + 1) * n / n_runs; i++, len++)
            sum += values[i];
        square += (sum / len - mean) * (sum / len - mean);
    }
    return WIDE * sqrt(square / (double)(n_runs - 1) / (double)n_runs) / mean;
}

static int add_bursts(struct observing *of, const struct bursts *bursts, double hours, size_t n_traces)
{
    double n = (double)bursts->n, per_hour = n / hours, inside = 0, low, high;
    observed_poisson(n, &low, &high);
    int rc = observed_add(of, "arrival.bursts.per_hour", NULL, per_hour, low / hours, high / hours, bursts->n, NULL);
    if (rc != 0 || bursts->n == 0)
        return rc;
    for (size_t i = 0; i < bursts->n; i++)
        inside += (double)bursts->items[i].n;
    /* A burst reaches beyond its first and its last trace by a gap each, on average. */
    double *lengths = alloc_array(bursts->n, sizeof *lengths), length = 0, around = 2 / bursts->burst_rate;
    if (lengths == NULL)
        return fail_memory(of->err, "measuring constraints");
    for (size_t i = 0; i < bursts->n; i++) {
        lengths[i] = (double)(bursts->items[i].to_us - bursts->items[i].from_us) / 1e6;
        lengths[i] += isfinite(around) ? around : 0;
        length += lengths[i] / n;
    }
    double height = bursts->burst_rate / bursts->usual_rate, spread = length * spread_of_mean(lengths, bursts->n, 1);
    double of_height = exp(WIDE * sqrt(1 / inside + 1 / fmax(1, (double)n_traces - inside)));
    free(lengths);
    rc = observed_add(of, "arrival.bursts.length", NULL, length, fmax(0, length - spread), length + spread, bursts->n,
                      "seconds");
    if (rc == 0)
        rc = observed_add(of, "arrival.bursts.height", NULL, height, height / of_height, height * of_height, bursts->n,
                          "times the rate outside");
    if (of->document != NULL && rc == 0 && length > 0 && isfinite(height) && per_hour * length <= 3600) {
        of->document->bursts_per_hour = per_hour;
        of->document->burst_length_s = fmax(length, .001);
        of->document->burst_height = fmin(fmax(height, 1), 1e6);
    }
    return rc;
}

/* The time between traces outside of bursts, hours taken out. */
static double spread_of_rate(const int64_t *times, size_t n, double *gaps)
{
    return bursts_flatten(times, n, gaps) == 0 ? spread_of_mean(gaps, n - 1, LEAST_RUN) : NAN;
}

static int observe_times(struct observing *of, int64_t *times, size_t n)
{
    double odds[BURSTS_DAY], seconds = n > 0 ? (double)(times[n - 1] - times[0]) / 1e6 : 0;
    struct bursts bursts;
    bool has_hours;
    if (n < 2 || seconds <= 0)
        return 0;
    int rc = observe_profile(of, times, n, odds, &has_hours);
    if (rc != 0)
        return rc;
    double *gaps = alloc_array(n - 1, sizeof *gaps), spread = gaps == NULL ? NAN : spread_of_rate(times, n, gaps);
    free(gaps);
    if (gaps == NULL || isnan(spread) || bursts_find(times, n, has_hours ? odds : NULL, &bursts) != 0)
        return fail_memory(of->err, "looking for bursts");
    double rate = bursts.n > 0 ? bursts.usual_rate : (double)(n - 1) / seconds;
    rc = observed_add(of, "arrival.rate", NULL, rate, rate / (1 + spread), rate / fmax(.01, 1 - spread), n,
                      "traces a second, outside bursts");
    if (rc == 0)
        rc = add_bursts(of, &bursts, seconds / 3600, n);
    if (of->document != NULL && rc == 0 && n >= OBSERVED_LEAST && rate >= 1e-9 && rate <= 1e9)
        of->document->arrival_rate = rate;
    bursts_release(&bursts);
    return rc;
}

int observe_arrival(struct observing *of)
{
    int64_t *times = alloc_array(of->set->n_traces, sizeof *times);
    size_t n = 0;
    if (times == NULL)
        return fail_memory(of->err, "measuring constraints");
    for (size_t trace = 0; trace < of->set->n_traces; trace++) {
        size_t first = of->set->first[trace];
        if (first < of->set->first[trace + 1] && of->set->times_us[first] != LW_NO_TIME)
            times[n++] = of->set->times_us[first];
    }
    qsort(times, n, sizeof *times, order_i64);
    int rc = observe_times(of, times, n);
    free(times);
    return rc;
}

int observe_delays(struct observing *of)
{
    static const struct {
        const char *part;
        double share;
    } quantiles[] = {{"median", .5}, {"p95", .95}, {"p99", .99}};
    double *delays = alloc_array(of->set->n_events, sizeof *delays);
    size_t n = 0;
    int rc = 0;
    if (delays == NULL)
        return fail_memory(of->err, "measuring constraints");
    for (size_t trace = 0; trace < of->set->n_traces; trace++)
        for (size_t i = of->set->first[trace] + 1; i < of->set->first[trace + 1]; i++)
            if (of->set->times_us[i] != LW_NO_TIME && of->set->times_us[i - 1] != LW_NO_TIME)
                delays[n++] = (double)(of->set->times_us[i] - of->set->times_us[i - 1]) / 1e6;
    qsort(delays, n, sizeof *delays, observed_by_value);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles && rc == 0 && n > 0; i++)
        rc = observed_quantiles(of, "delays", quantiles[i].part, delays, n, quantiles[i].share,
                                "seconds between events of a trace");
    free(delays);
    return rc;
}
