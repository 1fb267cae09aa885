/*
 * Lines between boxes. Between two layers lies a channel: a row of stubs, rows in which lines run sideways, a row of
 * stubs and arrows. Owned by the caller: zeroed, route_lines, route_release.
 */
#ifndef LW_GRAPH_ROUTE_H
#define LW_GRAPH_ROUTE_H

#include "graph/layout.h"
#include "graph/sketch.h"

struct piece { /* of a segment: down from the column `from`, sideways in its track, and on down from `to` */
    uint32_t segment, next; /* next: piece that goes on, SKETCH_NONE for the last */
    int from, to;
    int track; /* from 1; 0: straight */
    int since; /* track in which it begins; 0: at the upper box */
};
struct channel {
    size_t first, n; /* pieces */
    int n_tracks;
    int row; /* of the upper stubs; tracks are in row + 1 .. row + n_tracks, lower stubs below */
};
struct routes {
    struct piece *pieces;
    size_t n_pieces, cap_pieces;
    struct channel *channels; /* [n_layers - 1], or one */
    uint32_t *first_piece;    /* [n_segments] */
    int *layer_rows;          /* [n_layers] first row of each layer */
};

/* Sets routes and the layout's boxes, points, starts and crossings. */
int route_lines(const struct sketch *sketch, struct routes *routes, struct lw_layout *layout, struct lw_error *err);
void route_release(struct routes *routes);
/* Sets the layout's labels. */
int label_lines(const struct sketch *sketch, const struct routes *routes, struct lw_layout *layout,
                struct lw_error *err);

#endif
