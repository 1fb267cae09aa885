#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/machine.h"
#include "learn/ngram.h"
#include "learn/quality.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/letters.h"
#include "tests/lib/process.h"

static const char three_threads[] = "open (take do put)&(call wait hear)&(read sum) close";

static void run(struct trace_set *set, const char *text, size_t n)
{
    struct process *process = process_new(text);
    for (size_t t = 0; t < n; t++) {
        struct rng rng;
        uint32_t events[200];
        char name[24];
        rng_init(&rng, 7, 1, t);
        size_t len = process_sample(process, &rng, events, 200);
        assert_int_equal(trace_set_begin(set, name, (size_t)snprintf(name, sizeof name, "t%zu", t), NULL), 0);
        for (size_t i = 0; i < len; i++)
            assert_int_equal(trace_set_event(set, events[i] + 1, LW_NO_TIME, LW_NO_RECORD, NULL), 0);
    }
    process_free(process);
}

/* Over all continuations the models of each order sum to 1. */
static void ngrams_sum_to_one(void **state)
{
    (void)state;
    struct trace_set set;
    struct variants variants;
    struct ngram ngram;
    trace_set_init(&set);
    run(&set, "(a b?.5 | c)*.8 (d | e@.2)", 300);
    assert_int_equal(variants_find(&set, &variants, NULL), 0);
    assert_int_equal(ngram_fit(&set, &variants, &ngram, NULL), 0);
    const uint32_t begins[][4] = {{1, 2, 1, 3}, {3, 3, 3, 3}, {4, 4, 5, 1}, {1, 99, 2, 2}};
    for (size_t b = 0; b < sizeof begins / sizeof *begins; b++) {
        double sums[NGRAM_LONGEST] = {0}, before[NGRAM_LONGEST] = {0};
        uint32_t events[5];
        memcpy(events, begins[b], sizeof begins[b]);
        ngram_prefix_bits(&ngram, events, 4, before);
        for (uint32_t next = 1; next <= 6; next++) { /* five that were seen and one unknown */
            double bits[NGRAM_LONGEST] = {0};
            events[4] = next == 6 ? 77 : next;
            ngram_prefix_bits(&ngram, events, 5, bits);
            for (size_t i = 0; i < NGRAM_LONGEST; i++)
                sums[i] += exp2(before[i] - bits[i]);
        }
        double bits[NGRAM_LONGEST] = {0};
        ngram_bits(&ngram, events, 4, bits);
        for (size_t i = 0; i < NGRAM_LONGEST; i++)
            assert_true(fabs(sums[i] + exp2(before[i] - bits[i]) - 1) < 1e-9);
    }
    ngram_release(&ngram);
    variants_release(&variants);
    trace_set_release(&set);
}

static void mixed_threads_are_told_better_than_by_ngrams(void **state)
{
    (void)state;
    struct trace_set set;
    struct variants variants;
    struct machine machine;
    struct lw_quality quality;
    trace_set_init(&set);
    run(&set, three_threads, 2000);
    assert_int_equal(variants_find(&set, &variants, NULL), 0);
    assert_int_equal(machine_learn(&set, NULL, &machine, NULL), 0);
    assert_int_equal(machine_quality(&machine, &set, &variants, NULL, &quality, NULL), 0);
    assert_true(quality.n_held_out > 50);
    for (size_t i = 0; i < LW_NGRAM_ORDERS; i++)
        assert_true(quality.machine_bits < quality.ngram_bits[i] - .05);
    assert_int_equal(quality.core_states, machine.n_states);
    assert_true(quality.core_share == 1);
    machine_release(&machine);
    variants_release(&variants);
    trace_set_release(&set);
}

static void what_is_certain_returns_and_what_was_chance_does_not(void **state)
{
    (void)state;
    struct trace_set set;
    struct variants variants;
    struct machine machine;
    struct lw_executor *executor;
    struct lw_error err;
    double shares[64], same[64];
    trace_set_init(&set);
    run(&set, "open (read | write)*.6 sync (ok | fail@.3) (close | burn@.002)", 1000);
    assert_int_equal(variants_find(&set, &variants, NULL), 0);
    assert_int_equal(machine_learn(&set, NULL, &machine, NULL), 0);
    assert_in_range(machine.n_edges, 8, 64);
    assert_int_equal(machine_stability(&machine, &set, &variants, 20, 1, NULL, shares, NULL), 0);
    for (size_t e = 0; e < machine.n_edges; e++) /* a sample lacks a trace with a probability of 1 / e */
        assert_true(machine.edges[e].count < 3 ? shares[e] <= .95 : shares[e] >= .95);
    assert_int_equal(lw_executor_new(2, &executor, &err), 0);
    struct lw_run two = {.version = LW_OPTIONS_VERSION, .executor = executor};
    assert_int_equal(machine_stability(&machine, &set, &variants, 20, 1, &two, same, NULL), 0);
    assert_memory_equal(shares, same, machine.n_edges * sizeof *shares);
    assert_int_equal(machine_stability(&machine, &set, &variants, 0, 1, NULL, same, &err), LW_ERR_USAGE);
    lw_executor_free(executor);
    machine_release(&machine);
    variants_release(&variants);
    trace_set_release(&set);
}

struct judged {
    struct trace_set set;
    struct variants variants;
    struct machine machine;
    double shares[64];
};

static int judge(void *user, struct lw_error *err)
{
    struct judged *judged = user;
    struct lw_quality quality;
    int status = machine_quality(&judged->machine, &judged->set, &judged->variants, NULL, &quality, err);
    return status != 0
               ? status
               : machine_stability(&judged->machine, &judged->set, &judged->variants, 2, 1, NULL, judged->shares, err);
}

static void running_out_of_memory_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    struct judged judged;
    trace_set_init(&judged.set);
    run(&judged.set, "a b?.5 (c | d) e", 40);
    assert_int_equal(variants_find(&judged.set, &judged.variants, NULL), 0);
    assert_int_equal(machine_learn(&judged.set, NULL, &judged.machine, NULL), 0);
    assert_in_range(judged.machine.n_edges, 1, 64);
    failalloc_each(judge, &judged);
    machine_release(&judged.machine);
    variants_release(&judged.variants);
    trace_set_release(&judged.set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ngrams_sum_to_one),
        cmocka_unit_test(mixed_threads_are_told_better_than_by_ngrams),
        cmocka_unit_test(what_is_certain_returns_and_what_was_chance_does_not),
        cmocka_unit_test(running_out_of_memory_is_said_and_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
