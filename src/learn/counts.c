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
#include "learn/scan.h"
#include "learn/symbols.h"

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

bool counts_is_symbolic(const struct counts *counts)
{
    for (uint32_t i = 0; i < counts->formats.count; i++) {
        struct lw_bytes format = intern_get(&counts->formats, i);

        if (!symbols_is_format(format.data, format.len))
            return false;
    }
    return counts->formats.count > 0;
}

static void counts_init(struct counts *counts)
{
    memset(counts, 0, sizeof *counts);
    atomic_init(&counts->references, 1);
    counts->first_us = counts->last_us = LW_NO_TIME;
    sequences_init(&counts->sequences);
    layouts_init(&counts->layouts);
}

static void counts_release(struct counts *counts)
{
    for (size_t i = 0; i < counts->trace_names.count && counts->traces != NULL; i++)
        free(counts->traces[i].events);
    for (size_t i = 0; i < counts->n_params; i++)
        pool_release(&counts->params[i]);
    free(counts->trace_rule);
    free(counts->trace_why);
    free(counts->traces);
    free(counts->params);
    free(counts->param_first);
    free(counts->record_sequence);
    intern_release(&counts->formats);
    intern_release(&counts->trace_names);
    sequences_release(&counts->sequences);
    layouts_release(&counts->layouts);
    minutes_release(&counts->minutes);
}

struct counts *counts_retain(struct counts *counts)
{
    atomic_fetch_add(&counts->references, 1);
    return counts;
}

void counts_free(struct counts *counts)
{
    if (counts == NULL || atomic_fetch_sub(&counts->references, 1) != 1)
        return;
    counts_release(counts);
    free(counts);
}

int counts_new(const char *trace_rule, const char *trace_why, struct counts **out, struct lw_error *err)
{
    struct counts *counts = malloc(sizeof *counts);

    if (counts == NULL)
        return fail_memory(err, WHAT);
    counts_init(counts);
    counts->trace_rule = alloc_text(trace_rule, strlen(trace_rule));
    counts->trace_why = alloc_text(trace_why, strlen(trace_why));
    if (counts->trace_rule == NULL || counts->trace_why == NULL) {
        counts_free(counts);
        return fail_memory(err, WHAT);
    }
    *out = counts;
    return 0;
}

static void widen_times(struct counts *counts, int64_t first_us, int64_t last_us)
{
    if (first_us != LW_NO_TIME && (counts->first_us == LW_NO_TIME || first_us < counts->first_us))
        counts->first_us = first_us;
    if (last_us != LW_NO_TIME && (counts->last_us == LW_NO_TIME || last_us > counts->last_us))
        counts->last_us = last_us;
}

/* There is memory for one more, so that params is a place even where no sequence has any. */
int counts_add_pools(struct counts *counts, uint32_t sequence, size_t n)
{
    if (counts->n_params + n > UINT32_MAX ||
        alloc_grow(&counts->param_first, &counts->cap_param_first, (size_t)sequence + 2, sizeof(uint32_t)) != 0 ||
        alloc_grow(&counts->params, &counts->cap_params, counts->n_params + n + 1, sizeof *counts->params) != 0)
        return LW_ERR_MEMORY;
    counts->param_first[sequence] = (uint32_t)counts->n_params;
    if (n > 0)
        memset(counts->params + counts->n_params, 0, n * sizeof *counts->params);
    counts->n_params += n;
    counts->param_first[sequence + 1] = (uint32_t)counts->n_params;
    return 0;
}

/* Number of a trace of that name, made if there is none yet. */
static int find_trace(struct counts *counts, const char *name, size_t len, uint32_t *trace)
{
    size_t before = counts->trace_names.count;

    if (alloc_grow(&counts->traces, &counts->cap_traces, before + 1, sizeof *counts->traces) != 0 ||
        intern_add(&counts->trace_names, name, len, trace) != 0)
        return LW_ERR_MEMORY;
    if (*trace == before)
        counts->traces[before] = (struct raw_trace){NULL, 0, 0};
    return 0;
}

static int add_event(struct raw_trace *trace, const struct raw_event *event)
{
    if (alloc_grow_from(2, &trace->events, &trace->cap, trace->n + 1, sizeof *trace->events) != 0)
        return LW_ERR_MEMORY;
    trace->events[trace->n++] = *event;
    return 0;
}

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
    block->counts.levels[record->level]++;
    widen_times(&block->counts, record->time_us, record->time_us);
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

/* ---- adding up ------------------------------------------------------------------------------------------------- */

static void add_folded(struct folded *into, const struct folded *from)
{
    into->sketches += from->sketches;
    into->records += from->records;
    into->events += from->events;
    into->has_traces = into->has_traces || from->has_traces;
}

/* Adds all of `from` but its traces. remap[from's sequences] and names[from's traces] get their numbers here, a trace
 * that is left out INTERN_NONE. */
static int absorb(struct counts *into, const struct counts *from, uint32_t *remap, uint32_t *names,
                  struct lw_error *err)
{
    size_t known = into->sequences.keys.count;
    int code = sequences_merge(&into->sequences, &from->sequences, remap, err);

    if (code != 0)
        return code;
    for (uint32_t s = 0; s < from->sequences.keys.count; s++) {
        size_t n = from->param_first[s + 1] - from->param_first[s];

        if (remap[s] >= known && counts_add_pools(into, remap[s], n) != 0)
            return fail_memory(err, WHAT);
        for (size_t i = 0; i < n; i++) {
            const struct pool *more = &from->params[from->param_first[s] + i];
            struct pool *pool = &into->params[into->param_first[remap[s]] + i];

            pool->mask = more->mask;
            if (pool_merge(pool, more) != 0)
                return fail_memory(err, WHAT);
        }
    }
    code = layouts_merge(&into->layouts, &from->layouts, remap, err);
    if (code != 0)
        return code;
    for (uint32_t i = 0; i < from->trace_names.count; i++) {
        struct lw_bytes name = intern_get(&from->trace_names, i);

        if (into->folded.has_traces && into->limit > 0)
            names[i] = intern_find(&into->trace_names, name.data, name.len);
        else if (find_trace(into, name.data, name.len, &names[i]) != 0)
            return fail_memory(err, WHAT);
    }
    for (uint32_t i = 0; i < from->formats.count; i++) {
        struct lw_bytes format = intern_get(&from->formats, i);
        uint32_t id;

        if (intern_add(&into->formats, format.data, format.len, &id) != 0)
            return fail_memory(err, WHAT);
    }
    if (minutes_merge(&into->minutes, &from->minutes) != 0)
        return fail_memory(err, WHAT);
    add_folded(&into->folded, &from->folded);
    into->records += from->records;
    into->lines += from->lines;
    into->bytes += from->bytes;
    widen_times(into, from->first_us, from->last_us);
    for (size_t i = 0; i < LW_LEVEL_COUNT; i++)
        into->levels[i] += from->levels[i];
    return 0;
}

/* Calls absorb with room for the numbers; the caller frees *remap and *names. */
static int absorb_counts(struct counts *into, const struct counts *from, uint32_t **remap, uint32_t **names,
                         struct lw_error *err)
{
    *remap = alloc_array(from->sequences.keys.count, sizeof **remap);
    *names = alloc_array(from->trace_names.count, sizeof **names);
    if (*remap == NULL || *names == NULL)
        return fail_memory(err, WHAT);
    return absorb(into, from, *remap, *names, err);
}

static int join(void *user, void *block_memory, struct lw_error *err)
{
    struct counts *counts = ((struct learner *)user)->counts;
    struct block *block = block_memory;
    uint32_t *remap = NULL, *names = NULL;
    int code;

    if (!block->is_begun)
        return 0;
    code = absorb_counts(counts, &block->counts, &remap, &names, err);
    for (size_t i = 0; i < block->n && code == 0; i++) {
        struct raw_event event = block->events[i].event;

        event.sequence = remap[event.sequence];
        if (names[block->events[i].trace] == INTERN_NONE)
            counts->folded.events++;
        else if (add_event(&counts->traces[names[block->events[i].trace]], &event) != 0)
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

/* has_records: their numbers stay, since they are of the same log. */
static int append_traces(struct counts *into, const struct counts *from, const uint32_t *remap, const uint32_t *names,
                         bool has_records)
{
    for (size_t t = 0; t < from->trace_names.count; t++)
        for (size_t i = 0; i < from->traces[t].n; i++) {
            struct raw_event event = from->traces[t].events[i];

            event.sequence = remap[event.sequence];
            if (!has_records)
                event.record = RAW_NO_RECORD;
            if (add_event(&into->traces[names[t]], &event) != 0)
                return LW_ERR_MEMORY;
        }
    return 0;
}

/* Whether a trace was named by its line, as those of sequences without a name are: "17" or "SOURCE:17". */
static bool is_named_by_line(struct lw_bytes name)
{
    size_t digits = 0;

    while (digits < name.len && name.data[name.len - 1 - digits] >= '0' && name.data[name.len - 1 - digits] <= '9')
        digits++;
    return digits > 0 && (digits == name.len || name.data[name.len - 1 - digits] == ':');
}

/* Lines of the same number in two files of sequences are two traces, which their names would join. */
static int check_names(const struct counts *into, const struct counts *from, size_t part, struct lw_error *err)
{
    if (intern_find(&into->formats, "sequences", 9) == INTERN_NONE ||
        intern_find(&from->formats, "sequences", 9) == INTERN_NONE)
        return 0;
    for (uint32_t i = 0; i < from->trace_names.count; i++) {
        struct lw_bytes name = intern_get(&from->trace_names, i);

        if (is_named_by_line(name) && intern_find(&into->trace_names, name.data, name.len) != INTERN_NONE)
            return fail(err, LW_ERR_USAGE,
                        "part %zu and one before it both have a trace \"%.*s\", named by its line: learn from their "
                        "files in one go, or name the traces in a third column of the files",
                        part, (int)(name.len < 100 ? name.len : 100), name.data);
    }
    return 0;
}

int counts_merge(const struct counts *const *parts, size_t n, struct counts **out, struct lw_error *err)
{
    struct counts *merged;
    int code;

    if (n == 0)
        return fail(err, LW_ERR_USAGE, "there is nothing to merge");
    for (size_t i = 1; i < n; i++) {
        if (strcmp(parts[i]->trace_rule, parts[0]->trace_rule) != 0)
            return fail(err, LW_ERR_USAGE,
                        "part %zu names traces by '%s' and part 1 by '%s': learn it again with --plan PART1", i + 1,
                        parts[i]->trace_rule, parts[0]->trace_rule);
        if (strcmp(user_masks_text(parts[i]->sequences.masks), user_masks_text(parts[0]->sequences.masks)) != 0)
            return fail(err, LW_ERR_USAGE,
                        "part %zu was learned with other masks than part 1: learn it again with --plan PART1", i + 1);
    }
    code = counts_new(parts[0]->trace_rule, parts[0]->trace_why, &merged, err);
    if (code != 0)
        return code;
    merged->sequences.masks = user_masks_retain(parts[0]->sequences.masks);
    for (size_t i = 0; i < n && code == 0; i++) {
        uint32_t *remap = NULL, *names = NULL;

        code = check_names(merged, parts[i], i + 1, err);
        if (code == 0)
            code = absorb_counts(merged, parts[i], &remap, &names, err);
        if (code == 0 && append_traces(merged, parts[i], remap, names, false) != 0)
            code = fail_memory(err, WHAT);
        free(remap);
        free(names);
    }
    if (code != 0) {
        counts_free(merged);
        return code;
    }
    *out = merged;
    return 0;
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
                        counts->limit > 0 ? BLOCK_SHARE / 2 : 0};
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

/* A copy that can grow. */
static int counts_copy(const struct counts *from, struct counts **out, struct lw_error *err)
{
    uint32_t *remap = NULL, *names = NULL;
    struct counts *counts;
    int code = counts_new(from->trace_rule, from->trace_why, &counts, err);

    if (code != 0)
        return code;
    counts->sequences.masks = user_masks_retain(from->sequences.masks);
    code = absorb_counts(counts, from, &remap, &names, err);
    if (code == 0 && append_traces(counts, from, remap, names, true) != 0)
        code = fail_memory(err, WHAT);
    if (code == 0 && from->record_sequence != NULL) {
        counts->record_sequence = alloc_array((size_t)from->n_record_sequence, sizeof(uint32_t));
        if (counts->record_sequence == NULL)
            code = fail_memory(err, WHAT);
        else if (from->n_record_sequence > 0)
            memcpy(counts->record_sequence, from->record_sequence, (size_t)from->n_record_sequence * sizeof(uint32_t));
        counts->n_record_sequence = from->n_record_sequence;
        counts->limit = from->limit;
        counts->log_lines = from->log_lines;
        counts->log_bytes = from->log_bytes;
    }
    free(remap);
    free(names);
    if (code != 0)
        counts_free(counts);
    else
        *out = counts;
    return code;
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

/* ---- packing --------------------------------------------------------------------------------------------------- */

void counts_pack_sequence(const struct counts *counts, uint32_t id, struct buf *out)
{
    const struct sequence_stats *stats = &counts->sequences.stats[id];
    struct lw_bytes key = intern_get(&counts->sequences.keys, id);

    pack_bytes(out, key.data, key.len);
    pack_u64(out, stats->count);
    pack_i64(out, stats->first_us);
    pack_i64(out, stats->last_us);
    for (size_t i = 0; i < LW_LEVEL_COUNT; i++)
        pack_u64(out, stats->levels[i]);
    pack_u64(out, stats->activity != NULL);
    if (stats->activity != NULL)
        activity_pack(stats->activity, out);
    for (uint32_t i = counts->param_first[id]; i < counts->param_first[id + 1]; i++)
        pool_pack(&counts->params[i], out);
}

int counts_unpack_sequence(struct counts *counts, struct unpack *in, struct lw_error *err)
{
    struct sequences *sequences = &counts->sequences;
    struct sequence_token tokens[MASK_MAX_TOKENS];
    struct sequence_stats stats = {0};
    size_t known = sequences->keys.count, n_pools = 0, n_tokens, len;
    const char *key = unpack_bytes(in, &len);
    uint32_t id;
    int code;

    stats.count = unpack_u64(in);
    stats.first_us = unpack_i64(in);
    stats.last_us = unpack_i64(in);
    for (size_t i = 0; i < LW_LEVEL_COUNT; i++)
        stats.levels[i] = unpack_u64(in);
    if (in->has_failed)
        return fail(err, LW_ERR_INPUT, "sequence %zu is cut off", known);
    if (alloc_grow(&sequences->stats, &sequences->cap, known + 1, sizeof stats) != 0 ||
        intern_add(&sequences->keys, key, len, &id) != 0)
        return fail_memory(err, "reading sequences");
    if (id != known)
        return fail(err, LW_ERR_INPUT, "sequence %zu stands there twice", known);
    sequences->stats[id] = stats;
    if (unpack_u64(in) != 0) {
        sequences->stats[id].activity = activity_new();
        code = sequences->stats[id].activity == NULL ? fail_memory(err, "reading sequences")
                                                     : activity_unpack(sequences->stats[id].activity, in, err);
        if (code != 0)
            return code;
    }
    n_tokens = sequence_tokens(sequences, id, tokens, MASK_MAX_TOKENS);
    for (size_t i = 0; i < n_tokens; i++) {
        if (tokens[i].mask >= MASK_COUNT + user_masks_count(sequences->masks))
            return fail(err, LW_ERR_INPUT, "sequence %zu holds a mask that there is not", known);
        n_pools += tokens[i].mask != MASK_NONE;
    }
    if (counts_add_pools(counts, id, n_pools) != 0)
        return fail_memory(err, "reading sequences");
    for (size_t i = 0, at = counts->param_first[id]; i < n_tokens; i++) {
        if (tokens[i].mask == MASK_NONE)
            continue;
        counts->params[at].mask = tokens[i].mask;
        code = pool_unpack(&counts->params[at++], in, err);
        if (code != 0)
            return code;
    }
    return in->at == in->end && !in->has_failed ? 0
                                                : fail(err, LW_ERR_INPUT, "sequence %zu is cut off or too long", known);
}

void counts_pack_folded(const struct counts *counts, struct buf *out)
{
    const struct folded *folded = &counts->folded;

    if (folded->sketches == 0 && folded->records == 0 && !folded->has_traces)
        return;
    pack_u64(out, folded->sketches);
    pack_u64(out, folded->records);
    pack_u64(out, folded->events);
    pack_u64(out, folded->has_traces);
}

int counts_unpack_folded(struct counts *counts, struct unpack *in, struct lw_error *err)
{
    counts->folded.sketches = unpack_u64(in);
    counts->folded.records = unpack_u64(in);
    counts->folded.events = unpack_u64(in);
    counts->folded.has_traces = unpack_u64(in) != 0;
    return in->has_failed || in->at != in->end ? fail(err, LW_ERR_INPUT, "what was given up is cut off or too long")
                                               : 0;
}

void counts_pack_trace(const struct counts *counts, uint32_t trace, struct buf *out)
{
    const struct raw_trace *raw = &counts->traces[trace];
    int64_t before_us = 0;

    pack_u64(out, raw->n);
    for (size_t i = 0; i < raw->n; i++) {
        const struct raw_event *event = &raw->events[i];
        bool is_timed = event->time_us != LW_NO_TIME;

        pack_u64(out, (uint64_t)event->sequence << 1 | is_timed);
        if (is_timed) {
            pack_i64(out, (int64_t)((uint64_t)event->time_us - (uint64_t)before_us));
            before_us = event->time_us;
        }
    }
}

int counts_unpack_trace(struct counts *counts, const char *name, size_t len, struct unpack *in, struct lw_error *err)
{
    size_t known = counts->trace_names.count;
    uint64_t n = unpack_u64(in);
    int64_t time_us = 0;
    uint32_t trace;

    if (find_trace(counts, name, len, &trace) != 0)
        return fail_memory(err, "reading traces");
    if (trace != known)
        return fail(err, LW_ERR_INPUT, "trace %zu stands there twice", known);
    for (uint64_t i = 0; i < n && !in->has_failed; i++) {
        uint64_t head = unpack_u64(in);
        struct raw_event event = {(uint32_t)(head >> 1), RAW_NO_RECORD, LW_NO_TIME};

        if ((head >> 1) >= counts->sequences.keys.count)
            return fail(err, LW_ERR_INPUT, "trace %zu names a sequence that there is not", known);
        if (head & 1)
            event.time_us = time_us = (int64_t)((uint64_t)time_us + (uint64_t)unpack_i64(in));
        if (add_event(&counts->traces[trace], &event) != 0)
            return fail_memory(err, "reading traces");
    }
    return !in->has_failed && in->at == in->end ? 0
                                                : fail(err, LW_ERR_INPUT, "trace %zu is cut off or too long", known);
}
