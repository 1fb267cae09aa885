/*
 * Solves h = M h + b and v = M^T v + r for a sparse M >= 0 of spectral radius below 1, as absorbing chains give it, by
 * eliminating states in order of least fill (Markowitz 1957). Without subtraction but in the pivots, so stable without
 * pivoting (after Grassmann, Taksar and Heyman 1985). Owned by the struct; not thread-safe.
 */
#ifndef LW_GENERATE_ELIMINATION_H
#define LW_GENERATE_ELIMINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sparse_entry {
    uint32_t at;
    double value;
};
struct sparse_list { /* by rising `at` */
    struct sparse_entry *items;
    size_t n, cap;
};
struct elimination {
    size_t n;
    struct sparse_list *rows, *columns; /* [n] */
    double *pivots;                     /* [n] */
    uint32_t *order;                    /* [n] states as they are eliminated; kept from one matrix to the next */
    bool has_order;
    struct sparse_list scratch;
};

int elimination_init(struct elimination *elimination, size_t n); /* 0 or LW_ERR_MEMORY */
void elimination_release(struct elimination *elimination);
/* Starts a new matrix of the same size. */
void elimination_clear(struct elimination *elimination);
int elimination_add(struct elimination *elimination, uint32_t from, uint32_t to, double value);
/* 0, LW_ERR_MEMORY, or LW_ERR_INFEASIBLE when the spectral radius is not below 1. */
int elimination_factor(struct elimination *elimination);
/* b becomes h; r becomes v. After a factor that returned 0. */
void elimination_solve(const struct elimination *elimination, double *b);
void elimination_solve_transposed(const struct elimination *elimination, double *r);

#endif
