/*
 * Where one template has many values, no two of its rows may differ in one column only, and where a value has several
 * words, not even in their number. But the words of its text keep company: most rows that hold one of them hold the
 * others, too. So each row chooses as its pivot the word that ties most of its words together (anchors: words that
 * more than half of the rows with the pivot have), and rows with the same anchors and marks in the same order are a
 * family. What stands between anchors are gaps; those whose fillings are judged to be values become slots, by the
 * others the family is parted. Cooccurrence is counted by lists of rows of each word: the sum of the squares of the
 * lengths of rows, which are short.
 *
 * A frequency over the whole log, or over a column (Yu et al. 2023), was rejected as a sign of constancy: a value that
 * is common elsewhere beats the text of a rare template. So was a distance between rows: a threshold on it makes no
 * difference between a word of the text and a long value.
 */
#include "learn/families.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/order.h"
#include "learn/hashed_row.h"

#define FILLINGS_SOFT  ((size_t)2)  /* distinct fillings that make a slot where all look like values */
#define FILLINGS_WORD  ((size_t)5)  /* ... where they are words, between marks or in the middle of a text */
#define FILLINGS_LOOSE ((size_t)12) /* ... where there is little to go by */
#define DEPTH_MAX      8
#define ROUNDS         4
#define NO_ROW         UINT32_MAX

enum kind { KIND_GAP, KIND_MARK, KIND_ANCHOR };

struct work {
    const struct vocabulary *vocabulary;
    struct shape *shapes;
    uint32_t *into;
    struct arena *arena;
    uint32_t *rows; /* [n] shapes alive */
    size_t n;
    size_t *first;               /* [n + 1] of each row in kinds */
    uint8_t *kinds;              /* enum kind of each element */
    size_t *words_of;            /* [n + 1] of each row in words */
    uint32_t *words;             /* distinct words of text */
    size_t *rows_of;             /* [vocabulary + 1] of each word in postings */
    uint32_t *postings;          /* rows */
    uint32_t *counts;            /* [vocabulary] */
    uint32_t *pivots;            /* [n] word or NO_ROW */
    double *scores;              /* [n] of the pivots */
    struct hashed_row *members;  /* [n] by key */
    struct hashed_row *fillings; /* [n] */
    uint32_t *leads;             /* [n] first words of fillings */
};

/* What may be part of the text: a word without digits. */
static bool is_text(const struct work *work, uint32_t element)
{
    return !element_is_slot(element) && (element_traits(work->vocabulary, element) & (WORD_MARK | WORD_DIGIT)) == 0;
}

/* What looks like a value though it was not masked. */
static bool is_soft(const struct work *work, uint32_t element)
{
    return element_is_slot(element) || (element_traits(work->vocabulary, element) & (WORD_DIGIT | WORD_NAME)) != 0;
}

static const struct shape *row_shape(const struct work *work, uint32_t row)
{
    return &work->shapes[work->rows[row]];
}

/* ---- words and rows ------------------------------------------------------------------------------------------- */

/* Distinct words of the text of each row, and the rows of each word. */
static void list_words(struct work *work)
{
    size_t n_words = work->vocabulary->words.count, at = 0;
    memset(work->rows_of, 0, (n_words + 1) * sizeof *work->rows_of);
    for (size_t w = 0; w < n_words; w++)
        work->counts[w] = NO_ROW;
    for (uint32_t r = 0; r < work->n; r++) {
        const struct shape *shape = row_shape(work, r);
        work->words_of[r] = at;
        for (size_t i = 0; i < shape->n; i++) {
            uint32_t word = element_symbol(shape->elements[i]) - SYMBOL_FIRST_WORD;
            if (!is_text(work, shape->elements[i]) || work->counts[word] == r)
                continue;
            work->counts[word] = r;
            work->words[at++] = word;
            work->rows_of[word + 1]++;
        }
    }
    work->words_of[work->n] = at;
    memset(work->counts, 0, n_words * sizeof *work->counts);
    for (size_t w = 0; w < n_words; w++)
        work->rows_of[w + 1] += work->rows_of[w];
    for (uint32_t r = 0; r < work->n; r++)
        for (size_t i = work->words_of[r]; i < work->words_of[r + 1]; i++) {
            uint32_t word = work->words[i];
            work->postings[work->rows_of[word] + work->counts[word]++] = r;
        }
    memset(work->counts, 0, n_words * sizeof *work->counts);
}

/* counts[word] = how many rows that hold the pivot hold the word; clears them again when add is 0. */
static void count_company(struct work *work, size_t pivot, uint32_t add)
{
    for (size_t p = work->rows_of[pivot]; p < work->rows_of[pivot + 1]; p++) {
        uint32_t row = work->postings[p];
        for (size_t i = work->words_of[row]; i < work->words_of[row + 1]; i++)
            work->counts[work->words[i]] = add * (work->counts[work->words[i]] + add);
    }
}

/* A pivot is worth the words that it predicts, each as much as the rows it does so for need bits to be told apart. */
static bool is_better(const struct work *work, uint32_t row, uint32_t pivot, double score)
{
    uint32_t old = work->pivots[row];
    if (old == NO_ROW || score > work->scores[row])
        return true;
    if (score < work->scores[row])
        return false;
    struct lw_bytes a = intern_get(&work->vocabulary->words, pivot), b = intern_get(&work->vocabulary->words, old);
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order < 0 || (order == 0 && a.len < b.len);
}

static void choose_pivots(struct work *work)
{
    for (size_t r = 0; r < work->n; r++)
        work->pivots[r] = NO_ROW;
    for (uint32_t pivot = 0; pivot < work->vocabulary->words.count; pivot++) {
        size_t n = work->rows_of[pivot + 1] - work->rows_of[pivot];
        if (n < 2)
            continue;
        count_company(work, pivot, 1);
        for (size_t p = work->rows_of[pivot]; p < work->rows_of[pivot + 1]; p++) {
            uint32_t row = work->postings[p];
            size_t anchors = 0;
            for (size_t i = work->words_of[row]; i < work->words_of[row + 1]; i++)
                anchors += (size_t)work->counts[work->words[i]] * 2 > n;
            bool has_first = work->counts[work->words[work->words_of[row]]] * 2 > n;
            double score = ((double)anchors + (has_first ? 0.5 : 0)) * log2((double)n);
            if (is_better(work, row, pivot, score)) {
                work->pivots[row] = pivot;
                work->scores[row] = score;
            }
        }
        count_company(work, pivot, 0);
    }
}

/* ---- families ------------------------------------------------------------------------------------------------- */

/* Sets the kinds of a row under the counts of its pivot; gives its key. */
static uint64_t draw(struct work *work, uint32_t row, size_t n)
{
    const struct shape *shape = row_shape(work, row);
    uint8_t *kinds = work->kinds + work->first[row];
    for (size_t i = 0; i < shape->n; i++) {
        uint32_t element = shape->elements[i];
        bool is_anchor =
            is_text(work, element) && (size_t)work->counts[element_symbol(element) - SYMBOL_FIRST_WORD] * 2 > n;
        kinds[i] = element_is_mark(work->vocabulary, element) ? KIND_MARK : is_anchor ? KIND_ANCHOR : KIND_GAP;
    }
    for (size_t i = 1; i + 1 < shape->n; i++) /* lists */
        if (kinds[i - 1] == KIND_GAP && kinds[i + 1] == KIND_GAP &&
            element_mark(work->vocabulary, shape->elements[i]) == ',')
            kinds[i] = KIND_GAP;
    uint64_t key = 0;
    for (size_t i = 0; i < shape->n; i++)
        if (kinds[i] != KIND_GAP)
            key = hash_mix(key * 3 + shape->elements[i] + 1);
        else if (i == 0 || kinds[i - 1] != KIND_GAP)
            key = hash_mix(key * 3 + 2);
    return key;
}

static size_t draw_all(struct work *work)
{
    size_t used = 0;
    for (uint32_t pivot = 0; pivot < work->vocabulary->words.count; pivot++) {
        size_t n = work->rows_of[pivot + 1] - work->rows_of[pivot];
        if (n < 2)
            continue;
        count_company(work, pivot, 1);
        for (size_t p = work->rows_of[pivot]; p < work->rows_of[pivot + 1]; p++) {
            uint32_t row = work->postings[p];
            if (work->pivots[row] == pivot)
                work->members[used++] = (struct hashed_row){draw(work, row, n), row};
        }
        count_company(work, pivot, 0);
    }
    return used;
}

/* Elements of gap number `gap` of a row; len 0 if there is none. */
static struct lw_span gap_span(const struct work *work, uint32_t row, size_t gap)
{
    const uint8_t *kinds = work->kinds + work->first[row];
    size_t n = row_shape(work, row)->n;
    for (size_t i = 0; i < n; i++) {
        if (kinds[i] != KIND_GAP || (i > 0 && kinds[i - 1] == KIND_GAP))
            continue;
        if (gap-- > 0)
            continue;
        size_t end = i;
        while (end < n && kinds[end] == KIND_GAP)
            end++;
        return (struct lw_span){i, end - i};
    }
    return (struct lw_span){n, 0};
}

struct gap { /* its distinct fillings, counted by what they look like */
    size_t n, soft, slots, prose, caps, many;
    bool is_first, is_enclosed, is_called;
};

static void describe_filling(const struct work *work, uint32_t row, struct lw_span span, struct gap *gap)
{
    const uint32_t *elements = row_shape(work, row)->elements + span.start;
    bool is_all_soft = true, is_prose = false, is_caps = true, is_all_slots = true;
    for (size_t i = 0; i < span.len; i++) {
        unsigned has = element_traits(work->vocabulary, elements[i]);
        bool is_unit = i > 0 && element_is_slot(elements[i - 1]) && (has & WORD_UNIT) != 0;
        is_all_slots = is_all_slots && element_is_slot(elements[i]);
        is_all_soft = is_all_soft && (is_soft(work, elements[i]) || is_unit || (has & WORD_MARK) != 0);
        is_prose = is_prose || (has & WORD_PROSE) != 0 || (span.len > 1 && (has & WORD_CAPS) != 0);
        is_caps = is_caps && (has & WORD_CAPS) != 0;
    }
    gap->n++;
    gap->soft += is_all_soft;
    gap->slots += is_all_slots;
    gap->prose += is_prose;
    gap->caps += is_caps;
    gap->many += span.len > 1;
}

/* What stands around the gap. */
static void describe_place(const struct work *work, uint32_t row, struct lw_span span, struct gap *gap)
{
    const struct shape *shape = row_shape(work, row);
    const uint32_t *elements = shape->elements;
    size_t end = span.start + span.len;
    gap->is_first = span.start == 0;
    char after = end < shape->n && (elements[end] & 1) == 0 ? element_mark(work->vocabulary, elements[end]) : '\0';
    gap->is_called = after == '(' || after == '+';
    if (span.start == 0)
        return;
    char before = element_mark(work->vocabulary, elements[span.start - 1]);
    gap->is_first = span.start == 1 && before != '\0';
    if (gap->is_first)
        return;
    bool is_glued = (elements[span.start] & 1) == 0;
    gap->is_enclosed = (is_glued && before != '\0' && strchr(":([{<\"'@#", before) != NULL) ||
                       (!is_glued && (element_traits(work->vocabulary, elements[span.start - 1]) & WORD_NOUN) != 0);
}

/* How many distinct fillings it takes to believe that they are values; 0: they are not. */
static size_t fillings_needed(const struct gap *gap, size_t anchors)
{
    size_t loose = anchors < 2 ? FILLINGS_WORD : 0;
    if (gap->is_called)
        return FILLINGS_LOOSE + loose;
    if (gap->soft == gap->n)
        return gap->is_first ? FILLINGS_SOFT + 1 : FILLINGS_SOFT;
    if (gap->caps == gap->n)
        return FILLINGS_LOOSE + loose;
    if (gap->many > 0) {
        if (gap->prose * 4 > gap->n)
            return 0;
        return (gap->is_enclosed ? FILLINGS_WORD : FILLINGS_LOOSE) + loose;
    }
    if (gap->prose * 2 >= gap->n)
        return FILLINGS_LOOSE + FILLINGS_WORD + loose;
    if (gap->slots > 0 && gap->prose == 0)
        return FILLINGS_SOFT;
    if (gap->is_enclosed && gap->prose == 0)
        return FILLINGS_SOFT + 1;
    return (gap->is_first ? FILLINGS_LOOSE : FILLINGS_WORD) + (gap->prose > 0 ? FILLINGS_WORD : 0) + loose;
}

/* Whether many of the fillings of several elements begin with the same word (work->leads[n]): then it is text. */
static bool have_lead(struct work *work, size_t n)
{
    qsort(work->leads, n, sizeof *work->leads, order_u32);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && work->leads[end] == work->leads[i];)
            end++;
        if (end - i > 2 && (end - i) * 4 > n)
            return true;
    }
    return false;
}

enum verdict {
    VERDICT_SAME,    /* there is one filling */
    VERDICT_WORDS,   /* they are text */
    VERDICT_LENGTHS, /* those of different length differ in text */
    VERDICT_VALUE,
    VERDICT_TUPLE, /* a value between each two of the same marks */
    VERDICT_VALUES /* of any number of units */
};

static uint64_t filling_hash(const struct work *work, uint32_t row, struct lw_span span)
{
    const uint32_t *elements = row_shape(work, row)->elements + span.start;
    uint64_t hash = span.len;
    for (size_t i = 0; i < span.len; i++)
        hash = hash_mix(hash * 3 + element_symbol(elements[i]));
    return hash;
}

/* Sorts the fillings of the gap into work->fillings, and keeps one of each. Returns how many. */
static size_t list_fillings(struct work *work, const struct hashed_row *members, size_t n, size_t number)
{
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t row = members[i].row;
        work->fillings[i] = (struct hashed_row){filling_hash(work, row, gap_span(work, row, number)), row};
    }
    qsort(work->fillings, n, sizeof *work->fillings, hashed_row_compare);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || work->fillings[i].hash != work->fillings[distinct - 1].hash)
            work->fillings[distinct++] = work->fillings[i];
    return distinct;
}

/* Whether the fillings[n] of gap `number` have the same marks in the same places, and one value between them. */
static bool are_tuples(const struct work *work, size_t n, size_t number)
{
    struct lw_span span = gap_span(work, work->fillings[0].row, number);
    const uint32_t *first = row_shape(work, work->fillings[0].row)->elements + span.start;
    if (span.len < 3)
        return false;
    for (size_t f = 0; f < n; f++) {
        struct lw_span other = gap_span(work, work->fillings[f].row, number);
        const uint32_t *elements = row_shape(work, work->fillings[f].row)->elements + other.start;
        if (other.len != span.len)
            return false;
        for (size_t i = 0; i < span.len; i++) {
            bool is_mark = element_is_mark(work->vocabulary, elements[i]);
            if (is_mark != (i % 2 == 1) || (is_mark && elements[i] != first[i]) ||
                element_symbol(elements[i]) == SYMBOL_VALUES)
                return false;
        }
    }
    return true;
}

static enum verdict judge(struct work *work, const struct hashed_row *members, size_t n, size_t number, size_t anchors)
{
    struct gap gap = {0, 0, 0, 0, 0, 0, false, false, false};
    bool is_single = true, is_even = true;
    size_t n_leads = 0, distinct = list_fillings(work, members, n, number), len = 0;
    if (distinct == 1)
        return VERDICT_SAME;
    for (size_t i = 0; i < distinct; i++) {
        struct lw_span span = gap_span(work, work->fillings[i].row, number);
        uint32_t lead = row_shape(work, work->fillings[i].row)->elements[span.start];
        describe_filling(work, work->fillings[i].row, span, &gap);
        if (span.len > 1 && is_text(work, lead))
            work->leads[n_leads++] = element_symbol(lead);
        is_single = is_single && span.len == 1 && element_symbol(lead) != SYMBOL_VALUES;
        is_even = is_even && (i == 0 || span.len == len);
        len = span.len;
    }
    if (have_lead(work, n_leads))
        return is_even ? VERDICT_WORDS : VERDICT_LENGTHS;
    describe_place(work, members[0].row, gap_span(work, members[0].row, number), &gap);
    size_t needed = fillings_needed(&gap, anchors);
    if (needed == 0 || gap.n < needed)
        return VERDICT_WORDS;
    return is_single ? VERDICT_VALUE : are_tuples(work, distinct, number) ? VERDICT_TUPLE : VERDICT_VALUES;
}

/* All members become the first one's shape, with slots for the gaps that hold values. */
static int unite(struct work *work, const struct hashed_row *members, size_t n, const uint8_t *verdicts)
{
    struct shape *shape = &work->shapes[work->rows[members[0].row]];
    const uint8_t *kinds = work->kinds + work->first[members[0].row];
    struct shape made = {arena_take(work->arena, shape->n * sizeof *made.elements), 0};
    if (made.elements == NULL)
        return LW_ERR_MEMORY;
    size_t gap = 0;
    for (size_t i = 0; i < shape->n; i++) {
        bool is_new = kinds[i] == KIND_GAP && (i == 0 || kinds[i - 1] != KIND_GAP);
        gap += is_new;
        uint8_t verdict = kinds[i] == KIND_GAP ? verdicts[gap - 1] : VERDICT_SAME;
        bool is_kept = verdict == VERDICT_TUPLE && element_is_mark(work->vocabulary, shape->elements[i]);
        is_new = is_new || verdict == VERDICT_TUPLE;
        if (verdict == VERDICT_SAME || is_kept)
            made.elements[made.n++] = shape->elements[i];
        else if (is_new)
            made.elements[made.n++] =
                (uint32_t)(verdict == VERDICT_VALUES ? SYMBOL_VALUES : SYMBOL_VALUE) << 1 | (shape->elements[i] & 1);
    }
    *shape = made;
    for (size_t i = 1; i < n; i++)
        work->into[work->rows[members[i].row]] = work->rows[members[0].row];
    return 0;
}

/* members[n], by row, share anchors and marks. Fillings that are no values part them. */
static int part(struct work *work, struct hashed_row *members, size_t n, int depth)
{
    uint8_t verdicts[MASK_MAX_TOKENS * 2 + 2];
    uint32_t row = members[0].row;
    const uint8_t *kinds = work->kinds + work->first[row];
    size_t gaps = 0, anchors = 0, marks = 0, words = 0, values = 0;
    for (size_t i = 0; i < row_shape(work, row)->n; i++) {
        gaps += kinds[i] == KIND_GAP && (i == 0 || kinds[i - 1] != KIND_GAP);
        anchors += kinds[i] == KIND_ANCHOR;
        marks += kinds[i] == KIND_MARK;
    }
    if (anchors == 0 && marks < 2) /* nothing says that they are one message */
        return 0;
    for (size_t g = 0; g < gaps; g++) {
        verdicts[g] = (uint8_t)judge(work, members, n, g, anchors);
        words += verdicts[g] == VERDICT_WORDS || verdicts[g] == VERDICT_LENGTHS;
        values += verdicts[g] >= VERDICT_VALUE;
    }
    if (words == 0)
        return values > 0 ? unite(work, members, n, verdicts) : 0;
    if (depth == DEPTH_MAX)
        return 0;
    for (size_t i = 0; i < n; i++) {
        members[i].hash = 0;
        for (size_t g = 0; g < gaps; g++) {
            struct lw_span span = gap_span(work, members[i].row, g);
            if (verdicts[g] == VERDICT_WORDS)
                members[i].hash = hash_mix(members[i].hash * 3 + filling_hash(work, members[i].row, span));
            else if (verdicts[g] == VERDICT_LENGTHS)
                members[i].hash = hash_mix(members[i].hash * 3 + span.len);
        }
    }
    qsort(members, n, sizeof *members, hashed_row_compare);
    int status = 0;
    for (size_t i = 0, end; i < n && status == 0; i = end) {
        for (end = i + 1; end < n && members[end].hash == members[i].hash;)
            end++;
        if (end - i > 1)
            status = part(work, members + i, end - i, depth + 1);
    }
    return status;
}

/* Families of what differs in soft words alone: all words of the text are anchors. */
static size_t draw_soft(struct work *work)
{
    for (size_t w = 0; w < work->vocabulary->words.count; w++)
        work->counts[w] = 1;
    for (uint32_t row = 0; row < work->n; row++)
        work->members[row] = (struct hashed_row){draw(work, row, 1), row};
    memset(work->counts, 0, work->vocabulary->words.count * sizeof *work->counts);
    return work->n;
}

static int part_all(struct work *work, size_t used)
{
    int status = 0;
    qsort(work->members, used, sizeof *work->members, hashed_row_compare);
    for (size_t i = 0, end; i < used && status == 0; i = end) {
        for (end = i + 1; end < used && work->members[end].hash == work->members[i].hash;)
            end++;
        if (end - i > 1)
            status = part(work, work->members + i, end - i, 0);
    }
    return status;
}

/* Rows are those that are alive. */
static void list_rows(struct work *work, size_t n)
{
    size_t elements = 0;
    work->n = 0;
    for (uint32_t i = 0; i < n; i++)
        if (work->into[i] == i) {
            work->first[work->n] = elements;
            work->rows[work->n++] = i;
            elements += work->shapes[i].n;
        }
    work->first[work->n] = elements;
}

/* What a value of several words has in common with others may tie it to them first, so there are rounds. */
static int find_families(struct work *work, size_t n)
{
    int status = part_all(work, draw_soft(work));
    size_t before = SIZE_MAX;
    list_rows(work, n);
    for (int round = 0; round < ROUNDS && status == 0 && work->n < before; round++) {
        before = work->n;
        list_words(work);
        choose_pivots(work);
        status = part_all(work, draw_all(work));
        list_rows(work, n);
    }
    return status;
}

static int work_init(struct work *work, size_t n)
{
    size_t elements, n_words = work->vocabulary->words.count;
    work->rows = alloc_array(n, sizeof *work->rows);
    work->first = alloc_array(n + 1, sizeof *work->first);
    if (work->rows == NULL || work->first == NULL)
        return LW_ERR_MEMORY;
    list_rows(work, n);
    elements = work->first[work->n];
    work->kinds = alloc_array(elements, 1);
    work->words_of = alloc_array(work->n + 1, sizeof *work->words_of);
    work->words = alloc_array(elements, sizeof *work->words);
    work->rows_of = alloc_array(n_words + 1, sizeof *work->rows_of);
    work->postings = alloc_array(elements, sizeof *work->postings);
    work->counts = alloc_array(n_words, sizeof *work->counts);
    work->pivots = alloc_array(work->n, sizeof *work->pivots);
    work->scores = alloc_array(work->n, sizeof *work->scores);
    work->members = alloc_array(work->n, sizeof *work->members);
    work->fillings = alloc_array(work->n, sizeof *work->fillings);
    work->leads = alloc_array(work->n, sizeof *work->leads);
    return work->kinds == NULL || work->words_of == NULL || work->words == NULL || work->rows_of == NULL ||
                   work->postings == NULL || work->counts == NULL || work->pivots == NULL || work->scores == NULL ||
                   work->members == NULL || work->fillings == NULL || work->leads == NULL
               ? LW_ERR_MEMORY
               : 0;
}

int families_unite(const struct vocabulary *vocabulary, struct shape *shapes, uint32_t *into, size_t n,
                   struct arena *arena)
{
    struct work work = {.vocabulary = vocabulary, .shapes = shapes, .into = into, .arena = arena};
    int status = work_init(&work, n);
    if (status == 0)
        status = find_families(&work, n);
    free(work.rows);
    free(work.first);
    free(work.kinds);
    free(work.words_of);
    free(work.words);
    free(work.rows_of);
    free(work.postings);
    free(work.counts);
    free(work.pivots);
    free(work.scores);
    free(work.members);
    free(work.fillings);
    free(work.leads);
    return status;
}
