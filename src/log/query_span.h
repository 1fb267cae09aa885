/* Whole chunks that a query leaves out. */
#ifndef LW_LOG_QUERY_SPAN_H
#define LW_LOG_QUERY_SPAN_H

#include "log/query_eval.h"

/* Whether it is known without looking at them that the query holds for none of the n records from `from` on. */
bool query_excludes(const struct query_bound *bound, uint64_t from, uint64_t n);

#endif
