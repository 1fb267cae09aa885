/*
 * Ways to a failure and on to the end, over transitions that the machine has: how a trace is made to fail without a
 * step that never was. Immutable once made; any number of threads may use it.
 */
#ifndef LW_GENERATE_DETOUR_H
#define LW_GENERATE_DETOUR_H

#include "base/rng.h"
#include "generate/parties.h"
#include "generate/walk.h"

struct detour {
    const struct machine *machine; /* borrowed */
    const struct parties *parties; /* borrowed */
    uint32_t service;              /* whose failures; PARTY_NONE: any */
    bool *is_open;                 /* [n_edges] may be taken */
    uint32_t *to_failure;          /* [n_states] first edge of the shortest way to a failure, or DETOUR_NONE */
    uint32_t *to_end;              /* ... to the end */
    size_t longest;                /* events of the longest trace */
};
#define DETOUR_NONE UINT32_MAX

/* Templates of weight 0 are not passed. 0 or LW_ERR_MEMORY. */
int detour_init(struct detour *detour, const struct blueprint *blueprint, const struct lw_constraints *constraints,
                const struct parties *parties, uint32_t service);
void detour_release(struct detour *detour);
/* Keeps the first `keep` events of the course and leads it from there to a failure and on to the end. *at: position of
 * the failure; SIZE_MAX: no way leads there, and the course is as it was. 0 or LW_ERR_MEMORY. */
int detour_fail(const struct detour *detour, struct rng *rng, struct course *course, size_t keep, size_t *at);

#endif
