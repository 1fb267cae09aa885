/* Value models from the values that were seen. */
#ifndef LW_GENERATE_VALUE_FIT_H
#define LW_GENERATE_VALUE_FIT_H

#include "generate/disguise.h"
#include "generate/value_model.h"
#include "learn/pool.h"

/* mask: of the values, MASK_NONE if not known. disguise: after all values were counted. 0 or LW_ERR_MEMORY. */
int value_model_fit(const struct pool *pool, unsigned mask, struct disguise *disguise, struct arena *arena,
                    struct value_model *out);
/* The text of a value, without what a cut left of a character or an escape at its end. */
struct lw_bytes value_text(const struct pool_value *value);
/* The layout that values have, if the first is a time; they tell together what is day and what month. */
bool value_find_layout(const struct pool *pool, struct timestamp *first);

#endif
