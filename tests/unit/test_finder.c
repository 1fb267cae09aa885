#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "base/rng.h"
#include "input/finder.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static size_t naive(const char *text, size_t text_len, bool is_caseless, const char *data, size_t len, size_t from)
{
    for (size_t at = from; at + text_len <= len; at++) {
        size_t i = 0;
        while (i < text_len && (data[at + i] == text[i] || (is_caseless && lower(data[at + i]) == lower(text[i]))))
            i++;
        if (i == text_len)
            return at;
    }
    return SIZE_MAX;
}

static void a_literal_is_found_where_a_slow_search_finds_it(void **state)
{
    char data[400], text[6];
    struct rng rng;
    (void)state;
    rng_init(&rng, 5, 1, 0);
    for (int round = 0; round < 20000; round++) {
        size_t len = rng_u32(&rng) % sizeof data, text_len = 1 + rng_u32(&rng) % sizeof text;
        bool is_caseless = rng_u32(&rng) % 2 != 0;
        struct literal literal;
        for (size_t i = 0; i < len; i++)
            data[i] = "aAbB@`\0 "[rng_u32(&rng) % 8];
        for (size_t i = 0; i < text_len; i++)
            text[i] = "aAbB@`\0 "[rng_u32(&rng) % 8];
        assert_int_equal(literal_init(&literal, text, text_len, is_caseless, NULL), 0);
        size_t from = rng_u32(&rng) % (len + 2);
        assert_int_equal(literal_find(&literal, data, len, from), naive(text, text_len, is_caseless, data, len, from));
        literal_release(&literal);
    }
}

static void requires(const char *regex, const char *expected)
{
    char run[64];
    size_t len = finder_required(regex, strlen(regex), run);
    run[len] = '\0';
    assert_string_equal(run, expected);
}

static void an_expression_tells_what_it_requires(void **state)
{
    (void)state;
    requires("timeout", "timeout");
    requires("time.*out of", "out of");
    requires("a\\.b\\d+ sec", " sec");
    requires("a\\.bc\\d+ se", "a.bc");
    requires("colou?r", "colo");
    requires("ab+c", "ab");
    requires("x{2,3}longer", "longer");
    requires("[a-z]+ failed", " failed");
    requires("[]x] end", " end");
    requires("(?:one|two) three", " three");
    requires("^start", "start");
    requires("a|b", "");
    requires("(?i)abc", "");
    requires("\\Qa.b\\E", "");
    requires("\\x41bc", "");
    requires("(?i:a)bcd", "");
    requires("(*UTF)abc", "");
}

/* What matches contains what is required; else searching for that first would lose matches. */
static void every_match_contains_what_is_required(void **state)
{
    static const char *const pieces[] = {"a", "b",    "ab",    "a?",  "b*",     "a+",   "[ab]",   "(a|b)", "(?:ab)?",
                                         ".", "\\.",  "^",     "$",   "\\w",    "|",    "a{0,1}", "b{2}",  "(?=a)",
                                         "c", "\\bc", "(?!b)", "a??", "(a)\\1", "[^a]", "(?<=a)", "\\Ka"};
    char regex[64], data[24], run[64];
    struct pattern_scratch *scratch;
    struct rng rng;
    size_t n_matches = 0;
    (void)state;
    rng_init(&rng, 6, 1, 0);
    assert_int_equal(pattern_scratch_new(&scratch, NULL), 0);
    for (int round = 0; round < 20000; round++) {
        struct pattern *pattern;
        struct lw_span span;
        regex[0] = '\0';
        for (uint32_t i = 0; i < 1 + rng_u32(&rng) % 6; i++)
            strcat(regex, pieces[rng_u32(&rng) % (sizeof pieces / sizeof *pieces)]);
        size_t len = rng_u32(&rng) % sizeof data, required = finder_required(regex, strlen(regex), run);
        for (size_t i = 0; i < len; i++)
            data[i] = "abc.\n"[rng_u32(&rng) % 5];
        if (pattern_new(regex, strlen(regex), &pattern, NULL) != 0)
            continue;
        if (pattern_match(pattern, data, len, 0, scratch, &span, 1) == 1) {
            n_matches++;
            if (required > 0 && naive(run, required, false, data, len, 0) == SIZE_MAX)
                fail_msg("%s requires \"%.*s\"", regex, (int)required, run);
        }
        pattern_free(pattern);
    }
    assert_true(n_matches > 2000);
    pattern_scratch_free(scratch);
}

static void finds(const char *regex, const char *text, size_t start, size_t len)
{
    struct lw_finder *finder;
    struct lw_span match = {SIZE_MAX, 0};
    assert_int_equal(lw_finder_new(regex, &finder, NULL), 0);
    assert_int_equal(lw_finder_next(finder, text, strlen(text), 0, &match), len > 0);
    if (len > 0) {
        assert_int_equal(match.start, start);
        assert_int_equal(match.len, len);
    }
    lw_finder_free(finder);
}

static void case_counts_only_where_capitals_are_given(void **state)
{
    (void)state;
    finds("fail", "it FAILED", 3, 4);
    finds("Fail", "it FAILED", 0, 0);
    finds("fail(ed|ure)", "it FAILED", 3, 6);
    finds("\\S+ed", "it FAILED", 3, 6);
    finds("b*", "aabb", 2, 2);
    finds("^two$", "one\ntwo\nthree", 4, 3);
}

static void a_wrong_expression_is_named(void **state)
{
    struct lw_finder *finder;
    struct lw_error err;
    (void)state;
    assert_int_equal(lw_finder_new("a(b", &finder, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "\"a(b\""));
    assert_int_equal(lw_finder_new("", &finder, &err), LW_ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_literal_is_found_where_a_slow_search_finds_it),
        cmocka_unit_test(an_expression_tells_what_it_requires),
        cmocka_unit_test(every_match_contains_what_is_required),
        cmocka_unit_test(case_counts_only_where_capitals_are_given),
        cmocka_unit_test(a_wrong_expression_is_named),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
