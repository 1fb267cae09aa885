/*
 * Shares that are ratios of sums over traces, which are what is drawn independently: the events of one trace are not.
 * In the caller's storage, 0 at first.
 */
#ifndef LW_GENERATE_RATIO_H
#define LW_GENERATE_RATIO_H

struct ratio {
    double above, below;          /* sums of numerators and denominators */
    double above2, below2, both2; /* of their squares and products */
};

/* What one trace adds. */
void ratio_add(struct ratio *ratio, double above, double below);
/* below > 0 for both. */
double ratio_share(const struct ratio *ratio);
/* Standard error of the share of n_traces that were drawn to lie within low and high: by what each trace is off it
 * (Cochran 1977, section 6.4), and at least that of as many independent events, since traces that were all missed by
 * the draw would else show no error at all. */
double ratio_error(const struct ratio *ratio, double low, double high, double n_traces);

#endif
