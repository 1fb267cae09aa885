#include "learn/pool.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* a call costs more than the hash of a word */
#include <xxhash.h>

#include "base/alloc.h"
#include "base/fail.h"

void pool_release(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->n; i++)
        free(pool->values[i].text);
    free(pool->values);
    sketch_free(pool->sketch);
    *pool = (struct pool)POOL_INIT;
}

/* Position of the first value whose hash is not below the given one. */
static uint32_t lower_bound(const struct pool *pool, uint64_t hash)
{
    uint32_t low = 0, high = pool->n;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (pool->values[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int grow(struct pool *pool)
{
    size_t cap = pool->cap;
    int rc = alloc_grow_from(1, &pool->values, &cap, (size_t)pool->n + 1, sizeof *pool->values);
    if (rc == 0)
        pool->cap = (uint32_t)cap;
    return rc;
}

/* All values were kept until now. */
static int begin_sketch(struct pool *pool)
{
    enum quantity_kind kind = quantity_of_mask((enum mask)pool->mask);
    struct sketch *sketch = sketch_new();

    if (sketch == NULL)
        return LW_ERR_MEMORY;
    for (uint32_t i = 0; i < pool->n; i++) {
        const struct pool_value *value = &pool->values[i];

        if (sketch_add(sketch, kind, value->hash, value->text, value->len, value->count) != 0) {
            sketch_free(sketch);
            return LW_ERR_MEMORY;
        }
    }
    pool->sketch = sketch;
    return 0;
}

static bool has_hash(const struct pool *pool, uint64_t hash)
{
    if (pool->n == 0 || hash > pool->largest)
        return false;
    uint32_t at = lower_bound(pool, hash);
    return at < pool->n && pool->values[at].hash == hash;
}

static int keep(struct pool *pool, uint64_t hash, const char *data, size_t len, uint64_t count)
{
    if (pool->n == POOL_KEEP && hash > pool->largest) {
        pool->total += count;
        return 0;
    }
    uint32_t at = lower_bound(pool, hash);
    if (at < pool->n && pool->values[at].hash == hash) {
        pool->values[at].count += count;
        pool->total += count;
        return 0;
    }
    uint32_t kept = len < POOL_VALUE_MAX ? (uint32_t)len : POOL_VALUE_MAX;
    char *text = alloc_text(data, kept);
    if (text == NULL || (pool->n < POOL_KEEP && grow(pool) != 0)) {
        free(text);
        return LW_ERR_MEMORY;
    }
    if (pool->n == POOL_KEEP)
        free(pool->values[--pool->n].text);
    memmove(&pool->values[at + 1], &pool->values[at], (pool->n - at) * sizeof *pool->values);
    pool->values[at] = (struct pool_value){hash, count, text, kept};
    pool->n++;
    pool->largest = pool->values[pool->n - 1].hash;
    pool->total += count;
    return 0;
}

static int add_hashed(struct pool *pool, uint64_t hash, const char *data, size_t len, uint64_t count)
{
    if (pool->mask != MASK_NONE && !pool->has_no_sketch && pool->n == POOL_KEEP) {
        if (pool->sketch == NULL && !has_hash(pool, hash) && begin_sketch(pool) != 0)
            return LW_ERR_MEMORY;
        if (pool->sketch != NULL &&
            sketch_add(pool->sketch, quantity_of_mask((enum mask)pool->mask), hash, data, len, count) != 0)
            return LW_ERR_MEMORY;
    }
    return keep(pool, hash, data, len, count);
}

int pool_add(struct pool *pool, const char *data, size_t len, uint64_t count)
{
    return add_hashed(pool, XXH3_64bits(data, len), data, len, count);
}

void pool_drop_sketch(struct pool *pool)
{
    sketch_free(pool->sketch);
    pool->sketch = NULL;
    pool->has_no_sketch = true;
}

uint64_t pool_bytes(const struct pool *pool)
{
    uint64_t bytes = pool->cap * sizeof *pool->values;
    for (uint32_t i = 0; i < pool->n; i++)
        bytes += pool->values[i].len + 24; /* what malloc adds and rounds */
    if (pool->sketch != NULL)
        bytes += sizeof *pool->sketch + pool->sketch->bins.n * sizeof(uint64_t);
    return bytes;
}

int pool_merge(struct pool *into, const struct pool *from)
{
    uint64_t total = into->total + from->total;
    if (from->has_no_sketch)
        pool_drop_sketch(into);
    bool is_sketched = into->mask != MASK_NONE && !into->has_no_sketch && from->sketch != NULL;
    if (is_sketched &&
        ((into->sketch == NULL && begin_sketch(into) != 0) || sketch_merge(into->sketch, from->sketch) != 0))
        return LW_ERR_MEMORY;
    for (uint32_t i = 0; i < from->n; i++) {
        const struct pool_value *value = &from->values[i];
        int rc = (is_sketched ? keep : add_hashed)(into, value->hash, value->text, value->len, value->count);
        if (rc != 0)
            return rc;
    }
    into->total = total;
    return 0;
}

uint64_t pool_distinct(const struct pool *pool)
{
    if (pool->n < POOL_KEEP)
        return pool->n;
    if (pool->sketch != NULL) {
        uint64_t distinct = sketch_distinct(pool->sketch);
        return distinct <= POOL_KEEP ? POOL_KEEP + 1 : distinct < pool->total ? distinct : pool->total;
    }
    if (pool->mask != MASK_NONE && !pool->has_no_sketch)
        return pool->n;
    double share = ((double)pool->values[POOL_KEEP - 1].hash + 1) * 0x1p-64;
    double estimate = (POOL_KEEP - 1) / share;
    if (estimate < POOL_KEEP)
        return POOL_KEEP;
    return estimate < (double)pool->total ? (uint64_t)(estimate + .5) : pool->total;
}

/* The hash is made again from the text, unless that was cut. */
void pool_pack(const struct pool *pool, struct buf *out)
{
    pack_u64(out, pool->n);
    pack_u64(out, pool->total);
    for (uint32_t i = 0; i < pool->n; i++) {
        const struct pool_value *value = &pool->values[i];
        pack_u64(out, value->count);
        pack_bytes(out, value->text, value->len);
        if (value->len == POOL_VALUE_MAX)
            pack_u64(out, value->hash);
    }
    if (pool->n == POOL_KEEP && pool->mask != MASK_NONE) {
        pack_u64(out, pool->has_no_sketch ? 2 : pool->sketch != NULL);
        if (pool->sketch != NULL)
            sketch_pack(pool->sketch, out);
    }
}

int pool_unpack(struct pool *pool, struct unpack *in, struct lw_error *err)
{
    uint64_t n = unpack_u64(in), total = unpack_u64(in), last = 0;
    bool is_sound = n <= POOL_KEEP;
    for (uint64_t i = 0; i < n && is_sound; i++) {
        uint64_t count = unpack_u64(in);
        size_t len;
        const char *text = unpack_bytes(in, &len);
        if (in->has_failed || len > POOL_VALUE_MAX || count == 0) {
            is_sound = false;
            break;
        }
        uint64_t hash = len == POOL_VALUE_MAX ? unpack_u64(in) : XXH3_64bits(text, len);
        is_sound = i == 0 || hash > last;
        last = hash;
        if (is_sound && keep(pool, hash, text, len, count) != 0) {
            pool_release(pool);
            return fail_memory(err, "reading parameter values");
        }
    }
    if (!is_sound || in->has_failed || total < pool->total || (n < POOL_KEEP && total != pool->total)) {
        pool_release(pool);
        return fail(err, LW_ERR_INPUT, "damaged: a set of parameter values does not hold together");
    }
    pool->total = total;
    uint64_t kind = pool->n < POOL_KEEP || pool->mask == MASK_NONE ? 0 : unpack_u64(in);
    pool->has_no_sketch = kind == 2;
    if (kind != 1)
        return 0;
    pool->sketch = sketch_new();
    int rc = pool->sketch == NULL ? fail_memory(err, "reading parameter values") : sketch_unpack(pool->sketch, in, err);
    if (rc != 0)
        pool_release(pool);
    return rc;
}
