/*
 * A candidate is learned in two stages. First by stepwise expectation maximisation (Cappé and Moulines 2009): the
 * strings are dealt into batches, and after each one the counts move a fixed part of the way to what it says. The noise
 * of the batches carries it past optima in which whole passes get stuck, and some twenty passes suffice. Then
 * variational Bayes over all strings at once lets go of the states and steps that the strings do not need.
 *
 * Candidates are of several sizes, of both kinds, and begin at random. After some passes only those go on that do best
 * on the strings held out.
 */
#include "learn/hidden_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"

#define TREE_NODES    16384u
#define BATCH_STRINGS 400 /* at least as many a batch */
#define MAX_BATCHES   50u
#define RATE          .3 /* part of the way that counts move after a batch */
#define PURPOSE       0x68696464u

/* Bounds of the work, in multiplications; a core does some 2e10 of them a second. */
#define STEP_WORK      4e10 /* of each round of the first stage */
#define WHOLE_WORK     8e10 /* of the second */
#define AGAIN_WORK     3e10 /* of going on from all strings */
#define PARAMETER_COST 30   /* of making one parameter from its count */
#define MAX_CANDIDATES 12
#define HOPELESS_BITS  1. /* a string behind the best */

static const struct hidden_prior prior = {.emit = .1, .step = .02};

struct candidate {
    struct hidden model;
    struct hidden_counts sums; /* of the first stage */
    size_t index;
    double held_bits;
    bool has_begun;
};
struct fit {
    const struct strings *strings;
    struct forest whole, held;
    struct string_tree *batches;
    size_t n_batches, max_nodes, batch_nodes;
    double *batch_weights;
    double *totals; /* [n_symbols + 1] */
    struct candidate *candidates;
    size_t n_candidates;
    unsigned n_passes;
    const struct lw_run *run;
};

/* ---- forests -------------------------------------------------------------------------------------------------- */

void forest_release(struct forest *forest)
{
    for (size_t t = 0; forest->trees != NULL && t < forest->n; t++)
        string_tree_release(&forest->trees[t]);
    free(forest->trees);
    free(forest->first);
    free(forest->items);
    free(forest->weights);
    *forest = (struct forest){0};
}

int forest_make(const struct strings *strings, const double *weights, struct forest *out)
{
    struct forest made = {.items = alloc_array(strings->n, sizeof *made.items),
                          .weights = alloc_array(strings->n, sizeof *made.weights),
                          .trees = alloc_zeroed(strings->n, sizeof *made.trees),
                          .first = alloc_zeroed(strings->n + 1, sizeof *made.first)};
    size_t n = 0;
    int status = 0;
    if (made.items == NULL || made.weights == NULL || made.trees == NULL || made.first == NULL) {
        forest_release(&made);
        return LW_ERR_MEMORY;
    }
    for (size_t s = 0; s < strings->n; s++)
        if (weights[s] > 0)
            made.items[n++] = (uint32_t)s;
    status = strings_sort(strings, made.items, n);
    for (size_t i = 0; i < n; i++) {
        made.weights[i] = (float)weights[made.items[i]];
        made.weight += weights[made.items[i]];
    }
    for (size_t at = 0; status == 0 && at < n;) {
        size_t fit = string_tree_fit(strings, made.items, at, n, TREE_NODES);
        struct string_tree *tree = &made.trees[made.n];
        status = string_tree_build(strings, made.items + at, made.weights + at, fit, tree);
        if (status != 0)
            break;
        made.n_nodes += tree->n_nodes;
        made.max_nodes = tree->n_nodes > made.max_nodes ? tree->n_nodes : made.max_nodes;
        made.max_items = fit > made.max_items ? fit : made.max_items;
        made.first[++made.n] = at += fit;
    }
    if (status != 0)
        forest_release(&made);
    else
        *out = made;
    return status;
}

int forest_log2(const struct forest *forest, const struct hidden *model, double *log2_of)
{
    struct hidden_work work;
    double *here = alloc_array(forest->max_items, sizeof *here);
    if (here == NULL || hidden_work_init(&work, model, forest->max_nodes) != 0) {
        free(here);
        return LW_ERR_MEMORY;
    }
    for (size_t t = 0; t < forest->n; t++) {
        hidden_log2(model, &forest->trees[t], &work, here);
        for (size_t i = forest->first[t]; i < forest->first[t + 1]; i++)
            log2_of[forest->items[i]] = here[i - forest->first[t]];
    }
    hidden_work_release(&work);
    free(here);
    return 0;
}

static double forest_bits(const struct forest *forest, const struct hidden *model, struct hidden_work *work,
                          double *here)
{
    double bits = 0;
    for (size_t t = 0; t < forest->n; t++) {
        hidden_log2(model, &forest->trees[t], work, here);
        for (size_t i = forest->first[t]; i < forest->first[t + 1]; i++)
            bits += forest->weights[i] * here[i - forest->first[t]];
    }
    return bits;
}

/* ---- the data ------------------------------------------------------------------------------------------------- */

static void fit_release(struct fit *fit)
{
    for (size_t b = 0; fit->batches != NULL && b < fit->n_batches; b++)
        string_tree_release(&fit->batches[b]);
    for (size_t c = 0; fit->candidates != NULL && c < fit->n_candidates; c++) {
        hidden_release(&fit->candidates[c].model);
        hidden_counts_release(&fit->candidates[c].sums);
    }
    free(fit->batches);
    free(fit->batch_weights);
    free(fit->totals);
    free(fit->candidates);
    forest_release(&fit->whole);
    forest_release(&fit->held);
}

/* Deals the occurrences of the strings into batches as evenly as can be. */
static int make_batches(struct fit *fit)
{
    const struct forest *whole = &fit->whole;
    size_t n_items = whole->first[whole->n], n = (size_t)(whole->weight / BATCH_STRINGS);
    size_t worth = whole->n_nodes / (8 * fit->strings->n_symbols); /* nodes have to outweigh parameters */
    n = n > worth ? worth : n;
    n = n < 1 ? 1 : n > MAX_BATCHES ? MAX_BATCHES : n;
    uint32_t *items = alloc_array(n_items, sizeof *items);
    float *weights = alloc_array(n_items, sizeof *weights);
    fit->batches = alloc_zeroed(n, sizeof *fit->batches);
    fit->batch_weights = alloc_zeroed(n, sizeof *fit->batch_weights);
    int status =
        items != NULL && weights != NULL && fit->batches != NULL && fit->batch_weights != NULL ? 0 : LW_ERR_MEMORY;
    for (size_t b = 0; status == 0 && b < n; b++) {
        double before = 0;
        size_t n_here = 0;
        for (size_t i = 0; i < n_items; before += whole->weights[i++]) {
            /* of the occurrences before, before + 1, ... those that leave b when divided by n */
            double share = floor((before + whole->weights[i] + (double)(n - 1 - b)) / (double)n) -
                           floor((before + (double)(n - 1 - b)) / (double)n);
            if (share < 1)
                continue;
            items[n_here] = whole->items[i];
            weights[n_here++] = (float)share;
            fit->batch_weights[b] += share;
        }
        if (n_here > 0)
            status = string_tree_build(fit->strings, items, weights, n_here, &fit->batches[fit->n_batches]);
        if (n_here == 0 || status != 0)
            continue;
        const struct string_tree *tree = &fit->batches[fit->n_batches];
        fit->batch_weights[fit->n_batches++] = fit->batch_weights[b];
        fit->batch_nodes += tree->n_nodes;
        fit->max_nodes = tree->n_nodes > fit->max_nodes ? tree->n_nodes : fit->max_nodes;
    }
    free(items);
    free(weights);
    return status;
}

static int prepare(struct fit *fit, const double *train, const double *held)
{
    const struct strings *strings = fit->strings;
    fit->totals = alloc_zeroed(strings->n_symbols + 1, sizeof *fit->totals);
    if (fit->totals == NULL || forest_make(strings, train, &fit->whole) != 0 ||
        forest_make(strings, held, &fit->held) != 0 || make_batches(fit) != 0)
        return LW_ERR_MEMORY;
    for (size_t s = 0; s < strings->n; s++) {
        for (size_t i = strings->first[s]; i < strings->first[s + 1]; i++)
            fit->totals[strings->symbols[i]] += train[s];
        fit->totals[strings->n_symbols] += train[s];
    }
    if (fit->whole.max_nodes > fit->max_nodes)
        fit->max_nodes = fit->whole.max_nodes;
    if (fit->held.max_nodes > fit->max_nodes)
        fit->max_nodes = fit->held.max_nodes;
    return 0;
}

/* ---- learning ------------------------------------------------------------------------------------------------- */

static int begin(const struct fit *fit, struct candidate *candidate)
{
    struct rng rng;
    rng_init(&rng, 1, PURPOSE, candidate->index);
    candidate->has_begun = true;
    hidden_counts_draw(&candidate->sums, &candidate->model, fit->totals, &rng);
    return hidden_maximise(&candidate->model, &candidate->sums, &prior, false);
}

static int pass_stepwise(const struct fit *fit, struct candidate *candidate, struct hidden_counts *counts,
                         struct hidden_work *work)
{
    struct hidden *model = &candidate->model;
    double rate = fit->n_batches == 1 ? 1 : RATE;
    int status = 0;
    for (size_t b = 0; status == 0 && b < fit->n_batches; b++) {
        hidden_counts_clear(counts, model);
        hidden_expect(model, &fit->batches[b], work, counts);
        hidden_expect_end(model, counts);
        hidden_counts_blend(&candidate->sums, rate, rate * fit->whole.weight / fit->batch_weights[b], counts, model);
        status = hidden_maximise(model, &candidate->sums, &prior, false);
    }
    return status;
}

static int task_stepwise(void *arg, size_t index)
{
    struct fit *fit = arg;
    struct candidate *candidate = &fit->candidates[index];
    struct hidden_counts counts = {0};
    struct hidden_work work = {0};
    double *here = alloc_array(fit->held.max_items, sizeof *here);
    int status = here == NULL ? LW_ERR_MEMORY : hidden_counts_init(&counts, &candidate->model);
    if (status == 0)
        status = hidden_work_init(&work, &candidate->model, fit->max_nodes);
    if (status == 0 && !candidate->has_begun)
        status = begin(fit, candidate);
    for (unsigned pass = 0; status == 0 && pass < fit->n_passes; pass++)
        if ((status = run_check(fit->run, NULL)) == 0)
            status = pass_stepwise(fit, candidate, &counts, &work);
    if (status == 0)
        candidate->held_bits = forest_bits(&fit->held, &candidate->model, &work, here);
    hidden_counts_release(&counts);
    hidden_work_release(&work);
    free(here);
    return status;
}

static int learn_whole(struct hidden *model, const struct forest *whole, unsigned n_passes, bool is_variational,
                       const struct lw_run *run)
{
    struct hidden_counts counts = {0};
    struct hidden_work work = {0};
    int status = hidden_counts_init(&counts, model);
    if (status == 0)
        status = hidden_work_init(&work, model, whole->max_nodes);
    for (unsigned pass = 1; status == 0 && pass <= n_passes; pass++) {
        hidden_counts_clear(&counts, model);
        for (size_t t = 0; t < whole->n; t++)
            hidden_expect(model, &whole->trees[t], &work, &counts);
        hidden_expect_end(model, &counts);
        status = hidden_maximise(model, &counts, &prior, is_variational && pass < n_passes);
        if (status == 0)
            status = run_check(run, NULL);
    }
    hidden_counts_release(&counts);
    hidden_work_release(&work);
    return status;
}

static int task_whole(void *arg, size_t index)
{
    struct fit *fit = arg;
    struct candidate *candidate = &fit->candidates[index];
    unsigned plain = fit->n_passes / 5;
    int status = learn_whole(&candidate->model, &fit->whole, plain, false, fit->run);
    return status != 0 ? status : learn_whole(&candidate->model, &fit->whole, fit->n_passes - plain, true, fit->run);
}

/* ---- choosing ------------------------------------------------------------------------------------------------- */

static int by_bits(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->held_bits != y->held_bits)
        return x->held_bits < y->held_bits ? 1 : -1;
    return x->index < y->index ? -1 : 1;
}

static void keep_best(struct fit *fit, size_t n)
{
    qsort(fit->candidates, fit->n_candidates, sizeof *fit->candidates, by_bits);
    while (n > 1 && n <= fit->n_candidates &&
           fit->candidates[n - 1].held_bits < fit->candidates[0].held_bits - HOPELESS_BITS * fit->held.weight)
        n--;
    for (size_t c = n; c < fit->n_candidates; c++) {
        hidden_release(&fit->candidates[c].model);
        hidden_counts_release(&fit->candidates[c].sums);
    }
    if (n < fit->n_candidates)
        fit->n_candidates = n;
}

/* Multiplications of one pass over so many nodes, and of as many times that parameters are made from counts. */
static double pass_cost(const struct fit *fit, const struct hidden *model, size_t n_nodes, size_t n_times)
{
    double size = (double)(model->width * model->width);
    return size * (3 * (double)n_nodes + PARAMETER_COST * (double)fit->strings->n_symbols * (double)n_times);
}

/* How many passes of all candidates the work allows. */
static unsigned affordable(const struct fit *fit, size_t n_nodes, size_t n_times, double work, unsigned min,
                           unsigned max)
{
    double cost = 0;
    for (size_t c = 0; c < fit->n_candidates; c++)
        cost += pass_cost(fit, &fit->candidates[c].model, n_nodes, n_times);
    double n = cost > 0 ? work / cost : max;
    return n < min ? min : n > max ? max : (unsigned)n;
}

static int add_candidate(struct fit *fit, enum hidden_kind kind, size_t n_states)
{
    struct candidate *candidate = &fit->candidates[fit->n_candidates];
    int status = hidden_init(&candidate->model, kind, n_states, fit->strings->n_symbols);
    candidate->index = fit->n_candidates++;
    return status != 0 ? status : hidden_counts_init(&candidate->sums, &candidate->model);
}

/* Large ones first, as long as some passes of them can be afforded and there is that much to learn. */
static int add_candidates(struct fit *fit)
{
    static const size_t sizes[] = {64, 32, 16};
    const enum hidden_kind kinds[] = {HIDDEN_FREE, HIDDEN_TIED};
    double n_events = 0, left = STEP_WORK;
    int status = 0;
    for (size_t a = 0; a <= fit->strings->n_symbols; a++)
        n_events += fit->totals[a];
    fit->candidates = alloc_zeroed(MAX_CANDIDATES, sizeof *fit->candidates);
    if (fit->candidates == NULL)
        return LW_ERR_MEMORY;
    for (int again = 0; again < 2; again++)
        for (size_t i = 0; status == 0 && i < 6; i++) {
            size_t n_states = sizes[i / 2];
            bool is_last = n_states == 16;
            struct hidden like = {.width = n_states};
            double cost = 5 * pass_cost(fit, &like, fit->batch_nodes, fit->n_batches);
            if (!is_last && (cost > left || (double)(n_states * n_states) > 4 * n_events))
                continue;
            if (is_last && fit->n_candidates > i % 2 + 1)
                continue; /* only where nothing larger is */
            left -= cost;
            status = add_candidate(fit, kinds[i % 2], n_states);
        }
    return status;
}

static int choose(struct fit *fit, const struct lw_run *run)
{
    static const size_t kept[] = {4, 3, 3};
    int status = add_candidates(fit);
    for (size_t round = 0; status == 0 && round < sizeof kept / sizeof *kept; round++) {
        fit->n_passes = affordable(fit, fit->batch_nodes, fit->n_batches, STEP_WORK, 3, 9);
        status = executor_run(run, "learning hidden machines", fit->n_candidates, task_stepwise, fit);
        keep_best(fit, kept[round]);
    }
    if (status != 0)
        return status;
    fit->n_passes = affordable(fit, fit->whole.n_nodes, 1, WHOLE_WORK, 6, 30);
    return executor_run(run, "learning hidden machines", fit->n_candidates, task_whole, fit);
}

int hidden_fit(const struct strings *strings, const double *train, const double *held, const struct lw_run *run,
               struct hidden_list *out, struct lw_error *err)
{
    struct fit fit = {.strings = strings, .run = run};
    struct hidden_list made = {0};
    int status = prepare(&fit, train, held);
    if (status == 0 && fit.whole.weight > 0)
        status = choose(&fit, run);
    if (status == 0 && (made.models = alloc_zeroed(fit.n_candidates, sizeof *made.models)) == NULL)
        status = LW_ERR_MEMORY;
    for (; status == 0 && made.n < fit.n_candidates; made.n++) {
        made.models[made.n] = fit.candidates[made.n].model;
        fit.candidates[made.n].model = (struct hidden){0};
    }
    fit_release(&fit);
    if (status == LW_ERR_CANCELLED)
        return fail(err, LW_ERR_CANCELLED, "cancelled");
    if (status != 0)
        return fail_memory(err, "learning hidden machines");
    *out = made;
    return 0;
}

struct refit {
    struct hidden_list *list;
    struct forest forest;
    unsigned n_passes;
    const struct lw_run *run;
};

static int task_refit(void *arg, size_t index)
{
    struct refit *refit = arg;
    return learn_whole(&refit->list->models[index], &refit->forest, refit->n_passes, true, refit->run);
}

int hidden_refit(struct hidden_list *list, const struct strings *strings, const double *weights,
                 const struct lw_run *run, struct lw_error *err)
{
    struct refit refit = {.list = list, .run = run};
    int status = forest_make(strings, weights, &refit.forest);
    double cost = 0;
    for (size_t i = 0; i < list->n; i++)
        cost += 3 * (double)refit.forest.n_nodes * (double)(list->models[i].width * list->models[i].width);
    refit.n_passes = cost * 8 < AGAIN_WORK ? 8 : cost * 2 > AGAIN_WORK ? 2 : (unsigned)(AGAIN_WORK / cost);
    if (status == 0)
        status = executor_run(run, "learning hidden machines", list->n, task_refit, &refit);
    forest_release(&refit.forest);
    if (status == LW_ERR_CANCELLED)
        return fail(err, LW_ERR_CANCELLED, "cancelled");
    return status != 0 ? fail_memory(err, "learning hidden machines") : 0;
}

void hidden_list_release(struct hidden_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        hidden_release(&list->models[i]);
    free(list->models);
    *list = (struct hidden_list){0};
}
