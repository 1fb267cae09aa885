/*
 * Interpolated Kneser-Ney smoothing (Chen and Goodman 1999): the longest history counts how often a symbol came after
 * it, shorter ones after how many different older symbols it did; from each count a discount is taken, estimated from
 * how many counts are one and two, and shared out as the shorter history says. A history that reaches back to the
 * beginning of the trace has nothing older, so it keeps its plain counts.
 */
#include "learn/ngram.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"

struct ngram_node {
    uint64_t count, types_count; /* sums over cells of count and of types */
    uint32_t kinds, typed_kinds;
    uint8_t len;
    bool has_begin;
};
struct ngram_cell {
    uint64_t count;
    uint32_t types; /* different older symbols before it */
};

void ngram_release(struct ngram *ngram)
{
    pair_map_release(&ngram->nodes);
    pair_map_release(&ngram->steps);
    free(ngram->list);
    free(ngram->cells);
    *ngram = (struct ngram){.nodes = PAIR_MAP_INIT, .steps = PAIR_MAP_INIT};
}

static int add_node(struct ngram *ngram, uint32_t parent, uint32_t older, uint32_t *node)
{
    size_t before = ngram->nodes.count;
    uint32_t id;
    if (pair_map_add(&ngram->nodes, parent, older, &id) != 0 ||
        alloc_grow(&ngram->list, &ngram->cap_list, ngram->nodes.count + 1, sizeof *ngram->list) != 0)
        return LW_ERR_MEMORY;
    *node = id + 1;
    if (ngram->nodes.count > before)
        ngram->list[*node] =
            (struct ngram_node){.len = (uint8_t)(ngram->list[parent].len + 1), .has_begin = older == CONTEXT_BEGIN};
    return 0;
}

/* One more of the symbol after a node; is_new: never before. */
static int add_cell(struct ngram *ngram, uint32_t node, uint32_t symbol, uint64_t by, bool *is_new, uint32_t *id)
{
    size_t before = ngram->steps.count;
    if (pair_map_add(&ngram->steps, node, symbol, id) != 0 ||
        alloc_grow(&ngram->cells, &ngram->cap_cells, ngram->steps.count, sizeof *ngram->cells) != 0)
        return LW_ERR_MEMORY;
    *is_new = ngram->steps.count > before;
    if (*is_new) {
        ngram->cells[*id] = (struct ngram_cell){0, 0};
        ngram->list[node].kinds++;
    }
    ngram->cells[*id].count += by;
    ngram->list[node].count += by;
    return 0;
}

/* Symbol before place i, so far back; CONTEXT_BEGIN just before the first. */
static uint32_t older_symbol(const uint32_t *events, size_t i, size_t back)
{
    return back < i ? events[i - 1 - back] : CONTEXT_BEGIN;
}

static int count_place(struct ngram *ngram, const uint32_t *events, size_t i, uint32_t symbol, uint64_t by)
{
    uint32_t node = CONTEXT_ROOT, id, shorter = PAIR_NONE;
    for (size_t len = 0;; len++) {
        bool is_new;
        if (add_cell(ngram, node, symbol, by, &is_new, &id) != 0)
            return LW_ERR_MEMORY;
        if (is_new && len > 0) {
            struct ngram_node *parent = &ngram->list[ngram->nodes.pairs[node - 1].a];
            parent->typed_kinds += ngram->cells[shorter].types++ == 0;
            parent->types_count++;
        }
        shorter = id;
        if (len == NGRAM_LONGEST - 1 || len > i)
            return 0;
        if (add_node(ngram, node, older_symbol(events, i, len), &node) != 0)
            return LW_ERR_MEMORY;
    }
}

/* n1 / (n1 + 2 n2) for each length of history, with plain counts and with those of types. */
static void estimate_discounts(struct ngram *ngram)
{
    double ones[2][NGRAM_LONGEST] = {{0}}, twos[2][NGRAM_LONGEST] = {{0}};
    for (size_t i = 0; i < ngram->steps.count; i++) {
        size_t len = ngram->list[ngram->steps.pairs[i].a].len;
        ones[0][len] += ngram->cells[i].count == 1;
        twos[0][len] += ngram->cells[i].count == 2;
        ones[1][len] += ngram->cells[i].types == 1;
        twos[1][len] += ngram->cells[i].types == 2;
    }
    for (size_t len = 0; len < NGRAM_LONGEST; len++) {
        ngram->raw_discounts[len] = fmin(.95, (ones[0][len] + .5) / (ones[0][len] + 2 * twos[0][len] + 1));
        ngram->discounts[len] = fmin(.95, (ones[1][len] + .5) / (ones[1][len] + 2 * twos[1][len] + 1));
    }
}

int ngram_fit(const struct trace_set *set, const struct variants *variants, struct ngram *out, struct lw_error *err)
{
    struct ngram made = {.nodes = PAIR_MAP_INIT, .steps = PAIR_MAP_INIT};
    int status = alloc_grow(&made.list, &made.cap_list, 1, sizeof *made.list);
    if (status == 0)
        made.list[CONTEXT_ROOT] = (struct ngram_node){0};
    for (size_t v = 0; status == 0 && v < variants->n; v++) {
        size_t n = trace_set_len(set, variants->example[v]);
        const uint32_t *events = set->templates + set->first[variants->example[v]];
        for (size_t i = 0; status == 0 && i <= n; i++)
            status = count_place(&made, events, i, i < n ? events[i] : CONTEXT_END, variants->counts[v]);
    }
    if (status != 0) {
        ngram_release(&made);
        return fail_memory(err, "fitting n-grams");
    }
    estimate_discounts(&made);
    made.n_symbols = made.list[CONTEXT_ROOT].kinds + 1.0;
    *out = made;
    return 0;
}

/* One step of the interpolation: from what a shorter history says to what the node does. */
static double sharpen(const struct ngram *ngram, uint32_t node, uint32_t symbol, bool is_longest, double shorter)
{
    const struct ngram_node *at = &ngram->list[node];
    uint32_t id = pair_map_find(&ngram->steps, node, symbol);
    bool is_raw = is_longest || at->has_begin;
    double all = (double)(is_raw ? at->count : at->types_count), kinds = is_raw ? at->kinds : at->typed_kinds;
    double discount = is_raw ? ngram->raw_discounts[at->len] : ngram->discounts[at->len];
    double count = id == PAIR_NONE ? 0 : (double)(is_raw ? ngram->cells[id].count : ngram->cells[id].types);
    return all <= 0 ? shorter : (fmax(count - discount, 0) + discount * kinds * shorter) / all;
}

/* Of the first n_steps steps; step n is the end. */
static void add_bits(const struct ngram *ngram, const uint32_t *events, size_t n, size_t n_steps, double *bits)
{
    for (size_t i = 0; i < n_steps; i++) {
        uint32_t node = CONTEXT_ROOT, symbol = i < n ? events[i] : CONTEXT_END;
        double p = 1 / ngram->n_symbols, longest = p;
        for (size_t len = 0; len < NGRAM_LONGEST; len++) {
            if (node != PAIR_NONE) {
                longest = sharpen(ngram, node, symbol, true, p);
                p = sharpen(ngram, node, symbol, false, p);
                uint32_t child =
                    len <= i ? pair_map_find(&ngram->nodes, node, older_symbol(events, i, len)) : PAIR_NONE;
                node = child == PAIR_NONE ? PAIR_NONE : child + 1;
            }
            bits[len] -= log2(longest);
        }
    }
}

void ngram_bits(const struct ngram *ngram, const uint32_t *events, size_t n, double *bits)
{
    add_bits(ngram, events, n, n + 1, bits);
}

void ngram_prefix_bits(const struct ngram *ngram, const uint32_t *events, size_t n, double *bits)
{
    add_bits(ngram, events, n, n, bits);
}

/* ---- drawing ------------------------------------------------------------------------------------------------------
 */

int ngram_draws_init(const struct ngram *ngram, struct ngram_draws *out, struct lw_error *err)
{
    size_t n_nodes = ngram->nodes.count + 1, n = ngram->steps.count;
    struct ngram_draws made = {alloc_zeroed(n_nodes + 2, sizeof *made.first), alloc_array(n, sizeof *made.symbols),
                               alloc_array(2 * n, sizeof *made.cumulative)};
    if (made.first == NULL || made.symbols == NULL || made.cumulative == NULL) {
        ngram_draws_release(&made);
        return fail_memory(err, "fitting n-grams");
    }
    for (size_t i = 0; i < n; i++)
        made.first[ngram->steps.pairs[i].a + 2]++;
    for (size_t node = 2; node < n_nodes + 2; node++)
        made.first[node] += made.first[node - 1];
    for (size_t i = 0; i < n; i++) {
        const struct ngram_node *node = &ngram->list[ngram->steps.pairs[i].a];
        size_t at = made.first[ngram->steps.pairs[i].a + 1]++;
        double raw = fmax((double)ngram->cells[i].count - ngram->raw_discounts[node->len], 0);
        double typed = fmax((double)ngram->cells[i].types - ngram->discounts[node->len], 0);
        made.symbols[at] = ngram->steps.pairs[i].b;
        made.cumulative[at] = raw;
        made.cumulative[n + at] = typed;
    }
    for (size_t node = 0; node < n_nodes; node++)
        for (size_t at = made.first[node] + 1; at < made.first[node + 1]; at++) {
            made.cumulative[at] += made.cumulative[at - 1];
            made.cumulative[n + at] += made.cumulative[n + at - 1];
        }
    *out = made;
    return 0;
}

void ngram_draws_release(struct ngram_draws *draws)
{
    free(draws->first);
    free(draws->symbols);
    free(draws->cumulative);
    *draws = (struct ngram_draws){NULL, NULL, NULL};
}

/* A symbol of the node by its discounted count, or CONTEXT_BEGIN: a shorter history decides. */
static uint32_t draw_at(const struct ngram *ngram, const struct ngram_draws *draws, uint32_t node, bool is_longest,
                        struct rng *rng)
{
    const struct ngram_node *at = &ngram->list[node];
    bool is_raw = is_longest || at->has_begin;
    double all = (double)(is_raw ? at->count : at->types_count), where = rng_uniform(rng) * all;
    const double *cumulative = draws->cumulative + (is_raw ? 0 : ngram->steps.count);
    size_t low = draws->first[node], high = draws->first[node + 1];
    while (low < high) { /* the first that lies above */
        size_t middle = (low + high) / 2;
        if (cumulative[middle] <= where)
            low = middle + 1;
        else
            high = middle;
    }
    return low < draws->first[node + 1] ? draws->symbols[low] : CONTEXT_BEGIN;
}

uint32_t ngram_draw(const struct ngram *ngram, const struct ngram_draws *draws, unsigned order, const uint32_t *events,
                    size_t n, struct rng *rng)
{
    uint32_t path[NGRAM_LONGEST] = {CONTEXT_ROOT}, symbol = CONTEXT_BEGIN;
    size_t len = 0;
    while (len + 1 < order && len <= n) {
        uint32_t child = pair_map_find(&ngram->nodes, path[len], older_symbol(events, n, len));
        if (child == PAIR_NONE)
            break;
        path[++len] = child + 1;
    }
    while (symbol == CONTEXT_BEGIN)
        for (size_t i = len + 1; i-- > 0 && symbol == CONTEXT_BEGIN;)
            symbol = draw_at(ngram, draws, path[i], i + 1 == order, rng);
    return symbol;
}
