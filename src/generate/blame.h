/* Why targets cannot be met, in words. */
#ifndef LW_GENERATE_BLAME_H
#define LW_GENERATE_BLAME_H

#include "generate/trial.h"

struct offer {     /* what can be met instead */
    size_t target; /* TRIAL_NONE: no target is to blame */
    double share;  /* the nearest to what was wanted; NaN: there is none */
};
/* Of a problem whose targets cannot be met: names the target, what binds with it and the nearest value that can be
 * met. missed: a rule that was not met, TRIAL_NONE if there was no way left at all. LW_ERR_INFEASIBLE or LW_ERR_MEMORY.
 */
int blame(const struct problem *problem, size_t missed, struct offer *offer, struct lw_error *err);

#endif
