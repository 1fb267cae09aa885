/*
 * Taking state k out of a chain joins each predecessor i to each successor j by M[i][k] M[k][j] / (1 - M[k][k]). What
 * row and column held at that moment is all that the solutions need, so it is left in place: a row holds only states
 * eliminated later, a column likewise. Iterating instead was rejected: a loop that is left once in a thousand rounds
 * needs tens of thousands of sweeps, and level targets ask for dozens of solutions while a knob turns.
 */
#include "generate/elimination.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "logwright.h"

#define PIVOT_MIN 1e-13 /* below it the chain, as far as doubles can tell, never ends */

int elimination_init(struct elimination *elimination, size_t n)
{
    *elimination = (struct elimination){.n = n};
    elimination->rows = alloc_zeroed(n, sizeof *elimination->rows);
    elimination->columns = alloc_zeroed(n, sizeof *elimination->columns);
    elimination->pivots = alloc_array(n, sizeof *elimination->pivots);
    elimination->order = alloc_array(n, sizeof *elimination->order);
    if (elimination->rows == NULL || elimination->columns == NULL || elimination->pivots == NULL ||
        elimination->order == NULL) {
        elimination_release(elimination);
        return LW_ERR_MEMORY;
    }
    return 0;
}

void elimination_release(struct elimination *elimination)
{
    for (size_t i = 0; i < elimination->n; i++) {
        if (elimination->rows != NULL)
            free(elimination->rows[i].items);
        if (elimination->columns != NULL)
            free(elimination->columns[i].items);
    }
    free(elimination->rows);
    free(elimination->columns);
    free(elimination->pivots);
    free(elimination->order);
    free(elimination->scratch.items);
    *elimination = (struct elimination){.n = 0};
}

void elimination_clear(struct elimination *elimination)
{
    for (size_t i = 0; i < elimination->n; i++)
        elimination->rows[i].n = elimination->columns[i].n = 0;
}

/* Where `at` stands in the list, or would. */
static size_t find(const struct sparse_list *list, uint32_t at)
{
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list->items[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int add(struct sparse_list *list, uint32_t at, double value)
{
    size_t i = find(list, at);
    if (i < list->n && list->items[i].at == at) {
        list->items[i].value += value;
        return 0;
    }
    int rc = alloc_grow(&list->items, &list->cap, list->n + 1, sizeof *list->items);
    if (rc != 0)
        return rc;
    memmove(&list->items[i + 1], &list->items[i], (list->n - i) * sizeof *list->items);
    list->items[i] = (struct sparse_entry){at, value};
    list->n++;
    return 0;
}

int elimination_add(struct elimination *elimination, uint32_t from, uint32_t to, double value)
{
    if (value <= 0)
        return 0;
    int rc = add(&elimination->rows[from], to, value);
    return rc == 0 ? add(&elimination->columns[to], from, value) : rc;
}

static double take(struct sparse_list *list, uint32_t at)
{
    size_t i = find(list, at);
    if (i == list->n || list->items[i].at != at)
        return 0;
    double value = list->items[i].value;
    memmove(&list->items[i], &list->items[i + 1], (--list->n - i) * sizeof *list->items);
    return value;
}

/* list += factor * more. */
static int add_scaled(struct sparse_list *list, const struct sparse_list *more, double factor,
                      struct sparse_list *scratch)
{
    int rc = alloc_grow(&scratch->items, &scratch->cap, list->n + more->n, sizeof *scratch->items);
    if (rc != 0)
        return rc;
    size_t i = 0, j = 0, n = 0;
    while (i < list->n || j < more->n) {
        bool has_old = i < list->n && (j == more->n || list->items[i].at <= more->items[j].at);
        bool has_new = j < more->n && (i == list->n || more->items[j].at <= list->items[i].at);
        struct sparse_entry entry = has_old ? list->items[i] : (struct sparse_entry){more->items[j].at, 0};
        if (has_new)
            entry.value += factor * more->items[j].value;
        i += has_old;
        j += has_new;
        scratch->items[n++] = entry;
    }
    scratch->n = n;
    struct sparse_list swapped = *list;
    *list = *scratch;
    *scratch = swapped;
    return 0;
}

static int eliminate(struct elimination *elimination, uint32_t k)
{
    struct sparse_list *row = &elimination->rows[k], *column = &elimination->columns[k];
    double pivot = 1 - take(row, k);
    (void)take(column, k);
    if (!(pivot > PIVOT_MIN))
        return LW_ERR_INFEASIBLE;
    elimination->pivots[k] = pivot;
    int rc = 0;
    for (size_t i = 0; i < column->n && rc == 0; i++) {
        struct sparse_list *other = &elimination->rows[column->items[i].at];
        (void)take(other, k);
        rc = add_scaled(other, row, column->items[i].value / pivot, &elimination->scratch);
    }
    for (size_t j = 0; j < row->n && rc == 0; j++) {
        struct sparse_list *other = &elimination->columns[row->items[j].at];
        (void)take(other, k);
        rc = add_scaled(other, column, row->items[j].value / pivot, &elimination->scratch);
    }
    return rc;
}

/* The state whose elimination can make the fewest new entries. */
static uint32_t find_cheapest(const struct elimination *elimination, const uint32_t *left, size_t n_left, size_t *where)
{
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < n_left && least > 0; i++) {
        size_t cost = elimination->rows[left[i]].n * elimination->columns[left[i]].n;
        if (cost < least) {
            least = cost;
            *where = i;
        }
    }
    return left[*where];
}

int elimination_factor(struct elimination *elimination)
{
    size_t n = elimination->n;
    if (!elimination->has_order)
        for (uint32_t i = 0; i < n; i++)
            elimination->order[i] = i;
    for (size_t i = 0; i < n; i++) {
        if (!elimination->has_order) {
            size_t where = 0;
            uint32_t k = find_cheapest(elimination, elimination->order + i, n - i, &where);
            elimination->order[i + where] = elimination->order[i];
            elimination->order[i] = k;
        }
        int rc = eliminate(elimination, elimination->order[i]);
        if (rc != 0)
            return rc;
    }
    elimination->has_order = true;
    return 0;
}

/* One pass spreads each state's term to those eliminated later, the way back collects. */
static void solve(const struct elimination *elimination, const struct sparse_list *spread,
                  const struct sparse_list *collect, double *x)
{
    for (size_t i = 0; i < elimination->n; i++) {
        uint32_t k = elimination->order[i];
        double share = x[k] / elimination->pivots[k];
        for (size_t j = 0; j < spread[k].n && share > 0; j++)
            x[spread[k].items[j].at] += spread[k].items[j].value * share;
    }
    for (size_t i = elimination->n; i-- > 0;) {
        uint32_t k = elimination->order[i];
        double sum = x[k];
        for (size_t j = 0; j < collect[k].n; j++)
            sum += collect[k].items[j].value * x[collect[k].items[j].at];
        x[k] = sum / elimination->pivots[k];
    }
}

void elimination_solve(const struct elimination *elimination, double *b)
{
    solve(elimination, elimination->columns, elimination->rows, b);
}

void elimination_solve_transposed(const struct elimination *elimination, double *r)
{
    solve(elimination, elimination->rows, elimination->columns, r);
}
