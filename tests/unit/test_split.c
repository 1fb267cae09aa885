#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "measure/split.h"
#include "tests/lib/scratch.h"

#define N 40

static struct trace_set set;
static int8_t labels[N];

/* Traces start in reverse order of their index; every fifth is anomalous, trace 39 has no label. */
static int set_up(void **state)
{
    if (scratch_set_up(state) != 0)
        return -1;
    trace_set_init(&set);
    for (int i = 0; i < N; i++) {
        char name[8];
        int len = snprintf(name, sizeof name, "t%d", i);
        assert_int_equal(trace_set_begin(&set, name, (size_t)len, NULL), 0);
        assert_int_equal(trace_set_event(&set, 1, 1000 - i, LW_NO_RECORD, NULL), 0);
        labels[i] = i == 39 ? LW_UNLABELLED : i % 5 == 0 ? LW_ANOMALOUS : LW_NORMAL;
    }
    return 0;
}

static int tear_down(void **state)
{
    trace_set_release(&set);
    return scratch_tear_down(state);
}

/* No trace in both parts, no unlabelled one in the test part, train by time, test ascending. */
static void assert_sane(const struct part *part)
{
    int seen[N] = {0};
    for (size_t i = 0; i < part->n_train; i++) {
        seen[part->train[i]]++;
        assert_true(i == 0 || set.times_us[part->train[i - 1]] <= set.times_us[part->train[i]]);
    }
    for (size_t i = 0; i < part->n_test; i++) {
        seen[part->test[i]]++;
        assert_true(i == 0 || part->test[i - 1] < part->test[i]);
        assert_int_not_equal(labels[part->test[i]], LW_UNLABELLED);
    }
    for (int i = 0; i < N; i++)
        assert_true(seen[i] <= 1);
}

static struct split make(const char *spec, uint64_t seed)
{
    struct split split;
    struct lw_error err;
    if (split_make(spec, seed, &set, labels, &split, &err) != 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < split.n_folds; i++)
        assert_sane(&split.folds[i]);
    return split;
}

static void chronological_trains_on_the_earliest(void **state)
{
    (void)state;
    struct split split = make("chronological:0.3", 1);
    assert_int_equal(split.folds[0].n_train, 12);
    for (size_t i = 0; i < 12; i++)
        assert_int_equal(split.folds[0].train[i], N - 1 - i);
    assert_int_equal(split.folds[0].n_test, 28);
    split_release(&split);
}

static void normal_trains_on_normals_alone(void **state)
{
    (void)state;
    struct split split = make("normal:0.5", 1), again = make("normal:0.5", 1), other = make("normal:0.5", 2);
    const struct part *part = &split.folds[0];
    assert_true(split.is_clean);
    assert_int_equal(part->n_train, 16); /* of 31 normal ones, rounded */
    for (size_t i = 0; i < part->n_train; i++)
        assert_int_equal(labels[part->train[i]], LW_NORMAL);
    assert_int_equal(part->n_test, 15 + 8);
    assert_memory_equal(part->train, again.folds[0].train, part->n_train * sizeof *part->train);
    assert_memory_not_equal(part->train, other.folds[0].train, part->n_train * sizeof *part->train);
    split_release(&split);
    split_release(&again);
    split_release(&other);
}

static void folds_test_each_trace_once(void **state)
{
    (void)state;
    struct split split = make("folds:5", 3);
    int tested[N] = {0};
    assert_int_equal(split.n_folds, 5);
    for (size_t f = 0; f < 5; f++) {
        assert_int_equal(split.folds[f].n_train, 32);
        for (size_t i = 0; i < split.folds[f].n_test; i++)
            tested[split.folds[f].test[i]]++;
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(tested[i], labels[i] != LW_UNLABELLED);
    split_release(&split);
}

static void a_file_says_who_trains(void **state)
{
    (void)state;
    char spec[256];
    static const char right[] = "trace,part\nt3,train\nt7,test\nnobody,test\nt1,train\n";
    static const char wrong[] = "trace,part\nt3,train\nt7,tset\n";
    snprintf(spec, sizeof spec, "file:%s", scratch_write("parts.csv", right, sizeof right - 1));
    struct split split = make(spec, 1);
    assert_int_equal(split.folds[0].n_train, 2);
    assert_int_equal(split.folds[0].n_test, 1);
    assert_int_equal(split.folds[0].test[0], 7);
    split_release(&split);

    scratch_write("parts.csv", wrong, sizeof wrong - 1);
    struct lw_error err;
    assert_int_equal(split_make(spec, 1, &set, labels, &split, &err), LW_ERR_INPUT);
    assert_non_null(strstr(err.text, ":3: part \"tset\""));
}

static void refuses_what_makes_no_sense(void **state)
{
    (void)state;
    static const char *const specs[] = {"",
                                        "half",
                                        "random",
                                        "random:",
                                        "random:0",
                                        "random:1",
                                        "folds:1",
                                        "folds:41",
                                        "folds:x",
                                        "normal:nan",
                                        "random:0.5x",
                                        "random:1e-9",
                                        "chronological:0.999",
                                        "file:/nonexistent/split.csv"};
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        struct split split;
        struct lw_error err = {LW_OK, ""};
        assert_int_not_equal(split_make(specs[i], 1, &set, labels, &split, &err), 0);
        assert_true(err.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chronological_trains_on_the_earliest), cmocka_unit_test(normal_trains_on_normals_alone),
        cmocka_unit_test(folds_test_each_trace_once),           cmocka_unit_test(a_file_says_who_trains),
        cmocka_unit_test(refuses_what_makes_no_sense),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("split", tests, set_up, tear_down);
}
