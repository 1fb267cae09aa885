#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/rng.h"
#include "learn/matcher.h"
#include "learn/shape.h"

#define LEN_MAX 7

struct row {
    uint32_t elements[LEN_MAX];
    struct unit units[LEN_MAX];
    size_t n;
};

/* Words a, b, c and values. */
static void draw(struct rng *rng, struct row *row)
{
    row->n = (size_t)rng_below(rng, LEN_MAX + 1);
    for (size_t i = 0; i < row->n; i++) {
        uint32_t symbol = SYMBOL_FIRST_WORD + (uint32_t)rng_below(rng, 3);
        if (rng_below(rng, 3) == 0)
            symbol = SYMBOL_VALUE;
        row->elements[i] = symbol << 1;
        row->units[i] = (struct unit){.element = symbol << 1, .word = symbol, .first = (uint16_t)i, .n = 1};
    }
}

static struct shape shape_of(struct row *row)
{
    return (struct shape){row->elements, (uint32_t)row->n};
}

static bool accepts(const struct shape *shape, const struct row *row)
{
    uint32_t first[2 * LEN_MAX * 4 + 2];
    if (!shape_align(shape, row->units, row->n, first))
        return false;
    for (uint32_t i = 0; i < shape->n; i++) {
        assert_true(first[i] <= first[i + 1]);
        if (element_symbol(shape->elements[i]) != SYMBOL_VALUES)
            assert_int_equal(first[i + 1] - first[i], 1);
    }
    assert_int_equal(first[shape->n], row->n);
    return true;
}

/* What is joined accepts what its parts accepted, and is no longer than both. */
static void joins_to_more(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 3, 1, 0);
    for (int round = 0; round < 5000; round++) {
        struct arena arena = ARENA_INIT;
        struct row rows[3];
        struct shape joined;
        for (size_t i = 0; i < 3; i++)
            draw(&rng, &rows[i]);
        joined = shape_of(&rows[0]);
        for (size_t i = 1; i < 3; i++) {
            struct shape more = shape_of(&rows[i]);
            assert_int_equal(shape_join(&joined, &more, &arena, &joined), 0);
            for (size_t k = 0; k <= i; k++)
                assert_true(accepts(&joined, &rows[k]));
        }
        arena_release(&arena);
    }
}

/* The tree finds a shape exactly when one accepts, and one with the row's own words before any other. */
static void finds_what_accepts(void **state)
{
    (void)state;
    enum { SHAPES = 12 };
    struct rng rng;
    rng_init(&rng, 4, 1, 0);
    for (int round = 0; round < 2000; round++) {
        struct arena arena = ARENA_INIT;
        struct matcher matcher;
        struct row rows[SHAPES], probe;
        struct shape shapes[SHAPES];
        matcher_init(&matcher);
        for (uint32_t i = 0; i < SHAPES; i++) {
            draw(&rng, &rows[i]);
            shapes[i] = shape_of(&rows[i]);
            if (i % 3 == 2)
                assert_int_equal(shape_join(&shapes[i - 1], &shapes[i], &arena, &shapes[i]), 0);
            assert_int_equal(matcher_add(&matcher, &shapes[i], i), 0);
        }
        draw(&rng, &probe);
        uint32_t found = matcher_find(&matcher, probe.units, probe.n);
        bool is_any = false;
        for (size_t i = 0; i < SHAPES; i++)
            is_any = is_any || accepts(&shapes[i], &probe);
        assert_int_equal(found != MATCHER_NONE, is_any);
        assert_true(found == MATCHER_NONE || accepts(&shapes[found], &probe));
        for (size_t i = 0; i < SHAPES; i++)
            assert_true(accepts(&shapes[matcher_find(&matcher, rows[i].units, rows[i].n)], &rows[i]));
        matcher_release(&matcher);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_to_more),
        cmocka_unit_test(finds_what_accepts),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
