/*
 * Strings come in lexicographic order, so each shares a beginning with the one before it, and what follows that are its
 * new nodes. Two stable counting sorts, by symbol and then by depth, give the final order.
 */
#include "learn/string_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "logwright.h"

struct draft { /* nodes in the order in which they are met */
    uint32_t *parent, *symbol, *depth, *path;
    uint32_t *order, *spare; /* node -> node */
    size_t *counts;
};

void string_tree_release(struct string_tree *tree)
{
    free(tree->parent);
    free(tree->ends);
    free(tree->groups);
    free(tree->node_of);
    *tree = (struct string_tree){0};
}

size_t string_tree_fit(const struct strings *strings, const uint32_t *items, size_t from, size_t n, size_t max_nodes)
{
    size_t nodes = 1 + strings_len(strings, items[from]), at = from + 1;
    for (; at < n; at++) {
        nodes += strings_len(strings, items[at]) - strings_shared(strings, items[at - 1], items[at]);
        if (nodes > max_nodes)
            break;
    }
    return at - from;
}

static void add_nodes(const struct strings *strings, const uint32_t *items, size_t n, struct draft *draft,
                      struct string_tree *tree)
{
    uint32_t n_nodes = 1;
    draft->parent[0] = draft->symbol[0] = draft->depth[0] = draft->path[0] = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t *symbols = strings->symbols + strings->first[items[i]];
        size_t len = strings_len(strings, items[i]);
        size_t depth = i == 0 ? 0 : strings_shared(strings, items[i - 1], items[i]);
        for (; depth < len; depth++) {
            draft->parent[n_nodes] = draft->path[depth];
            draft->symbol[n_nodes] = symbols[depth];
            draft->depth[n_nodes] = (uint32_t)depth + 1;
            draft->path[depth + 1] = n_nodes++;
        }
        tree->node_of[i] = draft->path[len];
    }
    tree->n_nodes = n_nodes;
}

/* Stable: from[] by rising keys[] into to[]; counts has room for the keys, which are less than n_keys. */
static void sort_by(const uint32_t *keys, size_t n_keys, const uint32_t *from, uint32_t *to, size_t n, size_t *counts)
{
    memset(counts, 0, (n_keys + 1) * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        counts[keys[from[i]] + 1]++;
    for (size_t k = 1; k <= n_keys; k++)
        counts[k] += counts[k - 1];
    for (size_t i = 0; i < n; i++)
        to[counts[keys[from[i]]]++] = from[i];
}

static void put_in_order(const struct draft *draft, size_t n_symbols, size_t max_len, struct string_tree *tree)
{
    size_t n = tree->n_nodes;
    for (size_t i = 0; i < n; i++)
        draft->order[i] = (uint32_t)i;
    sort_by(draft->symbol, n_symbols, draft->order, draft->spare, n, draft->counts);
    sort_by(draft->depth, max_len + 1, draft->spare, draft->order, n, draft->counts);
    for (size_t i = 0; i < n; i++)
        draft->spare[draft->order[i]] = (uint32_t)i;
    for (size_t i = 0; i < n; i++) {
        uint32_t node = draft->order[i];
        tree->parent[i] = draft->spare[draft->parent[node]];
        if (i > 0 && (i == 1 || draft->symbol[node] != draft->symbol[draft->order[i - 1]] ||
                      draft->depth[node] != draft->depth[draft->order[i - 1]]))
            tree->groups[tree->n_groups++] = (struct string_group){(uint32_t)i, draft->symbol[node]};
    }
    tree->groups[tree->n_groups] = (struct string_group){(uint32_t)n, 0};
}

int string_tree_build(const struct strings *strings, const uint32_t *items, const float *weights, size_t n,
                      struct string_tree *out)
{
    size_t max_nodes = 1, max_len = 0;
    for (size_t i = 0; i < n; i++) {
        size_t len = strings_len(strings, items[i]);
        max_nodes += len - (i == 0 ? 0 : strings_shared(strings, items[i - 1], items[i]));
        max_len = len > max_len ? len : max_len;
    }
    if (max_nodes >= UINT32_MAX)
        return LW_ERR_MEMORY;
    size_t n_keys = (strings->n_symbols > max_len ? strings->n_symbols : max_len) + 2;
    struct draft draft = {alloc_array(max_nodes, 4),
                          alloc_array(max_nodes, 4),
                          alloc_array(max_nodes, 4),
                          alloc_array(max_len + 1, 4),
                          alloc_array(max_nodes, 4),
                          alloc_array(max_nodes, 4),
                          alloc_array(n_keys, sizeof *draft.counts)};
    struct string_tree made = {.parent = alloc_array(max_nodes, sizeof *made.parent),
                               .ends = alloc_zeroed(max_nodes, sizeof *made.ends),
                               .groups = alloc_array(max_nodes + 1, sizeof *made.groups),
                               .n_items = n,
                               .node_of = alloc_array(n, sizeof *made.node_of)};
    int status = LW_ERR_MEMORY;
    if (draft.parent != NULL && draft.symbol != NULL && draft.depth != NULL && draft.path != NULL &&
        draft.order != NULL && draft.spare != NULL && draft.counts != NULL && made.parent != NULL &&
        made.ends != NULL && made.groups != NULL && made.node_of != NULL) {
        add_nodes(strings, items, n, &draft, &made);
        put_in_order(&draft, strings->n_symbols, max_len, &made);
        for (size_t i = 0; i < n; i++) {
            made.node_of[i] = draft.spare[made.node_of[i]];
            made.ends[made.node_of[i]] += weights != NULL ? weights[i] : 1;
        }
        *out = made;
        status = 0;
    } else {
        string_tree_release(&made);
    }
    free(draft.parent);
    free(draft.symbol);
    free(draft.depth);
    free(draft.path);
    free(draft.order);
    free(draft.spare);
    free(draft.counts);
    return status;
}
