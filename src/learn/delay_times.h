/*
 * The delays of all edges of a machine in the traces that it was learned from, from which families are fitted. Exact:
 * counts keep the time of every event, so those of merged shards are those of the whole. Immutable once made; owned by
 * the struct; 8 bytes a timed event.
 */
#ifndef LW_LEARN_DELAY_TIMES_H
#define LW_LEARN_DELAY_TIMES_H

#include "learn/machine.h"

struct delay_times {
    size_t n_edges;
    size_t *first;      /* [n_edges + 1] delays of edge e: delays_us[first[e]] ... rising, none negative */
    int64_t *delays_us; /* [first[n_edges]] */
    int64_t resolution_us;
};
int delay_times_init(struct delay_times *times, const struct machine *machine, const struct trace_set *set,
                     struct lw_error *err);
void delay_times_release(struct delay_times *times);

#endif
