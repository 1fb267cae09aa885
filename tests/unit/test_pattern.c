#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "input/pattern.h"
#include "tests/lib/failalloc.h"

static struct pattern_scratch *scratch;

static int set_up(void **state)
{
    (void)state;
    return pattern_scratch_new(&scratch, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    pattern_scratch_free(scratch);
    return 0;
}

static struct pattern *compile(const char *text)
{
    struct pattern *pattern;
    assert_int_equal(pattern_new(text, strlen(text), &pattern, NULL), 0);
    return pattern;
}

static void finds_groups_by_number_and_name(void **state)
{
    (void)state;
    struct pattern *pattern = compile("(?<key>\\w+)=(?:(\\d+)|(?<word>[a-z]+))");
    assert_int_equal(pattern_group_count(pattern), 3);
    assert_int_equal(pattern_group(pattern, "key"), 1);
    assert_int_equal(pattern_group(pattern, "word"), 3);
    assert_int_equal(pattern_group(pattern, "none"), -1);
    assert_string_equal(pattern_group_name(pattern, 1), "key");
    assert_string_equal(pattern_group_name(pattern, 2), "");
    struct lw_span spans[5];
    const char text[] = "a=1 b=two";
    assert_int_equal(pattern_match(pattern, text, 9, 3, scratch, spans, 5), 1);
    assert_int_equal(spans[0].start, 4);
    assert_int_equal(spans[0].len, 5);
    assert_int_equal(spans[1].start, 4);
    assert_true(spans[2].start == PATTERN_UNSET);
    assert_int_equal(spans[3].start, 6);
    assert_true(spans[4].start == PATTERN_UNSET);
    assert_int_equal(pattern_match(pattern, text, 9, 5, scratch, spans, 5), 0);
    assert_int_equal(pattern_match(pattern, text, 9, 10, scratch, spans, 5), 0);
    assert_int_equal(pattern_match(pattern, NULL, 0, 0, scratch, spans, 5), 0);
    pattern_free(pattern);
}

static void matches_any_bytes(void **state)
{
    (void)state;
    struct pattern *pattern = compile("b.\\xff");
    struct lw_span span;
    assert_int_equal(pattern_match(pattern, "a\0b\0\xff", 5, 0, scratch, &span, 1), 1);
    assert_int_equal(span.start, 2);
    pattern_free(pattern);
}

static void says_where_a_pattern_is_wrong(void **state)
{
    (void)state;
    struct pattern *pattern = NULL;
    struct lw_error err;
    assert_int_equal(pattern_new("blk_(\\d+", 8, &pattern, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "blk_("));
    assert_non_null(strstr(err.text, "offset 8"));
    assert_null(pattern);
}

static void gives_up_on_endless_matches(void **state)
{
    (void)state;
    struct pattern *pattern = compile("^(a+)+$");
    struct lw_span span;
    char text[64];
    memset(text, 'a', sizeof text);
    text[63] = 'b';
    assert_int_equal(pattern_match(pattern, text, sizeof text, 0, scratch, &span, 1), LW_ERR_LIMIT);
    pattern_free(pattern);
}

static int build(void *user, struct lw_error *err)
{
    (void)user;
    struct pattern *pattern;
    struct pattern_scratch *own;
    int code = pattern_new("a+", 2, &pattern, err);
    if (code != 0)
        return code;
    code = pattern_scratch_new(&own, err);
    if (code == 0)
        pattern_scratch_free(own);
    pattern_free(pattern);
    return code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    failalloc_each(build, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_groups_by_number_and_name), cmocka_unit_test(matches_any_bytes),
        cmocka_unit_test(says_where_a_pattern_is_wrong),   cmocka_unit_test(gives_up_on_endless_matches),
        cmocka_unit_test(survives_lack_of_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
