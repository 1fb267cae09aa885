/* Shapes of different length that belong to one template: optional parts and lists. */
#ifndef LW_LEARN_COALESCE_H
#define LW_LEARN_COALESCE_H

#include "learn/shape.h"

/* shapes[n] of which into[i] == i are alive. Those that are joined to another get into[i] = its index, which is
 * lower, and the other's shape accepts what both did. 0 or LW_ERR_MEMORY. */
int shapes_coalesce(const struct vocabulary *vocabulary, struct shape *shapes, uint32_t *into, size_t n,
                    struct arena *arena);
/* Slots side by side, one of which takes any number of units, become one; so does a value with its unit before such a
 * slot. In place. */
void shape_simplify(const struct vocabulary *vocabulary, struct shape *shape);

#endif
