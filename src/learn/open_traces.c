/*
 * A trace is open at its start when two things come together. It begins so near the beginning of the log that an event
 * before it may well have been missed: no farther from it than its first event commonly stands behind the one before
 * it. And traces do not begin so: its first event is at least ODDS times as frequent inside traces as at the start of
 * those that begin farther from the beginning than that. The same, backwards, for the end. So windows of time, whose
 * traces begin with anything, have no open ends, and neither have short logs, which do not tell how traces begin.
 *
 * Rejected: a stretch as long as traces last, which in logs with a few traces of days makes all of the log suspect.
 */
#include "learn/open_traces.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define N_BINS 64   /* of spans of time: bin b holds those below 2^b microseconds */
#define COMMON 0.99 /* share of the gaps that a common one is not longer than */
#define ODDS   10.0
#define NEVER  N_BINS

struct place {             /* of a template, at one side */
    uint32_t gaps[N_BINS]; /* to the neighbour on that side */
    uint32_t n_inner;      /* events with a neighbour on that side */
    uint32_t n_outer;      /* traces that begin (end) with it, farther from the edge than that */
    unsigned common;       /* bin of a common gap; NEVER if no gap is known */
};
struct side {
    struct place *places; /* [n_templates] */
    uint64_t n_inner;
    uint64_t n_far[N_BINS]; /* traces that begin (end) farther from the edge than this bin */
    int64_t edge_us;        /* where the log begins or ends */
    bool is_end;
};

static unsigned bin_of(int64_t a_us, int64_t b_us)
{
    uint64_t us = a_us < b_us ? (uint64_t)b_us - (uint64_t)a_us : (uint64_t)a_us - (uint64_t)b_us;
    unsigned bin = 0;

    for (; us > 0 && bin < N_BINS - 1; us >>= 1)
        bin++;
    return bin;
}

static void count_inner(struct side *side, const struct trace_set *set)
{
    for (size_t t = 0; t < set->n_traces; t++)
        for (size_t i = set->first[t] + 1; i < set->first[t + 1]; i++) {
            size_t at = side->is_end ? i - 1 : i;
            struct place *place = &side->places[set->templates[at]];

            if (set->templates[at] == LW_TEMPLATE_UNKNOWN)
                continue;
            place->n_inner++;
            side->n_inner++;
            if (set->times_us[i] != LW_NO_TIME && set->times_us[i - 1] != LW_NO_TIME)
                place->gaps[bin_of(set->times_us[i - 1], set->times_us[i])]++;
        }
}

static void find_common(struct place *place)
{
    uint64_t total = 0, sum = place->gaps[0];

    for (unsigned bin = 0; bin < N_BINS; bin++)
        total += place->gaps[bin];
    place->common = total == 0 ? NEVER : 0;
    while (total > 0 && (double)sum < COMMON * (double)total)
        sum += place->gaps[++place->common];
}

/* Template and distance, as a bin, of the outermost event; NULL where it cannot tell. */
static struct place *find_outermost(const struct side *side, const struct trace_set *set, size_t trace, unsigned *bin)
{
    size_t at = side->is_end ? set->first[trace + 1] - 1 : set->first[trace];

    if (trace_set_len(set, trace) == 0 || set->templates[at] == LW_TEMPLATE_UNKNOWN || set->times_us[at] == LW_NO_TIME)
        return NULL;
    *bin = bin_of(set->times_us[at], side->edge_us);
    return &side->places[set->templates[at]];
}

static void count_outer(struct side *side, const struct trace_set *set)
{
    for (size_t t = 0; t < set->n_traces; t++) {
        unsigned bin;
        struct place *place = find_outermost(side, set, t, &bin);

        if (place == NULL)
            continue;
        place->n_outer += bin > place->common;
        while (bin > 0)
            side->n_far[--bin]++;
    }
}

static bool is_cut(const struct side *side, const struct place *place, unsigned bin)
{
    double inside, outside;

    if (place->common == NEVER || bin > place->common)
        return false;
    inside = (double)place->n_inner / (double)side->n_inner;
    outside = ((double)place->n_outer + .5) / ((double)side->n_far[place->common] + 1);
    return inside > ODDS * outside;
}

static int mark(struct side *side, struct trace_set *set, size_t n_templates)
{
    count_inner(side, set);
    for (size_t i = 0; i < n_templates; i++)
        find_common(&side->places[i]);
    count_outer(side, set);
    for (size_t t = 0; t < set->n_traces; t++) {
        unsigned bin;
        const struct place *place = find_outermost(side, set, t, &bin);

        if (place == NULL || !is_cut(side, place, bin))
            continue;
        if (set->open == NULL)
            set->open = alloc_zeroed(set->n_traces, sizeof *set->open);
        if (set->open == NULL)
            return LW_ERR_MEMORY;
        set->open[t] |= side->is_end ? TRACE_OPEN_END : TRACE_OPEN_START;
    }
    return 0;
}

int open_traces_mark(struct trace_set *set, struct lw_error *err)
{
    struct side sides[2] = {{.edge_us = INT64_MAX}, {.edge_us = INT64_MIN, .is_end = true}};
    size_t n_templates = 1;
    int code = 0;

    free(set->open);
    set->open = NULL;
    for (size_t i = 0; i < set->n_events; i++) {
        int64_t time_us = set->times_us[i];

        if (set->templates[i] >= n_templates)
            n_templates = (size_t)set->templates[i] + 1;
        if (time_us == LW_NO_TIME)
            continue;
        sides[0].edge_us = time_us < sides[0].edge_us ? time_us : sides[0].edge_us;
        sides[1].edge_us = time_us > sides[1].edge_us ? time_us : sides[1].edge_us;
    }
    if (sides[0].edge_us >= sides[1].edge_us) /* nothing is timed, or all at once */
        return 0;
    for (size_t i = 0; i < 2 && code == 0; i++) {
        sides[i].places = alloc_zeroed(n_templates, sizeof *sides[i].places);
        code = sides[i].places == NULL ? LW_ERR_MEMORY : mark(&sides[i], set, n_templates);
        free(sides[i].places);
    }
    return code == 0 ? 0 : fail_memory(err, "looking for traces that are cut off");
}
