#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "base/rng.h"
#include "detect/detector.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/letters.h"

static void rows_are_found_by_name(void **state)
{
    (void)state;
    assert_true(detector_count() >= 3);
    for (size_t i = 0; i < detector_count(); i++) {
        const struct detector *row = detector_get(i);
        assert_ptr_equal(detector_find(row->info.name, strlen(row->info.name)), row);
        assert_true(strlen(row->info.help) > 10);
    }
    assert_null(detector_get(detector_count()));
    assert_null(detector_find("machin", 6));
    assert_null(detector_find("", 0));
}

static void random_traces(struct trace_set *set, size_t n)
{
    struct rng rng;
    rng_init(&rng, 3, 1, 0);
    for (size_t t = 0; t < n; t++) {
        char events[64];
        int64_t gaps[64];
        size_t len = rng_below(&rng, t % 10 == 0 ? 60 : 9);
        for (size_t i = 0; i < len; i++) {
            events[i] = (char)('A' + rng_below(&rng, 6));
            gaps[i] = (int64_t)(1000000 * rng_uniform(&rng)) - 1000;
        }
        events[len] = '\0';
        letters_add(set, events, gaps);
    }
}

/* Whatever they are fitted on and asked about, also nothing, scores are finite, repeatable and explained. */
static void scores_are_finite_and_point_into_the_trace(void **state)
{
    (void)state;
    struct trace_set set;
    uint32_t indexes[300];
    trace_set_init(&set);
    random_traces(&set, 300);
    for (size_t t = 0; t < set.n_events; t += 17)
        set.templates[t] = LW_TEMPLATE_UNKNOWN;
    for (size_t t = 0; t < set.n_events; t += 13)
        set.times_us[t] = LW_NO_TIME;
    for (uint32_t i = 0; i < 300; i++)
        indexes[i] = i;
    const size_t sizes[] = {0, 1, 2, 150};
    for (size_t d = 0; d < detector_count(); d++) {
        const struct detector *row = detector_get(d);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            void *model, *again;
            assert_int_equal(row->fit(&set, indexes, sizes[s], NULL, &model, NULL), 0);
            assert_int_equal(row->fit(&set, indexes, sizes[s], NULL, &again, NULL), 0);
            for (size_t t = 0; t < set.n_traces; t++) {
                struct detector_verdict verdict, other;
                struct buf why = BUF_INIT;
                assert_int_equal(row->score(model, &set, t, &verdict, NULL), 0);
                assert_int_equal(row->score(again, &set, t, &other, NULL), 0);
                assert_true(isfinite(verdict.score) && verdict.score >= 0);
                assert_true(verdict.score == other.score && verdict.event == other.event);
                assert_true(verdict.event == 0 || verdict.event < trace_set_len(&set, t));
                assert_int_equal(row->explain(model, &set, t, &why, NULL), 0);
                assert_true(why.len > 5);
                buf_release(&why);
            }
            row->free(model);
            row->free(again);
        }
        row->free(NULL);
    }
    trace_set_release(&set);
}

struct attempt {
    const struct detector *row;
    struct trace_set set;
};

static int fit_and_explain(void *user, struct lw_error *err)
{
    struct attempt *attempt = user;
    struct detector_verdict verdict;
    struct buf why = BUF_INIT;
    uint32_t indexes[30];
    void *model;
    for (uint32_t i = 0; i < 30; i++)
        indexes[i] = i;
    int status = attempt->row->fit(&attempt->set, indexes, 30, NULL, &model, err);
    if (status != 0)
        return status;
    status = attempt->row->score(model, &attempt->set, 35, &verdict, err);
    if (status == 0)
        status = attempt->row->explain(model, &attempt->set, 35, &why, err);
    buf_release(&why);
    attempt->row->free(model);
    return status;
}

static void running_out_of_memory_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    struct attempt attempt;
    trace_set_init(&attempt.set);
    random_traces(&attempt.set, 40);
    for (size_t i = 0; (attempt.row = detector_get(i)) != NULL; i++)
        failalloc_each(fit_and_explain, &attempt);
    trace_set_release(&attempt.set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found_by_name),
        cmocka_unit_test(scores_are_finite_and_point_into_the_trace),
        cmocka_unit_test(running_out_of_memory_is_said_and_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
