/*
 * A walk from start to end spends one uniform number: the step out of a node is found by where the number stands among
 * the shares, and what is left of the number within the step's share, widened to [0, 1) again, decides the next. Traces
 * are strung along [0, 1) that way, like words in a dictionary, and taking numbers as far apart from one another as
 * there are traces to draw (systematic sampling, Madow and Madow 1944; in random order, so that a trace does not tell
 * the next) makes each beginning as frequent as it is probable, to within a trace: one that is expected once does come.
 * Independent numbers, which were rejected, would miss it more often than one time in three. When a number is used up,
 * a fresh one takes its place.
 *
 * Bent odds can make a loop hard to leave. A walk that is twice as long as the longest trace seen takes the shortest
 * way to the end; where a target has to be met, one that is longer than next to any of the bent machine, since cutting
 * walks takes from what is in loops, so that less than what was asked for would be drawn.
 */
#include "generate/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/order.h"
#include "generate/method.h"
#include "generate/profiles.h"
#include "generate/purpose.h"

#define MAX_HALF  13 /* bits of a half: most strata are 4 to the power of it */
#define ROUNDS    8
#define WIDTH_MIN 0x1p-36 /* below it too few bits of a number are left */
#define DELAY_MAX 4e15
#define CUT       .2 /* most that a trace which would last longer than any falls short of it */

/* A random order of the strata for each block of as many traces, by a Feistel network (Luby and Rackoff 1988), which is
 * gone through again while it leads out of them. */
static uint32_t stratum(const struct sampler *sampler, uint64_t index)
{
    struct rng rng;
    unsigned half = 1;
    uint32_t keys[ROUNDS], n = sampler->n_strata, at = (uint32_t)(index % n);
    while (half < MAX_HALF && (UINT32_C(1) << 2 * half) < n)
        half++;
    rng_init(&rng, (uint64_t)sampler->seed, PURPOSE_STRATUM, index / n);
    for (int i = 0; i < ROUNDS; i++)
        keys[i] = rng_u32(&rng);
    do {
        uint32_t left = at >> half, right = at & ((UINT32_C(1) << half) - 1);
        for (int i = 0; i < ROUNDS; i++) {
            uint32_t mixed = (right * UINT32_C(0x9e3779b1) ^ keys[i]) * UINT32_C(0x85ebca6b);
            uint32_t next = left ^ (mixed >> (32 - half));
            left = right;
            right = next;
        }
        at = left << half | right;
    } while (at >= n);
    return at;
}

struct walk_place walk_place(const struct sampler *sampler, uint64_t index)
{
    struct rng rng;
    rng_init(&rng, (uint64_t)sampler->seed, PURPOSE_STRATUM, UINT64_MAX - index / sampler->n_strata);
    return (struct walk_place){((double)stratum(sampler, index) + rng_uniform(&rng)) / sampler->n_strata, 1,
                               1. / sampler->n_strata};
}

size_t walk_choose(struct walk_place *place, const double *cumulative, size_t n, struct rng *rng)
{
    size_t low = order_share(cumulative, n, place->at);
    double from = low > 0 ? cumulative[low - 1] : 0, share = cumulative[low] - from;
    if (share <= 0) /* rounding led to one that is never taken */
        return low > 0 ? low - 1 : low;
    double at = (place->at - from) / share;
    place->at = at < 1 ? at : 1 - 0x1p-53;
    place->width *= share;
    if (place->width < (place->least > WIDTH_MIN ? place->least : WIDTH_MIN))
        *place = (struct walk_place){rng_uniform(rng), 1, 0};
    return low;
}

double *walk_accumulate(const struct ways *ways, const double *p)
{
    double *cumulative = alloc_array(ways->n_steps, sizeof *cumulative);
    for (size_t node = 0; node < ways->n_nodes && cumulative != NULL; node++) {
        double sum = 0;
        for (size_t i = ways->first[node]; i < ways->first[node + 1]; i++)
            cumulative[i] = sum += p[i];
    }
    return cumulative;
}

/* A delay out of an edge's histogram, in microseconds; 0 if it was never timed. */
static int64_t draw_delay(const struct machine_edge *edge, double factor, struct rng *rng)
{
    if (edge->timed == 0 || edge->delays == NULL)
        return 0;
    uint64_t at = rng_below(rng, edge->timed);
    unsigned bin = 0;
    while (bin + 1 < MACHINE_DELAY_BINS && at >= edge->delays[bin])
        at -= edge->delays[bin++];
    double where = rng_uniform(rng);
    if (bin == 0)
        return 0;
    int64_t from, to;
    machine_delay_range(bin, &from, &to);
    double delay = exp(log((double)from) + where * (log((double)to) - log((double)from))) * factor;
    return (int64_t)fmin(delay, DELAY_MAX);
}

static int64_t delay_of(const struct sampler *sampler, const struct machine_edge *edge, struct rng *rng)
{
    const struct blueprint *blueprint = sampler->blueprint;
    double factor = sampler->delay_factors[edge->template_id];
    bool is_fine = blueprint->delays.first != NULL && sampler->tilt.ways.machine == blueprint->machine;
    int64_t delay = is_fine && edge->timed > 0
                        ? delays_draw(&blueprint->delays, (size_t)(edge - blueprint->machine->edges), factor, rng)
                        : -1;
    return delay >= 0 ? delay : draw_delay(edge, factor, rng);
}

int walk_add(const struct sampler *sampler, const struct machine_edge *edge, struct rng *rng, struct course *course)
{
    int64_t delay = delay_of(sampler, edge, rng);
    return course_add(course, course->n, edge->template_id, course->n > 0 ? course_lasts_us(course) + delay : 0);
}

/* Delays are drawn each for itself, and may add up to more than any trace took: then the longest are cut. */
static void cut_delays(int64_t longest_us, struct rng *rng, struct course *course)
{
    int64_t over = course->n > 0 ? course_lasts_us(course) - longest_us : 0, *delays = course->times_us;
    if (over <= 0)
        return;
    over += (int64_t)(rng_uniform(rng) * CUT * (double)longest_us);
    for (size_t i = course->n - 1; i > 0; i--)
        delays[i] -= delays[i - 1];
    while (over > 0) {
        size_t at = 0;
        int64_t most = 0;
        for (size_t i = 1; i < course->n; i++)
            if (delays[i] > most) {
                most = delays[i];
                at = i;
            }
        if (most == 0)
            break;
        int64_t cut = most / 2 < over ? (most + 1) / 2 : over;
        delays[at] -= cut;
        over -= cut;
    }
    for (size_t i = 1; i < course->n; i++)
        delays[i] += delays[i - 1];
}

/* Walks on from a node to the end. Until draw_times, the time of an event is the step that led to it. */
static int walk_on(const struct sampler *sampler, uint32_t node, size_t passed, struct walk_place *place,
                   struct rng *rng, struct course *course)
{
    const struct ways *ways = &sampler->tilt.ways;
    const struct through *through = sampler->through;
    size_t most = sampler->tilt.targets.n > 0 ? sampler->tilt.most : 2 * sampler->blueprint->longest;
    while (node != WAYS_END) {
        size_t first = ways->first[node], step = ways->way_out[node];
        const double *cumulative = sampler->cumulative;
        if (through != NULL) {
            step = through->way_out[passed * ways->n_nodes + node];
            cumulative = through->cumulative + passed * ways->n_steps;
        }
        if (course->n < most)
            step = first + walk_choose(place, cumulative + first, ways->first[node + 1] - first, rng);
        int rc = ways->steps[step].to == WAYS_END
                     ? 0
                     : course_add(course, course->n, ways_template(ways, &ways->steps[step]), (int64_t)step);
        if (rc != 0)
            return rc;
        if (through != NULL)
            passed += through_passes(through, passed, &ways->steps[step]);
        node = ways->steps[step].to;
    }
    return 0;
}

/* When the events from `from` on are. */
static void draw_times(const struct sampler *sampler, size_t from, struct rng *rng, struct course *course)
{
    const struct ways *ways = &sampler->tilt.ways;
    int64_t time_us = from > 0 ? course->times_us[from - 1] : 0;
    for (size_t i = from; i < course->n; i++) {
        int64_t delay = delay_of(sampler, &ways->machine->edges[ways->steps[course->times_us[i]].edge], rng);
        course->times_us[i] = time_us += i > 0 ? delay : 0;
    }
    if (sampler->longest_us != LW_NO_TIME)
        cut_delays(sampler->longest_us, rng, course);
}

int walk_again(const struct sampler *sampler, size_t keep, struct rng *rng, struct course *course)
{
    struct walk_place place = {rng_uniform(rng), 1, 0};
    uint32_t node = keep > 0 ? sampler->tilt.ways.steps[course->times_us[keep - 1]].to : WAYS_START;
    course->n = keep;
    return walk_on(sampler, node, 0, &place, rng, course);
}

int walk_draw(const struct sampler *sampler, uint64_t index, struct rng *rng, struct course *course)
{
    struct walk_place place = walk_place(sampler, index);
    int rc = walk_on(sampler, WAYS_START, 0, &place, rng, course);
    if (rc == 0 && sampler->profiles != NULL)
        rc = profiles_fit(sampler, rng, course);
    if (rc == 0)
        draw_times(sampler, 0, rng, course);
    return rc;
}

int sampler_resume(const struct sampler *sampler, size_t keep, struct rng *rng, struct course *course, bool *is_done)
{
    const struct ways *ways = &sampler->tilt.ways;
    struct walk_place place = {rng_uniform(rng), 1, 0};
    uint32_t node = WAYS_START;
    size_t passed = 0;
    *is_done = false;
    if (sampler->method->draw != walk_draw)
        return 0;
    for (size_t i = 0; i < keep; i++) {
        size_t step = ways->first[node];
        while (step < ways->first[node + 1] &&
               (ways->steps[step].to == WAYS_END || ways_template(ways, &ways->steps[step]) != course->templates[i]))
            step++;
        if (step == ways->first[node + 1])
            return 0;
        if (sampler->through != NULL)
            passed += through_passes(sampler->through, passed, &ways->steps[step]);
        node = ways->steps[step].to;
    }
    *is_done = true;
    course->n = keep;
    int rc = walk_on(sampler, node, passed, &place, rng, course);
    if (rc == 0)
        draw_times(sampler, keep, rng, course);
    return rc;
}
