#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "learn/membership.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/scratch.h"

static void write_line(struct buf *out, unsigned ms, const char *format, ...)
{
    va_list args;
    char text[200];

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    buf_printf(out, "2024-03-01 %02u:%02u:%02u.%03u INFO %s\n", ms / 3600000, ms / 60000 % 60, ms / 1000 % 60,
               ms % 1000, text);
}

static struct lw_log *open_log(const struct buf *text)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    const char *path = scratch_write("x.log", text->data, text->len);
    struct lw_log *log;
    struct lw_error err;

    if (lw_log_open(&path, 1, &options, NULL, &log, &err) != 0)
        fail_msg("%s", err.text);
    return log;
}

static void group(const struct lw_log *log, const char *text, struct trace_set *out)
{
    struct trace_rule *rule;
    struct lw_error err;

    if (trace_rule_parse(text, &rule, &err) != 0 || membership_find(log, rule, NULL, out, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    trace_rule_free(rule);
}

static size_t len_of(const struct trace_set *set, const char *name)
{
    uint32_t id = intern_find(&set->names, name, strlen(name));

    return id == INTERN_NONE ? 0 : trace_set_len(set, id);
}

#define ORDERS 11000u /* six lines each: more than one block of records */

/* An order is taken in under its request, queued as a job, and stored through a connection; of those two names are in
 * the same record where it is handed on. */
static void write_orders(struct buf *out)
{
    for (unsigned ms = 0; ms < ORDERS + 5; ms++)
        for (unsigned step = 0; step < 6; step++) {
            unsigned i = ms - step;

            if (ms < step || i >= ORDERS)
                continue;
            if (step == 0)
                write_line(out, ms, "web: accepted request=r%ua", i);
            else if (step == 1)
                write_line(out, ms, "web: request=r%ua queued as job=%u", i, 7 + i);
            else if (step == 2)
                write_line(out, ms, "worker: job=%u started", 7 + i);
            else if (step == 3)
                write_line(out, ms, "worker: job=%u stores by conn=%u", 7 + i, i);
            else if (step == 4)
                write_line(out, ms, "db: conn=%u commits", i);
            else
                write_line(out, ms, "web: answered request=r%ua", i);
        }
}

#define ORDER_RULE "join:request=(\\w+) + job=(\\d+) + conn=(\\d+)"

static void ids_that_are_handed_on_are_one_trace(void **state)
{
    struct buf text = BUF_INIT;
    struct lw_log *log;
    struct trace_set set;

    (void)state;
    write_orders(&text);
    log = open_log(&text);
    group(log, ORDER_RULE, &set);
    assert_int_equal(set.n_traces, ORDERS);
    for (size_t t = 0; t < set.n_traces; t++) {
        struct lw_bytes name = intern_get(&set.names, (uint32_t)t);
        char expected[32];

        assert_int_equal(trace_set_len(&set, t), 6);
        snprintf(expected, sizeof expected, "r%ua", (unsigned)t);
        assert_int_equal(name.len, strlen(expected));
        assert_memory_equal(name.data, expected, name.len);
    }
    trace_set_release(&set);
    lw_log_free(log);
    buf_release(&text);
}

/* Ten connections that serve one request after the other, and a tenant that all requests name. */
static void what_links_to_many_does_not_join(void **state)
{
    struct buf text = BUF_INIT;
    struct lw_log *log;
    struct trace_set set;

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        write_line(&text, i * 10, "begin request=r%ua tenant=acme", i);
        write_line(&text, i * 10 + 1, "request=r%ua uses conn=c%u", i, i % 10);
        write_line(&text, i * 10 + 2, "conn=c%u is busy", i % 10);
        write_line(&text, i * 10 + 3, "end request=r%ua", i);
    }
    log = open_log(&text);
    group(log, "join:request=(\\w+) + conn=(\\w+)", &set);
    assert_int_equal(set.n_traces, 1010);
    assert_int_equal(len_of(&set, "r17a"), 3);
    assert_int_equal(len_of(&set, "2:c3"), 200);
    trace_set_release(&set);
    group(log, "join:tenant=(\\w+) + request=(\\w+)", &set);
    assert_int_equal(set.n_traces, 1001);
    assert_int_equal(len_of(&set, "acme"), 1000);
    assert_int_equal(len_of(&set, "2:r17a"), 3);
    trace_set_release(&set);
    lw_log_free(log);
    buf_release(&text);
}

/* One record in a hundred names a foreign job. */
static void a_few_wrong_links_do_not_matter(void **state)
{
    struct buf text = BUF_INIT;
    struct lw_log *log;
    struct trace_set set;

    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        for (unsigned k = 0; k < 5; k++)
            write_line(&text, i * 10 + k, "request=q%u works on job=%u", i, i);
        if (i % 20 == 19)
            write_line(&text, i * 10 + 6, "request=q%u waits for job=%u", i, i - 7);
    }
    log = open_log(&text);
    group(log, "join:request=(\\w+) + job=(\\d+)", &set);
    assert_int_equal(set.n_traces, 500);
    assert_int_equal(len_of(&set, "q18"), 5);
    assert_int_equal(len_of(&set, "q19"), 6);
    assert_int_equal(len_of(&set, "q12"), 6); /* the job that q19 waited for is this one's */
    trace_set_release(&set);
    lw_log_free(log);
    buf_release(&text);
}

/* Two users, each active for some seconds and then away for a minute, one half a minute after the other. */
static void gaps_part_the_sessions_of_a_user(void **state)
{
    struct buf text = BUF_INIT;
    struct lw_log *log;
    struct trace_set set;

    (void)state;
    for (unsigned i = 0; i < 80; i++)
        for (unsigned k = 0; k < 5; k++)
            write_line(&text, i * 30000 + k * 900, "user=%s asks for page %u", i % 2 == 0 ? "ann" : "bob", k);
    log = open_log(&text);
    group(log, "gap:10s by user=(\\w+)", &set);
    assert_int_equal(set.n_traces, 80);
    for (size_t t = 0; t < set.n_traces; t++)
        assert_int_equal(trace_set_len(&set, t), 5);
    assert_int_equal(len_of(&set, "ann@2024-03-01T00:00:00.000000Z"), 5);
    assert_int_equal(len_of(&set, "bob@2024-03-01T00:00:30.000000Z"), 5);
    trace_set_release(&set);
    group(log, "gap:26400ms", &set); /* as long as nothing happens: none is longer */
    assert_int_equal(set.n_traces, 1);
    trace_set_release(&set);
    group(log, "gap:26399ms", &set);
    assert_int_equal(set.n_traces, 80);
    trace_set_release(&set);
    lw_log_free(log);
    buf_release(&text);
}

static void counts_part_records_by_number(void **state)
{
    struct buf text = BUF_INIT;
    struct lw_log *log;
    struct trace_set set;

    (void)state;
    for (unsigned i = 0; i < 250; i++)
        buf_printf(&text, "host%u says something about %u\n", i % 5 == 0, i);
    log = open_log(&text);
    group(log, "count:100", &set);
    assert_int_equal(set.n_traces, 3);
    assert_int_equal(len_of(&set, "#1"), 100);
    assert_int_equal(len_of(&set, "#3"), 50);
    trace_set_release(&set);
    group(log, "count:20 by host\\d", &set);
    assert_int_equal(set.n_traces, 13);
    assert_int_equal(len_of(&set, "host1#3"), 10);
    assert_int_equal(len_of(&set, "host0#10"), 20);
    trace_set_release(&set);
    group(log, "gap:1s", &set); /* nothing is timed */
    assert_int_equal(set.n_traces, 0);
    trace_set_release(&set);
    lw_log_free(log);
    buf_release(&text);
}

static int follow(void *user, struct lw_error *err)
{
    const struct lw_log *log = user;
    struct trace_rule *rule;
    struct trace_set set;
    int code = trace_rule_parse("join:r=(\\w+) + j=(\\w+)", &rule, err);

    if (code != 0)
        return code;
    code = membership_find(log, rule, NULL, &set, err);
    if (code == 0)
        trace_set_release(&set);
    trace_rule_free(rule);
    return code;
}

static void running_out_of_memory_is_said_and_leaves_nothing(void **state)
{
    struct buf text = BUF_INIT;
    struct lw_log *log;

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        write_line(&text, i, "r=a%u has j=%u", i, i);
    log = open_log(&text);
    failalloc_each(follow, log);
    lw_log_free(log);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_that_are_handed_on_are_one_trace),
        cmocka_unit_test(what_links_to_many_does_not_join),
        cmocka_unit_test(a_few_wrong_links_do_not_matter),
        cmocka_unit_test(gaps_part_the_sessions_of_a_user),
        cmocka_unit_test(counts_part_records_by_number),
        cmocka_unit_test(running_out_of_memory_is_said_and_leaves_nothing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
