/*
 * Failing traces are a Markov renewal process (Cinlar 1969): kind of the next and time to it depend on the kind of the
 * last. Its steps are drawn among those of the real log, the bootstrap of Markov chains (Athreya and Fuh 1992), the
 * times blurred within their bins. As many are drawn as there are failing traces; the times between clusters, those
 * longer than the mean, are stretched so that all of it lasts as long as the log: so clusters stay as they are,
 * whatever share of traces fails. Each failing trace then takes the free start nearest to where it has to start for
 * failing when it should. Pairs are laid down surest first. A Hawkes process was rejected: its kernels ask for more
 * failures than most logs have.
 */
#include "generate/succession.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "generate/purpose.h"
#include "learn/lagged.h"

#define MIN_FAILING 10 /* real traces that fail, below which nothing is known of them */
#define TRIES       32
#define LASTING     8   /* a trace lasts when it is no less than one part in so many of the log's time */
#define MOST_WORK   2e6 /* events times pairs of all templates that are led to one another */

struct failing {
    int64_t time_us; /* of its first failure; in a course, since its start */
    uint32_t kind;   /* the template that fails */
    size_t trace;
};
struct failings {
    struct failing *items; /* [n] */
    size_t n;
};

static int by_time(const void *a, const void *b)
{
    const struct failing *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us > y->time_us ? 1 : -1;
    return (x->trace > y->trace) - (x->trace < y->trace);
}

static int find_real(const struct plan *plan, struct failings *out)
{
    const struct trace_set *real = &plan->blueprint->model->traces;
    out->items = alloc_array(real->n_traces, sizeof *out->items);
    if (out->items == NULL)
        return LW_ERR_MEMORY;
    for (size_t t = 0; t < real->n_traces; t++)
        for (size_t i = real->first[t]; i < real->first[t + 1]; i++)
            if (parties_is_failure(plan->parties, real->templates[i]) && real->times_us[i] != LW_NO_TIME) {
                out->items[out->n++] = (struct failing){real->times_us[i], real->templates[i], t};
                break;
            }
    qsort(out->items, out->n, sizeof *out->items, by_time);
    return 0;
}

static int find_made(const struct plan *plan, struct failings *out)
{
    out->items = alloc_array(plan->n, sizeof *out->items);
    if (out->items == NULL)
        return LW_ERR_MEMORY;
    for (size_t t = 0; t < plan->n; t++)
        for (size_t i = 0; i < plan->courses[t].n; i++)
            if (parties_is_failure(plan->parties, plan->courses[t].templates[i])) {
                out->items[out->n++] = (struct failing){plan->courses[t].times_us[i], plan->courses[t].templates[i], t};
                break;
            }
    return 0;
}

/* ---- lists of numbers by kind: which steps leave it, which traces are left of it ----------------------------------
 */

struct lists {
    size_t *first, *items, *left; /* [n_kinds + 1], [n], [n_kinds] of each list from its end */
};

static int make_lists(const struct failings *from, size_t n, uint32_t n_kinds, struct lists *out)
{
    out->first = alloc_zeroed((size_t)n_kinds + 1, sizeof *out->first);
    out->items = alloc_array(n, sizeof *out->items);
    out->left = alloc_zeroed(n_kinds, sizeof *out->left);
    if (out->first == NULL || out->items == NULL || out->left == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        out->first[from->items[i].kind + 1]++;
    for (uint32_t k = 0; k < n_kinds; k++)
        out->first[k + 1] += out->first[k];
    for (size_t i = 0; i < n; i++) {
        uint32_t kind = from->items[i].kind;
        out->items[out->first[kind] + out->left[kind]++] = i;
    }
    return 0;
}

static void lists_release(struct lists *lists)
{
    free(lists->first);
    free(lists->items);
    free(lists->left);
}

/* ---- dealing ------------------------------------------------------------------------------------------------------
 */

struct dealing {
    struct plan *plan;
    struct failings real, made;
    struct lists steps; /* of real: steps by the kind that they leave */
    struct lists rest;  /* of made, not yet drawn, by kind */
    size_t *order;      /* [made.n] as they follow one another */
    double *lags;       /* [made.n] before each, us */
    size_t *next;       /* [plan->n + 2] starts that are free: a forest that leads right ... */
    size_t *last;       /* ... and one that leads left, both shifted by one */
    struct rng rng;
};

static int64_t blur(struct rng *rng, int64_t lag_us)
{
    int64_t from, to;
    unsigned bin = machine_delay_bin(lag_us);
    if (bin == 0)
        return 0;
    machine_delay_range(bin, &from, &to);
    return from + (int64_t)(rng_uniform(rng) * (double)(to - from));
}

/* A step of the real log out of a kind into one that has a trace left; any such step if there are none. */
static size_t draw_step(struct dealing *dealing, uint32_t kind)
{
    size_t first = dealing->steps.first[kind], n = dealing->steps.first[kind + 1] - first;
    for (int i = 0; i < 2 * TRIES; i++) {
        size_t step = n > 0 && i < TRIES ? dealing->steps.items[first + rng_below(&dealing->rng, n)]
                                         : (size_t)rng_below(&dealing->rng, dealing->real.n - 1);
        if (dealing->rest.left[dealing->real.items[step + 1].kind] > 0)
            return step;
    }
    return SIZE_MAX;
}

/* Order and times of the failing traces. */
static void draw_all(struct dealing *dealing)
{
    uint32_t kind = dealing->real.items[rng_below(&dealing->rng, dealing->real.n)].kind;
    size_t spare = 0; /* for what no real step leads to: the next trace that is left, of any kind */
    for (size_t i = 0; i < dealing->made.n; i++) {
        size_t step = draw_step(dealing, kind);
        int64_t lag = 0;
        if (step != SIZE_MAX) {
            kind = dealing->real.items[step + 1].kind;
            lag = dealing->real.items[step + 1].time_us - dealing->real.items[step].time_us;
        } else {
            while (dealing->rest.left[dealing->made.items[spare].kind] == 0)
                spare++;
            kind = dealing->made.items[spare].kind;
            step = (size_t)rng_below(&dealing->rng, dealing->real.n - 1);
            lag = dealing->real.items[step + 1].time_us - dealing->real.items[step].time_us;
        }
        dealing->order[i] = dealing->rest.items[dealing->rest.first[kind] + --dealing->rest.left[kind]];
        dealing->lags[i] = (double)blur(&dealing->rng, lag);
    }
}

static void stretch(struct dealing *dealing, double lasts_us)
{
    double mean = lasts_us / (double)dealing->made.n, sum = 0, apart = 0;
    for (size_t i = 0; i < dealing->made.n; i++)
        sum += dealing->lags[i];
    for (size_t i = 0; i < dealing->made.n; i++)
        apart += dealing->lags[i] > sum / (double)dealing->made.n ? dealing->lags[i] : 0;
    bool is_apart = apart > 0 && lasts_us > sum - apart;
    double factor = is_apart ? (lasts_us - (sum - apart)) / apart : sum > 0 ? lasts_us / sum : 0;
    for (size_t i = 0; i < dealing->made.n; i++)
        if (!is_apart || dealing->lags[i] > sum / (double)dealing->made.n)
            dealing->lags[i] = sum > 0 ? dealing->lags[i] * factor : mean;
}

static size_t find(size_t *to, size_t at)
{
    size_t root = at;
    while (to[root] != root)
        root = to[root];
    while (to[at] != root) {
        size_t up = to[at];
        to[at] = root;
        at = up;
    }
    return root;
}

/* The free start nearest to a time; it is taken. */
static size_t take_start(struct dealing *dealing, int64_t time_us)
{
    const int64_t *starts = dealing->plan->starts_us;
    size_t n = dealing->plan->n, low = order_first_i64(starts, n, time_us);
    size_t right = find(dealing->next, low + 1), left = find(dealing->last, low);
    bool is_left = right == n + 1 || (left > 0 && time_us - starts[left - 1] < starts[right - 1] - time_us);
    size_t taken = is_left ? left : right;
    dealing->next[taken] = taken + 1;
    dealing->last[taken] = taken - 1;
    return taken - 1;
}

static int deal(struct dealing *dealing)
{
    struct plan *plan = dealing->plan;
    struct course *courses = alloc_zeroed(plan->cap, sizeof *courses);
    bool *is_failing = alloc_zeroed(plan->n, sizeof *is_failing);
    if (courses == NULL || is_failing == NULL) {
        free(courses);
        free(is_failing);
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < plan->n + 2; i++)
        dealing->next[i] = dealing->last[i] = i;
    double at = -dealing->lags[0] * rng_uniform(&dealing->rng);
    for (size_t i = 0; i < dealing->made.n; i++) {
        const struct failing *failing = &dealing->made.items[dealing->order[i]];
        at += dealing->lags[i];
        size_t start = take_start(dealing, plan->starts_us[0] + (int64_t)at - failing->time_us);
        courses[start] = plan->courses[failing->trace];
        is_failing[failing->trace] = true;
    }
    size_t start = 0;
    for (size_t t = 0; t < plan->n; t++)
        if (!is_failing[t]) {
            start = find(dealing->next, start + 1) - 1;
            dealing->next[start + 1] = start + 2;
            courses[start] = plan->courses[t];
        }
    memcpy(plan->courses, courses, plan->n * sizeof *courses);
    free(courses);
    free(is_failing);
    return 0;
}

static int make_room(struct dealing *dealing)
{
    uint32_t n_kinds = dealing->plan->parties->n_symbols;
    dealing->order = alloc_array(dealing->made.n, sizeof *dealing->order);
    dealing->lags = alloc_array(dealing->made.n, sizeof *dealing->lags);
    dealing->next = alloc_array(dealing->plan->n + 2, sizeof *dealing->next);
    dealing->last = alloc_array(dealing->plan->n + 2, sizeof *dealing->last);
    if (dealing->order == NULL || dealing->lags == NULL || dealing->next == NULL || dealing->last == NULL)
        return LW_ERR_MEMORY;
    int rc = make_lists(&dealing->real, dealing->real.n - 1, n_kinds, &dealing->steps);
    return rc == 0 ? make_lists(&dealing->made, dealing->made.n, n_kinds, &dealing->rest) : rc;
}

int succession_deal(struct plan *plan)
{
    struct dealing dealing = {.plan = plan};
    if (plan->blueprint->model == NULL || plan->n < 2 || plan->starts_us[0] == LW_NO_TIME)
        return 0;
    rng_init(&dealing.rng, (uint64_t)plan->constraints->seed, PURPOSE_SUCCESSION, 0);
    int rc = find_real(plan, &dealing.real);
    if (rc == 0 && dealing.real.n >= MIN_FAILING)
        rc = find_made(plan, &dealing.made);
    if (rc == 0 && dealing.made.n > 0) {
        rc = make_room(&dealing);
        if (rc == 0) {
            draw_all(&dealing);
            stretch(&dealing, (double)(plan->starts_us[plan->n - 1] - plan->starts_us[0]));
            rc = deal(&dealing);
        }
    }
    lists_release(&dealing.steps);
    lists_release(&dealing.rest);
    free(dealing.real.items);
    free(dealing.made.items);
    free(dealing.order);
    free(dealing.lags);
    free(dealing.next);
    free(dealing.last);
    return rc;
}

/* ---- pairs --------------------------------------------------------------------------------------------------------
 */

static int by_event(const void *a, const void *b)
{
    const struct lagged_event *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us > y->time_us ? 1 : -1;
    if (x->trace != y->trace)
        return x->trace > y->trace ? 1 : -1;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

/* Of failures, or of all. */
static int find_events(const struct plan *plan, bool is_all, struct lagged_event **out, size_t *n)
{
    const struct trace_set *real = &plan->blueprint->model->traces;
    size_t cap = 0;
    for (size_t t = 0; t < real->n_traces; t++)
        for (size_t i = real->first[t]; i < real->first[t + 1]; i++) {
            bool is_one = is_all ? real->templates[i] < plan->parties->n_symbols
                                 : parties_is_failure(plan->parties, real->templates[i]);
            if (!is_one || real->times_us[i] == LW_NO_TIME)
                continue;
            if (alloc_grow(out, &cap, *n + 1, sizeof **out) != 0)
                return LW_ERR_MEMORY;
            (*out)[(*n)++] = (struct lagged_event){real->times_us[i], real->templates[i], (uint32_t)t};
        }
    if (*n > 0)
        qsort(*out, *n, sizeof **out, by_event);
    return 0;
}

static bool *only(uint32_t n_symbols, uint32_t id)
{
    bool *is_it = alloc_zeroed(n_symbols, sizeof *is_it);
    if (is_it != NULL)
        is_it[id] = true;
    return is_it;
}

/* Whether some trace lasts a good part of the log, so that its delays do not tell when it does what, and delays are to
 * be as they were. */
static bool is_lasting(const struct plan *plan)
{
    const struct arrival *arrival = &plan->blueprint->arrival;
    const struct lw_constraints *constraints = plan->constraints;
    return arrival->longest_us > 0 && (double)arrival->longest_us * LASTING >= (double)arrival->lasts_us &&
           constraints->delay_factor == 1 && constraints->n_delay_factors == 0 && isnan(constraints->record_rate);
}

static int add_pair(const struct plan *plan, const struct lagged_pair *pair, struct rules *rules)
{
    uint32_t n = plan->parties->n_symbols;
    /* What follows in its own trace is the machine's. */
    if (pair->same_trace * 2 >= pair->followed)
        return 0;
    struct rule like = {.min_us = pair->min_us,
                        .max_us = pair->max_us,
                        .probability = (double)pair->followed / (double)pair->n,
                        .is_across = true,
                        .is_mined = true};
    return rules_add(rules, plan->blueprint, plan->constraints, only(n, pair->cause), only(n, pair->effect), &like);
}

/* The surest first: what is moved for one pair stays for the others. */
static int by_falling_share(const void *a, const void *b)
{
    const struct lagged_pair *x = a, *y = b;
    double p = (double)x->followed * (double)y->n, q = (double)y->followed * (double)x->n;
    if (p != q)
        return p < q ? 1 : -1;
    return x->cause != y->cause ? (x->cause > y->cause ? 1 : -1) : (x->effect > y->effect) - (x->effect < y->effect);
}

/* Each pair goes over all events, more than once: in long logs that would take longer than all else. */
static bool is_affordable(const struct plan *plan, const struct lagged_pairs *pairs)
{
    double n = 0;
    for (size_t t = 0; t < plan->n; t++)
        n += (double)plan->courses[t].n;
    return n * (double)pairs->n <= MOST_WORK;
}

static int find_pairs(const struct plan *plan, bool is_all, struct lagged_pairs *pairs, struct lw_error *err)
{
    const struct lagged_options options = LAGGED_OPTIONS_INIT;
    struct lagged_event *events = NULL;
    size_t n = 0;
    int rc = find_events(plan, is_all, &events, &n) == 0 ? lagged_mine(events, n, &options, plan->run, pairs, err)
                                                         : fail_memory(err, "following failures");
    free(events);
    return rc;
}

int succession_mine(const struct plan *plan, struct rules *rules, struct lw_error *err)
{
    struct lagged_pairs pairs = {NULL, 0, 0};
    if (plan->blueprint->model == NULL || plan->blueprint->arrival.window_us > 0)
        return 0;
    int rc = find_pairs(plan, false, &pairs, err);
    bool is_of_all = rc == 0 && pairs.n == 0 && is_lasting(plan);
    if (is_of_all)
        rc = find_pairs(plan, true, &pairs, err);
    if (rc != 0)
        return rc;
    if (is_of_all && !is_affordable(plan, &pairs))
        pairs.n = 0;
    if (pairs.n > 0)
        qsort(pairs.items, pairs.n, sizeof *pairs.items, by_falling_share);
    for (size_t i = 0; i < pairs.n && rc == 0; i++)
        rc = add_pair(plan, &pairs.items[i], rules);
    lagged_pairs_release(&pairs);
    return rc != 0 ? fail_memory(err, "following failures") : 0;
}
