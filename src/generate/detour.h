/*
 * Ways to events that are wanted, such as failures, and on to the end, over transitions that the machine has: how a
 * trace is made to fail without a step that never was. Immutable once made; any number of threads may use it.
 */
#ifndef LW_GENERATE_DETOUR_H
#define LW_GENERATE_DETOUR_H

#include "base/rng.h"
#include "generate/constraints.h"
#include "generate/walk.h"

#define DETOUR_NONE UINT32_MAX

struct detour {
    const struct machine *machine; /* borrowed */
    bool *is_goal;                 /* [machine->n_symbols] by template */
    bool *is_open;     /* [n_edges] may be taken; those of the core, unless widened; a way may take others */
    uint32_t *to_goal; /* [n_states] first edge of the shortest way to a goal, or DETOUR_NONE */
    uint32_t *to_end;  /* ... to the end */
    size_t longest;    /* events of the longest trace */
};

/* is_goal[machine->n_symbols] becomes the struct's, whatever is returned; NULL: memory ran out. Templates of weight 0
 * are not passed. 0 or LW_ERR_MEMORY. */
int detour_init(struct detour *detour, const struct blueprint *blueprint, const struct lw_constraints *constraints,
                bool *is_goal);
/* Takes ways outside the core too, on which rare goals may lie. 0 or LW_ERR_MEMORY. */
int detour_widen(struct detour *detour, const struct lw_constraints *constraints);
/* Takes ways outside the core from states alone from which no way of the core leads to a goal, or to the end; the core
 * is kept to everywhere else. 0 or LW_ERR_MEMORY. */
int detour_complete(struct detour *detour, const struct lw_constraints *constraints);
void detour_release(struct detour *detour);
/* Keeps the first `keep` events of the course and leads it from there to a goal and on to the end. *at: position of
 * the goal; SIZE_MAX: no way leads there, and the course is as it was. 0 or LW_ERR_MEMORY. */
int detour_lead(const struct detour *detour, struct rng *rng, struct course *course, size_t keep, size_t *at);

#endif
