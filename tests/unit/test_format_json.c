#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "log/format_code.h"
#include "log/key_role.h"

static struct format_scratch scratch;

/* time: microseconds, 0 = none. */
static const struct {
    const char *line;
    int64_t time_us;
    enum lw_level level;
    const char *component, *message;
} shapes[] = {
    /* zap, zerolog, logrus */
    {"{\"level\":\"info\",\"ts\":1795399811.123,\"logger\":\"http\",\"caller\":\"a/"
     "b.go:12\",\"msg\":\"up\",\"port\":80}",
     1795399811123000, LW_LEVEL_INFO, "http", "up"},
    {"{\"level\":\"warn\",\"time\":1795399811,\"message\":\"slow\"}", 1795399811000000, LW_LEVEL_WARN, "", "slow"},
    {"{\"level\":\"error\",\"msg\":\"bad \\\"x\\\"\",\"time\":\"2026-11-23T02:10:11Z\"}", 1795399811000000,
     LW_LEVEL_ERROR, "", "bad \\\"x\\\""},
    /* bunyan, pino */
    {"{\"name\":\"app\",\"hostname\":\"h\",\"pid\":7,\"level\":50,\"msg\":\"no\",\"time\":\"2026-11-23T02:10:11.000Z\","
     "\"v\":0}",
     1795399811000000, LW_LEVEL_ERROR, "app", "no"},
    {"{\"level\":30,\"time\":1795399811123,\"pid\":7,\"msg\":\"ok\"}", 1795399811123000, LW_LEVEL_INFO, "", "ok"},
    /* ECS, nested and dotted */
    {"{\"@timestamp\":\"2026-11-23T02:10:11.000Z\",\"log\":{\"level\":\"warn\",\"logger\":\"a.B\"},\"message\":\"m\"}",
     1795399811000000, LW_LEVEL_WARN, "a.B", "m"},
    {"{\"@timestamp\":\"2026-11-23T02:10:11.000Z\",\"log.level\":\"ERROR\",\"service.name\":\"s\",\"message\":\"m\"}",
     1795399811000000, LW_LEVEL_ERROR, "s", "m"},
    /* GELF, MongoDB, journald, Serilog */
    {"{\"version\":\"1.1\",\"host\":\"h\",\"short_message\":\"m\",\"timestamp\":1795399811.5,\"level\":3}",
     1795399811500000, LW_LEVEL_ERROR, "", "m"},
    {"{\"t\":{\"$date\":\"2026-11-23T02:10:11.000+00:00\"},\"s\":\"W\",  \"c\":\"NETWORK\", "
     "\"id\":1,\"ctx\":\"x\",\"msg\":\"m\","
     "\"attr\":{\"a\":{\"b\":[1,\"}\"]}}}",
     1795399811000000, LW_LEVEL_WARN, "NETWORK", "m"},
    {"{\"__REALTIME_TIMESTAMP\":\"1795399811123456\",\"PRIORITY\":\"4\",\"SYSLOG_IDENTIFIER\":\"sshd\",\"MESSAGE\":"
     "\"m\"}",
     1795399811123456, LW_LEVEL_WARN, "sshd", "m"},
    {"{\"@t\":\"2026-11-23T02:10:11.0000000Z\",\"@mt\":\"a {b}\",\"@m\":\"a "
     "1\",\"@l\":\"Warning\",\"SourceContext\":\"X.Y\"}",
     1795399811000000, LW_LEVEL_WARN, "X.Y", "a 1"},
    /* PostgreSQL, Docker, Monolog */
    {"{\"timestamp\":\"2026-11-23 02:10:11.000 "
     "UTC\",\"pid\":7,\"error_severity\":\"FATAL\",\"message\":\"m\",\"backend_type\":"
     "\"client backend\"}",
     1795399811000000, LW_LEVEL_FATAL, "client backend", "m"},
    {"{\"log\":\"inner line\\r\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-23T02:10:11Z\"}", 1795399811000000,
     LW_LEVEL_NONE, "", "inner line"},
    {"{\"message\":\"m\",\"level\":400,\"level_name\":\"ERROR\",\"channel\":\"app\"}", 0, LW_LEVEL_ERROR, "app", "m"},
    /* CloudTrail, and no message at all: the rest is */
    {"{\"eventTime\":\"2026-11-23T02:10:11Z\",\"eventSource\":\"s3\",\"eventName\":\"GetObject\"}", 1795399811000000,
     LW_LEVEL_NONE, "s3", "GetObject"},
    {"{\"ts\":1795399811,\"level\":\"info\",\"size\":5,\"path\":\"/x\"}", 1795399811000000, LW_LEVEL_INFO, "",
     "\"size\":5,\"path\":\"/x\""},
    {"{\"level\":null,\"msg\":\"\",\"a\":[1,2]}", 0, LW_LEVEL_NONE, "", "\"level\":null,\"msg\":\"\",\"a\":[1,2]"},
    {"{}", 0, LW_LEVEL_NONE, "", "{}"},
    /* backslashes that nobody escaped, at the end of a value; and quotes in a broken line that end none */
    {"{\"dir\":\"C:\\temp\\\", \"level\":\"warn\",\"msg\":\"m\"}", 0, LW_LEVEL_WARN, "", "m"},
    {"{\"level\":\"warn\",\"msg\":\"in C:\\temp\\\"}", 0, LW_LEVEL_WARN, "", "in C:\\temp\\"},
    {"{\"level\":\"warn\",\"msg\":\"a \\\"b\\\" c\",\"dir\":\"d\\\"}", 0, LW_LEVEL_WARN, "", "a \\\"b\\\" c"},
};

static void known_shapes_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (int names = 0; names < 2; names++) {
            const char *line = shapes[i].line;
            struct format_cut cut;
            scratch.wants_names = names == 1;
            if (format_cut_json(line, strlen(line), true, NULL, &scratch, &cut) != 1)
                fail_msg("does not fit: %s", line);
            if (cut.level != shapes[i].level || cut.has_time != (shapes[i].time_us != 0) ||
                (cut.has_time && cut.time.time_us != shapes[i].time_us) ||
                cut.component.len != strlen(shapes[i].component) ||
                memcmp(line + cut.component.start, shapes[i].component, cut.component.len) != 0 ||
                cut.message.len != strlen(shapes[i].message) ||
                memcmp(line + cut.message.start, shapes[i].message, cut.message.len) != 0)
                fail_msg("%s: level %d, time %d, component %.*s, message %.*s", line, (int)cut.level, (int)cut.has_time,
                         (int)cut.component.len, line + cut.component.start, (int)cut.message.len,
                         line + cut.message.start);
        }
}

static void what_is_no_object_does_not_fit(void **state)
{
    (void)state;
    static const char *const lines[] = {"",
                                        "[1]",
                                        "{",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1",
                                        "{\"a\":1} x",
                                        "{\"a\":1,}",
                                        "{a:1}",
                                        "{\"a\":1,,\"b\":2}",
                                        "{\"a\":\"x}",
                                        "{\"a\":{\"b\":1}"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct format_cut cut;
        if (format_cut_json(lines[i], strlen(lines[i]), true, NULL, &scratch, &cut) != 0)
            fail_msg("fits: %s", lines[i]);
    }
    const char *cut_short = "{\"msg\":\"abc\",\"x\":\"de";
    struct format_cut cut;
    assert_int_equal(format_cut_json(cut_short, strlen(cut_short), false, NULL, &scratch, &cut), 1);
}

static void keys_are_found_whatever_their_case(void **state)
{
    (void)state;
    static const char *const keys[] = {"msg",
                                       "MESSAGE",
                                       "@timestamp",
                                       "Log.Level",
                                       "syslog_identifier",
                                       "t.$date",
                                       "properties.SourceContext",
                                       "instant.epochSecond",
                                       "jsonPayload.message"};
    unsigned rank;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        assert_int_not_equal(key_role_of(keys[i], strlen(keys[i]), &rank), KEY_NONE);
    assert_int_equal(key_role_of("msgs", 4, &rank), KEY_NONE);
    assert_int_equal(key_role_of("", 0, &rank), KEY_NONE);
}

static int set_up(void **state)
{
    (void)state;
    return format_scratch_init(&scratch, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    format_scratch_release(&scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_shapes_are_understood),
        cmocka_unit_test(what_is_no_object_does_not_fit),
        cmocka_unit_test(keys_are_found_whatever_their_case),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
