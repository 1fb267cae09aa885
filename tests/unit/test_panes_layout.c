#include "ui/app/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Marks the rectangle's cells; fails when one is outside the screen or marked already. */
static void mark(unsigned char *cells, int rows, int cols, struct rect area)
{
    for (int row = area.row; row < area.row + area.rows; row++)
        for (int col = area.col; col < area.col + area.cols; col++) {
            assert_in_range(row, 0, rows - 1);
            assert_in_range(col, 0, cols - 1);
            assert_int_equal(cells[row * cols + col], 0);
            cells[row * cols + col] = 1;
        }
}

static void check(int rows, int cols, const struct layout_wish *wish)
{
    unsigned char *cells = calloc((size_t)rows * (size_t)cols, 1);
    struct layout layout;
    bool is_pane_there = false;
    size_t n_free = 0;

    assert_non_null(cells);
    layout_compute(rows, cols, wish, &layout);
    mark(cells, rows, cols, layout.header);
    mark(cells, rows, cols, layout.tabs);
    mark(cells, rows, cols, layout.lesson);
    mark(cells, rows, cols, layout.hints);
    mark(cells, rows, cols, layout.prompt);
    for (size_t i = 0; i < layout.n_tiles; i++) {
        mark(cells, rows, cols, layout.tiles[i].title);
        mark(cells, rows, cols, layout.tiles[i].inside);
        assert_true(layout.tiles[i].inside.rows >= 1);
        is_pane_there |= layout.tiles[i].pane == wish->pane;
    }
    assert_true(is_pane_there);
    for (int i = 0; i < rows * cols; i++)
        n_free += cells[i] == 0;
    /* all of the screen is used, but for the line between tiles */
    assert_true(n_free <= (layout.is_tiled ? (size_t)rows : 0));
    free(cells);
}

static void nothing_overlaps_at_any_size(void **state)
{
    (void)state;
    for (int rows = 1; rows <= 60; rows++)
        for (int cols = 1; cols <= 200; cols += 7)
            for (int pane = 0; pane < PANE_COUNT; pane++)
                for (int zoomed = 0; zoomed < 2; zoomed++) {
                    struct layout_wish wish = {(enum pane_id)pane, PANE_LOGS, zoomed != 0, rows % 2 ? 6 : 0};

                    check(rows, cols, &wish);
                }
}

static void tiles_from_their_size_on(void **state)
{
    struct layout_wish wish = {PANE_LOGS, PANE_LOGS, false, 0};
    struct layout layout;

    (void)state;
    layout_compute(40, 120, &wish, &layout);
    assert_true(layout.is_tiled);
    assert_int_equal(layout.n_tiles, 4);
    layout_compute(40, 119, &wish, &layout);
    assert_false(layout.is_tiled);
    layout_compute(39, 120, &wish, &layout);
    assert_false(layout.is_tiled);
    wish.is_zoomed = true;
    layout_compute(50, 160, &wish, &layout);
    assert_int_equal(layout.n_tiles, 1);
}

static void a_small_screen_keeps_its_pane(void **state)
{
    struct layout_wish wish = {PANE_LOGS, PANE_LOGS, false, 6};
    struct layout layout;

    (void)state;
    layout_compute(10, 40, &wish, &layout);
    assert_int_equal(layout.tiles[0].inside.rows, 6);
    assert_int_equal(layout.lesson.rows, 0);
    layout_compute(24, 80, &wish, &layout);
    assert_int_equal(layout.tiles[0].inside.rows, 14);
    assert_int_equal(layout.lesson.rows, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_overlaps_at_any_size),
        cmocka_unit_test(tiles_from_their_size_on),
        cmocka_unit_test(a_small_screen_keeps_its_pane),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
