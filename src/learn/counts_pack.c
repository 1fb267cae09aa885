#include "learn/counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/counts_parts.h"

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

    if (folded->sketches == 0 && folded->records == 0 && !folded->has_traces && folded->unnamed == 0)
        return;
    pack_u64(out, folded->sketches);
    pack_u64(out, folded->records);
    pack_u64(out, folded->events);
    pack_u64(out, folded->has_traces);
    pack_u64(out, folded->unnamed);
}

int counts_unpack_folded(struct counts *counts, struct unpack *in, struct lw_error *err)
{
    counts->folded.sketches = unpack_u64(in);
    counts->folded.records = unpack_u64(in);
    counts->folded.events = unpack_u64(in);
    counts->folded.has_traces = unpack_u64(in) != 0;
    if (in->at != in->end) /* older workspaces lack it */
        counts->folded.unnamed = unpack_u64(in);
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

    if (counts_find_trace(counts, name, len, &trace) != 0)
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
        if (counts_add_event(&counts->traces[trace], &event) != 0)
            return fail_memory(err, "reading traces");
    }
    return !in->has_failed && in->at == in->end ? 0
                                                : fail(err, LW_ERR_INPUT, "trace %zu is cut off or too long", known);
}
