#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/rng.h"

/* Known answers of Philox 4x32-10 from the Random123 distribution (Salmon et al. 2011): key and counter all zero. */
static void matches_the_known_answer(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 0, 0, 0);
    const uint32_t expected[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(rng_u32(&rng), expected[i]);
}

static void streams_differ_and_repeat(void **state)
{
    (void)state;
    struct rng a, again, purpose, index, seed;
    rng_init(&a, 7, 1, 3);
    rng_init(&again, 7, 1, 3);
    rng_init(&purpose, 7, 2, 3);
    rng_init(&index, 7, 1, 4);
    rng_init(&seed, 8, 1, 3);
    for (int i = 0; i < 100; i++) {
        uint64_t drawn = rng_u64(&a);
        assert_true(drawn == rng_u64(&again));
        assert_true(drawn != rng_u64(&purpose));
        assert_true(drawn != rng_u64(&index));
        assert_true(drawn != rng_u64(&seed));
    }
}

static void draws_what_was_asked(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 1, 1, 1);
    const double weights[] = {0, 1, 0, 3, 0};
    size_t seen[5] = {0};
    double mean = 0;
    for (int i = 0; i < 40000; i++) {
        seen[rng_weighted(&rng, weights, 5, 4)]++;
        mean += rng_uniform(&rng) / 40000;
        assert_true(rng_below(&rng, 3) < 3);
    }
    assert_int_equal(seen[0] + seen[2] + seen[4], 0);
    assert_in_range(seen[3], 29500, 30500);
    assert_true(mean > .49 && mean < .51);
}

static void shuffles_into_a_permutation(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 1, 2, 1);
    uint32_t items[100];
    for (uint32_t i = 0; i < 100; i++)
        items[i] = i;
    rng_shuffle_u32(&rng, items, 100);
    unsigned seen[100] = {0}, fixed = 0;
    for (uint32_t i = 0; i < 100; i++) {
        seen[items[i]]++;
        fixed += items[i] == i;
    }
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
    assert_true(fixed < 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_the_known_answer),
        cmocka_unit_test(streams_differ_and_repeat),
        cmocka_unit_test(draws_what_was_asked),
        cmocka_unit_test(shuffles_into_a_permutation),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}
