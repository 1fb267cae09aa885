/*
 * Workers wait on one condition variable for a batch, take the next index under the mutex, and the caller works too.
 * Tasks are chunks of thousands of records, so a mutex an index costs nothing; work stealing was not worth its code.
 * Progress is reported by the calling thread alone, between its own tasks and while it waits.
 */
#include "base/executor.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fail.h"

struct lw_cancel {
    atomic_bool is_requested;
};

struct lw_executor {
    pthread_mutex_t mutex;
    pthread_cond_t has_work, is_done;
    pthread_t *threads;
    unsigned n_threads; /* workers beside the caller */
    int (*task)(void *arg, size_t index);
    void *arg;
    const struct lw_cancel *cancel;
    size_t next, n, running, done;
    size_t failed_index;
    int failure;
    bool is_closing;
};

int lw_cancel_new(struct lw_cancel **out, struct lw_error *err)
{
    struct lw_cancel *cancel = malloc(sizeof *cancel);
    if (cancel == NULL)
        return fail_memory(err, "making a cancel token");
    atomic_init(&cancel->is_requested, false);
    *out = cancel;
    return 0;
}

void lw_cancel_free(struct lw_cancel *cancel)
{
    free(cancel);
}

void lw_cancel_request(struct lw_cancel *cancel)
{
    atomic_store(&cancel->is_requested, true);
}

bool lw_cancel_is_requested(const struct lw_cancel *cancel)
{
    return cancel != NULL && atomic_load_explicit(&cancel->is_requested, memory_order_relaxed);
}

/* Runs tasks until none is left to start. Called and left with the mutex held. */
static void work(struct lw_executor *ex, const struct lw_run *run, const char *phase)
{
    while (ex->next < ex->n && ex->failure == 0) {
        if (lw_cancel_is_requested(ex->cancel)) {
            ex->failure = LW_ERR_CANCELLED;
            ex->failed_index = ex->n;
            break;
        }
        size_t index = ex->next++;
        ex->running++;
        int (*task)(void *, size_t) = ex->task;
        void *arg = ex->arg;
        size_t done = ex->done, n = ex->n;
        pthread_mutex_unlock(&ex->mutex);
        if (run != NULL)
            run_progress(run, phase, done, n);
        int result = task(arg, index);
        pthread_mutex_lock(&ex->mutex);
        ex->running--;
        ex->done++;
        if (result != 0 && (ex->failure == 0 || index < ex->failed_index)) {
            ex->failure = result;
            ex->failed_index = index;
        }
    }
    if (ex->running == 0)
        pthread_cond_broadcast(&ex->is_done);
}

static void *worker(void *arg)
{
    struct lw_executor *ex = arg;
    pthread_mutex_lock(&ex->mutex);
    while (!ex->is_closing) {
        if (ex->next < ex->n && ex->failure == 0)
            work(ex, NULL, NULL);
        else
            pthread_cond_wait(&ex->has_work, &ex->mutex);
    }
    pthread_mutex_unlock(&ex->mutex);
    return NULL;
}

int lw_executor_new(unsigned threads, struct lw_executor **out, struct lw_error *err)
{
    if (threads == 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        threads = online > 0 ? (unsigned)online : 1;
    }
    if (threads > 1024)
        return fail(err, LW_ERR_USAGE, "%u threads: at most 1024 make sense", threads);
    struct lw_executor *ex = alloc_zeroed(1, sizeof *ex);
    if (ex == NULL || (ex->threads = alloc_array(threads, sizeof *ex->threads)) == NULL) {
        free(ex);
        return fail_memory(err, "making a thread pool");
    }
    pthread_mutex_init(&ex->mutex, NULL);
    pthread_cond_init(&ex->has_work, NULL);
    pthread_cond_init(&ex->is_done, NULL);
    while (ex->n_threads + 1 < threads) {
        if (pthread_create(&ex->threads[ex->n_threads], NULL, worker, ex) != 0)
            break; /* fewer threads give the same result */
        ex->n_threads++;
    }
    *out = ex;
    return 0;
}

void lw_executor_free(struct lw_executor *ex)
{
    if (ex == NULL)
        return;
    pthread_mutex_lock(&ex->mutex);
    ex->is_closing = true;
    pthread_cond_broadcast(&ex->has_work);
    pthread_mutex_unlock(&ex->mutex);
    for (unsigned i = 0; i < ex->n_threads; i++)
        pthread_join(ex->threads[i], NULL);
    pthread_cond_destroy(&ex->is_done);
    pthread_cond_destroy(&ex->has_work);
    pthread_mutex_destroy(&ex->mutex);
    free(ex->threads);
    free(ex);
}

unsigned lw_executor_threads(const struct lw_executor *ex)
{
    return ex == NULL ? 1 : ex->n_threads + 1;
}

static int run_inline(const struct lw_run *run, const char *phase, size_t n, int (*task)(void *arg, size_t index),
                      void *arg)
{
    for (size_t i = 0; i < n; i++) {
        if (run != NULL && lw_cancel_is_requested(run->cancel))
            return LW_ERR_CANCELLED;
        run_progress(run, phase, i, n);
        int result = task(arg, i);
        if (result != 0)
            return result;
    }
    return 0;
}

/* An earlier index that is still running when a later one fails may fail too: the lowest wins, as when run in order. */
static int run_pool(struct lw_executor *ex, const struct lw_run *run, const char *phase, size_t n,
                    int (*task)(void *arg, size_t index), void *arg)
{
    pthread_mutex_lock(&ex->mutex);
    ex->task = task;
    ex->arg = arg;
    ex->cancel = run->cancel;
    ex->next = ex->done = 0;
    ex->n = n;
    ex->failure = 0;
    pthread_cond_broadcast(&ex->has_work);
    work(ex, run, phase);
    while (ex->running > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 50 * 1000 * 1000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&ex->is_done, &ex->mutex, &until);
        size_t done = ex->done;
        pthread_mutex_unlock(&ex->mutex);
        run_progress(run, phase, done, n);
        pthread_mutex_lock(&ex->mutex);
    }
    int failure = ex->failure;
    ex->n = ex->next = 0;
    ex->failure = 0;
    pthread_mutex_unlock(&ex->mutex);
    return failure;
}

int executor_run(const struct lw_run *run, const char *phase, size_t n, int (*task)(void *arg, size_t index), void *arg)
{
    if (run == NULL || run->executor == NULL || run->executor->n_threads == 0 || n < 2)
        return run_inline(run, phase, n, task, arg);
    return run_pool(run->executor, run, phase, n, task, arg);
}

int run_check(const struct lw_run *run, struct lw_error *err)
{
    if (run != NULL && lw_cancel_is_requested(run->cancel))
        return fail(err, LW_ERR_CANCELLED, "cancelled");
    return 0;
}

void run_progress(const struct lw_run *run, const char *phase, uint64_t done, uint64_t total)
{
    if (run != NULL && run->progress != NULL)
        run->progress(run->user, phase, done, total);
}
