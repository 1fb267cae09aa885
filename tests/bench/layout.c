/*
 * layout [LOG...]: drawn machines held against Graphviz. Twenty machines: those of the given logs, and the others
 * learned from traces of made-up programs, walks through random graphs with fixed seeds; of each as much as has 10 to
 * 60 transitions. Both sides get the same graph with boxes of the same width and no labels; parallel transitions are
 * one edge. Crossings are counted alike on both: proper intersections of the drawn lines of two edges, loops left out;
 * `dot -Tplain` gives splines, each piece of which is taken as 24 chords. Then the time for 200 edges. Nothing passes
 * or fails here.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/machine_map.h"
#include "logwright.h"

#define N_MACHINES 20
#define N_CHORDS   24
#define MAX_EDGES  60

struct line {
    double (*points)[2];
    size_t n;
};

static uint64_t next_random(uint64_t *state) /* xorshift64* (Vigna 2016) */
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717u >> 16;
}

static double milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

static void add_point(struct line *line, double x, double y)
{
    line->points = realloc(line->points, (line->n + 1) * sizeof *line->points);
    if (!line->points)
        abort();
    line->points[line->n][0] = x;
    line->points[line->n++][1] = y;
}

static double turn(const double *o, const double *a, const double *b)
{
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
}

static unsigned count_crossings(const struct line *lines, size_t n)
{
    unsigned crossings = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            for (size_t a = 1; a < lines[i].n; a++)
                for (size_t b = 1; b < lines[k].n; b++) {
                    const double *p = lines[i].points[a - 1], *q = lines[i].points[a];
                    const double *r = lines[k].points[b - 1], *s = lines[k].points[b];

                    crossings += turn(p, q, r) * turn(p, q, s) < 0 && turn(r, s, p) * turn(r, s, q) < 0;
                }
    return crossings;
}

static unsigned count_and_free(struct line *lines, size_t n)
{
    unsigned crossings = count_crossings(lines, n);

    for (size_t i = 0; i < n; i++)
        free(lines[i].points);
    free(lines);
    return crossings;
}

static unsigned our_crossings(const struct machine_map *map)
{
    struct line *lines = calloc(map->n_edges + 1, sizeof *lines);
    size_t n, n_lines = 0;

    for (size_t i = 0; i < map->n_edges; i++) {
        const struct lw_layout_point *points = lw_layout_line(map->layout, i, &n);

        if (map->edges[i].from == map->edges[i].to)
            continue;
        for (size_t k = 0; k < n; k++)
            add_point(&lines[n_lines], points[k].col, points[k].row);
        n_lines++;
    }
    return count_and_free(lines, n_lines);
}

static void add_spline(struct line *line, const double (*p)[2])
{
    for (int i = 1; i <= N_CHORDS; i++) {
        double t = (double)i / N_CHORDS, u = 1 - t, w[4] = {u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t};

        add_point(line, w[0] * p[0][0] + w[1] * p[1][0] + w[2] * p[2][0] + w[3] * p[3][0],
                  w[0] * p[0][1] + w[1] * p[1][1] + w[2] * p[2][1] + w[3] * p[3][1]);
    }
}

/* -1: dot cannot be run. */
static int dot_crossings(const struct machine_map *map, const char *scratch)
{
    char name[300], command[700], word[32];
    struct line *lines = calloc(map->n_edges + 1, sizeof *lines);
    size_t n_lines = 0;
    unsigned from, to;
    FILE *file;
    int n;

    snprintf(name, sizeof name, "%s/graph.dot", scratch);
    file = fopen(name, "w");
    if (!file)
        return -1;
    fputs("digraph{node[shape=box fixedsize=true height=.5 label=\"\"];\n", file);
    for (size_t i = 0; i < map->n_nodes; i++)
        fprintf(file, "%zu[width=%.2f];\n", i, .1 * lw_layout_box(map->layout, i).cols);
    for (size_t i = 0; i < map->n_edges; i++)
        fprintf(file, "%zu->%zu;\n", map->edges[i].from, map->edges[i].to);
    fputs("}\n", file);
    fclose(file);
    snprintf(command, sizeof command, "dot -Tplain %s", name);
    file = popen(command, "r");
    while (file && fscanf(file, "%31s", word) == 1) {
        double p[4][2], skipped;

        if (strcmp(word, "edge") != 0) {
            if (fscanf(file, "%*[^\n]") == EOF)
                break;
            continue;
        }
        if (fscanf(file, "%u %u %d", &from, &to, &n) != 3)
            break;
        for (int i = 0; i < n; i++) {
            if (fscanf(file, "%lf %lf", &p[i == 0 ? 0 : (i - 1) % 3 + 1][0], &p[i == 0 ? 0 : (i - 1) % 3 + 1][1]) != 2)
                break;
            if (from == to)
                continue;
            if (i == 0)
                add_point(&lines[n_lines], p[0][0], p[0][1]);
            else if (i % 3 == 0) {
                add_spline(&lines[n_lines], (const double(*)[2])p);
                p[0][0] = p[3][0];
                p[0][1] = p[3][1];
            }
        }
        n_lines += from != to;
        if (fscanf(file, "%*s %lf", &skipped) == EOF)
            break;
    }
    if (!file || pclose(file) != 0)
        return -1;
    return (int)count_and_free(lines, n_lines);
}

/* A program of n steps: each goes on to one of a few others, mostly nearby; 400 walks through it. */
static struct lw_workspace *learn_program(unsigned seed, const char *scratch)
{
    struct lw_open_options open = LW_OPEN_OPTIONS_INIT;
    unsigned n = 6 + seed, next[64][4];
    uint64_t random = 88172645463325252u + 7919 * seed;
    struct lw_workspace *workspace = NULL;
    struct lw_log *log = NULL;
    char name[300];
    const char *path = name;
    FILE *file;

    snprintf(name, sizeof name, "%s/traces", scratch);
    file = fopen(name, "w");
    if (!file)
        return NULL;
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < 4; k++) {
            unsigned at = i + 1 + (unsigned)(next_random(&random) % 5);

            next[i][k] = k == 0 ? i + 1 : k == 3 && at > 4 ? at - 4 : at;
        }
    for (int trace = 0; trace < 400; trace++) {
        for (unsigned at = 0, steps = 0; at < n && steps < 60; steps++) {
            fprintf(file, "%s%u", steps > 0 ? " " : "", at + 1);
            at = next[at][next_random(&random) % (1 + next_random(&random) % 4)];
        }
        fputc('\n', file);
    }
    fclose(file);
    open.format = "sequences";
    if (lw_log_open(&path, 1, &open, NULL, &log, NULL) == 0)
        lw_workspace_learn(log, NULL, NULL, &workspace, NULL);
    lw_log_free(log);
    return workspace;
}

static struct lw_workspace *learn_log(const char *path)
{
    struct lw_workspace *workspace = NULL;
    struct lw_log *log = NULL;

    if (lw_log_open(&path, 1, NULL, NULL, &log, NULL) == 0)
        lw_workspace_learn(log, NULL, NULL, &workspace, NULL);
    lw_log_free(log);
    return workspace;
}

static void measure(const char *name, const struct lw_workspace *workspace, const char *scratch, double sums[3])
{
    struct machine_map *map = NULL;
    struct lw_error err;
    double began;
    int ours, dots;

    if (!workspace || machine_map_fit(workspace, MAX_EDGES, &map, &err) != 0) {
        printf("%-24s could not be learned\n", name);
        return;
    }
    began = milliseconds();
    if (machine_map_lay_out(map, 10, 0, NULL, NULL, &err) == 0) {
        double took = milliseconds() - began;

        ours = (int)our_crossings(map);
        dots = dot_crossings(map, scratch);
        printf("%-24s %6zu %6zu %6d %6d %8.1f\n", name, map->n_nodes, map->n_edges, ours, dots, took);
        sums[0] += ours;
        sums[1] += dots;
        /* one more on both sides: most pictures have none, and a ratio must not be of nothing */
        sums[2] += (ours + 1.0) / (dots + 1.0);
    }
    machine_map_free(map);
}

static void measure_time(void)
{
    struct lw_layout_node nodes[100];
    struct lw_layout_edge edges[200];
    double took[5];

    for (int run = 0; run < 5; run++) {
        uint64_t random = 1 + (uint64_t)run;
        struct lw_layout *layout = NULL;
        size_t n = 0;
        double began;

        for (size_t i = 0; i < 100; i++) {
            nodes[i] = (struct lw_layout_node){i, 14, 3};
            if (i > 0)
                edges[n++] = (struct lw_layout_edge){i - 1 - next_random(&random) % (i < 5 ? i : 5), i, 1, 4};
        }
        while (n < 200) {
            size_t from = next_random(&random) % 100, to = from + next_random(&random) % 8;

            to = to < 2 ? 0 : to - 2;
            edges[n++] = (struct lw_layout_edge){from, to < 100 ? to : 99, 1, 4};
        }
        began = milliseconds();
        if (lw_layout_new(&(struct lw_layout_graph){nodes, 100, edges, n, 0}, NULL, NULL, &layout, NULL) != 0)
            return;
        took[run] = milliseconds() - began;
        for (int i = run; i > 0 && took[i - 1] > took[i]; i--) {
            double swapped = took[i];

            took[i] = took[i - 1];
            took[i - 1] = swapped;
        }
        lw_layout_free(layout);
    }
    printf("100 states, 200 transitions: %.1f ms (median of five graphs, %.1f to %.1f)\n", took[2], took[0], took[4]);
}

int main(int argc, char **argv)
{
    char scratch[] = "/tmp/layout.XXXXXX", name[64];
    double sums[3] = {0};

    if (!mkdtemp(scratch))
        return 2;
    printf("%-24s %6s %6s %6s %6s %8s\n", "machine", "states", "edges", "ours", "dot", "ms");
    for (int i = 0; i < N_MACHINES; i++) {
        struct lw_workspace *workspace = i + 1 < argc ? learn_log(argv[i + 1]) : learn_program((unsigned)i, scratch);
        const char *slash = i + 1 < argc ? strrchr(argv[i + 1], '/') : NULL;

        snprintf(name, sizeof name, "program %d", i);
        measure(slash ? slash + 1 : i + 1 < argc ? argv[i + 1] : name, workspace, scratch, sums);
        lw_workspace_free(workspace);
    }
    printf("crossings: ours %.0f, dot %.0f, ratio %.2f; mean of (ours + 1) / (dot + 1): %.2f\n", sums[0], sums[1],
           sums[0] / sums[1], sums[2] / N_MACHINES);
    measure_time();
    snprintf(name, sizeof name, "%s/traces", scratch);
    remove(name);
    snprintf(name, sizeof name, "%s/graph.dot", scratch);
    remove(name);
    rmdir(scratch);
    return 0;
}
