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
/* The same of items of so many bytes that begin with their value; compare: of those above. */
size_t order_first(const void *items, size_t n, size_t bytes, const void *least,
                   int (*compare)(const void *, const void *));

/* Which of n > 0 shares a number falls to, upto[i] being the sum of those up to and with i: the first i with upto[i] >
 * at; the last where there is none. Goes the same way through memory for any number, so that nothing is guessed wrong.
 */
static inline size_t order_share(const double *upto, size_t n, double at)
{
    size_t first = 0;
    while (n > 1) {
        size_t half = n / 2;
        first += (size_t)(upto[first + half - 1] <= at) * half;
        n -= half;
    }
    return first;
}

#endif
