#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/order.h"

static void the_first_that_is_not_less_is_found(void **state)
{
    (void)state;
    static const struct item {
        uint32_t value;
        double other;
    } items[] = {{1, 0}, {3, 0}, {3, 0}, {7, 0}};
    static const int64_t values[] = {1, 3, 3, 7};
    static const size_t expected[] = {0, 0, 1, 1, 3, 3, 3, 3, 4};
    for (uint32_t least = 0; least < 9; least++)
        for (size_t n = 0; n <= 4; n++) {
            size_t first = expected[least] < n ? expected[least] : n;
            assert_int_equal(order_first(items, n, sizeof *items, &least, order_u32), first);
            assert_int_equal(order_first_i64(values, n, least), first);
        }
    uint32_t least = 1;
    assert_int_equal(order_first(NULL, 0, 8, &least, order_u32), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_is_not_less_is_found),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
