/*
 * What generated logs are drawn from: made from a workspace's model, and then all that generators look at. Immutable
 * once made; any number of threads may draw from it.
 */
#ifndef LW_GENERATE_BLUEPRINT_H
#define LW_GENERATE_BLUEPRINT_H

#include "learn/model.h"

struct blueprint {
    const struct model *model; /* borrowed */
    const struct machine *machine;
    const struct templates *templates;
    size_t longest;   /* events of the longest trace */
    bool is_symbolic; /* events are symbols of a sequence file */
    bool is_escaped;  /* messages stand as JSON strings do */
};

/* model is borrowed and must outlive it. 0 or LW_ERR_MEMORY. */
int blueprint_of_model(const struct model *model, struct blueprint **out, struct lw_error *err);
void blueprint_free(struct blueprint *blueprint);

#endif
