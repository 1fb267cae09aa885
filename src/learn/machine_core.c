/*
 * What spoils traces - an event lost, doubled, misplaced, a trace cut off - does so everywhere alike, so each state of
 * a spoilt log has several edges that are about equally rare, while what a program does seldom it does in few places.
 * So rare edges are counted by octaves of their probability, on states that the program certainly has (the skeleton,
 * what frequent edges lead to). From the rarest on, octaves that hold as many edges as a good part of the skeleton has
 * states are noise; the threshold lies in the widest gap above the last of them. A log without such a crowd has no
 * threshold: all of it is core, however rare.
 *
 * An edge is core when it is seen significantly more often than the threshold says, so that one stray event in a state
 * of twenty visits is none; and when it lies on a way of core edges from start to end.
 *
 * Rejected: a fixed share of traces or of a state's visits, which cuts rare but real paths out of a clean log or leaves
 * the noise of a dirty one in; keeping what comes again in a second half of the log, which in a large log noise does.
 */
#include "learn/machine_core.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/order.h"
#include "logwright.h"

#define FREQUENT     0.05 /* probability of an edge that is never noise */
#define CROWD        0.4  /* edges in an octave, per state of the skeleton, that are noise */
#define CROWD_LEAST  3.0
#define SIGNIFICANCE 0.02

/* ---- reaching ------------------------------------------------------------------------------------------------- */

/* Marks what edges lead to from start, of those that pass. */
static int reach(const struct machine *machine, const bool *passes, bool *is_reached)
{
    uint32_t *queue = alloc_array(machine->n_states, sizeof *queue);
    size_t n = 0;
    if (queue == NULL)
        return LW_ERR_MEMORY;
    memset(is_reached, 0, machine->n_states * sizeof *is_reached);
    is_reached[MACHINE_START] = true;
    queue[n++] = MACHINE_START;
    for (size_t at = 0; at < n; at++) {
        const struct machine_state *state = &machine->states[queue[at]];
        for (uint32_t e = state->first_edge; e < state->first_edge + state->n_edges; e++) {
            uint32_t to = machine->edges[e].to;
            if (passes[e] && !is_reached[to]) {
                is_reached[to] = true;
                queue[n++] = to;
            }
        }
    }
    free(queue);
    return 0;
}

/* Marks what has a way to the end. Sweeps until nothing changes; a sweep backwards over states sees most ways at once.
 */
static void reach_back(const struct machine *machine, const bool *passes, bool *has_way)
{
    memset(has_way, 0, machine->n_states * sizeof *has_way);
    has_way[MACHINE_END] = true;
    for (bool is_changed = true; is_changed;) {
        is_changed = false;
        for (size_t e = machine->n_edges; e-- > 0;) {
            const struct machine_edge *edge = &machine->edges[e];
            if (passes[e] && has_way[edge->to] && !has_way[edge->from])
                is_changed = has_way[edge->from] = true;
        }
    }
}

/* ---- the threshold -------------------------------------------------------------------------------------------- */

/* Of the n probabilities, rising: below which one is noise; 0 if none is. */
static double find_threshold(const double *rare, size_t n, double n_states)
{
    double crowd = fmax(CROWD_LEAST, CROWD * n_states), widest = 0, threshold = 0;
    size_t last = n; /* the highest member of a crowd's middle */
    for (size_t i = 0, end = 0; i < n; i++) {
        while (end < n && rare[end] < 2 * rare[i])
            end++;
        if ((double)(end - i) >= crowd)
            last = i + (end - i) / 2;
    }
    for (size_t i = last; i < n; i++) {
        double next = i + 1 < n ? rare[i + 1] : FREQUENT, gap = next / rare[i];
        if (gap > widest) {
            widest = gap;
            threshold = sqrt(next * rare[i]);
        }
    }
    return threshold;
}

static int choose_threshold(const struct machine *machine, bool *passes, bool *is_reached, double *threshold)
{
    double *rare = alloc_array(machine->n_edges, sizeof *rare), n_states = 0;
    size_t n = 0;
    if (rare == NULL)
        return LW_ERR_MEMORY;
    for (size_t e = 0; e < machine->n_edges; e++)
        passes[e] = machine->edges[e].probability >= FREQUENT;
    int status = reach(machine, passes, is_reached);
    for (size_t s = 0; status == 0 && s < machine->n_states; s++)
        n_states += is_reached[s];
    for (size_t e = 0; status == 0 && e < machine->n_edges; e++)
        if (!passes[e] && is_reached[machine->edges[e].from])
            rare[n++] = machine->edges[e].probability;
    if (n > 0)
        qsort(rare, n, sizeof *rare, order_double);
    *threshold = find_threshold(rare, n, n_states);
    free(rare);
    return status;
}

/* ---- the core ------------------------------------------------------------------------------------------------- */

/* Probability of at least so many where `expected` are (Poisson). */
static double tail(uint64_t count, double expected)
{
    double term = exp(-expected), below = 0;
    for (uint64_t k = 0; k < count && k < 1000; k++) {
        below += term;
        term *= expected / (double)(k + 1);
    }
    return 1 - below;
}

static bool is_frequent(const struct machine *machine, const struct machine_edge *edge, double threshold)
{
    double expected = threshold * (double)machine->states[edge->from].visits;
    if (threshold <= 0)
        return true;
    return edge->probability > threshold && (expected > 100 || tail(edge->count, expected) < SIGNIFICANCE);
}

int machine_find_core(struct machine *machine)
{
    bool *passes = alloc_zeroed(machine->n_edges, sizeof *passes);
    bool *is_reached = alloc_zeroed(machine->n_states, sizeof *is_reached);
    bool *has_way = alloc_zeroed(machine->n_states, sizeof *has_way);
    double threshold = 0;
    int status = passes == NULL || is_reached == NULL || has_way == NULL ? LW_ERR_MEMORY : 0;
    if (status == 0)
        status = choose_threshold(machine, passes, is_reached, &threshold);
    for (int pass = 0; status == 0 && pass < 2; pass++) {
        for (size_t e = 0; e < machine->n_edges; e++)
            passes[e] = is_frequent(machine, &machine->edges[e], threshold);
        status = reach(machine, passes, is_reached);
        reach_back(machine, passes, has_way);
        if (has_way[MACHINE_START])
            break;
        threshold = 0; /* too little is left of it */
    }
    for (size_t s = 0; status == 0 && s < machine->n_states; s++)
        machine->states[s].is_core = s == MACHINE_START || s == MACHINE_END || (is_reached[s] && has_way[s]);
    for (size_t e = 0; status == 0 && e < machine->n_edges; e++)
        machine->edges[e].is_core = passes[e] && machine->states[machine->edges[e].from].is_core &&
                                    machine->states[machine->edges[e].to].is_core;
    free(passes);
    free(is_reached);
    free(has_way);
    return status;
}
