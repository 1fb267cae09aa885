#include "learn/pair_map.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "logwright.h"

void pair_map_release(struct pair_map *map)
{
    free(map->pairs);
    free(map->slots);
    *map = (struct pair_map)PAIR_MAP_INIT;
}

/* The finaliser of splitmix64 (Steele, Lea and Flood 2014). */
static size_t hash(uint32_t a, uint32_t b)
{
    uint64_t x = ((uint64_t)a << 32 | b) + UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (size_t)(x ^ x >> 31);
}

/* The slot that holds the pair, or the free one where it would go. */
static size_t find_slot(const struct pair_map *map, uint32_t a, uint32_t b)
{
    size_t slot = hash(a, b) & (map->n_slots - 1);
    while (map->slots[slot] != 0) {
        const struct pair *pair = &map->pairs[map->slots[slot] - 1];
        if (pair->a == a && pair->b == b)
            break;
        slot = (slot + 1) & (map->n_slots - 1);
    }
    return slot;
}

static int widen(struct pair_map *map)
{
    size_t n_slots = map->n_slots == 0 ? 64 : map->n_slots * 2;
    uint32_t *slots = alloc_zeroed(n_slots, sizeof *slots);
    if (slots == NULL)
        return LW_ERR_MEMORY;
    free(map->slots);
    map->slots = slots;
    map->n_slots = n_slots;
    for (size_t i = 0; i < map->count; i++)
        slots[find_slot(map, map->pairs[i].a, map->pairs[i].b)] = (uint32_t)i + 1;
    return 0;
}

int pair_map_add(struct pair_map *map, uint32_t a, uint32_t b, uint32_t *id)
{
    if (2 * (map->count + 1) > map->n_slots && widen(map) != 0)
        return LW_ERR_MEMORY;
    size_t slot = find_slot(map, a, b);
    if (map->slots[slot] == 0) {
        if (map->count + 1 >= PAIR_NONE || alloc_grow(&map->pairs, &map->cap, map->count + 1, sizeof *map->pairs) != 0)
            return LW_ERR_MEMORY;
        map->pairs[map->count++] = (struct pair){a, b};
        map->slots[slot] = (uint32_t)map->count;
    }
    *id = map->slots[slot] - 1;
    return 0;
}

uint32_t pair_map_find(const struct pair_map *map, uint32_t a, uint32_t b)
{
    if (map->count == 0)
        return PAIR_NONE;
    return map->slots[find_slot(map, a, b)] - 1; /* a free slot's 0 becomes PAIR_NONE */
}
