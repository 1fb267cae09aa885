/*
 * Truth for traces, from a label file or a header field of the log itself. Label files are CSV with a header:
 *   trace,label            the first column names the trace, the second is 0, 1 or a name
 *   line,label             a line of the log (1-based); a trace is as anomalous as its worst line
 *   start,end,component,label   a window of time (ISO 8601 or seconds since 1970), component empty = any
 * Names are compared without case; normal, - and 0 mean normal, the empty label none, everything else is the kind of
 * anomaly.
 */
#ifndef LW_MEASURE_LABELS_H
#define LW_MEASURE_LABELS_H

#include "learn/trace_set.h"

struct lw_labels {
    size_t n_traces;
    int8_t *labels;  /* [n_traces] LW_UNLABELLED, LW_NORMAL, LW_ANOMALOUS */
    uint32_t *kinds; /* [n_traces] id in names, of the label as it stood; INTERN_NONE */
    struct intern names;
    size_t n_unmatched;
};

/* *out starts from zeros; release it with labels_release. LW_ERR_INPUT when no trace gets a label. */
int labels_find(const char *file_or_field, const struct lw_log *log, const struct trace_set *set, struct lw_labels *out,
                struct lw_error *err);
void labels_release(struct lw_labels *labels);

#endif
