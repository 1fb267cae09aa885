#include "measure/fidelity_detection.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "measure/distance.h"
#include "measure/logistic.h"
#include "measure/metrics.h"

#define MOST        10000 /* traces of each */
#define LEAST       10
#define FOLDS       3
#define RNG_PURPOSE 0x64657431u

struct detection {
    struct feature_rows rows; /* n of a, then n of b */
    size_t n;
    uint8_t *is_one, *fold; /* [2 n] */
    uint32_t *indexes;
    double *scores;
    uint8_t *truth;
};

static int run_fold(struct detection *detection, int fold, struct rng *rng, double *score, struct lw_error *err)
{
    struct logistic logistic;
    struct curve curve;
    size_t n_train = 0, n_test = 0, n_ones = 0;
    for (uint32_t i = 0; i < 2 * detection->n; i++)
        if (detection->fold[i] != fold)
            detection->indexes[n_train++] = i;
    if (logistic_fit(&detection->rows, detection->indexes, n_train, detection->is_one, rng, &logistic) != 0)
        return fail_memory(err, "telling logs apart");
    for (size_t i = 0; i < 2 * detection->n; i++)
        if (detection->fold[i] == fold) {
            detection->scores[n_test] = logistic_score(&logistic, &detection->rows, i);
            detection->truth[n_test++] = detection->is_one[i];
            n_ones += detection->is_one[i];
        }
    logistic_release(&logistic);
    int code = curve_make(detection->scores, detection->truth, n_test, &curve, err);
    if (code != 0)
        return code;
    *score = distance_auc(curve.roc_auc, (double)(n_test - n_ones), (double)n_ones);
    curve_release(&curve);
    return 0;
}

static int make_rows(const struct view *views[2], struct detection *detection, struct rng *rng)
{
    size_t n = detection->n;
    detection->is_one = alloc_zeroed(2 * n, 1);
    detection->fold = alloc_zeroed(2 * n, 1);
    detection->truth = alloc_zeroed(2 * n, 1);
    detection->indexes = alloc_array(2 * n, sizeof *detection->indexes);
    detection->scores = alloc_array(2 * n, sizeof *detection->scores);
    if (detection->is_one == NULL || detection->fold == NULL || detection->truth == NULL ||
        detection->indexes == NULL || detection->scores == NULL)
        return LW_ERR_MEMORY;
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < n; i++)
            detection->indexes[i] = (uint32_t)(i * views[side]->n_traces / n);
        if (feature_rows_add(&detection->rows, views[side], detection->indexes, n) != 0)
            return LW_ERR_MEMORY;
        for (uint32_t i = 0; i < n; i++)
            detection->indexes[i] = i;
        rng_shuffle_u32(rng, detection->indexes, n);
        for (size_t i = 0; i < n; i++) {
            detection->is_one[side * n + i] = (uint8_t)side;
            detection->fold[side * n + detection->indexes[i]] = (uint8_t)(i % FOLDS);
        }
    }
    return 0;
}

int fidelity_detection(const struct view *a, const struct view *b, uint64_t seed, double *score, uint64_t *n,
                       struct lw_error *err)
{
    const struct view *views[2] = {a, b};
    struct detection detection = {.n = a->n_traces < b->n_traces ? a->n_traces : b->n_traces};
    struct rng rng;
    double sum = 0;
    *score = NAN;
    detection.n = detection.n < MOST ? detection.n : MOST;
    *n = detection.n;
    if (detection.n < LEAST)
        return 0;
    rng_init(&rng, seed, RNG_PURPOSE, 0);
    int code = make_rows(views, &detection, &rng) != 0 ? fail_memory(err, "telling logs apart") : 0;
    for (int fold = 0; fold < FOLDS && code == 0; fold++) {
        double of_fold = NAN;
        code = run_fold(&detection, fold, &rng, &of_fold, err);
        sum += code == 0 ? of_fold : 0;
    }
    if (code == 0)
        *score = sum / FOLDS;
    feature_rows_release(&detection.rows);
    free(detection.is_one);
    free(detection.fold);
    free(detection.truth);
    free(detection.indexes);
    free(detection.scores);
    return code;
}
