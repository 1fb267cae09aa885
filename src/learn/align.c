/*
 * The shortest edit script of Myers (1986): the furthest point on each diagonal that d edits reach, for d = 0, 1, 2
 * ...; all of these are kept, to walk back from the end. That takes time and memory by the square of the distance, not
 * by the length, so traces of millions of events that differ little are aligned as fast as they are read. Where they
 * differ much, the search is cut: the script so far, up to the furthest point, is kept, and a narrower search begins
 * there. His variant in linear space was rejected: it costs as much time, and its recursion gives nothing before it has
 * ended.
 */
#include "learn/align.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"

#define MOST_EDITS   2000
#define NARROW_EDITS 64 /* once it is not exact any more */
#define MOST_WORK    ((size_t)1 << 27)

struct aligner {
    const uint32_t *a, *b;
    size_t n_a, n_b;
    size_t *reached; /* furthest x of diagonal k after d edits at triangle(d) + k + d; SIZE_MAX where none is */
    struct lw_alignment *out;
};

/* Adds to the last edit where it goes on. */
static int add_edit(struct lw_alignment *out, enum lw_edit_kind kind, size_t a, size_t b, size_t n)
{
    struct lw_edit *last = out->n > 0 ? &out->edits[out->n - 1] : NULL;

    if (n == 0)
        return 0;
    if (kind != LW_EDIT_SAME)
        out->distance += n;
    if (last != NULL && last->kind == kind) {
        last->n += n;
        return 0;
    }
    if (alloc_grow(&out->edits, &out->cap, out->n + 1, sizeof *out->edits) != 0)
        return LW_ERR_MEMORY;
    out->edits[out->n++] = (struct lw_edit){kind, a, b, n};
    return 0;
}

static size_t *row_of(struct aligner *aligner, size_t d)
{
    return aligner->reached + d * d; /* rows of 2 d + 1 */
}

/* Where d edits get to on a diagonal before anything equal is passed over: x, or SIZE_MAX. k counts from 0 for -d. */
static size_t enter(struct aligner *aligner, size_t d, size_t k, size_t n_a, size_t n_b)
{
    size_t down = SIZE_MAX, right = SIZE_MAX;
    const size_t *before;

    if (d == 0)
        return 0;
    before = row_of(aligner, d - 1);
    if (k + 2 <= 2 * d && before[k] != SIZE_MAX) /* diagonal above: b's next is inserted */
        down = before[k];
    if (k >= 2 && before[k - 2] != SIZE_MAX)
        right = before[k - 2] + 1;
    /* y = x - (k - d) */
    if (right != SIZE_MAX && right > n_a)
        right = SIZE_MAX;
    if (down != SIZE_MAX && down + d - k > n_b)
        down = SIZE_MAX;
    return right == SIZE_MAX ? down : down == SIZE_MAX ? right : right > down ? right : down;
}

/* The script that leads to diagonal k after d edits, from (x0, y0) on. */
static int walk_back(struct aligner *aligner, size_t x0, size_t y0, size_t d, size_t k)
{
    size_t n_a = aligner->n_a - x0, n_b = aligner->n_b - y0, n = d;
    size_t *diagonals = alloc_array(d + 1, sizeof *diagonals);
    int code = 0;

    if (diagonals == NULL)
        return LW_ERR_MEMORY;
    for (size_t at = k;; n--) {
        diagonals[n] = at;
        if (n == 0)
            break;
        const size_t *before = row_of(aligner, n - 1);
        size_t x = enter(aligner, n, at, n_a, n_b);

        at = at >= 2 && before[at - 2] != SIZE_MAX && before[at - 2] + 1 == x ? at - 2 : at;
    }
    for (size_t i = 0; i <= d && code == 0; i++) {
        size_t x = enter(aligner, i, diagonals[i], n_a, n_b), y = x + i - diagonals[i];

        if (i > 0 && diagonals[i] == diagonals[i - 1] + 2)
            code = add_edit(aligner->out, LW_EDIT_ONLY_A, x0 + x - 1, y0 + y, 1);
        else if (i > 0)
            code = add_edit(aligner->out, LW_EDIT_ONLY_B, x0 + x, y0 + y - 1, 1);
        if (code == 0)
            code = add_edit(aligner->out, LW_EDIT_SAME, x0 + x, y0 + y, row_of(aligner, i)[diagonals[i]] - x);
    }
    free(diagonals);
    return code;
}

/* Aligns from (*x0, *y0) on to the end, or as far as the bounds allow, and moves the point there. */
static int search(struct aligner *aligner, size_t *x0, size_t *y0, size_t most, size_t work)
{
    size_t n_a = aligner->n_a - *x0, n_b = aligner->n_b - *y0, passed = 0, best_k = 0, best = 0;
    const uint32_t *a = aligner->a + *x0, *b = aligner->b + *y0;

    for (size_t d = 0;; d++) {
        size_t *row = row_of(aligner, d);

        best = 0;
        for (size_t k = 0; k <= 2 * d; k++) {
            size_t x = enter(aligner, d, k, n_a, n_b), start = x;

            row[k] = x;
            if (x == SIZE_MAX)
                continue;
            while (x < n_a && x + d - k < n_b && a[x] == b[x + d - k])
                x++;
            row[k] = x;
            passed += x - start + 1;
            if (2 * x + d - k >= best) {
                best = 2 * x + d - k;
                best_k = k;
            }
        }
        if (best == n_a + n_b || d == most || passed > work) {
            int code = walk_back(aligner, *x0, *y0, d, best_k);

            *x0 += row[best_k];
            *y0 += row[best_k] + d - best_k;
            return code;
        }
    }
}

static int align(struct aligner *aligner, size_t most, size_t work, const struct lw_run *run, struct lw_error *err)
{
    size_t x = 0, y = 0, narrow = most < NARROW_EDITS ? most : NARROW_EDITS;

    for (size_t i = 0; x < aligner->n_a || y < aligner->n_b; i++) {
        int code = run_check(run, err);

        if (code != 0)
            return code;
        if (i % 1000 == 0)
            run_progress(run, "aligning", x + y, aligner->n_a + aligner->n_b);
        aligner->out->is_exact = i == 0;
        if (search(aligner, &x, &y, i == 0 ? most : narrow, work) != 0)
            return fail_memory(err, "aligning traces");
    }
    return 0;
}

int align_within(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b, size_t most, size_t work,
                 const struct lw_run *run, struct lw_alignment **out, struct lw_error *err)
{
    struct aligner aligner = {a, b, n_a, n_b, NULL, alloc_zeroed(1, sizeof *aligner.out)};
    int code;

    if (most > n_a + n_b)
        most = n_a + n_b;
    most = most < 1 ? 1 : most;
    aligner.reached = alloc_array((most + 1) * (most + 1), sizeof *aligner.reached);
    if (aligner.out == NULL || aligner.reached == NULL) {
        code = fail_memory(err, "aligning traces");
    } else {
        aligner.out->is_exact = true;
        code = align(&aligner, most, work, run, err);
    }
    free(aligner.reached);
    if (code != 0)
        lw_alignment_free(aligner.out);
    else
        *out = aligner.out;
    return code;
}

int lw_align(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b, const struct lw_run *run,
             struct lw_alignment **out, struct lw_error *err)
{
    return align_within(a, n_a, b, n_b, MOST_EDITS, MOST_WORK, run, out, err);
}

void lw_alignment_free(struct lw_alignment *alignment)
{
    if (alignment == NULL)
        return;
    free(alignment->edits);
    free(alignment);
}

const struct lw_edit *lw_alignment_edits(const struct lw_alignment *alignment, size_t *n)
{
    *n = alignment->n;
    return alignment->edits;
}

size_t lw_alignment_distance(const struct lw_alignment *alignment)
{
    return alignment->distance;
}

bool lw_alignment_is_exact(const struct lw_alignment *alignment)
{
    return alignment->is_exact;
}
