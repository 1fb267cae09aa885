#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "generate/walk.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_log.h"

#define N         4096
#define LONGEST   200
#define TEMPLATES 32

static struct model *model;
static struct blueprint *blueprint;

static int set_up(void **state)
{
    struct lw_constraints *none;
    if (scratch_set_up(state) != 0 || lw_constraints_new(&none, NULL) != 0)
        return -1;
    model = small_model(&small_styles[0], 400);
    int rc = model == NULL ? -1 : blueprint_of_model(model, none, &blueprint, NULL);
    lw_constraints_free(none);
    return rc;
}

static int tear_down(void **state)
{
    blueprint_free(blueprint);
    model_free(model);
    return scratch_tear_down(state);
}

static void init(struct sampler *sampler, const char *method, const char *json)
{
    struct lw_constraints *c = NULL;
    struct lw_error err;
    if (constraints_parse("test", json, strlen(json), &c, &err) != 0 ||
        sampler_init(sampler, blueprint, c, method, &err) != 0)
        fail_msg("%s %s: %s", method, json, err.text);
    lw_constraints_free(c);
}

/* What a set of traces is like: shares of events, of lengths, of pairs that the real log has. */
struct summary {
    double events, templates[TEMPLATES], lengths[LONGEST], known_pairs, pairs, delay_s;
};

static bool is_real_pair(uint32_t a, uint32_t b)
{
    const struct trace_set *real = &model->traces;
    for (size_t t = 0; t < real->n_traces; t++)
        for (size_t i = real->first[t] + 1; i < real->first[t + 1]; i++)
            if (real->templates[i - 1] == a && real->templates[i] == b)
                return true;
    return false;
}

static void add_trace(struct summary *s, const uint32_t *templates, const int64_t *times_us, size_t n, double weight)
{
    s->lengths[n < LONGEST ? n : LONGEST - 1] += weight;
    for (size_t i = 0; i < n; i++) {
        assert_true(templates[i] < TEMPLATES);
        s->templates[templates[i]] += 1;
        s->events += 1;
        if (i > 0) {
            s->pairs += 1;
            s->delay_s += (double)(times_us[i] - times_us[i - 1]) / 1e6;
        }
    }
}

static void finish(struct summary *s)
{
    for (size_t i = 0; i < TEMPLATES; i++)
        s->templates[i] /= s->events;
    s->delay_s /= s->pairs;
}

static struct summary summarise_real(void)
{
    const struct trace_set *real = &model->traces;
    struct summary s = {0};
    for (size_t t = 0; t < real->n_traces; t++)
        add_trace(&s, real->templates + real->first[t], real->times_us + real->first[t], trace_set_len(real, t),
                  1 / (double)real->n_traces);
    finish(&s);
    return s;
}

static struct summary summarise(const char *method, const char *json, size_t n)
{
    struct sampler sampler;
    struct course course = {0};
    struct summary s = {0};
    bool seen[TEMPLATES][TEMPLATES] = {{false}}, known[TEMPLATES][TEMPLATES] = {{false}};
    init(&sampler, method, json);
    for (size_t t = 0; t < n; t++) {
        assert_int_equal(sampler_draw(&sampler, t, &course), 0);
        add_trace(&s, course.templates, course.times_us, course.n, 1 / (double)n);
        for (size_t i = 1; i < course.n; i++) {
            uint32_t a = course.templates[i - 1], b = course.templates[i];
            if (!seen[a][b])
                known[a][b] = is_real_pair(a, b);
            seen[a][b] = true;
            s.known_pairs += known[a][b];
        }
    }
    finish(&s);
    course_release(&course);
    sampler_release(&sampler);
    return s;
}

static double variation(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += fabs(a[i] - b[i]) / 2;
    return sum;
}

static void each_keeps_what_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        double templates, lengths; /* total variation at most */
        double order;              /* share of steps that the real log has: at least ... */
        double order_most;         /* ... and at most */
    } rows[] = {
        {"machine", .02, .1, 1, 1},  {"random", .02, .06, 0, .75},   {"template", .02, .06, 0, .75},
        {"ngram", .03, .15, .98, 1}, {"oversample", .02, .06, 1, 1}, {"smote", .06, .25, .9, 1},
    };
    struct summary real = summarise_real();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct summary s = summarise(rows[i].method, "{}", N);
        double templates = variation(s.templates, real.templates, TEMPLATES),
               lengths = variation(s.lengths, real.lengths, LONGEST), order = s.known_pairs / s.pairs;
        if (templates > rows[i].templates || lengths > rows[i].lengths || order < rows[i].order - 1e-12 ||
            order > rows[i].order_most + 1e-12 || fabs(s.delay_s / real.delay_s - 1) > .15)
            fail_msg("%s: templates %g, lengths %g, order %g, delays %g against %g s", rows[i].method, templates,
                     lengths, order, s.delay_s, real.delay_s);
        struct summary slow = summarise(rows[i].method, "{\"delay_factor\": 3}", 256),
                       plain = summarise(rows[i].method, "{}", 256);
        assert_true(fabs(slow.delay_s / plain.delay_s - 3) < .01);
    }
}

static void oversampled_traces_are_real_and_smoted_ones_new(void **state)
{
    (void)state;
    static const char *const methods[] = {"oversample", "smote"};
    const struct trace_set *real = &model->traces;
    for (size_t m = 0; m < 2; m++) {
        struct sampler sampler;
        struct course course = {0};
        size_t n_new = 0;
        init(&sampler, methods[m], "{}");
        for (size_t t = 0; t < N; t++) {
            assert_int_equal(sampler_draw(&sampler, t, &course), 0);
            bool is_real = false;
            for (size_t r = 0; r < real->n_traces && !is_real; r++)
                is_real =
                    trace_set_len(real, r) == course.n && memcmp(real->templates + real->first[r], course.templates,
                                                                 course.n * sizeof *course.templates) == 0;
            n_new += !is_real;
        }
        if (m == 0)
            assert_int_equal(n_new, 0);
        else
            assert_true(n_new > 20 && n_new < N / 2);
        course_release(&course);
        sampler_release(&sampler);
    }
}

/* Of each 1,024 traces each beginning comes as often as it is probable, to within two. */
static void the_achieved_mix_is_close_to_the_expected(void **state)
{
    (void)state;
    struct sampler sampler;
    struct course course = {0};
    init(&sampler, "machine", "{}");
    const struct ways *ways = &sampler.tilt.ways;
    for (uint64_t block = 0; block < 4; block++) {
        double counts[2] = {0}, expected[2] = {0}; /* the two most frequent second steps */
        const struct way_step *first = &ways->steps[ways->first[WAYS_START]];
        size_t second = ways->first[first->to];
        for (uint64_t t = block * 1024; t < (block + 1) * 1024; t++) {
            assert_int_equal(sampler_draw(&sampler, t, &course), 0);
            for (size_t k = 0; k < 2 && second + k < ways->first[first->to + 1]; k++)
                counts[k] += course.n > 1 && course.templates[0] == ways_template(ways, first) &&
                             course.templates[1] == ways_template(ways, &ways->steps[second + k]);
        }
        for (size_t k = 0; k < 2 && second + k < ways->first[first->to + 1]; k++) {
            bool is_event = ways->steps[second + k].to != WAYS_END;
            expected[k] = is_event ? 1024 * ways->p[ways->first[WAYS_START]] * ways->p[second + k] : counts[k];
            assert_true(fabs(counts[k] - expected[k]) <= 2);
        }
    }
    course_release(&course);
    sampler_release(&sampler);
}

static void traces_pass_what_they_are_led_through(void **state)
{
    (void)state;
    struct sampler sampler;
    struct course course = {0};
    init(&sampler, "machine", "{\"through\": \"E4,E2,E3\"}");
    for (uint64_t t = 0; t < 500; t++) {
        static const uint32_t wanted[] = {4, 2, 3};
        size_t passed = 0;
        assert_int_equal(sampler_draw(&sampler, t, &course), 0);
        for (size_t i = 0; i < course.n && passed < 3; i++)
            passed += course.templates[i] == wanted[passed];
        assert_int_equal(passed, 3);
    }
    course_release(&course);
    sampler_release(&sampler);
}

static void what_a_method_does_not_obey_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *method, *json;
        int rc;
    } rows[] = {
        {"machine", "{\"levels\": {\"error\": 0.1}, \"through\": \"E1\"}", 0},
        {"random", "{\"levels\": {\"error\": 0.1}}", 0},
        {"random", "{\"through\": \"E1\"}", 1},
        {"ngram", "{\"levels\": {\"error\": 0.1}}", 1},
        {"oversample", "{\"rare_path_factor\": 2}", 1},
        {"smote", "{\"traces\": 5}", 0},
        {"magic", "{}", LW_ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lw_constraints *c = NULL;
        struct lw_error err;
        assert_int_equal(constraints_parse("test", rows[i].json, strlen(rows[i].json), &c, &err), 0);
        assert_int_equal(lw_method_ignores(rows[i].method, c, &err), rows[i].rc);
        lw_constraints_free(c);
    }
}

static void real_traces_are_asked_for(void **state)
{
    (void)state;
    static const char *const methods[] = {"ngram", "oversample", "smote"};
    struct blueprint bare = *blueprint;
    struct lw_constraints *c;
    bare.model = NULL;
    assert_int_equal(lw_constraints_new(&c, NULL), 0);
    for (size_t i = 0; i < 3; i++) {
        struct sampler sampler;
        struct lw_error err;
        assert_int_equal(sampler_init(&sampler, &bare, c, methods[i], &err), LW_ERR_USAGE);
        assert_non_null(strstr(err.text, "real traces"));
    }
    lw_constraints_free(c);
}

struct asked {
    const char *method;
    struct lw_constraints *constraints;
};

static int draw_once(void *user, struct lw_error *err)
{
    const struct asked *asked = user;
    struct sampler sampler;
    struct course course = {0};
    int rc = sampler_init(&sampler, blueprint, asked->constraints, asked->method, err);
    if (rc != 0)
        return rc;
    rc = sampler_draw(&sampler, 3, &course);
    if (rc != 0)
        err->code = LW_ERR_MEMORY;
    course_release(&course);
    sampler_release(&sampler);
    return rc;
}

static void memory_that_runs_out_leaves_nothing(void **state)
{
    (void)state;
    static const char *const methods[] = {"random", "template", "oversample", "smote"};
    struct asked asked = {.constraints = NULL};
    assert_int_equal(lw_constraints_new(&asked.constraints, NULL), 0);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        asked.method = methods[i];
        failalloc_each(draw_once, &asked);
    }
    lw_constraints_free(asked.constraints);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_keeps_what_it_says),
        cmocka_unit_test(oversampled_traces_are_real_and_smoted_ones_new),
        cmocka_unit_test(the_achieved_mix_is_close_to_the_expected),
        cmocka_unit_test(traces_pass_what_they_are_led_through),
        cmocka_unit_test(what_a_method_does_not_obey_is_said),
        cmocka_unit_test(real_traces_are_asked_for),
        cmocka_unit_test(memory_that_runs_out_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
