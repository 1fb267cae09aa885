/* Patterns of different length that belong to one template: optional parts and lists. */
#ifndef LW_LEARN_COALESCE_H
#define LW_LEARN_COALESCE_H

#include "learn/pattern.h"

/* patterns[n] of which into[i] == i are alive. Those that are joined to another get into[i] = its index, which is
 * lower, and the other's pattern accepts what both did. 0 or LW_ERR_MEMORY. */
int patterns_coalesce(const struct vocabulary *vocabulary, struct pattern *patterns, uint32_t *into, size_t n,
                      struct arena *arena);
/* Slots side by side, one of which takes any number of units, become one; so does a value with its unit before such a
 * slot. In place. */
void pattern_simplify(const struct vocabulary *vocabulary, struct pattern *pattern);

#endif
