#include "ui/app/needle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_found(const char *text, const char *data, size_t len, size_t from, size_t start, size_t match_len)
{
    struct needle *needle;
    size_t at = 99, n = 99;

    assert_int_equal(needle_new(text, &needle, NULL), 0);
    assert_true(needle_find(needle, data, len, from, &at, &n));
    assert_int_equal(at, start);
    assert_int_equal(n, match_len);
    needle_free(needle);
}

static void assert_absent(const char *text, const char *data, size_t len, size_t from)
{
    struct needle *needle;
    size_t at, n;

    assert_int_equal(needle_new(text, &needle, NULL), 0);
    assert_false(needle_find(needle, data, len, from, &at, &n));
    needle_free(needle);
}

static void finds_text_as_it_stands(void **state)
{
    (void)state;
    assert_found("error", "an ERROR, an error", 18, 0, 3, 5);
    assert_found("error", "an ERROR, an error", 18, 4, 13, 5);
    assert_absent("Error", "an ERROR, an error", 18, 0);
    assert_absent("errors", "an error", 8, 0);
    assert_absent("", "an error", 8, 0);
    assert_absent("x", "", 0, 0);
}

static void finds_expressions(void **state)
{
    (void)state;
    assert_found("e[0-9]+$", "e1 e22", 6, 0, 3, 3);
    assert_found("^a", "Ab", 2, 0, 0, 1);
    assert_absent("^b", "ab", 2, 1);
    /* what matches nothing at all is no match */
    assert_absent("x*", "aaa", 3, 0);
}

/* Bytes of 0 stand between the pieces that are searched. */
static void goes_on_behind_bytes_of_zero(void **state)
{
    (void)state;
    assert_found("b.d", "a\0\0b-d", 6, 0, 3, 3);
    assert_found("bcd", "a\0bcd", 5, 0, 2, 3);
    assert_absent("a.b", "a\0b", 3, 0);
}

static void says_what_is_wrong(void **state)
{
    struct needle *needle;
    struct lw_error err;

    (void)state;
    assert_int_equal(needle_new("a(", &needle, &err), LW_ERR_USAGE);
    assert_ptr_equal(strstr(err.text, "a("), err.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_text_as_it_stands),
        cmocka_unit_test(finds_expressions),
        cmocka_unit_test(goes_on_behind_bytes_of_zero),
        cmocka_unit_test(says_what_is_wrong),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
