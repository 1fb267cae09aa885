/*
 * Everything learned that adds up: masked sequences, raw traces, parameter pools, header layouts, totals. Two counts
 * under one plan merge exactly, the later one's records standing behind the earlier one's. Templates, traces and
 * machine are a pure function of counts and edits (model.h). Immutable once learned; shared by reference.
 */
#ifndef LW_LEARN_COUNTS_H
#define LW_LEARN_COUNTS_H

#include <stdatomic.h>

#include "learn/layout.h"
#include "learn/pool.h"
#include "learn/sequences.h"
#include "learn/trace_rule.h"

#define RAW_NO_RECORD UINT32_MAX
struct raw_event {
    uint32_t sequence;
    uint32_t record; /* in the log that was learned from; RAW_NO_RECORD once loaded or merged */
    int64_t time_us;
};
struct raw_trace { /* events in the order of records */
    struct raw_event *events;
    size_t n, cap;
};
/* What was given up to stay within a bound of memory, see bound.h. */
struct folded {
    uint64_t sketches; /* of parameters whose values are known less well */
    uint64_t records;  /* whose messages are counted together as one */
    uint64_t events;   /* of traces that were left out */
    bool has_traces;   /* traces that began late were left out */
    uint64_t unnamed;  /* records that the trace rule gave up on: no bound of memory, but left out as well */
};
struct counts {
    atomic_uint references;
    struct folded folded;
    uint64_t limit;               /* what they may cost, see bound.h; 0: no bound */
    char *trace_rule, *trace_why; /* the plan, to which sequences.masks belong as well */
    struct intern formats;        /* names of the formats seen */
    struct sequences sequences;
    struct intern trace_names;
    struct raw_trace *traces; /* [trace_names.count] */
    size_t cap_traces;
    struct pool *params;   /* [n_params] of masked tokens, see param_first */
    uint32_t *param_first; /* [sequences + 1] pools of sequence s: params[param_first[s] ...] in token order */
    size_t n_params, cap_params, cap_param_first;
    struct layouts layouts;
    struct minutes minutes;         /* records of each minute */
    uint64_t records, lines, bytes; /* lines and bytes of the whole sources */
    int64_t first_us, last_us;      /* LW_NO_TIME if nothing was timed */
    uint64_t levels[LW_LEVEL_COUNT];
    uint32_t
        *record_sequence; /* [n_record_sequence] sequence of each record of the log, INTERN_NONE if left out; or NULL */
    uint64_t n_record_sequence;
    uint64_t log_lines, log_bytes; /* of the log that record_sequence speaks of, as counted here */
};

/* use: one byte a record of the log, records with 0 are left out; NULL = all. masks: the user's, retained; NULL: none.
 */
int counts_learn(const struct lw_log *log, const struct trace_rule *rule, struct user_masks *masks, const uint8_t *use,
                 const struct lw_run *run, struct counts **out, struct lw_error *err);
/* The same within a bound: limit as in struct counts. */
int counts_learn_within(const struct lw_log *log, const struct trace_rule *rule, struct user_masks *masks,
                        const uint8_t *use, uint64_t limit, const struct lw_run *run, struct counts **out,
                        struct lw_error *err);
/* What is known and the records of the log from first_record on, as if all had been learned at once; sequences and
 * traces keep their numbers, unless there is a bound and it is met. The log is the one that was learned from, grown, or
 * another (known without record_sequence). Time and memory: those of the records that are new, of the sequences, and a
 * copy of the events. */
int counts_extend(const struct counts *known, const struct lw_log *log, const struct trace_rule *rule,
                  uint64_t first_record, const struct lw_run *run, struct counts **out, struct lw_error *err);
/* LW_ERR_USAGE when the trace rules or the masks differ, or when parts from `sequences` have a name in common that is a
 * line's. */
int counts_merge(const struct counts *const *parts, size_t n, struct counts **out, struct lw_error *err);
struct counts *counts_retain(struct counts *counts);
void counts_free(struct counts *counts);

/* Whether all that was learned are symbols, see symbols.h. */
bool counts_is_symbolic(const struct counts *counts);

/* ---- for who loads counts from a file: they are built part by part, nothing of it is trusted -------------------- */

/* Appends the pools of a sequence that is new, n of them, empty. 0 or LW_ERR_MEMORY. */
int counts_add_pools(struct counts *counts, uint32_t sequence, size_t n);
/* Empty counts under a plan. */
int counts_new(const char *trace_rule, const char *trace_why, struct counts **out, struct lw_error *err);
/* One sequence with its statistics and parameters; one trace's events; layouts. The functions that read append, with
 * the ids that follow; what does not fit is LW_ERR_INPUT. */
void counts_pack_sequence(const struct counts *counts, uint32_t id, struct buf *out);
int counts_unpack_sequence(struct counts *counts, struct unpack *in, struct lw_error *err);
/* What was given up; no bytes if nothing was. */
void counts_pack_folded(const struct counts *counts, struct buf *out);
int counts_unpack_folded(struct counts *counts, struct unpack *in, struct lw_error *err);
void counts_pack_trace(const struct counts *counts, uint32_t trace, struct buf *out);
int counts_unpack_trace(struct counts *counts, const char *name, size_t len, struct unpack *in, struct lw_error *err);

#endif
