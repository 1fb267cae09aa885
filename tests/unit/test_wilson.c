#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "learn/wilson.h"

static void it_lies_below_the_share_and_nears_it(void **state)
{
    (void)state;
    double before = 0;
    for (double total = 10; total < 1e6; total *= 10) {
        double lower = wilson_lower(.8 * total, total);
        assert_true(lower > before && lower < .8);
        before = lower;
    }
    assert_true(before > .797);
}

static void its_ends_are_known(void **state)
{
    (void)state;
    assert_true(wilson_lower(0, 0) <= 0);
    assert_true(fabs(wilson_lower(0, 50)) < 1e-12);
    assert_true(fabs(wilson_lower(50, 50) - 50 / (50 + 1.96 * 1.96)) < 1e-12); /* n / (n + z^2) */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lies_below_the_share_and_nears_it),
        cmocka_unit_test(its_ends_are_known),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
