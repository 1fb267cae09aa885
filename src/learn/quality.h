/* How good a machine is: what it says of traces that it was not learned from, and which of its transitions would come
 * again from another sample. */
#ifndef LW_LEARN_QUALITY_H
#define LW_LEARN_QUALITY_H

#include "learn/machine.h"

/* machine: that of the set. Learns another one without the variants that are held out. */
int machine_quality(const struct machine *machine, const struct trace_set *set, const struct variants *variants,
                    const struct lw_run *run, struct lw_quality *out, struct lw_error *err);
/* As lw_machine_stability. */
int machine_stability(const struct machine *machine, const struct trace_set *set, const struct variants *variants,
                      size_t n_resamples, uint64_t seed, const struct lw_run *run, double *shares,
                      struct lw_error *err);

#endif
