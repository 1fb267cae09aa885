/* How long it takes a trace to come out of trouble. */
#ifndef LW_GENERATE_RECOVERY_H
#define LW_GENERATE_RECOVERY_H

#include "base/rng.h"
#include "generate/parties.h"
#include "generate/walk.h"

/* From each event that constraints.recovery_after selects to the next one of its trace that it does not: times are
 * moved, in order, so that it takes between recovery_min_s and recovery_max_s; what fits already stays. What follows
 * moves along. A trace that ends before it recovers stays as it is. */
void recovery_fit(const struct parties *parties, const struct lw_constraints *constraints, struct rng *rng,
                  struct course *course);
/* Makes the time from event `from` to event `to` span_us, the steps between in proportion; what follows moves along. */
void course_stretch(struct course *course, size_t from, size_t to, int64_t span_us);

#endif
