#include "learn/shape.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static bool fits(uint32_t element, const struct unit *unit)
{
    return element_symbol(element) == SYMBOL_VALUE || element_symbol(element) == unit->word ||
           ((element & ELEMENT_WEAK) != 0 && !unit->is_mark);
}

/* Globbing: when an element does not fit, the last slot of many takes one unit more. Slots before it need no second
 * look, since what they took was the shortest that let the later elements fit. */
bool shape_align(const struct shape *shape, const struct unit *units, size_t n, uint32_t *first)
{
    size_t at = 0, unit = 0, many = SIZE_MAX, many_end = 0;
    for (;;) {
        if (at < shape->n && element_symbol(shape->elements[at]) == SYMBOL_VALUES) {
            first[at] = (uint32_t)unit;
            many = at++;
            many_end = unit;
        } else if (at < shape->n && unit < n && fits(shape->elements[at], &units[unit])) {
            first[at++] = (uint32_t)unit++;
        } else if (at == shape->n && unit == n) {
            first[at] = (uint32_t)n;
            return true;
        } else if (many != SIZE_MAX && many_end < n) {
            unit = ++many_end;
            at = many + 1;
        } else {
            return false;
        }
    }
}

/* What it is worth that two elements are kept as one: values help to keep slots apart, words count more. */
static uint16_t worth(uint32_t a, uint32_t b)
{
    if (element_symbol(a) != element_symbol(b) || element_symbol(a) == SYMBOL_VALUES)
        return 0;
    return element_symbol(a) == SYMBOL_VALUE ? 1 : 3;
}

/* lengths[i][j]: worth of the best common subsequence behind i in a and j in b. */
static void fill_lengths(const struct shape *a, const struct shape *b, uint16_t *lengths)
{
    size_t width = (size_t)b->n + 1;
    for (size_t i = a->n + 1; i-- > 0;)
        for (size_t j = width; j-- > 0;) {
            uint16_t best = 0;
            if (i < a->n && j < b->n) {
                uint16_t match = worth(a->elements[i], b->elements[j]);
                best = lengths[(i + 1) * width + j];
                if (lengths[i * width + j + 1] > best)
                    best = lengths[i * width + j + 1];
                uint16_t kept = (uint16_t)(lengths[(i + 1) * width + j + 1] + match);
                if (match > 0 && kept > best)
                    best = kept;
            }
            lengths[i * width + j] = best;
        }
}

/* The slots between two common words: as many as both have if all are single on both sides, else one of many. */
static void add_gap(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, struct shape *out)
{
    if (na == 0 && nb == 0)
        return;
    bool is_single = na == nb;
    for (size_t i = 0; i < na && is_single; i++)
        is_single = element_symbol(a[i]) != SYMBOL_VALUES && element_symbol(b[i]) != SYMBOL_VALUES;
    if (!is_single) {
        out->elements[out->n++] = SYMBOL_VALUES << 1 | ((na > 0 ? a[0] : b[0]) & 1);
        return;
    }
    for (size_t i = 0; i < na; i++)
        out->elements[out->n++] = SYMBOL_VALUE << 1 | (a[i] & 1);
}

int shape_join(const struct shape *a, const struct shape *b, struct arena *arena, struct shape *out)
{
    size_t width = (size_t)b->n + 1;
    uint16_t *lengths = alloc_array(((size_t)a->n + 1) * width, sizeof *lengths);
    struct shape made = {arena_take(arena, ((size_t)a->n + b->n + 1) * sizeof *made.elements), 0};
    if (lengths == NULL || made.elements == NULL) {
        free(lengths);
        return LW_ERR_MEMORY;
    }
    fill_lengths(a, b, lengths);
    size_t i = 0, j = 0, from_i = 0, from_j = 0;
    while (i < a->n && j < b->n) {
        uint16_t match = worth(a->elements[i], b->elements[j]);
        if (match > 0 && lengths[i * width + j] == lengths[(i + 1) * width + j + 1] + match) {
            add_gap(a->elements + from_i, i - from_i, b->elements + from_j, j - from_j, &made);
            made.elements[made.n++] = a->elements[i++];
            from_i = i;
            from_j = ++j;
        } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
            i++;
        } else {
            j++;
        }
    }
    add_gap(a->elements + from_i, a->n - from_i, b->elements + from_j, b->n - from_j, &made);
    free(lengths);
    *out = made;
    return 0;
}
