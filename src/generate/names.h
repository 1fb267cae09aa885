/*
 * New texts of the shape of those seen: "blk_-1608999687919862906" gives "blk_-4410862093321750684". Texts that differ
 * in digits, or in letters beside digits, have one shape; a place that never differed is kept as it is, a digit that
 * did becomes any digit, a letter one of those seen in its place. Owned by the struct; thread-safe for reading once
 * made.
 */
#ifndef LW_GENERATE_NAMES_H
#define LW_GENERATE_NAMES_H

#include "base/buf.h"
#include "base/intern.h"
#include "base/rng.h"

struct name_place {        /* one byte of a shape */
    char first;            /* as it was first seen */
    bool varies;           /* among digits */
    uint32_t lower, upper; /* letters seen, bit 0 = a */
};
struct name_shape {
    struct name_place *places; /* [len of its texts] */
    uint64_t count;            /* texts of this shape */
};
struct names {
    const struct lw_bytes *texts; /* borrowed */
    size_t n_texts;
    uint32_t *shape_of;        /* [n_texts] */
    struct intern keys;        /* a shape's id is its key's */
    struct name_shape *shapes; /* [keys.count] */
    size_t cap;
};

/* texts stay the caller's and must outlive the struct; at least one. 0 or LW_ERR_MEMORY. */
int names_init(struct names *names, const struct lw_bytes *texts, size_t n);
void names_release(struct names *names);
/* Appends a text of the shape of one drawn among those seen; it may be one of them. */
void names_draw(const struct names *names, struct rng *rng, struct buf *out);
/* The same, but different numbers give different texts while their shape has any left. */
void names_draw_unique(const struct names *names, uint64_t number, struct rng *rng, struct buf *out);

#endif
