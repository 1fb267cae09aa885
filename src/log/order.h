/*
 * The order of records by time over several sources. Each source keeps its own order, whatever its times do; the heads
 * of the sources are merged by time, the earlier source first where times are equal. A record without time follows its
 * predecessor; those before the first time of a source stand with it, and a source without any time comes last.
 */
#ifndef LW_LOG_ORDER_H
#define LW_LOG_ORDER_H

#include "log/log.h"

/* *out[record] = place in the store; NULL where that is the same. log needs its sources and its records. */
int order_make(const struct lw_log *log, uint32_t **out, struct lw_error *err);

#endif
