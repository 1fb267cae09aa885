/* A finished layout: boxes, lines and labels in cells. Owned by lw_layout_new and lw_layout_free, immutable. */
#ifndef LW_GRAPH_LAYOUT_H
#define LW_GRAPH_LAYOUT_H

#include "logwright.h"

struct lw_layout {
    size_t n_nodes, n_edges;
    uint64_t *keys;                 /* [n_nodes] */
    int *layers;                    /* [n_nodes] */
    struct lw_layout_box *boxes;    /* [n_nodes] */
    struct lw_layout_point *points; /* of all lines, edge after edge */
    size_t n_points, cap_points;
    size_t *starts;                 /* [n_edges + 1] in points */
    struct lw_layout_point *labels; /* [n_edges]; row -1: there is none */
    int *label_cols;                /* [n_edges] */
    int rows, cols;
    uint64_t crossings;
    size_t n_left_out;
};

#endif
