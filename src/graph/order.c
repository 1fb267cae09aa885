/*
 * Few crossings: each layer is ordered by the mean or the median place of its neighbours in the layer above, then
 * below, and so on in sweeps (Sugiyama, Tagawa and Toda 1981; Gansner et al. 1993), with neighbours exchanged and
 * vertices sifted to their best place wherever that saves crossings. Sweeps end in a local optimum, so they begin
 * several times, from orders of a walk in breadth, of one in depth, and from random ones, and the best end is taken.
 *
 * With a hint, the order is the one from before, improved only by what saves crossings, unless a free one has far
 * fewer.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/rng.h"
#include "graph/sketch.h"

#define N_STARTS    40
#define N_SWEEPS    24
#define MAX_IDLE    6        /* sweeps without a gain */
#define FREE_WORK   12000000 /* no further start past this, which takes some tens of milliseconds */
#define MAX_WORK    40000000 /* and nothing at all past this */
#define RNG_PURPOSE 0x6772u

struct ordering {
    struct sketch *sketch;
    uint32_t *best;    /* the best order so far */
    uint32_t *counts;  /* [widest layer + 1] a Fenwick tree */
    double *values;    /* [n_vertices] what a layer is sorted by */
    uint32_t *scratch; /* [widest layer + 1] */
    uint64_t fewest;
};

/* ---- counting --------------------------------------------------------------------------------------------------- */

static void place_all(struct sketch *sketch)
{
    for (uint32_t layer = 0; layer < sketch->n_layers; layer++)
        for (uint32_t i = sketch->layer_starts[layer]; i < sketch->layer_starts[layer + 1]; i++)
            sketch->vertices[sketch->order[i]].place = i - sketch->layer_starts[layer];
}

/* Crossings between a layer and the one below it. */
static uint64_t count_below(struct ordering *ordering, uint32_t layer)
{
    struct sketch *sketch = ordering->sketch;
    uint32_t n_below = sketch->layer_starts[layer + 2] - sketch->layer_starts[layer + 1];
    uint64_t crossings = 0, n_seen = 0;

    memset(ordering->counts, 0, (n_below + 1) * sizeof *ordering->counts);
    for (uint32_t i = sketch->layer_starts[layer]; i < sketch->layer_starts[layer + 1]; i++) {
        const struct vertex *upper = &sketch->vertices[sketch->order[i]];
        const uint32_t *down = sketch->down + upper->first_down;

        for (uint32_t k = 0; k < upper->n_down; k++) {
            uint32_t place = sketch->vertices[sketch->segments[down[k]].lower].place;

            crossings += n_seen;
            for (uint32_t at = place + 1; at > 0; at -= at & -at)
                crossings -= ordering->counts[at];
        }
        for (uint32_t k = 0; k < upper->n_down; k++) {
            uint32_t place = sketch->vertices[sketch->segments[down[k]].lower].place;

            for (uint32_t at = place + 1; at <= n_below; at += at & -at)
                ordering->counts[at]++;
        }
        n_seen += upper->n_down;
        sketch->work += 8 * (uint64_t)upper->n_down + 1;
    }
    return crossings;
}

static uint64_t count_all(struct ordering *ordering)
{
    uint64_t crossings = 0;

    for (uint32_t layer = 0; layer + 1 < ordering->sketch->n_layers; layer++)
        crossings += count_below(ordering, layer);
    return crossings;
}

/* ---- one layer -------------------------------------------------------------------------------------------------- */

static uint32_t neighbour(const struct sketch *sketch, const struct vertex *vertex, bool is_up, uint32_t k)
{
    return is_up ? sketch->segments[sketch->up[vertex->first_up + k]].upper
                 : sketch->segments[sketch->down[vertex->first_down + k]].lower;
}

static double mean_place(const struct sketch *sketch, const struct vertex *vertex, bool is_up)
{
    uint32_t n = is_up ? vertex->n_up : vertex->n_down;
    double sum = 0;

    for (uint32_t k = 0; k < n; k++)
        sum += sketch->vertices[neighbour(sketch, vertex, is_up, k)].place;
    return n == 0 ? -1 : sum / n;
}

static double median_place(struct ordering *ordering, const struct vertex *vertex, bool is_up)
{
    const struct sketch *sketch = ordering->sketch;
    uint32_t n = is_up ? vertex->n_up : vertex->n_down, places[64], half;

    if (n == 0 || n > 64)
        return mean_place(sketch, vertex, is_up);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t place = sketch->vertices[neighbour(sketch, vertex, is_up, k)].place, i = k;

        for (; i > 0 && places[i - 1] > place; i--)
            places[i] = places[i - 1];
        places[i] = place;
    }
    half = n / 2;
    if (n % 2 == 1)
        return places[half];
    if (n == 2)
        return (places[0] + places[1]) / 2.0;
    double left = places[half - 1] - places[0], right = places[n - 1] - places[half];

    return left + right == 0 ? (places[half - 1] + places[half]) / 2.0
                             : (places[half - 1] * right + places[half] * left) / (left + right);
}

/* Sorts a layer by values; vertices without one (< 0) keep their places. has_ties_turned: equals change sides. */
static void sort_layer(struct ordering *ordering, uint32_t layer, bool has_ties_turned)
{
    struct sketch *sketch = ordering->sketch;
    uint32_t *order = sketch->order + sketch->layer_starts[layer];
    uint32_t n = sketch->layer_starts[layer + 1] - sketch->layer_starts[layer], n_sorted = 0;
    uint32_t *sorted = ordering->scratch;

    /* by insertion: layers are short, and nearly sorted after the first sweeps */
    for (uint32_t i = 0; i < n; i++)
        if (ordering->values[order[i]] >= 0)
            sorted[n_sorted++] = order[i];
    if (has_ties_turned)
        for (uint32_t i = 0; i < n_sorted / 2; i++) {
            uint32_t swapped = sorted[i];

            sorted[i] = sorted[n_sorted - 1 - i];
            sorted[n_sorted - 1 - i] = swapped;
        }
    for (uint32_t i = 1; i < n_sorted; i++) {
        uint32_t vertex = sorted[i], k = i;

        for (; k > 0 && ordering->values[sorted[k - 1]] > ordering->values[vertex]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = vertex;
        sketch->work += i - k + 1;
    }
    n_sorted = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (ordering->values[order[i]] >= 0)
            order[i] = sorted[n_sorted++];
        sketch->vertices[order[i]].place = i;
    }
}

/* Crossings of the segments of two vertices of a layer on one side when u is left of v. */
static int64_t crossings_of(struct sketch *sketch, uint32_t u, uint32_t v, bool is_up)
{
    const struct vertex *left = &sketch->vertices[u], *right = &sketch->vertices[v];
    uint32_t n_left = is_up ? left->n_up : left->n_down, n_right = is_up ? right->n_up : right->n_down;
    int64_t n = 0;

    for (uint32_t i = 0; i < n_left; i++) {
        uint32_t place = sketch->vertices[neighbour(sketch, left, is_up, i)].place;

        for (uint32_t k = 0; k < n_right; k++)
            n += place > sketch->vertices[neighbour(sketch, right, is_up, k)].place;
    }
    sketch->work += (uint64_t)n_left * n_right + 2;
    return n;
}

/* What exchanging u, left, with v saves. */
static int64_t gain(struct sketch *sketch, uint32_t u, uint32_t v)
{
    return crossings_of(sketch, u, v, true) + crossings_of(sketch, u, v, false) - crossings_of(sketch, v, u, true) -
           crossings_of(sketch, v, u, false);
}

/* Exchanges neighbours of a layer while that saves crossings; what it saved. */
static int64_t transpose(struct sketch *sketch, uint32_t layer, bool takes_equals)
{
    uint32_t *order = sketch->order + sketch->layer_starts[layer];
    uint32_t n = sketch->layer_starts[layer + 1] - sketch->layer_starts[layer];
    int64_t saved = 0;

    for (uint32_t i = 0; i + 1 < n; i++) {
        int64_t by = gain(sketch, order[i], order[i + 1]);

        if (by < 0 || (by == 0 && !takes_equals))
            continue;
        uint32_t swapped = order[i];

        order[i] = order[i + 1];
        order[i + 1] = swapped;
        sketch->vertices[order[i]].place = i;
        sketch->vertices[order[i + 1]].place = i + 1;
        saved += by;
    }
    return saved;
}

/* Moves each vertex of a layer to the place where it crosses least (Matuszewski, Schoenfeld and Molitor 1999). */
static int64_t sift(struct ordering *ordering, uint32_t layer)
{
    struct sketch *sketch = ordering->sketch;
    uint32_t *order = sketch->order + sketch->layer_starts[layer];
    uint32_t n = sketch->layer_starts[layer + 1] - sketch->layer_starts[layer];
    int64_t saved = 0;

    memcpy(ordering->scratch, order, n * sizeof *order);
    for (uint32_t i = 0; i < n && sketch->work < MAX_WORK; i++) {
        uint32_t vertex = ordering->scratch[i], from = sketch->vertices[vertex].place, to = from;
        int64_t by = 0, best = 0;

        for (uint32_t k = from; k > 0; k--)
            if ((by += gain(sketch, order[k - 1], vertex)) > best) {
                best = by;
                to = k - 1;
            }
        by = 0;
        for (uint32_t k = from + 1; k < n; k++)
            if ((by += gain(sketch, vertex, order[k])) > best) {
                best = by;
                to = k;
            }
        if (to < from)
            memmove(order + to + 1, order + to, (from - to) * sizeof *order);
        else
            memmove(order + from, order + from + 1, (to - from) * sizeof *order);
        order[to] = vertex;
        for (uint32_t k = to < from ? to : from; k <= (to < from ? from : to); k++)
            sketch->vertices[order[k]].place = k;
        saved += best;
    }
    return saved;
}

/* ---- sweeps ----------------------------------------------------------------------------------------------------- */

static void exchange_all(struct sketch *sketch, bool takes_equals)
{
    for (int round = 0; round < 10 && sketch->work < MAX_WORK; round++) {
        int64_t saved = 0;

        for (uint32_t layer = 0; layer < sketch->n_layers && sketch->work < MAX_WORK; layer++)
            saved += transpose(sketch, layer, takes_equals && round == 0);
        if (saved == 0)
            break;
    }
}

static void sift_all(struct ordering *ordering)
{
    struct sketch *sketch = ordering->sketch;

    for (int round = 0; round < 10; round++) {
        int64_t saved = 0;

        for (uint32_t layer = 0; layer < sketch->n_layers && sketch->work < MAX_WORK; layer++)
            saved += sift(ordering, layer);
        if (saved == 0)
            break;
    }
}

static void keep_best(struct ordering *ordering)
{
    uint64_t crossings = count_all(ordering);

    if (crossings >= ordering->fewest)
        return;
    ordering->fewest = crossings;
    memcpy(ordering->best, ordering->sketch->order, ordering->sketch->n_vertices * sizeof *ordering->best);
}

/* Down from the first layer, or up from the last one. */
static void sweep(struct ordering *ordering, bool is_up_fixed, bool is_median, bool has_ties_turned)
{
    struct sketch *sketch = ordering->sketch;

    for (uint32_t i = 1; i < sketch->n_layers; i++) {
        uint32_t layer = is_up_fixed ? i : sketch->n_layers - 1 - i;

        for (uint32_t k = sketch->layer_starts[layer]; k < sketch->layer_starts[layer + 1]; k++) {
            uint32_t v = sketch->order[k];
            const struct vertex *vertex = &sketch->vertices[v];

            ordering->values[v] =
                is_median ? median_place(ordering, vertex, is_up_fixed) : mean_place(sketch, vertex, is_up_fixed);
            sketch->work += 3 * (uint64_t)(is_up_fixed ? vertex->n_up : vertex->n_down) + 1;
        }
        sort_layer(ordering, layer, has_ties_turned);
    }
}

static void improve(struct ordering *ordering, bool is_median)
{
    struct sketch *sketch = ordering->sketch;
    uint64_t before;
    int n_idle = 0;

    keep_best(ordering);
    for (int i = 0; i < N_SWEEPS && n_idle < MAX_IDLE && ordering->fewest > 0 && sketch->work < MAX_WORK; i++) {
        before = ordering->fewest;
        sweep(ordering, i % 2 == 0, is_median, i % 4 >= 2);
        exchange_all(sketch, i % 4 < 2);
        keep_best(ordering);
        n_idle = ordering->fewest < before ? 0 : n_idle + 1;
    }
    sift_all(ordering);
    keep_best(ordering);
}

/* ---- where sweeps begin ----------------------------------------------------------------------------------------- */

/* Vertices in the order in which a walk along segments, both ways, meets them. */
static void order_by_walk(struct ordering *ordering, bool is_in_depth)
{
    struct sketch *sketch = ordering->sketch;
    uint32_t *list = sketch->order; /* of vertices met: a queue from the front, or a stack at the end of it */
    uint32_t n = (uint32_t)sketch->n_vertices, number = 0;

    for (uint32_t v = 0; v < n; v++)
        ordering->values[v] = -1;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t root = (uint32_t)(sketch->graph->first < n ? (sketch->graph->first + i) % n : i), head = 0, tail = 0;

        if (ordering->values[root] >= 0)
            continue;
        list[tail++] = root;
        ordering->values[root] = number++;
        while (head < tail) {
            const struct vertex *vertex = &sketch->vertices[is_in_depth ? list[--tail] : list[head++]];

            for (uint32_t k = 0; k < vertex->n_down + vertex->n_up; k++) {
                uint32_t next = k < vertex->n_down ? neighbour(sketch, vertex, false, k)
                                                   : neighbour(sketch, vertex, true, k - vertex->n_down);

                if (ordering->values[next] >= 0)
                    continue;
                ordering->values[next] = number++;
                list[tail++] = next;
            }
        }
    }
    sketch->work += 2 * (uint64_t)sketch->n_segments + n;
}

struct valued {
    double value;
    uint32_t layer, vertex;
};

static int by_value(const void *a, const void *b)
{
    const struct valued *x = a, *y = b;

    if (x->layer != y->layer)
        return x->layer < y->layer ? -1 : 1;
    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return x->vertex < y->vertex ? -1 : x->vertex > y->vertex;
}

/* Fills the layers by values. */
static int fill_layers(struct ordering *ordering, struct lw_error *err)
{
    struct sketch *sketch = ordering->sketch;
    struct valued *valued = alloc_array(sketch->n_vertices, sizeof *valued);

    if (!valued)
        return fail_memory(err, "laying out a graph");
    for (uint32_t v = 0; v < sketch->n_vertices; v++)
        valued[v] = (struct valued){ordering->values[v], sketch->vertices[v].layer, v};
    if (sketch->n_vertices > 0)
        qsort(valued, sketch->n_vertices, sizeof *valued, by_value);
    for (size_t i = 0; i < sketch->n_vertices; i++)
        sketch->order[i] = valued[i].vertex;
    free(valued);
    place_all(sketch);
    return 0;
}

static int begin(struct ordering *ordering, unsigned start, struct lw_error *err)
{
    struct rng rng;

    if (start < 2) {
        order_by_walk(ordering, start == 1);
        return fill_layers(ordering, err);
    }
    rng_init(&rng, 1, RNG_PURPOSE, start);
    for (size_t v = 0; v < ordering->sketch->n_vertices; v++)
        ordering->values[v] = rng_uniform(&rng);
    return fill_layers(ordering, err);
}

/* Columns from before: of a node its own, of a bend on the way between its edge's ends, of a new node the mean of its
 * neighbours'. */
static int begin_from(struct ordering *ordering, const struct sketch_hint *hint, struct lw_error *err)
{
    struct sketch *sketch = ordering->sketch;
    const struct lw_layout_graph *graph = sketch->graph;

    for (uint32_t v = 0; v < sketch->n_vertices; v++)
        ordering->values[v] =
            v < graph->n_nodes && hint->layers[v] >= 0 ? hint->cols[v] + graph->nodes[v].cols / 2.0 : 0;
    for (uint32_t v = 0; v < graph->n_nodes; v++) {
        double sum = 0, n = 0;

        if (hint->layers[v] >= 0)
            continue;
        for (size_t i = 0; i < graph->n_edges; i++) {
            size_t other = graph->edges[i].from == v ? graph->edges[i].to : graph->edges[i].from;

            if ((graph->edges[i].from != v && graph->edges[i].to != v) || hint->layers[other] < 0)
                continue;
            sum += ordering->values[other];
            n++;
        }
        ordering->values[v] = n > 0 ? sum / n : 0;
    }
    for (size_t i = 0; i < graph->n_edges; i++) {
        const struct course *course = &sketch->courses[i];

        if (course->n_segments < 2)
            continue;
        const struct segment *first = &sketch->segments[course->first_segment];
        double from = ordering->values[first->upper];
        double by = (ordering->values[first[course->n_segments - 1].lower] - from) / course->n_segments;

        for (uint32_t k = 0; k + 1 < course->n_segments; k++)
            ordering->values[first[k].lower] = from + by * (k + 1);
    }
    return fill_layers(ordering, err);
}

static int search(struct ordering *ordering, const struct lw_run *run, struct lw_error *err)
{
    struct sketch *sketch = ordering->sketch;

    for (unsigned start = 0; start < N_STARTS && ordering->fewest > 0 && (start == 0 || sketch->work < FREE_WORK);
         start++) {
        int code = begin(ordering, start, err);

        if (code != 0)
            return code;
        if (run && lw_cancel_is_requested(run->cancel))
            return fail(err, LW_ERR_CANCELLED, "the layout was cancelled");
        improve(ordering, start % 2 == 1);
    }
    return 0;
}

/* The order from before unless it crosses far more than it has to. */
static int search_with(struct ordering *ordering, const struct sketch_hint *hint, const struct lw_run *run,
                       struct lw_error *err)
{
    struct sketch *sketch = ordering->sketch;
    uint32_t *kept = alloc_array(sketch->n_vertices, sizeof *kept);
    uint64_t n_kept;
    int code = kept ? begin_from(ordering, hint, err) : fail_memory(err, "laying out a graph");

    if (code == 0) {
        exchange_all(sketch, false);
        sift_all(ordering);
        keep_best(ordering);
        n_kept = ordering->fewest;
        memcpy(kept, ordering->best, sketch->n_vertices * sizeof *kept);
        code = search(ordering, run, err);
        if (code == 0 && n_kept <= ordering->fewest + ordering->fewest / 4 + 2)
            memcpy(ordering->best, kept, sketch->n_vertices * sizeof *kept);
    }
    free(kept);
    return code;
}

static int init(struct ordering *ordering, struct sketch *sketch, struct lw_error *err)
{
    uint32_t widest = 0;

    sketch->layer_starts = alloc_zeroed((size_t)sketch->n_layers + 2, sizeof *sketch->layer_starts);
    sketch->order = alloc_array(sketch->n_vertices, sizeof *sketch->order);
    if (!sketch->layer_starts || !sketch->order)
        return fail_memory(err, "laying out a graph");
    for (size_t v = 0; v < sketch->n_vertices; v++)
        sketch->layer_starts[sketch->vertices[v].layer + 1]++;
    for (uint32_t layer = 0; layer < sketch->n_layers; layer++) {
        if (sketch->layer_starts[layer + 1] > widest)
            widest = sketch->layer_starts[layer + 1];
        sketch->layer_starts[layer + 1] += sketch->layer_starts[layer];
    }
    *ordering = (struct ordering){sketch,
                                  alloc_array(sketch->n_vertices, sizeof *ordering->best),
                                  alloc_array((size_t)widest + 1, sizeof *ordering->counts),
                                  alloc_array(sketch->n_vertices, sizeof *ordering->values),
                                  alloc_array((size_t)widest + 1, sizeof *ordering->scratch),
                                  UINT64_MAX};
    if (!ordering->best || !ordering->counts || !ordering->values || !ordering->scratch)
        return fail_memory(err, "laying out a graph");
    return 0;
}

int sketch_order(struct sketch *sketch, const struct sketch_hint *hint, const struct lw_run *run, struct lw_error *err)
{
    struct ordering ordering = {0};
    int code = init(&ordering, sketch, err);

    if (code == 0)
        code = hint ? search_with(&ordering, hint, run, err) : search(&ordering, run, err);
    if (code == 0) {
        memcpy(sketch->order, ordering.best, sketch->n_vertices * sizeof *sketch->order);
        place_all(sketch);
    }
    free(ordering.best);
    free(ordering.counts);
    free(ordering.values);
    free(ordering.scratch);
    return code;
}
