/*
 * Which of several traces comes first in the log where their events have the same time: logs that tell seconds, or are
 * put together from several sources, keep an order there that no delay tells. Learned as strengths of the templates
 * that a trace begins a moment with, drawn as a race. Immutable once found; memory is the arena's.
 */
#ifndef LW_GENERATE_TIES_H
#define LW_GENERATE_TIES_H

#include "base/arena.h"
#include "learn/templates.h"
#include "learn/trace_set.h"

struct ties {
    int64_t tick_us;   /* times of the log are multiples of this */
    double *strengths; /* [n] by template id: that a trace which begins with it comes first; NULL: nothing is known */
    uint32_t n;
};
struct tied { /* an event of a moment */
    uint32_t trace, event, template_id;
    double key;
};

/* least: moments that a template begins some trace's part of, shared with other traces, for it to count; else it is as
 * strong as any. Nothing is known where records have no numbers, or traces do not stay together within a moment. 0 or
 * LW_ERR_MEMORY. */
int ties_find(const struct trace_set *traces, const struct templates *templates, double least, struct arena *arena,
              struct ties *out);
/* The moment of the log's clock that a time is in. */
int64_t ties_moment(const struct ties *ties, int64_t time_us);
/* Puts the events of one moment in order: those of a trace stay together, and as they are. first_event: what numbers
 * of events are counted from in the stream of random numbers. */
void ties_order(const struct ties *ties, uint64_t seed, uint64_t first_event, struct tied *events, size_t n);

#endif
