/* What the user changed by hand, as rows; undoing flips a row. Owned by the struct. */
#ifndef LW_LEARN_EDITS_H
#define LW_LEARN_EDITS_H

#include <stdbool.h>
#include "logwright.h"

#define EDIT_MAX_ARGS 64

struct edit {
    char *kind; /* "rename", "merge", "split" */
    char **args;
    size_t n_args;
    bool is_undone;
};
struct edits {
    struct edit *items;
    size_t n, cap;
};

void edits_release(struct edits *edits);
int edits_copy(const struct edits *from, struct edits *out, struct lw_error *err);
/* Rows that were undone are dropped first: a new edit ends what could be redone. */
int edits_add(struct edits *edits, const char *kind, const char *const *args, size_t n_args, struct lw_error *err);
int edits_undo(struct edits *edits, struct lw_error *err); /* LW_ERR_NOT_FOUND: nothing to undo */
int edits_redo(struct edits *edits, struct lw_error *err);

#endif
