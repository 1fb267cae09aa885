/*
 * Rows are grouped by skeleton: the number of units, the marks and blanks between them. In a group, two rows that
 * differ in one column only are candidates for one template, and all rows that agree outside that column are judged
 * together: their distinct words there are either values or parts of different messages. What was judged to be values
 * becomes a slot, rows that became equal are one, and the columns are gone through again until nothing changes.
 * Hashes of rows without one column make a pass linear in the size of the group. What differs in several columns
 * at once, or in length, is left to families.h and coalesce.h.
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
#include "learn/families.h"
#include "learn/hashed_row.h"
#include "learn/value.h"

#define VALUES_FIRST ((size_t)12) /* distinct words that make a slot of the first column */
#define VALUES_INNER ((size_t)5)  /* ... of any other */
#define ROUNDS       8            /* over all columns of a group */

struct work {
    const struct vocabulary *vocabulary;
    struct shape *shapes; /* one a row at first */
    uint64_t *hashes;     /* of shapes */
    uint32_t *parent;     /* union-find over shapes, by the lowest index */
    struct hashed_row *candidates;
};

static uint64_t cell_hash(size_t column, uint32_t element)
{
    return hash_mix((uint64_t)column << 32 | element);
}

static uint64_t skeleton(const struct vocabulary *vocabulary, const struct shape *row)
{
    uint64_t hash = hash_mix(row->n);
    for (size_t c = 0; c < row->n; c++) {
        uint32_t element = row->elements[c];
        hash += cell_hash(c, element_is_mark(vocabulary, element) ? element : SYMBOL_VALUE << 1 | (element & 1));
    }
    return hash;
}

static bool is_mark_text(const struct work *work, uint32_t element, const char *any)
{
    if (!element_is_mark(work->vocabulary, element))
        return false;
    struct lw_bytes text = element_text(work->vocabulary, element);
    return text.len == 1 && strchr(any, text.data[0]) != NULL;
}

/* Words of the shape outside one column. */
static size_t count_words(const struct work *work, const struct shape *shape, size_t column)
{
    size_t n = 0;
    for (size_t c = 0; c < shape->n; c++)
        n += c != column && !element_is_slot(shape->elements[c]) &&
             !element_is_mark(work->vocabulary, shape->elements[c]);
    return n;
}

/* Words of a column, counted by their traits. */
struct column {
    size_t n, values, many, names, prose, caps, units;
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

static struct column describe(const struct work *work, const struct hashed_row *candidates, size_t n, size_t at)
{
    struct column column = {n, 0, 0, 0, 0, 0, 0, true};
    struct lw_bytes first = {NULL, 0};
    for (size_t i = 0; i < n; i++) {
        uint32_t element = work->shapes[candidates[i].row].elements[at];
        unsigned has = element_traits(work->vocabulary, element);
        column.values += element_is_slot(element);
        column.many += element_symbol(element) == SYMBOL_VALUES;
        column.names += (has & WORD_NAME) != 0;
        column.prose += (has & WORD_PROSE) != 0;
        column.caps += (has & WORD_CAPS) != 0;
        column.units += (has & WORD_UNIT) != 0;
        if ((has & WORD_DIGIT) == 0) {
            column.has_one_stem = false;
            continue;
        }
        struct lw_bytes text = element_text(work->vocabulary, element);
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
    bool is_first = at == 0 || (at == 1 && element_is_mark(work->vocabulary, shape->elements[0]));
    size_t needed = is_first ? VALUES_FIRST : VALUES_INNER;
    bool is_glued = at > 0 && (shape->elements[at] & 1) == 0;
    bool is_called =
        at + 1 < shape->n && (shape->elements[at + 1] & 1) == 0 && is_mark_text(work, shape->elements[at + 1], "(+");
    if (column->prose == 0 && column->caps < column->n && !is_first && !is_called) {
        uint32_t before = shape->elements[at - 1];
        if ((is_glued && is_mark_text(work, before, ":([{\"'@#")) ||
            (!is_glued && (element_traits(work->vocabulary, before) & WORD_NOUN) != 0))
            return 2;
    }
    if (is_called)
        needed = VALUES_FIRST;
    if (column->caps == column->n || column->prose * 2 >= column->n)
        needed = VALUES_FIRST;
    return needed + (column->prose > 0 ? VALUES_INNER : 0) + (words < 2 ? VALUES_INNER : 0);
}

/* Whether the candidates[n], equal outside the column, hold values there. */
static bool are_values(const struct work *work, const struct hashed_row *candidates, size_t n, size_t at)
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
static void unite(struct work *work, const struct hashed_row *candidates, size_t n)
{
    for (size_t i = 1; i < n; i++)
        work->parent[candidates[i].row] = candidates[0].row;
}

/* One pass over a column of rows[n], shapes of one skeleton. Returns whether anything was united. */
static bool pass_column(struct work *work, const uint32_t *rows, size_t n, size_t column)
{
    struct hashed_row *candidates = work->candidates;
    size_t used = 0;
    bool has_changed = false;
    for (size_t i = 0; i < n; i++) {
        if (work->parent[rows[i]] != rows[i])
            continue;
        uint32_t element = work->shapes[rows[i]].elements[column];
        candidates[used++] = (struct hashed_row){work->hashes[rows[i]] - cell_hash(column, element), rows[i]};
    }
    qsort(candidates, used, sizeof *candidates, hashed_row_compare);
    for (size_t i = 0, end; i < used; i = end) {
        for (end = i + 1; end < used && candidates[end].hash == candidates[i].hash;)
            end++;
        if (end - i > 1 && are_values(work, candidates + i, end - i, column)) {
            struct column seen = describe(work, candidates + i, end - i, column);
            bool is_many = seen.units == seen.n || seen.many > 0;
            set_slot(work, candidates[i].row, column, is_many ? SYMBOL_VALUES : SYMBOL_VALUE);
            unite(work, candidates + i, end - i);
            has_changed = true;
        }
    }
    return has_changed;
}

static void pass_columns(struct work *work, const uint32_t *rows, size_t n)
{
    const struct shape *first = &work->shapes[rows[0]];
    bool has_changed = n > 1;
    for (int round = 0; has_changed && round < ROUNDS; round++) {
        has_changed = false;
        for (size_t c = 0; c < first->n; c++)
            if (!element_is_mark(work->vocabulary, first->elements[c]))
                has_changed = pass_column(work, rows, n, c) || has_changed;
    }
}

static int work_init(struct work *work, const struct vocabulary *vocabulary, const struct row *rows, size_t n,
                     struct arena *arena)
{
    *work = (struct work){vocabulary, alloc_zeroed(n, sizeof *work->shapes), alloc_array(n, sizeof *work->hashes),
                          alloc_array(n, sizeof *work->parent), alloc_array(n, sizeof *work->candidates)};
    if (work->shapes == NULL || work->hashes == NULL || work->parent == NULL || work->candidates == NULL)
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
    }
    return 0;
}

static void work_release(struct work *work)
{
    free(work->shapes);
    free(work->hashes);
    free(work->parent);
    free(work->candidates);
}

/* Goes through the columns of all that is alive, in groups of one skeleton. */
static int cluster_all(struct work *work, size_t n, const struct lw_run *run, struct lw_error *err)
{
    struct hashed_row *groups = alloc_array(n, sizeof *groups);
    uint32_t *members = alloc_array(n, sizeof *members);
    size_t alive = 0;
    int status = groups == NULL || members == NULL ? fail_memory(err, "mining templates") : 0;
    for (uint32_t r = 0; r < n && status == 0; r++) {
        const struct shape *shape = &work->shapes[r];
        if (work->parent[r] != r)
            continue;
        groups[alive++] = (struct hashed_row){skeleton(work->vocabulary, shape), r};
        work->hashes[r] = 0;
        for (size_t c = 0; c < shape->n; c++)
            work->hashes[r] += cell_hash(c, shape->elements[c]);
    }
    if (status == 0)
        qsort(groups, alive, sizeof *groups, hashed_row_compare);
    for (size_t i = 0, end; i < alive && status == 0; i = end) {
        for (end = i; end < alive && groups[end].hash == groups[i].hash; end++)
            members[end] = groups[end].row;
        status = run_check(run, err);
        if (status == 0)
            pass_columns(work, members + i, end - i);
    }
    free(groups);
    free(members);
    return status;
}

/* Brings out->of_row up to date; a row whose root is another one now came there by this step. */
static void note_step(struct work *work, enum mining_step step, struct clusters *out)
{
    for (uint32_t r = 0; r < out->n; r++) {
        uint32_t root = find_root(work, r);
        if (out->of_row[r] != root)
            out->steps[r] = (uint8_t)step;
        out->of_row[r] = root;
    }
}

static int find_all(struct work *work, size_t n, const struct lw_run *run, struct arena *arena, struct clusters *out,
                    struct lw_error *err)
{
    int status = cluster_all(work, n, run, err);
    if (status != 0)
        return status;
    note_step(work, STEP_WORDS, out);
    status = families_unite(work->vocabulary, work->shapes, work->parent, n, arena);
    note_step(work, STEP_FAMILY, out);
    for (uint32_t r = 0; r < n && status == 0; r++)
        if (work->parent[r] == r)
            shape_simplify(work->vocabulary, &work->shapes[r]);
    if (status == 0)
        status = shapes_coalesce(work->vocabulary, work->shapes, work->parent, n, arena);
    return status != 0 ? fail_memory(err, "mining templates") : 0;
}

int clusters_find(const struct vocabulary *vocabulary, const struct row *rows, size_t n_rows, const struct lw_run *run,
                  struct arena *arena, struct clusters *out, struct lw_error *err)
{
    struct work work;
    struct clusters made = {NULL, n_rows, alloc_array(n_rows, sizeof *made.of_row),
                            alloc_zeroed(n_rows, sizeof *made.steps)};
    int status = work_init(&work, vocabulary, rows, n_rows, arena) != 0 || made.of_row == NULL || made.steps == NULL
                     ? fail_memory(err, "mining templates")
                     : 0;
    for (uint32_t r = 0; r < n_rows && status == 0; r++)
        made.of_row[r] = r;
    if (status == 0)
        status = find_all(&work, n_rows, run, arena, &made, err);
    if (status == 0) {
        note_step(&work, STEP_COALESCE, &made);
        made.shapes = work.shapes;
        work.shapes = NULL;
        *out = made;
    } else {
        clusters_release(&made);
    }
    work_release(&work);
    return status;
}

void clusters_release(struct clusters *clusters)
{
    free(clusters->shapes);
    free(clusters->of_row);
    free(clusters->steps);
    *clusters = (struct clusters){NULL, 0, NULL, NULL};
}
