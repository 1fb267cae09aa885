#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "learn/pool.h"

static void assert_sane(const struct pool *pool)
{
    assert_true(pool->n <= POOL_KEEP);
    uint64_t kept = 0;
    for (uint32_t i = 0; i < pool->n; i++) {
        assert_true(i == 0 || pool->values[i - 1].hash < pool->values[i].hash);
        assert_true(pool->values[i].count > 0);
        assert_true(pool->values[i].len <= POOL_VALUE_MAX);
        kept += pool->values[i].count;
    }
    assert_true(kept <= pool->total);
    assert_true(pool->n == POOL_KEEP || kept == pool->total);
}

static void assert_equal(const struct pool *a, const struct pool *b)
{
    struct buf pa = BUF_INIT, pb = BUF_INIT;
    pool_pack(a, &pa);
    pool_pack(b, &pb);
    assert_int_equal(pa.len, pb.len);
    assert_memory_equal(pa.data, pb.data, pa.len);
    buf_release(&pa);
    buf_release(&pb);
}

static void add(struct pool *pool, uint64_t value)
{
    char text[32];
    int len = snprintf(text, sizeof text, "v%llu", (unsigned long long)value);
    assert_int_equal(pool_add(pool, text, (size_t)len, 1), 0);
}

/* However a stream is cut in two, the merged halves are the pool of the whole. */
static void merging_equals_learning_the_whole(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 1, 1, 0);
    for (int round = 0; round < 40; round++) {
        struct pool whole = POOL_INIT, left = POOL_INIT, right = POOL_INIT;
        uint64_t distinct = 1 + rng_below(&rng, 300), cut = rng_below(&rng, 1000);
        for (uint64_t i = 0; i < 1000; i++) {
            uint64_t value = rng_below(&rng, distinct);
            add(&whole, value);
            add(i < cut ? &left : &right, value);
            assert_sane(&whole);
        }
        assert_int_equal(pool_merge(&left, &right), 0);
        assert_sane(&left);
        assert_equal(&left, &whole);
        pool_release(&whole);
        pool_release(&left);
        pool_release(&right);
    }
}

static void kept_counts_are_exact_and_distinct_is_near(void **state)
{
    (void)state;
    struct pool pool = POOL_INIT;
    for (uint64_t i = 0; i < 30000; i++)
        add(&pool, i % 10000);
    assert_int_equal(pool.n, POOL_KEEP);
    assert_int_equal(pool.total, 30000);
    for (uint32_t i = 0; i < pool.n; i++)
        assert_int_equal(pool.values[i].count, 3);
    uint64_t distinct = pool_distinct(&pool);
    assert_true(distinct > 6000 && distinct < 15000);
    pool_release(&pool);
    for (uint64_t i = 0; i < 60; i++)
        add(&pool, i);
    assert_int_equal(pool_distinct(&pool), 60);
    pool_release(&pool);
}

static void long_values_that_differ_behind_the_cut_stay_apart(void **state)
{
    (void)state;
    struct pool pool = POOL_INIT, again = POOL_INIT;
    char text[POOL_VALUE_MAX + 10];
    memset(text, 'a', sizeof text);
    assert_int_equal(pool_add(&pool, text, sizeof text, 2), 0);
    text[POOL_VALUE_MAX + 5] = 'b';
    assert_int_equal(pool_add(&pool, text, sizeof text, 1), 0);
    assert_int_equal(pool.n, 2);
    struct buf packed = BUF_INIT;
    pool_pack(&pool, &packed);
    struct unpack in;
    unpack_init(&in, packed.data, packed.len);
    assert_int_equal(pool_unpack(&again, &in, NULL), 0);
    assert_equal(&pool, &again);
    buf_release(&packed);
    pool_release(&pool);
    pool_release(&again);
}

/* No prefix and no single changed byte may crash or leave more than the bounds say. */
static void damaged_bytes_are_refused_or_sound(void **state)
{
    (void)state;
    struct pool pool = POOL_INIT;
    for (uint64_t i = 0; i < 100; i++)
        add(&pool, i);
    struct buf packed = BUF_INIT;
    pool_pack(&pool, &packed);
    for (size_t i = 0; i < packed.len; i++) {
        struct pool again = POOL_INIT;
        struct unpack in;
        unpack_init(&in, packed.data, i);
        assert_int_equal(pool_unpack(&again, &in, NULL), LW_ERR_INPUT);
        assert_int_equal(again.n, 0);
        packed.data[i] = (char)(packed.data[i] ^ 0x55);
        unpack_init(&in, packed.data, packed.len);
        if (pool_unpack(&again, &in, NULL) == 0)
            assert_sane(&again);
        pool_release(&again);
        packed.data[i] = (char)(packed.data[i] ^ 0x55);
    }
    buf_release(&packed);
    pool_release(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merging_equals_learning_the_whole),
        cmocka_unit_test(kept_counts_are_exact_and_distinct_is_near),
        cmocka_unit_test(long_values_that_differ_behind_the_cut_stay_apart),
        cmocka_unit_test(damaged_bytes_are_refused_or_sound),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
