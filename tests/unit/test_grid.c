#include "ui/term/grid.h"
#include "ui/term/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "logwright.h"
#include "tests/lib/shown.h"

static struct grid grid;

static int set_up(void **state)
{
    (void)state;
    return grid_init(&grid, 4, 12);
}

static int tear_down(void **state)
{
    (void)state;
    grid_release(&grid);
    return 0;
}

static void assert_shows(const char *expected)
{
    assert_grid_shows(&grid, expected);
}

static void draws_and_clips(void **state)
{
    struct view whole = grid_view(&grid), part = view_part(&whole, (struct rect){1, 8, 2, 20});

    (void)state;
    assert_int_equal(view_text(&whole, 0, 2, style_of(ROLE_TEXT), "abc"), 5);
    view_text(&part, 0, 0, style_of(ROLE_TEXT), "clipped");
    view_text(&part, 5, 0, style_of(ROLE_TEXT), "nowhere");
    view_text(&part, -1, 0, style_of(ROLE_TEXT), "nowhere");
    assert_shows("  abc\n        clip\n\n\n");
}

static void wide_text_lines_up(void **state)
{
    struct view whole = grid_view(&grid);

    (void)state;
    assert_int_equal(view_text(&whole, 0, 0, style_of(ROLE_TEXT), "\xe6\x97\xa5\xe6\x9c\xac|"), 5);
    assert_int_equal(view_text(&whole, 1, 0, style_of(ROLE_TEXT), "e\xcc\x81|"), 2);
    /* cut in half by the edge: a blank */
    view_text(&whole, 2, 11, style_of(ROLE_TEXT), "\xe6\x97\xa5");
    assert_int_equal(grid_cell(&grid, 0, 0)->columns, 2);
    assert_int_equal(grid_cell(&grid, 0, 1)->len, 0);
    assert_int_equal(grid_cell(&grid, 0, 4)->text[0], '|');
    assert_int_equal(grid_cell(&grid, 1, 1)->text[0], '|');
    assert_shows("\xe6\x97\xa5\xe6\x9c\xac|\ne\xcc\x81|\n\n\n");
}

static void half_a_wide_grapheme_is_never_left(void **state)
{
    struct view whole = grid_view(&grid);

    (void)state;
    for (int at = 0; at < 4; at++) {
        view_text(&whole, 0, 0, style_of(ROLE_TEXT), "\xe6\x97\xa5\xe6\x9c\xac");
        view_text(&whole, 0, at, style_of(ROLE_TEXT), "x");
        assert_true(grid_is_sound(&grid));
        view_text(&whole, 0, 0, style_of(ROLE_TEXT), "abcd");
        view_text(&whole, 0, at, style_of(ROLE_TEXT), "\xe6\x97\xa5");
        assert_true(grid_is_sound(&grid));
    }
}

static void control_characters_are_shown(void **state)
{
    struct view whole = grid_view(&grid);

    (void)state;
    view_bytes(&whole, 0, 0, style_of(ROLE_TEXT), "a\033[2Jb\0c", 8);
    for (int i = 0; i < grid.rows * grid.cols; i++)
        for (int k = 0; k < grid.cells[i].len; k++)
            assert_true((unsigned char)grid.cells[i].text[k] >= 0x20);
    assert_shows("a^[[2Jb^@c\n\n\n\n");
}

static void scrolls_sideways(void **state)
{
    struct view whole = grid_view(&grid);

    (void)state;
    view_bytes_from(&whole, 0, 3, 2, style_of(ROLE_TEXT), "abcdef", 6);
    view_bytes_from(&whole, 1, 3, 1, style_of(ROLE_TEXT), "\xe6\x97\xa5x", 4);
    view_bytes_from(&whole, 2, 3, 100, style_of(ROLE_TEXT), "abcdef", 6);
    assert_shows("   cdef\n    x\n\n\n");
}

/* Whatever bytes come, cells stay whole. */
static void any_bytes_leave_it_sound(void **state)
{
    struct view whole = grid_view(&grid);
    uint32_t random = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        char bytes[40];

        for (size_t i = 0; i < sizeof bytes; i++) {
            random = random * 1664525u + 1013904223u;
            bytes[i] = (char)(random >> 24);
        }
        view_bytes_from(&whole, round % 4, round % 12, (size_t)round % 7, style_of(ROLE_TEXT), bytes, sizeof bytes);
        assert_true(grid_is_sound(&grid));
    }
}

static void wraps_at_blanks(void **state)
{
    struct view whole = grid_view(&grid);

    (void)state;
    assert_int_equal(view_wrap(&whole, 0, 0, 4, style_of(ROLE_TEXT), "one two three unbreakablylong"), 4);
    assert_shows("one two\nthree\nunbreakablyl\nong\n");
}

static void styles_are_dumped(void **state)
{
    struct view whole = grid_view(&grid);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    view_text(&whole, 0, 0, style_of(ROLE_FAULT), "no");
    view_add_attrs(&whole, 0, 1, 1, ATTR_REVERSE);
    dump_grid(&grid, true, out);
    fclose(out);
    assert_string_equal(text, "no\n~eE\n\n\n\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(draws_and_clips, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wide_text_lines_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_wide_grapheme_is_never_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(control_characters_are_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(scrolls_sideways, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_bytes_leave_it_sound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wraps_at_blanks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(styles_are_dumped, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
