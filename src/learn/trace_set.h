/*
 * Events grouped into traces: what every learner, generator and detector works on. Plain columns, owned by the struct;
 * positions of trace t are first[t] .. first[t + 1] - 1. Sequences of template ids only mean something together with
 * the templates they came from.
 */
#ifndef LW_LEARN_TRACE_SET_H
#define LW_LEARN_TRACE_SET_H

#include "base/intern.h"
#include "logwright.h"

enum {
    TRACE_OPEN_START = 1, /* it was under way when the log began */
    TRACE_OPEN_END = 2    /* ... or when the log ended, so that its last event is no end */
};
struct trace_set {
    size_t n_traces, n_events;
    size_t cap_traces, cap_events;
    size_t *first;       /* [n_traces + 1] */
    uint32_t *templates; /* [n_events] LW_TEMPLATE_UNKNOWN where nothing matched */
    int64_t *times_us;   /* [n_events] or LW_NO_TIME */
    uint64_t *records;   /* [n_events] or LW_NO_RECORD */
    struct intern names; /* name of trace t has id t */
    uint8_t *open;       /* [n_traces] of TRACE_OPEN_*, see open_traces.h; or NULL: no trace is cut off */
};

void trace_set_init(struct trace_set *set);
void trace_set_release(struct trace_set *set);
/* Makes room for so many more traces and events, and no more: for who knows how many there will be. */
int trace_set_reserve(struct trace_set *set, size_t n_traces, size_t n_events, struct lw_error *err);
/* Starts a new trace; its name must not be there yet (LW_ERR_USAGE). Events then go to it. Traces are added before
 * any is marked as open. */
int trace_set_begin(struct trace_set *set, const char *name, size_t len, struct lw_error *err);
int trace_set_event(struct trace_set *set, uint32_t template_id, int64_t time_us, uint64_t record,
                    struct lw_error *err);
size_t trace_set_len(const struct trace_set *set, size_t trace);
bool trace_set_is_open_start(const struct trace_set *set, size_t trace);
bool trace_set_is_open_end(const struct trace_set *set, size_t trace);
/* Copies the traces whose indexes are given, in that order. */
int trace_set_select(const struct trace_set *set, const uint32_t *indexes, size_t n, struct trace_set *out,
                     struct lw_error *err);
/* Appends all traces of `more`, marks included; a name that is there already gets a suffix "+N". */
int trace_set_append(struct trace_set *set, const struct trace_set *more, struct lw_error *err);

/* Variants: distinct template sequences, by falling count, then first appearance. */
struct variants {
    size_t n;
    uint64_t *counts;  /* [n] */
    uint32_t *example; /* [n] first trace */
    uint32_t *of;      /* [n_traces] variant of each trace */
};
int variants_find(const struct trace_set *set, struct variants *out, struct lw_error *err);
void variants_release(struct variants *variants);

#endif
