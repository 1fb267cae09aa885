/* Constraints that rule out one another. */
#include <math.h>
#include <string.h>

#include "base/fail.h"
#include "generate/constraint_rows.h"

static const char *const share_groups[SHARE_KIND_COUNT] = {"levels", "templates", "services", "error_types"};

static int check_shares(const struct lw_constraints *constraints, struct lw_error *err)
{
    double low[SHARE_KIND_COUNT] = {0};
    const char *first[SHARE_KIND_COUNT] = {NULL};
    for (size_t i = 0; i < constraints->n_shares; i++) {
        const struct share_target *share = &constraints->shares[i];
        const char *group = share_groups[share->kind];
        if (share->low > share->high)
            return fail(err, LW_ERR_INFEASIBLE, "%s.%s: at least %g and at most %g cannot both be", group, share->name,
                        share->low, share->high);
        if (share->low > 0 && first[share->kind] == NULL)
            first[share->kind] = share->name;
        low[share->kind] += share->low;
        if (low[share->kind] > 1 + 1e-9)
            return fail(err, LW_ERR_INFEASIBLE, "%s: the shares from %s to %s sum to %g of the events; 1 is the most",
                        group, first[share->kind], share->name, low[share->kind]);
    }
    return 0;
}

/* A template that may not come cannot be wanted. */
static int check_weights(const struct lw_constraints *constraints, struct lw_error *err)
{
    for (size_t i = 0; i < constraints->n_shares; i++) {
        const struct share_target *share = &constraints->shares[i];
        if (share->template_id != 0 && share->low > 0 && constraints_weight(constraints, share->template_id) <= 0)
            return fail(err, LW_ERR_INFEASIBLE,
                        "%s.%s wants a share of %g, but template_weights.E%u is 0, so it never comes",
                        share_groups[share->kind], share->name, share->low, share->template_id);
    }
    for (size_t i = 0; i < constraints->n_rules; i++) {
        const struct causal_rule *rule = &constraints->rules[i];
        const struct selector *ends[] = {&rule->cause, &rule->effect};
        for (size_t k = 0; k < 2; k++)
            if (ends[k]->kind == SELECTOR_TEMPLATE && rule->probability > 0 &&
                constraints_weight(constraints, ends[k]->template_id) <= 0)
                return fail(err, LW_ERR_INFEASIBLE,
                            "rules.%zu.%s wants E%u, but template_weights.E%u is 0, so it never comes", i,
                            k == 0 ? "if" : "then", ends[k]->template_id, ends[k]->template_id);
    }
    return 0;
}

static int check_ranges(const struct lw_constraints *constraints, struct lw_error *err)
{
    for (size_t i = 0; i < constraints->n_rules; i++)
        if (constraints->rules[i].min_s > constraints->rules[i].max_s)
            return fail(err, LW_ERR_INFEASIBLE, "rules.%zu.within: at least %g s and at most %g s cannot both be", i,
                        constraints->rules[i].min_s, constraints->rules[i].max_s);
    for (size_t i = 0; i < constraints->n_values; i++) {
        const struct value_rule *rule = &constraints->values[i];
        if (rule->low > rule->high)
            return fail(err, LW_ERR_INFEASIBLE, "parameters.E%u.%u: at least %g and at most %g cannot both be",
                        rule->template_id, rule->slot + 1, rule->low, rule->high);
    }
    double min = constraints->recovery_min_s, max = constraints->recovery_max_s;
    if (min > max)
        return fail(err, LW_ERR_INFEASIBLE, "recovery.within: at least %g s and at most %g s cannot both be", min, max);
    if (constraints->recovery_after.kind != SELECTOR_NONE && isnan(min))
        return fail(err, LW_ERR_INFEASIBLE, "recovery.after is given without recovery.within; both are wanted");
    return 0;
}

static int check_calls(const struct lw_constraints *constraints, struct lw_error *err)
{
    for (size_t i = 0; i < constraints->n_calls; i++) {
        double sum = 0;
        for (size_t k = 0; k <= i; k++) {
            if (strcmp(constraints->calls[k].from, constraints->calls[i].from) != 0)
                continue;
            sum += constraints->calls[k].probability;
            if (k < i && strcmp(constraints->calls[k].to, constraints->calls[i].to) == 0)
                return fail(err, LW_ERR_INFEASIBLE, "calls.%zu and calls.%zu both speak of %s to %s; one is wanted", k,
                            i, constraints->calls[i].from, constraints->calls[i].to);
        }
        if (sum > 1 + 1e-9)
            return fail(err, LW_ERR_INFEASIBLE, "calls: up to calls.%zu, the shares out of %s sum to %g; 1 is the most",
                        i, constraints->calls[i].from, sum);
    }
    return 0;
}

static int check_arrival(const struct lw_constraints *constraints, struct lw_error *err)
{
    double odds = 0;
    for (size_t i = 0; i < ARRIVAL_HOURS; i++)
        odds += constraints->profile[i];
    if (odds <= 0)
        return fail(err, LW_ERR_INFEASIBLE, "arrival.profile: no hour has odds above 0, so no trace could begin");
    if (constraints->bursts_per_hour * constraints->burst_length_s > 3600)
        return fail(
            err, LW_ERR_INFEASIBLE,
            "arrival.bursts.per_hour %g and arrival.bursts.length %g s: so many bursts of that length take %g s "
            "of each hour",
            constraints->bursts_per_hour, constraints->burst_length_s,
            constraints->bursts_per_hour * constraints->burst_length_s);
    return 0;
}

static int check_anomalies(const struct lw_constraints *constraints, struct lw_error *err)
{
    double sum = 0;
    for (int i = ANOMALY_NONE + 1; i < ANOMALY_COUNT; i++)
        sum += constraints->anomalies[i].rate;
    if (sum > 1 + 1e-9)
        return fail(err, LW_ERR_INFEASIBLE,
                    "anomalies: the shares sum to %g of the traces; a trace has one kind at most, so 1 is the most",
                    sum);
    return 0;
}

int constraints_check(const struct lw_constraints *constraints, struct lw_error *err)
{
    int rc = check_anomalies(constraints, err);
    if (rc == 0)
        rc = check_shares(constraints, err);
    if (rc == 0)
        rc = check_weights(constraints, err);
    if (rc == 0)
        rc = check_ranges(constraints, err);
    if (rc == 0)
        rc = check_calls(constraints, err);
    return rc == 0 ? check_arrival(constraints, err) : rc;
}
