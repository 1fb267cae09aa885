/*
 * Which kinds of anomalies a log holds, as seen from outside: never from what a generator says of its own log. Owned by
 * the struct; immutable once made.
 */
#ifndef LW_MEASURE_FIDELITY_ANOMALIES_H
#define LW_MEASURE_FIDELITY_ANOMALIES_H

#include "measure/figures.h"
#include "measure/labels.h"
#include "measure/view.h"

#define ANOMALY_TYPES_MAX 64

struct fidelity_anomalies {
    struct intern types; /* names */
    uint64_t *of_real;   /* [traces] a bit for each type that the trace shows */
    uint64_t *of_synthetic;
    const struct log_columns *real;
    double least;    /* share of the traces of a log that a type has, to be one of it */
    const char *way; /* how they are told, in words */
};

/* labels: of the real traces, or NULL. With several kinds of anomalies in them, types are these kinds, recognised by
 * logistic regressions of each kind against all other traces; with one alone, of the traces that a regression against
 * the normal ones flags, the template that the fewest normal ones have; without labels, kinds of breach of the model's
 * machine. */
int fidelity_anomalies_init(struct fidelity_anomalies *anomalies, const struct view *real, const struct view *synthetic,
                            const struct lw_labels *labels, uint64_t seed, struct lw_error *err);
void fidelity_anomalies_release(struct fidelity_anomalies *anomalies);
/* Adds r_anomaly: of the types in a, but the rarest, those in b; a part a type. */
int fidelity_anomalies_compare(const struct fidelity_anomalies *anomalies, const struct view *a, const struct view *b,
                               struct lw_figures *figures, struct lw_error *err);

#endif
