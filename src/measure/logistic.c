#include "measure/logistic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/order.h"
#include "measure/distance.h"

#define EPOCHS  25
#define STEP    .5
#define PENALTY 1e-5
#define LONGEST 1000 /* events of a trace that are looked at */

/* ---- features -------------------------------------------------------------------------------------------------- */

static uint32_t feature_of(uint64_t key)
{
    return (uint32_t)(key >> 20) & (LOGISTIC_FEATURES - 1);
}

/* Features of a trace, those that come several times as often; how many. */
static size_t list_features(const struct view *view, size_t t, uint32_t *out)
{
    uint64_t before = 1, before_that = 1;
    size_t n = 0, from = view->first[t], len = view->first[t + 1] - from;
    len = len < LONGEST ? len : LONGEST;
    for (size_t i = 0; i <= len; i++) {
        uint64_t kind = i < len ? 3 + (uint64_t)view->kinds[from + i] : 2;
        out[n++] = feature_of(key_join(kind, 0));
        out[n++] = feature_of(key_join(key_join(before, kind), 1));
        out[n++] = feature_of(key_join(key_join(key_join(before_that, before), kind), 2));
        before_that = before;
        before = kind;
    }
    qsort(out, n, sizeof *out, order_u32);
    return n;
}

static int add_row(struct feature_rows *rows, const uint32_t *features, size_t n)
{
    double square = 0;
    if (alloc_grow(&rows->features, &rows->cap_features, rows->n_values + n, sizeof *rows->features) != 0 ||
        alloc_grow(&rows->values, &rows->cap_values, rows->n_values + n, sizeof *rows->values) != 0)
        return LW_ERR_MEMORY;
    size_t at = rows->n_values;
    for (size_t i = 0, end; i < n; i = end, at++) {
        for (end = i + 1; end < n && features[end] == features[i]; end++)
            ;
        double value = 1 + log((double)(end - i));
        rows->features[at] = features[i];
        rows->values[at] = (float)value;
        square += value * value;
    }
    for (size_t i = rows->n_values; i < at; i++)
        rows->values[i] /= (float)sqrt(square);
    rows->n_values = at;
    rows->first[++rows->n] = at;
    return 0;
}

int feature_rows_add(struct feature_rows *rows, const struct view *view, const uint32_t *traces, size_t n)
{
    uint32_t *features = alloc_array(3 * (LONGEST + 1), sizeof *features);
    size_t *first = realloc(rows->first, (rows->n + n + 1) * sizeof *first);
    if (first != NULL)
        rows->first = first;
    int code = features == NULL || first == NULL ? LW_ERR_MEMORY : 0;
    if (code == 0)
        rows->first[rows->n] = rows->n_values;
    for (size_t i = 0; i < n && code == 0; i++)
        code = add_row(rows, features, list_features(view, traces[i], features));
    free(features);
    return code;
}

void feature_rows_release(struct feature_rows *rows)
{
    free(rows->first);
    free(rows->features);
    free(rows->values);
    memset(rows, 0, sizeof *rows);
}

/* ---- the classifier -------------------------------------------------------------------------------------------- */

double logistic_score(const struct logistic *logistic, const struct feature_rows *rows, size_t row)
{
    double sum = logistic->bias;
    for (size_t i = rows->first[row]; i < rows->first[row + 1]; i++)
        sum += (double)logistic->weights[rows->features[i]] * (double)rows->values[i];
    return sum;
}

int logistic_fit(const struct feature_rows *rows, uint32_t *indexes, size_t n, const uint8_t *is_one, struct rng *rng,
                 struct logistic *out)
{
    float *squares = alloc_zeroed(LOGISTIC_FEATURES, sizeof *squares);
    double bias_square = 1e-6;
    *out = (struct logistic){alloc_zeroed(LOGISTIC_FEATURES, sizeof *out->weights), 0};
    if (squares == NULL || out->weights == NULL) {
        free(squares);
        logistic_release(out);
        return LW_ERR_MEMORY;
    }
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        rng_shuffle_u32(rng, indexes, n);
        for (size_t j = 0; j < n; j++) {
            size_t row = indexes[j];
            double error = 1 / (1 + exp(-logistic_score(out, rows, row))) - (is_one[row] ? 1 : 0);
            for (size_t i = rows->first[row]; i < rows->first[row + 1]; i++) {
                float *weight = &out->weights[rows->features[i]], *square = &squares[rows->features[i]];
                float slope = (float)error * rows->values[i] + (float)PENALTY * *weight;
                *square += slope * slope;
                *weight -= (float)STEP * slope / (sqrtf(*square) + 1e-6f);
            }
            bias_square += error * error;
            out->bias -= STEP * error / sqrt(bias_square);
        }
    }
    free(squares);
    return 0;
}

void logistic_release(struct logistic *logistic)
{
    free(logistic->weights);
    *logistic = (struct logistic){NULL, 0};
}
