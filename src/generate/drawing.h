/*
 * Values that obey others along a trace. Such a value is drawn from a stream of its own, named by event and place, so
 * that whoever writes another record of the trace finds it again without that record. Thread-safe.
 */
#ifndef LW_GENERATE_DRAWING_H
#define LW_GENERATE_DRAWING_H

#include "generate/blueprint.h"
#include "generate/generate.h"
#include "generate/witness.h"

struct drawing { /* what all records of a log are drawn from; borrowed */
    const struct blueprint *blueprint;
    const struct generated *generated;
    uint64_t seed;
    const double *sums; /* [choices] of the weights of a template's, up to and with each */
    const struct witness *witness;
    const uint32_t *chosen; /* [events] see phrasing.h; or NULL */
};

/* Which of a place's values an event has, where none comes twice. */
static inline uint64_t drawing_number(const struct drawing *drawing, size_t event)
{
    return drawing->seed % 1000003 * 7919 + event;
}

/* The way to write an event of a template; NULL: there is none. rng: at the start of the event's stream. event:
 * SIZE_MAX for another way, whatever is known of the event. */
const struct choice *drawing_choose(const struct drawing *drawing, size_t event, size_t template_index,
                                    struct rng *rng);
/* Whether the value of a piece is drawn by: */
bool drawing_is_related(const struct drawing *drawing, const struct piece *piece);
/* Appends the value of a piece of an event's wording. */
void drawing_put_value(const struct drawing *drawing, uint32_t trace, size_t event, const struct piece *piece,
                       struct buf *out);

/* The same for a piece that takes its value from elsewhere, whatever its wording: nothing where there is none. */
void drawing_put_known(const struct drawing *drawing, uint32_t trace, size_t event, const struct piece *piece,
                       struct buf *out);

#endif
