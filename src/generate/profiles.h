/*
 * How often traces have each template. A machine chooses at each state for itself, so that it draws traces whose counts
 * no real one has more often than the log shows new ones. Here such traces are drawn again, until they have counts that
 * several real traces have, but for as many as had counts of their own. Traces many times as long as most are left
 * alone: they are a good part of the log, and how long they are was drawn with care. Immutable once found.
 */
#ifndef LW_GENERATE_PROFILES_H
#define LW_GENERATE_PROFILES_H

#include "generate/walk.h"

#define PROFILE_STEPS 16

struct profile_cell { /* of a template in a trace */
    uint32_t id, count;
};
struct profile_reach { /* of a trace */
    uint32_t mark;
    double bits; /* from its counts to the nearest known */
};
struct profiles {
    uint64_t *known; /* [n] hashes of the counts that enough real traces have, rising */
    size_t n;
    struct profile_cell *cells;  /* of one real trace of each of these, those of known[i] from first[i] on */
    size_t *first;               /* [n + 1] */
    uint64_t *signs;             /* [n] of their templates: bit id % 64 of each */
    double longest;              /* events of a trace that is drawn again, at the most */
    struct profile_reach *reach; /* [n_reach] by mark, of real traces whose counts are not known, thinned out if many */
    size_t n_reach;
    double steps[PROFILE_STEPS][PROFILE_STEPS]; /* how far apart two counts are */
    double *keep;       /* [machine's n_symbols] by mark (marks.h): of walks that are not known, the share that stays */
    double *keep_known; /* [n] of walks with each of the known counts, likewise */
    double *want;       /* [n] of those that come instead, the share that is taken, since walks have too few of them */
    bool *is_real;      /* [same] some real trace has that mark; else any other will do as well */
};

/* sampler: ready to walk but for its profiles. least: real traces that have the same counts, for these to be known.
 * 0 or LW_ERR_MEMORY. */
int profiles_find(const struct sampler *sampler, double least, struct profiles *out);
void profiles_release(struct profiles *profiles);
/* Draws a walk that has no times yet again if its counts are not known and too many are not. 0 or LW_ERR_MEMORY. */
int profiles_fit(const struct sampler *sampler, struct rng *rng, struct course *course);

#endif
