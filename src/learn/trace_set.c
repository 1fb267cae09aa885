#include "learn/trace_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/alloc.h"
#include "base/fail.h"

void trace_set_init(struct trace_set *set)
{
    *set = (struct trace_set){.names = INTERN_INIT};
}

void trace_set_release(struct trace_set *set)
{
    free(set->first);
    free(set->templates);
    free(set->times_us);
    free(set->records);
    free(set->open);
    intern_release(&set->names);
    trace_set_init(set);
}

/* Room for `more` traces; first[] has one item more than there are traces. */
static int reserve_traces(struct trace_set *set, size_t more, struct lw_error *err)
{
    if (set->n_traces + more >= INTERN_NONE)
        return fail(err, LW_ERR_LIMIT, "more than %u traces; cut the log into parts", INTERN_NONE - 1);
    bool is_new = set->first == NULL;
    if (alloc_grow(&set->first, &set->cap_traces, set->n_traces + more + 1, sizeof *set->first) != 0)
        return fail_memory(err, "grouping events into traces");
    if (is_new)
        set->first[0] = 0;
    return 0;
}

/* The columns grow together; each starts from the same capacity, so they agree on the new one. */
static int reserve_events(struct trace_set *set, size_t more, struct lw_error *err)
{
    size_t need = set->n_events + more;
    if (need <= set->cap_events)
        return 0;
    size_t a = set->cap_events, b = a, c = a;
    if (alloc_grow(&set->templates, &a, need, sizeof *set->templates) != 0 ||
        alloc_grow(&set->times_us, &b, need, sizeof *set->times_us) != 0 ||
        alloc_grow(&set->records, &c, need, sizeof *set->records) != 0)
        return fail_memory(err, "grouping events into traces");
    set->cap_events = a;
    return 0;
}

int trace_set_reserve(struct trace_set *set, size_t n_traces, size_t n_events, struct lw_error *err)
{
    int status = reserve_traces(set, n_traces, err);
    return status == 0 ? reserve_events(set, n_events, err) : status;
}

int trace_set_begin(struct trace_set *set, const char *name, size_t len, struct lw_error *err)
{
    int status = reserve_traces(set, 1, err);
    if (status == 0)
        status = reserve_events(set, 1, err); /* so that an empty trace's events have a place as well */
    if (status != 0)
        return status;
    uint32_t id;
    if (intern_add(&set->names, name, len, &id) != 0)
        return fail_memory(err, "grouping events into traces");
    if (id != set->n_traces)
        return fail(err, LW_ERR_USAGE, "two traces are named \"%.*s\"", (int)(len < 100 ? len : 100), name);
    set->n_traces++;
    set->first[set->n_traces] = set->n_events;
    return 0;
}

int trace_set_event(struct trace_set *set, uint32_t template_id, int64_t time_us, uint64_t record, struct lw_error *err)
{
    if (set->n_traces == 0)
        return fail(err, LW_ERR_USAGE, "an event was added before its trace was begun");
    int status = reserve_events(set, 1, err);
    if (status != 0)
        return status;
    set->templates[set->n_events] = template_id;
    set->times_us[set->n_events] = time_us;
    set->records[set->n_events] = record;
    set->first[set->n_traces] = ++set->n_events;
    return 0;
}

size_t trace_set_len(const struct trace_set *set, size_t trace)
{
    return set->first[trace + 1] - set->first[trace];
}

bool trace_set_is_open_start(const struct trace_set *set, size_t trace)
{
    return set->open != NULL && (set->open[trace] & TRACE_OPEN_START) != 0;
}

bool trace_set_is_open_end(const struct trace_set *set, size_t trace)
{
    return set->open != NULL && (set->open[trace] & TRACE_OPEN_END) != 0;
}

/* Adds trace `trace` of `from` under the given name. */
static int copy_trace(const struct trace_set *from, size_t trace, struct lw_bytes name, struct trace_set *to,
                      struct lw_error *err)
{
    size_t first = from->first[trace], len = trace_set_len(from, trace);
    int status = reserve_events(to, len, err);
    if (status == 0)
        status = trace_set_begin(to, name.data, name.len, err);
    if (status != 0)
        return status;
    if (len > 0) {
        memcpy(to->templates + to->n_events, from->templates + first, len * sizeof *to->templates);
        memcpy(to->times_us + to->n_events, from->times_us + first, len * sizeof *to->times_us);
        memcpy(to->records + to->n_events, from->records + first, len * sizeof *to->records);
    }
    to->n_events += len;
    to->first[to->n_traces] = to->n_events;
    return 0;
}

int trace_set_select(const struct trace_set *set, const uint32_t *indexes, size_t n, struct trace_set *out,
                     struct lw_error *err)
{
    struct trace_set made;
    trace_set_init(&made);
    size_t n_events = 0;
    for (size_t i = 0; i < n; i++)
        n_events += trace_set_len(set, indexes[i]);
    int status = reserve_traces(&made, n, err);
    if (status == 0)
        status = reserve_events(&made, n_events, err);
    for (size_t i = 0; status == 0 && i < n; i++)
        status = copy_trace(set, indexes[i], intern_get(&set->names, indexes[i]), &made, err);
    if (status == 0 && set->open != NULL) {
        made.open = alloc_array(n, sizeof *made.open);
        if (made.open == NULL)
            status = fail_memory(err, "grouping events into traces");
        for (size_t i = 0; status == 0 && i < n; i++)
            made.open[i] = set->open[indexes[i]];
    }
    if (status != 0)
        trace_set_release(&made);
    else
        *out = made;
    return status;
}

/* Appends one trace; where its name is taken, with the first free suffix +1, +2 ... */
static int append_trace(struct trace_set *set, const struct trace_set *more, size_t trace, struct lw_error *err)
{
    struct lw_bytes name = intern_get(&more->names, (uint32_t)trace);
    if (intern_find(&set->names, name.data, name.len) == INTERN_NONE)
        return copy_trace(more, trace, name, set, err);
    char *text = alloc_array(name.len + 24, 1);
    if (text == NULL)
        return fail_memory(err, "naming a trace");
    if (name.len > 0)
        memcpy(text, name.data, name.len);
    size_t len = name.len;
    for (unsigned long suffix = 1;; suffix++) {
        len = name.len + (size_t)snprintf(text + name.len, 24, "+%lu", suffix);
        if (intern_find(&set->names, text, len) == INTERN_NONE)
            break;
    }
    int status = copy_trace(more, trace, (struct lw_bytes){text, len}, set, err);
    free(text);
    return status;
}

static int append_marks(struct trace_set *set, const struct trace_set *more, struct lw_error *err)
{
    uint8_t *open = alloc_zeroed(set->n_traces + more->n_traces, sizeof *open);
    if (open == NULL)
        return fail_memory(err, "grouping events into traces");
    if (set->open != NULL && set->n_traces > 0)
        memcpy(open, set->open, set->n_traces);
    if (more->open != NULL && more->n_traces > 0)
        memcpy(open + set->n_traces, more->open, more->n_traces);
    free(set->open);
    set->open = open;
    return 0;
}

int trace_set_append(struct trace_set *set, const struct trace_set *more, struct lw_error *err)
{
    int status = reserve_traces(set, more->n_traces, err);
    if (status == 0)
        status = reserve_events(set, more->n_events, err);
    if (status == 0 && (set->open != NULL || more->open != NULL))
        status = append_marks(set, more, err);
    for (size_t t = 0; status == 0 && t < more->n_traces; t++)
        status = append_trace(set, more, t, err);
    return status;
}

/* ---- variants ------------------------------------------------------------------------------------------------- */

struct found { /* a variant while it is counted */
    uint64_t hash, count;
    uint32_t example, order;
};

static bool is_same_sequence(const struct trace_set *set, size_t a, size_t b)
{
    size_t len = trace_set_len(set, a);
    return len == trace_set_len(set, b) &&
           (len == 0 ||
            memcmp(set->templates + set->first[a], set->templates + set->first[b], len * sizeof *set->templates) == 0);
}

static int by_count(const void *left, const void *right)
{
    const struct found *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Fills found[] in order of first appearance and of[] with indexes into it; slots holds index + 1. */
static size_t count_variants(const struct trace_set *set, struct found *found, uint32_t *of, uint32_t *slots,
                             size_t n_slots)
{
    size_t n = 0;
    for (size_t t = 0; t < set->n_traces; t++) {
        const void *events = set->n_events > 0 ? set->templates + set->first[t] : NULL;
        uint64_t hash = XXH3_64bits(events, trace_set_len(set, t) * sizeof *set->templates);
        size_t slot = (size_t)hash & (n_slots - 1);
        while (slots[slot] != 0) {
            const struct found *other = &found[slots[slot] - 1];
            if (other->hash == hash && is_same_sequence(set, t, other->example))
                break;
            slot = (slot + 1) & (n_slots - 1);
        }
        if (slots[slot] == 0) {
            found[n] = (struct found){.hash = hash, .example = (uint32_t)t, .order = (uint32_t)n};
            slots[slot] = (uint32_t)++n;
        }
        of[t] = slots[slot] - 1;
        found[of[t]].count++;
    }
    return n;
}

int variants_find(const struct trace_set *set, struct variants *out, struct lw_error *err)
{
    size_t n_slots = 16;
    while (n_slots < 2 * set->n_traces)
        n_slots *= 2;
    struct found *found = alloc_array(set->n_traces, sizeof *found);
    uint32_t *slots = alloc_zeroed(n_slots, sizeof *slots);
    struct variants made = {.of = alloc_array(set->n_traces, sizeof *made.of)};
    bool is_complete = found != NULL && slots != NULL && made.of != NULL;
    if (is_complete) {
        made.n = count_variants(set, found, made.of, slots, n_slots);
        made.counts = alloc_array(made.n, sizeof *made.counts);
        made.example = alloc_array(made.n, sizeof *made.example);
        is_complete = made.counts != NULL && made.example != NULL;
    }
    if (is_complete) {
        qsort(found, made.n, sizeof *found, by_count);
        for (size_t v = 0; v < made.n; v++) {
            made.counts[v] = found[v].count;
            made.example[v] = found[v].example;
            slots[found[v].order] = (uint32_t)v; /* the table is done with; now a map from order to rank */
        }
        for (size_t t = 0; t < set->n_traces; t++)
            made.of[t] = slots[made.of[t]];
    }
    free(found);
    free(slots);
    if (!is_complete) {
        variants_release(&made);
        return fail_memory(err, "finding variants");
    }
    *out = made;
    return 0;
}

void variants_release(struct variants *variants)
{
    free(variants->counts);
    free(variants->example);
    free(variants->of);
    *variants = (struct variants){0};
}
