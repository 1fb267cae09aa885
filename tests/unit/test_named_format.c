/* Records in each format that can be written: what it keeps is read back as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "generate/named_format.h"
#include "tests/lib/scratch.h"

#define START INT64_C(1785805200000000) /* 2026-08-04 01:00:00 */

static const char *const messages[] = {
    "connection opened from 10.0.0.7:5432",
    "cache: miss for key user-17 (took 12 ms)",
    "<none>",
    "[worker 3] done, 5 of 7",
    "id=4 state=\"ready\" rest",
    "f\xc3\xbcnf Sterne * 3 # 4",
    "java.io.IOException: broken pipe\n\tat a.B.run(B.java:12)\n\tat a.C.main(C.java:3)",
};
#define N_MESSAGES (sizeof messages / sizeof *messages)

static struct lw_bytes bytes(const char *text)
{
    return (struct lw_bytes){text, strlen(text)};
}

/* Record i of the log that is written in every format. */
static struct named_record record_of(const struct named_keeps *keeps, size_t i)
{
    static const char *const traces[] = {"s-1", "s-2", "s-3"};
    return (struct named_record){.time_us = START + (int64_t)i * 61000000,
                                 .level = (enum lw_level)(LW_LEVEL_TRACE + i % (LW_LEVEL_COUNT - 1)),
                                 .component = bytes(keeps->component),
                                 .message = bytes(messages[i % N_MESSAGES]),
                                 .trace = bytes(traces[i % 3])};
}

static bool is_kept(const struct named_keeps *keeps, const struct lw_bytes *message)
{
    bool is_quoted =
        strcmp(keeps->name, "json") == 0 || strcmp(keeps->name, "logfmt") == 0 || strcmp(keeps->name, "csv") == 0;
    return (keeps->has_lines || memchr(message->data, '\n', message->len) == NULL) &&
           (!is_quoted ||
            (memchr(message->data, '\n', message->len) == NULL && memchr(message->data, '"', message->len) == NULL));
}

static void same(const struct named_keeps *keeps, size_t i, const struct named_record *was, const struct lw_record *is)
{
    struct lw_bytes message = {is->raw.data + is->message_start, is->message_len};
    if (keeps->has_time && is->time_us != was->time_us)
        fail_msg("%s: record %zu: time %lld, was %lld: %.*s", keeps->name, i, (long long)is->time_us,
                 (long long)was->time_us, (int)is->raw.len, is->raw.data);
    if ((keeps->levels >> was->level & 1) && is->level != was->level)
        fail_msg("%s: record %zu: level %d, was %d: %.*s", keeps->name, i, (int)is->level, (int)was->level,
                 (int)is->raw.len, is->raw.data);
    if (keeps->has_component && (is->component.len != was->component.len ||
                                 memcmp(is->component.data, was->component.data, was->component.len) != 0))
        fail_msg("%s: record %zu: component %.*s: %.*s", keeps->name, i, (int)is->component.len, is->component.data,
                 (int)is->raw.len, is->raw.data);
    if (is_kept(keeps, &was->message) &&
        (message.len != was->message.len || memcmp(message.data, was->message.data, message.len) != 0))
        fail_msg("%s: record %zu: message \"%.*s\": %.*s", keeps->name, i, (int)message.len, message.data,
                 (int)is->raw.len, is->raw.data);
}

static void reads_back(size_t index)
{
    struct named_keeps keeps;
    struct named_format format;
    struct buf text = BUF_INIT;
    struct lw_error err;
    size_t n = 7 * N_MESSAGES;
    named_format_keeps(index, &keeps);
    if (named_format_find(keeps.name, &format, &err) != 0)
        fail_msg("%s", err.text);
    named_format_begin(&format, &text);
    for (size_t i = 0; i < n; i++) {
        struct named_record record = record_of(&keeps, i);
        named_format_add(&format, &record, &text);
    }
    assert_int_equal(buf_status(&text), 0);
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    const char *path = scratch_write(keeps.name, text.data, text.len);
    struct lw_log *log;
    struct lw_reader *reader;
    options.format = keeps.name;
    options.now_us = START + INT64_C(86400000000);
    if (lw_log_open(&path, 1, &options, NULL, &log, &err) != 0)
        fail_msg("%s: %s", keeps.name, err.text);
    size_t n_before = lw_log_count(log) - n; /* lines before the first record */
    if (n_before != (strcmp(keeps.name, "csv") == 0))
        fail_msg("%s: %zu records of %zu", keeps.name, lw_log_count(log), n);
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    for (size_t i = 0; i < n; i++) {
        struct named_record was = record_of(&keeps, i);
        struct lw_record is;
        assert_int_equal(lw_reader_get(reader, n_before + i, &is, NULL), 0);
        same(&keeps, i, &was, &is);
    }
    lw_reader_free(reader);
    lw_log_free(log);
    buf_release(&text);
}

static void each_format_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < named_format_count(); i++)
        reads_back(i);
}

/* Times of the year's other end, and of hours and days of one digit and of two. */
static void writes_every_time(void **state)
{
    (void)state;
    static const int64_t times[] = {INT64_C(1767225599000000), INT64_C(1767225600000000), INT64_C(1772323199000000)};
    for (size_t i = 0; i < named_format_count(); i++) {
        struct named_keeps keeps;
        struct named_format format;
        struct buf text = BUF_INIT;
        named_format_keeps(i, &keeps);
        if (!keeps.has_time)
            continue;
        assert_int_equal(named_format_find(keeps.name, &format, NULL), 0);
        named_format_begin(&format, &text);
        for (size_t t = 0; t < sizeof times / sizeof *times; t++) {
            struct named_record record = record_of(&keeps, 0);
            record.time_us = times[t];
            named_format_add(&format, &record, &text);
        }
        struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
        const char *path = scratch_write(keeps.name, text.data, text.len);
        struct lw_log *log;
        struct lw_reader *reader;
        options.format = keeps.name;
        options.now_us = times[2] + 1;
        assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
        assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
        for (size_t t = 0; t < 3; t++) {
            struct lw_record is;
            assert_int_equal(lw_reader_get(reader, lw_log_count(log) - 3 + t, &is, NULL), 0);
            if (is.time_us != times[t])
                fail_msg("%s: %.*s is read as %lld", keeps.name, (int)is.raw.len, is.raw.data, (long long)is.time_us);
        }
        lw_reader_free(reader);
        lw_log_free(log);
        buf_release(&text);
    }
}

/* What a component cannot have there does not break the record, and neither do bytes of any kind. */
static void hostile_bytes_stay_in_their_record(void **state)
{
    (void)state;
    static const char component[] = "a b:\"]\n\033[2J\0<c>|,\xff";
    static const char message[] = "x\r\0y\"z\\ \033]0;t\a \xff";
    for (size_t i = 0; i < named_format_count(); i++) {
        struct named_keeps keeps;
        struct named_format format;
        struct buf text = BUF_INIT;
        size_t n_lines = 0;
        named_format_keeps(i, &keeps);
        assert_int_equal(named_format_find(keeps.name, &format, NULL), 0);
        struct named_record record = {.time_us = LW_NO_TIME,
                                      .component = {component, sizeof component - 1},
                                      .message = {message, sizeof message - 1},
                                      .trace = {component, sizeof component - 1}};
        named_format_add(&format, &record, &text);
        for (size_t k = 0; k < text.len; k++)
            n_lines += text.data[k] == '\n';
        /* In JSON a line end is an escape, in CSV it stands within quotes. */
        if (n_lines != 1 && strcmp(keeps.name, "csv") != 0)
            fail_msg("%s: %.*s", keeps.name, (int)text.len, text.data);
        buf_release(&text);
    }
}

static void a_wrong_name_is_told_what_there_is(void **state)
{
    (void)state;
    struct named_format format;
    struct lw_error err;
    assert_int_equal(named_format_find("poem", &format, &err), LW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no format \"poem\" to write in; syslog"));
    assert_int_equal(named_format_find("access", &format, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "access can be read but not written"));
    assert_non_null(strstr(err.text, "syslog"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_reads_back),
        cmocka_unit_test(writes_every_time),
        cmocka_unit_test(hostile_bytes_stay_in_their_record),
        cmocka_unit_test(a_wrong_name_is_told_what_there_is),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
