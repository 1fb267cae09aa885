/*
 * Lagged pairs: kinds of events of which one follows the other, in this order, more often than it comes before it.
 *
 * Each event of the cause is its own control (the case-crossover design, Maclure 1991): is the next event of the effect
 * as near behind it as the last one is before it? What the two have in common, such as bursts or busy hours, weighs
 * equally on both sides. Events that lie close together count as one vote, so that a burst is no evidence; the votes
 * are judged by the exact sign test (Dixon and Mood 1946), corrected for all pairs and windows that could have been
 * significant at all (Tarone 1990). Pure functions; results do not depend on the number of threads.
 */
#ifndef LW_LEARN_LAGGED_H
#define LW_LEARN_LAGGED_H

#include "logwright.h"

struct lagged_event {
    int64_t time_us; /* LW_NO_TIME: passed over */
    uint32_t kind;
    uint32_t trace; /* any number, for telling pairs within a trace from those across; LAGGED_NO_TRACE */
};
#define LAGGED_NO_TRACE UINT32_MAX

struct lagged_pair {
    uint32_t cause, effect; /* kinds, never the same */
    int64_t min_us, max_us; /* what lies between them: all but a fortieth of the lags at either end */
    uint64_t n;             /* events of the cause */
    uint64_t followed;      /* of these, by an effect with such a lag */
    uint64_t preceded;      /* ... that had an effect as long before them: what chance would give */
    uint64_t same_trace;    /* of those followed, in their own trace */
    double probability;     /* that a cause has an effect, what follows it by chance left out */
    double p;               /* of the sign test, times the number of tests; at most 1 */
};
struct lagged_pairs {
    struct lagged_pair *items; /* [n] by cause, then effect */
    size_t n, cap;
};

#define LAGGED_MAX_KINDS 128 /* the most frequent ones are looked at */

struct lagged_options {
    int64_t window_us; /* longest lag looked for, > 0 */
    double alpha;      /* chance that any pair at all is found where there is none, in (0, 1) */
};
#define LAGGED_OPTIONS_INIT                                                                                            \
    {                                                                                                                  \
        INT64_C(300) * 1000000, .01                                                                                    \
    }

/* events[n]: by time; of those with the same time, the first in the array comes first. Time: kinds times n. */
int lagged_mine(const struct lagged_event *events, size_t n, const struct lagged_options *options,
                const struct lw_run *run, struct lagged_pairs *out, struct lw_error *err);
void lagged_pairs_release(struct lagged_pairs *pairs);

/* One pair in other events. */
struct lagged_score {
    uint64_t n, followed, preceded;
    bool is_held; /* it comes with its lag at least half as often as it was mined, and more often than in reverse */
};
/* scores[pairs->n], or NULL. *share: of the pairs that hold; NaN without pairs. */
int lagged_score(const struct lagged_pairs *pairs, const struct lagged_event *events, size_t n,
                 struct lagged_score *scores, double *share, struct lw_error *err);

#endif
