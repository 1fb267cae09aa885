/*
 * Masks that the user gives: at most USER_MASKS_MAX regular expressions, each with the name of the type that it finds.
 * Part of the plan of what is learned. Immutable, shared by reference, thread-safe; a search belongs to one thread.
 */
#ifndef LW_LEARN_USER_MASKS_H
#define LW_LEARN_USER_MASKS_H

#include "input/pattern.h"
#include "learn/mask.h"

#define USER_MASKS_MAX 16
#define MASK_LIMIT     (MASK_COUNT + USER_MASKS_MAX) /* a token's mask is MASK_COUNT + index of a user mask, or its own */

struct user_masks;

/* text: as lw_learn_options.masks; NULL or empty gives *out = NULL. path (NULL: none) and the line stand in errors:
 * LW_ERR_USAGE for a line that is no mask, a regex that does not compile or that can match nothing, a name that stands
 * twice, and too many masks. */
int user_masks_new(const char *text, size_t len, const char *path, struct user_masks **out, struct lw_error *err);
/* NULL is allowed in all of these: no masks. */
struct user_masks *user_masks_retain(struct user_masks *masks);
void user_masks_free(struct user_masks *masks);
size_t user_masks_count(const struct user_masks *masks);
const char *user_masks_text(const struct user_masks *masks); /* lines "NAME REGEX", "" for none */
/* Name of a token's mask, whether built in or the user's. */
const char *user_masks_type(const struct user_masks *masks, unsigned mask);

/* Where masks match in one message, from left to right and without overlap; of those that begin at one place the first
 * in the list. A mask whose match takes more work than patterns may do finds nothing more in the message. */
struct mask_search {
    const struct user_masks *masks;
    const char *text;
    size_t len;
    struct pattern_scratch *scratch;
    struct lw_span next[USER_MASKS_MAX]; /* the next match of each, start PATTERN_UNSET: there is none */
};
struct mask_found {
    size_t start, end;
    unsigned mask;
};
/* scratch: made where it is NULL, to be used again and freed by the caller. 0 or LW_ERR_MEMORY. */
int mask_search_begin(struct mask_search *search, const struct user_masks *masks, const char *text, size_t len,
                      struct pattern_scratch **scratch);
/* The next one at `from`, which never falls, or behind it. 1, 0 if there is none, or LW_ERR_MEMORY. */
int mask_search_next(struct mask_search *search, size_t from, struct mask_found *out);

#endif
