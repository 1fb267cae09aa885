/*
 * Five tables of counts are published, each with Gaussian noise in proportion to what one trace can change at most:
 * which sequences of words there are (a trace counts for its first MAX_KINDS, and only those seen in clearly more than
 * one trace get through), how many traces take each whole path (a trace takes one), the steps of traces whose path did
 * not get through, delays before each template, and gaps between starts. Then new traces are drawn: frequent paths as
 * they are, the others step by step. Paths first, because one trace changes one count there by one, which is little
 * noise; a table of steps alone was rejected, since with a trace's dozens of steps its noise is dozens of times larger
 * and it forgets what goes together. How the budget is divided is fixed, whatever the log is like.
 */
#include "generate/private_traces.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/budget.h"
#include "base/fail.h"
#include "base/order.h"
#include "learn/delay.h"

#define SHARE_VOCABULARY .2
#define SHARE_PATHS      .35
#define SHARE_STEPS      .2
#define SHARE_DELAYS     .15
#define SHARE_GAPS       .05
#define SHARE_TOTAL      .05
#define MAX_KINDS        16    /* sequences that a trace counts for */
#define STEP_LENGTH      8.    /* Euclidean, of a trace's steps, and of its delays */
#define GAP_LENGTH       2.24  /* a trace more takes one gap away and adds two, or the other way round */
#define MAX_TRACES       50000 /* that are drawn: more say no more */
#define MAX_TEMPLATES    2000  /* in the table of steps */

struct maker {
    const struct model *model;
    struct noise *noise;
    struct private_traces *out;
    double rho, delta;
    size_t clip;
    uint32_t *places;     /* [templates] place in the vocabulary, or PAIR_NONE */
    uint32_t *vocabulary; /* [n_vocabulary] indexes of templates */
    size_t n_vocabulary;
    struct intern paths;
    uint64_t *path_counts; /* [paths.count] */
    size_t cap_paths;
    uint32_t *path_of; /* [traces] */
    uint64_t *steps;   /* [(n_vocabulary + 1)^2] row: from, 0 the start; column: to, 0 the end */
    uint64_t *delays;  /* [n_vocabulary][MACHINE_DELAY_BINS] */
    uint64_t gaps[MACHINE_DELAY_BINS];
    uint32_t *walk; /* [clip] */
};

/* A count with noise; 0 below the threshold. */
static uint64_t noised(struct noise *noise, uint64_t count, double sigma, double threshold)
{
    int64_t value = (int64_t)count + noise_gaussian(noise, sigma);
    return (double)value >= threshold && value > 0 ? (uint64_t)value : 0;
}

/* What noise alone hardly reaches in any of so many cells. */
static double floor_of(double sigma, size_t n_cells)
{
    return sigma * sqrt(2 * log((double)n_cells + 1)) + 1;
}

static uint32_t place_of(const struct maker *maker, uint32_t template_id)
{
    ptrdiff_t index = template_id == LW_TEMPLATE_UNKNOWN ? -1 : templates_index(&maker->model->templates, template_id);
    return index < 0 ? PAIR_NONE : maker->places[index];
}

/* ---- vocabulary -----------------------------------------------------------------------------------------------------
 */

/* Counts of traces by their first kinds of sequences. */
static void count_sequences(const struct maker *maker, uint64_t *counts)
{
    const struct counts *real = maker->model->counts;
    for (size_t t = 0; t < real->trace_names.count; t++) {
        uint32_t seen[MAX_KINDS];
        size_t n = 0, end = real->traces[t].n < maker->clip ? real->traces[t].n : maker->clip;
        for (size_t e = 0; e < end && n < MAX_KINDS; e++) {
            uint32_t s = real->traces[t].events[e].sequence;
            size_t i = 0;
            while (i < n && seen[i] != s)
                i++;
            if (i == n) {
                seen[n++] = s;
                counts[s]++;
            }
        }
    }
}

static int find_vocabulary(struct maker *maker)
{
    const struct templates *templates = &maker->model->templates;
    struct private_traces *out = maker->out;
    double sigma = budget_sigma(sqrt(MAX_KINDS), SHARE_VOCABULARY * maker->rho);
    double threshold = 1 + budget_tail(sigma, maker->delta / 4 / MAX_KINDS);
    out->n_sequences = maker->model->counts->sequences.keys.count;
    out->sequence_counts = alloc_zeroed(out->n_sequences, sizeof *out->sequence_counts);
    out->template_counts = alloc_zeroed(templates->n, sizeof *out->template_counts);
    maker->places = alloc_array(templates->n, sizeof *maker->places);
    maker->vocabulary = alloc_array(templates->n, sizeof *maker->vocabulary);
    if (out->sequence_counts == NULL || out->template_counts == NULL || maker->places == NULL ||
        maker->vocabulary == NULL)
        return LW_ERR_MEMORY;
    count_sequences(maker, out->sequence_counts);
    for (size_t i = 0; i < templates->n; i++) {
        maker->places[i] = PAIR_NONE;
        for (size_t s = 0; s < templates->items[i].n_sequences; s++) {
            uint64_t *count = &out->sequence_counts[templates->items[i].sequences[s]];
            /* What no trace has is as if it were not there, for the log without any one trace as well. */
            *count = *count > 0 ? noised(maker->noise, *count, sigma, threshold) : 0;
            if (*count > out->template_counts[i])
                out->template_counts[i] = *count;
        }
        if (out->template_counts[i] > 0 && maker->n_vocabulary < MAX_TEMPLATES) {
            maker->places[i] = (uint32_t)maker->n_vocabulary;
            maker->vocabulary[maker->n_vocabulary++] = (uint32_t)i;
        }
    }
    out->n_templates = maker->n_vocabulary;
    return 0;
}

/* ---- paths ----------------------------------------------------------------------------------------------------------
 */

/* The events of a trace that are in the vocabulary, cut; how many. */
static size_t read_path(const struct maker *maker, size_t trace, uint32_t *path)
{
    const struct trace_set *set = &maker->model->traces;
    size_t n = 0;
    for (size_t e = set->first[trace]; e < set->first[trace + 1] && n < maker->clip; e++) {
        uint32_t place = place_of(maker, set->templates[e]);
        if (place != PAIR_NONE)
            path[n++] = place;
    }
    return n;
}

static int count_paths(struct maker *maker)
{
    size_t n_traces = maker->model->traces.n_traces;
    double sigma = budget_sigma(1, SHARE_PATHS * maker->rho), threshold = 1 + budget_tail(sigma, maker->delta / 4);
    maker->path_of = alloc_array(n_traces, sizeof *maker->path_of);
    if (maker->path_of == NULL)
        return LW_ERR_MEMORY;
    for (size_t t = 0; t < n_traces; t++) {
        size_t n = read_path(maker, t, maker->walk), known = maker->paths.count;
        if (intern_add(&maker->paths, maker->walk, n * sizeof *maker->walk, &maker->path_of[t]) != 0 ||
            alloc_grow(&maker->path_counts, &maker->cap_paths, maker->paths.count, sizeof *maker->path_counts) != 0)
            return LW_ERR_MEMORY;
        if (maker->path_of[t] == known)
            maker->path_counts[known] = 0;
        maker->path_counts[maker->path_of[t]]++;
    }
    for (size_t p = 0; p < maker->paths.count; p++) {
        maker->path_counts[p] = noised(maker->noise, maker->path_counts[p], sigma, threshold);
        maker->out->n_variants += maker->path_counts[p] > 0;
    }
    return 0;
}

/* ---- steps and delays
 * ------------------------------------------------------------------------------------------------- */

/* Adds one to a cell of a trace while the trace's cells stay short; the squares of its counts so far are in *squares.
 */
static void add_cell(uint64_t *cells, size_t cell, size_t *used, uint32_t *own, size_t *n, double *squares)
{
    size_t i = 0;
    while (i < *n && used[i] != cell)
        i++;
    double count = i < *n ? own[i] : 0;
    if (*squares + 2 * count + 1 > STEP_LENGTH * STEP_LENGTH)
        return;
    *squares += 2 * count + 1;
    if (i == *n) {
        used[(*n)++] = cell;
        own[i] = 0;
    }
    own[i]++;
    cells[cell]++;
}

#define MAX_CELLS 64 /* STEP_LENGTH squared: so many cells a trace can have */

static void count_steps(struct maker *maker, size_t trace)
{
    size_t used[MAX_CELLS], n_used = 0, n = read_path(maker, trace, maker->walk), width = maker->n_vocabulary + 1;
    uint32_t own[MAX_CELLS];
    double squares = 0;
    if (n == 0)
        return;
    add_cell(maker->steps, (maker->walk[n - 1] + 1) * width, used, own, &n_used, &squares);
    for (size_t i = 0; i < n; i++)
        add_cell(maker->steps, (i > 0 ? maker->walk[i - 1] + 1 : 0) * width + maker->walk[i] + 1, used, own, &n_used,
                 &squares);
}

static void count_delays(struct maker *maker, size_t trace)
{
    const struct trace_set *set = &maker->model->traces;
    size_t used[MAX_CELLS], n_used = 0, first = set->first[trace];
    uint32_t own[MAX_CELLS];
    double squares = 0;
    for (size_t e = first + 1; e < set->first[trace + 1] && e - first < maker->clip; e++) {
        uint32_t place = place_of(maker, set->templates[e]);
        if (place == PAIR_NONE || set->times_us[e] == LW_NO_TIME || set->times_us[e - 1] == LW_NO_TIME)
            continue;
        unsigned bin = machine_delay_bin(set->times_us[e] - set->times_us[e - 1]);
        add_cell(maker->delays, (size_t)place * MACHINE_DELAY_BINS + bin, used, own, &n_used, &squares);
    }
}

static void noise_table(struct maker *maker, uint64_t *cells, size_t n, double length, double share)
{
    double sigma = budget_sigma(length, share * maker->rho), threshold = floor_of(sigma, n);
    for (size_t i = 0; i < n; i++)
        cells[i] = noised(maker->noise, cells[i], sigma, threshold);
}

static int count_gaps(struct maker *maker)
{
    const struct trace_set *set = &maker->model->traces;
    int64_t *starts = alloc_array(set->n_traces, sizeof *starts);
    size_t n = 0;
    if (starts == NULL)
        return LW_ERR_MEMORY;
    for (size_t t = 0; t < set->n_traces; t++)
        if (set->first[t] < set->first[t + 1] && set->times_us[set->first[t]] != LW_NO_TIME)
            starts[n++] = set->times_us[set->first[t]];
    qsort(starts, n, sizeof *starts, order_i64);
    for (size_t i = 1; i < n; i++)
        maker->gaps[machine_delay_bin(starts[i] - starts[i - 1])]++;
    free(starts);
    noise_table(maker, maker->gaps, MACHINE_DELAY_BINS, GAP_LENGTH, SHARE_GAPS);
    return 0;
}

static int count_tables(struct maker *maker)
{
    size_t width = maker->n_vocabulary + 1, n_delays = maker->n_vocabulary * MACHINE_DELAY_BINS;
    maker->steps = alloc_zeroed(width * width, sizeof *maker->steps);
    maker->delays = alloc_zeroed(n_delays, sizeof *maker->delays);
    if (maker->steps == NULL || maker->delays == NULL)
        return LW_ERR_MEMORY;
    for (size_t t = 0; t < maker->model->traces.n_traces; t++) {
        if (maker->path_counts[maker->path_of[t]] == 0)
            count_steps(maker, t);
        count_delays(maker, t);
    }
    noise_table(maker, maker->steps, width * width, STEP_LENGTH, SHARE_STEPS);
    noise_table(maker, maker->delays, n_delays, STEP_LENGTH, SHARE_DELAYS);
    for (size_t i = 0; i < width * width; i++)
        maker->out->n_transitions += maker->steps[i] > 0;
    maker->out->n_real =
        noised(maker->noise, maker->model->traces.n_traces, budget_sigma(1, SHARE_TOTAL * maker->rho), 1);
    return count_gaps(maker);
}

/* ---- drawing
 * ---------------------------------------------------------------------------------------------------------- */

/* Place of a draw by counts; n if they are all 0. */
static size_t draw_cell(struct noise *noise, const uint64_t *counts, size_t n)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += counts[i];
    if (sum == 0)
        return n;
    uint64_t at = noise_below(noise, sum);
    size_t i = 0;
    for (; i + 1 < n && at >= counts[i]; i++)
        at -= counts[i];
    return i;
}

/* A delay by a histogram; 0 if it is empty. */
static int64_t draw_delay(struct noise *noise, const uint64_t *bins)
{
    size_t bin = draw_cell(noise, bins, MACHINE_DELAY_BINS);
    int64_t from, to;
    if (bin == MACHINE_DELAY_BINS || bin == 0)
        return 0;
    machine_delay_range((unsigned)bin, &from, &to);
    return from + (int64_t)noise_below(noise, (uint64_t)(to - from));
}

static int add_trace(struct maker *maker, const uint32_t *path, size_t n, int64_t start_us, struct lw_error *err)
{
    struct trace_set *set = &maker->out->traces;
    char name[32];
    int len = snprintf(name, sizeof name, "%zu", set->n_traces);
    int code = trace_set_begin(set, name, (size_t)len, err);
    bool is_timed = maker->model->counts->first_us != LW_NO_TIME;
    for (size_t i = 0; i < n && code == 0; i++) {
        if (i > 0)
            start_us += draw_delay(maker->noise, maker->delays + (size_t)path[i] * MACHINE_DELAY_BINS);
        code = trace_set_event(set, maker->model->templates.items[maker->vocabulary[path[i]]].id,
                               is_timed ? start_us : LW_NO_TIME, LW_NO_RECORD, err);
    }
    return code;
}

/* Walks by the table of steps; 0 if there is no way. */
static size_t draw_walk(struct maker *maker)
{
    size_t width = maker->n_vocabulary + 1, n = 0, row = 0;
    while (n < maker->clip) {
        size_t to = draw_cell(maker->noise, maker->steps + row * width + (n == 0), width - (n == 0)) + (n == 0);
        if (to == 0 || to >= width)
            break;
        maker->walk[n++] = (uint32_t)(to - 1);
        row = to;
    }
    return n;
}

/* Frequent paths and the rest, each trace one or the other by chance. */
static int draw_traces(struct maker *maker, double epsilon, struct lw_error *err)
{
    uint64_t covered = 0, start_us = 0;
    for (size_t p = 0; p < maker->paths.count; p++)
        covered += maker->path_counts[p];
    uint64_t total = maker->out->n_real > covered ? maker->out->n_real : covered;
    size_t n = total < MAX_TRACES ? (size_t)total : MAX_TRACES, n_drawn = 0;
    int code = 0;
    uint64_t *ends = alloc_array(maker->paths.count, sizeof *ends), sum = 0;
    if (ends == NULL)
        return fail_memory(err, "drawing private traces");
    for (size_t p = 0; p < maker->paths.count; p++)
        ends[p] = sum += maker->path_counts[p];
    for (size_t i = 0; i < n && code == 0; i++) {
        uint64_t at = noise_below(maker->noise, total);
        size_t low = 0, high = maker->paths.count, len;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (ends[middle] <= at)
                low = middle + 1;
            else
                high = middle;
        }
        const uint32_t *path = maker->walk;
        if (low < maker->paths.count) {
            struct lw_bytes bytes = intern_get(&maker->paths, (uint32_t)low);
            len = bytes.len / sizeof *path;
            memcpy(maker->walk, bytes.data, bytes.len);
        } else {
            len = draw_walk(maker);
        }
        if (len > 0) {
            code = add_trace(maker, path, len, (int64_t)start_us, err);
            start_us += (uint64_t)draw_delay(maker->noise, maker->gaps);
            n_drawn++;
        }
    }
    free(ends);
    if (code == 0 && n_drawn == 0)
        code = fail(err, LW_ERR_INFEASIBLE,
                    "a budget of epsilon %g lets nothing of these %zu traces through: allow more, or learn from more "
                    "traces",
                    epsilon, maker->model->traces.n_traces);
    return code;
}

static void maker_release(struct maker *maker)
{
    free(maker->places);
    free(maker->vocabulary);
    intern_release(&maker->paths);
    free(maker->path_counts);
    free(maker->path_of);
    free(maker->steps);
    free(maker->delays);
    free(maker->walk);
}

int private_traces_make(const struct model *model, const struct privacy_budget *budget, struct noise *noise,
                        struct private_traces *out, struct lw_error *err)
{
    double delta = budget->delta < 1e-15 ? 1e-15 : budget->delta;
    struct maker maker = {.model = model, .noise = noise, .out = out, .delta = delta, .paths = INTERN_INIT};
    *out = (struct private_traces){.n_real = 0};
    trace_set_init(&out->traces);
    if (model->traces.n_traces == 0)
        return fail(err, LW_ERR_INPUT, "privacy.epsilon protects traces, and this log has none");
    /* Half of delta is for what the thresholds let slip. */
    out->rho = maker.rho = budget_rho(budget->epsilon, delta / 2);
    maker.clip = budget->clip >= 1 ? (size_t)budget->clip : 1;
    maker.walk = alloc_array(maker.clip, sizeof *maker.walk);
    int code = maker.walk == NULL ? LW_ERR_MEMORY : find_vocabulary(&maker);
    if (code == 0)
        code = count_paths(&maker);
    if (code == 0)
        code = count_tables(&maker);
    code = code != 0 ? fail_memory(err, "counting privately") : draw_traces(&maker, budget->epsilon, err);
    if (code == 0 && noise->code != 0)
        code = fail(err, LW_ERR_IO, "the system gives no randomness, so nothing can be kept private");
    maker_release(&maker);
    if (code != 0)
        private_traces_release(out);
    return code;
}

void private_traces_release(struct private_traces *made)
{
    trace_set_release(&made->traces);
    free(made->sequence_counts);
    free(made->template_counts);
    *made = (struct private_traces){.n_real = 0};
}
