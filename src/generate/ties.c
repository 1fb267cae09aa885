/*
 * A moment is all that has one time. The traces in it run a race (the model of Plackett and Luce, Luce 1959): who comes
 * first is drawn by strength, then who of the others does. Strengths are those under which the pairs of the log are
 * most likely (Bradley and Terry 1952; by Hunter's iteration, 2004), each having won and lost once against a strength
 * of 1 besides, so that what was seen little stays near it. Keeping a table of pairs was rejected: its odds need not
 * agree with any order.
 */
#include "generate/ties.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "generate/purpose.h"

#define MOST_HEADS 256 /* templates that are told apart */
#define MOST_PARTS 64  /* traces of a moment that are looked at */
#define SWEEPS     200
#define TOGETHER   .9 /* of the steps of a trace within a moment, those with nothing between, for it to stay together */

struct event {
    int64_t time_us;
    uint64_t record;
    uint32_t trace, template_id;
};
struct learning {
    struct event *events; /* [n] */
    size_t n;
    uint32_t *index; /* [n_ids] of a template among the heads, UINT32_MAX: it is none */
    double *seen;    /* [n_ids] shared moments that it begins a part of */
    uint32_t n_ids, n_heads;
    double *wins;        /* [n_heads * n_heads] times that one came before the other */
    double apart, steps; /* within moments and traces: steps with something between; all */
};

static int by_record(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->time_us != y->time_us)
        return x->time_us > y->time_us ? 1 : -1;
    return (x->record > y->record) - (x->record < y->record);
}

/* Timed events in order; none where their place in the log is not known. */
static int list_events(const struct trace_set *traces, struct learning *learning)
{
    learning->events = alloc_array(traces->n_events, sizeof *learning->events);
    if (learning->events == NULL)
        return LW_ERR_MEMORY;
    for (uint32_t t = 0; t < traces->n_traces; t++)
        for (size_t i = traces->first[t]; i < traces->first[t + 1]; i++) {
            if (traces->records[i] == LW_NO_RECORD) {
                learning->n = 0;
                return 0;
            }
            if (traces->times_us[i] != LW_NO_TIME && traces->templates[i] < learning->n_ids)
                learning->events[learning->n++] =
                    (struct event){traces->times_us[i], traces->records[i], t, traces->templates[i]};
        }
    if (learning->n > 0)
        qsort(learning->events, learning->n, sizeof *learning->events, by_record);
    return 0;
}

static int64_t find_tick(const struct learning *learning)
{
    static const int64_t ticks[] = {60000000, 1000000, 100000, 10000, 1000, 100, 10};
    for (size_t k = 0; k < sizeof ticks / sizeof *ticks; k++) {
        size_t i = 0;
        while (i < learning->n && learning->events[i].time_us % ticks[k] == 0)
            i++;
        if (i == learning->n)
            return ticks[k];
    }
    return 1;
}

/* The first event of each trace in a moment, in order. */
static size_t find_parts(const struct event *events, size_t n, size_t parts[MOST_PARTS])
{
    size_t n_parts = 0;
    for (size_t i = 0; i < n && n_parts < MOST_PARTS; i++) {
        size_t k = n_parts;
        while (k > 0 && events[parts[k - 1]].trace != events[i].trace)
            k--;
        if (k == 0)
            parts[n_parts++] = i;
    }
    return n_parts;
}

/* How often events of a trace that follow each other in a moment have others between them. */
static void count_steps(const struct event *events, size_t n, const size_t *parts, size_t n_parts,
                        struct learning *learning)
{
    for (size_t p = 0; p < n_parts; p++) {
        size_t last = parts[p];
        for (size_t i = last + 1; i < n; i++)
            if (events[i].trace == events[last].trace) {
                learning->steps++;
                learning->apart += i > last + 1;
                last = i;
            }
    }
}

static void count_wins(const struct event *events, const size_t *parts, size_t n_parts, struct learning *learning)
{
    for (size_t i = 0; i < n_parts; i++) {
        uint32_t first = learning->index[events[parts[i]].template_id];
        for (size_t k = i + 1; k < n_parts && first != UINT32_MAX; k++) {
            uint32_t other = learning->index[events[parts[k]].template_id];
            if (other != UINT32_MAX)
                learning->wins[first * learning->n_heads + other]++;
        }
    }
}

/* Goes over the moments that traces share, first to see what there is, then to count. */
static void look(struct learning *learning)
{
    size_t parts[MOST_PARTS];
    for (size_t i = 0, end = 0; i < learning->n; i = end) {
        const struct event *events = learning->events + i;
        while (end < learning->n && learning->events[end].time_us == events->time_us)
            end++;
        size_t n = end - i < 16 * MOST_PARTS ? end - i : 16 * MOST_PARTS;
        size_t n_parts = n > 1 ? find_parts(events, n, parts) : 0;
        if (n_parts < 2)
            continue;
        if (learning->wins != NULL) {
            count_wins(events, parts, n_parts, learning);
            continue;
        }
        count_steps(events, n, parts, n_parts, learning);
        for (size_t p = 0; p < n_parts; p++)
            learning->seen[events[parts[p]].template_id]++;
    }
}

static int by_falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* Numbers the heads: those seen most, and often enough. */
static int choose_heads(struct learning *learning, double least)
{
    double *sorted = alloc_array(learning->n_ids, sizeof *sorted);
    if (sorted == NULL)
        return LW_ERR_MEMORY;
    for (uint32_t id = 0; id < learning->n_ids; id++)
        sorted[id] = learning->seen[id];
    qsort(sorted, learning->n_ids, sizeof *sorted, by_falling);
    if (learning->n_ids > MOST_HEADS)
        least = fmax(least, sorted[MOST_HEADS] + 1);
    free(sorted);
    for (uint32_t id = 0; id < learning->n_ids; id++)
        learning->index[id] = learning->seen[id] >= least ? learning->n_heads++ : UINT32_MAX;
    return 0;
}

static void fit(const struct learning *learning, double *strengths)
{
    size_t n = learning->n_heads;
    for (size_t i = 0; i < n; i++)
        strengths[i] = 1;
    for (int sweep = 0; sweep < SWEEPS; sweep++)
        for (size_t i = 0; i < n; i++) {
            double won = 1, races = 2 / (strengths[i] + 1);
            for (size_t k = 0; k < n; k++) {
                double both = learning->wins[i * n + k] + learning->wins[k * n + i];
                if (k == i || both == 0)
                    continue;
                won += learning->wins[i * n + k];
                races += both / (strengths[i] + strengths[k]);
            }
            strengths[i] = won / races;
        }
}

static int learn(struct learning *learning, double least, struct arena *arena, struct ties *out)
{
    look(learning);
    if (learning->apart > (1 - TOGETHER) * learning->steps)
        return 0;
    int rc = choose_heads(learning, fmax(least, 1));
    if (rc != 0 || learning->n_heads < 2)
        return rc;
    double *strengths = alloc_array(learning->n_heads, sizeof *strengths);
    learning->wins = alloc_zeroed((size_t)learning->n_heads * learning->n_heads, sizeof *learning->wins);
    double *kept = arena_take(arena, learning->n_ids * sizeof *kept);
    if (strengths != NULL && learning->wins != NULL && kept != NULL) {
        look(learning);
        fit(learning, strengths);
        for (uint32_t id = 0; id < learning->n_ids; id++)
            kept[id] = learning->index[id] == UINT32_MAX ? 1 : strengths[learning->index[id]];
        *out = (struct ties){find_tick(learning), kept, learning->n_ids};
    } else {
        rc = LW_ERR_MEMORY;
    }
    free(strengths);
    return rc;
}

int ties_find(const struct trace_set *traces, const struct templates *templates, double least, struct arena *arena,
              struct ties *out)
{
    struct learning learning = {.n = 0};
    *out = (struct ties){1, NULL, 0};
    for (size_t i = 0; i < templates->n; i++)
        learning.n_ids = templates->items[i].id >= learning.n_ids ? templates->items[i].id + 1 : learning.n_ids;
    learning.index = alloc_array(learning.n_ids, sizeof *learning.index);
    learning.seen = alloc_zeroed(learning.n_ids, sizeof *learning.seen);
    int rc = learning.index == NULL || learning.seen == NULL ? LW_ERR_MEMORY : list_events(traces, &learning);
    if (rc == 0 && learning.n > 0)
        rc = learn(&learning, least, arena, out);
    free(learning.events);
    free(learning.index);
    free(learning.seen);
    free(learning.wins);
    return rc;
}

/* ---- drawing ------------------------------------------------------------------------------------------------------
 */

int64_t ties_moment(const struct ties *ties, int64_t time_us)
{
    if (ties->tick_us <= 1 || time_us == LW_NO_TIME)
        return time_us;
    int64_t since_us = time_us % ties->tick_us;
    return time_us - since_us - (since_us < 0 ? ties->tick_us : 0);
}

static int by_trace(const void *a, const void *b)
{
    const struct tied *x = a, *y = b;
    if (x->trace != y->trace)
        return x->trace > y->trace ? 1 : -1;
    return (x->event > y->event) - (x->event < y->event);
}

static int by_key(const void *a, const void *b)
{
    const struct tied *x = a, *y = b;
    return x->key != y->key ? (x->key > y->key ? 1 : -1) : by_trace(a, b);
}

void ties_order(const struct ties *ties, uint64_t seed, uint64_t first_event, struct tied *events, size_t n)
{
    qsort(events, n, sizeof *events, by_trace);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && events[i].trace == events[i - 1].trace) {
            events[i].key = events[i - 1].key;
            continue;
        }
        struct rng rng;
        rng_init(&rng, seed, PURPOSE_TIE, first_event + events[i].event);
        double strength = events[i].template_id < ties->n ? ties->strengths[events[i].template_id] : 1;
        events[i].key = -log(1 - rng_uniform(&rng)) / strength;
    }
    qsort(events, n, sizeof *events, by_key);
}
