/*
 * From traces to states. The contexts (contexts.h) are found first; then every trace is walked once, and each step is
 * counted on the edge from the longest known context before it. Contexts that were the longest one somewhere are the
 * states. Their edges are deterministic, since contexts are closed.
 *
 * A context that is only ever passed inside longer ones is no state: nothing of the log stands in it. It is still a
 * node of the index, where a walk lands after a step that training never had; such a walk is shown at the likeliest
 * state that ends in that context.
 *
 * Probability of a step: that of the state if it was seen there, else back-off along shorter and shorter contexts, down
 * to single symbols and to the unknown. What a context leaves for the unseen is T / (N + T) for T different symbols in
 * N visits (Witten and Bell 1991, method C); it is shared out as the shorter context says, over what was not seen in
 * the longer one (exclusion: Katz 1987), so that a certain step is not counted as evidence twice.
 */
#include "learn/machine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/executor.h"
#include "base/fail.h"

struct cell {            /* a symbol after a node */
    uint64_t count, own; /* in all visits of the node; in those where no longer context was known */
    uint32_t edge;       /* the edge that such a step takes, or PAIR_NONE */
};
struct node {
    uint64_t count, own;
    uint32_t kinds, own_kinds; /* different symbols */
    uint32_t state;            /* or, if it is none, the most visited state that ends in this context */
    bool is_state;
    double back, own_back; /* what probabilities one level down are multiplied with */
};
struct index {
    struct contexts contexts;
    struct pair_map steps; /* (node, symbol), CONTEXT_END for the end */
    struct cell *cells;
    struct node *nodes;
    uint32_t *delays; /* of all timed edges */
};

struct tally { /* what one walk over all traces counts */
    struct pair_map steps;
    struct tally_edge {
        uint32_t to; /* node; unused for the end */
        uint64_t count, timed;
    } * edges;
    size_t cap_edges;
    uint32_t *delays; /* MACHINE_DELAY_BINS an edge */
    size_t cap_delays;
};

static void index_free(struct index *index)
{
    if (index == NULL)
        return;
    contexts_release(&index->contexts);
    pair_map_release(&index->steps);
    free(index->cells);
    free(index->nodes);
    free(index->delays);
    free(index);
}

void machine_release(struct machine *machine)
{
    for (size_t i = 0; machine->states != NULL && i < machine->n_states; i++)
        free(machine->states[i].name);
    free(machine->states);
    free(machine->edges);
    index_free(machine->index);
    *machine = (struct machine){0};
}

/* ---- counting ------------------------------------------------------------------------------------------------- */

static void push(uint32_t *history, unsigned *n, uint32_t symbol)
{
    if (*n < CONTEXT_MAX_LEN)
        ++*n;
    memmove(history + 1, history, (*n - 1) * sizeof *history);
    history[0] = symbol;
}

static int tally_step(struct tally *tally, uint32_t node, uint32_t symbol, int64_t delay_us, uint32_t *id)
{
    size_t before = tally->steps.count;
    if (pair_map_add(&tally->steps, node, symbol, id) != 0)
        return LW_ERR_MEMORY;
    size_t n = tally->steps.count;
    if (n > before) {
        if (alloc_grow(&tally->edges, &tally->cap_edges, n, sizeof *tally->edges) != 0 ||
            alloc_grow(&tally->delays, &tally->cap_delays, n * MACHINE_DELAY_BINS, sizeof *tally->delays) != 0)
            return LW_ERR_MEMORY;
        tally->edges[*id] = (struct tally_edge){.to = PAIR_NONE};
        memset(tally->delays + (size_t)*id * MACHINE_DELAY_BINS, 0, MACHINE_DELAY_BINS * sizeof *tally->delays);
    }
    struct tally_edge *edge = &tally->edges[*id];
    edge->count++;
    if (delay_us != LW_NO_TIME) {
        edge->timed++;
        tally->delays[(size_t)*id * MACHINE_DELAY_BINS + machine_delay_bin(delay_us)]++;
    }
    return 0;
}

static int tally_trace(struct tally *tally, const struct contexts *contexts, const struct trace_set *set, size_t trace)
{
    uint32_t history[CONTEXT_MAX_LEN] = {CONTEXT_BEGIN}, id;
    unsigned n_history = 1;
    uint32_t node = contexts_find(contexts, history, 1);
    for (size_t i = set->first[trace]; i < set->first[trace + 1]; i++) {
        int64_t delay_us = LW_NO_TIME;
        if (i > set->first[trace] && set->times_us[i] != LW_NO_TIME && set->times_us[i - 1] != LW_NO_TIME)
            delay_us = set->times_us[i] - set->times_us[i - 1];
        if (tally_step(tally, node, set->templates[i], delay_us, &id) != 0)
            return LW_ERR_MEMORY;
        push(history, &n_history, set->templates[i]);
        if (tally->edges[id].to == PAIR_NONE)
            tally->edges[id].to = contexts_find(contexts, history, n_history);
        node = tally->edges[id].to;
    }
    return tally_step(tally, node, CONTEXT_END, LW_NO_TIME, &id);
}

static void tally_release(struct tally *tally)
{
    pair_map_release(&tally->steps);
    free(tally->edges);
    free(tally->delays);
}

/* ---- the index: nodes and cells ------------------------------------------------------------------------------- */

/* What was counted at a node was also seen at every shorter context. */
static int spread_counts(struct index *index, const struct tally *tally)
{
    size_t cap_cells = 0;
    for (uint32_t e = 0; e < tally->steps.count; e++) {
        uint64_t count = tally->edges[e].count;
        for (uint32_t node = tally->steps.pairs[e].a;; node = contexts_parent(&index->contexts, node)) {
            bool is_own = node == tally->steps.pairs[e].a;
            size_t before = index->steps.count;
            uint32_t id;
            if (pair_map_add(&index->steps, node, tally->steps.pairs[e].b, &id) != 0 ||
                alloc_grow(&index->cells, &cap_cells, index->steps.count, sizeof *index->cells) != 0)
                return LW_ERR_MEMORY;
            if (index->steps.count > before) {
                index->cells[id] = (struct cell){.edge = PAIR_NONE};
                index->nodes[node].kinds++;
            }
            index->cells[id].count += count;
            index->nodes[node].count += count;
            if (is_own) {
                index->cells[id].own = count;
                index->nodes[node].own += count;
                index->nodes[node].own_kinds++;
            }
            if (node == CONTEXT_ROOT)
                break;
        }
    }
    return 0;
}

/* Probability after a node, all its visits taken together. */
static double probability_after(const struct index *index, uint32_t node, uint32_t symbol)
{
    double factor = 1;
    for (;; node = contexts_parent(&index->contexts, node)) {
        const struct node *at = &index->nodes[node];
        uint32_t id = pair_map_find(&index->steps, node, symbol);
        if (id != PAIR_NONE)
            return factor * (double)index->cells[id].count / ((double)at->count + at->kinds);
        factor *= at->back;
        if (node == CONTEXT_ROOT)
            return factor;
    }
}

/* Probability where the node is the longest known context. */
static double probability_at(const struct index *index, uint32_t node, uint32_t symbol)
{
    const struct node *at = &index->nodes[node];
    if (at->own == 0 || at->own == at->count)
        return probability_after(index, node, symbol);
    uint32_t id = pair_map_find(&index->steps, node, symbol);
    if (id != PAIR_NONE && index->cells[id].own > 0)
        return (double)index->cells[id].own / ((double)at->own + at->own_kinds);
    return at->own_back * probability_after(index, node, symbol);
}

/* Cells in order of their nodes; first[node] .. first[node + 1] - 1. */
static uint32_t *order_cells(const struct index *index, size_t **first)
{
    size_t n_nodes = index->contexts.n, n = index->steps.count;
    uint32_t *order = alloc_array(n, sizeof *order);
    *first = alloc_zeroed(n_nodes + 2, sizeof **first);
    if (order == NULL || *first == NULL) {
        free(order);
        free(*first);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        (*first)[index->steps.pairs[i].a + 2]++;
    for (size_t i = 2; i < n_nodes + 2; i++)
        (*first)[i] += (*first)[i - 1];
    for (uint32_t i = 0; i < n; i++)
        order[(*first)[index->steps.pairs[i].a + 1]++] = i;
    return order;
}

/* Back-off weights, from the root outwards: a parent's id is lower than its children's. */
static int weigh(struct index *index)
{
    size_t *first;
    uint32_t *order = order_cells(index, &first);
    if (order == NULL)
        return LW_ERR_MEMORY;
    struct node *root = &index->nodes[CONTEXT_ROOT];
    bool is_empty = root->count == 0; /* then the end is as unheard of as the unknown */
    root->back = is_empty ? 0.5 : (double)root->kinds / ((double)root->count + root->kinds);
    for (uint32_t node = 1; node < index->contexts.n; node++) {
        struct node *at = &index->nodes[node];
        uint32_t parent = contexts_parent(&index->contexts, node);
        double rest = 1, own_rest = 1;
        at->back = 1;
        for (size_t i = first[node]; i < first[node + 1]; i++)
            rest -= probability_after(index, parent, index->steps.pairs[order[i]].b);
        if (at->count > 0)
            at->back = at->kinds / ((double)at->count + at->kinds) / fmax(rest, 1e-300);
        for (size_t i = first[node]; i < first[node + 1]; i++)
            if (index->cells[order[i]].own > 0)
                own_rest -= probability_after(index, node, index->steps.pairs[order[i]].b);
        if (at->own > 0 && at->own < at->count)
            at->own_back = at->own_kinds / ((double)at->own + at->own_kinds) / fmax(own_rest, 1e-300);
    }
    free(order);
    free(first);
    return 0;
}

/* ---- states and edges ----------------------------------------------------------------------------------------- */

struct label { /* a state to be */
    uint32_t node;
    size_t n;
    uint32_t symbols[CONTEXT_MAX_LEN];
};

static int by_symbols(const void *left, const void *right)
{
    const struct label *a = left, *b = right;
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (a->symbols[i] != b->symbols[i])
            return a->symbols[i] < b->symbols[i] ? -1 : 1;
    return a->n < b->n ? -1 : a->n > b->n;
}

static char *name_state(const struct label *label)
{
    struct buf name = BUF_INIT;
    for (size_t i = label->n; i-- > 0;) {
        if (label->symbols[i] == CONTEXT_BEGIN)
            buf_add_text(&name, "start");
        else
            buf_printf(&name, "E%u", label->symbols[i]);
        if (i > 0)
            buf_add_byte(&name, ' ');
    }
    if (buf_status(&name) != 0) {
        buf_release(&name);
        return NULL;
    }
    return name.data;
}

static int make_states(struct machine *machine, struct index *index)
{
    size_t n_nodes = index->contexts.n, n = 0;
    uint32_t begin = contexts_find(&index->contexts, (const uint32_t[]){CONTEXT_BEGIN}, 1);
    struct label *labels = alloc_array(n_nodes, sizeof *labels);
    machine->states = alloc_zeroed(n_nodes + 2, sizeof *machine->states);
    if (labels == NULL || machine->states == NULL) {
        free(labels);
        return LW_ERR_MEMORY;
    }
    for (uint32_t node = 1; node < n_nodes; node++) {
        index->nodes[node].state = PAIR_NONE;
        if (node != begin && index->nodes[node].own > 0) {
            labels[n].node = node;
            labels[n].n = contexts_symbols(&index->contexts, node, labels[n].symbols);
            n++;
        }
    }
    qsort(labels, n, sizeof *labels, by_symbols);
    index->nodes[begin].state = MACHINE_START;
    index->nodes[begin].is_state = true;
    machine->n_states = n + 2;
    machine->states[MACHINE_START] =
        (struct machine_state){.visits = machine->n_traces, .is_core = true, .name = alloc_text("start", 5)};
    machine->states[MACHINE_END] =
        (struct machine_state){.visits = machine->n_traces, .is_core = true, .name = alloc_text("end", 3)};
    bool is_complete = machine->states[MACHINE_START].name != NULL && machine->states[MACHINE_END].name != NULL;
    for (size_t i = 0; i < n; i++) {
        struct node *node = &index->nodes[labels[i].node];
        machine->states[i + 2] = (struct machine_state){
            .template_id = labels[i].symbols[0], .visits = node->own, .is_core = true, .name = name_state(&labels[i])};
        is_complete = is_complete && machine->states[i + 2].name != NULL;
        node->state = (uint32_t)i + 2;
        node->is_state = true;
    }
    free(labels);
    return is_complete ? 0 : LW_ERR_MEMORY;
}

static int by_origin(const void *left, const void *right)
{
    const struct machine_edge *a = left, *b = right;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->to < b->to ? -1 : a->to > b->to;
}

/* The delays move from the tally to the index; edges without timings have none. */
static int make_edges(struct machine *machine, struct index *index, struct tally *tally)
{
    size_t n = tally->steps.count;
    machine->edges = alloc_array(n, sizeof *machine->edges);
    if (machine->edges == NULL)
        return LW_ERR_MEMORY;
    machine->n_edges = n;
    index->delays = tally->delays;
    tally->delays = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct tally_edge *counted = &tally->edges[i];
        bool is_end = tally->steps.pairs[i].b == CONTEXT_END;
        uint32_t from = index->nodes[tally->steps.pairs[i].a].state;
        machine->edges[i] = (struct machine_edge){
            .from = from,
            .to = is_end ? MACHINE_END : index->nodes[counted->to].state,
            .template_id = is_end ? LW_TEMPLATE_UNKNOWN : tally->steps.pairs[i].b,
            .count = counted->count,
            .probability = (double)counted->count / (double)machine->states[from].visits,
            .timed = counted->timed,
            .delays = counted->timed > 0 ? index->delays + i * MACHINE_DELAY_BINS : NULL,
            .is_core = true,
        };
    }
    qsort(machine->edges, n, sizeof *machine->edges, by_origin);
    for (size_t i = n; i-- > 0;) {
        machine->states[machine->edges[i].from].first_edge = (uint32_t)i;
        machine->states[machine->edges[i].from].n_edges++;
    }
    return 0;
}

static uint32_t edge_symbol(const struct machine_edge *edge)
{
    return edge->to == MACHINE_END ? CONTEXT_END : edge->template_id;
}

/* Nodes that are no states stand for the most visited state inside them, and lead along the most frequent edges. */
static void link_nodes(struct machine *machine, struct index *index, const uint32_t *node_of_state)
{
    for (uint32_t s = 0; s < machine->n_states; s++) {
        if (s == MACHINE_END)
            continue;
        const struct machine_state *state = &machine->states[s];
        for (uint32_t node = node_of_state[s]; node != CONTEXT_ROOT; node = contexts_parent(&index->contexts, node)) {
            struct node *at = &index->nodes[node];
            if (at->is_state && node != node_of_state[s])
                continue;
            if (at->state == PAIR_NONE || state->visits > machine->states[at->state].visits)
                at->state = s;
            for (uint32_t e = state->first_edge; e < state->first_edge + state->n_edges; e++) {
                uint32_t id = pair_map_find(&index->steps, node, edge_symbol(&machine->edges[e]));
                uint32_t *best = &index->cells[id].edge;
                if (*best == PAIR_NONE || machine->edges[e].count > machine->edges[*best].count)
                    *best = e;
            }
        }
    }
    index->nodes[CONTEXT_ROOT].state = MACHINE_START;
}

/* ---- learning ------------------------------------------------------------------------------------------------- */

static int build(struct machine *machine, struct index *index, struct tally *tally)
{
    index->nodes = alloc_zeroed(index->contexts.n, sizeof *index->nodes);
    if (index->nodes == NULL || spread_counts(index, tally) != 0 || weigh(index) != 0 ||
        make_states(machine, index) != 0 || make_edges(machine, index, tally) != 0)
        return LW_ERR_MEMORY;
    uint32_t *node_of_state = alloc_zeroed(machine->n_states, sizeof *node_of_state);
    if (node_of_state == NULL)
        return LW_ERR_MEMORY;
    for (uint32_t node = 1; node < index->contexts.n; node++)
        if (index->nodes[node].is_state)
            node_of_state[index->nodes[node].state] = node;
    link_nodes(machine, index, node_of_state);
    free(node_of_state);
    return 0;
}

int machine_learn(const struct trace_set *set, const struct lw_run *run, struct machine *out, struct lw_error *err)
{
    struct machine made = {.n_traces = set->n_traces, .n_symbols = 1};
    struct tally tally = {.steps = PAIR_MAP_INIT};
    struct index *index = alloc_zeroed(1, sizeof *index);
    if (index == NULL)
        return fail_memory(err, "learning the machine");
    made.index = index;
    for (size_t i = 0; i < set->n_events; i++)
        if (set->templates[i] >= made.n_symbols)
            made.n_symbols = set->templates[i] + 1;
    int status = contexts_grow(set, run, &index->contexts, err);
    for (size_t t = 0; status == 0 && t < set->n_traces; t++) {
        if (t % 65536 == 0)
            status = run_check(run, err);
        if (status == 0 && tally_trace(&tally, &index->contexts, set, t) != 0)
            status = fail_memory(err, "learning the machine");
    }
    if (status == 0 && build(&made, index, &tally) != 0)
        status = fail_memory(err, "learning the machine");
    tally_release(&tally);
    if (status != 0)
        machine_release(&made);
    else
        *out = made;
    return status;
}

/* ---- walking -------------------------------------------------------------------------------------------------- */

void machine_walk_init(struct machine_walk *walk)
{
    *walk = (struct machine_walk){.state = MACHINE_START, .history = {CONTEXT_BEGIN}, .n_history = 1};
}

double machine_step(const struct machine *machine, struct machine_walk *walk, uint32_t symbol, bool is_end,
                    const struct machine_edge **edge)
{
    const struct index *index = machine->index;
    uint32_t node = contexts_find(&index->contexts, walk->history, walk->n_history);
    uint32_t next = is_end ? CONTEXT_END : symbol;
    double bits = log2(probability_at(index, node, next));
    uint32_t cell = pair_map_find(&index->steps, node, next);
    uint32_t id = cell == PAIR_NONE ? PAIR_NONE : index->cells[cell].edge;
    *edge = id == PAIR_NONE ? NULL : &machine->edges[id];
    if (is_end) {
        walk->state = MACHINE_END;
    } else if (pair_map_find(&index->steps, CONTEXT_ROOT, symbol) != PAIR_NONE) {
        push(walk->history, &walk->n_history, symbol);
        walk->state = index->nodes[contexts_find(&index->contexts, walk->history, walk->n_history)].state;
    }
    return bits;
}

const struct machine_edge *machine_expected(const struct machine *machine, uint32_t state)
{
    const struct machine_state *at = &machine->states[state];
    return at->n_edges == 0 ? NULL : &machine->edges[at->first_edge];
}
