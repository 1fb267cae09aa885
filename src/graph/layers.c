/*
 * Layers so that edges are short (network simplex), nodes that could stand in several layers in the emptiest of them,
 * and the first node on top. An edge that passes layers gets a bend in each.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "graph/simplex.h"
#include "graph/sketch.h"

#define EDGE_WEIGHT  3 /* against 1 for the place that a node had before */
#define MAX_SEGMENTS 20000
#define MAX_WORK     20000000

struct layering {
    struct sketch *sketch;
    const struct sketch_hint *hint;
    struct simplex_edge *edges;
    size_t n_edges;
    uint32_t n_vertices;
    int32_t *ranks;
};

static uint32_t upper_of(const struct sketch *sketch, size_t edge)
{
    const struct lw_layout_edge *e = &sketch->graph->edges[edge];

    return (uint32_t)(sketch->courses[edge].is_reversed ? e->to : e->from);
}

static uint32_t lower_of(const struct sketch *sketch, size_t edge)
{
    const struct lw_layout_edge *e = &sketch->graph->edges[edge];

    return (uint32_t)(sketch->courses[edge].is_reversed ? e->from : e->to);
}

static void add_edge(struct layering *layering, uint32_t tail, uint32_t head, int length, int weight)
{
    layering->edges[layering->n_edges++] = (struct simplex_edge){tail, head, length, weight};
}

/* The edges, one that holds all sources below the first node or a vertex of its own, and pulls to where nodes were. */
static int collect(struct layering *layering, struct lw_error *err)
{
    const struct lw_layout_graph *graph = layering->sketch->graph;
    uint32_t n = (uint32_t)graph->n_nodes, root = graph->first < n ? (uint32_t)graph->first : n;
    size_t n_known = layering->hint ? layering->hint->n_known : 0;
    bool *has_up = alloc_zeroed((size_t)n + 1, sizeof *has_up);

    layering->edges = alloc_array(graph->n_edges + n + 2 * n_known + 1, sizeof *layering->edges);
    layering->ranks = alloc_array((size_t)n + 2 + n_known, sizeof *layering->ranks);
    if (!has_up || !layering->edges || !layering->ranks) {
        free(has_up);
        return fail_memory(err, "laying out a graph");
    }
    for (size_t i = 0; i < graph->n_edges; i++) {
        if (layering->sketch->courses[i].is_loop)
            continue;
        add_edge(layering, upper_of(layering->sketch, i), lower_of(layering->sketch, i), 1, EDGE_WEIGHT);
        has_up[lower_of(layering->sketch, i)] = true;
    }
    for (uint32_t v = 0; v < n; v++)
        if (!has_up[v] && v != root)
            add_edge(layering, root, v, 0, 0);
    layering->n_vertices = root == n ? n + 1 : n;
    if (n_known > 0) {
        uint32_t origin = layering->n_vertices++;

        for (uint32_t v = 0; v < n; v++)
            if (layering->hint->layers[v] >= 0) {
                uint32_t pull = layering->n_vertices++;

                add_edge(layering, pull, v, layering->hint->layers[v], 1);
                add_edge(layering, pull, origin, 0, 1);
            }
    }
    free(has_up);
    return 0;
}

/* Moves each connected part up to the first layer, and the parts' layers close together. */
static int normalize(struct layering *layering, struct lw_error *err)
{
    const struct lw_layout_graph *graph = layering->sketch->graph;
    uint32_t n = (uint32_t)graph->n_nodes;
    uint32_t *part = alloc_array(n, sizeof *part);
    int32_t *least = alloc_array(n, sizeof *least);

    if (!part || !least) {
        free(part);
        free(least);
        return fail_memory(err, "laying out a graph");
    }
    for (uint32_t v = 0; v < n; v++)
        part[v] = v;
    for (size_t i = 0; i < graph->n_edges; i++) { /* union, with halving of paths */
        uint32_t a = (uint32_t)graph->edges[i].from, b = (uint32_t)graph->edges[i].to;

        for (; part[a] != a; a = part[a])
            part[a] = part[part[a]];
        for (; part[b] != b; b = part[b])
            part[b] = part[part[b]];
        if (a < b)
            part[b] = a;
        else
            part[a] = b;
    }
    for (uint32_t v = 0; v < n; v++) {
        while (part[v] != part[part[v]])
            part[v] = part[part[v]];
        if (part[v] == v || layering->ranks[v] < least[part[v]])
            least[part[v]] = layering->ranks[v];
    }
    for (uint32_t v = 0; v < n; v++)
        layering->ranks[v] -= least[part[v]];
    free(part);
    free(least);
    return 0;
}

/* Layers between which a node can be moved at no cost; false if there is no choice. */
static bool find_room(const struct layering *layering, uint32_t v, int32_t *least, int32_t *most)
{
    const struct sketch *sketch = layering->sketch;
    long n_up = 0, n_down = 0;

    *least = 0;
    *most = INT32_MAX;
    for (size_t i = 0; i < sketch->graph->n_edges; i++) {
        uint32_t upper = upper_of(sketch, i), lower = lower_of(sketch, i);

        if (sketch->courses[i].is_loop)
            continue;
        if (upper == v) {
            n_down++;
            *most = layering->ranks[lower] - 1 < *most ? layering->ranks[lower] - 1 : *most;
        } else if (lower == v) {
            n_up++;
            *least = layering->ranks[upper] + 1 > *least ? layering->ranks[upper] + 1 : *least;
        }
    }
    return n_up > 0 && n_up == n_down && *least < *most;
}

/* Nodes whose move costs no length go where fewest are. */
static int balance(struct layering *layering, struct lw_error *err)
{
    const struct lw_layout_graph *graph = layering->sketch->graph;
    uint32_t n = (uint32_t)graph->n_nodes, *crowd;
    int32_t least, most;

    if ((uint64_t)n * graph->n_edges > MAX_WORK)
        return 0;
    crowd = alloc_zeroed((size_t)n + 1, sizeof *crowd);
    if (!crowd)
        return fail_memory(err, "laying out a graph");
    for (uint32_t v = 0; v < n; v++)
        crowd[layering->ranks[v]]++;
    for (uint32_t v = 0; v < n; v++) {
        int32_t best = layering->ranks[v];

        if ((layering->hint && layering->hint->layers[v] >= 0) || !find_room(layering, v, &least, &most))
            continue;
        for (int32_t layer = least; layer <= most; layer++)
            if (crowd[layer] + 1 < crowd[best])
                best = layer;
        crowd[layering->ranks[v]]--;
        crowd[best]++;
        layering->ranks[v] = best;
    }
    free(crowd);
    return 0;
}

/* Layers that are empty, since what held them apart is gone, are closed. Their number. */
static int close_gaps(struct layering *layering, struct lw_error *err)
{
    uint32_t n = (uint32_t)layering->sketch->graph->n_nodes, n_layers = 0;
    int32_t most = 0;
    uint32_t *number;

    for (uint32_t v = 0; v < n; v++)
        most = layering->ranks[v] > most ? layering->ranks[v] : most;
    number = alloc_zeroed((size_t)most + 1, sizeof *number);
    if (!number)
        return fail_memory(err, "laying out a graph");
    for (uint32_t v = 0; v < n; v++)
        number[layering->ranks[v]] = 1;
    for (int32_t layer = 0; layer <= most; layer++)
        if (number[layer])
            number[layer] = n_layers++;
    for (uint32_t v = 0; v < n; v++)
        layering->ranks[v] = (int32_t)number[layering->ranks[v]];
    layering->sketch->n_layers = n_layers;
    free(number);
    return 0;
}

/* ---- bends ------------------------------------------------------------------------------------------------------ */

struct weighed {
    uint64_t weight;
    uint32_t edge;
};

static int heaviest_first(const void *a, const void *b)
{
    const struct weighed *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->edge < y->edge ? -1 : x->edge > y->edge;
}

/* Counts segments; past what is drawn in reasonable time, the lightest edges are left out, if they pass a layer. */
static int count_segments(struct sketch *sketch, const int32_t *ranks, struct lw_error *err)
{
    const struct lw_layout_graph *graph = sketch->graph;
    struct weighed *weighed = alloc_array(graph->n_edges, sizeof *weighed);
    size_t n = 0;

    if (!weighed)
        return fail_memory(err, "laying out a graph");
    for (size_t i = 0; i < graph->n_edges; i++)
        if (!sketch->courses[i].is_loop)
            weighed[n++] = (struct weighed){graph->edges[i].weight, (uint32_t)i};
    if (n > 0)
        qsort(weighed, n, sizeof *weighed, heaviest_first);
    for (size_t i = 0; i < n; i++) {
        struct course *course = &sketch->courses[weighed[i].edge];

        course->n_segments =
            (uint32_t)(ranks[lower_of(sketch, weighed[i].edge)] - ranks[upper_of(sketch, weighed[i].edge)]);
        course->is_left_out = course->n_segments > 1 && sketch->n_segments + course->n_segments > MAX_SEGMENTS;
        if (course->is_left_out)
            course->n_segments = 0;
        sketch->n_segments += course->n_segments;
    }
    free(weighed);
    return 0;
}

static void add_segments(struct sketch *sketch, uint32_t edge, uint32_t *n_segments)
{
    struct course *course = &sketch->courses[edge];
    uint32_t upper = upper_of(sketch, edge), lower;

    course->first_segment = *n_segments;
    for (uint32_t k = 0; k < course->n_segments; k++) {
        if (k + 1 == course->n_segments) {
            lower = lower_of(sketch, edge);
        } else {
            lower = (uint32_t)sketch->n_vertices++;
            sketch->vertices[lower] = (struct vertex){
                .layer = sketch->vertices[upper].layer + 1, .cols = 1, .extent = 1, .rows = 1, .loop_port = -1};
        }
        sketch->segments[(*n_segments)++] = (struct segment){upper, lower, edge, 0, 0};
        upper = lower;
    }
}

/* down[] and up[]: the segments of each vertex. */
static void list_segments(struct sketch *sketch)
{
    uint32_t n_down = 0, n_up = 0;

    for (size_t i = 0; i < sketch->n_segments; i++) {
        sketch->vertices[sketch->segments[i].upper].n_down++;
        sketch->vertices[sketch->segments[i].lower].n_up++;
    }
    for (size_t v = 0; v < sketch->n_vertices; v++) {
        struct vertex *vertex = &sketch->vertices[v];

        vertex->first_down = n_down;
        vertex->first_up = n_up;
        n_down += vertex->n_down;
        n_up += vertex->n_up;
        vertex->n_down = vertex->n_up = 0;
    }
    for (size_t i = 0; i < sketch->n_segments; i++) {
        struct vertex *upper = &sketch->vertices[sketch->segments[i].upper];
        struct vertex *lower = &sketch->vertices[sketch->segments[i].lower];

        sketch->down[upper->first_down + upper->n_down++] = (uint32_t)i;
        sketch->up[lower->first_up + lower->n_up++] = (uint32_t)i;
    }
}

static int make_vertices(struct sketch *sketch, const int32_t *ranks, struct lw_error *err)
{
    const struct lw_layout_graph *graph = sketch->graph;
    uint32_t n_segments = 0;
    int code = count_segments(sketch, ranks, err);

    if (code != 0)
        return code;
    sketch->vertices = alloc_array(graph->n_nodes + sketch->n_segments, sizeof *sketch->vertices);
    sketch->segments = alloc_array(sketch->n_segments, sizeof *sketch->segments);
    sketch->down = alloc_array(sketch->n_segments, sizeof *sketch->down);
    sketch->up = alloc_array(sketch->n_segments, sizeof *sketch->up);
    if (!sketch->vertices || !sketch->segments || !sketch->down || !sketch->up)
        return fail_memory(err, "laying out a graph");
    for (size_t v = 0; v < graph->n_nodes; v++)
        sketch->vertices[v] = (struct vertex){.layer = (uint32_t)ranks[v],
                                              .cols = graph->nodes[v].cols,
                                              .extent = graph->nodes[v].cols,
                                              .rows = graph->nodes[v].rows,
                                              .loop_port = -1};
    sketch->n_vertices = graph->n_nodes;
    for (uint32_t i = 0; i < graph->n_edges; i++)
        if (!sketch->courses[i].is_loop && !sketch->courses[i].is_left_out)
            add_segments(sketch, i, &n_segments);
    list_segments(sketch);
    return 0;
}

int sketch_assign_layers(struct sketch *sketch, const struct sketch_hint *hint, struct lw_error *err)
{
    struct layering layering = {.sketch = sketch, .hint = hint};
    int code = collect(&layering, err);

    if (code == 0)
        code = simplex_solve(layering.n_vertices, layering.edges, layering.n_edges, MAX_WORK, layering.ranks, err);
    if (code == 0)
        code = normalize(&layering, err);
    if (code == 0)
        code = close_gaps(&layering, err);
    if (code == 0)
        code = balance(&layering, err);
    if (code == 0)
        code = make_vertices(sketch, layering.ranks, err);
    free(layering.edges);
    free(layering.ranks);
    return code;
}
