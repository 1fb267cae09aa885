/*
 * Records by time. Times may run backwards, so nothing here searches by halves: chunks keep the least and the greatest
 * time of their records and how many are of each level (store.h), and only chunks that a bound runs through are read
 * row by row. Of a hundred million records that is some six thousand looks and a few chunks.
 */
#include <string.h>

#include "base/fail.h"
#include "log/log.h"

static uint64_t chunk_count(const struct lw_log *log)
{
    return (snapshot_count(log->records) + STORE_CHUNK - 1) / STORE_CHUNK;
}

static uint64_t chunk_end(const struct lw_log *log, uint64_t chunk)
{
    uint64_t end = (chunk + 1) * STORE_CHUNK, count = snapshot_count(log->records);
    return end < count ? end : count;
}

bool lw_log_times(const struct lw_log *log, int64_t *first_us, int64_t *last_us)
{
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (uint64_t chunk = 0; chunk < chunk_count(log); chunk++) {
        struct store_span span;
        log_span(log, chunk, &span);
        first = span.first_us < first ? span.first_us : first;
        last = span.last_us > last ? span.last_us : last;
    }
    if (first > last)
        return false;
    *first_us = first;
    *last_us = last;
    return true;
}

uint64_t lw_log_seek(const struct lw_log *log, int64_t time_us)
{
    for (uint64_t chunk = 0; chunk < chunk_count(log); chunk++) {
        struct store_span span;
        log_span(log, chunk, &span);
        if (span.last_us < time_us || span.first_us > span.last_us)
            continue;
        for (uint64_t record = chunk * STORE_CHUNK; record < chunk_end(log, chunk); record++) {
            struct store_row row;
            log_row(log, record, &row);
            if (row.time_us != LW_NO_TIME && row.time_us >= time_us)
                return record;
        }
    }
    return LW_NO_RECORD;
}

/* Number of the bin that a time lies in; from_us <= time_us < to_us. Unsigned, since the whole range may be wanted. */
static size_t bin_of(int64_t time_us, int64_t from_us, int64_t to_us, size_t n_bins)
{
    uint64_t at = (uint64_t)time_us - (uint64_t)from_us, width = (uint64_t)to_us - (uint64_t)from_us;
    size_t bin = at <= UINT64_MAX / n_bins ? (size_t)(at * n_bins / width)
                                           : (size_t)((long double)at / (long double)width * (long double)n_bins);
    return bin < n_bins ? bin : n_bins - 1;
}

int lw_log_histogram(const struct lw_log *log, int64_t from_us, int64_t to_us, size_t n_bins,
                     uint64_t (*counts)[LW_LEVEL_COUNT], struct lw_error *err)
{
    if (n_bins == 0 || from_us >= to_us)
        return fail(err, LW_ERR_USAGE, "a histogram needs a bin or more, and a stretch of time");
    memset(counts, 0, n_bins * sizeof counts[0]);
    for (uint64_t chunk = 0; chunk < chunk_count(log); chunk++) {
        struct store_span span;
        log_span(log, chunk, &span);
        if (span.first_us > span.last_us || span.last_us < from_us || span.first_us >= to_us)
            continue;
        bool is_inside = span.first_us >= from_us && span.last_us < to_us;
        size_t bin = is_inside ? bin_of(span.first_us, from_us, to_us, n_bins) : 0;
        if (is_inside && bin == bin_of(span.last_us, from_us, to_us, n_bins)) {
            for (size_t level = 0; level < LW_LEVEL_COUNT; level++)
                counts[bin][level] += span.levels[level];
            continue;
        }
        for (uint64_t record = chunk * STORE_CHUNK; record < chunk_end(log, chunk); record++) {
            struct store_row row;
            log_row(log, record, &row);
            if (row.time_us != LW_NO_TIME && row.time_us >= from_us && row.time_us < to_us)
                counts[bin_of(row.time_us, from_us, to_us, n_bins)][row.level]++;
        }
    }
    return 0;
}
