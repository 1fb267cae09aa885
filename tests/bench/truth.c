/*
 * truth [TRACES [PROGRAM...]]: machines learned from programs whose language is known (tests/lib/process.h), held
 * against it. A row for each program and each way its traces are spoilt: noise:P = that share of traces has one event
 * dropped, repeated, swapped or inserted; cut:P = that share lacks its beginning or its end.
 *
 *   states     of the machine, and of them in its core
 *   precision  share of 2,000 traces drawn from the core machine that the program can give
 *   recall     share of 2,000 new traces of the program that run on the core machine to the end
 *   x10        states after learning each trace ten times, over states
 *   volume     states after learning ten times as many traces, all drawn anew, over states
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "logwright.h"
#include "tests/lib/process.h"

#define N_DRAWN   2000
#define MAX_TRACE 400

static const struct program {
    const char *name, *text;
} programs[] = {
    {"sequential", "boot load check mount probe listen accept serve drain sync unmount halt"},
    {"branching", "start parse (cached | (lookup (hit | miss fetch store)@.6)@.5) render (ok@.9 | warn@.08 | fail "
                  "report@.02) close"},
    {"loops", "open (read | write flush?.3)*.7 (begin (select | update)*.5 (commit@.8 | rollback@.2))*.4 close"},
    {"replicas", "alloc (recv ack store)&(recv ack store)&(recv ack store) seal verify?.3 delete?.5"},
    {"branches", "start (fork_a work_a done_a)&(fork_b work_b done_b)&log join (ok | fail@.1)"},
    {"retries", "connect (timeout retry (timeout retry (timeout giveup@.5 | reply@.5)@.4 | reply@.6)@.3 | reply@.7) "
                "(process done | reject@.15)"},
    {"sessions", "login (request (hit | query rows (query rows)*.3) respond)*.75 (logout@.7 | expire@.3)"},
    {"workers", "submit (queue take (run ok | run crash restart run ok)@.9 | drop@.1) (notify&archive)?.8 end"},
};
#define N_PROGRAMS (sizeof programs / sizeof programs[0])

struct mode {
    const char *name;
    double noise, cut;
};
static const struct mode modes[] = {
    {"clean", 0, 0}, {"noise:0.01", .01, 0}, {"noise:0.05", .05, 0}, {"noise:0.1", .1, 0}, {"cut:0.1", 0, .1}};

static void must(int code, const struct lw_error *err)
{
    if (code == 0)
        return;
    fprintf(stderr, "truth: %s\n", err->text);
    exit(2);
}

/* Traces of a program as a file of sequences, each one so many times. */
static void write_traces(const struct process *process, const struct mode *mode, size_t n, int times, FILE *out)
{
    for (size_t t = 0; t < n; t++) {
        uint32_t events[MAX_TRACE + 1];
        struct rng rng;

        rng_init(&rng, 1, 1, t);
        size_t len = process_sample(process, &rng, events, MAX_TRACE);
        if (rng_uniform(&rng) < mode->noise)
            len = process_noise(process, &rng, events, len, MAX_TRACE + 1);
        if (rng_uniform(&rng) < mode->cut)
            len = process_cut(&rng, events, len);
        for (int k = 0; k < times; k++) {
            for (size_t i = 0; i < len; i++)
                fprintf(out, "%s%s", i > 0 ? " " : "", process_event(process, events[i]));
            fputc('\n', out);
        }
    }
}

static struct lw_workspace *learn(const struct process *process, const struct mode *mode, size_t n, int times)
{
    char path[] = "/tmp/truth-XXXXXX";
    const char *paths[] = {path};
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_workspace *workspace;
    struct lw_error err;
    struct lw_log *log;
    int fd = mkstemp(path);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

    if (out == NULL) {
        perror(path);
        exit(2);
    }
    write_traces(process, mode, n, times, out);
    fclose(out);
    options.format = "sequences";
    must(lw_log_open(paths, 1, &options, NULL, &log, &err), &err);
    must(lw_workspace_learn(log, NULL, NULL, &workspace, &err), &err);
    lw_log_free(log);
    unlink(path);
    return workspace;
}

/* ---- precision and recall ------------------------------------------------------------------------------------- */

struct view { /* a machine beside the program */
    const struct process *process;
    const struct lw_machine *machine;
    uint32_t ids[MAX_TRACE]; /* template of each event of the program */
    uint32_t *events;        /* [n_ids] event of each template */
    size_t n_ids;
    struct lw_transition *edges;
    size_t n_edges, *first; /* [states + 1] */
};

static void view_init(struct view *view, const struct process *process, const struct lw_workspace *workspace)
{
    size_t n_states;

    *view = (struct view){.process = process, .machine = lw_workspace_machine(workspace)};
    view->n_ids = lw_template_count(workspace) + 1;
    view->events = calloc(view->n_ids, sizeof *view->events);
    view->n_edges = lw_machine_transition_count(view->machine);
    view->edges = calloc(view->n_edges + 1, sizeof *view->edges);
    n_states = lw_machine_state_count(view->machine);
    view->first = calloc(n_states + 2, sizeof *view->first);
    for (size_t i = 0; i + 1 < view->n_ids; i++) {
        struct lw_template template;

        must(lw_template_get(workspace, i, &template, NULL), NULL);
        view->events[template.id] = process_find(process, template.text.data, template.text.len);
        view->ids[view->events[template.id]] = template.id;
    }
    for (size_t i = 0; i < view->n_edges; i++) {
        must(lw_machine_transition(view->machine, i, &view->edges[i], NULL), NULL);
        view->first[view->edges[i].from + 1]++;
    }
    for (size_t i = 0; i < n_states; i++)
        view->first[i + 1] += view->first[i];
}

static void view_release(struct view *view)
{
    free(view->events);
    free(view->edges);
    free(view->first);
}

/* A trace drawn from the core machine; false if it never ends. */
static bool draw(const struct view *view, struct rng *rng, uint32_t *events, size_t *n)
{
    uint32_t state = 0;

    for (*n = 0; *n <= MAX_TRACE;) {
        double sum = 0;
        size_t i = view->first[state], end = view->first[state + 1];

        for (size_t k = i; k < end; k++)
            sum += view->edges[k].is_core ? view->edges[k].probability : 0;
        double at = rng_uniform(rng) * sum;
        for (; i < end; i++) {
            at -= view->edges[i].is_core ? view->edges[i].probability : 0;
            if (view->edges[i].is_core && at < 0)
                break;
        }
        if (i == end)
            return false;
        state = view->edges[i].to;
        if (state == 1)
            return true;
        if (*n == MAX_TRACE)
            return false;
        events[(*n)++] = view->events[view->edges[i].template_id];
    }
    return false;
}

static double precision(const struct view *view)
{
    uint32_t events[MAX_TRACE];
    size_t good = 0, n;

    for (size_t t = 0; t < N_DRAWN; t++) {
        struct rng rng;

        rng_init(&rng, 2, 2, t);
        good += draw(view, &rng, events, &n) && process_accepts(view->process, events, n);
    }
    return (double)good / N_DRAWN;
}

static double recall(const struct view *view)
{
    uint32_t events[MAX_TRACE];
    size_t good = 0, left_at;

    for (size_t t = 0; t < N_DRAWN; t++) {
        struct rng rng;

        rng_init(&rng, 3, 3, t);
        size_t n = process_sample(view->process, &rng, events, MAX_TRACE);
        for (size_t i = 0; i < n; i++)
            events[i] = view->ids[events[i]];
        good += lw_machine_accepts(view->machine, events, n, &left_at);
    }
    return (double)good / N_DRAWN;
}

static size_t core_states(const struct lw_machine *machine)
{
    size_t n = 0;

    for (size_t i = 0; i < lw_machine_state_count(machine); i++) {
        struct lw_state state;

        must(lw_machine_state(machine, i, &state, NULL), NULL);
        n += state.is_core;
    }
    return n;
}

static double growth(const struct process *process, const struct mode *mode, size_t n, int times, size_t states)
{
    struct lw_workspace *workspace = learn(process, mode, n, times);
    double more = (double)lw_machine_state_count(lw_workspace_machine(workspace));

    lw_workspace_free(workspace);
    return more / (double)states;
}

static void print_program(const struct program *program, size_t n)
{
    struct process *process = process_new(program->text);

    for (size_t m = 0; m < sizeof modes / sizeof modes[0]; m++) {
        clock_t start = clock();
        struct lw_workspace *workspace = learn(process, &modes[m], n, 1);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        struct view view;

        view_init(&view, process, workspace);
        size_t states = lw_machine_state_count(view.machine);
        printf("%-11s %-11s %7zu %5zu %9.4f %7.4f %6.2f %6.2f %8.2f\n", program->name, modes[m].name, states,
               core_states(view.machine), precision(&view), recall(&view), growth(process, &modes[m], n, 10, states),
               growth(process, &modes[m], n * 10, 1, states), seconds);
        fflush(stdout);
        view_release(&view);
        lw_workspace_free(workspace);
    }
    process_free(process);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 5000;

    printf("%-11s %-11s %7s %5s %9s %7s %6s %6s %8s\n", "program", "mode", "states", "core", "precision", "recall",
           "x10", "volume", "learn s");
    for (size_t p = 0; argc <= 2 && p < N_PROGRAMS; p++)
        print_program(&programs[p], n);
    for (int i = 2; i < argc; i++)
        print_program(&(struct program){"given", argv[i]}, n);
    return 0;
}
