/* Where thresholds come from: training data alone (EVALUATION: never from test labels). Pure functions. */
#ifndef LW_MEASURE_THRESHOLD_H
#define LW_MEASURE_THRESHOLD_H

#include "logwright.h"

/* Share of normal traces that may lie above the threshold when nothing is known of anomalies. */
#define THRESHOLD_ALARM_SHARE .005

/* The lowest threshold that leaves at most the alarm share of n > 0 validation scores above it: a split-conformal
 * quantile (Vovk et al. 2005). scores is sorted in place. */
double threshold_from_normals(double *scores, size_t n);

/* The same where anomalies may stand among the n > 0 scores and would push the quantile up: not above the outer fence,
 * three times the distance of the quartiles beyond the upper one (Tukey 1977), unless the quartiles coincide. */
double threshold_from_unlabelled(double *scores, size_t n);

/* The threshold with the best expected F1 when validation scores stand for normal traces and the scores of generated
 * anomalies for anomalous ones, weighted so that these make up `prevalence` of all; midway between the scores it parts.
 * Both arrays are sorted in place; n_normal, n_anomalous > 0, 0 < prevalence < 1. */
double threshold_from_anomalies(double *normal, size_t n_normal, double *anomalous, size_t n_anomalous,
                                double prevalence);

#endif
