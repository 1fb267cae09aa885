#include "base/budget.h"

#include <math.h>

/* log of delta at one order. */
static double log_delta(double rho, double epsilon, double order)
{
    return (order - 1) * (order * rho - epsilon) - log(order - 1) + order * log1p(-1 / order);
}

/* The logarithm is convex in the order: golden sections of the logarithm of order - 1. */
double budget_delta(double rho, double epsilon)
{
    double low = log(1e-6), high = log(1e8), ratio = (sqrt(5) - 1) / 2;
    if (!(rho > 0))
        return 0;
    for (int i = 0; i < 200; i++) {
        double a = high - ratio * (high - low), b = low + ratio * (high - low);
        if (log_delta(rho, epsilon, 1 + exp(a)) < log_delta(rho, epsilon, 1 + exp(b)))
            high = b;
        else
            low = a;
    }
    return fmin(1, exp(log_delta(rho, epsilon, 1 + exp((low + high) / 2))));
}

double budget_rho(double epsilon, double delta)
{
    double low = 0, high = epsilon + 1;
    for (int i = 0; i < 200; i++) {
        double middle = (low + high) / 2;
        if (budget_delta(middle, epsilon) <= delta)
            low = middle;
        else
            high = middle;
    }
    return low;
}

double budget_sigma(double length, double rho)
{
    return length / sqrt(2 * rho);
}

/* The discrete tail from m on is at most the continuous one from m - 1 on (Canonne, Kamath and Steinke, proposition
 * 25). */
double budget_tail(double sigma, double delta)
{
    double low = 0, high = 40;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (erfc(middle / sqrt(2)) / 2 <= delta)
            high = middle;
        else
            low = middle;
    }
    return ceil(high * sigma) + 1;
}
