/*
 * Of a transition's delays in order, those that are one number more than a stretch would hold stay that number; what is
 * left is cut into groups of as many each. A group goes from halfway to the one before it to halfway to the one behind
 * it; the outermost reach as far out as in, but none beyond the machine's bin of the longest. Families of distributions
 * (learn/delay_fit.h) were rejected: delays of a step are often mixtures (a cache that is hit or missed), which no one
 * family fits.
 */
#include "generate/delays.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "learn/delay_times.h"

#define MOST      64 /* stretches of a transition that are no single number */
#define DELAY_MAX 4e15

/* How many stand for n delays in a stretch. */
static size_t group_size(size_t n)
{
    size_t size = (n + MOST - 1) / MOST;
    return size > DELAYS_LEAST ? size : DELAYS_LEAST;
}

struct cutting {
    const int64_t *delays; /* [n] rising */
    size_t n, size;
    struct stretch *out;
    size_t n_out;
};

/* Delays from i on that are one number. */
static size_t same_from(const struct cutting *cutting, size_t i)
{
    size_t end = i + 1;
    while (end < cutting->n && cutting->delays[end] == cutting->delays[i])
        end++;
    return end - i;
}

/* End of the group that starts at i: a number that is a stretch of its own ends it. */
static size_t group_end(const struct cutting *cutting, size_t i)
{
    size_t end = i, run = same_from(cutting, i);
    if (run >= cutting->size)
        return i + run;
    while (end < cutting->n && end - i < cutting->size) {
        run = same_from(cutting, end);
        if (run >= cutting->size)
            break;
        end += run;
    }
    return end;
}

static double mean_of(const int64_t *delays, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)delays[i];
    return sum / (double)n;
}

/* The end of the machine's bin that a delay is in, which says no more of it than the machine does. */
static double bin_end(int64_t delay_us)
{
    int64_t from_us, to_us;
    machine_delay_range(machine_delay_bin(delay_us), &from_us, &to_us);
    return (double)to_us;
}

static void cut(struct cutting *cutting)
{
    for (size_t i = 0, end; i < cutting->n; i = end) {
        const int64_t *own = cutting->delays + i;
        end = group_end(cutting, i);
        double mean = mean_of(own, end - i), below = NAN, above = NAN;
        if (i > 0)
            below = mean - ((double)own[0] + (double)own[-1]) / 2;
        if (end < cutting->n)
            above = ((double)cutting->delays[end] + (double)cutting->delays[end - 1]) / 2 - mean;
        if (own[0] == cutting->delays[end - 1])
            below = above = 0;
        else if (isnan(below) && isnan(above))
            below = above = 2 * (mean - mean_of(own, (end - i + 1) / 2));
        below = isnan(below) ? above : below;
        above = isnan(above) ? below : above;
        double to = fmin(mean + above, fmax(mean, bin_end(cutting->delays[cutting->n - 1])));
        cutting->out[cutting->n_out++] = (struct stretch){fmax(0, mean - below), to, (double)end};
    }
}

int delays_find(struct delays *delays, const struct machine *machine, const struct trace_set *traces,
                struct arena *arena, struct lw_error *err)
{
    struct delay_times times;
    *delays = (struct delays){.step_us = 1};
    int rc = delay_times_init(&times, machine, traces, err);
    if (rc != 0)
        return rc;
    size_t n = machine->n_edges, *first = arena_take(arena, (n + 1) * sizeof *first), most = 0;
    for (size_t e = 0; e < n; e++)
        most += (times.first[e + 1] - times.first[e]) / DELAYS_LEAST + 1;
    struct stretch *stretches = alloc_array(most, sizeof *stretches), *kept = NULL;
    struct cutting cutting = {.out = stretches};
    for (size_t e = 0; e < n && first != NULL && stretches != NULL; e++) {
        cutting.delays = times.delays_us + times.first[e];
        cutting.n = times.first[e + 1] - times.first[e];
        cutting.size = group_size(cutting.n);
        first[e] = cutting.n_out;
        if (cutting.n >= DELAYS_LEAST)
            cut(&cutting);
    }
    if (first != NULL && stretches != NULL) {
        first[n] = cutting.n_out;
        kept = arena_take(arena, cutting.n_out * sizeof *kept);
    }
    for (size_t i = 0; kept != NULL && i < cutting.n_out; i++)
        kept[i] = stretches[i];
    if (kept != NULL)
        *delays = (struct delays){first, kept, times.resolution_us};
    free(stretches);
    delay_times_release(&times);
    return kept != NULL ? 0 : fail_memory(err, "preparing to generate");
}

int64_t delays_draw(const struct delays *delays, size_t edge, double factor, struct rng *rng)
{
    size_t first = delays->first[edge], low = first, n = delays->first[edge + 1] - first;
    if (n == 0)
        return -1;
    double at = rng_uniform(rng) * delays->stretches[first + n - 1].upto;
    while (n > 1) { /* as order_share does, so that nothing is guessed wrong */
        size_t half = n / 2;
        low += (size_t)(delays->stretches[low + half - 1].upto <= at) * half;
        n -= half;
    }
    const struct stretch *stretch = &delays->stretches[low];
    double before = low > first ? stretch[-1].upto : 0, where = (at - before) / (stretch->upto - before);
    double delay = (stretch->from_us + where * (stretch->to_us - stretch->from_us)) * factor;
    double step = (double)delays->step_us;
    delay = rint(delay / step) * step;
    return delay < DELAY_MAX ? (int64_t)delay : (int64_t)DELAY_MAX;
}
