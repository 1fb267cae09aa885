#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "logwright.h"
#include "tests/lib/packing.h"

static char top[] = "/tmp/logwright-test-XXXXXX";

static void put(const char *name, const void *data, size_t len)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    fclose(file);
}

static struct lw_paths *expand(const char *const *args, size_t n)
{
    struct lw_paths *paths = NULL;
    struct lw_error err = {0};
    if (lw_paths_expand(args, n, NULL, &paths, &err) != 0)
        fail_msg("%s", err.text);
    return paths;
}

/* The list, names parted by blanks. */
static void gives(const char *argument, const char *expected)
{
    struct lw_paths *paths = expand(&argument, 1);
    char text[1000] = "";
    size_t n;
    const char *const *list = lw_paths_list(paths, &n);
    for (size_t i = 0; i < n; i++) {
        strcat(text, i > 0 ? " " : "");
        strcat(text, list[i]);
    }
    assert_string_equal(text, expected);
    lw_paths_free(paths);
}

static bool has_remark(const struct lw_paths *paths, const char *remark)
{
    for (size_t i = 0; lw_paths_remark(paths, i) != NULL; i++)
        if (strcmp(lw_paths_remark(paths, i), remark) == 0)
            return true;
    return false;
}

static void folders_give_their_logs(void **state)
{
    (void)state;
    gives("logs", "logs/app.log logs/app.log.1 logs/app.log.2.gz logs/deep/er/x.log logs/empty");
    gives("logs/", "logs/app.log logs/app.log.1 logs/app.log.2.gz logs/deep/er/x.log logs/empty");
    const char *argument = "logs";
    struct lw_paths *paths = expand(&argument, 1);
    assert_true(has_remark(paths, "logs/core: left out: binary data, not text"));
    assert_true(has_remark(paths, "logs/core.xz: left out: binary data, not text"));
    assert_true(has_remark(paths, "logs/current: left out: the same file as logs/app.log"));
    assert_true(has_remark(paths, "logs: left out: 1 hidden, named .*"));
    assert_true(has_remark(paths, "logs: left out: 2 links to folders, pipes or devices"));
    assert_true(has_remark(paths, "logs/lost: No such file or directory"));
    assert_null(lw_paths_remark(paths, 6));
    lw_paths_free(paths);
}

static void patterns_give_what_matches(void **state)
{
    (void)state;
    gives("logs/app.log*", "logs/app.log logs/app.log.1 logs/app.log.2.gz");
    gives("logs/de*", "logs/deep/er/x.log");
    gives("odd[1].log", "odd[1].log"); /* a file of that name comes first */
}

static void what_is_named_stays(void **state)
{
    (void)state;
    gives("-", "-");
    gives("absent.log", "absent.log");
    gives("logs/core", "logs/core");
    gives("logs/current", "logs/current");
    const char *const twice[] = {"logs/app.log", "logs", "logs/app.log"};
    struct lw_paths *paths = expand(twice, 3);
    size_t n;
    const char *const *list = lw_paths_list(paths, &n);
    assert_int_equal(n, 6); /* both that were named, but none a third time */
    assert_string_equal(list[0], "logs/app.log");
    assert_string_equal(list[5], "logs/app.log");
    lw_paths_free(paths);
}

static void nothing_found_is_an_error(void **state)
{
    (void)state;
    static const char *const arguments[] = {"none", "absent*.log", "hidden"};
    static const char *const words[] = {"no log is in this folder", "no file matches", "1 hidden"};
    for (size_t i = 0; i < 3; i++) {
        struct lw_paths *paths = NULL;
        struct lw_error err;
        assert_int_equal(lw_paths_expand(&arguments[i], 1, NULL, &paths, &err), LW_ERR_NOT_FOUND);
        assert_null(paths);
        if (strstr(err.text, words[i]) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", err.text, words[i]);
    }
}

static int set_up(void **state)
{
    (void)state;
    static const char log[] = "2026-01-02 10:00:00 INFO started\n";
    static unsigned char packed[8192];
    char data[4096];
    if (mkdtemp(top) == NULL || chdir(top) != 0)
        return 1;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 7);
    mkdir("logs", 0700);
    mkdir("logs/deep", 0700);
    mkdir("logs/deep/er", 0700);
    mkdir("none", 0700);
    mkdir("hidden", 0700);
    put("logs/app.log", log, sizeof log - 1);
    put("logs/app.log.1", log, sizeof log - 1);
    put("logs/app.log.2.gz", packed, pack_gzip(log, sizeof log - 1, packed, sizeof packed));
    put("logs/deep/er/x.log", log, sizeof log - 1);
    put("logs/empty", "", 0);
    put("logs/.hidden", log, sizeof log - 1);
    put("hidden/.log", log, sizeof log - 1);
    put("logs/core", data, sizeof data);
    put("logs/core.xz", packed, pack_xz(data, sizeof data, packed, sizeof packed));
    put("odd[1].log", log, sizeof log - 1);
    return symlink("app.log", "logs/current") != 0 || symlink("absent", "logs/lost") != 0 ||
           symlink(".", "logs/loop") != 0 || mkfifo("logs/pipe", 0600) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"logs/app.log", "logs/app.log.1", "logs/app.log.2.gz", "logs/deep/er/x.log",
                                        "logs/empty",   "logs/.hidden",   "hidden/.log",       "logs/core",
                                        "logs/core.xz", "logs/current",   "logs/lost",         "logs/loop",
                                        "logs/pipe",    "odd[1].log"};
    static const char *const folders[] = {"logs/deep/er", "logs/deep", "logs", "none", "hidden"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(names[i]);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        rmdir(folders[i]);
    return chdir("/") != 0 || rmdir(top) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_give_their_logs),
        cmocka_unit_test(patterns_give_what_matches),
        cmocka_unit_test(what_is_named_stays),
        cmocka_unit_test(nothing_found_is_an_error),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
