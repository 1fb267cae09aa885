#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "generate/generate.h"
#include "generate/marks.h"
#include "generate/recovery.h"
#include "generate/schedule.h"
#include "learn/delay_times.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_log.h"

#define HOUR_US INT64_C(3600000000)

static struct model *model, *windows;
static struct blueprint *blueprint, *in_windows;

static int make_models(void **state)
{
    if (scratch_set_up(state) != 0)
        return -1;
    model = small_model(&small_styles[0], 400);
    windows = small_model(&small_styles[3], 400);
    if (model == NULL || windows == NULL || blueprint_of_model(model, NULL, &blueprint, NULL) != 0)
        return -1;
    return blueprint_of_model(windows, NULL, &in_windows, NULL);
}

static int free_models(void **state)
{
    blueprint_free(blueprint);
    blueprint_free(in_windows);
    model_free(model);
    model_free(windows);
    return scratch_tear_down(state);
}

static struct lw_constraints *constrain(void)
{
    struct lw_constraints *c = NULL;
    assert_int_equal(lw_constraints_new(&c, NULL), 0);
    return c;
}

/* The first n starts. */
static void draw_starts(const struct blueprint *from, const struct lw_constraints *c, int64_t *starts, size_t n)
{
    struct schedule schedule;
    struct lw_error err;
    if (schedule_init(&schedule, from, c, &err) != 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < n; i++) {
        starts[i] = schedule_next(&schedule);
        assert_true(i == 0 || starts[i - 1] <= starts[i]);
    }
    schedule_release(&schedule);
}

static double share_at_most(const int64_t *starts, size_t n, double gap_us)
{
    size_t k = 0;
    for (size_t i = 1; i < n; i++)
        k += (double)(starts[i] - starts[i - 1]) <= gap_us;
    return (double)k / (double)(n - 1);
}

#define N 20000
static int64_t starts[N], others[N];

static void gaps_are_those_of_the_log(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain();
    draw_starts(blueprint, c, starts, N);
    const struct arrival *arrival = &blueprint->arrival;
    for (double gap = 0; gap < 20e6; gap += 1e6) {
        size_t k = 0;
        for (size_t i = 0; i < arrival->n_gaps; i++)
            k += (double)arrival->gaps[i] <= gap;
        double real = (double)k / (double)arrival->n_gaps;
        assert_true(fabs(share_at_most(starts, N, gap) - real) < .05);
    }
    lw_constraints_free(c);
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* However many traces there are, the same share of them has started when the same share of the time is over; also
 * where the real ones pause, and under a document. */
static void assert_starts(const struct blueprint *of)
{
    struct lw_constraints *c = constrain();
    struct blueprint *copy;
    assert_int_equal(blueprint_copy(of, c, &copy, NULL), 0);
    size_t n = of->arrival.n_gaps;
    int64_t *gaps = of->arrival.gaps, *kept = malloc(n * sizeof *kept);
    assert_non_null(kept);
    memcpy(kept, gaps, n * sizeof *kept);
    gaps[n / 3] = 40 * HOUR_US;
    double whole = 0;
    for (size_t i = 0; i < n; i++)
        whole += (double)gaps[i];
    static const double scales[] = {.5, 1, 4};
    for (size_t s = 0; s < 3; s++) {
        struct schedule schedule;
        size_t n_made = (size_t)(scales[s] * (double)n) + 1;
        assert_int_equal(schedule_init(&schedule, of, c, NULL), 0);
        schedule_expect(&schedule, (double)n_made);
        for (size_t i = 0; i < n_made; i++)
            starts[i] = schedule_next(&schedule);
        schedule_release(&schedule);
        double at = 0, lasts = (double)(starts[n_made - 1] - starts[0]);
        assert_true(fabs(lasts / whole / scales[s] - 1) < .02);
        for (size_t i = 0; i < n; i++) {
            size_t made = i * (n_made - 1) / n;
            double share = (double)(starts[made] - starts[0]) / lasts;
            assert_true(i == n / 3 + 1 || fabs(share - at / whole) < .06);
            at += (double)gaps[i];
        }
    }
    memcpy(gaps, kept, n * sizeof *kept);
    draw_starts(copy, c, others, n + 1);
    qsort(others, n + 1, sizeof *others, by_time);
    size_t third = n / 3;
    double at = 0, lasts = (double)(others[n] - others[0]);
    for (size_t i = 0; i < n; i++) {
        assert_true(fabs((double)(others[i] - others[0]) / lasts - at / (whole - 40. * HOUR_US + (double)kept[third])) <
                    .06);
        at += (double)kept[i];
    }
    free(kept);
    blueprint_free(copy);
    lw_constraints_free(c);
}

static void starts_are_where_the_log_has_them(void **state)
{
    (void)state;
    assert_starts(blueprint);
    /* Of many windows, as far apart as those traces in minutes. */
    struct blueprint many = *in_windows;
    const struct arrival *arrival = &blueprint->arrival;
    many.arrival.marks = NULL;
    many.arrival.n_gaps = arrival->n_gaps;
    many.arrival.gaps = malloc(arrival->n_gaps * sizeof *many.arrival.gaps);
    assert_non_null(many.arrival.gaps);
    for (size_t i = 0; i < arrival->n_gaps; i++)
        many.arrival.gaps[i] = (1 + arrival->gaps[i] / 1000000) * many.arrival.window_us;
    assert_starts(&many);
    free(many.arrival.gaps);
}

/* Traces of each mark start when those of the real log did, and all are over when it is. */
static void what_starts_when_is_kept(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain();
    const struct arrival *arrival = &blueprint->arrival;
    struct generated g;
    c->traces = (double)arrival->n_gaps + 1;
    assert_int_equal(generate_traces(blueprint, c, "machine", NULL, &g, NULL), 0);
    size_t n = g.traces.n_traces, n_alike = 0, n_late = 0, n_by_chance = 0, half = n / 2;
    for (size_t t = 1; t < n; t++) {
        const uint32_t *ids = g.traces.templates + g.traces.first[t];
        uint32_t mark = mark_of(blueprint->templates, ids, g.traces.first[t + 1] - g.traces.first[t]);
        bool is_near = false, is_far = false;
        for (size_t k = t > 20 ? t - 20 : 0; k < t + 20 && k < arrival->n_gaps; k++) {
            is_near = is_near || arrival->marks[k] == mark;
            is_far = is_far || arrival->marks[(k + half) % arrival->n_gaps] == mark;
        }
        n_alike += is_near;
        n_by_chance += is_far;
        n_late += g.traces.times_us[g.traces.first[t + 1] - 1] > arrival->first_us + arrival->lasts_us;
    }
    assert_true(n_alike * 10 > n * 9 && n_alike >= n_by_chance);
    assert_true(n_late <= n / 50);
    generated_release(&g);
    lw_constraints_free(c);
}

/* Drawn delays of each transition are distributed as the real ones, in steps of the log's clock. */
static void delays_are_those_of_the_log(void **state)
{
    (void)state;
    struct delay_times times;
    const struct delays *delays = &blueprint->delays;
    struct rng rng;
    rng_init(&rng, 1, 1, 1);
    assert_int_equal(delay_times_init(&times, blueprint->machine, &model->traces, NULL), 0);
    assert_non_null(delays->first);
    for (size_t e = 0; e < blueprint->machine->n_edges; e++) {
        size_t n = times.first[e + 1] - times.first[e], drawn = 0;
        const int64_t *real = times.delays_us + times.first[e];
        for (size_t i = 0; i < 4000; i++)
            others[i] = delays_draw(delays, e, 1, &rng);
        assert_true((others[0] >= 0) == (n >= DELAYS_LEAST));
        if (n < 100)
            continue;
        qsort(others, 4000, sizeof *others, by_time);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(others[i % 4000] % delays->step_us, 0);
            while (drawn < 4000 && others[drawn] <= real[i])
                drawn++;
            if (i + 1 == n || real[i + 1] > real[i])
                assert_true(fabs((double)drawn / 4000 - (double)(i + 1) / (double)n) < .06);
        }
    }
    delay_times_release(&times);
}

/* At ten times the rate gaps are a tenth as long, each of them. */
static void a_rate_keeps_the_shape_of_gaps(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain();
    c->arrival_rate = 1;
    draw_starts(blueprint, c, starts, N);
    c->arrival_rate = 10;
    draw_starts(blueprint, c, others, N);
    assert_true(fabs((double)(starts[N - 1] - starts[0]) / 1e6 / (N - 1) - 1) < .05);
    for (size_t i = 1; i < N; i++)
        assert_true(llabs((starts[i] - starts[0]) - 10 * (others[i] - others[0])) < 20);
    lw_constraints_free(c);
}

static void hours_get_their_share(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain();
    char berlin[] = "+02:00";
    for (int zoned = 0; zoned < 2; zoned++) {
        double counts[ARRIVAL_HOURS] = {0};
        for (int h = 0; h < ARRIVAL_HOURS; h++)
            c->profile[h] = h < 6 ? 0 : h < 18 ? 3 : 1;
        c->arrival_rate = .02; /* 20,000 traces in some 11 days */
        c->zone = zoned ? berlin : NULL;
        draw_starts(blueprint, c, starts, N);
        for (size_t i = 1; i < N; i++)
            counts[(starts[i] / HOUR_US + (zoned ? 2 : 0)) % 24]++;
        double day = 0, evening = 0;
        for (int h = 0; h < ARRIVAL_HOURS; h++) {
            assert_true(h >= 6 || counts[h] == 0);
            day += h >= 6 && h < 18 ? counts[h] / 12 : 0;
            evening += h >= 18 ? counts[h] / 6 : 0;
        }
        assert_true(fabs(day / evening - 3) < .35);
    }
    c->zone = NULL;
    for (int h = 0; h < ARRIVAL_HOURS; h++)
        c->profile[h] = 0;
    struct schedule schedule;
    assert_int_equal(schedule_init(&schedule, blueprint, c, NULL), LW_ERR_INFEASIBLE);
    lw_constraints_free(c);
}

/* Bursts of height 20: seconds with that many traces are as many, and as long together, as was asked. */
static void bursts_are_as_frequent_and_high_as_asked(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain();
    c->arrival_rate = 1;
    c->bursts_per_hour = 4;
    c->burst_length_s = 30;
    c->burst_height = 20;
    size_t n = 200000, inside = 0, bursts = 0;
    int64_t *at = malloc(n * sizeof *at);
    assert_non_null(at);
    draw_starts(blueprint, c, at, n);
    double hours = (double)(at[n - 1] - at[0]) / 3600e6;
    bool was = false;
    for (size_t i = 20, quiet = 0; i < n; i++) {
        bool is_dense = at[i] - at[i - 20] < 4000000; /* 5 a second or more */
        inside += is_dense;
        quiet = is_dense ? 0 : quiet + 1;
        if (is_dense && !was)
            bursts++;
        was = is_dense || (was && quiet < 15);
    }
    free(at);
    double expected = 4 * 30 * 20.0 / (3600 - 120 + 4 * 30 * 20);
    assert_true(fabs((double)inside / (double)n - expected) < .06);
    assert_true(fabs((double)bursts / hours - 4) < .8);
    lw_constraints_free(c);
}

static void windows_stay_windows(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain();
    for (int fast = 0; fast < 2; fast++) {
        c->arrival_rate = fast ? 100 : NAN;
        int64_t window_us = in_windows->arrival.window_us;
        assert_int_equal(window_us, 60000000);
        draw_starts(in_windows, c, starts, 500);
        for (size_t i = 1; i < 500; i++)
            assert_true(starts[i] / window_us > starts[i - 1] / window_us);
        struct generated g;
        c->traces = 200;
        assert_int_equal(generate_traces(in_windows, c, "machine", NULL, &g, NULL), 0);
        for (size_t i = 0; i < 200; i++) {
            size_t first = g.traces.first[i], last = g.traces.first[i + 1] - 1;
            assert_int_equal(g.traces.times_us[first] / window_us, g.traces.times_us[last] / window_us);
        }
        generated_release(&g);
    }
    lw_constraints_free(c);
}

static void a_size_may_be_events_or_time(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain();
    struct lw_executor *executor;
    assert_int_equal(lw_executor_new(3, &executor, NULL), 0);
    struct lw_run run = {LW_OPTIONS_VERSION, executor, NULL, NULL, NULL};
    static const double sizes[] = {1, 7, 1000, 12345};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct generated a, b;
        c->records = sizes[i];
        c->duration_s = NAN;
        assert_int_equal(generate_traces(blueprint, c, "machine", NULL, &a, NULL), 0);
        assert_int_equal(generate_traces(blueprint, c, "machine", &run, &b, NULL), 0);
        size_t last = a.traces.n_traces - 1;
        assert_true((double)a.traces.n_events >= sizes[i]);
        assert_true((double)a.traces.n_events < sizes[i] + 2 * (double)blueprint->longest + 1);
        assert_int_equal(a.traces.n_events, b.traces.n_events);
        assert_memory_equal(a.traces.templates, b.traces.templates, a.traces.n_events * sizeof *a.traces.templates);
        assert_memory_equal(a.traces.times_us, b.traces.times_us, a.traces.n_events * sizeof *a.traces.times_us);
        generated_release(&a);
        generated_release(&b);
        c->records = NAN;
        c->duration_s = sizes[i];
        assert_int_equal(generate_traces(blueprint, c, "machine", &run, &a, NULL), 0);
        last = a.traces.n_traces - 1;
        assert_true(a.traces.times_us[a.traces.first[last]] - a.traces.times_us[0] < (int64_t)(sizes[i] * 1e6));
        assert_true(sizes[i] < 1000 ||
                    a.traces.times_us[a.traces.first[last]] - a.traces.times_us[0] > (int64_t)(sizes[i] * .9e6));
        generated_release(&a);
    }
    lw_executor_free(executor);
    lw_constraints_free(c);
}

static void recovery_takes_as_long_as_asked(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain();
    struct parties parties;
    struct generated g;
    assert_int_equal(parties_init(&parties, blueprint, NULL), 0);
    c->traces = 2000;
    c->recovery_after.kind = SELECTOR_ERROR;
    c->recovery_min_s = 5;
    c->recovery_max_s = 7;
    assert_int_equal(generate_traces(blueprint, c, "machine", NULL, &g, NULL), 0);
    size_t seen = 0;
    for (size_t t = 0; t < g.traces.n_traces; t++)
        for (size_t i = g.traces.first[t]; i < g.traces.first[t + 1]; i++) {
            size_t end = i;
            while (end < g.traces.first[t + 1] && parties_is_failure(&parties, g.traces.templates[end]))
                end++;
            if (end == i || end == g.traces.first[t + 1])
                continue;
            int64_t took = g.traces.times_us[end] - g.traces.times_us[i];
            assert_in_range(took, 5000000, 7000000);
            seen++;
        }
    assert_true(seen > 50);
    generated_release(&g);
    parties_release(&parties);
    lw_constraints_free(c);
}

/* Runs of troubles longer than the window, and of no time at all. */
static void recovery_holds_for_each_event_of_a_run(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain();
    struct party items[3] = {{PARTY_NONE, PARTY_NONE, LW_LEVEL_NONE, false}, {PARTY_NONE, 0, LW_LEVEL_ERROR, false}};
    struct parties parties = {.n_symbols = 2, .items = items};
    c->recovery_after.kind = SELECTOR_ERROR;
    c->recovery_min_s = 1;
    c->recovery_max_s = 3;
    for (uint64_t i = 0; i < 2000; i++) {
        struct course course = {0};
        struct rng rng;
        rng_init(&rng, 1, 1, i);
        int64_t at = 0;
        for (int k = 0; k < 12; k++) {
            assert_int_equal(course_add(&course, course.n, (uint32_t)rng_below(&rng, 2), at), 0);
            at += (int64_t)rng_below(&rng, 4) * 800000;
        }
        recovery_fit(&parties, c, &rng, &course);
        for (size_t k = 0; k < course.n; k++) {
            assert_true(k == 0 || course.times_us[k - 1] <= course.times_us[k]);
            size_t end = k;
            while (end < course.n && course.templates[end] == 1)
                end++;
            if (end > k && end < course.n)
                assert_in_range(course.times_us[end] - course.times_us[k], 1000000, 3000000);
        }
        course_release(&course);
    }
    lw_constraints_free(c);
}

static int start_and_release(void *user, struct lw_error *err)
{
    struct schedule schedule;
    struct parties parties;
    int rc = schedule_init(&schedule, in_windows, user, err);
    if (rc != 0)
        return rc;
    schedule_release(&schedule);
    rc = parties_init(&parties, blueprint, err);
    if (rc == 0)
        parties_release(&parties);
    return rc;
}

static int generate_and_release(void *user, struct lw_error *err)
{
    struct generated g;
    int rc = generate_traces(blueprint, user, "machine", NULL, &g, err);
    if (rc == 0)
        generated_release(&g);
    return rc;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct lw_constraints *c = constrain();
    failalloc_each(start_and_release, c);
    c->traces = NAN;
    c->duration_s = 60;
    failalloc_each(generate_and_release, c);
    lw_constraints_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaps_are_those_of_the_log),
        cmocka_unit_test(starts_are_where_the_log_has_them),
        cmocka_unit_test(what_starts_when_is_kept),
        cmocka_unit_test(delays_are_those_of_the_log),
        cmocka_unit_test(a_rate_keeps_the_shape_of_gaps),
        cmocka_unit_test(hours_get_their_share),
        cmocka_unit_test(bursts_are_as_frequent_and_high_as_asked),
        cmocka_unit_test(windows_stay_windows),
        cmocka_unit_test(a_size_may_be_events_or_time),
        cmocka_unit_test(recovery_takes_as_long_as_asked),
        cmocka_unit_test(recovery_holds_for_each_event_of_a_run),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_models, free_models);
}
