#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "generate/generate.h"
#include "generate/inject.h"
#include "learn/lagged.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_log.h"

static struct model *model, *linked;
static struct blueprint *blueprint, *linked_blueprint;
static struct parties parties;

static void add_line(struct buf *out, int64_t at_us, const char *level, unsigned session, const char *message)
{
    time_t clock = (time_t)(1767225600 + at_us / 1000000);
    struct tm tm;
    char stamp[32];
    gmtime_r(&clock, &tm);
    strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &tm);
    buf_printf(out, "%s.%03d %s [1] app: %s (session s-%06u)\n", stamp, (int)(at_us / 1000 % 1000), level, message,
               100000 + session);
}

struct session {
    int64_t at_us;
    int kind; /* 0 sound, 1 fails for want of room, 2 loses its link */
};

static int by_start(const void *a, const void *b)
{
    const struct session *x = a, *y = b;
    return (x->at_us > y->at_us) - (x->at_us < y->at_us);
}

/* A log in which sessions run out of room now and then, several at a time, and two to four seconds after each another
 * session loses its link; links are also lost by themselves. */
static void write_linked(struct buf *out)
{
    static struct session sessions[4000];
    size_t n = 0;
    struct rng rng;
    rng_init(&rng, 3, 3, 3);
    for (int64_t at = 0; n < 3000; at += (int64_t)(-log(1 - rng_uniform(&rng)) * 1e6))
        sessions[n++] = (struct session){at, 0};
    int64_t end = sessions[n - 1].at_us;
    for (int64_t at = 5000000; at < end; at += (int64_t)(-log(1 - rng_uniform(&rng)) * 60e6))
        for (uint64_t i = 0; i < 1 + rng_below(&rng, 3); i++) {
            int64_t start = at + (int64_t)i * 300000;
            sessions[n++] = (struct session){start, 1};
            sessions[n++] = (struct session){start + 2000000 + (int64_t)rng_below(&rng, 2000000), 2};
        }
    for (int i = 0; i < 20; i++)
        sessions[n++] = (struct session){(int64_t)rng_below(&rng, (uint64_t)end), 2};
    qsort(sessions, n, sizeof *sessions, by_start);
    for (unsigned i = 0; i < n; i++) {
        int64_t at = sessions[i].at_us;
        add_line(out, at, "INFO", i, "request came in");
        if (sessions[i].kind == 1)
            add_line(out, at + 10000, "ERROR", i, "no room left on volume");
        else if (sessions[i].kind == 2)
            add_line(out, at + 10000, "ERROR", i, "link to peer lost");
        add_line(out, at + 20000, "INFO", i, "request done");
    }
}

static int make_models(void **state)
{
    if (scratch_set_up(state) != 0)
        return -1;
    struct buf text = BUF_INIT;
    struct lw_log *log = NULL;
    struct lw_error err;
    write_linked(&text);
    model = small_model(&small_styles[0], 400);
    int rc = small_open("linked.log", &text, &log, &err);
    if (rc == 0)
        rc = small_learn(log, small_styles[0].rule, &linked, &err);
    lw_log_free(log);
    buf_release(&text);
    if (rc != 0 || model == NULL || blueprint_of_model(model, NULL, &blueprint, NULL) != 0 ||
        blueprint_of_model(linked, NULL, &linked_blueprint, NULL) != 0)
        return -1;
    return parties_init(&parties, blueprint, NULL);
}

static int free_models(void **state)
{
    parties_release(&parties);
    blueprint_free(blueprint);
    blueprint_free(linked_blueprint);
    model_free(model);
    model_free(linked);
    return scratch_tear_down(state);
}

static uint32_t template_with(const struct model *of, const char *words)
{
    size_t len = strlen(words);
    for (size_t i = 0; i < of->templates.n; i++) {
        struct lw_bytes text = of->templates.items[i].text;
        for (size_t k = 0; k + len <= text.len; k++)
            if (memcmp(text.data + k, words, len) == 0)
                return of->templates.items[i].id;
    }
    fail_msg("no template says \"%s\"", words);
    return 0;
}

#define N 3000

static struct lw_constraints *constrain(struct causal_rule rule)
{
    struct lw_constraints *c = NULL;
    assert_int_equal(lw_constraints_new(&c, NULL), 0);
    c->traces = N;
    c->rules = malloc(sizeof *c->rules);
    assert_non_null(c->rules);
    c->rules[0] = rule;
    c->n_rules = c->cap_rules = 1;
    return c;
}

static struct selector the(const char *words)
{
    return (struct selector){SELECTOR_TEMPLATE, template_with(model, words), LW_LEVEL_NONE, NULL};
}

/* Whether the event has an effect in time, in its own trace or in any. */
static bool is_followed(const struct generated *g, size_t trace, size_t event, const struct causal_rule *rule)
{
    size_t from = rule->is_across ? 0 : g->traces.first[trace];
    size_t to = rule->is_across ? g->traces.n_events : g->traces.first[trace + 1];
    for (size_t i = from; i < to; i++) {
        double lag = (double)(g->traces.times_us[i] - g->traces.times_us[event]) / 1e6;
        bool is_behind = rule->is_across || i > event;
        if (is_behind && lag >= rule->min_s - 1e-6 && lag <= rule->max_s + 1e-6 &&
            parties_selects(&parties, &rule->effect, g->traces.templates[i]))
            return true;
    }
    return false;
}

/* Share of causes (of traces with one) that are followed, and how many there are. */
static double share_followed(const struct generated *g, const struct causal_rule *rule, size_t *n)
{
    size_t followed = 0;
    *n = 0;
    for (size_t t = 0; t < g->traces.n_traces; t++) {
        bool has_cause = false, has_effect = false;
        for (size_t i = g->traces.first[t]; i < g->traces.first[t + 1]; i++) {
            if (!parties_selects(&parties, &rule->cause, g->traces.templates[i]))
                continue;
            bool is_it = is_followed(g, t, i, rule);
            if (rule->is_across) {
                ++*n;
                followed += is_it;
            }
            has_cause = true;
            has_effect = has_effect || is_it;
        }
        if (!rule->is_across && has_cause) {
            ++*n;
            followed += has_effect;
        }
    }
    return (double)followed / (double)*n;
}

static void check_rule(struct causal_rule rule)
{
    struct lw_constraints *c = constrain(rule);
    struct lw_error err;
    struct generated g;
    if (generate_traces(blueprint, c, "machine", NULL, &g, &err) != 0)
        fail_msg("%s", err.text);
    size_t n;
    double share = share_followed(&g, &rule, &n);
    assert_true(n > 100);
    if (fabs(share - rule.probability) > 4 * sqrt(.25 / (double)n))
        fail_msg("%g of %zu, not %g", share, n, rule.probability);
    for (size_t t = 0; t < N; t++) {
        size_t first = g.traces.first[t];
        struct course course = {.templates = g.traces.templates + first, .n = trace_set_len(&g.traces, t)};
        assert_true(machine_accepts(blueprint->machine, &course));
        for (size_t i = first + 1; i < g.traces.first[t + 1]; i++)
            assert_true(g.traces.times_us[i - 1] <= g.traces.times_us[i]);
        assert_true(t == 0 || g.traces.times_us[g.traces.first[t - 1]] <= g.traces.times_us[first]);
    }
    generated_release(&g);
    lw_constraints_free(c);
}

static void rules_within_traces_hold_with_their_probability(void **state)
{
    (void)state;
    for (double p = 0; p <= 1; p += .25) {
        /* always there: the time decides; seldom there: the way does */
        check_rule((struct causal_rule){the("commit of"), the("disconnection"), 5, 6, p, false});
        check_rule((struct causal_rule){the("connection authorized"), the("deadlock"), 0, 1000, p, false});
        check_rule((struct causal_rule){the("connection authorized"), the("deadlock"), 3, 4, p, false});
    }
}

static void rules_across_traces_hold_with_their_probability(void **state)
{
    (void)state;
    check_rule((struct causal_rule){the("rollback"), the("deadlock"), .1, .2, .4, true});
    check_rule((struct causal_rule){the("deadlock"), the("connection authorized"), .1, .2, .8, true});
    check_rule((struct causal_rule){the("deadlock"), the("connection authorized"), .1, .2, 1, true});
}

static void a_rule_without_a_way_is_named(void **state)
{
    (void)state;
    struct causal_rule rule = {the("disconnection"), the("connection authorized"), 0, 10, .5, false};
    struct lw_constraints *c = constrain(rule);
    struct lw_error err;
    struct generated g;
    assert_int_equal(generate_traces(blueprint, c, "machine", NULL, &g, &err), LW_ERR_INFEASIBLE);
    assert_non_null(strstr(err.text, "rules[0]: from E"));
    lw_constraints_free(c);
}

/* Failures of a trace set as events for lagged pairs. */
static size_t find_failures(const struct trace_set *set, const struct parties *of, struct lagged_event *out)
{
    size_t n = 0;
    for (size_t t = 0; t < set->n_traces; t++)
        for (size_t i = set->first[t]; i < set->first[t + 1]; i++)
            if (parties_is_failure(of, set->templates[i]))
                out[n++] = (struct lagged_event){set->times_us[i], set->templates[i], (uint32_t)t};
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && out[k - 1].time_us > out[k].time_us; k--) {
            struct lagged_event kept = out[k];
            out[k] = out[k - 1];
            out[k - 1] = kept;
        }
    return n;
}

/* Failures that are near the one before: within two seconds. */
static double share_near(const struct lagged_event *events, size_t n)
{
    size_t near = 0;
    for (size_t i = 1; i < n; i++)
        near += events[i].time_us - events[i - 1].time_us < 2000000;
    return (double)near / (double)n;
}

static void failures_follow_one_another_as_in_the_log(void **state)
{
    (void)state;
    static struct lagged_event real[4000], made[20000];
    struct parties its;
    struct lagged_pairs pairs;
    struct lagged_options options = LAGGED_OPTIONS_INIT;
    assert_int_equal(parties_init(&its, linked_blueprint, NULL), 0);
    size_t n_real = find_failures(&linked->traces, &its, real);
    assert_int_equal(lagged_mine(real, n_real, &options, NULL, &pairs, NULL), 0);
    assert_true(pairs.n >= 1);
    struct lw_constraints *c = NULL;
    assert_int_equal(lw_constraints_new(&c, NULL), 0);
    for (int i = 0; i < 4; i++) {
        struct generated g;
        double share;
        c->seed = i;
        c->traces = 3000;
        struct lagged_score scores[8];
        assert_true(pairs.n <= 8);
        assert_int_equal(generate_traces(linked_blueprint, c, i < 3 ? "machine" : "random", NULL, &g, NULL), 0);
        size_t n = find_failures(&g.traces, &its, made);
        assert_int_equal(lagged_score(&pairs, made, n, scores, &share, NULL), 0);
        assert_true(i < 3 ? share == 1 : share < 1);
        if (i < 3) {
            if (fabs(share_near(made, n) - share_near(real, n_real)) > .25)
                fail_msg("%g of %zu near, not %g of %zu", share_near(made, n), n, share_near(real, n_real), n_real);
            for (size_t k = 0; k < pairs.n; k++)
                if ((double)scores[k].followed / (double)scores[k].n <
                    .75 * (double)pairs.items[k].followed / (double)pairs.items[k].n)
                    fail_msg("%u to %u in %g to %g s: %zu of %zu, not %zu of %zu", pairs.items[k].cause,
                             pairs.items[k].effect, (double)pairs.items[k].min_us / 1e6,
                             (double)pairs.items[k].max_us / 1e6, (size_t)scores[k].followed, (size_t)scores[k].n,
                             (size_t)pairs.items[k].followed, (size_t)pairs.items[k].n);
        }
        generated_release(&g);
    }
    lagged_pairs_release(&pairs);
    parties_release(&its);
    lw_constraints_free(c);
}

/* A watcher that lives as long as the log tells of each job soon after it began. */
static void write_watched(struct buf *out)
{
    struct rng rng;
    int64_t at = 0;
    rng_init(&rng, 4, 4, 4);
    add_line(out, at, "INFO", 0, "watcher is ready");
    for (unsigned job = 1; job <= 150; job++) {
        at += 4000000 + (int64_t)rng_below(&rng, 12000000);
        add_line(out, at, "INFO", job, "job was accepted");
        add_line(out, at + 20000 + (int64_t)rng_below(&rng, 30000), "INFO", 0, "watcher saw that one has begun");
        add_line(out, at + 1000000 + (int64_t)rng_below(&rng, 2000000), "INFO", job, "job is done");
    }
}

/* How many of the kind lie within from_us to to_us behind one of the cause; *n: of all. */
static size_t count_behind(const struct trace_set *set, uint32_t cause, uint32_t kind, int64_t from_us, int64_t to_us,
                           size_t *n)
{
    size_t n_behind = 0;
    *n = 0;
    for (size_t i = 0; i < set->n_events; i++) {
        bool is_behind = false;
        if (set->templates[i] != kind)
            continue;
        for (size_t k = 0; k < set->n_events; k++) {
            int64_t lag = set->times_us[i] - set->times_us[k];
            is_behind = is_behind || (set->templates[k] == cause && lag >= from_us && lag <= to_us);
        }
        ++*n;
        n_behind += is_behind;
    }
    return n_behind;
}

static void what_lasts_keeps_time_with_others(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    struct lw_log *log;
    struct model *watched;
    struct blueprint *its;
    struct lw_constraints *c = NULL;
    write_watched(&text);
    assert_int_equal(small_open("watched.log", &text, &log, NULL), 0);
    assert_int_equal(small_learn(log, "\\(session (s-[0-9]+)\\)", &watched, NULL), 0);
    assert_int_equal(lw_constraints_new(&c, NULL), 0);
    assert_int_equal(blueprint_of_model(watched, c, &its, NULL), 0);
    uint32_t cause = template_with(watched, "accepted"), effect = template_with(watched, "begun");
    c->traces = 151;
    for (int i = 0; i < 4; i++) {
        struct generated g;
        size_t n, n_causes;
        c->seed = i;
        assert_int_equal(generate_traces(its, c, "machine", NULL, &g, NULL), 0);
        size_t n_behind = count_behind(&g.traces, cause, effect, 15000, 55000, &n);
        (void)count_behind(&g.traces, cause, cause, 0, 0, &n_causes);
        if (n_behind * 10 < (n < n_causes ? n : n_causes) * 7)
            fail_msg("seed %d: %zu of %zu, %zu causes", i, n_behind, n, n_causes);
        for (size_t t = 0; t < g.traces.n_traces; t++)
            for (size_t k = g.traces.first[t] + 1; k < g.traces.first[t + 1]; k++)
                assert_true(g.traces.times_us[k] >= g.traces.times_us[k - 1]);
        generated_release(&g);
    }
    lw_constraints_free(c);
    blueprint_free(its);
    model_free(watched);
    lw_log_free(log);
    buf_release(&text);
}

static int generate_and_release(void *user, struct lw_error *err)
{
    struct generated g;
    int rc = generate_traces(linked_blueprint, user, "machine", NULL, &g, err);
    if (rc == 0)
        generated_release(&g);
    return rc;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct causal_rule rule = {the("rollback"), the("deadlock"), .1, .2, .4, true};
    rule.cause.kind = rule.effect.kind = SELECTOR_ERROR;
    struct lw_constraints *c = constrain(rule);
    c->traces = 30;
    failalloc_each(generate_and_release, c);
    lw_constraints_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_within_traces_hold_with_their_probability),
        cmocka_unit_test(rules_across_traces_hold_with_their_probability),
        cmocka_unit_test(a_rule_without_a_way_is_named),
        cmocka_unit_test(failures_follow_one_another_as_in_the_log),
        cmocka_unit_test(what_lasts_keeps_time_with_others),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_models, free_models);
}
