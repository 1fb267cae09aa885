#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "learn/counts.h"
#include "learn/scan.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/scratch.h"

#define N_LINES (2 * SCAN_BLOCK + 1000u)

/* Requests of 7 steps, some of which pass work from one request to the next and so belong to two traces. */
static const char *write_log(const char *name, size_t from, size_t to)
{
    struct buf text = BUF_INIT;
    const char *path;

    for (size_t i = from; i < to; i++) {
        size_t request = i / 70 * 10 + i % 10, step = i / 10 % 7;

        buf_printf(&text, "2024-03-01 %02zu:%02zu:%02zu,%03zu %s web: ", i / 3600000 % 24, i / 60000 % 60,
                   i / 1000 % 60, i % 1000, step == 3 ? "WARN" : "INFO");
        if (step == 3)
            buf_printf(&text, "request %zu hands over to request %zu\n", request, request + 1);
        else
            buf_printf(&text, "step %c of request %zu took %zu ms\n", (char)('a' + step), request, i * 7 % 1000);
    }
    assert_int_equal(buf_status(&text), 0);
    path = scratch_write(name, text.data, text.len);
    buf_release(&text);
    return path;
}

static struct lw_log *open_log(const char *path)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_error err;
    struct lw_log *log = NULL;

    if (lw_log_open(&path, 1, &options, NULL, &log, &err) != 0)
        fail_msg("%s", err.text);
    return log;
}

static struct trace_rule *make_rule(const char *text)
{
    struct trace_rule *rule = NULL;

    assert_int_equal(trace_rule_parse(text, &rule, NULL), 0);
    return rule;
}

static struct counts *learn(const struct lw_log *log, const uint8_t *use, unsigned threads)
{
    struct trace_rule *rule = make_rule("request (\\d+)");
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, NULL, NULL, NULL};
    struct counts *counts = NULL;
    struct lw_error err;

    if (threads > 1)
        assert_int_equal(lw_executor_new(threads, &run.executor, NULL), 0);
    if (counts_learn(log, rule, NULL, use, &run, &counts, &err) != 0)
        fail_msg("%s", err.text);
    lw_executor_free(run.executor);
    trace_rule_free(rule);
    return counts;
}

/* The votes for the most frequent values are bounded, not exact, when parts are merged. */
static void drop_votes(const struct counts *counts)
{
    for (size_t i = 0; i < counts->n_params; i++)
        for (size_t c = 0; counts->params[i].sketch != NULL && c < SKETCH_CELLS; c++)
            counts->params[i].sketch->cells[c].votes = 0;
}

/* All that adds up, as bytes. */
static void pack_all(const struct counts *counts, struct buf *out)
{
    for (uint32_t i = 0; i < counts->sequences.keys.count; i++)
        counts_pack_sequence(counts, i, out);
    for (uint32_t i = 0; i < counts->trace_names.count; i++) {
        struct lw_bytes name = intern_get(&counts->trace_names, i);

        pack_bytes(out, name.data, name.len);
        counts_pack_trace(counts, i, out);
    }
    layouts_pack(&counts->layouts, out);
    minutes_pack(&counts->minutes, out);
    pack_u64(out, counts->records);
    pack_i64(out, counts->first_us);
    pack_i64(out, counts->last_us);
    for (size_t i = 0; i < LW_LEVEL_COUNT; i++)
        pack_u64(out, counts->levels[i]);
    assert_int_equal(buf_status(out), 0);
}

static void assert_same(const struct counts *a, const struct counts *b)
{
    struct buf x = BUF_INIT, y = BUF_INIT;

    pack_all(a, &x);
    pack_all(b, &y);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.data, y.data, x.len);
    buf_release(&x);
    buf_release(&y);
}

static void threads_do_not_show(void **state)
{
    struct lw_log *log = open_log(write_log("whole.log", 0, N_LINES));
    struct counts *one = learn(log, NULL, 1), *four = learn(log, NULL, 4);

    (void)state;
    assert_int_equal(one->records, N_LINES);
    assert_int_equal(one->lines, N_LINES);
    assert_same(one, four);
    assert_memory_equal(one->record_sequence, four->record_sequence, N_LINES * sizeof *one->record_sequence);
    for (uint32_t t = 0; t < one->trace_names.count; t++)
        for (size_t i = 0; i < one->traces[t].n; i++)
            assert_int_equal(one->traces[t].events[i].record, four->traces[t].events[i].record);
    counts_free(one);
    counts_free(four);
    lw_log_free(log);
}

static void shards_add_up(void **state)
{
    struct lw_log *whole = open_log(write_log("whole.log", 0, N_LINES));
    struct lw_log *first = open_log(write_log("first.log", 0, 12345));
    struct lw_log *second = open_log(write_log("second.log", 12345, N_LINES));
    struct counts *expected = learn(whole, NULL, 1), *merged = NULL;
    struct counts *parts[2] = {learn(first, NULL, 1), learn(second, NULL, 1)};
    struct lw_error err;

    (void)state;
    assert_int_equal(counts_merge((const struct counts *const *)parts, 2, &merged, &err), 0);
    drop_votes(merged);
    drop_votes(expected);
    assert_same(merged, expected);
    assert_int_equal(merged->lines, expected->lines);
    assert_int_equal(merged->bytes, expected->bytes);
    assert_null(merged->record_sequence);
    assert_int_equal(merged->traces[0].events[0].record, RAW_NO_RECORD);
    for (size_t i = 0; i < 2; i++)
        counts_free(parts[i]);
    counts_free(merged);
    counts_free(expected);
    lw_log_free(whole);
    lw_log_free(first);
    lw_log_free(second);
}

static void records_left_out_leave_no_trace(void **state)
{
    struct lw_log *whole = open_log(write_log("whole.log", 0, N_LINES));
    struct lw_log *first = open_log(write_log("first.log", 0, 20000));
    uint8_t *use = calloc(N_LINES, 1);
    struct counts *expected = learn(first, NULL, 1), *used;

    (void)state;
    memset(use, 1, 20000);
    used = learn(whole, use, 2);
    assert_same(used, expected);
    assert_int_equal(used->record_sequence[20000], INTERN_NONE);
    assert_int_equal(used->record_sequence[19999], expected->record_sequence[19999]);
    counts_free(used);
    counts_free(expected);
    free(use);
    lw_log_free(whole);
    lw_log_free(first);
}

static void a_record_can_be_in_two_traces(void **state)
{
    struct lw_log *log = open_log(write_log("few.log", 0, 140));
    struct counts *counts = learn(log, NULL, 1);
    uint32_t zero = intern_find(&counts->trace_names, "0", 1), one = intern_find(&counts->trace_names, "1", 1);

    (void)state;
    assert_int_equal(counts->traces[zero].n, 7);
    assert_int_equal(counts->traces[one].n, 8);
    assert_int_equal(counts->traces[zero].events[3].record, 30);
    assert_int_equal(counts->traces[one].events[3].record, 30);
    assert_int_equal(counts->traces[one].events[4].record, 31);
    counts_free(counts);
    lw_log_free(log);
}

static void pools_hold_what_was_seen(void **state)
{
    struct lw_log *log = open_log(write_log("few.log", 0, 140));
    struct counts *counts = learn(log, NULL, 1);
    const struct pool *pools = counts->params;

    (void)state;
    assert_int_equal(counts->sequences.keys.count, 7);
    for (uint32_t s = 0; s < 7; s++) {
        assert_int_equal(counts->param_first[s + 1] - counts->param_first[s], 2);
        assert_int_equal(pools[counts->param_first[s]].total, counts->sequences.stats[s].count);
    }
    assert_int_equal(pool_distinct(&pools[0]), 20);
    counts_free(counts);
    lw_log_free(log);
}

static void plans_have_to_be_equal(void **state)
{
    struct counts *parts[2] = {NULL, NULL}, *merged = NULL;
    struct lw_error err;

    (void)state;
    assert_int_equal(counts_new("a", "given", &parts[0], NULL), 0);
    assert_int_equal(counts_new("b", "given", &parts[1], NULL), 0);
    assert_int_equal(counts_merge((const struct counts *const *)parts, 2, &merged, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "'b'"));
    assert_int_equal(counts_merge(NULL, 0, &merged, &err), LW_ERR_USAGE);
    counts_free(parts[0]);
    counts_free(parts[1]);
}

static void what_is_packed_comes_back(void **state)
{
    struct lw_log *log = open_log(write_log("few.log", 0, 700));
    struct counts *counts = learn(log, NULL, 1), *read = NULL;
    struct buf data = BUF_INIT;
    struct unpack in;

    (void)state;
    assert_int_equal(counts_new("x", "y", &read, NULL), 0);
    for (uint32_t i = 0; i < counts->sequences.keys.count; i++) {
        buf_clear(&data);
        counts_pack_sequence(counts, i, &data);
        unpack_init(&in, data.data, data.len);
        assert_int_equal(counts_unpack_sequence(read, &in, NULL), 0);
        for (size_t len = 0; len < data.len; len++) { /* no cut of it is taken for the whole */
            struct counts *cut = NULL;

            assert_int_equal(counts_new("x", "y", &cut, NULL), 0);
            unpack_init(&in, data.data, len);
            assert_int_equal(counts_unpack_sequence(cut, &in, NULL), LW_ERR_INPUT);
            counts_free(cut);
        }
    }
    for (uint32_t i = 0; i < counts->trace_names.count; i++) {
        struct lw_bytes name = intern_get(&counts->trace_names, i);

        buf_clear(&data);
        counts_pack_trace(counts, i, &data);
        unpack_init(&in, data.data, data.len);
        assert_int_equal(counts_unpack_trace(read, name.data, name.len, &in, NULL), 0);
    }
    unpack_init(&in, data.data, data.len);
    assert_int_equal(counts_unpack_trace(read, "0", 1, &in, NULL), LW_ERR_INPUT); /* it is there already */
    buf_clear(&data);
    layouts_pack(&counts->layouts, &data);
    unpack_init(&in, data.data, data.len);
    assert_int_equal(layouts_unpack(&read->layouts, &in, NULL), 0);
    assert_int_equal(minutes_merge(&read->minutes, &counts->minutes), 0);
    read->records = counts->records;
    read->first_us = counts->first_us;
    read->last_us = counts->last_us;
    memcpy(read->levels, counts->levels, sizeof read->levels);
    assert_same(read, counts);
    buf_release(&data);
    counts_free(read);
    counts_free(counts);
    lw_log_free(log);
}

static void a_cancelled_run_says_so(void **state)
{
    struct lw_log *log = open_log(write_log("few.log", 0, 140));
    struct trace_rule *rule = make_rule("request (\\d+)");
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, NULL, NULL, NULL};
    struct counts *counts = NULL;
    struct lw_error err;

    (void)state;
    assert_int_equal(lw_cancel_new(&run.cancel, NULL), 0);
    lw_cancel_request(run.cancel);
    assert_int_equal(counts_learn(log, rule, NULL, NULL, &run, &counts, &err), LW_ERR_CANCELLED);
    assert_int_equal(err.code, LW_ERR_CANCELLED);
    assert_null(counts);
    lw_cancel_free(run.cancel);
    trace_rule_free(rule);
    lw_log_free(log);
}

static int learn_few(void *user, struct lw_error *err)
{
    struct trace_rule *rule = NULL;
    struct counts *counts = NULL;
    int code = trace_rule_parse("request (\\d+)", &rule, err);

    if (code == 0)
        code = counts_learn(user, rule, NULL, NULL, NULL, &counts, err);
    counts_free(counts);
    trace_rule_free(rule);
    return code;
}

static void memory_may_run_out_anywhere(void **state)
{
    struct lw_log *log = open_log(write_log("few.log", 0, 70));

    (void)state;
    failalloc_each(learn_few, log);
    lw_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(shards_add_up),
        cmocka_unit_test(records_left_out_leave_no_trace),
        cmocka_unit_test(a_record_can_be_in_two_traces),
        cmocka_unit_test(pools_hold_what_was_seen),
        cmocka_unit_test(plans_have_to_be_equal),
        cmocka_unit_test(what_is_packed_comes_back),
        cmocka_unit_test(a_cancelled_run_says_so),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
