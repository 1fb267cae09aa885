#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "learn/mixture.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/letters.h"

struct learned {
    struct variants variants;
    struct machine machine;
    struct mixture mixture;
};

static void learn(const struct trace_set *set, const struct lw_run *run, struct learned *out)
{
    assert_int_equal(variants_find(set, &out->variants, NULL), 0);
    assert_int_equal(machine_learn(set, NULL, &out->machine, NULL), 0);
    assert_int_equal(mixture_learn(set, &out->variants, &out->machine, run, &out->mixture, NULL), 0);
}

static void forget(struct learned *learned)
{
    mixture_release(&learned->mixture);
    machine_release(&learned->machine);
    variants_release(&learned->variants);
}

/* log2 of each trace of a set. */
static double *score(const struct learned *learned, const struct trace_set *set)
{
    struct variants variants;
    double *log2_of = malloc((set->n_traces + 1) * sizeof *log2_of), *out = malloc((set->n_traces + 1) * sizeof *out);
    assert_int_equal(variants_find(set, &variants, NULL), 0);
    assert_int_equal(mixture_log2(&learned->mixture, set, &variants, NULL, log2_of, NULL), 0);
    for (size_t t = 0; t < set->n_traces; t++)
        out[t] = log2_of[variants.of[t]];
    variants_release(&variants);
    free(log2_of);
    return out;
}

/* A source with two states that the symbols do not give away: P(A) is .8 in one, .2 in the other; it stays with .9. */
static const double says_a[] = {.8, .2};
#define STAYS .9
#define ENDS  .1

static void draw(struct trace_set *set, int n, uint64_t seed)
{
    struct rng rng;
    rng_init(&rng, seed, 7, 0);
    for (int t = 0; t < n; t++) {
        char events[64];
        int len = 0, at = rng_uniform(&rng) < .5;
        while (len < 60 && rng_uniform(&rng) >= ENDS) {
            events[len++] = rng_uniform(&rng) < says_a[at] ? 'A' : 'B';
            at = rng_uniform(&rng) < STAYS ? at : !at;
        }
        events[len] = '\0';
        letters_add(set, events, NULL);
    }
}

static double true_log2(const uint32_t *templates, size_t n)
{
    double at[2] = {.5, .5};
    for (size_t i = 0; i < n; i++) {
        double a = at[0] * (1 - ENDS) * (templates[i] == 1 ? says_a[0] : 1 - says_a[0]);
        double b = at[1] * (1 - ENDS) * (templates[i] == 1 ? says_a[1] : 1 - says_a[1]);
        at[0] = a * STAYS + b * (1 - STAYS);
        at[1] = b * STAYS + a * (1 - STAYS);
    }
    return log2((at[0] + at[1]) * ENDS);
}

static void a_hidden_source_is_found(void **state)
{
    (void)state;
    struct trace_set set, test;
    struct learned learned;
    trace_set_init(&set);
    trace_set_init(&test);
    draw(&set, 3000, 1);
    draw(&test, 2000, 2);
    learn(&set, NULL, &learned);
    double *found = score(&learned, &test), loss = 0;
    for (size_t t = 0; t < test.n_traces; t++)
        loss += true_log2(test.templates + test.first[t], trace_set_len(&test, t)) - found[t];
    loss /= (double)test.n_traces;
    assert_true(loss > -.02 && loss < .02); /* bits a trace; suffixes of some events alone lose several times that */
    free(found);
    forget(&learned);
    trace_set_release(&set);
    trace_set_release(&test);
}

/* Adds all strings of A, B and one unknown of a length. */
static void add_all(struct trace_set *set, size_t len)
{
    size_t n = 1;
    for (size_t i = 0; i < len; i++)
        n *= 3;
    for (size_t s = 0; s < n; s++) {
        char events[16] = "";
        for (size_t i = 0, rest = s; i < len; i++, rest /= 3)
            events[i] = "ABZ"[rest % 3];
        letters_add(set, events, NULL);
    }
}

static void all_strings_together_have_probability_one(void **state)
{
    (void)state;
    struct trace_set set, all;
    struct learned learned;
    trace_set_init(&set);
    letters_add_times(&set, "", 40);
    letters_add_times(&set, "A", 40);
    letters_add_times(&set, "AB", 20);
    letters_add_times(&set, "BA", 10);
    learn(&set, NULL, &learned);
    double sum = 0;
    for (size_t len = 0; len <= 9; len++) {
        trace_set_init(&all);
        add_all(&all, len);
        double *found = score(&learned, &all);
        for (size_t t = 0; t < all.n_traces; t++)
            sum += exp2(found[t]);
        free(found);
        trace_set_release(&all);
        assert_true(sum < 1 + 1e-5);
    }
    assert_true(sum > .98);
    forget(&learned);
    trace_set_release(&set);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    struct trace_set set;
    struct learned one, three;
    struct lw_run run = {.version = LW_OPTIONS_VERSION};
    assert_int_equal(lw_executor_new(3, &run.executor, NULL), 0);
    trace_set_init(&set);
    draw(&set, 300, 3);
    learn(&set, NULL, &one);
    learn(&set, &run, &three);
    double *a = score(&one, &set), *b = score(&three, &set);
    assert_memory_equal(a, b, set.n_traces * sizeof *a);
    free(a);
    free(b);
    forget(&one);
    forget(&three);
    lw_executor_free(run.executor);
    trace_set_release(&set);
}

static void assert_can_learn(const struct trace_set *set)
{
    struct learned learned;
    struct trace_set test;
    learn(set, NULL, &learned);
    trace_set_init(&test);
    letters_add(&test, "", NULL);
    letters_add(&test, "A", NULL);
    letters_add(&test, "ZZ", NULL);
    double *found = score(&learned, &test), *own = score(&learned, set);
    for (size_t t = 0; t < test.n_traces; t++)
        assert_true(isfinite(found[t]) && found[t] < 1e-5);
    for (size_t t = 0; t < set->n_traces; t++)
        assert_true(isfinite(own[t]) && own[t] < 1e-5);
    free(found);
    free(own);
    forget(&learned);
    trace_set_release(&test);
}

static void next_to_nothing_can_be_learned_from(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    assert_can_learn(&set);
    letters_add(&set, "", NULL);
    assert_can_learn(&set);
    letters_add(&set, "AB", NULL);
    assert_can_learn(&set);
    trace_set_release(&set);
}

static void long_traces_and_many_templates_can_be_learned_from(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    assert_int_equal(trace_set_begin(&set, "long", 4, NULL), 0);
    for (uint32_t i = 0; i < 8000; i++)
        assert_int_equal(trace_set_event(&set, 1 + i % 3, LW_NO_TIME, LW_NO_RECORD, NULL), 0);
    assert_can_learn(&set);
    trace_set_release(&set);
    trace_set_init(&set);
    for (uint32_t i = 0; i < 8000; i++) {
        char name[16];
        int len = snprintf(name, sizeof name, "%u", i);
        if (i % 100 == 0)
            assert_int_equal(trace_set_begin(&set, name, (size_t)len, NULL), 0);
        assert_int_equal(trace_set_event(&set, 1 + i, LW_NO_TIME, LW_NO_RECORD, NULL), 0);
    }
    assert_can_learn(&set);
    trace_set_release(&set);
}

static int learn_and_release(void *user, struct lw_error *err)
{
    struct learned learned;
    int status = variants_find(user, &learned.variants, err);
    if (status != 0)
        return status;
    status = machine_learn(user, NULL, &learned.machine, err);
    if (status == 0) {
        status = mixture_learn(user, &learned.variants, &learned.machine, NULL, &learned.mixture, err);
        if (status == 0)
            mixture_release(&learned.mixture);
        machine_release(&learned.machine);
    }
    variants_release(&learned.variants);
    return status;
}

static void running_out_of_memory_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    letters_add_times(&set, "AB", 3);
    failalloc_each(learn_and_release, &set);
    trace_set_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hidden_source_is_found),
        cmocka_unit_test(all_strings_together_have_probability_one),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(next_to_nothing_can_be_learned_from),
        cmocka_unit_test(long_traces_and_many_templates_can_be_learned_from),
        cmocka_unit_test(running_out_of_memory_is_said_and_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
