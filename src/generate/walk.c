/*
 * Method "machine" walks the bent machine from start to end. Method "random" keeps the marginals only: lengths of
 * traces as seen, events by frequency, delays from all transitions together. It is the same walk over a machine that
 * has one state, so weights, rare paths and level targets mean the same for both.
 *
 * Bent odds can make a loop hard to leave. A walk that is twice as long as the longest trace seen takes the shortest
 * way to the end.
 */
#include "generate/walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/rng.h"
#include "generate/purpose.h"

#define POOLED_STATE 2u

/* ---- a course -----------------------------------------------------------------------------------------------------
 */

void course_release(struct course *course)
{
    free(course->templates);
    free(course->times_us);
    free(course->kinds);
    memset(course, 0, sizeof *course);
}

static int reserve(struct course *course, size_t need)
{
    size_t a = course->cap, b = course->cap, c = course->cap;
    if (alloc_grow(&course->templates, &a, need, sizeof *course->templates) != 0 ||
        alloc_grow(&course->times_us, &b, need, sizeof *course->times_us) != 0 ||
        alloc_grow(&course->kinds, &c, need, sizeof *course->kinds) != 0)
        return LW_ERR_MEMORY;
    course->cap = a;
    return 0;
}

int course_add(struct course *course, size_t at, uint32_t template_id, int64_t time_us)
{
    int rc = reserve(course, course->n + 1);
    if (rc != 0)
        return rc;
    memmove(&course->templates[at + 1], &course->templates[at], (course->n - at) * sizeof *course->templates);
    memmove(&course->times_us[at + 1], &course->times_us[at], (course->n - at) * sizeof *course->times_us);
    memmove(&course->kinds[at + 1], &course->kinds[at], course->n - at);
    course->templates[at] = template_id;
    course->times_us[at] = time_us;
    course->kinds[at] = ANOMALY_NONE;
    course->n++;
    return 0;
}

void course_remove(struct course *course, size_t at)
{
    course->n--;
    memmove(&course->templates[at], &course->templates[at + 1], (course->n - at) * sizeof *course->templates);
    memmove(&course->times_us[at], &course->times_us[at + 1], (course->n - at) * sizeof *course->times_us);
    memmove(&course->kinds[at], &course->kinds[at + 1], course->n - at);
}

int course_copy(struct course *to, const struct course *from)
{
    int rc = reserve(to, from->n);
    to->n = 0;
    if (rc != 0 || from->n == 0)
        return rc;
    memcpy(to->templates, from->templates, from->n * sizeof *to->templates);
    memcpy(to->times_us, from->times_us, from->n * sizeof *to->times_us);
    memcpy(to->kinds, from->kinds, from->n);
    to->n = from->n;
    return 0;
}

/* ---- drawing ------------------------------------------------------------------------------------------------------
 */

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
    if (from < 1)
        from = 1;
    double delay = exp(log((double)from) + where * (log((double)to) - log((double)from))) * factor;
    return delay < 4e15 ? (int64_t)delay : INT64_C(4000000000000000);
}

/* Transition out of a state, its share of [0, 1) being p. */
static uint32_t draw_edge(const struct sampler *sampler, uint32_t state, struct rng *rng)
{
    const struct machine_state *at = &sampler->tilt.machine->states[state];
    double where = rng_uniform(rng);
    uint32_t low = at->first_edge, high = at->first_edge + at->n_edges;
    while (low + 1 < high) {
        uint32_t middle = (low + high) / 2;
        if (sampler->cumulative[middle - 1] <= where)
            low = middle;
        else
            high = middle;
    }
    /* Rounding may have led to one that must not be taken. */
    while (sampler->tilt.p[low] <= 0 && low > at->first_edge)
        low--;
    while (sampler->tilt.p[low] <= 0)
        low++;
    return low;
}

static int draw_walk(const struct sampler *sampler, struct rng *rng, struct course *course)
{
    const struct machine *machine = sampler->tilt.machine;
    int64_t time = 0;
    for (uint32_t state = MACHINE_START; state != MACHINE_END;) {
        uint32_t chosen =
            course->n < 2 * sampler->blueprint->longest ? draw_edge(sampler, state, rng) : sampler->tilt.way_out[state];
        const struct machine_edge *edge = &machine->edges[chosen];
        if (edge->to != MACHINE_END) {
            int64_t delay = draw_delay(edge, sampler->delay_factor, rng);
            time += course->n > 0 ? delay : 0;
            int rc = course_add(course, course->n, edge->template_id, time);
            if (rc != 0)
                return rc;
        }
        state = edge->to;
    }
    return 0;
}

static size_t draw_length(const struct blueprint *blueprint, struct rng *rng)
{
    uint64_t at = rng_below(rng, blueprint->machine->n_traces);
    size_t i = 0;
    while (i + 1 < blueprint->n_lengths && at >= blueprint->lengths[i].count)
        at -= blueprint->lengths[i++].count;
    return blueprint->lengths[i].length;
}

static int draw_pooled(const struct sampler *sampler, struct rng *rng, struct course *course)
{
    size_t len = draw_length(sampler->blueprint, rng);
    int64_t time = 0;
    while (course->n < len) {
        const struct machine_edge *edge = &sampler->tilt.machine->edges[draw_edge(sampler, POOLED_STATE, rng)];
        if (edge->to == MACHINE_END)
            continue;
        int64_t delay = draw_delay(edge, sampler->delay_factor, rng);
        time += course->n > 0 ? delay : 0;
        int rc = course_add(course, course->n, edge->template_id, time);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int sampler_draw(const struct sampler *sampler, uint64_t index, struct course *course)
{
    struct rng rng;
    rng_init(&rng, (uint64_t)sampler->seed, PURPOSE_WALK, index);
    course->n = 0;
    return sampler->is_pooled ? draw_pooled(sampler, &rng, course) : draw_walk(sampler, &rng, course);
}

/* ---- the machine of method "random" -------------------------------------------------------------------------------
 */

static void add_edge(struct machine *pooled, uint32_t from, uint32_t to, uint32_t id, uint64_t count, double all)
{
    pooled->edges[pooled->n_edges++] = (struct machine_edge){
        .from = from, .to = to, .template_id = id, .count = count, .probability = (double)count / all, .is_core = true};
}

static void pool_delays(const struct machine *machine, struct machine *pooled, uint32_t *delays)
{
    uint64_t timed = 0;
    for (size_t i = 0; i < machine->n_edges; i++)
        for (size_t bin = 0; bin < MACHINE_DELAY_BINS && machine->edges[i].delays != NULL; bin++) {
            delays[bin] += machine->edges[i].delays[bin];
            timed += machine->edges[i].delays[bin];
        }
    for (size_t i = 0; i < pooled->n_edges && timed > 0; i++) {
        pooled->edges[i].timed = timed;
        pooled->edges[i].delays = delays;
    }
}

static int build_pooled(struct sampler *sampler, const struct machine *machine)
{
    struct machine *pooled = &sampler->pooled;
    uint64_t *counts = alloc_zeroed(machine->n_symbols, sizeof *counts), all = 0;
    pooled->states = alloc_zeroed(3, sizeof *pooled->states);
    pooled->edges = alloc_array(2 * (size_t)machine->n_symbols + 2, sizeof *pooled->edges);
    sampler->delays = alloc_zeroed(MACHINE_DELAY_BINS, sizeof *sampler->delays);
    if (counts == NULL || pooled->states == NULL || pooled->edges == NULL || sampler->delays == NULL) {
        free(counts);
        return LW_ERR_MEMORY;
    }
    for (size_t i = 0; i < machine->n_edges; i++)
        if (machine->edges[i].to != MACHINE_END) {
            counts[machine->edges[i].template_id] += machine->edges[i].count;
            all += machine->edges[i].count;
        }
    for (uint32_t from = 0; from <= POOLED_STATE; from++) {
        pooled->states[from] = (struct machine_state){.first_edge = (uint32_t)pooled->n_edges};
        for (uint32_t id = 0; id < machine->n_symbols && from != MACHINE_END; id++)
            if (counts[id] > 0)
                add_edge(pooled, from, POOLED_STATE, id, counts[id], (double)all);
        if (from != MACHINE_END)
            add_edge(pooled, from, MACHINE_END, LW_TEMPLATE_UNKNOWN, machine->n_traces, (double)all);
        pooled->states[from].n_edges = (uint32_t)(pooled->n_edges - pooled->states[from].first_edge);
    }
    free(counts);
    pooled->n_states = 3;
    pooled->n_traces = machine->n_traces;
    pooled->n_symbols = machine->n_symbols;
    pool_delays(machine, pooled, sampler->delays);
    return 0;
}

/* ---- methods ------------------------------------------------------------------------------------------------------
 */

struct method_row {
    struct lw_method_info info;
    bool is_pooled;
};
static const struct method_row methods[] = {
    {{"machine", "walks the state machine, so that what follows what is kept"}, false},
    {{"random", "draws events by frequency and lengths as seen; keeps no order"}, true},
};
#define N_METHODS (sizeof methods / sizeof *methods)

size_t lw_method_count(void)
{
    return N_METHODS;
}

const struct lw_method_info *lw_method_get(size_t index)
{
    return index < N_METHODS ? &methods[index].info : NULL;
}

static const struct method_row *find_method(const char *name)
{
    for (size_t i = 0; i < N_METHODS; i++)
        if (strcmp(methods[i].info.name, name) == 0)
            return &methods[i];
    return NULL;
}

static void accumulate(struct sampler *sampler)
{
    const struct machine *machine = sampler->tilt.machine;
    for (size_t s = 0; s < machine->n_states; s++) {
        double sum = 0;
        size_t first = machine->states[s].first_edge;
        for (size_t i = first; i < first + machine->states[s].n_edges; i++)
            sampler->cumulative[i] = sum += sampler->tilt.p[i];
    }
}

int sampler_init(struct sampler *sampler, const struct blueprint *blueprint, const struct lw_constraints *constraints,
                 const char *method, struct lw_error *err)
{
    const struct method_row *row = find_method(method);
    if (row == NULL)
        return fail(err, LW_ERR_NOT_FOUND, "there is no method \"%.50s\"; %s and %s are there", method,
                    methods[0].info.name, methods[1].info.name);
    if (blueprint->longest == 0)
        return fail(err, LW_ERR_INPUT, "nothing to generate from: no trace of the workspace has an event");
    *sampler = (struct sampler){.blueprint = blueprint,
                                .seed = constraints->seed,
                                .delay_factor = constraints->delay_factor,
                                .is_pooled = row->is_pooled};
    int rc = row->is_pooled && build_pooled(sampler, blueprint->machine) != 0 ? fail_memory(err, "pooling events") : 0;
    const struct machine *machine = row->is_pooled ? &sampler->pooled : blueprint->machine;
    if (rc == 0)
        rc = tilt_build(machine, blueprint->templates, constraints, sampler->blueprint->longest, &sampler->tilt, err);
    if (rc == 0) {
        sampler->cumulative = alloc_array(machine->n_edges, sizeof *sampler->cumulative);
        if (sampler->cumulative == NULL)
            rc = fail_memory(err, "weighing transitions");
        else
            accumulate(sampler);
    }
    if (rc != 0)
        sampler_release(sampler);
    return rc;
}

void sampler_release(struct sampler *sampler)
{
    tilt_release(&sampler->tilt);
    free(sampler->pooled.states);
    free(sampler->pooled.edges);
    free(sampler->delays);
    free(sampler->cumulative);
    memset(sampler, 0, sizeof *sampler);
}
