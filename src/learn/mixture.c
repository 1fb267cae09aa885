/*
 * A tenth of the traces is held out of learning; on it the candidates are chosen and the weights found, by expectation
 * maximisation. Then the hidden machines that count go on learning from all traces, and the machine is replaced by the
 * one that was learned from all.
 */
#include "learn/mixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"

#define MAX_SYMBOLS   256u
#define MAX_LEN       65536u   /* of a trace, in learning */
#define MAX_EVENTS    2000000u /* of the variants that are learned from */
#define HELD          .1
#define WEIGHT_PASSES 200
#define PURPOSE       0x6d697874u

struct pool { /* what is learned from */
    struct strings strings;
    double *train, *held; /* [strings.n] */
    double n_held;
};

static void pool_drop(struct pool *pool)
{
    strings_release(&pool->strings);
    free(pool->train);
    free(pool->held);
}

void mixture_release(struct mixture *mixture)
{
    alphabet_release(&mixture->alphabet);
    hidden_list_release(&mixture->hidden);
    free(mixture->weights);
    *mixture = (struct mixture){0};
}

/* Each variant's count, thinned out if there are too many events, and cut into a part to learn from and a part held
 * out: what is left over by rounding is drawn. */
static int pool_make(const struct trace_set *set, const struct variants *variants, const struct alphabet *alphabet,
                     struct pool *pool)
{
    double n_events = 0;
    struct rng rng;
    int status = strings_make(set, alphabet, variants->example, variants->n, MAX_LEN, &pool->strings);
    if (status != 0)
        return status;
    pool->train = alloc_array(variants->n, sizeof *pool->train);
    pool->held = alloc_array(variants->n, sizeof *pool->held);
    if (pool->train == NULL || pool->held == NULL)
        return LW_ERR_MEMORY;
    for (size_t v = 0; v < variants->n; v++)
        n_events += (double)strings_len(&pool->strings, (uint32_t)v) + 1;
    double share = n_events > MAX_EVENTS ? MAX_EVENTS / n_events : 1;
    rng_init(&rng, 1, PURPOSE, 0);
    for (size_t v = 0; v < variants->n; v++) {
        double count = floor((double)variants->counts[v] * share + (share < 1 ? rng_uniform(&rng) : 0));
        pool->held[v] = floor(count * HELD + rng_uniform(&rng));
        pool->train[v] = count - pool->held[v];
        pool->n_held += pool->held[v];
    }
    return 0;
}

/* The machine of the part to learn from. */
static int learn_part(const struct trace_set *set, const struct variants *variants, const struct pool *pool,
                      const struct lw_run *run, struct machine *out, struct lw_error *err)
{
    struct trace_set part;
    uint32_t *chosen = alloc_array(set->n_traces, sizeof *chosen);
    double *left = alloc_array(variants->n, sizeof *left);
    size_t n = 0;
    int status = LW_ERR_MEMORY;
    if (chosen != NULL && left != NULL) {
        memcpy(left, pool->train, variants->n * sizeof *left);
        for (size_t t = 0; t < set->n_traces; t++)
            if (left[variants->of[t]]-- >= 1)
                chosen[n++] = (uint32_t)t;
        status = trace_set_select(set, chosen, n, &part, err);
        if (status == 0) {
            status = machine_learn(&part, run, out, err);
            trace_set_release(&part);
        }
    } else {
        fail_memory(err, "learning probabilities");
    }
    free(chosen);
    free(left);
    return status;
}

/* ---- probabilities by each part ------------------------------------------------------------------------------- */

static double log2_of_kinds(const struct alphabet *alphabet, const uint32_t *templates, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += templates[i] < alphabet->n_ids ? alphabet->log2_of[templates[i]] : alphabet->unknown_log2;
    return sum;
}

struct scoring {
    const struct mixture *mixture;
    const struct trace_set *set;
    const struct variants *variants;
    const struct machine *machine;
    struct strings strings;
    struct forest forest;
    double **parts; /* [hidden.n + 1][variants->n] */
};

static int task_score(void *arg, size_t index)
{
    struct scoring *scoring = arg;
    const struct hidden_list *hidden = &scoring->mixture->hidden;
    const struct trace_set *set = scoring->set;
    double *to = scoring->parts[index];
    if (index < hidden->n) {
        int status = forest_log2(&scoring->forest, &hidden->models[index], to);
        for (size_t v = 0; status == 0 && v < scoring->strings.n; v++)
            if (strings_len(&scoring->strings, (uint32_t)v) > MAX_LEN)
                status = hidden_log2_long(&hidden->models[index], scoring->strings.symbols + scoring->strings.first[v],
                                          strings_len(&scoring->strings, (uint32_t)v), &to[v]);
        return status;
    }
    for (size_t v = 0; v < scoring->variants->n; v++) {
        size_t trace = scoring->variants->example[v];
        to[v] = lw_machine_log2_probability(machine_public(scoring->machine), set->templates + set->first[trace],
                                            trace_set_len(set, trace));
    }
    return 0;
}

static void scoring_release(struct scoring *scoring)
{
    for (size_t p = 0; scoring->parts != NULL && p <= scoring->mixture->hidden.n; p++)
        free(scoring->parts[p]);
    free(scoring->parts);
    strings_release(&scoring->strings);
    forest_release(&scoring->forest);
}

/* log2 probability of every variant by every part. */
static int score_parts(struct scoring *scoring, const struct lw_run *run, struct lw_error *err)
{
    const struct mixture *mixture = scoring->mixture;
    const struct variants *variants = scoring->variants;
    const struct trace_set *set = scoring->set;
    size_t n_parts = mixture->hidden.n + 1;
    double *is_short = alloc_array(variants->n, sizeof *is_short);
    scoring->parts = alloc_zeroed(n_parts, sizeof *scoring->parts);
    int status = is_short == NULL || scoring->parts == NULL ? LW_ERR_MEMORY
                                                            : strings_make(set, &mixture->alphabet, variants->example,
                                                                           variants->n, SIZE_MAX, &scoring->strings);
    for (size_t p = 0; status == 0 && p < n_parts; p++)
        if ((scoring->parts[p] = alloc_array(variants->n, sizeof(double))) == NULL)
            status = LW_ERR_MEMORY;
    for (size_t v = 0; status == 0 && v < variants->n; v++)
        is_short[v] = strings_len(&scoring->strings, (uint32_t)v) <= MAX_LEN;
    if (status == 0)
        status = forest_make(&scoring->strings, is_short, &scoring->forest);
    free(is_short);
    if (status == 0)
        status = executor_run(run, "scoring traces", n_parts, task_score, scoring);
    if (status == LW_ERR_CANCELLED)
        return fail(err, LW_ERR_CANCELLED, "cancelled");
    if (status != 0)
        return fail_memory(err, "computing probabilities");
    for (size_t v = 0; v < variants->n; v++) {
        size_t trace = variants->example[v];
        double kinds = log2_of_kinds(&mixture->alphabet, set->templates + set->first[trace], trace_set_len(set, trace));
        for (size_t p = 0; p + 1 < n_parts; p++)
            scoring->parts[p][v] += kinds;
    }
    return 0;
}

/* log2 of the weighted sum; shares[n_parts], if given, get what each part has in it. */
static double mix(double *const *parts, const double *weights, size_t n_parts, size_t v, double *shares)
{
    double max = -INFINITY, sum = 0;
    for (size_t p = 0; p < n_parts; p++)
        if (weights[p] > 0 && parts[p][v] > max)
            max = parts[p][v];
    for (size_t p = 0; p < n_parts; p++) {
        double share = weights[p] > 0 ? weights[p] * exp2(parts[p][v] - max) : 0;
        sum += share;
        if (shares != NULL)
            shares[p] = share;
    }
    for (size_t p = 0; shares != NULL && p < n_parts; p++)
        shares[p] /= sum;
    return max + log2(sum);
}

int mixture_log2(const struct mixture *mixture, const struct trace_set *set, const struct variants *variants,
                 const struct lw_run *run, double *log2_of, struct lw_error *err)
{
    struct scoring scoring = {.mixture = mixture, .set = set, .variants = variants, .machine = mixture->machine};
    int status = score_parts(&scoring, run, err);
    for (size_t v = 0; status == 0 && v < variants->n; v++)
        log2_of[v] = mix(scoring.parts, mixture->weights, mixture->hidden.n + 1, v, NULL);
    scoring_release(&scoring);
    return status;
}

/* ---- weights -------------------------------------------------------------------------------------------------- */

/* Expectation maximisation from equal weights, with half a trace more for each part. */
static int weigh(const struct pool *pool, double *const *parts, size_t n_parts, double *weights)
{
    double *shares = alloc_array(n_parts, sizeof *shares), *sums = alloc_array(n_parts, sizeof *sums);
    int status = shares == NULL || sums == NULL ? LW_ERR_MEMORY : 0;
    for (size_t p = 0; p < n_parts; p++)
        weights[p] = 1 / (double)n_parts;
    for (int pass = 0; status == 0 && pass < WEIGHT_PASSES; pass++) {
        for (size_t p = 0; p < n_parts; p++)
            sums[p] = .5;
        for (size_t v = 0; v < pool->strings.n; v++) {
            if (pool->held[v] <= 0)
                continue;
            mix(parts, weights, n_parts, v, shares);
            for (size_t p = 0; p < n_parts; p++)
                sums[p] += pool->held[v] * shares[p];
        }
        for (size_t p = 0; p < n_parts; p++)
            weights[p] = sums[p] / (pool->n_held + .5 * (double)n_parts);
    }
    free(shares);
    free(sums);
    return status;
}

static int find_weights(const struct trace_set *set, const struct variants *variants, const struct pool *pool,
                        const struct lw_run *run, struct mixture *mixture, struct lw_error *err)
{
    struct machine part = {0};
    int status = learn_part(set, variants, pool, run, &part, err);
    if (status != 0)
        return status;
    struct scoring scoring = {.mixture = mixture, .set = set, .variants = variants, .machine = &part};
    status = score_parts(&scoring, run, err);
    if (status == 0 && weigh(pool, scoring.parts, mixture->hidden.n + 1, mixture->weights) != 0)
        status = fail_memory(err, "weighing machines");
    scoring_release(&scoring);
    machine_release(&part);
    return status;
}

int mixture_learn(const struct trace_set *set, const struct variants *variants, const struct machine *machine,
                  const struct lw_run *run, struct mixture *out, struct lw_error *err)
{
    struct mixture made = {.machine = machine};
    struct pool pool = {0};
    int status = alphabet_make(set, MAX_SYMBOLS, &made.alphabet);
    if (status == 0)
        status = pool_make(set, variants, &made.alphabet, &pool);
    if (status != 0)
        fail_memory(err, "learning probabilities");
    if (status == 0)
        status = hidden_fit(&pool.strings, pool.train, pool.held, run, &made.hidden, err);
    if (status == 0 && (made.weights = alloc_zeroed(made.hidden.n + 1, sizeof *made.weights)) == NULL)
        status = fail_memory(err, "weighing machines");
    if (status == 0)
        status = find_weights(set, variants, &pool, run, &made, err);
    for (size_t v = 0; status == 0 && v < pool.strings.n; v++)
        pool.train[v] += pool.held[v];
    if (status == 0)
        status = hidden_refit(&made.hidden, &pool.strings, pool.train, run, err);
    pool_drop(&pool);
    if (status != 0)
        mixture_release(&made);
    else
        *out = made;
    return status;
}
