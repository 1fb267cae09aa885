#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/observed.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_lines.h"
#include "tests/lib/small_log.h"

#define RATE   .2
#define TRACES 4000

/* Requests come at a Poisson rate, six times as fast in two minutes of each hour. One in 20 times out in the database,
 * recovers 2 to 4 s later, and makes another request fail 1 to 5 s after it, mostly. */
static void make_lines(struct lines *lines, uint64_t seed)
{
    struct rng rng;
    double at = 0;
    int failing = TRACES;
    rng_init(&rng, seed, 1, 0);
    lines->n = 0;
    for (int i = 0; i < TRACES; i++) {
        double left = -log(1 - rng_uniform(&rng)) / RATE;
        for (bool was_high = fmod(at, 3600) < 120; left > 0; was_high = fmod(at, 3600) < 120) {
            double end = was_high ? 120 - fmod(at, 3600) : 3600 - fmod(at, 3600);
            double step = fmin(left / (was_high ? 6 : 1), end + 1e-6);
            at += step;
            left -= step * (was_high ? 6 : 1);
        }
        double t = at;
        lines_add(lines, t, "INFO", "gateway", i, "accepted");
        lines_add(lines, t += .1 + .1 * rng_uniform(&rng), "INFO", "payment", i, "started");
        if (i % 20 == 7) {
            lines_add(lines, t += .2, "ERROR", "database", i, "query caught a TimeoutError");
            if (rng_uniform(&rng) < .8) {
                double then = t + 1 + 4 * rng_uniform(&rng);
                lines_add(lines, then, "INFO", "gateway", failing, "accepted");
                lines_add(lines, then + .001, "ERROR", "payment", failing, "declined, account is locked");
                lines_add(lines, then + .01, "INFO", "gateway", failing++, "answered");
            }
            lines_add(lines, t += 2 + 2 * rng_uniform(&rng), "INFO", "database", i, "query repeated");
        } else {
            lines_add(lines, t += .2, "INFO", "database", i, "query done");
        }
        lines_add(lines, t += .1, "INFO", "gateway", i, "answered");
    }
}

static struct {
    struct lw_log *log;
    struct model *model;
    struct lw_traces *traces;
    struct lines lines;
    struct lw_figures *figures;
    struct lw_constraints *document;
} seen;

static int set_up(void **state)
{
    struct buf text = BUF_INIT;
    struct trace_rule *rule;
    struct trace_set set;
    uint32_t *templates;
    if (scratch_set_up(state) != 0)
        return -1;
    make_lines(&seen.lines, 3);
    lines_print(&seen.lines, &text);
    if (buf_status(&text) != 0 || small_open("observed.log", &text, &seen.log, NULL) != 0 ||
        small_learn(seen.log, "request (r[0-9]+)", &seen.model, NULL) != 0 ||
        trace_rule_parse("request (r[0-9]+)", &rule, NULL) != 0 ||
        model_match_log(seen.model, seen.log, rule, NULL, &set, &templates, NULL) != 0 ||
        traces_new(&set, templates, lw_log_count(seen.log), &seen.traces, NULL) != 0)
        return -1;
    trace_rule_free(rule);
    buf_release(&text);
    return observe(seen.model, seen.log, seen.traces, NULL, &seen.figures, &seen.document, NULL);
}

static int tear_down(void **state)
{
    lw_figures_free(seen.figures);
    lw_constraints_free(seen.document);
    lw_traces_free(seen.traces);
    model_free(seen.model);
    lw_log_free(seen.log);
    return scratch_tear_down(state);
}

static struct lw_figure row(const char *name, const char *part)
{
    struct lw_figure figure;
    for (size_t i = 0; i < lw_figures_count(seen.figures); i++) {
        assert_int_equal(lw_figures_get(seen.figures, i, &figure, NULL), 0);
        if (strcmp(figure.name, name) == 0 && strcmp(figure.part, part) == 0)
            return figure;
    }
    fail_msg("there is no row %s %s", name, part);
    return figure;
}

/* The interval holds what the program does. */
static void assert_holds(const char *name, const char *part, double truth)
{
    struct lw_figure figure = row(name, part);
    if (!(figure.low <= truth && truth <= figure.high))
        fail_msg("%s %s is %g, from %g to %g; it should be %g", name, part, figure.value, figure.low, figure.high,
                 truth);
}

static void intervals_hold_what_the_program_does(void **state)
{
    (void)state;
    assert_holds("arrival.rate", "", RATE * 4160 / 4000); /* with the requests that fail after others */
    assert_true(fabs(row("arrival.bursts.per_hour", "").value - 1) < .35);
    assert_true(fabs(row("arrival.bursts.length", "").value - 120) < 30);
    assert_true(fabs(row("arrival.bursts.height", "").value - 6) < 1.5);
    assert_true(row("traces", "").value > TRACES && row("records", "").n == lw_log_count(seen.log));
    assert_holds("error_types", "TimeoutError", 200. / (200 + 160));
    assert_holds("calls", "payment>database", 4000. / 4160);
    assert_holds("calls", "gateway>payment", 1);
}

static void every_row_is_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < lw_figures_count(seen.figures); i++) {
        struct lw_figure figure;
        assert_int_equal(lw_figures_get(seen.figures, i, &figure, NULL), 0);
        assert_true(figure.name[0] != 0 && figure.verdict == -1);
        assert_true(isnan(figure.low) || (figure.low <= figure.value && figure.value <= figure.high));
    }
}

static void a_failure_that_makes_another_is_a_rule(void **state)
{
    (void)state;
    assert_int_equal(seen.document->n_rules, 1);
    const struct causal_rule *rule = &seen.document->rules[0];
    assert_true(rule->is_across && fabs(rule->probability - .8) < .12);
    assert_true(rule->min_s >= .9 && rule->min_s < 1.6 && rule->max_s > 4.2 && rule->max_s < 6);
}

static void recovery_is_as_long_as_it_takes(void **state)
{
    (void)state;
    /* A declined payment is answered at once, a timeout takes 2 to 4 s. */
    assert_true(seen.document->recovery_after.kind == SELECTOR_ERROR);
    assert_true(seen.document->recovery_min_s < .1);
    assert_true(seen.document->recovery_max_s > 3.5 && seen.document->recovery_max_s < 4.1);
}

static void the_document_is_read_back(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    struct lw_constraints *again;
    struct lw_error err;
    constraints_print(seen.document, &text);
    assert_int_equal(buf_status(&text), 0);
    if (constraints_parse("observed", text.data, text.len, &again, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(again->n_shares, seen.document->n_shares);
    lw_constraints_free(again);
    buf_release(&text);
}

static int observe_again(void *user, struct lw_error *err)
{
    struct lw_figures *figures = NULL;
    struct lw_constraints *document = NULL;
    (void)user;
    int rc = observe(seen.model, seen.log, seen.traces, NULL, &figures, &document, err);
    if (rc == 0) {
        lw_figures_free(figures);
        lw_constraints_free(document);
    }
    return rc;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    failalloc_each(observe_again, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_hold_what_the_program_does),
        cmocka_unit_test(every_row_is_in_order),
        cmocka_unit_test(a_failure_that_makes_another_is_a_rule),
        cmocka_unit_test(recovery_is_as_long_as_it_takes),
        cmocka_unit_test(the_document_is_read_back),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
