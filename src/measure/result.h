/* Scored test traces of several detectors, with their figures. What stands behind lw_result_*. */
#ifndef LW_MEASURE_RESULT_H
#define LW_MEASURE_RESULT_H

#include "detect/detector.h"
#include "measure/metrics.h"

struct result_part { /* the verdicts of one fold and the model that explains them */
    const struct detector *detector;
    void *model;                 /* owned */
    const struct trace_set *set; /* borrowed: the traces that were scored */
    size_t end;                  /* one past its last verdict */
};
struct result_row {
    struct lw_row figures;
    char *threshold_rule;
    size_t n, cap;
    double *scores;     /* [n] shifted so that one threshold serves all folds */
    uint8_t *anomalous; /* [n] */
    uint8_t *duplicate; /* [n] */
    uint32_t *traces;   /* [n] indexes in the set */
    uint32_t *events;   /* [n] */
    struct curve curve;
    struct result_part *parts;
    size_t n_parts;
};
struct lw_result {
    struct result_row *rows;
    size_t n, cap;
    bool has_truth;
    void (*release_owner)(void *owner); /* of what sets and strings belong to; may be NULL */
    void *owner;
};

/* A new row for `detector` (NULL for the controls) with room for n verdicts and n_parts parts; NULL: out of memory. */
struct result_row *result_add_row(struct lw_result *result, size_t n, size_t n_parts);
/* Figures from scores, labels and figures.threshold. */
int result_finish_row(const struct lw_result *result, struct result_row *row, struct lw_error *err);
/* flag-all and flag-none over the verdicts of the first row. */
int result_add_controls(struct lw_result *result, struct lw_error *err);

#endif
