/*
 * Hidden machine: a probabilistic automaton in which several states may follow one state and symbol, so that after a
 * string one only knows a distribution over states. Learned by Baum-Welch over trees of strings (string_tree.h), in
 * single precision with scaling at every node.
 *
 * The distribution over strings is proper: in every state, symbols and the end sum to 1. A model is written by the one
 * who learns it, and may be read by any number of threads, each with its own work space.
 */
#ifndef LW_LEARN_HIDDEN_H
#define LW_LEARN_HIDDEN_H

#include <stdbool.h>

#include "base/rng.h"
#include "learn/string_tree.h"

enum hidden_kind {
    HIDDEN_FREE, /* the next state depends on state and symbol */
    HIDDEN_TIED  /* on the state alone: a hidden Markov model */
};

struct hidden {
    enum hidden_kind kind;
    size_t n_states, width; /* width: the states and some that are never entered, for the kernel */
    size_t n_symbols;
    float *steps;  /* [n_symbols][width][width] P(symbol, to | from) */
    float *turned; /* the same, [symbol][to][from] */
    float *start;  /* [width] */
    float *ends;   /* [width] P(end | state) */
};
struct hidden_counts { /* expected ones */
    float *steps;      /* as in struct hidden */
    float *start, *ends;
};
struct hidden_prior { /* Dirichlet parameters */
    double emit;      /* of each symbol and the end, in a state */
    double step;      /* of each next state, and of each first one */
};
struct hidden_work {
    size_t max_nodes;
    float *forward, *backward; /* [max_nodes][width] */
    float *scale;              /* [max_nodes] 0 where a string has no probability left */
    double *log_scale;         /* [max_nodes] natural logarithm of the probability to get there */
    float *rows;               /* [2 * HIDDEN_ROWS][width] zeros to read, and rows to spoil */
};

int hidden_init(struct hidden *model, enum hidden_kind kind, size_t n_states, size_t n_symbols);
void hidden_release(struct hidden *model);
int hidden_counts_init(struct hidden_counts *counts, const struct hidden *model);
void hidden_counts_release(struct hidden_counts *counts);
int hidden_work_init(struct hidden_work *work, const struct hidden *model, size_t max_nodes);
void hidden_work_release(struct hidden_work *work);

void hidden_counts_clear(struct hidden_counts *counts, const struct hidden *model);
/* counts = (1 - rate) counts + factor more. */
void hidden_counts_blend(struct hidden_counts *counts, double rate, double factor, const struct hidden_counts *more,
                         const struct hidden *model);
/* Counts to begin with: the given totals of each symbol and of the end (totals[n_symbols]), spread at random. */
void hidden_counts_draw(struct hidden_counts *counts, const struct hidden *model, const double *totals,
                        struct rng *rng);
/* Adds the expected counts of a tree's strings; gives their log2 probability. What is added for steps lacks a factor
 * that is the same for all trees: hidden_expect_end multiplies with it, once, before the counts are used. */
double hidden_expect(const struct hidden *model, const struct string_tree *tree, struct hidden_work *work,
                     struct hidden_counts *counts);
void hidden_expect_end(const struct hidden *model, struct hidden_counts *counts);
/* Parameters that follow from counts: the posterior mean, or, if variational, the weights of variational Bayes (Beal
 * 2003, section 3.4), which are no distribution but let states and steps die that the data do not need. LW_ERR_MEMORY.
 */
int hidden_maximise(struct hidden *model, const struct hidden_counts *counts, const struct hidden_prior *prior,
                    bool is_variational);
/* log2 probability of each of a tree's strings, its end included, into log2_of[tree->n_items]. */
void hidden_log2(const struct hidden *model, const struct string_tree *tree, struct hidden_work *work, double *log2_of);
/* The same for one string of any length, in little memory; LW_ERR_MEMORY. */
int hidden_log2_long(const struct hidden *model, const uint32_t *symbols, size_t n, double *out);

#endif
