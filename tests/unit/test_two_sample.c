#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdint.h>

#include "base/rng.h"
#include "learn/two_sample.h"

static void assert_near(double left, double right, double within)
{
    if (fabs(left - right) > within)
        fail_msg("%.12g is not %.12g", left, right);
}

/* Fisher's tea: 3 of 4 against 1 of 4, the textbook's 34/70. */
static void test_known_tables(void **state)
{
    (void)state;
    assert_near(two_sample_share(3, 4, 1, 4), 34. / 70, 1e-9);
    assert_near(two_sample_share(10, 10, 0, 10), 2 / 184756., 1e-12);
    assert_near(two_sample_share(5, 10, 50, 100), 1, 1e-9);
    assert_near(two_sample_share(0, 0, 5, 10), 1, 0);
    assert_near(two_sample_share(0, 7, 0, 10), 1, 0);
    assert_near(two_sample_share(7, 7, 10, 10), 1, 0);
    /* chi-square 3.84146 of one degree is .05; here by large margins, where G and its limit meet */
    double p = two_sample_share(500000 + 980, 1000000, 500000 - 406, 1000000);

    assert_near(p, 0.05, 0.001);
}

/* Both tests say nearly the same where they meet, and the order of the samples does not matter. */
static void test_symmetry(void **state)
{
    struct rng rng;

    (void)state;
    rng_init(&rng, 5, 0, 0);
    for (int i = 0; i < 300; i++) {
        double of_a = (double)rng_below(&rng, 3000) + 1, of_b = (double)rng_below(&rng, 3000) + 1;
        double a = (double)rng_below(&rng, (uint32_t)of_a + 1), b = (double)rng_below(&rng, (uint32_t)of_b + 1);
        double p = two_sample_share(a, of_a, b, of_b);

        assert_true(p >= 0 && p <= 1);
        assert_near(p, two_sample_share(b, of_b, a, of_a), 1e-6);
        assert_near(p, two_sample_share(of_a - a, of_a, of_b - b, of_b), 1e-6);
    }
}

static void test_histograms(void **state)
{
    const uint32_t a[4] = {10, 20, 30, 40}, tenfold[4] = {100, 200, 300, 400}, b[4] = {40, 30, 20, 10};
    const uint32_t none[4] = {0};
    double distance;

    (void)state;
    assert_near(two_sample_histogram(a, 100, tenfold, 1000, 4, &distance), 1, 0);
    assert_near(distance, 0, 1e-12);
    assert_true(two_sample_histogram(a, 100, b, 100, 4, &distance) < 1e-4);
    assert_near(distance, 0.4, 1e-12);
    assert_true(two_sample_histogram(a, 4, b, 4, 4, &distance) > 0.5); /* the same shares, of few values */
    assert_near(two_sample_histogram(a, 100, none, 100, 4, &distance), 1, 0);
}

static void test_bits(void **state)
{
    const double a[2] = {3, 1}, b[2] = {30, 10}, left[2] = {1, 0}, right[2] = {0, 7};

    (void)state;
    assert_near(two_sample_bits(a, b, 2), 0, 1e-12);
    assert_near(two_sample_bits(left, right, 2), 1, 1e-12);
}

static void test_holm(void **state)
{
    double p[] = {0.01, 0.04, 0.03, 0.005, 0.9};
    const double expected[] = {0.04, 0.09, 0.09, 0.025, 0.9};

    (void)state;
    assert_int_equal(two_sample_correct(p, 5), 0);
    for (size_t i = 0; i < 5; i++)
        assert_near(p[i], expected[i], 1e-12);
    assert_int_equal(two_sample_correct(p, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_tables), cmocka_unit_test(test_symmetry), cmocka_unit_test(test_histograms),
        cmocka_unit_test(test_bits),         cmocka_unit_test(test_holm),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
