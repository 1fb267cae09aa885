/*
 * Taking state k out of a chain joins each predecessor i to each successor j by M[i][k] M[k][j] / (1 - M[k][k]). In
 * which order that makes the fewest new entries is found once, on the pattern alone: the state of the least product of
 * predecessors and successors goes next, from a heap whose stale entries are passed over. With the order the pattern of
 * all that is ever filled is known as well, so factoring is a pass over fixed arrays, a row at a time: the row is
 * spread out, takes what each state eliminated before it gives, and is gathered again.
 *
 * Iterating instead was rejected: a loop that is left once in a thousand rounds needs tens of thousands of sweeps, and
 * targets ask for a dozen solutions while a knob turns.
 */
#include "generate/elimination.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/order.h"
#include "logwright.h"

#define PIVOT_MIN 1e-13 /* below it the chain, as far as doubles can tell, never ends */

void elimination_release(struct elimination *elimination)
{
    free(elimination->order);
    free(elimination->place);
    free(elimination->first);
    free(elimination->diagonal);
    free(elimination->columns);
    free(elimination->cells);
    free(elimination->pivots);
    free(elimination->cell_of);
    free(elimination->row);
    free(elimination->block);
    *elimination = (struct elimination){.n = 0};
}

/* ---- the order ----------------------------------------------------------------------------------------------------
 */

struct neighbours { /* rising */
    uint32_t *items;
    size_t n, cap;
};
struct candidate {
    uint64_t cost;
    uint32_t state;
};
struct ordering {
    size_t n;
    struct neighbours *rows, *columns; /* [n] of the states that are left, without the diagonal */
    struct neighbours scratch;
    struct candidate *heap; /* least cost first; a state stands there once for each cost it had */
    size_t n_heap, cap_heap;
};

static void ordering_release(struct ordering *ordering)
{
    for (size_t i = 0; i < ordering->n && ordering->rows != NULL && ordering->columns != NULL; i++) {
        free(ordering->rows[i].items);
        free(ordering->columns[i].items);
    }
    free(ordering->rows);
    free(ordering->columns);
    free(ordering->scratch.items);
    free(ordering->heap);
}

static bool is_before(const struct candidate *a, const struct candidate *b)
{
    return a->cost != b->cost ? a->cost < b->cost : a->state < b->state;
}

static uint64_t cost_of(const struct ordering *ordering, uint32_t state)
{
    return (uint64_t)ordering->rows[state].n * ordering->columns[state].n;
}

static int push(struct ordering *ordering, uint32_t state)
{
    if (alloc_grow(&ordering->heap, &ordering->cap_heap, ordering->n_heap + 1, sizeof *ordering->heap) != 0)
        return LW_ERR_MEMORY;
    struct candidate added = {cost_of(ordering, state), state};
    size_t at = ordering->n_heap++;
    for (; at > 0 && is_before(&added, &ordering->heap[(at - 1) / 2]); at = (at - 1) / 2)
        ordering->heap[at] = ordering->heap[(at - 1) / 2];
    ordering->heap[at] = added;
    return 0;
}

static struct candidate pop(struct ordering *ordering)
{
    struct candidate least = ordering->heap[0], last = ordering->heap[--ordering->n_heap];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= ordering->n_heap)
            break;
        if (child + 1 < ordering->n_heap && is_before(&ordering->heap[child + 1], &ordering->heap[child]))
            child++;
        if (!is_before(&ordering->heap[child], &last))
            break;
        ordering->heap[at] = ordering->heap[child];
        at = child;
    }
    ordering->heap[at] = last;
    return least;
}

/* list becomes the union with more, without `gone` and `own`. */
static int unite(struct neighbours *list, const struct neighbours *more, uint32_t gone, uint32_t own,
                 struct neighbours *scratch)
{
    if (alloc_grow(&scratch->items, &scratch->cap, list->n + more->n, sizeof *scratch->items) != 0)
        return LW_ERR_MEMORY;
    size_t i = 0, j = 0, n = 0;
    while (i < list->n || j < more->n) {
        bool is_old = j == more->n || (i < list->n && list->items[i] <= more->items[j]);
        uint32_t item = is_old ? list->items[i] : more->items[j];
        i += i < list->n && list->items[i] == item;
        j += j < more->n && more->items[j] == item;
        if (item != gone && item != own)
            scratch->items[n++] = item;
    }
    scratch->n = n;
    struct neighbours swapped = *list;
    *list = *scratch;
    *scratch = swapped;
    return 0;
}

/* Takes the state out: each predecessor gets its successors, and the other way round. */
static int take_out(struct ordering *ordering, uint32_t state)
{
    struct neighbours *row = &ordering->rows[state], *column = &ordering->columns[state];
    int rc = 0;
    for (size_t i = 0; i < column->n && rc == 0; i++) {
        uint32_t other = column->items[i];
        rc = unite(&ordering->rows[other], row, state, other, &ordering->scratch);
    }
    for (size_t i = 0; i < row->n && rc == 0; i++) {
        uint32_t other = row->items[i];
        rc = unite(&ordering->columns[other], column, state, other, &ordering->scratch);
    }
    for (size_t i = 0; i < column->n && rc == 0; i++)
        rc = push(ordering, column->items[i]);
    for (size_t i = 0; i < row->n && rc == 0; i++)
        rc = push(ordering, row->items[i]);
    return rc;
}

static int add_neighbour(struct neighbours *list, uint32_t item)
{
    if (alloc_grow(&list->items, &list->cap, list->n + 1, sizeof *list->items) != 0)
        return LW_ERR_MEMORY;
    list->items[list->n++] = item;
    return 0;
}

static void sort_unique(struct neighbours *list)
{
    size_t n = 0;
    if (list->n > 0)
        qsort(list->items, list->n, sizeof *list->items, order_u32);
    for (size_t i = 0; i < list->n; i++)
        if (n == 0 || list->items[n - 1] != list->items[i])
            list->items[n++] = list->items[i];
    list->n = n;
}

static int find_order(struct elimination *elimination, const uint32_t *from, const uint32_t *to)
{
    size_t n = elimination->n;
    struct ordering ordering = {.n = n};
    ordering.rows = alloc_zeroed(n, sizeof *ordering.rows);
    ordering.columns = alloc_zeroed(n, sizeof *ordering.columns);
    int rc = ordering.rows == NULL || ordering.columns == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0; i < elimination->n_entries && rc == 0; i++)
        if (from[i] != to[i]) {
            rc = add_neighbour(&ordering.rows[from[i]], to[i]);
            if (rc == 0)
                rc = add_neighbour(&ordering.columns[to[i]], from[i]);
        }
    for (size_t i = 0; i < n && rc == 0; i++) {
        sort_unique(&ordering.rows[i]);
        sort_unique(&ordering.columns[i]);
        elimination->place[i] = UINT32_MAX;
    }
    for (uint32_t i = 0; i < n && rc == 0; i++)
        rc = push(&ordering, i);
    for (uint32_t at = 0; at < n && rc == 0;) {
        struct candidate next = pop(&ordering);
        if (elimination->place[next.state] != UINT32_MAX || next.cost != cost_of(&ordering, next.state))
            continue;
        elimination->order[at] = next.state;
        elimination->place[next.state] = at++;
        rc = take_out(&ordering, next.state);
    }
    ordering_release(&ordering);
    return rc;
}

/* ---- the pattern --------------------------------------------------------------------------------------------------
 */

struct pattern {
    size_t *entries_first; /* [n + 1] entries by the place of their row */
    uint32_t *entries;
    uint64_t *bits; /* [words] columns of the row at hand */
    size_t words, cap;
};

static size_t next_bit(const struct pattern *pattern, size_t from)
{
    for (size_t word = from / 64; word < pattern->words; word++) {
        uint64_t left = pattern->bits[word] & (word == from / 64 ? ~UINT64_C(0) << (from % 64) : ~UINT64_C(0));
        if (left != 0) {
            size_t bit = 0;
            while ((left >> bit & 1) == 0)
                bit++;
            return word * 64 + bit;
        }
    }
    return SIZE_MAX;
}

static void set_bit(struct pattern *pattern, uint32_t at)
{
    pattern->bits[at / 64] |= UINT64_C(1) << (at % 64);
}

/* Columns of row i: its own, and what the rows eliminated before it fill in. */
static int find_row(struct elimination *e, struct pattern *pattern, uint32_t i, const uint32_t *to)
{
    memset(pattern->bits, 0, pattern->words * sizeof *pattern->bits);
    set_bit(pattern, i);
    for (size_t at = pattern->entries_first[i]; at < pattern->entries_first[i + 1]; at++)
        set_bit(pattern, e->place[to[pattern->entries[at]]]);
    for (size_t k = next_bit(pattern, 0); k < i; k = next_bit(pattern, k + 1))
        for (size_t c = e->diagonal[k] + 1; c < e->first[k + 1]; c++)
            set_bit(pattern, e->columns[c]);
    e->first[i + 1] = e->first[i];
    for (size_t k = next_bit(pattern, 0); k != SIZE_MAX; k = next_bit(pattern, k + 1)) {
        if (alloc_grow(&e->columns, &pattern->cap, e->first[i + 1] + 1, sizeof *e->columns) != 0)
            return LW_ERR_MEMORY;
        if (k == i)
            e->diagonal[i] = e->first[i + 1];
        e->columns[e->first[i + 1]++] = (uint32_t)k;
    }
    return 0;
}

static size_t find_cell(const struct elimination *e, uint32_t row, uint32_t column)
{
    size_t low = e->first[row], high = e->first[row + 1];
    while (low + 1 < high) {
        size_t middle = (low + high) / 2;
        if (e->columns[middle] <= column)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int find_pattern(struct elimination *e, const uint32_t *from, const uint32_t *to)
{
    struct pattern pattern = {.words = e->n / 64 + 1};
    pattern.entries_first = alloc_zeroed(e->n + 2, sizeof *pattern.entries_first);
    pattern.entries = alloc_array(e->n_entries, sizeof *pattern.entries);
    pattern.bits = alloc_array(pattern.words, sizeof *pattern.bits);
    int rc = pattern.entries_first == NULL || pattern.entries == NULL || pattern.bits == NULL ? LW_ERR_MEMORY : 0;
    if (rc == 0) {
        for (size_t i = 0; i < e->n_entries; i++)
            pattern.entries_first[e->place[from[i]] + 2]++;
        for (size_t i = 2; i < e->n + 2; i++)
            pattern.entries_first[i] += pattern.entries_first[i - 1];
        for (uint32_t i = 0; i < e->n_entries; i++)
            pattern.entries[pattern.entries_first[e->place[from[i]] + 1]++] = i;
    }
    for (uint32_t i = 0; i < e->n && rc == 0; i++)
        rc = find_row(e, &pattern, i, to);
    free(pattern.entries_first);
    free(pattern.entries);
    free(pattern.bits);
    if (rc != 0)
        return rc;
    e->cells = alloc_array(e->first[e->n], sizeof *e->cells);
    for (size_t i = 0; i < e->n_entries && e->cells != NULL; i++)
        e->cell_of[i] = find_cell(e, e->place[from[i]], e->place[to[i]]);
    return e->cells == NULL ? LW_ERR_MEMORY : 0;
}

int elimination_init(struct elimination *elimination, size_t n, const uint32_t *from, const uint32_t *to,
                     size_t n_entries, const uint32_t *order)
{
    struct elimination made = {.n = n, .n_entries = n_entries};
    made.order = alloc_array(n, sizeof *made.order);
    made.place = alloc_array(n, sizeof *made.place);
    made.first = alloc_zeroed(n + 1, sizeof *made.first);
    made.diagonal = alloc_array(n, sizeof *made.diagonal);
    made.pivots = alloc_array(n, sizeof *made.pivots);
    made.cell_of = alloc_array(n_entries, sizeof *made.cell_of);
    made.row = alloc_zeroed(n, sizeof *made.row);
    int rc = made.order == NULL || made.place == NULL || made.first == NULL || made.diagonal == NULL ||
                     made.pivots == NULL || made.cell_of == NULL || made.row == NULL
                 ? LW_ERR_MEMORY
                 : 0;
    if (rc == 0 && order == NULL)
        rc = find_order(&made, from, to);
    for (uint32_t i = 0; i < n && rc == 0 && order != NULL; i++) {
        made.order[i] = order[i];
        made.place[order[i]] = i;
    }
    if (rc == 0)
        rc = find_pattern(&made, from, to);
    if (rc == 0)
        *elimination = made;
    else
        elimination_release(&made);
    return rc;
}

/* ---- values -------------------------------------------------------------------------------------------------------
 */

static bool factor_row(struct elimination *e, size_t i)
{
    double *row = e->row;
    for (size_t c = e->first[i]; c < e->first[i + 1]; c++)
        row[e->columns[c]] = e->cells[c];
    for (size_t c = e->first[i]; c < e->diagonal[i]; c++) {
        size_t k = e->columns[c];
        double share = row[k] / e->pivots[k];
        e->cells[c] = share;
        for (size_t other = e->diagonal[k] + 1; other < e->first[k + 1]; other++)
            row[e->columns[other]] += share * e->cells[other];
    }
    for (size_t c = e->diagonal[i]; c < e->first[i + 1]; c++)
        e->cells[c] = row[e->columns[c]];
    e->pivots[i] = 1 - e->cells[e->diagonal[i]];
    return e->pivots[i] > PIVOT_MIN;
}

int elimination_factor(struct elimination *elimination, const double *values)
{
    memset(elimination->cells, 0, elimination->first[elimination->n] * sizeof *elimination->cells);
    for (size_t i = 0; i < elimination->n_entries; i++)
        elimination->cells[elimination->cell_of[i]] += values[i];
    for (size_t i = 0; i < elimination->n; i++)
        if (!factor_row(elimination, i))
            return LW_ERR_INFEASIBLE;
    return 0;
}

/* Into the order of elimination, or out of it again. */
static int load(struct elimination *e, const double *rows, size_t width)
{
    if (width > SIZE_MAX / sizeof(double) / (e->n + 1) ||
        alloc_grow(&e->block, &e->cap_block, e->n * width, sizeof *e->block) != 0)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < e->n; i++)
        memcpy(e->block + i * width, rows + e->order[i] * width, width * sizeof *rows);
    return 0;
}

static void unload(const struct elimination *e, double *rows, size_t width)
{
    for (size_t i = 0; i < e->n; i++)
        memcpy(rows + e->order[i] * width, e->block + i * width, width * sizeof *rows);
}

static void add_scaled(double *restrict to, const double *restrict from, double factor, size_t width)
{
    for (size_t i = 0; i < width; i++)
        to[i] += factor * from[i];
}

static void divide(double *row, double by, size_t width)
{
    for (size_t i = 0; i < width; i++)
        row[i] /= by;
}

int elimination_solve(struct elimination *e, double *b, size_t width)
{
    int rc = load(e, b, width);
    if (rc != 0)
        return rc;
    double *x = e->block;
    for (size_t i = 0; i < e->n; i++)
        for (size_t c = e->first[i]; c < e->diagonal[i]; c++)
            add_scaled(x + i * width, x + e->columns[c] * width, e->cells[c], width);
    for (size_t i = e->n; i-- > 0;) {
        for (size_t c = e->diagonal[i] + 1; c < e->first[i + 1]; c++)
            add_scaled(x + i * width, x + e->columns[c] * width, e->cells[c], width);
        divide(x + i * width, e->pivots[i], width);
    }
    unload(e, b, width);
    return 0;
}

int elimination_solve_transposed(struct elimination *e, double *r, size_t width)
{
    int rc = load(e, r, width);
    if (rc != 0)
        return rc;
    double *x = e->block;
    for (size_t i = 0; i < e->n; i++) {
        divide(x + i * width, e->pivots[i], width);
        for (size_t c = e->diagonal[i] + 1; c < e->first[i + 1]; c++)
            add_scaled(x + e->columns[c] * width, x + i * width, e->cells[c], width);
    }
    for (size_t i = e->n; i-- > 0;)
        for (size_t c = e->first[i]; c < e->diagonal[i]; c++)
            add_scaled(x + e->columns[c] * width, x + i * width, e->cells[c], width);
    unload(e, r, width);
    return 0;
}
