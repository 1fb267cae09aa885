/* Rows of the miner by a hash of what they have in common: sorted, those that share it stand together. */
#ifndef LW_LEARN_HASHED_ROW_H
#define LW_LEARN_HASHED_ROW_H

#include <stdint.h>

struct hashed_row {
    uint64_t hash;
    uint32_t row;
};

/* Order for qsort: by hash, then by row. */
static inline int hashed_row_compare(const void *a, const void *b)
{
    const struct hashed_row *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Spreads the bits of x over the whole word. */
static inline uint64_t hash_mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

#endif
