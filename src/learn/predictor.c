/*
 * Two views of the same past. The automaton's state pools all ways that lead to it, so it knows what is rare; a context
 * (contexts.h) knows only the last few symbols, so it is never at a loss. The probability of a step is a mixture,
 *
 *     trust * (count in the state + PRIOR * kinds * back-off) / (visits + PRIOR * kinds) + (1 - trust) * back-off,
 *
 * where kinds is the number of different symbols there (after Witten and Bell 1991) and trust depends on the number of
 * visits and on whether the walk has left the automaton; it is fitted on held-out variants (model_size.c).
 *
 * Back-off goes along shorter and shorter contexts, down to single symbols and to the unknown. What a context leaves
 * for the unseen is T / (N + T) for T different symbols in N visits; it is shared out as the shorter context says, over
 * what was not seen in the longer one (exclusion: Katz 1987), so that a certain step is not counted as evidence twice.
 *
 * After a step that was never seen a walk goes on where visits with the same context mostly are.
 */
#include "learn/predictor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/order.h"

#define EVENTS_ENOUGH 15000.0 /* below so many, copies are taken for evidence */
#define PRIOR         0.5     /* visits, per kind of step in a state, that back-off is worth there */

struct predictor_cell {  /* a symbol after a context */
    uint64_t count, own; /* in all visits; in those where no longer context was known */
};
struct predictor_node {
    uint64_t count, own;
    double kinds, own_kinds; /* different symbols, as often as repeats */
    uint32_t state;          /* where most visits with this context are, or PAIR_NONE */
    double back, own_back;   /* what probabilities one level down are multiplied with */
};

struct places { /* visits of (context, state), while fitting */
    struct pair_map pairs;
    uint64_t *visits;
    size_t cap;
};
struct fitting {
    const struct trace_set *set;
    const struct variants *variants;
    struct predictor *predictor;
    struct pair_map tally; /* (context, symbol): own counts */
    uint64_t *tally_counts;
    size_t cap_tally, cap_moves, cap_cells;
    struct places places;
};

void predictor_release(struct predictor *predictor)
{
    contexts_release(&predictor->contexts);
    automaton_release(&predictor->automaton);
    pair_map_release(&predictor->moves);
    pair_map_release(&predictor->steps);
    free(predictor->move_counts);
    free(predictor->visits);
    free(predictor->kinds);
    free(predictor->cells);
    free(predictor->nodes);
    *predictor = (struct predictor){0};
}

static void push(uint32_t *history, unsigned *n, uint32_t symbol)
{
    if (*n < CONTEXT_MAX_LEN)
        ++*n;
    memmove(history + 1, history, (*n - 1) * sizeof *history);
    history[0] = symbol;
}

/* ---- counting ------------------------------------------------------------------------------------------------- */

static int count_pair(struct pair_map *map, uint64_t **counts, size_t *cap, uint32_t a, uint32_t b, uint64_t by,
                      bool *is_new)
{
    size_t before = map->count;
    uint32_t id;
    if (pair_map_add(map, a, b, &id) != 0 || alloc_grow(counts, cap, map->count, sizeof **counts) != 0)
        return LW_ERR_MEMORY;
    *is_new = map->count > before;
    if (*is_new)
        (*counts)[id] = 0;
    (*counts)[id] += by;
    return 0;
}

static int count_place(struct fitting *fitting, uint32_t node, uint32_t state, uint32_t symbol, uint64_t by)
{
    struct predictor *made = fitting->predictor;
    bool is_new;
    if (count_pair(&fitting->tally, &fitting->tally_counts, &fitting->cap_tally, node, symbol, by, &is_new) != 0 ||
        count_pair(&fitting->places.pairs, &fitting->places.visits, &fitting->places.cap, node, state, by, &is_new) !=
            0 ||
        count_pair(&made->moves, &made->move_counts, &fitting->cap_moves, state, symbol, by, &is_new) != 0)
        return LW_ERR_MEMORY;
    made->visits[state] += by;
    made->kinds[state] += is_new;
    return 0;
}

static int count_variant(struct fitting *fitting, size_t variant)
{
    const struct predictor *made = fitting->predictor;
    size_t example = fitting->variants->example[variant], n = trace_set_len(fitting->set, example);
    const uint32_t *events = fitting->set->templates + fitting->set->first[example];
    uint32_t state = AUTOMATON_START, history[CONTEXT_MAX_LEN] = {CONTEXT_BEGIN};
    unsigned n_history = 1;
    for (size_t i = 0; i <= n; i++) {
        uint32_t node = contexts_find(&made->contexts, history, n_history);
        uint32_t symbol = i < n ? events[i] : CONTEXT_END;
        if (count_place(fitting, node, state, symbol, fitting->variants->counts[variant]) != 0)
            return LW_ERR_MEMORY;
        if (i == n)
            break;
        push(history, &n_history, symbol);
        state = automaton_next(&made->automaton, state, symbol);
    }
    return 0;
}

/* What was counted at a node was also seen at every shorter context. */
static int spread_counts(struct fitting *fitting)
{
    struct predictor *made = fitting->predictor;
    for (uint32_t e = 0; e < fitting->tally.count; e++) {
        uint64_t count = fitting->tally_counts[e];
        struct pair at = fitting->tally.pairs[e];
        for (uint32_t node = at.a;; node = contexts_parent(&made->contexts, node)) {
            size_t before = made->steps.count;
            uint32_t id;
            if (pair_map_add(&made->steps, node, at.b, &id) != 0 ||
                alloc_grow(&made->cells, &fitting->cap_cells, made->steps.count, sizeof *made->cells) != 0)
                return LW_ERR_MEMORY;
            if (made->steps.count > before) {
                made->cells[id] = (struct predictor_cell){0, 0};
                made->nodes[node].kinds += made->repeats;
            }
            made->cells[id].count += count;
            made->nodes[node].count += count;
            if (node == at.a) {
                made->cells[id].own = count;
                made->nodes[node].own += count;
                made->nodes[node].own_kinds += made->repeats;
            }
            if (node == CONTEXT_ROOT)
                break;
        }
    }
    return 0;
}

/* The state where most visits of each context are, its longer ones among them; of equals the lower. */
static int place_contexts(struct fitting *fitting)
{
    struct predictor *made = fitting->predictor;
    struct places all = {.pairs = PAIR_MAP_INIT};
    uint64_t *most = alloc_zeroed(made->contexts.n, sizeof *most);
    int status = most == NULL ? LW_ERR_MEMORY : 0;
    for (uint32_t i = 0; status == 0 && i < fitting->places.pairs.count; i++) {
        struct pair at = fitting->places.pairs.pairs[i];
        bool is_new;
        for (uint32_t node = at.a; status == 0; node = contexts_parent(&made->contexts, node)) {
            status = count_pair(&all.pairs, &all.visits, &all.cap, node, at.b, fitting->places.visits[i], &is_new);
            if (node == CONTEXT_ROOT)
                break;
        }
    }
    for (uint32_t node = 0; status == 0 && node < made->contexts.n; node++)
        made->nodes[node].state = PAIR_NONE;
    for (uint32_t i = 0; status == 0 && i < all.pairs.count; i++) {
        struct pair at = all.pairs.pairs[i];
        struct predictor_node *node = &made->nodes[at.a];
        if (node->state == PAIR_NONE || all.visits[i] > most[at.a] ||
            (all.visits[i] == most[at.a] && at.b < node->state)) {
            node->state = at.b;
            most[at.a] = all.visits[i];
        }
    }
    pair_map_release(&all.pairs);
    free(all.visits);
    free(most);
    return status;
}

/* ---- back-off ------------------------------------------------------------------------------------------------- */

/* Probability after a context, all its visits taken together. */
static double probability_after(const struct predictor *predictor, uint32_t node, uint32_t symbol)
{
    double factor = 1;
    for (;; node = contexts_parent(&predictor->contexts, node)) {
        const struct predictor_node *at = &predictor->nodes[node];
        uint32_t id = pair_map_find(&predictor->steps, node, symbol);
        if (id != PAIR_NONE)
            return factor * (double)predictor->cells[id].count / ((double)at->count + at->kinds);
        factor *= at->back;
        if (node == CONTEXT_ROOT)
            return factor;
    }
}

/* Probability where the context is the longest known one. */
static double probability_at(const struct predictor *predictor, uint32_t node, uint32_t symbol)
{
    const struct predictor_node *at = &predictor->nodes[node];
    if (at->own == 0 || at->own == at->count)
        return probability_after(predictor, node, symbol);
    uint32_t id = pair_map_find(&predictor->steps, node, symbol);
    if (id != PAIR_NONE && predictor->cells[id].own > 0)
        return (double)predictor->cells[id].own / ((double)at->own + at->own_kinds);
    return at->own_back * probability_after(predictor, node, symbol);
}

/* Cells in order of their contexts; first[node] .. first[node + 1] - 1. */
static uint32_t *order_cells(const struct predictor *predictor, size_t **first)
{
    size_t n_nodes = predictor->contexts.n, n = predictor->steps.count;
    uint32_t *order = alloc_array(n, sizeof *order);
    *first = alloc_zeroed(n_nodes + 2, sizeof **first);
    if (order == NULL || *first == NULL) {
        free(order);
        free(*first);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        (*first)[predictor->steps.pairs[i].a + 2]++;
    for (size_t i = 2; i < n_nodes + 2; i++)
        (*first)[i] += (*first)[i - 1];
    for (uint32_t i = 0; i < n; i++)
        order[(*first)[predictor->steps.pairs[i].a + 1]++] = i;
    return order;
}

/* Back-off weights, from the root outwards: a parent's id is lower than its children's. */
static int weigh(struct predictor *predictor)
{
    size_t *first;
    uint32_t *order = order_cells(predictor, &first);
    if (order == NULL)
        return LW_ERR_MEMORY;
    struct predictor_node *root = &predictor->nodes[CONTEXT_ROOT];
    bool is_empty = root->count == 0; /* then the end is as unheard of as the unknown */
    root->back = is_empty ? 0.5 : root->kinds / ((double)root->count + root->kinds);
    for (uint32_t node = 1; node < predictor->contexts.n; node++) {
        struct predictor_node *at = &predictor->nodes[node];
        uint32_t parent = contexts_parent(&predictor->contexts, node);
        double rest = 1, own_rest = 1;
        at->back = 1;
        for (size_t i = first[node]; i < first[node + 1]; i++)
            rest -= probability_after(predictor, parent, predictor->steps.pairs[order[i]].b);
        if (at->count > 0)
            at->back = at->kinds / ((double)at->count + at->kinds) / fmax(rest, 1e-300);
        for (size_t i = first[node]; i < first[node + 1]; i++)
            if (predictor->cells[order[i]].own > 0)
                own_rest -= probability_after(predictor, node, predictor->steps.pairs[order[i]].b);
        if (at->own > 0 && at->own < at->count)
            at->own_back = at->own_kinds / ((double)at->own + at->own_kinds) / fmax(own_rest, 1e-300);
    }
    free(order);
    free(first);
    return 0;
}

/* ---- fitting -------------------------------------------------------------------------------------------------- */

/* How often the rarest tenth of the variants came at most: a log that was copied tenfold is no more evidence than it
 * was. But not so many that hardly any evidence would be left: few variants are often there from the start. */
static int measure_repeats(const struct trace_set *set, const struct variants *variants, double *repeats)
{
    uint64_t *counts = alloc_array(variants->n, sizeof *counts);
    double events = 0;
    if (counts == NULL)
        return LW_ERR_MEMORY;
    for (size_t v = 0; v < variants->n; v++) {
        counts[v] = variants->counts[v];
        events += (double)counts[v] * (double)(trace_set_len(set, variants->example[v]) + 1);
    }
    if (variants->n > 0)
        qsort(counts, variants->n, sizeof *counts, order_u64);
    size_t tenth = variants->n / 10;
    *repeats = fmax(1, fmin(variants->n > 0 ? (double)counts[tenth] : 1, events / EVENTS_ENOUGH));
    free(counts);
    return 0;
}

static int fit(struct fitting *fitting, const struct model_size *size, const struct lw_run *run, struct lw_error *err)
{
    struct predictor *made = fitting->predictor;
    if (measure_repeats(fitting->set, fitting->variants, &made->repeats) != 0)
        return fail_memory(err, "learning the machine");
    made->repeats *= size->copies;
    int status = contexts_grow(fitting->set, fitting->variants, made->repeats, run, &made->contexts, err);
    if (status == 0)
        status = merging_learn(fitting->set, fitting->variants, &made->contexts, made->repeats, size->min_visits, run,
                               &made->automaton, err);
    if (status != 0)
        return status;
    made->visits = alloc_zeroed(made->automaton.n_states, sizeof *made->visits);
    made->kinds = alloc_zeroed(made->automaton.n_states, sizeof *made->kinds);
    made->nodes = alloc_zeroed(made->contexts.n, sizeof *made->nodes);
    bool is_complete = made->visits != NULL && made->kinds != NULL && made->nodes != NULL;
    for (size_t v = 0; is_complete && v < fitting->variants->n; v++)
        is_complete = count_variant(fitting, v) == 0;
    is_complete = is_complete && spread_counts(fitting) == 0 && place_contexts(fitting) == 0 && weigh(made) == 0;
    return is_complete ? 0 : fail_memory(err, "learning the machine");
}

int predictor_fit(const struct trace_set *set, const struct variants *variants, const struct model_size *size,
                  const struct lw_run *run, struct predictor *out, struct lw_error *err)
{
    struct predictor made = {.moves = PAIR_MAP_INIT, .steps = PAIR_MAP_INIT};
    struct fitting fitting = {.set = set,
                              .variants = variants,
                              .predictor = &made,
                              .tally = PAIR_MAP_INIT,
                              .places = {.pairs = PAIR_MAP_INIT}};
    memcpy(made.trust, size->trust, sizeof made.trust);
    int status = fit(&fitting, size, run, err);
    pair_map_release(&fitting.tally);
    free(fitting.tally_counts);
    pair_map_release(&fitting.places.pairs);
    free(fitting.places.visits);
    if (status != 0)
        predictor_release(&made);
    else
        *out = made;
    return status;
}

/* ---- walking -------------------------------------------------------------------------------------------------- */

void predictor_begin(struct predictor_walk *walk)
{
    *walk = (struct predictor_walk){.state = AUTOMATON_START, .history = {CONTEXT_BEGIN}, .n_history = 1};
}

/* Two classes for each factor of four in visits, by whether the walk is lost. */
static unsigned class_of(double visits, bool is_lost)
{
    unsigned size = 0;
    while (visits >= 4 && size + 1 < PREDICTOR_CLASSES / 2) {
        visits /= 4;
        size++;
    }
    return 2 * size + is_lost;
}

void predictor_parts(const struct predictor *predictor, const struct predictor_walk *walk, uint32_t symbol,
                     double *of_state, double *of_context, unsigned *class)
{
    uint32_t node = contexts_find(&predictor->contexts, walk->history, walk->n_history);
    uint32_t id = pair_map_find(&predictor->moves, walk->state, symbol);
    double visits = (double)predictor->visits[walk->state], kinds = predictor->repeats * predictor->kinds[walk->state];
    *of_context = probability_at(predictor, node, symbol);
    double own = id == PAIR_NONE ? 0 : (double)predictor->move_counts[id];
    *of_state = visits > 0 ? (own + PRIOR * kinds * *of_context) / (visits + PRIOR * kinds) : *of_context;
    *class = class_of(visits / predictor->repeats, walk->is_lost);
}

double predictor_probability(const struct predictor *predictor, const struct predictor_walk *walk, uint32_t symbol)
{
    double of_state, of_context;
    unsigned class;
    predictor_parts(predictor, walk, symbol, &of_state, &of_context, &class);
    return predictor->trust[class] * of_state + (1 - predictor->trust[class]) * of_context;
}

uint32_t predictor_step(const struct predictor *predictor, struct predictor_walk *walk, uint32_t symbol)
{
    uint32_t move = pair_map_find(&predictor->moves, walk->state, symbol);
    if (pair_map_find(&predictor->steps, CONTEXT_ROOT, symbol) == PAIR_NONE)
        return move; /* unheard of: nothing is known of what it changes */
    push(walk->history, &walk->n_history, symbol);
    walk->is_lost = move == PAIR_NONE;
    if (move != PAIR_NONE) {
        walk->state = automaton_next(&predictor->automaton, walk->state, symbol);
    } else {
        uint32_t at = predictor->nodes[contexts_find(&predictor->contexts, walk->history, walk->n_history)].state;
        walk->state = at == PAIR_NONE ? walk->state : at;
    }
    return move;
}
