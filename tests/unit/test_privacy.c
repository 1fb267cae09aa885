#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/buf.h"
#include "logwright.h"
#include "measure/trace_points.h"
#include "tests/lib/scratch.h"

#define N_TRACES 300

/* A shop: traces of three to seven events in seconds, with an address, a file and an amount. */
static void write_trace(struct buf *out, struct rng *rng, unsigned id, int64_t start_s)
{
    static const char *const steps[] = {"cart opened from", "item added by", "item removed by", "address checked for",
                                        "paid by"};
    unsigned n = 3 + (unsigned)rng_below(rng, 5), client = (unsigned)rng_below(rng, 200);
    for (unsigned e = 0; e < n; e++) {
        unsigned step = e == 0 ? 0 : e + 1 == n ? 4 : 1 + (unsigned)rng_below(rng, 3);
        start_s += (int64_t)rng_below(rng, 50) * (int64_t)rng_below(rng, 50);
        buf_printf(out, "2024-03-%02u %02u:%02u:%02u INFO shop: order-%u %s 10.7.%u.%u in /srv/carts/c%u.json\n",
                   (unsigned)(1 + start_s / 86400 % 28), (unsigned)(start_s / 3600 % 24), (unsigned)(start_s / 60 % 60),
                   (unsigned)(start_s % 60), id, steps[step], client / 16 + 1, client % 16 + 1,
                   (unsigned)rng_below(rng, 90000));
    }
}

static void write_log(struct buf *out, unsigned n, uint64_t seed, unsigned first_id)
{
    struct rng rng;
    rng_init(&rng, seed, 1, 0);
    for (unsigned t = 0; t < n; t++)
        write_trace(out, &rng, first_id + t, (int64_t)t * 3000);
}

static struct lw_log *open_text(const char *name, const struct buf *text)
{
    const char *path = scratch_write(name, text->data, text->len);
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_log *log = NULL;
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
    return log;
}

static struct lw_log *open_sample_of(unsigned n, const char *name, uint64_t seed, unsigned first_id)
{
    struct buf text = BUF_INIT;
    write_log(&text, n, seed, first_id);
    struct lw_log *log = open_text(name, &text);
    buf_release(&text);
    return log;
}

static struct lw_log *open_sample(const char *name, uint64_t seed, unsigned first_id)
{
    return open_sample_of(N_TRACES, name, seed, first_id);
}

static struct lw_figures *measure(const struct lw_log *real, const struct lw_log *synthetic,
                                  const struct lw_log *holdout, const char *allow)
{
    struct lw_privacy_options options = LW_PRIVACY_OPTIONS_INIT;
    struct lw_figures *figures = NULL;
    options.trace = "(order-[0-9]+)";
    options.holdout = holdout;
    options.allow = allow;
    assert_int_equal(lw_privacy(real, synthetic, &options, NULL, &figures, NULL), 0);
    return figures;
}

static void expect(const struct lw_figures *figures, const char *name, double low, double high)
{
    double value = lw_figures_value(figures, name);
    if (!(value >= low && value <= high))
        fail_msg("%s is %f, not in %f .. %f", name, value, low, high);
}

static void a_copy_gives_all_away(void **state)
{
    (void)state;
    struct lw_log *real = open_sample("real.log", 17, 50000);
    struct lw_log *other = open_sample("other.log", 18, 60000);
    struct lw_figures *figures = measure(real, real, other, NULL);
    expect(figures, "dcr_overfit", .95, 1);
    expect(figures, "mia_auc", .95, 1);
    expect(figures, "mia_tpr_at_fpr01", .9, 1);
    expect(figures, "leaked", 1000, 1e9);
    lw_figures_free(figures);
    lw_log_free(real);
    lw_log_free(other);
}

static void another_sample_gives_nothing_away(void **state)
{
    (void)state;
    struct lw_log *real = open_sample("real.log", 17, 50000);
    struct lw_log *other = open_sample("other.log", 18, 60000);
    struct lw_log *third = open_sample("third.log", 19, 70000);
    struct lw_figures *figures = measure(real, other, third, NULL);
    expect(figures, "dcr_overfit", .4, .6);
    expect(figures, "mia_auc", .43, .57);
    expect(figures, "mia_tpr_at_fpr01", 0, .09);
    lw_figures_free(figures);
    lw_log_free(real);
    lw_log_free(other);
    lw_log_free(third);
}

/* Over many small logs, figures of what was made without the real one are .5 but for chance, and mostly pass. */
static void small_logs_are_judged_fairly(void **state)
{
    (void)state;
    static const char *const names[] = {"mia_auc", "dcr_overfit"};
    enum { RUNS = 12, N_SMALL = 60 };
    double sum[2] = {0, 0};
    int failed = 0;
    for (unsigned run = 0; run < RUNS; run++) {
        struct lw_log *logs[3];
        struct lw_figure row;
        for (unsigned i = 0; i < 3; i++)
            logs[i] = open_sample_of(N_SMALL * (1 + (i == 2)),
                                     i == 0   ? "real.log"
                                     : i == 1 ? "other.log"
                                              : "third.log",
                                     100 + 3 * run + i, 1000 * (1 + i));
        struct lw_figures *figures = measure(logs[0], logs[1], logs[2], NULL);
        for (int i = 0; i < 2; i++)
            sum[i] += lw_figures_value(figures, names[i]) / RUNS;
        for (size_t i = 0; lw_figures_get(figures, i, &row, NULL) == 0; i++)
            failed += row.part[0] == '\0' && row.verdict == 0 && strcmp(row.name, "leaked") != 0;
        lw_figures_free(figures);
        for (int i = 0; i < 3; i++)
            lw_log_free(logs[i]);
    }
    for (int i = 0; i < 2; i++)
        if (!(sum[i] > .45 && sum[i] < .55))
            fail_msg("%s is %f on average", names[i], sum[i]);
    if (failed > 2)
        fail_msg("%d figures failed", failed);
}

/* Without a hold-out there is nothing to say. */
static void nothing_is_made_up(void **state)
{
    (void)state;
    struct lw_log *real = open_sample("real.log", 17, 50000);
    struct lw_figures *figures = measure(real, real, NULL, NULL);
    assert_true(isnan(lw_figures_value(figures, "dcr_overfit")) && isnan(lw_figures_value(figures, "mia_auc")));
    expect(figures, "leaked", 1000, 1e9);
    lw_figures_free(figures);
    lw_log_free(real);
}

static void noise_gives_nothing_away(void **state)
{
    (void)state;
    struct lw_log *real = open_sample("real.log", 17, 50000);
    struct lw_log *other = open_sample("other.log", 18, 60000);
    struct buf text = BUF_INIT;
    for (unsigned line = 0; line < 600; line++)
        buf_printf(&text, "2024-03-01 00:%02u:%02u INFO x: order-%u noise of no kind %u\n", line / 60 % 60, line % 60,
                   900000 + line / 10, line * 7919 % 1000);
    struct lw_log *noise = open_text("noise.log", &text);
    struct lw_figures *figures = measure(real, noise, other, NULL);
    expect(figures, "mia_auc", .43, .57);
    expect(figures, "leaked", 0, 0);
    lw_figures_free(figures);
    buf_release(&text);
    lw_log_free(real);
    lw_log_free(other);
    lw_log_free(noise);
}

static bool has_part(const struct lw_figures *figures, const char *part)
{
    struct lw_figure figure;
    for (size_t i = 0; i < lw_figures_count(figures); i++)
        if (lw_figures_get(figures, i, &figure, NULL) == 0 && strcmp(figure.part, part) == 0)
            return true;
    return false;
}

static void each_leak_is_named(void **state)
{
    (void)state;
    struct buf text = BUF_INIT, made = BUF_INIT;
    for (unsigned i = 0; i < 50; i++)
        buf_printf(
            &text,
            "2024-03-01 00:00:%02u INFO a: order-%u user=ann%c from 10.1.2.%u tag box%uzq\n  at /opt/app/lib%c.so\n", i,
            i, (int)('a' + i % 26), i + 1, i * 7919 % 10000, (int)('a' + i % 26));
    buf_printf(&made,
               "2024-04-01 00:00:01 INFO a: order-77 user=annb from 10.9.9.9 tag box5433zq\n  at /opt/app/libc.so\n"
               "2024-04-01 00:00:02 INFO a: order-78 user=zoe from 10.1.2.17 tag common\n  at /opt/app/other.so\n");
    struct lw_log *real = open_text("real.log", &text), *synthetic = open_text("made.log", &made);
    struct lw_figures *figures = measure(real, synthetic, NULL, NULL);
    assert_true(isnan(lw_figures_value(figures, "mia_auc"))); /* too few */
    expect(figures, "leaked", 4, 4);
    assert_true(has_part(figures, "user annb"));
    assert_true(has_part(figures, "path /opt/app/libc.so"));
    assert_true(has_part(figures, "ip 10.1.2.17"));
    assert_true(has_part(figures, "value box5433zq"));
    lw_figures_free(figures);
    figures = measure(real, synthetic, NULL, "ip,path");
    expect(figures, "leaked", 2, 2);
    lw_figures_free(figures);
    struct lw_privacy_options options = LW_PRIVACY_OPTIONS_INIT;
    struct lw_error err;
    options.allow = "ip,shoe";
    assert_int_equal(lw_privacy(real, synthetic, &options, NULL, &figures, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "shoe"));
    lw_log_free(real);
    lw_log_free(synthetic);
    buf_release(&text);
    buf_release(&made);
}

/* ---- points ---- */

static void fill(struct points *points, uint64_t seed, size_t n)
{
    struct rng rng;
    rng_init(&rng, seed, 2, 0);
    for (size_t i = 0; i < n; i++) {
        uint32_t events[8];
        uint64_t values[6];
        size_t n_events = 1 + (size_t)rng_below(&rng, 8), n_values = (size_t)rng_below(&rng, 6);
        for (size_t e = 0; e < n_events; e++)
            events[e] = (uint32_t)rng_below(&rng, 3);
        for (size_t v = 0; v < n_values; v++)
            values[v] = rng_below(&rng, 20);
        int64_t duration_us = i % 7 == 0 ? LW_NO_TIME : (int64_t)rng_below(&rng, 20) * 1000000;
        assert_int_equal(points_add(points, events, n_events, duration_us, values, n_values), 0);
    }
    assert_int_equal(points_index(points, NULL), 0);
}

static int order_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The short cuts lose nothing: distances are those of looking at all. */
static void nearest_are_nearest(void **state)
{
    (void)state;
    struct points a = {0}, b = {0};
    fill(&a, 1, 150);
    fill(&b, 2, 200);
    double *found = malloc(a.n * POINT_NEIGHBOURS * sizeof *found), all[200];
    assert_non_null(found);
    assert_int_equal(points_nearest(&a, &b, NULL, found, NULL), 0);
    for (size_t i = 0; i < a.n; i++) {
        assert_true(points_distance(&a, i, &a, i) == 0);
        for (size_t j = 0; j < b.n; j++) {
            all[j] = points_distance(&a, i, &b, j);
            assert_true(all[j] >= 0 && all[j] <= 1 && fabs(all[j] - points_distance(&b, j, &a, i)) < 1e-12);
        }
        qsort(all, b.n, sizeof *all, order_double);
        for (size_t k = 0; k < POINT_NEIGHBOURS; k++)
            assert_true(fabs(found[i * POINT_NEIGHBOURS + k] - all[k]) < 1e-12);
    }
    free(found);
    points_release(&a);
    points_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearest_are_nearest),
        cmocka_unit_test(a_copy_gives_all_away),
        cmocka_unit_test(another_sample_gives_nothing_away),
        cmocka_unit_test(noise_gives_nothing_away),
        cmocka_unit_test(small_logs_are_judged_fairly),
        cmocka_unit_test(nothing_is_made_up),
        cmocka_unit_test(each_leak_is_named),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
