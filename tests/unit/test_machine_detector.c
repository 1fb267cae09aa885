#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/rng.h"
#include "tests/lib/detecting.h"

static void an_impossible_step_shows_in_a_long_trace(void **state)
{
    (void)state;
    struct detecting at;
    trace_set_init(&at.set);
    letters_add_times(&at.set, "ABCABCABCABCABCABCABCABCABCABCD", 50);
    detecting_fit(&at, "machine");
    double usual = detecting_ask(&at, "ABCABCABCABCABCABCABCABCABCABCD", NULL).score;
    struct detector_verdict odd = detecting_ask(&at, "ABCABCABCABCACBCABCABCABCABCABCD", NULL);
    assert_true(odd.score > usual + 3);
    assert_in_range(odd.event, 13, 15);
    struct detector_verdict early = detecting_ask(&at, "ABCAB", NULL);
    assert_true(early.score > usual + 3);
    assert_int_equal(early.event, 4);
    detecting_assert_reason(&at, "end after E2.2: never seen; expected E3 (1.00)");
    detecting_release(&at);
}

static void what_was_never_seen_names_what_was_expected(void **state)
{
    (void)state;
    struct detecting at;
    trace_set_init(&at.set);
    letters_add_times(&at.set, "ABC", 97);
    letters_add_times(&at.set, "ABD", 3);
    detecting_fit(&at, "machine");
    struct detector_verdict verdict = detecting_ask(&at, "ABABC", NULL);
    detecting_assert_reason(&at, "E1 after E2: never seen; expected E3 (0.97)");
    assert_int_equal(verdict.event, 2);
    assert_true(verdict.score > detecting_ask(&at, "ABD", NULL).score);
    assert_true(detecting_ask(&at, "ABD", NULL).score > detecting_ask(&at, "ABC", NULL).score);
    verdict = detecting_ask(&at, "AXBC", NULL);
    detecting_assert_reason(&at, "E24 after E1: never seen; expected E2 (1.00)");
    assert_int_equal(verdict.event, 1);
    detecting_release(&at);
}

/* Everything may follow A with the same probability: no such step is news. */
static void an_even_choice_does_not_surprise(void **state)
{
    (void)state;
    struct detecting at;
    trace_set_init(&at.set);
    for (char next = 'B'; next <= 'Z'; next++) {
        const char events[] = {'A', next, '\0'};
        letters_add_times(&at.set, events, 40);
    }
    detecting_fit(&at, "machine");
    assert_true(detecting_ask(&at, "AQ", NULL).score < 1);
    assert_true(detecting_ask(&at, "QA", NULL).score > 5);
    detecting_release(&at);
}

/* A takes 20 ms and a bit until B; how long it takes until C is up to a person. */
static void a_stall_shows_where_delays_are_short(void **state)
{
    (void)state;
    struct detecting at;
    struct rng rng;
    rng_init(&rng, 1, 1, 0);
    trace_set_init(&at.set);
    for (int t = 0; t < 400; t++) {
        int64_t think = (int64_t)(200000 / (0.002 + rng_uniform(&rng))); /* 0.2 s, with a tail up to 100 s */
        letters_add(&at.set, "ABC", (const int64_t[]){0, 15000 + (int64_t)rng_below(&rng, 10000), think});
    }
    detecting_fit(&at, "machine");
    double usual = detecting_ask(&at, "ABC", (const int64_t[]){0, 22000, 300000}).score;
    double thinks = detecting_ask(&at, "ABC", (const int64_t[]){0, 22000, 9000000}).score;
    double jitter = detecting_ask(&at, "ABC", (const int64_t[]){0, 35000, 300000}).score;
    struct detector_verdict stall = detecting_ask(&at, "ABC", (const int64_t[]){0, 3100000, 300000});
    assert_int_equal(stall.event, 1);
    detecting_assert_reason(&at, "E2 came 3.1 s after E1; 95 % come within 29.7 ms");
    assert_true(usual < 2);
    assert_true(jitter < 8);
    assert_true(thinks < 8);
    assert_true(stall.score > 14);
    /* Half the usual time is nothing to report. */
    assert_true(detecting_ask(&at, "ABC", (const int64_t[]){0, 5000, 100000}).score < 2);
    detecting_release(&at);
}

/* B after A is known, only not in this context: less of a surprise than B after C, which never was. */
static void a_new_interleaving_is_less_than_a_new_pair(void **state)
{
    (void)state;
    struct detecting at;
    trace_set_init(&at.set);
    letters_add_times(&at.set, "XABC", 200);
    letters_add_times(&at.set, "YADC", 200);
    detecting_fit(&at, "machine");
    double known = detecting_ask(&at, "YABC", NULL).score, unknown = detecting_ask(&at, "YACC", NULL).score;
    assert_true(known > 2);
    assert_true(unknown > known + 2);
    detecting_release(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_impossible_step_shows_in_a_long_trace),
        cmocka_unit_test(what_was_never_seen_names_what_was_expected),
        cmocka_unit_test(an_even_choice_does_not_surprise),
        cmocka_unit_test(a_new_interleaving_is_less_than_a_new_pair),
        cmocka_unit_test(a_stall_shows_where_delays_are_short),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
