#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "logwright.h"
#include "tests/lib/scratch.h"

static const char lines[] = "2024-03-01 00:00:01 INFO web: request 1 from alice opened page 17\n"
                            "2024-03-01 00:00:02 WARN web: request 1 was slow\n"
                            "2024-03-01 00:00:03 INFO web: request 2 from bob opened page 18\n"
                            "2024-03-01 00:00:04 INFO web: request 1 closed\n"
                            "2024-03-01 00:00:05 INFO web: request 2 closed\n"
                            "2024-03-01 00:00:06 INFO web: nothing to do\n"
                            "2024-03-01 00:00:07 INFO web: request 3 from alice opened page 18\n";

static struct lw_log *open_lines(void)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    const char *path = scratch_write("lines.log", lines, sizeof lines - 1);
    struct lw_log *log = NULL;

    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
    return log;
}

static struct lw_workspace *learn(void)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_log *log = open_lines();
    struct lw_workspace *workspace = NULL;
    struct lw_error err;

    options.trace = "request (\\d+)";
    if (lw_workspace_learn(log, &options, NULL, &workspace, &err) != 0)
        fail_msg("%s", err.text);
    lw_log_free(log);
    return workspace;
}

static void assert_bytes(struct lw_bytes bytes, const char *expected)
{
    assert_int_equal(bytes.len, strlen(expected));
    assert_memory_equal(bytes.data, expected, bytes.len);
}

static struct lw_template get_template(const struct lw_workspace *workspace, size_t index)
{
    struct lw_template template = {0};

    assert_int_equal(lw_template_get(workspace, index, &template, NULL), 0);
    return template;
}

/* Without traces the templates are the same, and nothing else is there. */
static void learns_templates_alone(void **state)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_workspace *whole = learn(), *alone = NULL;
    struct lw_log *log = open_lines();
    struct lw_summary summary;

    (void)state;
    options.is_templates_only = true;
    assert_int_equal(lw_workspace_learn(log, &options, NULL, &alone, NULL), 0);
    lw_log_free(log);
    lw_workspace_summary(alone, &summary);
    assert_string_equal(summary.trace_rule, "none");
    assert_int_equal(summary.records, 7);
    assert_int_equal(summary.traces, 0);
    assert_int_equal(lw_template_count(alone), lw_template_count(whole));
    for (size_t i = 0; i < lw_template_count(whole); i++) {
        struct lw_template of_whole = get_template(whole, i), of_alone = get_template(alone, i);

        assert_int_equal(of_alone.text.len, of_whole.text.len);
        assert_memory_equal(of_alone.text.data, of_whole.text.data, of_whole.text.len);
        assert_int_equal(of_alone.count, of_whole.count);
        assert_int_equal(of_alone.first_us, of_whole.first_us);
    }
    lw_workspace_free(whole);
    lw_workspace_free(alone);
}

static void tells_what_was_learned(void **state)
{
    struct lw_workspace *workspace = learn();
    const struct lw_traces *traces = lw_workspace_traces(workspace);
    struct lw_summary summary;
    struct lw_trace trace;
    size_t n;

    (void)state;
    lw_workspace_summary(workspace, &summary);
    assert_int_equal(summary.records, 7);
    assert_int_equal(summary.lines, 7);
    assert_int_equal(summary.bytes, sizeof lines - 1);
    assert_int_equal(summary.traces, 3);
    assert_int_equal(summary.events, 6);
    assert_int_equal(summary.levels[LW_LEVEL_WARN], 1);
    assert_int_equal(summary.last_us - summary.first_us, 6000000);
    assert_string_equal(summary.trace_rule, "request (\\d+)");
    assert_int_equal(summary.templates, lw_template_count(workspace));
    assert_int_equal(lw_traces_get(traces, 0, &trace, NULL), 0);
    assert_bytes(trace.name, "1");
    assert_int_equal(trace.n_events, 3);
    assert_int_equal(trace.records[2], 3);
    assert_int_equal(lw_traces_record_template(traces, 0), lw_traces_record_template(traces, 2));
    lw_traces_of_record(traces, 5, &n);
    assert_int_equal(n, 0);
    lw_workspace_free(workspace);
}

static void tells_the_values_of_slots(void **state)
{
    struct lw_workspace *workspace = learn();
    struct lw_template template = get_template(workspace, 0);
    struct lw_error err;
    struct lw_slot slot;

    (void)state;
    assert_bytes(template.text, "request <*> from <*> opened page <*>");
    assert_int_equal(template.count, 3);
    assert_int_equal(template.n_slots, 3);
    assert_int_equal(lw_template_slot(workspace, 0, 0, &slot, &err), 0);
    assert_int_equal(slot.distinct, 3);
    assert_int_equal(lw_template_slot(workspace, 0, 1, &slot, &err), 0);
    assert_int_equal(slot.n_values, 2);
    assert_bytes(slot.values[0].text, "alice");
    assert_int_equal(slot.values[0].count, 2);
    assert_int_equal(lw_template_slot(workspace, 0, 2, &slot, &err), 0);
    assert_string_equal(slot.type, "integer");
    assert_bytes(slot.values[0].text, "18");
    assert_int_equal(lw_template_slot(workspace, 0, 3, &slot, &err), LW_ERR_NOT_FOUND);
    assert_int_equal(lw_template_slot(workspace, 99, 0, &slot, &err), LW_ERR_NOT_FOUND);
    lw_workspace_free(workspace);
}

static void matches_messages(void **state)
{
    static const char message[] = "request 77 from carol opened page 4";
    struct lw_workspace *workspace = learn();
    struct lw_span spans[8];
    struct lw_error err;
    uint32_t id;
    size_t n;

    (void)state;
    assert_int_equal(lw_message_match(workspace, message, strlen(message), &id, spans, 8, &n, &err), 0);
    assert_int_equal(id, 1);
    assert_int_equal(n, 3);
    assert_memory_equal(message + spans[0].start, "77", spans[0].len);
    assert_memory_equal(message + spans[1].start, "carol", spans[1].len);
    assert_memory_equal(message + spans[2].start, "4", spans[2].len);
    assert_int_equal(lw_message_match(workspace, message, strlen(message), &id, spans, 1, &n, &err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(lw_message_match(workspace, "", 0, &id, spans, 8, &n, &err), 0);
    assert_int_equal(id, LW_TEMPLATE_UNKNOWN);
    lw_workspace_free(workspace);
}

static void edits_are_undone_and_redone(void **state)
{
    static const char *const name[] = {"E1", "opening"};
    struct lw_workspace *workspace = learn(), *named = NULL, *undone = NULL, *redone = NULL;
    struct lw_error err;

    (void)state;
    assert_int_equal(lw_workspace_edit(workspace, "rename", name, 2, &named, &err), 0);
    assert_bytes(get_template(named, 0).name, "opening");
    assert_bytes(get_template(workspace, 0).name, "");
    assert_int_equal(lw_template_find(named, "opening"), 0);
    assert_int_equal(lw_template_find(named, "E1"), 0);
    assert_int_equal(lw_template_find(named, "E99999999999"), -1);
    assert_int_equal(lw_workspace_undo(named, &undone, &err), 0);
    assert_bytes(get_template(undone, 0).name, "");
    assert_true(lw_workspace_has_same_edits(workspace, undone));
    assert_false(lw_workspace_has_same_edits(workspace, named));
    assert_false(lw_workspace_has_same_edits(named, undone));
    assert_int_equal(lw_workspace_redo(undone, &redone, &err), 0);
    assert_true(lw_workspace_has_same_edits(named, redone));
    assert_bytes(get_template(redone, 0).name, "opening");
    assert_int_equal(lw_workspace_undo(workspace, &undone, &err), LW_ERR_NOT_FOUND);
    assert_int_equal(lw_workspace_edit(workspace, "nonsense", name, 2, &undone, &err), LW_ERR_USAGE);
    lw_workspace_free(workspace);
    lw_workspace_free(named);
    lw_workspace_free(undone);
    lw_workspace_free(redone);
}

/* The bytes of a file, to be freed. */
static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *data = malloc(1 << 20);

    assert_non_null(file);
    *len = fread(data, 1, 1 << 20, file);
    assert_true(*len < 1 << 20);
    fclose(file);
    return data;
}

static void comes_back_from_its_file(void **state)
{
    static const char *const name[] = {"E1", "\"opening\" \\ \xc3\xa9"};
    struct lw_workspace *workspace = learn(), *named = NULL, *undone = NULL, *opened = NULL, *redone = NULL;
    struct lw_summary before, after;
    struct lw_error err;
    struct lw_trace trace;

    (void)state;
    assert_int_equal(lw_workspace_edit(workspace, "rename", name, 2, &named, &err), 0);
    assert_int_equal(lw_workspace_undo(named, &undone, &err), 0);
    assert_int_equal(lw_workspace_save(undone, scratch_path("w.lw"), &err), 0);
    assert_true(lw_workspace_is_file(scratch_path("w.lw")));
    assert_false(lw_workspace_is_file(scratch_path("lines.log")));
    assert_int_equal(lw_workspace_open(scratch_path("w.lw"), NULL, &opened, &err), 0);
    lw_workspace_summary(workspace, &before);
    lw_workspace_summary(opened, &after);
    assert_int_equal(after.records, before.records);
    assert_int_equal(after.bytes, before.bytes);
    assert_int_equal(after.first_us, before.first_us);
    assert_string_equal(after.trace_rule, before.trace_rule);
    assert_string_equal(after.format, before.format);
    assert_int_equal(lw_traces_get(lw_workspace_traces(opened), 2, &trace, &err), 0);
    assert_bytes(trace.name, "3");
    assert_int_equal(trace.records[0], LW_NO_RECORD);
    assert_bytes(get_template(opened, 0).name, "");
    assert_int_equal(lw_workspace_redo(opened, &redone, &err), 0); /* what was undone is in the file too */
    assert_bytes(get_template(redone, 0).name, name[1]);
    lw_workspace_free(workspace);
    lw_workspace_free(named);
    lw_workspace_free(undone);
    lw_workspace_free(opened);
    lw_workspace_free(redone);
}

static void saving_twice_gives_the_same_bytes(void **state)
{
    struct lw_workspace *workspace = learn(), *opened = NULL;
    struct lw_error err;
    char *one, *two;
    size_t n_one, n_two;

    (void)state;
    assert_int_equal(lw_workspace_save(workspace, scratch_path("one.lw"), &err), 0);
    assert_int_equal(lw_workspace_open(scratch_path("one.lw"), NULL, &opened, &err), 0);
    assert_int_equal(lw_workspace_save(opened, scratch_path("two.lw"), &err), 0);
    one = read_file(scratch_path("one.lw"), &n_one);
    two = read_file(scratch_path("two.lw"), &n_two);
    assert_int_equal(n_one, n_two);
    assert_memory_equal(one, two, n_one);
    free(one);
    free(two);
    lw_workspace_free(workspace);
    lw_workspace_free(opened);
}

/* Whatever happened to a file, opening it gives a workspace or an error, and never one without a text. */
static void open_hostile(const char *data, size_t len)
{
    struct lw_workspace *workspace = NULL;
    struct lw_error err = {LW_OK, ""};
    int code = lw_workspace_open(scratch_write("hostile.lw", data, len), NULL, &workspace, &err);

    if (code != 0) {
        assert_null(workspace);
        assert_int_equal(err.code, code);
        assert_non_null(strstr(err.text, "hostile.lw"));
    }
    lw_workspace_free(workspace);
}

static void damage_is_survived(void **state)
{
    struct lw_workspace *workspace = learn();
    struct rng rng;
    char *data;
    size_t len;

    (void)state;
    assert_int_equal(lw_workspace_save(workspace, scratch_path("sound.lw"), NULL), 0);
    lw_workspace_free(workspace);
    data = read_file(scratch_path("sound.lw"), &len);
    rng_init(&rng, 1, 1, 0);
    for (int i = 0; i < 300; i++) {
        size_t n = 1 + rng_below(&rng, 8);
        char *copy = malloc(len);

        memcpy(copy, data, len);
        for (size_t j = 0; j < n; j++)
            copy[rng_below(&rng, len)] = (char)rng_u32(&rng);
        open_hostile(copy, i % 10 == 9 ? rng_below(&rng, len) : len);
        free(copy);
    }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_templates_alone),
        cmocka_unit_test(tells_what_was_learned),
        cmocka_unit_test(tells_the_values_of_slots),
        cmocka_unit_test(matches_messages),
        cmocka_unit_test(edits_are_undone_and_redone),
        cmocka_unit_test(comes_back_from_its_file),
        cmocka_unit_test(saving_twice_gives_the_same_bytes),
        cmocka_unit_test(damage_is_survived),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
