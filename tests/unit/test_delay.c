#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "learn/machine.h"

static void bins_cover_all_delays_without_gaps(void **state)
{
    (void)state;
    int64_t from, to, end = 0;
    for (unsigned bin = 0; bin < MACHINE_DELAY_BINS; bin++) {
        machine_delay_range(bin, &from, &to);
        assert_int_equal(from, end);
        assert_true(from < to);
        assert_int_equal(machine_delay_bin(from), bin);
        assert_int_equal(machine_delay_bin(to - 1), bin);
        if (bin > 8) /* wide enough for the rounding not to matter */
            assert_true(fabs(log2((double)to / (double)from) - 52.0 / 63) < .05);
        end = to;
    }
    assert_true(end > INT64_C(4000000000) * 1000000);
    assert_int_equal(machine_delay_bin(-5), 0);
    assert_int_equal(machine_delay_bin(INT64_MAX), MACHINE_DELAY_BINS - 1);
}

static void quantiles_lie_in_the_bin_of_the_delay(void **state)
{
    (void)state;
    uint32_t counts[MACHINE_DELAY_BINS] = {0};
    struct machine_edge edge = {.timed = 100, .delays = counts};
    counts[machine_delay_bin(20000)] = 90;
    counts[machine_delay_bin(3000000)] = 10;
    assert_int_equal(machine_delay_bin(machine_delay_quantile(&edge, .5)), machine_delay_bin(20000));
    assert_int_equal(machine_delay_bin(machine_delay_quantile(&edge, .9)), machine_delay_bin(20000));
    assert_int_equal(machine_delay_bin(machine_delay_quantile(&edge, .95)), machine_delay_bin(3000000));
    assert_int_equal(machine_delay_bin(machine_delay_quantile(&edge, 1)), machine_delay_bin(3000000));
    edge = (struct machine_edge){0};
    assert_int_equal(machine_delay_quantile(&edge, .5), LW_NO_TIME);
    assert_true(machine_delay_log2(&edge, 5) == 0);
}

static void densities_sum_to_one(void **state)
{
    (void)state;
    uint32_t counts[MACHINE_DELAY_BINS] = {[0] = 3, [20] = 50, [63] = 1};
    struct machine_edge edge = {.timed = 54, .delays = counts};
    double sum = 0;
    for (unsigned bin = 0; bin < MACHINE_DELAY_BINS; bin++) {
        int64_t from, to;
        machine_delay_range(bin, &from, &to);
        sum += exp2(machine_delay_log2(&edge, from));
    }
    assert_true(fabs(sum - 1) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bins_cover_all_delays_without_gaps),
        cmocka_unit_test(quantiles_lie_in_the_bin_of_the_delay),
        cmocka_unit_test(densities_sum_to_one),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
