#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "measure/metrics.h"
#include "measure/threshold.h"

static void close_to(double found, double expected)
{
    assert_true(fabs(found - expected) < 1e-12);
}

static void counts_and_ratios(void **state)
{
    (void)state;
    const double scores[] = {5, 4, 3, 2, 1, 1};
    const uint8_t anomalous[] = {1, 0, 1, 0, 1, 0};
    struct confusion c = confusion_at(scores, anomalous, 6, 2);
    assert_int_equal(c.tp, 2);
    assert_int_equal(c.fp, 1);
    assert_int_equal(c.fn, 1);
    assert_int_equal(c.tn, 2);
    close_to(confusion_precision(&c), 2. / 3);
    close_to(confusion_recall(&c), 2. / 3);
    close_to(confusion_f1(&c), 2. / 3);
    close_to(confusion_mcc(&c), (2. * 2 - 1 * 1) / 9);
    struct confusion none = confusion_at(scores, anomalous, 6, 9);
    assert_true(isnan(confusion_precision(&none)));
    close_to(confusion_f1(&none), 0);
    close_to(confusion_mcc(&none), 0);
}

/* Against the definitions written out: pairs for the ROC area, a pass over all thresholds for F1. */
static void areas_match_their_definitions(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 1, 1, 1);
    for (int round = 0; round < 200; round++) {
        double scores[40], pairs = 0, wins = 0, best = -1;
        uint8_t anomalous[40];
        size_t n = 2 + (size_t)rng_below(&rng, 38);
        for (size_t i = 0; i < n; i++) {
            scores[i] = (double)rng_below(&rng, 12);
            anomalous[i] = i == 0 || (i > 1 && rng_below(&rng, 3) == 0);
        }
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                if (anomalous[i] && !anomalous[j]) {
                    pairs++;
                    wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? .5 : 0;
                }
        for (int t = -1; t < 12; t++) {
            struct confusion c = confusion_at(scores, anomalous, n, t + .5);
            if (confusion_f1(&c) > best)
                best = confusion_f1(&c);
        }
        struct curve curve;
        assert_int_equal(curve_make(scores, anomalous, n, &curve, NULL), 0);
        close_to(curve.roc_auc, wins / pairs);
        close_to(curve.oracle_f1, best);
        for (size_t i = 0; i < curve.n; i++) { /* each point is what its threshold gives */
            struct confusion c = confusion_at(scores, anomalous, n, curve.points[i].threshold);
            close_to(curve.points[i].recall, confusion_recall(&c));
            close_to(curve.points[i].precision, confusion_precision(&c));
        }
        close_to(curve.points[curve.n - 1].recall, 1);
        curve_release(&curve);
    }
}

static void perfect_and_blind_scores(void **state)
{
    (void)state;
    const double scores[] = {3, 2, 1, 0};
    const uint8_t right[] = {1, 1, 0, 0}, none[] = {0, 0, 0, 0};
    struct curve curve;
    assert_int_equal(curve_make(scores, right, 4, &curve, NULL), 0);
    close_to(curve.roc_auc, 1);
    close_to(curve.pr_auc, 1);
    curve_release(&curve);
    assert_int_equal(curve_make(scores, none, 4, &curve, NULL), 0);
    assert_true(isnan(curve.roc_auc) && isnan(curve.pr_auc) && isnan(curve.oracle_f1));
    curve_release(&curve);
    assert_int_equal(curve_make(scores, none, 0, &curve, NULL), 0);
    assert_int_equal(curve.n, 0);
    curve_release(&curve);
}

static void threshold_leaves_few_normals_above(void **state)
{
    (void)state;
    double scores[2000];
    for (size_t i = 0; i < 2000; i++)
        scores[i] = (double)((i * 7919) % 2000);
    double threshold = threshold_from_normals(scores, 2000);
    close_to(threshold, 1989); /* ten of 2,000 lie above */
    double few[] = {1, 3, 2};
    close_to(threshold_from_normals(few, 3), 3);
}

static void threshold_withstands_anomalies_among_unlabelled(void **state)
{
    (void)state;
    double scores[200], clean[200], same[200];
    for (size_t i = 0; i < 200; i++) {
        scores[i] = i % 20 == 0 ? 100 + (double)i : (double)(i % 5); /* every twentieth is far out */
        clean[i] = (double)(i % 5);
        same[i] = i < 190 ? 0 : (double)i;
    }
    double threshold = threshold_from_unlabelled(scores, 200);
    assert_true(threshold >= 4 && threshold < 100);
    close_to(threshold_from_unlabelled(clean, 200), 4);
    close_to(threshold_from_unlabelled(same, 200), 198); /* quartiles coincide: the quantile, one trace above */
}

static void threshold_parts_normals_from_anomalies(void **state)
{
    (void)state;
    double normal[] = {0, 1, 2}, anomalous[] = {6, 9};
    close_to(threshold_from_anomalies(normal, 3, anomalous, 2, .1), 4);
    double mixed[] = {0, 0, 0, 0, 0, 0, 0, 0, 8, 0}, hit[] = {5, 5, 9, 9};
    /* Two more hits at the price of one false alarm: worth it when anomalies are half of all, not when they are rare.
     */
    close_to(threshold_from_anomalies(mixed, 10, hit, 4, .5), 2.5);
    close_to(threshold_from_anomalies(mixed, 10, hit, 4, .01), 8.5);
    double same[] = {1, 1}, too[] = {1};
    assert_true(threshold_from_anomalies(same, 2, too, 1, .5) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_ratios),
        cmocka_unit_test(areas_match_their_definitions),
        cmocka_unit_test(perfect_and_blind_scores),
        cmocka_unit_test(threshold_leaves_few_normals_above),
        cmocka_unit_test(threshold_withstands_anomalies_among_unlabelled),
        cmocka_unit_test(threshold_parts_normals_from_anomalies),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
