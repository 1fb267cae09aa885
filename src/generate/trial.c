/*
 * A share of 0 (or 1) is met by taking the facets (or all others) away: no finite bend would do. What is left weighs
 * less than 1 within a template and a state then, and the projection makes it whole again by conditioning. All other
 * targets become rules of the projection: counted - share * base is 0 on average, or its sign is held where they are
 * bounds. That traces grow no longer than the longest one seen, on average and by how their tails fall, is a rule as
 * well.
 */
#include "generate/trial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define CLOSE 1e-6 /* to a bound: what is as near counts as met */

void trial_release(struct trial *trial)
{
    ways_release(&trial->ways);
    projection_release(&trial->projection);
    free(trial->shares);
    free(trial->values);
    free(trial->pulls);
    free(trial->rules);
    free(trial->rule_targets);
    free(trial->signs);
    free(trial->facet_features);
    free(trial->pair_features);
    memset(trial, 0, sizeof *trial);
}

static bool is_left_out(const bool *is_out, size_t rule)
{
    return is_out != NULL && is_out[rule];
}

/* Whether the target takes away what is counted (and the base that is not). */
static bool bars(const struct target *target, bool is_counted, bool is_base)
{
    return (target->high <= 0 && is_counted) || (target->low >= 1 && is_base && !is_counted);
}

/* ---- what may be taken --------------------------------------------------------------------------------------------
 */

static void bar_facets(const struct problem *problem, const bool *is_out, size_t soft, double *shares)
{
    const struct facets *facets = problem->facets;
    for (size_t i = 0; i < problem->targets->n; i++)
        for (uint32_t t = 0; t < facets->n_symbols && i != soft && !is_left_out(is_out, i); t++)
            for (size_t f = facets->first[t]; f < facets->first[t + 1]; f++) {
                bool is_base,
                    is_counted = target_counts_facet(&problem->targets->items[i], t, &facets->items[f], &is_base);
                if (bars(&problem->targets->items[i], is_counted, is_base))
                    shares[f] = 0;
            }
}

static void bar_pairs(const struct problem *problem, const bool *is_out, size_t soft, bool *is_barred)
{
    uint32_t n_classes = problem->targets->n_classes;
    for (size_t i = 0; i < problem->targets->n; i++)
        for (uint32_t pair = 0; pair < n_classes * n_classes && i != soft && !is_left_out(is_out, i); pair++) {
            bool is_base, is_counted = target_counts_pair(&problem->targets->items[i], pair, n_classes, &is_base);
            is_barred[pair] = is_barred[pair] || bars(&problem->targets->items[i], is_counted, is_base);
        }
}

static int find_ways(const struct problem *problem, const bool *is_out, size_t soft, struct trial *trial)
{
    const struct facets *facets = problem->facets;
    const struct machine *machine = problem->machine;
    size_t n_facets = facets->first[facets->n_symbols];
    uint32_t n_classes = problem->targets->n_classes;
    bool *is_barred = alloc_zeroed((size_t)n_classes * n_classes, sizeof *is_barred);
    double *odds = alloc_array(machine->n_edges, sizeof *odds);
    trial->shares = alloc_array(n_facets, sizeof *trial->shares);
    int rc = is_barred == NULL || odds == NULL || trial->shares == NULL ? LW_ERR_MEMORY : 0;
    if (rc == 0) {
        memcpy(trial->shares, facets->shares, n_facets * sizeof *trial->shares);
        bar_facets(problem, is_out, soft, trial->shares);
        bar_pairs(problem, is_out, soft, is_barred);
        const double *from = is_left_out(is_out, PROBLEM_WEIGHTS(problem)) ? problem->free_odds : problem->odds;
        for (size_t e = 0; e < machine->n_edges; e++) {
            double left = machine->edges[e].to == MACHINE_END ? 1 : 0;
            uint32_t t = machine->edges[e].template_id;
            for (size_t f = facets->first[left > 0 ? 0 : t]; left <= 0 && f < facets->first[t + 1]; f++)
                left += trial->shares[f];
            odds[e] = left > 0 ? from[e] : 0;
        }
        struct ways_rules rules = {odds, problem->targets->class_of, n_classes, is_barred};
        rc = ways_build(machine, &rules, &trial->ways);
    }
    free(is_barred);
    free(odds);
    return rc;
}

/* ---- rules --------------------------------------------------------------------------------------------------------
 */

struct side { /* of a target: counted * sign - share * sign * base >= 0, or = 0 */
    size_t target;
    double sign, share;
    bool is_exact;
};

/* Sides of the targets, into sides[2 * n]; those that were met by taking away have none. */
static size_t find_sides(const struct problem *problem, const bool *is_out, size_t soft, struct side *sides)
{
    size_t n = 0;
    for (size_t i = 0; i < problem->targets->n; i++) {
        const struct target *target = &problem->targets->items[i];
        if (is_left_out(is_out, i) || (i != soft && (target->high <= 0 || target->low >= 1)))
            continue;
        if (target->low == target->high) {
            sides[n++] = (struct side){i, 1, target->low, true};
            continue;
        }
        if (target->low > 0)
            sides[n++] = (struct side){i, 1, target->low, false};
        if (target->high < 1)
            sides[n++] = (struct side){i, -1, target->high, false};
    }
    return n;
}

static double feature(const struct side *side, bool is_counted, bool is_base)
{
    return side->sign * ((is_counted ? 1 : 0) - (is_base ? side->share : 0));
}

static void fill_features(const struct problem *problem, const struct side *sides, size_t n_sides, struct trial *trial)
{
    const struct facets *facets = problem->facets;
    size_t n_rules = trial->projection.n_rules;
    uint32_t n_classes = problem->targets->n_classes;
    for (uint32_t t = 0; t < facets->n_symbols; t++)
        for (size_t f = facets->first[t]; f < facets->first[t + 1]; f++) {
            double *row = trial->facet_features + f * n_rules;
            for (size_t i = 0; i < n_sides; i++) {
                bool is_base, is_counted = target_counts_facet(&problem->targets->items[sides[i].target], t,
                                                               &facets->items[f], &is_base);
                row[i] = feature(&sides[i], is_counted, is_base);
            }
            if (n_rules > n_sides)
                row[n_sides] = -1; /* an event makes the trace longer */
        }
    for (uint32_t pair = 0; pair < n_classes * n_classes; pair++)
        for (size_t i = 0; i < n_sides; i++) {
            bool is_base,
                is_counted = target_counts_pair(&problem->targets->items[sides[i].target], pair, n_classes, &is_base);
            trial->pair_features[pair * n_rules + i] = feature(&sides[i], is_counted, is_base);
        }
}

static int find_rules(const struct problem *problem, const bool *is_out, size_t soft, struct trial *trial)
{
    struct projection *projection = &trial->projection;
    size_t n_facets = problem->facets->first[problem->facets->n_symbols];
    size_t n_pairs = (size_t)problem->targets->n_classes * problem->targets->n_classes;
    struct side *sides = alloc_array(2 * problem->targets->n, sizeof *sides);
    size_t n_sides = sides == NULL ? 0 : find_sides(problem, is_out, soft, sides);
    bool has_length = !is_left_out(is_out, PROBLEM_LENGTH(problem));
    size_t n_rules = n_sides + has_length;
    trial->rules = alloc_zeroed(n_rules, sizeof *trial->rules);
    trial->rule_targets = alloc_array(n_rules, sizeof *trial->rule_targets);
    trial->signs = alloc_array(n_rules, sizeof *trial->signs);
    trial->facet_features = alloc_array(n_facets * n_rules, sizeof *trial->facet_features);
    trial->pair_features = alloc_zeroed(n_pairs * n_rules, sizeof *trial->pair_features);
    int rc = sides == NULL || trial->rules == NULL || trial->rule_targets == NULL || trial->signs == NULL ||
                     trial->facet_features == NULL || trial->pair_features == NULL
                 ? LW_ERR_MEMORY
                 : 0;
    if (rc == 0) {
        for (size_t i = 0; i < n_sides; i++) {
            trial->rules[i].is_exact = sides[i].is_exact;
            trial->rule_targets[i] = sides[i].target;
            trial->signs[i] = sides[i].sign;
        }
        if (has_length) {
            trial->rules[n_sides].constant = problem->longest;
            trial->rule_targets[n_sides] = PROBLEM_LENGTH(problem);
        }
        *projection =
            (struct projection){.ways = &trial->ways,
                                .ranks = problem->ranks,
                                .first_facet = problem->facets->first,
                                .shares = trial->shares,
                                .n_rules = n_rules,
                                .n_pairs = n_pairs,
                                .horizon = has_length ? problem->horizon : INFINITY,
                                .rules = trial->rules,
                                .facet_features = trial->facet_features,
                                .pair_features = problem->targets->class_of == NULL ? NULL : trial->pair_features};
        fill_features(problem, sides, n_sides, trial);
    }
    free(sides);
    return rc;
}

/* ---- what came of it ----------------------------------------------------------------------------------------------
 */

static int find_values(const struct problem *problem, struct trial *trial)
{
    const struct facets *facets = problem->facets;
    const struct ways *ways = &trial->ways;
    uint32_t n_classes = problem->targets->n_classes;
    double *by_template = alloc_zeroed(facets->n_symbols, sizeof *by_template);
    double *by_pair = alloc_zeroed((size_t)n_classes * n_classes, sizeof *by_pair);
    int rc = by_template == NULL || by_pair == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0; i < ways->n_steps && rc == 0; i++)
        if (ways->steps[i].to != WAYS_END) {
            by_template[ways_template(ways, &ways->steps[i])] += trial->projection.flow[i];
            by_pair[ways->steps[i].pair] += trial->projection.flow[i];
        }
    for (size_t i = 0; i < problem->targets->n && rc == 0; i++) {
        const struct target *target = &problem->targets->items[i];
        double counted = 0, base = 0;
        bool is_base;
        for (uint32_t t = 0; t < facets->n_symbols; t++)
            for (size_t f = facets->first[t]; f < facets->first[t + 1]; f++) {
                double flow = by_template[t] * trial->shares[f];
                counted += target_counts_facet(target, t, &facets->items[f], &is_base) ? flow : 0;
                base += is_base ? flow : 0;
            }
        for (uint32_t pair = 0; pair < n_classes * n_classes; pair++) {
            counted += target_counts_pair(target, pair, n_classes, &is_base) ? by_pair[pair] : 0;
            base += is_base ? by_pair[pair] : 0;
        }
        trial->values[i] = base > 0 ? counted / base : NAN;
    }
    free(by_template);
    free(by_pair);
    return rc;
}

static bool is_met(const struct target *target, double value)
{
    if (isnan(value))
        return target->low <= 0;
    return value >= target->low - CLOSE && value <= target->high + CLOSE;
}

static int judge(const struct problem *problem, const bool *is_out, size_t soft, struct trial *trial)
{
    trial->values = alloc_array(problem->targets->n, sizeof *trial->values);
    trial->pulls = alloc_zeroed(problem->targets->n, sizeof *trial->pulls);
    if (trial->values == NULL || trial->pulls == NULL || find_values(problem, trial) != 0)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < trial->projection.n_rules; i++) {
        double theta = trial->projection.theta[i];
        size_t target = trial->rule_targets[i];
        if (target == PROBLEM_LENGTH(problem))
            trial->length_pull = theta;
        else /* of the two sides of a range only one pulls */
            trial->pulls[target] += trial->signs[i] * theta;
    }
    trial->missed = TRIAL_NONE;
    for (size_t i = problem->targets->n; i-- > 0;)
        if (i != soft && !is_left_out(is_out, i) && !is_met(&problem->targets->items[i], trial->values[i]))
            trial->missed = i;
    if (trial->missed == TRIAL_NONE && !is_left_out(is_out, PROBLEM_LENGTH(problem)) &&
        trial->projection.expected_len > problem->longest * (1 + CLOSE))
        trial->missed = PROBLEM_LENGTH(problem);
    return 0;
}

int trial_run(const struct problem *problem, const bool *is_out, size_t soft, struct trial *out)
{
    memset(out, 0, sizeof *out);
    int rc = find_ways(problem, is_out, soft, out);
    if (rc == 0)
        rc = find_rules(problem, is_out, soft, out);
    if (rc == 0)
        rc = projection_init(&out->projection);
    if (rc == 0)
        rc = projection_run(&out->projection);
    if (rc == 0)
        rc = judge(problem, is_out, soft, out);
    if (rc != 0)
        trial_release(out);
    return rc;
}
