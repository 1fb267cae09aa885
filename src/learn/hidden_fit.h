/*
 * Learns several hidden machines from the same strings and keeps those that do best on strings held out: random
 * beginnings end in different optima, and how many states a source has is not known beforehand. How long it takes is
 * bounded by counting multiplications, so that the result is the same on every run and with any number of threads.
 */
#ifndef LW_LEARN_HIDDEN_FIT_H
#define LW_LEARN_HIDDEN_FIT_H

#include "learn/hidden.h"
#include "learn/trace_strings.h"

struct hidden_list {
    size_t n;
    struct hidden *models;
};
void hidden_list_release(struct hidden_list *list);

struct forest {                              /* trees of some strings, none of them large */
    size_t n, n_nodes, max_nodes, max_items; /* the last two: of one tree */
    struct string_tree *trees;
    size_t *first;   /* [n + 1] items of tree t are items[first[t]] ... */
    uint32_t *items; /* [n_items] strings, in lexicographic order */
    float *weights;  /* [n_items] */
    double weight;   /* their sum */
};
/* Trees of the strings whose weights[] are more than 0. LW_ERR_MEMORY. */
int forest_make(const struct strings *strings, const double *weights, struct forest *out);
void forest_release(struct forest *forest);
/* log2 probability of each string of a forest, into log2_of[strings]; the others stay as they are. */
int forest_log2(const struct forest *forest, const struct hidden *model, double *log2_of);

/* train and held: weights of the strings for learning, and for choosing among what was learned. The list is empty if
 * there is nothing to learn from. */
int hidden_fit(const struct strings *strings, const double *train, const double *held, const struct lw_run *run,
               struct hidden_list *out, struct lw_error *err);
/* Goes on learning, from other weights. */
int hidden_refit(struct hidden_list *list, const struct strings *strings, const double *weights,
                 const struct lw_run *run, struct lw_error *err);

#endif
