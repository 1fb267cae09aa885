/*
 * How alike two samples are, 1 = alike, 0 = nothing in common. Distances of finite samples of one distribution are not
 * 0 but grow as samples shrink; each of these takes off what would be expected of two samples as large as these from
 * their common distribution, so that logs of a thousand and of a million records are judged alike. Equal samples give
 * 1. Pure functions but for tallies.
 */
#ifndef LW_MEASURE_DISTANCE_H
#define LW_MEASURE_DISTANCE_H

#include <stddef.h>
#include <stdint.h>

/* 1 - the distance of Kolmogorov and Smirnov. a[n_a] and b[n_b] rise; effective_a, effective_b: how many independent
 * values they are worth. NaN if one is empty. */
double distance_ks(const double *a, size_t n_a, double effective_a, const double *b, size_t n_b, double effective_b);
/* 1 - |difference| / 2 of the correlations (Pearson) a of n_a and b of n_b pairs. */
double distance_correlation(double a, double n_a, double b, double n_b);
/* 1 - |2 max(.5, auc) - 1|, less what chance gives n_a against n_b. */
double distance_auc(double auc, double n_a, double n_b);

/* Counts of things by 64-bit keys, in two samples. From zeros; owned by the caller. */
struct tally {
    uint64_t key;
    double n[2];
};
struct tallies {
    struct tally *slots; /* [n_slots], both n 0 where empty */
    size_t n_slots, n;   /* n: different keys */
    double total[2];
};
void tallies_release(struct tallies *tallies);
/* Adds to a key's count in sample 0 or 1, weight > 0. 0 or LW_ERR_MEMORY. */
int tallies_add(struct tallies *tallies, uint64_t key, int sample, double weight);
const struct tally *tallies_find(const struct tallies *tallies, uint64_t key); /* or NULL */
/* 1 - total variation; NaN if a sample is empty. effective: as above. */
double tallies_variation(const struct tallies *tallies, double effective_a, double effective_b);
/* 1 - Jensen-Shannon divergence in bits. */
double tallies_divergence(const struct tallies *tallies, double effective_a, double effective_b);

/* A key made of two. */
static inline uint64_t key_join(uint64_t a, uint64_t b)
{
    uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) ^ (b + UINT64_C(0x632be59bd9b4e019));

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

#endif
