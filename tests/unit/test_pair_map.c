#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/rng.h"
#include "learn/pair_map.h"

static void ids_are_dense_and_stay(void **state)
{
    (void)state;
    struct pair_map map = PAIR_MAP_INIT;
    uint32_t id, expected[50][50];
    size_t n = 0;
    struct rng rng;
    rng_init(&rng, 3, 1, 0);
    for (int a = 0; a < 50; a++)
        for (int b = 0; b < 50; b++)
            expected[a][b] = PAIR_NONE;
    assert_int_equal(pair_map_find(&map, 0, 0), PAIR_NONE);
    for (int i = 0; i < 4000; i++) {
        uint32_t a = (uint32_t)rng_below(&rng, 50), b = (uint32_t)rng_below(&rng, 50);
        assert_int_equal(pair_map_find(&map, a, b), expected[a][b]);
        assert_int_equal(pair_map_add(&map, a, b, &id), 0);
        if (expected[a][b] == PAIR_NONE)
            expected[a][b] = (uint32_t)n++;
        assert_int_equal(id, expected[a][b]);
        assert_int_equal(map.count, n);
        assert_int_equal(map.pairs[id].a, a);
        assert_int_equal(map.pairs[id].b, b);
    }
    assert_int_equal(pair_map_find(&map, 1, UINT32_MAX), PAIR_NONE);
    pair_map_release(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_dense_and_stay),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
