#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "generate/settings.h"

static struct lw_constraints *constraints;
static struct lw_settings *settings;

static int set_up(void **state)
{
    (void)state;
    settings = NULL;
    return lw_constraints_new(&constraints, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    lw_settings_free(settings);
    lw_constraints_free(constraints);
    return 0;
}

static const char *value(const char *path)
{
    lw_settings_free(settings);
    settings = NULL;
    assert_int_equal(lw_constraints_settings(constraints, &settings, NULL), 0);
    return lw_settings_value(settings, path);
}

static void put(const char *path, const char *json)
{
    struct lw_error err = {LW_OK, ""};
    int rc = lw_constraints_put(constraints, path, json, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(rc, 0);
}

static void what_is_set_is_a_row(void **state)
{
    (void)state;
    struct lw_setting row;
    assert_null(value("levels.error"));
    put("levels.error", "0.25");
    put("template_weights.E12", "2");
    assert_string_equal(value("levels.error"), "0.25");
    assert_string_equal(value("template_weights.E12"), "2");
    for (size_t i = 0; i < lw_settings_count(settings); i++) {
        assert_int_equal(lw_settings_get(settings, i, &row, NULL), 0);
        assert_ptr_equal(lw_settings_value(settings, row.path), row.value);
    }
    assert_int_equal(lw_settings_get(settings, lw_settings_count(settings), &row, NULL), LW_ERR_NOT_FOUND);
}

static void what_is_taken_out_is_no_row(void **state)
{
    (void)state;
    put("levels.error", "0.25");
    put("levels.warn", "0.5");
    put("levels.error", NULL);
    assert_null(value("levels.error"));
    assert_string_equal(value("levels.warn"), "0.5");
    put("levels.error", NULL);
}

/* The numbers of the knobs and the text say the same. */
static void rows_and_numbers_agree(void **state)
{
    (void)state;
    double number;
    put("seed", "17");
    assert_int_equal(lw_constraints_get(constraints, "seed", &number, NULL), 0);
    assert_true(number == 17);
    assert_int_equal(lw_constraints_set(constraints, "seed", 18, NULL), 0);
    assert_string_equal(value("seed"), "18");
}

static void a_size_takes_the_place_of_another(void **state)
{
    (void)state;
    put("traces", "250");
    put("records", "5000");
    assert_null(value("traces"));
    assert_string_equal(value("records"), "5000");
    put("duration", "\"1h\"");
    assert_null(value("records"));
    assert_string_equal(value("duration"), "3600");
}

static void an_error_changes_nothing(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {{"levels.error", "7"},   {"levels.error", "{"}, {"levels.nothing", "0.1"},
                                           {"seed.more", "1"},      {"seed", "\"a\""},     {"nothing", "1"},
                                           {"nothing.at.all", "1"}, {"levels", "3"}};
    char before[64];
    put("levels.error", "0.25");
    strcpy(before, value("levels.error"));
    size_t n = lw_settings_count(settings);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct lw_error err = {LW_OK, ""};
        assert_true(lw_constraints_put(constraints, wrong[i][0], wrong[i][1], &err) < 0);
        assert_true(err.text[0] != 0);
        assert_string_equal(value("levels.error"), before);
        assert_int_equal(lw_settings_count(settings), n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_set_is_a_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_taken_out_is_no_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_and_numbers_agree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_size_takes_the_place_of_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_error_changes_nothing, set_up, tear_down),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
