/*
 * Cutting traces into training and test parts. Labels are looked at only where the specification speaks of them
 * ("normal:"), and to leave unlabelled traces out of tests.
 *   chronological:0.3  the earliest share of the traces trains
 *   random:0.8         a share drawn by seed trains
 *   folds:5            every trace is tested once, trained on by the other folds; drawn by seed
 *   normal:0.5         a share of the normal traces, drawn by seed, trains; all others test
 *   file:PATH          CSV with a header: trace,part with part "train" or "test"
 */
#ifndef LW_MEASURE_SPLIT_H
#define LW_MEASURE_SPLIT_H

#include "learn/trace_set.h"

struct part {
    uint32_t *train, *test; /* indexes of traces; train by time of the first event, then by index; test ascending */
    size_t n_train, n_test;
};
struct split {
    struct part *folds;
    size_t n_folds;
    bool is_clean; /* the training part is known to be normal */
};

/* labels[n_traces]: LW_UNLABELLED, LW_NORMAL, LW_ANOMALOUS. Fails when a part would be empty. */
int split_make(const char *spec, uint64_t seed, const struct trace_set *set, const int8_t *labels, struct split *out,
               struct lw_error *err);
void split_release(struct split *split);

#endif
