/*
 * One pass over the records of a log, in parallel over blocks of fixed size, whose results are joined in the order of
 * blocks: what comes out depends neither on the number of threads nor on their timing.
 */
#ifndef LW_LEARN_SCAN_H
#define LW_LEARN_SCAN_H

#include "learn/trace_rule.h"

#define SCAN_BLOCK 65536u /* records: so many that most of what a block learns, it learns once */

struct scan_item {
    uint64_t number;
    const struct lw_record *record;
    const struct trace_keys *keys; /* names of its traces */
    bool is_symbol;                /* its message is one, see symbols.h */
    bool has_event;                /* not an empty symbol */
};

struct scan {
    const struct lw_log *log;
    const struct trace_rule *rule;
    const uint8_t *use; /* one byte a record, those with 0 are passed over; NULL = all */
    const char *phase;  /* for progress */
    bool needs_fields;  /* visit looks at header fields; without, records may lack them and the component */
    size_t block_size;  /* bytes of a block's results; they start from zeros */
    /* Called for each record of a block, in order; blocks of several threads at once. */
    int (*visit)(void *user, void *block, const struct scan_item *item, struct lw_error *err);
    /* Called for one block at a time, in order, once it is complete. */
    int (*join)(void *user, void *block, struct lw_error *err);
    /* Called for every block that was begun, joined or not. */
    void (*release)(void *block);
    void *user;
    uint64_t first;     /* records before it are passed over */
    size_t window;      /* so many blocks may be begun and not joined, 0 = any number */
    bool is_unfollowed; /* of a staged rule, keys are those that it decides on, not names of traces */
};

int scan_run(const struct scan *scan, const struct lw_run *run, struct lw_error *err);

#endif
