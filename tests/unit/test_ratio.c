#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "base/rng.h"
#include "generate/ratio.h"

#define TRACES 200
#define RUNS   400

/* The error is how far shares of samples spread, where events of a trace go together as well. */
static void error_is_what_samples_spread_by(void **state)
{
    (void)state;
    for (int is_together = 0; is_together < 2; is_together++) {
        double sum = 0, squares = 0, told = 0;
        for (unsigned run = 0; run < RUNS; run++) {
            struct ratio ratio = {0};
            struct rng rng;
            rng_init(&rng, 1, 1, run);
            for (unsigned t = 0; t < TRACES; t++) {
                unsigned n = 1 + rng_u32(&rng) % 9, above = 0;
                for (unsigned e = 0; e < (is_together ? 1 : n); e++)
                    above += (is_together ? n : 1) * (rng_uniform(&rng) < .3);
                ratio_add(&ratio, above, n);
            }
            sum += ratio_share(&ratio);
            squares += ratio_share(&ratio) * ratio_share(&ratio);
            told += ratio_error(&ratio, .3, .3, 1e9);
        }
        double spread = sqrt(squares / RUNS - sum / RUNS * sum / RUNS);
        assert_true(fabs(sum / RUNS - .3) < .01);
        assert_true(fabs(told / RUNS / spread - 1) < .15);
    }
}

static void what_was_never_met_has_an_error(void **state)
{
    (void)state;
    struct ratio ratio = {0};
    for (unsigned t = 0; t < 100; t++)
        ratio_add(&ratio, 0, 4);
    assert_true(fabs(ratio_error(&ratio, .1, .2, 100) - sqrt(.1 * .9 / 100)) < 1e-12);
    assert_true(ratio_error(&ratio, 0, 1, 100) <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_is_what_samples_spread_by),
        cmocka_unit_test(what_was_never_met_has_an_error),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
