#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "generate/elimination.h"
#include "logwright.h"

#define N 40

/* A chain that leaves with at least 5 % from every state; returns the matrix. */
static void fill(struct elimination *e, struct rng *rng, double m[N][N])
{
    memset(m, 0, sizeof(double[N][N]));
    for (uint32_t i = 0; i < N; i++) {
        double left = .95;
        for (int j = 0; j < 4; j++) {
            double value = left * rng_uniform(rng);
            uint32_t to = rng_u32(rng) % N;
            m[i][to] += value;
            left -= value;
            assert_int_equal(elimination_add(e, i, to, value), 0);
        }
    }
}

static void solutions_satisfy_their_equations(void **state)
{
    (void)state;
    struct elimination e;
    assert_int_equal(elimination_init(&e, N), 0);
    struct rng rng;
    rng_init(&rng, 3, 1, 0);
    for (int round = 0; round < 20; round++) {
        double m[N][N], h[N], b[N], v[N], r[N];
        elimination_clear(&e);
        e.has_order = false;
        fill(&e, &rng, m);
        for (int i = 0; i < N; i++) {
            h[i] = b[i] = rng_uniform(&rng);
            v[i] = r[i] = i == 0;
        }
        assert_int_equal(elimination_factor(&e), 0);
        elimination_solve(&e, h);
        elimination_solve_transposed(&e, v);
        for (int i = 0; i < N; i++) {
            double right = b[i], left = r[i];
            for (int j = 0; j < N; j++) {
                right += m[i][j] * h[j];
                left += m[j][i] * v[j];
            }
            assert_true(fabs(right - h[i]) < 1e-9 * (1 + fabs(h[i])));
            assert_true(fabs(left - v[i]) < 1e-9 * (1 + fabs(v[i])));
        }
    }
    elimination_release(&e);
}

static void an_endless_chain_is_refused(void **state)
{
    (void)state;
    struct elimination e;
    assert_int_equal(elimination_init(&e, 3), 0);
    assert_int_equal(elimination_add(&e, 0, 1, 1), 0);
    assert_int_equal(elimination_add(&e, 1, 2, 1), 0);
    assert_int_equal(elimination_add(&e, 2, 0, 1.5), 0);
    assert_int_equal(elimination_factor(&e), LW_ERR_INFEASIBLE);
    elimination_clear(&e);
    assert_int_equal(elimination_add(&e, 0, 0, .999999), 0);
    assert_int_equal(elimination_factor(&e), 0);
    double visits[3] = {1, 0, 0};
    elimination_solve_transposed(&e, visits);
    assert_true(fabs(visits[0] - 1e6) < 1);
    elimination_release(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solutions_satisfy_their_equations),
        cmocka_unit_test(an_endless_chain_is_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
