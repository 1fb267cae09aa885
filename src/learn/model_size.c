/*
 * Whole variants are held out, not traces: of a log of which each trace comes a thousand times nothing would be unseen
 * otherwise, and the largest automaton would always win. Each counts once, so that the choice does not hang on one
 * frequent variant. For each size an automaton is learned from the others; the shares of the mixture (predictor.c) are
 * fitted to the held-out ones by expectation maximisation (Jelinek and Mercer 1980); what then needs the fewest bits an
 * event wins, or the automaton with fewer states if it needs hardly more.
 *
 * Rejected: information criteria (AIC, BIC), which count parameters of states that hardly any trace visits as if they
 * mattered, and know nothing of the mixture.
 */
#include "learn/model_size.h"

#include <math.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"

#define N_PARTS      4u
#define MIN_HELD     8u     /* variants; with fewer there is nothing to choose by */
#define MAX_EVENTS   400000 /* of the variants that the choice is made on */
#define ROUNDS       12
#define PRIOR_SHARE  0.9 /* of the state, as if seen PRIOR_STEPS times */
#define PRIOR_STEPS  4.0
#define WORTH_LARGER 0.005 /* relative, in bits an event */

static const double sizes[] = {10, 40, INFINITY};
#define N_SIZES (sizeof sizes / sizeof *sizes)

struct trial {
    const struct trace_set *set;
    const struct variants *kept, *held;
    const struct lw_run *run;
    struct result {
        size_t n_states;
        double bits; /* an event */
        double trust[PREDICTOR_CLASSES];
    } results[N_SIZES];
    struct lw_error errors[N_SIZES];
};
struct step { /* of a held-out sequence */
    float of_state, of_context;
    unsigned class;
};

static uint64_t hash_sequence(const struct trace_set *set, size_t trace)
{
    size_t n = trace_set_len(set, trace);
    return XXH3_64bits(n > 0 ? set->templates + set->first[trace] : NULL, n * sizeof *set->templates);
}

static int add_variant(const struct variants *from, size_t at, struct variants *to)
{
    to->counts[to->n] = from->counts[at];
    to->example[to->n++] = from->example[at];
    return 0;
}

int variants_hold_out(const struct trace_set *set, const struct variants *variants, unsigned part, unsigned n_parts,
                      struct variants *kept, struct variants *held, struct lw_error *err)
{
    struct variants *both[] = {kept, held};
    bool is_complete = true;
    for (size_t i = 0; i < 2; i++) {
        *both[i] = (struct variants){.counts = alloc_array(variants->n, sizeof *kept->counts),
                                     .example = alloc_array(variants->n, sizeof *kept->example)};
        is_complete = is_complete && both[i]->counts != NULL && both[i]->example != NULL;
    }
    if (!is_complete) {
        variants_release(kept);
        variants_release(held);
        return fail_memory(err, "holding variants out");
    }
    for (size_t v = 0; v < variants->n; v++)
        add_variant(variants, v, hash_sequence(set, variants->example[v]) % n_parts == part ? held : kept);
    return 0;
}

/* ---- one size ------------------------------------------------------------------------------------------------- */

static void take_steps(const struct trial *trial, const struct predictor *predictor, struct step *steps)
{
    for (size_t v = 0; v < trial->held->n; v++) {
        size_t trace = trial->held->example[v], n = trace_set_len(trial->set, trace);
        struct predictor_walk walk;
        predictor_begin(&walk);
        for (size_t i = 0; i <= n; i++, steps++) {
            uint32_t symbol = i < n ? trial->set->templates[trial->set->first[trace] + i] : CONTEXT_END;
            double of_state, of_context;
            predictor_parts(predictor, &walk, symbol, &of_state, &of_context, &steps->class);
            steps->of_state = (float)of_state;
            steps->of_context = (float)of_context;
            if (i < n)
                predictor_step(predictor, &walk, symbol);
        }
    }
}

static void fit_trust(const struct step *steps, size_t n, struct result *result)
{
    for (size_t c = 0; c < PREDICTOR_CLASSES; c++)
        result->trust[c] = PRIOR_SHARE;
    for (int round = 0; round < ROUNDS; round++) {
        double by_state[PREDICTOR_CLASSES], all[PREDICTOR_CLASSES];
        for (size_t c = 0; c < PREDICTOR_CLASSES; c++) {
            by_state[c] = PRIOR_SHARE * PRIOR_STEPS;
            all[c] = PRIOR_STEPS;
        }
        result->bits = 0;
        for (size_t i = 0; i < n; i++) {
            double share = result->trust[steps[i].class], state = share * (double)steps[i].of_state;
            double both = fmax(state + (1 - share) * (double)steps[i].of_context, 1e-300);
            result->bits -= log2(both) / (double)n;
            by_state[steps[i].class] += state / both;
            all[steps[i].class] += 1;
        }
        for (size_t c = 0; c < PREDICTOR_CLASSES; c++)
            result->trust[c] = by_state[c] / all[c];
    }
}

static int try_size(void *arg, size_t index)
{
    struct trial *trial = arg;
    struct predictor predictor;
    struct result *result = &trial->results[index];
    size_t n = 0;
    struct model_size size = {.min_visits = sizes[index], .copies = 1};
    int status = predictor_fit(trial->set, trial->kept, &size, NULL, &predictor, &trial->errors[index]);
    if (status != 0)
        return status;
    for (size_t v = 0; v < trial->held->n; v++)
        n += trace_set_len(trial->set, trial->held->example[v]) + 1;
    struct step *steps = alloc_array(n, sizeof *steps);
    if (steps != NULL) {
        take_steps(trial, &predictor, steps);
        fit_trust(steps, n, result);
        result->n_states = predictor.automaton.n_states;
    }
    status = steps == NULL ? fail_memory(&trial->errors[index], "choosing the size of the machine") : 0;
    free(steps);
    predictor_release(&predictor);
    return status;
}

/* ---- choosing ------------------------------------------------------------------------------------------------- */

/* Leaves out so many of the variants, by their hash, that MAX_EVENTS remain. */
static int sample(const struct trace_set *set, const struct variants *variants, struct variants *out,
                  struct lw_error *err)
{
    struct variants rest;
    size_t n = 0;
    for (size_t v = 0; v < variants->n; v++)
        n += trace_set_len(set, variants->example[v]) + 1;
    unsigned n_parts = 1 + (unsigned)(n / MAX_EVENTS);
    int status = variants_hold_out(set, variants, 0, n_parts, &rest, out, err);
    if (status == 0)
        variants_release(&rest);
    return status;
}

static int try_all(struct trial *trial, const struct lw_run *run, struct model_size *out, struct lw_error *err)
{
    int status = executor_run(run, "choosing the size of the machine", N_SIZES, try_size, trial);
    if (status == LW_ERR_CANCELLED)
        return fail(err, LW_ERR_CANCELLED, "cancelled");
    for (size_t i = 0; i < N_SIZES && status != 0; i++)
        if (trial->errors[i].code != LW_OK && err != NULL)
            *err = trial->errors[i];
    if (status != 0)
        return status;
    size_t best = 0, chosen;
    for (size_t i = 1; i < N_SIZES; i++)
        if (trial->results[i].bits < trial->results[best].bits)
            best = i;
    chosen = best;
    for (size_t i = 0; i < N_SIZES; i++)
        if (trial->results[i].bits <= trial->results[best].bits * (1 + WORTH_LARGER) &&
            trial->results[i].n_states < trial->results[chosen].n_states)
            chosen = i;
    out->min_visits = sizes[chosen];
    for (size_t c = 0; c < PREDICTOR_CLASSES; c++)
        out->trust[c] = trial->results[chosen].trust[c];
    return 0;
}

int model_size_choose(const struct trace_set *set, const struct variants *variants, const struct lw_run *run,
                      struct model_size *out, struct lw_error *err)
{
    struct variants some, kept, held;
    *out = (struct model_size){.min_visits = sizes[0], .copies = 1};
    for (size_t c = 0; c < PREDICTOR_CLASSES; c++)
        out->trust[c] = PRIOR_SHARE;
    int status = sample(set, variants, &some, err);
    if (status != 0)
        return status;
    status = variants_hold_out(set, &some, 0, N_PARTS, &kept, &held, err);
    if (status == 0) {
        struct trial trial = {.set = set, .kept = &kept, .held = &held, .run = run};
        if (held.n >= MIN_HELD && kept.n > 0)
            status = try_all(&trial, run, out, err);
        variants_release(&kept);
        variants_release(&held);
    }
    variants_release(&some);
    return status;
}
