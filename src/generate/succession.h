/*
 * How failures of different traces follow one another: what the machine, which knows single traces, leaves out. Learned
 * from the traces of the blueprint's model; without one, or without times, nothing is done. Pure functions.
 */
#ifndef LW_GENERATE_SUCCESSION_H
#define LW_GENERATE_SUCCESSION_H

#include "generate/rules.h"

/* Deals the traces anew to the starts so that those that fail come as in the real log: in the same clusters, one kind
 * after the other after as long. Neither starts nor traces are changed. 0 or LW_ERR_MEMORY. */
int succession_deal(struct plan *plan);
/* Adds a mined rule for each pair of kinds of failures that follow each other across traces more often than in reverse
 * (learn/lagged.h). Where there are none, but traces that last a good part of the log, pairs are of all templates. 0,
 * LW_ERR_MEMORY or LW_ERR_CANCELLED. */
int succession_mine(const struct plan *plan, struct rules *rules, struct lw_error *err);

#endif
