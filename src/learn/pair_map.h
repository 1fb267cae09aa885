/*
 * Pairs of 32-bit numbers to dense ids 0, 1, 2 ... in the order they were first added: the edges of a trie, the cells
 * of a sparse table. Open addressing. Not thread-safe for adding; any number of threads may find.
 */
#ifndef LW_LEARN_PAIR_MAP_H
#define LW_LEARN_PAIR_MAP_H

#include <stddef.h>
#include <stdint.h>

#define PAIR_NONE UINT32_MAX

struct pair {
    uint32_t a, b;
};
struct pair_map {
    struct pair *pairs; /* [count] */
    size_t count, cap;
    uint32_t *slots; /* [n_slots] id + 1, or 0 */
    size_t n_slots;
};
#define PAIR_MAP_INIT                                                                                                  \
    {                                                                                                                  \
        NULL, 0, 0, NULL, 0                                                                                            \
    }

void pair_map_release(struct pair_map *map);
/* *id is the pair's; it is new if it equals the count before. 0 or LW_ERR_MEMORY. */
int pair_map_add(struct pair_map *map, uint32_t a, uint32_t b, uint32_t *id);
uint32_t pair_map_find(const struct pair_map *map, uint32_t a, uint32_t b); /* or PAIR_NONE */

#endif
