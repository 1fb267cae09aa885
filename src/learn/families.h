/* Shapes of one template that hold values of several words, or values in several places at once. */
#ifndef LW_LEARN_FAMILIES_H
#define LW_LEARN_FAMILIES_H

#include "learn/shape.h"

/* shapes[n] of which into[i] == i are alive. Those that are joined to another get into[i] = its index, which is
 * lower, and the other's shape accepts what all did. Independent of the order of shapes. 0 or LW_ERR_MEMORY. */
int families_unite(const struct vocabulary *vocabulary, struct shape *shapes, uint32_t *into, size_t n,
                   struct arena *arena);

#endif
