#include "ui/app/actions.h"
#include "ui/term/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint32_t parse(const char *name)
{
    uint32_t key = KEY_NONE;

    return key_parse(name, strlen(name), &key) ? key : KEY_NONE;
}

static void names_are_read(void **state)
{
    (void)state;
    assert_int_equal(parse("j"), 'j');
    assert_int_equal(parse("^D"), 4);
    assert_int_equal(parse("^d"), 4);
    assert_int_equal(parse("space"), ' ');
    assert_int_equal(parse("F1"), KEY_F_FIRST);
    assert_int_equal(parse("f12"), KEY_F_LAST);
    assert_int_equal(parse("F"), 'F');
    assert_int_equal(parse("^"), '^');
    assert_int_equal(parse("\xc3\xa9"), 0xE9);
    assert_int_equal(parse("F13"), KEY_NONE);
    assert_int_equal(parse(""), KEY_NONE);
    assert_int_equal(parse("jj"), KEY_NONE);
    assert_int_equal(parse("\xc3"), KEY_NONE);
}

/* Every key that can be pressed has a name that is read back as the key. */
static void names_go_both_ways(void **state)
{
    char name[16];

    (void)state;
    for (uint32_t key = 1; key < 0x3000; key++)
        assert_int_equal(parse(key_spell(key, name, sizeof name)), key);
    for (uint32_t key = KEY_LEFT_ARROW; key <= KEY_F_LAST; key++)
        assert_int_equal(parse(key_spell(key, name, sizeof name)), key);
}

static struct bindings *bindings;

static int set_up(void **state)
{
    (void)state;
    return bindings_new(&bindings, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    bindings_free(bindings);
    return 0;
}

/* The built-in table: no key means two things in one pane, and every name is one action's. */
static void table_is_unambiguous(void **state)
{
    char keys[128], *rest;

    (void)state;
    for (size_t i = 0; i < action_row_count; i++) {
        assert_ptr_equal(action_find(action_rows[i].name), &action_rows[i]);
        assert_true(strlen(action_rows[i].help) > 0);
        bindings_keys(bindings, i, keys, sizeof keys);
        assert_string_equal(keys, action_rows[i].keys);
        for (char *word = strtok_r(keys, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
            enum pane_id pane = action_rows[i].pane == PANE_ALL ? PANE_OUTPUT : (enum pane_id)action_rows[i].pane;

            assert_int_equal(bindings_action(bindings, pane, parse(word)), action_rows[i].action);
        }
    }
}

static void a_pane_goes_before_all(void **state)
{
    (void)state;
    assert_int_equal(bindings_action(bindings, PANE_LOGS, 't'), ACT_FILTER_TRACE);
    assert_int_equal(bindings_action(bindings, PANE_MACHINE, 't'), ACT_TRACE_LOGS);
    assert_int_equal(bindings_action(bindings, PANE_DETECT, 't'), ACT_NONE);
    assert_int_equal(bindings_action(bindings, PANE_DETECT, 'j'), ACT_DOWN);
}

/* What a hint shows is what the key does there. */
static void a_hint_names_the_key_of_its_pane(void **state)
{
    char key[16];

    (void)state;
    assert_string_equal(bindings_key(bindings, PANE_LOGS, ACT_WHY, key, sizeof key), "w");
    assert_string_equal(bindings_key(bindings, PANE_MACHINE, ACT_DIFF, key, sizeof key), "d");
    assert_string_equal(bindings_key(bindings, PANE_TEMPLATES, ACT_ORDER, key, sizeof key), "o");
    assert_string_equal(bindings_key(bindings, PANE_DETECT, ACT_WHY, key, sizeof key), "");
    for (size_t i = 0; i < action_row_count; i++) {
        enum pane_id pane = action_rows[i].pane == PANE_ALL ? PANE_OUTPUT : (enum pane_id)action_rows[i].pane;

        if (*bindings_key(bindings, pane, action_rows[i].action, key, sizeof key))
            assert_int_equal(bindings_action(bindings, pane, parse(key)), action_rows[i].action);
        else
            assert_string_equal(action_rows[i].keys, "");
    }
    assert_int_equal(bindings_parse(bindings, "keys", "export-tables x", 15, NULL), 0);
    assert_string_equal(bindings_key(bindings, PANE_TABLES, ACT_EXPORT, key, sizeof key), "x");
    assert_string_equal(bindings_key(bindings, PANE_MACHINE, ACT_EXPORT, key, sizeof key), "w");
}

static int read_text(const char *text, struct lw_error *err)
{
    return bindings_parse(bindings, "keys", text, strlen(text), err);
}

static void files_change_keys(void **state)
{
    struct lw_error err;

    (void)state;
    assert_int_equal(read_text("# mine\ndown n Down   # and no j\nhelp\n", &err), 0);
    assert_int_equal(bindings_action(bindings, PANE_LOGS, 'j'), ACT_NONE);
    assert_int_equal(bindings_action(bindings, PANE_LOGS, '?'), ACT_NONE);
    assert_int_equal(bindings_action(bindings, PANE_TEMPLATES, KEY_DOWN_ARROW), ACT_DOWN);
    assert_int_equal(read_text("preset less", &err), 0);
    assert_int_equal(bindings_action(bindings, PANE_LOGS, '?'), ACT_SEARCH_BACK);
    assert_int_equal(bindings_action(bindings, PANE_LOGS, '1'), ACT_NONE);
}

static void errors_say_where(void **state)
{
    struct lw_error err;

    (void)state;
    assert_int_equal(read_text("down j\nfly j\n", &err), LW_ERR_INPUT);
    assert_non_null(strstr(err.text, "keys:2: fly"));
    assert_int_equal(read_text("down Hyper\n", &err), LW_ERR_INPUT);
    assert_non_null(strstr(err.text, "keys:1: Hyper"));
    assert_int_equal(read_text("preset emacs\n", &err), LW_ERR_INPUT);
    assert_non_null(strstr(err.text, "keys:1: emacs"));
    /* what was wrong changed nothing */
    assert_int_equal(bindings_action(bindings, PANE_LOGS, 'j'), ACT_DOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test_setup_teardown(table_is_unambiguous, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pane_goes_before_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hint_names_the_key_of_its_pane, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_change_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(errors_say_where, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
