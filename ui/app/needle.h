/*
 * What is searched for: a POSIX extended regular expression, or the text as it stands when it has no special
 * characters. Without capitals it matches in any case. Immutable once made; any thread may use it.
 */
#ifndef LW_APP_NEEDLE_H
#define LW_APP_NEEDLE_H

#include "logwright.h"

#include <stdbool.h>

struct needle;

/* The error says what is wrong with the expression. */
int needle_new(const char *text, struct needle **out, struct lw_error *err);
void needle_free(struct needle *needle);
/* First match in (data, len) from `from` on: false if there is none. Bytes of 0 match nothing but `.`. */
bool needle_find(const struct needle *needle, const char *data, size_t len, size_t from, size_t *start,
                 size_t *match_len);

#endif
