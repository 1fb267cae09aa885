/* Between the files that look for breaches. */
#ifndef LW_MEASURE_VALIDATE_PARTS_H
#define LW_MEASURE_VALIDATE_PARTS_H

#include "measure/labels.h"
#include "measure/validate.h"
#include "measure/view.h"

enum breach_class { /* what an injected anomaly may break, as bits */
                    BREACH_STEP = 1,
                    BREACH_UNKNOWN = 2,
                    BREACH_DELAY = 4,
                    BREACH_PARAMETER = 8,
                    BREACH_OTHER = 16
};
struct law {                  /* a row of the summary */
    const char *group, *rule; /* static */
    enum breach_class class;
    uint64_t checked, broken;
};
#define VALIDATE_LAWS 40
struct breach {
    size_t law, trace; /* trace: of the view, or SIZE_MAX: the log as a whole */
    size_t row;        /* of the view, or SIZE_MAX: the end of the trace */
    const char *what;  /* in the arena */
};
struct validating {
    const struct validate_input *in;
    const struct lw_run *run;
    struct lw_error *err;
    struct log_columns columns;
    struct view view;
    struct lw_labels labels;
    size_t *roots; /* [view.n_traces] row of the first labelled record of each trace, SIZE_MAX: none; NULL: not known */
    int64_t resolution_us; /* of the times in the log */
    struct law laws[VALIDATE_LAWS];
    size_t n_laws;
    struct breach *breaches;
    size_t n, cap;
    struct lw_validation *out;
};

/* The row of a rule, made if it is not there. */
size_t law_of(struct validating *v, const char *group, const char *rule, enum breach_class class);
/* Counts one breach; the text is printf's. 0 or LW_ERR_MEMORY, told in v->err. */
int law_break(struct validating *v, size_t law, size_t trace, size_t row, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Id of the template of a row, LW_TEMPLATE_UNKNOWN where none fits. */
uint32_t validate_template(const struct validating *v, size_t row);
/* The kind of anomaly that a trace is labelled with; ANOMALY_COUNT: one that is not of the generator's. */
enum anomaly validate_kind(const struct validating *v, size_t trace);
/* Whether its label says that the trace is no longer as it was drawn from a row on: its steps or their times; and
 * whether it went quite another way then, with other events than those that shares are of. */
bool validate_is_excused(const struct validating *v, size_t trace, size_t row);
bool validate_is_led_away(const struct validating *v, size_t trace);
/* Whether constraints move times to fit windows, so that nothing can be said of delays; they may be NULL. */
bool validate_moves_times(const struct lw_constraints *constraints);

int validate_traces(struct validating *v);
int validate_values(struct validating *v);
int validate_constraints(struct validating *v);
int validate_asked(struct validating *v);
int validate_records(struct validating *v);
/* Recall of each detector for each kind of anomaly. */
int validate_detectors(struct validating *v);

#endif
