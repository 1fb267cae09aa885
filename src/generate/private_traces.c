/*
 * Six tables of counts are published, each with Gaussian noise in proportion to what one trace can change at most:
 * which sequences of words there are (a trace counts for its first MAX_KINDS, and only those seen in clearly more than
 * one trace get through), how many traces have each bag of events (how often each template comes, whatever the order)
 * and take each whole path (a trace has one of both), which steps the traces take whose path did not get through, which
 * delays stand before each template, and gaps between starts. Of steps and delays a trace counts for each once, and for
 * MAX_CELLS at most.
 *
 * Then new traces are drawn: a bag, and one of its paths, or, where none got through, its events in an order drawn by
 * steps; where no bag got through, walks by steps. Rare bags are not made up: what was tried (counts of one bag in
 * another) has detectors take anomalies for ordinary. Bags and paths first, because one trace changes one count there
 * by one, which is little noise, and there are far fewer bags than paths, so that most traces have one that gets
 * through; a table of steps alone was rejected, since with a trace's dozens of steps its noise is dozens of times
 * larger and it forgets what goes together. How the budget is divided is fixed, whatever the log is like.
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

#define SHARE_VOCABULARY .15
#define SHARE_BAGS       .3
#define SHARE_PATHS      .15
#define SHARE_STEPS      .2
#define SHARE_DELAYS     .15
#define SHARE_GAPS       .03
#define SHARE_TOTAL      .02
#define MAX_KINDS        16  /* sequences that a trace counts for */
#define MAX_CELLS        16  /* of the steps of a trace, and of its delays, drawn at random where there are more */
#define ATTEMPTS         8   /* at an order of a bag */
#define MAX_EMPTY        2   /* bins of delays between two that belong together */
#define TAIL_BEGIN       .25 /* of tails of delays, against what is just too little to get through */
#define TAIL_DECAY       .5  /* from bin to bin */
#define TAIL_BINS        6
#define MAX_TIME_US      INT64_C(1000000000000000) /* of what is drawn: 31 years */
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
    struct intern bags;
    uint64_t *bag_counts; /* [bags.count] */
    uint32_t *bag_of;     /* [paths.count] */
    uint64_t *bag_ends;   /* [bags.count] sums of the counts up to this */
    size_t cap_bags;
    uint64_t *steps;  /* [(n_vocabulary + 1)^2] row: from, 0 the start; column: to, 0 the end */
    uint64_t *delays; /* [n_vocabulary][MACHINE_DELAY_BINS] */
    uint64_t gaps[MACHINE_DELAY_BINS];
    uint32_t *walk, *order; /* [clip] */
    uint64_t *cells;        /* [clip + 1] of a trace */
    uint32_t *left;         /* [n_vocabulary] */
};

/* A count with noise; 0 below the threshold. */
static uint64_t noised(struct noise *noise, uint64_t count, double sigma, double threshold)
{
    int64_t value = (int64_t)count + noise_gaussian(noise, sigma);
    return (double)value >= threshold && value > 0 ? (uint64_t)value : 0;
}

/* What noise alone reaches in about one of so many cells. */
static double floor_of(double sigma, size_t n_cells)
{
    return budget_tail(sigma, 1 / (double)(n_cells + 1));
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

/* Noise for counts of which a trace changes one by one; how many come through. */
static size_t noise_items(struct maker *maker, uint64_t *counts, size_t n, double share)
{
    double sigma = budget_sigma(1, share * maker->rho), threshold = 1 + budget_tail(sigma, maker->delta / 8);
    size_t n_through = 0;
    for (size_t i = 0; i < n; i++) {
        counts[i] = noised(maker->noise, counts[i], sigma, threshold);
        n_through += counts[i] > 0;
    }
    return n_through;
}

/* Paths with the same events in any order are one bag: the bytes of the sorted events. */
static int count_bags(struct maker *maker)
{
    maker->bag_of = alloc_array(maker->paths.count, sizeof *maker->bag_of);
    if (maker->bag_of == NULL)
        return LW_ERR_MEMORY;
    for (size_t p = 0; p < maker->paths.count; p++) {
        struct lw_bytes path = intern_get(&maker->paths, (uint32_t)p);
        size_t known = maker->bags.count;
        memcpy(maker->order, path.data, path.len);
        qsort(maker->order, path.len / sizeof *maker->order, sizeof *maker->order, order_u32);
        if (intern_add(&maker->bags, maker->order, path.len, &maker->bag_of[p]) != 0 ||
            alloc_grow(&maker->bag_counts, &maker->cap_bags, maker->bags.count, sizeof *maker->bag_counts) != 0)
            return LW_ERR_MEMORY;
        if (maker->bag_of[p] == known)
            maker->bag_counts[known] = 0;
        maker->bag_counts[maker->bag_of[p]] += maker->path_counts[p];
    }
    return 0;
}

static int count_paths(struct maker *maker)
{
    size_t n_traces = maker->model->traces.n_traces;
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
    if (count_bags(maker) != 0)
        return LW_ERR_MEMORY;
    maker->out->n_bags = noise_items(maker, maker->bag_counts, maker->bags.count, SHARE_BAGS);
    maker->out->n_variants = noise_items(maker, maker->path_counts, maker->paths.count, SHARE_PATHS);
    return 0;
}

/* ---- steps and delays
 * ------------------------------------------------------------------------------------------------- */

/* Counts a trace for its cells, each once. */
static void count_cells(struct maker *maker, uint64_t *table, size_t n)
{
    uint64_t *cells = maker->cells;
    size_t n_distinct = 0;
    if (n > 1)
        qsort(cells, n, sizeof *cells, order_u64);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || cells[i] != cells[n_distinct - 1])
            cells[n_distinct++] = cells[i];
    for (size_t i = 0; i < n_distinct && i < MAX_CELLS; i++) {
        size_t other = n_distinct > MAX_CELLS ? i + (size_t)noise_below(maker->noise, n_distinct - i) : i;
        uint64_t cell = cells[other];
        cells[other] = cells[i];
        table[cell]++;
    }
}

static void count_steps(struct maker *maker, size_t trace)
{
    size_t n = read_path(maker, trace, maker->walk), width = maker->n_vocabulary + 1;
    for (size_t i = 0; i < n; i++)
        maker->cells[i] = (i > 0 ? maker->walk[i - 1] + 1 : 0) * width + maker->walk[i] + 1;
    if (n > 0) {
        maker->cells[n] = (maker->walk[n - 1] + 1) * width;
        count_cells(maker, maker->steps, n + 1);
    }
}

static void count_delays(struct maker *maker, size_t trace)
{
    const struct trace_set *set = &maker->model->traces;
    size_t n = 0, first = set->first[trace];
    for (size_t e = first + 1; e < set->first[trace + 1] && e - first < maker->clip; e++) {
        uint32_t place = place_of(maker, set->templates[e]);
        if (place == PAIR_NONE || set->times_us[e] == LW_NO_TIME || set->times_us[e - 1] == LW_NO_TIME)
            continue;
        unsigned bin = machine_delay_bin(set->times_us[e] - set->times_us[e - 1]);
        maker->cells[n++] = (size_t)place * MACHINE_DELAY_BINS + bin;
    }
    count_cells(maker, maker->delays, n);
}

/* A bin by itself has to be twice what gets through: noise at the far end would take longer than all others together.
 * What did not get through is not nothing: around what did, tails stand for it that begin with a part of the least that
 * gets through. */
static void complete_delays(uint64_t *bins, double least)
{
    size_t apart[MACHINE_DELAY_BINS]; /* from the nearest other bin */
    for (size_t i = 0; i < MACHINE_DELAY_BINS; i++) {
        apart[i] = 1;
        while (apart[i] <= TAIL_BINS && (i < apart[i] || bins[i - apart[i]] == 0) &&
               (i + apart[i] >= MACHINE_DELAY_BINS || bins[i + apart[i]] == 0))
            apart[i]++;
    }
    for (size_t i = 0; i < MACHINE_DELAY_BINS; i++)
        if (apart[i] > MAX_EMPTY && i > 0 && (double)bins[i] < 2 * least)
            bins[i] = 0;
        else if (bins[i] == 0 && apart[i] <= TAIL_BINS)
            bins[i] = (uint64_t)(TAIL_BEGIN * least * pow(TAIL_DECAY, (double)apart[i] - 1) + .5);
}

/* The least that gets through. */
static double noise_table(struct maker *maker, uint64_t *cells, size_t n, double length, double share)
{
    double sigma = budget_sigma(length, share * maker->rho), threshold = floor_of(sigma, n);
    for (size_t i = 0; i < n; i++)
        cells[i] = noised(maker->noise, cells[i], sigma, threshold);
    return threshold;
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
    complete_delays(maker->gaps, noise_table(maker, maker->gaps, MACHINE_DELAY_BINS, GAP_LENGTH, SHARE_GAPS));
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
    noise_table(maker, maker->steps, width * width, sqrt(MAX_CELLS), SHARE_STEPS);
    double least = noise_table(maker, maker->delays, n_delays, sqrt(MAX_CELLS), SHARE_DELAYS);
    for (size_t v = 0; v < maker->n_vocabulary; v++)
        complete_delays(maker->delays + v * MACHINE_DELAY_BINS, least);
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
        start_us = start_us < 2 * MAX_TIME_US ? start_us : 2 * MAX_TIME_US;
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

/* An event that is left, by the steps from `row`; n_vocabulary if none of those left may follow. */
static size_t draw_left(struct maker *maker, size_t row)
{
    const uint64_t *steps = maker->steps + row * (maker->n_vocabulary + 1) + 1;
    uint64_t sum = 0;
    for (size_t v = 0; v < maker->n_vocabulary; v++)
        sum += maker->left[v] > 0 ? steps[v] : 0;
    if (sum == 0)
        return maker->n_vocabulary;
    uint64_t at = noise_below(maker->noise, sum);
    for (size_t v = 0;; v++) {
        uint64_t weight = maker->left[v] > 0 ? steps[v] : 0;
        if (at < weight)
            return v;
        at -= weight;
    }
}

/* Puts the n events of a bag into walk, in an order of which few steps did not get through. */
static void draw_order(struct maker *maker, const uint32_t *bag, size_t n)
{
    size_t width = maker->n_vocabulary + 1, best = SIZE_MAX;
    for (int attempt = 0; attempt < ATTEMPTS && best > 0; attempt++) {
        size_t row = 0, n_odd = 0;
        memset(maker->left, 0, maker->n_vocabulary * sizeof *maker->left);
        for (size_t i = 0; i < n; i++)
            maker->left[bag[i]]++;
        for (size_t i = 0; i < n; i++) {
            size_t next = draw_left(maker, row);
            if (next == maker->n_vocabulary) {
                uint64_t at = noise_below(maker->noise, n - i);
                for (next = 0; at >= maker->left[next]; next++)
                    at -= maker->left[next];
                n_odd++;
            }
            maker->left[next]--;
            maker->order[i] = (uint32_t)next;
            row = next + 1;
        }
        n_odd += maker->steps[row * width] == 0;
        if (n_odd < best)
            memcpy(maker->walk, maker->order, n * sizeof *maker->walk);
        best = n_odd < best ? n_odd : best;
    }
}

static size_t draw_bag(struct maker *maker)
{
    const uint64_t *ends = maker->bag_ends;
    uint64_t at = noise_below(maker->noise, ends[maker->bags.count - 1]);
    size_t low = 0, high = maker->bags.count - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ends[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A trace of a bag, into walk; its length. */
static size_t draw_known(struct maker *maker)
{
    size_t b = draw_bag(maker);
    struct lw_bytes bytes = intern_get(&maker->bags, (uint32_t)b);
    uint64_t sum = 0;
    for (size_t p = 0; p < maker->paths.count; p++)
        sum += maker->bag_of[p] == b ? maker->path_counts[p] : 0;
    uint64_t at = noise_below(maker->noise, sum > maker->bag_counts[b] ? sum : maker->bag_counts[b]);
    for (size_t p = 0; p < maker->paths.count && at < sum; p++) {
        uint64_t count = maker->bag_of[p] == b ? maker->path_counts[p] : 0;
        if (at < count) {
            memcpy(maker->walk, intern_get(&maker->paths, (uint32_t)p).data, bytes.len);
            return bytes.len / sizeof *maker->walk;
        }
        at -= count;
        sum -= count;
    }
    if (bytes.len > 0)
        draw_order(maker, (const uint32_t *)(const void *)bytes.data, bytes.len / sizeof *maker->walk);
    return bytes.len / sizeof *maker->walk;
}

/* As many traces as there were, of the bags that got through; of none, walks. */
static int draw_traces(struct maker *maker, double epsilon, struct lw_error *err)
{
    uint64_t covered = 0, start_us = 0;
    maker->bag_ends = alloc_array(maker->bags.count, sizeof *maker->bag_ends);
    if (maker->bag_ends == NULL)
        return fail_memory(err, "drawing private traces");
    for (size_t b = 0; b < maker->bags.count; b++)
        maker->bag_ends[b] = covered += maker->bag_counts[b];
    uint64_t total = maker->out->n_real > covered ? maker->out->n_real : covered;
    size_t n = total < MAX_TRACES ? (size_t)total : MAX_TRACES, n_drawn = 0;
    int code = 0;
    for (size_t i = 0; i < n && code == 0; i++) {
        size_t len = covered > 0 ? draw_known(maker) : draw_walk(maker);
        if (len > 0) {
            code = add_trace(maker, maker->walk, len, (int64_t)start_us, err);
            start_us += (uint64_t)draw_delay(maker->noise, maker->gaps);
            start_us = start_us < MAX_TIME_US ? start_us : MAX_TIME_US;
            n_drawn++;
        }
    }
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
    intern_release(&maker->bags);
    free(maker->bag_counts);
    free(maker->bag_of);
    free(maker->bag_ends);
    free(maker->steps);
    free(maker->delays);
    free(maker->walk);
    free(maker->order);
    free(maker->cells);
    free(maker->left);
}

int private_traces_make(const struct model *model, const struct privacy_budget *budget, struct noise *noise,
                        struct private_traces *out, struct lw_error *err)
{
    double delta = budget->delta < 1e-15 ? 1e-15 : budget->delta;
    struct maker maker = {
        .model = model, .noise = noise, .out = out, .delta = delta, .paths = INTERN_INIT, .bags = INTERN_INIT};
    *out = (struct private_traces){.n_real = 0};
    trace_set_init(&out->traces);
    if (model->traces.n_traces == 0)
        return fail(err, LW_ERR_INPUT, "privacy.epsilon protects traces, and this log has none");
    /* Half of delta is for what the thresholds let slip. */
    out->rho = maker.rho = budget_rho(budget->epsilon, delta / 2);
    maker.clip = budget->clip >= 1 ? (size_t)budget->clip : 1;
    maker.walk = alloc_array(maker.clip, sizeof *maker.walk);
    maker.order = alloc_array(maker.clip, sizeof *maker.order);
    maker.cells = alloc_array(maker.clip + 1, sizeof *maker.cells);
    bool has_room = maker.walk != NULL && maker.order != NULL && maker.cells != NULL;
    int code = has_room ? find_vocabulary(&maker) : LW_ERR_MEMORY;
    if (code == 0 && (maker.left = alloc_array(maker.n_vocabulary, sizeof *maker.left)) == NULL)
        code = LW_ERR_MEMORY;
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
