/*
 * n-gram models of traces, of all orders up to a longest one: what a machine is held against. Immutable once fitted.
 */
#ifndef LW_LEARN_NGRAM_H
#define LW_LEARN_NGRAM_H

#include "base/rng.h"
#include "learn/contexts.h"

#define NGRAM_LONGEST LW_NGRAM_ORDERS

struct ngram_cell;
struct ngram_node;
struct ngram {
    struct pair_map nodes; /* histories: (node, next older symbol); child i is node i + 1 */
    struct pair_map steps; /* (node, symbol) */
    struct ngram_node *list;
    struct ngram_cell *cells;
    size_t cap_list, cap_cells;
    double discounts[NGRAM_LONGEST], raw_discounts[NGRAM_LONGEST]; /* by length of the history */
    double n_symbols;                                              /* with the end and one unknown */
};

int ngram_fit(const struct trace_set *set, const struct variants *variants, struct ngram *out, struct lw_error *err);
void ngram_release(struct ngram *ngram);
/* Adds to bits[NGRAM_LONGEST] what the models of order 1, 2, ... need for the sequence, its end included. */
void ngram_bits(const struct ngram *ngram, const uint32_t *events, size_t n, double *bits);
/* The same without the end. */
void ngram_prefix_bits(const struct ngram *ngram, const uint32_t *events, size_t n, double *bits);

/* What follows which history, so that it can be drawn. Immutable once made. */
struct ngram_draws {
    size_t *first;      /* [nodes + 1] */
    uint32_t *symbols;  /* [steps] */
    double *cumulative; /* [2][steps] discounted counts, and those of types, up to and with each */
};
int ngram_draws_init(const struct ngram *ngram, struct ngram_draws *out, struct lw_error *err);
void ngram_draws_release(struct ngram_draws *draws);
/* The next symbol after events[n], or CONTEXT_END, as the model of an order of 1 to NGRAM_LONGEST has it, given that it
 * is a known one. */
uint32_t ngram_draw(const struct ngram *ngram, const struct ngram_draws *draws, unsigned order, const uint32_t *events,
                    size_t n, struct rng *rng);

#endif
