#include "learn/chi_squared.h"

#include <math.h>

double chi_squared_tail(double x, double freedom)
{
    double part = 2 / (9 * freedom);
    double z = (cbrt(x / freedom) - (1 - part)) / sqrt(part);
    return erfc(z / sqrt(2)) / 2;
}
