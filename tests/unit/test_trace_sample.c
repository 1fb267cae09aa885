#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "learn/trace_sample.h"

static void add(struct trace_sample *sample, uint32_t trace, uint32_t sequence, const char *text)
{
    char name[16];
    int len = snprintf(name, sizeof name, "t%u", trace);
    struct lw_record record = {.time_us = -5,
                               .level = LW_LEVEL_WARN,
                               .raw = {text, strlen(text)},
                               .message_start = 1,
                               .message_len = 2,
                               .n_fields = 1,
                               .fields = {{"pid", 0, 1}}};
    assert_int_equal(trace_sample_add(sample, (struct lw_bytes){name, (size_t)len}, sequence, &record), 0);
}

static void assert_sane(const struct trace_sample *sample)
{
    assert_true(sample->n <= TRACE_SAMPLE_KEEP);
    for (uint32_t i = 0; i < sample->n; i++) {
        assert_true(i == 0 || sample->traces[i - 1].hash < sample->traces[i].hash);
        assert_true(sample->traces[i].n > 0 && sample->traces[i].n <= TRACE_SAMPLE_EVENTS);
    }
}

/* Every trace that is kept is kept from its first event on, so the n-th event of a kept trace is the n-th there was. */
static void kept_traces_are_whole(void **state)
{
    (void)state;
    struct trace_sample sample;
    trace_sample_init(&sample);
    for (uint32_t step = 0; step < 20; step++)
        for (uint32_t trace = 0; trace < 500; trace++) {
            char text[32];
            snprintf(text, sizeof text, "%u of %u", step, trace);
            add(&sample, trace, step, text);
        }
    assert_sane(&sample);
    assert_int_equal(sample.n, TRACE_SAMPLE_KEEP);
    for (uint32_t i = 0; i < sample.n; i++) {
        assert_int_equal(sample.traces[i].n, 20);
        for (uint32_t j = 0; j < 20; j++) {
            struct lw_record record;
            char names[LW_MAX_FIELDS][SAMPLED_NAME_MAX], text[32];
            assert_int_equal(sample.traces[i].events[j].sequence, j);
            assert_true(sampled_event_read(&sample.traces[i].events[j], &record, names));
            snprintf(text, sizeof text, "%u of %s", j, sample.traces[i].name + 1);
            assert_int_equal(record.raw.len, strlen(text));
            assert_memory_equal(record.raw.data, text, record.raw.len);
            assert_int_equal(record.time_us, -5);
            assert_int_equal(record.level, LW_LEVEL_WARN);
            assert_string_equal(record.fields[0].name, "pid");
        }
    }
    trace_sample_release(&sample);
}

static void merging_equals_learning_the_whole(void **state)
{
    (void)state;
    const uint32_t remap[] = {0, 1, 2, 3};
    for (uint32_t round = 0; round < 20; round++) {
        struct trace_sample whole, left, right;
        trace_sample_init(&whole);
        trace_sample_init(&left);
        trace_sample_init(&right);
        struct rng rng;
        rng_init(&rng, round, 2, 0);
        uint64_t cut = rng_below(&rng, 2000), traces = 1 + rng_below(&rng, 300);
        for (uint64_t i = 0; i < 2000; i++) {
            uint32_t trace = (uint32_t)rng_below(&rng, traces), sequence = rng_u32(&rng) % 4;
            char text[32];
            snprintf(text, sizeof text, "record %llu", (unsigned long long)i);
            add(&whole, trace, sequence, text);
            add(i < cut ? &left : &right, trace, sequence, text);
        }
        assert_int_equal(trace_sample_merge(&left, &right, remap), 0);
        assert_sane(&left);
        struct buf a = BUF_INIT, b = BUF_INIT;
        trace_sample_pack(&left, &a);
        trace_sample_pack(&whole, &b);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.data, b.data, a.len);
        buf_release(&a);
        buf_release(&b);
        trace_sample_release(&whole);
        trace_sample_release(&left);
        trace_sample_release(&right);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_traces_are_whole),
        cmocka_unit_test(merging_equals_learning_the_whole),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
