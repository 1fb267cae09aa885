/* Between the files that measure constraints. */
#ifndef LW_MEASURE_OBSERVED_PARTS_H
#define LW_MEASURE_OBSERVED_PARTS_H

#include "learn/failures.h"
#include "measure/figures.h"
#include "measure/observed.h"

struct observing {
    const struct model *model;
    const struct lw_log *log; /* or NULL */
    const struct lw_traces *traces;
    const struct trace_set *set;
    const struct lw_run *run;
    struct lw_error *err;
    struct failures failures;
    struct intern services;
    /* Of each event of the set: */
    uint32_t *service; /* or FAILURE_NONE */
    uint8_t *level;    /* of its record; LW_LEVEL_NONE */
    uint32_t *failure; /* type, or FAILURE_NONE */
    struct lw_figures *figures;
    struct lw_constraints *document;
};

#define OBSERVED_LEAST 10 /* events below which nothing goes into the document */
#define OBSERVED_MOST  32 /* targets of a group that go there, the most frequent ones */

/* part, note: may be NULL. */
int observed_add(struct observing *of, const char *name, const char *part, double value, double low, double high,
                 uint64_t n, const char *note);
/* A share of n, with its interval. */
int observed_share(struct observing *of, const char *name, const char *part, uint64_t count, uint64_t n,
                   const char *note);
/* Whether traces go by it: generated ones have names of their own. */
bool observed_names_trace(const struct observing *of, const char *name, size_t len);
void observed_interval(double count, double n, double *low, double *high);
/* The interval of 95 % of the mean of a Poisson variable that was seen to be `count` (Byar; Breslow and Day 1987). */
void observed_poisson(double count, double *low, double *high);
/* A quantile of rising values[n], n > 0, with its interval by ranks (Wilks 1962), which asks for no distribution. */
int observed_quantiles(struct observing *of, const char *name, const char *part, const double *values, size_t n,
                       double share, const char *note);
/* The share at which so much of rising values[n] lies below; NaN for n 0. */
double observed_quantile(const double *values, size_t n, double share);
int observed_by_value(const void *a, const void *b); /* of doubles, for qsort */

/* Those of the log, or of its traces where there is none. */
int observed_failures(struct observing *of, struct intern *services, struct failure_events *out);

/* Asks for a kind, in n traces. */
void observed_anomaly(struct observing *of, enum anomaly kind, uint64_t n);

int observe_shares(struct observing *of);
int observe_arrival(struct observing *of);
int observe_calls(struct observing *of);
int observe_recovery(struct observing *of);
int observe_rules(struct observing *of);
int observe_delays(struct observing *of);
int observe_anomalies(struct observing *of);
int observe_episodes(struct observing *of, const bool *is_cut); /* [n_traces] ends where the machine lets none end */
int observe_values(struct observing *of);

#endif
