/*
 * What values a place takes, and how often: texts with weights, each of which may stand for several others of its form
 * where there were more values than could be kept, and beside them numbers or times drawn from quantiles, or texts from
 * patterns. Immutable
 * once made; any number of threads may draw. Memory is the arena's that it was made in.
 */
#ifndef LW_GENERATE_VALUE_MODEL_H
#define LW_GENERATE_VALUE_MODEL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/rng.h"
#include "generate/names.h"
#include "input/timestamp.h"
#include "logwright.h"

#define GOLDEN .618033988749894848 /* of which multiples modulo 1 lie far apart, however many */

enum value_form { FORM_NONE, FORM_INTEGER, FORM_DECIMAL, FORM_TIME, FORM_NAMES };
struct value_model {
    struct lw_bytes *texts; /* [n] distinct */
    double *upto;           /* [n] weights of the first ones up to and with this */
    uint32_t n, n_single;  /* texts[n_single] and those behind it stand for `replicas` values each, themselves first: */
    uint32_t replicas;     /* at least 1 */
    struct lw_bytes *more; /* [(n - n_single) * (replicas - 1)] */
    double fresh;          /* weight of what is drawn from the quantiles */
    enum value_form form;  /* FORM_NONE: nothing is */
    uint8_t decimals, width;        /* digits behind the point, least digits before it */
    struct timestamp_layout layout; /* FORM_TIME */
    int32_t zone_s;
    double
        *quantiles; /* [n_quantiles] at least 2, rising, at evenly spaced shares; of times in microseconds since 1970 */
    uint32_t n_quantiles;
    bool is_unique;     /* no value was seen twice, nor is drawn twice as far as there are so many */
    struct names names; /* FORM_NAMES: patterns of texts that hardly ever come twice */
};

/* Appends a value drawn; nothing if there is none. */
void value_model_draw(const struct value_model *model, struct rng *rng, struct buf *out);

/* The same for the number-th of a place, so that what is unique is. */
void value_model_draw_one(const struct value_model *model, uint64_t number, struct rng *rng, struct buf *out);

/* Appends the number or time at a share, 0 to 1, of those that are drawn from quantiles. */
void value_model_at(const struct value_model *model, double share, struct buf *out);

/* The share that a text has among the values drawn; NaN: others may be drawn, and how often this one is nobody knows.
 */
double value_model_share(const struct value_model *model, const char *text, size_t len);

/* Releases what is not the arena's. */
void value_model_release(struct value_model *model);
/* Room for texts and quantiles, to be filled by the caller. 0 or LW_ERR_MEMORY. */
int value_model_reserve(struct value_model *model, uint32_t n, uint32_t n_quantiles, struct arena *arena);

#endif
