#include "generate/moments.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

struct moment {
    uint64_t since; /* the earliest event */
    uint32_t event;
};

#define DIGIT_BITS 11u
#define N_DIGITS   (1u << DIGIT_BITS)

/* By one digit of their times; those of equal digits stay in order. */
static void deal(const struct moment *from, struct moment *to, size_t n, unsigned shift)
{
    size_t first[N_DIGITS + 1] = {0};
    for (size_t i = 0; i < n; i++)
        first[(from[i].since >> shift) % N_DIGITS + 1]++;
    for (size_t i = 1; i < N_DIGITS; i++)
        first[i] += first[i - 1];
    for (size_t i = 0; i < n; i++)
        to[first[(from[i].since >> shift) % N_DIGITS]++] = from[i];
}

/* Digit by digit, from the last: a log has far fewer digits of time than comparing would take steps. Returns the one of
 * the two arrays that is sorted. */
static struct moment *sort_moments(struct moment *moments, struct moment *spare, size_t n)
{
    uint64_t last = 0;
    for (size_t i = 0; i < n; i++)
        last = moments[i].since > last ? moments[i].since : last;
    for (unsigned shift = 0; shift < 64 && last >> shift > 0; shift += DIGIT_BITS) {
        deal(moments, spare, n, shift);
        struct moment *dealt = spare;
        spare = moments;
        moments = dealt;
    }
    return moments;
}

static int64_t earliest(const struct trace_set *set)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < set->n_events; i++)
        first = set->times_us[i] < first ? set->times_us[i] : first;
    return first;
}

int moments_order(const struct trace_set *set, uint32_t *order, uint32_t *trace_of)
{
    struct moment *moments = alloc_array(set->n_events, sizeof *moments);
    struct moment *spare = alloc_array(set->n_events, sizeof *spare);
    bool is_short = moments == NULL || spare == NULL;
    uint64_t first_us = (uint64_t)earliest(set);
    for (uint32_t t = 0; t < set->n_traces && !is_short; t++)
        for (size_t i = set->first[t]; i < set->first[t + 1]; i++) {
            trace_of[i] = t;
            moments[i] = (struct moment){(uint64_t)set->times_us[i] - first_us, (uint32_t)i};
        }
    const struct moment *sorted = is_short ? NULL : sort_moments(moments, spare, set->n_events);
    for (size_t i = 0; i < set->n_events && !is_short; i++)
        order[i] = sorted[i].event;
    free(moments);
    free(spare);
    return is_short ? LW_ERR_MEMORY : 0;
}
