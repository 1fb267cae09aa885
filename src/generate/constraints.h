/*
 * What a generated log should be like. The plain numbers are rows of one table (constraints.c), from which parsing,
 * setting, writing, validation and help are made; the levels, the weights of templates and the start stand beside
 * it. Owned by the struct.
 */
#ifndef LW_GENERATE_CONSTRAINTS_H
#define LW_GENERATE_CONSTRAINTS_H

#include "base/buf.h"
#include "logwright.h"

enum anomaly {
    ANOMALY_NONE,
    ANOMALY_MISSING,  /* an event that the machine does not let be left out is left out */
    ANOMALY_REPEATED, /* an event comes again where the machine does not have it again */
    ANOMALY_SWAPPED,  /* two neighbours change places and make a step that the machine does not have */
    ANOMALY_UNKNOWN,  /* an event of no learned template is put in */
    ANOMALY_DELAY,    /* one delay is stretched beyond the 99th percentile of its transition */
    ANOMALY_COUNT
};

struct template_weight {
    uint32_t id;
    double weight; /* >= 0 */
};
struct lw_constraints {
    double traces, seed, rare_path_factor, delay_factor;
    double anomalies[ANOMALY_COUNT]; /* share of traces; [ANOMALY_NONE] unused */
    double anomaly_delay_factor;
    int64_t start_us;                /* of the first trace; LW_NO_TIME = where the log that was learned from starts */
    double levels[LW_LEVEL_COUNT];   /* target share among events, NaN = as it comes */
    struct template_weight *weights; /* by rising id */
    size_t n_weights, cap_weights;
};

const char *anomaly_name(enum anomaly anomaly); /* "" for ANOMALY_NONE, "missing" ... */
/* The document as lw_constraints_write writes it. */
void constraints_print(const struct lw_constraints *constraints, struct buf *out);
/* From memory; name stands for the file in errors. */
int constraints_parse(const char *name, const char *data, size_t len, struct lw_constraints **out,
                      struct lw_error *err);
/* What no single value shows: shares that sum to more than 1 (LW_ERR_INFEASIBLE). */
int constraints_check(const struct lw_constraints *constraints, struct lw_error *err);
/* 1 when nothing was said of the template. */
double constraints_weight(const struct lw_constraints *constraints, uint32_t template_id);

/* constraints_json.c reads through these; path as lw_constraints_set takes it. */
struct constraint_kind {
    bool is_group, is_time;
    const struct lw_knob *knob; /* for shape and range; NULL for a group or the time */
};
/* False: there is no such constraint. */
bool constraints_kind(const char *path, struct constraint_kind *out);
/* The path most like a wrong one, such as "anomalies.missing"; never NULL. */
const char *constraints_nearest(const char *path);

#endif
