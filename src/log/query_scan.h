/* Running a bound query over ranges of records. */
#ifndef LW_LOG_QUERY_SCAN_H
#define LW_LOG_QUERY_SCAN_H

#include "log/query_eval.h"

/* As lw_query_run and lw_query_find, see logwright.h. */
int query_scan(const struct query_bound *bound, uint64_t from, uint64_t to,
               int (*visit)(void *user, const uint64_t *records, size_t n), void *user, const struct lw_run *run,
               struct lw_query_total *total, struct lw_error *err);
int query_scan_find(const struct query_bound *bound, uint64_t from, enum lw_direction direction,
                    const struct lw_run *run, uint64_t *record, struct lw_error *err);

#endif
