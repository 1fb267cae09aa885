/*
 * Rows are grouped by skeleton: the number of units, the marks and blanks between them. In a group, two rows that
 * differ in one column only are candidates for one template, and all rows that agree outside that column are judged
 * together: their distinct words there are either values or parts of different messages. What was judged to be values
 * becomes a slot, rows that became equal are one, and the columns are gone through again until nothing changes.
 * Hashes of rows without one column make a pass linear in the size of the group.
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

struct candidate {
    uint64_t hash; /* of the row without the column */
    uint32_t row;
};
struct work {
    const struct vocabulary *vocabulary;
    struct pattern *patterns; /* one a row at first */
    uint64_t *hashes;         /* of patterns */
    uint32_t *parent;         /* union-find over patterns, by the lowest index */
    uint64_t *counts;
    struct candidate *candidates;
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

/* Words of the pattern outside one column. */
static size_t count_words(const struct work *work, const struct pattern *pattern, size_t column)
{
    size_t n = 0;
    for (size_t c = 0; c < pattern->n; c++)
        n += c != column && element_symbol(pattern->elements[c]) >= SYMBOL_FIRST_WORD &&
             !is_mark(work->vocabulary, pattern->elements[c]);
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
        uint32_t element = work->patterns[candidates[i].row].elements[at];
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
static size_t values_needed(const struct work *work, const struct pattern *pattern, const struct column *column,
                            size_t at, size_t words)
{
    size_t needed = at == 0 ? VALUES_FIRST : VALUES_INNER;
    bool is_glued = at > 0 && (pattern->elements[at] & 1) == 0;
    bool is_called = at + 1 < pattern->n && (pattern->elements[at + 1] & 1) == 0 &&
                     is_mark_text(work, pattern->elements[at + 1], "(+");
    if (column->prose == 0 && column->caps < column->n && at > 0 && !is_called) {
        uint32_t before = pattern->elements[at - 1];
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
    const struct pattern *pattern = &work->patterns[candidates[0].row];
    struct column column = describe(work, candidates, n, at);
    size_t words = count_words(work, pattern, at);
    if (words == 0)
        return column.values > 0 && n == 2 && pattern->n > 1;
    if (column.values > 0)
        return column.prose == 0 || n > VALUES_INNER;
    if (column.has_one_stem && (at > 0 || n > 2))
        return true;
    if (column.units == n && at > 0 && element_symbol(pattern->elements[at - 1]) == SYMBOL_VALUE)
        return true;
    if (column.names == n && n > 3)
        return true;
    return n >= values_needed(work, pattern, &column, at, words);
}

static uint32_t find_root(struct work *work, uint32_t row)
{
    while (work->parent[row] != row) {
        work->parent[row] = work->parent[work->parent[row]];
        row = work->parent[row];
    }
    return row;
}

/* All candidates[n] become one pattern with a slot in the column: the first one's. */
static void unite(struct work *work, const struct candidate *candidates, size_t n, size_t column)
{
    uint32_t first = candidates[0].row;
    struct pattern *pattern = &work->patterns[first];
    uint32_t *element = &pattern->elements[column];
    bool has_unit = describe(work, candidates, n, column).units == n;
    uint32_t slot = (uint32_t)(has_unit ? SYMBOL_VALUES : SYMBOL_VALUE) << 1 | (*element & 1);
    work->hashes[first] += cell_hash(column, slot) - cell_hash(column, *element);
    *element = slot;
    for (size_t i = 1; i < n; i++) {
        work->parent[candidates[i].row] = first;
        work->counts[first] += work->counts[candidates[i].row];
    }
}

/* One pass over a column of rows[n], patterns of one skeleton. Returns whether anything was united. */
static bool pass_column(struct work *work, const uint32_t *rows, size_t n, size_t column)
{
    struct candidate *candidates = work->candidates;
    size_t used = 0;
    bool has_changed = false;
    for (size_t i = 0; i < n; i++) {
        if (work->parent[rows[i]] != rows[i])
            continue;
        uint32_t element = work->patterns[rows[i]].elements[column];
        candidates[used++] = (struct candidate){work->hashes[rows[i]] - cell_hash(column, element), rows[i]};
    }
    qsort(candidates, used, sizeof *candidates, by_hash);
    for (size_t i = 0, end; i < used; i = end) {
        for (end = i + 1; end < used && candidates[end].hash == candidates[i].hash;)
            end++;
        if (end - i > 1 && are_values(work, candidates + i, end - i, column)) {
            unite(work, candidates + i, end - i, column);
            has_changed = true;
        }
    }
    return has_changed;
}

static void cluster_group(struct work *work, const uint32_t *rows, size_t n)
{
    const struct pattern *first = &work->patterns[rows[0]];
    for (bool has_changed = n > 1; has_changed;) {
        has_changed = false;
        for (size_t c = 0; c < first->n; c++)
            if (!is_mark(work->vocabulary, first->elements[c]))
                has_changed = pass_column(work, rows, n, c) || has_changed;
    }
}

static int work_init(struct work *work, const struct vocabulary *vocabulary, const struct row *rows, size_t n,
                     struct arena *arena)
{
    *work = (struct work){vocabulary,
                          alloc_zeroed(n, sizeof *work->patterns),
                          alloc_array(n, sizeof *work->hashes),
                          alloc_array(n, sizeof *work->parent),
                          alloc_array(n, sizeof *work->counts),
                          alloc_array(n, sizeof *work->candidates)};
    if (work->patterns == NULL || work->hashes == NULL || work->parent == NULL || work->counts == NULL ||
        work->candidates == NULL)
        return LW_ERR_MEMORY;
    for (size_t r = 0; r < n; r++) {
        size_t size = rows[r].n * sizeof *rows[r].elements;
        uint32_t *elements = arena_take(arena, size);
        if (elements == NULL)
            return LW_ERR_MEMORY;
        if (size > 0)
            memcpy(elements, rows[r].elements, size);
        work->patterns[r] = (struct pattern){elements, rows[r].n};
        work->parent[r] = (uint32_t)r;
        work->counts[r] = rows[r].count;
        work->hashes[r] = 0;
        for (size_t c = 0; c < rows[r].n; c++)
            work->hashes[r] += cell_hash(c, elements[c]);
    }
    return 0;
}

static void work_release(struct work *work)
{
    free(work->patterns);
    free(work->hashes);
    free(work->parent);
    free(work->counts);
    free(work->candidates);
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
        cluster_group(work, members + i, end - i);
        status = run_check(run, err);
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
            pattern_simplify(vocabulary, &work.patterns[r]);
    if (status == 0 && patterns_coalesce(vocabulary, work.patterns, work.parent, n_rows, arena) != 0)
        status = fail_memory(err, "mining templates");
    if (status != 0) {
        free(of_row);
        work_release(&work);
        return status;
    }
    for (uint32_t r = 0; r < n_rows; r++)
        of_row[r] = find_root(&work, r);
    *out = (struct clusters){work.patterns, n_rows, of_row};
    work.patterns = NULL;
    work_release(&work);
    return 0;
}

void clusters_release(struct clusters *clusters)
{
    free(clusters->patterns);
    free(clusters->of_row);
    *clusters = (struct clusters){NULL, 0, NULL};
}
