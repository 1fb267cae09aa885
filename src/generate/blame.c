/*
 * What binds is found by leaving out one rule after the other: one without which things are as bad is left out for
 * good, so what remains is a set none of which could be spared (Chinneck and Dravnieks 1991, the deletion filter). The
 * target that was missed is tried last, so that it is named if it has a part in it. What can be met is found by
 * halving, with the others in place.
 */
#include "generate/blame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"

#define NEAREST_HALVINGS 8 /* of what lies between a share that can be met and what is wanted */

/* 1: all is met but what is left out; 0: not; or LW_ERR_MEMORY. */
static int is_feasible(const struct problem *problem, const bool *is_out)
{
    struct trial trial;
    int rc = trial_run(problem, is_out, TRIAL_NONE, &trial);
    if (rc == LW_ERR_MEMORY)
        return rc;
    if (rc != 0)
        return 0;
    int is_met = trial.missed == TRIAL_NONE;
    trial_release(&trial);
    return is_met;
}

static int spare(const struct problem *problem, bool *is_out, size_t rule)
{
    is_out[rule] = true;
    int rc = is_feasible(problem, is_out);
    if (rc == 1)
        is_out[rule] = false;
    return rc < 0 ? rc : 0;
}

/* Leaves out all that has no part in it. */
static int filter(const struct problem *problem, size_t missed, bool *is_out)
{
    int rc = 0;
    for (size_t i = PROBLEM_RULES(problem); i-- > 0 && rc == 0;)
        if (i != missed)
            rc = spare(problem, is_out, i);
    return rc == 0 && missed < problem->targets->n ? spare(problem, is_out, missed) : rc;
}

static bool is_seen(const struct problem *problem, const struct target *target)
{
    const struct facets *facets = problem->facets;
    uint32_t n_classes = problem->targets->n_classes;
    bool is_base;
    if (target->kind == TARGET_CALL) {
        struct ways ways;
        struct ways_rules rules = {problem->free_odds, problem->targets->class_of, n_classes, NULL};
        bool is_found = false;
        if (ways_build(problem->machine, &rules, &ways) != 0)
            return true;
        for (size_t i = 0; i < ways.n_steps && !is_found; i++)
            is_found =
                ways.steps[i].to != WAYS_END && target_counts_pair(target, ways.steps[i].pair, n_classes, &is_base);
        ways_release(&ways);
        return is_found;
    }
    for (size_t e = 0; e < problem->machine->n_edges; e++) {
        uint32_t t = problem->machine->edges[e].template_id;
        if (problem->machine->edges[e].to == MACHINE_END || problem->free_odds[e] <= 0)
            continue;
        for (size_t f = facets->first[t]; f < facets->first[t + 1]; f++)
            if (target_counts_facet(target, t, &facets->items[f], &is_base))
                return true;
    }
    return false;
}

static int unseen(const struct target *target, struct lw_error *err)
{
    static const char *const what[] = {"no template in the traces comes at this level", "no trace has an event of it",
                                       "no event of a trace is of this service", "no event of a trace is such an error",
                                       "no trace has such a step"};
    return fail(err, LW_ERR_INFEASIBLE, "%s: %.6g cannot be met: %s; 0 can be met", target->path, target->low,
                what[target->kind]);
}

/* Three digits of it, on the side that can be met. */
static double round_off(double value, bool is_up)
{
    if (!(value > 0))
        return 0;
    double unit = pow(10, floor(log10(value)) - 2), digits = value / unit;
    double near = round(digits);
    if (fabs(digits - near) < 1e-6)
        return near * unit;
    return (is_up ? ceil(digits) : floor(digits)) * unit;
}

/* The target's share in a trial that meets all else: when it is pulled as hard as doubles allow (is_pulled), or not at
 * all. NaN: something else is not met either way. */
static int find_share(const struct problem *problem, bool *is_out, size_t target, bool is_pulled, double *share)
{
    struct trial trial;
    bool was_out = is_out[target];
    *share = NAN;
    is_out[target] = !is_pulled;
    int rc = trial_run(problem, is_out, target, &trial);
    is_out[target] = was_out;
    if (rc != 0)
        return rc == LW_ERR_INFEASIBLE ? 0 : rc;
    if (trial.missed == TRIAL_NONE && !isnan(trial.values[target]))
        *share = trial.values[target];
    trial_release(&trial);
    return 0;
}

/* Whether a share of the target can be met; 1, 0 or LW_ERR_MEMORY. */
static int can_meet(const struct problem *problem, const bool *is_out, size_t target, double share)
{
    struct targets targets = *problem->targets;
    struct problem changed = *problem;
    targets.items = alloc_array(targets.n, sizeof *targets.items);
    if (targets.items == NULL)
        return LW_ERR_MEMORY;
    memcpy(targets.items, problem->targets->items, targets.n * sizeof *targets.items);
    targets.items[target].low = targets.items[target].high = share;
    changed.targets = &targets;
    int rc = is_feasible(&changed, is_out);
    free(targets.items);
    return rc;
}

/* A round number a little nearer to what comes unpulled: at the very edge doubles do not tell what can be met. */
static int step_back(const struct problem *problem, const bool *is_out, size_t target, double unpulled, double *nearest)
{
    int is_met = 0;
    for (double back = 1. / 64; back < 1 && is_met == 0; back *= 2) {
        double share = round_off(*nearest + back * (unpulled - *nearest), *nearest < unpulled);
        is_met = can_meet(problem, is_out, target, share);
        if (is_met == 1)
            *nearest = share;
    }
    return is_met < 0 ? is_met : 0;
}

/* The share nearest to what is wanted of the target when all else of the rules is met; NaN: it is not met either way. A
 * pull on what is missing per trace, which the projection is, may shorten traces rather than raise a share, so what it
 * comes to is only where halving begins. */
static int find_nearest(const struct problem *problem, bool *is_out, size_t target, double *nearest)
{
    const struct target *its = &problem->targets->items[target];
    double pulled, unpulled = NAN;
    int rc = find_share(problem, is_out, target, true, &pulled);
    if (rc == 0)
        rc = find_share(problem, is_out, target, false, &unpulled);
    *nearest = isnan(unpulled) ? pulled : unpulled;
    if (rc != 0 || isnan(unpulled))
        return rc;
    double wanted = unpulled < its->low ? its->low : its->high, out_of_reach = wanted;
    if (fabs(wanted - pulled) < fabs(wanted - unpulled))
        *nearest = pulled;
    for (int i = 0; i < NEAREST_HALVINGS && rc == 0; i++) {
        double middle = (*nearest + out_of_reach) / 2;
        int is_met = can_meet(problem, is_out, target, middle);
        if (is_met < 0)
            rc = is_met;
        else if (is_met)
            *nearest = middle;
        else
            out_of_reach = middle;
    }
    return rc == 0 ? step_back(problem, is_out, target, unpulled, nearest) : rc;
}

static void name_others(const struct problem *problem, const bool *is_out, size_t culprit, struct buf *out)
{
    const char *mark = " together with ";
    for (size_t i = 0; i < problem->targets->n; i++)
        if (!is_out[i] && i != culprit) {
            const struct target *other = &problem->targets->items[i];
            buf_printf(out, "%s%.80s: ", mark, other->path);
            if (other->low == other->high)
                buf_printf(out, "%.6g", other->low);
            else
                buf_printf(out, "%.6g to %.6g", other->low, other->high);
            mark = " and ";
        }
    if (!is_out[PROBLEM_WEIGHTS(problem)])
        buf_printf(out, "%sthe weights that are 0", mark);
}

/* The offer, and whether more or less of it was wanted. */
static int tell(const struct problem *problem, const bool *is_out, size_t culprit, double nearest, struct lw_error *err)
{
    const struct target *target = &problem->targets->items[culprit];
    bool is_too_much = isnan(nearest) || nearest < target->low;
    double wanted = is_too_much ? target->low : target->high;
    struct buf others = BUF_INIT, why = BUF_INIT, offer = BUF_INIT;
    name_others(problem, is_out, culprit, &others);
    if (!is_out[PROBLEM_LENGTH(problem)])
        buf_printf(&why,
                   "traces would have to be longer, on average or some by far, than the longest one seen (%.0f events)",
                   floor(problem->longest));
    else
        buf_printf(&why, "no mix of ways through the machine has so %s of it", is_too_much ? "much" : "little");
    if (isnan(nearest))
        buf_add_text(&offer, "leaving it out can be met");
    else
        buf_printf(&offer, "%.3g can be met, which is %.2g %s", nearest, fabs(wanted - nearest),
                   is_too_much ? "less" : "more");
    bool is_out_of_memory = buf_status(&others) != 0 || buf_status(&why) != 0 || buf_status(&offer) != 0;
    int rc = is_out_of_memory ? fail_memory(err, "weighing transitions")
                              : fail(err, LW_ERR_INFEASIBLE, "%.80s: %.6g cannot be met%s: %s; %s", target->path,
                                     wanted, others.len > 0 ? others.data : "", why.data, offer.data);
    buf_release(&others);
    buf_release(&why);
    buf_release(&offer);
    return rc;
}

static int blame_with(const struct problem *problem, size_t missed, bool *is_out, struct offer *made,
                      struct lw_error *err)
{
    for (size_t i = 0; i < problem->targets->n; i++)
        if (problem->targets->items[i].low > 0 && !is_seen(problem, &problem->targets->items[i]))
            return unseen(&problem->targets->items[i], err);
    int rc = filter(problem, missed, is_out);
    size_t culprit = missed < problem->targets->n && !is_out[missed] ? missed : TRIAL_NONE;
    for (size_t i = 0; i < problem->targets->n && culprit == TRIAL_NONE; i++)
        culprit = is_out[i] ? TRIAL_NONE : i;
    if (rc == 0 && culprit == TRIAL_NONE)
        return fail(err, LW_ERR_INFEASIBLE,
                    "the weights make traces longer than targets allow; weights nearer to 1 can "
                    "be met");
    double nearest = NAN;
    bool *is_none_out = alloc_zeroed(PROBLEM_RULES(problem), sizeof *is_none_out);
    if (is_none_out == NULL)
        rc = LW_ERR_MEMORY;
    if (rc == 0)
        rc = find_nearest(problem, is_none_out, culprit, &nearest);
    if (rc == 0 && isnan(nearest)) /* other targets cannot be met either */
        rc = find_nearest(problem, is_out, culprit, &nearest);
    free(is_none_out);
    *made = (struct offer){culprit, nearest};
    return rc == 0 ? tell(problem, is_out, culprit, nearest, err) : fail_memory(err, "weighing transitions");
}

int blame(const struct problem *problem, size_t missed, struct offer *offer, struct lw_error *err)
{
    *offer = (struct offer){TRIAL_NONE, NAN};
    bool *is_out = alloc_zeroed(PROBLEM_RULES(problem), sizeof *is_out);
    if (is_out == NULL)
        return fail_memory(err, "weighing transitions");
    int rc = blame_with(problem, missed, is_out, offer, err);
    free(is_out);
    return rc;
}
