#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "base/rng.h"
#include "learn/matcher.h"
#include "learn/near.h"
#include "tests/lib/failalloc.h"

#define LEN_MAX 7

static uint8_t traits[] = {0, 0, 0};
static const struct vocabulary vocabulary = {INTERN_INIT, traits, 3};

/* Words a, b, c, values, and slots of many. */
static uint32_t draw_symbol(struct rng *rng, bool is_shape)
{
    uint64_t drawn = rng_below(rng, 9);
    if (is_shape && drawn == 0)
        return SYMBOL_VALUES;
    return drawn < 3 ? (uint32_t)SYMBOL_VALUE : SYMBOL_FIRST_WORD + (uint32_t)drawn % 3;
}

struct pair {
    uint32_t elements[LEN_MAX];
    struct unit units[LEN_MAX];
    struct shape shape;
    size_t n;
};

static void draw(struct rng *rng, struct pair *pair)
{
    pair->shape = (struct shape){pair->elements, (uint32_t)rng_below(rng, LEN_MAX + 1)};
    pair->n = (size_t)rng_below(rng, LEN_MAX + 1);
    for (size_t i = 0; i < pair->shape.n; i++)
        pair->elements[i] = draw_symbol(rng, true) << 1;
    for (size_t i = 0; i < pair->n; i++) {
        uint32_t symbol = draw_symbol(rng, false);
        pair->units[i] = (struct unit){.element = symbol << 1, .word = symbol, .first = (uint16_t)i, .n = 1};
    }
}

static bool accepts(const struct shape *shape, const struct unit *units, size_t n)
{
    struct matcher matcher;
    matcher_init(&matcher);
    assert_int_equal(matcher_add(&matcher, shape, 1), 0);
    bool is_found = matcher_find(&matcher, units, n) == 1;
    matcher_release(&matcher);
    return is_found;
}

/* There are no differences where the matcher finds the shape, and what is left without them is accepted. */
static void names_what_differs(void **state)
{
    (void)state;
    struct rng rng;
    size_t n_accepted = 0;
    rng_init(&rng, 5, 1, 0);
    for (int round = 0; round < 20000; round++) {
        struct near_difference found[2 * LEN_MAX];
        struct pair pair;
        draw(&rng, &pair);
        ptrdiff_t count = near_differences(&pair.shape, pair.units, pair.n, found);
        bool is_accepted = accepts(&pair.shape, pair.units, pair.n);
        assert_int_equal(count == 0, is_accepted);
        n_accepted += is_accepted;
        size_t units = 0, elements = 0, unit = 0, element = 0;
        struct pair rest = {.shape = {rest.elements, 0}};
        for (ptrdiff_t i = 0; i <= count; i++) {
            size_t to_unit = i < count ? found[i].unit : pair.n;
            size_t to_element = i < count ? found[i].element : pair.shape.n;
            assert_true(unit <= to_unit && to_unit <= pair.n && element <= to_element && to_element <= pair.shape.n);
            for (; unit < to_unit; unit++)
                rest.units[units++] = pair.units[unit];
            for (; element < to_element; element++)
                rest.elements[elements++] = pair.elements[element];
            if (i < count) {
                assert_true(found[i].n_units + found[i].n_elements > 0);
                unit += found[i].n_units;
                element += found[i].n_elements;
            }
        }
        rest.shape.n = (uint32_t)elements;
        assert_true(accepts(&rest.shape, rest.units, units));
    }
    assert_in_range(n_accepted, 100, 19900);
}

/* The bound cuts off what is farther away, and only that; what is accepted is nearer than what is not, of the same
 * words. */
static void keeps_to_the_bound(void **state)
{
    (void)state;
    struct rng rng;
    size_t n_near = 0;
    rng_init(&rng, 6, 1, 0);
    for (int round = 0; round < 20000; round++) {
        struct pair pair;
        draw(&rng, &pair);
        uint32_t distance = near_distance(&pair.shape, pair.units, pair.n, NEAR_NONE - 1, &vocabulary);
        if (distance == NEAR_NONE)
            continue;
        n_near++;
        assert_int_equal(near_distance(&pair.shape, pair.units, pair.n, distance, &vocabulary), distance);
        if (distance > 0)
            assert_int_equal(near_distance(&pair.shape, pair.units, pair.n, distance - 1, &vocabulary), NEAR_NONE);
        if (accepts(&pair.shape, pair.units, pair.n))
            assert_true(distance <= pair.n);
    }
    assert_true(n_near > 1000);
}

static int differences(void *user, struct lw_error *err)
{
    struct near_difference found[2 * LEN_MAX];
    struct pair *pair = user;
    (void)err;
    ptrdiff_t count = near_differences(&pair->shape, pair->units, pair->n, found);
    return count < 0 ? (int)count : 0;
}

static void survives_running_out_of_memory(void **state)
{
    (void)state;
    struct rng rng;
    struct pair pair;
    rng_init(&rng, 7, 1, 0);
    draw(&rng, &pair);
    failalloc_each(differences, &pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_differs),
        cmocka_unit_test(keeps_to_the_bound),
        cmocka_unit_test(survives_running_out_of_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
