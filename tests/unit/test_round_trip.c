/* What is measured in a log is what comes out again when a log is made from it: measuring is the inverse of making. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "logwright.h"
#include "tests/lib/small_lines.h"
#include "tests/lib/small_log.h"

#define TRACES 3000
#define RULE   "request (r[0-9]+)"

enum truth { PLAIN = 0, BURSTS = 1, LOG_RULE = 2, TRACE_RULE = 4 };

/* A Poisson process of .2 a second; with bursts six times as fast in the first two minutes of each hour. */
static double next_start(struct rng *rng, double at, bool has_bursts)
{
    double left = -log(1 - rng_uniform(rng)) / .2;
    while (has_bursts && left > 0) {
        double into = fmod(at, 3600), pace = into < 120 ? 6 : 1, end = (into < 120 ? 120 : 3600) - into;
        double step = fmin(left / pace, end + 1e-6);
        at += step;
        left -= step * pace;
    }
    return at + left;
}

/* One in twenty requests times out in the database. Then, by a rule of the log, another one is declined 1 to 5 s later
 * (.8), or by one of the trace it is rolled back .5 to 2 s later (.7). */
static void make_lines(struct lines *lines, unsigned truth, uint64_t seed)
{
    struct rng rng;
    double at = 0;
    int other = TRACES;
    rng_init(&rng, seed, 1, 0);
    lines->n = 0;
    for (int i = 0; i < TRACES; i++) {
        double t = at = next_start(&rng, at, (truth & BURSTS) != 0);
        lines_add(lines, t, "INFO", "gateway", i, "accepted");
        lines_add(lines, t += .1 + .1 * rng_uniform(&rng), "INFO", "payment", i, "started");
        if (rng_uniform(&rng) < .05) {
            lines_add(lines, t += .2, "ERROR", "database", i, "query caught a TimeoutError");
            if ((truth & LOG_RULE) != 0 && rng_uniform(&rng) < .8) {
                double then = t + 1 + 4 * rng_uniform(&rng);
                lines_add(lines, then, "INFO", "gateway", other, "accepted");
                lines_add(lines, then + .001, "ERROR", "payment", other, "declined, account is locked");
                lines_add(lines, then + .01, "INFO", "gateway", other++, "answered");
            }
            if ((truth & TRACE_RULE) != 0 && rng_uniform(&rng) < .7)
                lines_add(lines, t += .5 + 1.5 * rng_uniform(&rng), "ERROR", "payment", i, "sent a RollbackException");
            lines_add(lines, t += 2 + 2 * rng_uniform(&rng), "INFO", "database", i, "query repeated");
        } else {
            lines_add(lines, t += .2, "INFO", "database", i, "query done");
        }
        if (rng_uniform(&rng) < .3)
            lines_add(lines, t += .05, "DEBUG", "cache", i, "stored");
        lines_add(lines, t += .1, "INFO", "gateway", i, "answered");
    }
}

static void learn(unsigned truth, uint64_t seed, struct lw_log **log, struct lw_workspace **workspace)
{
    static struct lines lines;
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct buf text = BUF_INIT;
    make_lines(&lines, truth, seed);
    lines_print(&lines, &text);
    options.trace = RULE;
    assert_int_equal(buf_status(&text), 0);
    assert_int_equal(small_open("round.log", &text, log, NULL), 0);
    assert_int_equal(lw_workspace_learn(*log, &options, NULL, workspace, NULL), 0);
    buf_release(&text);
}

struct measured {
    struct lw_figures *figures;
    struct lw_constraints *document;
};

static struct measured measure(const struct lw_workspace *workspace, const struct lw_log *log)
{
    struct measured out;
    struct lw_traces *traces;
    struct lw_error err;
    if (lw_traces_match(workspace, log, NULL, &traces, &err) != 0 ||
        lw_constraints_observe(workspace, log, traces, NULL, &out.figures, &out.document, &err) != 0)
        fail_msg("%s", err.text);
    lw_traces_free(traces);
    return out;
}

static void measured_free(struct measured *measured)
{
    lw_figures_free(measured->figures);
    lw_constraints_free(measured->document);
}

static struct lw_log *generate(const struct lw_workspace *workspace, const struct lw_constraints *constraints)
{
    struct lw_synthetic *synthetic;
    struct lw_log *log;
    struct lw_error err;
    if (lw_generate(workspace, constraints, "machine", NULL, &synthetic, &err) != 0 ||
        lw_synthetic_log(synthetic, NULL, &log, &err) != 0)
        fail_msg("%s", err.text);
    lw_synthetic_free(synthetic);
    return log;
}

static bool find(const struct lw_figures *figures, const char *name, const char *part, struct lw_figure *out)
{
    for (size_t i = 0; i < lw_figures_count(figures); i++)
        if (lw_figures_get(figures, i, out, NULL) == 0 && strcmp(out->name, name) == 0 && strcmp(out->part, part) == 0)
            return true;
    return false;
}

/* What one side alone has may be chance, if it is next to nothing there; how long steps take is no constraint. */
static void assert_alike(const struct lw_figures *a, const struct lw_figures *b)
{
    for (size_t i = 0; i < lw_figures_count(a); i++) {
        struct lw_figure x, y;
        assert_int_equal(lw_figures_get(a, i, &x, NULL), 0);
        if (isnan(x.low) || strcmp(x.name, "delays") == 0 || strcmp(x.name, "recovery") == 0)
            continue;
        if (!find(b, x.name, x.part, &y)) {
            if (x.low > .02 && x.n > 10)
                fail_msg("%s %s: %g [%g, %g] of %zu on one side, and not on the other", x.name, x.part, x.value, x.low,
                         x.high, (size_t)x.n);
        } else if (x.low > y.high || y.low > x.high) {
            fail_msg("%s %s: %g [%g, %g] and %g [%g, %g]", x.name, x.part, x.value, x.low, x.high, y.value, y.low,
                     y.high);
        }
    }
}

static void assert_round(const struct lw_workspace *workspace, const struct lw_log *log)
{
    struct measured one = measure(workspace, log);
    struct lw_log *made = generate(workspace, one.document);
    struct measured two = measure(workspace, made);
    assert_alike(one.figures, two.figures);
    assert_alike(two.figures, one.figures);
    measured_free(&one);
    measured_free(&two);
    lw_log_free(made);
}

/* An interval of 95 % misses now and then, one twice as wide next to never. */
static void assert_holds(const struct lw_figures *figures, const char *name, const char *part, double truth)
{
    struct lw_figure row;
    if (!find(figures, name, part, &row))
        fail_msg("there is no row %s %s", name, part);
    if (!(2 * row.low - row.value <= truth && truth <= 2 * row.high - row.value))
        fail_msg("%s %s is %g, from %g to %g; it should be %g", name, part, row.value, row.low, row.high, truth);
}

static void logs_come_out_as_they_went_in(void **state)
{
    static const unsigned truths[] = {PLAIN, BURSTS, LOG_RULE, TRACE_RULE, BURSTS | LOG_RULE};
    (void)state;
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        struct lw_log *log;
        struct lw_workspace *workspace;
        learn(truths[i], 20 + i, &log, &workspace);
        struct measured measured = measure(workspace, log);
        assert_holds(measured.figures, "arrival.bursts.per_hour", "", truths[i] & BURSTS ? 1 : 0);
        assert_holds(measured.figures, "calls", "database>cache", .3);
        if (truths[i] & BURSTS) {
            assert_holds(measured.figures, "arrival.bursts.length", "", 120);
            assert_holds(measured.figures, "arrival.bursts.height", "", 6);
        }
        measured_free(&measured);
        assert_round(workspace, log);
        lw_workspace_free(workspace);
        lw_log_free(log);
    }
}

static struct lw_constraints *read(const char *json)
{
    struct lw_constraints *out;
    struct lw_error err;
    if (lw_constraints_read(scratch_write("c.json", json, strlen(json)), &out, &err) != 0)
        fail_msg("%s", err.text);
    return out;
}

/* Where more is asked for than the log has, it is measured in what comes of it. */
static void what_is_asked_for_is_measured(void **state)
{
    static const char *const documents[] = {
        "{\"traces\": 3000, \"arrival\": {\"rate\": 0.5}}",
        "{\"traces\": 6000, \"arrival\": {\"rate\": 0.2, \"bursts\": {\"per_hour\": 2, \"length\": 90, \"height\": "
        "9}}}",
        "{\"traces\": 3000, \"levels\": {\"error\": 0.03, \"debug\": 0.05}}",
        "{\"traces\": 4000, \"calls\": [{\"from\": \"database\", \"to\": \"cache\", \"probability\": 0.5}]}",
        "{\"traces\": 4000, \"anomalies\": {\"missing\": 0.02, \"repeated\": 0.03, \"unknown\": 0.01, \"delay\": "
        "{\"rate\": 0.02, \"severity\": 20}}}",
    };
    static const struct {
        size_t document;
        const char *name, *part;
        double truth;
    } rows[] = {
        {0, "arrival.rate", "", .5},          {0, "arrival.bursts.per_hour", "", 0},
        {1, "arrival.rate", "", .2},          {1, "arrival.bursts.per_hour", "", 2},
        {1, "arrival.bursts.length", "", 90}, {1, "arrival.bursts.height", "", 9},
        {2, "levels", "error", .03},          {2, "levels", "debug", .05},
        {3, "calls", "database>cache", .5},   {4, "anomalies.missing", "", .02},
        {4, "anomalies.repeated", "", .03},   {4, "anomalies.unknown", "", .01},
        {4, "anomalies.delay", "", .02},      {4, "anomalies.delay.severity", "", 20},
    };
    struct lw_log *log;
    struct lw_workspace *workspace;
    (void)state;
    learn(PLAIN, 5, &log, &workspace);
    for (size_t d = 0; d < sizeof documents / sizeof *documents; d++) {
        struct lw_constraints *constraints = read(documents[d]);
        struct lw_log *made = generate(workspace, constraints);
        struct measured measured = measure(workspace, made);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            if (rows[i].document == d)
                assert_holds(measured.figures, rows[i].name, rows[i].part, rows[i].truth);
        assert_round(workspace, made);
        measured_free(&measured);
        lw_log_free(made);
        lw_constraints_free(constraints);
    }
    lw_workspace_free(workspace);
    lw_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_come_out_as_they_went_in),
        cmocka_unit_test(what_is_asked_for_is_measured),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
