#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "learn/open_traces.h"
#include "tests/lib/failalloc.h"

#define N_EVENTS 6
#define SECOND   INT64_C(1000000)

struct truth {
    bool is_open[2];
};

/* Sessions of the events 1 to 6 that begin every other second, some seconds between events, seen from second `from` to
 * `to` alone. truth[i] is that of trace i. */
static size_t make_sessions(struct trace_set *set, int64_t from, int64_t to, struct truth *truth)
{
    struct rng rng;
    size_t n = 0;

    trace_set_init(set);
    rng_init(&rng, 7, 1, 0);
    for (int64_t begin = 0; begin < 800; begin += 2) {
        int64_t time_us = begin * SECOND;
        char name[32];
        int len = snprintf(name, sizeof name, "s%d", (int)begin);
        unsigned n_seen = 0, n_before = 0;

        for (uint32_t event = 1; event <= N_EVENTS; event++) {
            bool is_seen = time_us >= from * SECOND && time_us < to * SECOND;

            if (is_seen && n_seen++ == 0)
                assert_int_equal(trace_set_begin(set, name, (size_t)len, NULL), 0);
            if (is_seen)
                assert_int_equal(trace_set_event(set, event, time_us, LW_NO_RECORD, NULL), 0);
            n_before += n_seen == 0;
            time_us += SECOND + (int64_t)(rng_uniform(&rng) * 4e6);
        }
        if (n_seen > 0)
            truth[n++] = (struct truth){{n_before > 0, n_before + n_seen < N_EVENTS}};
    }
    return n;
}

static void sessions_cut_by_either_end_of_the_log_are_marked(void **state)
{
    struct trace_set set;
    struct truth truth[400];
    size_t n = make_sessions(&set, 100, 700, truth), n_open[2] = {0, 0};

    (void)state;
    assert_int_equal(set.n_traces, n);
    assert_int_equal(open_traces_mark(&set, NULL), 0);
    for (size_t t = 0; t < n; t++) {
        assert_int_equal(trace_set_is_open_start(&set, t), truth[t].is_open[0]);
        assert_int_equal(trace_set_is_open_end(&set, t), truth[t].is_open[1]);
        n_open[0] += truth[t].is_open[0];
        n_open[1] += truth[t].is_open[1];
    }
    assert_true(n_open[0] >= 5 && n_open[1] >= 5);
    trace_set_release(&set);
}

static void a_log_of_whole_sessions_has_none(void **state)
{
    struct trace_set set;
    struct truth truth[400];

    (void)state;
    make_sessions(&set, 0, 10000, truth);
    assert_int_equal(open_traces_mark(&set, NULL), 0);
    assert_null(set.open);
    trace_set_release(&set);
}

/* Windows begin and end with anything. */
static void windows_of_time_have_no_open_ends(void **state)
{
    struct trace_set set;
    struct rng rng;

    (void)state;
    trace_set_init(&set);
    rng_init(&rng, 1, 2, 0);
    for (int64_t i = 0; i < 3000; i++) {
        char name[32];
        int len = snprintf(name, sizeof name, "w%d", (int)(i / 10));

        if (i % 10 == 0)
            assert_int_equal(trace_set_begin(&set, name, (size_t)len, NULL), 0);
        assert_int_equal(trace_set_event(&set, 1 + (uint32_t)(rng_uniform(&rng) * 8), i * SECOND, LW_NO_RECORD, NULL),
                         0);
    }
    assert_int_equal(open_traces_mark(&set, NULL), 0);
    assert_null(set.open);
    trace_set_release(&set);
}

static void what_is_not_timed_is_not_marked(void **state)
{
    struct trace_set set;
    struct truth truth[400];

    (void)state;
    trace_set_init(&set);
    assert_int_equal(open_traces_mark(&set, NULL), 0);
    trace_set_release(&set);
    make_sessions(&set, 100, 700, truth);
    for (size_t i = 0; i < set.n_events; i++)
        set.times_us[i] = LW_NO_TIME;
    assert_int_equal(open_traces_mark(&set, NULL), 0);
    assert_null(set.open);
    trace_set_release(&set);
}

static void marks_go_with_the_traces(void **state)
{
    struct trace_set set, some, all;
    struct truth truth[400];
    size_t n = make_sessions(&set, 100, 700, truth);
    uint32_t indexes[2] = {(uint32_t)n - 1, 0};

    (void)state;
    assert_int_equal(open_traces_mark(&set, NULL), 0);
    assert_int_equal(trace_set_select(&set, indexes, 2, &some, NULL), 0);
    assert_true(trace_set_is_open_end(&some, 0) && trace_set_is_open_start(&some, 1));
    assert_false(trace_set_is_open_start(&some, 0));
    trace_set_init(&all);
    assert_int_equal(trace_set_begin(&all, "mine", 4, NULL), 0);
    assert_int_equal(trace_set_append(&all, &some, NULL), 0);
    assert_true(!trace_set_is_open_end(&all, 0) && trace_set_is_open_end(&all, 1) && trace_set_is_open_start(&all, 2));
    trace_set_release(&all);
    trace_set_release(&some);
    trace_set_release(&set);
}

static int mark(void *user, struct lw_error *err)
{
    struct trace_set *set = user;
    int code = open_traces_mark(set, err);

    free(set->open);
    set->open = NULL;
    return code;
}

static void without_memory_nothing_leaks(void **state)
{
    struct trace_set set;
    struct truth truth[400];

    (void)state;
    make_sessions(&set, 100, 700, truth);
    failalloc_each(mark, &set);
    trace_set_release(&set);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_cut_by_either_end_of_the_log_are_marked),
        cmocka_unit_test(a_log_of_whole_sessions_has_none),
        cmocka_unit_test(windows_of_time_have_no_open_ends),
        cmocka_unit_test(what_is_not_timed_is_not_marked),
        cmocka_unit_test(marks_go_with_the_traces),
        cmocka_unit_test(without_memory_nothing_leaks),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
