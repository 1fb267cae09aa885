/*
 * What the steps of a layout work on: the graph without cycles and loops, its vertices in layers, and a chain of bends
 * wherever an edge passes a layer. Owned by the caller: zeroed, filled by the steps in their order, sketch_release.
 */
#ifndef LW_GRAPH_SKETCH_H
#define LW_GRAPH_SKETCH_H

#include "logwright.h"

#define SKETCH_NONE UINT32_MAX

struct vertex { /* the nodes first, then bends */
    uint32_t layer, place;
    int col, cols, rows;                         /* of the box; a bend has one column */
    int extent;                                  /* columns it needs, with its loop */
    int loop_port;                               /* column in the box where the loop leaves, -1: there is none */
    uint32_t first_down, n_down, first_up, n_up; /* in down[] and up[] */
};
struct segment { /* between neighbouring layers */
    uint32_t upper, lower, edge;
    int upper_port, lower_port; /* columns from that of the box */
};
struct course { /* of an edge */
    bool is_reversed, is_loop, is_left_out;
    uint32_t first_segment, n_segments; /* from its upper end on */
};

struct sketch {
    const struct lw_layout_graph *graph;
    struct course *courses; /* [n_edges] */
    struct vertex *vertices;
    struct segment *segments;
    size_t n_vertices, n_segments;
    uint32_t *down, *up; /* segments of each vertex downwards and upwards */
    uint32_t n_layers;
    uint32_t *layer_starts; /* [n_layers + 1] in order[] */
    uint32_t *order;        /* [n_vertices] layer after layer, from left to right */
    uint64_t work;          /* what the ordering took, to bound it */
};

/* What is known from a layout before: layer and column of each node; layer -1 if it is new. */
struct sketch_hint {
    int *layers, *cols;
    size_t n_known;
};

/* Sets the courses' is_reversed and is_loop, so that what is left has no cycle. */
int sketch_break_cycles(struct sketch *sketch, const struct sketch_hint *hint, struct lw_error *err);
/* Gives the nodes layers and makes vertices and segments. */
int sketch_assign_layers(struct sketch *sketch, const struct sketch_hint *hint, struct lw_error *err);
/* Orders each layer, so that few segments cross. */
int sketch_order(struct sketch *sketch, const struct sketch_hint *hint, const struct lw_run *run, struct lw_error *err);
/* Ports of the segments and columns of the vertices. */
int sketch_assign_columns(struct sketch *sketch, const struct sketch_hint *hint, struct lw_error *err);
void sketch_release(struct sketch *sketch);

#endif
