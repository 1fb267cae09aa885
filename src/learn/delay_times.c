#include "learn/delay_times.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "base/order.h"
#include "learn/delay_fit.h"

void delay_times_release(struct delay_times *times)
{
    free(times->first);
    free(times->delays_us);
    *times = (struct delay_times){0};
}

/* The edge that each event was reached by, or n_edges: it has no delay, or took none. */
static void find_edges(const struct machine *machine, const struct trace_set *set, uint32_t *edges, size_t *counts)
{
    for (size_t t = 0; t < set->n_traces; t++) {
        struct machine_walk walk;

        machine_walk_init(&walk);
        for (size_t i = set->first[t]; i < set->first[t + 1]; i++) {
            const struct machine_edge *edge = machine_follow(machine, &walk, set->templates[i], false);

            edges[i] = (uint32_t)machine->n_edges;
            if (edge == NULL || i == set->first[t] || set->times_us[i] == LW_NO_TIME ||
                set->times_us[i - 1] == LW_NO_TIME)
                continue;
            edges[i] = (uint32_t)(edge - machine->edges);
            counts[edges[i]]++;
        }
    }
}

static int gather(struct delay_times *times, const struct trace_set *set, const uint32_t *edges)
{
    size_t *next = times->first, total = 0;

    for (size_t e = 0; e <= times->n_edges; e++) { /* counts become the places where the delays of each begin */
        size_t count = next[e];

        next[e] = total;
        total += count;
    }
    times->delays_us = alloc_array(total, sizeof *times->delays_us);
    if (times->delays_us == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < set->n_events; i++)
        if (edges[i] < times->n_edges) {
            int64_t delay = set->times_us[i] - set->times_us[i - 1];

            times->delays_us[next[edges[i]]++] = delay < 0 ? 0 : delay;
        }
    memmove(next + 1, next, times->n_edges * sizeof *next); /* each has come to where the next begins */
    next[0] = 0;
    times->resolution_us = delay_resolution(times->delays_us, total);
    for (size_t e = 0; e < times->n_edges; e++)
        qsort(times->delays_us + next[e], next[e + 1] - next[e], sizeof *times->delays_us, order_i64);
    return 0;
}

int delay_times_init(struct delay_times *times, const struct machine *machine, const struct trace_set *set,
                     struct lw_error *err)
{
    uint32_t *edges = alloc_array(set->n_events, sizeof *edges);
    int code = LW_ERR_MEMORY;

    *times = (struct delay_times){.n_edges = machine->n_edges};
    times->first = alloc_zeroed(machine->n_edges + 1, sizeof *times->first);
    if (edges != NULL && times->first != NULL) {
        find_edges(machine, set, edges, times->first);
        code = gather(times, set, edges);
    }
    free(edges);
    if (code == 0)
        return 0;
    delay_times_release(times);
    return fail_memory(err, "gathering delays");
}
