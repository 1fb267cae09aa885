#include "base/rng.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* One Philox block is four words made from (key, counter); counter[0] and [1] hold the position, [2] and [3] the
 * index of the stream; purpose is folded into the key. */
#define ROUNDS  10
#define FACTOR0 0xD2511F53u
#define FACTOR2 0xCD9E8D57u
#define STEP0   0x9E3779B9u
#define STEP1   0xBB67AE85u

#ifdef __SSE2__
/* Both products of a round at once: words 0 and 2 stand in the even lanes of one vector, 1 and 3 in those of another.
 */
static void make_block(const struct rng *rng, uint32_t block[4])
{
    const __m128i factors = _mm_set_epi32(0, (int)FACTOR2, 0, (int)FACTOR0);
    const __m128i step = _mm_set_epi32(0, (int)STEP1, 0, (int)STEP0);
    __m128i even = _mm_set_epi32(0, (int)rng->counter[2], 0, (int)rng->counter[0]);
    __m128i odd = _mm_set_epi32(0, (int)rng->counter[3], 0, (int)rng->counter[1]);
    __m128i key = _mm_set_epi32(0, (int)rng->key[1], 0, (int)rng->key[0]);
    for (int round = 0; round < ROUNDS; round++) {
        __m128i products = _mm_mul_epu32(even, factors);
        even = _mm_xor_si128(_mm_xor_si128(_mm_shuffle_epi32(products, _MM_SHUFFLE(1, 1, 3, 3)), odd), key);
        odd = _mm_shuffle_epi32(products, _MM_SHUFFLE(0, 0, 2, 2));
        key = _mm_add_epi32(key, step);
    }
    _mm_storeu_si128((__m128i *)(void *)block,
                     _mm_unpacklo_epi64(_mm_unpacklo_epi32(even, odd), _mm_unpackhi_epi32(even, odd)));
}
#else
static void make_block(const struct rng *rng, uint32_t block[4])
{
    uint32_t c0 = rng->counter[0], c1 = rng->counter[1], c2 = rng->counter[2], c3 = rng->counter[3];
    uint32_t k0 = rng->key[0], k1 = rng->key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = (uint64_t)FACTOR0 * c0, p1 = (uint64_t)FACTOR2 * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += STEP0;
        k1 += STEP1;
    }
    block[0] = c0;
    block[1] = c1;
    block[2] = c2;
    block[3] = c3;
}
#endif

void rng_next_block(struct rng *rng)
{
    make_block(rng, rng->block);
    rng->used = 0;
    if (++rng->counter[0] == 0)
        rng->counter[1]++;
}

void rng_init(struct rng *rng, uint64_t seed, uint32_t purpose, uint64_t index)
{
    /* The purpose is spread over the key by a multiplier that is odd, so that no two purposes collide under one seed.
     */
    *rng = (struct rng){.key = {(uint32_t)seed ^ purpose * 0x85EBCA6Bu, (uint32_t)(seed >> 32) ^ purpose},
                        .counter = {0, 0, (uint32_t)index, (uint32_t)(index >> 32)},
                        .used = 4};
}

uint64_t rng_below(struct rng *rng, uint64_t n)
{
    uint64_t drawn = rng_u64(rng);
    /* Numbers from this limit on would favour small remainders; nearly all are too small for it to be asked for. */
    while (drawn > UINT64_MAX - n && drawn >= UINT64_MAX - UINT64_MAX % n)
        drawn = rng_u64(rng);
    return drawn % n;
}

size_t rng_weighted(struct rng *rng, const double *weights, size_t n, double sum)
{
    double at = rng_uniform(rng) * sum;
    size_t last = 0; /* rounding may leave a rest: then the last that can be drawn */
    for (size_t i = 0; i < n; i++) {
        if (weights[i] <= 0)
            continue;
        last = i;
        if (at < weights[i])
            return i;
        at -= weights[i];
    }
    return last;
}

void rng_shuffle_u32(struct rng *rng, uint32_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)rng_below(rng, i);
        uint32_t item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
}
