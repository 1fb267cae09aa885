#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/rng.h"
#include "graph/simplex.h"

static int64_t cost_of(const struct simplex_edge *edges, size_t n_edges, const int32_t *ranks)
{
    int64_t cost = 0;

    for (size_t i = 0; i < n_edges; i++)
        cost += (int64_t)edges[i].weight * (ranks[edges[i].head] - ranks[edges[i].tail]);
    return cost;
}

static void assert_lawful(const struct simplex_edge *edges, size_t n_edges, const int32_t *ranks)
{
    for (size_t i = 0; i < n_edges; i++)
        assert_true(ranks[edges[i].head] - ranks[edges[i].tail] >= edges[i].length);
}

/* The least cost with ranks 0 .. most, by trying all. */
static int64_t least_cost(uint32_t n, const struct simplex_edge *edges, size_t n_edges, int32_t most)
{
    int32_t ranks[8] = {0};
    int64_t least = INT64_MAX;
    uint32_t at = 0;

    while (at < n) {
        bool is_lawful = true;

        for (size_t i = 0; i < n_edges; i++)
            is_lawful = is_lawful && ranks[edges[i].head] - ranks[edges[i].tail] >= edges[i].length;
        if (is_lawful && cost_of(edges, n_edges, ranks) < least)
            least = cost_of(edges, n_edges, ranks);
        for (at = 0; at < n && ++ranks[at] > most; at++)
            ranks[at] = 0;
    }
    return least;
}

static void finds_the_least_cost(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct simplex_edge edges[16];
        size_t n_edges = 0;
        int32_t ranks[6];
        struct rng rng;

        rng_init(&rng, seed, 1, 0);
        for (uint32_t v = 1; v < 6; v++)
            edges[n_edges++] = (struct simplex_edge){(uint32_t)rng_below(&rng, v), v, (int32_t)rng_below(&rng, 2),
                                                     (int32_t)rng_below(&rng, 5)};
        while (n_edges < 11) {
            uint32_t a = (uint32_t)rng_below(&rng, 6), b = (uint32_t)rng_below(&rng, 6);

            if (a < b)
                edges[n_edges++] =
                    (struct simplex_edge){a, b, (int32_t)rng_below(&rng, 2), (int32_t)rng_below(&rng, 5)};
        }
        assert_int_equal(simplex_solve(6, edges, n_edges, UINT64_MAX, ranks, NULL), 0);
        assert_lawful(edges, n_edges, ranks);
        assert_int_equal(cost_of(edges, n_edges, ranks), least_cost(6, edges, n_edges, 5));
    }
}

static void stops_lawfully(void **state)
{
    (void)state;
    enum { N = 300 };
    struct simplex_edge edges[3 * N];
    int32_t ranks[N];
    size_t n_edges = 0;
    struct rng rng;
    int64_t before = INT64_MAX;

    rng_init(&rng, 5, 1, 0);
    for (uint32_t v = 1; v < N; v++) {
        edges[n_edges++] = (struct simplex_edge){(uint32_t)rng_below(&rng, v), v, 1, (int32_t)rng_below(&rng, 9)};
        edges[n_edges++] = (struct simplex_edge){(uint32_t)rng_below(&rng, v), v, 2, (int32_t)rng_below(&rng, 9)};
    }
    for (uint64_t work = 0; work <= 1000000; work = 10 * work + 100) {
        assert_int_equal(simplex_solve(N, edges, n_edges, work, ranks, NULL), 0);
        assert_lawful(edges, n_edges, ranks);
        assert_true(cost_of(edges, n_edges, ranks) <= before);
        before = cost_of(edges, n_edges, ranks);
    }
}

static void refuses_cycles_and_parts(void **state)
{
    (void)state;
    const struct simplex_edge cycle[] = {{0, 1, 1, 1}, {1, 2, 1, 1}, {2, 0, 1, 1}}, parts[] = {{0, 1, 1, 1}};
    int32_t ranks[3];

    assert_int_equal(simplex_solve(3, cycle, 3, 100, ranks, NULL), LW_ERR_INPUT);
    assert_int_equal(simplex_solve(3, parts, 1, 100, ranks, NULL), LW_ERR_USAGE);
    assert_int_equal(simplex_solve(0, NULL, 0, 100, ranks, NULL), 0);
    assert_int_equal(simplex_solve(1, NULL, 0, 100, ranks, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_least_cost),
        cmocka_unit_test(stops_lawfully),
        cmocka_unit_test(refuses_cycles_and_parts),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
