/*
 * What values a parameter or header field takes: a bottom-k sketch over hashes of distinct values (Cohen and Kaplan
 * 2007) with exact counts of those kept. A value that is among the k smallest hashes at the end was so from its first
 * appearance on, so its count misses nothing and two pools merge exactly. Owned by the struct; not thread-safe for
 * adding.
 */
#ifndef LW_LEARN_POOL_H
#define LW_LEARN_POOL_H

#include "base/pack.h"
#include "learn/sketch.h"
#include "logwright.h"

#define POOL_KEEP      64
#define POOL_VALUE_MAX 256 /* longer values are told apart by their hash, and kept cut to this */

struct pool_value {
    uint64_t hash, count;
    char *text;
    uint32_t len;
};
struct pool {
    struct pool_value *values; /* [n] by rising hash; grown as needed, at most POOL_KEEP */
    uint32_t n, cap;
    uint64_t largest;   /* hash of the last one: most values are known by it not to be kept, without a look at them */
    uint64_t total;     /* values added */
    uint8_t mask;       /* enum mask of the values; set by who wants a sketch of them, else MASK_NONE */
    bool has_no_sketch; /* it was given up */
    struct sketch *sketch; /* of all values, once they are more than POOL_KEEP and mask is set; else NULL */
};
#define POOL_INIT                                                                                                      \
    {                                                                                                                  \
        NULL, 0, 0, 0, 0, 0, false, NULL                                                                               \
    }

void pool_release(struct pool *pool);
/* Counts a value `count` times. 0 or LW_ERR_MEMORY; then nothing changed. */
int pool_add(struct pool *pool, const char *data, size_t len, uint64_t count);
/* 0 or LW_ERR_MEMORY; then `into` holds part of `from` and is only fit for release. */
int pool_merge(struct pool *into, const struct pool *from);
/* Gives up the sketch, for good: none is begun again, and what is merged in later adds none. */
void pool_drop_sketch(struct pool *pool);
uint64_t pool_bytes(const struct pool *pool); /* beyond the struct, roughly */
/* Exact up to POOL_KEEP, from there on estimated: by the sketch, standard error 2.3 %, or where there is none from the
 * largest hash kept, 13 %. */
uint64_t pool_distinct(const struct pool *pool);
void pool_pack(const struct pool *pool, struct buf *out);
/* pool: POOL_INIT before, but for its mask; on failure it is empty again. LW_ERR_INPUT if the bytes are no pool. */
int pool_unpack(struct pool *pool, struct unpack *in, struct lw_error *err);

#endif
