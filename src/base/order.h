/*
 * How arrays of numbers are put in order: comparators for qsort and bsearch, smallest first. Of numbers that are not
 * (NaN) each is equal to all: leave them out before. And where a number belongs in them. Thread-safe.
 */
#ifndef LW_BASE_ORDER_H
#define LW_BASE_ORDER_H

#include <stddef.h>
#include <stdint.h>

int order_u32(const void *a, const void *b);
int order_u64(const void *a, const void *b);
int order_i64(const void *a, const void *b);
int order_double(const void *a, const void *b);
int order_double_falling(const void *a, const void *b); /* largest first */

/* Position of the first of n rising values that is not less than one; n: there is none. */
size_t order_first_i64(const int64_t *values, size_t n, int64_t least);

#endif
