/* Which rows of elements are occurrences of one template, and with what shape. */
#ifndef LW_LEARN_CLUSTER_H
#define LW_LEARN_CLUSTER_H

#include "base/arena.h"
#include "learn/shape.h"

struct row {
    const uint32_t *elements;
    uint32_t n;
};

/* The step of mining by which a sequence came to the one that its template began with. */
enum mining_step {
    STEP_SHAPE,    /* they differ in values alone */
    STEP_WORDS,    /* ... in words of one place at a time, that were judged to be values */
    STEP_FAMILY,   /* ... in words of several places, or by values of several words: families.h */
    STEP_COALESCE, /* ... in lists and optional parts: coalesce.h */
    STEP_HAND      /* an edit put it there */
};

/* shapes[of_row[r]] accepts row r. Deterministic; of_row[n_rows] is the caller's, elements are in the arena. Shapes
 * that no row has any more are left with n = 0. */
struct clusters {
    struct shape *shapes; /* [n] freed by clusters_release */
    size_t n;
    uint32_t *of_row; /* [n_rows] */
    uint8_t *steps;   /* [n_rows] enum mining_step */
};
int clusters_find(const struct vocabulary *vocabulary, const struct row *rows, size_t n_rows, const struct lw_run *run,
                  struct arena *arena, struct clusters *out, struct lw_error *err);
void clusters_release(struct clusters *clusters);

#endif
