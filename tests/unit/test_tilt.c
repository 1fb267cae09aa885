#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "generate/tilt.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_machine.h"

#define STEPS_MAX 400 /* after so many next to nothing of a walk is left */
#define TRACE_MAX 9

/* E1 and E3 come as one thing each, E2 at two levels; E3, in a service of its own, is a failure. */
static size_t first_facets[] = {0, 1, 2, 4, 5, 6};
static struct facet facet_items[] = {
    {LW_LEVEL_NONE, FACET_NONE, FACET_NONE}, {LW_LEVEL_INFO, 0, FACET_NONE}, {LW_LEVEL_INFO, 0, FACET_NONE},
    {LW_LEVEL_WARN, 0, FACET_NONE},          {LW_LEVEL_ERROR, 1, 0},         {LW_LEVEL_FATAL, 1, 1}};
static double facet_shares[] = {1, 1, .9, .1, 1, 1};
static struct template_item items[] = {{.id = 1}, {.id = 2}, {.id = 3}, {.id = 4}};
static struct templates templates = {.items = items, .n = 4};
static struct blueprint blueprint;

static int set_up(void **state)
{
    (void)state;
    uint32_t id;
    blueprint = (struct blueprint){.machine = &small_machine, .templates = &templates, .longest = 12};
    blueprint.facets = (struct facets){.n_symbols = 5,
                                       .first = first_facets,
                                       .items = facet_items,
                                       .shares = facet_shares,
                                       .services = INTERN_INIT,
                                       .error_types = INTERN_INIT};
    return intern_add(&blueprint.facets.services, "api", 3, &id) != 0 ||
           intern_add(&blueprint.facets.services, "db", 2, &id) != 0 ||
           intern_add(&blueprint.facets.error_types, "E3", 2, &id) != 0 ||
           intern_add(&blueprint.facets.error_types, "E4", 2, &id) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    intern_release(&blueprint.facets.services);
    intern_release(&blueprint.facets.error_types);
    return 0;
}

static struct lw_constraints *constrain(const char *json)
{
    struct lw_constraints *c = NULL;
    struct lw_error err;
    if (constraints_parse("test", json, strlen(json), &c, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    return c;
}

static int try_build(const char *json, struct lw_error *missed, struct tilt *tilt, struct lw_error *err)
{
    struct lw_constraints *c = constrain(json);
    int rc = tilt_build(&small_machine, &blueprint, c, TILT_EXPLAIN, missed, tilt, err);
    lw_constraints_free(c);
    return rc;
}

static void build(const char *json, struct tilt *tilt)
{
    struct lw_error err;
    if (try_build(json, NULL, tilt, &err) != 0)
        fail_msg("%s: %s", json, err.text);
}

/* ---- the same figures by following walks step by step ---- */

struct followed {
    double length, facets[6], pairs[16];
    double entropy; /* relative to the machine */
};

static double bent_share(const struct tilt *tilt, size_t facet)
{
    return facet_shares[facet] * tilt->facet_odds[facet];
}

static void follow_step(const struct tilt *tilt, size_t i, double mass, struct followed *out)
{
    const struct way_step *step = &tilt->ways.steps[i];
    out->entropy += mass > 0 ? mass * log(tilt->ways.p[i] / small_machine_odds[step->edge]) : 0;
    if (step->to == WAYS_END)
        return;
    uint32_t t = ways_template(&tilt->ways, step);
    out->length += mass;
    out->pairs[step->pair] += mass;
    for (size_t f = first_facets[t]; f < first_facets[t + 1]; f++) {
        out->facets[f] += mass * bent_share(tilt, f);
        if (bent_share(tilt, f) > 0)
            out->entropy += mass * bent_share(tilt, f) * log(tilt->facet_odds[f]);
    }
}

static struct followed follow(const struct tilt *tilt)
{
    struct followed out = {0};
    double here[16] = {0}, next[16];
    here[WAYS_START] = 1;
    for (int n = 0; n < STEPS_MAX; n++) {
        memset(next, 0, sizeof next);
        for (size_t i = 0; i < tilt->ways.n_steps; i++) {
            double mass = here[tilt->ways.steps[i].from] * tilt->ways.p[i];
            next[tilt->ways.steps[i].to] += mass;
            follow_step(tilt, i, mass, &out);
        }
        memcpy(here, next, sizeof here);
        here[WAYS_END] = 0;
    }
    return out;
}

static void assert_consistent(const struct tilt *tilt)
{
    struct followed followed = follow(tilt);
    for (size_t node = 0; node < tilt->ways.n_nodes; node++) {
        double sum = 0;
        for (size_t i = tilt->ways.first[node]; i < tilt->ways.first[node + 1]; i++)
            sum += tilt->ways.p[i];
        assert_true(node == WAYS_END || fabs(sum - 1) < 1e-9);
    }
    assert_true(fabs(followed.length - tilt->expected_len) < 1e-8);
    for (size_t f = 0; f < 6; f++)
        assert_true(fabs(followed.facets[f] - tilt->facet_flow[f]) < 1e-8);
}

static void targets_of_all_kinds_are_met_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        double values[3];
    } cases[] = {
        {"{}", {0}},
        {"{\"levels\": {\"error\": 0.02}}", {.02}},
        {"{\"levels\": {\"error\": 0.3}}", {.3}},
        {"{\"levels\": {\"error\": 0.3, \"warn\": 0.2}}", {.3, .2}},
        {"{\"templates\": {\"E1\": 0.4, \"E3\": 0.05}}", {.4, .05}},
        {"{\"services\": {\"db\": 0.25}, \"levels\": {\"warn\": 0.01}}", {.01, .25}},
        {"{\"calls\": [{\"from\": \"db\", \"to\": \"api\", \"probability\": 1}]}", {1}},
        {"{\"levels\": {\"error\": 0}}", {0}},
        {"{\"levels\": {\"warn\": 0}, \"services\": {\"db\": 0.2}}", {0, .2}},
        {"{\"rare_path_factor\": 3, \"template_weights\": {\"E3\": 2}, \"levels\": {\"error\": 0.1}}", {.1}},
        {"{\"transition_weights\": {\"B>end\": 0.5}, \"levels\": {\"error\": 0.1}}", {.1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tilt tilt;
        build(cases[i].json, &tilt);
        assert_consistent(&tilt);
        for (size_t k = 0; k < tilt.targets.n; k++)
            if (fabs(tilt.values[k] - cases[i].values[k]) > 1e-8)
                fail_msg("%s: %s is %.12g", cases[i].json, tilt.targets.items[k].path, tilt.values[k]);
        tilt_release(&tilt);
    }
}

static void calls_are_shares_of_the_steps_out_of_a_service(void **state)
{
    (void)state;
    struct tilt tilt;
    build("{\"services\": {\"db\": 0.2}, \"calls\": [{\"from\": \"api\", \"to\": \"db\", \"probability\": 1}]}", &tilt);
    assert_consistent(&tilt);
    struct followed followed = follow(&tilt);
    uint32_t n = tilt.targets.n_classes;
    for (size_t k = 0; k < tilt.targets.n; k++) {
        const struct target *target = &tilt.targets.items[k];
        if (target->kind != TARGET_CALL)
            continue;
        double base = 0;
        for (uint32_t to = 0; to < n; to++)
            base += to == target->what ? 0 : followed.pairs[target->what * n + to];
        assert_true(fabs(followed.pairs[target->what * n + target->to] / base - tilt.values[k]) < 1e-9);
    }
    tilt_release(&tilt);
}

/* ---- least relative entropy ---- */

struct trace_walk {
    const struct tilt *tilt;
    double constant; /* log of the ratio of weights that must be the same for all traces; NAN before the first */
    size_t n;
};

/* What each event adds to the log ratio beyond what the targets' pulls explain has to be the same for all traces. */
static double explained(const struct tilt *tilt, uint32_t t, size_t facet)
{
    double sum = -tilt->length_pull;
    for (size_t k = 0; k < tilt->targets.n; k++) {
        const struct target *target = &tilt->targets.items[k];
        double share = tilt->pulls[k] > 0 ? target->low : target->high;
        bool is_base, is_counted = target_counts_facet(target, t, &facet_items[facet], &is_base);
        sum += tilt->pulls[k] * (is_counted - (is_base ? share : 0));
    }
    return sum;
}

static void check_traces(struct trace_walk *walk, uint32_t node, size_t n, double ratio)
{
    const struct tilt *tilt = walk->tilt;
    if (node == WAYS_END) {
        if (isnan(walk->constant))
            walk->constant = ratio;
        assert_true(fabs(walk->constant - ratio) < 1e-7);
        walk->n++;
        return;
    }
    for (size_t i = tilt->ways.first[node]; i < tilt->ways.first[node + 1] && n < TRACE_MAX; i++) {
        const struct way_step *step = &tilt->ways.steps[i];
        double own = log(tilt->ways.p[i] / small_machine_odds[step->edge]);
        if (step->to == WAYS_END) {
            check_traces(walk, step->to, n, ratio + own);
            continue;
        }
        uint32_t t = ways_template(&tilt->ways, step);
        for (size_t f = first_facets[t]; f < first_facets[t + 1]; f++)
            check_traces(walk, step->to, n + 1, ratio + own + log(tilt->facet_odds[f]) - explained(tilt, t, f));
    }
}

/* The conditions of Karush, Kuhn and Tucker: traces are weighed by their features alone, pulls have the right sign, and
 * only what binds pulls. They suffice, since the problem is convex. */
static void the_bend_is_the_least_there_is(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "{\"levels\": {\"error\": 0.3}}",
        "{\"levels\": {\"error\": 0.3, \"warn\": 0.2}, \"templates\": {\"E1\": 0.25}}",
        "{\"levels\": {\"error\": [0.2, 0.4]}}",
        "{\"levels\": {\"error\": [0, 0.4]}}",
        "{\"levels\": {\"error\": [0.01, 0.03], \"warn\": [0.001, 0.5]}, \"services\": {\"db\": [0, 0.02]}}",
        "{\"templates\": {\"E1\": [0.05, 0.09]}}",
        "{\"levels\": {\"error\": 0.45, \"warn\": 0.054}}",
    };
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        struct tilt tilt;
        build(documents[i], &tilt);
        assert_consistent(&tilt);
        for (size_t k = 0; k < tilt.targets.n; k++) {
            const struct target *target = &tilt.targets.items[k];
            assert_true(tilt.values[k] >= target->low - 1e-8 && tilt.values[k] <= target->high + 1e-8);
            if (target->low < target->high && tilt.pulls[k] > 0)
                assert_true(fabs(tilt.values[k] - target->low) < 1e-8);
            if (target->low < target->high && tilt.pulls[k] < 0)
                assert_true(fabs(tilt.values[k] - target->high) < 1e-8);
        }
        assert_true(tilt.length_pull >= 0);
        assert_true(tilt.length_pull < 1e-12 || fabs(tilt.expected_len - tilt.longest) < 1e-6);
        struct trace_walk walk = {&tilt, NAN, 0};
        check_traces(&walk, WAYS_START, 0, 0);
        assert_true(walk.n > 100);
        tilt_release(&tilt);
    }
}

/* Weights that come to the same share change the machine more. */
static void no_weight_does_it_with_less(void **state)
{
    (void)state;
    static const char *const weights[] = {"\"template_weights\": {\"E3\": %.17g}",
                                          "\"transition_weights\": {\"A>E3\": %.17g}",
                                          "\"transition_weights\": {\"B>E3\": %.17g}"};
    struct tilt best;
    build("{\"levels\": {\"error\": 0.2}}", &best);
    double least = follow(&best).entropy;
    tilt_release(&best);
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        double low = 1, high = 1e6, share = 0, entropy = 0;
        for (int step = 0; step < 60; step++) {
            char json[200], member[150];
            double middle = sqrt(low * high);
            struct tilt tilt;
            snprintf(member, sizeof member, weights[i], middle);
            snprintf(json, sizeof json, "{%s, \"levels\": {\"error\": [0, 1]}}", member);
            build(json, &tilt);
            share = tilt.values[0];
            entropy = follow(&tilt).entropy;
            tilt_release(&tilt);
            if (share < .2)
                low = middle;
            else
                high = middle;
        }
        assert_true(fabs(share - .2) > 1e-6 || entropy > least - 1e-9);
    }
}

static void what_cannot_be_met_names_what_binds(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        int code;
        const char *says[3];
    } cases[] = {
        {"{\"levels\": {\"error\": 0.9}}", LW_ERR_INFEASIBLE, {"levels.error: 0.9", "so much of it", "can be met"}},
        {"{\"levels\": {\"error\": 0.3, \"info\": [0, 0.1], \"warn\": 0}}",
         LW_ERR_INFEASIBLE,
         {"together with", "levels.", "can be met"}},
        {"{\"templates\": {\"E1\": [0, 0.02]}}",
         LW_ERR_INFEASIBLE,
         {"templates.E1: 0.02", "on average or some by far"}},
        {"{\"levels\": {\"debug\": 0.1}}", LW_ERR_INFEASIBLE, {"levels.debug", "no template", "0 can be met"}},
        {"{\"template_weights\": {\"E3\": 0}, \"levels\": {\"error\": 0.1}}",
         LW_ERR_INFEASIBLE,
         {"levels.error: 0.1", "weights that are 0"}},
        {"{\"services\": {\"web\": 0.1}}", LW_ERR_NOT_FOUND, {"services.web", "api, db"}},
        {"{\"templates\": {\"E9\": 0.1}}", LW_ERR_NOT_FOUND, {"templates.E9", "the last is E4"}},
        {"{\"transition_weights\": {\"C>E1\": 5}}", LW_ERR_NOT_FOUND, {"no such transition"}},
        {"{\"transition_weights\": {\"Z>E1\": 5}}", LW_ERR_NOT_FOUND, {"no state \"Z\""}},
        {"{\"template_weights\": {\"E1\": 0}}", LW_ERR_INFEASIBLE, {"template_weights.E1"}},
        {"{\"transition_weights\": {\"start>E1\": 0}}", LW_ERR_INFEASIBLE, {"transition_weights.start>E1"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tilt tilt;
        struct lw_error err;
        int rc = try_build(cases[i].json, NULL, &tilt, &err);
        if (rc != cases[i].code)
            fail_msg("%s: %d %s", cases[i].json, rc, rc < 0 ? err.text : "");
        for (size_t k = 0; k < 3 && cases[i].says[k] != NULL; k++)
            if (strstr(err.text, cases[i].says[k]) == NULL)
                fail_msg("%s: %s", cases[i].json, err.text);
    }
}

/* What is offered can be had, and a little more cannot; the nearest comes out where nearest is good enough. */
static void the_nearest_value_is_the_limit(void **state)
{
    (void)state;
    static const char *const rest[] = {"", ", \"warn\": 0.3", ", \"info\": [0.5, 1]"};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        char json[200];
        struct tilt tilt;
        struct lw_error err;
        double can = 0;
        snprintf(json, sizeof json, "{\"levels\": {\"error\": 0.9%s}}", rest[i]);
        if (i == 1)
            snprintf(json, sizeof json, "{\"levels\": {\"error\": 0.7%s}}", rest[i]);
        if (i == 2)
            snprintf(json, sizeof json, "{\"levels\": {\"error\": 0.49%s}}", rest[i]);
        int rc = try_build(json, NULL, &tilt, &err);
        if (rc == 0) {
            tilt_release(&tilt);
            continue;
        }
        const char *offer = strstr(err.text, "; ");
        assert_non_null(offer);
        assert_int_equal(sscanf(offer, "; %lf can be met", &can), 1);
        snprintf(json, sizeof json, "{\"levels\": {\"error\": %.6g%s}}", can, rest[i]);
        build(json, &tilt);
        tilt_release(&tilt);
        snprintf(json, sizeof json, "{\"levels\": {\"error\": %.6g%s}}", can * 1.02, rest[i]);
        assert_int_equal(try_build(json, NULL, &tilt, &err), LW_ERR_INFEASIBLE);
        struct lw_error missed;
        assert_int_equal(try_build(json, &missed, &tilt, &err), 0);
        assert_int_equal(missed.code, LW_ERR_INFEASIBLE);
        assert_true(tilt.expected_len > 0);
        tilt_release(&tilt);
    }
}

/* The share of errors among the first `most` events of each trace. */
static double share_within(const struct tilt *tilt, size_t most, double *left)
{
    double here[16] = {0}, next[16], n_events = 0, n_errors = 0;
    here[WAYS_START] = 1;
    for (size_t n = 0; n < most; n++) {
        memset(next, 0, sizeof next);
        for (size_t i = 0; i < tilt->ways.n_steps; i++) {
            double mass = here[tilt->ways.steps[i].from] * tilt->ways.p[i];
            next[tilt->ways.steps[i].to] += mass;
            if (tilt->ways.steps[i].to != WAYS_END) {
                n_events += mass;
                n_errors += mass * (ways_template(&tilt->ways, &tilt->ways.steps[i]) == 3);
            }
        }
        memcpy(here, next, sizeof here);
        here[WAYS_END] = 0;
    }
    *left = 0;
    for (size_t node = 0; node < tilt->ways.n_nodes; node++)
        *left += here[node];
    return n_errors / n_events;
}

/* However near to what is just possible a target is: what is drawn, whose traces are finite, has it; and so has what is
 * offered in place of one that cannot be met. */
static void no_target_needs_endless_traces(void **state)
{
    (void)state;
    size_t n_met = 0, n_offered = 0;
    for (double asked = .01; asked < .99; asked += .007) {
        struct tilt tilt;
        struct lw_error err;
        char json[60];
        double can = asked, left;
        snprintf(json, sizeof json, "{\"templates\": {\"E3\": %.17g}}", asked);
        int rc = try_build(json, NULL, &tilt, &err);
        if (rc != 0) {
            n_offered++;
            assert_int_equal(rc, LW_ERR_INFEASIBLE);
            assert_int_equal(sscanf(strstr(err.text, "; "), "; %lf can be met", &can), 1);
            snprintf(json, sizeof json, "{\"templates\": {\"E3\": %.17g}}", can);
            build(json, &tilt);
        }
        n_met += rc == 0;
        assert_true(tilt.most < 100 * blueprint.longest);
        double share = share_within(&tilt, tilt.most, &left);
        if (fabs(share - can) > 1e-4 || left > 1e-4)
            fail_msg("%s: %.9g of %zu events, %g left", json, share, tilt.most, left);
        tilt_release(&tilt);
    }
    assert_true(n_met > 20 && n_offered > 20);
}

static int build_once(void *user, struct lw_error *err)
{
    struct tilt tilt;
    int rc = tilt_build(&small_machine, &blueprint, user, TILT_EXPLAIN, NULL, &tilt, err);
    if (rc == 0)
        tilt_release(&tilt);
    return rc;
}

static int fail_once(void *user, struct lw_error *err)
{
    struct tilt tilt;
    int rc = tilt_build(&small_machine, &blueprint, user, TILT_EXPLAIN, NULL, &tilt, err);
    return rc == LW_ERR_INFEASIBLE ? 0 : rc;
}

static void memory_that_runs_out_leaves_nothing(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain("{\"levels\": {\"error\": 0.2, \"warn\": [0, 0.01]}, \"calls\": [{\"from\": "
                                         "\"db\", \"to\": \"api\", \"probability\": 1}]}");
    failalloc_each(build_once, c);
    lw_constraints_free(c);
    c = constrain("{\"levels\": {\"error\": 0.9}}");
    failalloc_each(fail_once, c);
    lw_constraints_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_of_all_kinds_are_met_exactly),
        cmocka_unit_test(calls_are_shares_of_the_steps_out_of_a_service),
        cmocka_unit_test(the_bend_is_the_least_there_is),
        cmocka_unit_test(no_weight_does_it_with_less),
        cmocka_unit_test(what_cannot_be_met_names_what_binds),
        cmocka_unit_test(the_nearest_value_is_the_limit),
        cmocka_unit_test(no_target_needs_endless_traces),
        cmocka_unit_test(memory_that_runs_out_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
