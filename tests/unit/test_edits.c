#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "learn/edits.h"

/* Undone rows are the last ones: this is what makes undo and redo a pair. */
static void assert_sane(const struct edits *edits)
{
    for (size_t i = 1; i < edits->n; i++)
        assert_true(!edits->items[i - 1].is_undone || edits->items[i].is_undone);
}

static int add_rename(struct edits *edits, const char *name)
{
    const char *args[] = {"E1", name};
    return edits_add(edits, "rename", args, 2, NULL);
}

static void undoes_and_redoes(void **state)
{
    (void)state;
    struct edits edits = {NULL, 0, 0, 0};
    struct lw_error err;
    assert_int_equal(edits_undo(&edits, &err), LW_ERR_NOT_FOUND);
    assert_int_equal(add_rename(&edits, "a"), 0);
    assert_int_equal(add_rename(&edits, "b"), 0);
    assert_int_equal(edits_redo(&edits, &err), LW_ERR_NOT_FOUND);
    assert_int_equal(edits_undo(&edits, NULL), 0);
    assert_sane(&edits);
    assert_true(edits.items[1].is_undone && !edits.items[0].is_undone);
    assert_int_equal(edits_redo(&edits, NULL), 0);
    assert_false(edits.items[1].is_undone);
    assert_int_equal(edits_undo(&edits, NULL), 0);
    assert_int_equal(edits_undo(&edits, NULL), 0);
    assert_sane(&edits);
    assert_int_equal(add_rename(&edits, "c"), 0); /* ends what could be redone */
    assert_int_equal(edits.n, 1);
    assert_string_equal(edits.items[0].args[1], "c");
    assert_int_equal(edits_redo(&edits, NULL), LW_ERR_NOT_FOUND);
    edits_release(&edits);
}

static void copies_are_apart(void **state)
{
    (void)state;
    struct edits edits = {NULL, 0, 0, 0}, copy;
    assert_int_equal(add_rename(&edits, "a"), 0);
    assert_int_equal(edits_undo(&edits, NULL), 0);
    assert_int_equal(edits_copy(&edits, &copy, NULL), 0);
    assert_int_equal(edits_redo(&edits, NULL), 0);
    edits_release(&edits);
    assert_int_equal(copy.n, 1);
    assert_true(copy.items[0].is_undone);
    assert_string_equal(copy.items[0].kind, "rename");
    assert_string_equal(copy.items[0].args[1], "a");
    edits_release(&copy);
}

static void refuses_nonsense(void **state)
{
    (void)state;
    struct edits edits = {NULL, 0, 0, 0};
    struct lw_error err;
    const char *args[EDIT_MAX_ARGS + 1] = {"E1", "E2", "E3"};
    assert_int_equal(edits_add(&edits, "paint", args, 2, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "paint"));
    assert_int_equal(edits_add(&edits, "rename", args, 1, &err), LW_ERR_USAGE);
    assert_int_equal(edits_add(&edits, "merge", args, 1, &err), LW_ERR_USAGE);
    assert_int_equal(edits_add(&edits, "merge", args, EDIT_MAX_ARGS + 1, &err), LW_ERR_USAGE);
    assert_int_equal(edits_add(&edits, "split", args, 3, &err), LW_ERR_USAGE);
    assert_int_equal(edits.n, 0);
    edits_release(&edits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undoes_and_redoes),
        cmocka_unit_test(copies_are_apart),
        cmocka_unit_test(refuses_nonsense),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
