/* Which shapes the units of a message come near to, and where they differ. Pure functions. */
#ifndef LW_LEARN_NEAR_H
#define LW_LEARN_NEAR_H

#include "learn/shape.h"

#define NEAR_NONE UINT32_MAX /* far away, or not a word in common */

/* What it takes to make the units fit the shape: 4 for each word, mark or value that one has and the other lacks or has
 * another for, and 1 for each word that a slot takes, so that of two shapes that fit the more specific is nearer.
 * NEAR_NONE if it is more than `most`. */
uint32_t near_distance(const struct shape *shape, const struct unit *units, size_t n, uint32_t most,
                       const struct vocabulary *vocabulary);

/* A stretch where they differ: units here, elements there. Either may be empty, not both. */
struct near_difference {
    uint32_t unit, n_units, element, n_elements;
};
/* Stretches in order: out[shape->n + n] at most; the return value is how many, or LW_ERR_MEMORY. None: the shape
 * accepts the units. */
ptrdiff_t near_differences(const struct shape *shape, const struct unit *units, size_t n, struct near_difference *out);

#endif
