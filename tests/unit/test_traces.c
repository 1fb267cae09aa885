#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "learn/traces.h"

/* Records 0 .. 5; record 2 belongs to both traces, 4 to none, and record 9 is not of this log. */
static struct lw_traces *make(void)
{
    struct trace_set set;
    struct lw_traces *traces = NULL;
    uint32_t *templates = calloc(6, sizeof *templates);

    for (uint32_t i = 0; i < 6; i++)
        templates[i] = i + 1;
    trace_set_init(&set);
    assert_int_equal(trace_set_begin(&set, "b", 1, NULL), 0);
    assert_int_equal(trace_set_event(&set, 1, 10, 0, NULL), 0);
    assert_int_equal(trace_set_event(&set, 3, 30, 2, NULL), 0);
    assert_int_equal(trace_set_event(&set, 6, LW_NO_TIME, 5, NULL), 0);
    assert_int_equal(trace_set_begin(&set, "a", 1, NULL), 0);
    assert_int_equal(trace_set_event(&set, 2, 20, 1, NULL), 0);
    assert_int_equal(trace_set_event(&set, 3, 30, 2, NULL), 0);
    assert_int_equal(trace_set_event(&set, 4, 40, 3, NULL), 0);
    assert_int_equal(trace_set_event(&set, 9, 90, 9, NULL), 0);
    assert_int_equal(traces_new(&set, templates, 6, &traces, NULL), 0);
    assert_int_equal(set.n_traces, 0);
    return traces;
}

static void leads_from_records_to_traces(void **state)
{
    static const uint32_t expected[6][2] = {{0}, {1}, {0, 1}, {1}, {0}, {0}};
    static const size_t counts[6] = {1, 1, 2, 1, 0, 1};
    struct lw_traces *traces = make();

    (void)state;
    for (uint64_t record = 0; record < 6; record++) {
        size_t n;
        const uint32_t *of = lw_traces_of_record(traces, record, &n);

        assert_int_equal(n, counts[record]);
        assert_memory_equal(of, expected[record], n * sizeof *of);
        assert_int_equal(lw_traces_record_template(traces, record), record + 1);
    }
    for (uint64_t record = 6; record < 12; record++) {
        size_t n = 7;

        lw_traces_of_record(traces, record, &n);
        assert_int_equal(n, 0);
        assert_int_equal(lw_traces_record_template(traces, record), LW_TEMPLATE_UNKNOWN);
    }
    lw_traces_free(traces);
}

static void gives_traces_and_variants(void **state)
{
    struct lw_traces *traces = make();
    struct lw_error err;
    struct lw_trace trace;
    struct lw_variant variant;

    (void)state;
    assert_int_equal(lw_traces_count(traces), 2);
    assert_int_equal(lw_traces_get(traces, 1, &trace, &err), 0);
    assert_int_equal(trace.name.len, 1);
    assert_memory_equal(trace.name.data, "a", 1);
    assert_int_equal(trace.n_events, 4);
    assert_int_equal(trace.times_us[0], 20);
    assert_int_equal(trace.records[2], 3);
    assert_int_equal(lw_traces_variant_count(traces), 2);
    assert_int_equal(lw_traces_variant(traces, trace.variant, &variant, &err), 0);
    assert_int_equal(variant.n_events, 4);
    assert_memory_equal(variant.templates, trace.templates, 4 * sizeof *trace.templates);
    assert_int_equal(lw_traces_find(traces, "a", 1), 1);
    assert_int_equal(lw_traces_find(traces, "c", 1), -1);
    assert_int_equal(lw_traces_get(traces, 2, &trace, &err), LW_ERR_NOT_FOUND);
    assert_int_equal(lw_traces_variant(traces, 2, &variant, &err), LW_ERR_NOT_FOUND);
    lw_traces_free(traces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leads_from_records_to_traces),
        cmocka_unit_test(gives_traces_and_variants),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
