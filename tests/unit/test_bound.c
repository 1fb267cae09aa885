#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "learn/bound.h"
#include "learn/scan.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/scratch.h"

#define N_LINES (2 * SCAN_BLOCK + 3000u)
#define N_STEPS ((N_LINES + 3) / 4)
#define LIMIT   ((uint64_t)6 << 20)

/* Every fourth line is a step of one of many requests; all others are messages of their own. */
static struct lw_log *open_log(size_t n)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct buf text = BUF_INIT;
    struct lw_log *log = NULL;
    struct lw_error err;
    const char *path;

    for (size_t i = 0; i < n; i++) {
        buf_printf(&text, "2024-03-01 %02zu:%02zu:%02zu,%03zu INFO web: ", i / 3600000 % 24, i / 60000 % 60,
                   i / 1000 % 60, i % 1000);
        if (i % 4 == 0)
            buf_printf(&text, "request %zu took %zu ms\n", i / 4 * 7 % 5000, i % 911);
        else
            buf_printf(&text, "cannot %c%c%c%c%c read it\n", (char)('a' + i % 26), (char)('a' + i / 26 % 26),
                       (char)('a' + i / 676 % 26), (char)('a' + i / 17576 % 26), (char)('a' + i % 7));
    }
    assert_int_equal(buf_status(&text), 0);
    path = scratch_write("many.log", text.data, text.len);
    buf_release(&text);
    if (lw_log_open(&path, 1, &options, NULL, &log, &err) != 0)
        fail_msg("%s", err.text);
    return log;
}

static int learn(const struct lw_log *log, uint64_t limit, unsigned threads, struct counts **out, struct lw_error *err)
{
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, NULL, NULL, NULL};
    struct trace_rule *rule = NULL;
    int code = trace_rule_parse("request (\\d+)", &rule, err);

    if (code == 0 && threads > 1)
        code = lw_executor_new(threads, &run.executor, err);
    if (code == 0)
        code = counts_learn_within(log, rule, NULL, NULL, limit, &run, out, err);
    lw_executor_free(run.executor);
    trace_rule_free(rule);
    return code;
}

static struct counts *learned(const struct lw_log *log, uint64_t limit, unsigned threads)
{
    struct counts *counts = NULL;
    struct lw_error err;

    if (learn(log, limit, threads, &counts, &err) != 0)
        fail_msg("%s", err.text);
    return counts;
}

static uint32_t find_other(const struct counts *counts)
{
    uint32_t other = INTERN_NONE;

    for (uint32_t s = 0; s < counts->sequences.keys.count; s++) {
        struct sequence_token tokens[MASK_MAX_TOKENS];

        if (sequence_tokens(&counts->sequences, s, tokens, MASK_MAX_TOKENS) == 1 &&
            tokens[0].text.len == strlen(BOUND_OTHER) &&
            memcmp(tokens[0].text.data, BOUND_OTHER, tokens[0].text.len) == 0)
            other = s;
    }
    return other;
}

static void every_record_is_still_counted(void **state)
{
    struct lw_log *log = open_log(N_LINES);
    struct counts *counts = learned(log, LIMIT, 1);
    struct bound_cost cost = counts_cost(counts);
    uint64_t records = 0, most = 0;
    uint64_t *by_sequence = calloc(counts->sequences.keys.count, sizeof *by_sequence);
    uint32_t other = find_other(counts);

    (void)state;
    assert_true(cost.sequences + cost.traces <= LIMIT);
    assert_int_equal(counts->records, N_LINES);
    assert_true(other != INTERN_NONE);
    assert_true(counts->folded.records > N_LINES / 3);
    assert_int_equal(counts->sequences.stats[other].count, counts->folded.records);
    for (uint64_t i = 0; i < counts->n_record_sequence; i++) {
        assert_true(counts->record_sequence[i] < counts->sequences.keys.count);
        by_sequence[counts->record_sequence[i]]++;
    }
    for (uint32_t s = 0; s < counts->sequences.keys.count; s++) {
        assert_int_equal(by_sequence[s], counts->sequences.stats[s].count);
        records += by_sequence[s];
        if (s != other && by_sequence[s] > most)
            most = by_sequence[s];
    }
    assert_int_equal(records, N_LINES);
    assert_int_equal(most, N_STEPS); /* what is frequent misses nothing */
    free(by_sequence);
    counts_free(counts);
    lw_log_free(log);
}

static void traces_that_stay_are_whole(void **state)
{
    struct lw_log *log = open_log(N_LINES);
    struct counts *counts = learned(log, LIMIT / 4, 1), *whole = learned(log, 0, 1);
    uint64_t events = 0;

    (void)state;
    assert_true(counts->folded.has_traces && !whole->folded.has_traces);
    assert_int_equal(whole->folded.records + whole->folded.sketches, 0);
    assert_true(counts->trace_names.count > 0 && counts->trace_names.count < whole->trace_names.count);
    for (uint32_t t = 0; t < counts->trace_names.count; t++) {
        struct lw_bytes name = intern_get(&counts->trace_names, t), same = intern_get(&whole->trace_names, t);

        assert_int_equal(name.len, same.len);
        assert_memory_equal(name.data, same.data, name.len);
        assert_int_equal(counts->traces[t].n, whole->traces[t].n);
        events += counts->traces[t].n;
    }
    assert_int_equal(events + counts->folded.events, N_STEPS);
    counts_free(counts);
    counts_free(whole);
    lw_log_free(log);
}

static void threads_do_not_show(void **state)
{
    struct lw_log *log = open_log(N_LINES);
    struct counts *one = learned(log, LIMIT, 1), *four = learned(log, LIMIT, 4);
    struct buf a = BUF_INIT, b = BUF_INIT;

    (void)state;
    assert_int_equal(one->sequences.keys.count, four->sequences.keys.count);
    assert_int_equal(one->trace_names.count, four->trace_names.count);
    for (uint32_t s = 0; s < one->sequences.keys.count; s++) {
        counts_pack_sequence(one, s, &a);
        counts_pack_sequence(four, s, &b);
    }
    counts_pack_folded(one, &a);
    counts_pack_folded(four, &b);
    layouts_pack(&one->layouts, &a);
    layouts_pack(&four->layouts, &b);
    assert_int_equal(buf_status(&a), 0);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    assert_memory_equal(one->record_sequence, four->record_sequence, N_LINES * sizeof *one->record_sequence);
    buf_release(&a);
    buf_release(&b);
    counts_free(one);
    counts_free(four);
    lw_log_free(log);
}

static void too_small_a_bound_is_told(void **state)
{
    struct lw_log *log = open_log(5000);
    struct counts *counts = NULL;
    struct lw_error err;

    (void)state;
    assert_int_equal(learn(log, 10000, 1, &counts, &err), LW_ERR_MEMORY);
    assert_non_null(strstr(err.text, "--max-memory"));
    lw_log_free(log);
}

static int learn_few(void *user, struct lw_error *err)
{
    struct counts *counts = NULL;
    int code = learn(user, 2000000, 1, &counts, err);

    if (code == 0)
        counts_free(counts);
    return code;
}

static void memory_may_run_out_anywhere(void **state)
{
    struct lw_log *log = open_log(1200);
    struct counts *counts = learned(log, 2000000, 1);

    (void)state;
    assert_true(counts->folded.records > 0);
    counts_free(counts);
    failalloc_each(learn_few, log);
    lw_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_still_counted), cmocka_unit_test(traces_that_stay_are_whole),
        cmocka_unit_test(threads_do_not_show),           cmocka_unit_test(too_small_a_bound_is_told),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
