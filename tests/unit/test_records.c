#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "log/records.h"
#include "tests/lib/scratch.h"

/* Cuts the text under a format; each record as "offset+len/line " into out. */
static void cut(const char *text, size_t len, const char *format, uint32_t record_max, struct buf *out)
{
    struct spool spool = SPOOL_INIT;
    struct formats *formats;
    struct source source;
    struct format_choice choice;
    struct store *store;
    struct snapshot *snapshot;
    struct format_request request;
    size_t failed;
    assert_int_equal(formats_new(NULL, &formats, NULL), 0);
    assert_int_equal(format_request_read(formats, format, &request, NULL), 0);
    assert_int_equal(source_open(scratch_write("text", text, len), true, &spool, NULL, &source, NULL), 0);
    assert_int_equal(format_choose(formats, &source, &request, &choice, NULL), 0);
    assert_string_equal(choice.why, "given");
    assert_int_equal(store_new(0, &store, NULL), 0);
    struct cutting cutting = {.formats = formats,
                              .source = &source,
                              .number = 3,
                              .format = &choice,
                              .record_max = record_max,
                              .calendar = CALENDAR_INIT};
    while (cutting.at < source.size) {
        uint64_t left = source.size - cutting.at;
        struct records_piece piece = {&cutting, cutting.at, cutting.at + (left < LINES_PART ? left : LINES_PART)};
        assert_int_equal(records_cut(&piece, 1, store, NULL, &failed, NULL), 0);
    }
    assert_int_equal(records_end(&cutting, store, records_store, store, NULL), 0);
    assert_int_equal(store_snapshot(store, NULL, 0, &snapshot, NULL), 0);
    assert_int_equal(cutting.n_records, snapshot_count(snapshot));
    for (uint64_t i = 0; i < cutting.n_records; i++) {
        struct store_row row;
        snapshot_get(snapshot, i, &row);
        assert_int_equal(row.source, 3);
        assert_true(row.message <= row.len);
        buf_printf(out, "%llu+%u/%u ", (unsigned long long)row.offset, row.len, row.line);
    }
    buf_printf(out, "%llu lines", (unsigned long long)cutting.n_lines);
    snapshot_free(snapshot);
    store_free(store);
    source_release(&source);
    formats_free(formats);
}

static void gives(const char *text, const char *format, uint32_t record_max, const char *expected)
{
    struct buf out = BUF_INIT;
    cut(text, strlen(text), format, record_max, &out);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void too_long_records_are_cut_without_a_gap(void **state)
{
    (void)state;
    gives("0123456789\nab\n", "plain", 4, "0+4/1 4+4/1 8+2/1 11+2/2 2 lines");
    gives("01234567\n", "plain", 4, "0+4/1 4+4/1 1 lines");
    gives("2026-11-23 02:10:11 x\n  more\n", "timed", 20, "0+20/1 20+8/1 2 lines");
}

static void strays_before_the_first_header_stand_alone(void **state)
{
    (void)state;
    gives("a\nb\n2026-11-23 02:10:11 x\nc\n\nd", "timed", 0, "0+1/1 2+1/2 4+26/3 6 lines");
    gives("", "timed", 0, "0 lines");
    gives("\n", "plain", 0, "0+0/1 1 lines");
}

/* A record that goes on over several parts of the source, in each of which nothing but its lines stands. */
static void a_record_goes_on_over_parts(void **state)
{
    (void)state;
    struct buf text = BUF_INIT, out = BUF_INIT;
    buf_add_text(&text, "2026-11-23 02:10:11 x\n");
    while (text.len < 3 * LINES_PART)
        buf_add_text(&text, "  at some place\n");
    size_t second = text.len;
    buf_add_text(&text, "2026-11-23 02:10:12 y\r\n");
    cut(text.data, text.len, "timed", 0, &out);
    char expected[100];
    unsigned lines = (unsigned)((second - 22) / 16 + 1);
    snprintf(expected, sizeof expected, "0+%zu/1 %zu+21/%u %u lines", second - 1, second, lines + 1, lines + 1);
    assert_string_equal(out.data, expected);
    buf_release(&text);
    buf_release(&out);
}

static void ids_of_sequences_are_in_the_second_column(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t start, len;
    } lines[] = {{"1 2 3", 0, 5},     {"0\t1 2", 2, 3}, {"0\t1 2\tname", 2, 3},
                 {"0\t\tname", 2, 0}, {"", 0, 0},       {"\t", 1, 0}};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct lw_span span = records_sequence_ids(lines[i].line, strlen(lines[i].line));
        assert_int_equal(span.start, lines[i].start);
        assert_int_equal(span.len, lines[i].len);
    }
}

/* Lines that fit none of several formats go on a record of a multi-line one, and are records behind another. */
static void several_formats_share_a_source(void **state)
{
    (void)state;
    const char *json = "{\"level\":\"info\",\"msg\":\"x\"}\n", *log4j = "2026-11-23 02:10:11 INFO a.B: x\n";
    struct buf text = BUF_INIT;
    buf_printf(&text, "%sy\n%s y\n%sz\nz\n", json, log4j, json);
    gives(text.data, "json,log4j", 0, "0+26/1 27+1/2 29+34/3 64+26/5 91+1/6 93+1/7 7 lines");
    gives(text.data, "log4j,json", 0, "0+26/1 27+1/2 29+34/3 64+26/5 91+1/6 93+1/7 7 lines");
    buf_release(&text);
}

/* Pieces of a container's line are one record, and what is between two of them stays with the first. */
static void pieces_of_a_line_are_joined(void **state)
{
    (void)state;
    gives("2026-11-23T02:10:11Z stdout P ab\n2026-11-23T02:10:11Z stdout F c\n2026-11-23T02:10:11Z stdout F d\n",
          "kubernetes", 0, "0+64/1 65+31/3 3 lines");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_formats_share_a_source),
        cmocka_unit_test(pieces_of_a_line_are_joined),
        cmocka_unit_test(too_long_records_are_cut_without_a_gap),
        cmocka_unit_test(strays_before_the_first_header_stand_alone),
        cmocka_unit_test(a_record_goes_on_over_parts),
        cmocka_unit_test(ids_of_sequences_are_in_the_second_column),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
