/*
 * What the constraints of a log are: every number that a constraints document can set, measured there, each with its
 * support and, where it is a share, an interval of 95 % confidence (Wilson 1927).
 */
#ifndef LW_MEASURE_OBSERVED_H
#define LW_MEASURE_OBSERVED_H

#include "generate/constraints.h"
#include "learn/model.h"
#include "learn/traces.h"

/* traces: of the log, matched with the model's templates. log: NULL where there are traces alone; then levels are
 * those that each template mostly has, and services are not known. *figures: a row for each number, by its path in the
 * document (part: a name below it); low and high are the interval, NaN where there is none, and nothing is judged.
 * *document (NULL: not wanted): constraints that ask for such a log. Both are the caller's. */
int observe(const struct model *model, const struct lw_log *log, const struct lw_traces *traces,
            const struct lw_run *run, struct lw_figures **figures, struct lw_constraints **document,
            struct lw_error *err);

#endif
