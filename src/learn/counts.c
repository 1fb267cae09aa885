#include "learn/counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/counts_parts.h"
#include "learn/symbols.h"

#define WHAT "learning from the log"

bool counts_is_symbolic(const struct counts *counts)
{
    for (uint32_t i = 0; i < counts->formats.count; i++) {
        struct lw_bytes format = intern_get(&counts->formats, i);

        if (!symbols_is_format(format.data, format.len))
            return false;
    }
    return counts->formats.count > 0;
}

void counts_init(struct counts *counts)
{
    memset(counts, 0, sizeof *counts);
    atomic_init(&counts->references, 1);
    counts->first_us = counts->last_us = LW_NO_TIME;
    sequences_init(&counts->sequences);
    layouts_init(&counts->layouts);
}

void counts_release(struct counts *counts)
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

void counts_widen_times(struct counts *counts, int64_t first_us, int64_t last_us)
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
int counts_find_trace(struct counts *counts, const char *name, size_t len, uint32_t *trace)
{
    size_t before = counts->trace_names.count;

    if (alloc_grow(&counts->traces, &counts->cap_traces, before + 1, sizeof *counts->traces) != 0 ||
        intern_add(&counts->trace_names, name, len, trace) != 0)
        return LW_ERR_MEMORY;
    if (*trace == before)
        counts->traces[before] = (struct raw_trace){NULL, 0, 0};
    return 0;
}

int counts_add_event(struct raw_trace *trace, const struct raw_event *event)
{
    if (alloc_grow_from(2, &trace->events, &trace->cap, trace->n + 1, sizeof *trace->events) != 0)
        return LW_ERR_MEMORY;
    trace->events[trace->n++] = *event;
    return 0;
}
/* ---- adding up ------------------------------------------------------------------------------------------------- */

static void add_folded(struct folded *into, const struct folded *from)
{
    into->sketches += from->sketches;
    into->records += from->records;
    into->events += from->events;
    into->unnamed += from->unnamed;
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
        else if (counts_find_trace(into, name.data, name.len, &names[i]) != 0)
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
    counts_widen_times(into, from->first_us, from->last_us);
    for (size_t i = 0; i < LW_LEVEL_COUNT; i++)
        into->levels[i] += from->levels[i];
    return 0;
}

/* Calls absorb with room for the numbers; the caller frees *remap and *names. */
int counts_absorb(struct counts *into, const struct counts *from, uint32_t **remap, uint32_t **names,
                  struct lw_error *err)
{
    *remap = alloc_array(from->sequences.keys.count, sizeof **remap);
    *names = alloc_array(from->trace_names.count, sizeof **names);
    if (*remap == NULL || *names == NULL)
        return fail_memory(err, WHAT);
    return absorb(into, from, *remap, *names, err);
}

/* has_records: their numbers stay, since they are of the same log. */
int counts_append_traces(struct counts *into, const struct counts *from, const uint32_t *remap, const uint32_t *names,
                         bool has_records)
{
    for (size_t t = 0; t < from->trace_names.count; t++)
        for (size_t i = 0; i < from->traces[t].n; i++) {
            struct raw_event event = from->traces[t].events[i];

            event.sequence = remap[event.sequence];
            if (!has_records)
                event.record = RAW_NO_RECORD;
            if (counts_add_event(&into->traces[names[t]], &event) != 0)
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
    if (n > 1 && strncmp(parts[0]->trace_rule, "count:", 6) == 0)
        return fail(err, LW_ERR_USAGE,
                    "trace rule '%s' counts records from the beginning of each part, which does not tell what it would "
                    "give for the whole: learn from the files in one go",
                    parts[0]->trace_rule);
    code = counts_new(parts[0]->trace_rule, parts[0]->trace_why, &merged, err);
    if (code != 0)
        return code;
    merged->sequences.masks = user_masks_retain(parts[0]->sequences.masks);
    for (size_t i = 0; i < n && code == 0; i++) {
        uint32_t *remap = NULL, *names = NULL;

        code = check_names(merged, parts[i], i + 1, err);
        if (code == 0)
            code = counts_absorb(merged, parts[i], &remap, &names, err);
        if (code == 0 && counts_append_traces(merged, parts[i], remap, names, false) != 0)
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
/* A copy that can grow. */
int counts_copy(const struct counts *from, struct counts **out, struct lw_error *err)
{
    uint32_t *remap = NULL, *names = NULL;
    struct counts *counts;
    int code = counts_new(from->trace_rule, from->trace_why, &counts, err);

    if (code != 0)
        return code;
    counts->sequences.masks = user_masks_retain(from->sequences.masks);
    code = counts_absorb(counts, from, &remap, &names, err);
    if (code == 0 && counts_append_traces(counts, from, remap, names, true) != 0)
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
