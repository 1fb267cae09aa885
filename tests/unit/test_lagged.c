#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "learn/lagged.h"
#include "tests/lib/failalloc.h"

#define SECOND INT64_C(1000000)
#define HOUR   (3600 * SECOND)
#define MAX    20000

struct series {
    struct lagged_event events[MAX];
    size_t n;
};

static int by_time(const void *a, const void *b)
{
    const struct lagged_event *x = a, *y = b;
    return (x->time_us > y->time_us) - (x->time_us < y->time_us);
}

static void add(struct series *series, double seconds, uint32_t kind, uint32_t trace)
{
    assert_true(series->n < MAX);
    series->events[series->n++] = (struct lagged_event){(int64_t)(seconds * 1e6), kind, trace};
}

static void sort(struct series *series)
{
    qsort(series->events, series->n, sizeof *series->events, by_time);
}

/* n events of a kind at any time of so many hours. */
static void add_noise(struct series *series, struct rng *rng, uint32_t kind, size_t n, double hours)
{
    for (size_t i = 0; i < n; i++)
        add(series, rng_uniform(rng) * hours * 3600, kind, LAGGED_NO_TRACE);
}

/* n bursts of so many events of each of `kinds` kinds within a minute. */
static void add_bursts(struct series *series, struct rng *rng, uint32_t first, uint32_t kinds, size_t n, size_t of,
                       double hours)
{
    for (size_t i = 0; i < n; i++) {
        double start = rng_uniform(rng) * hours * 3600;
        for (uint32_t kind = first; kind < first + kinds; kind++)
            for (size_t k = 0; k < of; k++)
                add(series, start + rng_uniform(rng) * 60, kind, LAGGED_NO_TRACE);
    }
}

/* An effect with the probability, 1 to 5 s behind each event of the cause. */
static void add_effects(struct series *series, struct rng *rng, uint32_t cause, uint32_t effect, double probability)
{
    for (size_t i = 0, n = series->n; i < n; i++)
        if (series->events[i].kind == cause && rng_uniform(rng) < probability)
            add(series, (double)series->events[i].time_us / 1e6 + 1 + 4 * rng_uniform(rng), effect, LAGGED_NO_TRACE);
}

static struct lagged_pairs mine(const struct series *series)
{
    struct lagged_options options = LAGGED_OPTIONS_INIT;
    struct lagged_pairs pairs;
    assert_int_equal(lagged_mine(series->events, series->n, &options, NULL, &pairs, NULL), 0);
    for (size_t i = 0; i < pairs.n; i++) {
        const struct lagged_pair *pair = &pairs.items[i];
        assert_true(pair->cause != pair->effect && pair->min_us >= 0 && pair->min_us <= pair->max_us);
        assert_true(pair->followed <= pair->n && pair->followed > pair->preceded);
        assert_true(pair->max_us <= options.window_us && pair->p <= options.alpha);
        assert_true(i == 0 || pair[-1].cause < pair->cause ||
                    (pair[-1].cause == pair->cause && pair[-1].effect < pair->effect));
    }
    return pairs;
}

static const struct lagged_pair *find(const struct lagged_pairs *pairs, uint32_t cause, uint32_t effect)
{
    for (size_t i = 0; i < pairs->n; i++)
        if (pairs->items[i].cause == cause && pairs->items[i].effect == effect)
            return &pairs->items[i];
    return NULL;
}

static void planted_pairs_are_found_with_their_lag_and_probability(void **state)
{
    (void)state;
    static struct series series;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct rng rng;
        rng_init(&rng, seed, 1, 0);
        series.n = 0;
        add_noise(&series, &rng, 1, 200, 8);
        add_effects(&series, &rng, 1, 2, .8);
        add_noise(&series, &rng, 2, 30, 8);
        for (uint32_t kind = 3; kind < 13; kind++)
            add_noise(&series, &rng, kind, 100, 8);
        sort(&series);
        struct lagged_pairs pairs = mine(&series);
        const struct lagged_pair *pair = find(&pairs, 1, 2);
        assert_non_null(pair);
        assert_null(find(&pairs, 2, 1));
        assert_int_equal(pairs.n, 1);
        assert_true(fabs(pair->probability - .8) < .1);
        assert_true(pair->min_us >= SECOND && pair->min_us < 2 * SECOND);
        assert_true(pair->max_us > 4 * SECOND && pair->max_us < 6 * SECOND);
        assert_int_equal(pair->n, 200);
        lagged_pairs_release(&pairs);
    }
}

/* At most one of 40 logs has a pair; a hundredth of them may. */
static void unrelated_kinds_make_no_pairs(void **state)
{
    (void)state;
    static struct series series;
    size_t n_found = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct rng rng;
        rng_init(&rng, seed, 2, 0);
        series.n = 0;
        for (uint32_t kind = 1; kind < 9; kind++)
            add_noise(&series, &rng, kind, 40 + rng_below(&rng, 300), 4);
        add_bursts(&series, &rng, 20, 1, 25, 20, 4); /* each in bursts of its own */
        add_bursts(&series, &rng, 21, 1, 25, 20, 4);
        add_bursts(&series, &rng, 30, 3, 20, 10, 4); /* in bursts that they share */
        sort(&series);
        struct lagged_pairs pairs = mine(&series);
        n_found += pairs.n > 0;
        lagged_pairs_release(&pairs);
    }
    assert_true(n_found <= 1);
}

static void cause_and_effect_come_in_bursts_as_well(void **state)
{
    (void)state;
    static struct series series;
    struct rng rng;
    rng_init(&rng, 3, 3, 0);
    series.n = 0;
    add_bursts(&series, &rng, 1, 1, 40, 8, 24);
    add_effects(&series, &rng, 1, 2, .9);
    sort(&series);
    struct lagged_pairs pairs = mine(&series);
    assert_non_null(find(&pairs, 1, 2));
    assert_null(find(&pairs, 2, 1));
    lagged_pairs_release(&pairs);
}

static void order_decides_where_clocks_are_coarse(void **state)
{
    (void)state;
    static struct series series;
    struct rng rng;
    rng_init(&rng, 4, 4, 0);
    series.n = 0;
    double at = 0;
    for (uint32_t i = 0; i < 100; i++) {
        at += 60 + (double)rng_below(&rng, 600);
        add(&series, at, 1, i);
        add(&series, at, 2, i % 4 == 0 ? i + 1000 : i);
    }
    struct lagged_pairs pairs = mine(&series);
    assert_int_equal(pairs.n, 1);
    assert_true(pairs.items[0].cause == 1 && pairs.items[0].effect == 2);
    assert_true(pairs.items[0].max_us == 0 && pairs.items[0].followed == 100 && pairs.items[0].same_trace == 75);
    lagged_pairs_release(&pairs);
}

/* An effect that comes all the time as well: the window that is told is that of the lag. */
static void lags_are_told_among_effects_that_come_anyway(void **state)
{
    (void)state;
    static struct series series;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct rng rng;
        rng_init(&rng, seed, 7, 0);
        series.n = 0;
        add_noise(&series, &rng, 1, 600, 8);
        for (size_t i = 0; i < 600; i++)
            if (rng_uniform(&rng) < .5)
                add(&series, (double)series.events[i].time_us / 1e6 + .2 + .1 * rng_uniform(&rng), 2, LAGGED_NO_TRACE);
        add_noise(&series, &rng, 2, 8000, 8);
        sort(&series);
        struct lagged_pairs pairs = mine(&series);
        const struct lagged_pair *pair = find(&pairs, 1, 2);
        assert_non_null(pair);
        assert_true(pair->min_us > .1 * SECOND && pair->max_us > .25 * SECOND && pair->max_us < SECOND);
        assert_true(pair->followed > 200 && pair->followed > 3 * pair->preceded);
        lagged_pairs_release(&pairs);
    }
}

static void a_pair_holds_where_it_comes_again_and_not_in_reverse(void **state)
{
    (void)state;
    static struct series series, again;
    struct rng rng;
    rng_init(&rng, 5, 5, 0);
    series.n = again.n = 0;
    add_noise(&series, &rng, 1, 200, 8);
    add_effects(&series, &rng, 1, 2, .8);
    sort(&series);
    struct lagged_pairs pairs = mine(&series);
    assert_int_equal(pairs.n, 1);
    struct lagged_score score;
    double share;
    add_noise(&again, &rng, 1, 50, 2);
    add_effects(&again, &rng, 1, 2, .8);
    sort(&again);
    assert_int_equal(lagged_score(&pairs, again.events, again.n, &score, &share, NULL), 0);
    assert_true(share >= 1 && score.is_held && score.n == 50);
    for (size_t i = 0; i < again.n; i++)
        again.events[i].kind = 3 - again.events[i].kind; /* effects now come first */
    assert_int_equal(lagged_score(&pairs, again.events, again.n, &score, &share, NULL), 0);
    assert_true(share <= 0 && !score.is_held);
    assert_int_equal(lagged_score(&pairs, NULL, 0, &score, &share, NULL), 0);
    assert_true(share <= 0 && score.n == 0);
    lagged_pairs_release(&pairs);
    assert_int_equal(lagged_score(&pairs, again.events, again.n, NULL, &share, NULL), 0);
    assert_true(isnan(share));
}

static void nothing_and_events_without_times_are_fine(void **state)
{
    (void)state;
    static struct series series;
    struct lagged_pairs pairs;
    struct lagged_options options = LAGGED_OPTIONS_INIT;
    assert_int_equal(lagged_mine(NULL, 0, &options, NULL, &pairs, NULL), 0);
    assert_int_equal(pairs.n, 0);
    lagged_pairs_release(&pairs);
    for (series.n = 0; series.n < 100; series.n++)
        series.events[series.n] = (struct lagged_event){LW_NO_TIME, (uint32_t)series.n % 2, 0};
    pairs = mine(&series);
    assert_int_equal(pairs.n, 0);
    lagged_pairs_release(&pairs);
}

static int mine_and_score(void *user, struct lw_error *err)
{
    const struct series *series = user;
    struct lagged_options options = LAGGED_OPTIONS_INIT;
    struct lagged_pairs pairs = {NULL, 0, 0};
    double share;
    int rc = lagged_mine(series->events, series->n, &options, NULL, &pairs, err);
    if (rc == 0)
        rc = lagged_score(&pairs, series->events, series->n, NULL, &share, err);
    lagged_pairs_release(&pairs);
    return rc;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    static struct series series;
    struct rng rng;
    rng_init(&rng, 6, 6, 0);
    series.n = 0;
    add_noise(&series, &rng, 1, 100, 8);
    add_effects(&series, &rng, 1, 2, .8);
    sort(&series);
    failalloc_each(mine_and_score, &series);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_pairs_are_found_with_their_lag_and_probability),
        cmocka_unit_test(unrelated_kinds_make_no_pairs),
        cmocka_unit_test(cause_and_effect_come_in_bursts_as_well),
        cmocka_unit_test(order_decides_where_clocks_are_coarse),
        cmocka_unit_test(lags_are_told_among_effects_that_come_anyway),
        cmocka_unit_test(a_pair_holds_where_it_comes_again_and_not_in_reverse),
        cmocka_unit_test(nothing_and_events_without_times_are_fine),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
