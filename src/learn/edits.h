/* What the user changed by hand, as rows; undoing flips a row. Owned by the struct. */
#ifndef LW_LEARN_EDITS_H
#define LW_LEARN_EDITS_H

#include <stdbool.h>
#include "logwright.h"

#define EDIT_MAX_ARGS 64
#define EDIT_TEXT     '\t' /* in an argument: between the id of a template and its text, by which it is found again */

struct edit {
    char *kind; /* "rename", "merge", "split", "pin"; of records: "mark", "unmark" */
    char **args;
    size_t n_args;
    bool is_undone;
};
struct edits {
    struct edit *items;
    size_t n, cap;
    size_t n_former; /* the first of them that need not apply: they were made when other things were known */
};

void edits_release(struct edits *edits);
/* It marks a record, so that what was learned stays as it is. */
bool edit_is_mark(const struct edit *edit);
/* Whether those in force are the same; without marks: whether the same follows for what was learned. */
bool edits_equal(const struct edits *a, const struct edits *b, bool with_marks);
int edits_copy(const struct edits *from, struct edits *out, struct lw_error *err);
/* Rows that were undone are dropped first: a new edit ends what could be redone. */
int edits_add(struct edits *edits, const char *kind, const char *const *args, size_t n_args, struct lw_error *err);
/* Drops the ids of templates, which another learning gives anew: their texts remain. */
void edits_forget_ids(struct edits *edits);
int edits_undo(struct edits *edits, struct lw_error *err); /* LW_ERR_NOT_FOUND: nothing to undo */
int edits_redo(struct edits *edits, struct lw_error *err);

#endif
