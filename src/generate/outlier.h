/* A value that a place never takes, for anomalies of a parameter. */
#ifndef LW_GENERATE_OUTLIER_H
#define LW_GENERATE_OUTLIER_H

#include "generate/blueprint.h"

/* Whether a value that the place of a piece never takes is told from those that it takes: by its size, where they are
 * numbers, or by not being one of the few that come again and again. It is not where values are identifiers, shared
 * along the trace, times, or texts that are new every time. piece: by its place in message_pieces, of that wording. */
bool outlier_shows(const struct blueprint *blueprint, const struct wording *wording, size_t piece);

/* The largest number that the place takes, however its template is worded; 0: none. */
double outlier_largest(const struct blueprint *blueprint, uint32_t place);
/* Appends, where a value drawn from the model is a number, one at least a thousand times as large as any of it or as
 * `largest`, else the value with an end that makes it none of those seen. */
void outlier_print(const struct value_model *model, double largest, struct rng *rng, struct buf *out);

#endif
