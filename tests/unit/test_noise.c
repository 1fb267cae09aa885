#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/noise.h"

#define DRAWS 100000
#define RANGE 60

/* Chi-squared of what was drawn against weights over -RANGE .. RANGE; cells of fewer than 5 are one. */
static void expect_fit(int64_t (*draw)(struct noise *, double), double scale, double (*weight)(double, double))
{
    struct noise noise;
    static double counts[2 * RANGE + 1];
    double sum = 0, chi2 = 0, rest = 0, rest_expected = 0;
    unsigned cells = 0;
    noise_init_seeded(&noise, 5);
    for (int x = -RANGE; x <= RANGE; x++) {
        counts[x + RANGE] = 0;
        sum += weight(x, scale);
    }
    for (int i = 0; i < DRAWS; i++) {
        int64_t x = draw(&noise, scale);
        if (x >= -RANGE && x <= RANGE)
            counts[x + RANGE]++;
    }
    for (int x = -RANGE; x <= RANGE; x++) {
        double expected = DRAWS * weight(x, scale) / sum;
        if (expected < 5) {
            rest += counts[x + RANGE];
            rest_expected += expected;
            continue;
        }
        chi2 += (counts[x + RANGE] - expected) * (counts[x + RANGE] - expected) / expected;
        cells++;
    }
    if (rest_expected > 1)
        chi2 += (rest - rest_expected) * (rest - rest_expected) / rest_expected;
    if (chi2 > cells + 4.5 * sqrt(2. * cells))
        fail_msg("scale %f: chi-squared %f of %u cells", scale, chi2, cells);
}

static double laplace_weight(double x, double scale)
{
    return exp(-fabs(x) / scale);
}

static double gaussian_weight(double x, double sigma)
{
    return exp(-x * x / (2 * sigma * sigma));
}

static void draws_follow_their_law(void **state)
{
    (void)state;
    static const double scales[] = {.25, .5, 1, 2.5, 7};
    for (unsigned i = 0; i < sizeof scales / sizeof *scales; i++) {
        expect_fit(noise_laplace, scales[i], laplace_weight);
        expect_fit(noise_gaussian, scales[i], gaussian_weight);
    }
}

/* Large scales too have the deviation that they should; the system's randomness does as well. */
static void wide_noise_is_wide(void **state)
{
    (void)state;
    static const double sigmas[] = {20, 400, 5000, 16000};
    struct noise noise;
    noise_init(&noise);
    for (unsigned i = 0; i < sizeof sigmas / sizeof *sigmas; i++) {
        double sum = 0, squares = 0;
        for (int n = 0; n < 20000; n++) {
            double x = (double)noise_gaussian(&noise, sigmas[i]);
            sum += x;
            squares += x * x;
        }
        assert_true(fabs(sqrt(squares / 20000) / sigmas[i] - 1) < .03);
        assert_true(fabs(sum / 20000) < sigmas[i] * .04);
    }
    assert_int_equal(noise.code, 0);
}

static void a_seed_repeats(void **state)
{
    (void)state;
    struct noise a, b, c;
    bool differs = false;
    noise_init_seeded(&a, 3);
    noise_init_seeded(&b, 3);
    noise_init(&c);
    for (int i = 0; i < 100; i++) {
        int64_t x = noise_gaussian(&a, 50);
        assert_int_equal(x, noise_gaussian(&b, 50));
        differs = differs || x != noise_gaussian(&c, 50);
    }
    assert_true(differs && a.is_seeded && !c.is_seeded);
}

/* The exact delta of Gaussian noise (Balle and Wang 2018, theorem 8) is below what the accountant says, not far. */
static void accounts_are_closed_forms(void **state)
{
    (void)state;
    static const double epsilons[] = {.1, .5, 1, 3, 8};
    for (unsigned i = 0; i < sizeof epsilons / sizeof *epsilons; i++) {
        double epsilon = epsilons[i], rho = budget_rho(epsilon, 1e-6), sigma = budget_sigma(1, rho);
        double a = 1 / (2 * sigma) - epsilon * sigma, b = -1 / (2 * sigma) - epsilon * sigma;
        double exact = erfc(-a / sqrt(2)) / 2 - exp(epsilon) * erfc(-b / sqrt(2)) / 2;
        assert_true(exact < 1e-6 && exact > 1e-8);
        assert_true(budget_delta(rho, epsilon) <= 1.0001e-6);
        /* Better than the simple bound of Bun and Steinke: epsilon = rho + 2 sqrt(rho log(1 / delta)). */
        assert_true(rho + 2 * sqrt(rho * log(1e6)) > epsilon);
        /* Two releases of half the price cost as much as one. */
        assert_true(fabs(1 / (2 * sigma * sigma) - 2 / (2 * pow(budget_sigma(1, rho / 2), 2))) < 1e-12);
    }
    assert_true(budget_delta(.1, 1) > budget_delta(.1, 2) && budget_delta(.2, 1) > budget_delta(.1, 1));
    for (double sigma = 1; sigma < 500; sigma *= 3) {
        double tail = budget_tail(sigma, 1e-5), sum = 0, all = 0;
        for (double x = -20 * ceil(sigma); x <= 20 * ceil(sigma); x++) {
            all += gaussian_weight(x, sigma);
            sum += x >= tail ? gaussian_weight(x, sigma) : 0;
        }
        assert_true(sum / all <= 1e-5);
    }
}

/* Somebody who sees a noised count guesses whether a trace is in it: not better than epsilon lets him; without noise,
 * always right. */
static void attacks_stay_below_epsilon(void **state)
{
    (void)state;
    struct noise noise;
    double epsilon = .5, hits[2] = {0, 0};
    noise_init(&noise);
    for (int there = 0; there < 2; there++)
        for (int i = 0; i < DRAWS; i++)
            hits[there] += 10 + there + noise_laplace(&noise, 1 / epsilon) > 10;
    double ratio = log(hits[1] / hits[0]);
    assert_true(ratio < epsilon + .02 && ratio > .3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_follow_their_law),
        cmocka_unit_test(wide_noise_is_wide),
        cmocka_unit_test(a_seed_repeats),
        cmocka_unit_test(accounts_are_closed_forms),
        cmocka_unit_test(attacks_stay_below_epsilon),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
