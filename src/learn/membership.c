/*
 * Blocks of records give lists of (name, record, time), joined in order of blocks, so that names get their numbers by
 * first appearance. Events are then placed by counting sort on the trace number, which keeps the order of records
 * within a trace.
 */
#include "learn/membership.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/scan.h"

#define WHAT "grouping records into traces"

struct pair {
    uint32_t name; /* in the block's names, later in the set's */
    uint64_t record;
    int64_t time_us;
};
struct pairs {
    struct pair *items;
    size_t n, cap;
};
struct block {
    struct intern names;
    struct pairs pairs;
};
struct joined {
    struct trace_set *set; /* its names */
    struct pairs pairs;
};

static int visit(void *user, void *block_memory, const struct scan_item *item, struct lw_error *err)
{
    struct block *block = block_memory;
    struct pairs *pairs = &block->pairs;

    (void)user;
    for (size_t i = 0; i < item->keys->n; i++) {
        struct lw_bytes key = item->keys->keys[i];
        uint32_t name;

        if (intern_add(&block->names, key.data, key.len, &name) != 0 ||
            alloc_grow(&pairs->items, &pairs->cap, pairs->n + 1, sizeof *pairs->items) != 0)
            return fail_memory(err, WHAT);
        if (item->has_event)
            pairs->items[pairs->n++] = (struct pair){name, item->number, item->record->time_us};
    }
    return 0;
}

/* Gives every pair of the block its number in the set's names. */
static int join(void *user, void *block_memory, struct lw_error *err)
{
    struct joined *joined = user;
    struct block *block = block_memory;
    struct pairs *pairs = &joined->pairs;
    uint32_t *numbers = alloc_array(block->names.count, sizeof *numbers);
    int code = numbers == NULL ? LW_ERR_MEMORY : 0;

    for (uint32_t i = 0; i < block->names.count && code == 0; i++) {
        struct lw_bytes name = intern_get(&block->names, i);

        code = intern_add(&joined->set->names, name.data, name.len, &numbers[i]);
    }
    if (code == 0)
        code = alloc_grow(&pairs->items, &pairs->cap, pairs->n + block->pairs.n, sizeof *pairs->items);
    for (size_t i = 0; i < block->pairs.n && code == 0; i++) {
        pairs->items[pairs->n] = block->pairs.items[i];
        pairs->items[pairs->n].name = numbers[pairs->items[pairs->n].name];
        pairs->n++;
    }
    free(numbers);
    return code == 0 ? 0 : fail_memory(err, WHAT);
}

static void release_block(void *block_memory)
{
    struct block *block = block_memory;

    intern_release(&block->names);
    free(block->pairs.items);
}

static int place_events(const struct pairs *pairs, struct trace_set *out)
{
    size_t *next;

    free(out->first);
    out->n_traces = out->cap_traces = out->names.count;
    out->n_events = out->cap_events = pairs->n;
    out->first = alloc_zeroed(out->n_traces + 1, sizeof *out->first);
    out->templates = alloc_zeroed(out->n_events, sizeof *out->templates);
    out->times_us = alloc_array(out->n_events, sizeof *out->times_us);
    out->records = alloc_array(out->n_events, sizeof *out->records);
    next = alloc_array(out->n_traces + 1, sizeof *next);
    if (out->first == NULL || out->templates == NULL || out->times_us == NULL || out->records == NULL || next == NULL) {
        free(next);
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < pairs->n; i++)
        out->first[pairs->items[i].name + 1]++;
    for (size_t t = 0; t < out->n_traces; t++)
        out->first[t + 1] += out->first[t];
    memcpy(next, out->first, (out->n_traces + 1) * sizeof *next);
    for (size_t i = 0; i < pairs->n; i++) {
        size_t at = next[pairs->items[i].name]++;

        out->times_us[at] = pairs->items[i].time_us;
        out->records[at] = pairs->items[i].record;
    }
    free(next);
    return 0;
}

int membership_find(const struct lw_log *log, const struct trace_rule *rule, const struct lw_run *run,
                    struct trace_set *out, struct lw_error *err)
{
    struct joined joined = {out, {NULL, 0, 0}};
    struct scan scan = {log,           rule,    NULL, WHAT, false, sizeof(struct block), visit, join,
                        release_block, &joined, 0,    0,    false};
    int code;

    trace_set_init(out);
    code = scan_run(&scan, run, err);
    if (code == 0 && place_events(&joined.pairs, out) != 0)
        code = fail_memory(err, WHAT);
    free(joined.pairs.items);
    if (code != 0)
        trace_set_release(out);
    return code;
}
