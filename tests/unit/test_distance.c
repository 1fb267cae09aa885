#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "measure/distance.h"

static int by_value(const void *left, const void *right)
{
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* n values of (0, 1), moved by `by`, rising. */
static void draw(struct rng *rng, double *out, size_t n, double by)
{
    for (size_t i = 0; i < n; i++)
        out[i] = rng_uniform(rng) + by;
    qsort(out, n, sizeof *out, by_value);
}

static void ks_knows_its_ends(void **state)
{
    (void)state;
    const double a[] = {1, 2, 2, 3}, b[] = {4, 5, 6};
    assert_true(distance_ks(a, 4, 4e9, a, 4, 4e9) == 1);
    assert_true(distance_ks(a, 4, 4, a, 4, 4) == 1);
    assert_true(distance_ks(a, 4, 4e9, b, 3, 3e9) < 1e-6);
    assert_true(isnan(distance_ks(a, 4, 4, b, 0, 0)));
    const double c[] = {1, 2, 3, 4}; /* half of c and three quarters of a are at most 2 */
    assert_true(fabs(distance_ks(a, 4, 4e12, c, 4, 4e12) - .75) < 1e-6);
}

/* How far the mean of a figure may be from what it would be without chance. */
static double room(size_t n, double difference)
{
    return difference == 0 ? .02 : n == 100 ? .1 : n == 1000 ? .03 : .01;
}

/* The mean over draws stays where it is though samples shrink by a factor of a hundred. */
static void ks_does_not_hang_on_size(void **state)
{
    (void)state;
    static double a[10000], b[10000];
    struct rng rng;
    rng_init(&rng, 1, 0, 0);
    const double moved[] = {0, .1, .5};
    for (size_t m = 0; m < 3; m++)
        for (size_t n = 100; n <= 10000; n *= 10) {
            double sum = 0;
            for (int i = 0; i < 60; i++) {
                draw(&rng, a, n, 0);
                draw(&rng, b, n, moved[m]);
                sum += distance_ks(a, n, (double)n, b, n, (double)n);
            }
            assert_true(fabs(sum / 60 - (1 - moved[m])) < room(n, moved[m]));
        }
}

static void tally_draws(struct rng *rng, struct tallies *tallies, size_t n, int sample, size_t kinds, double tilt)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t key = rng_below(rng, kinds);
        if (rng_uniform(rng) < tilt)
            key = 0;
        assert_int_equal(tallies_add(tallies, key, sample, 1), 0);
    }
}

static void shares_do_not_hang_on_size(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 2, 0, 0);
    const double tilts[] = {0, .3};
    for (size_t t = 0; t < 2; t++)
        for (size_t n = 100; n <= 10000; n *= 10) {
            double variation = 0, divergence = 0;
            for (int i = 0; i < 40; i++) {
                struct tallies tallies = {0};
                tally_draws(&rng, &tallies, n, 0, 20, 0);
                tally_draws(&rng, &tallies, n, 1, 20, tilts[t]);
                variation += tallies_variation(&tallies, (double)n, (double)n) / 40;
                divergence += tallies_divergence(&tallies, (double)n, (double)n) / 40;
                tallies_release(&tallies);
            }
            /* the shares differ by the tilt of all but one kind */
            assert_true(fabs(variation - (1 - tilts[t] * 19 / 20)) < room(n, tilts[t]));
            assert_true(fabs(divergence - (t == 0 ? 1 : .8965)) < room(n, tilts[t]));
        }
}

static void tallies_hold_what_was_added(void **state)
{
    (void)state;
    struct tallies tallies = {0};
    assert_null(tallies_find(&tallies, 7));
    assert_true(isnan(tallies_variation(&tallies, 1, 1)));
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(tallies_add(&tallies, key_join(i % 100, 3), (int)(i % 2), 2), 0);
    assert_int_equal(tallies.n, 100);
    assert_true(tallies.total[0] == 1000 && tallies.total[1] == 1000);
    assert_true(tallies_find(&tallies, key_join(1, 3))->n[1] == 20);
    assert_null(tallies_find(&tallies, key_join(3, 1)));
    /* even keys are in one sample alone, odd ones in the other */
    assert_true(tallies_variation(&tallies, 1e9, 1e9) < 1e-3);
    assert_true(tallies_divergence(&tallies, 1e9, 1e9) < 1e-3);
    assert_true(tallies_divergence(&tallies, 3, 1) < 1e-3); /* few or many */
    tallies_release(&tallies);
}

static void chance_is_taken_off(void **state)
{
    (void)state;
    assert_true(distance_correlation(.5, 1e9, .5, 1e9) == 1);
    assert_true(fabs(distance_correlation(1, 100, -1, 100)) < 1e-9);
    assert_true(distance_correlation(.09, 50, -.09, 50) == 1);
    assert_true(distance_auc(.5, 100, 100) == 1 && distance_auc(.3, 100, 100) == 1);
    assert_true(distance_auc(.54, 100, 100) == 1);
    assert_true(fabs(distance_auc(.75, 1e9, 1e9) - .5) < 1e-6);
    assert_true(distance_auc(1, 1e9, 1e9) < 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ks_knows_its_ends),           cmocka_unit_test(ks_does_not_hang_on_size),
        cmocka_unit_test(shares_do_not_hang_on_size),  cmocka_unit_test(chance_is_taken_off),
        cmocka_unit_test(tallies_hold_what_was_added),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("distance", tests, NULL, NULL);
}
