#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/rng.h"
#include "logwright.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/scratch.h"

#define NOW_US INT64_C(1795399811000000) /* 2026-11-23 02:10:11 */

static struct lw_log *open_as(const char *path, const char *format, const struct lw_run *run)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_log *log = NULL;
    struct lw_error err = {0};
    options.format = format;
    options.now_us = NOW_US;
    if (lw_log_open(&path, 1, &options, run, &log, &err) != 0)
        fail_msg("%s", err.text);
    return log;
}

static struct lw_log *open_text(const char *text, const char *format)
{
    return open_as(scratch_write("text", text, strlen(text)), format, NULL);
}

/* What is known of all records, one line each. */
static void describe(const struct lw_log *log, struct buf *out)
{
    struct lw_reader *reader;
    struct lw_record record;
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    for (size_t i = 0; i < lw_log_count(log); i++) {
        assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
        buf_printf(out, "%u %llu %llu %lld %s [", record.source, (unsigned long long)record.offset,
                   (unsigned long long)record.line, (long long)record.time_us, lw_level_name(record.level));
        buf_add(out, record.component.data, record.component.len);
        buf_add_text(out, "] ");
        buf_add_json(out, record.raw.data + record.message_start, record.message_len);
        for (size_t f = 0; f < record.n_fields; f++) {
            buf_printf(out, " %s=", record.fields[f].name);
            buf_add_json(out, record.raw.data + record.fields[f].start, record.fields[f].len);
        }
        buf_add_byte(out, '\n');
    }
    lw_reader_free(reader);
    assert_int_equal(buf_status(out), 0);
}

static void gives(const char *text, const char *format, const char *expected)
{
    struct buf got = BUF_INIT;
    struct lw_log *log = open_text(text, format);
    describe(log, &got);
    assert_string_equal(got.data != NULL ? got.data : "", expected);
    buf_release(&got);
    lw_log_free(log);
}

static void lines_without_a_header_continue_a_record(void **state)
{
    (void)state;
    gives("stray\n"
          "2026-11-23 02:10:11,000 ERROR [main] a.B: failed\n"
          "java.lang.Exception: x\n"
          "\tat a.B.c(B.java:1)\n"
          "\n"
          "2026-11-23 02:10:12,000 INFO [main] a.B: on\r\n",
          "hadoop",
          "0 0 1 -9223372036854775808  [] \"stray\"\n"
          "0 6 2 1795399811000000 error [a.B] \"failed\\njava.lang.Exception: x\\n\\tat a.B.c(B.java:1)\\n\""
          " time=\"2026-11-23 02:10:11,000\" level=\"ERROR\" thread=\"main\" component=\"a.B\"\n"
          "0 99 6 1795399812000000 info [a.B] \"on\""
          " time=\"2026-11-23 02:10:12,000\" level=\"INFO\" thread=\"main\" component=\"a.B\"\n");
}

static void every_line_of_a_plain_source_is_a_record(void **state)
{
    (void)state;
    gives("a\r\n\n\tb\nend", NULL,
          "0 0 1 -9223372036854775808  [] \"a\"\n"
          "0 3 2 -9223372036854775808  [] \"\"\n"
          "0 4 3 -9223372036854775808  [] \"\\tb\"\n"
          "0 7 4 -9223372036854775808  [] \"end\"\n");
}

static void sequences_give_a_record_an_id(void **state)
{
    (void)state;
    gives("0\t5 22 5\tblk_1\n\n1\t\tblk_2\r\n7  E9\n-\t3", "sequences",
          "0 2 1 -9223372036854775808  [] \"5\" label=\"0\" trace=\"blk_1\"\n"
          "0 4 1 -9223372036854775808  [] \"22\" label=\"0\" trace=\"blk_1\"\n"
          "0 7 1 -9223372036854775808  [] \"5\" label=\"0\" trace=\"blk_1\"\n"
          "0 15 2 -9223372036854775808  [] \"\" trace=\"2\"\n"
          "0 18 3 -9223372036854775808  [] \"\" label=\"1\" trace=\"blk_2\"\n"
          "0 26 4 -9223372036854775808  [] \"7\" trace=\"4\"\n"
          "0 29 4 -9223372036854775808  [] \"E9\" trace=\"4\"\n"
          "0 34 5 -9223372036854775808  [] \"3\" label=\"-\" trace=\"5\"\n");
}

static void lines_of_several_sources_have_names_of_their_own(void **state)
{
    (void)state;
    const char *paths[2] = {scratch_write("one.tsv", "5\n0\t5\tblk\n", 10), scratch_write("two.tsv", "7\n", 2)};
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_record record;
    struct lw_reader *reader;
    struct lw_log *log;
    options.format = "sequences";
    assert_int_equal(lw_log_open(paths, 2, &options, NULL, &log, NULL), 0);
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
        const struct lw_field *name = &record.fields[record.n_fields - 1];
        char expected[600] = "blk";
        if (i != 1)
            snprintf(expected, sizeof expected, "%s:1", paths[i / 2]);
        assert_int_equal(name->len, strlen(expected));
        assert_memory_equal(record.raw.data + name->start, expected, name->len);
    }
    lw_reader_free(reader);
    lw_log_free(log);
}

static void events_give_a_record_a_line(void **state)
{
    (void)state;
    gives("0\tE1\t1795399811\n1\tE2\t12.5\tALERT\n", "events",
          "0 0 1 1795399811000000  [] \"E1\" label=\"0\" time=\"1795399811\"\n"
          "0 16 2 12500000  [] \"E2\" label=\"1\" time=\"12.5\" tag=\"ALERT\"\n");
}

static void times_of(const char *text, const int64_t *expected, size_t n)
{
    struct lw_log *log = open_text(text, "syslog");
    struct lw_reader *reader;
    struct lw_record record;
    assert_int_equal(lw_log_count(log), n);
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
        if (record.time_us != expected[i] * 1000000)
            fail_msg("record %zu: %lld, expected %lld", i, (long long)(record.time_us / 1000000),
                     (long long)expected[i]);
    }
    lw_reader_free(reader);
    lw_log_free(log);
}

static void years_left_out_are_found(void **state)
{
    (void)state;
    /* Now is 2026-11-23: a December is last year's, and a step back in the calendar is a new year. */
    times_of("Nov 20 00:00:00 h a: x\nNov 22 00:00:00 h a: x\n", (int64_t[]){1795132800, 1795305600}, 2);
    times_of("Dec 24 00:00:00 h a: x\n", (int64_t[]){1766534400}, 1);
    times_of("Dec 31 23:59:59 h a: x\nJan  1 00:00:00 h a: x\nDec 31 23:59:58 h a: late\nJan  1 00:00:01 h a: x\n",
             (int64_t[]){1767225599, 1767225600, 1767225598, 1767225601}, 4);
    times_of("Jul  1 00:00:00 h a: x\nMay  1 00:00:00 h a: x\nMar  1 00:00:00 h a: x\n",
             (int64_t[]){1719792000, 1746057600, 1772323200}, 3);
    /* 29 February: 2024 is the last leap year. */
    times_of("Feb 29 00:00:00 h a: x\nMar  1 00:00:00 h a: x\n", (int64_t[]){1709164800, 1709251200}, 2);
}

/* Random text of headers, line ends and odd bytes: the raw texts with the line ends between them are the source. */
static void every_byte_is_in_one_record(void **state)
{
    (void)state;
    static const char *const pieces[] = {"2026-11-23 02:10:11,123 INFO [m] a.B: ",
                                         "Nov  3 02:10:11 h p[1]: ",
                                         "{\"a\":1}",
                                         "a=1 b=2",
                                         "\n",
                                         "\n",
                                         "\r\n",
                                         "\r",
                                         "\t",
                                         " ",
                                         "text",
                                         "\xff\xfe",
                                         "\x1b[0m"};
    struct rng rng;
    rng_init(&rng, 11, 0x62797465, 0);
    for (int round = 0; round < 300; round++) {
        struct buf text = BUF_INIT;
        buf_add_byte(&text, '\0');
        for (uint64_t n = rng_below(&rng, 60); n > 0; n--)
            buf_add_text(&text, pieces[rng_below(&rng, sizeof pieces / sizeof pieces[0])]);
        size_t skip = (size_t)rng_below(&rng, 2);
        const char *data = text.data + skip;
        uint64_t len = text.len - skip, at = 0;
        size_t format = (size_t)rng_below(&rng, lw_format_count());
        if (strcmp(lw_format_get(format)->name, "sequences") == 0) /* its records share lines */
            format = 0;
        struct lw_log *log = open_as(scratch_write("bytes", data, (size_t)len),
                                     round % 2 == 0 ? "auto" : lw_format_get(format)->name, NULL);
        struct lw_reader *reader;
        struct lw_record record;
        assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
        for (size_t i = 0; i < lw_log_count(log); i++) {
            assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
            assert_true(record.offset == at);
            assert_memory_equal(record.raw.data, data + at, record.raw.len);
            assert_true(record.message_start <= record.raw.len &&
                        record.message_len <= record.raw.len - record.message_start);
            at += record.raw.len;
            if (at < len && data[at] == '\r')
                at++;
            if (at < len)
                assert_true(data[at++] == '\n');
        }
        assert_true(at == len);
        lw_reader_free(reader);
        lw_log_free(log);
        buf_release(&text);
    }
}

static void fill_large(struct buf *text)
{
    struct rng rng;
    rng_init(&rng, 5, 0x6c617267, 0);
    for (unsigned i = 0; text->len < 5000000; i++) {
        buf_printf(text, "Dec %2u 02:%02u:%02u host prog%u[%u]: message %u\n", 1 + i / 4000, i / 60 % 60, i % 60,
                   (unsigned)rng_below(&rng, 40), i, i);
        for (uint64_t n = rng_below(&rng, 4); n > 2; n--)
            buf_printf(text, "  continued %*s\n", (int)rng_below(&rng, 3000), "here");
    }
}

static void records_do_not_depend_on_threads(void **state)
{
    (void)state;
    struct buf text = BUF_INIT, one = BUF_INIT, four = BUF_INIT;
    fill_large(&text);
    const char *path = scratch_write("large", text.data, text.len);
    struct lw_run run = {.version = LW_OPTIONS_VERSION};
    struct lw_log *log = open_as(path, NULL, NULL);
    describe(log, &one);
    lw_log_free(log);
    assert_int_equal(lw_executor_new(4, &run.executor, NULL), 0);
    log = open_as(path, NULL, &run);
    describe(log, &four);
    assert_string_equal(one.data, four.data);

    /* In any order a reader gives what it gives in order. */
    struct lw_reader *walk, *jump;
    struct lw_record a, b;
    struct rng rng;
    rng_init(&rng, 5, 0x6a756d70, 0);
    assert_int_equal(lw_reader_new(log, &walk, NULL), 0);
    assert_int_equal(lw_reader_new(log, &jump, NULL), 0);
    for (size_t i = 0; i < 2000; i++) {
        uint64_t record = rng_below(&rng, lw_log_count(log));
        assert_int_equal(lw_reader_get(jump, record, &a, NULL), 0);
        assert_memory_equal(a.raw.data, text.data + a.offset, a.raw.len);
        assert_int_equal(lw_reader_get(walk, record > 0 ? record - 1 : 0, &b, NULL), 0);
        assert_int_equal(lw_reader_get(walk, record, &b, NULL), 0);
        assert_true(a.offset == b.offset && a.raw.len == b.raw.len && a.message_start == b.message_start);
    }
    struct lw_error err;
    assert_int_equal(lw_reader_get(jump, lw_log_count(log), &a, &err), LW_ERR_NOT_FOUND);
    lw_reader_free(walk);
    lw_reader_free(jump);
    lw_log_free(log);
    lw_executor_free(run.executor);
    buf_release(&text);
    buf_release(&one);
    buf_release(&four);
}

static void a_line_of_100_mb_is_one_record(void **state)
{
    (void)state;
    size_t len = 100000000;
    char *text = malloc(len + 20);
    assert_non_null(text);
    memset(text, 'x', len);
    memcpy(text + len, "\nshort\n", 7);
    struct lw_log *log = open_as(scratch_write("long", text, len + 7), NULL, NULL);
    struct lw_reader *reader;
    struct lw_record record;
    assert_int_equal(lw_log_count(log), 2);
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    assert_int_equal(lw_reader_get(reader, 0, &record, NULL), 0);
    assert_int_equal(record.raw.len, len);
    assert_memory_equal(record.raw.data, text, len);
    assert_int_equal(record.message_len, len);
    assert_int_equal(lw_reader_get(reader, 1, &record, NULL), 0);
    assert_int_equal(record.line, 2);
    assert_memory_equal(record.raw.data, "short", 5);
    lw_reader_free(reader);
    lw_log_free(log);
    free(text);
}

static void several_sources_are_one_log(void **state)
{
    (void)state;
    const char *paths[4];
    paths[0] = scratch_write("one", "2026-11-23 02:10:11 b\n2026-11-23 02:10:12 c", 43);
    paths[1] = scratch_write("two", "", 0);
    paths[2] = scratch_write("three", "{\"msg\":\"a\"}\n", 12);
    paths[3] = "/does/not/exist";
    struct lw_log *log = NULL;
    struct lw_error err;
    assert_int_equal(lw_log_open(paths, 4, NULL, NULL, &log, &err), LW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "/does/not/exist"));
    assert_null(log);
    assert_int_equal(lw_log_open(paths, 3, NULL, NULL, &log, NULL), 0);
    assert_int_equal(lw_log_count(log), 3);
    assert_int_equal(lw_log_source_count(log), 3);
    static const struct {
        const char *format;
        uint64_t records, lines, bytes;
    } expected[] = {{"timed", 2, 2, 43}, {"plain", 0, 0, 0}, {"json", 1, 1, 12}};
    for (size_t i = 0; i < 3; i++) {
        struct lw_source source;
        assert_int_equal(lw_log_source(log, i, &source, NULL), 0);
        assert_string_equal(source.format, expected[i].format);
        assert_int_equal(source.records, expected[i].records);
        assert_int_equal(source.lines, expected[i].lines);
        assert_int_equal(source.bytes, expected[i].bytes);
        assert_null(source.problem);
        assert_memory_equal(source.path.data, paths[i], source.path.len);
    }
    struct lw_source source;
    assert_int_equal(lw_log_source(log, 3, &source, &err), LW_ERR_NOT_FOUND);
    struct lw_log *other = lw_log_retain(log);
    lw_log_free(log);
    struct buf got = BUF_INIT;
    describe(other, &got);
    assert_non_null(strstr(got.data, "2 0 1 -9223372036854775808  [] \"a\" msg=\"a\""));
    buf_release(&got);
    lw_log_free(other);
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    struct lw_log *log = NULL;
    struct lw_error err;
    const char *path = scratch_write("x", "x\n", 2);
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    assert_int_equal(lw_log_open(&path, 0, &options, NULL, &log, &err), LW_ERR_USAGE);
    options.format = "nonsense";
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, &err), LW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "nonsense"));
    options = (struct lw_open_options)LW_OPEN_OPTIONS_INIT;
    options.version = 99;
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, &err), LW_ERR_USAGE);
    assert_null(log);
    lw_log_free(NULL);
    lw_reader_free(NULL);
}

static void memory_is_bounded_and_runs_are_cancelled(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    for (int i = 0; i < 5000; i++)
        buf_add_text(&text, "line\n");
    const char *path = scratch_write("many", text.data, text.len);
    struct lw_log *log = NULL;
    struct lw_error err;
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    options.max_memory = 1000;
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, &err), LW_ERR_MEMORY);
    assert_non_null(strstr(err.text, "record 28 passes the memory bound of 1000 bytes"));
    options.max_memory = 5000 * 36;
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, &err), 0);
    lw_log_free(log);
    log = NULL;
    struct lw_run run = {.version = LW_OPTIONS_VERSION};
    assert_int_equal(lw_cancel_new(&run.cancel, NULL), 0);
    lw_cancel_request(run.cancel);
    assert_int_equal(lw_log_open(&path, 1, NULL, &run, &log, &err), LW_ERR_CANCELLED);
    lw_cancel_free(run.cancel);
    buf_release(&text);
}

static void a_cut_archive_says_what_was_read(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    unsigned char packed[100000];
    struct rng rng;
    rng_init(&rng, 2, 0x7a, 0);
    while (text.len < 60000)
        buf_printf(&text, "line %llx\n", (unsigned long long)rng_u64(&rng));
    z_stream stream = {.next_in = (unsigned char *)text.data, .avail_in = (uInt)text.len};
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    const char *path = scratch_write("cut.gz", packed, stream.total_out * 3 / 4);
    deflateEnd(&stream);
    struct lw_log *log = open_as(path, NULL, NULL);
    struct lw_source source;
    char expected[100];
    assert_int_equal(lw_log_source(log, 0, &source, NULL), 0);
    assert_true(source.records > 1000 && source.records < 3000);
    snprintf(expected, sizeof expected, "gzip data ends early; %u,%03u records read", (unsigned)source.records / 1000,
             (unsigned)source.records % 1000);
    assert_string_equal(source.problem, expected);
    lw_log_free(log);
    buf_release(&text);
}

static int open_and_read(void *path, struct lw_error *err)
{
    const char *paths[1] = {path};
    struct lw_log *log;
    struct lw_reader *reader;
    struct lw_record record;
    int code = lw_log_open(paths, 1, NULL, NULL, &log, err);
    if (code != 0)
        return code;
    code = lw_reader_new(log, &reader, err);
    if (code == 0) {
        code = lw_reader_get(reader, 0, &record, err);
        lw_reader_free(reader);
    }
    lw_log_free(log);
    return code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    static const char json[] = "{\"time\":\"2026-11-23T02:10:11Z\",\"name\":\"n\",\"msg\":\"a\"}\n";
    char path[300];
    snprintf(path, sizeof path, "%s", scratch_write("oom", json, sizeof json - 1));
    failalloc_each(open_and_read, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_without_a_header_continue_a_record),
        cmocka_unit_test(every_line_of_a_plain_source_is_a_record),
        cmocka_unit_test(sequences_give_a_record_an_id),
        cmocka_unit_test(lines_of_several_sources_have_names_of_their_own),
        cmocka_unit_test(events_give_a_record_a_line),
        cmocka_unit_test(years_left_out_are_found),
        cmocka_unit_test(every_byte_is_in_one_record),
        cmocka_unit_test(records_do_not_depend_on_threads),
        cmocka_unit_test(a_line_of_100_mb_is_one_record),
        cmocka_unit_test(several_sources_are_one_log),
        cmocka_unit_test(wrong_use_is_refused),
        cmocka_unit_test(memory_is_bounded_and_runs_are_cancelled),
        cmocka_unit_test(a_cut_archive_says_what_was_read),
        cmocka_unit_test(survives_lack_of_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
