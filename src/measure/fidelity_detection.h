/* Whether a classifier can tell traces of two logs from one another. Thread-safe. */
#ifndef LW_MEASURE_FIDELITY_DETECTION_H
#define LW_MEASURE_FIDELITY_DETECTION_H

#include "measure/view.h"

/* 1 - |2 max(.5, AUC) - 1|, mean over three folds, of a logistic regression on the 1-, 2- and 3-grams of templates in
 * a trace, ends included; at most 10,000 traces of each, as many of both. NaN for fewer than ten of each. *n: traces of
 * each. */
int fidelity_detection(const struct view *a, const struct view *b, uint64_t seed, double *score, uint64_t *n,
                       struct lw_error *err);

#endif
