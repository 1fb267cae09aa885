/* What the Traces pane knows of variants: how often, how long, and whether the machine accepts them. */
#include "ui/kit/text.h"
#include "ui/panes/traces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct trace_stats *trace_stats_retain(struct trace_stats *stats)
{
    if (stats)
        atomic_fetch_add(&stats->refs, 1);
    return stats;
}

void trace_stats_free(struct trace_stats *stats)
{
    if (!stats || atomic_fetch_sub(&stats->refs, 1) > 1)
        return;
    free(stats->lines[0]);
    free(stats->lines[1]);
    free(stats->group_of);
    session_free(stats->session);
    free(stats);
}

struct timing { /* of a trace */
    uint32_t line;
    int64_t takes_us;
};

static int by_line(const void *left, const void *right)
{
    const struct timing *a = left, *b = right;

    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->takes_us < b->takes_us ? -1 : a->takes_us > b->takes_us;
}

int64_t trace_takes_us(const struct lw_trace *trace)
{
    if (trace->n_events == 0 || !trace->times_us || trace->times_us[0] == LW_NO_TIME ||
        trace->times_us[trace->n_events - 1] == LW_NO_TIME)
        return LW_NO_TIME;
    return trace->times_us[trace->n_events - 1] - trace->times_us[0];
}

static void set_quantiles(struct trace_stats *stats, int kind, const struct timing *timings, size_t n)
{
    for (size_t i = 0, end; i < n; i = end) {
        struct trace_line *line = &stats->lines[kind][timings[i].line];

        for (end = i; end < n && timings[end].line == timings[i].line;)
            end++;
        line->least_us = timings[i].takes_us;
        line->median_us = timings[i + (end - i - 1) / 2].takes_us;
        line->p95_us = timings[i + (size_t)ceil(0.95 * (double)(end - i)) - 1].takes_us;
        line->most_us = timings[end - 1].takes_us;
        if (line->most_us > stats->longest_us)
            stats->longest_us = line->most_us;
        while (i < end && timings[i].takes_us <= 0)
            i++;
        if (i < end && (stats->shortest_us == 0 || timings[i].takes_us < stats->shortest_us))
            stats->shortest_us = timings[i].takes_us;
    }
}

/* Counts that come from each trace: times, labels, cuts. */
static int add_traces(struct trace_stats *stats, const struct lw_run *run, struct lw_error *err)
{
    const struct lw_traces *traces = stats->session->traces;
    size_t n = lw_traces_count(traces), n_timed = 0;
    struct timing *timings = malloc((n + 1) * sizeof *timings);

    if (!timings)
        return text_fail(err, LW_ERR_MEMORY, "out of memory for the traces");
    for (size_t i = 0; i < n; i++) {
        int label = stats->session->labels ? lw_labels_get(stats->session->labels, i) : LW_UNLABELLED;
        struct lw_trace trace;

        if ((i % 4096 == 0 && lw_cancel_is_requested(run->cancel)) || lw_traces_get(traces, i, &trace, err) != 0) {
            free(timings);
            return LW_ERR_CANCELLED;
        }
        struct trace_line *lines[2] = {&stats->lines[0][trace.variant],
                                       &stats->lines[1][stats->group_of[trace.variant]]};

        for (int kind = 0; kind < 2; kind++) {
            lines[kind]->n_anomalous += label == LW_ANOMALOUS;
            lines[kind]->n_open += trace.is_open_start || trace.is_open_end;
        }
        stats->has_open = stats->has_open || trace.is_open_start || trace.is_open_end;
        if (trace_takes_us(&trace) != LW_NO_TIME)
            timings[n_timed++] = (struct timing){trace.variant, trace_takes_us(&trace)};
    }
    for (int kind = 0; kind < 2; kind++) {
        for (size_t i = 0; kind == 1 && i < n_timed; i++)
            timings[i].line = stats->group_of[timings[i].line];
        qsort(timings, n_timed, sizeof *timings, by_line);
        set_quantiles(stats, kind, timings, n_timed);
    }
    free(timings);
    return 0;
}

struct bag { /* a variant's events in order of their ids */
    uint64_t hash;
    uint32_t *events;
    size_t n;
    uint32_t variant;
};

static int by_id(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return a < b ? -1 : a > b;
}

static int by_bag(const void *left, const void *right)
{
    const struct bag *a = left, *b = right;
    int order;

    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    order = a->n > 0 ? memcmp(a->events, b->events, a->n * sizeof *a->events) : 0;
    return order != 0 ? order : a->variant < b->variant ? -1 : a->variant > b->variant;
}

static bool is_same_bag(const struct bag *a, const struct bag *b)
{
    return a->hash == b->hash && a->n == b->n &&
           (a->n == 0 || memcmp(a->events, b->events, a->n * sizeof *a->events) == 0);
}

static int make_bag(const struct lw_variant *variant, uint32_t index, struct bag *out)
{
    *out = (struct bag){14695981039346656037u, malloc((variant->n_events + 1) * sizeof(uint32_t)), variant->n_events,
                        index};
    if (!out->events)
        return LW_ERR_MEMORY;
    memcpy(out->events, variant->templates, variant->n_events * sizeof(uint32_t));
    qsort(out->events, out->n, sizeof(uint32_t), by_id);
    for (size_t i = 0; i < out->n; i++)
        out->hash = (out->hash ^ out->events[i]) * 1099511628211u; /* FNV-1a, by words */
    return 0;
}

static int by_group_count(const void *left, const void *right)
{
    const struct trace_line *a = left, *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->variant < b->variant ? -1 : a->variant > b->variant;
}

static void join_lines(struct trace_line *into, const struct trace_line *line)
{
    double high = fmax(into->log2_probability, line->log2_probability);
    double low = fmin(into->log2_probability, line->log2_probability);

    into->n_variants++;
    into->count += line->count;
    into->log2_probability = high + log2(1 + exp2(low - high));
    if (into->is_accepted && !line->is_accepted) {
        into->is_accepted = false;
        into->left_at = line->left_at;
        into->left_state = line->left_state;
        into->left_variant = line->left_variant;
    }
}

/* Variants of the same events together, most frequent first. */
static int make_groups(struct trace_stats *stats, struct lw_error *err)
{
    size_t n = stats->n[0], n_made = 0;
    struct bag *bags = calloc(n + 1, sizeof *bags);
    int rc = 0;

    stats->lines[1] = calloc(n + 1, sizeof *stats->lines[1]);
    stats->group_of = malloc((n + 1) * sizeof *stats->group_of);
    if (!bags || !stats->lines[1] || !stats->group_of)
        rc = LW_ERR_MEMORY;
    for (; rc == 0 && n_made < n; n_made++) {
        struct lw_variant variant;

        rc = lw_traces_variant(stats->session->traces, n_made, &variant, err);
        if (rc == 0)
            rc = make_bag(&variant, (uint32_t)n_made, &bags[n_made]);
        if (rc != 0)
            break;
    }
    if (rc == 0) {
        qsort(bags, n, sizeof *bags, by_bag);
        for (size_t i = 0; i < n; i++) { /* variants are ordered by count, so the first of a bag is the most frequent */
            if (i > 0 && is_same_bag(&bags[i - 1], &bags[i]))
                join_lines(&stats->lines[1][stats->n[1] - 1], &stats->lines[0][bags[i].variant]);
            else
                stats->lines[1][stats->n[1]++] = stats->lines[0][bags[i].variant];
            stats->group_of[bags[i].variant] = stats->lines[1][stats->n[1] - 1].variant; /* until they are ordered */
        }
        qsort(stats->lines[1], stats->n[1], sizeof *stats->lines[1], by_group_count);
    }
    for (size_t i = 0; bags && i < n; i++)
        free(bags[i].events);
    free(bags);
    return rc == 0 ? 0 : text_fail(err, LW_ERR_MEMORY, "out of memory for the traces");
}

/* From the first variant of each group to the group's place. */
static int place_groups(struct trace_stats *stats, struct lw_error *err)
{
    uint32_t *place = malloc((stats->n[0] + 1) * sizeof *place);

    if (!place)
        return text_fail(err, LW_ERR_MEMORY, "out of memory for the traces");
    for (size_t g = 0; g < stats->n[1]; g++)
        place[stats->lines[1][g].variant] = (uint32_t)g;
    for (size_t v = 0; v < stats->n[0]; v++)
        stats->group_of[v] = place[stats->group_of[v]];
    free(place);
    return 0;
}

static int judge_variant(const struct lw_machine *machine, const struct lw_variant *variant, struct trace_line *line)
{
    uint32_t *states;

    line->is_accepted = lw_machine_accepts(machine, variant->templates, variant->n_events, &line->left_at);
    line->log2_probability = lw_machine_log2_probability(machine, variant->templates, variant->n_events);
    if (line->is_accepted)
        return 0;
    states = malloc((line->left_at + 1) * sizeof *states);
    if (!states)
        return LW_ERR_MEMORY;
    lw_machine_walk(machine, variant->templates, line->left_at, states);
    line->left_state = states[line->left_at];
    free(states);
    return 0;
}

int trace_stats_new(struct session *session, const struct lw_run *run, struct trace_stats **out, struct lw_error *err)
{
    struct trace_stats *stats = calloc(1, sizeof *stats);
    const struct lw_machine *machine = lw_workspace_machine(session->workspace);
    size_t n = lw_traces_variant_count(session->traces);
    int rc = 0;

    if (!stats || !(stats->lines[0] = calloc(n + 1, sizeof *stats->lines[0]))) {
        free(stats);
        return text_fail(err, LW_ERR_MEMORY, "out of memory for the traces");
    }
    atomic_init(&stats->refs, 1);
    stats->session = session_retain(session);
    stats->n[0] = n;
    stats->has_labels = session->labels != NULL;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct trace_line *line = &stats->lines[0][i];
        struct lw_variant variant;

        if (i % 256 == 0) {
            run->progress(run->user, "judging traces", i, n);
            rc = lw_cancel_is_requested(run->cancel) ? LW_ERR_CANCELLED : 0;
        }
        if (rc == 0)
            rc = lw_traces_variant(session->traces, i, &variant, err);
        if (rc != 0)
            break;
        *line = (struct trace_line){.variant = (uint32_t)i,
                                    .left_variant = (uint32_t)i,
                                    .n_variants = 1,
                                    .count = variant.count,
                                    .n_events = variant.n_events,
                                    .least_us = LW_NO_TIME,
                                    .median_us = LW_NO_TIME,
                                    .p95_us = LW_NO_TIME,
                                    .most_us = LW_NO_TIME};
        if (judge_variant(machine, &variant, line) != 0)
            rc = text_fail(err, LW_ERR_MEMORY, "out of memory for the traces");
    }
    if (rc == 0)
        rc = make_groups(stats, err);
    if (rc == 0)
        rc = place_groups(stats, err);
    if (rc == 0)
        rc = add_traces(stats, run, err);
    if (rc != 0)
        trace_stats_free(stats);
    else
        *out = stats;
    return rc;
}
