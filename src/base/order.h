/*
 * How arrays of numbers are put in order: comparators for qsort and bsearch, smallest first. Of numbers that are not
 * (NaN) each is equal to all: leave them out before. Thread-safe.
 */
#ifndef LW_BASE_ORDER_H
#define LW_BASE_ORDER_H

int order_u32(const void *a, const void *b);
int order_u64(const void *a, const void *b);
int order_i64(const void *a, const void *b);
int order_double(const void *a, const void *b);
int order_double_falling(const void *a, const void *b); /* largest first */

#endif
