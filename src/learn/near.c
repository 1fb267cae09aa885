/*
 * An edit distance (Wagner and Fischer 1974) between the units of a message and the elements of a shape, in which a
 * slot takes what the matcher lets it take at no price or a small one, and a slot of many takes any number. Only two
 * rows are held while shapes are compared, and a shape is given up as soon as a row holds nothing below the bound; the
 * whole matrix is filled for the few that are shown. Counting common words was rejected: it does not say where.
 */
#include "learn/near.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "logwright.h"

#define PRICE_DIFFERENCE 4u
#define PRICE_TAKEN      1u /* a word that a slot takes */

/* Of a unit under an element that is no slot of many. */
static uint32_t price(uint32_t element, const struct unit *unit)
{
    bool is_slot = element_symbol(element) == SYMBOL_VALUE || (element & ELEMENT_WEAK) != 0;
    if (element_symbol(element) == unit->word)
        return 0;
    if (!is_slot || unit->is_mark)
        return PRICE_DIFFERENCE;
    return element_symbol(unit->element) == SYMBOL_VALUE ? 0 : PRICE_TAKEN;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The row behind one element: row[j] for the first j units, from that before it. Returns its least. */
static uint32_t next_row(uint32_t element, const struct unit *units, size_t n, const uint32_t *before, uint32_t *row)
{
    bool is_many = element_symbol(element) == SYMBOL_VALUES;
    uint32_t lowest;
    row[0] = before[0] + (is_many ? 0 : PRICE_DIFFERENCE);
    lowest = row[0];
    for (size_t j = 1; j <= n; j++) {
        const struct unit *unit = &units[j - 1];
        if (is_many)
            row[j] = least(before[j], row[j - 1] + (element_symbol(unit->element) == SYMBOL_VALUE ? 0 : PRICE_TAKEN));
        else
            row[j] = least(before[j - 1] + price(element, unit), least(before[j], row[j - 1]) + PRICE_DIFFERENCE);
        lowest = least(lowest, row[j]);
    }
    return lowest;
}

static void first_row(uint32_t *row, size_t n)
{
    for (size_t j = 0; j <= n; j++)
        row[j] = (uint32_t)j * PRICE_DIFFERENCE;
}

static bool has_common_word(const struct shape *shape, const struct unit *units, size_t n,
                            const struct vocabulary *vocabulary)
{
    for (size_t i = 0; i < shape->n; i++) {
        if (element_is_slot(shape->elements[i]) || element_is_mark(vocabulary, shape->elements[i]))
            continue;
        for (size_t j = 0; j < n; j++)
            if (units[j].word == element_symbol(shape->elements[i]))
                return true;
    }
    return false;
}

uint32_t near_distance(const struct shape *shape, const struct unit *units, size_t n, uint32_t most,
                       const struct vocabulary *vocabulary)
{
    uint32_t rows[2][MASK_MAX_TOKENS + 1];
    if (n > MASK_MAX_TOKENS || !has_common_word(shape, units, n, vocabulary))
        return NEAR_NONE;
    first_row(rows[0], n);
    for (size_t i = 0; i < shape->n; i++)
        if (next_row(shape->elements[i], units, n, rows[i & 1], rows[(i + 1) & 1]) > most)
            return NEAR_NONE;
    return rows[shape->n & 1][n] <= most ? rows[shape->n & 1][n] : NEAR_NONE;
}

/* One step of the way back from (i, j); whether they differ there. Of ways that cost the same it takes the one that
 * fits early and differs late. */
static bool step_back(const struct shape *shape, const struct unit *units, const uint32_t *cells, size_t width,
                      size_t *i, size_t *j)
{
    uint32_t here = cells[*i * width + *j];
    uint32_t element = *i > 0 ? shape->elements[*i - 1] : 0;
    bool is_many = *i > 0 && element_symbol(element) == SYMBOL_VALUES;
    if (is_many && here == cells[(*i - 1) * width + *j]) {
        --*i;
        return false;
    }
    if (is_many) {
        --*j;
        return false;
    }
    if (*j > 0 && here == cells[*i * width + *j - 1] + PRICE_DIFFERENCE) {
        --*j;
        return true;
    }
    --*i;
    if (here == cells[*i * width + *j] + PRICE_DIFFERENCE)
        return true;
    --*j;
    return price(element, &units[*j]) == PRICE_DIFFERENCE;
}

ptrdiff_t near_differences(const struct shape *shape, const struct unit *units, size_t n, struct near_difference *out)
{
    size_t width = n + 1, i = shape->n, j = n, count = 0;
    uint32_t *cells = alloc_array(((size_t)shape->n + 1) * width, sizeof *cells);
    bool was_different = false;
    if (cells == NULL)
        return LW_ERR_MEMORY;
    first_row(cells, n);
    for (size_t k = 0; k < shape->n; k++)
        next_row(shape->elements[k], units, n, cells + k * width, cells + (k + 1) * width);
    while (i > 0 || j > 0) {
        size_t i_before = i, j_before = j;
        bool is_different = step_back(shape, units, cells, width, &i, &j);
        if (is_different && !was_different)
            out[count++] = (struct near_difference){(uint32_t)j_before, 0, (uint32_t)i_before, 0};
        if (is_different) {
            struct near_difference *last = &out[count - 1];
            last->n_units += last->unit - (uint32_t)j;
            last->n_elements += last->element - (uint32_t)i;
            last->unit = (uint32_t)j;
            last->element = (uint32_t)i;
        }
        was_different = is_different;
    }
    free(cells);
    for (size_t a = 0; a < count / 2; a++) {
        struct near_difference swapped = out[a];
        out[a] = out[count - 1 - a];
        out[count - 1 - a] = swapped;
    }
    return (ptrdiff_t)count;
}
