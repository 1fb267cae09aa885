/*
 * Blocks of records give what the rule decides on (the value behind `by`, or the ids); they are joined in the order of
 * records, where the rule is followed one record after the other. That is cheap beside reading the records, so the rest
 * runs on all threads, and what comes out does not depend on their number.
 *
 * Links of a join are counted first and judged at the end, by all their records: judging them as they come would join
 * what one odd record links.
 */
#include "learn/trace_stages.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/intern.h"
#include "base/order.h"
#include "learn/pair_map.h"
#include "learn/scan.h"
#include "learn/trace_rule_parts.h"

#define WHAT "following the trace rule"

struct sight { /* of a value in a record */
    uint32_t value;
    uint32_t record;
    int64_t time_us;
};
struct sights {
    struct sight *items;
    size_t n, cap;
};
struct records {
    uint32_t *items;
    size_t n, cap;
};
struct block {
    struct intern values;
    struct sights sights;
    struct records given_up;
};
struct group { /* a value of what stands behind `by` */
    int64_t last_us;
    uint64_t n;    /* records */
    uint32_t name; /* of the trace that is under way; INTERN_NONE: none is */
};
struct trace_stages {
    struct intern names;
    uint32_t *first; /* [n_records + 1] */
    uint32_t *ids;   /* names of record r: ids[first[r]] ... */
    size_t n_ids, cap_ids;
    struct records given_up; /* rising */
    struct trace_links links;
};
struct follower {
    const struct trace_rule *rule;
    struct trace_stages *stages;
    struct intern values; /* seen so far; of a join they stand behind the number of their rule */
    struct group *groups; /* [values.count] */
    size_t cap_groups;
    uint64_t next;         /* record whose first[] is not known yet */
    struct pair_map pairs; /* of values in the same record, the one of the earlier rule first */
    uint32_t *counts;      /* [pairs.count] */
    size_t cap_counts;
    struct buf text;
};

/* ---- blocks ---------------------------------------------------------------------------------------------------- */

static int add_record(struct records *records, uint32_t record)
{
    if (alloc_grow(&records->items, &records->cap, records->n + 1, sizeof *records->items) != 0)
        return LW_ERR_MEMORY;
    records->items[records->n++] = record;
    return 0;
}

static int visit(void *user, void *block_memory, const struct scan_item *item, struct lw_error *err)
{
    const struct follower *follower = user;
    struct block *block = block_memory;
    struct sights *sights = &block->sights;
    struct buf text = BUF_INIT;
    int code = 0;

    for (size_t i = 0; i < item->keys->n && code == 0; i++) {
        struct lw_bytes key = item->keys->keys[i];
        uint32_t value;

        if (follower->rule->kind == BY_JOIN) {
            buf_clear(&text);
            buf_add_byte(&text, (char)item->keys->parts[i]);
            buf_add(&text, key.data, key.len);
            key = (struct lw_bytes){text.data, text.len};
        }
        code = buf_status(&text);
        if (code == 0)
            code = intern_add(&block->values, key.data, key.len, &value);
        if (code == 0)
            code = alloc_grow(&sights->items, &sights->cap, sights->n + 1, sizeof *sights->items);
        if (code == 0)
            sights->items[sights->n++] = (struct sight){value, (uint32_t)item->number, item->record->time_us};
    }
    buf_release(&text);
    if (item->keys->has_given_up && code == 0)
        code = add_record(&block->given_up, (uint32_t)item->number);
    return code == 0 ? 0 : fail_memory(err, WHAT);
}

static void release_block(void *block_memory)
{
    struct block *block = block_memory;

    intern_release(&block->values);
    free(block->sights.items);
    free(block->given_up.items);
}

/* One more name, or value, of a record; records come in order. */
static int add_id(struct follower *follower, uint64_t record, uint32_t id)
{
    struct trace_stages *stages = follower->stages;

    if (alloc_grow(&stages->ids, &stages->cap_ids, stages->n_ids + 1, sizeof *stages->ids) != 0)
        return LW_ERR_MEMORY;
    while (follower->next <= record)
        stages->first[follower->next++] = (uint32_t)stages->n_ids;
    stages->ids[stages->n_ids++] = id;
    return 0;
}

/* ---- gaps and counts ------------------------------------------------------------------------------------------- */

static int begin_trace(struct follower *follower, uint32_t value, int64_t time_us)
{
    struct group *group = &follower->groups[value];
    struct lw_bytes text = intern_get(&follower->values, value);

    buf_clear(&follower->text);
    buf_add(&follower->text, text.data, text.len);
    if (follower->rule->kind == BY_COUNT) {
        buf_printf(&follower->text, "#%llu", (unsigned long long)(group->n / follower->rule->count + 1));
    } else {
        buf_add_text(&follower->text, follower->rule->n_parts > 0 ? "@" : "");
        clock_print_utc(time_us, true, &follower->text);
    }
    if (buf_status(&follower->text) != 0)
        return LW_ERR_MEMORY;
    return intern_add(&follower->stages->names, follower->text.data, follower->text.len, &group->name);
}

static uint64_t distance(int64_t a, int64_t b)
{
    return a < b ? (uint64_t)b - (uint64_t)a : (uint64_t)a - (uint64_t)b;
}

/* A record without a time belongs to the trace that is under way, if one is. */
static int follow_group(struct follower *follower, uint64_t record, uint32_t value, int64_t time_us)
{
    const struct trace_rule *rule = follower->rule;
    struct group *group = &follower->groups[value];
    bool is_new = group->name == INTERN_NONE && time_us != LW_NO_TIME;

    if (rule->kind == BY_COUNT)
        is_new = group->n % rule->count == 0;
    else if (group->name != INTERN_NONE && time_us != LW_NO_TIME)
        is_new = distance(group->last_us, time_us) > (uint64_t)rule->span_us;
    if (is_new && begin_trace(follower, value, time_us) != 0)
        return LW_ERR_MEMORY;
    if (time_us != LW_NO_TIME)
        group->last_us = time_us;
    group->n++;
    return group->name == INTERN_NONE ? 0 : add_id(follower, record, group->name);
}

/* ---- joins ----------------------------------------------------------------------------------------------------- */

static unsigned part_of(const struct follower *follower, uint32_t value)
{
    return (unsigned char)intern_get(&follower->values, value).data[0];
}

/* All ids of a record, n of them: values[]. */
static int count_links(struct follower *follower, const uint32_t *values, size_t n)
{
    for (size_t i = 0; i < n && n <= JOIN_RECORD; i++)
        for (size_t j = 0; j < n; j++) {
            size_t known = follower->pairs.count;
            uint32_t pair;

            if (part_of(follower, values[i]) >= part_of(follower, values[j]))
                continue;
            if (pair_map_add(&follower->pairs, values[i], values[j], &pair) != 0 ||
                alloc_grow(&follower->counts, &follower->cap_counts, known + 1, sizeof *follower->counts) != 0)
                return LW_ERR_MEMORY;
            if (pair == known)
                follower->counts[pair] = 0;
            follower->counts[pair]++;
        }
    return 0;
}

/* Which earlier id each id belongs to, by rule of the earlier one. */
struct belonging {
    uint32_t count, total; /* of records: with that id, with any of its rule */
    uint32_t pair;
};

/* parents[value * n_parts + rule] from the counts. */
static void find_parents(const struct follower *follower, struct belonging *parents)
{
    size_t n_parts = follower->rule->n_parts;

    for (uint32_t i = 0; i < follower->pairs.count; i++) {
        struct pair pair = follower->pairs.pairs[i];
        struct belonging *parent = &parents[pair.b * n_parts + part_of(follower, pair.a)];

        parent->total += follower->counts[i];
        if (follower->counts[i] > parent->count) {
            parent->count = follower->counts[i];
            parent->pair = i;
        }
    }
}

static bool is_steady(const struct belonging *parent)
{
    return parent->total > 0 && (double)parent->count >= JOIN_SHARE * (double)parent->total;
}

static uint32_t find_root(uint32_t *roots, uint32_t value)
{
    while (roots[value] != value)
        value = roots[value] = roots[roots[value]];
    return value;
}

/* The smaller number is the root: the one that came first. */
static void unite(uint32_t *roots, uint32_t a, uint32_t b)
{
    a = find_root(roots, a);
    b = find_root(roots, b);
    if (a < b)
        roots[b] = a;
    else
        roots[a] = b;
}

/* n_children[value * n_parts + rule]: ids of that rule that would join the value. */
static void join_ids(struct follower *follower, const struct belonging *parents, uint32_t *n_children, uint32_t *roots)
{
    size_t n_parts = follower->rule->n_parts;
    const struct pair *pairs = follower->pairs.pairs;

    for (uint32_t v = 0; v < follower->values.count; v++)
        for (size_t p = 0; p < n_parts; p++)
            if (is_steady(&parents[v * n_parts + p]))
                n_children[pairs[parents[v * n_parts + p].pair].a * n_parts + part_of(follower, v)]++;
    for (uint32_t v = 0; v < follower->values.count; v++)
        for (size_t p = 0; p < n_parts; p++) {
            const struct belonging *parent = &parents[v * n_parts + p];
            bool is_link =
                is_steady(parent) && n_children[pairs[parent->pair].a * n_parts + part_of(follower, v)] <= JOIN_MANY;

            if (is_link)
                unite(roots, pairs[parent->pair].a, v);
            follower->stages->links.joined += is_link;
            follower->stages->links.refused += parent->total > 0 && !is_link;
        }
}

/* Gives the class of each id the name of its first, and each record each class once. */
static int name_classes(struct follower *follower, uint32_t *roots)
{
    struct trace_stages *stages = follower->stages;
    size_t n_records = (size_t)follower->next, from = 0, n = 0;

    for (uint32_t v = 0; v < follower->values.count; v++) {
        struct lw_bytes value = intern_get(&follower->values, v);
        uint32_t root = find_root(roots, v);

        if (root != v) {
            follower->groups[v].name = follower->groups[root].name;
            continue;
        }
        buf_clear(&follower->text);
        if (value.data[0] > 0)
            buf_printf(&follower->text, "%d:", value.data[0] + 1);
        buf_add(&follower->text, value.data + 1, value.len - 1);
        if (buf_status(&follower->text) != 0 ||
            intern_add(&stages->names, follower->text.data, follower->text.len, &follower->groups[v].name) != 0)
            return LW_ERR_MEMORY;
    }
    for (size_t r = 0; r < n_records; r++) {
        size_t begin = n, end = r + 1 < n_records ? stages->first[r + 1] : stages->n_ids;

        stages->first[r] = (uint32_t)n;
        for (; from < end; from++) {
            uint32_t name = follower->groups[stages->ids[from]].name;
            bool is_there = false;

            for (size_t i = begin; i < n; i++)
                is_there = is_there || stages->ids[i] == name;
            if (!is_there)
                stages->ids[n++] = name;
        }
    }
    stages->n_ids = n;
    return 0;
}

static int finish_join(struct follower *follower)
{
    size_t n_parts = follower->rule->n_parts, n = follower->values.count;
    struct belonging *parents = n > SIZE_MAX / n_parts ? NULL : alloc_zeroed(n * n_parts, sizeof *parents);
    uint32_t *n_children = n > SIZE_MAX / n_parts ? NULL : alloc_zeroed(n * n_parts, sizeof *n_children);
    uint32_t *roots = alloc_array(n, sizeof *roots);
    int code = parents == NULL || n_children == NULL || roots == NULL ? LW_ERR_MEMORY : 0;

    if (code == 0) {
        for (uint32_t v = 0; v < n; v++)
            roots[v] = v;
        find_parents(follower, parents);
        join_ids(follower, parents, n_children, roots);
        code = name_classes(follower, roots);
    }
    free(parents);
    free(n_children);
    free(roots);
    return code;
}

/* ---- all ------------------------------------------------------------------------------------------------------- */

static int follow_sights(struct follower *follower, const struct sights *sights, const uint32_t *numbers)
{
    uint32_t values[TRACE_MAX_KEYS];
    int code = 0;

    for (size_t i = 0, n; i < sights->n && code == 0; i += n) {
        const struct sight *sight = &sights->items[i];

        for (n = 0; i + n < sights->n && n < TRACE_MAX_KEYS && sights->items[i + n].record == sight->record; n++) {
            values[n] = numbers[sights->items[i + n].value];
            if (follower->rule->kind != BY_JOIN && code == 0)
                code = follow_group(follower, sight->record, values[n], sight->time_us);
            else if (code == 0)
                code = add_id(follower, sight->record, values[n]);
        }
        if (follower->rule->kind == BY_JOIN && code == 0)
            code = count_links(follower, values, n);
    }
    return code;
}

static int join(void *user, void *block_memory, struct lw_error *err)
{
    struct follower *follower = user;
    struct block *block = block_memory;
    uint32_t *numbers = alloc_array(block->values.count, sizeof *numbers);
    int code = numbers == NULL ? LW_ERR_MEMORY : 0;

    for (uint32_t i = 0; i < block->values.count && code == 0; i++) {
        struct lw_bytes value = intern_get(&block->values, i);
        size_t known = follower->values.count;

        code = alloc_grow(&follower->groups, &follower->cap_groups, known + 1, sizeof *follower->groups);
        if (code == 0)
            code = intern_add(&follower->values, value.data, value.len, &numbers[i]);
        if (code == 0 && numbers[i] == known)
            follower->groups[known] = (struct group){LW_NO_TIME, 0, INTERN_NONE};
    }
    if (code == 0)
        code = follow_sights(follower, &block->sights, numbers);
    for (size_t i = 0; i < block->given_up.n && code == 0; i++)
        code = add_record(&follower->stages->given_up, block->given_up.items[i]);
    free(numbers);
    return code == 0 ? 0 : fail_memory(err, WHAT);
}

int trace_stages_find(const struct lw_log *log, const struct trace_rule *rule, const struct lw_run *run,
                      struct trace_stages **out, struct lw_error *err)
{
    struct trace_stages *stages = alloc_zeroed(1, sizeof *stages);
    struct follower follower = {
        .rule = rule, .stages = stages, .values = INTERN_INIT, .pairs = PAIR_MAP_INIT, .text = BUF_INIT};
    struct scan scan = {.log = log,
                        .rule = rule,
                        .phase = WHAT,
                        .is_unfollowed = true,
                        .block_size = sizeof(struct block),
                        .visit = visit,
                        .join = join,
                        .release = release_block,
                        .user = &follower};
    uint64_t n = lw_log_count(log);
    int code;

    if (stages == NULL)
        return fail_memory(err, WHAT);
    if (n >= UINT32_MAX) {
        free(stages);
        return fail(err, LW_ERR_LIMIT, "more than %u records; cut the log into parts", UINT32_MAX - 1);
    }
    stages->names = (struct intern)INTERN_INIT;
    stages->first = alloc_array((size_t)n + 1, sizeof *stages->first);
    code = stages->first == NULL ? fail_memory(err, WHAT) : scan_run(&scan, run, err);
    if (code == 0 && stages->n_ids >= UINT32_MAX)
        code = fail(err, LW_ERR_LIMIT, "more than %u events; cut the log into parts", UINT32_MAX);
    if (code == 0 && rule->kind == BY_JOIN && finish_join(&follower) != 0)
        code = fail_memory(err, WHAT);
    while (code == 0 && follower.next <= n)
        stages->first[follower.next++] = (uint32_t)stages->n_ids;
    intern_release(&follower.values);
    pair_map_release(&follower.pairs);
    buf_release(&follower.text);
    free(follower.groups);
    free(follower.counts);
    if (code != 0)
        trace_stages_free(stages);
    else
        *out = stages;
    return code;
}

void trace_stages_free(struct trace_stages *stages)
{
    if (stages == NULL)
        return;
    intern_release(&stages->names);
    free(stages->first);
    free(stages->ids);
    free(stages->given_up.items);
    free(stages);
}

void trace_stages_keys(const struct trace_stages *stages, uint64_t record, struct trace_keys *out)
{
    size_t n = stages->first[record + 1] - stages->first[record];
    uint32_t number = (uint32_t)record;

    out->has_given_up = stages->given_up.n > 0 &&
                        bsearch(&number, stages->given_up.items, stages->given_up.n, sizeof number, order_u32) != NULL;
    out->n = n < TRACE_MAX_KEYS ? n : TRACE_MAX_KEYS;
    for (size_t i = 0; i < out->n; i++)
        out->keys[i] = intern_get(&stages->names, stages->ids[stages->first[record] + i]);
}

struct trace_links trace_stages_links(const struct trace_stages *stages)
{
    return stages->links;
}
