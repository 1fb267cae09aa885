#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate/write.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_log.h"

struct made {
    struct model *model;
    struct blueprint *blueprint;
    struct generated generated;
    struct renderer *renderer;
    struct generated_log log;
};

static void make_by(struct made *made, const struct small_style *style, unsigned n, const char *method,
                    const char *json)
{
    struct lw_constraints *c;
    struct lw_error err;
    made->model = small_model(style, n);
    assert_non_null(made->model);
    assert_int_equal(constraints_parse("test", json, strlen(json), &c, &err), 0);
    if (blueprint_of_model(made->model, c, &made->blueprint, &err) != 0 ||
        generate_traces(made->blueprint, c, method, NULL, &made->generated, &err) != 0 ||
        renderer_new(made->blueprint, &made->generated, (uint64_t)c->seed, &made->renderer, &err) != 0)
        fail_msg("%s: %s", style->name, err.text);
    made->log = (struct generated_log){made->blueprint, &made->generated, made->renderer};
    lw_constraints_free(c);
}

static void make_of(struct made *made, const struct small_style *style, unsigned n, const char *json)
{
    make_by(made, style, n, "machine", json);
}

static void make(struct made *made, const struct small_style *style, const char *json)
{
    make_of(made, style, 300, json);
}

static void unmake(struct made *made)
{
    renderer_free(made->renderer);
    generated_release(&made->generated);
    blueprint_free(made->blueprint);
    model_free(made->model);
}

static int put_in_buf(void *to, const void *data, size_t len, struct lw_error *err)
{
    (void)err;
    buf_add(to, data, len);
    return buf_status(to);
}

static int write_into(const struct generated_log *log, const char *as, const char *format, const struct lw_run *run,
                      struct buf *out, struct lw_error *err)
{
    return write_to(log, as, format, &(struct write_sink){put_in_buf, out}, NULL, run, err);
}

static void written(const struct made *made, const char *as, const struct lw_run *run, struct buf *out)
{
    struct lw_error err;
    if (write_into(&made->log, as, NULL, run, out, &err) != 0)
        fail_msg("%s", err.text);
}

static void line_padded(struct buf *out, const char *time, const char *level, unsigned session, unsigned pid,
                        const char *message)
{
    (void)time;
    (void)level;
    (void)pid;
    buf_printf(out, "{\"pad\": \"%05000d\", \"session\": \"s-%06u\", \"msg\": \"%s\"}\n", 0, session, message);
}

/* No header was kept, since each is longer than any that is. */
static void messages_are_written_without_headers_that_are_too_long(void **state)
{
    static const struct small_style padded = {"json", "field:session", line_padded};
    struct buf text = BUF_INIT;
    struct made made;
    size_t n_lines = 0;
    (void)state;
    make_of(&made, &padded, 10, "{\"traces\": 20}");
    written(&made, "text", NULL, &text);
    for (size_t i = 0; i < text.len; i++)
        n_lines += text.data[i] == '\n';
    assert_int_equal(n_lines, made.generated.traces.n_events);
    assert_true(text.len > n_lines * 10);
    buf_release(&text);
    unmake(&made);
}

/* The key property: what is written is read back, under the same model, as the very same traces. */
static void text_reads_back_as_the_same_traces(void **state)
{
    (void)state;
    for (size_t style = 0; style < N_SMALL_STYLES; style++) {
        struct made made;
        make(&made, &small_styles[style],
             "{\"traces\": 200, \"anomalies\": {\"missing\": 0.05, \"unknown\": 0.1, \"delay\": 0.05}}");
        struct buf text = BUF_INIT;
        written(&made, "text", NULL, &text);
        struct lw_log *log;
        struct trace_rule *rule;
        struct trace_set back;
        uint32_t *templates = NULL;
        struct lw_error err;
        if (small_open("generated.log", &text, &log, &err) != 0 ||
            trace_rule_parse(small_styles[style].rule, &rule, &err) != 0 ||
            model_match_log(made.model, log, rule, NULL, &back, &templates, &err) != 0)
            fail_msg("%s: %s", small_styles[style].name, err.text);
        const struct trace_set *set = &made.generated.traces;
        assert_int_equal(lw_log_count(log), set->n_events);
        assert_int_equal(back.n_traces, set->n_traces);
        for (uint32_t t = 0; t < set->n_traces; t++) {
            struct lw_bytes name = intern_get(&set->names, t);
            uint32_t other = intern_find(&back.names, name.data, name.len);
            assert_int_not_equal(other, INTERN_NONE);
            assert_int_equal(trace_set_len(set, t), trace_set_len(&back, other));
            assert_memory_equal(set->templates + set->first[t], back.templates + back.first[other],
                                trace_set_len(set, t) * sizeof(uint32_t));
            for (size_t i = 0; i < trace_set_len(set, t); i++) {
                int64_t gone = set->times_us[set->first[t] + i] - back.times_us[back.first[other] + i];
                assert_true(gone >= -1000000 && gone < 1000000);
            }
        }
        free(templates);
        trace_set_release(&back);
        trace_rule_free(rule);
        lw_log_free(log);
        buf_release(&text);
        unmake(&made);
    }
}

static void bytes_depend_on_the_seed_alone(void **state)
{
    (void)state;
    struct lw_executor *executor;
    assert_int_equal(lw_executor_new(3, &executor, NULL), 0);
    struct lw_run run = {LW_OPTIONS_VERSION, executor, NULL, NULL, NULL};
    static const char *const shapes[] = {"text", "jsonl", "sequences"};
    struct made a, b, c;
    make(&a, &small_styles[0], "{\"traces\": 300, \"seed\": 3}");
    make(&b, &small_styles[0], "{\"traces\": 300, \"seed\": 3}");
    make(&c, &small_styles[0], "{\"traces\": 300, \"seed\": 4}");
    for (size_t i = 0; i < 3; i++) {
        struct buf x = BUF_INIT, y = BUF_INIT, z = BUF_INIT;
        written(&a, shapes[i], NULL, &x);
        written(&b, shapes[i], &run, &y);
        written(&c, shapes[i], NULL, &z);
        assert_int_equal(x.len, y.len);
        assert_memory_equal(x.data, y.data, x.len);
        assert_true(x.len != z.len || memcmp(x.data, z.data, x.len) != 0);
        buf_release(&x);
        buf_release(&y);
        buf_release(&z);
    }
    unmake(&a);
    unmake(&b);
    unmake(&c);
    lw_executor_free(executor);
}

/* A session's process and user are the session's throughout, and no two sessions share a process. */
static void values_that_belong_together_stay_together(void **state)
{
    (void)state;
    struct made made;
    make(&made, &small_styles[0], "{\"traces\": 100}");
    struct render_scratch scratch;
    render_scratch_init(&scratch);
    const struct trace_set *set = &made.generated.traces;
    char pids[100][16];
    for (size_t t = 0; t < 100; t++) {
        char user[16] = "";
        pids[t][0] = 0;
        for (size_t i = set->first[t]; i < set->first[t + 1]; i++) {
            char pid[16], who[16];
            assert_int_equal(render_record(made.renderer, i, &scratch, NULL), 0);
            assert_int_equal(sscanf(scratch.text.data, "%*s %*s %*s [%15[0-9]]", pid), 1);
            if (pids[t][0] != 0)
                assert_string_equal(pids[t], pid);
            strcpy(pids[t], pid);
            const char *at = strstr(scratch.text.data, "user=");
            if (at == NULL || sscanf(at, "user=%15[a-z0-9]", who) != 1)
                continue;
            if (user[0] != 0)
                assert_string_equal(user, who);
            strcpy(user, who);
        }
        for (size_t other = 0; other < t; other++)
            if (strcmp(pids[t], pids[other]) == 0)
                fail_msg("two sessions share process %s", pids[t]);
    }
    render_scratch_release(&scratch);
    unmake(&made);
}

/* Lines of a level, and those of them that say a text. */
static void count_level(const struct buf *text, const char *level, const char *says, size_t counts[2])
{
    counts[0] = counts[1] = 0;
    for (const char *line = text->data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        const char *found = strstr(line, level), *said = strstr(line, says);
        counts[0] += found != NULL && found < end;
        counts[1] += found != NULL && found < end && said != NULL && said < end;
    }
}

/* "template" writes events as they are; "random" keeps how many have a level, but not which. */
static void only_random_tears_headers_off(void **state)
{
    (void)state;
    size_t of_random[2], of_template[2];
    struct made made;
    struct buf text = BUF_INIT;
    make_by(&made, &small_styles[0], 300, "template", "{\"traces\": 500}");
    written(&made, "text", NULL, &text);
    buf_add(&text, "", 1);
    count_level(&text, " ERROR ", "deadlock", of_template);
    assert_true(of_template[0] > 20 && of_template[1] == of_template[0]);
    unmake(&made);
    buf_clear(&text);
    make_by(&made, &small_styles[0], 300, "random", "{\"traces\": 500}");
    written(&made, "text", NULL, &text);
    buf_add(&text, "", 1);
    count_level(&text, " ERROR ", "deadlock", of_random);
    assert_true(of_random[0] > of_template[0] / 2 && of_random[0] < of_template[0] * 2);
    assert_true(of_random[1] < of_random[0] / 2);
    unmake(&made);
    buf_release(&text);
}

static void json_lines_are_json(void **state)
{
    (void)state;
    for (size_t style = 0; style < N_SMALL_STYLES; style++) {
        struct made made;
        make(&made, &small_styles[style], "{\"traces\": 50, \"anomalies\": {\"unknown\": 0.2}}");
        struct buf text = BUF_INIT;
        written(&made, "jsonl", NULL, &text);
        size_t n = 0, n_parameters = 0;
        for (char *line = strtok(text.data, "\n"); line != NULL; line = strtok(NULL, "\n"), n++) {
            struct json_object *object = json_tokener_parse(line), *value;
            if (object == NULL)
                fail_msg("not JSON: %s", line);
            static const char *const keys[] = {"timestamp", "service", "level", "error_type", "message", "context"};
            static const char *const inner[] = {"trace", "template", "parameters"};
            for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
                assert_true(json_object_object_get_ex(object, keys[i], &value));
            for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
                assert_true(json_object_object_get_ex(json_object_object_get(object, "context"), inner[i], &value));
            const char *message = json_object_get_string(json_object_object_get(object, "message"));
            assert_true(strchr(message, '\\') == NULL);
            for (size_t i = 0; i < json_object_array_length(value); i++)
                assert_non_null(strstr(message, json_object_get_string(json_object_array_get_idx(value, i))));
            bool is_error = strcmp(json_object_get_string(json_object_object_get(object, "level")), "error") == 0;
            assert_true((json_object_object_get(object, "error_type") != NULL) == is_error);
            n_parameters += json_object_array_length(value);
            json_object_put(object);
        }
        assert_int_equal(n, made.generated.traces.n_events);
        assert_true(n_parameters > n / 2);
        buf_release(&text);
        unmake(&made);
    }
}

/* In another format the records are the same, in time, level, component and message. */
/* A maker that has made no line before matches the message; one that has takes parameters from how it was rendered. */
static void parameters_are_those_that_matching_finds(void **state)
{
    (void)state;
    for (size_t style = 0; style < N_SMALL_STYLES; style++) {
        struct made made;
        struct buf all = BUF_INIT, one = BUF_INIT;
        size_t n_parameters = 0;
        make(&made, &small_styles[style], "{\"traces\": 100, \"anomalies\": {\"parameter\": 0.1, \"unknown\": 0.1}}");
        written(&made, "jsonl", NULL, &all);
        for (size_t i = 0; i < made.generated.traces.n_events; i++) {
            struct line_maker *maker;
            uint32_t height;
            assert_int_equal(line_maker_new(&made.log, "jsonl", NULL, &maker, NULL), 0);
            assert_int_equal(line_maker_add(maker, &made.log, i, &one, &height, NULL), 0);
            line_maker_free(maker);
        }
        for (const char *at = one.data; (at = strstr(at, "\"parameters\": [\"")) != NULL; at++)
            n_parameters++;
        assert_true(n_parameters > 100);
        assert_int_equal(one.len, all.len);
        assert_memory_equal(one.data, all.data, all.len);
        buf_release(&all);
        buf_release(&one);
        unmake(&made);
    }
}

static void another_format_says_the_same(void **state)
{
    (void)state;
    static const char *const names[] = {"logback", "syslog5424", "log4j", "csv"};
    for (size_t style = 0; style < N_SMALL_STYLES; style++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            struct made made;
            struct buf own = BUF_INIT, other = BUF_INIT;
            struct lw_log *a, *b;
            struct lw_reader *in_a, *in_b;
            struct lw_error err;
            make(&made, &small_styles[style], "{\"traces\": 40}");
            written(&made, "text", NULL, &own);
            if (write_into(&made.log, "text", names[i], NULL, &other, &err) != 0 ||
                small_open("own.log", &own, &a, &err) != 0 || small_open("other.log", &other, &b, &err) != 0)
                fail_msg("%s: %s", names[i], err.text);
            assert_int_equal(lw_reader_new(a, &in_a, NULL), 0);
            assert_int_equal(lw_reader_new(b, &in_b, NULL), 0);
            size_t n_before = lw_log_count(b) - lw_log_count(a);
            assert_int_equal(n_before, strcmp(names[i], "csv") == 0);
            for (size_t k = 0; k < lw_log_count(a); k++) {
                struct lw_record x, y;
                assert_int_equal(lw_reader_get(in_a, k, &x, NULL), 0);
                assert_int_equal(lw_reader_get(in_b, n_before + k, &y, NULL), 0);
                if (x.time_us / 1000000 != y.time_us / 1000000 || x.level != y.level)
                    fail_msg("%s: %.*s was %.*s", names[i], (int)y.raw.len, y.raw.data, (int)x.raw.len, x.raw.data);
                if (x.component.len > 0) {
                    assert_int_equal(x.component.len, y.component.len);
                    assert_memory_equal(x.component.data, y.component.data, x.component.len);
                }
                /* What JSON and logfmt quote is longer in the source by its escapes, and in CSV by doubled quotes. */
                if (strcmp(small_styles[style].name, "json") != 0 && strcmp(names[i], "csv") != 0) {
                    assert_int_equal(x.message_len, y.message_len);
                    assert_memory_equal(x.raw.data + x.message_start, y.raw.data + y.message_start, x.message_len);
                }
            }
            lw_reader_free(in_a);
            lw_reader_free(in_b);
            lw_log_free(a);
            lw_log_free(b);
            buf_release(&own);
            buf_release(&other);
            unmake(&made);
        }
}

static int save_labels(const struct generated_log *log, const struct line_heights *heights, const char *traces_path,
                       const char *records_path, struct lw_error *err)
{
    struct outfile traces, records;
    int rc = outfile_open(&traces, traces_path, err);
    if (rc != 0)
        return rc;
    rc = outfile_open(&records, records_path, err);
    if (rc == 0)
        rc = write_labels(log, heights, &traces, &records, err);
    if (rc == 0)
        rc = outfile_commit(&traces, err);
    if (rc == 0)
        return outfile_commit(&records, err);
    if (traces.stream != NULL)
        outfile_abort(&traces);
    if (records.stream != NULL)
        outfile_abort(&records);
    return rc;
}

/* Labels of records: one for each, by the line it begins in; as many anomalous ones as events, and their root is the
 * line of the first of their trace. */
static void records_have_labels_with_their_root(void **state)
{
    (void)state;
    struct made made;
    struct buf text = BUF_INIT, again = BUF_INIT;
    struct line_heights heights;
    struct lw_error err;
    make(&made, &small_styles[0], "{\"traces\": 200, \"anomalies\": {\"unknown\": 0.2, \"repeated\": 0.1}}");
    assert_int_equal(write_to(&made.log, "text", NULL, &(struct write_sink){put_in_buf, &text}, &heights, NULL, &err),
                     0);
    const char *traces_path = scratch_path("traces.csv"), *records_path = strdup(scratch_path("records.csv"));
    char *kept = strdup(traces_path);
    assert_int_equal(save_labels(&made.log, &heights, kept, records_path, &err), 0);
    FILE *records = fopen(records_path, "r");
    char line[200], label[40], name[40], root[20];
    unsigned number, n = 0, n_anomalous = 0;
    const char *at = text.data;
    assert_non_null(fgets(line, sizeof line, records));
    assert_string_equal(line, "line,label,trace,root\n");
    while (fgets(line, sizeof line, records) != NULL) {
        root[0] = '\0';
        assert_true(sscanf(line, "%u,%39[^,],%39[^,],%19[0-9]", &number, label, name, root) >= 3);
        assert_int_equal(number, ++n);
        const char *end = strchr(at, '\n'), *found = strstr(at, name);
        if (found == NULL || found > end)
            fail_msg("%s is not in %.*s", name, (int)(end - at), at);
        at = end + 1;
        assert_true((strcmp(label, "normal") == 0) == (root[0] == '\0'));
        n_anomalous += root[0] != '\0';
    }
    fclose(records);
    unsigned expected = 0, n_roots = 0;
    for (size_t i = 0; i < made.generated.traces.n_events; i++)
        expected += made.generated.event_kinds[i] != ANOMALY_NONE;
    assert_int_equal(n, made.generated.traces.n_events);
    assert_int_equal(n_anomalous, expected);
    assert_true(expected >= 60);
    FILE *traces = fopen(kept, "r");
    assert_non_null(fgets(line, sizeof line, traces));
    assert_string_equal(line, "trace,label,root_record\n");
    while (fgets(line, sizeof line, traces) != NULL)
        n_roots += sscanf(line, "%39[^,],%39[^,],%u", name, label, &number) == 3;
    fclose(traces);
    assert_int_equal(n_roots, 60);
    free(kept);
    free((void *)(uintptr_t)records_path);
    free(heights.of_records);
    buf_release(&text);
    buf_release(&again);
    unmake(&made);
}

static void a_sample_is_how_the_text_begins(void **state)
{
    (void)state;
    struct made made;
    make(&made, &small_styles[1], "{\"traces\": 30, \"anomalies\": {\"unknown\": 0.4}}");
    struct buf text = BUF_INIT;
    written(&made, "text", NULL, &text);
    for (size_t max = 0; max < 1000; max += 37) {
        struct buf sample = BUF_INIT, marks = BUF_INIT;
        size_t n_lines = 0;
        assert_int_equal(write_sample(&made.log, max, &sample, &marks, NULL), 0);
        assert_true(sample.len <= max);
        for (size_t i = 0; i < sample.len; i++)
            n_lines += sample.data[i] == '\n';
        assert_int_equal(marks.len, n_lines);
        buf_release(&marks);
        if (sample.len > 0) {
            assert_memory_equal(sample.data, text.data, sample.len);
            assert_int_equal(sample.data[sample.len - 1], '\n');
        }
        buf_release(&sample);
    }
    struct buf whole = BUF_INIT, marks = BUF_INIT;
    size_t n_events = 0, n_marked = 0;
    assert_int_equal(write_sample(&made.log, SIZE_MAX, &whole, &marks, NULL), 0);
    for (size_t e = 0; e < made.generated.traces.n_events; e++)
        n_events += made.generated.event_kinds[e] != ANOMALY_NONE;
    for (size_t i = 0; i < marks.len; i++)
        n_marked += marks.data[i] == '!';
    assert_true(n_events > 0 && n_marked == n_events); /* a record of this log is a line */
    buf_release(&whole);
    buf_release(&marks);
    struct lw_error err;
    assert_int_equal(write_into(&made.log, "poem", NULL, NULL, &text, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "jsonl"));
    buf_release(&text);
    unmake(&made);
}

/* Generates a few traces from a model that is there, and writes them. */
static int generate_and_write(void *user, struct lw_error *err)
{
    const struct model *model = user;
    static const char json[] = "{\"traces\": 3, \"levels\": {\"error\": 0.1}, \"anomalies\": {\"unknown\": 0.4}}";
    struct lw_constraints *c = NULL;
    struct generated generated = {.kinds = NULL};
    struct renderer *renderer = NULL;
    struct blueprint *blueprint = NULL;
    struct buf sample = BUF_INIT, text = BUF_INIT;
    struct line_heights heights = {NULL, 0};
    int rc = constraints_parse("test", json, sizeof json - 1, &c, err);
    trace_set_init(&generated.traces);
    if (rc == 0)
        rc = blueprint_of_model(model, c, &blueprint, err);
    if (rc == 0)
        rc = generate_traces(blueprint, c, "machine", NULL, &generated, err);
    if (rc == 0)
        rc = renderer_new(blueprint, &generated, 1, &renderer, err);
    struct generated_log log = {blueprint, &generated, renderer};
    if (rc == 0)
        rc = write_sample(&log, 500, &sample, NULL, err);
    if (rc == 0)
        rc = write_to(&log, "jsonl", NULL, &(struct write_sink){put_in_buf, &text}, &heights, NULL, err);
    if (rc == 0)
        rc = write_into(&log, "text", "syslog", NULL, &text, err);
    if (rc == 0)
        rc = save_labels(&log, &heights, scratch_path("failing.csv"), scratch_path("failing-records.csv"), err);
    free(heights.of_records);
    buf_release(&text);
    buf_release(&sample);
    renderer_free(renderer);
    generated_release(&generated);
    blueprint_free(blueprint);
    lw_constraints_free(c);
    return rc;
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    struct model *model = small_model(&small_styles[0], 30);
    assert_non_null(model);
    failalloc_each(generate_and_write, model);
    model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_written_without_headers_that_are_too_long),
        cmocka_unit_test(text_reads_back_as_the_same_traces),
        cmocka_unit_test(bytes_depend_on_the_seed_alone),
        cmocka_unit_test(values_that_belong_together_stay_together),
        cmocka_unit_test(only_random_tears_headers_off),
        cmocka_unit_test(json_lines_are_json),
        cmocka_unit_test(parameters_are_those_that_matching_finds),
        cmocka_unit_test(another_format_says_the_same),
        cmocka_unit_test(records_have_labels_with_their_root),
        cmocka_unit_test(a_sample_is_how_the_text_begins),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
