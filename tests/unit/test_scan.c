#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "learn/scan.h"
#include "tests/lib/scratch.h"

#define N_BLOCKS 5u
#define N_LINES  (N_BLOCKS * SCAN_BLOCK - 7)

struct block {
    uint64_t first, n;
};
struct pass {
    uint64_t next; /* record that the next block has to start with */
    size_t n_joined;
    uint64_t fails_at; /* record, or UINT64_MAX */
    size_t join_fails; /* block, or SIZE_MAX */
};

static int say(struct lw_error *err, enum lw_code code, uint64_t number)
{
    err->code = code;
    snprintf(err->text, sizeof err->text, "%llu", (unsigned long long)number);
    return code;
}

static int visit(void *user, void *memory, const struct scan_item *item, struct lw_error *err)
{
    const struct pass *pass = user;
    struct block *block = memory;

    if (block->n++ == 0)
        block->first = item->number;
    assert_int_equal(item->number, block->first + block->n - 1);
    if (item->number % SCAN_BLOCK == pass->fails_at % SCAN_BLOCK && item->number >= pass->fails_at)
        return say(err, LW_ERR_INPUT, item->number);
    return 0;
}

static int join(void *user, void *memory, struct lw_error *err)
{
    struct pass *pass = user;
    const struct block *block = memory;

    if (pass->n_joined++ == pass->join_fails)
        return say(err, LW_ERR_LIMIT, pass->n_joined);
    assert_int_equal(block->first, pass->next);
    pass->next += block->n;
    return 0;
}

/* Blocks hold no address of the pass, so what is released is counted here. */
static atomic_size_t n_released;

static void release_block(void *memory)
{
    (void)memory;
    atomic_fetch_add(&n_released, 1);
}

static int run_scan(struct pass *pass, unsigned threads, struct lw_error *err)
{
    struct buf text = BUF_INIT;
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, NULL, NULL, NULL};
    struct scan scan = {.phase = "scanning",
                        .block_size = sizeof(struct block),
                        .visit = visit,
                        .join = join,
                        .release = release_block,
                        .user = pass};
    struct trace_rule *rule = NULL;
    struct lw_log *log = NULL;
    const char *path;
    int code;

    for (size_t i = 0; i < N_LINES; i++)
        buf_add_text(&text, "one line\n");
    path = scratch_write("lines", text.data, text.len);
    buf_release(&text);
    options.format = "plain";
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
    assert_int_equal(trace_rule_parse("source", &rule, NULL), 0);
    assert_int_equal(lw_executor_new(threads, &run.executor, NULL), 0);
    scan.log = log;
    scan.rule = rule;
    atomic_store(&n_released, 0);
    code = scan_run(&scan, &run, err);
    lw_executor_free(run.executor);
    trace_rule_free(rule);
    lw_log_free(log);
    return code;
}

static void blocks_are_joined_in_order(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct pass pass = {.fails_at = UINT64_MAX, .join_fails = SIZE_MAX};
        struct lw_error err;

        assert_int_equal(run_scan(&pass, threads, &err), 0);
        assert_int_equal(pass.n_joined, N_BLOCKS);
        assert_int_equal(pass.next, N_LINES);
        assert_int_equal(atomic_load(&n_released), N_BLOCKS);
    }
}

static void a_failure_is_told_and_all_is_released(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct pass pass = {.fails_at = 2 * SCAN_BLOCK + 5, .join_fails = SIZE_MAX};
        struct lw_error err;
        char lowest[24];

        snprintf(lowest, sizeof lowest, "%u", 2 * SCAN_BLOCK + 5);
        assert_int_equal(run_scan(&pass, threads, &err), LW_ERR_INPUT);
        assert_string_equal(err.text, lowest); /* of all blocks that fail, the lowest */
        assert_true(pass.n_joined <= 2);
        assert_true(atomic_load(&n_released) >= 3);
    }
}

static void a_join_that_fails_is_the_last(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct pass pass = {.fails_at = UINT64_MAX, .join_fails = 1};
        struct lw_error err;

        assert_int_equal(run_scan(&pass, threads, &err), LW_ERR_LIMIT);
        assert_string_equal(err.text, "2");
        assert_int_equal(pass.n_joined, 2);
        assert_true(atomic_load(&n_released) >= 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_joined_in_order),
        cmocka_unit_test(a_failure_is_told_and_all_is_released),
        cmocka_unit_test(a_join_that_fails_is_the_last),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
