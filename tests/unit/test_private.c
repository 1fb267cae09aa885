#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate/private_blueprint.h"
#include "generate/write.h"
#include "tests/lib/small_generate.h"
#include "tests/lib/small_log.h"

#define RUNS 600

/* Forty traces of one kind, and perhaps an odd one. */
static struct model *learn(bool has_odd)
{
    struct buf text = BUF_INIT;
    struct lw_log *log = NULL;
    struct model *model = NULL;
    struct lw_error err;
    for (unsigned t = 0; t < 40; t++)
        for (unsigned e = 0; e < 3; e++)
            buf_printf(&text, "2024-03-01 10:%02u:%02u.123 INFO [7] db.session: step %s (session s-%06u)\n", t, e * 7,
                       e == 0   ? "begins"
                       : e == 1 ? "works"
                                : "ends",
                       5000 + t);
    for (unsigned e = 0; e < 30 && has_odd; e++)
        buf_printf(&text, "2024-03-01 11:00:%02u.123 INFO [7] db.session: step %s (session s-%06u)\n", e,
                   e % 2 == 0 ? "works" : "sulks in a corner", 9999);
    if (small_open("learned.log", &text, &log, &err) != 0 ||
        small_learn(log, "\\(session (s-[0-9]+)\\)", &model, &err) != 0)
        fail_msg("%s", err.text);
    lw_log_free(log);
    buf_release(&text);
    return model;
}

/* What an attacker looks at: numbers of what came out. */
enum { SEEN_TOTAL, SEEN_TEMPLATES, SEEN_BAGS, SEEN_PATHS, SEEN_STEPS, SEEN_LONG, N_SEEN };

static void observe(const struct model *model, double epsilon, double seen[N_SEEN])
{
    const struct privacy_budget budget = {epsilon, 1e-5, 64};
    struct private_traces made;
    struct noise noise;
    struct lw_error err;
    noise_init(&noise);
    int code = private_traces_make(model, &budget, &noise, &made, &err);
    memset(seen, 0, N_SEEN * sizeof *seen);
    if (code == LW_ERR_INFEASIBLE)
        return;
    assert_int_equal(code, 0);
    seen[SEEN_TOTAL] = (double)made.n_real;
    seen[SEEN_TEMPLATES] = (double)made.n_templates;
    seen[SEEN_BAGS] = (double)made.n_bags;
    seen[SEEN_PATHS] = (double)made.n_variants;
    seen[SEEN_STEPS] = (double)made.n_transitions;
    for (size_t t = 0; t < made.traces.n_traces; t++)
        seen[SEEN_LONG] += trace_set_len(&made.traces, t) > 3;
    private_traces_release(&made);
}

/* The largest epsilon that the attack proves, at 95 % confidence for each guess: log(P(guess | there) - delta) /
 * P(guess | not there)), over thresholds of everything seen. */
static double attack(const struct model *without, const struct model *with, double epsilon, int runs)
{
    static double seen[2][RUNS][N_SEEN];
    double best = 0;
    for (int i = 0; i < runs; i++) {
        observe(without, epsilon, seen[0][i]);
        observe(with, epsilon, seen[1][i]);
    }
    for (int what = 0; what < N_SEEN; what++)
        for (int cut = 0; cut < runs; cut += runs / 50)
            for (int side = 0; side < 4; side++) {
                double hits[2] = {0, 0}, threshold = seen[cut % 2][cut][what];
                for (int arm = 0; arm < 2; arm++)
                    for (int i = 0; i < runs; i++) {
                        double x = seen[arm][i][what];
                        hits[arm] += side < 2 ? x >= threshold : x <= threshold;
                    }
                double p = hits[side % 2] / runs, q = hits[1 - side % 2] / runs;
                /* Over all those guesses, four deviations. */
                double low = p - 4 * sqrt(p * (1 - p) / runs + 1. / runs / runs);
                double high = q + 4 * sqrt(q * (1 - q) / runs + 4. / runs / runs);
                if (low > 1e-5)
                    best = fmax(best, log((low - 1e-5) / high));
            }
    return best;
}

static void neighbours_cannot_be_told_apart(void **state)
{
    (void)state;
    struct model *without = learn(false), *with = learn(true);
    double proved = attack(without, with, 1, RUNS);
    if (proved > 1)
        fail_msg("epsilon 1, but the attack proves %f", proved);
    /* With next to no noise the odd trace shows. */
    assert_true(attack(without, with, 1e6, 100) > 1);
    model_free(without);
    model_free(with);
}

/* A log of each style comes out and is read again; the seed of the noise says so, and alone decides. */
static void generates_from_noised_statistics(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SMALL_STYLES - 1; i++) {
        struct model *model = small_model(&small_styles[i], 800);
        struct lw_constraints *c = small_constraints("{\"traces\": 50, \"privacy\": {\"epsilon\": 20}}");
        struct buf logs[3] = {BUF_INIT, BUF_INIT, BUF_INIT}, report = BUF_INIT;
        assert_non_null(model);
        for (int run = 0; run < 3; run++) {
            struct blueprint *blueprint;
            struct lw_error err;
            c->has_noise_seed = run < 2;
            c->noise_seed = 9;
            buf_clear(&report);
            if (blueprint_under(model, c, NULL, &blueprint, &report, &err) != 0)
                fail_msg("%s: %s", small_styles[i].name, err.text);
            assert_true((strstr(report.data, "NOT PRIVATE") != NULL) == (run < 2));
            assert_non_null(strstr(report.data, "epsilon 20"));
            assert_null(blueprint->model);
            small_generate(blueprint, c, &logs[run]);
            blueprint_free(blueprint);
        }
        assert_true(logs[0].len > 1000 && logs[0].len == logs[1].len);
        assert_memory_equal(logs[0].data, logs[1].data, logs[0].len);
        assert_true(logs[2].len != logs[0].len || memcmp(logs[2].data, logs[0].data, logs[0].len) != 0);
        for (int run = 0; run < 3; run++)
            buf_release(&logs[run]);
        buf_release(&report);
        lw_constraints_free(c);
        model_free(model);
    }
}

/* Messages of one trace stay out, whatever the noise; too small a budget is an error that says so. */
static void what_one_trace_has_stays_out(void **state)
{
    (void)state;
    struct model *model = learn(true);
    const struct templates *templates = &model->templates;
    for (unsigned i = 0; i < 100; i++) {
        const struct privacy_budget budget = {i % 2 == 0 ? 10 : 1000, 1e-5, 64};
        struct private_traces made;
        struct noise noise;
        noise_init(&noise);
        assert_int_equal(private_traces_make(model, &budget, &noise, &made, NULL), 0);
        for (size_t t = 0; t < templates->n; t++)
            if (templates->items[t].count < 20)
                assert_int_equal(made.template_counts[t], 0);
        private_traces_release(&made);
    }
    struct lw_constraints *c = small_constraints("{\"traces\": 50, \"privacy\": {\"epsilon\": 0.001}}");
    struct blueprint *blueprint;
    struct lw_error err;
    assert_int_equal(blueprint_under(model, c, NULL, &blueprint, NULL, &err), LW_ERR_INFEASIBLE);
    assert_non_null(strstr(err.text, "epsilon 0.001"));
    lw_constraints_free(c);
    model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_cannot_be_told_apart),
        cmocka_unit_test(generates_from_noised_statistics),
        cmocka_unit_test(what_one_trace_has_stays_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
