/*
 * The key of a number's bin is taken from the bits of the double: exponent and the first five bits of the fraction, so
 * that a bin costs no logarithm and its bounds are the same on every machine. What is smaller than 2^-32 counts as
 * zero, what is larger than 2^64 as that. Counts stand in a window of keys that grows to where numbers are.
 */
#include "learn/sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define STEPS    32                  /* bins a power of two */
#define LEAST    (1023 - 32)         /* exponent field of 2^-32 */
#define KEY_MAX  ((64 + 32) * STEPS) /* keys run from -KEY_MAX to KEY_MAX, 0 is zero */
#define HASH_TOP 11                  /* bits of the hash that choose the register */

_Static_assert(1u << HASH_TOP == SKETCH_REGISTERS, "registers are chosen by the first bits");

static int32_t bin_key(double number)
{
    uint64_t bits;
    int32_t key;

    memcpy(&bits, &number, sizeof bits);
    key = (int32_t)(bits << 1 >> 48) - LEAST * STEPS + 1;
    if (key <= 0)
        return 0;
    if (key > KEY_MAX)
        key = KEY_MAX;
    return bits >> 63 ? -key : key;
}

/* The middle of a bin. */
static double bin_number(int32_t key)
{
    int32_t k = key < 0 ? -key : key;
    double size;

    if (k == 0)
        return 0;
    k--;
    size = ldexp(1 + (k % STEPS + .5) / STEPS, k / STEPS - 32);
    return key < 0 ? -size : size;
}

void bins_release(struct bins *bins)
{
    free(bins->counts);
    memset(bins, 0, sizeof *bins);
}

/* Makes the window hold first .. last. */
static int bins_widen(struct bins *bins, int32_t first, int32_t last)
{
    int32_t end = bins->first + (int32_t)bins->n;
    uint64_t *counts;

    if (bins->n > 0 && first >= bins->first && last < end)
        return 0;
    if (bins->n > 0) {
        first = first < bins->first ? first : bins->first;
        last = last >= end ? last : end - 1;
    }
    counts = alloc_zeroed((size_t)(last - first) + 1, sizeof *counts);
    if (counts == NULL)
        return LW_ERR_MEMORY;
    if (bins->n > 0)
        memcpy(counts + (bins->first - first), bins->counts, bins->n * sizeof *counts);
    free(bins->counts);
    bins->counts = counts;
    bins->first = first;
    bins->n = (uint32_t)(last - first) + 1;
    return 0;
}

static void bins_span(struct bins *bins, double min, double max)
{
    if (bins->total == 0 || min < bins->min)
        bins->min = min;
    if (bins->total == 0 || max > bins->max)
        bins->max = max;
}

int bins_add(struct bins *bins, double number, uint64_t count)
{
    int32_t key = bin_key(number);

    if (bins_widen(bins, key, key) != 0)
        return LW_ERR_MEMORY;
    bins_span(bins, number, number);
    bins->counts[key - bins->first] += count;
    bins->total += count;
    return 0;
}

static int bins_merge(struct bins *into, const struct bins *from)
{
    if (from->total == 0)
        return 0;
    if (bins_widen(into, from->first, from->first + (int32_t)from->n - 1) != 0)
        return LW_ERR_MEMORY;
    bins_span(into, from->min, from->max);
    for (uint32_t i = 0; i < from->n; i++)
        into->counts[from->first - into->first + (int32_t)i] += from->counts[i];
    into->total += from->total;
    return 0;
}

double bins_quantile(const struct bins *bins, double q)
{
    double rank = q * (double)bins->total, number;
    uint64_t below = 0;
    uint32_t i = 0;

    if (bins->total == 0)
        return NAN;
    if (q <= 0 || q >= 1)
        return q <= 0 ? bins->min : bins->max;
    for (; i + 1 < bins->n; i++) {
        below += bins->counts[i];
        if ((double)below >= rank && below > 0)
            break;
    }
    number = bin_number(bins->first + (int32_t)i);
    return number < bins->min ? bins->min : number > bins->max ? bins->max : number;
}

double bins_mean(const struct bins *bins)
{
    double sum = 0;

    for (uint32_t i = 0; i < bins->n; i++)
        sum += bin_number(bins->first + (int32_t)i) * (double)bins->counts[i];
    if (bins->total == 0)
        return NAN;
    sum /= (double)bins->total;
    return sum < bins->min ? bins->min : sum > bins->max ? bins->max : sum;
}

void bins_draw(const struct bins *bins, uint64_t *out, size_t n)
{
    uint32_t from = 0, to = bins->n;

    memset(out, 0, n * sizeof *out);
    while (from < to && bins->counts[from] == 0)
        from++;
    while (from < to && bins->counts[to - 1] == 0)
        to--;
    for (uint32_t i = from; i < to; i++)
        out[(uint64_t)(i - from) * n / (to - from)] += bins->counts[i];
}

struct sketch *sketch_new(void)
{
    return alloc_zeroed(1, sizeof(struct sketch));
}

void sketch_free(struct sketch *sketch)
{
    if (sketch == NULL)
        return;
    bins_release(&sketch->bins);
    free(sketch);
}

static void vote(struct sketch_cell *cell, const struct sketch_cell *other)
{
    cell->total += other->total;
    if (cell->hash == other->hash && cell->votes > 0) {
        cell->votes += other->votes;
    } else if (cell->votes >= other->votes) {
        cell->votes -= other->votes;
    } else {
        uint64_t votes = other->votes - cell->votes, total = cell->total;

        *cell = *other;
        cell->votes = votes;
        cell->total = total;
    }
}

int sketch_add(struct sketch *sketch, enum quantity_kind kind, uint64_t hash, const char *data, size_t len,
               uint64_t count)
{
    /* One more than the zeros in front of the bits left, which end with a one that is put there. */
    uint64_t rest = hash << HASH_TOP | UINT64_C(1) << (HASH_TOP - 1);
    uint8_t *rank = &sketch->registers[hash >> (64 - HASH_TOP)], zeros = (uint8_t)(__builtin_clzll(rest) + 1);
    struct sketch_cell *cell = &sketch->cells[hash % SKETCH_CELLS];
    double number;

    if (zeros > *rank)
        *rank = zeros;
    if (cell->votes > 0 && cell->hash == hash) {
        cell->votes += count;
        cell->total += count;
    } else if (cell->votes >= count) {
        cell->votes -= count;
        cell->total += count;
    } else {
        cell->votes = count - cell->votes;
        cell->total += count;
        cell->hash = hash;
        cell->len = (uint8_t)(len < SKETCH_TEXT ? len : SKETCH_TEXT);
        memcpy(cell->text, data, cell->len);
    }
    return quantity_parse(kind, data, len, &number) ? bins_add(&sketch->bins, number, count) : 0;
}

int sketch_merge(struct sketch *into, const struct sketch *from)
{
    if (bins_merge(&into->bins, &from->bins) != 0)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < SKETCH_REGISTERS; i++)
        if (from->registers[i] > into->registers[i])
            into->registers[i] = from->registers[i];
    for (size_t i = 0; i < SKETCH_CELLS; i++)
        vote(&into->cells[i], &from->cells[i]);
    return 0;
}

/* With the correction for few values (linear counting); a hash of 64 bits needs none for many. */
uint64_t sketch_distinct(const struct sketch *sketch)
{
    const double m = SKETCH_REGISTERS;
    double sum = 0, estimate;
    size_t empty = 0;

    for (size_t i = 0; i < SKETCH_REGISTERS; i++) {
        sum += ldexp(1, -(int)sketch->registers[i]);
        empty += sketch->registers[i] == 0;
    }
    estimate = .7213 / (1 + 1.079 / m) * m * m / sum;
    if (estimate <= 2.5 * m && empty > 0)
        estimate = m * log(m / (double)empty);
    return (uint64_t)(estimate + .5);
}

/* ---- packing --------------------------------------------------------------------------------------------------- */

static void pack_double(struct buf *out, double number)
{
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    pack_u64(out, bits);
}

static double unpack_double(struct unpack *in)
{
    uint64_t bits = unpack_u64(in);
    double number;

    memcpy(&number, &bits, sizeof number);
    return number;
}

/* Runs of empty registers and cells are common in neither; bins have gaps, which cost a byte each. */
void sketch_pack(const struct sketch *sketch, struct buf *out)
{
    const struct bins *bins = &sketch->bins;

    buf_add(out, sketch->registers, SKETCH_REGISTERS);
    pack_u64(out, bins->n);
    if (bins->n > 0) {
        pack_i64(out, bins->first);
        for (uint32_t i = 0; i < bins->n; i++)
            pack_u64(out, bins->counts[i]);
        pack_double(out, bins->min);
        pack_double(out, bins->max);
    }
    for (size_t i = 0; i < SKETCH_CELLS; i++) {
        const struct sketch_cell *cell = &sketch->cells[i];

        pack_u64(out, cell->total);
        pack_u64(out, cell->votes);
        if (cell->votes > 0) {
            pack_u64(out, cell->hash);
            pack_bytes(out, cell->text, cell->len);
        }
    }
}

static int fail_damaged(struct lw_error *err)
{
    return fail(err, LW_ERR_INPUT, "damaged: the statistics of a parameter do not hold together");
}

static int unpack_bins(struct bins *bins, struct unpack *in, struct lw_error *err)
{
    uint64_t n = unpack_u64(in);
    int64_t first = n > 0 ? unpack_i64(in) : 0;

    if (in->has_failed || first < -KEY_MAX || n > 2 * KEY_MAX + 1 || first + (int64_t)n - 1 > KEY_MAX)
        return fail_damaged(err);
    if (n == 0)
        return 0;
    if (bins_widen(bins, (int32_t)first, (int32_t)(first + (int64_t)n - 1)) != 0)
        return fail_memory(err, "reading the statistics of a parameter");
    for (uint32_t i = 0; i < n; i++) {
        bins->counts[i] = unpack_u64(in);
        if (bins->counts[i] > UINT64_MAX - bins->total)
            return fail_damaged(err);
        bins->total += bins->counts[i];
    }
    bins->min = unpack_double(in);
    bins->max = unpack_double(in);
    return in->has_failed || bins->total == 0 || !(bins->min <= bins->max) ? fail_damaged(err) : 0;
}

int sketch_unpack(struct sketch *sketch, struct unpack *in, struct lw_error *err)
{
    int code;

    if ((size_t)(in->end - in->at) < SKETCH_REGISTERS)
        return fail_damaged(err);
    memcpy(sketch->registers, in->at, SKETCH_REGISTERS);
    in->at += SKETCH_REGISTERS;
    for (size_t i = 0; i < SKETCH_REGISTERS; i++)
        if (sketch->registers[i] > 65 - HASH_TOP)
            return fail_damaged(err);
    code = unpack_bins(&sketch->bins, in, err);
    for (size_t i = 0; i < SKETCH_CELLS && code == 0; i++) {
        struct sketch_cell *cell = &sketch->cells[i];
        const char *text;
        size_t len;

        cell->total = unpack_u64(in);
        cell->votes = unpack_u64(in);
        if (cell->votes == 0)
            continue;
        cell->hash = unpack_u64(in);
        text = unpack_bytes(in, &len);
        if (in->has_failed || len > SKETCH_TEXT || cell->votes > cell->total || cell->hash % SKETCH_CELLS != i)
            return fail_damaged(err);
        cell->len = (uint8_t)len;
        memcpy(cell->text, text, len);
    }
    return code == 0 && in->has_failed ? fail_damaged(err) : code;
}
