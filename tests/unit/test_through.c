#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "generate/walk.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_machine.h"

#define LONGEST 12

static struct ways ways;

static int build(void **state)
{
    (void)state;
    struct ways_rules rules = {small_machine_odds, NULL, 1, NULL};
    return ways_build(&small_machine, &rules, &ways);
}

static int release(void **state)
{
    (void)state;
    ways_release(&ways);
    return 0;
}

/* A trace so far, and the probability of it with and without the condition. */
struct enumeration {
    const struct through *through;
    uint32_t events[LONGEST];
    double sum, all; /* over those that pass, of those enumerated */
    double worst;    /* difference of a conditional probability from the ratio */
};

static void enumerate(struct enumeration *e, uint32_t node, size_t passed, size_t n, double plain, double conditional)
{
    if (node == WAYS_END) {
        bool is_passing = passed == e->through->n;
        double wanted = is_passing ? plain / e->through->probability : 0;
        e->sum += is_passing ? plain : 0;
        e->all += plain;
        e->worst = fmax(e->worst, fabs(conditional - wanted));
        return;
    }
    if (n == LONGEST)
        return;
    const double *cumulative = e->through->cumulative + passed * ways.n_steps;
    for (size_t i = ways.first[node]; i < ways.first[node + 1]; i++) {
        double share = cumulative[i] - (i > ways.first[node] ? cumulative[i - 1] : 0);
        size_t next = passed + through_passes(e->through, passed, &ways.steps[i]);
        enumerate(e, ways.steps[i].to, next, n + 1, plain * ways.p[i], conditional * share);
    }
}

static void walks_have_exactly_the_conditional_distribution(void **state)
{
    (void)state;
    static const char *const asked[] = {"E3", "E2,E2", "E3,E2", "E2,E3,E2", "state:B", "A, C", "E1"};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct through through;
        struct lw_error err;
        if (through_init(&ways, asked[i], &through, &err) != 0)
            fail_msg("%s: %s", asked[i], err.text);
        struct enumeration e = {.through = &through};
        enumerate(&e, WAYS_START, 0, 0, 1, 1);
        assert_true(e.worst < 1e-12);
        assert_true(e.sum <= through.probability + 1e-12);
        assert_true(through.probability <= e.sum + (1 - e.all) + 1e-12); /* what was too long to enumerate */
        through_release(&through);
    }
}

static void shortest_ways_pass_what_is_left(void **state)
{
    (void)state;
    struct through through;
    assert_int_equal(through_init(&ways, "E3,E2", &through, NULL), 0);
    uint32_t node = WAYS_START;
    size_t passed = 0, steps = 0;
    while (node != WAYS_END && steps++ < LONGEST) {
        const struct way_step *step = &ways.steps[through.way_out[passed * ways.n_nodes + node]];
        passed += through_passes(&through, passed, step);
        node = step->to;
    }
    assert_int_equal(node, WAYS_END);
    assert_int_equal(passed, 2);
    through_release(&through);
}

static void what_cannot_be_passed_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
        const char *says;
    } cases[] = {
        {"E1,E1", LW_ERR_INFEASIBLE, "E1 cannot be reached after E1"},
        {"E2,E1", LW_ERR_INFEASIBLE, "E1 cannot be reached after E2"},
        {"E99", LW_ERR_NOT_FOUND, "E99"},
        {"nowhere", LW_ERR_NOT_FOUND, "nowhere"},
        {"E1,,E2", LW_ERR_USAGE, "missing"},
        {"", LW_ERR_USAGE, "missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct through through;
        struct lw_error err;
        assert_int_equal(through_init(&ways, cases[i].text, &through, &err), cases[i].code);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("%s: %s", cases[i].text, err.text);
    }
}

static int make(void *user, struct lw_error *err)
{
    struct through through;
    int rc = through_init(&ways, user, &through, err);
    if (rc == 0)
        through_release(&through);
    return rc;
}

static void memory_that_runs_out_leaves_nothing(void **state)
{
    (void)state;
    char text[] = "E3,E2";
    failalloc_each(make, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_have_exactly_the_conditional_distribution),
        cmocka_unit_test(shortest_ways_pass_what_is_left),
        cmocka_unit_test(what_cannot_be_passed_is_named),
        cmocka_unit_test(memory_that_runs_out_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, build, release);
}
