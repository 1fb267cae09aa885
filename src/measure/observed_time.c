/* How traces follow one another: rate, hours of the day, bursts; and how long steps take. */
#include "measure/observed_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "learn/bursts.h"

#define DAY_US  INT64_C(86400000000)
#define HOUR_US INT64_C(3600000000)

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

/* Odds of the hours, 1 on average; a log of less than a day does not tell them. */
static int observe_profile(struct observing *of, const int64_t *times, size_t n, double odds[BURSTS_DAY], bool *is_told)
{
    double seconds[BURSTS_DAY], counts[BURSTS_DAY] = {0}, sum = 0;
    char name[32];
    int rc = 0;
    *is_told = n >= OBSERVED_LEAST && times[n - 1] - times[0] >= DAY_US;
    if (!*is_told)
        return 0;
    find_exposure(times[0], times[n - 1], seconds);
    for (size_t i = 0; i < n; i++)
        counts[((times[i] % DAY_US) + DAY_US) % DAY_US / HOUR_US]++;
    for (int h = 0; h < BURSTS_DAY; h++) {
        odds[h] = counts[h] / seconds[h];
        sum += odds[h];
    }
    for (int h = 0; h < BURSTS_DAY && rc == 0; h++) {
        odds[h] *= BURSTS_DAY / sum;
        double spread = counts[h] > 0 ? 1.96 * odds[h] / sqrt(counts[h]) : NAN;
        snprintf(name, sizeof name, "arrival.profile.%d", h);
        rc = observed_add(of, name, NULL, odds[h], fmax(0, odds[h] - spread), odds[h] + spread, (uint64_t)counts[h],
                          "against the mean hour, UTC");
        if (of->document != NULL)
            of->document->profile[h] = odds[h];
    }
    return rc;
}

static double spread_of_mean(const struct bursts *bursts, double mean)
{
    double sum = 0, n = (double)bursts->n;
    for (size_t i = 0; i < bursts->n; i++) {
        double off = (double)(bursts->items[i].to_us - bursts->items[i].from_us) / 1e6 - mean;
        sum += off * off;
    }
    return n > 1 ? 1.96 * sqrt(sum / (n - 1) / n) : NAN;
}

static int add_bursts(struct observing *of, const struct bursts *bursts, double hours, size_t n_traces)
{
    double n = (double)bursts->n, per_hour = hours > 0 ? n / hours : NAN, inside = 0;
    int rc = observed_add(of, "arrival.bursts.per_hour", NULL, per_hour, fmax(0, (n - 1.96 * sqrt(n)) / hours),
                          (n + 1.96 * sqrt(n)) / hours, bursts->n, NULL);
    if (rc != 0 || bursts->n == 0)
        return rc;
    for (size_t i = 0; i < bursts->n; i++)
        inside += (double)bursts->items[i].n;
    double length = bursts->inside_s / n, spread = spread_of_mean(bursts, length);
    double height = bursts->burst_rate / bursts->usual_rate;
    double of_height = exp(1.96 * sqrt(1 / inside + 1 / fmax(1, (double)n_traces - inside)));
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
    if (bursts_find(times, n, has_hours ? odds : NULL, &bursts) != 0)
        return fail_memory(of->err, "looking for bursts");
    double rate = bursts.n > 0 ? bursts.usual_rate : (double)(n - 1) / seconds, spread = 1.96 / sqrt((double)(n - 1));
    rc = observed_add(of, "arrival.rate", NULL, rate, rate * fmax(0, 1 - spread), rate * (1 + spread), n,
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
        rc = observed_add(of, "delays", quantiles[i].part, observed_quantile(delays, n, quantiles[i].share), NAN, NAN,
                          n, "seconds between events of a trace");
    free(delays);
    return rc;
}
