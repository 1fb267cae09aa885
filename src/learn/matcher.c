#include "learn/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define BUDGET 4096 /* nodes visited for one message */

void matcher_init(struct matcher *matcher)
{
    *matcher = (struct matcher){NULL, 0, 0, NULL, 0, 0};
}

void matcher_release(struct matcher *matcher)
{
    free(matcher->edges);
    free(matcher->values);
    matcher_init(matcher);
}

static struct matcher_edge *find_edge(const struct matcher *matcher, uint32_t node, uint32_t symbol)
{
    uint64_t hash = ((uint64_t)node << 32 | symbol) * 0x9e3779b97f4a7c15u;
    size_t mask = matcher->n_slots - 1;
    for (size_t at = (size_t)(hash >> 32) & mask;; at = (at + 1) & mask) {
        struct matcher_edge *edge = &matcher->edges[at];
        if (edge->to == 0 || (edge->node == node && edge->symbol == symbol))
            return edge;
    }
}

static int grow(struct matcher *matcher)
{
    if (alloc_grow(&matcher->values, &matcher->cap, matcher->n_nodes + 2, sizeof *matcher->values) != 0)
        return LW_ERR_MEMORY;
    if ((matcher->n_edges + 1) * 2 <= matcher->n_slots)
        return 0;
    struct matcher old = *matcher;
    matcher->n_slots = old.n_slots == 0 ? 64 : old.n_slots * 2;
    matcher->edges = alloc_zeroed(matcher->n_slots, sizeof *matcher->edges);
    if (matcher->edges == NULL) {
        matcher->edges = old.edges;
        matcher->n_slots = old.n_slots;
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < old.n_slots; i++)
        if (old.edges[i].to != 0)
            *find_edge(matcher, old.edges[i].node, old.edges[i].symbol) = old.edges[i];
    free(old.edges);
    return 0;
}

int matcher_add(struct matcher *matcher, const struct shape *shape, uint32_t value)
{
    uint32_t node = 0;
    for (size_t i = 0; i <= shape->n; i++) {
        if (grow(matcher) != 0)
            return LW_ERR_MEMORY;
        if (matcher->n_nodes == 0)
            matcher->values[matcher->n_nodes++] = MATCHER_NONE;
        if (i == shape->n)
            break;
        bool is_weak = (shape->elements[i] & ELEMENT_WEAK) != 0;
        uint32_t symbol = is_weak ? SYMBOL_VALUE : element_symbol(shape->elements[i]);
        struct matcher_edge *edge = find_edge(matcher, node, symbol);
        if (edge->to == 0) {
            *edge = (struct matcher_edge){node, symbol, (uint32_t)matcher->n_nodes};
            matcher->values[matcher->n_nodes++] = MATCHER_NONE;
            matcher->n_edges++;
        }
        node = edge->to;
    }
    if (matcher->values[node] == MATCHER_NONE)
        matcher->values[node] = value;
    return 0;
}

struct search {
    const struct matcher *matcher;
    const struct unit *units;
    size_t n, budget;
};

/* Depth is bounded by the length of the longest shape, at most MASK_MAX_TOKENS * 2. */
static uint32_t visit(struct search *search, uint32_t node, size_t at)
{
    const struct matcher *matcher = search->matcher;
    if (search->budget == 0)
        return MATCHER_NONE;
    search->budget--;
    if (at == search->n && matcher->values[node] != MATCHER_NONE)
        return matcher->values[node];
    uint32_t found = MATCHER_NONE, to;
    if (at < search->n) {
        const struct unit *unit = &search->units[at];
        if (unit->word >= SYMBOL_FIRST_WORD && (to = find_edge(matcher, node, unit->word)->to) != 0)
            found = visit(search, to, at + 1);
        if (found == MATCHER_NONE && !unit->is_mark && (to = find_edge(matcher, node, SYMBOL_VALUE)->to) != 0)
            found = visit(search, to, at + 1);
    }
    if (found == MATCHER_NONE && (to = find_edge(matcher, node, SYMBOL_VALUES)->to) != 0)
        for (size_t end = at; end <= search->n && found == MATCHER_NONE; end++)
            found = visit(search, to, end);
    return found;
}

uint32_t matcher_find(const struct matcher *matcher, const struct unit *units, size_t n)
{
    if (matcher->n_nodes == 0)
        return MATCHER_NONE;
    struct search search = {matcher, units, n, BUDGET};
    return visit(&search, 0, 0);
}
