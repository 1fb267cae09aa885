/*
 * Whole numbers for the vertices of a graph, so that the weighted sum of its edges' lengths is least while none is
 * shorter than it must be: the network simplex of Gansner, Koutsofios, North and Vo 1993 ("A technique for drawing
 * directed graphs"). Layers are such numbers, and columns too.
 */
#ifndef LW_GRAPH_SIMPLEX_H
#define LW_GRAPH_SIMPLEX_H

#include "logwright.h"

struct simplex_edge {
    uint32_t tail, head;
    int32_t length; /* ranks[head] - ranks[tail] is at least this */
    int32_t weight; /* at least 0 */
};

/* ranks[n]: some are negative. The graph must be connected, else LW_ERR_USAGE, and without directed cycles, else
 * LW_ERR_INPUT. work: edges that may be looked at, about; after that many the ranks are lawful but not the best. */
int simplex_solve(uint32_t n, const struct simplex_edge *edges, size_t n_edges, uint64_t work, int32_t *ranks,
                  struct lw_error *err);

#endif
