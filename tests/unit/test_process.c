#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "tests/lib/process.h"

/* Whether a program can give the events, single letters. */
static bool accepts(const char *program, const char *letters)
{
    struct process *process = process_new(program);
    uint32_t events[64];
    size_t n = strlen(letters);

    for (size_t i = 0; i < n; i++)
        events[i] = process_find(process, letters + i, 1);
    bool is_accepted = process_accepts(process, events, n);
    process_free(process);
    return is_accepted;
}

static void operators_mean_what_they_say(void **state)
{
    (void)state;
    assert_true(accepts("a b c", "abc"));
    assert_false(accepts("a b c", "ab"));
    assert_false(accepts("a b c", "abcc"));
    assert_true(accepts("a (b | c d) e", "acde"));
    assert_false(accepts("a (b | c d) e", "abde"));
    assert_true(accepts("a (b c)*.5 d", "ad"));
    assert_true(accepts("a (b c)*.5 d", "abcbcd"));
    assert_false(accepts("a (b c)*.5 d", "abd"));
    assert_true(accepts("a b?.1 c", "ac"));
    assert_true(accepts("(a b)&(c d)&e", "caebd"));
    assert_false(accepts("(a b)&(c d)&e", "bacde"));
    assert_false(accepts("(a b)&(c d)&e", "acbd"));
    assert_true(accepts("x a&b y", "xbay"));
}

static void runs_are_accepted_and_weights_obeyed(void **state)
{
    (void)state;
    struct process *process = process_new("a (b@3 | c) (d)*.5 (e f)&(e f) g?.25");
    size_t n_b = 0, n_d = 0, n_g = 0;

    for (uint64_t t = 0; t < 4000; t++) {
        uint32_t events[100];
        struct rng rng;

        rng_init(&rng, 1, 9, t);
        size_t n = process_sample(process, &rng, events, 100);
        assert_true(process_accepts(process, events, n));
        for (size_t i = 0; i < n; i++) {
            n_b += *process_event(process, events[i]) == 'b';
            n_d += *process_event(process, events[i]) == 'd';
            n_g += *process_event(process, events[i]) == 'g';
        }
    }
    assert_in_range(n_b, 2900, 3100);
    assert_in_range(n_d, 3800, 4200);
    assert_in_range(n_g, 900, 1100);
    process_free(process);
}

static void what_is_spoilt_stays_within_bounds(void **state)
{
    (void)state;
    struct process *process = process_new("a b c d");
    size_t n_wrong = 0;

    for (uint64_t t = 0; t < 1000; t++) {
        uint32_t events[5];
        struct rng rng;

        rng_init(&rng, 1, 9, t);
        size_t n = process_noise(process, &rng, events, process_sample(process, &rng, events, 4), 5);
        assert_in_range(n, 3, 5);
        for (size_t i = 0; i < n; i++)
            assert_true(events[i] < 4);
        n_wrong += !process_accepts(process, events, n);
        n = process_cut(&rng, events, process_sample(process, &rng, events, 4));
        assert_in_range(n, 1, 3);
        assert_false(process_accepts(process, events, n));
    }
    assert_int_equal(n_wrong, 1000);
    process_free(process);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(operators_mean_what_they_say),
        cmocka_unit_test(runs_are_accepted_and_weights_obeyed),
        cmocka_unit_test(what_is_spoilt_stays_within_bounds),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
