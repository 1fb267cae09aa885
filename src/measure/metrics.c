#include "measure/metrics.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"

void confusion_count(struct confusion *c, bool is_anomalous, bool is_flagged)
{
    if (is_anomalous)
        *(is_flagged ? &c->tp : &c->fn) += 1;
    else
        *(is_flagged ? &c->fp : &c->tn) += 1;
}

struct confusion confusion_at(const double *scores, const uint8_t *is_anomalous, size_t n, double threshold)
{
    struct confusion c = {0, 0, 0, 0};
    for (size_t i = 0; i < n; i++)
        confusion_count(&c, is_anomalous[i] != 0, scores[i] > threshold);
    return c;
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : NAN;
}

double confusion_precision(const struct confusion *c)
{
    return ratio((double)c->tp, (double)(c->tp + c->fp));
}

double confusion_recall(const struct confusion *c)
{
    return ratio((double)c->tp, (double)(c->tp + c->fn));
}

double confusion_f1(const struct confusion *c)
{
    return ratio(2 * (double)c->tp, (double)(2 * c->tp + c->fp + c->fn));
}

double confusion_mcc(const struct confusion *c)
{
    double tp = (double)c->tp, fp = (double)c->fp, fn = (double)c->fn, tn = (double)c->tn;
    if (tp + fp + fn + tn == 0)
        return NAN;
    double margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
    return margins > 0 ? (tp * tn - fp * fn) / sqrt(margins) : 0;
}

struct item {
    double score;
    uint8_t is_anomalous;
};

static int by_falling_score(const void *a, const void *b)
{
    double x = ((const struct item *)a)->score, y = ((const struct item *)b)->score;
    return (x < y) - (x > y);
}

/* Walks the distinct scores from the highest; after each, what is flagged is all items seen so far. */
static void walk(const struct item *items, size_t n, double positives, struct curve *out)
{
    double negatives = (double)n - positives, pairs = 0, average = 0, best = NAN;
    struct confusion c = {0, 0, (uint64_t)positives, (uint64_t)negatives};
    for (size_t i = 0; i < n;) {
        struct confusion before = c;
        size_t end = i;
        for (; end < n && items[end].score == items[i].score; end++) {
            if (items[end].is_anomalous) {
                c.tp++;
                c.fn--;
            } else {
                c.fp++;
                c.tn--;
            }
        }
        double threshold = end < n ? items[i].score + (items[end].score - items[i].score) / 2 : items[i].score - 1;
        if (end < n && !(threshold < items[i].score)) /* neighbours with no number between them */
            threshold = items[end].score;
        double precision = confusion_precision(&c), f1 = confusion_f1(&c);
        out->points[out->n++] =
            (struct lw_point){threshold, precision, confusion_recall(&c), ratio((double)c.fp, negatives)};
        pairs += (double)(c.fp - before.fp) * ((double)before.tp + (double)(c.tp - before.tp) / 2);
        average += (double)(c.tp - before.tp) * precision;
        if (!(f1 <= best))
            best = f1;
        i = end;
    }
    out->roc_auc = ratio(pairs, positives * negatives);
    out->pr_auc = ratio(average, positives);
    out->oracle_f1 = positives > 0 ? best : NAN;
}

int curve_make(const double *scores, const uint8_t *is_anomalous, size_t n, struct curve *out, struct lw_error *err)
{
    *out = (struct curve){.points = alloc_array(n, sizeof *out->points)};
    struct item *items = alloc_array(n, sizeof *items);
    if (out->points == NULL || items == NULL) {
        free(items);
        curve_release(out);
        return fail_memory(err, "making a curve");
    }
    double positives = 0;
    for (size_t i = 0; i < n; i++) {
        items[i] = (struct item){scores[i], is_anomalous[i]};
        positives += is_anomalous[i] != 0;
    }
    qsort(items, n, sizeof *items, by_falling_score);
    walk(items, n, positives, out);
    free(items);
    return 0;
}

void curve_release(struct curve *curve)
{
    free(curve->points);
    *curve = (struct curve){NULL, 0, 0, 0, 0};
}
