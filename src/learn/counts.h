/*
 * Everything learned that adds up: masked sequences, raw traces, parameter pools, header layouts, totals. Two counts
 * under one plan merge exactly, the later one's records standing behind the earlier one's. Templates, traces and
 * machine are a pure function of counts and edits (model.h). Immutable once learned; shared by reference.
 */
#ifndef LW_LEARN_COUNTS_H
#define LW_LEARN_COUNTS_H

#include "learn/layout.h"
#include "learn/pool.h"
#include "learn/sequences.h"
#include "learn/trace_rule.h"

struct raw_event {
    uint32_t sequence;
    int64_t time_us;
    uint64_t record; /* in the log that was learned from; LW_NO_RECORD once loaded or merged */
};
struct raw_trace {
    struct raw_event *events;
    uint32_t n, cap;
};
struct counts {
    char *trace_rule, *trace_why; /* the plan */
    char *formats;                /* names of the formats seen, comma-separated */
    struct sequences sequences;
    struct intern trace_names;
    struct raw_trace *traces; /* [trace_names.count] */
    size_t cap_traces;
    struct pool *params;   /* [n_params] of masked tokens, see param_first */
    uint32_t *param_first; /* [sequences + 1] pools of sequence s: params[param_first[s] ...] in token order */
    size_t n_params;
    struct layouts layouts;
    uint64_t records, lines, bytes;
    int64_t first_us, last_us;
    uint64_t levels[LW_LEVEL_COUNT];
    uint32_t
        *record_sequence; /* [n_record_sequence] sequence of each record of the log, INTERN_NONE if left out; or NULL */
    uint64_t n_record_sequence;
};

/* use: one byte a record of the log, records with 0 are left out; NULL = all. */
int counts_learn(const struct lw_log *log, const struct trace_rule *rule, const uint8_t *use, const struct lw_run *run,
                 struct counts **out, struct lw_error *err);
int counts_merge(const struct counts *const *parts, size_t n, struct counts **out, struct lw_error *err);
struct counts *counts_retain(struct counts *counts);
void counts_free(struct counts *counts);

#endif
