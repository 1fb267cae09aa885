/*
 * What is kept of the values of a parameter once they are too many to be kept all: how many there are (HyperLogLog,
 * Flajolet et al. 2007, 2048 registers: standard error 2.3 %), where numbers lie (counts in bins of fixed bounds, each
 * 1/32 of a power of two wide, so quantiles are right within 1.6 %, as in DDSketch, Masson et al. 2019), smallest and
 * largest number, and the most frequent values (a majority vote in each of 32 cells by hash, MV-Sketch, Tang et al.
 * 2019). All of it merges exactly but the votes, whose bounds hold however they were merged: a value that makes more
 * than half of its cell is found, and its count is between votes and (total + votes) / 2. At most 60 KB, mostly 5.
 * Owned by the struct; not thread-safe for adding.
 */
#ifndef LW_LEARN_SKETCH_H
#define LW_LEARN_SKETCH_H

#include "base/pack.h"
#include "learn/quantity.h"
#include "logwright.h"

#define SKETCH_REGISTERS 2048u
#define SKETCH_CELLS     32u
#define SKETCH_TEXT      47u /* longer values are kept cut to this */

struct sketch_cell {
    uint64_t hash, votes, total; /* votes 0: nobody leads */
    uint8_t len;
    char text[SKETCH_TEXT];
};
struct bins { /* by rising number */
    uint64_t *counts;
    int32_t first; /* key of counts[0] */
    uint32_t n;
    uint64_t total;
    double min, max; /* of what was added, if total > 0 */
};
struct sketch {
    uint8_t registers[SKETCH_REGISTERS];
    struct sketch_cell cells[SKETCH_CELLS];
    struct bins bins;
};

struct sketch *sketch_new(void); /* NULL: out of memory */
void sketch_free(struct sketch *sketch);
/* hash: of the whole value, the same function everywhere. 0 or LW_ERR_MEMORY, then the number is not counted. */
int sketch_add(struct sketch *sketch, enum quantity_kind kind, uint64_t hash, const char *data, size_t len,
               uint64_t count);
int sketch_merge(struct sketch *into, const struct sketch *from);
uint64_t sketch_distinct(const struct sketch *sketch);
void sketch_pack(const struct sketch *sketch, struct buf *out);
/* sketch: new. LW_ERR_INPUT if the bytes are no sketch. */
int sketch_unpack(struct sketch *sketch, struct unpack *in, struct lw_error *err);

void bins_release(struct bins *bins);
int bins_add(struct bins *bins, double number, uint64_t count); /* 0 or LW_ERR_MEMORY */
/* The number that a share of all is not above: q in 0 .. 1. NaN if there is none. */
double bins_quantile(const struct bins *bins, double q);
double bins_mean(const struct bins *bins); /* within 1.6 % */
/* Counts over equal steps of the position among the bins, so of the logarithm: out[n]. */
void bins_draw(const struct bins *bins, uint64_t *out, size_t n);

#endif
