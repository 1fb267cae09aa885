/*
 * Counter-based random numbers: a stream is named by (seed, purpose, index) and is the same on whatever thread and in
 * whatever order it is drawn. Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
 */
#ifndef LW_BASE_RNG_H
#define LW_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint32_t key[2], counter[4], block[4];
    unsigned used; /* words of block already given */
};

/* purpose: a constant of the calling module, so that two uses of one seed never share a stream. */
void rng_init(struct rng *rng, uint64_t seed, uint32_t purpose, uint64_t index);
void rng_next_block(struct rng *rng); /* what rng_u32 does where all of one is used */

static inline uint32_t rng_u32(struct rng *rng)
{
    if (rng->used == 4)
        rng_next_block(rng);
    return rng->block[rng->used++];
}

static inline uint64_t rng_u64(struct rng *rng)
{
    uint64_t low = rng_u32(rng);
    return low | (uint64_t)rng_u32(rng) << 32;
}

static inline double rng_uniform(struct rng *rng) /* [0, 1), 53 bits */
{
    return (double)(rng_u64(rng) >> 11) * 0x1p-53;
}

uint64_t rng_below(struct rng *rng, uint64_t n); /* 0 .. n-1 without bias; n > 0 */
/* Index drawn by weights[n] >= 0 with the given sum > 0. */
size_t rng_weighted(struct rng *rng, const double *weights, size_t n, double sum);
/* Fisher-Yates over items[n]. */
void rng_shuffle_u32(struct rng *rng, uint32_t *items, size_t n);

#endif
