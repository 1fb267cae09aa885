#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "learn/failures.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_log.h"

struct learned {
    struct lw_log *log;
    struct model *model;
    struct lw_traces *traces;
    struct failures failures;
};

static void learn(struct learned *learned, const struct buf *text, const char *rule)
{
    assert_int_equal(buf_status(text), 0);
    assert_int_equal(small_open("failing.log", text, &learned->log, NULL), 0);
    assert_int_equal(small_learn(learned->log, rule, &learned->model, NULL), 0);
    struct trace_rule *parsed;
    struct trace_set set;
    uint32_t *templates;
    assert_int_equal(trace_rule_parse(rule, &parsed, NULL), 0);
    assert_int_equal(model_match_log(learned->model, learned->log, parsed, NULL, &set, &templates, NULL), 0);
    trace_rule_free(parsed);
    assert_int_equal(traces_new(&set, templates, lw_log_count(learned->log), &learned->traces, NULL), 0);
    assert_int_equal(failures_init(&learned->failures, &learned->model->templates, NULL), 0);
}

static void forget(struct learned *learned)
{
    failures_release(&learned->failures);
    lw_traces_free(learned->traces);
    model_free(learned->model);
    lw_log_free(learned->log);
}

static bool has_text(struct lw_bytes text, const char *word)
{
    for (size_t at = 0, len = strlen(word); at + len <= text.len; at++)
        if (memcmp(text.data + at, word, len) == 0)
            return true;
    return false;
}

static uint32_t template_of(const struct learned *learned, const char *word)
{
    const struct templates *templates = &learned->model->templates;
    for (size_t i = 0; i < templates->n; i++)
        if (has_text(templates->items[i].text, word))
            return templates->items[i].id;
    fail_msg("no template has %s", word);
    return 0;
}

/* Lines of one log: %s is the level, or nothing. */
static void write_log(struct buf *text, const char *error, const char *warn, const char *info)
{
    for (int i = 0; i < 200; i++) {
        const char *stamp = "2026-03-01 10";
        buf_printf(text, "%s:%02d:%02d.000 %s[api] request r%04d accepted\n", stamp, i / 60, i % 60, info, i);
        if (i % 5 == 0)
            buf_printf(text, "%s:%02d:%02d.100 %s[db] request r%04d is slow\n", stamp, i / 60, i % 60, warn, i);
        if (i % 10 == 0)
            buf_printf(text, "%s:%02d:%02d.200 %s[db] caught SocketTimeoutException for request r%04d\n", stamp, i / 60,
                       i % 60, error, i);
        if (i % 20 == 0)
            buf_printf(text, "%s:%02d:%02d.300 %s[pay] request r%04d failed\n", stamp, i / 60, i % 60, error, i);
        buf_printf(text, "%s:%02d:%02d.400 %s[api] request r%04d answered without error\n", stamp, i / 60, i % 60, info,
                   i);
    }
}

static void learn_requests(struct learned *learned, const char *error, const char *warn, const char *info)
{
    struct buf text = BUF_INIT;
    write_log(&text, error, warn, info);
    learn(learned, &text, "request (r[0-9]+)");
    buf_release(&text);
}

static void errors_have_types_services_and_traces(void **state)
{
    (void)state;
    struct learned l;
    learn_requests(&l, "ERROR ", "WARN ", "INFO ");
    assert_int_equal(l.failures.floor, LW_LEVEL_ERROR);
    uint32_t socket = failures_find(&l.failures, "SocketTimeoutException"), failed = template_of(&l, "failed");
    assert_int_not_equal(socket, FAILURE_NONE);
    assert_int_equal(failures_type(&l.failures, failed, LW_LEVEL_ERROR), failures_type(&l.failures, failed, 0));
    assert_int_equal(failures_type(&l.failures, failed, LW_LEVEL_INFO), FAILURE_NONE);
    assert_int_equal(failures_type(&l.failures, LW_TEMPLATE_UNKNOWN, LW_LEVEL_FATAL),
                     failures_find(&l.failures, "unknown"));
    assert_int_equal(failures_type(&l.failures, LW_TEMPLATE_UNKNOWN, LW_LEVEL_NONE), FAILURE_NONE);
    assert_int_equal(failures_find(&l.failures, "no such type"), FAILURE_NONE);

    struct intern services = INTERN_INIT;
    struct failure_events events;
    assert_int_equal(failure_events_find(&l.failures, l.log, l.traces, &services, &events, NULL), 0);
    assert_int_equal(events.n, 30);
    size_t n_socket = 0;
    for (size_t i = 0; i < events.n; i++) {
        const struct failure_event *event = &events.items[i];
        assert_true(i == 0 || events.items[i - 1].time_us <= event->time_us);
        assert_int_not_equal(event->trace, LAGGED_NO_TRACE);
        n_socket += event->type == socket;
    }
    assert_int_equal(n_socket, 20);
    failure_events_release(&events);
    intern_release(&services);
    forget(&l);
}

static void warnings_stand_in_for_errors(void **state)
{
    (void)state;
    struct learned l;
    learn_requests(&l, "WARN ", "INFO ", "INFO ");
    assert_int_equal(l.failures.floor, LW_LEVEL_WARN);
    assert_int_equal(failures_type(&l.failures, template_of(&l, "slow"), LW_LEVEL_NONE), FAILURE_NONE);
    assert_int_not_equal(failures_type(&l.failures, template_of(&l, "failed"), LW_LEVEL_NONE), FAILURE_NONE);
    forget(&l);
}

static void words_stand_in_for_levels(void **state)
{
    (void)state;
    struct learned l;
    learn_requests(&l, "", "", "");
    assert_int_equal(l.failures.floor, LW_LEVEL_NONE);
    assert_int_equal(failures_type(&l.failures, template_of(&l, "slow"), LW_LEVEL_NONE), FAILURE_NONE);
    assert_int_equal(failures_type(&l.failures, template_of(&l, "without error"), LW_LEVEL_NONE), FAILURE_NONE);
    assert_int_not_equal(failures_type(&l.failures, template_of(&l, "failed"), LW_LEVEL_NONE), FAILURE_NONE);
    forget(&l);
}

static void kinds_are_the_same_in_two_logs(void **state)
{
    (void)state;
    struct learned l;
    learn_requests(&l, "ERROR ", "WARN ", "INFO ");
    struct intern services = INTERN_INIT;
    struct pair_map kinds = PAIR_MAP_INIT;
    struct failure_events events;
    struct lagged_event first[30], second[30];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(failure_events_find(&l.failures, l.log, l.traces, &services, &events, NULL), 0);
        assert_int_equal(events.n, 30);
        assert_int_equal(failure_events_lagged(&events, &kinds, i == 0 ? first : second), 0);
        failure_events_release(&events);
    }
    assert_int_equal(kinds.count, 2);
    assert_memory_equal(first, second, sizeof first);
    pair_map_release(&kinds);
    intern_release(&services);
    forget(&l);
}

static int find_all(void *user, struct lw_error *err)
{
    const struct learned *l = user;
    struct failures failures;
    struct failure_events events = {NULL, 0, 0};
    struct intern services = INTERN_INIT;
    int rc = failures_init(&failures, &l->model->templates, err);
    if (rc != 0)
        return rc;
    rc = failure_events_find(&failures, l->log, l->traces, &services, &events, err);
    failure_events_release(&events);
    intern_release(&services);
    failures_release(&failures);
    return rc;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct learned l;
    learn_requests(&l, "ERROR ", "WARN ", "INFO ");
    failalloc_each(find_all, &l);
    forget(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_have_types_services_and_traces),
        cmocka_unit_test(warnings_stand_in_for_errors),
        cmocka_unit_test(words_stand_in_for_levels),
        cmocka_unit_test(kinds_are_the_same_in_two_logs),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
