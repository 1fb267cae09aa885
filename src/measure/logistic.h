/*
 * Logistic regression on sparse rows with a quadratic penalty, by stochastic gradient descent with a step for each
 * weight (Duchi et al. 2011, AdaGrad). Deterministic. Owned by the struct.
 */
#ifndef LW_MEASURE_LOGISTIC_H
#define LW_MEASURE_LOGISTIC_H

#include "base/rng.h"
#include "measure/view.h"

#define LOGISTIC_FEATURES 16384u /* a power of two; features share places by their hash (Weinberger et al. 2009) */

struct feature_rows {
    size_t *first; /* [n + 1] */
    uint32_t *features;
    float *values; /* each row of length 1 */
    size_t n, n_values, cap_features, cap_values;
};
/* Appends a row for each trace of the view: its 1-, 2- and 3-grams of templates, ends included, as 1 + log of how often
 * they come. rows starts from zeros. 0 or LW_ERR_MEMORY. */
int feature_rows_add(struct feature_rows *rows, const struct view *view, const uint32_t *traces, size_t n);
void feature_rows_release(struct feature_rows *rows);

struct logistic {
    float *weights; /* [LOGISTIC_FEATURES] */
    double bias;
};
/* rows[n] are indexes of the rows to learn from, is_one[row] what they are; order of rows[] is changed. */
int logistic_fit(const struct feature_rows *rows, uint32_t *indexes, size_t n, const uint8_t *is_one, struct rng *rng,
                 struct logistic *out);
void logistic_release(struct logistic *logistic);
/* Log-odds of one. */
double logistic_score(const struct logistic *logistic, const struct feature_rows *rows, size_t row);

#endif
