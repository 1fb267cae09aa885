/*
 * Figures of a binary decision over scored items. An item is flagged when its score lies above the threshold. Pure
 * functions. Ratios without a denominator are NaN.
 */
#ifndef LW_MEASURE_METRICS_H
#define LW_MEASURE_METRICS_H

#include "logwright.h"

struct confusion {
    uint64_t tp, fp, fn, tn;
};

void confusion_count(struct confusion *c, bool is_anomalous, bool is_flagged);
struct confusion confusion_at(const double *scores, const uint8_t *is_anomalous, size_t n, double threshold);
double confusion_precision(const struct confusion *c);
double confusion_recall(const struct confusion *c);
double confusion_f1(const struct confusion *c);
double confusion_mcc(const struct confusion *c); /* Matthews 1975; 0 when a margin is empty but others are not */

/* The operating points of a scored set, one for each distinct score, by falling threshold; *points is malloc'ed. */
struct curve {
    struct lw_point *points;
    size_t n;
    double roc_auc;   /* Mann-Whitney, ties count half */
    double pr_auc;    /* average precision: sum of precision times the step in recall */
    double oracle_f1; /* best F1 over the points */
};
int curve_make(const double *scores, const uint8_t *is_anomalous, size_t n, struct curve *out, struct lw_error *err);
void curve_release(struct curve *curve);

#endif
