/*
 * What releases of noised counts cost together. Gaussian noise is accounted as rho of zero-concentrated differential
 * privacy (Bun and Steinke 2016), which adds up over releases; rho then stands for any epsilon with its delta. Pure
 * functions.
 */
#ifndef LW_BASE_BUDGET_H
#define LW_BASE_BUDGET_H

/* The least delta that the conversion of Canonne, Kamath and Steinke 2020 (corollary 13) gives for rho at epsilon. */
double budget_delta(double rho, double epsilon);
/* The largest rho that is (epsilon, delta)-private by it; epsilon > 0, 0 < delta < 1. */
double budget_rho(double epsilon, double delta);
/* Standard deviation of the noise for counts that one trace changes by a vector of that length, at the price of rho. */
double budget_sigma(double length, double rho);
/* The least whole number that discrete Gaussian noise reaches with a chance of at most delta. */
double budget_tail(double sigma, double delta);

#endif
