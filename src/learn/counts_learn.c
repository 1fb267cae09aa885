/*
 * A block of records gives counts of its own and a list of (trace, event); blocks are added to the whole in order, with
 * their ids of sequences and traces renumbered. Adding a block and merging a shard are the same steps, which is why
 * learning in blocks, on any number of threads, or in shards gives the same counts.
 */
#include "learn/counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/bound.h"
#include "learn/counts_parts.h"
#include "learn/scan.h"

#define WHAT        "learning from the log"
#define BOUND_EVERY 1024u /* records of a block, after which its bound is looked at */
/* Under a bound a block may cost this part of it, and half of them are in the making. */
#define BLOCK_SHARE 16u

struct block_event {
    uint32_t trace; /* in the block's names */
    struct raw_event event;
};
struct block {
    bool is_begun;
    struct counts counts; /* its traces stay empty: */
    struct block_event *events;
    size_t n, cap;
    uint64_t first_record;
    uint32_t *record_sequence; /* [SCAN_BLOCK] */
    struct tokens tokens;
};
struct learner {
    struct counts *counts;
    const struct user_masks *masks;
    bool has_layouts; /* they are for traces that are generated */
};

/* ---- one record ------------------------------------------------------------------------------------------------ */

static int begin_block(struct block *block, uint64_t first_record)
{
    counts_init(&block->counts);
    block->is_begun = true;
    block->first_record = first_record / SCAN_BLOCK * SCAN_BLOCK;
    block->record_sequence = alloc_array(SCAN_BLOCK, sizeof *block->record_sequence);
    if (block->record_sequence == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < SCAN_BLOCK; i++)
        block->record_sequence[i] = INTERN_NONE;
    return 0;
}

static int count_parameters(struct counts *counts, uint32_t sequence, bool is_new, const char *message,
                            const struct tokens *tokens)
{
    struct pool *pool;

    if (is_new) {
        size_t n = 0;

        for (size_t i = 0; i < tokens->n; i++)
            n += tokens->items[i].mask != MASK_NONE;
        if (counts_add_pools(counts, sequence, n) != 0)
            return LW_ERR_MEMORY;
        pool = counts->params + counts->param_first[sequence];
        for (size_t i = 0; i < tokens->n; i++)
            if (tokens->items[i].mask != MASK_NONE)
                pool++->mask = tokens->items[i].mask;
    }
    pool = counts->params + counts->param_first[sequence];
    for (size_t i = 0; i < tokens->n; i++) {
        const struct token *token = &tokens->items[i];

        if (token->mask != MASK_NONE && pool_add(pool++, message + token->start, token->len, 1) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

/* sequence: INTERN_NONE for a record that only says that its traces are there. */
static int count_events(struct block *block, const struct scan_item *item, uint32_t sequence, struct lw_error *err)
{
    struct counts *counts = &block->counts;

    for (size_t i = 0; i < item->keys->n; i++) {
        struct lw_bytes key = item->keys->keys[i];
        struct block_event event = {0, {sequence, (uint32_t)item->number, item->record->time_us}};
        int code;

        if (intern_add(&counts->trace_names, key.data, key.len, &event.trace) != 0)
            return fail_memory(err, WHAT);
        if (sequence == INTERN_NONE)
            continue;
        if (alloc_grow(&block->events, &block->cap, block->n + 1, sizeof event) != 0)
            return fail_memory(err, WHAT);
        block->events[block->n++] = event;
        code = layouts_add_to_trace(&counts->layouts, key, sequence, item->record, err);
        if (code != 0)
            return code;
    }
    return 0;
}

static int count_message(const struct learner *learner, struct block *block, const struct scan_item *item,
                         uint32_t *sequence, struct lw_error *err)
{
    struct counts *counts = &block->counts;
    const struct lw_record *record = item->record;
    const char *message = record->raw.data + record->message_start;
    size_t known = counts->sequences.keys.count;
    int code;

    if ((item->is_symbol ? mask_symbol(message, record->message_len, &block->tokens)
                         : mask_message(message, record->message_len, learner->masks, &block->tokens)) != 0)
        return fail_memory(err, WHAT);
    code = sequences_add(&counts->sequences, message, &block->tokens, record->time_us, record->level, sequence, err);
    if (code != 0)
        return code;
    if (count_parameters(counts, *sequence, *sequence == known, message, &block->tokens) != 0)
        return fail_memory(err, WHAT);
    block->record_sequence[item->number - block->first_record] = *sequence;
    return learner->has_layouts ? layouts_add(&counts->layouts, *sequence, record, err) : 0;
}

/* Blocks that wait to be joined take memory too. */
static int bound_block(struct block *block, uint64_t limit, struct lw_error *err)
{
    uint32_t *remap;
    int code = counts_bound(&block->counts, limit, &remap, err);

    for (size_t i = 0; i < block->n && remap != NULL; i++)
        block->events[i].event.sequence = remap[block->events[i].event.sequence];
    for (size_t i = 0; i < SCAN_BLOCK && remap != NULL; i++)
        if (block->record_sequence[i] != INTERN_NONE)
            block->record_sequence[i] = remap[block->record_sequence[i]];
    free(remap);
    return code;
}

static int visit(void *user, void *block_memory, const struct scan_item *item, struct lw_error *err)
{
    struct block *block = block_memory;
    const struct lw_record *record = item->record;
    uint64_t limit = ((const struct learner *)user)->counts->limit;
    uint32_t sequence = INTERN_NONE;
    int code = 0;

    if (!block->is_begun && begin_block(block, item->number) != 0)
        return fail_memory(err, WHAT);
    if (item->has_event)
        code = count_message(user, block, item, &sequence, err);
    if (code != 0)
        return code;
    block->counts.records++;
    block->counts.folded.unnamed += item->keys->has_given_up;
    block->counts.levels[record->level]++;
    counts_widen_times(&block->counts, record->time_us, record->time_us);
    if (record->time_us != LW_NO_TIME && minutes_add(&block->counts.minutes, record->time_us) != 0)
        return fail_memory(err, WHAT);
    code = count_events(block, item, sequence, err);
    if (code == 0 && limit > 0 && item->number % BOUND_EVERY == BOUND_EVERY - 1)
        code = bound_block(block, limit / BLOCK_SHARE, err);
    return code;
}

static void release_block(void *memory)
{
    struct block *block = memory;

    if (!block->is_begun)
        return;
    counts_release(&block->counts);
    free(block->events);
    free(block->record_sequence);
    tokens_release(&block->tokens);
}
static int join(void *user, void *block_memory, struct lw_error *err)
{
    struct counts *counts = ((struct learner *)user)->counts;
    struct block *block = block_memory;
    uint32_t *remap = NULL, *names = NULL;
    int code;

    if (!block->is_begun)
        return 0;
    code = counts_absorb(counts, &block->counts, &remap, &names, err);
    for (size_t i = 0; i < block->n && code == 0; i++) {
        struct raw_event event = block->events[i].event;

        event.sequence = remap[event.sequence];
        if (names[block->events[i].trace] == INTERN_NONE)
            counts->folded.events++;
        else if (counts_add_event(&counts->traces[names[block->events[i].trace]], &event) != 0)
            code = fail_memory(err, WHAT);
    }
    for (size_t i = 0; i < SCAN_BLOCK && block->first_record + i < counts->n_record_sequence && code == 0; i++)
        if (block->record_sequence[i] != INTERN_NONE)
            counts->record_sequence[block->first_record + i] = remap[block->record_sequence[i]];
    free(remap);
    free(names);
    if (code != 0 || counts->limit == 0)
        return code;
    code = counts_bound(counts, counts->limit, &remap, err);
    free(remap);
    return code;
}
/* ---- the whole log --------------------------------------------------------------------------------------------- */

/* What is known of the sources before a record is read: lines and bytes grow by what the log has more than was known
 * of it. */
static int count_sources(struct counts *counts, const struct lw_log *log, struct lw_error *err)
{
    uint64_t lines = 0, bytes = 0;

    for (size_t i = 0; i < lw_log_source_count(log); i++) {
        struct lw_source source;
        uint32_t id;
        int code = lw_log_source(log, i, &source, err);

        if (code != 0)
            return code;
        lines += source.lines;
        bytes += source.bytes;
        if (intern_add(&counts->formats, source.format, strlen(source.format), &id) != 0)
            return fail_memory(err, WHAT);
    }
    counts->lines += lines - counts->log_lines;
    counts->bytes += bytes - counts->log_bytes;
    counts->log_lines = lines;
    counts->log_bytes = bytes;
    return 0;
}

/* Gives back what traces have kept to grow into: the model is yet to be made beside them. */
static void fit_traces(struct counts *counts)
{
    for (size_t t = 0; t < counts->trace_names.count && counts->traces != NULL; t++) {
        struct raw_trace *trace = &counts->traces[t];
        struct raw_event *fitted =
            trace->n > 0 && trace->n < trace->cap ? realloc(trace->events, trace->n * sizeof *fitted) : NULL;

        if (fitted == NULL)
            continue;
        trace->events = fitted;
        trace->cap = trace->n;
    }
}

/* Adds the records from `first` on; `use` as in counts_learn. */
static int learn_records(struct counts *counts, const struct lw_log *log, const struct trace_rule *rule,
                         const uint8_t *use, uint64_t first, const struct lw_run *run, struct lw_error *err)
{
    struct learner learner = {counts, counts->sequences.masks, !trace_rule_is_none(rule)};
    struct scan scan = {log,
                        rule,
                        use,
                        "learning",
                        learner.has_layouts,
                        sizeof(struct block),
                        visit,
                        join,
                        release_block,
                        &learner,
                        first,
                        counts->limit > 0 ? BLOCK_SHARE / 2 : 0,
                        false};
    uint64_t n = lw_log_count(log), known = counts->n_record_sequence;
    uint32_t *record_sequence = alloc_array((size_t)n, sizeof *record_sequence);
    int code;

    if (record_sequence == NULL)
        return fail_memory(err, WHAT);
    if (n >= RAW_NO_RECORD) {
        free(record_sequence);
        return fail(err, LW_ERR_LIMIT, "more than %u records; cut the log into parts, learn and merge them",
                    RAW_NO_RECORD - 1);
    }
    if (known > 0)
        memcpy(record_sequence, counts->record_sequence, (size_t)known * sizeof *record_sequence);
    for (uint64_t i = known; i < n; i++)
        record_sequence[i] = INTERN_NONE;
    free(counts->record_sequence);
    counts->record_sequence = record_sequence;
    counts->n_record_sequence = n;
    code = count_sources(counts, log, err);
    if (code == 0)
        code = scan_run(&scan, run, err);
    fit_traces(counts);
    return code;
}

int counts_learn(const struct lw_log *log, const struct trace_rule *rule, struct user_masks *masks, const uint8_t *use,
                 const struct lw_run *run, struct counts **out, struct lw_error *err)
{
    return counts_learn_within(log, rule, masks, use, 0, run, out, err);
}

int counts_learn_within(const struct lw_log *log, const struct trace_rule *rule, struct user_masks *masks,
                        const uint8_t *use, uint64_t limit, const struct lw_run *run, struct counts **out,
                        struct lw_error *err)
{
    struct counts *counts;
    int code = counts_new(trace_rule_text(rule), trace_rule_why(rule), &counts, err);

    if (code != 0)
        return code;
    counts->sequences.masks = user_masks_retain(masks);
    counts->limit = limit;
    code = learn_records(counts, log, rule, use, 0, run, err);
    if (code != 0) {
        counts_free(counts);
        return code;
    }
    *out = counts;
    return 0;
}
int counts_extend(const struct counts *known, const struct lw_log *log, const struct trace_rule *rule,
                  uint64_t first_record, const struct lw_run *run, struct counts **out, struct lw_error *err)
{
    struct counts *counts;
    int code;

    if (first_record > lw_log_count(log))
        return fail(err, LW_ERR_USAGE, "there is no record %llu to learn from: the log has %zu",
                    (unsigned long long)first_record, lw_log_count(log));
    if (known->record_sequence != NULL && known->n_record_sequence != first_record)
        return fail(err, LW_ERR_USAGE, "%llu records of the log were learned, so learning goes on there, not at %llu",
                    (unsigned long long)known->n_record_sequence, (unsigned long long)first_record);
    if (known->record_sequence == NULL && known->records > 0 && strncmp(known->trace_rule, "count:", 6) == 0)
        return fail(err, LW_ERR_USAGE,
                    "trace rule '%s' counts from the beginning of a log: another log cannot be added",
                    known->trace_rule);
    code = counts_copy(known, &counts, err);
    if (code != 0)
        return code;
    code = learn_records(counts, log, rule, NULL, first_record, run, err);
    if (code != 0) {
        counts_free(counts);
        return code;
    }
    *out = counts;
    return 0;
}
