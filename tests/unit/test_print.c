#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/print.h"

static void assert_printed(void (*print)(FILE *out, const char *data, size_t len), const char *data, size_t len,
                           const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    print(out, data, len);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void json_carries_any_bytes(void **state)
{
    (void)state;
    assert_printed(print_json, "", 0, "\"\"");
    assert_printed(print_json, "a\"b\\c\n\t\r\b\f", 10, "\"a\\\"b\\\\c\\n\\t\\r\\b\\f\"");
    assert_printed(print_json, "\0\033\177", 3, "\"\\u0000\\u001b\\u007f\"");
    assert_printed(print_json,
                   "\xc2\x9b"
                   "1m",
                   4, "\"\\u009b1m\""); /* CSI in UTF-8 */
    assert_printed(print_json,
                   "\xe2\x80\xae"
                   "x",
                   4, "\"\\u202ex\""); /* right-to-left override */
    assert_printed(print_json, "\xc3\xa9\xf0\x9f\x98\x80", 6, "\"\xc3\xa9\xf0\x9f\x98\x80\"");
    assert_printed(print_json, "\xff\xc0\x80\xed\xa0\x80\xc3", 7,
                   "\"\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"");
    assert_printed(print_json_in_csv, "a\"b", 3, "\"\"a\\\"\"b\"\"");
}

static void csv_quotes_what_it_must(void **state)
{
    (void)state;
    assert_printed(print_csv, "plain", 5, "plain");
    assert_printed(print_csv, "", 0, "");
    assert_printed(print_csv, "a,b", 3, "\"a,b\"");
    assert_printed(print_csv, "\"a\"\"", 4, "\"\"\"a\"\"\"\"\"");
    assert_printed(print_csv, "a\nb", 3, "\"a\nb\"");
    assert_printed(print_csv, "a\033\xff", 3, "a\033\xff");
}

static void times_are_iso_8601(void **state)
{
    static const struct {
        int64_t time_us;
        const char *text;
    } cases[] = {
        {LW_NO_TIME, ""},
        {0, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {951782400000000, "2000-02-29T00:00:00Z"},
        {1226348404123000, "2008-11-10T20:20:04.123Z"},
        {4107542399999999, "2100-02-28T23:59:59.999999Z"},
        {-62135596800000000, "0001-01-01T00:00:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[PRINT_TIME_SIZE];

        assert_string_equal(print_time(cases[i].time_us, text), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_carries_any_bytes),
        cmocka_unit_test(csv_quotes_what_it_must),
        cmocka_unit_test(times_are_iso_8601),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
