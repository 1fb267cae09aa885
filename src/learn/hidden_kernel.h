/* The three products that learning a hidden machine spends its time in. Sizes are multiples of HIDDEN_LANES. */
#ifndef LW_LEARN_HIDDEN_KERNEL_H
#define LW_LEARN_HIDDEN_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#define HIDDEN_LANES 16u
#define HIDDEN_ROWS  4u

/* out[r] = in[r] times matrix[n][n], for HIDDEN_ROWS rows of n. */
void hidden_rows_times(const float *const *in, const float *matrix, size_t n, float *const *out);
/* sums[n][n] += the outer products of left row parent[k] and right row k, for k in 0 .. n_rows - 1; rows of n. */
void hidden_add_products(const float *left, const uint32_t *parent, const float *right, size_t n_rows, size_t n,
                         float *sums);

#endif
