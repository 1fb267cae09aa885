/* A header found from the lines themselves, where no known format fits. */
#ifndef LW_LOG_FORMAT_INFER_H
#define LW_LOG_FORMAT_INFER_H

#include "log/format_form.h"
#include "log/format_sample.h"

/* A form named `inferred` whose pattern names time, level, component, pid and what else stands before the message.
 * *out = NULL when most lines have no header in common, or one without time and level. The caller owns it. */
int format_infer(const struct samples *samples, struct form **out, struct lw_error *err);

/* Fields that the form has beside time and level: what it tells more than a time at the start of a line does. */
size_t format_infer_gain(const struct form *form);

#endif
