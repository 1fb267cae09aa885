/* What the files that find a trace rule share: candidates, as they are counted and as they are judged. */
#ifndef LW_LEARN_TRACE_FINDER_H
#define LW_LEARN_TRACE_FINDER_H

#include "base/intern.h"
#include "learn/pair_map.h"
#include "learn/trace_rule.h"

enum candidate_kind {
    FIELD = 'f',
    SHAPE = 's',
    KEYED = 'k',
    PLACE = 'p',
    GIVEN = 'g'
}; /* the first byte of a candidate's name */

struct candidate {
    uint64_t records, memberships;
    uint64_t value_bytes;
    uint64_t last_record; /* + 1 */
    unsigned flags;
    uint64_t n_uuid, n_number, n_hex, n_word; /* values that are such */
    double score, coverage, repetition, variety, locality, number, unity, prior;
    uint64_t n_values;
};
struct use {            /* of one value by one candidate */
    uint64_t skeletons; /* a set of hashes of 6 bits */
    uint32_t count, first, last;
};
struct finder {
    struct intern names, values;
    struct candidate *candidates;
    size_t cap_candidates;
    struct pair_map pairs; /* (candidate, value) */
    struct use *uses;
    size_t cap_uses;
    struct buf name;
    const struct trace_rule *given; /* or NULL */
    struct trace_keys keys;         /* for it */
    uint32_t n_records, n_timed;
    uint32_t *seen; /* the uses of each record in turn, FINDER_RECORD_END after them */
    size_t n_seen, cap_seen;
};

#define FINDER_RECORD_END UINT32_MAX
#define FINDER_BEST       16u               /* candidates that are told of */
#define FINDER_ROWS       (FINDER_BEST + 1) /* with the one that is given */

struct nesting {
    int parent, alias_of; /* indices, or -1 */
    double share;         /* of the names with one of the parent, those with just one */
};

bool finder_is_one_of(const char *text, size_t len, const char *const *names);
void finder_score(struct finder *finder);
/* The best candidates, best first, at most max; gives their number. */
size_t finder_rank(const struct finder *finder, uint32_t *best, size_t max);
/* The rule a candidate stands for, as --trace takes it. */
void finder_write_rule(const struct finder *finder, uint32_t id, struct buf *out);
/* The same for a person to read, where it has a name: `session`. */
void finder_write_name(const struct finder *finder, uint32_t id, struct buf *out);
/* Which of n candidates (at most FINDER_ROWS) nest in which, see trace_nest.c. 0 or LW_ERR_MEMORY. */
int finder_nest(const struct finder *finder, const uint32_t *ids, size_t n, struct nesting *out);
int finder_choose(const struct finder *finder, struct trace_rule **out, struct lw_error *err);

/* Counts the candidates of a log, and what `given` finds as one more (NULL: nothing). */
void finder_init(struct finder *finder);
void finder_release(struct finder *finder);
int finder_count(struct finder *finder, const struct lw_log *log, const struct trace_rule *given,
                 const struct lw_run *run, struct lw_error *err);

#endif
