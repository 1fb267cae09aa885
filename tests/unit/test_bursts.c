#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "base/rng.h"
#include "learn/bursts.h"
#include "tests/lib/failalloc.h"

#define MAX 60000

/* A Poisson process of so many events a second for so many hours, faster by `height` in the first length_s seconds of
 * every full half hour; how many events. */
static size_t draw(uint64_t seed, double rate, double hours, double height, double length_s, int64_t *times)
{
    struct rng rng;
    size_t n = 0;
    double at = 0;
    rng_init(&rng, seed, 1, 0);
    for (;;) {
        double left = -log(1 - rng_uniform(&rng)) / rate;
        while (left > 0) {
            double of_period = fmod(at, 1800), is_high = of_period<length_s, pace = is_high> 0 ? height : 1;
            double end = at - of_period + (is_high > 0 ? length_s : 1800), step = fmin(left / pace, end - at + 1e-6);
            at += step;
            left -= step * pace;
        }
        if (at >= hours * 3600)
            return n;
        assert_true(n < MAX);
        times[n++] = (int64_t)(at * 1e6);
    }
}

static void bursts_are_found_where_they_are(void **state)
{
    (void)state;
    static int64_t times[MAX];
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct bursts bursts;
        size_t n = draw(seed, .5, 12, 8, 90, times);
        assert_int_equal(bursts_find(times, n, NULL, &bursts), 0);
        assert_true(bursts.n >= 23 && bursts.n <= 25);
        assert_true(fabs(bursts.usual_rate - .5) < .03);
        assert_true(fabs(bursts.burst_rate / bursts.usual_rate - 8) < 1.2);
        assert_true(fabs(bursts.inside_s / (double)bursts.n - 90) < 12);
        for (size_t i = 0; i < bursts.n; i++) {
            const struct burst *burst = &bursts.items[i];
            assert_true(burst->from_us < burst->to_us && times[burst->first] == burst->from_us);
            assert_true(times[burst->first + burst->n - 1] == burst->to_us);
            assert_true(i == 0 || burst[-1].to_us < burst->from_us);
        }
        bursts_release(&bursts);
    }
}

static void a_steady_stream_has_none(void **state)
{
    (void)state;
    static int64_t times[MAX];
    size_t n_found = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct bursts bursts;
        size_t n = draw(seed, .3, 8, 1, 0, times);
        assert_int_equal(bursts_find(times, n, NULL, &bursts), 0);
        n_found += bursts.n > 0;
        bursts_release(&bursts);
    }
    assert_true(n_found <= 2);
}

static void busy_hours_are_no_bursts_when_they_are_usual(void **state)
{
    (void)state;
    static int64_t times[MAX];
    double hours[BURSTS_DAY];
    struct bursts with, without;
    struct rng rng;
    size_t n = 0;
    rng_init(&rng, 5, 2, 0);
    for (int h = 0; h < BURSTS_DAY; h++)
        hours[h] = h >= 8 && h < 18 ? 5 : 1;
    for (double at = 0; at < 3 * 86400;) {
        at += -log(1 - rng_uniform(&rng)) / .2;
        if (rng_uniform(&rng) < hours[(int)(fmod(at, 86400) / 3600)] / 5)
            times[n++] = (int64_t)(at * 1e6);
    }
    assert_int_equal(bursts_find(times, n, hours, &with), 0);
    assert_int_equal(bursts_find(times, n, NULL, &without), 0);
    assert_true(with.n == 0 && without.n >= 3);
    bursts_release(&with);
    bursts_release(&without);
}

static double normal(struct rng *rng)
{
    double radius = sqrt(-2 * log(1 - rng_uniform(rng)));
    return radius * cos(6.283185307179586 * rng_uniform(rng));
}

/* Gaps that are uneven, but independent: short ones gather by chance, and that is no burst. */
static void uneven_gaps_are_no_bursts(void **state)
{
    (void)state;
    static int64_t times[MAX];
    for (double sigma = 1; sigma <= 2; sigma += .5) {
        size_t n_found = 0;
        for (uint64_t seed = 1; seed <= 40; seed++) {
            struct bursts bursts;
            struct rng rng;
            double at = 0;
            rng_init(&rng, seed, 3, 0);
            for (size_t i = 0; i < 5000; i++)
                times[i] = (int64_t)(1e6 * (at += exp(sigma * normal(&rng))));
            assert_int_equal(bursts_find(times, 5000, NULL, &bursts), 0);
            n_found += bursts.n > 0;
            bursts_release(&bursts);
        }
        assert_true(n_found <= 3);
    }
}

/* Nine of ten events are in bursts; without them the gaps are those of one rate. */
static void bursts_may_hold_most_events(void **state)
{
    (void)state;
    static int64_t times[MAX];
    static double gaps[MAX];
    struct bursts bursts;
    struct rng rng;
    double at = 0, sum = 0, square = 0;
    rng_init(&rng, 4, 4, 0);
    for (size_t i = 0; i < 5000; i++)
        times[i] = (int64_t)(1e6 * (at += -log(1 - rng_uniform(&rng)) / (i % 1000 < 100 ? 1 : 90)));
    assert_int_equal(bursts_find(times, 5000, NULL, &bursts), 0);
    assert_int_equal(bursts.n, 5);
    assert_true(fabs(bursts.burst_rate / bursts.usual_rate - 90) < 15);
    bursts_release(&bursts);
    assert_int_equal(bursts_flatten(times, 5000, gaps), 0);
    for (size_t i = 0; i < 4999; i++) {
        sum += gaps[i];
        square += gaps[i] * gaps[i];
    }
    assert_true(fabs(sum / 4999 - 1) < .15 && fabs(square / 4999 - 2) < .6);
}

static void few_events_and_equal_times_are_fine(void **state)
{
    (void)state;
    int64_t times[100] = {0};
    struct bursts bursts;
    for (size_t n = 0; n <= 100; n += 50) {
        assert_int_equal(bursts_find(times, n, NULL, &bursts), 0);
        assert_int_equal(bursts.n, 0);
        bursts_release(&bursts);
    }
}

static int find(void *user, struct lw_error *err)
{
    const int64_t *times = user;
    struct bursts bursts;
    (void)err;
    int rc = bursts_find(times, 5000, NULL, &bursts);
    bursts_release(&bursts);
    return rc;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    static int64_t times[MAX];
    assert_true(draw(1, .5, 12, 8, 90, times) >= 5000);
    failalloc_each(find, times);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_are_found_where_they_are),
        cmocka_unit_test(a_steady_stream_has_none),
        cmocka_unit_test(busy_hours_are_no_bursts_when_they_are_usual),
        cmocka_unit_test(uneven_gaps_are_no_bursts),
        cmocka_unit_test(bursts_may_hold_most_events),
        cmocka_unit_test(few_events_and_equal_times_are_fine),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
