/*
 * Walks that pass given states or templates, in order, whatever lies between: the walks of a machine under the
 * condition that they do, with no trace thrown away. Owned by the struct, immutable once made; any number of threads
 * may draw.
 */
#ifndef LW_GENERATE_THROUGH_H
#define LW_GENERATE_THROUGH_H

#include "generate/ways.h"

struct waypoint {
    bool is_state;
    uint32_t template_id; /* where it is no state */
    char *name;           /* of the state, or the template as written */
};
struct through {
    const struct ways *ways; /* borrowed */
    struct waypoint *points;
    size_t n;
    double *cumulative; /* [n + 1][n_steps] of the conditional shares within each node, by waypoints passed */
    uint32_t *way_out;  /* [n + 1][n_nodes] first step of the shortest way that passes the rest; UINT32_MAX: none */
    double probability; /* that a walk passes them all, without the condition */
};

/* text: names with commas between. "E5" is a template; another name, or one behind "state:", a state as the machine
 * names it. LW_ERR_NOT_FOUND: there is none of the name. LW_ERR_INFEASIBLE: which cannot be reached after which.
 * LW_ERR_USAGE, LW_ERR_MEMORY. */
int through_init(const struct ways *ways, const char *text, struct through *out, struct lw_error *err);
void through_release(struct through *through);
/* Whether a step is the passing of the waypoint that comes after `passed` others. */
bool through_passes(const struct through *through, size_t passed, const struct way_step *step);

#endif
