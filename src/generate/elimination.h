/*
 * Solves h = M h + b and v = M^T v + r for a sparse M >= 0 of spectral radius below 1, as absorbing chains give it, by
 * eliminating states in order of least fill (Markowitz 1957). Without subtraction but in the pivots, so stable without
 * pivoting (after Grassmann, Taksar and Heyman 1985). Where M has entries is fixed when it is made, and order and fill
 * are found then; their values may change as often as one likes. Owned by the struct; not thread-safe.
 */
#ifndef LW_GENERATE_ELIMINATION_H
#define LW_GENERATE_ELIMINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elimination {
    size_t n, n_entries;
    uint32_t *order;   /* [n] states as they are eliminated */
    uint32_t *place;   /* [n] where each stands in order */
    size_t *first;     /* [n + 1] cells of each row, rows and columns by place */
    size_t *diagonal;  /* [n] cell of the row on the diagonal; before it, those eliminated earlier */
    uint32_t *columns; /* [first[n]] rising within a row */
    double *cells;     /* [first[n]] */
    double *pivots;    /* [n] */
    size_t *cell_of;   /* [n_entries] */
    double *row;       /* [n] scratch */
    double *block;     /* scratch of the solutions, grown */
    size_t cap_block;
};

/* Entry i of the matrix stands at (from[i], to[i]), both below n; entries at one place add up. order: [n] states as
 * they are eliminated, a permutation; NULL: it is found, which takes longer than all else. 0 or LW_ERR_MEMORY. */
int elimination_init(struct elimination *elimination, size_t n, const uint32_t *from, const uint32_t *to,
                     size_t n_entries, const uint32_t *order);
void elimination_release(struct elimination *elimination);
/* values[n_entries] >= 0. 0, or LW_ERR_INFEASIBLE when the spectral radius is not below 1. */
int elimination_factor(struct elimination *elimination, const double *values);
/* b[n][width], a row a state, becomes h, so many systems at once; r becomes v. After a factor that returned 0.
 * 0 or LW_ERR_MEMORY. */
int elimination_solve(struct elimination *elimination, double *b, size_t width);
int elimination_solve_transposed(struct elimination *elimination, double *r, size_t width);

#endif
