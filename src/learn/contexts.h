/*
 * Contexts: what was last seen, as far back as it matters for what comes next. They form a trie read backwards in time
 * (a node's parent is the context without its oldest symbol), closed under cutting symbols off either end, so that
 * the longest known context after a step follows from the longest known one before it: the probabilistic suffix
 * automata of Ron, Singer and Tishby (1996).
 */
#ifndef LW_LEARN_CONTEXTS_H
#define LW_LEARN_CONTEXTS_H

#include "learn/pair_map.h"
#include "learn/trace_set.h"

#define CONTEXT_MAX_LEN 8u
#define CONTEXT_BEGIN   (UINT32_MAX - 1) /* the symbol that stands before the first event */
#define CONTEXT_END     (UINT32_MAX - 2) /* and the one after the last */
#define CONTEXT_ROOT    0u               /* the node of the empty context */

struct contexts {
    struct pair_map children; /* (node, next older symbol); child i is node i + 1 */
    size_t n;                 /* nodes, the root included */
};

/* Grows the trie: every single symbol is a context; a longer one is added where the distribution of the next symbol
 * differs from that after the shorter one. A pure function of the set.
 * variants: those of the set that count, as often as they say; repeats: so many copies of one are one observation. */
int contexts_grow(const struct trace_set *set, const struct variants *variants, double repeats,
                  const struct lw_run *run, struct contexts *out, struct lw_error *err);
void contexts_release(struct contexts *contexts);
/* Node of the longest known context of history[n], newest symbol first; the root if not even history[0] is known. */
uint32_t contexts_find(const struct contexts *contexts, const uint32_t *history, size_t n);
uint32_t contexts_parent(const struct contexts *contexts, uint32_t node); /* node > 0 */
/* Symbols of a node, newest first, into symbols[CONTEXT_MAX_LEN]; gives their number. */
size_t contexts_symbols(const struct contexts *contexts, uint32_t node, uint32_t *symbols);

#endif
