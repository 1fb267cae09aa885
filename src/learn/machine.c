/*
 * From traces to states. How large the automaton is to be is chosen on held-out variants (model_size.c), then it is
 * learned from all of them (predictor.c, merging.c). What is left is to show it: states in an order and by names that
 * hang neither on the order of the traces nor on that of the merges, edges with the delays of all traces.
 *
 * A state is named after the event that most visits came by; of several such states the most visited one has the plain
 * name, the others are numbered.
 */
#include "learn/machine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "learn/machine_core.h"
#include "learn/machine_index.h"

static void index_free(struct machine_index *index)
{
    if (index == NULL)
        return;
    predictor_release(&index->predictor);
    free(index->shown);
    free(index->edge_of);
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

/* ---- states --------------------------------------------------------------------------------------------------- */

struct label {      /* a state to be */
    uint32_t state; /* of the automaton */
    uint32_t template_id;
    uint64_t visits, most;
    uint32_t order; /* found in breadth from the start, symbols rising */
};

/* The symbol that most visits came by. */
static void find_symbols(const struct predictor *predictor, struct label *labels)
{
    for (uint32_t i = 0; i < predictor->moves.count; i++) {
        struct pair move = predictor->moves.pairs[i];
        if (move.b == CONTEXT_END)
            continue;
        uint32_t to = automaton_next(&predictor->automaton, move.a, move.b);
        uint64_t count = predictor->move_counts[i];
        struct label *label = &labels[to];
        if (count > label->most || (count == label->most && move.b < label->template_id)) {
            label->most = count;
            label->template_id = move.b;
        }
    }
}

static int by_state_and_symbol(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return (a->b > b->b) - (a->b < b->b);
}

/* Numbers states in breadth: an order that the automaton alone determines. */
static int order_states(const struct predictor *predictor, struct label *labels)
{
    size_t n = predictor->moves.count, n_states = predictor->automaton.n_states, n_queue = 0;
    struct pair *moves = alloc_array(n, sizeof *moves);
    uint32_t *queue = alloc_array(n_states, sizeof *queue);
    size_t *first = alloc_zeroed(n_states + 1, sizeof *first);
    bool is_complete = moves != NULL && queue != NULL && first != NULL;
    if (is_complete && n > 0) {
        memcpy(moves, predictor->moves.pairs, n * sizeof *moves);
        qsort(moves, n, sizeof *moves, by_state_and_symbol);
        for (size_t i = 0; i < n; i++)
            first[moves[i].a + 1]++;
        for (size_t i = 0; i < n_states; i++)
            first[i + 1] += first[i];
        labels[AUTOMATON_START].order = 0;
        queue[n_queue++] = AUTOMATON_START;
    }
    for (size_t at = 0; at < n_queue; at++)
        for (size_t i = first[queue[at]]; i < first[queue[at] + 1]; i++) {
            if (moves[i].b == CONTEXT_END)
                continue;
            uint32_t to = automaton_next(&predictor->automaton, moves[i].a, moves[i].b);
            if (labels[to].order != UINT32_MAX)
                continue;
            labels[to].order = (uint32_t)n_queue;
            queue[n_queue++] = to;
        }
    free(moves);
    free(queue);
    free(first);
    return is_complete ? 0 : LW_ERR_MEMORY;
}

static int by_label(const void *left, const void *right)
{
    const struct label *a = left, *b = right;
    if (a->template_id != b->template_id)
        return a->template_id < b->template_id ? -1 : 1;
    if (a->visits != b->visits)
        return a->visits > b->visits ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static char *name_state(const struct label *label, size_t number)
{
    char name[48];
    int len = number == 1 ? snprintf(name, sizeof name, "E%u", label->template_id)
                          : snprintf(name, sizeof name, "E%u.%zu", label->template_id, number);
    return alloc_text(name, (size_t)len);
}

static int show_states(struct machine *machine, struct machine_index *index, struct label *labels)
{
    size_t n = index->predictor.automaton.n_states;
    machine->states[MACHINE_START] =
        (struct machine_state){.visits = machine->n_traces, .is_core = true, .name = alloc_text("start", 5)};
    machine->states[MACHINE_END] =
        (struct machine_state){.visits = machine->n_traces, .is_core = true, .name = alloc_text("end", 3)};
    bool is_complete = machine->states[MACHINE_START].name != NULL && machine->states[MACHINE_END].name != NULL;
    index->shown[AUTOMATON_START] = MACHINE_START;
    qsort(labels + 1, n - 1, sizeof *labels, by_label);
    for (size_t i = 1, number = 1; i < n; i++) {
        number = i > 1 && labels[i - 1].template_id == labels[i].template_id ? number + 1 : 1;
        machine->states[i + 1] = (struct machine_state){.template_id = labels[i].template_id,
                                                        .visits = labels[i].visits,
                                                        .is_core = true,
                                                        .name = name_state(&labels[i], number)};
        is_complete = is_complete && machine->states[i + 1].name != NULL;
        index->shown[labels[i].state] = (uint32_t)i + 1;
    }
    return is_complete ? 0 : LW_ERR_MEMORY;
}

static int make_states(struct machine *machine, struct machine_index *index)
{
    const struct predictor *predictor = &index->predictor;
    size_t n = predictor->automaton.n_states;
    struct label *labels = alloc_array(n, sizeof *labels);
    machine->states = alloc_zeroed(n + 1, sizeof *machine->states);
    index->shown = alloc_array(n, sizeof *index->shown);
    int status = labels == NULL || machine->states == NULL || index->shown == NULL ? LW_ERR_MEMORY : 0;
    if (status == 0) {
        machine->n_states = n + 1;
        for (uint32_t s = 0; s < n; s++)
            labels[s] = (struct label){s, LW_TEMPLATE_UNKNOWN, predictor->visits[s], 0, UINT32_MAX};
        find_symbols(predictor, labels);
        status = order_states(predictor, labels);
    }
    if (status == 0)
        status = show_states(machine, index, labels);
    free(labels);
    return status;
}

/* ---- edges ---------------------------------------------------------------------------------------------------- */

struct drawn { /* an edge and the move that it shows */
    struct machine_edge edge;
    uint32_t move;
};

static int by_origin(const void *left, const void *right)
{
    const struct machine_edge *a = &((const struct drawn *)left)->edge, *b = &((const struct drawn *)right)->edge;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    return (a->template_id > b->template_id) - (a->template_id < b->template_id);
}

static struct machine_edge edge_of_move(const struct machine *machine, const struct machine_index *index, uint32_t move)
{
    const struct predictor *predictor = &index->predictor;
    struct pair at = predictor->moves.pairs[move];
    bool is_end = at.b == CONTEXT_END;
    uint32_t from = index->shown[at.a], to = MACHINE_END;
    if (!is_end)
        to = index->shown[automaton_next(&predictor->automaton, at.a, at.b)];
    return (struct machine_edge){
        .from = from,
        .to = to,
        .template_id = is_end ? LW_TEMPLATE_UNKNOWN : at.b,
        .count = predictor->move_counts[move],
        .probability = (double)predictor->move_counts[move] / (double)machine->states[from].visits,
        .is_core = true,
    };
}

static int make_edges(struct machine *machine, struct machine_index *index)
{
    size_t n = index->predictor.moves.count;
    struct drawn *drawn = alloc_array(n, sizeof *drawn);
    machine->edges = alloc_array(n, sizeof *machine->edges);
    index->edge_of = alloc_array(n, sizeof *index->edge_of);
    if (drawn == NULL || machine->edges == NULL || index->edge_of == NULL) {
        free(drawn);
        return LW_ERR_MEMORY;
    }
    machine->n_edges = n;
    for (uint32_t i = 0; i < n; i++)
        drawn[i] = (struct drawn){edge_of_move(machine, index, i), i};
    if (n > 0)
        qsort(drawn, n, sizeof *drawn, by_origin);
    for (size_t i = n; i-- > 0;) {
        machine->edges[i] = drawn[i].edge;
        index->edge_of[drawn[i].move] = (uint32_t)i;
        machine->states[drawn[i].edge.from].first_edge = (uint32_t)i;
        machine->states[drawn[i].edge.from].n_edges++;
    }
    free(drawn);
    return 0;
}

/* ---- delays --------------------------------------------------------------------------------------------------- */

struct paths {     /* edges that each variant takes, without the one to the end */
    size_t *first; /* [variants + 1] */
    uint32_t *edges;
};

static int find_paths(const struct machine_index *index, const struct trace_set *set, const struct variants *variants,
                      struct paths *paths)
{
    const struct predictor *predictor = &index->predictor;
    size_t total = 0;
    paths->first = alloc_array(variants->n + 1, sizeof *paths->first);
    for (size_t v = 0; paths->first != NULL && v <= variants->n; v++) {
        paths->first[v] = total;
        total += v < variants->n ? trace_set_len(set, variants->example[v]) : 0;
    }
    paths->edges = alloc_array(total, sizeof *paths->edges);
    if (paths->first == NULL || paths->edges == NULL)
        return LW_ERR_MEMORY;
    for (size_t v = 0; v < variants->n; v++) {
        uint32_t state = AUTOMATON_START;
        size_t at = set->first[variants->example[v]];
        for (size_t i = paths->first[v]; i < paths->first[v + 1]; i++, at++) {
            uint32_t symbol = set->templates[at];
            paths->edges[i] = index->edge_of[pair_map_find(&predictor->moves, state, symbol)];
            state = automaton_next(&predictor->automaton, state, symbol);
        }
    }
    return 0;
}

static bool has_delay(const struct trace_set *set, size_t event)
{
    return set->times_us[event] != LW_NO_TIME && set->times_us[event - 1] != LW_NO_TIME;
}

/* Twice over the traces: which edges have delays, so that only they get a histogram; then the delays. */
static int count_delays(struct machine *machine, struct machine_index *index, const struct trace_set *set,
                        const struct variants *variants, const struct paths *paths)
{
    size_t n_timed = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t t = 0; t < set->n_traces; t++) {
            const uint32_t *path = paths->edges + paths->first[variants->of[t]];
            for (size_t i = set->first[t] + 1; i < set->first[t + 1]; i++) {
                struct machine_edge *edge = &machine->edges[path[i - set->first[t]]];
                if (!has_delay(set, i))
                    continue;
                if (pass == 0)
                    edge->timed++;
                else
                    edge->delays[machine_delay_bin(set->times_us[i] - set->times_us[i - 1])]++;
            }
        }
        if (pass == 1)
            break;
        for (size_t e = 0; e < machine->n_edges; e++)
            n_timed += machine->edges[e].timed > 0;
        index->delays = alloc_zeroed(n_timed, MACHINE_DELAY_BINS * sizeof *index->delays);
        if (index->delays == NULL)
            return LW_ERR_MEMORY;
        uint32_t *next = index->delays;
        for (size_t e = 0; e < machine->n_edges; e++)
            if (machine->edges[e].timed > 0) {
                machine->edges[e].delays = next;
                next += MACHINE_DELAY_BINS;
            }
    }
    return 0;
}

static int add_delays(struct machine *machine, struct machine_index *index, const struct trace_set *set,
                      const struct variants *variants)
{
    struct paths paths = {NULL, NULL};
    int status = find_paths(index, set, variants, &paths);
    if (status == 0)
        status = count_delays(machine, index, set, variants, &paths);
    free(paths.first);
    free(paths.edges);
    return status;
}

/* ---- learning ------------------------------------------------------------------------------------------------- */

static int learn(const struct trace_set *set, const struct variants *variants, const struct lw_run *run,
                 struct machine *machine, struct lw_error *err)
{
    struct machine_index *index = machine->index;
    int status = model_size_choose(set, variants, run, &index->size, err);
    if (status == 0)
        status = predictor_fit(set, variants, &index->size, run, &index->predictor, err);
    if (status != 0)
        return status;
    if (make_states(machine, index) != 0 || make_edges(machine, index) != 0 ||
        add_delays(machine, index, set, variants) != 0 || machine_find_core(machine) != 0)
        return fail_memory(err, "learning the machine");
    return 0;
}

int machine_learn(const struct trace_set *set, const struct lw_run *run, struct machine *out, struct lw_error *err)
{
    struct machine made = {.n_traces = set->n_traces, .n_symbols = 1};
    struct variants variants;
    int status = variants_find(set, &variants, err);
    if (status != 0)
        return status;
    for (size_t i = 0; i < set->n_events; i++)
        if (set->templates[i] >= made.n_symbols)
            made.n_symbols = set->templates[i] + 1;
    made.index = alloc_zeroed(1, sizeof(struct machine_index));
    status = made.index == NULL ? fail_memory(err, "learning the machine") : learn(set, &variants, run, &made, err);
    variants_release(&variants);
    if (status != 0)
        machine_release(&made);
    else
        *out = made;
    return status;
}

/* ---- walking -------------------------------------------------------------------------------------------------- */

void machine_walk_init(struct machine_walk *walk)
{
    walk->state = MACHINE_START;
    predictor_begin(&walk->inner);
}

#define NEVER_LOG2 -20. /* of a step that a machine without a predictor does not have */

/* The walk goes on where most visits came by the symbol. */
static uint32_t find_state(const struct machine *machine, uint32_t symbol, uint32_t otherwise)
{
    uint32_t best = otherwise;
    uint64_t most = 0;
    for (uint32_t i = MACHINE_END + 1; i < machine->n_states; i++)
        if (machine->states[i].template_id == symbol && machine->states[i].visits >= most) {
            best = i;
            most = machine->states[i].visits;
        }
    return best;
}

static double step_plainly(const struct machine *machine, struct machine_walk *walk, uint32_t symbol, bool is_end,
                           const struct machine_edge **edge)
{
    const struct machine_state *state = &machine->states[walk->state];
    *edge = NULL;
    for (uint32_t i = state->first_edge; i < state->first_edge + state->n_edges && *edge == NULL; i++)
        if ((machine->edges[i].to == MACHINE_END) == is_end && (is_end || machine->edges[i].template_id == symbol))
            *edge = &machine->edges[i];
    if (*edge != NULL)
        walk->state = (*edge)->to;
    else
        walk->state = is_end                          ? MACHINE_END
                      : symbol == LW_TEMPLATE_UNKNOWN ? walk->state
                                                      : find_state(machine, symbol, walk->state);
    return *edge != NULL ? log2((*edge)->probability) : NEVER_LOG2;
}

const struct machine_edge *machine_follow(const struct machine *machine, struct machine_walk *walk, uint32_t symbol,
                                          bool is_end)
{
    const struct machine_index *index = machine->index;
    const struct machine_edge *edge = NULL;
    uint32_t move;
    if (index == NULL) {
        step_plainly(machine, walk, symbol, is_end, &edge);
        return edge;
    }
    if (is_end) {
        move = pair_map_find(&index->predictor.moves, walk->inner.state, CONTEXT_END);
        walk->state = MACHINE_END;
    } else {
        move = predictor_step(&index->predictor, &walk->inner, symbol);
        walk->state = index->shown[walk->inner.state];
    }
    return move == PAIR_NONE ? NULL : &machine->edges[index->edge_of[move]];
}

double machine_step(const struct machine *machine, struct machine_walk *walk, uint32_t symbol, bool is_end,
                    const struct machine_edge **edge)
{
    const struct machine_index *index = machine->index;
    if (index == NULL)
        return step_plainly(machine, walk, symbol, is_end, edge);
    double bits = log2(predictor_probability(&index->predictor, &walk->inner, is_end ? CONTEXT_END : symbol));
    *edge = machine_follow(machine, walk, symbol, is_end);
    return bits;
}

const struct machine_edge *machine_expected(const struct machine *machine, uint32_t state)
{
    const struct machine_state *at = &machine->states[state];
    return at->n_edges == 0 ? NULL : &machine->edges[at->first_edge];
}
