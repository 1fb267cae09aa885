#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "input/clocks.h"

static struct clocks *clocks(const char *zones, const char *offsets)
{
    struct clocks *out = NULL;
    struct lw_error err = {0};
    if (clocks_new(zones, offsets, &out, &err) != 0)
        fail_msg("%s", err.text);
    return out;
}

static int64_t offset(const char *offsets, const char *path)
{
    struct clocks *all = clocks(NULL, offsets);
    int64_t found = clocks_find(all, path).offset_us;
    clocks_free(all);
    return found;
}

static void reads_offsets(void **state)
{
    (void)state;
    assert_int_equal(offset("+3.5s", "x"), 3500000);
    assert_int_equal(offset("-200ms", "x"), -200000);
    assert_int_equal(offset("90", "x"), 90000000);
    assert_int_equal(offset("+1h", "x"), INT64_C(3600000000));
    assert_int_equal(offset("-2d", "x"), -INT64_C(172800000000));
    assert_int_equal(offset("7us", "x"), 7);
    assert_int_equal(offset(NULL, "x"), 0);
}

static void the_last_rule_that_matches_counts(void **state)
{
    (void)state;
    const char *rules = "1s,*.log=2s,db.log=3s,/var/log/*=4s";
    assert_int_equal(offset(rules, "x"), 1000000);
    assert_int_equal(offset(rules, "a/b/web.log"), 2000000);
    assert_int_equal(offset(rules, "a/b/db.log"), 3000000);
    assert_int_equal(offset(rules, "/var/log/app/db.log"), 4000000);
    assert_int_equal(offset("a=b.log=5s", "a=b.log"), 5000000);
}

static void corrects_times(void **state)
{
    (void)state;
    struct clocks *all = clocks("+02:00,utc.log=UTC", "x.log=+1s");
    struct source_clock x = clocks_find(all, "x.log"), utc = clocks_find(all, "utc.log");
    assert_int_equal(clock_correct(&x, 0, false, LW_NO_TIME), -INT64_C(7199000000));
    assert_int_equal(clock_correct(&x, 0, true, LW_NO_TIME), 1000000);
    assert_int_equal(clock_correct(&utc, 5, false, LW_NO_TIME), 5);
    assert_true(clock_correct(&x, LW_NO_TIME, false, LW_NO_TIME) == LW_NO_TIME);
    clocks_free(all);
    struct source_clock none = clocks_find(NULL, "x");
    assert_int_equal(clock_correct(&none, 7, false, LW_NO_TIME), 7);
}

static void refuses_what_it_cannot_read(void **state)
{
    (void)state;
    static const char *const offsets[] = {"", "s", "+", ".5s", "3.5.1s", "3x", "a.log=", "99999999999999999s", "1s,"};
    struct clocks *out = NULL;
    struct lw_error err;
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        if (clocks_new(NULL, offsets[i], &out, &err) != LW_ERR_USAGE)
            fail_msg("\"%s\" is taken", offsets[i]);
        assert_non_null(strstr(err.text, "is no offset of a clock"));
    }
    assert_int_equal(clocks_new("x.log=+77:00", NULL, &out, &err), LW_ERR_USAGE);
    assert_null(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_offsets),
        cmocka_unit_test(the_last_rule_that_matches_counts),
        cmocka_unit_test(corrects_times),
        cmocka_unit_test(refuses_what_it_cannot_read),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
