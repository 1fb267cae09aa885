/*
 * Whenever counts cost more than the bound, sequences or traces, whichever take more than half of it, are brought down
 * to that, so that giving up is paid for by what comes in between. Of sequences, the rarest go, and of those equally
 * rare the ones of lower hash: what stays of the many that came once is a sample, not what came first. Traces go whole
 * and from the end, and from then on none begins: what stays of them is complete, which matters more for what is
 * learned of their order than that it is a fair sample.
 */
#include "learn/bound.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define WHAT "keeping within the bound of memory"

/* Measured: of a sequence, its statistics and places in tables, and units, rows and groups of the model; of a trace,
 * its places in tables, and name and variant in the model; of an event, the model's columns and the way back from its
 * record. */
#define SEQUENCE_COST 400
#define KEY_FACTOR    4
#define EVENT_COST    32
#define TRACE_COST    140
#define NAME_FACTOR   2

static uint64_t intern_bytes(const struct intern *intern)
{
    return intern->cap * (sizeof *intern->strings + sizeof *intern->hashes) + intern->n_slots * sizeof *intern->slots;
}

static uint64_t cost_of_sequence(const struct counts *counts, uint32_t s)
{
    uint64_t bytes = SEQUENCE_COST + KEY_FACTOR * (uint64_t)intern_get(&counts->sequences.keys, s).len;

    if (counts->sequences.stats[s].activity != NULL)
        bytes += sizeof(struct activity);
    for (uint32_t i = counts->param_first[s]; i < counts->param_first[s + 1]; i++)
        bytes += sizeof *counts->params + pool_bytes(&counts->params[i]);
    return bytes;
}

static uint64_t cost_of_trace(const struct counts *counts, uint32_t t)
{
    return TRACE_COST + NAME_FACTOR * (uint64_t)intern_get(&counts->trace_names, t).len +
           counts->traces[t].cap * sizeof(struct raw_event) + counts->traces[t].n * EVENT_COST;
}

struct bound_cost counts_cost(const struct counts *counts)
{
    struct bound_cost cost = {0, intern_bytes(&counts->sequences.keys) + layouts_bytes(&counts->layouts), 0};

    for (uint32_t s = 0; s < counts->sequences.keys.count; s++)
        cost.sequences += cost_of_sequence(counts, s);
    for (size_t i = 0; i < counts->n_params; i++)
        if (counts->params[i].sketch != NULL)
            cost.sketches += sizeof(struct sketch);
    for (uint32_t t = 0; t < counts->trace_names.count && counts->traces != NULL; t++)
        cost.traces += cost_of_trace(counts, t);
    return cost;
}

static void drop_sketches(struct counts *counts)
{
    for (size_t i = 0; i < counts->n_params; i++)
        if (counts->params[i].sketch != NULL) {
            pool_drop_sketch(&counts->params[i]);
            counts->folded.sketches++;
        }
}

/* ---- sequences ------------------------------------------------------------------------------------------------- */

struct rank {
    uint64_t count, hash;
    uint32_t sequence;
};

static int compare_ranks(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* Id of the sequence that takes in others; it is there, if only with a count of 0. */
static int other_sequence(struct counts *counts, uint32_t *other)
{
    struct sequences *sequences = &counts->sequences;
    struct tokens tokens = {0};
    size_t known = sequences->keys.count;
    int code = mask_symbol(BOUND_OTHER, strlen(BOUND_OTHER), &tokens);

    if (code == 0)
        code = sequences_add(sequences, BOUND_OTHER, &tokens, LW_NO_TIME, LW_LEVEL_NONE, other, NULL);
    tokens_release(&tokens);
    if (code != 0)
        return LW_ERR_MEMORY;
    sequences->stats[*other].count--;
    sequences->stats[*other].levels[LW_LEVEL_NONE]--;
    return *other == known ? counts_add_pools(counts, *other, 0) : 0;
}

/* is_out[s]: whether sequence s goes. The rarest go, as many as cost `excess`; anchors stay, as ids hang on them. */
static int choose_sequences(const struct counts *counts, uint32_t other, uint64_t excess, bool *is_out, size_t *n_out)
{
    const struct sequences *sequences = &counts->sequences;
    size_t n = sequences->keys.count;
    struct rank *ranks = alloc_array(n, sizeof *ranks);
    uint64_t freed = 0;

    *n_out = 0;
    if (ranks == NULL)
        return LW_ERR_MEMORY;
    for (uint32_t s = 0; s < n; s++)
        ranks[s] = (struct rank){sequences->stats[s].count, sequences->keys.hashes[s], s};
    qsort(ranks, n, sizeof *ranks, compare_ranks);
    memset(is_out, 0, n * sizeof *is_out);
    is_out[other] = true;
    for (size_t i = 0; i < sequences->n_anchors; i++)
        is_out[sequences->anchors[i]] = true;
    for (size_t i = 0; i < n; i++) {
        uint32_t s = ranks[i].sequence;

        if (is_out[s] || freed >= excess) {
            is_out[s] = false;
            continue;
        }
        is_out[s] = true;
        freed += cost_of_sequence(counts, s);
        (*n_out)++;
    }
    free(ranks);
    return 0;
}

/* Moves what stays together, and what goes into `other`; remap says where to. */
static int move_sequences(struct counts *counts, const bool *is_out, uint32_t other, uint32_t *remap)
{
    struct sequences *sequences = &counts->sequences;
    struct intern keys = INTERN_INIT;
    uint32_t n = (uint32_t)sequences->keys.count, n_kept = 0, n_params = 0;

    for (uint32_t s = 0; s < n; s++) {
        struct lw_bytes key = intern_get(&sequences->keys, s);

        if (!is_out[s] && intern_add(&keys, key.data, key.len, &remap[s]) != 0) {
            intern_release(&keys);
            return LW_ERR_MEMORY;
        }
    }
    for (uint32_t s = 0; s < n; s++)
        if (is_out[s] && sequence_stats_merge(&sequences->stats[other], &sequences->stats[s]) != 0) {
            intern_release(&keys);
            return LW_ERR_MEMORY;
        }
    for (uint32_t s = 0; s < n; s++) {
        uint32_t first = counts->param_first[s], end = counts->param_first[s + 1];

        if (is_out[s]) {
            remap[s] = remap[other];
            free(sequences->stats[s].activity);
            for (uint32_t i = first; i < end; i++)
                pool_release(&counts->params[i]);
            continue;
        }
        sequences->stats[n_kept] = sequences->stats[s];
        counts->param_first[n_kept++] = n_params;
        memmove(counts->params + n_params, counts->params + first, (end - first) * sizeof *counts->params);
        n_params += end - first;
    }
    counts->param_first[n_kept] = n_params;
    counts->n_params = n_params;
    intern_release(&sequences->keys);
    sequences->keys = keys;
    return 0;
}

static void shrink(void *items, size_t *cap, size_t n, size_t size)
{
    void *old, *fitted;

    memcpy(&old, items, sizeof old);
    fitted = n > 0 && n < *cap ? realloc(old, n * size) : NULL;
    if (fitted == NULL)
        return;
    memcpy(items, &fitted, sizeof fitted);
    *cap = n;
}

static int renumber(struct counts *counts, const uint32_t *remap)
{
    struct sequences *sequences = &counts->sequences;

    for (size_t i = 0; i < sequences->n_anchors; i++)
        sequences->anchors[i] = remap[sequences->anchors[i]];
    for (size_t t = 0; t < counts->trace_names.count && counts->traces != NULL; t++)
        for (size_t i = 0; i < counts->traces[t].n; i++)
            counts->traces[t].events[i].sequence = remap[counts->traces[t].events[i].sequence];
    for (uint64_t i = 0; i < counts->n_record_sequence; i++)
        if (counts->record_sequence[i] != INTERN_NONE)
            counts->record_sequence[i] = remap[counts->record_sequence[i]];
    shrink(&sequences->stats, &sequences->cap, sequences->keys.count, sizeof *sequences->stats);
    shrink(&counts->params, &counts->cap_params, counts->n_params + 1, sizeof *counts->params);
    return layouts_renumber(&counts->layouts, remap, sequences->keys.count);
}

static int fold_sequences(struct counts *counts, uint64_t excess, uint32_t **remap)
{
    uint32_t other;
    size_t n, n_out = 0;
    bool *is_out;
    int code = other_sequence(counts, &other);

    if (code != 0)
        return code;
    n = counts->sequences.keys.count;
    is_out = alloc_array(n, sizeof *is_out);
    *remap = alloc_array(n, sizeof **remap);
    code = is_out == NULL || *remap == NULL ? LW_ERR_MEMORY : 0;
    if (code == 0)
        code = choose_sequences(counts, other, excess, is_out, &n_out);
    for (size_t s = 0; s < n && code == 0; s++)
        if (is_out[s])
            counts->folded.records += counts->sequences.stats[s].count;
    if (code == 0)
        code = move_sequences(counts, is_out, other, *remap);
    if (code == 0)
        code = renumber(counts, *remap);
    free(is_out);
    return code;
}

/* ---- traces ---------------------------------------------------------------------------------------------------- */

/* Traces from n_kept on go, and none begins any more. */
static int fold_traces(struct counts *counts, size_t n_kept)
{
    struct intern names = INTERN_INIT;

    for (uint32_t t = 0; t < n_kept; t++) {
        struct lw_bytes name = intern_get(&counts->trace_names, t);
        uint32_t id;

        if (intern_add(&names, name.data, name.len, &id) != 0) {
            intern_release(&names);
            return LW_ERR_MEMORY;
        }
    }
    for (size_t t = n_kept; t < counts->trace_names.count; t++) {
        counts->folded.events += counts->traces[t].n;
        free(counts->traces[t].events);
    }
    intern_release(&counts->trace_names);
    counts->trace_names = names;
    counts->folded.has_traces = true;
    shrink(&counts->traces, &counts->cap_traces, n_kept, sizeof *counts->traces);
    return 0;
}

/* How many of the first traces cost no more than limit. */
static size_t traces_within(const struct counts *counts, uint64_t limit)
{
    uint64_t cost = 0;
    size_t t;

    for (t = 0; t < counts->trace_names.count; t++) {
        cost += cost_of_trace(counts, (uint32_t)t);
        if (cost > limit)
            break;
    }
    return t;
}

/* ---- both ------------------------------------------------------------------------------------------------------ */

int counts_bound(struct counts *counts, uint64_t limit, uint32_t **remap, struct lw_error *err)
{
    struct bound_cost cost = counts_cost(counts);
    int code = 0;

    *remap = NULL;
    if (cost.sequences + cost.traces <= limit)
        return 0;
    if (cost.sketches > 0) {
        drop_sketches(counts);
        cost = counts_cost(counts);
    }
    if (cost.sequences > limit / 2)
        code = fold_sequences(counts, cost.sequences - limit / 2, remap);
    if (cost.traces > limit / 2 && code == 0)
        code = fold_traces(counts, traces_within(counts, limit / 2 - limit / 16));
    if (code == 0) {
        cost = counts_cost(counts);
        if (cost.sequences + cost.traces > limit)
            return fail(err, LW_ERR_MEMORY,
                        "what is learned takes more than the %llu MB that --max-memory leaves for it, with all that "
                        "can be missed given up; raise it, or give less of the log",
                        (unsigned long long)(limit >> 20));
    }
    return code == 0 ? 0 : fail_memory(err, WHAT);
}
