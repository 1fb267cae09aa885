/*
 * Red and blue states (Lang, Pearlmutter and Price 1998) over the tree of variants. Red states are learned; blue ones,
 * the roots of what is still a tree, hang on them. The blue state with the most visits is taken next: it is compared
 * with every red one, merged with the best that is not told apart from it, or made red.
 *
 * Two states are told apart when what follows is distributed otherwise: the likelihood ratio of keeping both against
 * merging them, summed over all that can follow as long as both sides have visits to speak of, is significant (G test;
 * symbols that are too rare for it make one cell), in sum or at one place; and it saves at least so many bits. Those
 * bits are measured against two things. A share of the log, so that mere volume adds no states; and how often the
 * rarest tenth of the variants came, since a log that was copied tenfold is no more evidence than it was. Among red
 * states that pass, the one is taken for which the parameters that are saved outweigh the bits that are lost the most.
 *
 * Where a blue state has too few visits for a test, and that is most of a tree of interleaved threads, it goes by its
 * context (contexts.h): it becomes one with the state where most visits with that context are, or a new one if there is
 * none. A log of a single long trace, whose tree is one branch, so gets the states that its contexts are.
 *
 * Rejected: trying all pairs and merging the best first (evidence over all of them costs red times blue comparisons at
 * each step, for machines that were no better); tests against a fixed confidence as in ALERGIA (Carrasco and Oncina
 * 1994), whose states grow with volume.
 */
#include "learn/merging.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "learn/chi_squared.h"
#include "learn/prefix_tree.h"

#define RED          (UINT32_C(1) << 31) /* in a reference: a red state, else a node of the tree */
#define MIN_COMPARED 4.0                 /* on both sides, further down */
#define MIN_EXPECTED 1.0                 /* visits of a symbol on the smaller side that make it a cell */
#define MIN_SEEN     4.0                 /* or there, where hardly any are expected */
#define MAX_COMPARED 2048u               /* places of one comparison */
#define SIGNIFICANCE 1e-4
#define MIN_EFFECT   0.01 /* bits a visit */
#define MIN_GAIN     5e-5 /* bits an event of the log */
#define CELL_WORTH   1.5  /* bits that a parameter less is worth */
#define HOME_WORTH   4.0  /* and that most visits with this context are there */

struct edge {    /* out of a red state */
    uint32_t to; /* reference */
    uint64_t count;
};
struct pair_of {
    uint32_t a, b; /* reference, node of the tree */
};
struct waiting {
    uint64_t count;
    uint32_t node;
};
struct merging {
    struct prefix_tree tree;
    uint64_t *visits; /* [n_red] */
    size_t n_red, cap_red;
    struct pair_map steps; /* (red, symbol) */
    struct edge *edges;
    size_t cap_edges;
    struct pair_map homes; /* (context, red) */
    uint64_t *home_visits;
    size_t cap_homes;
    uint32_t *home; /* [contexts] red state with most visits in this context, or PAIR_NONE */
    uint64_t *home_most;
    struct waiting *heap;
    size_t n_heap, cap_heap;
    struct pair_of *todo;
    size_t n_todo, cap_todo;
    double repeats;  /* copies that make one observation */
    double min_bits; /* that a state must save */
    double min_visits;
};

void automaton_release(struct automaton *automaton)
{
    pair_map_release(&automaton->steps);
    free(automaton->to);
    *automaton = (struct automaton){.steps = PAIR_MAP_INIT};
}

static void merging_release(struct merging *merging)
{
    prefix_tree_release(&merging->tree);
    free(merging->visits);
    pair_map_release(&merging->steps);
    free(merging->edges);
    pair_map_release(&merging->homes);
    free(merging->home_visits);
    free(merging->home);
    free(merging->home_most);
    free(merging->heap);
    free(merging->todo);
}

/* ---- blue states, most visits first ----------------------------------------------------------------------------- */

static bool is_before(const struct waiting *a, const struct waiting *b)
{
    return a->count != b->count ? a->count > b->count : a->node < b->node;
}

static int wait_blue(struct merging *merging, uint32_t node)
{
    size_t at = merging->n_heap;
    if (alloc_grow(&merging->heap, &merging->cap_heap, at + 1, sizeof *merging->heap) != 0)
        return LW_ERR_MEMORY;
    struct waiting *heap = merging->heap, added = {merging->tree.nodes[node].count, node};
    for (; at > 0 && is_before(&added, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = added;
    merging->n_heap++;
    return 0;
}

static struct waiting next_blue(struct merging *merging)
{
    struct waiting *heap = merging->heap, first = heap[0], last = heap[--merging->n_heap];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < merging->n_heap; at = child) {
        if (child + 1 < merging->n_heap && is_before(&heap[child + 1], &heap[child]))
            child++;
        if (!is_before(&heap[child], &last))
            break;
        heap[at] = heap[child];
    }
    heap[at] = last;
    return first;
}

static int push(struct merging *merging, uint32_t a, uint32_t b)
{
    if (alloc_grow(&merging->todo, &merging->cap_todo, merging->n_todo + 1, sizeof *merging->todo) != 0)
        return LW_ERR_MEMORY;
    merging->todo[merging->n_todo++] = (struct pair_of){a, b};
    return 0;
}

/* ---- comparing -------------------------------------------------------------------------------------------------- */

struct verdict {
    double bits, freedom;
    bool is_different;
};
struct cell {
    double a, b; /* visits of a symbol on both sides */
};

static double visits_of(const struct merging *merging, uint32_t a)
{
    return (double)((a & RED) != 0 ? merging->visits[a & ~RED] : merging->tree.nodes[a].count);
}

/* Bits lost when a cell's two shares become one. */
static double cell_bits(struct cell cell, double a, double b)
{
    double both = (cell.a + cell.b) / (a + b), bits = 0;
    if (cell.a > 0)
        bits += cell.a * log2(cell.a / a / both);
    if (cell.b > 0)
        bits += cell.b * log2(cell.b / b / both);
    return bits;
}

/* What follows one place on both sides; pairs further down are put on the list. */
static int compare_place(struct merging *merging, struct pair_of at, double *bits, double *freedom)
{
    const struct prefix *nodes = merging->tree.nodes;
    double a = visits_of(merging, at.a), b = (double)nodes[at.b].count, least = fmin(a, b) / (a + b);
    uint32_t other = (at.a & RED) != 0 ? PAIR_NONE : nodes[at.a].child;
    struct cell rare = {a, 0};
    *bits = *freedom = 0;
    for (uint32_t child = nodes[at.b].child; child != PAIR_NONE; child = nodes[child].next) {
        uint32_t symbol = nodes[child].symbol, to = PAIR_NONE;
        struct cell cell = {0, (double)nodes[child].count};
        if ((at.a & RED) != 0) {
            uint32_t id = pair_map_find(&merging->steps, at.a & ~RED, symbol);
            if (id != PAIR_NONE) {
                to = merging->edges[id].to;
                cell.a = (double)merging->edges[id].count;
            }
        } else {
            while (other != PAIR_NONE && nodes[other].symbol < symbol)
                other = nodes[other].next;
            if (other != PAIR_NONE && nodes[other].symbol == symbol) {
                to = other;
                cell.a = (double)nodes[other].count;
            }
        }
        rare.a -= cell.a;
        if ((cell.a + cell.b) * least < MIN_EXPECTED * merging->repeats &&
            (a < b ? cell.a : cell.b) < MIN_SEEN * merging->repeats) {
            rare.a += cell.a;
            rare.b += cell.b;
        } else {
            *bits += cell_bits(cell, a, b);
            *freedom += 1;
        }
        if (to != PAIR_NONE && symbol != CONTEXT_END && merging->n_todo < MAX_COMPARED &&
            fmin(cell.a, cell.b) >= MIN_COMPARED * merging->repeats && push(merging, to, child) != 0)
            return LW_ERR_MEMORY;
    }
    if (rare.a + rare.b > 0)
        *bits += cell_bits(rare, a, b);
    else
        *freedom -= 1;
    *freedom = fmax(*freedom, 0);
    return 0;
}

static bool is_significant(const struct merging *merging, double bits, double freedom, double visits, double level)
{
    if (freedom < 1 || bits < merging->min_bits || bits < MIN_EFFECT * visits)
        return false;
    return chi_squared_tail(2 * log(2) * bits / merging->repeats, freedom) < level;
}

static int compare(struct merging *merging, uint32_t red, uint32_t blue, struct verdict *out)
{
    double first_visits = (double)merging->tree.nodes[blue].count;
    *out = (struct verdict){0, 0, false};
    merging->n_todo = 0;
    int status = push(merging, red | RED, blue);
    for (size_t i = 0; status == 0 && i < merging->n_todo; i++) {
        double bits, freedom, visits;
        struct pair_of at = merging->todo[i];
        status = compare_place(merging, at, &bits, &freedom);
        visits = fmin(visits_of(merging, at.a), (double)merging->tree.nodes[at.b].count);
        out->bits += bits;
        out->freedom += freedom;
        out->is_different = is_significant(merging, bits, freedom, visits, SIGNIFICANCE / 10);
        if (out->is_different)
            return 0;
    }
    out->is_different = is_significant(merging, out->bits, out->freedom, first_visits, SIGNIFICANCE);
    return status;
}

/* ---- merging ---------------------------------------------------------------------------------------------------- */

static int settle(struct merging *merging, uint32_t context, uint32_t red, uint64_t visits)
{
    size_t before = merging->homes.count;
    uint32_t id;
    if (pair_map_add(&merging->homes, context, red, &id) != 0 ||
        alloc_grow(&merging->home_visits, &merging->cap_homes, merging->homes.count, sizeof *merging->home_visits) != 0)
        return LW_ERR_MEMORY;
    if (merging->homes.count > before)
        merging->home_visits[id] = 0;
    merging->home_visits[id] += visits;
    if (merging->home[context] == PAIR_NONE || merging->home_visits[id] > merging->home_most[context]) {
        merging->home[context] = red;
        merging->home_most[context] = merging->home_visits[id];
    }
    return 0;
}

/* Hangs a node of the tree on a red state: a blue state, unless it is an end. */
static int hang(struct merging *merging, uint32_t red, uint32_t node)
{
    struct prefix *at = &merging->tree.nodes[node];
    uint32_t id;
    size_t before = merging->steps.count;
    if (pair_map_add(&merging->steps, red, at->symbol, &id) != 0 ||
        alloc_grow(&merging->edges, &merging->cap_edges, merging->steps.count, sizeof *merging->edges) != 0)
        return LW_ERR_MEMORY;
    if (merging->steps.count == before) {
        merging->edges[id].count += at->count;
        return at->symbol == CONTEXT_END ? 0 : push(merging, merging->edges[id].to, node);
    }
    merging->edges[id] = (struct edge){node, at->count};
    at->mark = id;
    return at->symbol == CONTEXT_END ? 0 : wait_blue(merging, node);
}

/* Makes the children of b those of a, two nodes of the tree; children on both sides are to be merged in turn. */
static int join_children(struct merging *merging, uint32_t a, uint32_t b)
{
    struct prefix *nodes = merging->tree.nodes;
    uint32_t left = nodes[a].child, right = nodes[b].child, *end = &nodes[a].child;
    while (left != PAIR_NONE || right != PAIR_NONE) {
        uint32_t taken;
        if (right == PAIR_NONE || (left != PAIR_NONE && nodes[left].symbol <= nodes[right].symbol)) {
            taken = left;
            left = nodes[left].next;
            if (right != PAIR_NONE && nodes[right].symbol == nodes[taken].symbol) {
                if (push(merging, taken, right) != 0)
                    return LW_ERR_MEMORY;
                right = nodes[right].next;
            }
        } else {
            taken = right;
            right = nodes[right].next;
        }
        *end = taken;
        end = &nodes[taken].next;
    }
    *end = PAIR_NONE;
    return 0;
}

/* What is on the list is merged, and what has to follow from it. */
static int fold(struct merging *merging)
{
    int status = 0;
    while (status == 0 && merging->n_todo > 0) {
        struct pair_of at = merging->todo[--merging->n_todo];
        struct prefix *nodes = merging->tree.nodes;
        if ((at.a & RED) == 0) {
            nodes[at.a].count += nodes[at.b].count;
            if (nodes[at.a].symbol != CONTEXT_END)
                status = join_children(merging, at.a, at.b);
            if (status == 0 && nodes[at.a].mark != PAIR_NONE && nodes[at.a].symbol != CONTEXT_END)
                status = wait_blue(merging, at.a);
            continue;
        }
        merging->visits[at.a & ~RED] += nodes[at.b].count;
        status = settle(merging, nodes[at.b].context, at.a & ~RED, nodes[at.b].count);
        for (uint32_t child = nodes[at.b].child, next; status == 0 && child != PAIR_NONE; child = next) {
            next = nodes[child].next;
            status = hang(merging, at.a & ~RED, child);
        }
    }
    return status;
}

/* The blue node becomes one with the red state, which may be new. */
static int merge(struct merging *merging, uint32_t red, uint32_t blue)
{
    if (red == merging->n_red) {
        if (alloc_grow(&merging->visits, &merging->cap_red, merging->n_red + 1, sizeof *merging->visits) != 0)
            return LW_ERR_MEMORY;
        merging->visits[merging->n_red++] = 0;
    }
    uint32_t edge = merging->tree.nodes[blue].mark;
    merging->tree.nodes[blue].mark = PAIR_NONE;
    if (edge != PAIR_NONE)
        merging->edges[edge].to = red | RED;
    merging->n_todo = 0;
    return push(merging, red | RED, blue) == 0 ? fold(merging) : LW_ERR_MEMORY;
}

/* The red state that a blue one is, n_red for a new one. */
static int choose_red(struct merging *merging, uint32_t blue, uint32_t *red)
{
    const struct prefix *at = &merging->tree.nodes[blue];
    uint32_t home = merging->home[at->context];
    double best = -INFINITY;
    *red = (uint32_t)merging->n_red;
    if (home == AUTOMATON_START)
        home = PAIR_NONE;
    if ((double)at->count < merging->min_visits * merging->repeats) {
        if (home != PAIR_NONE)
            *red = home;
        return 0;
    }
    for (uint32_t r = 1; r < merging->n_red; r++) { /* nothing leads back to the start */
        struct verdict verdict;
        if (compare(merging, r, blue, &verdict) != 0)
            return LW_ERR_MEMORY;
        double worth = CELL_WORTH * verdict.freedom - verdict.bits / merging->repeats + (r == home ? HOME_WORTH : 0);
        if (!verdict.is_different && worth > best) {
            best = worth;
            *red = r;
        }
    }
    return 0;
}

static int merge_all(struct merging *merging, const struct lw_run *run, struct lw_error *err)
{
    int status = merge(merging, 0, 0);
    for (size_t i = 0; status == 0 && merging->n_heap > 0; i++) {
        struct waiting blue = next_blue(merging);
        const struct prefix *node = &merging->tree.nodes[blue.node];
        uint32_t red;
        if (node->mark == PAIR_NONE || node->count != blue.count)
            continue; /* it was merged since, or waits with more visits */
        status = i % 256 == 0 ? run_check(run, err) : 0;
        if (status != 0)
            return status;
        status = choose_red(merging, blue.node, &red);
        if (status == 0)
            status = merge(merging, red, blue.node);
    }
    return status == 0 ? 0 : fail_memory(err, "learning the machine");
}

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static int take_automaton(struct merging *merging, struct automaton *out)
{
    struct automaton made = {.n_states = merging->n_red, .steps = PAIR_MAP_INIT};
    size_t cap = 0;
    int status = 0;
    for (size_t i = 0; status == 0 && i < merging->steps.count; i++) {
        struct pair step = merging->steps.pairs[i];
        uint32_t id;
        if (step.b == CONTEXT_END)
            continue;
        status = pair_map_add(&made.steps, step.a, step.b, &id);
        if (status == 0)
            status = alloc_grow(&made.to, &cap, made.steps.count, sizeof *made.to);
        if (status == 0)
            made.to[id] = merging->edges[i].to & ~RED;
    }
    if (status != 0)
        automaton_release(&made);
    else
        *out = made;
    return status;
}

int merging_learn(const struct trace_set *set, const struct variants *variants, const struct contexts *contexts,
                  double repeats, double min_visits, const struct lw_run *run, struct automaton *out,
                  struct lw_error *err)
{
    struct merging merging = {
        .steps = PAIR_MAP_INIT, .homes = PAIR_MAP_INIT, .repeats = repeats, .min_visits = min_visits};
    int status = prefix_tree_build(set, variants, contexts, &merging.tree, err);
    if (status != 0)
        return status;
    merging.home = alloc_array(contexts->n, sizeof *merging.home);
    merging.home_most = alloc_zeroed(contexts->n, sizeof *merging.home_most);
    bool is_ready = merging.home != NULL && merging.home_most != NULL;
    for (size_t v = 0; v < variants->n; v++)
        merging.min_bits +=
            MIN_GAIN * (double)variants->counts[v] * (double)(trace_set_len(set, variants->example[v]) + 1);
    for (size_t i = 0; is_ready && i < contexts->n; i++)
        merging.home[i] = PAIR_NONE;
    status = is_ready ? merge_all(&merging, run, err) : fail_memory(err, "learning the machine");
    if (status == 0 && take_automaton(&merging, out) != 0)
        status = fail_memory(err, "learning the machine");
    merging_release(&merging);
    return status;
}
