#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "cmd/words.h"

static void assert_words(const char *line, const char *const *expected, size_t n)
{
    struct words words;

    assert_int_equal(words_split(line, strlen(line), &words), 0);
    assert_null(words.problem);
    assert_int_equal(words.n, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(words.items[i], expected[i]);
    words_release(&words);
}

static void parts_and_quotes(void **state)
{
    (void)state;
    assert_words("", NULL, 0);
    assert_words(" \t ", NULL, 0);
    assert_words("parse x.log", (const char *[]){"parse", "x.log"}, 2);
    assert_words("  a   b  ", (const char *[]){"a", "b"}, 2);
    assert_words("a 'b  c' \"d \\\" e\" f\\ g", (const char *[]){"a", "b  c", "d \" e", "f g"}, 4);
    assert_words("--trace='(\\d+)'", (const char *[]){"--trace=(\\d+)"}, 1);
    assert_words("a '' b", (const char *[]){"a", "", "b"}, 3);
}

static void expands_nothing(void **state)
{
    (void)state;
    assert_words("$HOME `id` *.c ~ a;b|c", (const char *[]){"$HOME", "`id`", "*.c", "~", "a;b|c"}, 5);
}

static void says_what_is_unfinished(void **state)
{
    const char *const lines[] = {"a \"b", "a 'b", "a b\\"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct words words;

        assert_int_equal(words_split(lines[i], strlen(lines[i]), &words), 0);
        assert_non_null(words.problem);
        assert_int_equal(words.n, 2);
        assert_string_equal(words.items[1], "b");
        assert_false(words.has_blank_end);
        words_release(&words);
    }
}

/* Every one-byte word costs two bytes of text: the tightest line there is. */
static void fills_its_memory_exactly(void **state)
{
    char line[201];
    struct words words;

    (void)state;
    for (size_t i = 0; i < 200; i++)
        line[i] = i % 2 == 0 ? 'x' : ' ';
    line[200] = 'y';
    assert_int_equal(words_split(line, sizeof line, &words), 0);
    assert_int_equal(words.n, 101);
    assert_string_equal(words.items[100], "y");
    words_release(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_and_quotes),
        cmocka_unit_test(expands_nothing),
        cmocka_unit_test(says_what_is_unfinished),
        cmocka_unit_test(fills_its_memory_exactly),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
