#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "learn/activity.h"

#define N 300u

static void assert_sane(const struct activity *activity, uint64_t expected)
{
    struct lw_activity shown;
    uint64_t sum = 0;

    activity_get(activity, &shown);
    for (size_t i = 0; i < shown.n; i++)
        sum += shown.counts[i];
    assert_int_equal(sum, expected);
    assert_true(expected == 0 || (shown.counts[0] > 0 && shown.counts[shown.n - 1] > 0));
}

/* Wherever events are cut apart and in whatever order they come, the bins are the same. */
static void parts_make_the_whole(void **state)
{
    (void)state;
    for (unsigned scale = 0; scale < 60; scale += 7) {
        struct activity whole, parts[3], read;
        struct minutes all = {0}, some[2] = {{0}, {0}}, back = {0};
        struct buf a = BUF_INIT, b = BUF_INIT;
        struct unpack in;
        struct rng rng;

        activity_init(&whole);
        activity_init(&read);
        for (size_t i = 0; i < 3; i++)
            activity_init(&parts[i]);
        rng_init(&rng, scale, 2, 0);
        for (unsigned i = 0; i < N; i++) {
            int64_t time_us = (int64_t)(((uint64_t)rng_u32(&rng) << 32 | rng_u32(&rng)) >> (62 - scale) << 1) - 5000;

            activity_add(&whole, time_us, 1);
            activity_add(&parts[i * 3 / N], time_us, 1);
            assert_int_equal(minutes_add(&all, time_us), 0);
            assert_int_equal(minutes_add(&some[i % 2], time_us), 0);
            assert_sane(&whole, i + 1);
        }
        activity_merge(&parts[2], &parts[0]);
        activity_merge(&parts[2], &parts[1]);
        activity_pack(&whole, &a);
        activity_pack(&parts[2], &b);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.data, b.data, a.len);
        unpack_init(&in, a.data, a.len);
        assert_int_equal(activity_unpack(&read, &in, NULL), 0);
        assert_memory_equal(read.counts, whole.counts, sizeof read.counts);
        assert_int_equal(minutes_merge(&some[1], &some[0]), 0);
        assert_int_equal(some[1].n, all.n);
        assert_memory_equal(some[1].items, all.items, all.n * sizeof *all.items);
        buf_clear(&a);
        minutes_pack(&all, &a);
        unpack_init(&in, a.data, a.len);
        assert_int_equal(minutes_unpack(&back, &in, NULL), 0);
        assert_int_equal(back.n, all.n);
        assert_memory_equal(back.items, all.items, all.n * sizeof *all.items);
        buf_release(&a);
        buf_release(&b);
        minutes_release(&all);
        minutes_release(&some[0]);
        minutes_release(&some[1]);
        minutes_release(&back);
    }
}

static void all_times_fit(void **state)
{
    struct activity activity;

    (void)state;
    activity_init(&activity);
    assert_sane(&activity, 0);
    activity_add(&activity, INT64_MAX, 1);
    activity_add(&activity, INT64_MIN + 1, 1);
    activity_add(&activity, 0, 5);
    assert_sane(&activity, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(all_times_fit),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
