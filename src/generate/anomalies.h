/* Which traces become anomalous, and how. */
#ifndef LW_GENERATE_ANOMALIES_H
#define LW_GENERATE_ANOMALIES_H

#include "generate/plan.h"
#include "generate/schedule.h"

/* Gives plan->kinds, which is all ANOMALY_NONE, and changes courses so that each kind has its share of traces exactly.
 * LW_ERR_INFEASIBLE (how many could be changed), LW_ERR_CANCELLED or LW_ERR_MEMORY. */
int anomalies_inject(struct plan *plan, const struct schedule *schedule, struct lw_error *err);

#endif
