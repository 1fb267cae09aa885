#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "tests/lib/failalloc.h"
#include "tests/lib/pictures.h"

static struct lw_layout *lay_out(const struct picture *picture, const struct lw_layout *previous)
{
    struct lw_layout *layout = NULL;
    struct lw_error err;

    assert_int_equal(lw_layout_new(&picture->graph, previous, NULL, &layout, &err), 0);
    return layout;
}

static void nothing_and_little(void **state)
{
    (void)state;
    struct picture picture;
    int rows, cols;

    picture_begin(&picture, 0);
    struct lw_layout *layout = lay_out(&picture, NULL);
    lw_layout_size(layout, &rows, &cols);
    assert_int_equal(rows, 0);
    assert_int_equal(cols, 0);
    lw_layout_free(layout);

    picture_begin(&picture, 1);
    layout = lay_out(&picture, NULL);
    lw_layout_size(layout, &rows, &cols);
    assert_int_equal(rows, 3);
    assert_int_equal(cols, 8);
    lw_layout_free(layout);

    picture_begin(&picture, 2);
    picture_join(&picture, 0, 1, 1);
    layout = lay_out(&picture, NULL);
    assert_layout(layout, &picture);
    assert_true(lw_layout_box(layout, 0).row < lw_layout_box(layout, 1).row);
    assert_int_equal(lw_layout_box(layout, 0).col, lw_layout_box(layout, 1).col);
    lw_layout_free(layout);
    lw_layout_free(NULL);
}

static void planar_graphs_do_not_cross(void **state)
{
    (void)state;
    struct picture picture;
    struct lw_layout *layout;

    /* a binary tree */
    picture_begin(&picture, 31);
    for (size_t v = 1; v < 31; v++)
        picture_join(&picture, (v - 1) / 2, v, v);
    layout = lay_out(&picture, NULL);
    assert_layout(layout, &picture);
    assert_int_equal(lw_layout_crossings(layout), 0);
    lw_layout_free(layout);

    /* branches that meet, with steps that are skipped, repeated and taken back */
    picture_begin(&picture, 8);
    for (size_t v = 0; v + 1 < 8; v++)
        picture_join(&picture, v, v + 1, 100);
    picture_join(&picture, 1, 3, 5);
    picture_join(&picture, 4, 7, 5);
    picture_join(&picture, 5, 4, 5);
    picture_join(&picture, 6, 6, 5);
    layout = lay_out(&picture, NULL);
    assert_layout(layout, &picture);
    assert_int_equal(lw_layout_crossings(layout), 0);
    lw_layout_free(layout);

    /* two sources, three sinks, all joined: one side must cross (Zarankiewicz) */
    picture_begin(&picture, 5);
    for (size_t a = 0; a < 2; a++)
        for (size_t b = 2; b < 5; b++)
            picture_join(&picture, a, b, 1);
    picture.graph.first = SIZE_MAX;
    layout = lay_out(&picture, NULL);
    assert_layout(layout, &picture);
    assert_true(lw_layout_crossings(layout) <= 3);
    lw_layout_free(layout);
}

static void the_first_node_is_on_top(void **state)
{
    (void)state;
    struct picture picture;

    for (size_t first = 0; first < 5; first++) {
        picture_begin(&picture, 5);
        for (size_t v = 0; v < 5; v++)
            picture_join(&picture, v, (v + 1) % 5, 1);
        picture.graph.first = first;
        struct lw_layout *layout = lay_out(&picture, NULL);
        assert_layout(layout, &picture);
        for (size_t v = 0; v < 5; v++)
            assert_true(v == first || lw_layout_box(layout, first).row < lw_layout_box(layout, v).row);
        lw_layout_free(layout);
    }
}

static void parts_loops_and_repeated_edges(void **state)
{
    (void)state;
    struct picture picture;

    picture_begin(&picture, 12);
    for (size_t v = 0; v + 1 < 12; v++)
        if (v % 4 != 3)
            for (size_t k = 0; k <= v % 3; k++)
                picture_join(&picture, v, v + 1, 1);
    for (size_t v = 0; v < 12; v += 2)
        for (size_t k = 0; k < 2; k++)
            picture_join(&picture, v, v, 3);
    for (int rows = 1; rows <= 4; rows++) {
        for (size_t v = 0; v < 12; v++)
            picture.nodes[v].rows = 1 + (rows + (int)v) % 4;
        struct lw_layout *layout = lay_out(&picture, NULL);
        assert_layout(layout, &picture);
        assert_int_equal(lw_layout_crossings(layout), 0);
        lw_layout_free(layout);
    }
}

static bool is_equal(const struct lw_layout *a, const struct lw_layout *b, const struct picture *picture)
{
    for (size_t v = 0; v < picture->graph.n_nodes; v++) {
        struct lw_layout_box x = lw_layout_box(a, v), y = lw_layout_box(b, v);

        if (memcmp(&x, &y, sizeof x) != 0)
            return false;
    }
    for (size_t i = 0; i < picture->graph.n_edges; i++) {
        size_t n, m;
        const struct lw_layout_point *x = lw_layout_line(a, i, &n), *y = lw_layout_line(b, i, &m);

        if (n != m || memcmp(x, y, n * sizeof *x) != 0)
            return false;
    }
    return true;
}

static void any_graph_is_drawn_lawfully_and_alike(void **state)
{
    (void)state;
    struct picture picture;

    for (uint64_t seed = 0; seed < 150; seed++) {
        size_t n_nodes = 2 + seed % 40;

        picture_draw(&picture, n_nodes, n_nodes + seed % 7 * n_nodes / 4, seed);
        for (size_t v = 0; v < n_nodes; v++)
            picture.nodes[v].rows = 1 + (int)((seed + v) % 3);
        if (seed % 5 == 4)
            picture.graph.first = SIZE_MAX;
        struct lw_layout *layout = lay_out(&picture, NULL), *again = lay_out(&picture, NULL);
        assert_layout(layout, &picture);
        assert_int_equal(lw_layout_left_out(layout), 0);
        assert_true(is_equal(layout, again, &picture));
        lw_layout_free(again);
        /* a hint that fits changes nothing but, perhaps, the better */
        again = lay_out(&picture, layout);
        assert_layout(again, &picture);
        lw_layout_free(again);
        lw_layout_free(layout);
    }
}

/* Without a pattern, and dense: tangles. */
static void tangles_are_drawn_lawfully(void **state)
{
    (void)state;
    struct picture picture;

    for (uint64_t seed = 0; seed < 60; seed++) {
        struct rng rng;
        size_t n_nodes = 3 + seed % 12;

        rng_init(&rng, seed, 2, 0);
        picture_begin(&picture, n_nodes);
        for (size_t i = 0; i < 5 * n_nodes; i++)
            picture_join(&picture, rng_below(&rng, n_nodes), rng_below(&rng, n_nodes), rng_below(&rng, 3));
        struct lw_layout *layout = lay_out(&picture, NULL);
        assert_layout(layout, &picture);
        lw_layout_free(layout);
    }
}

/* ---- stability -------------------------------------------------------------------------------------------------- */

struct change {
    double kept;  /* share of pairs of nodes of which neither is now on the other side of the other */
    double moved; /* mean distance in cells from where a node was */
};

static int side(int a, int b)
{
    return (a > b) - (a < b);
}

static struct change compare(const struct lw_layout *before, const struct lw_layout *after, size_t n_nodes)
{
    size_t n_kept = 0, n = 0;
    double moved = 0;

    for (size_t a = 0; a < n_nodes; a++) {
        struct lw_layout_box a_was = lw_layout_box(before, a), a_is = lw_layout_box(after, a);

        moved += abs(a_was.row - a_is.row) + abs(a_was.col - a_is.col);
        for (size_t b = 0; b < a; b++) {
            struct lw_layout_box b_was = lw_layout_box(before, b), b_is = lw_layout_box(after, b);

            n++;
            n_kept += side(a_was.row, b_was.row) * side(a_is.row, b_is.row) >= 0 &&
                      (a_was.row != b_was.row || side(a_was.col, b_was.col) * side(a_is.col, b_is.col) >= 0);
        }
    }
    return (struct change){n == 0 ? 1 : (double)n_kept / (double)n, moved / (double)n_nodes};
}

/* Taking any edge away that is not the last one into its node. */
static void what_stays_keeps_its_place(void **state)
{
    (void)state;
    struct picture picture, without;
    double worst = 1, kept = 0, moved = 0, moved_free = 0, n = 0;

    for (uint64_t seed = 0; seed < 8; seed++) {
        picture_draw(&picture, 20, 32, seed);
        struct lw_layout *layout = lay_out(&picture, NULL);

        for (size_t gone = 19; gone < 32; gone++) {
            without = picture;
            without.graph.nodes = without.nodes;
            without.graph.edges = without.edges;
            without.edges[gone] = without.edges[--without.graph.n_edges];
            struct lw_layout *after = lay_out(&without, layout), *unaware = lay_out(&without, NULL);
            struct change change = compare(layout, after, 20);

            assert_layout(after, &without);
            worst = change.kept < worst ? change.kept : worst;
            kept += change.kept;
            moved += change.moved;
            moved_free += compare(layout, unaware, 20).moved;
            n++;
            lw_layout_free(after);
            lw_layout_free(unaware);
        }
        lw_layout_free(layout);
    }
    print_message("pairs kept %.4f, worst %.3f; moved %.2f cells, without the hint %.2f\n", kept / n, worst, moved / n,
                  moved_free / n);
    assert_true(kept / n >= .99);
    assert_true(worst >= .9);
    assert_true(moved / n <= 4);
    assert_true(moved <= moved_free / 2);
}

/* ---- limits ----------------------------------------------------------------------------------------------------- */

static struct lw_layout *lay_out_large(size_t n_nodes, size_t n_edges, size_t (*to)(size_t i, size_t n))
{
    struct lw_layout_node *nodes = calloc(n_nodes, sizeof *nodes);
    struct lw_layout_edge *edges = calloc(n_edges, sizeof *edges);
    struct lw_layout *layout = NULL;

    for (size_t v = 0; v < n_nodes; v++)
        nodes[v] = (struct lw_layout_node){v, 8, 3};
    for (size_t i = 0; i < n_edges; i++)
        edges[i] = (struct lw_layout_edge){i % n_nodes, to(i, n_nodes), i, 4};
    assert_int_equal(
        lw_layout_new(&(struct lw_layout_graph){nodes, n_nodes, edges, n_edges, 0}, NULL, NULL, &layout, NULL), 0);
    free(nodes);
    free(edges);
    return layout;
}

static size_t anywhere(size_t i, size_t n)
{
    struct rng rng;

    rng_init(&rng, 1, 1, i);
    return rng_below(&rng, n);
}

static size_t next(size_t i, size_t n)
{
    return i < n ? (i + 1) % n : anywhere(i, n);
}

static size_t hub(size_t i, size_t n)
{
    return i < n ? 0 : i % 7;
}

static void ten_thousand_edges_end(void **state)
{
    (void)state;
    size_t (*const kinds[])(size_t, size_t) = {anywhere, next, hub};

    for (size_t kind = 0; kind < 3; kind++)
        for (size_t n_nodes = 200; n_nodes <= 5000; n_nodes *= 25) {
            struct lw_layout *layout = lay_out_large(n_nodes, 10000, kinds[kind]);
            size_t n_drawn = 0, n;

            for (size_t i = 0; i < 10000; i++) {
                lw_layout_line(layout, i, &n);
                n_drawn += n > 0;
            }
            assert_int_equal(n_drawn + lw_layout_left_out(layout), 10000);
            assert_true(n_drawn > 500);
            lw_layout_free(layout);
        }
}

static void wrong_graphs_are_refused(void **state)
{
    (void)state;
    struct picture picture;
    struct lw_layout *layout = NULL;
    struct lw_error err;

    picture_begin(&picture, 2);
    picture_join(&picture, 0, 2, 1);
    assert_int_equal(lw_layout_new(&picture.graph, NULL, NULL, &layout, &err), LW_ERR_USAGE);
    picture.edges[0].to = 1;
    picture.nodes[1].cols = 0;
    assert_int_equal(lw_layout_new(&picture.graph, NULL, NULL, &layout, &err), LW_ERR_USAGE);
    picture.graph.n_nodes = 20001;
    assert_int_equal(lw_layout_new(&picture.graph, NULL, NULL, &layout, &err), LW_ERR_LIMIT);
    assert_null(layout);
}

static int lay_out_once(void *user, struct lw_error *err)
{
    const struct picture *picture = user;
    struct lw_layout *layout = NULL, *again = NULL;
    int code = lw_layout_new(&picture->graph, NULL, NULL, &layout, err);

    if (code == 0)
        code = lw_layout_new(&picture->graph, layout, NULL, &again, err);
    lw_layout_free(layout);
    lw_layout_free(again);
    return code;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct picture picture;

    picture_draw(&picture, 9, 14, 3);
    failalloc_each(lay_out_once, &picture);
}

static void it_can_be_cancelled(void **state)
{
    (void)state;
    struct picture picture;
    struct lw_layout *layout = NULL;
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, NULL, NULL, NULL};

    picture_draw(&picture, 9, 14, 3);
    assert_int_equal(lw_cancel_new(&run.cancel, NULL), 0);
    lw_cancel_request(run.cancel);
    assert_int_equal(lw_layout_new(&picture.graph, NULL, &run, &layout, NULL), LW_ERR_CANCELLED);
    lw_cancel_free(run.cancel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_and_little),
        cmocka_unit_test(planar_graphs_do_not_cross),
        cmocka_unit_test(the_first_node_is_on_top),
        cmocka_unit_test(parts_loops_and_repeated_edges),
        cmocka_unit_test(any_graph_is_drawn_lawfully_and_alike),
        cmocka_unit_test(tangles_are_drawn_lawfully),
        cmocka_unit_test(what_stays_keeps_its_place),
        cmocka_unit_test(ten_thousand_edges_end),
        cmocka_unit_test(wrong_graphs_are_refused),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(it_can_be_cancelled),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
