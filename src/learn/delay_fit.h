/*
 * Which family of distributions the delays of a transition follow. Times in a log are rounded, so a delay stands for
 * the interval of what would have been written as it, and a family is judged by the probability of those intervals.
 * Pure functions.
 */
#ifndef LW_LEARN_DELAY_FIT_H
#define LW_LEARN_DELAY_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "logwright.h"

#define DELAY_FIT_MIN 10 /* timings below which no family is chosen */

/* The step that all delays are multiples of, in microseconds, at least 1: so finely the log tells time. */
int64_t delay_resolution(const int64_t *delays_us, size_t n);
/* delays_us[n]: rising, none negative. */
void delay_fit(const int64_t *delays_us, size_t n, int64_t resolution_us, struct lw_delay_model *out);
/* Probability of a delay of at most x seconds; 1 for LW_DELAY_NONE. */
double delay_cumulative(const struct lw_delay_model *model, double x);

#endif
