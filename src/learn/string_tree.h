/*
 * Strings of symbols that share their beginnings: what is computed from the left is then computed once for all strings
 * that begin alike. Nodes lie in order of (depth, symbol), so that nodes which follow their parents by the same symbol
 * stand together. Everything is owned by its struct.
 */
#ifndef LW_LEARN_STRING_TREE_H
#define LW_LEARN_STRING_TREE_H

#include "learn/trace_strings.h"

struct string_group {
    uint32_t first, symbol; /* nodes first .. that of the next group - 1 */
};
struct string_tree {
    size_t n_nodes; /* 0 is the root */
    size_t n_groups;
    uint32_t *parent;            /* [n_nodes] less than the node's own */
    float *ends;                 /* [n_nodes] weight of the string that ends here */
    struct string_group *groups; /* [n_groups + 1], the last one a sentinel; the root is in none */
    size_t n_items;
    uint32_t *node_of; /* [n_items] where each ends */
};

/* The tree of strings items[0 .. n), rising, each with its weight (NULL: 1). LW_ERR_MEMORY. */
int string_tree_build(const struct strings *strings, const uint32_t *items, const float *weights, size_t n,
                      struct string_tree *out);
void string_tree_release(struct string_tree *tree);
/* How many of the items from..n-1 make a tree of at most max_nodes, at least one. */
size_t string_tree_fit(const struct strings *strings, const uint32_t *items, size_t from, size_t n, size_t max_nodes);

#endif
