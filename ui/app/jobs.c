#include "ui/app/jobs.h"

#include "ui/kit/text.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct slot {
    struct jobs *jobs;
    struct job *running, *waiting;
    bool is_superseded;
    struct lw_cancel *cancel;
    pthread_t thread;
    /* under the lock */
    bool has_ended;
    char phase[64];
    uint64_t done, total;
    /* written by the thread, read after it ended */
    int rc;
    struct lw_error err;
};

struct jobs {
    int wake_fd;
    pthread_mutex_t lock;
    struct slot slots[JOB_SLOTS];
};

static void free_job(struct job *job)
{
    if (job)
        job->ops->free(job);
}

static void note_progress(void *user, const char *phase, uint64_t done, uint64_t total)
{
    struct slot *slot = user;

    pthread_mutex_lock(&slot->jobs->lock);
    snprintf(slot->phase, sizeof slot->phase, "%s", phase);
    slot->done = done;
    slot->total = total;
    pthread_mutex_unlock(&slot->jobs->lock);
}

static void *run_slot(void *user)
{
    struct slot *slot = user;
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, slot->cancel, note_progress, slot};

    slot->rc = 0;
    if (slot->running->ops->has_pool)
        slot->rc = lw_executor_new(0, &run.executor, &slot->err);
    if (slot->rc == 0)
        slot->rc = slot->running->ops->work(slot->running, &run, &slot->err);
    lw_executor_free(run.executor);
    pthread_mutex_lock(&slot->jobs->lock);
    slot->has_ended = true;
    pthread_mutex_unlock(&slot->jobs->lock);
    /* a pipe that is full wakes as well */
    ssize_t written = write(slot->jobs->wake_fd, "j", 1);
    (void)written;
    return NULL;
}

/* Signals go to the thread that owns the terminal. */
static int start_thread(struct slot *slot)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    rc = pthread_create(&slot->thread, NULL, run_slot, slot);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static void launch(struct slot *slot, struct job *job)
{
    slot->running = job;
    slot->is_superseded = false;
    slot->has_ended = false;
    slot->phase[0] = '\0';
    slot->done = slot->total = 0;
    slot->err = (struct lw_error){LW_OK, ""};
    if (lw_cancel_new(&slot->cancel, NULL) == 0 && start_thread(slot) == 0)
        return;
    lw_cancel_free(slot->cancel);
    slot->cancel = NULL;
    slot->running = NULL;
    free_job(job);
}

int jobs_new(int wake_fd, struct jobs **out, struct lw_error *err)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);

    if (!jobs || pthread_mutex_init(&jobs->lock, NULL) != 0) {
        free(jobs);
        return text_fail(err, LW_ERR_MEMORY, "out of memory while preparing jobs");
    }
    jobs->wake_fd = wake_fd;
    for (int i = 0; i < JOB_SLOTS; i++)
        jobs->slots[i].jobs = jobs;
    *out = jobs;
    return 0;
}

/* Waits for the thread and gives the job back. */
static struct job *join_slot(struct slot *slot)
{
    struct job *job = slot->running;

    pthread_join(slot->thread, NULL);
    lw_cancel_free(slot->cancel);
    slot->cancel = NULL;
    slot->running = NULL;
    return job;
}

void jobs_free(struct jobs *jobs)
{
    if (!jobs)
        return;
    for (int i = 0; i < JOB_SLOTS; i++)
        if (jobs->slots[i].running)
            lw_cancel_request(jobs->slots[i].cancel);
    for (int i = 0; i < JOB_SLOTS; i++) {
        if (jobs->slots[i].running)
            free_job(join_slot(&jobs->slots[i]));
        free_job(jobs->slots[i].waiting);
    }
    pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}

void jobs_start(struct jobs *jobs, enum job_slot index, struct job *job)
{
    struct slot *slot = &jobs->slots[index];

    if (!slot->running) {
        launch(slot, job);
        return;
    }
    free_job(slot->waiting);
    slot->waiting = job;
    if (!slot->running->ops->is_kept) {
        slot->is_superseded = true;
        lw_cancel_request(slot->cancel);
    }
}

void jobs_cancel(struct jobs *jobs, enum job_slot index)
{
    struct slot *slot = &jobs->slots[index];

    free_job(slot->waiting);
    slot->waiting = NULL;
    if (slot->running)
        lw_cancel_request(slot->cancel);
}

bool jobs_cancel_shown(struct jobs *jobs)
{
    for (int i = 0; i < JOB_SLOTS; i++)
        if (jobs->slots[i].running && jobs->slots[i].running->ops->title) {
            jobs_cancel(jobs, (enum job_slot)i);
            return true;
        }
    return false;
}

bool jobs_is_busy(const struct jobs *jobs, enum job_slot slot)
{
    return jobs->slots[slot].running != NULL;
}

struct job *jobs_running(const struct jobs *jobs, enum job_slot index)
{
    const struct slot *slot = &jobs->slots[index];

    return slot->running && !slot->is_superseded && !lw_cancel_is_requested(slot->cancel) ? slot->running : NULL;
}

bool jobs_is_idle(const struct jobs *jobs)
{
    for (int i = 0; i < JOB_SLOTS; i++)
        if (jobs->slots[i].running && i != JOB_FEED)
            return false;
    return true;
}

void jobs_drain(struct jobs *jobs, struct app *app)
{
    for (int i = 0; i < JOB_SLOTS; i++) {
        struct slot *slot = &jobs->slots[i];
        struct job *job, *next;
        bool has_ended, is_superseded = slot->is_superseded;
        struct lw_error err;
        int rc;

        pthread_mutex_lock(&jobs->lock);
        has_ended = slot->running && slot->has_ended;
        pthread_mutex_unlock(&jobs->lock);
        if (!has_ended)
            continue;
        job = join_slot(slot);
        rc = slot->rc;
        err = slot->err;
        next = slot->waiting;
        slot->waiting = NULL;
        if (next)
            launch(slot, next);
        if (!is_superseded)
            job->ops->finish(app, job, rc, &err);
        free_job(job);
    }
}

bool jobs_progress(struct jobs *jobs, char *phase, size_t size, double *share)
{
    for (int i = 0; i < JOB_SLOTS; i++) {
        const struct slot *slot = &jobs->slots[i];

        if (!slot->running || !slot->running->ops->title)
            continue;
        pthread_mutex_lock(&jobs->lock);
        snprintf(phase, size, "%s", slot->phase[0] ? slot->phase : slot->running->ops->title);
        *share = slot->total > 0 ? (double)slot->done / (double)slot->total : -1;
        pthread_mutex_unlock(&jobs->lock);
        return true;
    }
    return false;
}
