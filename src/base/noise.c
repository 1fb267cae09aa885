/*
 * All draws come down to coins of rational probability, and those to uniform integers. exp(-a/b) is the chance that a
 * row of coins of a/b, a/2b, a/3b ... shows its first tail at an odd place. A Laplace variate is geometric, by such
 * coins; a Gaussian one is a Laplace variate that is kept with the right chance. Scales are rounded up to a fraction,
 * so that noise is never less than was asked for.
 */
#include "base/noise.h"

#include <errno.h>
#include <math.h>
#include <sys/random.h>
#include <sys/types.h>

#define PURPOSE_NOISE 0x6e6f6973u
#define GRAIN         1024u /* scales are whole parts of so many */
#define GAUSSIAN_MAX  16384u
#define MAX_COINS     100u /* 1 / 100! is never */

void noise_init(struct noise *noise)
{
    *noise = (struct noise){.used = sizeof noise->words / sizeof *noise->words};
}

void noise_init_seeded(struct noise *noise, uint64_t seed)
{
    noise_init(noise);
    noise->is_seeded = true;
    rng_init(&noise->rng, seed, PURPOSE_NOISE, 0);
}

static bool refill(struct noise *noise)
{
    char *bytes = (char *)noise->words;
    for (size_t n = 0; n < sizeof noise->words;) {
        ssize_t got = getrandom(bytes + n, sizeof noise->words - n, 0);
        if (got < 0 && errno != EINTR)
            return false;
        n += got > 0 ? (size_t)got : 0;
    }
    noise->used = 0;
    return true;
}

static uint64_t draw_word(struct noise *noise)
{
    if (noise->is_seeded)
        return rng_u64(&noise->rng);
    if (noise->used == sizeof noise->words / sizeof *noise->words && !refill(noise)) {
        noise->code = LW_ERR_IO;
        return 0;
    }
    uint64_t word = noise->words[noise->used];
    noise->words[noise->used++] = 0;
    return word;
}

uint64_t noise_below(struct noise *noise, uint64_t n)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % n, word;
    do
        word = draw_word(noise);
    while (word >= limit && noise->code == 0);
    return word % n;
}

/* True with the chance exp(-a/b); a <= b <= 2^57. */
static bool small_exp_coin(struct noise *noise, uint64_t a, uint64_t b)
{
    uint64_t k = 1;
    while (k < MAX_COINS && noise_below(noise, b * k) < a && noise->code == 0)
        k++;
    return k % 2 == 1;
}

/* The same for any a. */
static bool exp_coin(struct noise *noise, uint64_t a, uint64_t b)
{
    for (; a > b && noise->code == 0; a -= b)
        if (!small_exp_coin(noise, 1, 1))
            return false;
    return small_exp_coin(noise, a, b);
}

/* Of scale t / s. */
static int64_t laplace(struct noise *noise, uint64_t t, uint64_t s)
{
    while (noise->code == 0) {
        uint64_t u = noise_below(noise, t), v = 0;
        if (!exp_coin(noise, u, t))
            continue;
        while (noise->code == 0 && exp_coin(noise, 1, 1))
            v++;
        uint64_t size = (u + t * v) / s;
        bool is_negative = noise_below(noise, 2) == 1;
        if (!is_negative || size > 0)
            return is_negative ? -(int64_t)size : (int64_t)size;
    }
    return 0;
}

static uint64_t round_up(double scale, uint64_t grain, uint64_t most)
{
    double n = ceil(scale * (double)grain);
    return n >= (double)most ? most : n >= 1 ? (uint64_t)n : 1;
}

int64_t noise_laplace(struct noise *noise, double scale)
{
    return laplace(noise, round_up(scale, GRAIN, (uint64_t)NOISE_SCALE_MAX * GRAIN), GRAIN);
}

/* sigma is g / grain. A Laplace variate y of scale t is kept with the chance exp(-z^2 / 2), where z is
 * (|y| - sigma^2 / t) / sigma = (|y| t grain^2 - g^2) / (g t grain) = q + r / d, and z^2 / 2 = q^2 / 2 + q r / d +
 * r^2 / (2 d^2): three coins whose terms fit into 64 bits. */
int64_t noise_gaussian(struct noise *noise, double sigma)
{
    uint64_t grain = GRAIN;
    while (grain > 1 && sigma * (double)grain > GAUSSIAN_MAX)
        grain /= 2;
    uint64_t g = round_up(sigma, grain, GAUSSIAN_MAX), t = g / grain + 1, d = g * t * grain;
    while (noise->code == 0) {
        int64_t y = laplace(noise, t, 1);
        uint64_t left = (uint64_t)(y < 0 ? -y : y) * t * grain * grain, right = g * g;
        uint64_t apart = left > right ? left - right : right - left, q = apart / d, r = apart % d;
        if (exp_coin(noise, q * q, 2) && exp_coin(noise, q * r, d) && exp_coin(noise, r * r, 2 * d * d))
            return y;
    }
    return 0;
}
