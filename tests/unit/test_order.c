#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/rng.h"
#include "logwright.h"
#include "tests/lib/scratch.h"

static struct lw_log *open_all(const char *const *paths, size_t n)
{
    struct lw_log *log;
    assert_int_equal(lw_log_open(paths, n, NULL, NULL, &log, NULL), 0);
    return log;
}

static void gives(const char *a, const char *b, const char *expected)
{
    char paths[2][400];
    snprintf(paths[0], sizeof paths[0], "%s", scratch_write("a", a, strlen(a)));
    snprintf(paths[1], sizeof paths[1], "%s", scratch_write("b", b, strlen(b)));
    const char *const both[] = {paths[0], paths[1]};
    struct lw_log *log = open_all(both, 2);
    struct lw_reader *reader;
    struct lw_record record;
    struct buf got = BUF_INIT;
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    for (size_t i = 0; i < lw_log_count(log); i++) {
        assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
        buf_printf(&got, "%u/%llu ", record.source, (unsigned long long)record.line);
        assert_int_equal(lw_log_find(log, record.source, record.epoch, record.offset), i);
    }
    assert_string_equal(got.data, expected);
    buf_release(&got);
    lw_reader_free(reader);
    lw_log_free(log);
}

#define AT(second, text) "2026-11-23 02:10:" second " " text "\n"

static void heads_are_merged(void **state)
{
    (void)state;
    gives(AT("01", "a") AT("03", "b") AT("05", "c"), AT("02", "x") AT("03", "y") AT("04", "z"),
          "0/1 1/1 0/2 1/2 1/3 0/3 ");
    gives(AT("11", "a") AT("12", "b"), AT("01", "x") AT("02", "y"), "1/1 1/2 0/1 0/2 "); /* x.log x.log.1 */
    gives(AT("01", "a") AT("02", "b"), AT("11", "x"), "0/1 0/2 1/1 ");
}

static void a_source_keeps_its_order(void **state)
{
    (void)state;
    gives(AT("05", "a") AT("01", "back") AT("06", "b"), AT("02", "x") AT("05", "y"), "1/1 0/1 0/2 1/2 0/3 ");
}

/* A stack trace stays behind its record, and a stray first line with the record after it. */
static void what_has_no_time_goes_along(void **state)
{
    (void)state;
    gives("stray\n" AT("05", "a"), AT("01", "x") "  at y\n" AT("09", "z"), "1/1 0/1 0/2 1/3 ");
    gives("a\nb\n", AT("01", "x"), "1/1 0/1 0/2 ");
    gives("a\nb\n", "x\n", "0/1 0/2 1/1 ");
}

static void merged_records_are_in_order_of_time(void **state)
{
    (void)state;
    enum { N = 20, EACH = 300 };
    char paths[N][400];
    const char *list[N];
    struct rng rng;
    rng_init(&rng, 3, 0x6f, 0);
    for (int i = 0; i < N; i++) {
        struct buf text = BUF_INIT;
        char name[20];
        for (unsigned k = 0, second = 0; k < EACH; k++) {
            second += (unsigned)rng_below(&rng, 12);
            buf_printf(&text, "2026-11-23 %02u:%02u:%02u line %u\n", second / 3600, second / 60 % 60, second % 60, k);
        }
        snprintf(name, sizeof name, "m%d", i);
        snprintf(paths[i], sizeof paths[i], "%s", scratch_write(name, text.data, text.len));
        list[i] = paths[i];
        buf_release(&text);
    }
    struct lw_log *log = open_all(list, N);
    struct lw_reader *reader;
    struct lw_record record;
    uint64_t lines[N] = {0};
    int64_t last_us = INT64_MIN;
    uint32_t last_source = 0;
    assert_int_equal(lw_log_count(log), N * EACH);
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    for (size_t i = 0; i < lw_log_count(log); i++) {
        assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
        assert_int_equal(record.line, ++lines[record.source]);
        assert_true(record.time_us > last_us || (record.time_us == last_us && record.source >= last_source));
        last_us = record.time_us;
        last_source = record.source;
    }
    lw_reader_free(reader);
    lw_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_merged),
        cmocka_unit_test(a_source_keeps_its_order),
        cmocka_unit_test(what_has_no_time_goes_along),
        cmocka_unit_test(merged_records_are_in_order_of_time),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
