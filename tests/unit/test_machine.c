#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>

#include "base/rng.h"
#include "learn/machine.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/letters.h"
#include "tests/lib/process.h"

static struct machine learn(const struct trace_set *set)
{
    struct machine machine;
    assert_int_equal(machine_learn(set, NULL, &machine, NULL), 0);
    return machine;
}

static double probability(const struct machine *machine, const char *events)
{
    uint32_t ids[64];
    size_t n = strlen(events);
    for (size_t i = 0; i < n; i++)
        ids[i] = (uint32_t)(events[i] - '@');
    return exp2(lw_machine_log2_probability(machine_public(machine), ids, n));
}

static void assert_sane(const struct trace_set *set, const struct machine *machine)
{
    uint64_t into_end = 0, steps = 0, timed = 0;
    assert_string_equal(machine->states[MACHINE_START].name, "start");
    assert_string_equal(machine->states[MACHINE_END].name, "end");
    for (uint32_t s = 0; s < machine->n_states; s++) {
        const struct machine_state *state = &machine->states[s];
        double sum = 0;
        uint64_t count = 0;
        for (uint32_t e = state->first_edge; e < state->first_edge + state->n_edges; e++) {
            const struct machine_edge *edge = &machine->edges[e];
            assert_int_equal(edge->from, s);
            assert_true(edge->to < machine->n_states && edge->to != MACHINE_START);
            if (e > state->first_edge)
                assert_true(edge[-1].count > edge->count || (edge[-1].count == edge->count && edge[-1].to < edge->to));
            sum += edge->probability;
            count += edge->count;
            timed += edge->timed;
            assert_int_equal(edge->timed == 0, edge->delays == NULL);
            into_end += edge->to == MACHINE_END ? edge->count : 0;
        }
        if (s != MACHINE_END && machine->n_traces > 0) {
            assert_int_equal(count, state->visits);
            assert_true(fabs(sum - 1) < 1e-9);
        }
        steps += count;
    }
    assert_int_equal(into_end, set->n_traces);
    assert_int_equal(steps, set->n_events + set->n_traces);
}

/* Over the learned symbols, the end and one unknown the probabilities of every step sum to 1, wherever a walk got to.
 */
static void assert_sums_to_one(const struct machine *machine, const struct machine_walk *at)
{
    const struct machine_edge *edge;
    struct machine_walk walk = *at;
    double sum = exp2(machine_step(machine, &walk, 0, true, &edge));
    walk = *at;
    sum += exp2(machine_step(machine, &walk, machine->n_symbols + 7, false, &edge));
    assert_null(edge);
    assert_int_equal(walk.state, at->state);
    for (uint32_t symbol = 1; symbol < machine->n_symbols; symbol++) {
        walk = *at;
        double bits = machine_step(machine, &walk, symbol, false, &edge);
        assert_true(isfinite(bits));
        sum += exp2(bits);
    }
    assert_true(fabs(sum - 1) < 1e-9);
}

static void walk_at_random(const struct machine *machine, unsigned n_symbols, int steps)
{
    const struct machine_edge *edge;
    struct machine_walk walk;
    struct rng rng;
    rng_init(&rng, 5, 1, 0);
    machine_walk_init(&walk);
    for (int i = 0; i < steps; i++) {
        assert_sums_to_one(machine, &walk);
        if (rng_below(&rng, 12) == 0)
            machine_walk_init(&walk);
        else
            machine_step(machine, &walk, 1 + (uint32_t)rng_below(&rng, n_symbols), false, &edge);
        assert_true(walk.state < machine->n_states && walk.state != MACHINE_END);
    }
}

static void random_traces(struct trace_set *set, uint64_t seed, size_t n)
{
    struct rng rng;
    rng_init(&rng, seed, 2, 0);
    for (size_t t = 0; t < n; t++) {
        char events[32];
        size_t len = rng_below(&rng, 20);
        for (size_t i = 0; i < len; i++) { /* each depends on the two before it */
            int before = i > 1 ? events[i - 2] - 'A' : 0;
            events[i] = (char)('A' + (rng_below(&rng, 4) == 0 ? rng_below(&rng, 5) : (uint64_t)(before + 1) % 5));
        }
        events[len] = '\0';
        letters_add(set, events, NULL);
    }
}

static void every_step_is_counted_once_and_sums_to_one(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    random_traces(&set, 11, 2000);
    struct machine machine = learn(&set);
    assert_sane(&set, &machine);
    assert_true(machine.n_states > 2 + 5); /* the order-2 dependence is found */
    walk_at_random(&machine, 6, 400);
    machine_release(&machine);
    trace_set_release(&set);
}

static void nothing_and_next_to_nothing_can_be_learned(void **state)
{
    (void)state;
    struct trace_set set;
    struct machine_walk walk;
    const struct machine_edge *edge;
    trace_set_init(&set);
    struct machine machine = learn(&set);
    assert_int_equal(machine.n_states, 2);
    machine_walk_init(&walk);
    assert_true(isfinite(machine_step(&machine, &walk, 3, false, &edge)));
    assert_true(isfinite(machine_step(&machine, &walk, 0, true, &edge)));
    assert_null(machine_expected(&machine, MACHINE_END));
    machine_release(&machine);
    letters_add(&set, "", NULL);
    machine = learn(&set);
    assert_sane(&set, &machine);
    walk_at_random(&machine, 1, 10);
    assert_true(probability(&machine, "") > .4);
    machine_release(&machine);
    trace_set_release(&set);
}

static void contexts_are_as_long_as_it_takes(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    letters_add_times(&set, "ABCD", 60);
    letters_add_times(&set, "EBCF", 60);
    struct machine machine = learn(&set);
    assert_sane(&set, &machine);
    assert_true(probability(&machine, "ABCD") > .45);
    assert_true(probability(&machine, "ABCF") < .02);
    walk_at_random(&machine, 6, 100);
    machine_release(&machine);
    trace_set_release(&set);

    /* What makes no difference to what follows is one state, by whatever events it was reached. */
    trace_set_init(&set);
    letters_add_times(&set, "ABC", 60);
    letters_add_times(&set, "ABE", 60);
    letters_add_times(&set, "DBC", 60);
    letters_add_times(&set, "DBE", 60);
    machine = learn(&set);
    assert_int_equal(machine.n_states, 2 + 3);
    machine_release(&machine);
    trace_set_release(&set);
}

/* Once all differences that are worth a state are significant, the same log over again adds none. */
static void volume_alone_makes_no_states(void **state)
{
    (void)state;
    struct trace_set some, many;
    trace_set_init(&some);
    trace_set_init(&many);
    for (int i = 0; i < 50; i++)
        random_traces(&some, 17, 40);
    for (int i = 0; i < 20; i++)
        assert_int_equal(trace_set_append(&many, &some, NULL), 0);
    struct machine small = learn(&some), large = learn(&many);
    assert_sane(&many, &large);
    assert_in_range(large.n_states, small.n_states, small.n_states * 21 / 20);
    machine_release(&small);
    machine_release(&large);
    trace_set_release(&some);
    trace_set_release(&many);
}

static void loops_go_round_as_often_as_they_did(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    letters_add_times(&set, "ABABABC", 20);
    letters_add_times(&set, "ABC", 20);
    struct machine machine = learn(&set);
    assert_sane(&set, &machine);
    assert_true(probability(&machine, "ABABC") > probability(&machine, "ABAC"));
    machine_release(&machine);
    trace_set_release(&set);
}

static void unseen_steps_end_at_what_they_are_named_after(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    letters_add_times(&set, "ABC", 50);
    struct machine machine = learn(&set);
    const struct machine_edge *edge;
    struct machine_walk walk;
    machine_walk_init(&walk);
    machine_step(&machine, &walk, 1, false, &edge);
    assert_int_equal(machine.states[walk.state].template_id, 1);
    assert_int_equal(machine_expected(&machine, walk.state)->template_id, 2);
    machine_step(&machine, &walk, 3, false, &edge);
    assert_null(edge);
    assert_int_equal(machine.states[walk.state].template_id, 3);
    assert_int_equal(machine_expected(&machine, walk.state)->to, MACHINE_END);
    uint32_t states[3];
    lw_machine_walk(machine_public(&machine), (const uint32_t[]){1, 99}, 2, states);
    assert_int_equal(states[0], MACHINE_START);
    assert_int_equal(states[2], states[1]);
    machine_release(&machine);
    trace_set_release(&set);
}

static void learning_twice_gives_the_same(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    random_traces(&set, 23, 500);
    struct machine a = learn(&set), b = learn(&set);
    assert_int_equal(a.n_states, b.n_states);
    assert_int_equal(a.n_edges, b.n_edges);
    for (size_t i = 0; i < a.n_states; i++)
        assert_string_equal(a.states[i].name, b.states[i].name);
    for (size_t i = 0; i < a.n_edges; i++) {
        assert_int_equal(a.edges[i].to, b.edges[i].to);
        assert_int_equal(a.edges[i].count, b.edges[i].count);
        assert_int_equal(a.edges[i].timed, b.edges[i].timed);
    }
    machine_release(&a);
    machine_release(&b);
    trace_set_release(&set);
}

static void the_public_view_gives_names_and_delays(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    letters_add_times(&set, "AB", 5);
    struct machine machine = learn(&set);
    const struct lw_machine *view = machine_public(&machine);
    struct lw_state at;
    struct lw_transition transition;
    struct lw_error err;
    assert_int_equal(lw_machine_state_count(view), 4);
    assert_int_equal(lw_machine_state(view, 3, &at, &err), 0);
    assert_memory_equal(at.name.data, "E2", at.name.len);
    assert_int_equal(lw_machine_state(view, 4, &at, &err), LW_ERR_NOT_FOUND);
    assert_int_equal(lw_machine_transition_count(view), 3);
    assert_int_equal(lw_machine_transition(view, 0, &transition, &err), 0);
    assert_int_equal(transition.from, MACHINE_START);
    assert_int_equal(transition.delay_p50_us, LW_NO_TIME);
    assert_int_equal(lw_machine_transition(view, 1, &transition, &err), 0);
    assert_int_equal(machine_delay_bin(transition.delay_p95_us), machine_delay_bin(10000));
    assert_int_equal(lw_machine_transition(view, 3, &transition, &err), LW_ERR_NOT_FOUND);
    machine_release(&machine);
    trace_set_release(&set);
}

static void what_was_seen_is_accepted_and_what_was_not_is_left(void **state)
{
    (void)state;
    struct trace_set set;
    size_t left_at;
    trace_set_init(&set);
    letters_add_times(&set, "ABC", 50);
    struct machine machine = learn(&set);
    const struct lw_machine *view = machine_public(&machine);
    assert_true(lw_machine_accepts(view, (const uint32_t[]){1, 2, 3}, 3, &left_at));
    assert_int_equal(left_at, 3);
    assert_false(lw_machine_accepts(view, (const uint32_t[]){1, 3, 3}, 3, &left_at));
    assert_int_equal(left_at, 1);
    assert_false(lw_machine_accepts(view, (const uint32_t[]){1, 2}, 2, &left_at));
    assert_int_equal(left_at, 2);
    assert_false(lw_machine_accepts(view, NULL, 0, &left_at));
    assert_int_equal(left_at, 0);
    machine_release(&machine);
    trace_set_release(&set);
}

/* Traces of a program, some of them spoilt, each so many times; step: how its order is changed. */
static void run_program(struct trace_set *set, const char *text, size_t n, double noise, int times, size_t step)
{
    struct process *process = process_new(text);
    size_t at = 0;
    for (size_t t = 0; t < n; t++, at = (at + step) % n) {
        struct rng rng;
        uint32_t events[200];
        rng_init(&rng, 3, 1, at);
        size_t len = process_sample(process, &rng, events, 199);
        if (rng_uniform(&rng) < noise)
            len = process_noise(process, &rng, events, len, 200);
        for (int k = 0; k < times; k++) {
            char name[40];
            assert_int_equal(trace_set_begin(set, name, (size_t)snprintf(name, sizeof name, "%zu.%d", at, k), NULL), 0);
            for (size_t i = 0; i < len; i++)
                assert_int_equal(trace_set_event(set, events[i] + 1, LW_NO_TIME, LW_NO_RECORD, NULL), 0);
        }
    }
    process_free(process);
}

static const char workers[] = "open (take do put)&(take do put) (ok | retry (ok | fail)@.1) close";

static void copies_add_no_states_and_order_changes_nothing(void **state)
{
    (void)state;
    struct trace_set once, often, shuffled;
    trace_set_init(&once);
    trace_set_init(&often);
    trace_set_init(&shuffled);
    run_program(&once, workers, 2500, .05, 1, 1);
    run_program(&often, workers, 2500, .05, 10, 1);
    run_program(&shuffled, workers, 2500, .05, 1, 1001);
    struct machine a = learn(&once), b = learn(&often), c = learn(&shuffled);
    assert_sane(&once, &a);
    assert_in_range(b.n_states, a.n_states * 95 / 100, a.n_states * 105 / 100);
    assert_int_equal(c.n_states, a.n_states);
    assert_int_equal(c.n_edges, a.n_edges);
    for (size_t i = 0; i < a.n_edges; i++) {
        assert_int_equal(a.edges[i].from, c.edges[i].from);
        assert_int_equal(a.edges[i].to, c.edges[i].to);
        assert_int_equal(a.edges[i].template_id, c.edges[i].template_id);
        assert_int_equal(a.edges[i].count, c.edges[i].count);
        assert_int_equal(a.edges[i].is_core, c.edges[i].is_core);
    }
    machine_release(&a);
    machine_release(&b);
    machine_release(&c);
    trace_set_release(&once);
    trace_set_release(&often);
    trace_set_release(&shuffled);
}

/* Two workers of three steps each, mixed, have few ways to be partly done, and many orders of doing it. What noise adds
 * is not in the core. */
static void interleaving_makes_few_states_and_noise_is_no_core(void **state)
{
    (void)state;
    struct trace_set clean, dirty;
    struct process *process = process_new(workers);
    size_t left_at, n_core = 0, n_right = 0;
    trace_set_init(&clean);
    trace_set_init(&dirty);
    run_program(&clean, workers, 3000, 0, 1, 1);
    run_program(&dirty, workers, 3000, .05, 1, 1);
    struct machine a = learn(&clean), b = learn(&dirty);
    assert_in_range(a.n_states, 10, 20);
    for (size_t s = 0; s < b.n_states; s++)
        n_core += b.states[s].is_core;
    assert_in_range(n_core, 10, 20);
    for (uint64_t t = 0; t < 1000; t++) {
        struct rng rng;
        uint32_t events[200];
        rng_init(&rng, 9, 1, t);
        size_t n = process_sample(process, &rng, events, 199);
        bool is_spoilt = t % 2 == 0;
        if (is_spoilt)
            n = process_noise(process, &rng, events, n, 200);
        bool is_lawful = process_accepts(process, events, n);
        for (size_t i = 0; i < n; i++)
            events[i]++;
        n_right += lw_machine_accepts(machine_public(&b), events, n, &left_at) == is_lawful;
        if (!is_spoilt)
            assert_true(lw_machine_accepts(machine_public(&a), events, n, &left_at));
    }
    assert_in_range(n_right, 990, 1000);
    process_free(process);
    machine_release(&a);
    machine_release(&b);
    trace_set_release(&clean);
    trace_set_release(&dirty);
}

static void one_long_trace_is_learned_by_its_contexts(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    assert_int_equal(trace_set_begin(&set, "long", 4, NULL), 0);
    for (int64_t i = 0; i < 300000; i++)
        assert_int_equal(trace_set_event(&set, (uint32_t)(i % 5 == 4 ? 1 : 1 + i % 5), i, LW_NO_RECORD, NULL), 0);
    struct machine machine = learn(&set);
    assert_sane(&set, &machine);
    assert_in_range(machine.n_states, 6, 12);
    const struct machine_edge *edge;
    struct machine_walk walk;
    double bits = 0;
    machine_walk_init(&walk);
    for (size_t i = 0; i < 1000; i++)
        bits -= machine_step(&machine, &walk, set.templates[i], false, &edge);
    assert_true(bits < 20);
    machine_release(&machine);
    trace_set_release(&set);
}

static void templates_of_its_own_for_each_trace_are_no_trouble(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    for (uint32_t t = 0; t < 20000; t++) {
        char name[24];
        assert_int_equal(trace_set_begin(&set, name, (size_t)snprintf(name, sizeof name, "%u", t), NULL), 0);
        for (uint32_t i = 0; i < 5; i++)
            assert_int_equal(trace_set_event(&set, 1 + 5 * t + i, LW_NO_TIME, LW_NO_RECORD, NULL), 0);
    }
    struct machine machine = learn(&set);
    assert_sane(&set, &machine);
    machine_release(&machine);
    trace_set_release(&set);
}

static int learn_and_release(void *user, struct lw_error *err)
{
    struct machine machine;
    int status = machine_learn(user, NULL, &machine, err);
    if (status == 0)
        machine_release(&machine);
    return status;
}

static void running_out_of_memory_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    random_traces(&set, 3, 60);
    failalloc_each(learn_and_release, &set);
    trace_set_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_is_counted_once_and_sums_to_one),
        cmocka_unit_test(nothing_and_next_to_nothing_can_be_learned),
        cmocka_unit_test(contexts_are_as_long_as_it_takes),
        cmocka_unit_test(volume_alone_makes_no_states),
        cmocka_unit_test(loops_go_round_as_often_as_they_did),
        cmocka_unit_test(unseen_steps_end_at_what_they_are_named_after),
        cmocka_unit_test(learning_twice_gives_the_same),
        cmocka_unit_test(the_public_view_gives_names_and_delays),
        cmocka_unit_test(what_was_seen_is_accepted_and_what_was_not_is_left),
        cmocka_unit_test(copies_add_no_states_and_order_changes_nothing),
        cmocka_unit_test(interleaving_makes_few_states_and_noise_is_no_core),
        cmocka_unit_test(one_long_trace_is_learned_by_its_contexts),
        cmocka_unit_test(templates_of_its_own_for_each_trace_are_no_trouble),
        cmocka_unit_test(running_out_of_memory_is_said_and_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
