/*
 * stages FILE THREADS: how long each stage of learning takes on a log, each run in a process of its own, so that its
 * peak of memory can be told. Prints rows of: stage, seconds (median of five), bytes of memory for each record.
 * Stages from raw text take in those before them; `mining` alone starts from records that are read already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/executor.h"
#include "input/lines.h"
#include "logwright.h"

#define RUNS 5

struct job {
    const char *path;
    struct lw_run run;
    struct source source;
    struct lw_log *log;
};
struct outcome {
    double seconds;
    double bytes; /* peak of memory */
    size_t records;
};

static void must(int code, const struct lw_error *err)
{
    if (code == 0)
        return;
    fprintf(stderr, "stages: %s\n", err->text);
    exit(2);
}

static double now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

static int split_part(void *arg, size_t index)
{
    const struct source *source = &((struct job *)arg)->source;
    uint64_t from = (uint64_t)index * LINES_PART, end = from + LINES_PART;
    struct lines lines;
    struct line line;
    int code = lines_init(&lines, source, from, end < source->size ? end : source->size, NULL);

    if (code != 0)
        return code;
    while ((code = lines_next(&lines, &line, NULL)) == 1)
        ;
    lines_release(&lines);
    return code;
}

static void split(struct job *job)
{
    struct spool spool = SPOOL_INIT;
    struct lw_error err;

    must(source_open(job->path, true, &spool, NULL, &job->source, &err), &err);
    if (executor_run(&job->run, "", (size_t)((job->source.size + LINES_PART - 1) / LINES_PART), split_part, job) != 0)
        exit(2);
}

static void read_records(struct job *job)
{
    struct lw_error err;

    must(lw_log_open(&job->path, 1, NULL, &job->run, &job->log, &err), &err);
}

static void mine(struct job *job)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_workspace *workspace;
    struct lw_error err;

    options.is_templates_only = true;
    must(lw_workspace_learn(job->log, &options, &job->run, &workspace, &err), &err);
}

static void find_templates(struct job *job)
{
    read_records(job);
    mine(job);
}

static void learn(struct job *job)
{
    struct lw_workspace *workspace;
    struct lw_error err;

    read_records(job);
    must(lw_workspace_learn(job->log, NULL, &job->run, &workspace, &err), &err);
}

static const struct {
    const char *name;
    void (*prepare)(struct job *job); /* not timed */
    void (*work)(struct job *job);
} stages[] = {
    {"splitting", NULL, split},          {"headers", NULL, read_records}, {"mining", read_records, mine},
    {"templates", NULL, find_templates}, {"learn", NULL, learn},
};

static void work(size_t stage, const char *path, unsigned threads, int out)
{
    struct job job = {.path = path, .run = {.version = LW_OPTIONS_VERSION}};
    struct outcome outcome = {0, 0, 0};
    struct rusage usage;
    struct lw_error err;

    must(lw_executor_new(threads, &job.run.executor, &err), &err);
    if (stages[stage].prepare != NULL)
        stages[stage].prepare(&job);
    outcome.seconds = now();
    stages[stage].work(&job);
    outcome.seconds = now() - outcome.seconds;
    getrusage(RUSAGE_SELF, &usage);
    outcome.bytes = (double)usage.ru_maxrss * 1024;
    outcome.records = job.log != NULL ? lw_log_count(job.log) : 0;
    if (write(out, &outcome, sizeof outcome) != (ssize_t)sizeof outcome)
        exit(2);
    exit(0);
}

static int by_seconds(const void *a, const void *b)
{
    double x = ((const struct outcome *)a)->seconds, y = ((const struct outcome *)b)->seconds;

    return (x > y) - (x < y);
}

/* Runs a stage in a process of its own. */
static struct outcome run(size_t stage, const char *path, unsigned threads)
{
    struct outcome outcome = {0, 0, 0};
    int ends[2], status;
    pid_t child;

    fflush(stdout);
    if (pipe(ends) != 0 || (child = fork()) < 0)
        exit(2);
    if (child == 0)
        work(stage, path, threads, ends[1]);
    close(ends[1]);
    if (read(ends[0], &outcome, sizeof outcome) != (ssize_t)sizeof outcome)
        exit(2);
    close(ends[0]);
    while (waitpid(child, &status, 0) < 0)
        ;
    return outcome;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    for (size_t stage = 0; stage < sizeof stages / sizeof stages[0]; stage++) {
        struct outcome outcomes[RUNS];

        for (size_t i = 0; i < RUNS; i++)
            outcomes[i] = run(stage, argv[1], (unsigned)atoi(argv[2]));
        qsort(outcomes, RUNS, sizeof outcomes[0], by_seconds);
        printf("%s %.6f %.1f\n", stages[stage].name, outcomes[RUNS / 2].seconds,
               outcomes[0].records > 0 ? outcomes[0].bytes / (double)outcomes[0].records : 0.0);
    }
    return 0;
}
