/*
 * A pool of threads that runs numbered tasks. Who wants results that do not depend on the number of threads cuts work
 * into tasks of fixed size and reduces their results in order of index.
 */
#ifndef LW_BASE_EXECUTOR_H
#define LW_BASE_EXECUTOR_H

#include "logwright.h"

/* Calls task(arg, index) once for each index in 0 .. n-1, on run's executor (run or executor NULL: inline, in order).
 * After a task fails or cancel is requested no further one starts. Returns 0, the failure of the lowest index that
 * failed, or LW_ERR_CANCELLED. run->progress is called from the calling thread with (phase, tasks done, n). Not
 * reentrant from inside a task. */
int executor_run(const struct lw_run *run, const char *phase, size_t n, int (*task)(void *arg, size_t index),
                 void *arg);

/* LW_ERR_CANCELLED (with err filled) if run asks for it, else 0. */
int run_check(const struct lw_run *run, struct lw_error *err);
/* Calls run->progress if there is one. */
void run_progress(const struct lw_run *run, const char *phase, uint64_t done, uint64_t total);

#endif
