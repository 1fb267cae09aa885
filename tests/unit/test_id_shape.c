#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "input/pattern.h"
#include "learn/id_shape.h"

static void tokens_are_cut_with_the_word_before_them(void **state)
{
    (void)state;
    const char *text = "user=bob [instance: 7f-3] took -12 ms. blk_-5, x";
    const char *expected[] = {"user", "",    "bob", "user=", "instance", "",       "7f-3", "instance: ", "took",
                              "",     "-12", "",    "ms",    "",         "blk_-5", "",     "x",          ""};
    size_t at = 0, n = 0;
    struct id_token token;
    while (id_token_next(text, strlen(text), &at, &token)) {
        assert_true(n < sizeof expected / sizeof *expected);
        assert_int_equal(token.len, strlen(expected[n]));
        assert_memory_equal(token.data, expected[n++], token.len);
        const char *key = expected[n++];
        if (key[0] != '\0') {
            assert_int_equal(token.key_len, strlen(key));
            assert_memory_equal(token.key, key, token.key_len);
        }
    }
    assert_int_equal(n, sizeof expected / sizeof *expected);
    at = 0;
    assert_false(id_token_next("", 0, &at, &token));
    at = 0;
    assert_false(id_token_next("\0\xff--..", 6, &at, &token));
}

static bool shape_of(const char *text, struct buf *shape, unsigned *flags)
{
    size_t at = 0;
    struct id_token token;
    buf_clear(shape);
    assert_true(id_token_next(text, strlen(text), &at, &token));
    return id_shape(&token, shape, flags);
}

static void assert_same_shape(const char *one, const char *other, bool is_same)
{
    struct buf a = BUF_INIT, b = BUF_INIT;
    unsigned flags;
    assert_true(shape_of(one, &a, &flags));
    assert_true(shape_of(other, &b, &flags));
    assert_int_equal(a.len == b.len && memcmp(a.data, b.data, a.len) == 0, is_same);
    buf_release(&a);
    buf_release(&b);
}

static void ids_of_one_kind_share_a_shape(void **state)
{
    (void)state;
    assert_same_shape("blk_-1608999687919862906", "blk_77", true);
    assert_same_shape("blk_77", "job_77", false);
    assert_same_shape("application_1445062781478_0011", "application_1_2", true);
    assert_same_shape("6560f1a2.1b3c", "6561f1b3.4d5", true);
    assert_same_shape("6560f1a2.1b3c", "6561f1b3.455", true);
    assert_same_shape("cf96d7c6a09dd1da3632ff9c4162ed41", "0123456789abcdef0123456789abcdef", true);
    assert_same_shape("cf96d7c6a09dd1da3632ff9c4162ed41", "f7257f4a9a84aa7e", false);
    assert_same_shape("req-bde5c0", "req-0f31a2", true);
    assert_same_shape("req-bde5c0", "job-0f31a2", false);
    assert_same_shape("task_3fa2", "task_b1", false); /* too short to tell */
    assert_same_shape("req-e47da3d5-a6e4-42de-a382-c9005209a73f", "req-00000000-0000-0000-0000-000000000000", true);
}

static void plain_numbers_words_and_dates_are_no_ids(void **state)
{
    (void)state;
    const char *none[] = {"12345", "-3", "word", "2026-11-23", "3.14", "1.2.3"};
    struct buf shape = BUF_INIT;
    unsigned flags;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(shape_of(none[i], &shape, &flags));
    assert_true(shape_of("10.0.0.1", &shape, &flags));
    assert_true((flags & ID_ONLY_NUMBERS) != 0);
    buf_release(&shape);
}

/* A shape's regex matches the token it came from, all of it, wherever it stands; and no longer token around it. */
static void the_regex_of_a_shape_matches_its_tokens(void **state)
{
    (void)state;
    const char *tokens[] = {"blk_-16089",
                            "blk_7",
                            "6560f1a2.1b3c",
                            "cf96d7c6a09dd1da3632ff9c4162ed41",
                            "A0B1C2D3E4F50617",
                            "attempt_1_m_2",
                            "a8Gk3zQ9p1",
                            "req-bde5c0",
                            "e47da3d5-a6e4-42de-a382-c9005209a73f",
                            "req-e47da3d5-a6e4-42de-a382-c9005209a73f",
                            "R02-M1-N0-C"};
    struct pattern_scratch *scratch;
    assert_int_equal(pattern_scratch_new(&scratch, NULL), 0);
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        struct buf shape = BUF_INIT, regex = BUF_INIT, text = BUF_INIT;
        struct pattern *pattern;
        struct lw_span span;
        unsigned flags;
        assert_true(shape_of(tokens[i], &shape, &flags));
        id_shape_regex(shape.data, shape.len, flags, &regex);
        assert_int_equal(pattern_new(regex.data, regex.len, &pattern, NULL), 0);
        buf_printf(&text, "before (%s) after", tokens[i]);
        assert_int_equal(pattern_match(pattern, text.data, text.len, 0, scratch, &span, 1), 1);
        assert_int_equal(span.start, 8);
        assert_int_equal(span.len, strlen(tokens[i]));
        buf_clear(&text);
        buf_printf(&text, "x%s", tokens[i]);
        if (strcmp(tokens[i], "a8Gk3zQ9p1") != 0) /* which is just as good with one letter more */
            assert_int_equal(pattern_match(pattern, text.data, text.len, 0, scratch, &span, 1), 0);
        pattern_free(pattern);
        buf_release(&shape);
        buf_release(&regex);
        buf_release(&text);
    }
    pattern_scratch_free(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_cut_with_the_word_before_them),
        cmocka_unit_test(ids_of_one_kind_share_a_shape),
        cmocka_unit_test(plain_numbers_words_and_dates_are_no_ids),
        cmocka_unit_test(the_regex_of_a_shape_matches_its_tokens),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
