/*
 * The one shape of a detector. Fitting sees template sequences and times, never labels; what a detector knows of the
 * machine or vocabulary it learns itself from the traces it is fitted on. Fitted models are immutable: any number of
 * threads may score. A new detector is a file with one such row, listed in detector.c.
 */
#ifndef LW_DETECT_DETECTOR_H
#define LW_DETECT_DETECTOR_H

#include "base/buf.h"
#include "learn/trace_set.h"

struct detector_verdict {
    double score; /* higher is more anomalous; finite */
    size_t event; /* position in the trace that the reason is about */
};

struct detector {
    struct lw_detector_info info;
    /* indexes[n]: the traces of the set to fit on. *model is the detector's own and keeps no
     * pointer into the set, which may be gone when it scores. */
    int (*fit)(const struct trace_set *set, const uint32_t *indexes, size_t n, const struct lw_run *run, void **model,
               struct lw_error *err);
    int (*score)(const void *model, const struct trace_set *set, size_t trace, struct detector_verdict *out,
                 struct lw_error *err);
    /* Appends why, in words with templates as E12, for a trace scored before. */
    int (*explain)(const void *model, const struct trace_set *set, size_t trace, struct buf *out, struct lw_error *err);
    void (*free)(void *model);
};

size_t detector_count(void);
const struct detector *detector_get(size_t index);                  /* NULL past the end */
const struct detector *detector_find(const char *name, size_t len); /* NULL: none */

#endif
