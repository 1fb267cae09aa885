/*
 * The values that places take along the sampled traces, in columns: what relations are found from. Owned by the struct;
 * immutable once made.
 */
#ifndef LW_LEARN_TRACE_VALUES_H
#define LW_LEARN_TRACE_VALUES_H

#include "learn/variables.h"

#define TRACE_VALUES_PLACES 512 /* those that come most often; more are left out */

struct trace_value {
    uint32_t place; /* index among places */
    uint32_t text;  /* id of the text: equal texts have one */
    uint32_t event; /* of its trace */
    bool is_numeric;
    double number;
};
struct trace_values {
    uint32_t *places; /* [n_places] slots and header fields, by variable */
    size_t n_places;
    bool *is_key; /* [n_places] it is the name of its trace */
    struct trace_value_count {
        uint64_t support, total, traces; /* values that are the name of their trace; all; traces that have some */
    } * keys;                            /* [n_places] */
    uint32_t *template_of;               /* [n_places] index of the template of a slot; VARIABLE_NONE: a header field */
    struct trace_value *values;          /* [first[n_traces]] in order of events, then places */
    size_t *first;                       /* [n_traces + 1] */
    size_t n_traces, cap_values;
    struct intern texts;
};

/* Places that hold but one value, or times, such as that of their record, are left out. */
int trace_values_init(struct trace_values *values, const struct variables *variables, struct lw_error *err);
void trace_values_release(struct trace_values *values);

#endif
