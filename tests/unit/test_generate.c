#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "generate/expected.h"
#include "generate/generate.h"
#include "generate/inject.h"
#include "tests/lib/small_generate.h"
#include "tests/lib/small_log.h"

static struct model *model;
static struct blueprint *blueprint;

static int make_model(void **state)
{
    if (scratch_set_up(state) != 0)
        return -1;
    model = small_model(&small_styles[0], 400);
    return model == NULL ? -1 : blueprint_of_model(model, NULL, &blueprint, NULL);
}

static int free_model(void **state)
{
    blueprint_free(blueprint);
    model_free(model);
    return scratch_tear_down(state);
}

static void generate(const char *json, const char *method, const struct lw_run *run, struct generated *out)
{
    struct lw_constraints *c = small_constraints(json);
    struct lw_error err;
    if (generate_traces(blueprint, c, method, run, out, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    lw_constraints_free(c);
}

static void assert_sane(const struct generated *g, size_t n)
{
    assert_int_equal(g->traces.n_traces, n);
    for (uint32_t t = 0; t < n; t++) {
        struct lw_bytes name = intern_get(&g->traces.names, t);
        assert_int_equal(intern_find(&model->traces.names, name.data, name.len), INTERN_NONE);
        for (size_t i = g->traces.first[t]; i < g->traces.first[t + 1]; i++) {
            assert_true(i == g->traces.first[t] || g->traces.times_us[i - 1] <= g->traces.times_us[i]);
            assert_int_equal(g->traces.records[i], LW_NO_RECORD);
            assert_true(g->traces.templates[i] == LW_TEMPLATE_UNKNOWN ||
                        templates_index(&model->templates, g->traces.templates[i]) >= 0);
        }
    }
}

static void normal_traces_only_take_transitions_that_are_there(void **state)
{
    (void)state;
    static const char *const documents[] = {"{\"traces\": 500}", "{\"traces\": 500, \"rare_path_factor\": 20}",
                                            "{\"traces\": 500, \"template_weights\": {\"E2\": 30, \"E4\": 9}}",
                                            "{\"traces\": 500, \"levels\": {\"error\": 0.15}}"};
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        struct generated g;
        generate(documents[i], "machine", NULL, &g);
        assert_sane(&g, 500);
        for (size_t t = 0; t < 500; t++) {
            struct course course = small_course(&g, t);
            assert_true(machine_accepts(&model->machine, &course));
            assert_int_equal(g.kinds[t], ANOMALY_NONE);
        }
        generated_release(&g);
    }
}

static void assert_same_traces(const struct generated *a, const struct generated *b, size_t n)
{
    for (size_t t = 0; t < n; t++) {
        struct course x = small_course(a, t), y = small_course(b, t);
        struct lw_bytes p = intern_get(&a->traces.names, (uint32_t)t), q = intern_get(&b->traces.names, (uint32_t)t);
        assert_int_equal(x.n, y.n);
        assert_memory_equal(x.templates, y.templates, x.n * sizeof *x.templates);
        assert_memory_equal(x.times_us, y.times_us, x.n * sizeof *x.times_us);
        assert_int_equal(p.len, q.len);
        assert_memory_equal(p.data, q.data, p.len);
    }
}

static void a_log_does_not_depend_on_threads(void **state)
{
    (void)state;
    for (size_t method = 0; method < lw_method_count(); method++) {
        const char *name = lw_method_get(method)->name;
        if (strcmp(name, "llm") == 0) /* has a test of its own, with a server */
            continue;
        struct lw_executor *executor;
        assert_int_equal(lw_executor_new(3, &executor, NULL), 0);
        struct lw_run run = {LW_OPTIONS_VERSION, executor, NULL, NULL, NULL};
        struct generated again, many, threaded, other;
        generate("{\"traces\": 1200, \"seed\": 5}", name, &run, &again);
        generate("{\"traces\": 1200, \"seed\": 5}", name, NULL, &many);
        generate("{\"traces\": 1200, \"seed\": 5, \"anomalies\": {\"unknown\": 0.1}}", name, &run, &threaded);
        generate("{\"traces\": 1200, \"seed\": 6}", name, NULL, &other);
        assert_same_traces(&again, &many, 1200);
        for (size_t t = 0; t < 1200; t++)
            if (threaded.kinds[t] == ANOMALY_NONE)
                assert_memory_equal(small_course(&many, t).templates, small_course(&threaded, t).templates,
                                    small_course(&many, t).n * sizeof(uint32_t));
        assert_true(many.traces.n_events != other.traces.n_events ||
                    memcmp(many.traces.templates, other.traces.templates, many.traces.n_events * sizeof(uint32_t)) !=
                        0);
        generated_release(&again);
        generated_release(&many);
        generated_release(&threaded);
        generated_release(&other);
        lw_executor_free(executor);
    }
}

static void anomalies_are_as_many_as_asked_and_break_what_they_say(void **state)
{
    (void)state;
    struct generated g, plain;
    generate("{\"traces\": 1000, \"anomalies\": {\"missing\": 0.05, \"repeated\": 0.031, \"swapped\": 0.02,"
             "\"unknown\": 0.01, \"delay\": {\"rate\": 0.04, \"severity\": 5}}}",
             "machine", NULL, &g);
    generate("{\"traces\": 1000}", "machine", NULL, &plain);
    assert_sane(&g, 1000);
    size_t counts[ANOMALY_COUNT] = {0};
    for (size_t t = 0; t < 1000; t++) {
        struct course course = small_course(&g, t), was = small_course(&plain, t);
        enum anomaly kind = (enum anomaly)g.kinds[t];
        counts[kind]++;
        size_t unknown = 0, marked = 0, root = UINT32_MAX;
        for (size_t i = course.n; i-- > 0;) {
            assert_true(course.kinds[i] == kind || course.kinds[i] == ANOMALY_NONE);
            marked += course.kinds[i] != ANOMALY_NONE;
            root = course.kinds[i] != ANOMALY_NONE ? i : root;
            if (course.templates[i] == LW_TEMPLATE_UNKNOWN)
                assert_int_equal(course.kinds[i], ANOMALY_UNKNOWN);
        }
        assert_int_equal(g.roots[t], root);
        assert_int_equal(marked, kind == ANOMALY_NONE ? 0 : kind == ANOMALY_SWAPPED ? 2 : 1);
        for (size_t i = 0; i < course.n; i++)
            unknown += course.templates[i] == LW_TEMPLATE_UNKNOWN;
        assert_int_equal(unknown, kind == ANOMALY_UNKNOWN);
        assert_int_equal(machine_accepts(&model->machine, &course), kind == ANOMALY_NONE || kind == ANOMALY_DELAY);
        int change = kind == ANOMALY_MISSING ? -1 : kind == ANOMALY_REPEATED || kind == ANOMALY_UNKNOWN ? 1 : 0;
        assert_int_equal((int)course.n - (int)was.n, change);
        size_t differ = 0, late = 0;
        for (size_t i = 0; i < course.n && course.n == was.n; i++) {
            int64_t delay = i == 0 ? 0 : course.times_us[i] - course.times_us[i - 1];
            int64_t usual = i == 0 ? 0 : was.times_us[i] - was.times_us[i - 1];
            if (course.templates[i] != was.templates[i] || delay != usual)
                assert_int_equal(course.kinds[i], kind);
            differ += course.templates[i] != was.templates[i];
            late += delay != usual;
            assert_true(delay >= usual);
        }
        assert_int_equal(differ, kind == ANOMALY_SWAPPED ? 2 : 0);
        assert_int_equal(late, kind == ANOMALY_DELAY ? 1 : 0);
    }
    assert_int_equal(counts[ANOMALY_MISSING], 50);
    assert_int_equal(counts[ANOMALY_REPEATED], 31);
    assert_int_equal(counts[ANOMALY_SWAPPED], 20);
    assert_int_equal(counts[ANOMALY_UNKNOWN], 10);
    assert_int_equal(counts[ANOMALY_DELAY], 40);
    generated_release(&g);
    generated_release(&plain);
}

/* Share of each level as the templates' own levels say; in this log each template has one. */
static double share_of(const struct generated *g, enum lw_level level)
{
    double n = 0;
    for (size_t i = 0; i < g->traces.n_events; i++) {
        ptrdiff_t index = templates_index(&model->templates, g->traces.templates[i]);
        n += model->templates.items[index].levels[level] > 0;
    }
    return n / (double)g->traces.n_events;
}

/* Expected shares of levels; what misses a target is an error, as it is when traces are made. */
static int expect_levels(const struct lw_constraints *c, double *shares, struct lw_error *err)
{
    struct expected expected;
    int rc = expected_find(blueprint, c, TILT_EXPLAIN, &expected, err);
    if (rc != 0)
        return rc;
    shares[LW_LEVEL_NONE] = 1;
    for (size_t i = 0; i < expected.n; i++)
        for (int l = LW_LEVEL_NONE + 1; l < LW_LEVEL_COUNT; l++)
            if (strncmp(expected.rows[i].name, "levels.", 7) == 0 &&
                strcmp(expected.rows[i].name + 7, lw_level_name((enum lw_level)l)) == 0) {
                shares[l] = expected.rows[i].value;
                shares[LW_LEVEL_NONE] -= shares[l];
            }
    rc = expected.missed.code;
    if (rc != 0)
        *err = expected.missed;
    expected_release(&expected);
    return rc;
}

static void the_expected_mix_comes_out_and_targets_are_met(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        double error;
    } cases[] = {
        {"{\"traces\": 20000}", NAN},
        {"{\"traces\": 20000, \"levels\": {\"error\": 0.01}}", .01},
        {"{\"traces\": 20000, \"levels\": {\"error\": 0.12}}", .12},
        {"{\"traces\": 20000, \"levels\": {\"error\": 0.1, \"warn\": 0.1}}", .1},
        {"{\"traces\": 20000, \"levels\": {\"error\": 0}}", 0},
        {"{\"traces\": 20000, \"rare_path_factor\": 4, \"template_weights\": {\"E2\": 0.5}}", NAN},
    };
    for (size_t m = 0; m < lw_method_count(); m++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct lw_constraints *c = small_constraints(cases[i].json);
            double shares[LW_LEVEL_COUNT], sum = 0;
            struct lw_error err;
            if (expect_levels(c, shares, &err) != 0)
                fail_msg("%s: %s", cases[i].json, err.text);
            for (size_t l = 0; l < LW_LEVEL_COUNT; l++)
                sum += shares[l];
            assert_true(fabs(sum - 1) < 1e-9);
            assert_true(isnan(cases[i].error) || fabs(shares[LW_LEVEL_ERROR] - cases[i].error) < 1e-4);
            struct generated g;
            bool is_llm = strcmp(lw_method_get(m)->name, "llm") == 0;
            if (is_llm || lw_method_ignores(lw_method_get(m)->name, c, NULL) == 1) {
                lw_constraints_free(c);
                continue;
            }
            generate(cases[i].json, lw_method_get(m)->name, NULL, &g);
            if (m == 0 || !isnan(cases[i].error)) {
                double want = m == 0 ? shares[LW_LEVEL_ERROR] : cases[i].error;
                if (fabs(share_of(&g, LW_LEVEL_ERROR) - want) > .004)
                    fail_msg("%s %s: %g, not %g", lw_method_get(m)->name, cases[i].json, share_of(&g, LW_LEVEL_ERROR),
                             want);
            }
            generated_release(&g);
            lw_constraints_free(c);
        }
}

static void what_cannot_be_met_says_what_can(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int code;
        const char *binding;
    } cases[] = {
        {"{\"levels\": {\"error\": 0.9}}", LW_ERR_INFEASIBLE, "levels.error: 0.9"},
        {"{\"levels\": {\"fatal\": 0.1}}", LW_ERR_INFEASIBLE, "no template"},
        {"{\"levels\": {\"error\": 0.02, \"warn\": 0.3}}", LW_ERR_INFEASIBLE, "levels."},
        {"{\"template_weights\": {\"E1\": 0}}", LW_ERR_INFEASIBLE, "template_weights.E1"},
        {"{\"template_weights\": {\"E99\": 2}}", LW_ERR_NOT_FOUND, "template_weights.E99"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lw_constraints *c = small_constraints(cases[i].json);
        struct generated g;
        double shares[LW_LEVEL_COUNT];
        struct lw_error err;
        int rc = generate_traces(blueprint, c, "machine", NULL, &g, &err);
        if (rc != cases[i].code || strstr(err.text, cases[i].binding) == NULL)
            fail_msg("%s: %d %s", cases[i].json, rc, rc == 0 ? "" : err.text);
        assert_int_equal(expect_levels(c, shares, &err), cases[i].code);
        double can;
        const char *offer = strstr(err.text, "; ");
        if (i == 0) {
            /* What is offered can be had. */
            assert_int_equal(sscanf(offer, "; %lf can be met", &can), 1);
            assert_true(can > .1 && can < .9);
            assert_int_equal(lw_constraints_set(c, "levels.error", can, NULL), 0);
            assert_int_equal(expect_levels(c, shares, &err), 0);
        }
        lw_constraints_free(c);
    }
    struct lw_constraints *c = small_constraints("{}");
    struct lw_error err;
    struct generated g;
    assert_int_equal(generate_traces(blueprint, c, "magic", NULL, &g, &err), LW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "machine"));
    lw_constraints_free(c);
}

/* The rarer way out of a state comes more often, the more so the larger the factor, and never at all below. */
static void rare_paths_come_more_often(void **state)
{
    (void)state;
    double last = 0;
    static const char *const factors[] = {"0.5", "1", "3", "30"};
    for (size_t i = 0; i < 4; i++) {
        char json[64];
        struct generated g;
        snprintf(json, sizeof json, "{\"traces\": 5000, \"rare_path_factor\": %s}", factors[i]);
        generate(json, "machine", NULL, &g);
        double share = share_of(&g, LW_LEVEL_ERROR);
        assert_true(share > last);
        last = share;
        generated_release(&g);
    }
}

static void delays_are_multiplied_and_a_start_is_kept(void **state)
{
    (void)state;
    struct generated once, twice;
    generate("{\"traces\": 2000, \"start\": \"2030-01-01T00:00:00Z\"}", "machine", NULL, &once);
    generate("{\"traces\": 2000, \"delay_factor\": 2}", "machine", NULL, &twice);
    assert_true(once.traces.times_us[0] == INT64_C(1893456000000000));
    double a = 0, b = 0;
    for (size_t t = 0; t < 2000; t++) {
        struct course x = small_course(&once, t), y = small_course(&twice, t);
        a += (double)(x.times_us[x.n - 1] - x.times_us[0]);
        b += (double)(y.times_us[y.n - 1] - y.times_us[0]);
    }
    assert_true(fabs(b / a - 2) < 1e-3);
    generated_release(&once);
    generated_release(&twice);
}

static void a_cancelled_run_leaves_nothing(void **state)
{
    (void)state;
    struct lw_cancel *cancel;
    assert_int_equal(lw_cancel_new(&cancel, NULL), 0);
    lw_cancel_request(cancel);
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, cancel, NULL, NULL};
    struct lw_constraints *c = small_constraints("{}");
    struct generated g;
    assert_int_equal(generate_traces(blueprint, c, "machine", &run, &g, NULL), LW_ERR_CANCELLED);
    lw_constraints_free(c);
    lw_cancel_free(cancel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_traces_only_take_transitions_that_are_there),
        cmocka_unit_test(a_log_does_not_depend_on_threads),
        cmocka_unit_test(anomalies_are_as_many_as_asked_and_break_what_they_say),
        cmocka_unit_test(the_expected_mix_comes_out_and_targets_are_met),
        cmocka_unit_test(what_cannot_be_met_says_what_can),
        cmocka_unit_test(rare_paths_come_more_often),
        cmocka_unit_test(delays_are_multiplied_and_a_start_is_kept),
        cmocka_unit_test(a_cancelled_run_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_model, free_model);
}
