/* Making one trace anomalous in one way, and sound in every other. */
#ifndef LW_GENERATE_INJECT_H
#define LW_GENERATE_INJECT_H

#include "generate/detour.h"
#include "generate/parties.h"

struct injector {
    const struct machine *machine;
    const struct parties *parties;
    const struct lw_constraints *constraints;
    const uint32_t *fixed;       /* [parties->n_symbols] how often each template comes in every trace that has it;
                                    0: differently often */
    const struct detour *detour; /* to any failure */
    int64_t step_us;             /* the log tells time in these */
};

/* Changes course so that it has the anomaly, and lasts no longer than longest_us. *is_done false: this trace cannot
 * have it, and is as it was.
 *   missing   an event is taken out; its neighbours keep their times
 *   repeated  an event comes again after as long as it took the first time; what follows moves back by that
 *   swapped   two different neighbours change places, not times
 *   unknown   an event LW_TEMPLATE_UNKNOWN is put between two others, or at the end
 *   delay     one delay becomes severity times the 99th percentile of its transition, or its own length if longer, and
 *             longer than any that was seen there
 *   parameter an event with a slot is marked: render.h gives it a value that it never takes
 *   count     an event that comes a fixed number of times comes once more, or once less
 *   timeout   the trace waits as for delay, and then fails on a way that the machine has; where none leads from there
 *             to a failure, it is cut off instead
 * The first three are only done where the machine does not accept what comes out. Marked in course->kinds: the event
 * that was put in or is late, both that changed places, the one behind a gap (the last when the end is missing). 0 or
 * LW_ERR_MEMORY. */
int inject(const struct injector *injector, enum anomaly kind, struct rng *rng, struct course *course,
           int64_t longest_us, bool *is_done);
/* Whether the machine has every step of the course, its end included. */
bool machine_accepts(const struct machine *machine, const struct course *course);

#endif
