#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/rng.h"
#include "learn/machine.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/letters.h"

static void learn_some(struct trace_set *set, struct machine *machine)
{
    struct rng rng;

    rng_init(&rng, 7, 1, 0);
    for (int i = 0; i < 400; i++) {
        char events[24];
        size_t n = 0;

        events[n++] = 'A';
        while (n < 20 && rng_below(&rng, 6) != 0) {
            char last = events[n - 1];

            events[n++] = (char)('A' + (last - 'A' + (int)rng_below(&rng, rng_below(&rng, 9) == 0 ? 12 : 3)) % 12);
        }
        events[n] = '\0';
        letters_add(set, events, NULL);
    }
    assert_int_equal(machine_learn(set, NULL, machine, NULL), 0);
}

/* Marks what is met from `root` along (or against) the transitions that are kept. */
static void reach(const struct machine *machine, const bool *kept, bool is_back, bool *met)
{
    bool goes_on = true;

    memset(met, 0, machine->n_states * sizeof *met);
    met[is_back ? MACHINE_END : MACHINE_START] = true;
    while (goes_on) {
        goes_on = false;
        for (size_t i = 0; i < machine->n_edges; i++) {
            uint32_t from = is_back ? machine->edges[i].to : machine->edges[i].from;
            uint32_t to = is_back ? machine->edges[i].from : machine->edges[i].to;

            if (kept[i] && met[from] && !met[to])
                met[to] = goes_on = true;
        }
    }
}

static void what_is_kept_is_a_machine_that_grows(void **state)
{
    (void)state;
    struct trace_set set;
    struct machine machine;
    uint64_t flow_before;

    trace_set_init(&set);
    learn_some(&set, &machine);
    assert_true(machine.n_edges > 60);
    bool *states = calloc(machine.n_states, sizeof *states), *edges = calloc(machine.n_edges, sizeof *edges);
    bool *met = calloc(machine.n_states, sizeof *met);

    for (int a = 0; a <= 10; a++) {
        flow_before = 0;
        for (int p = 0; p <= 10; p++) {
            struct lw_excerpt excerpt = {
                .activities = a / 10.0, .paths = p / 10.0, .states = states, .transitions = edges};
            size_t n_states = 0, n_edges = 0;

            assert_int_equal(lw_machine_excerpt(machine_public(&machine), &excerpt, NULL), 0);
            for (int is_back = 0; is_back < 2; is_back++) {
                reach(&machine, edges, is_back, met);
                for (size_t v = 0; v < machine.n_states; v++)
                    assert_true(!states[v] || met[v]);
            }
            for (size_t v = 0; v < machine.n_states; v++)
                n_states += states[v];
            for (size_t i = 0; i < machine.n_edges; i++) {
                n_edges += edges[i];
                assert_true(!edges[i] || (states[machine.edges[i].from] && states[machine.edges[i].to]));
            }
            assert_int_equal(n_states, excerpt.n_states);
            assert_int_equal(n_edges, excerpt.n_transitions);
            assert_true(excerpt.flow >= flow_before && excerpt.flow <= excerpt.total);
            flow_before = excerpt.flow;
            if (a == 10 && p == 10)
                assert_true(n_edges == machine.n_edges && n_states == machine.n_states && flow_before == excerpt.total);
            if (a == 0 && p == 0)
                assert_true(n_edges < 8);
        }
    }
    free(states);
    free(edges);
    free(met);
    machine_release(&machine);
    trace_set_release(&set);
}

static void the_usual_path_is_kept_first(void **state)
{
    (void)state;
    struct trace_set set;
    struct machine machine;
    bool states[16], edges[32];

    trace_set_init(&set);
    letters_add_times(&set, "ABD", 90);
    letters_add_times(&set, "ACD", 10);
    assert_int_equal(machine_learn(&set, NULL, &machine, NULL), 0);
    assert_true(machine.n_states <= 16 && machine.n_edges <= 32);
    struct lw_excerpt excerpt = {.states = states, .transitions = edges};

    assert_int_equal(lw_machine_excerpt(machine_public(&machine), &excerpt, NULL), 0);
    assert_int_equal(excerpt.n_transitions, 4);
    for (size_t i = 0; i < machine.n_edges; i++)
        assert_int_equal(edges[i], machine.edges[i].count >= 90);
    excerpt.paths = 1.5;
    assert_int_equal(lw_machine_excerpt(machine_public(&machine), &excerpt, NULL), LW_ERR_USAGE);
    machine_release(&machine);
    trace_set_release(&set);
}

static void no_traces_keep_nothing(void **state)
{
    (void)state;
    struct trace_set set;
    struct machine machine;
    bool states[4], edges[4];
    struct lw_excerpt excerpt = {.activities = 1, .paths = 1, .states = states, .transitions = edges};

    trace_set_init(&set);
    assert_int_equal(machine_learn(&set, NULL, &machine, NULL), 0);
    assert_int_equal(lw_machine_excerpt(machine_public(&machine), &excerpt, NULL), 0);
    assert_int_equal(excerpt.n_transitions, 0);
    assert_int_equal(excerpt.total, 0);
    machine_release(&machine);
    trace_set_release(&set);
}

static int keep_some(void *user, struct lw_error *err)
{
    bool states[16], edges[32];
    struct lw_excerpt excerpt = {.activities = .5, .paths = .5, .states = states, .transitions = edges};

    return lw_machine_excerpt(machine_public(user), &excerpt, err);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct trace_set set;
    struct machine machine;

    trace_set_init(&set);
    letters_add_times(&set, "ABD", 9);
    assert_int_equal(machine_learn(&set, NULL, &machine, NULL), 0);
    failalloc_each(keep_some, &machine);
    machine_release(&machine);
    trace_set_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_a_machine_that_grows),
        cmocka_unit_test(the_usual_path_is_kept_first),
        cmocka_unit_test(no_traces_keep_nothing),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
