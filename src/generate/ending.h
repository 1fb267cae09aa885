/*
 * A log ends for all its traces at once: what starts late in it is over soon, or was not kept. Pure but for the plan.
 */
#ifndef LW_GENERATE_ENDING_H
#define LW_GENERATE_ENDING_H

#include "generate/plan.h"

/* Deals the traces anew to the starts so that they end before plan->end_us, as far as they can; each way to do so is as
 * likely as any other. Neither starts nor traces are changed. 0 or LW_ERR_MEMORY. */
int ending_deal(struct plan *plan);
/* Lets each trace that still ends too late change places with one like it, of those that fail and those that do not,
 * if two are found that both end in time then. */
void ending_mend(struct plan *plan);

#endif
