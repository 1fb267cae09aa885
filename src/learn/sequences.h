/*
 * Distinct masked token sequences with their counts: the sufficient statistics of the template miner. They merge
 * exactly. Ids are dense, in the order of first appearance. Not thread-safe; threads fill their own and merge in order.
 */
#ifndef LW_LEARN_SEQUENCES_H
#define LW_LEARN_SEQUENCES_H

#include "base/buf.h"
#include "base/intern.h"
#include "base/pack.h"
#include "learn/activity.h"
#include "learn/user_masks.h"

struct sequence_stats {
    uint64_t count;
    int64_t first_us, last_us; /* LW_NO_TIME if never timed */
    uint64_t levels[LW_LEVEL_COUNT];
    struct activity *activity; /* NULL while all records have the same time, or none: see sequence_activity */
};
struct sequences {
    struct intern keys;           /* the packed masked sequence */
    struct sequence_stats *stats; /* [keys.count] */
    size_t cap;
    struct buf scratch;       /* of sequences_add */
    struct user_masks *masks; /* that messages were cut with, NULL: none; owned, not merged */
    /* Ids of templates that were given out and stay: id i + 1 is that of the template which anchors[i] belongs to, or
     * an alias of its. Empty unless a log is followed; owned, not merged. */
    uint32_t *anchors; /* [n_anchors] ids of sequences */
    size_t n_anchors;
};

void sequences_init(struct sequences *sequences);
void sequences_release(struct sequences *sequences);
/* Counts one message whose tokens were cut by mask_message. */
int sequences_add(struct sequences *sequences, const char *message, const struct tokens *tokens, int64_t time_us,
                  enum lw_level level, uint32_t *id, struct lw_error *err);
/* Id of a message's masked sequence, or INTERN_NONE. scratch is the caller's. */
uint32_t sequences_find(const struct sequences *sequences, const char *message, const struct tokens *tokens,
                        struct buf *scratch);
/* Adds all of `from`; remap[i] (from's count of items, caller's) gets the id here of from's sequence i. */
int sequences_merge(struct sequences *into, const struct sequences *from, uint32_t *remap, struct lw_error *err);
/* Adds how the records lie in time to `out`. */
void sequence_activity(const struct sequence_stats *stats, struct activity *out);
/* Adds the records of `more`. 0 or LW_ERR_MEMORY; then nothing changed. */
int sequence_stats_merge(struct sequence_stats *into, const struct sequence_stats *more);
/* Tokens of a sequence again: kinds, spaces and literal texts; masked tokens have
 * len 0. Borrowed from the sequences. */
struct sequence_token {
    struct lw_bytes text; /* literal bytes; empty for a masked token */
    uint8_t mask, space;
};
size_t sequence_tokens(const struct sequences *sequences, uint32_t id, struct sequence_token *out, size_t max);

/* The anchors as bytes, and from bytes, which are LW_ERR_INPUT where they name no sequence that there is. */
void sequences_pack_anchors(const struct sequences *sequences, struct buf *out);
int sequences_unpack_anchors(struct sequences *sequences, struct unpack *in, struct lw_error *err);

#endif
