/*
 * Kinds of things that a log speaks of: sets of values that several places share, found by inclusion dependencies
 * between the samples of their values. A pure function of the model. Owned by the struct; immutable once made.
 */
#ifndef LW_LEARN_ENTITIES_H
#define LW_LEARN_ENTITIES_H

#include "learn/variables.h"

struct entity {
    char *name; /* unique: small letters, digits and '_' */
    uint8_t mask;
    struct entity_member {
        uint32_t variable;        /* a slot or header field */
        uint64_t shared, checked; /* sampled values that another member has, of those that could be looked for */
    } * members;                  /* [n] by falling number of values */
    size_t n;
    uint64_t distinct; /* values of all of them together */
};
struct relations;
struct entities {
    struct entity *items; /* [n] */
    size_t n;
    uint32_t *of_variable; /* [n_variables] index of the entity that a slot or header field belongs to, or
                              VARIABLE_NONE */
    size_t n_variables;
};

/* relations: along traces, of places that hence share their values however rare they are. */
int entities_find(const struct variables *variables, const struct relations *relations, struct entities *out,
                  struct lw_error *err);
void entities_release(struct entities *entities);

#endif
