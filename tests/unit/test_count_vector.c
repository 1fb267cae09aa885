#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/rng.h"
#include "tests/lib/detecting.h"

static void fitted_counts_score_nothing_in_any_order(void **state)
{
    (void)state;
    struct detecting at;
    trace_set_init(&at.set);
    letters_add_times(&at.set, "AABC", 10);
    letters_add_times(&at.set, "ABBC", 10);
    letters_add(&at.set, "", NULL);
    detecting_fit(&at, "count-vector");
    assert_true(detecting_ask(&at, "CABA", NULL).score == 0);
    detecting_assert_reason(&at, "a fitted trace has the same counts");
    assert_true(detecting_ask(&at, "", NULL).score == 0);
    assert_true(detecting_ask(&at, "AABBC", NULL).score > 0);
    detecting_release(&at);
}

static void the_reason_is_the_template_that_deviates_most(void **state)
{
    (void)state;
    struct detecting at;
    trace_set_init(&at.set);
    letters_add_times(&at.set, "AABC", 10);
    letters_add_times(&at.set, "DEF", 10);
    detecting_fit(&at, "count-vector");
    struct detector_verdict missing = detecting_ask(&at, "AAB", NULL);
    detecting_assert_reason(&at, "E3 0 times; the nearest fitted trace has it 1 time");
    assert_int_equal(missing.event, 2);
    struct detector_verdict more = detecting_ask(&at, "AABCCCC", NULL);
    detecting_assert_reason(&at, "E3 4 times; the nearest fitted trace has it 1 time");
    assert_int_equal(more.event, 4);
    assert_true(more.score > detecting_ask(&at, "AABCC", NULL).score);
    struct detector_verdict unknown = detecting_ask(&at, "AAXBC", NULL);
    detecting_assert_reason(&at, "1 event with a template that no fitted trace has");
    assert_int_equal(unknown.event, 2);
    detecting_release(&at);
}

static void counts_that_vary_by_themselves_cost_less(void **state)
{
    (void)state;
    struct detecting at;
    trace_set_init(&at.set);
    for (int b = 1; b < 12; b++) { /* B comes any number of times, A and C twice */
        char events[20] = "AACC";
        memset(events + 4, 'B', (size_t)b);
        events[4 + b] = '\0';
        letters_add_times(&at.set, events, 3);
    }
    detecting_fit(&at, "count-vector");
    double varies = detecting_ask(&at, "AACCBBBBBBBBBBBBB", NULL).score;
    double fixed = detecting_ask(&at, "AACCCBBBB", NULL).score;
    assert_true(varies < fixed);
    detecting_release(&at);
}

/* What single traces show to be ordinary novelty scores nothing; what goes beyond it still does. */
static void novelty_that_training_shows_is_tolerated(void **state)
{
    (void)state;
    struct detecting at;
    trace_set_init(&at.set);
    letters_add_times(&at.set, "ABC", 100);
    for (int b = 2; b < 40; b += 2) {
        char events[64] = "AC";
        memset(events + 2, 'B', (size_t)b);
        events[2 + b] = '\0';
        letters_add(&at.set, events, NULL);
    }
    detecting_fit(&at, "count-vector");
    assert_true(detecting_ask(&at, "ABBBBBBBBBBBC", NULL).score == 0);
    assert_true(detecting_ask(&at, "ABBBBBBBBBBBCCC", NULL).score > 0);
    assert_true(detecting_ask(&at, "BBBB", NULL).score > 0);
    detecting_release(&at);
}

/* The search by norms finds what comparing with all would: growing a set never moves its nearest vector away. */
static void more_fitted_traces_never_leave_a_fitted_one_out(void **state)
{
    (void)state;
    struct detecting at;
    struct rng rng;
    rng_init(&rng, 9, 1, 0);
    trace_set_init(&at.set);
    for (int t = 0; t < 400; t++) {
        char events[16];
        size_t len = rng_below(&rng, 15);
        for (size_t i = 0; i < len; i++)
            events[i] = (char)('A' + rng_below(&rng, 5));
        events[len] = '\0';
        letters_add(&at.set, events, NULL);
    }
    detecting_fit(&at, "count-vector");
    for (size_t t = 0; t < 400; t++) {
        struct detector_verdict verdict;
        assert_int_equal(at.row->score(at.model, &at.set, t, &verdict, NULL), 0);
        assert_true(verdict.score == 0);
    }
    detecting_release(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fitted_counts_score_nothing_in_any_order),
        cmocka_unit_test(the_reason_is_the_template_that_deviates_most),
        cmocka_unit_test(counts_that_vary_by_themselves_cost_less),
        cmocka_unit_test(novelty_that_training_shows_is_tolerated),
        cmocka_unit_test(more_fitted_traces_never_leave_a_fitted_one_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
