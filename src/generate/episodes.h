/*
 * Anomalies of a log: episodes in time that hit the traces under way. An episode begins at an event of a trace drawn by
 * the seed, at the service of that event, and lasts spec->duration_s. Of the traces under way it hits those that use
 * the service, and of the others the share spec->propagation; more than the kind may hit are thinned out at random. In
 * a log without services all traces use the same.
 *   cascade     failures spread from the service to those that call it, step by step over the duration: a trace that is
 *               hit fails at its first event of a service after the trouble has come there, on a way that the machine
 *               has. In a log of one service one trace fails, and the share of the others.
 *   exhaustion  delays grow evenly, up to severity times, and traces fail more and more often, up to half of them,
 * until a reset crash       traces under way end at one moment, where the machine lets none end; those of the service
 * that would start within the duration start behind it flapping    the service goes down and comes up severity times;
 * the traces that meet it while it is down fail drift       delays of all services grow evenly, up to severity times,
 * and nothing fails Events that failed, are late, or were the last before a crash are marked in course->kinds.
 */
#ifndef LW_GENERATE_EPISODES_H
#define LW_GENERATE_EPISODES_H

#include "generate/plan.h"

bool episodes_is_kind(enum anomaly kind);
/* Hits `quota` traces of plan->kinds ANOMALY_NONE; order[plan->n]: which of them episodes begin at. *made: how many
 * were hit, fewer when no more could be. LW_ERR_CANCELLED or LW_ERR_MEMORY. */
int episodes_inject(struct plan *plan, enum anomaly kind, const size_t *order, size_t quota, size_t *made,
                    struct lw_error *err);

#endif
