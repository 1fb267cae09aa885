/*
 * How a record's traces are named. A rule is given as text, as --trace takes it, or found from the records alone.
 *   a regex            every distinct match in the record names a trace: of the first group that took part, if it has
 * any field:NAME         the header field of that name; NAME alone means the same dir                the folder of the
 * source; "source" = the source itself none               no record belongs to a trace window:60s         consecutive
 * windows of time; name = start of the window in UTC window:60s/10s     windows that overlap, one beginning every 10 s
 *   gap:30s            a trace ends where nothing happens for longer than that; name = time of its first record
 *   count:100          so many records each, #1, #2 ...
 *   ... by RULE        windows, gaps and counts for each value of one of the first four by itself; name = VALUE@...
 *   join:A + B + ...   ids by several regexes or fields that are one trace where a record carries two of them, see
 *                      trace_stages.h
 */
#ifndef LW_LEARN_TRACE_RULE_H
#define LW_LEARN_TRACE_RULE_H

#include "base/buf.h"
#include "logwright.h"

#define TRACE_MAX_KEYS  256 /* of one record; further ones are left out */
#define TRACE_MAX_PARTS 8   /* rules that are joined */

struct trace_rule;

int trace_rule_parse(const char *text, struct trace_rule **out, struct lw_error *err);
/* Scores candidates by coverage, repetition, spread over message shapes and number of traces, over at most some 100,000
 * records of the log; labels are not looked at. Never fails to find: the last resort is a time window, then the source.
 */
int trace_rule_find(const struct lw_log *log, const struct lw_run *run, struct trace_rule **out, struct lw_error *err);
void trace_rule_free(struct trace_rule *rule);
bool trace_rule_is_none(const struct trace_rule *rule);
/* Whether names come from header fields, so that records have to be read with theirs. */
bool trace_rule_needs_fields(const struct trace_rule *rule);
/* Whether what a record belongs to depends on other records, so that trace_rule_keys gives only what is decided on, see
 * trace_stages.h. */
bool trace_rule_is_staged(const struct trace_rule *rule);
const char *trace_rule_text(const struct trace_rule *rule); /* as --trace takes it */
const char *trace_rule_why(const struct trace_rule *rule);  /* "given", or the candidates with their scores */
int trace_rule_set_why(struct trace_rule *rule, const char *why, struct lw_error *err);

/* Per thread: scratch for matching. */
struct trace_keys {
    struct lw_bytes keys[TRACE_MAX_KEYS]; /* borrowed from the record or from text */
    size_t n;
    uint8_t parts[TRACE_MAX_KEYS]; /* of a join: which of its rules found the key */
    bool has_given_up;             /* a regex took more work than a record is worth, so that names may be missing */
    struct buf text;
    void *match; /* private */
};
void trace_keys_init(struct trace_keys *keys);
void trace_keys_release(struct trace_keys *keys);
/* Distinct names of the traces that the record belongs to; none is possible. source_path: of the record's source. */
int trace_rule_keys(const struct trace_rule *rule, const struct lw_record *record, struct lw_bytes source_path,
                    struct trace_keys *out, struct lw_error *err);

#endif
