/*
 * volume FILE [TRACES]: the machine of a file of sequences (lines `label<TAB>id id id`, or just the ids), repeated
 * until there are so many traces, 575,000 if not said. Prints traces, events, states, transitions, seconds of wall
 * clock for finding variants and learning, reading left out, and the peak of memory, all taken in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "learn/machine.h"

static void must(int code, const struct lw_error *err)
{
    if (code == 0)
        return;
    fprintf(stderr, "volume: %s\n", err->text);
    exit(2);
}

static double now(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec * 1e-9;
}

/* Ids are taken for the words in order of their first appearance. */
static void add_line(struct trace_set *set, struct intern *words, char *line, size_t number)
{
    char name[32], *ids = strchr(line, '\t'), *rest = NULL;
    struct lw_error err;

    ids = ids == NULL ? line : ids + 1;
    ids[strcspn(ids, "\t\n")] = '\0';
    must(trace_set_begin(set, name, (size_t)snprintf(name, sizeof name, "%zu", number), &err), &err);
    for (char *word = strtok_r(ids, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        uint32_t id;

        if (intern_add(words, word, strlen(word), &id) != 0)
            exit(2);
        must(trace_set_event(set, id + 1, LW_NO_TIME, LW_NO_RECORD, &err), &err);
    }
}

static void read_traces(const char *path, size_t n, struct trace_set *set)
{
    struct intern words = INTERN_INIT;
    char *line = NULL;
    size_t cap = 0;
    FILE *in = fopen(path, "r");

    if (in == NULL) {
        perror(path);
        exit(2);
    }
    while (set->n_traces < n) {
        size_t before = set->n_traces;

        rewind(in);
        while (set->n_traces < n && getline(&line, &cap, in) >= 0)
            add_line(set, &words, line, set->n_traces);
        if (set->n_traces == before)
            break;
    }
    free(line);
    intern_release(&words);
    fclose(in);
}

int main(int argc, char **argv)
{
    struct lw_executor *executor;
    struct trace_set set;
    struct variants variants;
    struct machine machine;
    struct rusage usage;
    struct lw_error err;

    if (argc < 2) {
        fprintf(stderr, "usage: volume FILE [TRACES]\n");
        return 2;
    }
    trace_set_init(&set);
    read_traces(argv[1], argc > 2 ? strtoul(argv[2], NULL, 10) : 575000, &set);
    must(lw_executor_new(2, &executor, &err), &err);
    struct lw_run run = {.version = LW_OPTIONS_VERSION, .executor = executor};
    double start = now();
    must(variants_find(&set, &variants, &err), &err);
    must(machine_learn(&set, &run, &machine, &err), &err);
    double seconds = now() - start;
    getrusage(RUSAGE_SELF, &usage);
    printf("%zu traces, %zu events, %zu variants: %zu states, %zu transitions in %.2f s, peak %.0f MB\n", set.n_traces,
           set.n_events, variants.n, machine.n_states, machine.n_edges, seconds, (double)usage.ru_maxrss / 1024);
    machine_release(&machine);
    variants_release(&variants);
    trace_set_release(&set);
    lw_executor_free(executor);
    return 0;
}
