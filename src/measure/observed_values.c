/* Parameters, and what of them could tell of people, machines and secrets. */
#include <math.h>

#include "base/fail.h"
#include "learn/identifiers.h"
#include "learn/value.h"
#include "measure/observed_parts.h"

#define FAR           100 /* times the 99th percentile */
#define LEAST_NUMBERS 100 /* that tell it */
#define HALVINGS      50

struct value_totals {
    uint64_t parameters, values, distinct, rare;
    uint64_t identifiers[IDENTIFIER_COUNT]; /* values, of those kept */
};

static void count_pool(const struct pool *pool, double least, struct value_totals *totals)
{
    totals->parameters++;
    for (uint32_t i = 0; i < pool->n; i++) {
        const struct pool_value *value = &pool->values[i];
        enum identifier kind = identifier_of(value->text, value->len);
        totals->distinct++;
        totals->values += value->count;
        totals->identifiers[kind] += value->count;
        totals->rare += kind == IDENTIFIER_NONE && (double)value->count < least;
    }
}

/* How many numbers lie beyond a bound. */
static double count_beyond(const struct bins *bins, double bound)
{
    double low = 0, high = 1;
    if (!(bins->max > bound))
        return 0;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (bins_quantile(bins, middle) > bound)
            high = middle;
        else
            low = middle;
    }
    return fmax(1, round((1 - high) * (double)bins->total));
}

/* Values far out of what a parameter takes; of those kept, or of the sketch of all. */
static int count_outliers(const struct pool *pool, double *n_out, uint64_t *n_numbers)
{
    struct bins own = {.total = 0};
    const struct bins *bins = pool->sketch != NULL ? &pool->sketch->bins : &own;
    double number;
    int rc = 0;
    for (uint32_t i = 0; i < pool->n && pool->sketch == NULL && rc == 0; i++)
        if (value_decimal(pool->values[i].text, pool->values[i].len, &number, NULL))
            rc = bins_add(&own, fabs(number), pool->values[i].count);
    if (rc == 0 && bins->total >= LEAST_NUMBERS) {
        *n_numbers += bins->total;
        *n_out += count_beyond(bins, FAR * fmax(1, bins_quantile(bins, .99)));
    }
    bins_release(&own);
    return rc;
}

static int observe_outliers(struct observing *of)
{
    const struct counts *counts = of->model->counts;
    double n_out = 0;
    uint64_t n_numbers = 0;
    for (size_t i = 0; i < counts->n_params; i++)
        if (count_outliers(&counts->params[i], &n_out, &n_numbers) != 0)
            return fail_memory(of->err, "measuring constraints");
    uint64_t n = (uint64_t)fmin(n_out, (double)of->set->n_traces);
    observed_anomaly(of, ANOMALY_PARAMETER, n);
    return observed_share(of, "anomalies.parameter", NULL, n, of->set->n_traces,
                          n_numbers == 0
                              ? "no parameter has numbers enough to tell"
                              : "numbers beyond 100 times the 99th percentile of their parameter; a text that "
                                "it never took cannot be told from a rare one");
}

int observe_values(struct observing *of)
{
    const struct counts *counts = of->model->counts;
    struct value_totals totals = {0};
    struct lw_constraints *usual;
    int rc = lw_constraints_new(&usual, of->err);
    if (rc != 0)
        return rc;
    for (size_t i = 0; i < counts->n_params; i++)
        count_pool(&counts->params[i], usual->minimum_count, &totals);
    rc = observed_add(of, "parameters", NULL, (double)totals.parameters, NAN, NAN, totals.values,
                      "places in messages that hold values");
    if (rc == 0)
        rc = observed_share(of, "privacy.minimum_count", "rare", totals.rare, totals.distinct,
                            "values kept that are no identifiers and too rare to appear");
    for (int kind = IDENTIFIER_NONE + 1; kind < IDENTIFIER_COUNT && rc == 0; kind++)
        if (totals.identifiers[kind] > 0)
            rc = observed_share(of, "privacy.allow", identifier_name((enum identifier)kind), totals.identifiers[kind],
                                totals.values, "of the values kept");
    lw_constraints_free(usual);
    return rc == 0 ? observe_outliers(of) : rc;
}
