/* The chi-squared distribution, for tests of whether two distributions differ. */
#ifndef LW_LEARN_CHI_SQUARED_H
#define LW_LEARN_CHI_SQUARED_H

/* Upper tail at x (Wilson and Hilferty 1931); freedom >= 1. */
double chi_squared_tail(double x, double freedom);

#endif
