/*
 * Work that takes time, in threads of its own. There is a fixed number of slots, one for each kind of work; a slot runs
 * one job at a time and remembers at most one that waits, so that a newer job supersedes what was not begun and cancels
 * what was. Jobs get everything they need when they are made (snapshots, retained) and touch nothing else; they are
 * finished on the thread that drains them, which is the one that owns the model.
 */
#ifndef LW_APP_JOBS_H
#define LW_APP_JOBS_H

#include "logwright.h"

#include <stdbool.h>

struct app;
struct job;
struct jobs;

enum job_slot {
    JOB_SESSION,  /* learning, editing: gives a new session */
    JOB_FEED,     /* reading logs; stays while they are open */
    JOB_GENERATE, /* a generated log, into a file; before what begins by itself, so that ^C means it */
    JOB_COMMAND,  /* a command of the shell's table */
    JOB_STUDY,    /* measuring detectors */
    JOB_EXPECTED, /* the mix that the machine will give */
    JOB_SAMPLE,   /* a sample of what is generated */
    JOB_COMPARE,  /* the log beside a generated one */
    JOB_FILTER,   /* which records are shown */
    JOB_FIND,     /* the next record that matches */
    JOB_SAVE,
    JOB_STRIP,  /* records over time */
    JOB_TABLES, /* tables and pages of their rows */
    JOB_TRACES, /* rows of the Traces pane, or a diff of two traces */
    JOB_MAP,    /* the machine, drawn */
    JOB_DIFF,   /* another machine, compared */
    JOB_ROWS,   /* text of records that are on the screen */
    JOB_SLOTS
};

struct job_ops {
    const char *title; /* "reading", shown with the progress; NULL: not shown */
    bool has_pool;     /* is given an executor */
    bool is_kept;      /* a newer job waits for this one instead of cancelling it */
    int (*work)(struct job *job, const struct lw_run *run, struct lw_error *err); /* in the thread */
    /* On the model's thread; rc is what work returned. Not called for jobs that were superseded. */
    void (*finish)(struct app *app, struct job *job, int rc, const struct lw_error *err);
    void (*free)(struct job *job);
};

struct job { /* the first member of each kind of job */
    const struct job_ops *ops;
};

/* wake_fd gets a byte whenever there is something to drain. */
int jobs_new(int wake_fd, struct jobs **out, struct lw_error *err);
/* Cancels what runs and waits for it. */
void jobs_free(struct jobs *jobs);
/* Takes the job. */
void jobs_start(struct jobs *jobs, enum job_slot slot, struct job *job);
void jobs_cancel(struct jobs *jobs, enum job_slot slot);
/* Cancels the first job that shows progress; false if there is none. */
bool jobs_cancel_shown(struct jobs *jobs);
bool jobs_is_busy(const struct jobs *jobs, enum job_slot slot);
/* The job that runs in the slot and is wanted still, or NULL. It lives until it is drained; what its thread writes
 * meanwhile is its own business. */
struct job *jobs_running(const struct jobs *jobs, enum job_slot slot);
/* But for JOB_FEED, see feed_is_quiet. */
bool jobs_is_idle(const struct jobs *jobs);
/* Finishes what has ended, and starts what waited. */
void jobs_drain(struct jobs *jobs, struct app *app);
/* What the first shown job is doing: title, phase and share done (negative: not known). false if there is none. */
bool jobs_progress(struct jobs *jobs, char *phase, size_t size, double *share);

#endif
