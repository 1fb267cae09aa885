#include "measure/threshold.h"

#include <stdlib.h>

#include "base/order.h"

double threshold_from_normals(double *scores, size_t n)
{
    qsort(scores, n, sizeof *scores, order_double_falling);
    size_t above = (size_t)(THRESHOLD_ALARM_SHARE * (double)(n + 1));
    return scores[above < n ? above : n - 1];
}

double threshold_from_unlabelled(double *scores, size_t n)
{
    double quantile = threshold_from_normals(scores, n); /* sorts them, highest first */
    double upper = scores[n / 4], lower = scores[n - 1 - n / 4];
    double fence = upper + 3 * (upper - lower);
    return upper > lower && fence < quantile ? fence : quantile;
}

double threshold_from_anomalies(double *normal, size_t n_normal, double *anomalous, size_t n_anomalous,
                                double prevalence)
{
    qsort(normal, n_normal, sizeof *normal, order_double_falling);
    qsort(anomalous, n_anomalous, sizeof *anomalous, order_double_falling);
    double weight = prevalence / (1 - prevalence) * (double)n_normal / (double)n_anomalous; /* of one anomaly */
    double best = -1, threshold = 0;
    size_t fp = 0, tp = 0;
    /* Candidates lie between neighbouring distinct scores of both; the first is above all of them. */
    double last = normal[0] > anomalous[0] ? normal[0] : anomalous[0];
    for (;;) {
        while (fp < n_normal && normal[fp] >= last)
            fp++;
        while (tp < n_anomalous && anomalous[tp] >= last)
            tp++;
        if (fp == n_normal && tp == n_anomalous)
            break; /* a threshold below all scores would flag everything */
        double next = fp == n_normal      ? anomalous[tp]
                      : tp == n_anomalous ? normal[fp]
                                          : (normal[fp] > anomalous[tp] ? normal[fp] : anomalous[tp]);
        double hits = weight * (double)tp, all = weight * (double)n_anomalous;
        double f1 = 2 * hits / (hits + (double)fp + all);
        if (f1 > best) {
            best = f1;
            threshold = next + (last - next) / 2;
            if (!(threshold < last))
                threshold = next;
        }
        last = next;
    }
    return best < 0 ? last : threshold; /* all scores equal: nothing can be told apart, nothing is flagged */
}
