/*
 * The variants of a trace set as strings over a small alphabet, for models whose size grows with it: the most frequent
 * templates are symbols of their own, all others and what was never seen share the last symbol, the rest. Owned by
 * their structs.
 */
#ifndef LW_LEARN_TRACE_STRINGS_H
#define LW_LEARN_TRACE_STRINGS_H

#include "learn/trace_set.h"

struct alphabet {
    size_t n_symbols; /* the rest included, which is the last one */
    size_t n_ids;
    uint32_t *symbol_of; /* [n_ids] of templates */
    double *log2_of;     /* [n_ids] probability of the template, given its symbol */
    double unknown_log2; /* of any other, given the rest */
};
/* LW_ERR_MEMORY. max_symbols > 1. */
int alphabet_make(const struct trace_set *set, size_t max_symbols, struct alphabet *out);
void alphabet_release(struct alphabet *alphabet);

struct strings {
    size_t n, n_symbols;
    size_t *first;     /* [n + 1] */
    uint32_t *symbols; /* [first[n]], each below n_symbols */
};
/* String s is the trace traces[s], or its first max_len events. */
int strings_make(const struct trace_set *set, const struct alphabet *alphabet, const uint32_t *traces, size_t n,
                 size_t max_len, struct strings *out);
void strings_release(struct strings *strings);
/* items[0 .. n) in lexicographic order of their strings. */
int strings_sort(const struct strings *strings, uint32_t *items, size_t n);
static inline size_t strings_len(const struct strings *strings, uint32_t item)
{
    return strings->first[item + 1] - strings->first[item];
}
/* How many symbols two strings have in common at their beginnings. */
size_t strings_shared(const struct strings *strings, uint32_t one, uint32_t other);

#endif
