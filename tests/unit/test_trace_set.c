#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "learn/trace_set.h"
#include "tests/lib/failalloc.h"

static void assert_sane(const struct trace_set *set)
{
    assert_int_equal(set->names.count, set->n_traces);
    if (set->n_traces > 0)
        assert_int_equal(set->first[0], 0);
    for (size_t t = 0; t < set->n_traces; t++)
        assert_true(set->first[t] <= set->first[t + 1]);
    if (set->n_traces > 0)
        assert_int_equal(set->first[set->n_traces], set->n_events);
    assert_true(set->n_events <= set->cap_events || set->cap_events == 0);
}

/* Letters are events: "ABC" is 1 2 3. */
static void add(struct trace_set *set, const char *name, const char *events)
{
    assert_int_equal(trace_set_begin(set, name, strlen(name), NULL), 0);
    for (size_t i = 0; events[i] != '\0'; i++)
        assert_int_equal(trace_set_event(set, (uint32_t)(events[i] - '@'), (int64_t)i, i, NULL), 0);
    assert_sane(set);
}

static void assert_trace(const struct trace_set *set, size_t trace, const char *name, const char *events)
{
    struct lw_bytes got = intern_get(&set->names, (uint32_t)trace);
    assert_int_equal(got.len, strlen(name));
    assert_memory_equal(got.data, name, got.len);
    assert_int_equal(trace_set_len(set, trace), strlen(events));
    for (size_t i = 0; events[i] != '\0'; i++)
        assert_int_equal(set->templates[set->first[trace] + i], events[i] - '@');
}

static void a_name_can_be_used_once(void **state)
{
    (void)state;
    struct trace_set set;
    struct lw_error err;
    trace_set_init(&set);
    assert_int_equal(trace_set_event(&set, 1, 0, 0, &err), LW_ERR_USAGE);
    add(&set, "one", "AB");
    assert_int_equal(trace_set_begin(&set, "one", 3, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "one"));
    assert_sane(&set);
    add(&set, "", "");
    assert_trace(&set, 1, "", "");
    trace_set_release(&set);
}

static void selecting_keeps_order_and_columns(void **state)
{
    (void)state;
    struct trace_set set, some;
    trace_set_init(&set);
    add(&set, "a", "ABC");
    add(&set, "b", "");
    add(&set, "c", "CA");
    assert_int_equal(trace_set_select(&set, (const uint32_t[]){2, 1, 0}, 3, &some, NULL), 0);
    assert_sane(&some);
    assert_trace(&some, 0, "c", "CA");
    assert_trace(&some, 1, "b", "");
    assert_trace(&some, 2, "a", "ABC");
    assert_int_equal(some.times_us[some.first[2] + 1], 1);
    assert_int_equal(some.records[some.first[0] + 1], 1);
    trace_set_release(&some);
    assert_int_equal(trace_set_select(&set, NULL, 0, &some, NULL), 0);
    assert_int_equal(some.n_traces, 0);
    trace_set_release(&some);
    assert_int_equal(trace_set_select(&set, (const uint32_t[]){0, 0}, 2, &some, NULL), LW_ERR_USAGE);
    trace_set_release(&set);
}

static void appending_renames_what_is_there(void **state)
{
    (void)state;
    struct trace_set set, more;
    trace_set_init(&set);
    trace_set_init(&more);
    add(&set, "a", "AB");
    add(&set, "a+1", "B");
    add(&more, "a", "C");
    add(&more, "b", "CC");
    assert_int_equal(trace_set_append(&set, &more, NULL), 0);
    assert_int_equal(trace_set_append(&set, &more, NULL), 0);
    assert_sane(&set);
    assert_int_equal(set.n_traces, 6);
    assert_trace(&set, 2, "a+2", "C");
    assert_trace(&set, 3, "b", "CC");
    assert_trace(&set, 4, "a+3", "C");
    assert_trace(&set, 5, "b+1", "CC");
    trace_set_release(&set);
    trace_set_release(&more);
}

static void assert_variants_sane(const struct trace_set *set, const struct variants *variants)
{
    uint64_t sum = 0;
    for (size_t v = 0; v < variants->n; v++) {
        sum += variants->counts[v];
        assert_int_equal(variants->of[variants->example[v]], v);
        if (v > 0)
            assert_true(
                variants->counts[v - 1] > variants->counts[v] ||
                (variants->counts[v - 1] == variants->counts[v] && variants->example[v - 1] < variants->example[v]));
    }
    assert_int_equal(sum, set->n_traces);
    for (size_t t = 0; t < set->n_traces; t++) {
        size_t example = variants->example[variants->of[t]], len = trace_set_len(set, t);
        assert_true(example <= t);
        assert_int_equal(len, trace_set_len(set, example));
        if (len > 0)
            assert_memory_equal(set->templates + set->first[t], set->templates + set->first[example], len * 4);
    }
}

static void variants_are_ordered_by_count_then_appearance(void **state)
{
    (void)state;
    struct trace_set set;
    struct variants variants;
    trace_set_init(&set);
    add(&set, "1", "AB");
    add(&set, "2", "BA");
    add(&set, "3", "");
    add(&set, "4", "BA");
    add(&set, "5", "ABA");
    assert_int_equal(variants_find(&set, &variants, NULL), 0);
    assert_variants_sane(&set, &variants);
    assert_int_equal(variants.n, 4);
    assert_int_equal(variants.example[0], 1);
    assert_int_equal(variants.counts[0], 2);
    assert_int_equal(variants.example[1], 0);
    assert_int_equal(variants.example[2], 2);
    variants_release(&variants);
    trace_set_release(&set);

    trace_set_init(&set);
    assert_int_equal(variants_find(&set, &variants, NULL), 0);
    assert_int_equal(variants.n, 0);
    variants_release(&variants);
    trace_set_release(&set);
}

static void variants_of_many_traces_are_exact(void **state)
{
    (void)state;
    struct trace_set set;
    struct variants variants;
    struct rng rng;
    rng_init(&rng, 7, 1, 0);
    trace_set_init(&set);
    for (int t = 0; t < 5000; t++) {
        char name[16];
        int len = snprintf(name, sizeof name, "%d", t);
        assert_int_equal(trace_set_begin(&set, name, (size_t)len, NULL), 0);
        for (uint64_t n = rng_below(&rng, 7); n > 0; n--)
            assert_int_equal(trace_set_event(&set, 1 + (uint32_t)rng_below(&rng, 3), LW_NO_TIME, LW_NO_RECORD, NULL),
                             0);
    }
    assert_int_equal(variants_find(&set, &variants, NULL), 0);
    assert_variants_sane(&set, &variants);
    for (size_t a = 0; a < variants.n; a++) /* no two variants are the same */
        for (size_t b = a + 1; b < variants.n; b++) {
            size_t len = trace_set_len(&set, variants.example[a]);
            if (len == trace_set_len(&set, variants.example[b]))
                assert_true(len > 0 && memcmp(set.templates + set.first[variants.example[a]],
                                              set.templates + set.first[variants.example[b]], len * 4) != 0);
        }
    variants_release(&variants);
    trace_set_release(&set);
}

static int copy_and_release(void *user, struct lw_error *err)
{
    struct trace_set *set = user, copy;
    struct variants variants;
    int status = trace_set_select(set, (const uint32_t[]){1, 0}, 2, &copy, err);
    if (status != 0)
        return status;
    status = trace_set_append(&copy, set, err);
    if (status == 0)
        status = variants_find(&copy, &variants, err);
    if (status == 0)
        variants_release(&variants);
    trace_set_release(&copy);
    return status;
}

static void running_out_of_memory_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    struct trace_set set;
    trace_set_init(&set);
    add(&set, "one", "ABC");
    add(&set, "two", "C");
    failalloc_each(copy_and_release, &set);
    trace_set_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_can_be_used_once),
        cmocka_unit_test(selecting_keeps_order_and_columns),
        cmocka_unit_test(appending_renames_what_is_there),
        cmocka_unit_test(variants_are_ordered_by_count_then_appearance),
        cmocka_unit_test(variants_of_many_traces_are_exact),
        cmocka_unit_test(running_out_of_memory_is_said_and_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
