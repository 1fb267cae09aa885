#include "ui/kit/list.h"
#include "ui/kit/text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_sane(const struct list *list)
{
    assert_true(list->count == 0 ? list->cursor == 0 : list->cursor < list->count);
    assert_true(list->cursor >= list->top);
    assert_true(list->cursor < list->top + (uint64_t)list->page);
}

/* The cursor is in the list and on the page after any moves and any resizing. */
static void cursor_stays_visible(void **state)
{
    const uint64_t counts[] = {0, 1, 5, 23, 24, 1000, UINT64_MAX - 1};
    uint32_t random = 7;

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct list list = {0};

        list_set_count(&list, counts[i]);
        for (int step = 0; step < 500; step++) {
            random = random * 1664525u + 1013904223u;
            list_move(&list, (enum list_move)(random >> 16) % (LIST_LAST + 1));
            int rows = list_show(&list, 1 + (int)(random >> 8) % 50);

            assert_sane(&list);
            assert_true((uint64_t)rows <= list.count - list.top);
        }
    }
}

static void pages_move_what_is_seen(void **state)
{
    struct list list = {0};

    (void)state;
    list_set_count(&list, 100);
    list_show(&list, 10);
    list_move(&list, LIST_PAGE_DOWN);
    list_show(&list, 10);
    assert_int_equal(list.cursor, 9);
    assert_int_equal(list.top, 9);
    list_move(&list, LIST_LAST);
    assert_int_equal(list_show(&list, 10), 10);
    assert_int_equal(list.top, 90);
    list_set_count(&list, 3);
    assert_int_equal(list_show(&list, 10), 3);
    assert_int_equal(list.cursor, 2);
}

static void numbers_are_readable(void **state)
{
    char out[64];

    (void)state;
    assert_string_equal(text_count(out, sizeof out, 0), "0");
    assert_string_equal(text_count(out, sizeof out, 999), "999");
    assert_string_equal(text_count(out, sizeof out, 1234567), "1,234,567");
    assert_string_equal(text_ratio(out, sizeof out, .9836), ".984");
    assert_string_equal(text_ratio(out, sizeof out, 1), "1.000");
    assert_string_equal(text_ratio(out, sizeof out, -.25), "-.250");
    assert_string_equal(text_ratio(out, sizeof out, NAN), "-");
    assert_string_equal(text_change(out, sizeof out, .0123), "+.012");
    assert_string_equal(text_change(out, sizeof out, -.004), "-.004");
    assert_string_equal(text_change(out, sizeof out, .0001), "=");
    assert_string_equal(text_share(out, sizeof out, .123), "12.3%");
    assert_string_equal(text_share(out, sizeof out, 1), "100%");
    assert_string_equal(text_delay(out, sizeof out, 340), "340us");
    assert_string_equal(text_delay(out, sizeof out, 12000), "12ms");
    assert_string_equal(text_delay(out, sizeof out, 200000000), "3m20");
    assert_string_equal(text_delay(out, sizeof out, LW_NO_TIME), "-");
    assert_string_equal(text_time(out, sizeof out, 1700000000250000, false), "22:13:20.250");
    assert_string_equal(text_time(out, sizeof out, -1, true), "1969-12-31 23:59:59");
    assert_string_equal(text_time(out, sizeof out, LW_NO_TIME, true), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cursor_stays_visible),
        cmocka_unit_test(pages_move_what_is_seen),
        cmocka_unit_test(numbers_are_readable),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
