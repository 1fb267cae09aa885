#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "input/timestamp.h"

static const struct {
    const char *text;
    int64_t time_us;
} known[] = {
    {"1970-01-01 00:00:00", 0},
    {"2026-11-23 02:10:11", 1795399811000000},
    {"2026-11-23T02:10:11.123Z", 1795399811123000},
    {"2026-11-23T03:10:11,123456+01:00", 1795399811123456},
    {"2026-11-22 21:10:11 -0500", 1795399811000000},
    {"2026-11-23 03:10:11.1 CET", 1795399811100000},
    {"2026-11-23 02:10:11+00", 1795399811000000},
    {"2026/11/23 02:10:11", 1795399811000000},
    {"2000-02-29 23:59:59.999999999", 951868799999999},
    {"1969-12-31 23:59:59", -1000000},
    {"Mon Nov 23 02:10:11 2026", 1795399811000000},
    {"Mon Nov 23 02:10:11 UTC 2026", 1795399811000000},
    {"Mon Nov 23 02:10:11.123456 2026", 1795399811123456},
    {"261123 021011", 1795399811000000},
    {"26/11/23 02:10:11", 1795399811000000},
    {"2026-11-23-02.10.11.123456", 1795399811123456},
    {"20261123T021011Z", 1795399811000000},
    {"20261123-02:10:11:123", 1795399811123000},
    {"20261123-2:10:11:123", 1795399811123000},
    {"23/Nov/2026:02:10:11 +0000", 1795399811000000},
    {"Mon, 23 Nov 2026 02:10:11 GMT", 1795399811000000},
    {"1795399811", 1795399811000000},
    {"11/23/2026 2:10:11 AM", 1795399811000000},
    {"11/23/2026 12:10:11 AM", 1795392611000000},
    {"11/23/2026 12:10:11 PM", 1795435811000000},
    {"11/23/2026 02:10:11.5 pm", 1795443011500000},
    {"23/11/2026 02:10:11", 1795399811000000},
    {"23.11.26 02:10:11", 1795399811000000},
    {"23-NOV-26 02.10.11.123456 AM", 1795399811123456},
    {"2026-327T02:10:11Z", 1795399811000000},
    {"2026-W48-1T02:10:11Z", 1795399811000000},
    {"2026-01-01T00:00:00Z", 1767225600000000},
    {"2026-W01-4T00:00:00Z", 1767225600000000},
    {"2020-W53-7T00:00:00Z", 1609632000000000},
    {"2024-366T00:00:00Z", 1735603200000000},
    {"Mon, 23 Nov 2026 04:10:11 +0200 (EET)", 1795399811000000},
    {"Mon 2026-11-23 03:10:11 CET", 1795399811000000},
    {"Nov 23, 2026 2:10:11 AM", 1795399811000000},
    {"November 23, 2026 02:10:11", 1795399811000000},
    {"2026-11-23 04:10:11 GMT+2", 1795399811000000},
    {"2026-11-23 07:40:11 UTC+05:30", 1795399811000000},
    {"261123  2:10:11", 1795399811000000},
    {"3-Nov-2026::02:10:11", 1793671811000000},
    {"date=2026-11-23 time=02:10:11", 1795399811000000},
    {"1795399811123.456", 1795399811123456},
    {"1795399811.123", 1795399811123000},
    {"1795399811123", 1795399811123000},
    {"1795399811123456", 1795399811123456},
    {"1795399811123456789", 1795399811123456},
};

static void reads_what_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct timestamp time;
        size_t len = strlen(known[i].text);
        if (!timestamp_parse(known[i].text, len, NULL, &time))
            fail_msg("%s is not read", known[i].text);
        if (time.time_us != known[i].time_us || time.len != len || !time.has_year)
            fail_msg("%s is read as %lld, %zu bytes", known[i].text, (long long)time.time_us, time.len);
    }
}

static void stops_where_the_time_ends(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
    } cases[] = {
        {"2026-11-23 02:10:11 INFO x", 19}, {"2026-11-23 02:10:11,123 - x", 23}, {"2026-11-23 02:10:11, x", 19},
        {"2026-11-23 02:10:11 +5 x", 19},   {"2026-11-23 02:10:11 UTCX", 19},    {"2026-11-23T02:10:11Z]", 20},
        {"Nov 23 02:10:11 2026 x", 20},     {"Nov  3 02:10:11 host x", 15},      {"Nov 03 02:10:11.123456 host", 22},
        {"11-23 02:10:11.811  1702", 18},   {"10.30 16:49:06] chrome", 14},      {"2026-11-23 02:10:11 CEST x", 24},
        {"2026-11-23 02:10:11-07 x", 22},   {"2026-11-23 02:10:11-07:30 x", 25},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct timestamp time;
        if (!timestamp_parse(cases[i].text, strlen(cases[i].text), NULL, &time) || time.len != cases[i].len)
            fail_msg("%s", cases[i].text);
    }
}

static void refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "x",
        "2026-11-23",
        "2026-13-23 02:10:11",
        "2026-02-29 02:10:11",
        "2026-04-31 02:10:11",
        "2026-11-23 24:10:11",
        "2026-11-23 02:60:11",
        "2026-11-23 02:10:1",
        "2026-11-23 02:10:111",
        "0000-11-23 02:10:11",
        "Nov 0 02:10:11",
        "Nov 32 02:10:11",
        "nov 12 02:10:11",
        "123456789",
        "12345678901",
        "0123456789",
        "2026-366T02:10:11Z",
        "2026-W54-1T02:10:11Z",
        "2025-W53-1T02:10:11Z",
        "2026-W48-8T02:10:11Z",
        "31/31/2026 02:10:11",
        "    1.234567",
        "12.345",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct timestamp time;
        if (timestamp_parse(texts[i], strlen(texts[i]), NULL, &time))
            fail_msg("%s is read as a time", texts[i]);
    }
}

/* Every row of the table, at random times and in random shapes, comes back as it went. */
static void prints_what_it_reads_back(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 7, 0x74696d65, 0);
    for (size_t row = 0; row < timestamp_row_count(); row++) {
        struct timestamp example;
        const char *name = timestamp_row_name(row);
        if (!timestamp_parse_whole(name, strlen(name), NULL, &example) || example.layout.row != row)
            fail_msg("the example %s is not read by its own row", name);
        for (int round = 0; round < 500; round++) {
            struct timestamp_layout layout = example.layout;
            if (layout.fraction_mark == '.' || layout.fraction_mark == ',')
                layout.fraction_digits = (uint8_t)(1 + rng_below(&rng, 9));
            int64_t time_us = (int64_t)rng_below(&rng, 3200000000u) * 1000000 + (int64_t)rng_below(&rng, 1000000);
            if (time_us < INT64_C(1000000000000000))
                time_us += INT64_C(1000000000000000); /* seconds in ten digits */
            uint32_t below_ns = (uint32_t)rng_below(&rng, 1000);
            int32_t zone_s = layout.zone_style == 0 ? 0 : example.zone_s;
            char text[TIMESTAMP_MAX], again[TIMESTAMP_MAX];
            size_t len = timestamp_print(&layout, time_us, below_ns, zone_s, text);
            assert_true(len <= sizeof text);
            struct timestamp time;
            if (!timestamp_parse_whole(text, len, &layout, &time))
                fail_msg("%.*s is not read back", (int)len, text);
            if (layout.row != timestamp_row_count() - 1) /* of the last, the width grows */
                assert_memory_equal(&time.layout, &layout, sizeof layout);
            size_t again_len = timestamp_print(&time.layout, time.time_us, time.below_ns, time.zone_s, again);
            if (!time.has_year && time.has_date) /* the weekday and year of a yearless time are not in the text */
                again_len = timestamp_print(&time.layout, timestamp_with_year(time.time_us, timestamp_year(time_us)),
                                            time.below_ns, time.zone_s, again);
            assert_int_equal(again_len, len);
            assert_memory_equal(again, text, len);
        }
    }
}

static void keeps_shapes_of_zone_and_padding(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "2026-11-23 02:10:11Z",
        "2026-11-23 02:10:11+01:30",
        "2026-11-23 02:10:11 +0130",
        "2026-11-23 02:10:11-00:00",
        "2026-11-23T02:10:11.000000001-11",
        "2026-11-23 02:10:11 PST",
        "Mon Nov  2 02:10:11 2026",
        "Mon Nov 02 02:10:11 2026",
        "20261123-2:1:0:007",
        "2026-11-23 02:10:11 GMT-3",
        "2026-11-23 02:10:11 UTC+05:30",
        "2026-11-23 02:10:11 GMT+0530",
        "2026-11-23T02:10:11z",
        "11/23/2026 12:10:11 am",
        "23-NOV-26 12.10.11 PM",
        "MON NOV 23 02:10:11 2026",
        "Mon, 23 Nov 2026 02:10:11 +0000 (UTC)",
        "1/2/2026 3:04:05 PM",
        "1795399811123.4",
        "3 May 2026 02:10:11",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct timestamp time;
        char text[TIMESTAMP_MAX];
        assert_true(timestamp_parse(texts[i], strlen(texts[i]), NULL, &time));
        size_t len = timestamp_print(&time.layout, time.time_us, time.below_ns, time.zone_s, text);
        assert_int_equal(len, strlen(texts[i]));
        assert_memory_equal(text, texts[i], len);
    }
}

static void reads_seconds_since_a_start(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_us;
    } cases[] = {{"    1.234567", 1234567}, {"12345.678901", 12345678901}, {"     5.123", 5123000}, {"0.012", 12000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct timestamp time;
        char text[TIMESTAMP_MAX];
        size_t len = strlen(cases[i].text);
        assert_true(timestamp_parse_whole(cases[i].text, len, NULL, &time));
        assert_true(time.time_us == cases[i].time_us && time.has_year);
        assert_int_equal(timestamp_print(&time.layout, time.time_us, 0, 0, text), len);
        assert_memory_equal(text, cases[i].text, len);
        assert_false(timestamp_parse(cases[i].text, len, &time.layout, &time));
        assert_false(timestamp_parse_whole(cases[i].text, len - 1 - time.layout.fraction_digits, NULL, &time));
    }
}

static void reads_what_is_near(void **state)
{
    (void)state;
    static const char *const texts[] = {"2026-04-03 10:00:00", "03/04/2026 10:00:00", "3/4/2026 10:00:00",
                                        "03.04.26 10:00:00", "Apr  3 10:00:00"};
    struct timestamp near, time;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true(timestamp_parse_near(texts[i], strlen(texts[i]), INT64_C(1775210400000005), &time));
        near = i == 0 ? time : near;
        int64_t us = time.has_year ? time.time_us : timestamp_with_year(time.time_us, 2026);
        if (us != near.time_us)
            fail_msg("%s", texts[i]);
    }
    assert_false(timestamp_parse_near("2026-04-03 10:00:00 x", 21, 0, &time));
}

/* Days run on without a gap over 800 years: the calendar's own check. */
static void counts_days_without_a_gap(void **state)
{
    (void)state;
    const struct timestamp_layout layout = {.row = 0};
    const int64_t day_us = INT64_C(86400) * 1000000;
    char before[TIMESTAMP_MAX] = "";
    for (int64_t day = -146097; day < 146097; day++) {
        char text[TIMESTAMP_MAX];
        struct timestamp time;
        size_t len = timestamp_print(&layout, day * day_us, 0, 0, text);
        assert_true(timestamp_parse(text, len, &layout, &time));
        assert_true(time.time_us == day * day_us);
        assert_true(memcmp(before, text, len) < 0);
        memcpy(before, text, len);
    }
}

static void places_yearless_times(void **state)
{
    (void)state;
    struct timestamp march, leap;
    assert_true(timestamp_parse("Mar  1 00:00:00", 15, NULL, &march));
    assert_true(timestamp_parse("Feb 29 12:00:00", 15, NULL, &leap));
    assert_false(march.has_year);
    assert_true(timestamp_with_year(march.time_us, 2026) == INT64_C(1772323200000000));
    assert_true(timestamp_with_year(march.time_us, 2024) == INT64_C(1709251200000000));
    assert_true(timestamp_with_year(leap.time_us, 2024) == INT64_C(1709208000000000));
    assert_true(timestamp_with_year(leap.time_us, 2026) ==
                timestamp_with_year(march.time_us, 2026) + INT64_C(43200000000));
    assert_int_equal(timestamp_year(INT64_C(1772323200000000)), 2026);
    assert_int_equal(timestamp_year(-1), 1969);
}

/* A clock without a date, of another zone and around midnight, is that of the record and not a day away. */
static void a_time_without_a_date_is_near(void **state)
{
    (void)state;
    static const struct {
        const char *clock, *record;
        int64_t ahead_s;
    } rows[] = {{"19:38:53.049", "2023-01-30T11:38:53.049Z", 8 * 3600},
                {"11:38:53.049", "2023-01-30T11:38:53.049Z", 0},
                {"00:00:01", "2023-01-30T23:59:59Z", 2},
                {"23:59:59", "2023-01-31T00:00:01Z", -2},
                {"23:00:00", "1969-12-31T23:30:00Z", -1800}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct timestamp record, clock;
        assert_true(timestamp_parse_whole(rows[i].record, strlen(rows[i].record), NULL, &record));
        assert_true(timestamp_parse_near(rows[i].clock, strlen(rows[i].clock), record.time_us, &clock));
        assert_false(clock.has_date);
        assert_int_equal(timestamp_near(&clock, record.time_us) - record.time_us, rows[i].ahead_s * 1000000);
    }
}

/* One memo for all layouts that are known here, and for jumps of all sizes. */
static void prints_near_times_alike(void **state)
{
    (void)state;
    static const int64_t steps_us[] = {0, 1, 999, 1000000, 60000000, 3599999999, -1000, -7200000000, 86400000000};
    struct timestamp_memo shared = {.len = 0};
    struct rng rng;
    rng_init(&rng, 4, 1, 0);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct timestamp_memo own = {.len = 0};
        struct timestamp time;
        assert_true(timestamp_parse_whole(known[i].text, strlen(known[i].text), NULL, &time));
        for (int k = 0; k < 300; k++) {
            char expected[TIMESTAMP_MAX], got[TIMESTAMP_MAX];
            int32_t zone_s = k % 50 == 0 ? 19800 : time.zone_s;
            size_t len = timestamp_print(&time.layout, time.time_us, 0, zone_s, expected);
            assert_int_equal(timestamp_print_near(&own, &time.layout, time.time_us, zone_s, got), len);
            assert_memory_equal(got, expected, len);
            assert_int_equal(timestamp_print_near(&shared, &time.layout, time.time_us, zone_s, got), len);
            assert_memory_equal(got, expected, len);
            time.time_us += steps_us[rng_below(&rng, sizeof steps_us / sizeof *steps_us)];
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_without_a_date_is_near), cmocka_unit_test(reads_what_is_known),
        cmocka_unit_test(stops_where_the_time_ends),     cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(prints_what_it_reads_back),     cmocka_unit_test(keeps_shapes_of_zone_and_padding),
        cmocka_unit_test(reads_seconds_since_a_start),   cmocka_unit_test(reads_what_is_near),
        cmocka_unit_test(counts_days_without_a_gap),     cmocka_unit_test(places_yearless_times),
        cmocka_unit_test(prints_near_times_alike),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
