#include "learn/activity.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define SHIFT_LEAST 10
#define SHIFT_MOST  58 /* 64 bins of it hold all times */
#define MINUTE_US   60000000
#define ORIGIN      ((uint64_t)1 << 63) /* of times as unsigned numbers; a multiple of every width */

void activity_init(struct activity *activity)
{
    *activity = (struct activity){1, 0, SHIFT_LEAST, {0}};
}

struct activity *activity_new(void)
{
    struct activity *activity = alloc_zeroed(1, sizeof *activity);

    if (activity != NULL)
        activity_init(activity);
    return activity;
}

static void count_up(uint32_t *bin, uint64_t count)
{
    *bin = count > UINT32_MAX - *bin ? UINT32_MAX : *bin + (uint32_t)count;
}

static void widen_bins(struct activity *activity, uint8_t shift)
{
    struct activity old = *activity;
    unsigned by = shift - old.shift;

    if (by == 0)
        return;
    activity->shift = shift;
    if (old.first > old.last)
        return;
    memset(activity->counts, 0, sizeof activity->counts);
    activity->first = old.first >> by;
    activity->last = old.last >> by;
    for (uint64_t bin = old.first; bin <= old.last; bin++)
        count_up(&activity->counts[(bin >> by) % ACTIVITY_BINS], old.counts[bin % ACTIVITY_BINS]);
}

/* Makes room for bins first .. last, counted in the width there is. */
static void make_room(struct activity *activity, uint64_t first, uint64_t last)
{
    uint8_t shift = activity->shift;

    if (activity->first <= activity->last) {
        first = first < activity->first ? first : activity->first;
        last = last > activity->last ? last : activity->last;
    }
    while ((last >> (shift - activity->shift)) - (first >> (shift - activity->shift)) >= ACTIVITY_BINS)
        shift++;
    first >>= shift - activity->shift;
    last >>= shift - activity->shift;
    widen_bins(activity, shift);
    activity->first = first;
    activity->last = last;
}

void activity_add(struct activity *activity, int64_t time_us, uint64_t count)
{
    uint64_t time = (uint64_t)time_us + ORIGIN, bin = time >> activity->shift;

    if (bin < activity->first || bin > activity->last) {
        make_room(activity, bin, bin);
        bin = time >> activity->shift;
    }
    count_up(&activity->counts[bin % ACTIVITY_BINS], count);
}

void activity_merge(struct activity *into, const struct activity *from)
{
    struct activity more = *from;

    if (more.first > more.last)
        return;
    if (more.shift < into->shift)
        widen_bins(&more, into->shift);
    else
        widen_bins(into, more.shift);
    make_room(into, more.first, more.last);
    widen_bins(&more, into->shift);
    for (uint64_t bin = more.first; bin <= more.last; bin++)
        count_up(&into->counts[bin % ACTIVITY_BINS], more.counts[bin % ACTIVITY_BINS]);
}

void activity_get(const struct activity *activity, struct lw_activity *out)
{
    memset(out, 0, sizeof *out);
    out->start_us = LW_NO_TIME;
    if (activity->first > activity->last)
        return;
    out->start_us = (int64_t)((activity->first << activity->shift) - ORIGIN);
    out->bin_us = (int64_t)1 << activity->shift;
    out->n = (size_t)(activity->last - activity->first) + 1;
    for (size_t i = 0; i < out->n; i++)
        out->counts[i] = activity->counts[(activity->first + i) % ACTIVITY_BINS];
}

void activity_pack(const struct activity *activity, struct buf *out)
{
    bool is_empty = activity->first > activity->last;

    pack_u64(out, activity->shift);
    pack_u64(out, is_empty ? 0 : activity->last - activity->first + 1);
    if (is_empty)
        return;
    pack_u64(out, activity->first);
    for (uint64_t bin = activity->first; bin <= activity->last; bin++)
        pack_u64(out, activity->counts[bin % ACTIVITY_BINS]);
}

int activity_unpack(struct activity *activity, struct unpack *in, struct lw_error *err)
{
    uint64_t shift = unpack_u64(in), n = unpack_u64(in), first = n > 0 ? unpack_u64(in) : 0;

    if (in->has_failed || shift < SHIFT_LEAST || shift > SHIFT_MOST || n > ACTIVITY_BINS ||
        (n > 0 && first + n - 1 > UINT64_MAX >> shift))
        return fail(err, LW_ERR_INPUT, "damaged: the activity of a sequence does not hold together");
    activity->shift = (uint8_t)shift;
    if (n == 0)
        return 0;
    activity->first = first;
    activity->last = first + n - 1;
    for (uint64_t bin = first; bin <= activity->last; bin++) {
        uint64_t count = unpack_u64(in);

        count_up(&activity->counts[bin % ACTIVITY_BINS], count);
    }
    return in->has_failed ? fail(err, LW_ERR_INPUT, "damaged: the activity of a sequence is cut off") : 0;
}

/* ---- minutes --------------------------------------------------------------------------------------------------- */

void minutes_release(struct minutes *minutes)
{
    free(minutes->items);
    memset(minutes, 0, sizeof *minutes);
}

/* Position of the first that is not before `number`. */
static size_t find_minute(const struct minutes *minutes, int64_t number)
{
    size_t low = 0, high = minutes->n;

    if (high == 0 || minutes->items[high - 1].number < number)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (minutes->items[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int add_count(struct minutes *minutes, int64_t number, uint64_t count)
{
    struct minute *items;
    size_t at = minutes->at;

    if (at >= minutes->n || minutes->items[at].number != number) {
        at = find_minute(minutes, number);
        if (at == minutes->n || minutes->items[at].number != number) {
            if (alloc_grow(&minutes->items, &minutes->cap, minutes->n + 1, sizeof *minutes->items) != 0)
                return LW_ERR_MEMORY;
            items = minutes->items;
            memmove(items + at + 1, items + at, (minutes->n - at) * sizeof *items);
            items[at] = (struct minute){number, 0};
            minutes->n++;
        }
        minutes->at = at;
    }
    minutes->items[at].count += count;
    return 0;
}

int minutes_add(struct minutes *minutes, int64_t time_us)
{
    return add_count(minutes, time_us / MINUTE_US - (time_us % MINUTE_US < 0), 1);
}

int minutes_merge(struct minutes *into, const struct minutes *from)
{
    for (size_t i = 0; i < from->n; i++)
        if (add_count(into, from->items[i].number, from->items[i].count) != 0)
            return LW_ERR_MEMORY;
    return 0;
}

void minutes_pack(const struct minutes *minutes, struct buf *out)
{
    int64_t before = 0;

    pack_u64(out, minutes->n);
    for (size_t i = 0; i < minutes->n; i++) {
        pack_i64(out, minutes->items[i].number - before);
        pack_u64(out, minutes->items[i].count);
        before = minutes->items[i].number;
    }
}

int minutes_unpack(struct minutes *minutes, struct unpack *in, struct lw_error *err)
{
    uint64_t n = unpack_u64(in), number = 0;

    for (uint64_t i = 0; i < n && !in->has_failed; i++) {
        uint64_t count;

        number += (uint64_t)unpack_i64(in);
        count = unpack_u64(in);
        if ((int64_t)number > INT64_MAX / MINUTE_US || (int64_t)number < INT64_MIN / MINUTE_US)
            return fail(err, LW_ERR_INPUT, "damaged: a minute beyond all times");
        if (minutes->n > 0 && minutes->items[minutes->n - 1].number >= (int64_t)number)
            return fail(err, LW_ERR_INPUT, "damaged: minutes do not follow each other");
        if (add_count(minutes, (int64_t)number, count) != 0)
            return fail_memory(err, "reading the records of each minute");
    }
    return in->has_failed ? fail(err, LW_ERR_INPUT, "damaged: minutes are cut off") : 0;
}
