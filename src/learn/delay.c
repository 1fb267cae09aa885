#include "learn/delay.h"

#include <math.h>

#include "learn/machine.h"

#define KERNEL 0.25 /* share that a count gives to each neighbouring bin */

/* Bounds of bin b >= 1: 2^(52 (b - 1) / 63) rounded up, but for the first bins, where whole numbers are further apart
 * than that. Spelt out so that they are the same on every machine. */
static const int64_t bounds[MACHINE_DELAY_BINS] = {
    0,
    1,
    2,
    4,
    6,
    10,
    18,
    31,
    55,
    98,
    173,
    306,
    541,
    959,
    1699,
    3011,
    5334,
    9452,
    16749,
    29679,
    52592,
    93194,
    165141,
    292633,
    518552,
    918885,
    1628284,
    2885356,
    5112914,
    9060198,
    16054874,
    28449595,
    50413319,
    89333529,
    158301013,
    280512937,
    497075202,
    880828382,
    1560847606,
    2765856891,
    4901160312,
    8684965765,
    15389953711,
    27271342416,
    48325429116,
    85633741956,
    151744907299,
    268895371910,
    476488617126,
    844348493756,
    1496204428154,
    2651307732981,
    4698176641303,
    8325274157469,
    14752572133559,
    26141887995437,
    46324010605000,
    82087183561748,
    145460326450511,
    257758953992775,
    456754635333876,
    809379436358318,
    1434238475808465,
    2541502678576482,
};

unsigned machine_delay_bin(int64_t delay_us)
{
    unsigned low = 0, high = MACHINE_DELAY_BINS; /* bounds[low] <= delay < bounds[high] */
    while (high - low > 1) {
        unsigned middle = (low + high) / 2;
        if (delay_us >= bounds[middle])
            low = middle;
        else
            high = middle;
    }
    return low;
}

void machine_delay_range(unsigned bin, int64_t *from_us, int64_t *to_us)
{
    *from_us = bounds[bin];
    *to_us = bin + 1 < MACHINE_DELAY_BINS ? bounds[bin + 1] : INT64_C(1) << 52;
}

int64_t machine_delay_bound(const struct machine_edge *edge)
{
    int64_t from_us, to_us = 0;
    for (unsigned bin = edge->timed > 0 ? MACHINE_DELAY_BINS : 0; bin-- > 0 && to_us == 0;)
        if (edge->delays[bin] > 0)
            machine_delay_range(bin, &from_us, &to_us);
    return to_us;
}

double machine_delay_log2(const struct machine_edge *edge, int64_t delay_us)
{
    if (edge->timed == 0)
        return 0;
    unsigned bin = machine_delay_bin(delay_us);
    double here = edge->delays[bin] * (1 - 2 * KERNEL);
    if (bin > 0)
        here += edge->delays[bin - 1] * KERNEL;
    if (bin + 1 < MACHINE_DELAY_BINS)
        here += edge->delays[bin + 1] * KERNEL;
    if (bin == 0 || bin + 1 == MACHINE_DELAY_BINS) /* what would fall off the edge stays */
        here += edge->delays[bin] * KERNEL;
    return log2((here + 1.0 / MACHINE_DELAY_BINS) / ((double)edge->timed + 1));
}

int64_t machine_delay_quantile(const struct machine_edge *edge, double q)
{
    if (edge->timed == 0)
        return LW_NO_TIME;
    double wanted = q * (double)edge->timed, sum = 0;
    unsigned bin = 0, last = 0;
    for (; bin < MACHINE_DELAY_BINS; bin++) {
        if (edge->delays[bin] == 0)
            continue;
        last = bin;
        sum += edge->delays[bin];
        if (sum >= wanted)
            break;
    }
    int64_t from, to;
    machine_delay_range(last, &from, &to);
    return last == 0 ? 0 : (int64_t)sqrt((double)from * (double)(to - 1));
}
