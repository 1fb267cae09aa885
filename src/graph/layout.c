/*
 * The steps of a layout, each in a file of its own: cycles.c, layers.c, order.c, columns.c, route.c, labels.c.
 *
 * Stability. A layout before is a hint to each step: edges that ran upwards stay so, nodes are pulled to their layers
 * and columns, and layers start from their order; the hint is dropped when less than half of the nodes were there.
 */
#include "graph/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "graph/route.h"
#include "graph/sketch.h"

#define MAX_ITEMS 20000
#define MAX_SIDE  1000

void lw_layout_free(struct lw_layout *layout)
{
    if (!layout)
        return;
    free(layout->keys);
    free(layout->layers);
    free(layout->boxes);
    free(layout->points);
    free(layout->starts);
    free(layout->labels);
    free(layout->label_cols);
    free(layout);
}

void lw_layout_size(const struct lw_layout *layout, int *rows, int *cols)
{
    *rows = layout->rows;
    *cols = layout->cols;
}

struct lw_layout_box lw_layout_box(const struct lw_layout *layout, size_t node)
{
    return layout->boxes[node];
}

const struct lw_layout_point *lw_layout_line(const struct lw_layout *layout, size_t edge, size_t *n)
{
    *n = layout->starts[edge + 1] - layout->starts[edge];
    return layout->points + layout->starts[edge];
}

bool lw_layout_label(const struct lw_layout *layout, size_t edge, struct lw_layout_point *out)
{
    if (layout->labels[edge].row < 0)
        return false;
    *out = layout->labels[edge];
    return true;
}

uint64_t lw_layout_crossings(const struct lw_layout *layout)
{
    return layout->crossings;
}

size_t lw_layout_left_out(const struct lw_layout *layout)
{
    return layout->n_left_out;
}

static int check(const struct lw_layout_graph *graph, struct lw_error *err)
{
    if (graph->n_nodes > MAX_ITEMS || graph->n_edges > MAX_ITEMS)
        return fail(err, LW_ERR_LIMIT, "%zu nodes and %zu edges are too many to be drawn: at most %d of each",
                    graph->n_nodes, graph->n_edges, MAX_ITEMS);
    for (size_t v = 0; v < graph->n_nodes; v++)
        if (graph->nodes[v].cols < 1 || graph->nodes[v].rows < 1 || graph->nodes[v].cols > MAX_SIDE ||
            graph->nodes[v].rows > MAX_SIDE)
            return fail(err, LW_ERR_USAGE, "node %zu is %d by %d cells: sides are 1 to %d", v, graph->nodes[v].cols,
                        graph->nodes[v].rows, MAX_SIDE);
    for (size_t i = 0; i < graph->n_edges; i++)
        if (graph->edges[i].from >= graph->n_nodes || graph->edges[i].to >= graph->n_nodes ||
            graph->edges[i].label_cols < 0 || graph->edges[i].label_cols > MAX_SIDE)
            return fail(err, LW_ERR_USAGE, "edge %zu joins nodes %zu and %zu of %zu", i, graph->edges[i].from,
                        graph->edges[i].to, graph->n_nodes);
    return 0;
}

static int new_layout(const struct lw_layout_graph *graph, struct lw_layout **out, struct lw_error *err)
{
    struct lw_layout *layout = alloc_zeroed(1, sizeof *layout);

    if (!layout)
        return fail_memory(err, "laying out a graph");
    layout->n_nodes = graph->n_nodes;
    layout->n_edges = graph->n_edges;
    layout->keys = alloc_array(graph->n_nodes, sizeof *layout->keys);
    layout->layers = alloc_zeroed(graph->n_nodes, sizeof *layout->layers);
    layout->boxes = alloc_zeroed(graph->n_nodes, sizeof *layout->boxes);
    layout->starts = alloc_zeroed(graph->n_edges + 1, sizeof *layout->starts);
    layout->labels = alloc_zeroed(graph->n_edges, sizeof *layout->labels);
    layout->label_cols = alloc_array(graph->n_edges, sizeof *layout->label_cols);
    if (!layout->keys || !layout->layers || !layout->boxes || !layout->starts || !layout->labels ||
        !layout->label_cols) {
        lw_layout_free(layout);
        return fail_memory(err, "laying out a graph");
    }
    for (size_t v = 0; v < graph->n_nodes; v++)
        layout->keys[v] = graph->nodes[v].key;
    for (size_t i = 0; i < graph->n_edges; i++)
        layout->label_cols[i] = graph->edges[i].label_cols;
    *out = layout;
    return 0;
}

/* ---- what is known from before ---------------------------------------------------------------------------------- */

struct known {
    uint64_t key;
    size_t node;
};

static int by_key(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    return x->key < y->key ? -1 : x->key > y->key;
}

static int find_known(const struct lw_layout *layout, const struct lw_layout *previous, struct sketch_hint *hint,
                      struct lw_error *err)
{
    struct known *known = alloc_array(previous->n_nodes, sizeof *known);

    hint->layers = alloc_array(layout->n_nodes, sizeof *hint->layers);
    hint->cols = alloc_array(layout->n_nodes, sizeof *hint->cols);
    if (!known || !hint->layers || !hint->cols) {
        free(known);
        return fail_memory(err, "laying out a graph");
    }
    for (size_t v = 0; v < previous->n_nodes; v++)
        known[v] = (struct known){previous->keys[v], v};
    if (previous->n_nodes > 0)
        qsort(known, previous->n_nodes, sizeof *known, by_key);
    for (size_t v = 0; v < layout->n_nodes; v++) {
        struct known wanted = {layout->keys[v], 0};
        const struct known *found = bsearch(&wanted, known, previous->n_nodes, sizeof *known, by_key);

        hint->layers[v] = found ? previous->layers[found->node] : -1;
        hint->cols[v] = found ? previous->boxes[found->node].col : 0;
        hint->n_known += found != NULL;
    }
    free(known);
    return 0;
}

/* ---- the picture ------------------------------------------------------------------------------------------------ */

/* Moves everything to the origin and measures it. */
static void frame(const struct sketch *sketch, struct lw_layout *layout)
{
    int least = 0;

    for (size_t i = 0; i < layout->n_points; i++)
        least = layout->points[i].col < least ? layout->points[i].col : least;
    for (size_t v = 0; v < layout->n_nodes; v++) {
        struct lw_layout_box *box = &layout->boxes[v];

        box->col -= least;
        layout->rows = box->row + box->rows > layout->rows ? box->row + box->rows : layout->rows;
        layout->cols =
            box->col + sketch->vertices[v].extent > layout->cols ? box->col + sketch->vertices[v].extent : layout->cols;
    }
    for (size_t i = 0; i < layout->n_points; i++) {
        struct lw_layout_point *point = &layout->points[i];

        point->col -= least;
        layout->rows = point->row + 1 > layout->rows ? point->row + 1 : layout->rows;
        layout->cols = point->col + 1 > layout->cols ? point->col + 1 : layout->cols;
    }
    for (size_t i = 0; i < layout->n_edges; i++) {
        struct lw_layout_point *label = &layout->labels[i];

        if (label->row < 0)
            continue;
        label->col -= least;
        layout->cols =
            label->col + layout->label_cols[i] > layout->cols ? label->col + layout->label_cols[i] : layout->cols;
    }
}

static int lay_out(struct sketch *sketch, const struct sketch_hint *hint, const struct lw_run *run,
                   struct lw_layout *layout, struct lw_error *err)
{
    struct routes routes = {0};
    int code = 0;

    sketch->courses = alloc_zeroed(layout->n_edges, sizeof *sketch->courses);
    if (!sketch->courses)
        return fail_memory(err, "laying out a graph");
    code = sketch_break_cycles(sketch, hint, err);
    if (code == 0)
        code = sketch_assign_layers(sketch, hint, err);
    if (code == 0)
        code = sketch_order(sketch, hint, run, err);
    if (code == 0)
        code = sketch_assign_columns(sketch, hint, err);
    if (code == 0 && run && lw_cancel_is_requested(run->cancel))
        code = fail(err, LW_ERR_CANCELLED, "the layout was cancelled");
    if (code == 0)
        code = route_lines(sketch, &routes, layout, err);
    if (code == 0)
        code = label_lines(sketch, &routes, layout, err);
    if (code == 0)
        frame(sketch, layout);
    route_release(&routes);
    return code;
}

int lw_layout_new(const struct lw_layout_graph *graph, const struct lw_layout *previous, const struct lw_run *run,
                  struct lw_layout **out, struct lw_error *err)
{
    struct sketch sketch = {.graph = graph};
    struct sketch_hint hint = {0};
    struct lw_layout *layout = NULL;
    int code = check(graph, err);

    if (code == 0)
        code = new_layout(graph, &layout, err);
    if (code == 0 && previous)
        code = find_known(layout, previous, &hint, err);
    if (code == 0 && graph->n_nodes > 0)
        code =
            lay_out(&sketch, 2 * hint.n_known >= graph->n_nodes && hint.n_known > 0 ? &hint : NULL, run, layout, err);
    free(hint.layers);
    free(hint.cols);
    sketch_release(&sketch);
    if (code != 0) {
        lw_layout_free(layout);
        return code;
    }
    *out = layout;
    return 0;
}
