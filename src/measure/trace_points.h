/*
 * Traces as points with a distance: what is near what, for measures of privacy. Owned by the struct; not thread-safe
 * for adding, any number of threads may look once it is indexed.
 *
 * The distance of two traces lies in 0 .. 1: .5 of how far their sequences are apart (1 - Dice's coefficient of the
 * bags of neighbouring events, begin and end included), .2 of how far their durations are (x / (1 + x) of the
 * difference x of their logarithms), and .3 of how far the values of their parameters are (1 - Dice's coefficient of
 * the sets).
 */
#ifndef LW_MEASURE_TRACE_POINTS_H
#define LW_MEASURE_TRACE_POINTS_H

#include "base/rng.h"
#include "measure/log_columns.h"

#define POINT_EVENTS     512 /* of a trace that count, the first ones */
#define POINT_VALUES     256 /* likewise, of distinct ones the least hashes */
#define POINT_NEIGHBOURS 5

struct point {
    size_t first_event, first_value;
    uint32_t n_events, n_values;
    uint32_t variant;    /* index of its sequence; set by points_index */
    int64_t duration_us; /* LW_NO_TIME where events are not timed */
};
struct point_variant {
    size_t first_gram, n_grams;     /* sorted */
    size_t first_member, n_members; /* in members, by rising duration, those without one last */
};
struct points {
    uint32_t *events;
    uint64_t *values, *grams;
    struct point *items;
    struct point_variant *variants; /* by first appearance */
    uint32_t *members;
    size_t n_events, cap_events, n_values, cap_values, n_grams, cap_grams, n, cap, n_variants, cap_variants;
};

void points_release(struct points *points); /* starts from zeros */
/* Copies; sorts and thins out values. 0 or LW_ERR_MEMORY. */
int points_add(struct points *points, const uint32_t *events, size_t n_events, int64_t duration_us,
               const uint64_t *values, size_t n_values);
/* Traces of a log; indexed. */
int points_of_traces(const struct log_columns *columns, const uint32_t *traces, size_t n, struct points *out,
                     struct lw_error *err);
/* To be called when all are added. */
int points_index(struct points *points, struct lw_error *err);
double points_distance(const struct points *a, size_t i, const struct points *b, size_t j);
/* Distances from each of `from` to its nearest neighbours in `to`, exact, rising: out[from->n * POINT_NEIGHBOURS]; 1
 * where there are fewer. Both are indexed. */
int points_nearest(const struct points *from, const struct points *to, const struct lw_run *run, double *out,
                   struct lw_error *err);

#endif
