#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "logwright.h"
#include "tests/lib/scratch.h"

static const char early[] = "2024-03-01 00:00:00 INFO db: began\n"
                            "2024-03-01 00:00:02 INFO db: went on\n";
static const char lines[] = "2024-03-01 00:00:01 INFO web: request 1 came\n"
                            "2024-03-01 00:00:03 INFO web: request 2 came\n"
                            "2024-03-01 00:00:04 INFO web: request 1 went\n"
                            "2024-03-01 00:00:05 INFO web: request 2 went\n";

static struct lw_log *open_log(const char *const *paths, size_t n)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_log *log = NULL;

    assert_int_equal(lw_log_open(paths, n, &options, NULL, &log, NULL), 0);
    return log;
}

static struct lw_log *open_lines(void)
{
    const char *path = scratch_write("lines.log", lines, sizeof lines - 1);

    return open_log(&path, 1);
}

static struct lw_workspace *learn(const struct lw_log *log)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_workspace *workspace = NULL;

    options.trace = "request (\\d+)";
    assert_int_equal(lw_workspace_learn(log, &options, NULL, &workspace, NULL), 0);
    return workspace;
}

/* Asserts that the marks are "RECORD:NOTE ..." and that every one is found by its record. */
static void assert_marks(const struct lw_workspace *workspace, const struct lw_log *log, const char *expected)
{
    struct lw_marks *marks;
    char text[200] = "";
    size_t len = 0;

    assert_int_equal(lw_workspace_marks(workspace, log, &marks, NULL), 0);
    for (size_t i = 0; i < lw_marks_count(marks); i++) {
        struct lw_mark mark;

        assert_int_equal(lw_marks_get(marks, i, &mark, NULL), 0);
        assert_int_equal(lw_marks_seek(marks, mark.record), i);
        assert_int_equal(lw_marks_seek(marks, mark.record + 1), i + 1);
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%d:%.*s", i > 0 ? " " : "", (int)mark.record,
                                (int)mark.note.len, mark.note.data);
    }
    assert_string_equal(text, expected);
    assert_int_equal(lw_marks_get(marks, lw_marks_count(marks), &(struct lw_mark){0}, NULL), LW_ERR_NOT_FOUND);
    lw_marks_free(marks);
}

static void mark(struct lw_workspace **workspace, const struct lw_log *log, uint64_t record, const char *note)
{
    struct lw_workspace *next;

    assert_int_equal(lw_workspace_mark(*workspace, log, record, note, &next, NULL), 0);
    assert_true(lw_workspace_has_same_model(next, *workspace));
    lw_workspace_free(*workspace);
    *workspace = next;
}

static void step(struct lw_workspace **workspace,
                 int (*go)(const struct lw_workspace *, struct lw_workspace **, struct lw_error *))
{
    struct lw_workspace *next;

    assert_int_equal(go(*workspace, &next, NULL), 0);
    lw_workspace_free(*workspace);
    *workspace = next;
}

static void marks_and_takes_back(void **state)
{
    struct lw_log *log = open_lines();
    struct lw_workspace *workspace = learn(log), *other = lw_workspace_retain(workspace);

    (void)state;
    assert_marks(workspace, log, "");
    mark(&workspace, log, 3, "");
    mark(&workspace, log, 1, "why \"so\"?\n");
    assert_marks(workspace, log, "1:why \"so\"?\n 3:");
    assert_false(lw_workspace_has_same_edits(workspace, other));
    mark(&workspace, log, 3, "the end");
    assert_marks(workspace, log, "1:why \"so\"?\n 3:the end");
    mark(&workspace, log, 1, NULL);
    assert_marks(workspace, log, "3:the end");
    step(&workspace, lw_workspace_undo);
    assert_marks(workspace, log, "1:why \"so\"?\n 3:the end");
    step(&workspace, lw_workspace_undo);
    assert_marks(workspace, log, "1:why \"so\"?\n 3:");
    step(&workspace, lw_workspace_redo);
    assert_marks(workspace, log, "1:why \"so\"?\n 3:the end");
    assert_int_equal(lw_workspace_mark(workspace, log, 4, "", &(struct lw_workspace *){NULL}, NULL), LW_ERR_NOT_FOUND);
    lw_workspace_free(other); /* what lends the model goes before those that borrow it */
    assert_int_equal(lw_template_count(workspace), 2);
    lw_workspace_free(workspace);
    lw_log_free(log);
}

static void stands_beside_edits_of_templates(void **state)
{
    struct lw_log *log = open_lines();
    struct lw_workspace *workspace = learn(log), *edited;
    const char *args[] = {"E1", "arrival"};
    struct lw_summary summary;

    (void)state;
    mark(&workspace, log, 0, "first");
    assert_int_equal(lw_workspace_edit(workspace, "rename", args, 2, &edited, NULL), 0);
    assert_false(lw_workspace_has_same_model(workspace, edited));
    mark(&edited, log, 2, "");
    assert_marks(edited, log, "0:first 2:");
    lw_workspace_summary(edited, &summary);
    assert_int_equal(summary.edits, 1);
    assert_int_equal(summary.idle_edits, 0);
    step(&edited, lw_workspace_undo);
    step(&edited, lw_workspace_undo);
    assert_marks(edited, log, "0:first");
    assert_true(lw_workspace_has_same_edits(workspace, edited));
    lw_workspace_free(edited);
    lw_workspace_free(workspace);
    lw_log_free(log);
}

/* Under another number, since another source was merged in; in another folder; and in a log that has not got it. */
static void finds_records_again(void **state)
{
    struct lw_log *log = open_lines();
    struct lw_workspace *workspace = learn(log), *opened;
    struct lw_marks *marks;
    const char *paths[2], *path = scratch_path("marked.lw");

    (void)state;
    mark(&workspace, log, 3, "late");
    mark(&workspace, log, 1, "");
    assert_int_equal(lw_workspace_save(workspace, path, NULL), 0);
    lw_workspace_free(workspace);
    assert_int_equal(lw_workspace_open(scratch_path("marked.lw"), NULL, &opened, NULL), 0);
    assert_marks(opened, log, "1: 3:late");
    lw_log_free(log);

    paths[0] = strdup(scratch_write("early.log", early, sizeof early - 1));
    paths[1] = strdup(scratch_write("lines.log", lines, sizeof lines - 1));
    log = open_log(paths, 2);
    assert_marks(opened, log, "3: 5:late");
    lw_log_free(log);
    log = open_log(paths, 1);
    assert_marks(opened, log, "");
    assert_int_equal(lw_workspace_marks(opened, log, &marks, NULL), 0);
    assert_int_equal(lw_marks_lost(marks), 2);
    lw_marks_free(marks);
    lw_log_free(log);
    lw_workspace_free(opened);
    free((char *)paths[0]);
    free((char *)paths[1]);
}

static void joins_the_marks_of_shards(void **state)
{
    struct lw_log *log = open_lines();
    struct lw_workspace *parts[2] = {learn(log), learn(log)}, *merged;

    (void)state;
    mark(&parts[0], log, 0, "a");
    mark(&parts[1], log, 2, "b");
    assert_int_equal(lw_workspace_merge((const struct lw_workspace *const *)parts, 2, NULL, &merged, NULL), 0);
    assert_marks(merged, log, "0:a 2:b");
    lw_workspace_free(parts[0]);
    lw_workspace_free(parts[1]);
    lw_workspace_free(merged);
    lw_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_and_takes_back),
        cmocka_unit_test(stands_beside_edits_of_templates),
        cmocka_unit_test(finds_records_again),
        cmocka_unit_test(joins_the_marks_of_shards),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
