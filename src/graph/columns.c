/*
 * Where lines leave the boxes, how wide the boxes must be for that, and the columns of all vertices: those that bend
 * the segments least, bends of one edge least of all, with vertices of a layer apart (network simplex again, with a
 * vertex for each segment that measures how far it is from straight). With a hint, each node is pulled to its column of
 * before.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "graph/simplex.h"
#include "graph/sketch.h"

#define PORT_GAP      2  /* columns from a line to the next one at a box */
#define MANY_PORTS    24 /* with more, lines leave side by side */
#define LABELLED_COLS 44 /* boxes are made no wider than this for the sake of labels */
#define NODE_GAP      2  /* blanks between boxes */
#define BEND_GAP      1
#define MAX_WORK      40000000

/* ---- ports ------------------------------------------------------------------------------------------------------ */

struct port {
    uint32_t place, edge, segment;
};

static int by_place(const void *a, const void *b)
{
    const struct port *x = a, *y = b;

    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return x->edge < y->edge ? -1 : x->edge > y->edge;
}

/* Columns of the widest label that stands at this side of the vertex: labels stand where an edge begins. */
static int widest_label(const struct sketch *sketch, const uint32_t *segments, uint32_t n, bool is_up)
{
    int most = 0;

    for (uint32_t k = 0; k < n; k++) {
        uint32_t edge = sketch->segments[segments[k]].edge;

        if (sketch->courses[edge].is_reversed == is_up && sketch->graph->edges[edge].label_cols > most)
            most = sketch->graph->edges[edge].label_cols;
    }
    return most;
}

static int find_gap(const struct sketch *sketch, const struct vertex *vertex, bool is_up, int n_ports)
{
    const uint32_t *segments = is_up ? sketch->up + vertex->first_up : sketch->down + vertex->first_down;
    int label = widest_label(sketch, segments, is_up ? vertex->n_up : vertex->n_down, is_up);
    int most = vertex->cols > LABELLED_COLS ? vertex->cols : LABELLED_COLS;

    if (label > 0 && n_ports < MANY_PORTS && (n_ports - 1) * (label + 2) + 3 <= most)
        return label + 2;
    return n_ports < MANY_PORTS ? PORT_GAP : 1;
}

/* Lines at one side of a box, in the order of their other ends, about its middle. The box has the room. */
static void set_ports(struct sketch *sketch, const struct vertex *vertex, bool is_up, int gap, int n_ports,
                      struct port *ports)
{
    const uint32_t *segments = is_up ? sketch->up + vertex->first_up : sketch->down + vertex->first_down;
    uint32_t n = is_up ? vertex->n_up : vertex->n_down;
    int at = (vertex->cols - 1 - (n_ports - 1) * gap) / 2;

    for (uint32_t k = 0; k < n; k++) {
        const struct segment *segment = &sketch->segments[segments[k]];
        uint32_t other = is_up ? segment->upper : segment->lower;

        ports[k] = (struct port){sketch->vertices[other].place, segment->edge, segments[k]};
    }
    if (n > 0)
        qsort(ports, n, sizeof *ports, by_place);
    for (uint32_t k = 0; k < n; k++, at += gap) {
        if (is_up)
            sketch->segments[ports[k].segment].lower_port = at;
        else
            sketch->segments[ports[k].segment].upper_port = at;
    }
}

static void widen(struct vertex *vertex, int n_ports, int gap)
{
    int frame = vertex->cols >= 3 ? 2 : 0, need = (n_ports - 1) * gap + 1 + frame;

    if (vertex->cols < need)
        vertex->cols = need;
}

static int assign_ports(struct sketch *sketch, struct lw_error *err)
{
    const struct lw_layout_graph *graph = sketch->graph;
    struct port *ports = alloc_array(sketch->n_segments, sizeof *ports);
    int *loop_label = alloc_zeroed(graph->n_nodes, sizeof *loop_label); /* 1 + columns of its label */

    if (!ports || !loop_label) {
        free(ports);
        free(loop_label);
        return fail_memory(err, "laying out a graph");
    }
    for (size_t i = 0; i < graph->n_edges; i++)
        if (sketch->courses[i].is_loop && loop_label[graph->edges[i].from] < 1 + graph->edges[i].label_cols)
            loop_label[graph->edges[i].from] = 1 + graph->edges[i].label_cols;
    for (size_t v = 0; v < graph->n_nodes; v++) {
        struct vertex *vertex = &sketch->vertices[v];
        int n_out = (int)vertex->n_down + (loop_label[v] > 0), n_in = (int)vertex->n_up;
        int out_gap = find_gap(sketch, vertex, false, n_out), in_gap = find_gap(sketch, vertex, true, n_in);

        if (n_out > 0)
            widen(vertex, n_out, out_gap);
        if (n_in > 0)
            widen(vertex, n_in, in_gap);
        set_ports(sketch, vertex, false, out_gap, n_out, ports);
        set_ports(sketch, vertex, true, in_gap, n_in, ports);
        vertex->extent = vertex->cols;
        if (loop_label[v] > 0) {
            vertex->loop_port = (vertex->cols - 1 - (n_out - 1) * out_gap) / 2 + (n_out - 1) * out_gap;
            vertex->extent += 1 + loop_label[v];
        }
    }
    free(ports);
    free(loop_label);
    return 0;
}

/* ---- columns ---------------------------------------------------------------------------------------------------- */

struct columns {
    struct sketch *sketch;
    const struct sketch_hint *hint;
    struct simplex_edge *edges;
    size_t n_edges;
    uint32_t n_vertices;
    uint64_t most; /* the greatest weight of an edge */
};

static void add_edge(struct columns *columns, uint32_t tail, uint32_t head, int length, int weight)
{
    columns->edges[columns->n_edges++] = (struct simplex_edge){tail, head, length, weight};
}

/* Vertices of a layer apart, and the first of each layer right of a common origin, which joins all parts. */
static void hold_apart(struct columns *columns)
{
    const struct sketch *sketch = columns->sketch;
    size_t n_nodes = sketch->graph->n_nodes;
    uint32_t origin = columns->n_vertices++;

    for (uint32_t layer = 0; layer < sketch->n_layers; layer++) {
        add_edge(columns, origin, sketch->order[sketch->layer_starts[layer]], 0, 0);
        for (uint32_t i = sketch->layer_starts[layer] + 1; i < sketch->layer_starts[layer + 1]; i++) {
            uint32_t left = sketch->order[i - 1], right = sketch->order[i];
            int gap = left < n_nodes && right < n_nodes ? NODE_GAP : BEND_GAP;

            add_edge(columns, left, right, sketch->vertices[left].extent + gap, 0);
        }
    }
}

/* A vertex left of both ends of a segment, as far as these may be: what is more than that bends it. */
static void hold_straight(struct columns *columns)
{
    const struct sketch *sketch = columns->sketch;
    size_t n_nodes = sketch->graph->n_nodes;

    for (size_t i = 0; i < sketch->n_segments; i++) {
        const struct segment *segment = &sketch->segments[i];
        uint64_t weight = sketch->graph->edges[segment->edge].weight;
        int bends = (segment->upper >= n_nodes) + (segment->lower >= n_nodes);
        int by = segment->lower_port - segment->upper_port;
        int strength = (bends == 0   ? 2
                        : bends == 1 ? 4
                                     : 16) *
                       (1 + (weight > columns->most / 10) + (weight > columns->most / 3));
        uint32_t middle = columns->n_vertices++;

        add_edge(columns, middle, segment->upper, by > 0 ? by : 0, strength);
        add_edge(columns, middle, segment->lower, by < 0 ? -by : 0, strength);
    }
}

static void hold_in_place(struct columns *columns)
{
    uint32_t origin = columns->n_vertices++;

    for (uint32_t v = 0; v < columns->sketch->graph->n_nodes; v++)
        if (columns->hint->layers[v] >= 0) {
            uint32_t pull = columns->n_vertices++;

            add_edge(columns, pull, v, columns->hint->cols[v], 1);
            add_edge(columns, pull, origin, 0, 1);
        }
}

int sketch_assign_columns(struct sketch *sketch, const struct sketch_hint *hint, struct lw_error *err)
{
    struct columns columns = {.sketch = sketch, .hint = hint, .n_vertices = (uint32_t)sketch->n_vertices};
    size_t n_known = hint ? hint->n_known : 0;
    int32_t *cols, least = INT32_MAX;
    int code = assign_ports(sketch, err);

    if (code != 0)
        return code;
    columns.edges =
        alloc_array(sketch->n_vertices + sketch->n_layers + 2 * (sketch->n_segments + n_known), sizeof *columns.edges);
    cols = alloc_array(sketch->n_vertices + sketch->n_segments + n_known + 2, sizeof *cols);
    if (!columns.edges || !cols) {
        code = fail_memory(err, "laying out a graph");
    } else {
        for (size_t i = 0; i < sketch->graph->n_edges; i++)
            if (sketch->graph->edges[i].weight > columns.most)
                columns.most = sketch->graph->edges[i].weight;
        hold_apart(&columns);
        hold_straight(&columns);
        if (n_known > 0)
            hold_in_place(&columns);
        code = simplex_solve(columns.n_vertices, columns.edges, columns.n_edges, MAX_WORK, cols, err);
    }
    for (size_t v = 0; code == 0 && v < sketch->n_vertices; v++)
        least = cols[v] < least ? cols[v] : least;
    for (size_t v = 0; code == 0 && v < sketch->n_vertices; v++)
        sketch->vertices[v].col = cols[v] - least;
    free(columns.edges);
    free(cols);
    return code;
}
