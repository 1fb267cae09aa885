/*
 * What values a parameter or header field takes: a bottom-k sketch over hashes of distinct values (Cohen and Kaplan
 * 2007) with exact counts of those kept, so that two pools merge exactly. distinct is estimated from the k-th smallest
 * hash.
 */
#ifndef LW_LEARN_POOL_H
#define LW_LEARN_POOL_H

#include "base/pack.h"
#include "logwright.h"

#define POOL_KEEP      64
#define POOL_VALUE_MAX 256 /* longer values are counted by hash, kept cut */

struct pool_value {
    uint64_t hash, count;
    char *text;
    uint32_t len;
};
struct pool {
    struct pool_value *values; /* [n] by rising hash; grown as needed, at most POOL_KEEP */
    uint32_t n, cap;
    uint64_t total; /* values added */
};
#define POOL_INIT                                                                                                      \
    {                                                                                                                  \
        NULL, 0, 0, 0                                                                                                  \
    }

void pool_release(struct pool *pool);
int pool_add(struct pool *pool, const char *data, size_t len, uint64_t count);
int pool_merge(struct pool *into, const struct pool *from);
uint64_t pool_distinct(const struct pool *pool); /* exact below POOL_KEEP */
void pool_pack(const struct pool *pool, struct buf *out);
int pool_unpack(struct pool *pool, struct unpack *in, struct lw_error *err);

#endif
