/*
 * What the sampled traces say of variables: which keep their value through a trace, which agree, which are the trace's
 * name or the record's time. Owned by the struct; immutable once made.
 */
#ifndef LW_GENERATE_WATCH_H
#define LW_GENERATE_WATCH_H

#include "learn/variables.h"

struct watched {
    uint32_t variable;
    uint64_t present, many, kept; /* traces that have it, that have it more than once, and those that keep it then */
    uint64_t is_key;              /* traces whose name it equals */
    uint64_t first[TRACE_SAMPLE_KEEP]; /* hash of its first value in each */
    uint32_t n_times, n_seen;          /* occurrences that are the record's time, and all */
    int64_t shift_us;                  /* how far that time is from the record's */
    struct pool values;                /* of a field of one template's records */
};
struct watch {
    const struct variables *variables; /* borrowed */
    struct watched *items;             /* [n] in order of first appearance */
    size_t n, cap;
    uint32_t *index;     /* [variables] among items, or VARIABLE_NONE */
    bool is_by_template; /* second pass: fields that were not steady */
    struct tokens tokens;
};

int watch_init(struct watch *watch, const struct variables *variables); /* 0 or LW_ERR_MEMORY */
void watch_release(struct watch *watch);

bool watched_is_time(const struct watched *item);
bool watched_is_key(const struct watched *item);
/* Keeps its value through a trace, as far as was seen. */
bool watched_is_steady(const struct watched *item);
/* Is seen to keep its value through traces, or through the log, and not by chance. */
bool watched_has_evidence(const struct watched *item);
/* Have the same value in a trace, and not by chance. */
bool watched_are_linked(const struct watched *a, const struct watched *b);
/* 1: have the same value in nine of ten traces that have both, of which there are some; -1: do not; 0: cannot be told.
 */
int watched_agree(const struct watched *a, const struct watched *b);
unsigned watched_count_traces(const struct watched *item);
/* How many different first values, over those traces. */
unsigned watched_count_distinct(const struct watched *item);

#endif
