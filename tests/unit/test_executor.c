#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdatomic.h>
#include <string.h>

#include "base/executor.h"

#define N 5000

struct batch {
    atomic_uint seen[N];
    struct lw_cancel *cancel;
    size_t fails_from, cancels_at;
};

static int task(void *arg, size_t index)
{
    struct batch *batch = arg;
    atomic_fetch_add(&batch->seen[index], 1);
    if (index == batch->cancels_at)
        lw_cancel_request(batch->cancel);
    return index >= batch->fails_from ? -(int)index : 0;
}

static struct batch batch;

static void reset(size_t fails_from, size_t cancels_at)
{
    memset(&batch, 0, sizeof batch);
    batch.fails_from = fails_from;
    batch.cancels_at = cancels_at;
}

static size_t total(void)
{
    size_t sum = 0;
    for (size_t i = 0; i < N; i++) {
        assert_true(batch.seen[i] <= 1);
        sum += batch.seen[i];
    }
    return sum;
}

static void count_progress(void *user, const char *phase, uint64_t done, uint64_t n)
{
    assert_string_equal(phase, "testing");
    assert_true(done <= n);
    assert_int_equal(n, N);
    ++*(size_t *)user;
}

static void with_threads(unsigned threads)
{
    struct lw_executor *executor;
    struct lw_cancel *cancel;
    assert_int_equal(lw_executor_new(threads, &executor, NULL), 0);
    assert_int_equal(lw_cancel_new(&cancel, NULL), 0);
    size_t calls = 0;
    struct lw_run run = {LW_OPTIONS_VERSION, executor, cancel, count_progress, &calls};

    for (int again = 0; again < 20; again++) {
        reset(N, N);
        assert_int_equal(executor_run(&run, "testing", N, task, &batch), 0);
        assert_int_equal(total(), N);
    }
    assert_true(calls > 0);

    reset(100, N); /* the lowest index that fails is what is told, on any number of threads */
    assert_int_equal(executor_run(&run, "testing", N, task, &batch), -100);
    assert_true(total() >= 101 && total() <= 100 + threads);

    reset(N, 50);
    batch.cancel = cancel;
    assert_int_equal(executor_run(&run, "testing", N, task, &batch), LW_ERR_CANCELLED);
    assert_true(total() >= 51 && total() < N);

    lw_executor_free(executor);
    lw_cancel_free(cancel);
}

static void works_with_any_number_of_threads(void **state)
{
    (void)state;
    with_threads(1);
    with_threads(2);
    with_threads(7);
}

static void works_without_an_executor(void **state)
{
    (void)state;
    reset(N, N);
    assert_int_equal(executor_run(NULL, "testing", N, task, &batch), 0);
    assert_int_equal(total(), N);
    reset(10, N);
    assert_int_equal(executor_run(NULL, "testing", N, task, &batch), -10);
    assert_int_equal(total(), 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(works_with_any_number_of_threads),
        cmocka_unit_test(works_without_an_executor),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("executor", tests, NULL, NULL);
}
