/*
 * What parameters and header fields obey along a trace: found from the values that the sampled traces hold, reported
 * with how often each held. A pure function of the model, so shards that are merged have those of the whole. Owned by
 * the struct; immutable once made.
 */
#ifndef LW_LEARN_RELATIONS_H
#define LW_LEARN_RELATIONS_H

#include "learn/entities.h"

struct relation {
    enum lw_relation_kind kind;
    uint32_t variable, other; /* other: VARIABLE_NONE where there is none */
    size_t entity;            /* or LW_NO_ENTITY */
    double number, lower;
    uint64_t support, total, traces;
};
struct relations {
    struct relation *items; /* [n] by variable, kind */
    size_t n, cap;
};

/* All along traces. */
int relations_find(const struct variables *variables, struct relations *out, struct lw_error *err);
/* Adds which places draw from entities. 0 or LW_ERR_MEMORY. */
int relations_add_sets(struct relations *relations, const struct entities *entities);
void relations_release(struct relations *relations);

#endif
