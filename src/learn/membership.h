/* Which records belong to which trace, before anything is known of templates. */
#ifndef LW_LEARN_MEMBERSHIP_H
#define LW_LEARN_MEMBERSHIP_H

#include "learn/trace_rule.h"
#include "learn/trace_set.h"

/* Traces of the log under the rule, in the order of their first record, events in the order of records. Each event has
 * its record and time; templates are LW_TEMPLATE_UNKNOWN, to be filled from a column by record. *out starts from zeros
 * and is the caller's to release. */
int membership_find(const struct lw_log *log, const struct trace_rule *rule, const struct lw_run *run,
                    struct trace_set *out, struct lw_error *err);

#endif
