/*
 * How events lie in time: counts in at most 64 bins of equal width, a power of two of microseconds (1024 at least)
 * whose bounds are multiples of it. When the span outgrows the bins their width doubles and they are folded two by two;
 * the width is the smallest that the span allows, so the bins follow from the events alone and merge exactly. And the
 * events of each minute, which merge exactly too. Owned by the structs; not thread-safe for adding.
 */
#ifndef LW_LEARN_ACTIVITY_H
#define LW_LEARN_ACTIVITY_H

#include "base/pack.h"
#include "logwright.h"

#define ACTIVITY_BINS LW_ACTIVITY_BINS

struct activity {
    uint64_t first, last;           /* numbers of the bins, counted from the least time; first > last: nothing yet */
    uint8_t shift;                  /* a bin is 1 << shift microseconds wide */
    uint32_t counts[ACTIVITY_BINS]; /* of bin b at b % ACTIVITY_BINS; stay at UINT32_MAX once there */
};

void activity_init(struct activity *activity);
struct activity *activity_new(void); /* NULL: out of memory; free() it */
void activity_add(struct activity *activity, int64_t time_us, uint64_t count);
void activity_merge(struct activity *into, const struct activity *from);
void activity_get(const struct activity *activity, struct lw_activity *out);
void activity_pack(const struct activity *activity, struct buf *out);
int activity_unpack(struct activity *activity, struct unpack *in, struct lw_error *err);

struct minute {
    int64_t number; /* since 1970 */
    uint64_t count;
};
struct minutes {          /* zeros to begin with */
    struct minute *items; /* [n] by rising number */
    size_t n, cap, at;    /* at: the one added to last */
};
void minutes_release(struct minutes *minutes);
int minutes_add(struct minutes *minutes, int64_t time_us); /* 0 or LW_ERR_MEMORY */
int minutes_merge(struct minutes *into, const struct minutes *from);
void minutes_pack(const struct minutes *minutes, struct buf *out);
int minutes_unpack(struct minutes *minutes, struct unpack *in, struct lw_error *err);

#endif
