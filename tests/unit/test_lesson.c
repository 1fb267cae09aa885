#include "ui/app/lesson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/logwright-lesson-XXXXXX";

static int read_text(const char *text, struct lesson **lesson, struct lw_error *err)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return lesson_read(path, lesson, err);
}

static void steps_are_read(void **state)
{
    struct lesson *lesson;

    (void)state;
    assert_int_equal(read_text("# a lesson\ntitle T\nsample x.log\n\nstep One\nDo\nthis.\nuntil pane = logs\n"
                               "step Two\nuntil records > 0\n",
                               &lesson, NULL),
                     0);
    assert_string_equal(lesson_sample(lesson), "x.log");
    assert_int_equal(lesson_step(lesson), 1);
    assert_false(lesson_is_done(lesson));
    lesson_free(lesson);
}

static void errors_name_the_line(void **state)
{
    struct lesson *lesson;
    struct lw_error err;

    (void)state;
    assert_int_equal(read_text("title T\nwhat is this\n", &lesson, &err), LW_ERR_INPUT);
    assert_non_null(strstr(err.text, ":2: "));
    assert_int_equal(read_text("step One\nno end\n", &lesson, &err), LW_ERR_INPUT);
    assert_non_null(strstr(err.text, "One"));
    assert_int_equal(lesson_read("/nowhere/x.lesson", &lesson, &err), LW_ERR_NOT_FOUND);
}

static bool holds(const struct app *app, const char *predicate, bool is_sound)
{
    const char *problem;
    bool result = app_holds(app, predicate, &problem);

    assert_int_equal(problem == NULL, is_sound);
    return result;
}

static void predicates_speak_of_the_state(void **state)
{
    struct app_options options = {.split = "normal:0.5", .seed = 1};
    struct app *app = malloc(sizeof *app);

    (void)state;
    assert_non_null(app);
    assert_int_equal(app_init(app, &options, NULL), 0);
    assert_true(holds(app, "pane = logs", true));
    assert_true(holds(app, "pane = logs and records = 0 and filter = none", true));
    assert_false(holds(app, "pane != logs", true));
    assert_false(holds(app, "records > 0", true));
    assert_true(holds(app, "records >= 0", true));
    assert_false(holds(app, "detect.f1 > 0", true));
    app_show_pane(app, PANE_MACHINE);
    assert_true(holds(app, "pane = machine", true));
    assert_false(holds(app, "weather = fine", false));
    assert_false(holds(app, "pane logs", false));
    assert_false(holds(app, "pane = machine or records = 0", false));
    app_free(app);
    free(app);
}

/* The lessons that ship: each can be read. */
static void shipped_lessons_are_sound(void **state)
{
    const char *source = getenv("top_srcdir");
    char name[1000];
    struct lesson *lesson;

    (void)state;
    if (!source) {
        print_message("# skipped: there are no sources\n");
        return;
    }
    snprintf(name, sizeof name, "%s/help/lessons/01-first.lesson", source);
    assert_int_equal(lesson_read(name, &lesson, NULL), 0);
    lesson_free(lesson);
}

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 || close(fd) != 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_read),
        cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(predicates_speak_of_the_state),
        cmocka_unit_test(shipped_lessons_are_sound),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
