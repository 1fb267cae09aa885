/*
 * Which kind of trace starts when. The mark of a trace is the template in it that is rarest in the log, which mostly
 * tells what became of it. Marks follow one another as those of the real traces did, run by run (schedule.h), so that
 * what comes together, one after the other, or at one time of the log alone does so again. Pure but for the plan.
 */
#ifndef LW_GENERATE_MARKS_H
#define LW_GENERATE_MARKS_H

#include "generate/plan.h"

#define MARK_NONE LW_TEMPLATE_UNKNOWN

/* The mark of events with these templates. */
uint32_t mark_of(const struct templates *templates, const uint32_t *ids, size_t n);
/* Deals the traces anew to the starts so that each has the mark that plan->marks says, as far as there are so many, and
 * is over by plan->end_us, as far as it can be. Neither starts nor traces are changed. 0 or LW_ERR_MEMORY. */
int marks_deal(struct plan *plan);

#endif
