#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "learn/value.h"

static enum mask mask_of(const char *s)
{
    return value_mask(s, strlen(s), value_classes(s, strlen(s)));
}

static void types_whole_runs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mask mask;
    } cases[] = {
        {"word", MASK_NONE},
        {"facade", MASK_NONE},
        {"deadbeef", MASK_HEX},
        {"12", MASK_INTEGER},
        {"-12", MASK_INTEGER},
        {"1.25", MASK_FLOAT},
        {"1.2.3.4", MASK_IP},
        {"1.2.3.256", MASK_ID},
        {"/1.2.3.4:80", MASK_HOST_PORT},
        {"web-1:9000", MASK_HOST_PORT},
        {"main.c:12", MASK_NONE},
        {"a.org:443", MASK_HOST_PORT},
        {"node/10.0.0.1", MASK_IP},
        {"node/10.0.0.1:8020", MASK_HOST_PORT},
        {"and/or", MASK_NONE},
        {"/usr", MASK_PATH},
        {"a/b/c", MASK_PATH},
        {"https://a/b", MASK_URL},
        {"12:59", MASK_TIME},
        {"2001-02-03", MASK_TIME},
        {"ide0", MASK_NONE},
        {"x1y2", MASK_ID},
        {"job1234", MASK_ID},
        {"5ms", MASK_DURATION},
        {"5MB", MASK_SIZE},
        {"5xy", MASK_ID},
        {"True", MASK_FLAG},
        {"Truth", MASK_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (mask_of(cases[i].text) != cases[i].mask)
            fail_msg("%s is %s, not %s", cases[i].text, mask_name(mask_of(cases[i].text)), mask_name(cases[i].mask));
}

static void measures_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {
        {"Jun 17 07:07:00 2005 x", 20},
        {"Fri Jun 17 07:07:00 EDT 2005", 28},
        {"Jun  9", 6},
        {"Jun x", 0},
        {"Mon", 0},
        {"2005-06-17 07:07:00,123 x", 23},
        {"2005-06-17T07:07:00.5Z", 19},
        {"17/Jun", 0},
        {"1-2-3", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = value_calendar(cases[i].text, strlen(cases[i].text));
        if (len != cases[i].len)
            fail_msg("%s: %zu bytes, not %zu", cases[i].text, len, cases[i].len);
    }
    assert_int_equal(value_clock("07:07:00.123 x", 14), 12);
    assert_int_equal(value_clock("07:7", 4), 0);
    assert_int_equal(value_clock("12", 2), 0);
}

static void reads_plain_decimals_alone(void **state)
{
    (void)state;
    static const char *const others[] = {"", "-", ".", "1-2", "1e3", "0x10", " 1", "+1", "inf", "nan", "1.2.3", "12ms"};
    double number = 7;
    int decimals = 7;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (value_decimal(others[i], strlen(others[i]), &number, &decimals))
            fail_msg("'%s' is taken for a number", others[i]);
    assert_false(value_decimal("1234567890123456789012345678901234567890", 40, &number, NULL));
    assert_true(value_decimal("-12.50x", 6, &number, &decimals));
    assert_true(number == -12.5 && decimals == 2);
    assert_true(value_decimal("007", 3, &number, &decimals));
    assert_true(number == 7 && decimals == 0);
}

/* A date or clock is never longer than what there is, wherever the text is cut. */
static void stays_inside(void **state)
{
    (void)state;
    static const char text[] = "Fri, Jun 17 07:07:00.123 EDT 2005-06-17T07:07:00+02:00";
    for (size_t from = 0; from < sizeof text; from++)
        for (size_t len = 0; from + len < sizeof text; len++) {
            assert_true(value_calendar(text + from, len) <= len);
            assert_true(value_clock(text + from, len) <= len);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_whole_runs),
        cmocka_unit_test(measures_dates),
        cmocka_unit_test(reads_plain_decimals_alone),
        cmocka_unit_test(stays_inside),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
