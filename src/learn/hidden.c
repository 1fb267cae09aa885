/*
 * Forward along the tree once for all strings that share a beginning; backward the same, since what strings below a
 * node expect of it adds up when it is divided by their probability beforehand: with f the scaled forward row (it sums
 * to 1) and b = sum over the strings through a node of weight * P(rest | state) / P(rest), f times b are the expected
 * visits of the states there. Nothing leaves the range of a float that way, however long a string is.
 *
 * Rejected: sampling state sequences (collapsed Gibbs, Shibata and Yoshinaka 2012) needs some ten times as long to come
 * as far; double precision halves the speed and changes nothing that can be measured.
 */
#include "learn/hidden.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "learn/hidden_kernel.h"
#include "logwright.h"

#define TINY  1e-30f /* less than this is no probability */
#define DUST  1e-12f /* shares of a state that are not followed */
#define LOG2E 1.4426950408889634

static size_t square(const struct hidden *model)
{
    return model->width * model->width;
}

int hidden_init(struct hidden *model, enum hidden_kind kind, size_t n_states, size_t n_symbols)
{
    size_t width = (n_states + HIDDEN_LANES - 1) / HIDDEN_LANES * HIDDEN_LANES;
    size_t n = width * width * n_symbols;
    *model = (struct hidden){.kind = kind, .n_states = n_states, .width = width, .n_symbols = n_symbols};
    model->steps = alloc_zeroed(n, sizeof *model->steps);
    model->turned = alloc_zeroed(n, sizeof *model->turned);
    model->start = alloc_zeroed(width, sizeof *model->start);
    model->ends = alloc_zeroed(width, sizeof *model->ends);
    if (model->steps != NULL && model->turned != NULL && model->start != NULL && model->ends != NULL)
        return 0;
    hidden_release(model);
    return LW_ERR_MEMORY;
}

void hidden_release(struct hidden *model)
{
    free(model->steps);
    free(model->turned);
    free(model->start);
    free(model->ends);
    *model = (struct hidden){0};
}

int hidden_counts_init(struct hidden_counts *counts, const struct hidden *model)
{
    counts->steps = alloc_zeroed(square(model) * model->n_symbols, sizeof *counts->steps);
    counts->start = alloc_zeroed(model->width, sizeof *counts->start);
    counts->ends = alloc_zeroed(model->width, sizeof *counts->ends);
    if (counts->steps != NULL && counts->start != NULL && counts->ends != NULL)
        return 0;
    hidden_counts_release(counts);
    return LW_ERR_MEMORY;
}

void hidden_counts_release(struct hidden_counts *counts)
{
    free(counts->steps);
    free(counts->start);
    free(counts->ends);
    *counts = (struct hidden_counts){0};
}

int hidden_work_init(struct hidden_work *work, const struct hidden *model, size_t max_nodes)
{
    size_t width = model->width;
    *work = (struct hidden_work){max_nodes,
                                 alloc_array(max_nodes, width * sizeof *work->forward),
                                 alloc_array(max_nodes, width * sizeof *work->backward),
                                 alloc_array(max_nodes, sizeof *work->scale),
                                 alloc_array(max_nodes, sizeof *work->log_scale),
                                 alloc_zeroed(2 * HIDDEN_ROWS * width, sizeof *work->rows)};
    if (work->forward != NULL && work->backward != NULL && work->scale != NULL && work->log_scale != NULL &&
        work->rows != NULL)
        return 0;
    hidden_work_release(work);
    return LW_ERR_MEMORY;
}

void hidden_work_release(struct hidden_work *work)
{
    free(work->forward);
    free(work->backward);
    free(work->scale);
    free(work->log_scale);
    free(work->rows);
    *work = (struct hidden_work){0};
}

/* ---- counts --------------------------------------------------------------------------------------------------- */

void hidden_counts_clear(struct hidden_counts *counts, const struct hidden *model)
{
    memset(counts->steps, 0, square(model) * model->n_symbols * sizeof *counts->steps);
    memset(counts->start, 0, model->width * sizeof *counts->start);
    memset(counts->ends, 0, model->width * sizeof *counts->ends);
}

static void blend(float *to, const float *more, size_t n, float keep, float factor)
{
    for (size_t i = 0; i < n; i++)
        to[i] = keep * to[i] + factor * more[i];
}

void hidden_counts_blend(struct hidden_counts *counts, double rate, double factor, const struct hidden_counts *more,
                         const struct hidden *model)
{
    float keep = (float)(1 - rate), with = (float)factor;
    blend(counts->steps, more->steps, square(model) * model->n_symbols, keep, with);
    blend(counts->start, more->start, model->width, keep, with);
    blend(counts->ends, more->ends, model->width, keep, with);
}

static double draw_exponential(struct rng *rng)
{
    return -log(1 - rng_uniform(rng));
}

void hidden_counts_draw(struct hidden_counts *counts, const struct hidden *model, const double *totals, struct rng *rng)
{
    size_t n = model->n_states, width = model->width;
    double share = 1 / ((double)n * (double)n);
    hidden_counts_clear(counts, model);
    for (size_t i = 0; i < n; i++) {
        counts->start[i] = (float)(totals[model->n_symbols] / (double)n * draw_exponential(rng));
        counts->ends[i] = (float)(totals[model->n_symbols] / (double)n * draw_exponential(rng));
        for (size_t a = 0; a < model->n_symbols; a++) {
            double emit = totals[a] * share * draw_exponential(rng);
            float *row = counts->steps + (a * width + i) * width;
            for (size_t j = 0; j < n; j++)
                row[j] = (float)(emit * draw_exponential(rng));
        }
    }
}

/* ---- expectation ---------------------------------------------------------------------------------------------- */

/* The rows that a product reads and writes for nodes at .. at + HIDDEN_ROWS - 1; those from `last` on are not there. */
static void choose_rows(const struct hidden *model, struct hidden_work *work, size_t at, size_t last,
                        const uint32_t *parent, const float **in, float **out)
{
    size_t width = model->width;
    for (size_t r = 0; r < HIDDEN_ROWS; r++) {
        bool is_there = at + r < last;
        in[r] = work->rows;
        out[r] = work->rows + (1 + r) * width;
        if (is_there && parent != NULL) {
            in[r] = work->forward + parent[at + r] * width;
            out[r] = work->forward + (at + r) * width;
        } else if (is_there) {
            in[r] = work->backward + (at + r) * width;
        }
    }
}

/* Makes the row sum to 1; what is dust falls away. Gives the sum, or 0 if nothing is left. */
static float scale_row(float *row, size_t width)
{
    float sums[HIDDEN_LANES] = {0}, sum = 0;
    for (size_t j = 0; j < width; j += HIDDEN_LANES)
        for (size_t k = 0; k < HIDDEN_LANES; k++)
            sums[k] += row[j + k];
    for (size_t k = 0; k < HIDDEN_LANES; k++)
        sum += sums[k];
    if (!(sum > TINY)) {
        memset(row, 0, width * sizeof *row);
        return 0;
    }
    float factor = 1 / sum;
    for (size_t j = 0; j < width; j++) {
        float share = row[j] * factor;
        row[j] = share < DUST ? 0 : share;
    }
    return sum;
}

static float dot(const float *a, const float *b, size_t width)
{
    float sums[HIDDEN_LANES] = {0}, sum = 0;
    for (size_t j = 0; j < width; j += HIDDEN_LANES)
        for (size_t k = 0; k < HIDDEN_LANES; k++)
            sums[k] += a[j + k] * b[j + k];
    for (size_t k = 0; k < HIDDEN_LANES; k++)
        sum += sums[k];
    return sum;
}

static void go_forward(const struct hidden *model, const struct string_tree *tree, struct hidden_work *work)
{
    size_t width = model->width;
    const float *in[HIDDEN_ROWS];
    float *out[HIDDEN_ROWS];
    memcpy(work->forward, model->start, width * sizeof *work->forward);
    work->log_scale[0] = log((double)scale_row(work->forward, width));
    work->scale[0] = 1;
    for (size_t g = 0; g < tree->n_groups; g++) {
        const float *matrix = model->steps + tree->groups[g].symbol * square(model);
        size_t last = tree->groups[g + 1].first;
        for (size_t at = tree->groups[g].first; at < last; at += HIDDEN_ROWS) {
            choose_rows(model, work, at, last, tree->parent, in, out);
            hidden_rows_times(in, matrix, width, out);
            for (size_t node = at; node < last && node < at + HIDDEN_ROWS; node++) {
                work->scale[node] = scale_row(work->forward + node * width, width);
                work->log_scale[node] = work->log_scale[tree->parent[node]] + log((double)work->scale[node]);
            }
        }
    }
}

/* Natural logarithm of the probability of the string that ends at a node; *rest: that of the end alone. */
static double end_at(const struct hidden *model, const struct hidden_work *work, size_t node, float *rest)
{
    *rest = dot(work->forward + node * model->width, model->ends, model->width);
    return work->log_scale[node] + log((double)*rest);
}

/* The rows of strings that end, and their expected counts. */
static double count_ends(const struct hidden *model, const struct string_tree *tree, struct hidden_work *work,
                         struct hidden_counts *counts)
{
    size_t width = model->width;
    double sum = 0;
    memset(work->backward, 0, tree->n_nodes * width * sizeof *work->backward);
    for (size_t node = 0; node < tree->n_nodes; node++) {
        float *row = work->backward + node * width, rest;
        if (tree->ends[node] <= 0)
            continue;
        sum += tree->ends[node] * end_at(model, work, node, &rest);
        if (!(rest > TINY))
            continue;
        float factor = tree->ends[node] / rest;
        for (size_t j = 0; j < width; j++) {
            row[j] = model->ends[j] * factor;
            counts->ends[j] += row[j] * work->forward[node * width + j];
        }
    }
    return sum;
}

static void go_backward(const struct hidden *model, const struct string_tree *tree, struct hidden_work *work)
{
    size_t width = model->width;
    const float *in[HIDDEN_ROWS];
    float *out[HIDDEN_ROWS];
    for (size_t g = tree->n_groups; g-- > 0;) {
        const float *matrix = model->turned + tree->groups[g].symbol * square(model);
        size_t last = tree->groups[g + 1].first;
        for (size_t at = tree->groups[g].first; at < last; at += HIDDEN_ROWS) {
            for (size_t node = at; node < last && node < at + HIDDEN_ROWS; node++) {
                float factor = work->scale[node] > 0 ? 1 / work->scale[node] : 0;
                float *row = work->backward + node * width;
                for (size_t j = 0; j < width; j++)
                    row[j] *= factor;
            }
            choose_rows(model, work, at, last, NULL, in, out);
            hidden_rows_times(in, matrix, width, out);
            for (size_t node = at; node < last && node < at + HIDDEN_ROWS; node++) {
                float *row = work->backward + tree->parent[node] * width;
                for (size_t j = 0; j < width; j++)
                    row[j] += out[node - at][j];
            }
        }
    }
}

double hidden_expect(const struct hidden *model, const struct string_tree *tree, struct hidden_work *work,
                     struct hidden_counts *counts)
{
    size_t width = model->width, size = square(model);
    go_forward(model, tree, work);
    double sum = count_ends(model, tree, work, counts);
    go_backward(model, tree, work);
    for (size_t j = 0; j < width; j++)
        counts->start[j] += work->forward[j] * work->backward[j];
    for (size_t g = 0; g < tree->n_groups; g++) {
        size_t first = tree->groups[g].first, n = tree->groups[g + 1].first - first;
        hidden_add_products(work->forward, tree->parent + first, work->backward + first * width, n, width,
                            counts->steps + tree->groups[g].symbol * size);
    }
    return sum * LOG2E;
}

void hidden_expect_end(const struct hidden *model, struct hidden_counts *counts)
{
    for (size_t i = 0, n = square(model) * model->n_symbols; i < n; i++)
        counts->steps[i] *= model->steps[i];
}

void hidden_log2(const struct hidden *model, const struct string_tree *tree, struct hidden_work *work, double *log2_of)
{
    float rest;
    go_forward(model, tree, work);
    for (size_t i = 0; i < tree->n_items; i++)
        log2_of[i] = end_at(model, work, tree->node_of[i], &rest) * LOG2E;
}

int hidden_log2_long(const struct hidden *model, const uint32_t *symbols, size_t n, double *out)
{
    size_t width = model->width;
    float *rows = alloc_zeroed(2 * HIDDEN_ROWS * width, sizeof *rows);
    if (rows == NULL)
        return LW_ERR_MEMORY;
    memcpy(rows, model->start, width * sizeof *rows);
    double sum = log((double)scale_row(rows, width));
    for (size_t i = 0; i < n; i++) {
        float *spare = rows + 2 * width, *at = rows + (i % 2) * width, *next = rows + ((i + 1) % 2) * width;
        const float *in[HIDDEN_ROWS] = {at, at, at, at};
        float *to[HIDDEN_ROWS] = {next, spare, spare, spare};
        hidden_rows_times(in, model->steps + symbols[i] * square(model), width, to);
        sum += log((double)scale_row(next, width));
    }
    *out = (sum + log((double)dot(rows + (n % 2) * width, model->ends, width))) * LOG2E;
    free(rows);
    return 0;
}

/* ---- maximisation --------------------------------------------------------------------------------------------- */

/* exp(digamma(x)): the asymptotic series, from where it is good to 1e-7. */
static double exp_digamma(double x)
{
    double below = 0;
    if (x < .04) /* then it is below 1e-10 */
        return 0;
    for (; x < 5; x++)
        below += 1 / x;
    double square_of = 1 / (x * x);
    return x * exp(-.5 / x - square_of * (1. / 12 - square_of * (1. / 120 - square_of / 252)) - below);
}

static double weight(double count, bool is_variational)
{
    return is_variational ? exp_digamma(count) : count;
}

static double row_sum(const float *row, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += row[j];
    return sum;
}

/* Shares of the next states, from their counts. */
static void share_out(const float *counts, double emit, const struct hidden_prior *prior, bool is_variational, size_t n,
                      float *to)
{
    double sum = row_sum(counts, n), by = weight(sum + (double)n * prior->step, is_variational);
    float factor = (float)(emit / by), more = (float)prior->step;
    for (size_t j = 0; !is_variational && j < n; j++)
        to[j] = (counts[j] + more) * factor;
    for (size_t j = 0; is_variational && j < n; j++)
        to[j] = (float)(emit * weight(counts[j] + prior->step, is_variational) / by);
}

static void maximise_state(struct hidden *model, const struct hidden_counts *counts, const struct hidden_prior *prior,
                           bool is_variational, size_t state, float *tied, double *emitted)
{
    size_t n = model->n_states, width = model->width;
    double visits = counts->ends[state];
    memset(tied, 0, width * sizeof *tied);
    for (size_t a = 0; a < model->n_symbols; a++) {
        const float *row = counts->steps + (a * width + state) * width;
        visits += emitted[a] = row_sum(row, n);
        for (size_t j = 0; model->kind == HIDDEN_TIED && j < n; j++)
            tied[j] += row[j];
    }
    share_out(tied, 1, prior, is_variational, n, tied);
    double by = weight(visits + (double)(model->n_symbols + 1) * prior->emit, is_variational);
    model->ends[state] = (float)(weight(counts->ends[state] + prior->emit, is_variational) / by);
    for (size_t a = 0; a < model->n_symbols; a++) {
        size_t at = (a * width + state) * width;
        double emit = weight(emitted[a] + prior->emit, is_variational) / by;
        if (model->kind == HIDDEN_FREE)
            share_out(counts->steps + at, emit, prior, is_variational, n, model->steps + at);
        for (size_t j = 0; model->kind == HIDDEN_TIED && j < n; j++)
            model->steps[at + j] = (float)emit * tied[j];
    }
}

int hidden_maximise(struct hidden *model, const struct hidden_counts *counts, const struct hidden_prior *prior,
                    bool is_variational)
{
    size_t width = model->width;
    float *tied = alloc_array(width, sizeof *tied);
    double *emitted = alloc_array(model->n_symbols, sizeof *emitted);
    int status = tied != NULL && emitted != NULL ? 0 : LW_ERR_MEMORY;
    if (status == 0) {
        share_out(counts->start, 1, prior, is_variational, model->n_states, model->start);
        for (size_t i = 0; i < model->n_states; i++)
            maximise_state(model, counts, prior, is_variational, i, tied, emitted);
        for (size_t a = 0; a < model->n_symbols; a++)
            for (size_t i = 0; i < model->n_states; i++)
                for (size_t j = 0; j < model->n_states; j++)
                    model->turned[(a * width + j) * width + i] = model->steps[(a * width + i) * width + j];
    }
    free(tied);
    free(emitted);
    return status;
}
