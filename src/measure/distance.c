/*
 * What chance alone gives, its mean and one deviation more, is taken off in the scale in which it adds up: squares for
 * distances that are absolute values (a real difference d and noise of size s show as about sqrt(d^2 + s^2)), the plain
 * value for the divergence, which is a square already. So a difference far above the noise is left as it is. With the
 * mean alone, half of all samples of one distribution would show the root of the rest, which falls with size, too.
 *
 * Drawing both samples down to one size was rejected as the only means: it makes figures comparable, not right, and
 * gives up data.
 */
#include "measure/distance.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "logwright.h"

#define PI 3.14159265358979323846

static double without_noise(double distance, double noise)
{
    double rest = distance * distance - noise * noise;
    return rest > 0 ? sqrt(rest) : 0;
}

double distance_ks(const double *a, size_t n_a, double effective_a, const double *b, size_t n_b, double effective_b)
{
    if (n_a == 0 || n_b == 0)
        return NAN;
    double distance = 0;
    for (size_t i = 0, j = 0; i < n_a && j < n_b;) {
        double at = a[i] < b[j] ? a[i] : b[j];
        while (i < n_a && a[i] <= at)
            i++;
        while (j < n_b && b[j] <= at)
            j++;
        distance = fmax(distance, fabs((double)i / (double)n_a - (double)j / (double)n_b));
    }
    /* mean and deviation of the Kolmogorov distribution: .869, .260 */
    return 1 - without_noise(distance, 1.129 * sqrt(1 / effective_a + 1 / effective_b));
}

double distance_correlation(double a, double n_a, double b, double n_b)
{
    double noise = (1 - a * a) * (1 - a * a) / n_a + (1 - b * b) * (1 - b * b) / n_b;
    /* of the absolute value of a normal: .798, .603 */
    return 1 - without_noise(fabs(a - b), 1.401 * sqrt(noise)) / 2;
}

double distance_auc(double auc, double n_a, double n_b)
{
    double variance = (n_a + n_b + 1) / (12 * n_a * n_b); /* Mann and Whitney 1947 */
    return 1 - without_noise(auc > .5 ? 2 * auc - 1 : 0, 2 * sqrt(variance));
}

/* ---- tallies --------------------------------------------------------------------------------------------------- */

void tallies_release(struct tallies *tallies)
{
    free(tallies->slots);
    *tallies = (struct tallies){0};
}

static size_t find_slot(const struct tallies *tallies, uint64_t key)
{
    size_t mask = tallies->n_slots - 1, at = (size_t)(key ^ (key >> 32)) & mask;
    while (tallies->slots[at].n[0] + tallies->slots[at].n[1] > 0 && tallies->slots[at].key != key)
        at = (at + 1) & mask;
    return at;
}

static int grow(struct tallies *tallies)
{
    struct tallies wider = *tallies;
    wider.n_slots = tallies->n_slots > 0 ? tallies->n_slots * 2 : 64;
    wider.slots = alloc_zeroed(wider.n_slots, sizeof *wider.slots);
    if (wider.slots == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < tallies->n_slots; i++)
        if (tallies->slots[i].n[0] + tallies->slots[i].n[1] > 0)
            wider.slots[find_slot(&wider, tallies->slots[i].key)] = tallies->slots[i];
    free(tallies->slots);
    *tallies = wider;
    return 0;
}

int tallies_add(struct tallies *tallies, uint64_t key, int sample, double weight)
{
    if ((tallies->n + 1) * 3 > tallies->n_slots * 2 && grow(tallies) != 0)
        return LW_ERR_MEMORY;
    struct tally *tally = &tallies->slots[find_slot(tallies, key)];
    tallies->n += !(tally->n[0] + tally->n[1] > 0);
    tally->key = key;
    tally->n[sample] += weight;
    tallies->total[sample] += weight;
    return 0;
}

const struct tally *tallies_find(const struct tallies *tallies, uint64_t key)
{
    if (tallies->n_slots == 0)
        return NULL;
    const struct tally *tally = &tallies->slots[find_slot(tallies, key)];
    return tally->n[0] + tally->n[1] > 0 ? tally : NULL;
}

double tallies_variation(const struct tallies *tallies, double effective_a, double effective_b)
{
    if (!(tallies->total[0] > 0) || !(tallies->total[1] > 0))
        return NAN;
    double distance = 0, mean = 0, variance = 0, each = 1 / effective_a + 1 / effective_b;
    for (size_t i = 0; i < tallies->n_slots; i++) {
        const struct tally *tally = &tallies->slots[i];
        double a = tally->n[0] / tallies->total[0], b = tally->n[1] / tallies->total[1];
        double pooled = (tally->n[0] + tally->n[1]) / (tallies->total[0] + tallies->total[1]);
        double of_cell = pooled * (1 - pooled) * each;
        distance += fabs(a - b) / 2;
        /* a difference of two shares is about normal; its absolute value has mean sqrt(2 v / pi), at most a + b */
        mean += fmin(sqrt(2 * of_cell / PI), a + b) / 2;
        variance += of_cell * (1 - 2 / PI) / 4;
    }
    return 1 - without_noise(distance, mean + sqrt(variance));
}

double tallies_divergence(const struct tallies *tallies, double effective_a, double effective_b)
{
    if (!(tallies->total[0] > 0) || !(tallies->total[1] > 0))
        return NAN;
    double bits = 0;
    for (size_t i = 0; i < tallies->n_slots; i++) {
        double a = tallies->slots[i].n[0] / tallies->total[0], b = tallies->slots[i].n[1] / tallies->total[1];
        double middle = (a + b) / 2;
        bits += a > 0 ? a / 2 * log2(a / middle) : 0;
        bits += b > 0 ? b / 2 * log2(b / middle) : 0;
    }
    /* first order of the bias of entropies (Miller 1955), for the three of them, as a chi-squared variable has it */
    double freedom = (double)tallies->n - 1;
    double bias = (freedom + sqrt(2 * freedom)) / (8 * log(2)) * (1 / effective_a + 1 / effective_b);
    if (bits > 1 - 1e-9) /* nothing in common, however few there are */
        return 0;
    return bits > bias ? (1 - bits) / (1 - bias) : 1;
}
