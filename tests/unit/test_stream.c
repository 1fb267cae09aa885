#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/intern.h"
#include "generate/stream.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_generate.h"
#include "tests/lib/small_log.h"

static struct model *model, *windows;
static struct blueprint *blueprint, *in_windows;

static int make_models(void **state)
{
    if (scratch_set_up(state) != 0)
        return -1;
    model = small_model(&small_styles[0], 400);
    windows = small_model(&small_styles[3], 400);
    if (model == NULL || windows == NULL || blueprint_of_model(model, NULL, &blueprint, NULL) != 0)
        return -1;
    return blueprint_of_model(windows, NULL, &in_windows, NULL);
}

static int free_models(void **state)
{
    blueprint_free(blueprint);
    blueprint_free(in_windows);
    model_free(model);
    model_free(windows);
    return scratch_tear_down(state);
}

static struct lw_constraints *constrain(double rate)
{
    struct lw_constraints *c = small_constraints("{\"anomalies\": {\"missing\": 0.01}}");
    if (!isnan(rate))
        assert_int_equal(lw_constraints_set_record_rate(c, rate, NULL), 0);
    return c;
}

static struct lw_stream_options jsonl(void)
{
    struct lw_stream_options options = LW_STREAM_OPTIONS_INIT;
    options.as = "jsonl";
    options.start_us = INT64_C(1700000000000000);
    return options;
}

static struct stream *begin(const struct blueprint *from, const struct lw_constraints *c,
                            const struct lw_stream_options *options)
{
    struct stream *stream = NULL;
    struct lw_error err;
    if (stream_new(from, c, "machine", options, NULL, &stream, &err) != 0)
        fail_msg("%s", err.text);
    return stream;
}

/* All that comes up to a time, in steps; *last: the last part. */
static void read_upto(struct stream *stream, int64_t upto_us, int64_t step_us, struct buf *out,
                      struct lw_stream_part *last)
{
    struct lw_error err;
    int64_t now_us = 0;
    do {
        if (stream_read(stream, now_us, last, &err) != 0)
            fail_msg("%s", err.text);
        if (out != NULL)
            buf_add(out, last->text.data, last->text.len);
        if (last->next_us > now_us)
            now_us += step_us;
    } while (last->next_us < INT64_MAX && now_us <= upto_us);
}

/* What is written behind `name` in the line at `at`. */
static struct lw_bytes member(const char *at, const char *name)
{
    const char *from = strstr(at, name);
    assert_non_null(from);
    from += strlen(name);
    return (struct lw_bytes){from, strcspn(from, "\"")};
}

static void records_come_at_the_rate_in_order(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain(10000);
    struct lw_stream_options options = jsonl();
    struct stream *stream = begin(blueprint, c, &options);
    struct lw_stream_part part;
    struct buf out = BUF_INIT;
    char last[40] = "";
    uint64_t before = 0;
    for (int second = 1; second <= 5; second++) {
        struct lw_error err;
        do {
            if (stream_read(stream, second * INT64_C(1000000) - 1, &part, &err) != 0)
                fail_msg("%s", err.text);
            buf_add(&out, part.text.data, part.text.len);
        } while (part.next_us < second * INT64_C(1000000));
        assert_in_range(part.n_records - before, 8500, 11500);
        before = part.n_records;
    }
    assert_in_range(before, 48000, 52000);
    buf_add_byte(&out, 0);
    for (char *at = out.data, *end; *at != 0; at = end + 1) {
        end = strchr(at, '\n');
        *end = 0;
        struct lw_bytes time = member(at, "\"timestamp\": \"");
        assert_true(time.len < sizeof last && memcmp(last, time.data, time.len) <= 0);
        memcpy(last, time.data, time.len);
    }
    buf_release(&out);
    stream_free(stream);
    lw_constraints_free(c);
}

/* Blocks hold some 65,536 records, so here are several. */
static void traces_go_on_across_blocks_and_names_do_not_come_again(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain(100000);
    struct lw_stream_options options = jsonl();
    options.has_labels = true;
    options.traces = 20000;
    struct stream *stream = begin(blueprint, c, &options);
    struct lw_stream_part part;
    struct intern names = INTERN_INIT;
    uint64_t n = 0, missing = 0;
    struct lw_error err;
    do {
        if (stream_read(stream, INT64_MAX - 1, &part, &err) != 0)
            fail_msg("%s", err.text);
        for (const char *at = part.labels.data, *end; at < part.labels.data + part.labels.len; at = end + 1) {
            uint32_t id;
            end = memchr(at, '\n', (size_t)(part.labels.data + part.labels.len - at));
            const char *comma = memchr(at, ',', (size_t)(end - at));
            assert_int_equal(intern_add(&names, at, (size_t)(comma - at), &id), 0);
            assert_int_equal(id, n++);
            missing += strncmp(comma + 1, "missing,", 8) == 0;
        }
    } while (part.next_us < INT64_MAX);
    assert_int_equal(n, 20001); /* with the head */
    assert_int_equal(part.n_traces, 20000);
    assert_int_equal(missing, 200);
    intern_release(&names);
    stream_free(stream);
    lw_constraints_free(c);
}

static void what_comes_does_not_depend_on_when_it_is_asked_for(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain(NAN);
    struct lw_stream_options options = jsonl();
    options.duration_s = 100;
    struct buf outs[2] = {BUF_INIT, BUF_INIT};
    struct lw_stream_part part;
    for (int i = 0; i < 2; i++) {
        struct stream *stream = begin(blueprint, c, &options);
        read_upto(stream, INT64_MAX / 2, i == 0 ? 7000 : INT64_MAX / 2, &outs[i], &part);
        assert_int_equal(part.next_us, INT64_MAX);
        stream_free(stream);
    }
    assert_true(outs[0].len > 1000 && outs[0].len == outs[1].len);
    assert_memory_equal(outs[0].data, outs[1].data, outs[0].len);
    buf_release(&outs[0]);
    buf_release(&outs[1]);
    lw_constraints_free(c);
}

static void it_ends_after_as_much_as_asked(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain(1000);
    struct lw_stream_options options = jsonl();
    struct lw_stream_part part;
    options.records = 1234;
    struct stream *stream = begin(blueprint, c, &options);
    read_upto(stream, INT64_MAX / 2, 1000000, NULL, &part);
    assert_int_equal(part.n_records, 1234);
    stream_free(stream);
    options.records = 0;
    options.duration_s = 3;
    stream = begin(blueprint, c, &options);
    read_upto(stream, INT64_MAX / 2, 100000, NULL, &part);
    assert_in_range(part.n_records, 2800, 3400);
    stream_free(stream);
    lw_constraints_free(c);
}

/* Traces under way at the end have a label, by what was seen of them. */
static void the_end_labels_what_is_under_way(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain(1000);
    struct lw_stream_options options = jsonl();
    struct lw_stream_part part;
    uint64_t rows = 0;
    options.has_labels = options.has_record_labels = true;
    options.records = 500;
    struct stream *stream = begin(blueprint, c, &options);
    struct lw_error err;
    assert_int_equal(stream_read(stream, INT64_MAX - 1, &part, &err), 0);
    for (size_t i = 0; i < part.labels.len; i++)
        rows += part.labels.data[i] == '\n';
    uint64_t records = 0;
    for (size_t i = 0; i < part.record_labels.len; i++)
        records += part.record_labels.data[i] == '\n';
    assert_int_equal(records, 501);
    assert_int_equal(stream_end(stream, &part, &err), 0);
    for (size_t i = 0; i < part.labels.len; i++)
        rows += part.labels.data[i] == '\n';
    assert_int_equal(rows, part.n_traces + 1);
    stream_free(stream);
    lw_constraints_free(c);
}

static void no_trace_outlasts_what_can_be_kept(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain(1e9);
    struct lw_stream_options options = jsonl();
    struct lw_stream_part part;
    options.records = 20000;
    struct stream *stream = begin(blueprint, c, &options);
    read_upto(stream, INT64_MAX / 2, 1000, NULL, &part);
    assert_true(part.n_squeezed > 0 && part.longest_s < .0021);
    assert_int_equal(part.n_records, 20000);
    stream_free(stream);
    lw_constraints_free(c);
}

static void what_cannot_go_on_for_ever_is_refused(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain(500);
    struct lw_stream_options options = jsonl();
    struct stream *stream;
    struct lw_error err;
    assert_int_equal(stream_new(blueprint, c, "llm", &options, NULL, &stream, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "for ever"));
    assert_int_equal(stream_new(blueprint, c, "magic", &options, NULL, &stream, &err), LW_ERR_NOT_FOUND);
    assert_int_equal(stream_new(in_windows, c, "machine", &options, NULL, &stream, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "windows"));
    options.as = "sequences";
    assert_int_equal(stream_new(blueprint, c, "machine", &options, NULL, &stream, &err), LW_ERR_USAGE);
    assert_int_equal(lw_constraints_set_record_rate(c, 0, &err), LW_ERR_USAGE);
    assert_int_equal(lw_constraints_set_record_rate(c, NAN, &err), LW_ERR_USAGE);
    lw_constraints_free(c);
}

static void windows_follow_at_their_own_rate(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain(NAN);
    struct lw_stream_options options = jsonl();
    struct lw_stream_part part;
    options.traces = 50;
    struct stream *stream = begin(in_windows, c, &options);
    read_upto(stream, INT64_MAX / 2, INT64_C(60000000), NULL, &part);
    assert_int_equal(part.n_traces, 50);
    stream_free(stream);
    lw_constraints_free(c);
}

static int stream_and_release(void *user, struct lw_error *err)
{
    struct lw_stream_options options = jsonl();
    struct stream *stream;
    struct lw_stream_part part;
    options.traces = 5;
    options.has_labels = options.has_record_labels = true;
    int rc = stream_new(blueprint, user, "machine", &options, NULL, &stream, err);
    if (rc != 0)
        return rc;
    rc = stream_read(stream, INT64_MAX - 1, &part, err);
    if (rc == 0)
        rc = stream_end(stream, &part, err);
    stream_free(stream);
    return rc;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain(500);
    failalloc_each(stream_and_release, c);
    lw_constraints_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_at_the_rate_in_order),
        cmocka_unit_test(traces_go_on_across_blocks_and_names_do_not_come_again),
        cmocka_unit_test(what_comes_does_not_depend_on_when_it_is_asked_for),
        cmocka_unit_test(it_ends_after_as_much_as_asked),
        cmocka_unit_test(the_end_labels_what_is_under_way),
        cmocka_unit_test(no_trace_outlasts_what_can_be_kept),
        cmocka_unit_test(what_cannot_go_on_for_ever_is_refused),
        cmocka_unit_test(windows_follow_at_their_own_rate),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_models, free_models);
}
