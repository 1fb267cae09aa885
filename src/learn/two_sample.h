/*
 * Whether two samples are of one distribution: shares, histograms, and many such questions at once. All p are
 * two-sided. Pure functions, thread-safe.
 */
#ifndef LW_LEARN_TWO_SAMPLE_H
#define LW_LEARN_TWO_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* Whether count_a of of_a and count_b of of_b are one share: Fisher's exact test where a margin is small, else the G
 * test (Sokal and Rohlf 1995, 17.4). Counts need not be whole; Fisher's test rounds them. 1 where a sample is empty. */
double two_sample_share(double count_a, double of_a, double count_b, double of_b);

/* Whether two histograms over the same n bins are one distribution: Kolmogorov and Smirnov, with Stephens' (1970)
 * correction for small samples; conservative, since bins tie. weight_a, weight_b: how many values the histograms are
 * worth, which is less than their sums where values depend on one another. *distance is the largest difference of the
 * cumulative shares. 1 where a histogram is empty. */
double two_sample_histogram(const uint32_t *a, double weight_a, const uint32_t *b, double weight_b, size_t n,
                            double *distance);

/* Jensen-Shannon divergence in bits, 0 .. 1, of two distributions over n bins given by counts; 0 where one is empty. */
double two_sample_bits(const double *a, const double *b, size_t n);

/* Makes p[n] what Holm (1979) corrects them to: the chance that any of them is as small. 0 or LW_ERR_MEMORY. */
int two_sample_correct(double *p, size_t n);

#endif
