/* A value that a place never takes, for anomalies of a parameter. */
#ifndef LW_GENERATE_OUTLIER_H
#define LW_GENERATE_OUTLIER_H

#include "generate/value_model.h"

/* Appends, where a value drawn from the model is a number, one at least a thousand times as large as any, else the
 * value with an end that makes it none of those seen. */
void outlier_print(const struct value_model *model, struct rng *rng, struct buf *out);

#endif
