#include "generate/ratio.h"

#include <math.h>

void ratio_add(struct ratio *ratio, double above, double below)
{
    ratio->above += above;
    ratio->below += below;
    ratio->above2 += above * above;
    ratio->below2 += below * below;
    ratio->both2 += above * below;
}

double ratio_share(const struct ratio *ratio)
{
    return ratio->above / ratio->below;
}

double ratio_error(const struct ratio *ratio, double low, double high, double n_traces)
{
    double share = ratio_share(ratio);
    double off = ratio->above2 - 2 * share * ratio->both2 + share * share * ratio->below2;
    double asked = share < low ? low : share > high ? high : share;
    return fmax(sqrt(fmax(0, off)) / ratio->below, sqrt(asked * (1 - asked) / fmin(n_traces, ratio->below)));
}
