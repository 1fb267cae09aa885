/*
 * Which values of a real log may appear in a generated one, and what stands for those that may not. An identifier never
 * appears unless its kind is allowed; any other value only when it was seen often enough. What stands for a value has
 * its form (length, kinds of characters, what it is masked as) and is the same wherever the value stood, so that joins
 * and frequencies survive. Owned by the struct; not thread-safe.
 */
#ifndef LW_GENERATE_DISGUISE_H
#define LW_GENERATE_DISGUISE_H

#include "base/buf.h"
#include "base/intern.h"
#include "generate/constraints.h"
#include "learn/known_names.h"
#include "learn/pool.h"
#include "learn/user_masks.h"

struct disguised {
    uint64_t count;
    uint8_t kind;         /* enum identifier, where something that holds the value named it so */
    struct lw_bytes fake; /* data NULL: not made yet */
};
struct disguise {
    bool is_allowed[IDENTIFIER_COUNT];
    uint64_t minimum_count;
    const struct user_masks *masks;  /* borrowed */
    const struct known_names *names; /* borrowed; looked for in constant text, NULL: none */
    struct intern values;
    struct disguised *items; /* [values.count] */
    size_t cap;
    struct intern fakes; /* given out */
    struct tokens tokens;
    struct buf scratch;
};

/* constraints: say what is allowed; NULL: the defaults. masks, names: of the log, or NULL. */
void disguise_init(struct disguise *disguise, const struct lw_constraints *constraints, const struct user_masks *masks,
                   const struct known_names *names);
void disguise_release(struct disguise *disguise);
/* First all values are counted. name: of what holds the value, a header field or the word before it; may be empty.
 * 0 or LW_ERR_MEMORY, as all below. */
int disguise_count(struct disguise *disguise, struct lw_bytes name, struct lw_bytes text, uint64_t count);
/* Then asked for: *out is the value or what stands for it; borrowed. */
int disguise_value(struct disguise *disguise, struct lw_bytes text, struct lw_bytes *out);
/* Whether the value may appear as it is. */
bool disguise_is_plain(const struct disguise *disguise, struct lw_bytes text);
/* Whether a value of the pool is an identifier that may not appear. */
bool disguise_has_identifier(const struct disguise *disguise, const struct pool *pool);
/* Before anything is asked for: what is replaced in constant text is no fake of anything else. */
int disguise_note_constant(struct disguise *disguise, struct lw_bytes text);
/* Appends constant text with the identifiers in it replaced. Words that only the word before them makes one stay,
 * unless they are names that are known. */
int disguise_constant(struct disguise *disguise, struct lw_bytes text, struct buf *out);

/* Another text of the form of one that is in use, which nothing else is; borrowed. */
int disguise_like(struct disguise *disguise, struct lw_bytes text, struct lw_bytes *out);
/* Appends a text, or what stands for it if it is an identifier as a whole. */
int disguise_name(struct disguise *disguise, struct lw_bytes text, struct buf *out);

#endif
