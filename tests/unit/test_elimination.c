#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "generate/elimination.h"
#include "logwright.h"
#include "tests/lib/failalloc.h"

#define N 40

#define WIDTH 3

struct chain {
    uint32_t from[4 * N], to[4 * N];
    double values[4 * N], dense[N][N];
};

/* A chain that leaves with at least 5 % from every state; some entries stand at one place. */
static void fill(struct chain *chain, struct rng *rng)
{
    memset(chain, 0, sizeof *chain);
    for (uint32_t i = 0; i < N; i++) {
        double left = .95;
        for (size_t j = 0; j < 4; j++) {
            double value = left * rng_uniform(rng);
            uint32_t to = rng_u32(rng) % N;
            chain->from[4 * i + j] = i;
            chain->to[4 * i + j] = to;
            chain->values[4 * i + j] = value;
            chain->dense[i][to] += value;
            left -= value;
        }
    }
}

static void scale(struct chain *chain, double by)
{
    for (size_t i = 0; i < 4 * (size_t)N; i++)
        chain->values[i] *= by;
    for (size_t i = 0; i < (size_t)N * N; i++)
        chain->dense[i / N][i % N] *= by;
}

static void assert_solved(struct elimination *e, const struct chain *chain, struct rng *rng)
{
    double h[N][WIDTH], b[N][WIDTH], v[N][WIDTH];
    for (size_t i = 0; i < (size_t)N * WIDTH; i++)
        b[i / WIDTH][i % WIDTH] = rng_uniform(rng);
    memcpy(h, b, sizeof h);
    memcpy(v, b, sizeof v);
    assert_int_equal(elimination_solve(e, &h[0][0], WIDTH), 0);
    assert_int_equal(elimination_solve_transposed(e, &v[0][0], WIDTH), 0);
    for (size_t i = 0; i < N; i++)
        for (size_t w = 0; w < WIDTH; w++) {
            double right = b[i][w], left = b[i][w];
            for (size_t j = 0; j < N; j++) {
                right += chain->dense[i][j] * h[j][w];
                left += chain->dense[j][i] * v[j][w];
            }
            assert_true(fabs(right - h[i][w]) < 1e-9 * (1 + fabs(h[i][w])));
            assert_true(fabs(left - v[i][w]) < 1e-9 * (1 + fabs(v[i][w])));
        }
}

static void solutions_satisfy_their_equations(void **state)
{
    (void)state;
    static struct chain chain;
    struct rng rng;
    rng_init(&rng, 3, 1, 0);
    for (int round = 0; round < 20; round++) {
        struct elimination e;
        fill(&chain, &rng);
        assert_int_equal(elimination_init(&e, N, chain.from, chain.to, 4 * (size_t)N, NULL), 0);
        for (int again = 0; again < 3; again++) { /* other values at the same places */
            assert_int_equal(elimination_factor(&e, chain.values), 0);
            assert_solved(&e, &chain, &rng);
            scale(&chain, again == 0 ? .5 : 1.9);
        }
        elimination_release(&e);
    }
}

static void an_endless_chain_is_refused(void **state)
{
    (void)state;
    static const uint32_t from[] = {0, 1, 2, 0}, to[] = {1, 2, 0, 0};
    static const double endless[] = {1, 1, 1.5, 0}, nearly[] = {0, 0, 0, .999999};
    struct elimination e;
    assert_int_equal(elimination_init(&e, 3, from, to, 4, NULL), 0);
    assert_int_equal(elimination_factor(&e, endless), LW_ERR_INFEASIBLE);
    assert_int_equal(elimination_factor(&e, nearly), 0);
    double visits[3] = {1, 0, 0};
    assert_int_equal(elimination_solve_transposed(&e, visits, 1), 0);
    assert_true(fabs(visits[0] - 1e6) < 1);
    elimination_release(&e);
}

static int make_and_solve(void *user, struct lw_error *err)
{
    const struct chain *chain = user;
    struct elimination e;
    double b[N] = {1};
    (void)err;
    int rc = elimination_init(&e, N, chain->from, chain->to, 4 * (size_t)N, NULL);
    if (rc != 0)
        return rc;
    rc = elimination_factor(&e, chain->values);
    if (rc == 0)
        rc = elimination_solve(&e, b, 1);
    elimination_release(&e);
    return rc;
}

static void memory_that_runs_out_leaves_nothing(void **state)
{
    (void)state;
    static struct chain chain;
    struct rng rng;
    rng_init(&rng, 4, 1, 0);
    fill(&chain, &rng);
    failalloc_each(make_and_solve, &chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solutions_satisfy_their_equations),
        cmocka_unit_test(an_endless_chain_is_refused),
        cmocka_unit_test(memory_that_runs_out_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
