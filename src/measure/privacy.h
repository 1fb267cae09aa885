/* What a synthetic log gives away of the real one that it was made from. */
#ifndef LW_MEASURE_PRIVACY_H
#define LW_MEASURE_PRIVACY_H

#include "measure/figures.h"
#include "measure/leaks.h"

struct privacy_options {
    uint64_t seed;
    struct leak_options leaks;
};

/* Whole figures dcr_overfit, mia_auc, mia_tpr_at_fpr01 and leaked; of the first three NaN where there are no traces,
 * and without a hold-out. model: learned from the real log, or from one like it. holdout: traces of the same system
 * that nothing was generated from, or NULL. Thread-safe; results do not depend on the run's threads. */
int privacy_measure(const struct model *model, const struct lw_log *real, const struct lw_log *synthetic,
                    const struct lw_log *holdout, const struct privacy_options *options, const struct lw_run *run,
                    struct lw_figures **out, struct lw_error *err);

#endif
