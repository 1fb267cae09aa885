/*
 * New texts of the shape of those seen: "blk_-1608999687919862906" gives "blk_-4410862093321750684". A shape is what
 * stays when digits and mixed letters are taken out; where texts of one shape all agree they are kept as they are.
 * Owned by the struct; thread-safe for reading once made.
 */
#ifndef LW_GENERATE_NAMES_H
#define LW_GENERATE_NAMES_H

#include "base/buf.h"
#include "base/intern.h"
#include "base/rng.h"

#define NAME_MAX_RUNS 32

struct name_shape {
    uint32_t example; /* among the texts it was learned from */
    uint64_t count;   /* texts of this shape */
    uint64_t varies;  /* bit r: run r differs between texts */
    uint64_t is_hex;  /* bit r: it holds letters a to f beside digits, or instead of them */
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

#endif
