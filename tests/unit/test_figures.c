#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "measure/figures.h"

static void rows_come_back_as_they_went_in(void **state)
{
    (void)state;
    struct lw_figures *figures;
    assert_int_equal(figures_new(&figures, NULL), 0);
    assert_int_equal(lw_figures_count(figures), 0);
    char name[] = "shapes", part[] = "E12.1";
    struct lw_figure row = FIGURE_INIT;
    row.name = name;
    row.part = part;
    row.value = .5;
    assert_int_equal(figures_add(figures, &row, NULL), 0);
    row.part = NULL;
    row.note = NULL;
    row.value = .75;
    row.low = .9;
    row.verdict = figure_verdict(row.value, row.low, row.high);
    row.n = 7;
    assert_int_equal(figures_add(figures, &row, NULL), 0);
    memset(name, 'x', 6);
    memset(part, 'x', 5);
    struct lw_figure got;
    assert_int_equal(lw_figures_get(figures, 0, &got, NULL), 0);
    assert_string_equal(got.name, "shapes");
    assert_string_equal(got.part, "E12.1");
    assert_int_equal(got.verdict, -1);
    assert_true(isnan(got.low) && isnan(got.high));
    assert_int_equal(lw_figures_get(figures, 1, &got, NULL), 0);
    assert_string_equal(got.part, "");
    assert_string_equal(got.note, "");
    assert_int_equal(got.verdict, 0);
    assert_int_equal(got.n, 7);
    assert_int_equal(lw_figures_get(figures, 2, &got, NULL), LW_ERR_NOT_FOUND);
    /* The whole figure, not its part; nothing of a name that is not there. */
    assert_true(lw_figures_value(figures, "shapes") == .75);
    assert_true(isnan(lw_figures_value(figures, "pairs")));
    lw_figures_free(figures);
}

static void means_are_of_measured_parts(void **state)
{
    (void)state;
    struct lw_figures *figures;
    uint64_t n;
    assert_int_equal(figures_new(&figures, NULL), 0);
    assert_true(isnan(figures_mean(figures, "shapes", &n)));
    assert_int_equal(n, 0);
    assert_int_equal(figures_put(figures, "shapes", "a", .5, 1, NULL, NULL), 0);
    assert_int_equal(figures_put(figures, "shapes", "b", 1, 1, NULL, NULL), 0);
    assert_int_equal(figures_put(figures, "shapes", "c", NAN, 1, NULL, NULL), 0);
    assert_int_equal(figures_put(figures, "pairs", "d", 0, 1, NULL, NULL), 0);
    assert_int_equal(figures_put(figures, "shapes", "", 0, 1, NULL, NULL), 0);
    assert_true(figures_mean(figures, "shapes", &n) == .75);
    assert_int_equal(n, 2);
    lw_figures_free(figures);
}

static void texts_are_printable(void **state)
{
    (void)state;
    struct lw_figures *figures;
    assert_int_equal(figures_new(&figures, NULL), 0);
    struct lw_figure row = FIGURE_INIT, got;
    row.name = "leaked";
    row.part = "a\x1b[2Jb";
    row.note = "\xff\n";
    assert_int_equal(figures_add(figures, &row, NULL), 0);
    assert_int_equal(lw_figures_get(figures, 0, &got, NULL), 0);
    for (const char *at = got.part; *at != '\0'; at++)
        assert_true((unsigned char)*at >= ' ');
    assert_string_equal(got.note, "<ff>^J");
    lw_figures_free(figures);
    lw_figures_free(NULL);
}

static void verdicts(void **state)
{
    (void)state;
    assert_int_equal(figure_verdict(.5, NAN, NAN), -1);
    assert_int_equal(figure_verdict(NAN, 0, 1), -1);
    assert_int_equal(figure_verdict(.5, .5, NAN), 1);
    assert_int_equal(figure_verdict(.5, NAN, .5), 1);
    assert_int_equal(figure_verdict(.1 + .2, .3, .3), 1);
    assert_int_equal(figure_verdict(.49, .5, 1), 0);
    assert_int_equal(figure_verdict(1.01, .5, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_back_as_they_went_in),
        cmocka_unit_test(means_are_of_measured_parts),
        cmocka_unit_test(texts_are_printable),
        cmocka_unit_test(verdicts),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
