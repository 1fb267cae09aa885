/* Making one trace anomalous in one way, and sound in every other. */
#ifndef LW_GENERATE_INJECT_H
#define LW_GENERATE_INJECT_H

#include "base/rng.h"
#include "generate/walk.h"

/* Changes course so that it has the anomaly. *is_done false: this trace cannot have it, and is as it was.
 *   missing   an event is taken out; its neighbours keep their times
 *   repeated  an event comes again after as long as it took the first time; what follows moves back by that
 *   swapped   two different neighbours change places, not times
 *   unknown   an event LW_TEMPLATE_UNKNOWN is put between two others, or at the end
 *   delay     one delay becomes delay_factor times the 99th percentile of its transition, or its own length if longer
 * The first three are only done where the machine does not accept what comes out. Marked in course->kinds: the event
 * that was put in or is late, both that changed places, the one behind a gap (the last when the end is missing). 0 or
 * LW_ERR_MEMORY. */
int inject(const struct machine *machine, enum anomaly kind, double delay_factor, struct rng *rng,
           struct course *course, bool *is_done);
/* Whether the machine has every step of the course, its end included. */
bool machine_accepts(const struct machine *machine, const struct course *course);

#endif
