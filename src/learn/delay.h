/*
 * How long a step takes: counts in fixed logarithmic bins, the same for all edges of all machines, so that histograms
 * merge by adding. Bin 0 is no delay at all; the others are .83 octaves wide.
 */
#ifndef LW_LEARN_DELAY_H
#define LW_LEARN_DELAY_H

#include <stdint.h>

#define MACHINE_DELAY_BINS 64 /* from 1 us to 2^52 us, which is 142 years */

struct machine_edge;

unsigned machine_delay_bin(int64_t delay_us); /* < MACHINE_DELAY_BINS; negative counts as 0 */
void machine_delay_range(unsigned bin, int64_t *from_us, int64_t *to_us); /* half open */
/* What no delay seen on the edge reaches: the end of the bin of the longest; 0 when the edge has no timings. */
int64_t machine_delay_bound(const struct machine_edge *edge);
/* log2 of the probability of a delay on an edge, smoothed over neighbouring bins; 0 when the edge has no timings. */
double machine_delay_log2(const struct machine_edge *edge, int64_t delay_us);
/* Quantile q of the edge's delays (middle of the bin, geometric), LW_NO_TIME when untimed. */
int64_t machine_delay_quantile(const struct machine_edge *edge, double q);

#endif
