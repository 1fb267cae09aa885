#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "log/calendar.h"

#define NOW_US INT64_C(1795399811000000) /* 2026-11-23 02:10:11 */
#define MAX    10

/* Adds the times in order and compares where they are placed, printed in full. */
static void places(const char *const *texts, const char *const *expected)
{
    struct calendar calendar = CALENDAR_INIT;
    const struct timestamp_layout iso = {.row = 0};
    int64_t added[MAX];
    size_t n = 0;
    for (; texts[n] != NULL; n++) {
        struct timestamp time;
        assert_true(timestamp_parse(texts[n], strlen(texts[n]), NULL, &time));
        added[n] = calendar_add(&calendar, &time);
    }
    calendar_settle(&calendar, NOW_US);
    for (size_t i = 0; i < n; i++) {
        int64_t time_us = calendar_place(added[i], &calendar);
        char text[TIMESTAMP_MAX + 1] = "none";
        if (time_us != LW_NO_TIME)
            text[timestamp_print(&iso, time_us, 0, 0, text)] = '\0';
        assert_string_equal(text, expected[i]);
    }
}
#define TEXTS (const char *const[])

static void a_step_back_is_a_new_year(void **state)
{
    (void)state;
    places(TEXTS{"Dec 31 23:59:59", "Jan  1 00:00:00", "Dec 31 23:59:58", "Jan  1 00:00:01", NULL},
           TEXTS{"2025-12-31 23:59:59", "2026-01-01 00:00:00", "2025-12-31 23:59:58", "2026-01-01 00:00:01"});
    places(TEXTS{"07-01 00:00:00.0", "05-01 00:00:00.0", "03-01 00:00:00.0", NULL},
           TEXTS{"2024-07-01 00:00:00", "2025-05-01 00:00:00", "2026-03-01 00:00:00"});
}

static void no_time_lies_ahead_of_now(void **state)
{
    (void)state;
    places(TEXTS{"Nov 24 02:00:00", NULL}, TEXTS{"2026-11-24 02:00:00"}); /* a zone away at most */
    places(TEXTS{"Nov 24 03:00:00", NULL}, TEXTS{"2025-11-24 03:00:00"});
    places(TEXTS{"02:10:11", NULL}, TEXTS{"2026-11-23 02:10:11"});
    places(TEXTS{"02:10:12", NULL}, TEXTS{"2026-11-22 02:10:12"});
}

static void a_leap_day_asks_for_a_leap_year(void **state)
{
    (void)state;
    places(TEXTS{"Feb 28 00:00:00", "Feb 29 00:00:00", "Mar  1 00:00:00", NULL},
           TEXTS{"2024-02-28 00:00:00", "2024-02-29 00:00:00", "2024-03-01 00:00:00"});
}

static void a_step_back_in_the_day_is_a_new_day(void **state)
{
    (void)state;
    places(TEXTS{"23:00:00", "23:59:59", "00:00:00", "23:59:58", "00:00:01", "01:00:00", "00:30:00", NULL},
           TEXTS{"2026-11-22 23:00:00", "2026-11-22 23:59:59", "2026-11-23 00:00:00", "2026-11-22 23:59:58",
                 "2026-11-23 00:00:01", "2026-11-23 01:00:00", "2026-11-23 00:30:00"});
}

static void complete_times_stay_and_gaps_do_not_mix(void **state)
{
    (void)state;
    places(TEXTS{"2001-02-03 04:05:06", "Nov  1 00:00:00", "0001-01-01 00:00:00", "04:05:06", "Nov  2 00:00:00", NULL},
           TEXTS{"2001-02-03 04:05:06", "2026-11-01 00:00:00", "0001-01-01 00:00:00", "none", "2026-11-02 00:00:00"});
    struct calendar calendar = CALENDAR_INIT;
    assert_true(calendar_place(LW_NO_TIME, &calendar) == LW_NO_TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_back_is_a_new_year),
        cmocka_unit_test(no_time_lies_ahead_of_now),
        cmocka_unit_test(a_leap_day_asks_for_a_leap_year),
        cmocka_unit_test(a_step_back_in_the_day_is_a_new_day),
        cmocka_unit_test(complete_times_stay_and_gaps_do_not_mix),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
