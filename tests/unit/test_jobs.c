#include "ui/app/jobs.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Work that goes on until it is let go or cancelled. */
struct held {
    struct job job;
    int number;
    atomic_bool *may_end;
};

static struct jobs *jobs;
static int wake[2];
static atomic_int n_alive;
static int finished[16], codes[16];
static size_t n_finished;

static int work(struct job *base, const struct lw_run *run, struct lw_error *err)
{
    struct held *held = (struct held *)base;

    (void)err;
    run->progress(run->user, "holding", 1, 4);
    while (!atomic_load(held->may_end))
        if (lw_cancel_is_requested(run->cancel))
            return LW_ERR_CANCELLED;
    return 0;
}

static void finish(struct app *app, struct job *base, int rc, const struct lw_error *err)
{
    (void)app;
    (void)err;
    codes[n_finished] = rc;
    finished[n_finished++] = ((struct held *)base)->number;
}

static void free_held(struct job *base)
{
    atomic_fetch_sub(&n_alive, 1);
    free(base);
}

static void start(int number, bool is_kept, atomic_bool *may_end)
{
    static const struct job_ops kept = {"held", false, true, work, finish, free_held};
    static const struct job_ops loose = {"held", false, false, work, finish, free_held};
    struct held *held = calloc(1, sizeof *held);

    assert_non_null(held);
    atomic_fetch_add(&n_alive, 1);
    held->job.ops = is_kept ? &kept : &loose;
    held->number = number;
    held->may_end = may_end;
    jobs_start(jobs, JOB_FIND, &held->job);
}

static void drain_until_idle(void)
{
    struct pollfd fd = {wake[0], POLLIN, 0};
    char bytes[16];

    while (!jobs_is_idle(jobs)) {
        assert_int_equal(poll(&fd, 1, 20000), 1);
        assert_true(read(wake[0], bytes, sizeof bytes) > 0);
        jobs_drain(jobs, NULL);
    }
}

static int set_up(void **state)
{
    (void)state;
    n_finished = 0;
    return pipe(wake) != 0 || jobs_new(wake[1], &jobs, NULL) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    jobs_free(jobs);
    close(wake[0]);
    close(wake[1]);
    return atomic_load(&n_alive) != 0;
}

static void a_newer_job_takes_the_place_of_older_ones(void **state)
{
    atomic_bool never = false, now = true;

    (void)state;
    start(1, false, &never);
    start(2, false, &never);
    start(3, false, &now);
    drain_until_idle();
    /* 1 was superseded and 2 never began: neither is finished */
    assert_int_equal(n_finished, 1);
    assert_int_equal(finished[0], 3);
    assert_int_equal(codes[0], 0);
}

static void a_kept_job_is_waited_for(void **state)
{
    atomic_bool let_go = false, now = true;

    (void)state;
    start(1, true, &let_go);
    start(2, true, &now);
    assert_true(jobs_is_busy(jobs, JOB_FIND));
    atomic_store(&let_go, true);
    drain_until_idle();
    assert_int_equal(n_finished, 2);
    assert_int_equal(finished[0], 1);
    assert_int_equal(finished[1], 2);
}

static void cancelling_is_finished_as_such(void **state)
{
    atomic_bool never = false;
    char phase[32];
    double share;

    (void)state;
    start(1, false, &never);
    while (!jobs_progress(jobs, phase, sizeof phase, &share) || share < 0)
        ;
    assert_string_equal(phase, "holding");
    assert_true(share > .24 && share < .26);
    assert_true(jobs_cancel_shown(jobs));
    drain_until_idle();
    assert_int_equal(n_finished, 1);
    assert_int_equal(codes[0], LW_ERR_CANCELLED);
    assert_false(jobs_cancel_shown(jobs));
}

/* What runs and what waits is stopped and released with the jobs; tear_down counts. */
static void ends_with_work_at_hand(void **state)
{
    atomic_bool never = false;

    (void)state;
    start(1, true, &never);
    start(2, true, &never);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_newer_job_takes_the_place_of_older_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kept_job_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancelling_is_finished_as_such, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ends_with_work_at_hand, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
