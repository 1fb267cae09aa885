/* Shapes: what templates are made of. A shape is a row of elements (units.h), SYMBOL_VALUE for a slot of one unit
 * and SYMBOL_VALUES for a slot of any number. Pure functions. */
#ifndef LW_LEARN_SHAPE_H
#define LW_LEARN_SHAPE_H

#include "base/arena.h"
#include "learn/units.h"

struct shape {
    uint32_t *elements;
    uint32_t n;
};

/* Whether units[n] fit the shape; then first[i] is the unit that element i begins with, and first[shape->n] = n.
 * Words fit by symbol, whatever the blanks. */
bool shape_align(const struct shape *shape, const struct unit *units, size_t n, uint32_t *first);

/* The shape that accepts all that a and b accept and keeps a longest common subsequence of their words.
 * Elements are taken from the arena. 0 or LW_ERR_MEMORY. */
int shape_join(const struct shape *a, const struct shape *b, struct arena *arena, struct shape *out);

#endif
