#include "ui/kit/chart.h"
#include "ui/kit/pager.h"
#include "ui/term/screen.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/shown.h"

static struct grid grid;

static int set_up(void **state)
{
    (void)state;
    return grid_init(&grid, 6, 24);
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

static void gauges_and_sparks(void **state)
{
    const double values[] = {0, 1, 4, 8};
    struct view view = grid_view(&grid);

    (void)state;
    chart_gauge(&view, 0, 0, 10, .25, symbols_get(true));
    chart_gauge(&view, 1, 0, 10, 7, symbols_get(true));
    chart_gauge(&view, 2, 0, 10, NAN, symbols_get(true));
    chart_spark(&view, 3, 0, values, 4, symbols_get(true));
    assert_shows("###.......\n##########\n..........\n _-#\n\n\n");
}

static void a_curve_runs_from_corner_to_corner(void **state)
{
    const struct chart_point points[] = {{0, 1}, {1, 0}};
    struct view view = grid_view(&grid);

    (void)state;
    chart_curve(&view, "x", "y", points, 2, 0, symbols_get(true));
    assert_int_equal(grid_cell(&grid, 0, 4)->text[0], 'o');
    assert_int_equal(grid_cell(&grid, 3, 22)->text[0], '.');
    assert_int_equal(grid_cell(&grid, 4, 3)->text[0], '+');
    assert_true(grid_is_sound(&grid));
}

/* Whatever the points and the room, cells stay whole and nothing is drawn outside. */
static void odd_curves_do_no_harm(void **state)
{
    const struct chart_point points[] = {{-1, 2}, {NAN, .5}, {.5, INFINITY}, {3, -8}, {.2, .2}};

    (void)state;
    for (int rows = 0; rows <= 6; rows++)
        for (int cols = 0; cols <= 24; cols++) {
            struct view whole = grid_view(&grid), view = view_part(&whole, (struct rect){0, 0, rows, cols});

            chart_curve(&view, "recall", "precision", points, 5, 3, symbols_get(cols % 2 == 0));
            assert_true(grid_is_sound(&grid));
        }
}

static void the_matrix_marks_its_cell(void **state)
{
    const uint64_t counts[4] = {[MATRIX_TP] = 5, [MATRIX_FP] = 1, [MATRIX_FN] = 2, [MATRIX_TN] = 7};
    struct view view = grid_view(&grid);

    (void)state;
    chart_matrix(&view, 0, 0, counts, MATRIX_FP, true, symbols_get(true));
    assert_shows("            flagged\nanomalous   TP 5\nnormal     >FP 1\n\n\n\n");
}

static void pages_stop_at_their_ends(void **state)
{
    struct pager pager = {.data = NULL};
    struct view whole = grid_view(&grid), view = view_part(&whole, (struct rect){0, 0, 2, 10});

    (void)state;
    pager_set(&pager, "one\ntwo\n\nfour", 13);
    assert_int_equal(pager.list.count, 4);
    pager_draw(&pager, &view);
    assert_shows("one\ntwo\n\n\n\n\n");
    pager_move(&pager, LIST_LAST);
    grid_clear(&grid);
    pager_draw(&pager, &view);
    assert_shows("\nfour\n\n\n\n\n");
    pager_move(&pager, LIST_DOWN);
    assert_int_equal(pager.list.cursor, 2);
    pager_set(&pager, "", 0);
    assert_int_equal(pager.list.count, 0);
    pager_move(&pager, LIST_PAGE_DOWN);
    pager_draw(&pager, &view);
    pager_release(&pager);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gauges_and_sparks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_curve_runs_from_corner_to_corner, set_up, tear_down),
        cmocka_unit_test_setup_teardown(odd_curves_do_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_matrix_marks_its_cell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pages_stop_at_their_ends, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
