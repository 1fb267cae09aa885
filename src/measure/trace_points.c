/*
 * Nearest neighbours are exact but seldom looked for among all: points of one sequence stand together, ordered by
 * duration. For each sequence asked about, the sequences are ordered by their part of the distance, and within one the
 * walk goes outwards from the duration asked about; both stop where what is left cannot be nearer than what was found.
 */
#include "measure/trace_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/order.h"

#define WEIGHT_SEQUENCE .5
#define WEIGHT_DURATION .2
#define WEIGHT_VALUES   .3
#define GRAM_EDGE       UINT32_MAX /* stands before the first event and behind the last */
#define LEAST_US        1000.      /* durations below are as good as none */

void points_release(struct points *points)
{
    free(points->events);
    free(points->values);
    free(points->grams);
    free(points->items);
    free(points->variants);
    free(points->members);
    *points = (struct points){0};
}

int points_add(struct points *points, const uint32_t *events, size_t n_events, int64_t duration_us,
               const uint64_t *values, size_t n_values)
{
    n_events = n_events > POINT_EVENTS ? POINT_EVENTS : n_events;
    if (alloc_grow(&points->events, &points->cap_events, points->n_events + n_events, sizeof *events) != 0 ||
        alloc_grow(&points->values, &points->cap_values, points->n_values + n_values, sizeof *values) != 0 ||
        alloc_grow(&points->items, &points->cap, points->n + 1, sizeof *points->items) != 0)
        return LW_ERR_MEMORY;
    uint64_t *own = points->values + points->n_values;
    if (n_events > 0)
        memcpy(points->events + points->n_events, events, n_events * sizeof *events);
    if (n_values > 0) {
        memcpy(own, values, n_values * sizeof *values);
        qsort(own, n_values, sizeof *own, order_u64);
    }
    size_t kept = 0;
    for (size_t i = 0; i < n_values && kept < POINT_VALUES; i++)
        if (kept == 0 || own[kept - 1] != own[i])
            own[kept++] = own[i];
    points->items[points->n++] =
        (struct point){points->n_events, points->n_values, (uint32_t)n_events, (uint32_t)kept, 0, duration_us};
    points->n_events += n_events;
    points->n_values += kept;
    return 0;
}

/* The values of an event; those of one slot alone are comparable. */
static int add_event_values(const struct log_columns *columns, uint64_t record, uint64_t **values, size_t *n,
                            size_t *cap)
{
    const struct cell *cells = log_columns_cells(columns, record);
    uint32_t index = columns->templates[record];
    size_t n_slots = cells != NULL ? columns->model->templates.items[index].n_slots : 0;
    if (alloc_grow(values, cap, *n + n_slots, sizeof **values) != 0)
        return LW_ERR_MEMORY;
    for (size_t slot = 0; slot < n_slots; slot++)
        if (cells[slot].hash != 0) {
            uint64_t key[2] = {cells[slot].hash, (uint64_t)index << 32 | slot};
            (*values)[(*n)++] = XXH3_64bits(key, sizeof key);
        }
    return 0;
}

int points_of_traces(const struct log_columns *columns, const uint32_t *traces, size_t n, struct points *out,
                     struct lw_error *err)
{
    const struct trace_set *set = columns->traces;
    struct points points = {0};
    uint64_t *values = NULL;
    size_t cap = 0;
    int code = 0;
    for (size_t i = 0; i < n && code == 0; i++) {
        size_t first = set->first[traces[i]], end = set->first[traces[i] + 1], n_values = 0;
        int64_t from = LW_NO_TIME, to = LW_NO_TIME;
        for (size_t e = first; e < end && code == 0; e++) {
            int64_t time_us = set->times_us[e];
            if (time_us != LW_NO_TIME) {
                from = from == LW_NO_TIME || time_us < from ? time_us : from;
                to = to == LW_NO_TIME || time_us > to ? time_us : to;
            }
            if (e - first < POINT_EVENTS && set->records[e] < columns->n_records)
                code = add_event_values(columns, set->records[e], &values, &n_values, &cap);
        }
        if (code == 0)
            code = points_add(&points, set->templates + first, end - first, from != LW_NO_TIME ? to - from : LW_NO_TIME,
                              values, n_values);
    }
    free(values);
    code = code != 0 ? fail_memory(err, "laying out traces") : points_index(&points, err);
    if (code != 0)
        points_release(&points);
    else
        *out = points;
    return code;
}

/* ---- index --------------------------------------------------------------------------------------------------------
 */

static int add_variant(struct points *points, const struct point *point)
{
    size_t n = point->n_events + 1u;
    if (alloc_grow(&points->grams, &points->cap_grams, points->n_grams + n, sizeof *points->grams) != 0 ||
        alloc_grow(&points->variants, &points->cap_variants, points->n_variants + 1, sizeof *points->variants) != 0)
        return LW_ERR_MEMORY;
    uint64_t *grams = points->grams + points->n_grams;
    const uint32_t *events = points->events + point->first_event;
    for (size_t i = 0; i < n; i++)
        grams[i] = (uint64_t)(i > 0 ? events[i - 1] : GRAM_EDGE) << 32 | (i + 1 < n ? events[i] : GRAM_EDGE);
    qsort(grams, n, sizeof *grams, order_u64);
    points->variants[points->n_variants++] = (struct point_variant){points->n_grams, n, 0, 0};
    points->n_grams += n;
    return 0;
}

/* Gives each point its variant, by the bytes of its events. */
static int find_variants(struct points *points)
{
    struct intern seen = INTERN_INIT;
    int code = 0;
    for (size_t i = 0; i < points->n && code == 0; i++) {
        struct point *point = &points->items[i];
        const uint32_t *events = points->events + point->first_event;
        code = intern_add(&seen, point->n_events > 0 ? (const void *)events : "", point->n_events * sizeof *events,
                          &point->variant);
        if (code == 0 && point->variant == points->n_variants)
            code = add_variant(points, point);
        if (code == 0)
            points->variants[point->variant].n_members++;
    }
    intern_release(&seen);
    return code;
}

struct placed {
    int64_t duration_us;
    uint32_t point;
};

static int order_placed(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    uint64_t dx = (uint64_t)x->duration_us, dy = (uint64_t)y->duration_us; /* LW_NO_TIME last */
    if (dx != dy)
        return dx < dy ? -1 : 1;
    return (x->point > y->point) - (x->point < y->point);
}

int points_index(struct points *points, struct lw_error *err)
{
    struct placed *placed = alloc_array(points->n, sizeof *placed);
    points->members = alloc_array(points->n, sizeof *points->members);
    size_t *next = NULL;
    if (placed == NULL || points->members == NULL || find_variants(points) != 0 ||
        (next = alloc_array(points->n_variants, sizeof *next)) == NULL) {
        free(placed);
        return fail_memory(err, "sorting traces");
    }
    size_t first = 0;
    for (size_t v = 0; v < points->n_variants; v++) {
        points->variants[v].first_member = next[v] = first;
        first += points->variants[v].n_members;
    }
    for (size_t i = 0; i < points->n; i++)
        placed[next[points->items[i].variant]++] = (struct placed){points->items[i].duration_us, (uint32_t)i};
    for (size_t v = 0; v < points->n_variants; v++)
        qsort(placed + points->variants[v].first_member, points->variants[v].n_members, sizeof *placed, order_placed);
    for (size_t i = 0; i < points->n; i++)
        points->members[i] = placed[i].point;
    free(next);
    free(placed);
    return 0;
}

/* ---- distance -----------------------------------------------------------------------------------------------------
 */

static double unlike(const uint64_t *a, size_t n_a, const uint64_t *b, size_t n_b)
{
    size_t common = 0;
    for (size_t i = 0, j = 0; i < n_a && j < n_b;) {
        common += a[i] == b[j];
        bool is_less = a[i]<b[j], is_more = a[i]> b[j];
        i += !is_more;
        j += !is_less;
    }
    return n_a + n_b > 0 ? 1 - 2. * (double)common / (double)(n_a + n_b) : 0;
}

static double sequences_apart(const struct points *a, uint32_t v, const struct points *b, uint32_t w)
{
    const struct point_variant *x = &a->variants[v], *y = &b->variants[w];
    return WEIGHT_SEQUENCE * unlike(a->grams + x->first_gram, x->n_grams, b->grams + y->first_gram, y->n_grams);
}

static double durations_apart(int64_t a, int64_t b)
{
    if (a == LW_NO_TIME || b == LW_NO_TIME)
        return a == b ? 0 : WEIGHT_DURATION;
    double x = fabs(log((LEAST_US + (double)a) / (LEAST_US + (double)b)));
    return WEIGHT_DURATION * x / (1 + x);
}

static double values_apart(const struct points *a, const struct point *x, const struct points *b, const struct point *y)
{
    return WEIGHT_VALUES * unlike(a->values + x->first_value, x->n_values, b->values + y->first_value, y->n_values);
}

double points_distance(const struct points *a, size_t i, const struct points *b, size_t j)
{
    const struct point *x = &a->items[i], *y = &b->items[j];
    return sequences_apart(a, x->variant, b, y->variant) + durations_apart(x->duration_us, y->duration_us) +
           values_apart(a, x, b, y);
}

/* ---- nearest neighbours ---------------------------------------------------------------------------------------------
 */

struct apart {
    double distance;
    uint32_t variant;
};
struct search {
    const struct points *from, *to;
    double *out;
};

static int order_apart(const void *a, const void *b)
{
    const struct apart *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->variant > y->variant) - (x->variant < y->variant);
}

static void keep_nearest(double *nearest, double distance)
{
    size_t at = POINT_NEIGHBOURS;
    for (; at > 0 && nearest[at - 1] > distance; at--)
        if (at < POINT_NEIGHBOURS)
            nearest[at] = nearest[at - 1];
    if (at < POINT_NEIGHBOURS)
        nearest[at] = distance;
}

/* Looks at member m of the variant; false if it is too far away for those behind it to matter. */
static bool look_at(const struct search *search, const struct point *point, size_t m, double sequence, double *nearest)
{
    const struct point *other = &search->to->items[search->to->members[m]];
    double base = sequence + durations_apart(point->duration_us, other->duration_us);
    if (base >= nearest[POINT_NEIGHBOURS - 1])
        return false;
    keep_nearest(nearest, base + values_apart(search->from, point, search->to, other));
    return true;
}

static void look_among(const struct search *search, const struct point *point, const struct apart *apart,
                       double *nearest)
{
    const struct points *to = search->to;
    const struct point_variant *variant = &to->variants[apart->variant];
    size_t low = variant->first_member, end = low + variant->n_members, high = end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uint64_t)to->items[to->members[middle]].duration_us < (uint64_t)point->duration_us)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t m = low; m < end; m++)
        if (!look_at(search, point, m, apart->distance, nearest))
            break;
    for (size_t m = low; m > variant->first_member; m--)
        if (!look_at(search, point, m - 1, apart->distance, nearest))
            break;
}

static int search_variant(void *arg, size_t index)
{
    const struct search *search = arg;
    const struct points *from = search->from, *to = search->to;
    const struct point_variant *variant = &from->variants[index];
    struct apart *apart = alloc_array(to->n_variants, sizeof *apart);
    if (apart == NULL)
        return LW_ERR_MEMORY;
    for (size_t v = 0; v < to->n_variants; v++)
        apart[v] = (struct apart){sequences_apart(from, (uint32_t)index, to, (uint32_t)v), (uint32_t)v};
    qsort(apart, to->n_variants, sizeof *apart, order_apart);
    for (size_t m = variant->first_member; m < variant->first_member + variant->n_members; m++) {
        uint32_t i = from->members[m];
        double *nearest = search->out + (size_t)i * POINT_NEIGHBOURS;
        for (size_t k = 0; k < POINT_NEIGHBOURS; k++)
            nearest[k] = 1;
        for (size_t v = 0; v < to->n_variants && apart[v].distance < nearest[POINT_NEIGHBOURS - 1]; v++)
            look_among(search, &from->items[i], &apart[v], nearest);
    }
    free(apart);
    return 0;
}

int points_nearest(const struct points *from, const struct points *to, const struct lw_run *run, double *out,
                   struct lw_error *err)
{
    struct search search = {from, to, out};
    int code = executor_run(run, "finding nearest traces", from->n_variants, search_variant, &search);
    if (code == LW_ERR_CANCELLED)
        return fail(err, LW_ERR_CANCELLED, "cancelled");
    return code != 0 ? fail_memory(err, "finding nearest traces") : 0;
}
