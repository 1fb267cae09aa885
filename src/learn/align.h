/* The alignment of two sequences, as logwright.h shows it (lw_align). */
#ifndef LW_LEARN_ALIGN_H
#define LW_LEARN_ALIGN_H

#include "logwright.h"

struct lw_alignment {
    struct lw_edit *edits;
    size_t n, cap;
    size_t distance;
    bool is_exact;
};

/* lw_align with its bounds: `most` edits are searched for at once, and so many equal elements passed over; past either
 * the alignment goes on from the furthest point and is no longer exact. Tests make them small. */
int align_within(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b, size_t most, size_t work,
                 const struct lw_run *run, struct lw_alignment **out, struct lw_error *err);

#endif
