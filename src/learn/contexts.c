/*
 * Growing. Contexts are counted one length after the other. Each place of each variant remembers the node of its
 * current context; the next level splits that by one older symbol. A candidate is kept when the next symbol after it is
 * distributed otherwise than after the longest kept context inside it:
 *   - significantly: G test (likelihood ratio), corrected for the number of candidates of the level (Bonferroni);
 *   - by an effect of at least MIN_EFFECT bits a visit (Kullback-Leibler divergence);
 *   - worth MIN_GAIN bits per event of the log.
 * The last one is a share, not a count: a log that is repeated makes every difference significant, yet its states stay
 * bounded by 1 / MIN_GAIN times its entropy. Places whose next symbol is certain already are not split any further,
 * which is most of a real log.
 */
#include "learn/contexts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "learn/chi_squared.h"

#define MIN_VISITS   4
#define MAX_EFFECT   8.0 /* bits a visit that a context is taken to save at most: rarer ones are not looked at */
#define MIN_EFFECT   0.02
#define MIN_GAIN     5e-5
#define SIGNIFICANCE 0.01
#define MAX_NODES    (1u << 22)

struct cell { /* how often `symbol` comes after `node` */
    uint32_t node, symbol;
    uint64_t count;
};
struct growth {
    const struct trace_set *set;
    const struct variants *variants;
    double repeats;
    uint32_t *at;   /* node of each place: variant by variant, one more than it has events */
    uint64_t total; /* places, each as often as its variant */
    uint64_t min_visits;
    struct pair_map nodes;
    struct node {
        uint64_t visits;
        size_t first, n; /* its cells */
        bool is_kept, can_grow;
    } * list; /* [nodes.count + 1] */
    size_t cap_list;
    struct cell *cells; /* of all nodes, by (node, symbol) */
    size_t n_cells, cap_cells;
};

void contexts_release(struct contexts *contexts)
{
    pair_map_release(&contexts->children);
    contexts->n = 0;
}

uint32_t contexts_find(const struct contexts *contexts, const uint32_t *history, size_t n)
{
    uint32_t node = CONTEXT_ROOT;
    for (size_t i = 0; i < n; i++) {
        uint32_t child = pair_map_find(&contexts->children, node, history[i]);
        if (child == PAIR_NONE)
            break;
        node = child + 1;
    }
    return node;
}

uint32_t contexts_parent(const struct contexts *contexts, uint32_t node)
{
    return contexts->children.pairs[node - 1].a;
}

size_t contexts_symbols(const struct contexts *contexts, uint32_t node, uint32_t *symbols)
{
    size_t n = 0;
    for (uint32_t at = node; at != CONTEXT_ROOT; at = contexts_parent(contexts, at))
        symbols[n++] = contexts->children.pairs[at - 1].b;
    for (size_t i = 0; i < n / 2; i++) {
        uint32_t other = symbols[i];
        symbols[i] = symbols[n - 1 - i];
        symbols[n - 1 - i] = other;
    }
    return n;
}

/* ---- counting one level --------------------------------------------------------------------------------------- */

/* Moves every place from its context to the one longer by a symbol; len is the new length. */
static int lengthen(struct growth *growth, size_t len)
{
    const struct trace_set *set = growth->set;
    size_t place = 0;
    for (size_t v = 0; v < growth->variants->n; v++) {
        size_t example = growth->variants->example[v], n_events = trace_set_len(set, example);
        const uint32_t *events = set->templates + set->first[example];
        for (size_t i = 0; i <= n_events; i++, place++) {
            uint32_t node = growth->at[place];
            if (node == PAIR_NONE)
                continue;
            growth->at[place] = PAIR_NONE;
            if (!growth->list[node].can_grow || i + 1 < len)
                continue;
            uint32_t id, older = i + 1 == len ? CONTEXT_BEGIN : events[i - len];
            size_t before = growth->nodes.count;
            if (before >= MAX_NODES && pair_map_find(&growth->nodes, node, older) == PAIR_NONE)
                continue;
            if (pair_map_add(&growth->nodes, node, older, &id) != 0 ||
                alloc_grow(&growth->list, &growth->cap_list, growth->nodes.count + 1, sizeof *growth->list) != 0)
                return LW_ERR_MEMORY;
            if (growth->nodes.count > before)
                growth->list[id + 1] = (struct node){0};
            growth->list[id + 1].visits += growth->variants->counts[v];
            growth->at[place] = id + 1;
        }
    }
    return 0;
}

static int by_node(const void *left, const void *right)
{
    const struct cell *a = left, *b = right;
    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    return a->symbol < b->symbol ? -1 : a->symbol > b->symbol;
}

/* Counts what comes next at each place; contexts that are too rare are left. */
static int count_next(struct growth *growth, size_t len)
{
    const struct trace_set *set = growth->set;
    struct pair_map map = PAIR_MAP_INIT;
    size_t place = 0, start = growth->n_cells;
    int status = 0;
    for (size_t v = 0; status == 0 && v < growth->variants->n; v++) {
        size_t example = growth->variants->example[v], n_events = trace_set_len(set, example);
        const uint32_t *events = set->templates + set->first[example];
        for (size_t i = 0; status == 0 && i <= n_events; i++, place++) {
            uint32_t id, node = growth->at[place];
            if (node == PAIR_NONE)
                continue;
            if (len > 1 && growth->list[node].visits < growth->min_visits) {
                growth->at[place] = PAIR_NONE;
                continue;
            }
            uint32_t next = i < n_events ? events[i] : CONTEXT_END;
            status = pair_map_add(&map, node, next, &id);
            if (status == 0 && start + map.count > growth->n_cells) {
                status = alloc_grow(&growth->cells, &growth->cap_cells, growth->n_cells + 1, sizeof *growth->cells);
                if (status == 0)
                    growth->cells[growth->n_cells++] = (struct cell){node, next, 0};
            }
            if (status == 0)
                growth->cells[start + id].count += growth->variants->counts[v];
        }
    }
    pair_map_release(&map);
    if (status != 0)
        return status;
    if (growth->n_cells > start)
        qsort(growth->cells + start, growth->n_cells - start, sizeof *growth->cells, by_node);
    for (size_t i = start; i < growth->n_cells; i++) {
        struct node *node = &growth->list[growth->cells[i].node];
        if (node->n++ == 0)
            node->first = i;
    }
    return 0;
}

/* ---- choosing ------------------------------------------------------------------------------------------------- */

/* Bits a visit that knowing `node` saves over its shorter `base`. Both lists are sorted; base has all symbols of node.
 */
static double divergence(const struct growth *growth, const struct node *node, const struct node *base)
{
    const struct cell *in_base = growth->cells + base->first;
    double bits = 0;
    for (size_t i = 0; i < node->n; i++) {
        const struct cell *cell = &growth->cells[node->first + i];
        while (in_base->symbol != cell->symbol)
            in_base++;
        double p = (double)cell->count / (double)node->visits, q = (double)in_base->count / (double)base->visits;
        bits += p * log2(p / q);
    }
    return bits;
}

static bool is_different(const struct growth *growth, const struct node *node, const struct node *base,
                         size_t n_candidates)
{
    double bits = divergence(growth, node, base), visits = (double)node->visits;
    if (base->n < 2 || bits < MIN_EFFECT || bits * visits < MIN_GAIN * (double)growth->total)
        return false;
    double tail = chi_squared_tail(2 * log(2) * visits * bits / growth->repeats, (double)(base->n - 1));
    return tail * (double)n_candidates < SIGNIFICANCE;
}

static void choose(struct growth *growth, size_t first_node, size_t len)
{
    size_t n_candidates = 0;
    for (size_t i = first_node; i <= growth->nodes.count; i++)
        n_candidates += growth->list[i].n > 0;
    for (size_t i = first_node; i <= growth->nodes.count; i++) {
        struct node *node = &growth->list[i];
        if (node->n == 0)
            continue;
        uint32_t base = growth->nodes.pairs[i - 1].a;
        while (!growth->list[base].is_kept)
            base = growth->nodes.pairs[base - 1].a;
        node->is_kept = len == 1 || is_different(growth, node, &growth->list[base], n_candidates);
        node->can_grow =
            node->n > 1 && node->visits >= 2 * growth->min_visits && growth->nodes.pairs[i - 1].b != CONTEXT_BEGIN;
    }
}

/* ---- closing -------------------------------------------------------------------------------------------------- */

/* Adds the context symbols[n] (newest first), what it begins with and what it ends with. */
static int add_closed(struct contexts *contexts, const uint32_t *symbols, size_t n)
{
    for (size_t from = 0; from < n; from++) {
        uint32_t node = CONTEXT_ROOT, child;
        for (size_t i = from; i < n; i++) {
            if (pair_map_add(&contexts->children, node, symbols[i], &child) != 0)
                return LW_ERR_MEMORY;
            node = child + 1;
        }
    }
    contexts->n = contexts->children.count + 1;
    return 0;
}

static int close_contexts(const struct growth *growth, struct contexts *out)
{
    int status = add_closed(out, (const uint32_t[]){CONTEXT_BEGIN}, 1);
    for (size_t i = 1; status == 0 && i <= growth->nodes.count; i++) {
        uint32_t symbols[CONTEXT_MAX_LEN], back[CONTEXT_MAX_LEN];
        size_t n = 0;
        if (!growth->list[i].is_kept)
            continue;
        for (size_t at = i; at != CONTEXT_ROOT; at = growth->nodes.pairs[at - 1].a)
            back[n++] = growth->nodes.pairs[at - 1].b;
        for (size_t k = 0; k < n; k++)
            symbols[k] = back[n - 1 - k];
        status = add_closed(out, symbols, n);
    }
    return status;
}

static int start_growth(struct growth *growth)
{
    size_t n_places = 0;
    for (size_t v = 0; v < growth->variants->n; v++) {
        size_t n = trace_set_len(growth->set, growth->variants->example[v]) + 1;
        n_places += n;
        growth->total += n * growth->variants->counts[v];
    }
    growth->min_visits = (uint64_t)fmax(MIN_GAIN / MAX_EFFECT * (double)growth->total, MIN_VISITS * growth->repeats);
    growth->at = alloc_zeroed(n_places, sizeof *growth->at);
    if (growth->at == NULL || alloc_grow(&growth->list, &growth->cap_list, 1, sizeof *growth->list) != 0)
        return LW_ERR_MEMORY;
    growth->list[CONTEXT_ROOT] = (struct node){.visits = growth->total, .is_kept = true, .can_grow = true};
    return 0;
}

int contexts_grow(const struct trace_set *set, const struct variants *variants, double repeats,
                  const struct lw_run *run, struct contexts *out, struct lw_error *err)
{
    struct growth growth = {.set = set, .variants = variants, .repeats = repeats, .nodes = PAIR_MAP_INIT};
    struct contexts made = {PAIR_MAP_INIT, 1};
    int status = start_growth(&growth);
    for (size_t len = 1; status == 0 && len <= CONTEXT_MAX_LEN; len++) {
        size_t first_node = growth.nodes.count + 1;
        status = run_check(run, err);
        if (status == 0)
            status = lengthen(&growth, len);
        if (status == 0 && growth.nodes.count + 1 == first_node)
            break;
        if (status == 0)
            status = count_next(&growth, len);
        if (status == 0)
            choose(&growth, first_node, len);
    }
    if (status == 0)
        status = close_contexts(&growth, &made);
    pair_map_release(&growth.nodes);
    free(growth.at);
    free(growth.list);
    free(growth.cells);
    if (status != 0) {
        contexts_release(&made);
        return status == LW_ERR_MEMORY ? fail_memory(err, "learning contexts") : status;
    }
    *out = made;
    return 0;
}
