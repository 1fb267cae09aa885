#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/rng.h"
#include "input/pattern.h"

#define MAX 16
#define RUN 3 /* purpose of the random numbers here */

/* Asserts that both ways give the same spans from every offset that is asked; returns what they found. */
static int assert_same(const struct pattern *pattern, const char *shown, const char *text, size_t len, size_t from,
                       struct pattern_scratch *scratch)
{
    struct lw_span quick[MAX], slow[MAX];
    size_t n = pattern_group_count(pattern) + 1;
    int found = pattern_match(pattern, text, len, from, scratch, quick, n);

    if (found != pattern_match_pcre2(pattern, text, len, from, scratch, slow, n))
        fail_msg("%s on \"%.*s\" from %zu: found %d", shown, (int)len, text, from, found);
    for (size_t i = 0; i < n && found == 1; i++)
        if (quick[i].start != slow[i].start || quick[i].len != slow[i].len)
            fail_msg("%s on \"%.*s\" from %zu: group %zu is %zu+%zu, not %zu+%zu", shown, (int)len, text, from, i,
                     quick[i].start, quick[i].len, slow[i].start, slow[i].len);
    return found;
}

static void check(const char *expression, bool is_quick, const char *const *texts)
{
    struct pattern *pattern;
    struct pattern_scratch *scratch;
    struct lw_error err;

    if (pattern_new(expression, strlen(expression), &pattern, &err) != 0)
        fail_msg("%s: %s", expression, err.text);
    assert_int_equal(pattern_scratch_new(&scratch, NULL), 0);
    if (pattern_is_quick(pattern) != is_quick)
        fail_msg("%s: quick or not", expression);
    for (size_t i = 0; texts[i] != NULL; i++)
        for (size_t from = 0; from <= strlen(texts[i]); from++)
            assert_same(pattern, expression, texts[i], strlen(texts[i]), from, scratch);
    pattern_scratch_free(scratch);
    pattern_free(pattern);
}

static void knows_headers(void **state)
{
    static const char *const texts[] = {
        "",
        "081109 203615 148 INFO dfs.Node$Worker: got it",
        "2015-07-29 17:41:44,747 - WARN  [main:Quorum@774] - up",
        "2015-07-29 17:41:44,747 - INFORMATION [a[b]c] - up",
        "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: failure; logname= uid=0\n",
        "Jun 14 15:16:01 combo one two three[7] x",
        "<34>1 - - [a b=\"c]\\\"d\"][e] rest",
        "\xef\xbb\xbfx\n",
        "GET \"a\\\"b\" 200 -",
        "aaaaab",
        "a.b-c_1",
        "x\ny\n",
        NULL,
    };
    (void)state;
    check("^(?<time>\\d{6} \\d{6}) (?<pid>\\d+) (?<level>[A-Z]+) (?<component>[^\\s:]+): ?", true, texts);
    check("^(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?) - (?i:INFO|INFORMATION|warn) "
          "+\\[(.*?)(?::([\\w.$]+)@"
          "(\\d+))?\\] - ?",
          true, texts);
    check(
        "^([A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d) (\\S+) ([^\\s:\\[]+(?:(?: [^\\s:\\[]+){1,4}(?=\\[\\d+\\])|(?: "
        "[^\\s:\\[]+)?))(?:\\[(\\d+)\\])?(?: \\(([^)]*)\\))?: ?(?!:)",
        true, texts);
    check("^<(\\d{1,3})>1 (\\S+) (\\S+) (-|(?:\\[(?:[^\\]\"\\\\]|\"(?:[^\"\\\\]|\\\\.)*\"|\\\\.)*\\])+) "
          "?(?:\\xef\\xbb\\xbf)?",
          true, texts);
    check("\"(?<message>(?:[^\"\\\\]|\\\\.)*)\" (\\d{3}) (\\d+|-)", true, texts);
    check("(a+)(a)b", true, texts);
    check("(a+?)(a*)b", true, texts);
    check("(a|aa)+b", true, texts);
    check("(?:(a)|b)+", true, texts);
    check("(?<![\\w.-])\\d+\\b", true, texts);
    check("[^a]$", true, texts);
    check(".+", true, texts);
    check("a++b", true, texts);
    check("a{2,}?(?:a|ab){1,2}", true, texts);
}

static void leaves_the_rest_to_pcre2(void **state)
{
    static const char *const texts[] = {"", "aab", "abab\n", "a{,2}", "x", NULL};
    (void)state;
    check("(a)\\1", false, texts);
    check("(?:a*)*b", false, texts);
    check("(?>a|ab)b", false, texts);
    check("(?i)A", false, texts);
    check("x*", false, texts);
    check("[[:alpha:]]+", false, texts);
    check("(?<=ab)a", false, texts);
    check("\\Aa", false, texts);
    check("a.*?b|(*FAIL)", false, texts);
}

/* What costs more than it is worth is done by PCRE2, with the same outcome. */
static void bounds_its_work(void **state)
{
    static const char *const texts[] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaac", NULL};
    (void)state;
    check("^(?:a|aa)+b", true, texts);
}

/* ---- expressions and texts at random ---------------------------------------------------------------------------- */

static void add_expression(struct buf *out, struct rng *rng, unsigned depth)
{
    static const char *const atoms[] = {"a", "b",       "[ab]", "[^a]",  "\\d",      "\\w",    "\\s",       ".", ":",
                                        "1", "(?i:aB)", "\\b",  "(?=a)", "(?![b1])", "(?<!a)", "(?<=[a1])", "$"};
    static const char *const repeats[] = {"*",    "+",  "?",  "{2}", "{1,2}",  "{0,3}",
                                          "{2,}", "*?", "+?", "??",  "{1,3}?", "++"};
    size_t n = 1 + rng_below(rng, 4);

    for (size_t i = 0; i < n; i++) {
        size_t kind = rng_below(rng, 10);

        if (kind < 3 && depth < 3) {
            buf_add_text(out, kind == 0 ? "(" : "(?:");
            add_expression(out, rng, depth + 1);
            for (size_t more = rng_below(rng, 3); more > 0; more--) {
                buf_add_byte(out, '|');
                if (rng_below(rng, 6) > 0)
                    add_expression(out, rng, depth + 1);
            }
            buf_add_byte(out, ')');
            if (rng_below(rng, 2) == 0)
                buf_add_text(out, repeats[rng_below(rng, 11)]);
        } else {
            size_t atom = rng_below(rng, sizeof atoms / sizeof *atoms);

            buf_add_text(out, atoms[atom]);
            if (atom < 10 && rng_below(rng, 2) == 0)
                buf_add_text(out, repeats[rng_below(rng, sizeof repeats / sizeof *repeats)]);
        }
    }
}

static void agrees_on_anything(void **state)
{
    struct rng rng;
    struct pattern_scratch *scratch;
    size_t n_quick = 0, n_found = 0;

    (void)state;
    rng_init(&rng, 5, RUN, 0);
    assert_int_equal(pattern_scratch_new(&scratch, NULL), 0);
    for (size_t turn = 0; turn < 6000; turn++) {
        struct buf expression = BUF_INIT;
        struct pattern *pattern;

        buf_add_text(&expression, rng_below(&rng, 2) == 0 ? "^" : "");
        add_expression(&expression, &rng, 0);
        if (pattern_new(expression.data, expression.len, &pattern, NULL) == 0) {
            n_quick += pattern_is_quick(pattern);
            for (size_t i = 0; i < 12 && pattern_group_count(pattern) < MAX; i++) {
                static const char letters[] = "aaabbB1 :\n";
                char text[24];
                size_t len = rng_below(&rng, sizeof text);

                for (size_t k = 0; k < len; k++)
                    text[k] = letters[rng_below(&rng, sizeof letters - 1)];
                n_found += assert_same(pattern, expression.data, text, len, rng_below(&rng, len + 1), scratch) == 1;
            }
            pattern_free(pattern);
        }
        buf_release(&expression);
    }
    pattern_scratch_free(scratch);
    assert_true(n_quick > 2000);
    assert_true(n_found > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_headers),
        cmocka_unit_test(leaves_the_rest_to_pcre2),
        cmocka_unit_test(bounds_its_work),
        cmocka_unit_test(agrees_on_anything),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
