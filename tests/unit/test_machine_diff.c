#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "base/rng.h"
#include "learn/machine_diff.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/letters.h"

enum { N_LETTERS = 27 };

struct pair_of_logs {
    struct trace_set sets[2];
};

static void begin(struct pair_of_logs *logs)
{
    trace_set_init(&logs->sets[0]);
    trace_set_init(&logs->sets[1]);
}

static void end(struct pair_of_logs *logs)
{
    trace_set_release(&logs->sets[0]);
    trace_set_release(&logs->sets[1]);
}

/* Letters are the same events on both sides. */
static int compare(const struct pair_of_logs *logs, struct lw_machine_diff **out, struct lw_error *err)
{
    static struct lw_bytes texts[N_LETTERS + DIFF_FIRST];
    uint32_t symbols[N_LETTERS], ids[N_LETTERS + DIFF_FIRST] = {LW_TEMPLATE_UNKNOWN, LW_TEMPLATE_UNKNOWN};
    struct machine machines[2] = {{0}, {0}};
    struct variants variants[2] = {{0}, {0}};
    struct diff_input input = {.n_symbols = N_LETTERS + DIFF_FIRST, .texts = texts, .alpha = 0.01};
    int code = 0;

    for (uint32_t i = 0; i < N_LETTERS; i++) {
        symbols[i] = i + DIFF_FIRST;
        ids[i + DIFF_FIRST] = i;
        texts[i + DIFF_FIRST] = (struct lw_bytes){"?ABCDEFGHIJKLMNOPQRSTUVWXYZ" + i, 1};
    }
    for (int side = 0; side < 2 && code == 0; side++) {
        code = machine_learn(&logs->sets[side], NULL, &machines[side], err);
        if (code == 0)
            code = variants_find(&logs->sets[side], &variants[side], err);
        input.sides[side] =
            (struct diff_side){&machines[side], &logs->sets[side], &variants[side], symbols, N_LETTERS, ids};
    }
    if (code == 0)
        code = machine_diff(&input, NULL, out, err);
    for (int side = 0; side < 2; side++) {
        machine_release(&machines[side]);
        variants_release(&variants[side]);
    }
    return code;
}

static void assert_sane(const struct lw_machine_diff *diff)
{
    struct lw_machine_diff_summary summary;
    size_t significant = 0;
    struct lw_diff_row row, before = {.is_significant = true, .bits = INFINITY};

    lw_machine_diff_summary(diff, &summary);
    assert_int_equal(summary.n_rows, lw_machine_diff_count(diff));
    for (size_t i = 0; i < summary.n_rows; i++, before = row) {
        assert_int_equal(lw_machine_diff_get(diff, i, &row, NULL), 0);
        significant += row.is_significant ? 1 : 0;
        assert_true(row.p >= 0 && row.p <= 1 && row.bits >= 0 && row.bits <= 1);
        assert_true(row.count_a <= row.of_a && row.count_b <= row.of_b);
        assert_int_equal(row.a >= 0, row.side != LW_DIFF_ONLY_B);
        assert_int_equal(row.b >= 0, row.side != LW_DIFF_ONLY_A);
        assert_true(before.is_significant || !row.is_significant);
        assert_true(before.is_significant != row.is_significant || before.bits >= row.bits);
    }
    assert_int_equal(significant, summary.n_significant);
    assert_true(lw_machine_diff_get(diff, summary.n_rows, &row, NULL) < 0);
}

static struct lw_machine_diff *differ(const struct pair_of_logs *logs)
{
    struct lw_machine_diff *diff = NULL;

    assert_int_equal(compare(logs, &diff, NULL), 0);
    assert_sane(diff);
    return diff;
}

static size_t count_significant(const struct pair_of_logs *logs)
{
    struct lw_machine_diff *diff = differ(logs);
    struct lw_machine_diff_summary summary;

    lw_machine_diff_summary(diff, &summary);
    lw_machine_diff_free(diff);
    return summary.n_significant;
}

/* The first row of a transition by this event; fails if there is none. */
static struct lw_diff_row transition(const struct lw_machine_diff *diff, const char *event)
{
    struct lw_diff_row row;

    for (size_t i = 0; i < lw_machine_diff_count(diff); i++) {
        assert_int_equal(lw_machine_diff_get(diff, i, &row, NULL), 0);
        if (row.kind == LW_DIFF_TRANSITION && row.event.len == strlen(event) &&
            memcmp(row.event.data, event, row.event.len) == 0)
            return row;
    }
    fail_msg("no transition by %s", event);
    return row;
}

/* A program: retries of B, one of two ends. Traces of various lengths, so that counts vary between them. */
static void run_program(struct trace_set *set, struct rng *rng, int n, double p_retry, double p_fail)
{
    for (int i = 0; i < n; i++) {
        char events[40] = "A";
        size_t len = 1;
        /* some sessions retry always, which makes steps depend on one another */
        double retry = rng_uniform(rng) < 0.2 ? 0.9 : p_retry;

        events[len++] = 'B';
        while (len < 30 && rng_uniform(rng) < retry)
            events[len++] = 'B';
        events[len++] = rng_uniform(rng) < p_fail ? 'F' : 'C';
        events[len++] = 'D';
        events[len] = '\0';
        letters_add(set, events, NULL);
    }
}

static void equal_logs_have_no_rows(void **state)
{
    struct pair_of_logs logs;
    struct rng rng;

    (void)state;
    begin(&logs);
    for (int side = 0; side < 2; side++) {
        rng_init(&rng, 1, 0, 0);
        run_program(&logs.sets[side], &rng, 400, 0.3, 0.1);
    }
    struct lw_machine_diff *diff = differ(&logs);
    assert_int_equal(lw_machine_diff_count(diff), 0);
    lw_machine_diff_free(diff);
    end(&logs);
}

/* As with ten times the volume: counts differ, shares do not. */
static void volume_alone_is_no_difference(void **state)
{
    struct pair_of_logs logs;

    (void)state;
    begin(&logs);
    for (int times = 0; times < 10; times++)
        for (int side = 0; side < (times == 0 ? 2 : 1); side++) {
            letters_add_times(&logs.sets[side], "ABCD", 30);
            letters_add_times(&logs.sets[side], "ABBCD", 10);
            letters_add_times(&logs.sets[side], "ABFD", 4);
        }
    assert_int_equal(count_significant(&logs), 0);
    end(&logs);
}

/* Two runs of one program: at a level of .01 for all rows together at most few of 100 may be called different, though
 * steps within a trace depend on one another. */
static void two_runs_of_one_program_hardly_ever_differ(void **state)
{
    struct rng rng;
    size_t wrong = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct pair_of_logs logs;

        begin(&logs);
        rng_init(&rng, seed, 0, 0);
        for (int side = 0; side < 2; side++)
            run_program(&logs.sets[side], &rng, 250, 0.3, 0.1);
        wrong += count_significant(&logs) > 0;
        end(&logs);
    }
    assert_in_range(wrong, 0, 4);
}

static void changed_shares_are_found(void **state)
{
    struct pair_of_logs logs;
    struct rng rng;

    (void)state;
    begin(&logs);
    rng_init(&rng, 3, 0, 0);
    run_program(&logs.sets[0], &rng, 1000, 0.3, 0.05);
    run_program(&logs.sets[1], &rng, 1000, 0.3, 0.25);
    struct lw_machine_diff *diff = differ(&logs);
    struct lw_diff_row row;

    assert_int_equal(lw_machine_diff_get(diff, 0, &row, NULL), 0);
    assert_true(row.is_significant);
    assert_true(row.p < 1e-6);
    row = transition(diff, "F");
    assert_true(row.is_significant);
    assert_int_equal(row.side, LW_DIFF_BOTH);
    assert_true(row.probability_b > 2 * row.probability_a);
    lw_machine_diff_free(diff);
    end(&logs);
}

static void what_only_one_has_is_told(void **state)
{
    struct pair_of_logs logs;
    struct lw_machine_diff_summary summary;

    (void)state;
    begin(&logs);
    letters_add_times(&logs.sets[0], "ABCD", 100);
    letters_add_times(&logs.sets[1], "ABCD", 60);
    letters_add_times(&logs.sets[1], "ABXYD", 40);
    struct lw_machine_diff *diff = differ(&logs);
    struct lw_diff_row row = transition(diff, "X");

    assert_int_equal(row.side, LW_DIFF_ONLY_B);
    assert_int_equal(row.count_b, 40);
    assert_int_equal(row.of_b, 100);
    assert_int_equal(row.count_a, 0);
    assert_int_equal(row.of_a, 100);
    assert_true(row.is_significant);
    assert_memory_equal(row.to.data, "b:", 2);
    row = transition(diff, "Y"); /* which leads to where C does */
    assert_memory_equal(row.from.data, "b:", 2);
    assert_true(row.to.data[0] != 'b');
    lw_machine_diff_summary(diff, &summary);
    assert_int_equal(summary.states_b, 1);
    assert_int_equal(summary.states_a, 0);
    lw_machine_diff_free(diff);
    end(&logs);
}

/* Shares are equal, the order is not: only what the second machine tells apart shows it. */
static void what_depends_on_what_was_before_is_found(void **state)
{
    struct pair_of_logs logs;

    (void)state;
    begin(&logs);
    for (int i = 0; i < 100; i++) {
        letters_add(&logs.sets[0], i % 2 ? "ACE" : "ACF", NULL);
        letters_add(&logs.sets[0], i % 2 ? "BCE" : "BCF", NULL);
        letters_add(&logs.sets[1], "ACE", NULL);
        letters_add(&logs.sets[1], "BCF", NULL);
    }
    assert_true(count_significant(&logs) > 0);
    end(&logs);
}

static void slower_steps_are_found(void **state)
{
    struct pair_of_logs logs;
    struct rng rng;

    (void)state;
    begin(&logs);
    rng_init(&rng, 9, 0, 0);
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < 300; i++) {
            int64_t slow = (int64_t)(1000 * exp(3 * rng_uniform(&rng))) * (side == 1 ? 8 : 1);
            letters_add(&logs.sets[side], "ABC", (const int64_t[]){0, slow, 500 + (int64_t)rng_below(&rng, 1000)});
        }
    struct lw_machine_diff *diff = differ(&logs);
    struct lw_diff_row row = transition(diff, "B");

    assert_true(row.is_significant);
    assert_true(row.delay_p < 1e-6);
    assert_true(row.p == 1);
    assert_in_range((uint64_t)(10 * (double)row.delay_b_us / (double)row.delay_a_us), 30, 200);
    for (size_t i = 1; i < lw_machine_diff_count(diff); i++) {
        assert_int_equal(lw_machine_diff_get(diff, i, &row, NULL), 0);
        assert_false(row.is_significant);
    }
    lw_machine_diff_free(diff);
    end(&logs);
}

/* One trace that goes round and round is one trace. */
static void one_long_trace_is_no_evidence(void **state)
{
    struct pair_of_logs logs;
    static char events[2000];

    (void)state;
    begin(&logs);
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < 100; i++)
            letters_add(&logs.sets[side], i % 2 ? "ABCBD" : "ABD", NULL);
    for (size_t i = 0; i < 1500; i++)
        events[i] = i % 2 ? 'C' : 'B';
    letters_add(&logs.sets[1], events, NULL);
    assert_int_equal(count_significant(&logs), 0);
    end(&logs);
}

static void nothing_is_compared_with_something(void **state)
{
    struct pair_of_logs logs;

    (void)state;
    begin(&logs);
    assert_int_equal(count_significant(&logs), 0);
    letters_add(&logs.sets[0], "", NULL);
    assert_int_equal(count_significant(&logs), 0);
    letters_add_times(&logs.sets[1], "ABC", 50);
    struct lw_machine_diff *diff = differ(&logs);
    assert_true(lw_machine_diff_count(diff) >= 3);
    lw_machine_diff_free(diff);
    end(&logs);
    begin(&logs); /* no event in common */
    letters_add_times(&logs.sets[0], "ABC", 50);
    letters_add_times(&logs.sets[1], "XYZ", 50);
    assert_true(count_significant(&logs) >= 6);
    end(&logs);
}

static int compare_and_release(void *user, struct lw_error *err)
{
    struct lw_machine_diff *diff = NULL;
    int code = compare(user, &diff, err);

    if (code == 0)
        lw_machine_diff_free(diff);
    return code;
}

static void running_out_of_memory_is_said_and_leaves_nothing(void **state)
{
    struct pair_of_logs logs;

    (void)state;
    begin(&logs);
    letters_add_times(&logs.sets[0], "ABCD", 5);
    letters_add_times(&logs.sets[1], "ABXD", 5);
    failalloc_each(compare_and_release, &logs);
    end(&logs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_logs_have_no_rows),
        cmocka_unit_test(volume_alone_is_no_difference),
        cmocka_unit_test(two_runs_of_one_program_hardly_ever_differ),
        cmocka_unit_test(changed_shares_are_found),
        cmocka_unit_test(what_only_one_has_is_told),
        cmocka_unit_test(what_depends_on_what_was_before_is_found),
        cmocka_unit_test(slower_steps_are_found),
        cmocka_unit_test(one_long_trace_is_no_evidence),
        cmocka_unit_test(nothing_is_compared_with_something),
        cmocka_unit_test(running_out_of_memory_is_said_and_leaves_nothing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
