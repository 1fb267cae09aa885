#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "learn/align.h"
#include "tests/lib/failalloc.h"

/* Edits without changes in place, by the table of all prefixes. */
static size_t distance_by_table(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b)
{
    size_t table[64][64];

    for (size_t i = 0; i <= n_a; i++)
        for (size_t j = 0; j <= n_b; j++) {
            if (i == 0 || j == 0) {
                table[i][j] = i + j;
                continue;
            }
            table[i][j] = 1 + (table[i - 1][j] < table[i][j - 1] ? table[i - 1][j] : table[i][j - 1]);
            if (a[i - 1] == b[j - 1] && table[i - 1][j - 1] < table[i][j])
                table[i][j] = table[i - 1][j - 1];
        }
    return table[n_a][n_b];
}

/* The edits lead from all of a to all of b, in order, and say what is the same. */
static void assert_sane(const struct lw_alignment *alignment, const uint32_t *a, size_t n_a, const uint32_t *b,
                        size_t n_b)
{
    size_t n, x = 0, y = 0, distance = 0;
    const struct lw_edit *edits = lw_alignment_edits(alignment, &n);

    for (size_t i = 0; i < n; i++) {
        assert_int_equal(edits[i].a, x);
        assert_int_equal(edits[i].b, y);
        assert_true(edits[i].n > 0);
        if (i > 0)
            assert_true(edits[i].kind != edits[i - 1].kind);
        if (edits[i].kind == LW_EDIT_SAME)
            assert_memory_equal(a + x, b + y, edits[i].n * sizeof *a);
        else
            distance += edits[i].n;
        x += edits[i].kind != LW_EDIT_ONLY_B ? edits[i].n : 0;
        y += edits[i].kind != LW_EDIT_ONLY_A ? edits[i].n : 0;
    }
    assert_int_equal(x, n_a);
    assert_int_equal(y, n_b);
    assert_int_equal(distance, lw_alignment_distance(alignment));
}

static void scripts_are_as_short_as_can_be(void **state)
{
    struct rng rng;

    (void)state;
    rng_init(&rng, 1, 0, 0);
    for (int i = 0; i < 3000; i++) {
        uint32_t a[60], b[60], letters = 1 + (uint32_t)rng_below(&rng, 6);
        size_t n_a = rng_below(&rng, 50), n_b = rng_below(&rng, 50), least;
        struct lw_alignment *alignment;

        for (size_t k = 0; k < n_a; k++)
            a[k] = (uint32_t)rng_below(&rng, letters);
        for (size_t k = 0; k < n_b; k++)
            b[k] = rng_below(&rng, 3) > 0 && k < n_a ? a[k] : (uint32_t)rng_below(&rng, letters);
        least = distance_by_table(a, n_a, b, n_b);
        assert_int_equal(lw_align(a, n_a, b, n_b, NULL, &alignment, NULL), 0);
        assert_sane(alignment, a, n_a, b, n_b);
        assert_int_equal(lw_alignment_distance(alignment), least);
        assert_true(lw_alignment_is_exact(alignment));
        lw_alignment_free(alignment);
        /* cut short, the script is still one */
        assert_int_equal(
            align_within(a, n_a, b, n_b, 1 + rng_below(&rng, 4), 1 + rng_below(&rng, 20), NULL, &alignment, NULL), 0);
        assert_sane(alignment, a, n_a, b, n_b);
        assert_true(lw_alignment_distance(alignment) >= least);
        assert_true(!lw_alignment_is_exact(alignment) || lw_alignment_distance(alignment) == least);
        lw_alignment_free(alignment);
    }
}

static void long_traces_are_aligned(void **state)
{
    enum { N = 1000000 };
    uint32_t *a = calloc(N, sizeof *a), *b = calloc(N, sizeof *b);
    struct lw_alignment *alignment;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        a[i] = (uint32_t)(i % 7);
        b[i] = i % 100000 == 5 ? 99 : a[i];
    }
    assert_int_equal(lw_align(a, N, b, N, NULL, &alignment, NULL), 0);
    assert_sane(alignment, a, N, b, N);
    assert_int_equal(lw_alignment_distance(alignment), 20);
    assert_true(lw_alignment_is_exact(alignment));
    lw_alignment_free(alignment);
    for (size_t i = 0; i < N; i++)
        b[i] = (uint32_t)(i * 2654435761u >> 28);
    assert_int_equal(lw_align(a, N, b, N, NULL, &alignment, NULL), 0);
    assert_sane(alignment, a, N, b, N);
    assert_false(lw_alignment_is_exact(alignment));
    lw_alignment_free(alignment);
    free(a);
    free(b);
}

static int align_and_release(void *user, struct lw_error *err)
{
    const uint32_t a[] = {1, 2, 3, 4, 5}, b[] = {1, 3, 4, 6, 5, 5};
    struct lw_alignment *alignment;
    int code = lw_align(a, 5, b, 6, NULL, &alignment, err);

    (void)user;
    if (code == 0)
        lw_alignment_free(alignment);
    return code;
}

static void running_out_of_memory_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    failalloc_each(align_and_release, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_are_as_short_as_can_be),
        cmocka_unit_test(long_traces_are_aligned),
        cmocka_unit_test(running_out_of_memory_is_said_and_leaves_nothing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
