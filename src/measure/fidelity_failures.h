/* Failures of two logs compared: how they spread over types, and which follow which. Owned by the struct; immutable
 * once made. */
#ifndef LW_MEASURE_FIDELITY_FAILURES_H
#define LW_MEASURE_FIDELITY_FAILURES_H

#include "learn/failures.h"
#include "measure/figures.h"
#include "measure/view.h"

#define FIDELITY_WHOLE UINT32_MAX
#define FIDELITY_SOME  (UINT32_MAX - 1) /* some traces of both: pairs are left out */

struct fidelity_failures {
    struct failures failures;
    bool is_ready;
    bool has_lags;                  /* of failures; else pairs are of all templates */
    struct lagged_event *events[2]; /* of the real and of the synthetic log, by time */
    size_t n[2];
};

int fidelity_failures_init(struct fidelity_failures *failures, const struct log_columns *real,
                           const struct log_columns *synthetic, const struct lw_run *run, struct lw_error *err);
void fidelity_failures_release(struct fidelity_failures *failures);
/* Adds d_errdist, 1 - the Jensen-Shannon divergence over types of failures, a part a type, and c_temporal: of the
 * lagged pairs (learn/lagged.h) mined in the real log, those that hold in the synthetic one. Pairs are of failures, or,
 * where these have none, of all templates. split: FIDELITY_WHOLE, or the number of a split of the real log: then, for
 * c_temporal, one half of its time against the other, since random halves would tear pairs apart. */
int fidelity_failures_compare(const struct fidelity_failures *failures, const struct view *a, const struct view *b,
                              uint32_t split, const struct lw_run *run, struct lw_figures *figures,
                              struct lw_error *err);

#endif
