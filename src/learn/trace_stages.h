/*
 * Trace rules that look at more than one record: `gap:`, `count:` and `join:`. One pass over the whole log finds which
 * traces each record belongs to; learning and grouping then look them up. What comes out depends on the log alone, but
 * of a log that is cut into shards each shard begins anew: `gap:` ends a trace at the cut, `join:` knows only the
 * links within a shard, and shards under `count:` cannot be merged.
 *
 * Joining: ids of rules A, B ... are one trace where records carry both. The rules stand in the order in which ids are
 * handed on: an id of B belongs to the id of A that most of the records name which carry it and an id of A. It does not
 * join where less than JOIN_SHARE of them do (a connection that serves one request after the other), nor to an id that
 * more than JOIN_MANY others of its kind would join (a tenant, a host). A trace is named by the id of it that came
 * first; ids of B stand behind "2:", of C behind "3:" and so on, since the same number may be an id of A as well.
 */
#ifndef LW_LEARN_TRACE_STAGES_H
#define LW_LEARN_TRACE_STAGES_H

#include "learn/trace_rule.h"

#define JOIN_SHARE  0.8
#define JOIN_MANY   64u
#define JOIN_RECORD 16u /* a record with more ids lists them and does not link them */

struct trace_stages;

/* rule: one that trace_rule_is_staged. */
int trace_stages_find(const struct lw_log *log, const struct trace_rule *rule, const struct lw_run *run,
                      struct trace_stages **out, struct lw_error *err);
void trace_stages_free(struct trace_stages *stages);
/* Names of the traces of a record, borrowed from the stages; has_given_up is as it was found. Thread-safe. */
void trace_stages_keys(const struct trace_stages *stages, uint64_t record, struct trace_keys *out);
/* Of a join: links that joined ids, and those that did not for what is said above. */
struct trace_links {
    uint64_t joined, refused;
};
struct trace_links trace_stages_links(const struct trace_stages *stages);

#endif
