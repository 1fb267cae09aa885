/*
 * How close a synthetic log is to a real one: all measures, each with the least value that the real log has against
 * itself. Everything is fitted on the real log; the synthetic one is matched online against its templates.
 */
#ifndef LW_MEASURE_FIDELITY_H
#define LW_MEASURE_FIDELITY_H

#include "measure/figures.h"
#include "measure/view.h"

struct fidelity_options {
    uint64_t seed;
    unsigned repeats;           /* halves of the real log that thresholds come from; 0: none */
    unsigned resamples;         /* halves of the variants, for intervals; 0: none */
    const char *labels;         /* of the real log, as labels_find takes them, or NULL */
    const char *synthetic_rule; /* that names the traces of the synthetic log; NULL: the model's */
};

/* model: learned from the real log, or from one like it. Thread-safe. Results do not depend on the run's threads. */
int fidelity_measure(const struct model *model, const struct lw_log *real, const struct lw_log *synthetic,
                     const struct fidelity_options *options, const struct lw_run *run, struct lw_figures **out,
                     struct lw_error *err);

#endif
