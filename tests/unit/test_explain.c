#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "logwright.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/scratch.h"

static const char text[] = "2024-03-01 00:00:01 INFO net: connection 1 from 10.0.0.1 opened\n"
                           "2024-03-01 00:00:02 INFO net: connection 1 from 10.0.0.1 closed\n"
                           "2024-03-01 00:00:03 INFO net: connection 2 from 10.0.0.1 opened\n"
                           "2024-03-01 00:00:04 INFO app: user alice logged in\n"
                           "2024-03-01 00:00:05 INFO app: user bob logged in\n"
                           "2024-03-01 00:00:06 INFO app: shutting down\n";

struct fixture {
    struct lw_log *log;
    struct lw_workspace *workspace;
};

static int set_up(void **state)
{
    static struct fixture f;
    const char *path;
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;

    if (scratch_set_up(state) != 0)
        return -1;
    options.is_templates_only = true;
    path = scratch_write("app.log", text, sizeof text - 1);
    assert_int_equal(lw_log_open(&path, 1, NULL, NULL, &f.log, NULL), 0);
    assert_int_equal(lw_workspace_learn(f.log, &options, NULL, &f.workspace, NULL), 0);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    lw_workspace_free(f->workspace);
    lw_log_free(f->log);
    return scratch_tear_down(state);
}

static struct lw_reason *explain(const struct lw_workspace *workspace, const char *message)
{
    struct lw_reason *reason = NULL;

    assert_int_equal(lw_template_explain(workspace, message, strlen(message), &reason, NULL), 0);
    return reason;
}

static void assert_bytes(struct lw_bytes found, const char *expected)
{
    if (found.len != strlen(expected) || memcmp(found.data, expected, found.len) != 0)
        fail_msg("\"%.*s\", not \"%s\"", (int)found.len, found.data, expected);
}

static void assert_span(const char *message, struct lw_span span, const char *expected)
{
    assert_true(span.start + span.len <= strlen(message));
    assert_bytes((struct lw_bytes){message + span.start, span.len}, expected);
}

static void tells_what_was_learned(void **state)
{
    const struct fixture *f = *state;
    const char *message = "connection 77 from 10.9.9.9 closed";
    struct lw_reason *reason = explain(f->workspace, message);

    assert_int_equal(reason->n_tokens, 5);
    assert_span(message, reason->tokens[3].span, "10.9.9.9");
    assert_string_equal(reason->tokens[3].type, "ip");
    assert_bytes(reason->masked, "connection <integer> from <ip> closed");
    assert_int_equal(reason->count, 1);
    assert_string_equal(reason->way, "learned");
    assert_string_equal(reason->step, "first");
    assert_int_equal(reason->template_id, 2);
    assert_int_equal(reason->n_sequences, 1);
    assert_int_equal(reason->n_values, 2);
    assert_span(message, reason->values[0].span, "77");
    assert_string_equal(reason->values[1].type, "ip");
    assert_int_equal(reason->n_near, 1);
    assert_int_equal(reason->near[0].id, 1);
    assert_int_equal(reason->near[0].n_differences, 1);
    assert_int_equal(reason->near[0].differences[0].token, 4);
    assert_span(message, reason->near[0].differences[0].here, "closed");
    assert_bytes(reason->near[0].differences[0].there, "opened");
    lw_reason_free(reason);
}

static void tells_how_a_sequence_came_in(void **state)
{
    static const char *const merge[] = {"E1", "E2"};
    const struct fixture *f = *state;
    struct lw_workspace *merged = NULL;
    struct lw_reason *reason = explain(f->workspace, "user bob logged in");

    assert_string_equal(reason->way, "learned");
    assert_string_equal(reason->step, "words");
    assert_bytes(reason->first, "user alice logged in");
    assert_int_equal(reason->n_sequences, 2);
    lw_reason_free(reason);

    assert_int_equal(lw_workspace_edit(f->workspace, "merge", merge, 2, &merged, NULL), 0);
    reason = explain(merged, "connection 1 from 10.0.0.1 closed");
    assert_int_equal(reason->template_id, 1);
    assert_string_equal(reason->step, "hand");
    lw_reason_free(reason);
    reason = explain(merged, "connection 1 from 10.0.0.1 opened");
    assert_string_equal(reason->step, "first");
    lw_reason_free(reason);
    lw_workspace_free(merged);
}

static void tells_what_matches_and_what_does_not(void **state)
{
    const struct fixture *f = *state;
    const char *unknown = "connection 1 from 10.0.0.1 opened again";
    struct lw_reason *reason = explain(f->workspace, "user zoe logged in");

    assert_string_equal(reason->way, "matched");
    assert_null(reason->step);
    assert_int_equal(reason->count, 0);
    assert_int_equal(reason->template_id, 3);
    lw_reason_free(reason);

    reason = explain(f->workspace, unknown);
    assert_string_equal(reason->way, "unknown");
    assert_int_equal(reason->template_id, LW_TEMPLATE_UNKNOWN);
    assert_int_equal(reason->n_values, 0);
    assert_int_equal(reason->n_near, 2);
    assert_int_equal(reason->near[0].id, 1);
    assert_int_equal(reason->near[0].differences[0].token, 5);
    assert_span(unknown, reason->near[0].differences[0].here, "again");
    assert_int_equal(reason->near[0].differences[0].there.len, 0);
    lw_reason_free(reason);

    reason = explain(f->workspace, "");
    assert_int_equal(reason->n_tokens, 0);
    assert_int_equal(reason->n_near, 0);
    lw_reason_free(reason);
}

static void cuts_lines_as_the_log_does(void **state)
{
    const struct fixture *f = *state;
    const char *line = "2025-01-01 10:00:00 WARN app: shutting down", *message = "shutting down";
    struct lw_formats *formats;
    struct lw_source source;
    struct lw_span span;

    assert_int_equal(lw_log_cut_line(f->log, line, strlen(line), &span, NULL), 0);
    assert_span(line, span, message);
    assert_int_equal(lw_log_cut_line(f->log, message, strlen(message), &span, NULL), 0);
    assert_span(message, span, message);
    assert_int_equal(lw_formats_open(NULL, &formats, NULL), 0);
    assert_int_equal(lw_log_source(f->log, 0, &source, NULL), 0);
    assert_int_equal(lw_formats_cut_line(formats, source.format, line, strlen(line), &span, NULL), 0);
    assert_span(line, span, message);
    assert_int_equal(lw_formats_cut_line(formats, "no-such", line, strlen(line), &span, NULL), LW_ERR_NOT_FOUND);
    lw_formats_free(formats);
}

static int explaining(void *user, struct lw_error *err)
{
    const struct fixture *f = user;
    struct lw_reason *reason = NULL;
    int code = lw_template_explain(f->workspace, "user zoe logged in twice", 24, &reason, err);

    lw_reason_free(reason);
    return code;
}

static void survives_running_out_of_memory(void **state)
{
    failalloc_each(explaining, *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_was_learned),
        cmocka_unit_test(tells_how_a_sequence_came_in),
        cmocka_unit_test(tells_what_matches_and_what_does_not),
        cmocka_unit_test(cuts_lines_as_the_log_does),
        cmocka_unit_test(survives_running_out_of_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
