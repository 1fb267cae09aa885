/* Which rows of elements are occurrences of one template, and with what shape. */
#ifndef LW_LEARN_CLUSTER_H
#define LW_LEARN_CLUSTER_H

#include "base/arena.h"
#include "learn/shape.h"

struct row {
    const uint32_t *elements;
    uint32_t n;
};

/* shapes[of_row[r]] accepts row r. Deterministic; of_row[n_rows] is the caller's, elements are in the arena. Shapes
 * that no row has any more are left with n = 0. */
struct clusters {
    struct shape *shapes; /* [n] freed by clusters_release */
    size_t n;
    uint32_t *of_row; /* [n_rows] */
};
int clusters_find(const struct vocabulary *vocabulary, const struct row *rows, size_t n_rows, const struct lw_run *run,
                  struct arena *arena, struct clusters *out, struct lw_error *err);
void clusters_release(struct clusters *clusters);

#endif
