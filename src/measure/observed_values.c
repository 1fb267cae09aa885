/* Parameters, and what of them could tell of people, machines and secrets. */
#include "learn/identifiers.h"
#include "measure/observed_parts.h"

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
    return rc;
}
