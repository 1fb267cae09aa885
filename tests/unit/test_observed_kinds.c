/* Kinds of anomalies that a made-up program has, told apart in its log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "measure/observed.h"
#include "tests/lib/small_lines.h"
#include "tests/lib/small_log.h"

#define TRACES 1500
#define RATE   5. /* traces a second */
#define FROM   100.
#define LASTS  100.

static struct lines lines;

/* How far into the trouble a time is, from 0 to 1; NAN: outside. */
static double progress(double at)
{
    return at >= FROM && at <= FROM + LASTS ? (at - FROM) / LASTS : NAN;
}

struct program {
    struct rng rng;
    enum anomaly kind;
    size_t n_hit;
    double at; /* when the request at hand came */
};

static bool draw(struct program *program, double share)
{
    return rng_uniform(&program->rng) < share;
}

/* Whether a request fails that comes then. */
static bool is_failing(struct program *program)
{
    double p = progress(program->at), share = .02;
    if (program->kind == ANOMALY_EXHAUSTION && !isnan(p))
        share = .5 * p;
    if (program->kind == ANOMALY_CASCADE && p < .2)
        share = .9;
    if (program->kind == ANOMALY_FLAPPING && p < .4 && fmod(p * 12.5, 1) < .5)
        share = .9;
    return draw(program, share);
}

static double step(struct program *program, double usual)
{
    double p = progress(program->at), delay = usual * (.8 + .4 * rng_uniform(&program->rng));
    bool is_growing = program->kind == ANOMALY_EXHAUSTION || program->kind == ANOMALY_DRIFT;
    return is_growing && !isnan(p) ? delay * (1 + 3 * p) : delay;
}

/* A crash cuts off what is under way. */
static bool is_cut(const struct program *program, double at)
{
    return program->kind == ANOMALY_CRASH && program->at < FROM && at >= FROM;
}

static void make_request(struct program *program, int i)
{
    static const char *const took[] = {"read 12 rows", "read 17 rows", "read 31 rows", "read 8 rows"};
    double t = program->at, p = progress(t);
    bool is_failed = is_failing(program), is_late = program->kind == ANOMALY_TIMEOUT && draw(program, .02);
    bool is_off = program->kind == ANOMALY_COUNT_WRONG && draw(program, .02);
    bool is_odd = program->kind == ANOMALY_PARAMETER && draw(program, .003);
    bool fails = program->kind == ANOMALY_CASCADE || program->kind == ANOMALY_FLAPPING;
    bool is_slow = (program->kind == ANOMALY_DRIFT || program->kind == ANOMALY_EXHAUSTION) && !isnan(p);
    program->n_hit += is_late || is_off || is_odd || is_slow || (fails && is_failed && !isnan(p));
    lines_add(&lines, t, "INFO", "gateway", i, "accepted");
    for (int k = 0; k < (is_off ? 4 : 3); k++) {
        t += step(program, .2);
        if (is_cut(program, t)) {
            program->n_hit++;
            return;
        }
        lines_add(&lines, t, "INFO", "store", i,
                  is_odd && k == 0 ? "read 9000000 rows" : took[rng_u32(&program->rng) % 4]);
    }
    t += is_late ? 8 : step(program, .2);
    if (is_cut(program, t)) {
        program->n_hit++;
        return;
    }
    if (is_failed || is_late)
        lines_add(&lines, t, "ERROR", "store", i, "gave up on the query");
    else
        lines_add(&lines, t, "INFO", "store", i, "all is well");
    lines_add(&lines, t + step(program, .1), "INFO", "gateway", i, "answered");
}

/* Gives the share of traces that the kind hits. */
static double make_log(enum anomaly kind)
{
    struct program program = {.kind = kind};
    rng_init(&program.rng, 11, 3, 0);
    lines.n = 0;
    for (int i = 0; i < TRACES; i++) {
        program.at += -log(1 - rng_uniform(&program.rng)) / RATE;
        if (kind == ANOMALY_CRASH && program.at >= FROM && program.at < FROM + 30)
            program.at += 30;
        make_request(&program, i);
    }
    return (double)program.n_hit / TRACES;
}

static void observe_lines(struct lw_figures **figures)
{
    struct buf text = BUF_INIT;
    struct trace_rule *rule;
    struct trace_set set;
    struct lw_log *log;
    struct model *model;
    struct lw_traces *traces;
    struct lw_error err;
    uint32_t *templates;
    lines_print(&lines, &text);
    if (buf_status(&text) != 0 || small_open("kinds.log", &text, &log, &err) != 0 ||
        small_learn(log, "request (r[0-9]+)", &model, &err) != 0 ||
        trace_rule_parse("request (r[0-9]+)", &rule, &err) != 0 ||
        model_match_log(model, log, rule, NULL, &set, &templates, &err) != 0 ||
        traces_new(&set, templates, lw_log_count(log), &traces, &err) != 0 ||
        observe(model, log, traces, NULL, figures, NULL, &err) != 0)
        fail_msg("%s", err.text);
    trace_rule_free(rule);
    buf_release(&text);
    lw_traces_free(traces);
    model_free(model);
    lw_log_free(log);
}

static double value_of(const struct lw_figures *figures, enum anomaly kind, const char *what)
{
    char name[60];
    snprintf(name, sizeof name, "anomalies.%s%s", anomaly_name(kind), what);
    return lw_figures_value(figures, name);
}

/* Each is measured as often as it comes, and no other that lasts. */
static void each_kind_is_told_apart(void **state)
{
    (void)state;
    static const enum anomaly lasting[] = {ANOMALY_CASCADE, ANOMALY_EXHAUSTION, ANOMALY_FLAPPING, ANOMALY_CRASH,
                                           ANOMALY_DRIFT};
    static const enum anomaly kinds[] = {ANOMALY_NONE,     ANOMALY_CASCADE,     ANOMALY_EXHAUSTION,
                                         ANOMALY_FLAPPING, ANOMALY_CRASH,       ANOMALY_DRIFT,
                                         ANOMALY_TIMEOUT,  ANOMALY_COUNT_WRONG, ANOMALY_PARAMETER};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct lw_figures *figures;
        double truth = make_log(kinds[i]);
        observe_lines(&figures);
        double share = kinds[i] == ANOMALY_NONE ? 0 : value_of(figures, kinds[i], "");
        if (fabs(share - truth) > .35 * truth + (kinds[i] == ANOMALY_NONE ? 1 : 0))
            fail_msg("%s: %g are measured, %g are there", anomaly_name(kinds[i]), share, truth);
        for (size_t k = 0; k < sizeof lasting / sizeof *lasting; k++)
            if (lasting[k] != kinds[i] && value_of(figures, lasting[k], "") > 0)
                fail_msg("%s: %g of %s", anomaly_name(kinds[i]), value_of(figures, lasting[k], ""),
                         anomaly_name(lasting[k]));
        lw_figures_free(figures);
    }
}

static void episodes_last_as_long_and_go_as_far_as_they_do(void **state)
{
    (void)state;
    static const struct {
        enum anomaly kind;
        double seconds, severity;
    } cases[] = {{ANOMALY_CASCADE, 20, NAN},
                 {ANOMALY_FLAPPING, 36, 5},
                 {ANOMALY_CRASH, 30, NAN},
                 {ANOMALY_DRIFT, 100, 4},
                 {ANOMALY_EXHAUSTION, 100, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lw_figures *figures;
        make_log(cases[i].kind);
        observe_lines(&figures);
        double seconds = value_of(figures, cases[i].kind, ".duration"),
               severity = value_of(figures, cases[i].kind, ".severity");
        if (!(fabs(seconds / cases[i].seconds - 1) < .35))
            fail_msg("%s lasts %g s, not %g", anomaly_name(cases[i].kind), seconds, cases[i].seconds);
        if (!isnan(cases[i].severity) && !(fabs(severity / cases[i].severity - 1) < .35))
            fail_msg("%s goes to %g, not %g", anomaly_name(cases[i].kind), severity, cases[i].severity);
        lw_figures_free(figures);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_told_apart),
        cmocka_unit_test(episodes_last_as_long_and_go_as_far_as_they_do),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
