/* Traces that stand for those that were not seen. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "measure/trace_points.h"

#define PURPOSE_STAND_IN 0x7374616eu
#define MAX_PARTNERS     32 /* traces tried to go on along */
#define MAX_CONTEXT      8  /* events in common that are looked for */

struct maker {
    const struct points *points;
    uint64_t *values;   /* all of all points, sorted */
    int64_t *durations; /* [n_durations] of all points, sorted */
    size_t n_durations;
    int64_t grain_us; /* durations are multiples of it */
    struct rng rng;
    uint32_t events[2 * POINT_EVENTS];
    uint64_t drawn[POINT_VALUES];
};

static int maker_init(struct maker *maker, const struct points *points)
{
    *maker = (struct maker){.points = points, .grain_us = INT64_C(1000000)};
    maker->values = alloc_array(points->n_values, sizeof *maker->values);
    maker->durations = alloc_array(points->n, sizeof *maker->durations);
    if (maker->values == NULL || maker->durations == NULL)
        return LW_ERR_MEMORY;
    if (points->n_values > 0)
        memcpy(maker->values, points->values, points->n_values * sizeof *maker->values);
    qsort(maker->values, points->n_values, sizeof *maker->values, order_u64);
    for (size_t i = 0; i < points->n; i++)
        if (points->items[i].duration_us != LW_NO_TIME)
            maker->durations[maker->n_durations++] = points->items[i].duration_us;
    qsort(maker->durations, maker->n_durations, sizeof *maker->durations, order_i64);
    for (size_t i = 0; i < maker->n_durations; i++)
        while (maker->durations[i] % maker->grain_us != 0)
            maker->grain_us /= 1000;
    return 0;
}

/* Number of points that have the value. */
static size_t count_value(const struct maker *maker, uint64_t value)
{
    size_t bounds[2];
    for (int i = 0; i < 2; i++) {
        size_t low = 0, high = maker->points->n_values;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (maker->values[middle] < value || (i == 1 && maker->values[middle] == value))
                low = middle + 1;
            else
                high = middle;
        }
        bounds[i] = low;
    }
    return bounds[1] - bounds[0];
}

/* The duration, or one between its neighbours if no other trace has it. */
static int64_t draw_duration(struct maker *maker, int64_t duration_us)
{
    if (duration_us == LW_NO_TIME || maker->n_durations < 2)
        return duration_us;
    size_t low = 0, high = maker->n_durations;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (maker->durations[middle] < duration_us)
            low = middle + 1;
        else
            high = middle;
    }
    if (low + 1 < maker->n_durations && maker->durations[low + 1] == duration_us)
        return duration_us;
    int64_t before = maker->durations[low > 0 ? low - 1 : low],
            after = maker->durations[low + 1 < maker->n_durations ? low + 1 : low];
    double share = rng_uniform(&maker->rng);
    double drawn = exp((1 - share) * log(1 + (double)before) + share * log(1 + (double)after)) - 1;
    return (int64_t)(drawn / (double)maker->grain_us + .5) * maker->grain_us;
}

/* How many events before and with x[p] and w[q] are the same, at most MAX_CONTEXT. */
static size_t common_context(const uint32_t *x, size_t p, const uint32_t *w, size_t q)
{
    size_t n = 0;
    while (n < MAX_CONTEXT && n <= p && n <= q && x[p - n] == w[q - n])
        n++;
    return n;
}

/* Goes along point i for a while and on along another; the number of events. */
static size_t cross(struct maker *maker, size_t i)
{
    const struct points *points = maker->points;
    const struct point *point = &points->items[i];
    const uint32_t *x = points->events + point->first_event;
    size_t n = point->n_events, p = n > 0 ? (size_t)rng_below(&maker->rng, n) : 0, best = 0, n_rest = 0;
    const uint32_t *rest = NULL;
    for (unsigned attempt = 0; attempt < MAX_PARTNERS && n > 0; attempt++) {
        size_t j = (size_t)rng_below(&maker->rng, points->n);
        const struct point *other = &points->items[j];
        const uint32_t *w = points->events + other->first_event;
        for (size_t q = 0; q < other->n_events && j != i; q++) {
            size_t common = common_context(x, p, w, q);
            if (common > best) {
                best = common;
                rest = w + q + 1;
                n_rest = other->n_events - q - 1;
            }
        }
    }
    if (best == 0) {
        memcpy(maker->events, x, n * sizeof *x);
        return n;
    }
    memcpy(maker->events, x, (p + 1) * sizeof *x);
    memcpy(maker->events + p + 1, rest, n_rest * sizeof *rest);
    return p + 1 + n_rest;
}

/* The values of a point, those that no other has replaced; whether any was. */
static bool draw_values(struct maker *maker, const struct point *point)
{
    bool is_new = false;
    for (size_t v = 0; v < point->n_values; v++) {
        uint64_t value = maker->points->values[point->first_value + v];
        bool is_own = count_value(maker, value) == 1;
        maker->drawn[v] = is_own ? rng_u64(&maker->rng) : value;
        is_new = is_new || is_own;
    }
    return is_new;
}

static size_t draw_member(struct maker *maker, const struct point_variant *variant)
{
    return maker->points->members[variant->first_member + rng_below(&maker->rng, variant->n_members)];
}

static int add_one(struct maker *maker, struct points *out)
{
    const struct points *points = maker->points;
    size_t i = (size_t)rng_below(&maker->rng, points->n), n;
    const struct point *point = &points->items[i];
    const struct point_variant *variant = &points->variants[point->variant];
    bool is_new = variant->n_members == 1;
    if (is_new) {
        n = cross(maker, i);
    } else {
        n = point->n_events;
        memcpy(maker->events, points->events + point->first_event, n * sizeof *maker->events);
    }
    is_new = draw_values(maker, point) || is_new;
    int64_t duration_us = draw_duration(maker, point->duration_us);
    /* What has nothing of its own may still be the only one that has it all. */
    if (!is_new && duration_us == point->duration_us)
        duration_us = draw_duration(maker, points->items[draw_member(maker, variant)].duration_us);
    return points_add(out, maker->events, n, duration_us, maker->drawn, point->n_values);
}

int points_stand_in(const struct points *points, size_t n, uint64_t seed, struct points *out, struct lw_error *err)
{
    struct maker *maker = alloc_array(1, sizeof *maker);
    struct points made = {0};
    int code = maker != NULL ? maker_init(maker, points) : LW_ERR_MEMORY;
    for (size_t i = 0; i < n && points->n > 0 && code == 0; i++) {
        rng_init(&maker->rng, seed, PURPOSE_STAND_IN, i);
        code = add_one(maker, &made);
    }
    if (maker != NULL) {
        free(maker->values);
        free(maker->durations);
    }
    free(maker);
    code = code != 0 ? fail_memory(err, "making traces to compare with") : points_index(&made, err);
    if (code != 0)
        points_release(&made);
    else
        *out = made;
    return code;
}
