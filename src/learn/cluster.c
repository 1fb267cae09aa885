/*
 * Rows are grouped by skeleton: the number of units, the marks and blanks between them. In a group, two rows that
 * differ in one column only are candidates for one template, and all rows that agree outside that column are judged
 * together: their distinct words there are either values or parts of different messages. What was judged to be values
 * becomes a slot, rows that became equal are one, and the columns are gone through again until nothing changes.
 * Hashes of rows without one column make a pass linear in the size of the group. Where values are free in several
 * columns at once no two rows differ in one only; such rows are found by words that are rare beside the row's others.
 *
 * A tree of fixed depth (He et al. 2017, "Drain") was rejected since it decides by the first words alone and by a
 * similarity that makes no difference between words; so was a cut by frequency (Yu et al. 2023, "Brain"), since words
 * of rare templates and rare values look the same there.
 */
#include "learn/cluster.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "learn/coalesce.h"
#include "learn/value.h"

#define VALUES_FIRST ((size_t)12) /* distinct words that make a slot of the first column */
#define VALUES_INNER ((size_t)5)  /* ... of any other */
#define ROWS_SPREAD  8            /* rows that differ in several columns at once */
#define ROUNDS       8            /* over all columns of a group */

struct candidate {
    uint64_t hash; /* of the row without the column */
    uint32_t row;
};
struct work {
    const struct vocabulary *vocabulary;
    struct shape *shapes; /* one a row at first */
    uint64_t *hashes;     /* of shapes */
    uint32_t *parent;     /* union-find over shapes, by the lowest index */
    struct candidate *candidates;
    uint32_t **row_frequencies; /* of pass_spread */
};

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

static uint64_t cell_hash(size_t column, uint32_t element)
{
    return mix((uint64_t)column << 32 | element);
}

static uint8_t traits(const struct vocabulary *vocabulary, uint32_t element)
{
    uint32_t symbol = element_symbol(element);
    return symbol < SYMBOL_FIRST_WORD ? 0 : vocabulary->traits[symbol - SYMBOL_FIRST_WORD];
}

static bool is_mark(const struct vocabulary *vocabulary, uint32_t element)
{
    return (traits(vocabulary, element) & WORD_MARK) != 0;
}

static uint64_t skeleton(const struct vocabulary *vocabulary, const struct row *row)
{
    uint64_t hash = mix(row->n);
    for (size_t c = 0; c < row->n; c++) {
        uint32_t element = row->elements[c];
        hash += cell_hash(c, is_mark(vocabulary, element) ? element : SYMBOL_VALUE << 1 | (element & 1));
    }
    return hash;
}

static int by_hash(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static bool is_mark_text(const struct work *work, uint32_t element, const char *any)
{
    if (!is_mark(work->vocabulary, element))
        return false;
    struct lw_bytes text = intern_get(&work->vocabulary->words, element_symbol(element) - SYMBOL_FIRST_WORD);
    return text.len == 1 && strchr(any, text.data[0]) != NULL;
}

/* Words of the shape outside one column. */
static size_t count_words(const struct work *work, const struct shape *shape, size_t column)
{
    size_t n = 0;
    for (size_t c = 0; c < shape->n; c++)
        n += c != column && element_symbol(shape->elements[c]) >= SYMBOL_FIRST_WORD &&
             !is_mark(work->vocabulary, shape->elements[c]);
    return n;
}

/* Words of a column, counted by their traits. */
struct column {
    size_t n, values, names, prose, caps, units;
    bool has_one_stem; /* all are the same but for their digits */
};

static bool is_same_stem(struct lw_bytes a, struct lw_bytes b)
{
    size_t i = 0, j = 0;
    while (i < a.len || j < b.len) {
        if (i < a.len && (value_class[(unsigned char)a.data[i]] & BYTE_DIGIT) != 0)
            i++;
        else if (j < b.len && (value_class[(unsigned char)b.data[j]] & BYTE_DIGIT) != 0)
            j++;
        else if (i == a.len || j == b.len || a.data[i++] != b.data[j++])
            return false;
    }
    return true;
}

static struct column describe(const struct work *work, const struct candidate *candidates, size_t n, size_t at)
{
    struct column column = {n, 0, 0, 0, 0, 0, true};
    struct lw_bytes first = {NULL, 0};
    for (size_t i = 0; i < n; i++) {
        uint32_t element = work->shapes[candidates[i].row].elements[at];
        unsigned has = traits(work->vocabulary, element);
        column.values += element_symbol(element) < SYMBOL_FIRST_WORD;
        column.names += (has & WORD_NAME) != 0;
        column.prose += (has & WORD_PROSE) != 0;
        column.caps += (has & WORD_CAPS) != 0;
        column.units += (has & WORD_UNIT) != 0;
        if ((has & WORD_DIGIT) == 0) {
            column.has_one_stem = false;
            continue;
        }
        struct lw_bytes text = intern_get(&work->vocabulary->words, element_symbol(element) - SYMBOL_FIRST_WORD);
        column.has_one_stem = column.has_one_stem && (first.data == NULL || is_same_stem(first, text));
        first = text;
    }
    return column;
}

/* How many distinct words it takes to believe that they are values: from what stands before and behind them, and from
 * what they look like. Words of prose, and capitals, are rather parts of different messages. */
static size_t values_needed(const struct work *work, const struct shape *shape, const struct column *column, size_t at,
                            size_t words)
{
    size_t needed = at == 0 ? VALUES_FIRST : VALUES_INNER;
    bool is_glued = at > 0 && (shape->elements[at] & 1) == 0;
    bool is_called =
        at + 1 < shape->n && (shape->elements[at + 1] & 1) == 0 && is_mark_text(work, shape->elements[at + 1], "(+");
    if (column->prose == 0 && column->caps < column->n && at > 0 && !is_called) {
        uint32_t before = shape->elements[at - 1];
        if ((is_glued && is_mark_text(work, before, ":([{\"'@#")) ||
            (!is_glued && (traits(work->vocabulary, before) & WORD_NOUN) != 0))
            return 2;
    }
    if (is_called)
        needed = VALUES_FIRST;
    if (column->caps == column->n || column->prose * 2 >= column->n)
        needed = VALUES_FIRST;
    return needed + (column->prose > 0 ? VALUES_INNER : 0) + (words < 2 ? VALUES_INNER : 0);
}

/* Whether the candidates[n], equal outside the column, hold values there. */
static bool are_values(const struct work *work, const struct candidate *candidates, size_t n, size_t at)
{
    const struct shape *shape = &work->shapes[candidates[0].row];
    struct column column = describe(work, candidates, n, at);
    size_t words = count_words(work, shape, at);
    if (words == 0)
        return column.values > 0 && n == 2 && shape->n > 1;
    if (column.values > 0)
        return column.prose == 0 || n > VALUES_INNER;
    if (column.has_one_stem && (at > 0 || n > 2))
        return true;
    if (column.units == n && at > 0 && element_symbol(shape->elements[at - 1]) == SYMBOL_VALUE)
        return true;
    if (column.names == n && n > 3)
        return true;
    return n >= values_needed(work, shape, &column, at, words);
}

static uint32_t find_root(struct work *work, uint32_t row)
{
    while (work->parent[row] != row) {
        work->parent[row] = work->parent[work->parent[row]];
        row = work->parent[row];
    }
    return row;
}

static void set_slot(struct work *work, uint32_t row, size_t column, uint32_t symbol)
{
    uint32_t *element = &work->shapes[row].elements[column];
    uint32_t slot = symbol << 1 | (*element & 1);
    work->hashes[row] += cell_hash(column, slot) - cell_hash(column, *element);
    *element = slot;
}

/* All candidates[n] become the first one's shape. */
static void unite(struct work *work, const struct candidate *candidates, size_t n)
{
    for (size_t i = 1; i < n; i++)
        work->parent[candidates[i].row] = candidates[0].row;
}

/* One pass over a column of rows[n], shapes of one skeleton. Returns whether anything was united. */
static bool pass_column(struct work *work, const uint32_t *rows, size_t n, size_t column)
{
    struct candidate *candidates = work->candidates;
    size_t used = 0;
    bool has_changed = false;
    for (size_t i = 0; i < n; i++) {
        if (work->parent[rows[i]] != rows[i])
            continue;
        uint32_t element = work->shapes[rows[i]].elements[column];
        candidates[used++] = (struct candidate){work->hashes[rows[i]] - cell_hash(column, element), rows[i]};
    }
    qsort(candidates, used, sizeof *candidates, by_hash);
    for (size_t i = 0, end; i < used; i = end) {
        for (end = i + 1; end < used && candidates[end].hash == candidates[i].hash;)
            end++;
        if (end - i > 1 && are_values(work, candidates + i, end - i, column)) {
            bool has_unit = describe(work, candidates + i, end - i, column).units == end - i;
            set_slot(work, candidates[i].row, column, has_unit ? SYMBOL_VALUES : SYMBOL_VALUE);
            unite(work, candidates + i, end - i);
            has_changed = true;
        }
    }
    return has_changed;
}

static bool is_word(const struct work *work, uint32_t element)
{
    return element_symbol(element) >= SYMBOL_FIRST_WORD && !is_mark(work->vocabulary, element);
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* frequencies[i * columns + c]: how many of live[n] have the word that live[i] has in column c. */
static void count_words_by_column(struct work *work, const uint32_t *live, size_t n, size_t columns,
                                  uint32_t *frequencies)
{
    struct candidate *cells = work->candidates;
    for (size_t c = 0; c < columns; c++) {
        for (size_t i = 0; i < n; i++)
            cells[i] = (struct candidate){work->shapes[live[i]].elements[c], (uint32_t)i};
        qsort(cells, n, sizeof *cells, by_hash);
        for (size_t i = 0, end; i < n; i = end) {
            for (end = i; end < n && cells[end].hash == cells[i].hash;)
                end++;
            for (size_t k = i; k < end; k++)
                frequencies[cells[k].row * columns + c] = (uint32_t)(end - i);
        }
    }
}

/* Zeroes the frequencies of the words of a shape that are rare beside its middle word. Whether two or more are, and
 * enough words stay. */
static bool find_rare(const struct work *work, const struct shape *shape, uint32_t *frequencies)
{
    uint32_t sorted[MASK_MAX_TOKENS];
    size_t words = 0, rare = 0;
    for (size_t c = 0; c < shape->n; c++)
        if (is_word(work, shape->elements[c]))
            sorted[words++] = frequencies[c];
    qsort(sorted, words, sizeof *sorted, by_number);
    uint32_t middle = words == 0 ? 0 : sorted[words / 2];
    if (middle < ROWS_SPREAD)
        return false;
    for (size_t c = 0; c < shape->n; c++)
        if (is_word(work, shape->elements[c]) && frequencies[c] * 4 < middle) {
            frequencies[c] = 0;
            rare++;
        }
    return rare > 1 && words - rare > 1;
}

/* Whether the words of all candidates[n] in the column are many and no prose. */
static bool are_spread(const struct work *work, const struct candidate *candidates, size_t n, size_t at,
                       uint32_t *scratch)
{
    struct column column = describe(work, candidates, n, at);
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++)
        scratch[i] = work->shapes[candidates[i].row].elements[at];
    qsort(scratch, n, sizeof *scratch, by_number);
    for (size_t i = 0; i < n; i++)
        distinct += i == 0 || scratch[i] != scratch[i - 1];
    return distinct >= (at == 0 ? VALUES_FIRST : VALUES_INNER) && column.prose * 2 < n && column.caps < n;
}

struct spread {
    uint32_t *live;        /* [n] rows that are shapes still */
    uint32_t *scratch;     /* [n] */
    uint32_t *frequencies; /* [n][columns] */
    size_t n, columns;
};

static void spread_release(struct spread *spread)
{
    free(spread->live);
    free(spread->scratch);
    free(spread->frequencies);
}

static int spread_init(struct spread *spread, const struct work *work, const uint32_t *rows, size_t n)
{
    *spread =
        (struct spread){alloc_array(n, sizeof *rows), alloc_array(n, sizeof *rows), NULL, 0, work->shapes[rows[0]].n};
    for (size_t i = 0; i < n && spread->live != NULL; i++)
        if (work->parent[rows[i]] == rows[i])
            spread->live[spread->n++] = rows[i];
    if (spread->n <= SIZE_MAX / (spread->columns + 1))
        spread->frequencies = alloc_array(spread->n * spread->columns, sizeof *spread->frequencies);
    if (spread->live != NULL && spread->scratch != NULL && spread->frequencies != NULL)
        return 0;
    spread_release(spread);
    return LW_ERR_MEMORY;
}

/* Fills work->candidates with the rows that have rare words, by their hashes without them. Returns how many. */
static size_t find_spread(struct work *work, struct spread *spread)
{
    size_t used = 0;
    count_words_by_column(work, spread->live, spread->n, spread->columns, spread->frequencies);
    for (size_t i = 0; i < spread->n; i++) {
        uint32_t row = spread->live[i], *own = spread->frequencies + i * spread->columns;
        const struct shape *shape = &work->shapes[row];
        uint64_t hash = work->hashes[row];
        if (!find_rare(work, shape, own))
            continue;
        for (size_t c = 0; c < spread->columns; c++)
            hash -= own[c] == 0 ? cell_hash(c, shape->elements[c]) : 0;
        work->row_frequencies[row] = own;
        work->candidates[used++] = (struct candidate){hash, row};
    }
    qsort(work->candidates, used, sizeof *work->candidates, by_hash);
    return used;
}

/* Rows that are equal but for two columns or more, where all their words are rare, never meet in pass_column. */
static int pass_spread(struct work *work, const uint32_t *rows, size_t n)
{
    struct spread spread;
    if (spread_init(&spread, work, rows, n) != 0)
        return LW_ERR_MEMORY;
    size_t used = find_spread(work, &spread);
    const struct candidate *candidates = work->candidates;
    for (size_t i = 0, end; i < used; i = end) {
        const uint32_t *own = work->row_frequencies[candidates[i].row];
        for (end = i + 1; end < used && candidates[end].hash == candidates[i].hash;)
            end++;
        bool is_spread = end - i >= ROWS_SPREAD;
        for (size_t c = 0; c < spread.columns && is_spread; c++)
            is_spread = own[c] > 0 || are_spread(work, candidates + i, end - i, c, spread.scratch);
        for (size_t c = 0; c < spread.columns && is_spread; c++)
            if (own[c] == 0)
                set_slot(work, candidates[i].row, c, SYMBOL_VALUE);
        if (is_spread)
            unite(work, candidates + i, end - i);
    }
    spread_release(&spread);
    return 0;
}

static void pass_columns(struct work *work, const uint32_t *rows, size_t n)
{
    const struct shape *first = &work->shapes[rows[0]];
    bool has_changed = n > 1;
    for (int round = 0; has_changed && round < ROUNDS; round++) {
        has_changed = false;
        for (size_t c = 0; c < first->n; c++)
            if (!is_mark(work->vocabulary, first->elements[c]))
                has_changed = pass_column(work, rows, n, c) || has_changed;
    }
}

static int cluster_group(struct work *work, const uint32_t *rows, size_t n)
{
    pass_columns(work, rows, n);
    if (n < ROWS_SPREAD)
        return 0;
    int status = pass_spread(work, rows, n);
    if (status == 0)
        pass_columns(work, rows, n);
    return status;
}

static int work_init(struct work *work, const struct vocabulary *vocabulary, const struct row *rows, size_t n,
                     struct arena *arena)
{
    *work = (struct work){vocabulary,
                          alloc_zeroed(n, sizeof *work->shapes),
                          alloc_array(n, sizeof *work->hashes),
                          alloc_array(n, sizeof *work->parent),
                          alloc_array(n, sizeof *work->candidates),
                          alloc_array(n, sizeof *work->row_frequencies)};
    if (work->shapes == NULL || work->hashes == NULL || work->parent == NULL || work->candidates == NULL ||
        work->row_frequencies == NULL)
        return LW_ERR_MEMORY;
    for (size_t r = 0; r < n; r++) {
        size_t size = rows[r].n * sizeof *rows[r].elements;
        uint32_t *elements = arena_take(arena, size);
        if (elements == NULL)
            return LW_ERR_MEMORY;
        if (size > 0)
            memcpy(elements, rows[r].elements, size);
        work->shapes[r] = (struct shape){elements, rows[r].n};
        work->parent[r] = (uint32_t)r;
        work->hashes[r] = 0;
        for (size_t c = 0; c < rows[r].n; c++)
            work->hashes[r] += cell_hash(c, elements[c]);
    }
    return 0;
}

static void work_release(struct work *work)
{
    free(work->shapes);
    free(work->hashes);
    free(work->parent);
    free(work->candidates);
    free(work->row_frequencies);
}

static int cluster_all(struct work *work, const struct row *rows, size_t n, const struct lw_run *run,
                       struct lw_error *err)
{
    struct candidate *groups = alloc_array(n, sizeof *groups);
    uint32_t *members = alloc_array(n, sizeof *members);
    int status = groups == NULL || members == NULL ? fail_memory(err, "mining templates") : 0;
    if (status == 0) {
        for (size_t r = 0; r < n; r++)
            groups[r] = (struct candidate){skeleton(work->vocabulary, &rows[r]), (uint32_t)r};
        qsort(groups, n, sizeof *groups, by_hash);
        for (size_t r = 0; r < n; r++)
            members[r] = groups[r].row;
    }
    for (size_t i = 0, end; i < n && status == 0; i = end) {
        for (end = i + 1; end < n && groups[end].hash == groups[i].hash;)
            end++;
        status = run_check(run, err);
        if (status == 0 && cluster_group(work, members + i, end - i) != 0)
            status = fail_memory(err, "mining templates");
    }
    free(groups);
    free(members);
    return status;
}

int clusters_find(const struct vocabulary *vocabulary, const struct row *rows, size_t n_rows, const struct lw_run *run,
                  struct arena *arena, struct clusters *out, struct lw_error *err)
{
    struct work work;
    uint32_t *of_row = alloc_array(n_rows, sizeof *of_row);
    int status = work_init(&work, vocabulary, rows, n_rows, arena) != 0 || of_row == NULL
                     ? fail_memory(err, "mining templates")
                     : cluster_all(&work, rows, n_rows, run, err);
    for (uint32_t r = 0; r < n_rows && status == 0; r++)
        if (work.parent[r] == r)
            shape_simplify(vocabulary, &work.shapes[r]);
    if (status == 0 && shapes_coalesce(vocabulary, work.shapes, work.parent, n_rows, arena) != 0)
        status = fail_memory(err, "mining templates");
    if (status != 0) {
        free(of_row);
        work_release(&work);
        return status;
    }
    for (uint32_t r = 0; r < n_rows; r++)
        of_row[r] = find_root(&work, r);
    *out = (struct clusters){work.shapes, n_rows, of_row};
    work.shapes = NULL;
    work_release(&work);
    return 0;
}

void clusters_release(struct clusters *clusters)
{
    free(clusters->shapes);
    free(clusters->of_row);
    *clusters = (struct clusters){NULL, 0, NULL};
}
