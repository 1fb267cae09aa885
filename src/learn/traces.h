/*
 * What struct lw_traces is: a trace set with its variants and, where a log stands behind it, the columns that lead from
 * a record to its template and its traces. Immutable once made.
 */
#ifndef LW_LEARN_TRACES_H
#define LW_LEARN_TRACES_H

#include "learn/trace_set.h"

struct lw_traces {
    const struct trace_set *set;     /* own_set, or borrowed */
    const struct variants *variants; /* own_variants, or borrowed */
    struct trace_set own_set;
    struct variants own_variants;
    uint64_t n_records;         /* of the log; 0 = no log */
    uint32_t *record_templates; /* [n_records] */
    uint32_t *record_first;     /* [n_records + 1] traces of record r: record_traces[record_first[r] ...], ascending;
                                   NULL where there are no traces */
    uint32_t *record_traces;
};

/* Takes the set and record_templates (may be NULL with n_records 0) over, on failure too. */
int traces_new(struct trace_set *set, uint32_t *record_templates, uint64_t n_records, struct lw_traces **out,
               struct lw_error *err);
/* Borrows set and variants, which must outlive it; takes record_templates over. */
int traces_borrow(const struct trace_set *set, const struct variants *variants, uint32_t *record_templates,
                  uint64_t n_records, struct lw_traces **out, struct lw_error *err);

#endif
