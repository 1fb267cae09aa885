#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/output.h"
#include "tests/lib/scratch.h"

static void assert_content(const char *path, const char *expected)
{
    char text[100];
    FILE *file = fopen(path, "r");
    size_t n;

    assert_non_null(file);
    n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    assert_string_equal(text, expected);
}

static void replaces_a_file_as_a_whole(void **state)
{
    const char *path = scratch_write("old", "old", 3);
    struct output output;

    (void)state;
    assert_int_equal(output_open(path, stdout, &output), 0);
    fputs("new", output.file);
    fflush(output.file);
    assert_content(path, "old");
    assert_int_equal(output_close(&output, 1), 0);
    assert_content(path, "new");
}

static void leaves_the_old_file_after_a_failure(void **state)
{
    char *path = strdup(scratch_write("kept", "old", 3));
    char *temporary;
    struct output output;

    (void)state;
    assert_int_equal(output_open(path, stdout, &output), 0);
    fputs("half", output.file);
    temporary = strdup(output.temporary);
    assert_int_equal(output_close(&output, 0), 0);
    assert_content(path, "old");
    assert_int_equal(access(temporary, F_OK), -1);
    free(temporary);
    free(path);
}

static void tells_of_a_full_disk(void **state)
{
    struct output output;

    (void)state;
    if (access("/dev/full", W_OK) != 0) {
        print_message("# skipped: there is no /dev/full\n");
        return;
    }
    assert_int_equal(output_open("/dev/full", stdout, &output), 0);
    fputs("text", output.file);
    assert_int_equal(output_close(&output, 1), -1);
    assert_int_equal(errno, ENOSPC);
}

static void tells_of_a_folder_that_is_not_there(void **state)
{
    struct output output;

    (void)state;
    assert_int_equal(output_open(scratch_path("no/such"), stdout, &output), -1);
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaces_a_file_as_a_whole),
        cmocka_unit_test(leaves_the_old_file_after_a_failure),
        cmocka_unit_test(tells_of_a_full_disk),
        cmocka_unit_test(tells_of_a_folder_that_is_not_there),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
