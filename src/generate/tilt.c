/*
 * Bending the core of a machine. Rare paths and template weights change the odds within each state: p ^ (1 / factor) *
 * weight, made to sum to 1 again. Level targets are then met by the smallest further change there is, the information
 * projection (Csiszar 1975): a trace gets the weight exp(sum over targets of theta * (its events at that level - target
 * * its events)), with the thetas for which the expected shares are the targets. Such a weight is a product over
 * transitions, so what comes out is a machine again: p * w * h(to) / h(from), where h is the expected weight of the
 * rest of a trace. One linear system gives h, another the expected visits; the share is monotone in its theta, so
 * bisection finds it. Weighing transitions by state, as is done for templates, was rejected for levels: the share is
 * then not monotone, since a transition into an error may open a long way without one.
 *
 * Where no theta will do, either every way through the machine has too little (or too much) of the level, or traces
 * would have to be longer on average than the longest one seen.
 */
#include "generate/tilt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/elimination.h"

#define THETA_MAX     30.0
#define SHARE_MIN     1e-7 /* shares below it, or as near to 1, count as 0 and 1 */
#define MISS_CLOSE    1e-4 /* of the log odds: a share this near to its target meets it */
#define SOLVES_MAX    60
#define ROUNDS        60     /* over several levels */
#define NEAREST_STEPS 6      /* halvings between what can be met and what cannot */
#define LENGTH_SLACK  1.0001 /* what rounding may do to an expected length */

struct projection {
    struct tilt *tilt;
    double *base;                  /* [n_edges] before level targets */
    double (*mix)[LW_LEVEL_COUNT]; /* [n_symbols] share of each level among a template's events */
    const double *targets;         /* [LW_LEVEL_COUNT], NaN = none */
    double theta[LW_LEVEL_COUNT];
    double longest;
    struct elimination elimination;
    double *h, *visits; /* [n_states] */
};

void tilt_release(struct tilt *tilt)
{
    free(tilt->p);
    free(tilt->flow);
    free(tilt->way_out);
    *tilt = (struct tilt){.machine = NULL};
}

/* ---- odds within a state ------------------------------------------------------------------------------------------
 */

/* Breadth first from the end against the transitions that p gives a positive weight. */
static int find_ways_out(struct tilt *tilt)
{
    const struct machine *machine = tilt->machine;
    size_t *first = alloc_zeroed(machine->n_states + 2, sizeof *first); /* of the transitions into a state */
    uint32_t *into = alloc_array(machine->n_edges, sizeof *into);
    uint32_t *queue = alloc_array(machine->n_states, sizeof *queue);
    int rc = first == NULL || into == NULL || queue == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0; i < machine->n_edges && rc == 0; i++)
        first[machine->edges[i].to + 2]++;
    for (size_t s = 2; s < machine->n_states + 2 && rc == 0; s++)
        first[s] += first[s - 1];
    for (uint32_t i = 0; i < machine->n_edges && rc == 0; i++)
        into[first[machine->edges[i].to + 1]++] = i;
    for (size_t s = 0; s < machine->n_states && rc == 0; s++)
        tilt->way_out[s] = UINT32_MAX;
    size_t n_queue = 0;
    if (rc == 0)
        queue[n_queue++] = MACHINE_END;
    for (size_t at = 0; at < n_queue; at++)
        for (size_t i = first[queue[at]]; i < first[queue[at] + 1]; i++) {
            uint32_t from = machine->edges[into[i]].from;
            if (tilt->p[into[i]] > 0 && tilt->way_out[from] == UINT32_MAX) {
                tilt->way_out[from] = into[i];
                queue[n_queue++] = from;
            }
        }
    free(first);
    free(into);
    free(queue);
    return rc;
}

static void normalise(struct tilt *tilt)
{
    const struct machine *machine = tilt->machine;
    for (size_t s = 0; s < machine->n_states; s++) {
        const struct machine_state *state = &machine->states[s];
        double sum = 0;
        for (size_t i = state->first_edge; i < (size_t)state->first_edge + state->n_edges; i++) {
            uint32_t to = machine->edges[i].to;
            if (to != MACHINE_END && tilt->way_out[to] == UINT32_MAX)
                tilt->p[i] = 0;
            sum += tilt->p[i];
        }
        for (size_t i = state->first_edge; i < (size_t)state->first_edge + state->n_edges && sum > 0; i++)
            tilt->p[i] /= sum;
    }
}

/* Every way through the machine needs a template of weight 0: which? */
static int no_way(const struct tilt *tilt, const struct lw_constraints *constraints, struct lw_error *err)
{
    for (size_t i = 0; i < constraints->n_weights; i++)
        if (constraints->weights[i].weight <= 0)
            return fail(err, LW_ERR_INFEASIBLE,
                        "template_weights.E%u is 0: with it gone no way through the machine is left from start to end; "
                        "any weight above 0 can be met",
                        constraints->weights[i].id);
    return fail(err, LW_ERR_INFEASIBLE, "the machine has no way from start to end: it was learned from %llu traces",
                (unsigned long long)tilt->machine->n_traces);
}

static int check_weights(const struct tilt *tilt, const struct lw_constraints *constraints, struct lw_error *err)
{
    for (size_t i = 0; i < constraints->n_weights; i++)
        if (templates_index(tilt->templates, constraints->weights[i].id) < 0)
            return fail(err, LW_ERR_NOT_FOUND, "template_weights.E%u: there is no such template; the last is E%u",
                        constraints->weights[i].id,
                        tilt->templates->n > 0 ? tilt->templates->items[tilt->templates->n - 1].id : 0);
    return 0;
}

static int bend(struct tilt *tilt, const struct lw_constraints *constraints, struct lw_error *err)
{
    const struct machine *machine = tilt->machine;
    double *weights = alloc_array(machine->n_symbols, sizeof *weights);
    if (weights == NULL)
        return fail_memory(err, "weighing transitions");
    for (size_t i = 0; i < machine->n_symbols; i++)
        weights[i] = 1;
    for (size_t i = 0; i < constraints->n_weights; i++) {
        /* An alias weighs the template that it was joined to. */
        ptrdiff_t index = templates_index(tilt->templates, constraints->weights[i].id);
        uint32_t id = tilt->templates->items[index].id;
        if (id < machine->n_symbols)
            weights[id] = constraints->weights[i].weight;
    }
    for (size_t i = 0; i < machine->n_edges; i++) {
        const struct machine_edge *edge = &machine->edges[i];
        double odds = edge->is_core ? pow(edge->probability, 1 / constraints->rare_path_factor) : 0;
        tilt->p[i] = edge->to == MACHINE_END ? odds : odds * weights[edge->template_id];
    }
    free(weights);
    if (find_ways_out(tilt) != 0)
        return fail_memory(err, "weighing transitions");
    if (tilt->way_out[MACHINE_START] == UINT32_MAX)
        return no_way(tilt, constraints, err);
    normalise(tilt);
    return 0;
}

/* ---- level targets ------------------------------------------------------------------------------------------------
 */

static bool is_target(const struct projection *projection, int level)
{
    return !isnan(projection->targets[level]);
}

/* Weight of an event of the template under the thetas. */
static double event_weight(const struct projection *projection, uint32_t template_id)
{
    double sum = 0, shift = 0;
    for (int level = 0; level < LW_LEVEL_COUNT; level++) {
        sum += projection->mix[template_id][level] * exp(projection->theta[level]);
        if (is_target(projection, level))
            shift += projection->theta[level] * projection->targets[level];
    }
    return sum * exp(-shift);
}

/* Solves for h and visits under the thetas and fills p, flow, shares and expected_len. LW_ERR_INFEASIBLE when traces
 * would be endless, too long, or too unlikely to weigh. */
static int solve(struct projection *projection)
{
    struct tilt *tilt = projection->tilt;
    const struct machine *machine = tilt->machine;
    struct elimination *elimination = &projection->elimination;
    double *weights = tilt->flow; /* until the flows are known */
    int rc = 0;
    elimination_clear(elimination);
    for (size_t s = 0; s < machine->n_states; s++)
        projection->h[s] = projection->visits[s] = 0;
    projection->visits[MACHINE_START] = 1;
    for (size_t i = 0; i < machine->n_edges && rc == 0; i++) {
        const struct machine_edge *edge = &machine->edges[i];
        bool is_end = edge->to == MACHINE_END;
        weights[i] = projection->base[i] * (is_end ? 1 : event_weight(projection, edge->template_id));
        if (is_end)
            projection->h[edge->from] += weights[i];
        else
            rc = elimination_add(elimination, edge->from, edge->to, weights[i]);
    }
    if (rc == 0)
        rc = elimination_factor(elimination);
    if (rc != 0)
        return rc;
    elimination_solve(elimination, projection->h);
    elimination_solve_transposed(elimination, projection->visits);
    projection->h[MACHINE_END] = 1;
    double total = projection->h[MACHINE_START], at_level[LW_LEVEL_COUNT] = {0};
    if (!(total > 1e-200 && total < 1e200))
        return LW_ERR_INFEASIBLE;
    tilt->expected_len = 0;
    for (size_t i = 0; i < machine->n_edges; i++) {
        const struct machine_edge *edge = &machine->edges[i];
        double here = projection->h[edge->from], there = projection->h[edge->to] * weights[i];
        tilt->p[i] = here > 0 ? there / here : 0;
        tilt->flow[i] = projection->visits[edge->from] * there / total;
        if (edge->to == MACHINE_END)
            continue;
        tilt->expected_len += tilt->flow[i];
        const double *mix = projection->mix[edge->template_id];
        double sum = 0;
        for (int level = 0; level < LW_LEVEL_COUNT; level++)
            sum += mix[level] * exp(projection->theta[level]);
        for (int level = 0; level < LW_LEVEL_COUNT; level++)
            at_level[level] += tilt->flow[i] * mix[level] * exp(projection->theta[level]) / sum;
    }
    for (int level = 0; level < LW_LEVEL_COUNT; level++)
        tilt->shares[level] = tilt->expected_len > 0 ? at_level[level] / tilt->expected_len : 0;
    return tilt->expected_len <= projection->longest ? 0 : LW_ERR_INFEASIBLE;
}

static double logit(double share)
{
    double kept = fmin(fmax(share, SHARE_MIN), 1 - SHARE_MIN);
    return log(kept / (1 - kept));
}

/* How far the level is from its target under theta, in log odds, which are near to linear in theta; what cannot be
 * solved counts as endlessly far on theta's side. */
static int miss(struct projection *projection, int level, double theta, double side, double *out)
{
    projection->theta[level] = theta;
    int rc = solve(projection);
    if (rc == LW_ERR_MEMORY)
        return rc;
    *out = rc == 0 ? logit(projection->tilt->shares[level]) - logit(projection->targets[level]) : side * INFINITY;
    return 0;
}

struct bracket {
    double near, near_miss; /* theta that can be solved, short of the target */
    double far, far_miss;   /* theta past the target, perhaps not to be solved */
};

/* Steps away from where the level stands until the target is passed; false in *is_found when nothing passes it. */
static int find_bracket(struct projection *projection, int level, double side, struct bracket *bracket, bool *is_found)
{
    double step = fabs(bracket->near_miss);
    *is_found = false;
    while (fabs(bracket->near) < THETA_MAX) {
        bracket->far = bracket->near + side * step;
        int rc = miss(projection, level, bracket->far, side, &bracket->far_miss);
        if (rc != 0)
            return rc;
        *is_found = bracket->far_miss * side >= 0;
        if (*is_found)
            return 0;
        bracket->near = bracket->far;
        bracket->near_miss = bracket->far_miss;
        step = fmax(2 * step, .5);
    }
    return 0;
}

/* Moves one level's theta to where its target is met; *is_met false when none does. */
static int meet_level(struct projection *projection, int level, bool *is_met)
{
    struct bracket bracket = {.near = projection->theta[level]};
    int rc = miss(projection, level, bracket.near, 0, &bracket.near_miss);
    *is_met = rc == 0 && fabs(bracket.near_miss) < MISS_CLOSE;
    if (rc != 0 || *is_met)
        return rc;
    double side = bracket.near_miss < 0 ? 1 : -1, found = INFINITY;
    bool is_found;
    rc = find_bracket(projection, level, side, &bracket, &is_found);
    for (int i = 0; i < SOLVES_MAX && rc == 0 && is_found && !*is_met; i++) {
        double width = bracket.far - bracket.near;
        double part =
            isinf(bracket.far_miss) || i % 3 == 2 ? .5 : bracket.near_miss / (bracket.near_miss - bracket.far_miss);
        double middle = bracket.near + width * fmin(fmax(part, .01), .99);
        rc = miss(projection, level, middle, side, &found);
        *is_met = fabs(found) < MISS_CLOSE;
        if (found * side >= 0) {
            bracket.far = middle;
            bracket.far_miss = found;
        } else {
            bracket.near = middle;
            bracket.near_miss = found;
        }
    }
    return rc;
}

/* The share nearest to the target that can be met by this level alone. */
static int find_nearest(struct projection *projection, int level, double target, double *nearest)
{
    double targets[LW_LEVEL_COUNT];
    for (int i = 0; i < LW_LEVEL_COUNT; i++) {
        targets[i] = NAN;
        projection->theta[i] = 0;
    }
    projection->targets = targets;
    int rc = solve(projection);
    double good = rc == 0 ? projection->tilt->shares[level] : 0, bad = target;
    for (int i = 0; i < NEAREST_STEPS && rc == 0; i++) {
        bool is_met;
        targets[level] = (good + bad) / 2;
        projection->theta[level] = 0;
        rc = meet_level(projection, level, &is_met);
        *(is_met ? &good : &bad) = targets[level];
    }
    *nearest = good;
    return rc;
}

static int infeasible(struct projection *projection, int level, struct lw_error *err)
{
    const struct tilt *tilt = projection->tilt;
    double target = projection->targets[level], nearest;
    const char *name = lw_level_name((enum lw_level)level);
    bool is_seen = false;
    for (size_t i = 0; i < tilt->machine->n_edges; i++)
        is_seen = is_seen || (tilt->machine->edges[i].to != MACHINE_END &&
                              projection->mix[tilt->machine->edges[i].template_id][level] > 0);
    if (!is_seen)
        return fail(err, LW_ERR_INFEASIBLE,
                    "levels.%s: %g cannot be met: no template in the traces comes at this level; 0 can be met", name,
                    target);
    int rc = find_nearest(projection, level, target, &nearest);
    if (rc == LW_ERR_MEMORY)
        return fail_memory(err, "weighing transitions");
    if (nearest < target && tilt->expected_len > projection->longest * .5)
        return fail(err, LW_ERR_INFEASIBLE,
                    "levels.%s: %g cannot be met: traces would be longer on average than the longest one seen (%.0f "
                    "events); %.3g can be met",
                    name, target, projection->longest, nearest);
    return fail(err, LW_ERR_INFEASIBLE,
                "levels.%s: %g cannot be met: no mix of ways through the machine has so %s of it; %.3g can be met",
                name, target, nearest < target ? "much" : "little", nearest);
}

/* Each level can be met alone: what is left is that they exclude each other. */
static int exclusive(const struct projection *projection, struct lw_error *err)
{
    struct buf names = BUF_INIT;
    for (int level = 0; level < LW_LEVEL_COUNT; level++)
        if (is_target(projection, level))
            buf_printf(&names, "%slevels.%s", names.len > 0 ? " and " : "", lw_level_name((enum lw_level)level));
    int rc =
        fail(err, LW_ERR_INFEASIBLE, "%s cannot be met together, though each can alone; leaving one out can be met",
             buf_status(&names) == 0 ? names.data : "levels");
    buf_release(&names);
    return rc;
}

/* Level by level, until all are met at once; the weight is convex in the thetas, so this converges where it can. */
static int meet_all(struct projection *projection, struct lw_error *err)
{
    for (int round = 0; round < ROUNDS; round++) {
        bool is_all_met = true;
        for (int level = 0; level < LW_LEVEL_COUNT; level++) {
            double before = projection->theta[level];
            bool is_met = true;
            if (is_target(projection, level) && meet_level(projection, level, &is_met) != 0)
                return fail_memory(err, "weighing transitions");
            if (!is_met)
                return infeasible(projection, level, err);
            is_all_met = is_all_met && before == projection->theta[level];
        }
        if (is_all_met)
            return 0;
    }
    return exclusive(projection, err);
}

static int meet_targets(struct projection *projection, struct lw_error *err)
{
    int rc = solve(projection);
    if (rc == LW_ERR_INFEASIBLE && projection->tilt->expected_len > 0) {
        /* Weights alone may make traces long; targets are then held to that length. */
        projection->longest = projection->tilt->expected_len * LENGTH_SLACK;
        rc = solve(projection);
    }
    if (rc == LW_ERR_MEMORY)
        return fail_memory(err, "weighing transitions");
    if (rc != 0)
        return fail(err, LW_ERR_INFEASIBLE, "the weights make traces endless; weights nearer to 1 can be met");
    return meet_all(projection, err);
}

/* ---- all of it ----------------------------------------------------------------------------------------------------
 */

static void fill_mix(struct projection *projection)
{
    const struct templates *templates = projection->tilt->templates;
    for (size_t i = 0; i < projection->tilt->machine->n_symbols; i++)
        projection->mix[i][LW_LEVEL_NONE] = 1; /* of what has no template */
    for (size_t i = 0; i < templates->n; i++) {
        const struct template_item *item = &templates->items[i];
        double sum = 0;
        for (int level = 0; level < LW_LEVEL_COUNT; level++)
            sum += (double)item->levels[level];
        for (int level = 0; level < LW_LEVEL_COUNT && item->id < projection->tilt->machine->n_symbols; level++)
            projection->mix[item->id][level] = sum > 0 ? (double)item->levels[level] / sum : level == LW_LEVEL_NONE;
    }
}

static int project(struct projection *projection, struct lw_error *err)
{
    struct tilt *tilt = projection->tilt;
    const struct machine *machine = tilt->machine;
    projection->base = alloc_array(machine->n_edges, sizeof *projection->base);
    projection->mix = alloc_zeroed(machine->n_symbols, sizeof *projection->mix);
    projection->h = alloc_array(machine->n_states, sizeof *projection->h);
    projection->visits = alloc_array(machine->n_states, sizeof *projection->visits);
    int rc = projection->base == NULL || projection->mix == NULL || projection->h == NULL ||
                     projection->visits == NULL || elimination_init(&projection->elimination, machine->n_states) != 0
                 ? fail_memory(err, "weighing transitions")
                 : 0;
    if (rc == 0) {
        memcpy(projection->base, tilt->p, machine->n_edges * sizeof *projection->base);
        fill_mix(projection);
        rc = meet_targets(projection, err);
        elimination_release(&projection->elimination);
    }
    for (int level = 0; level < LW_LEVEL_COUNT; level++)
        tilt->level_weights[level] = exp(projection->theta[level]);
    free(projection->base);
    free(projection->mix);
    free(projection->h);
    free(projection->visits);
    return rc;
}

int tilt_build(const struct machine *machine, const struct templates *templates,
               const struct lw_constraints *constraints, size_t longest, struct tilt *out, struct lw_error *err)
{
    struct tilt tilt = {.machine = machine, .templates = templates};
    tilt.p = alloc_array(machine->n_edges, sizeof *tilt.p);
    tilt.flow = alloc_zeroed(machine->n_edges, sizeof *tilt.flow);
    tilt.way_out = alloc_array(machine->n_states, sizeof *tilt.way_out);
    int rc = tilt.p == NULL || tilt.flow == NULL || tilt.way_out == NULL ? fail_memory(err, "weighing transitions") : 0;
    if (rc == 0)
        rc = check_weights(&tilt, constraints, err);
    if (rc == 0)
        rc = bend(&tilt, constraints, err);
    double targets[LW_LEVEL_COUNT];
    for (int i = 0; i < LW_LEVEL_COUNT; i++) {
        const struct share_target *target = constraints_level(constraints, (enum lw_level)i);
        targets[i] = target != NULL ? target->high : NAN;
    }
    struct projection projection = {
        .tilt = &tilt, .targets = targets, .longest = longest > 0 ? (double)longest * LENGTH_SLACK : 1e300};
    if (rc == 0)
        rc = project(&projection, err);
    if (rc != 0) {
        tilt_release(&tilt);
        return rc;
    }
    *out = tilt;
    return 0;
}
