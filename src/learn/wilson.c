#include "learn/wilson.h"

#include <math.h>

double wilson_lower(double support, double total)
{
    const double z = 1.96;
    double share = total > 0 ? support / total : 0, width;

    if (total <= 0)
        return 0;
    width = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total));
    return (share + z * z / (2 * total) - width) / (1 + z * z / total);
}
