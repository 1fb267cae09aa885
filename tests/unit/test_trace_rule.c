#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "learn/trace_rule.h"

static const struct lw_bytes path = {"/var/log/app/one.log", 20};

static struct trace_rule *parse(const char *text)
{
    struct trace_rule *rule;
    struct lw_error err;
    if (trace_rule_parse(text, &rule, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    assert_string_equal(trace_rule_why(rule), "given");
    return rule;
}

/* expected: the keys joined by bars */
static void assert_keys(const char *rule_text, const struct lw_record *record, const char *expected)
{
    struct trace_rule *rule = parse(rule_text);
    struct trace_keys keys;
    struct buf joined = BUF_INIT;
    trace_keys_init(&keys);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(trace_rule_keys(rule, record, path, &keys, NULL), 0);
        buf_clear(&joined);
        for (size_t i = 0; i < keys.n; i++) {
            buf_add_text(&joined, i > 0 ? "|" : "");
            buf_add(&joined, keys.keys[i].data, keys.keys[i].len);
        }
        buf_add_text(&joined, "");
        assert_string_equal(joined.len > 0 ? joined.data : "", expected);
    }
    buf_release(&joined);
    trace_keys_release(&keys);
    trace_rule_free(rule);
}

static struct lw_record record_of(const char *raw)
{
    return (struct lw_record){
        .time_us = LW_NO_TIME, .raw = {raw, strlen(raw)}, .message_start = 0, .message_len = strlen(raw)};
}

static void a_record_may_belong_to_several_traces(void **state)
{
    (void)state;
    struct lw_record record = record_of("delete blk_-1 blk_2 blk_-1 blk_30");
    assert_keys("blk_-?\\d+", &record, "blk_-1|blk_2|blk_30");
    assert_keys("blk_(-?\\d+)", &record, "-1|2|30");
    assert_keys("x*", &record, ""); /* empty matches name nothing */
    assert_keys("no(such)?thing", &record, "");
    assert_keys("blk_30(x)?", &record, ""); /* a group that took no part */
    assert_keys("delete (\\S+)|(blk_\\d+)", &record, "blk_-1|blk_2|blk_30");
}

static void fields_name_traces(void **state)
{
    (void)state;
    struct lw_record record = record_of("42 - hello");
    record.n_fields = 2;
    record.fields[0] = (struct lw_field){"pid", 0, 2};
    record.fields[1] = (struct lw_field){"session", 3, 1};
    assert_keys("field:pid", &record, "42");
    assert_keys("pid", &record, "42");
    assert_keys("field:session", &record, "");
    assert_keys("field:other", &record, "");
    struct trace_rule *rule = parse("pid");
    assert_string_equal(trace_rule_text(rule), "field:pid");
    trace_rule_free(rule);
}

static void windows_begin_at_multiples_of_their_length(void **state)
{
    (void)state;
    struct lw_record record = record_of("x");
    assert_keys("window:60s", &record, "");
    record.time_us = INT64_C(1700000123456789);
    assert_keys("window:60s", &record, "2023-11-14T22:15:00Z");
    assert_keys("window:1d", &record, "2023-11-14T00:00:00Z");
    assert_keys("window:250ms", &record, "2023-11-14T22:15:23.250000Z");
    record.time_us = -1;
    assert_keys("window:1h", &record, "1969-12-31T23:00:00Z");
}

static void windows_may_overlap_and_be_of_one_value(void **state)
{
    (void)state;
    struct lw_record record = record_of("a b");
    record.n_fields = 1;
    record.fields[0] = (struct lw_field){"host", 2, 1};
    assert_keys("window:60s/20s by host", &record, "");
    record.time_us = INT64_C(1700000123456789); /* 22:15:23 */
    assert_keys("window:60s/20s", &record, "2023-11-14T22:14:40Z|2023-11-14T22:15:00Z|2023-11-14T22:15:20Z");
    assert_keys("window:50s/20s", &record, "2023-11-14T22:14:40Z|2023-11-14T22:15:00Z|2023-11-14T22:15:20Z");
    assert_keys("window:41s/20s", &record, "2023-11-14T22:15:00Z|2023-11-14T22:15:20Z");
    assert_keys("window:1m by host", &record, "b@2023-11-14T22:15:00Z");
    assert_keys("window:1m by \\w", &record, "a@2023-11-14T22:15:00Z|b@2023-11-14T22:15:00Z");
    assert_keys("window:1m by field:other", &record, "");
}

static void rules_are_written_alike(void **state)
{
    (void)state;
    static const char *const same[][2] = {{"host", "field:host"},
                                          {"gap:30s by host", "gap:30s by field:host"},
                                          {"window:60s/10s by x=(\\d)", "window:60s/10s by x=(\\d)"},
                                          {"join:req=(\\w+) + job", "join:req=(\\w+) + field:job"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct trace_rule *rule = parse(same[i][0]), *again;
        assert_string_equal(trace_rule_text(rule), same[i][1]);
        again = parse(same[i][1]);
        assert_string_equal(trace_rule_text(again), same[i][1]);
        trace_rule_free(rule);
        trace_rule_free(again);
    }
}

static void a_regex_that_takes_too_much_work_is_told(void **state)
{
    (void)state;
    char text[4000];
    struct trace_rule *rule = parse("^(\\w+\\s?)+$");
    struct trace_keys keys;
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '!';
    struct lw_record record = {.time_us = LW_NO_TIME, .raw = {text, sizeof text}};
    trace_keys_init(&keys);
    assert_int_equal(trace_rule_keys(rule, &record, path, &keys, NULL), 0);
    assert_true(keys.has_given_up);
    assert_int_equal(keys.n, 0);
    record.raw.len = 3;
    assert_int_equal(trace_rule_keys(rule, &record, path, &keys, NULL), 0);
    assert_false(keys.has_given_up);
    trace_keys_release(&keys);
    trace_rule_free(rule);
}

static void places_name_traces(void **state)
{
    (void)state;
    struct lw_record record = record_of("x");
    assert_keys("dir", &record, "/var/log/app");
    assert_keys("source", &record, "/var/log/app/one.log");
    assert_keys("none", &record, "");
}

static void wrong_rules_say_what_would_be_right(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {{"", "regex"},
                                           {"field:", "name"},
                                           {"window:60", "60s"},
                                           {"window:0s", "60s"},
                                           {"window:", "60s"},
                                           {"blk_(\\d+", "parenthesis"},
                                           {"window:99999999999999d", "60s"},
                                           {"window:60s/", "begin"},
                                           {"window:60s/90s", "leave records out"},
                                           {"window:1d/1s", "256"},
                                           {"window:60s by ", "empty"},
                                           {"gap:x", "30s"},
                                           {"count:0", "100"},
                                           {"count:10s", "100"},
                                           {"gap:30s by (", "parenthesis"},
                                           {"join:a=(x)", "two rules"},
                                           {"join:", "empty"},
                                           {"join:a=(x) + a=(x)", "twice"},
                                           {"join:id + field:id", "twice"},
                                           {"join:a=(x) + dir", "neither"},
                                           {"join:a + b + c + d + e + f + g + h + i", "at most"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct trace_rule *rule;
        struct lw_error err = {0};
        assert_int_equal(trace_rule_parse(wrong[i][0], &rule, &err), LW_ERR_USAGE);
        if (strstr(err.text, wrong[i][1]) == NULL)
            fail_msg("%s: %s", wrong[i][0], err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_may_belong_to_several_traces),
        cmocka_unit_test(fields_name_traces),
        cmocka_unit_test(windows_begin_at_multiples_of_their_length),
        cmocka_unit_test(places_name_traces),
        cmocka_unit_test(windows_may_overlap_and_be_of_one_value),
        cmocka_unit_test(rules_are_written_alike),
        cmocka_unit_test(a_regex_that_takes_too_much_work_is_told),
        cmocka_unit_test(wrong_rules_say_what_would_be_right),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
