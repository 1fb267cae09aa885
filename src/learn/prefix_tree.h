/*
 * The variants of a trace set as a tree of their beginnings, with counts. Owned by the struct; who merges states takes
 * it apart in place.
 */
#ifndef LW_LEARN_PREFIX_TREE_H
#define LW_LEARN_PREFIX_TREE_H

#include "learn/contexts.h"

struct prefix {
    uint32_t symbol;  /* that leads here; CONTEXT_END for an end, which has no children */
    uint32_t child;   /* first one, by rising symbol, or PAIR_NONE */
    uint32_t next;    /* sibling, or PAIR_NONE */
    uint32_t context; /* node of the longest known context here */
    uint32_t mark;    /* the user's; PAIR_NONE at first */
    uint64_t count;
};
struct prefix_tree {
    struct prefix *nodes; /* 0 is the root: nothing seen yet */
    size_t n, cap;
};

/* The same tree whatever the order of the variants. LW_ERR_MEMORY; LW_ERR_LIMIT past 2^31 nodes. */
int prefix_tree_build(const struct trace_set *set, const struct variants *variants, const struct contexts *contexts,
                      struct prefix_tree *out, struct lw_error *err);
void prefix_tree_release(struct prefix_tree *tree);

#endif
