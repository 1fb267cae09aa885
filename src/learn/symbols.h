/*
 * Sources whose messages are not text but symbols: event ids of the formats `sequences` and `events`. A symbol is one
 * literal token (mask_symbol); a record with an empty one stands for a trace without events.
 */
#ifndef LW_LEARN_SYMBOLS_H
#define LW_LEARN_SYMBOLS_H

#include "logwright.h"

/* Whether a format, by name, is one of symbols. */
bool symbols_is_format(const char *name, size_t len);
/* Which sources of a log hold symbols: *out[sources], the caller frees it. */
int symbols_find(const struct lw_log *log, bool **out, struct lw_error *err);

#endif
