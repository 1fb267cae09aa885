#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "learn/delay_fit.h"

#define MANY 2000

static int by_delay(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* In (0, 1). */
static double draw(struct rng *rng)
{
    return ((double)rng_below(rng, 1u << 30) + .5) / (1u << 30);
}

static double draw_normal(struct rng *rng)
{
    double u = draw(rng), v = draw(rng);

    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Sum of exponentials: a gamma of that shape. */
static double draw_gamma(struct rng *rng, int shape)
{
    double sum = 0;

    for (int i = 0; i < shape; i++)
        sum -= log(draw(rng));
    return sum;
}

static double draw_from(enum lw_delay_family family, struct rng *rng)
{
    switch (family) {
    case LW_DELAY_CONSTANT:
        return 5 + .02 * draw(rng);
    case LW_DELAY_UNIFORM:
        return 1 + 3 * draw(rng);
    case LW_DELAY_EXPONENTIAL:
        return -2 * log(draw(rng));
    case LW_DELAY_GAMMA:
        return .5 * draw_gamma(rng, 4);
    case LW_DELAY_WEIBULL:
        return 2 * pow(-log(draw(rng)), 1 / 3.);
    case LW_DELAY_LOG_NORMAL:
        return .3 * exp(1.2 * draw_normal(rng));
    default:
        return draw(rng) < .7 ? 5 : draw(rng) < .6 ? 10 : 20;
    }
}

/* Delays of a family as a clock of that resolution tells them. */
static void fit_drawn(enum lw_delay_family family, int64_t resolution_us, size_t n, uint64_t seed,
                      struct lw_delay_model *out)
{
    int64_t delays[MANY];
    struct rng rng;

    rng_init(&rng, seed, 1, 0);
    for (size_t i = 0; i < n; i++)
        delays[i] = (int64_t)floor(1e6 * draw_from(family, &rng) / (double)resolution_us + .5) * resolution_us;
    qsort(delays, n, sizeof *delays, by_delay);
    delay_fit(delays, n, resolution_us, out);
}

static const double truth[LW_DELAY_FAMILY_COUNT][LW_DELAY_PARAMETERS] = {
    [LW_DELAY_CONSTANT] = {5.01},
    [LW_DELAY_UNIFORM] = {1, 4},
    [LW_DELAY_EXPONENTIAL] = {2},
    [LW_DELAY_GAMMA] = {4, .5},
    [LW_DELAY_WEIBULL] = {3, 2},
    [LW_DELAY_LOG_NORMAL] = {.3, 1.2},
    [LW_DELAY_POINTS] = {5, .7, 10, .18, 20, .12},
};

static void families_are_found_with_their_parameters(void **state)
{
    (void)state;
    for (int family = LW_DELAY_CONSTANT; family < LW_DELAY_FAMILY_COUNT; family++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            struct lw_delay_model model;

            fit_drawn((enum lw_delay_family)family, 1000, MANY, seed, &model);
            assert_int_equal(model.family, family);
            assert_int_equal(model.n, MANY);
            assert_true(model.ks >= 0 && model.ks < .04);
            for (size_t i = 0; i < model.n_parameters; i++) {
                assert_non_null(lw_delay_parameter_name(model.family, i));
                assert_true(fabs(model.parameters[i] - truth[family][i]) < .12 * truth[family][i]);
            }
        }
}

static void clocks_that_tell_seconds_hide_no_scale(void **state)
{
    (void)state;
    struct lw_delay_model model;

    fit_drawn(LW_DELAY_EXPONENTIAL, 1000000, MANY, 1, &model);
    assert_int_equal(model.family, LW_DELAY_EXPONENTIAL);
    assert_true(fabs(model.parameters[0] - 2) < .2);
    fit_drawn(LW_DELAY_CONSTANT, 1000000, MANY, 1, &model);
    assert_int_equal(model.family, LW_DELAY_CONSTANT);
    assert_true(model.parameters[0] == 5);
}

static void few_outliers_leave_a_timeout_a_constant(void **state)
{
    (void)state;
    int64_t delays[100];
    struct lw_delay_model model;

    for (int i = 0; i < 100; i++)
        delays[i] = i < 3 ? 1000 * (i + 1) : 5000000 + 1000 * (i / 10);
    delay_fit(delays, 100, 1000, &model);
    assert_int_equal(model.family, LW_DELAY_CONSTANT);
    assert_true(fabs(model.parameters[0] - 5) < .01);
}

static void few_timings_have_no_family(void **state)
{
    (void)state;
    int64_t delays[DELAY_FIT_MIN] = {0};
    struct lw_delay_model model;

    delay_fit(delays, DELAY_FIT_MIN - 1, 1, &model);
    assert_int_equal(model.family, LW_DELAY_NONE);
    assert_true(isnan(model.ks));
    assert_int_equal(model.n_parameters, 0);
    delay_fit(delays, DELAY_FIT_MIN, 1, &model);
    assert_int_equal(model.family, LW_DELAY_CONSTANT);
    assert_true(model.parameters[0] == 0);
}

static void any_delays_have_a_fit(void **state)
{
    (void)state;
    struct rng rng;
    int64_t delays[MANY];

    rng_init(&rng, 3, 1, 0);
    for (int round = 0; round < 60; round++) {
        size_t n = (size_t)rng_below(&rng, MANY) + 1;
        struct lw_delay_model model;

        for (size_t i = 0; i < n; i++) /* of all sizes */
            delays[i] = (int64_t)(rng_below(&rng, UINT64_C(1) << (1 + rng_below(&rng, 1 + (uint64_t)round % 52))));
        qsort(delays, n, sizeof *delays, by_delay);
        delay_fit(delays, n, delay_resolution(delays, n), &model);
        for (size_t i = 0; i < model.n_parameters; i++)
            assert_true(isfinite(model.parameters[i]));
        assert_true(model.family == LW_DELAY_NONE ? isnan(model.ks) : model.ks >= 0 && model.ks <= 1);
    }
}

static void distribution_functions_rise_from_0_to_1(void **state)
{
    (void)state;
    for (int family = LW_DELAY_CONSTANT; family < LW_DELAY_FAMILY_COUNT; family++) {
        struct lw_delay_model model;
        double before = 0;

        fit_drawn((enum lw_delay_family)family, 1, MANY, 7, &model);
        assert_true(delay_cumulative(&model, -1) == 0);
        for (double x = 0; x < 100; x += .01) {
            double now = delay_cumulative(&model, x);

            assert_true(now >= before - 1e-9 && now <= 1 + 1e-9);
            before = now;
        }
        assert_true(before > .999);
    }
}

static void the_step_of_the_clock_is_seen(void **state)
{
    (void)state;
    int64_t delays[] = {0, 3000, 5000, 1000000};

    assert_int_equal(delay_resolution(delays, 4), 1000);
    assert_int_equal(delay_resolution(delays, 1), 1);
    delays[2] = 5001;
    assert_int_equal(delay_resolution(delays, 4), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_are_found_with_their_parameters),
        cmocka_unit_test(clocks_that_tell_seconds_hide_no_scale),
        cmocka_unit_test(few_outliers_leave_a_timeout_a_constant),
        cmocka_unit_test(few_timings_have_no_family),
        cmocka_unit_test(any_delays_have_a_fit),
        cmocka_unit_test(distribution_functions_rise_from_0_to_1),
        cmocka_unit_test(the_step_of_the_clock_is_seen),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
