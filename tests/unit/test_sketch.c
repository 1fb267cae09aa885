#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "learn/pool.h"

#define N 20000u

/* A value that makes a fifth, among numbers that are nearly all different. */
static void add(struct pool *pool, unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        struct rng rng;
        char text[20];

        rng_init(&rng, 3, 1, i);
        snprintf(text, sizeof text, "%u", i % 5 == 0 ? 404 : rng_u32(&rng) % 1000000);
        assert_int_equal(pool_add(pool, text, strlen(text), 1), 0);
    }
}

static void parts_make_the_whole(void **state)
{
    static const unsigned cuts[] = {0, 10, 64, 65, 70, 3000, N};

    (void)state;
    for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
        struct pool whole = POOL_INIT, first = POOL_INIT, second = POOL_INIT, read = POOL_INIT;
        struct buf a = BUF_INIT, b = BUF_INIT;
        struct unpack in;

        whole.mask = first.mask = second.mask = read.mask = MASK_INTEGER;
        add(&whole, 0, N);
        add(&first, 0, cuts[c]);
        add(&second, cuts[c], N);
        assert_int_equal(pool_merge(&first, &second), 0);
        for (size_t i = 0; i < SKETCH_CELLS; i++) {
            const struct sketch_cell *cell = &first.sketch->cells[i];

            assert_true(cell->votes <= cell->total);
            assert_int_equal(cell->total, whole.sketch->cells[i].total);
        }
        memcpy(first.sketch->cells, whole.sketch->cells, sizeof first.sketch->cells);
        pool_pack(&whole, &a);
        pool_pack(&first, &b);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.data, b.data, a.len);
        unpack_init(&in, a.data, a.len);
        assert_int_equal(pool_unpack(&read, &in, NULL), 0);
        assert_ptr_equal(in.at, in.end);
        buf_clear(&b);
        pool_pack(&read, &b);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.data, b.data, a.len);
        buf_release(&a);
        buf_release(&b);
        pool_release(&whole);
        pool_release(&first);
        pool_release(&second);
        pool_release(&read);
    }
}

static int by_value(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

    return (x > y) - (x < y);
}

static void figures_are_near_the_truth(void **state)
{
    struct pool pool = POOL_INIT;
    unsigned *values = calloc(N, sizeof *values), distinct = 0;
    const struct sketch_cell *found = NULL;

    (void)state;
    pool.mask = MASK_INTEGER;
    add(&pool, 0, N);
    for (unsigned i = 0; i < N; i++) {
        struct rng rng;

        rng_init(&rng, 3, 1, i);
        values[i] = i % 5 == 0 ? 404 : rng_u32(&rng) % 1000000;
    }
    qsort(values, N, sizeof *values, by_value);
    for (unsigned i = 0; i < N; i++)
        distinct += i == 0 || values[i] != values[i - 1];
    assert_true(fabs((double)pool_distinct(&pool) - distinct) < .07 * distinct); /* three standard errors */
    assert_int_equal(pool.sketch->bins.total, N);
    assert_true(pool.sketch->bins.min == values[0] && pool.sketch->bins.max == values[N - 1]);
    for (unsigned q = 1; q < 100; q++) {
        size_t rank = N * q / 100;
        double truth = values[rank], found_q = bins_quantile(&pool.sketch->bins, q / 100.);

        assert_true(fabs(found_q - truth) <= .017 * truth + 40);
    }
    for (size_t i = 0; i < SKETCH_CELLS; i++)
        if (pool.sketch->cells[i].len == 3 && memcmp(pool.sketch->cells[i].text, "404", 3) == 0)
            found = &pool.sketch->cells[i];
    assert_non_null(found);
    assert_true(found->votes <= N / 5 + 5 && (found->total + found->votes) / 2 >= N / 5);
    free(values);
    pool_release(&pool);
}

static void numbers_are_read_in_base_units(void **state)
{
    static const struct {
        enum quantity_kind kind;
        const char *text;
        double number; /* NaN: none */
    } cases[] = {
        {QUANTITY_NUMBER, "0", 0},
        {QUANTITY_NUMBER, "-17", -17},
        {QUANTITY_NUMBER, "1,234,567", 1234567},
        {QUANTITY_NUMBER, "2.5", 2.5},
        {QUANTITY_NUMBER, "1.5e-05", 1.5e-5},
        {QUANTITY_NUMBER, "12x", NAN},
        {QUANTITY_NUMBER, "", NAN},
        {QUANTITY_NUMBER, "-", NAN},
        {QUANTITY_SECONDS, "5ms", .005},
        {QUANTITY_SECONDS, "1m30s", 90},
        {QUANTITY_SECONDS, "1 min 5 sec", 65},
        {QUANTITY_SECONDS, "<1 sec", 1},
        {QUANTITY_SECONDS, "01:02:03", 3723},
        {QUANTITY_SECONDS, "5 parsecs", NAN},
        {QUANTITY_BYTES, "12KB", 12288},
        {QUANTITY_BYTES, "1.5 MiB", 1572864},
        {QUANTITY_BYTES, "7", 7},
        {QUANTITY_NONE, "7", NAN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double number = 0;
        bool is_number = quantity_parse(cases[i].kind, cases[i].text, strlen(cases[i].text), &number);

        if (is_number != !isnan(cases[i].number) ||
            (is_number && fabs(number - cases[i].number) > 1e-12 * fabs(number)))
            fail_msg("\"%s\" is %s %g", cases[i].text, is_number ? "the number" : "none, not", number);
    }
}

static void bins_bound_any_number(void **state)
{
    static const double numbers[] = {0, 1, -1, 1e-300, -1e300, 1e18, INFINITY, -INFINITY, 3.14159};
    struct bins bins = {0};

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_int_equal(bins_add(&bins, numbers[i], 1), 0);
    assert_true(bins.n <= 2 * 96 * 32 + 1);
    assert_int_equal(bins.total, sizeof numbers / sizeof *numbers);
    bins_release(&bins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(figures_are_near_the_truth),
        cmocka_unit_test(numbers_are_read_in_base_units),
        cmocka_unit_test(bins_bound_any_number),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
