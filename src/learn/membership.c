/*
 * Blocks of records are read in parallel into lists of (name, record, time); the lists are then joined in order of
 * blocks, so that names get their numbers by first appearance whatever the number of threads. Events are placed by
 * counting sort on the trace number, which keeps the order of records within a trace.
 */
#include "learn/membership.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"

#define BLOCK 16384u

struct pair {
    uint32_t name; /* in the block's names, later in the set's */
    uint64_t record;
    int64_t time_us;
};
struct block {
    struct intern names;
    struct pair *pairs;
    size_t n, cap;
    struct lw_error error;
};
struct pass {
    const struct lw_log *log;
    const struct trace_rule *rule;
    struct block *blocks;
    size_t n_blocks;
};

static int add_pairs(struct block *block, const struct trace_keys *keys, uint64_t record, int64_t time_us)
{
    for (size_t i = 0; i < keys->n; i++) {
        uint32_t name;
        if (intern_add(&block->names, keys->keys[i].data, keys->keys[i].len, &name) != 0 ||
            alloc_grow(&block->pairs, &block->cap, block->n + 1, sizeof *block->pairs) != 0)
            return fail_memory(&block->error, "grouping records into traces");
        block->pairs[block->n++] = (struct pair){name, record, time_us};
    }
    return 0;
}

static int read_block(void *arg, size_t index)
{
    struct pass *pass = arg;
    struct block *block = &pass->blocks[index];
    uint64_t from = (uint64_t)index * BLOCK, to = from + BLOCK;
    if (to > lw_log_count(pass->log))
        to = lw_log_count(pass->log);
    struct lw_reader *reader;
    int status = lw_reader_new(pass->log, &reader, &block->error);
    if (status != 0)
        return status;
    struct trace_keys keys;
    trace_keys_init(&keys);
    struct lw_source source = {.path = {NULL, 0}};
    uint32_t source_index = UINT32_MAX;
    for (uint64_t i = from; i < to && status == 0; i++) {
        struct lw_record record;
        status = lw_reader_get(reader, i, &record, &block->error);
        if (status == 0 && record.source != source_index) {
            source_index = record.source;
            status = lw_log_source(pass->log, source_index, &source, &block->error);
        }
        if (status == 0)
            status = trace_rule_keys(pass->rule, &record, source.path, &keys, &block->error);
        if (status == 0)
            status = add_pairs(block, &keys, i, record.time_us);
    }
    trace_keys_release(&keys);
    lw_reader_free(reader);
    return status;
}

/* Gives every pair its number in the set's names. */
static int join_names(struct pass *pass, struct trace_set *out)
{
    for (size_t b = 0; b < pass->n_blocks; b++) {
        struct block *block = &pass->blocks[b];
        uint32_t *number = alloc_array(block->names.count, sizeof *number);
        if (number == NULL)
            return LW_ERR_MEMORY;
        for (uint32_t i = 0; i < block->names.count; i++) {
            struct lw_bytes name = intern_get(&block->names, i);
            if (intern_add(&out->names, name.data, name.len, &number[i]) != 0) {
                free(number);
                return LW_ERR_MEMORY;
            }
        }
        for (size_t i = 0; i < block->n; i++)
            block->pairs[i].name = number[block->pairs[i].name];
        out->n_events += block->n;
        free(number);
    }
    return 0;
}

static int place_events(const struct pass *pass, struct trace_set *out)
{
    free(out->first);
    out->n_traces = out->cap_traces = out->names.count;
    out->cap_events = out->n_events;
    out->first = alloc_zeroed(out->n_traces + 1, sizeof *out->first);
    out->templates = alloc_zeroed(out->n_events, sizeof *out->templates);
    out->times_us = alloc_array(out->n_events, sizeof *out->times_us);
    out->records = alloc_array(out->n_events, sizeof *out->records);
    size_t *next = alloc_array(out->n_traces + 1, sizeof *next);
    if (out->first == NULL || out->templates == NULL || out->times_us == NULL || out->records == NULL || next == NULL) {
        free(next);
        return LW_ERR_MEMORY;
    }
    for (size_t b = 0; b < pass->n_blocks; b++)
        for (size_t i = 0; i < pass->blocks[b].n; i++)
            out->first[pass->blocks[b].pairs[i].name + 1]++;
    for (size_t t = 0; t < out->n_traces; t++)
        out->first[t + 1] += out->first[t];
    memcpy(next, out->first, (out->n_traces + 1) * sizeof *next);
    for (size_t b = 0; b < pass->n_blocks; b++)
        for (size_t i = 0; i < pass->blocks[b].n; i++) {
            const struct pair *pair = &pass->blocks[b].pairs[i];
            size_t at = next[pair->name]++;
            out->times_us[at] = pair->time_us;
            out->records[at] = pair->record;
        }
    free(next);
    return 0;
}

int membership_find(const struct lw_log *log, const struct trace_rule *rule, const struct lw_run *run,
                    struct trace_set *out, struct lw_error *err)
{
    struct pass pass = {log, rule, NULL, (size_t)((lw_log_count(log) + BLOCK - 1) / BLOCK)};
    pass.blocks = alloc_zeroed(pass.n_blocks, sizeof *pass.blocks);
    if (pass.blocks == NULL)
        return fail_memory(err, "grouping records into traces");
    trace_set_init(out);
    int status = executor_run(run, "grouping records into traces", pass.n_blocks, read_block, &pass);
    for (size_t b = 0; b < pass.n_blocks && status != 0; b++)
        if (pass.blocks[b].error.code != LW_OK) {
            if (err != NULL)
                *err = pass.blocks[b].error;
            break;
        }
    if (status == LW_ERR_CANCELLED)
        fail(err, LW_ERR_CANCELLED, "cancelled");
    if (status == 0 && (join_names(&pass, out) != 0 || place_events(&pass, out) != 0))
        status = fail_memory(err, "grouping records into traces");
    for (size_t b = 0; b < pass.n_blocks; b++) {
        intern_release(&pass.blocks[b].names);
        free(pass.blocks[b].pairs);
    }
    free(pass.blocks);
    if (status != 0)
        trace_set_release(out);
    return status;
}
