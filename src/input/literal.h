/*
 * Finding a fixed text in bytes, fast: the two rarest bytes of the text are looked for, 64 places at a time. Immutable
 * once made; any thread may use it.
 */
#ifndef LW_INPUT_LITERAL_H
#define LW_INPUT_LITERAL_H

#include "logwright.h"

struct literal {
    char *text;           /* folded to small letters if is_caseless */
    size_t len;           /* at least 1 */
    bool is_caseless;     /* ASCII letters match in any case */
    size_t first, second; /* positions of its rarest bytes; the same for a text of one byte */
};

/* len > 0. */
int literal_init(struct literal *out, const char *text, size_t len, bool is_caseless, struct lw_error *err);
void literal_release(struct literal *literal);
/* Where it first stands in (data, len) at or after from; SIZE_MAX if it does not. */
size_t literal_find(const struct literal *literal, const char *data, size_t len, size_t from);

#endif
