/* A header field that keeps its value through a trace but for some templates: one value a trace, and the one that its
 * events call for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/small_generate.h"
#include "tests/lib/small_log.h"

enum { LISTENER = 1, BATCH = 70, N_REAL = 240, N_MADE = 300 };

static void add_line(struct buf *out, int at_s, unsigned process, const char *message, int session)
{
    buf_printf(out, "2024-03-01 10:%02d:%02d.%03d INFO [%u] db.session: %s (session s-%06d)\n", at_s / 60, at_s % 60,
               session % 1000, process, message, session);
}

/* The listener accepts all; batch sessions are served by one process, others by any of three. */
static struct model *learn(void)
{
    struct buf text = BUF_INIT;
    struct lw_log *log = NULL;
    struct model *model = NULL;
    struct lw_error err;
    for (int i = 0; i < N_REAL; i++) {
        bool is_batch = i % 4 == 0;
        unsigned process = is_batch ? BATCH : 50 + (unsigned)i % 3;
        add_line(&text, i * 4, LISTENER, "accepted a connection", 5000 + i);
        add_line(&text, i * 4 + 1, process, "opened", 5000 + i);
        add_line(&text, i * 4 + 2, process, is_batch ? "loaded some rows" : "showed a page", 5000 + i);
        add_line(&text, i * 4 + 3, process, "closed", 5000 + i);
    }
    if (small_open("served.log", &text, &log, &err) != 0 ||
        small_learn(log, "\\(session (s-[0-9]+)\\)", &model, &err) != 0)
        fail_msg("%s", err.text);
    lw_log_free(log);
    buf_release(&text);
    return model;
}

/* Counts sessions whose process changes, and batch sessions that another than theirs served. */
static void check_log(struct buf *text)
{
    static unsigned process_of[1000000];
    static bool is_batch_of[1000000];
    unsigned n = 0, n_changed = 0, n_wrong = 0, n_batch = 0;
    memset(process_of, 0, sizeof process_of);
    memset(is_batch_of, 0, sizeof is_batch_of);
    for (char *line = strtok(text->data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        unsigned process = (unsigned)strtoul(strchr(line, '[') + 1, NULL, 10);
        unsigned session = (unsigned)strtoul(strstr(line, "session s-") + 10, NULL, 10);
        assert_in_range(session, 0, 999999);
        if (strstr(line, "accepted") != NULL) {
            assert_int_equal(process, LISTENER);
            n++;
            continue;
        }
        n_changed += process_of[session] != 0 && process_of[session] != process;
        process_of[session] = process;
        is_batch_of[session] = is_batch_of[session] || strstr(line, "loaded") != NULL;
        if (strstr(line, "closed") != NULL) {
            n_batch += is_batch_of[session];
            n_wrong += is_batch_of[session] && process != BATCH;
        }
    }
    assert_int_equal(n, N_MADE);
    assert_int_equal(n_changed, 0);
    assert_int_equal(n_wrong, 0);
    assert_in_range(n_batch, N_MADE / 8, N_MADE / 2);
}

static void a_trace_has_the_value_that_its_events_call_for(void **state)
{
    (void)state;
    struct model *model = learn();
    struct blueprint *blueprint, *copy;
    struct buf text = BUF_INIT, again = BUF_INIT;
    struct lw_error err;
    struct lw_constraints *c = small_constraints("{\"traces\": 300, \"privacy\": {\"minimum_count\": 1}}");
    if (blueprint_of_model(model, c, &blueprint, &err) != 0 || blueprint_copy(blueprint, c, &copy, &err) != 0)
        fail_msg("%s", err.text);
    small_generate(blueprint, c, &text);
    small_generate(copy, c, &again);
    check_log(&text);
    check_log(&again); /* from the document, too */
    buf_release(&text);
    buf_release(&again);
    lw_constraints_free(c);
    blueprint_free(copy);
    blueprint_free(blueprint);
    model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_trace_has_the_value_that_its_events_call_for)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
