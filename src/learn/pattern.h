/* Patterns: what templates are made of. A pattern is a row of elements (units.h), SYMBOL_VALUE for a slot of one unit
 * and SYMBOL_VALUES for a slot of any number. Pure functions. */
#ifndef LW_LEARN_PATTERN_H
#define LW_LEARN_PATTERN_H

#include "base/arena.h"
#include "learn/units.h"

struct pattern {
    uint32_t *elements;
    uint32_t n;
};

/* Whether units[n] fit the pattern; then first[i] is the unit that element i begins with, and first[pattern->n] = n.
 * Words fit by symbol, whatever the blanks. */
bool pattern_align(const struct pattern *pattern, const struct unit *units, size_t n, uint32_t *first);

/* The pattern that accepts all that a and b accept and keeps a longest common subsequence of their words.
 * Elements are taken from the arena. 0 or LW_ERR_MEMORY. */
int pattern_join(const struct pattern *a, const struct pattern *b, struct arena *arena, struct pattern *out);

#endif
