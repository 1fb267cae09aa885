#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "input/csv.h"
#include "tests/lib/scratch.h"

static int read_text(const char *text, size_t len, struct csv *csv, struct lw_error *err)
{
    return csv_read(scratch_write("x.csv", text, len), csv, err);
}

static void is(const struct csv *csv, size_t row, size_t column, const char *expected)
{
    struct lw_bytes field = csv_get(csv, row, column);
    assert_int_equal(field.len, strlen(expected));
    assert_memory_equal(field.data, expected, field.len);
}

static void reads_quotes_and_any_line_end(void **state)
{
    (void)state;
    struct csv csv;
    const char text[] = "\xEF\xBB\xBFtrace,label\r\na,\"x \"\"y\"\", z\"\n\n\"two\nlines\",1\r\nshort";
    assert_int_equal(read_text(text, sizeof text - 1, &csv, NULL), 0);
    assert_int_equal(csv.n_rows, 4);
    assert_int_equal(csv.n_columns, 2);
    is(&csv, 0, 0, "trace");
    is(&csv, 0, 1, "label");
    is(&csv, 1, 1, "x \"y\", z");
    is(&csv, 2, 0, "two\nlines");
    is(&csv, 2, 1, "1");
    is(&csv, 3, 0, "short");
    is(&csv, 3, 1, "");
    assert_int_equal(csv.lines[2], 4);
    assert_int_equal(csv.lines[3], 6);
    csv_release(&csv);
}

static void errors_name_the_line(void **state)
{
    (void)state;
    struct csv csv;
    struct lw_error err;
    assert_int_equal(read_text("a,b\n1,2\n1,2,3\n", 14, &csv, &err), LW_ERR_INPUT);
    assert_non_null(strstr(err.text, ":3: more than 2 fields"));
    assert_int_equal(read_text("a,b\n1,\"2\n", 9, &csv, &err), LW_ERR_INPUT);
    assert_non_null(strstr(err.text, ":2: a quote that opens here"));
    assert_int_equal(read_text("", 0, &csv, &err), LW_ERR_INPUT);
    assert_int_equal(csv_read("/nonexistent.csv", &csv, &err), LW_ERR_NOT_FOUND);
    assert_int_equal(csv_read("/tmp", &csv, &err), LW_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_quotes_and_any_line_end),
        cmocka_unit_test(errors_name_the_line),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("csv", tests, scratch_set_up, scratch_tear_down);
}
