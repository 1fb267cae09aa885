/*
 * The machine as a detector. A trace is walked through the machine learned from the fitted traces; each of its steps,
 * its end included, gets two surprisals in bits, of which the larger counts:
 *
 *   what   -log2 of the probability of what came or anything rarer there. A state from which everything is possible
 *          surprises by nothing; a step that was never seen surprises by what back-off leaves it (machine.c). Where the
 *          two templates did follow each other, only not in this context, a new interleaving of threads is likelier
 *          than a fault: then it is the mean of the bits in this context and those between the two templates alone.
 *   when   -log2 of the probability of a delay this long or longer between these two templates. Above the upper
 *          TAIL_SHARE of what was seen the tail is taken to be Pareto's, its index estimated from the delays up there
 *          (Hill 1975) and held back by a prior: waiting for people has a heavy tail, in which one more factor of two
 *          means little, work of a machine has not. Delays count from the resolution of the time stamps on, and from
 *          SCHEDULING_US on at least, below which it is the scheduler that speaks.
 *
 * The score of a trace is its most surprising step, plus the logarithm of what other steps add beyond SURPRISING bits:
 * a single impossible step shows in a long trace, and of two traces with such a step the odder one stands first.
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
#define SCHEDULING_US 20000.0
#define PRIOR_OCTAVES 1.0 /* mean excess over the start of the tail, in octaves, as if seen PRIOR_COUNT times */
#define PRIOR_COUNT   3.0
#define SURPRISING    6.0

struct follow { /* of one template by another, whatever came before */
    uint64_t count;
    double bits; /* of this or anything rarer after the first one */
    double counts[MACHINE_DELAY_BINS];
    double timed;
    double from_us;  /* where the tail of the delays begins */
    double share;    /* of delays in it */
    double octaves;  /* mean excess */
    double usual_us; /* 95 of 100 are not longer */
};
struct model {
    struct machine machine;
    double *bits;          /* [n_edges] of what an edge leads to or anything rarer */
    struct pair_map pairs; /* of templates; CONTEXT_BEGIN and CONTEXT_END among them */
    struct follow *follows;
    double floor_us;
};

static void free_model(void *memory)
{
    struct model *model = memory;
    if (model == NULL)
        return;
    machine_release(&model->machine);
    pair_map_release(&model->pairs);
    free(model->bits);
    free(model->follows);
    free(model);
}

/* ---- fitting -------------------------------------------------------------------------------------------------- */

struct choice { /* one of those that a state or a template has */
    uint64_t count;
    double *bits;
};

static int by_count(const void *left, const void *right)
{
    uint64_t a = ((const struct choice *)left)->count, b = ((const struct choice *)right)->count;
    return (a > b) - (a < b);
}

/* Bits of each choice or anything rarer; what was never seen is rarest. */
static void measure_choices(struct choice *choices, size_t n)
{
    uint64_t total = n, below = n;
    qsort(choices, n, sizeof *choices, by_count);
    for (size_t i = 0; i < n; i++)
        total += choices[i].count;
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && choices[end].count == choices[i].count)
            below += choices[end++].count;
        for (; i < end; i++)
            *choices[i].bits = -log2((double)below / (double)total);
    }
}

/* Of an event and the one before it, or CONTEXT_BEGIN. */
static int count_follow(struct model *model, size_t *cap, uint32_t before, uint32_t after, int64_t delay_us)
{
    size_t n = model->pairs.count;
    uint32_t id;
    if (pair_map_add(&model->pairs, before, after, &id) != 0 ||
        alloc_grow(&model->follows, cap, model->pairs.count, sizeof *model->follows) != 0)
        return LW_ERR_MEMORY;
    if (model->pairs.count > n)
        model->follows[id] = (struct follow){0};
    model->follows[id].count++;
    if (delay_us != LW_NO_TIME) {
        model->follows[id].timed++;
        model->follows[id].counts[machine_delay_bin(delay_us)]++;
    }
    return 0;
}

static int64_t delay_before(const struct trace_set *set, size_t at)
{
    return set->times_us[at] == LW_NO_TIME || set->times_us[at - 1] == LW_NO_TIME
               ? LW_NO_TIME
               : set->times_us[at] - set->times_us[at - 1];
}

static int collect_follows(struct model *model, const struct trace_set *set)
{
    size_t cap = 0;
    for (size_t t = 0; t < set->n_traces; t++) {
        uint32_t before = CONTEXT_BEGIN;
        for (size_t at = set->first[t]; at < set->first[t + 1]; at++) {
            if (count_follow(model, &cap, before, set->templates[at],
                             at > set->first[t] ? delay_before(set, at) : LW_NO_TIME) != 0)
                return LW_ERR_MEMORY;
            before = set->templates[at];
        }
        if (count_follow(model, &cap, before, CONTEXT_END, LW_NO_TIME) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

static int by_first(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    return (a->a > b->a) - (a->a < b->a);
}

static int measure_steps(struct model *model)
{
    const struct machine *machine = &model->machine;
    size_t n_pairs = model->pairs.count;
    model->bits = alloc_array(machine->n_edges, sizeof *model->bits);
    struct choice *choices = alloc_array(machine->n_edges, sizeof *choices);
    struct pair *order = alloc_array(n_pairs, sizeof *order); /* (first template, id) */
    bool is_complete = model->bits != NULL && choices != NULL && order != NULL;
    for (size_t s = 0; is_complete && s < machine->n_states; s++) {
        const struct machine_state *state = &machine->states[s];
        for (uint32_t i = 0; i < state->n_edges; i++)
            choices[i] =
                (struct choice){machine->edges[state->first_edge + i].count, &model->bits[state->first_edge + i]};
        measure_choices(choices, state->n_edges);
    }
    for (uint32_t id = 0; is_complete && id < n_pairs; id++)
        order[id] = (struct pair){model->pairs.pairs[id].a, id};
    if (is_complete && n_pairs > 0)
        qsort(order, n_pairs, sizeof *order, by_first);
    for (size_t i = 0; is_complete && i < n_pairs;) {
        size_t n = 0;
        for (uint32_t first = order[i].a; i < n_pairs && order[i].a == first; i++)
            choices[n++] = (struct choice){model->follows[order[i].b].count, &model->follows[order[i].b].bits};
        measure_choices(choices, n);
    }
    free(choices);
    free(order);
    return is_complete ? 0 : LW_ERR_MEMORY;
}

static void shape_tail(struct follow *follow, double floor_us)
{
    double above = 0, excess = 0;
    unsigned bin = MACHINE_DELAY_BINS - 1;
    while (bin > 0 && above + follow->counts[bin] <= TAIL_SHARE * follow->timed)
        above += follow->counts[bin--];
    int64_t from, to;
    machine_delay_range(bin, &from, &to);
    follow->usual_us = follow->from_us = (double)(to - 1);
    for (unsigned b = bin + 1; b < MACHINE_DELAY_BINS; b++) {
        machine_delay_range(b, &from, &to);
        double middle = sqrt((double)from * (double)to);
        excess += follow->counts[b] * log2((middle + floor_us) / (follow->from_us + floor_us));
    }
    follow->share = (above + 1) / (follow->timed + 2);
    follow->octaves = (excess + PRIOR_COUNT * PRIOR_OCTAVES) / (above + PRIOR_COUNT);
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
        if (status == 0 && (collect_follows(model, &chosen) != 0 || measure_steps(model) != 0))
            status = fail_memory(err, "fitting machine");
        for (size_t i = 0; status == 0 && i < model->pairs.count; i++)
            shape_tail(&model->follows[i], model->floor_us);
        trace_set_release(&chosen);
    }
    if (status != 0)
        free_model(model);
    else
        *out = model;
    return status;
}

/* ---- scoring -------------------------------------------------------------------------------------------------- */

struct surprise {
    double bits;
    size_t event;
    uint32_t before; /* state the step was taken from */
    bool is_end, is_seen;
    const struct follow *late; /* it is the delay that surprises */
    int64_t delay_us;
};

/* Up to one octave beyond the start of the tail a delay is on its way into it. */
static double delay_bits(const struct follow *follow, double floor_us, int64_t delay_us)
{
    if (delay_us <= 0 || follow->timed < 1)
        return 0;
    double excess = log2(((double)delay_us + floor_us) / (follow->from_us + floor_us));
    return excess <= 0 ? 0 : -log2(follow->share) * fmin(excess, 1) + excess / follow->octaves * log2(exp(1));
}

/* Takes step i of the trace; i = its length is the end. */
static struct surprise take_step(const struct model *model, const struct trace_set *set, size_t trace, size_t i,
                                 struct machine_walk *walk)
{
    const struct machine *machine = &model->machine;
    const struct machine_edge *edge;
    size_t at = set->first[trace] + i, n = trace_set_len(set, trace);
    bool is_end = i == n;
    struct surprise found = {.event = is_end && n > 0 ? n - 1 : i, .before = walk->state, .is_end = is_end};
    uint32_t from = i > 0 ? set->templates[at - 1] : CONTEXT_BEGIN;
    uint32_t symbol = is_end ? LW_TEMPLATE_UNKNOWN : set->templates[at];
    found.bits = -machine_step(machine, walk, symbol, is_end, &edge);
    found.is_seen = edge != NULL;
    if (edge != NULL)
        found.bits = model->bits[edge - machine->edges];
    uint32_t id = pair_map_find(&model->pairs, from, is_end ? CONTEXT_END : symbol);
    if (id == PAIR_NONE)
        return found;
    const struct follow *follow = &model->follows[id];
    found.bits = (found.bits + follow->bits) / 2;
    int64_t delay_us = i == 0 || is_end ? LW_NO_TIME : delay_before(set, at);
    if (delay_us == LW_NO_TIME)
        return found;
    double bits = delay_bits(follow, model->floor_us, delay_us);
    if (bits > found.bits) {
        found.bits = bits;
        found.late = follow;
        found.delay_us = delay_us;
    }
    return found;
}

/* The most surprising step; gives the score. */
static double examine(const struct model *model, const struct trace_set *set, size_t trace, struct surprise *worst)
{
    struct machine_walk walk;
    double others = 0;
    machine_walk_init(&walk);
    *worst = (struct surprise){.bits = -1};
    for (size_t i = 0; i <= trace_set_len(set, trace); i++) {
        struct surprise here = take_step(model, set, trace, i, &walk);
        others += fmax(0, here.bits - SURPRISING);
        if (here.bits > worst->bits)
            *worst = here;
    }
    others -= fmax(0, worst->bits - SURPRISING);
    return worst->bits + log2(1 + fmax(0, others));
}

static int score(const void *model, const struct trace_set *set, size_t trace, struct detector_verdict *out,
                 struct lw_error *err)
{
    struct surprise worst;
    (void)err;
    out->score = examine(model, set, trace, &worst);
    out->event = worst.event;
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
    struct surprise worst;
    examine(model, set, trace, &worst);
    size_t at = set->first[trace] + worst.event;
    const struct machine_edge *expected = machine_expected(&model->machine, worst.before);
    if (worst.late != NULL) {
        add_event(out, set->templates[at], false);
        buf_add_text(out, " came ");
        add_delay(out, (double)worst.delay_us);
        buf_add_text(out, " after ");
        add_event(out, set->templates[at - 1], false);
        buf_add_text(out, "; 95 % come within ");
        add_delay(out, worst.late->usual_us);
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
