/* What the traces of a model are called, how long they are and when they start. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "generate/blueprint_parts.h"
#include "generate/marks.h"

static int by_length(const void *a, const void *b)
{
    const struct length_count *x = a, *y = b;
    return (x->length > y->length) - (x->length < y->length);
}

int blueprint_find_lengths(struct blueprint *blueprint, const struct trace_set *real)
{
    struct length_count *lengths = alloc_array(real->n_traces, sizeof *lengths);
    if (lengths == NULL)
        return LW_ERR_MEMORY;
    size_t n = 0;
    for (size_t i = 0; i < real->n_traces; i++)
        lengths[i] = (struct length_count){trace_set_len(real, i), 1};
    qsort(lengths, real->n_traces, sizeof *lengths, by_length);
    for (size_t i = 0; i < real->n_traces; i++) {
        if (n > 0 && lengths[n - 1].length == lengths[i].length)
            lengths[n - 1].count++;
        else
            lengths[n++] = lengths[i];
    }
    blueprint->lengths = lengths;
    blueprint->n_lengths = n;
    blueprint->longest = n > 0 ? lengths[n - 1].length : 0;
    return 0;
}

static int64_t floor_to(int64_t time_us, int64_t step)
{
    int64_t below = time_us % step;
    return time_us - (below < 0 ? below + step : below);
}

/* Width of the windows of a rule that trace_rule_parse has accepted; 0 for other rules. */
static int64_t window_of(const char *rule)
{
    static const struct {
        const char *unit;
        double us;
    } units[] = {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"m", 60e6}, {"h", 3600e6}, {"d", 86400e6}};
    if (strncmp(rule, "window:", 7) != 0)
        return 0;
    char *unit;
    double n = strtod(rule + 7, &unit);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].unit) == 0)
            return (int64_t)(n * units[i].us);
    return 0;
}

struct start {
    int64_t time_us;
    size_t trace;
};

static int by_start(const void *a, const void *b)
{
    const struct start *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us > y->time_us ? 1 : -1;
    return (x->trace > y->trace) - (x->trace < y->trace);
}

/* Starts of real traces, in order; those whose first event has no time take no part. */
static size_t find_starts(const struct trace_set *real, struct start *starts)
{
    size_t n = 0;
    for (size_t i = 0; i < real->n_traces; i++)
        if (trace_set_len(real, i) > 0 && real->times_us[real->first[i]] != LW_NO_TIME)
            starts[n++] = (struct start){real->times_us[real->first[i]], i};
    qsort(starts, n, sizeof *starts, by_start);
    return n;
}

static int find_marks(struct blueprint *blueprint, const struct trace_set *real, const struct start *starts, size_t n)
{
    uint32_t *marks = blueprint->arrival.marks = alloc_array(n, sizeof *marks);
    for (size_t i = 0; i + 1 < n && marks != NULL; i++) {
        size_t t = starts[i + 1].trace;
        marks[i] = mark_of(blueprint->templates, real->templates + real->first[t], trace_set_len(real, t));
    }
    return marks == NULL ? LW_ERR_MEMORY : 0;
}

static void find_windows(struct arrival *arrival, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int64_t window = floor_to(arrival->gaps[i], arrival->window_us);
        arrival->offsets[i] = arrival->gaps[i] - window;
        arrival->gaps[i] = window;
    }
    arrival->n_offsets = n;
}

/* How long the log and its longest trace last. */
static void find_ends(struct arrival *arrival, const struct trace_set *real, int64_t first_us)
{
    for (size_t i = 0; i < real->n_traces; i++) {
        size_t len = trace_set_len(real, i);
        int64_t from = len > 0 ? real->times_us[real->first[i]] : LW_NO_TIME;
        int64_t to = len > 0 ? real->times_us[real->first[i + 1] - 1] : LW_NO_TIME;
        if (from == LW_NO_TIME || to == LW_NO_TIME)
            continue;
        arrival->lasts_us = to - first_us > arrival->lasts_us ? to - first_us : arrival->lasts_us;
        arrival->longest_us = to - from > arrival->longest_us ? to - from : arrival->longest_us;
    }
}

int blueprint_find_arrival(struct blueprint *blueprint, const struct trace_set *real)
{
    struct arrival *arrival = &blueprint->arrival;
    *arrival = (struct arrival){.first_us = LW_NO_TIME,
                                .window_us = window_of(blueprint->rule_text),
                                .lasts_us = LW_NO_TIME,
                                .longest_us = LW_NO_TIME};
    arrival->gaps = alloc_array(real->n_traces, sizeof *arrival->gaps);
    arrival->offsets = alloc_array(arrival->window_us > 0 ? real->n_traces : 0, sizeof *arrival->offsets);
    struct start *starts = alloc_array(real->n_traces, sizeof *starts);
    if (arrival->gaps == NULL || arrival->offsets == NULL || starts == NULL) {
        free(starts);
        return LW_ERR_MEMORY;
    }
    size_t n = find_starts(real, starts);
    int rc = n > 0 ? find_marks(blueprint, real, starts, n) : 0;
    for (size_t i = 0; i < n; i++)
        arrival->gaps[i] = starts[i].time_us;
    free(starts);
    if (n == 0 || rc != 0)
        return rc;
    find_ends(arrival, real, arrival->gaps[0]);
    if (arrival->window_us > 0)
        find_windows(arrival, n);
    /* Windows are named by their time, so new ones have to lie behind the real ones. */
    arrival->first_us = arrival->window_us > 0 ? arrival->gaps[n - 1] + arrival->window_us : arrival->gaps[0];
    for (size_t i = 0; i + 1 < n; i++)
        arrival->gaps[i] = arrival->gaps[i + 1] - arrival->gaps[i];
    arrival->n_gaps = n - 1;
    return 0;
}

#define MAX_NAMES 4096 /* that patterns are made from */

int blueprint_find_names(struct blueprint *blueprint, const struct intern *names, struct disguise *disguise)
{
    size_t n = names->count < MAX_NAMES ? names->count : MAX_NAMES;
    struct lw_bytes *texts = alloc_array(n, sizeof *texts);
    struct arena arena = ARENA_INIT;
    struct buf name = BUF_INIT;
    int rc = texts == NULL ? LW_ERR_MEMORY : 0;
    for (size_t i = 0; i < n && rc == 0; i++) {
        buf_clear(&name);
        rc = disguise_name(disguise, intern_get(names, (uint32_t)(i * names->count / n)), &name);
        const char *copy = rc == 0 ? arena_copy(&arena, name.data == NULL ? "" : name.data, name.len) : NULL;
        texts[i] = (struct lw_bytes){copy, name.len};
        rc = copy == NULL ? LW_ERR_MEMORY : 0;
    }
    if (rc == 0)
        rc = names_init(&blueprint->trace_names, texts, n);
    arena_release(&arena);
    buf_release(&name);
    free(texts);
    return rc;
}
