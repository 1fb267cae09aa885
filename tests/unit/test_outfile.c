#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "generate/outfile.h"

static char folder[] = "outfile-XXXXXX";

static int enter(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chdir(folder) != 0 ? -1 : 0;
}

static int leave(void **state)
{
    (void)state;
    unlink("a");
    unlink("link");
    return chdir("..") != 0 || rmdir(folder) != 0 ? -1 : 0;
}

static void assert_holds(const char *path, const char *text)
{
    char got[64] = "";
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    size_t n = fread(got, 1, sizeof got - 1, stream);
    fclose(stream);
    assert_int_equal(n, strlen(text));
    assert_string_equal(got, text);
}

static size_t count_files(void)
{
    size_t n = 0;
    DIR *dir = opendir(".");
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
        n += entry->d_name[0] != '.';
    closedir(dir);
    return n;
}

static void the_old_file_stands_until_the_new_one_is_whole(void **state)
{
    (void)state;
    struct outfile file;
    assert_int_equal(outfile_save("a", "old", 3, NULL), 0);
    assert_int_equal(outfile_open(&file, "a", NULL), 0);
    assert_int_equal(outfile_write(&file, "new", 3, NULL), 0);
    assert_holds("a", "old");
    assert_int_equal(outfile_commit(&file, NULL), 0);
    assert_holds("a", "new");
    assert_int_equal(outfile_open(&file, "a", NULL), 0);
    assert_int_equal(outfile_write(&file, "worse", 5, NULL), 0);
    outfile_abort(&file);
    assert_holds("a", "new");
    assert_int_equal(count_files(), 1);
}

static void links_are_followed(void **state)
{
    (void)state;
    struct stat there;
    assert_int_equal(outfile_save("a", "x", 1, NULL), 0);
    assert_int_equal(symlink("a", "link"), 0);
    assert_int_equal(outfile_save("link", "through", 7, NULL), 0);
    assert_holds("a", "through");
    assert_int_equal(lstat("link", &there), 0);
    assert_true(S_ISLNK(there.st_mode));
    assert_int_equal(count_files(), 2);
}

static void what_cannot_be_written_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    struct lw_error err;
    size_t before = count_files();
    assert_int_equal(outfile_save("no/such/place", "x", 1, &err), LW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no/such/place"));
    assert_int_equal(outfile_save("/dev/full", "x", 1, &err), LW_ERR_IO);
    assert_int_not_equal(outfile_save(".", "x", 1, &err), 0);
    assert_int_equal(outfile_save("/dev/null", "x", 1, &err), 0);
    assert_int_equal(count_files(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_old_file_stands_until_the_new_one_is_whole),
        cmocka_unit_test(links_are_followed),
        cmocka_unit_test(what_cannot_be_written_is_said_and_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, enter, leave);
}
