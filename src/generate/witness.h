/*
 * Which of the shared values of a family a trace takes. A family is a header field that keeps its value through a trace
 * wherever it was compared, but not in all templates (a user that is unknown until the connection is authorized): its
 * templates have shared values of their own, with the values seen in their records, and a trace must have one value for
 * all of them. It is drawn from the one that says most: of the templates in the trace, that whose records had the
 * fewest values. Owned by the struct; immutable once made.
 */
#ifndef LW_GENERATE_WITNESS_H
#define LW_GENERATE_WITNESS_H

#include "generate/blueprint.h"
#include "learn/trace_set.h"

struct witness {
    uint32_t *column; /* [n_shared] its family among those of several, or UINT32_MAX */
    uint32_t *chosen; /* [n_traces * n_columns] shared value, or BLUEPRINT_NONE: the trace has no event that tells */
    size_t n_columns;
};

/* 0 or LW_ERR_MEMORY. */
int witness_init(struct witness *witness, const struct blueprint *blueprint, const struct trace_set *traces);
void witness_release(struct witness *witness);
/* What a trace draws a shared value from: itself, or another of its family. */
uint32_t witness_of(const struct witness *witness, uint32_t shared, size_t trace);

#endif
