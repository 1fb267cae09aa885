/*
 * Bending a machine. Rare ways and weights change the odds within each state: p ^ (1 / factor) * weight of
 * the template * weight of the transition, made to sum to 1 again over what still leads to the end. Targets are then
 * met by the smallest further change there is (projection.c). Transitions outside the core are taken as
 * often as they were: leaving them out, as noise, was tried, and what is rare in a log, its failures above all, was
 * then missing from what was generated from it.
 *
 * Weighing transitions by state, as is done for templates, was rejected for targets: a share is then not monotone in
 * the weight, since a transition into an error may open a long way without one.
 */
#include "generate/tilt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "generate/blame.h"
#include "generate/trial.h"

#define LENGTH_SLACK 1.0001 /* what rounding may do to an expected length */
/* Of the longest trace seen: within so many events traces of the bent machine become rarer by e. Traces of its length
 * on average have to be possible; many times as much, and so few traces would make up a share that no log shows it. */
#define HORIZON_FACTOR 2
#define LENGTH_MAX     1e8
#define HORIZONS       16 /* after so many next to nothing of a trace is left, exp(-16) */

void tilt_release(struct tilt *tilt)
{
    ways_release(&tilt->ways);
    targets_release(&tilt->targets);
    free(tilt->flow);
    free(tilt->facet_odds);
    free(tilt->facet_flow);
    free(tilt->values);
    free(tilt->pulls);
    *tilt = (struct tilt){.blueprint = NULL};
}

/* ---- odds within a state ------------------------------------------------------------------------------------------
 */

struct bending {
    const struct machine *machine;
    const struct templates *templates;
    const struct lw_constraints *constraints;
    double *weights; /* [n_edges] */
    double *odds;    /* [n_edges] */
};

static int weigh_templates(const struct bending *bending, struct lw_error *err)
{
    const struct machine *machine = bending->machine;
    for (size_t i = 0; i < bending->constraints->n_weights; i++) {
        const struct template_weight *weight = &bending->constraints->weights[i];
        ptrdiff_t index = templates_index(bending->templates, weight->id);
        if (index < 0)
            return fail(err, LW_ERR_NOT_FOUND, "template_weights.E%u: there is no such template; the last is E%u",
                        weight->id,
                        bending->templates->n > 0 ? bending->templates->items[bending->templates->n - 1].id : 0);
        /* An alias weighs the template that it was joined to. */
        uint32_t id = bending->templates->items[index].id;
        for (size_t e = 0; e < machine->n_edges; e++)
            if (machine->edges[e].to != MACHINE_END && machine->edges[e].template_id == id)
                bending->weights[e] *= weight->weight;
    }
    return 0;
}

static void name_transition(const struct transition_weight *weight, struct buf *out)
{
    buf_printf(out, "transition_weights.%.60s>", weight->from);
    if (weight->template_id == LW_TEMPLATE_UNKNOWN)
        buf_add_text(out, "end");
    else
        buf_printf(out, "E%u", weight->template_id);
}

static int no_transition(const struct machine *machine, const struct transition_weight *weight, bool is_state,
                         struct lw_error *err)
{
    struct buf name = BUF_INIT;
    name_transition(weight, &name);
    const char *path = buf_status(&name) == 0 ? name.data : "transition_weights";
    int rc = !is_state
                 ? fail(err, LW_ERR_NOT_FOUND, "%s: there is no state \"%.60s\"; the machine has %zu", path,
                        weight->from, machine->n_states)
                 : fail(err, LW_ERR_NOT_FOUND, "%s: the state \"%.60s\" has no such transition", path, weight->from);
    buf_release(&name);
    return rc;
}

static int weigh_transitions(const struct bending *bending, struct lw_error *err)
{
    const struct machine *machine = bending->machine;
    for (size_t i = 0; i < bending->constraints->n_transition_weights; i++) {
        const struct transition_weight *weight = &bending->constraints->transition_weights[i];
        bool is_state = false, is_done = false;
        for (size_t s = 0; s < machine->n_states; s++) {
            const struct machine_state *state = &machine->states[s];
            if (strcmp(state->name, weight->from) != 0)
                continue;
            is_state = true;
            for (size_t e = state->first_edge; e < (size_t)state->first_edge + state->n_edges; e++) {
                bool is_end = machine->edges[e].to == MACHINE_END;
                if (is_end ? weight->template_id != LW_TEMPLATE_UNKNOWN
                           : machine->edges[e].template_id != weight->template_id)
                    continue;
                is_done = true;
                bending->weights[e] *= weight->weight;
            }
        }
        if (!is_done)
            return no_transition(machine, weight, is_state, err);
    }
    return 0;
}

/* Odds over what leads to the end, which sum to 1 in each state. */
static int normalise(const struct bending *bending, double *odds)
{
    struct ways ways;
    struct ways_rules rules = {odds, NULL, 1, NULL};
    int rc = ways_build(bending->machine, &rules, &ways);
    if (rc != 0)
        return rc;
    memset(odds, 0, bending->machine->n_edges * sizeof *odds);
    for (size_t node = 0; node < ways.n_nodes; node++) {
        double sum = 0;
        for (size_t i = ways.first[node]; i < ways.first[node + 1]; i++)
            sum += ways.p[i];
        for (size_t i = ways.first[node]; i < ways.first[node + 1]; i++)
            odds[ways.steps[i].edge] = ways.p[i] / sum;
    }
    ways_release(&ways);
    return 0;
}

/* Every way through the machine needs something of weight 0: what? */
static int no_way(const struct bending *bending, struct lw_error *err)
{
    const struct lw_constraints *constraints = bending->constraints;
    for (size_t i = 0; i < constraints->n_weights; i++)
        if (constraints->weights[i].weight <= 0)
            return fail(err, LW_ERR_INFEASIBLE,
                        "template_weights.E%u is 0: with it gone no way through the machine is left from start to end; "
                        "any weight above 0 can be met",
                        constraints->weights[i].id);
    for (size_t i = 0; i < constraints->n_transition_weights; i++)
        if (constraints->transition_weights[i].weight <= 0) {
            struct buf name = BUF_INIT;
            name_transition(&constraints->transition_weights[i], &name);
            int rc =
                fail(err, LW_ERR_INFEASIBLE,
                     "%s is 0: with it gone no way through the machine is left from start to end; any weight above "
                     "0 can be met",
                     buf_status(&name) == 0 ? name.data : "transition_weights");
            buf_release(&name);
            return rc;
        }
    return fail(err, LW_ERR_INFEASIBLE, "the machine has no way from start to end: it was learned from %llu traces",
                (unsigned long long)bending->machine->n_traces);
}

static int bend(const struct bending *bending, double *free_odds, struct lw_error *err)
{
    const struct machine *machine = bending->machine;
    for (size_t e = 0; e < machine->n_edges; e++)
        bending->weights[e] = 1;
    int rc = weigh_templates(bending, err);
    if (rc == 0)
        rc = weigh_transitions(bending, err);
    if (rc != 0)
        return rc;
    for (size_t e = 0; e < machine->n_edges; e++) {
        const struct machine_edge *edge = &machine->edges[e];
        double odds = pow(edge->probability, 1 / bending->constraints->rare_path_factor);
        bending->odds[e] = odds * bending->weights[e];
        free_odds[e] = bending->weights[e] > 0 ? bending->odds[e] : odds;
    }
    rc = normalise(bending, bending->odds);
    if (rc == LW_ERR_INFEASIBLE)
        return no_way(bending, err);
    if (rc == 0)
        rc = normalise(bending, free_odds);
    return rc == 0 ? 0 : fail_memory(err, "weighing transitions");
}

/* ---- targets ------------------------------------------------------------------------------------------------------
 */

/* Weights alone, or the machine, may make traces long; targets are then held to that length. */
static int find_longest(struct problem *problem, struct lw_error *err)
{
    bool *is_out = alloc_array(PROBLEM_RULES(problem), sizeof *is_out);
    struct trial trial;
    for (size_t i = 0; i < PROBLEM_RULES(problem) && is_out != NULL; i++)
        is_out[i] = i != PROBLEM_WEIGHTS(problem);
    int rc = is_out == NULL ? LW_ERR_MEMORY : trial_run(problem, is_out, TRIAL_NONE, &trial);
    free(is_out);
    if (rc == LW_ERR_INFEASIBLE)
        return fail(err, LW_ERR_INFEASIBLE, "the weights make traces endless; weights nearer to 1 can be met");
    if (rc != 0)
        return fail_memory(err, "weighing transitions");
    problem->horizon = fmax(problem->longest * HORIZON_FACTOR, trial.projection.rest) * LENGTH_SLACK;
    problem->longest = fmax(problem->longest, trial.projection.expected_len) * LENGTH_SLACK;
    trial_release(&trial);
    return 0;
}

/* Takes what the trial found. */
static int settle(const struct problem *problem, struct trial *trial, struct tilt *tilt)
{
    const struct facets *facets = problem->facets;
    size_t n = facets->first[facets->n_symbols];
    tilt->facet_odds = alloc_array(n, sizeof *tilt->facet_odds);
    tilt->facet_flow = alloc_zeroed(n, sizeof *tilt->facet_flow);
    if (tilt->facet_odds == NULL || tilt->facet_flow == NULL)
        return LW_ERR_MEMORY;
    for (size_t f = 0; f < n; f++)
        tilt->facet_odds[f] = facets->shares[f] > 0 ? trial->shares[f] / facets->shares[f] : 1;
    for (size_t i = 0; i < trial->ways.n_steps; i++) {
        uint32_t t = ways_template(&trial->ways, &trial->ways.steps[i]);
        if (trial->ways.steps[i].to == WAYS_END)
            continue;
        for (size_t f = facets->first[t]; f < facets->first[t + 1]; f++)
            tilt->facet_flow[f] += trial->projection.flow[i] * trial->shares[f];
    }
    tilt->ways = trial->ways;
    tilt->flow = trial->projection.flow;
    tilt->values = trial->values;
    tilt->pulls = trial->pulls;
    tilt->length_pull = trial->length_pull;
    tilt->expected_len = trial->projection.expected_len;
    tilt->longest = problem->longest;
    tilt->most = (size_t)fmin(ceil(HORIZONS * problem->horizon), LENGTH_MAX);
    trial->ways = (struct ways){.machine = NULL};
    trial->projection.flow = trial->values = trial->pulls = NULL;
    return 0;
}

/* Takes the nearest that can be met in place of what was missed. */
static int run_nearest(const struct problem *problem, const struct offer *offer, struct trial *trial)
{
    struct targets targets = *problem->targets;
    struct problem nearest = *problem;
    struct trial made;
    targets.items = alloc_array(targets.n, sizeof *targets.items);
    if (targets.items == NULL)
        return LW_ERR_MEMORY;
    memcpy(targets.items, problem->targets->items, targets.n * sizeof *targets.items);
    targets.items[offer->target].low = targets.items[offer->target].high = offer->share;
    nearest.targets = &targets;
    int rc = trial_run(&nearest, NULL, TRIAL_NONE, &made);
    free(targets.items);
    if (rc != 0)
        return rc == LW_ERR_INFEASIBLE ? 0 : rc;
    trial_release(trial);
    *trial = made;
    return 0;
}

/* What cannot be met, without a reason. */
static int miss(const struct problem *problem, size_t missed, struct lw_error *err)
{
    return fail(err, LW_ERR_INFEASIBLE, "%.80s cannot be met together with the rest",
                missed < problem->targets->n ? problem->targets->items[missed].path : "what is asked for");
}

static int meet_targets(struct problem *problem, enum tilt_effort effort, struct tilt *tilt, struct lw_error *missed,
                        struct lw_error *err)
{
    struct trial trial;
    struct offer offer = {TRIAL_NONE, NAN};
    int rc = find_longest(problem, err);
    if (rc != 0)
        return rc;
    rc = trial_run(problem, NULL, TRIAL_NONE, &trial);
    if (rc == LW_ERR_INFEASIBLE)
        return effort == TILT_TRY ? miss(problem, TRIAL_NONE, err) : blame(problem, TRIAL_NONE, &offer, err);
    if (rc == 0 && trial.missed != TRIAL_NONE)
        rc = effort == TILT_TRY ? miss(problem, trial.missed, missed != NULL ? missed : err)
                                : blame(problem, trial.missed, &offer, missed != NULL ? missed : err);
    if (rc == LW_ERR_INFEASIBLE && missed != NULL)
        rc = offer.target != TRIAL_NONE && !isnan(offer.share) ? run_nearest(problem, &offer, &trial) : 0;
    if (rc == 0)
        rc = settle(problem, &trial, tilt);
    if (rc == LW_ERR_MEMORY)
        (void)fail_memory(err, "weighing transitions");
    trial_release(&trial);
    return rc;
}

int tilt_build(const struct machine *machine, const struct blueprint *blueprint,
               const struct lw_constraints *constraints, enum tilt_effort effort, struct lw_error *missed,
               struct tilt *out, struct lw_error *err)
{
    struct tilt tilt = {.blueprint = blueprint};
    if (missed != NULL)
        *missed = (struct lw_error){.code = 0};
    struct bending bending = {.machine = machine, .templates = blueprint->templates, .constraints = constraints};
    bending.weights = alloc_array(machine->n_edges, sizeof *bending.weights);
    bending.odds = alloc_array(machine->n_edges, sizeof *bending.odds);
    double *free_odds = alloc_array(machine->n_edges, sizeof *free_odds);
    int rc = bending.weights == NULL || bending.odds == NULL || free_odds == NULL
                 ? fail_memory(err, "weighing transitions")
                 : bend(&bending, free_odds, err);
    if (rc == 0)
        rc = targets_init(constraints, &blueprint->facets, blueprint->templates, &tilt.targets, err);
    struct problem problem = {.machine = machine,
                              .facets = &blueprint->facets,
                              .targets = &tilt.targets,
                              .odds = bending.odds,
                              .free_odds = free_odds,
                              .ranks = machine == blueprint->machine ? blueprint->ranks : NULL,
                              .longest = (double)blueprint->longest};
    if (rc == 0)
        rc = meet_targets(&problem, effort, &tilt, missed, err);
    free(bending.weights);
    free(bending.odds);
    free(free_odds);
    if (rc != 0) {
        tilt_release(&tilt);
        return rc;
    }
    *out = tilt;
    return 0;
}
