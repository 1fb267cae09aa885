#include "logwright.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* MAJOR.MINOR.PATCH, all numbers: what scripts that compare versions rely on. */
static void version_is_three_numbers(void **state)
{
    (void)state;
    const char *at = lw_version();
    for (int part = 0; part < 3; part++) {
        assert_true(isdigit((unsigned char)*at));
        while (isdigit((unsigned char)*at))
            at++;
        assert_int_equal(*at, part < 2 ? '.' : '\0');
        at += part < 2;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_is_three_numbers),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
