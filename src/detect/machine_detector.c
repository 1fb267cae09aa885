/*
 * The machine as a detector. A trace is walked through the machine learned from the fitted traces; each of its steps,
 * its end included, gets two surprisals in bits:
 *
 *   what   -log2 of the probability of what came or anything rarer there. A state from which everything is possible
 *          surprises by nothing; a step that was never seen surprises by what back-off leaves it (machine.c).
 *   when   -log2 of the probability of a delay this long or longer between these two templates. Above the upper
 *          TAIL_SHARE of what was seen the tail is taken to be Pareto's, its index estimated from the delays up there
 *          (Hill 1975) and held back by a prior: waiting for people has a heavy tail, in which one more factor of two
 *          means little, work of a machine has not. Delays count from the resolution of the time stamps on, and from
 *          SCHEDULING_US on at least, below which it is the scheduler that speaks.
 *
 * The score of a trace is that of its most surprising step, so that a single impossible step in a long trace shows.
 * Rejected: the mean or sum over the trace, in which one step of a thousand is lost and long traces look odd.
 */
#include "detect/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/machine.h"

#define TAIL_SHARE    .05
#define SCHEDULING_US 10000.0
#define PRIOR_OCTAVES 1.0 /* mean excess over the start of the tail, in octaves, as if seen PRIOR_COUNT times */
#define PRIOR_COUNT   3.0

struct tail { /* delays between two templates */
    double counts[MACHINE_DELAY_BINS];
    double timed;
    double from_us;  /* where the tail begins */
    double share;    /* of delays in it */
    double octaves;  /* mean excess */
    double usual_us; /* 95 of 100 are not longer */
};
struct model {
    struct machine machine;
    double *rarer; /* [n_edges] bits of what an edge leads to or anything rarer */
    struct pair_map pairs;
    struct tail *tails; /* of each pair of templates */
    double floor_us;
};

static void free_model(void *memory)
{
    struct model *model = memory;
    if (model == NULL)
        return;
    machine_release(&model->machine);
    pair_map_release(&model->pairs);
    free(model->rarer);
    free(model->tails);
    free(model);
}

/* ---- fitting -------------------------------------------------------------------------------------------------- */

/* Bits of each edge: those after it in its state are the rarer ones; what was never seen is rarest. */
static int measure_edges(struct model *model)
{
    const struct machine *machine = &model->machine;
    model->rarer = alloc_array(machine->n_edges, sizeof *model->rarer);
    if (model->rarer == NULL)
        return LW_ERR_MEMORY;
    for (size_t s = 0; s < machine->n_states; s++) {
        const struct machine_state *state = &machine->states[s];
        uint64_t below = state->n_edges; /* for what was not seen */
        double total = (double)state->visits + (double)state->n_edges;
        for (size_t e = state->first_edge + state->n_edges; e-- > state->first_edge;) {
            below += machine->edges[e].count;
            model->rarer[e] = -log2((double)below / total);
        }
        for (size_t e = state->first_edge + 1; e < state->first_edge + state->n_edges; e++)
            if (machine->edges[e].count == machine->edges[e - 1].count) /* equally rare */
                model->rarer[e] = model->rarer[e - 1];
    }
    return 0;
}

static void shape_tail(struct tail *tail, double floor_us)
{
    double above = 0, excess = 0;
    unsigned bin = MACHINE_DELAY_BINS - 1;
    while (bin > 0 && above + tail->counts[bin] <= TAIL_SHARE * tail->timed)
        above += tail->counts[bin--];
    int64_t from, to;
    machine_delay_range(bin, &from, &to);
    tail->usual_us = tail->from_us = (double)(to - 1);
    for (unsigned b = bin + 1; b < MACHINE_DELAY_BINS; b++) {
        machine_delay_range(b, &from, &to);
        double middle = sqrt((double)from * (double)to);
        excess += tail->counts[b] * log2((middle + floor_us) / (tail->from_us + floor_us));
    }
    tail->share = (above + 1) / (tail->timed + 2);
    tail->octaves = (excess + PRIOR_COUNT * PRIOR_OCTAVES) / (above + PRIOR_COUNT);
}

static int measure_delays(struct model *model)
{
    const struct machine *machine = &model->machine;
    size_t cap = 0;
    uint32_t id;
    for (size_t e = 0; e < machine->n_edges; e++) {
        const struct machine_edge *edge = &machine->edges[e];
        if (edge->timed == 0)
            continue;
        size_t before = model->pairs.count;
        if (pair_map_add(&model->pairs, machine->states[edge->from].template_id, edge->template_id, &id) != 0 ||
            alloc_grow(&model->tails, &cap, model->pairs.count, sizeof *model->tails) != 0)
            return LW_ERR_MEMORY;
        if (model->pairs.count > before)
            memset(&model->tails[id], 0, sizeof model->tails[id]);
        model->tails[id].timed += (double)edge->timed;
        for (unsigned bin = 0; bin < MACHINE_DELAY_BINS; bin++)
            model->tails[id].counts[bin] += edge->delays[bin];
    }
    for (size_t i = 0; i < model->pairs.count; i++)
        shape_tail(&model->tails[i], model->floor_us);
    return 0;
}

/* The largest of 1 s, 1 ms and 1 us that all times are multiples of. */
static double resolution_us(const struct trace_set *set)
{
    int64_t unit = 1000000;
    for (size_t i = 0; i < set->n_events; i++)
        while (set->times_us[i] != LW_NO_TIME && set->times_us[i] % unit != 0)
            unit /= 1000;
    return (double)unit;
}

static int fit(const struct trace_set *set, const uint32_t *indexes, size_t n, const struct lw_run *run, void **out,
               struct lw_error *err)
{
    struct trace_set chosen;
    struct model *model = alloc_zeroed(1, sizeof *model);
    if (model == NULL)
        return fail_memory(err, "fitting machine");
    int status = trace_set_select(set, indexes, n, &chosen, err);
    if (status == 0) {
        model->floor_us = fmax(SCHEDULING_US, resolution_us(&chosen));
        status = machine_learn(&chosen, run, &model->machine, err);
        if (status == 0 && (measure_edges(model) != 0 || measure_delays(model) != 0))
            status = fail_memory(err, "fitting machine");
        trace_set_release(&chosen);
    }
    if (status != 0)
        free_model(model);
    else
        *out = model;
    return status;
}

/* ---- scoring -------------------------------------------------------------------------------------------------- */

struct worst {
    double bits;
    size_t event;
    uint32_t before; /* state the worst step was taken from */
    bool is_delay, is_end, is_seen;
    int64_t delay_us;
    const struct tail *tail;
};

static double delay_bits(const struct tail *tail, double floor_us, int64_t delay_us)
{
    double excess = log2(((double)delay_us + floor_us) / (tail->from_us + floor_us));
    return excess <= 0 ? 0 : -log2(tail->share) + excess / tail->octaves * log2(exp(1));
}

static void examine(const struct model *model, const struct trace_set *set, size_t trace, struct worst *out)
{
    const struct machine *machine = &model->machine;
    size_t first = set->first[trace], n = trace_set_len(set, trace);
    struct machine_walk walk;
    machine_walk_init(&walk);
    *out = (struct worst){.bits = -1};
    for (size_t i = 0; i <= n; i++) {
        const struct machine_edge *edge;
        struct worst here = {.event = i < n ? i : (n > 0 ? n - 1 : 0), .before = walk.state, .is_end = i == n};
        uint32_t symbol = i < n ? set->templates[first + i] : LW_TEMPLATE_UNKNOWN;
        uint32_t last = machine->states[walk.state].template_id;
        here.bits = -machine_step(machine, &walk, symbol, i == n, &edge);
        here.is_seen = edge != NULL;
        if (edge != NULL)
            here.bits = model->rarer[edge - machine->edges];
        uint32_t pair = i > 0 && i < n ? pair_map_find(&model->pairs, last, symbol) : PAIR_NONE;
        if (pair != PAIR_NONE && set->times_us[first + i] != LW_NO_TIME && set->times_us[first + i - 1] != LW_NO_TIME) {
            int64_t delay_us = set->times_us[first + i] - set->times_us[first + i - 1];
            double bits = delay_us > 0 ? delay_bits(&model->tails[pair], model->floor_us, delay_us) : 0;
            if (bits > here.bits) {
                here.bits = bits;
                here.is_delay = true;
                here.delay_us = delay_us;
                here.tail = &model->tails[pair];
            }
        }
        if (here.bits > out->bits)
            *out = here;
    }
}

static int score(const void *model, const struct trace_set *set, size_t trace, struct detector_verdict *out,
                 struct lw_error *err)
{
    struct worst worst;
    (void)err;
    examine(model, set, trace, &worst);
    *out = (struct detector_verdict){worst.bits, worst.event};
    return 0;
}

/* ---- reasons -------------------------------------------------------------------------------------------------- */

static void add_delay(struct buf *out, double us)
{
    double seconds = us / 1e6;
    if (seconds < 1e-3)
        buf_printf(out, "%.0f us", us);
    else if (seconds < 0.1)
        buf_printf(out, "%.1f ms", us / 1e3);
    else if (seconds < 120)
        buf_printf(out, "%.2g s", seconds);
    else
        buf_printf(out, "%.1f min", seconds / 60);
}

static void add_event(struct buf *out, uint32_t id, bool is_end)
{
    if (is_end)
        buf_add_text(out, "end");
    else if (id == LW_TEMPLATE_UNKNOWN)
        buf_add_text(out, "unknown event");
    else
        buf_printf(out, "E%u", id);
}

static int explain(const void *memory, const struct trace_set *set, size_t trace, struct buf *out, struct lw_error *err)
{
    const struct model *model = memory;
    struct worst worst;
    examine(model, set, trace, &worst);
    size_t at = set->first[trace] + worst.event;
    const struct machine_edge *expected = machine_expected(&model->machine, worst.before);
    if (worst.is_delay) {
        add_event(out, set->templates[at], false);
        buf_add_text(out, " came ");
        add_delay(out, (double)worst.delay_us);
        buf_add_text(out, " after ");
        add_event(out, set->templates[at - 1], false);
        buf_add_text(out, "; 95 % come within ");
        add_delay(out, worst.tail->usual_us);
    } else {
        add_event(out, worst.is_end ? 0 : set->templates[at], worst.is_end);
        buf_printf(out, " after %s: %s", model->machine.states[worst.before].name,
                   worst.is_seen ? "rare" : "never seen");
        if (worst.is_seen)
            buf_printf(out, " (1 in %.0f)", exp2(worst.bits));
        if (expected != NULL) {
            buf_add_text(out, "; expected ");
            add_event(out, expected->template_id, expected->to == MACHINE_END);
            buf_printf(out, " (%.2f)", expected->probability);
        }
    }
    return buf_status(out) == 0 ? 0 : fail_memory(err, "explaining a trace");
}

const struct detector machine_detector = {
    .info = {"machine", "the least probable step or delay of a trace in the machine"},
    .fit = fit,
    .score = score,
    .explain = explain,
    .free = free_model,
};
