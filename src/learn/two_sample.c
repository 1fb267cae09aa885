/*
 * Fisher's test adds up the hypergeometric probabilities of all tables with these margins that are no likelier than the
 * one seen. It is exact but walks over the smallest margin, so that large tables go to G, which by then is as good.
 */
#include "learn/two_sample.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "logwright.h"

#define FISHER_MOST 1000 /* smallest margin up to which tables are added up */

/* a of row, of all; column is how many there are in both rows. Likelihoods relative to the first table's, by the ratio
 * of neighbouring tables: lgamma would write a global. */
static double fisher(double a, double row, double column, double all)
{
    double relative[FISHER_MOST + 3], least = fmax(0, row + column - all), most = fmin(row, column);
    double largest = 0, seen, sum = 0, total = 0;
    size_t n = (size_t)(most - least) + 1;

    relative[0] = 0;
    for (size_t i = 1; i < n; i++) {
        double k = least + (double)i;

        relative[i] = relative[i - 1] + log((row - k + 1) * (column - k + 1) / (k * (all - row - column + k)));
        largest = fmax(largest, relative[i]);
    }
    seen = relative[(size_t)(a - least)] + 1e-7; /* as likely, but for rounding */
    for (size_t i = 0; i < n; i++) {
        double p = exp(relative[i] - largest);

        total += p;
        sum += relative[i] <= seen ? p : 0;
    }
    return sum / total;
}

static double g_term(double seen, double expected)
{
    return seen > 0 ? seen * log(seen / expected) : 0;
}

double two_sample_share(double count_a, double of_a, double count_b, double of_b)
{
    double column = count_a + count_b, all = of_a + of_b, g;

    if (of_a <= 0 || of_b <= 0 || column <= 0 || column >= all)
        return 1;
    if (fmin(fmin(of_a, of_b), fmin(column, all - column)) <= FISHER_MOST) {
        double row_a = round(of_a), row_b = round(of_b);
        double a = fmin(round(count_a), row_a), b = fmin(round(count_b), row_b);

        return fisher(a, row_a, a + b, row_a + row_b);
    }
    g = g_term(count_a, of_a * column / all) + g_term(of_a - count_a, of_a * (all - column) / all) +
        g_term(count_b, of_b * column / all) + g_term(of_b - count_b, of_b * (all - column) / all);
    return erfc(sqrt(fmax(g, 0))); /* chi-square of one degree, at 2 g */
}

/* Chance of a larger Kolmogorov statistic. */
static double kolmogorov(double x)
{
    double sum = 0, sign = 1;

    if (x < 0.2)
        return 1;
    for (int k = 1; k <= 100; k++, sign = -sign) {
        double term = exp(-2 * x * x * k * k);

        sum += sign * term;
        if (term < 1e-300)
            break;
    }
    return fmin(fmax(2 * sum, 0), 1);
}

double two_sample_histogram(const uint32_t *a, double weight_a, const uint32_t *b, double weight_b, size_t n,
                            double *distance)
{
    double sum_a = 0, sum_b = 0, at_a = 0, at_b = 0, root;

    *distance = 0;
    for (size_t i = 0; i < n; i++) {
        sum_a += a[i];
        sum_b += b[i];
    }
    if (sum_a <= 0 || sum_b <= 0 || weight_a <= 0 || weight_b <= 0)
        return 1;
    for (size_t i = 0; i < n; i++) {
        at_a += a[i];
        at_b += b[i];
        *distance = fmax(*distance, fabs(at_a / sum_a - at_b / sum_b));
    }
    root = sqrt(weight_a * weight_b / (weight_a + weight_b));
    return kolmogorov((root + 0.12 + 0.11 / root) * *distance);
}

double two_sample_bits(const double *a, const double *b, size_t n)
{
    double sum_a = 0, sum_b = 0, bits = 0;

    for (size_t i = 0; i < n; i++) {
        sum_a += a[i];
        sum_b += b[i];
    }
    if (sum_a <= 0 || sum_b <= 0)
        return 0;
    for (size_t i = 0; i < n; i++) {
        double p = a[i] / sum_a, q = b[i] / sum_b, middle = (p + q) / 2;

        bits += (p > 0 ? p * log2(p / middle) : 0) / 2 + (q > 0 ? q * log2(q / middle) : 0) / 2;
    }
    return fmin(fmax(bits, 0), 1);
}

struct ranked {
    double p;
    size_t index;
};

static int by_p(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;

    if (a->p != b->p)
        return a->p < b->p ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

int two_sample_correct(double *p, size_t n)
{
    struct ranked *order = alloc_array(n, sizeof *order);
    double least = 0;

    if (order == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < n; i++)
        order[i] = (struct ranked){p[i], i};
    qsort(order, n, sizeof *order, by_p);
    for (size_t i = 0; i < n; i++) {
        least = fmax(least, fmin(1, order[i].p * (double)(n - i)));
        p[order[i].index] = least;
    }
    free(order);
    return 0;
}
