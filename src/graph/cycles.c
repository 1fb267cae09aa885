/*
 * Edges that close a cycle in a walk in depth, heaviest edge first, are turned round: what usually happens next stays
 * below, what leads back to it runs upwards. Edges into the first node are turned beforehand, so that it can stand on
 * top, and those that ran upwards before stay so.
 *
 * Rejected: a smallest set of edges to be turned (Eades, Lin and Smyth 1993). It turns fewer, but knows no beginning,
 * and a machine that is drawn from its middle cannot be read.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "graph/sketch.h"

struct walk {
    struct sketch *sketch;
    uint32_t *first, *out; /* [n + 1], edges that leave a node as it is turned now, heaviest first */
    uint32_t *at, *stack;
    unsigned char *mark; /* 0 not seen, 1 on the stack, 2 done */
};

static size_t tail_of(const struct sketch *sketch, size_t edge)
{
    const struct lw_layout_edge *e = &sketch->graph->edges[edge];

    return sketch->courses[edge].is_reversed ? e->to : e->from;
}

static size_t head_of(const struct sketch *sketch, size_t edge)
{
    const struct lw_layout_edge *e = &sketch->graph->edges[edge];

    return sketch->courses[edge].is_reversed ? e->from : e->to;
}

struct ranked {
    size_t tail;
    uint64_t weight;
    uint32_t edge;
};

static int by_weight(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->tail != y->tail)
        return x->tail < y->tail ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->edge < y->edge ? -1 : 1;
}

static int list_out(struct walk *walk, struct lw_error *err)
{
    const struct lw_layout_graph *graph = walk->sketch->graph;
    struct ranked *ranked = alloc_array(graph->n_edges, sizeof *ranked);
    size_t n = 0;

    if (!ranked)
        return fail_memory(err, "laying out a graph");
    for (size_t i = 0; i < graph->n_edges; i++)
        if (!walk->sketch->courses[i].is_loop)
            ranked[n++] = (struct ranked){tail_of(walk->sketch, i), graph->edges[i].weight, (uint32_t)i};
    if (n > 0)
        qsort(ranked, n, sizeof *ranked, by_weight);
    for (size_t i = 0; i < n; i++) {
        walk->out[i] = ranked[i].edge;
        walk->first[ranked[i].tail + 1]++;
    }
    for (size_t v = 0; v < graph->n_nodes; v++)
        walk->first[v + 1] += walk->first[v];
    free(ranked);
    return 0;
}

static void walk_from(struct walk *walk, uint32_t root)
{
    size_t depth = 1;

    if (walk->mark[root])
        return;
    walk->stack[0] = root;
    walk->mark[root] = 1;
    while (depth > 0) {
        uint32_t v = walk->stack[depth - 1];

        if (walk->at[v] == walk->first[v + 1] - walk->first[v]) {
            walk->mark[v] = 2;
            depth--;
            continue;
        }
        uint32_t edge = walk->out[walk->first[v] + walk->at[v]++];
        uint32_t head = (uint32_t)head_of(walk->sketch, edge);

        if (walk->mark[head] == 1) {
            walk->sketch->courses[edge].is_reversed = !walk->sketch->courses[edge].is_reversed;
        } else if (walk->mark[head] == 0) {
            walk->mark[head] = 1;
            walk->stack[depth++] = head;
        }
    }
}

/* What is known beforehand. */
static void turn(struct sketch *sketch, const struct sketch_hint *hint)
{
    const struct lw_layout_graph *graph = sketch->graph;

    for (size_t i = 0; i < graph->n_edges; i++) {
        const struct lw_layout_edge *edge = &graph->edges[i];

        sketch->courses[i].is_loop = edge->from == edge->to;
        if (edge->from == edge->to)
            continue;
        sketch->courses[i].is_reversed =
            edge->to == graph->first || (hint && edge->from != graph->first && hint->layers[edge->to] >= 0 &&
                                         hint->layers[edge->from] > hint->layers[edge->to]);
    }
}

int sketch_break_cycles(struct sketch *sketch, const struct sketch_hint *hint, struct lw_error *err)
{
    const struct lw_layout_graph *graph = sketch->graph;
    size_t n = graph->n_nodes;
    struct walk walk = {sketch,
                        alloc_zeroed(n + 1, sizeof *walk.first),
                        alloc_array(graph->n_edges, sizeof *walk.out),
                        alloc_zeroed(n, sizeof *walk.at),
                        alloc_array(n, sizeof *walk.stack),
                        alloc_zeroed(n, sizeof *walk.mark)};
    bool *has_up = alloc_zeroed(n, sizeof *has_up);
    int code = walk.first && walk.out && walk.at && walk.stack && walk.mark && has_up
                   ? 0
                   : fail_memory(err, "laying out a graph");

    if (code == 0) {
        turn(sketch, hint);
        code = list_out(&walk, err);
    }
    if (code == 0) {
        for (size_t i = 0; i < graph->n_edges; i++)
            if (!sketch->courses[i].is_loop)
                has_up[head_of(sketch, i)] = true;
        if (graph->first < n)
            walk_from(&walk, (uint32_t)graph->first);
        for (uint32_t v = 0; v < n; v++)
            if (!has_up[v])
                walk_from(&walk, v);
        for (uint32_t v = 0; v < n; v++)
            walk_from(&walk, v);
    }
    free(walk.first);
    free(walk.out);
    free(walk.at);
    free(walk.stack);
    free(walk.mark);
    free(has_up);
    return code;
}
