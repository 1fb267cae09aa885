/* Numbers in values: integers and decimals as they are, durations in seconds, sizes in bytes. Pure functions. */
#ifndef LW_LEARN_QUANTITY_H
#define LW_LEARN_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "learn/mask.h"

enum quantity_kind { QUANTITY_NONE, QUANTITY_NUMBER, QUANTITY_SECONDS, QUANTITY_BYTES };

enum quantity_kind quantity_of_mask(enum mask mask);
const char *quantity_unit(enum quantity_kind kind); /* "", "s", "B" */
/* The number in all of (s, len); false if it holds none of that kind. Several parts add up: "1m 30s"; a clock is hours,
 * minutes and seconds. */
bool quantity_parse(enum quantity_kind kind, const char *s, size_t len, double *out);

#endif
