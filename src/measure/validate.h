/*
 * Is a synthetic log lawful: does every trace of it keep to what was learned from the real log, and all of it to a
 * constraints document? Every breach is told with the event where it shows. With labels of injected anomalies, traces
 * of a kind have to break what their kind says and nothing else, all others nothing.
 */
#ifndef LW_MEASURE_VALIDATE_H
#define LW_MEASURE_VALIDATE_H

#include "base/arena.h"
#include "generate/constraints.h"
#include "learn/model.h"
#include "measure/figures.h"

struct value_law {    /* what one parameter of a template may take */
    bool is_number;   /* nothing but numbers was seen */
    double low, high; /* NaN: no such bound */
    uint64_t *pool;   /* [n_pool] hashes of all values there are, by column_hash, rising; NULL: there may be others */
    size_t n_pool;
};
struct validate_input {
    const struct model *model;
    const struct lw_log *synthetic;
    const struct lw_constraints *constraints; /* or NULL */
    const char *labels;                       /* of the synthetic log, as labels_find takes them, or NULL */
    const char *record_labels;                /* a file of line,label,trace, or NULL */
    const struct value_law *values;           /* [slots of all templates, in their order] */
};

struct lw_validation {
    struct arena texts;
    struct lw_violation *items; /* [n] by group and rule */
    size_t n, cap;
    struct lw_figures *figures; /* a row for each rule, then the recall of each detector */
};

/* LW_ERR_INPUT when the log has no traces. */
int validate(const struct validate_input *in, const struct lw_run *run, struct lw_validation **out,
             struct lw_error *err);

#endif
