/*
 * What values a place takes, and how often. Immutable once made; any number of threads may draw. Memory is the arena's
 * that it was made in.
 */
#ifndef LW_GENERATE_VALUE_MODEL_H
#define LW_GENERATE_VALUE_MODEL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rng.h"
#include "learn/pool.h"

struct value_model {
    struct lw_bytes *texts; /* [n] distinct */
    uint64_t *upto;         /* [n] weights of the first ones up to and with this */
    uint32_t n;             /* 0: it takes no value */
};

/* 0 or LW_ERR_MEMORY. */
int value_model_of_pool(const struct pool *pool, struct arena *arena, struct value_model *out);
/* Appends a value drawn. */
void value_model_draw(const struct value_model *model, struct rng *rng, struct buf *out);

#endif
