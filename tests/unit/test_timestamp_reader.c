#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "input/timestamp_reader.h"

static void assert_same(const struct timestamp *a, const struct timestamp *b)
{
    assert_memory_equal(&a->layout, &b->layout, sizeof a->layout);
    assert_true(a->len == b->len && a->time_us == b->time_us && a->below_ns == b->below_ns && a->zone_s == b->zone_s);
    assert_true(a->has_year == b->has_year && a->has_date == b->has_date);
}

/* Of its own, so that a read past its end is seen. */
static char *copy(const char *text, size_t len)
{
    char *own = malloc(len > 0 ? len : 1);
    assert_non_null(own);
    memcpy(own, text, len);
    return own;
}

/* Whatever came before, a reader gives what the parser gives: for times of every layout, now near, now far from the
 * one before, with bytes changed at random and text behind them. */
static void reads_as_the_parser_does(void **state)
{
    (void)state;
    static const char *const tails[] = {"",  "",       " INFO x",        "]", "5", "Z", " UTC x", ".5", "+01:00", ", y",
                                        "T", " +0100", "[Europe/Berlin]"};
    struct rng rng;
    rng_init(&rng, 11, 0x72656164, 0);
    for (size_t row = 0; row < timestamp_row_count(); row++) {
        const char *name = timestamp_row_name(row);
        struct timestamp_reader reader = TIMESTAMP_READER_INIT, whole = TIMESTAMP_READER_INIT;
        struct timestamp example;
        assert_true(timestamp_parse_whole(name, strlen(name), NULL, &example));
        struct timestamp_layout layout = example.layout;
        int64_t time_us = INT64_C(1795399811123456);
        for (int round = 0; round < 600; round++) {
            if (round % 100 == 99 && layout.fraction_mark != 0 && layout.fraction_mark != ':')
                layout.fraction_digits = (uint8_t)(1 + rng_below(&rng, 9));
            time_us += (int64_t)rng_below(&rng, round % 10 == 0 ? 4000000000000 : 40000000);
            char text[TIMESTAMP_MAX + 16];
            size_t len = timestamp_print(&layout, time_us, (uint32_t)rng_below(&rng, 1000), example.zone_s, text);
            const char *tail = tails[rng_below(&rng, sizeof tails / sizeof tails[0])];
            memcpy(text + len, tail, strlen(tail));
            len += strlen(tail);
            if (round % 4 == 0)
                text[rng_below(&rng, len)] = (char)(' ' + rng_below(&rng, 94));
            if (round % 16 == 0)
                len = (size_t)rng_below(&rng, len + 1);
            char *own = copy(text, len);
            struct timestamp got, expected;
            bool is_read = timestamp_read(&reader, own, len, &layout, &got);
            if (is_read != timestamp_parse(own, len, &layout, &expected))
                fail_msg("%.*s is%s read", (int)len, text, is_read ? "" : " not");
            if (is_read)
                assert_same(&got, &expected);
            is_read = timestamp_read_whole(&whole, own, len, &layout, &got);
            assert_int_equal(is_read, timestamp_parse_whole(own, len, &layout, &expected));
            if (is_read)
                assert_same(&got, &expected);
            free(own);
        }
    }
}

static void elects_days_and_months_by_all_times(void **state)
{
    (void)state;
    static const struct {
        const char *texts[4];
        const char *first; /* of texts, as it is then read */
    } cases[] = {
        {{"03/04/2026 10:00:00", "03/04/2026 11:00:00", "04/04/2026 01:00:00"}, "2026-04-03 10:00:00"}, /* by order */
        {{"03/04/2026 10:00:00", "13/04/2026 11:00:00"}, "2026-04-03 10:00:00"},
        {{"03/04/2026 10:00:00", "03/14/2026 11:00:00"}, "2026-03-04 10:00:00"},
        {{"03/04/2026 10:00:00"}, "2026-03-04 10:00:00"},
        {{"03.04.2026 10:00:00"}, "2026-04-03 10:00:00"},
        {{"03-04-2026 10:00:00", "03-17-2026 10:00:00"}, "2026-03-04 10:00:00"},
        {{"3/4/2026 1:00:05 PM", "25/4/2026 11:00:05 PM"}, "2026-04-03 13:00:05"},
        {{"11/10/09 10:00:00", "12/10/09 10:00:00", "31/10/09 10:00:00"}, "2009-10-11 10:00:00"},
        {{"Nov 12 10:00:00", "Dec  3 10:00:00"}, "Nov 12 10:00:00"},
        {{"12:00:01 PM", "1:00:01 PM"}, "12:00:01"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct timestamp_votes votes = {.n = 0};
        struct timestamp_layout layout;
        assert_false(timestamp_elect(&votes, &layout));
        for (size_t n = 0; n < 4 && cases[i].texts[n] != NULL; n++)
            timestamp_vote(&votes, cases[i].texts[n], strlen(cases[i].texts[n]));
        assert_true(timestamp_elect(&votes, &layout));
        struct timestamp got, expected;
        assert_true(timestamp_parse(cases[i].texts[0], strlen(cases[i].texts[0]), &layout, &got));
        assert_true(timestamp_parse(cases[i].first, strlen(cases[i].first), NULL, &expected));
        if (got.time_us != expected.time_us)
            fail_msg("%s is not %s", cases[i].texts[0], cases[i].first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_the_parser_does),
        cmocka_unit_test(elects_days_and_months_by_all_times),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
