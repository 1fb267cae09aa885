/*
 * The ways through a machine that may be taken: a graph of nodes and steps, each with its odds. A node is a
 * state, or, where targets ask what follows what, a state together with the class of the template it was reached by.
 * Every node lies on a way from start to end. Owned by the struct.
 */
#ifndef LW_GENERATE_WAYS_H
#define LW_GENERATE_WAYS_H

#include "learn/machine.h"

#define WAYS_START 0u
#define WAYS_END   1u

struct way_step {
    uint32_t from, to; /* nodes */
    uint32_t edge;     /* of the machine */
    uint32_t pair;     /* class before * n_classes + class of the step's template; 0 into the end */
};
struct ways {
    const struct machine *machine; /* borrowed */
    size_t n_nodes, n_steps;
    uint32_t *states;       /* [n_nodes] of the machine */
    size_t *first;          /* [n_nodes + 1] steps out of a node */
    struct way_step *steps; /* [n_steps] by (from, order of the machine's edges) */
    double *p;              /* [n_steps] the odds of their edges; none is 0 */
    uint32_t *way_out;      /* [n_nodes] first step of the shortest way to the end; the end has none */
};

/* How the machine may be walked. The class of start is 0. */
struct ways_rules {
    const double *odds;       /* [n_edges] 0: may not be taken */
    const uint32_t *class_of; /* [n_symbols] below n_classes, by template; NULL: all 0 */
    uint32_t n_classes;       /* at least 1 */
    const bool *is_barred;    /* [n_classes * n_classes] pairs that may not follow each other; NULL: none */
};
/* LW_ERR_INFEASIBLE: no way leads from start to end. LW_ERR_MEMORY. */
int ways_build(const struct machine *machine, const struct ways_rules *rules, struct ways *out);
void ways_release(struct ways *ways);

/* When each state is best eliminated (elimination.h), allocated here, the caller frees it: [n_states] *ranks. Follows
 * from the machine alone, so that it need not be found anew for each way to bend it. 0 or LW_ERR_MEMORY. */
int ways_rank(const struct machine *machine, uint32_t **ranks);
/* The nodes by the ranks of their states: [n_nodes], allocated here; NULL: out of memory. */
uint32_t *ways_order(const struct ways *ways, const uint32_t *ranks);

static inline uint32_t ways_template(const struct ways *ways, const struct way_step *step)
{
    return ways->machine->edges[step->edge].template_id;
}

#endif
