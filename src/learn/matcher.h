/* Finds the shape that units fit, the most specific first: a tree over elements in which words go before slots. */
#ifndef LW_LEARN_MATCHER_H
#define LW_LEARN_MATCHER_H

#include "learn/shape.h"

#define MATCHER_NONE UINT32_MAX

struct matcher_edge { /* an entry of a hash table */
    uint32_t node, symbol, to;
};
struct matcher {
    struct matcher_edge *edges; /* [n_slots], to = 0 where empty */
    size_t n_edges, n_slots;
    uint32_t *values; /* [n_nodes] what the shape that ends here was added with, or MATCHER_NONE */
    size_t n_nodes, cap;
};

void matcher_init(struct matcher *matcher);
void matcher_release(struct matcher *matcher);
/* A shape equal to an earlier one is left out. 0 or LW_ERR_MEMORY. */
int matcher_add(struct matcher *matcher, const struct shape *shape, uint32_t value);
/* Value of the best shape or MATCHER_NONE. A search that meets too many dead ends is given up as no match. */
uint32_t matcher_find(const struct matcher *matcher, const struct unit *units, size_t n);

#endif
