/*
 * feasibility [STATES]: how long the expected mix takes after a knob was turned, on a machine learned from traces of a
 * made-up program, a random graph of 1,300 states unless said otherwise, with levels and services. For each kind of
 * question: median and longest of 15 turns, in milliseconds of processor time, one thread. Nothing passes or fails
 * here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "logwright.h"

#define TURNS    15
#define BRANCHES 4
#define EVENTS   300000

static double milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

/* A sentence of the state's own: words of its own in a number of its own, so that no two are one template. */
static void print_message(FILE *out, unsigned state)
{
    struct rng own;

    rng_init(&own, 5, 79, state);
    for (unsigned n = 3 + rng_u32(&own) % 9; n > 0; n--) {
        for (unsigned letters = 4 + rng_u32(&own) % 5; letters > 0; letters--)
            putc('a' + (int)(rng_u32(&own) % 26), out);
        fputs(n > 1 ? " " : "\"}\n", out);
    }
}

/* Each state goes on to a few others, mostly near ones, and ends with one in forty. */
static void write_log(FILE *out, unsigned n_states)
{
    static const char *const levels[] = {"INFO", "INFO", "INFO", "DEBUG", "WARN", "ERROR"};
    struct rng rng;
    unsigned trace = 0;

    rng_init(&rng, 5, 77, 0);
    for (unsigned i = 0, state = 0; i < EVENTS; i++) {
        struct rng own; /* of the state: the program itself */
        rng_init(&own, 5, 78, state);
        const char *level = levels[rng_u32(&own) % 6];
        fprintf(
            out,
            "{\"ts\":\"2026-01-01T%02u:%02u:%02u.%03uZ\",\"level\":\"%s\",\"logger\":\"service%c\",\"session\":\"t%u\","
            "\"msg\":\"",
            i / 3600000 % 24, i / 60000 % 60, i / 1000 % 60, i % 1000, level, 'a' + (int)(rng_u32(&own) % 8), trace);
        print_message(out, state);
        unsigned next[BRANCHES], chosen = rng_u32(&rng) % 100;
        for (int j = 0; j < BRANCHES; j++)
            next[j] = (state + 1 + rng_u32(&own) % (j == 0 ? 2 : 60)) % n_states;
        if (rng_u32(&rng) % 40 == 0) {
            trace++;
            state = rng_u32(&rng) % (n_states / 20 + 1) * 20 % n_states;
        } else {
            state = next[chosen < 60 ? 0 : chosen < 85 ? 1 : chosen < 95 ? 2 : 3];
        }
    }
}

static struct lw_workspace *learn(const char *path)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_workspace *workspace = NULL;
    struct lw_log *log = NULL;
    struct lw_error err;

    options.trace = "session";
    if (lw_log_open(&path, 1, NULL, NULL, &log, &err) != 0 ||
        lw_workspace_learn(log, &options, NULL, &workspace, &err) != 0) {
        fprintf(stderr, "feasibility: %s\n", err.text);
        exit(1);
    }
    lw_log_free(log);
    return workspace;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* %g stands for a share that changes from turn to turn. */
static void measure(const struct lw_workspace *workspace, const char *path, const char *label, const char *document)
{
    double times[TURNS];
    const char *what = "met";

    for (int i = 0; i < TURNS; i++) {
        struct lw_constraints *constraints;
        struct lw_figures *figures;
        struct lw_figure figure;
        struct lw_error err;
        FILE *out = fopen(path, "w");

        if (out == NULL)
            exit(1);
        fprintf(out, document, .1 + .004 * i);
        fclose(out);
        if (lw_constraints_read(path, &constraints, &err) != 0) {
            fprintf(stderr, "feasibility: %s\n", err.text);
            exit(1);
        }
        double begin = milliseconds();
        int rc = lw_constraints_expected(workspace, constraints, &figures, &err);
        times[i] = milliseconds() - begin;
        if (rc != 0) {
            fprintf(stderr, "feasibility: %s\n", err.text);
            exit(1);
        }
        for (size_t k = 0; k < lw_figures_count(figures); k++)
            if (lw_figures_get(figures, k, &figure, NULL) == 0 && figure.verdict == 0)
                what = "not met";
        lw_figures_free(figures);
        lw_constraints_free(constraints);
    }
    qsort(times, TURNS, sizeof *times, by_size);
    printf("%-44s %8.1f %8.1f   %s\n", label, times[TURNS / 2], times[TURNS - 1], what);
}

int main(int argc, char **argv)
{
    unsigned n_states = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1300;
    char folder[] = "/tmp/feasibility.XXXXXX", log[64], document[64];

    if (n_states < 20 || n_states > 400000 || mkdtemp(folder) == NULL)
        return 2;
    snprintf(log, sizeof log, "%s/log", folder);
    snprintf(document, sizeof document, "%s/constraints.json", folder);
    FILE *out = fopen(log, "w");
    if (out == NULL)
        return 1;
    write_log(out, n_states);
    fclose(out);

    struct lw_workspace *workspace = learn(log);
    const struct lw_machine *machine = lw_workspace_machine(workspace);
    printf("machine of %zu states and %zu transitions\n%-44s %8s %8s\n", lw_machine_state_count(machine),
           lw_machine_transition_count(machine), "expected mix, milliseconds", "median", "longest");
    measure(workspace, document, "no target (the first turn prepares)", "{\"delay_factor\": %g}");
    measure(workspace, document, "no target", "{\"delay_factor\": %g}");
    measure(workspace, document, "share of errors", "{\"levels\": {\"error\": %g}}");
    measure(workspace, document, "two levels, two services, a range",
            "{\"levels\": {\"error\": %g, \"warn\": 0.1}, \"services\": {\"servicea\": 0.1, \"serviceb\": 0.1, "
            "\"servicec\": [0.1, 0.3]}}");
    measure(workspace, document, "share of errors and two calls",
            "{\"levels\": {\"error\": %g}, \"calls\": [{\"from\": \"servicea\", \"to\": \"serviceb\", \"probability\": "
            "0.2}, {\"from\": \"serviceb\", \"to\": \"servicec\", \"probability\": 0.2}]}");
    measure(workspace, document, "out of reach: what binds", "{\"levels\": {\"error\": 0.8, \"warn\": %g}}");
    lw_workspace_free(workspace);
    remove(log);
    remove(document);
    rmdir(folder);
    return 0;
}
