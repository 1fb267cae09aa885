#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/rng.h"
#include "logwright.h"
#include "tests/lib/scratch.h"

#define NOW_US INT64_C(1795399811000000) /* 2026-11-23 02:10:11 */

/* Identity, line, time and text of all records from the first on. */
static void describe(const struct lw_log *log, struct buf *out)
{
    struct lw_reader *reader;
    struct lw_record record;
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    for (size_t i = 0; i < lw_log_count(log); i++) {
        assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
        buf_printf(out, "%u.%u %llu %lld ", record.source, record.epoch, (unsigned long long)record.line,
                   (long long)record.time_us);
        buf_add(out, record.raw.data, record.raw.len);
        buf_add_byte(out, '\n');
        assert_int_equal(lw_log_find(log, record.source, record.epoch, record.offset), i);
    }
    lw_reader_free(reader);
    assert_int_equal(buf_status(out), 0);
}

static struct lw_feed *open_feed(const char *path, const char *format, bool is_following)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_feed *feed;
    options.now_us = NOW_US;
    options.format = format;
    options.is_following = is_following;
    assert_int_equal(lw_feed_open(&path, 1, &options, NULL, &feed, NULL), 0);
    return feed;
}

/* Years that are left out, records of several lines, and a last line without its end. */
static void write_text(struct buf *text)
{
    static const char *const days[] = {"Nov 30", "Dec 31", "Jan  1", "Feb 28"};
    for (unsigned i = 0; i < 20000; i++)
        buf_printf(text, "%s %02u:%02u:%02u host app[%u]: line %u%s\n", days[i / 5000], i % 5000 / 3600 % 24,
                   i % 3600 / 60, i % 60, i % 7, i, i % 11 == 0 ? "\r" : "");
    buf_add_text(text, "Mar  1 00:00:00 host app[1]: last");
}

static void bits_give_what_the_whole_gives(void **state)
{
    (void)state;
    struct buf text = BUF_INIT, whole = BUF_INIT;
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_log *log;
    struct rng rng;
    write_text(&text);
    const char *path = scratch_write("bits", text.data, text.len);
    options.now_us = NOW_US;
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
    assert_int_equal(lw_log_count(log), 20001);
    describe(log, &whole);
    lw_log_free(log);
    rng_init(&rng, 7, 0x66, 0);
    for (int round = 0; round < 4; round++) {
        struct lw_feed *feed = open_feed(path, NULL, round % 2 == 1);
        struct lw_run run = {.version = LW_OPTIONS_VERSION};
        enum lw_feed_state feed_state = LW_FEED_MORE;
        size_t before = 0;
        assert_int_equal(lw_executor_new(1 + (unsigned)round, &run.executor, NULL), 0);
        while (feed_state == LW_FEED_MORE) {
            assert_int_equal(lw_feed_read(feed, 1 + rng_below(&rng, 200000), &run, &feed_state, NULL), 0);
            assert_int_equal(lw_feed_log(feed, &log, NULL), 0);
            assert_true(lw_log_count(log) >= before);
            before = lw_log_count(log);
            lw_log_free(log);
        }
        struct buf got = BUF_INIT;
        assert_int_equal(lw_feed_log(feed, &log, NULL), 0);
        lw_feed_free(feed); /* a log outlives its feed */
        describe(log, &got);
        assert_string_equal(got.data, whole.data);
        lw_log_free(log);
        buf_release(&got);
        lw_executor_free(run.executor);
    }
    buf_release(&text);
    buf_release(&whole);
}

static void the_end_is_there_at_once(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    struct lw_log *log;
    struct lw_reader *reader;
    struct lw_record record;
    write_text(&text);
    struct lw_feed *feed = open_feed(scratch_write("end", text.data, text.len), NULL, false);
    assert_int_equal(lw_feed_tail(feed, 1000, NULL, &log, NULL), 0);
    lw_feed_free(feed);
    assert_in_range(lw_log_count(log), 15, 30);
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    assert_int_equal(lw_reader_get(reader, lw_log_count(log) - 1, &record, NULL), 0);
    assert_int_equal(record.offset, text.len - record.raw.len);
    assert_int_equal(record.line, 0);
    lw_reader_free(reader);
    lw_log_free(log);
    buf_release(&text);
}

static void append(const char *path, const char *text)
{
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Reads until the end twice, since a file that was renamed is let go when it is quiet twice. */
static void shows(struct lw_feed *feed, const char *expected)
{
    struct buf got = BUF_INIT;
    struct lw_log *log;
    enum lw_feed_state feed_state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(lw_feed_read(feed, 0, NULL, &feed_state, NULL), 0);
    assert_int_equal(feed_state, LW_FEED_END);
    assert_int_equal(lw_feed_log(feed, &log, NULL), 0);
    describe(log, &got);
    assert_string_equal(got.data != NULL ? got.data : "", expected);
    lw_log_free(log);
    buf_release(&got);
}

#define T "-9223372036854775808"

static void a_file_grows_is_rotated_and_vanishes(void **state)
{
    (void)state;
    char path[400], old[400];
    snprintf(path, sizeof path, "%s", scratch_write("grows", "one\ntw", 6));
    snprintf(old, sizeof old, "%s", scratch_path("grows.1"));
    struct lw_feed *feed = open_feed(path, "plain", true);
    shows(feed, "0.0 1 " T " one\n0.0 2 " T " tw\n");
    append(path, "o\nthree\n");
    shows(feed, "0.0 1 " T " one\n0.0 2 " T " two\n0.0 3 " T " three\n");
    assert_int_equal(rename(path, old), 0);
    append(old, "four\n");
    shows(feed, "0.0 1 " T " one\n0.0 2 " T " two\n0.0 3 " T " three\n0.0 4 " T " four\n");
    scratch_write("grows", "new\n", 4);
    shows(feed, "0.0 1 " T " one\n0.0 2 " T " two\n0.0 3 " T " three\n0.0 4 " T " four\n0.1 1 " T " new\n");
    struct lw_progress progress;
    lw_feed_progress(feed, &progress);
    assert_non_null(strstr(progress.remark, "was rotated"));
    assert_int_equal(progress.bytes_done, progress.bytes_total);
    lw_feed_free(feed);
}

static void text_that_was_truncated_away_is_told(void **state)
{
    (void)state;
    char path[400], expected[1000];
    snprintf(path, sizeof path, "%s", scratch_write("short", "one\ntwo\n", 8));
    struct lw_feed *feed = open_feed(path, "plain", true);
    shows(feed, "0.0 1 " T " one\n0.0 2 " T " two\n");
    assert_int_equal(truncate(path, 0), 0);
    append(path, "x\n");
    snprintf(expected, sizeof expected,
             "0.0 1 " T " (this record is gone: %s was truncated)\n0.0 2 " T
             " (this record is gone: %s was truncated)\n0.1 1 " T " x\n",
             path, path);
    shows(feed, expected);
    lw_feed_free(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bits_give_what_the_whole_gives),
        cmocka_unit_test(the_end_is_there_at_once),
        cmocka_unit_test(a_file_grows_is_rotated_and_vanishes),
        cmocka_unit_test(text_that_was_truncated_away_is_told),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
