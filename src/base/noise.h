/*
 * Noise for differential privacy: integers drawn exactly, without floating point, whose rounding would give data away
 * (Mironov 2012), after Canonne, Kamath and Steinke 2020, "The Discrete Gaussian for Differential Privacy". The
 * randomness is the system's; a seed is for tests alone. Not thread-safe.
 */
#ifndef LW_BASE_NOISE_H
#define LW_BASE_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "logwright.h"

#define NOISE_SCALE_MAX 1e6   /* of noise_laplace */
#define NOISE_SIGMA_MAX 16384 /* of noise_gaussian */

struct noise {
    bool is_seeded; /* then nothing drawn keeps anything private */
    struct rng rng;
    uint64_t words[256]; /* of the system, `used` of them are gone */
    unsigned used;
    int code; /* 0, or LW_ERR_IO once the system refused: then all that was drawn since is worthless */
};

void noise_init(struct noise *noise);
void noise_init_seeded(struct noise *noise, uint64_t seed);
uint64_t noise_below(struct noise *noise, uint64_t n); /* 0 .. n - 1 without bias; n > 0 */
/* P(x) proportional to exp(-|x| / scale): a count that one trace changes by 1 is 1 / scale - private. */
int64_t noise_laplace(struct noise *noise, double scale);
/* P(x) proportional to exp(-x^2 / (2 sigma^2)): counts that one trace changes by a vector of length 1 are
 * 1 / (2 sigma^2) - zero-concentrated private, see budget.h. */
int64_t noise_gaussian(struct noise *noise, double sigma);

#endif
