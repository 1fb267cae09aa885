/*
 * What is looked for in text: a fixed text, or a regular expression, which is tried only where a text stands that each
 * of its matches contains. Without capital letters either matches in any case. Immutable; each thread finds with a
 * scratch of its own.
 */
#ifndef LW_INPUT_FINDER_H
#define LW_INPUT_FINDER_H

#include "input/literal.h"
#include "input/pattern.h"

struct finder;

/* len > 0. */
int finder_new_text(const char *text, size_t len, struct finder **out, struct lw_error *err);
/* LW_ERR_USAGE says what is wrong with the expression. ^ and $ match at the ends of each line. */
int finder_new_regex(const char *text, size_t len, struct finder **out, struct lw_error *err);
void finder_free(struct finder *finder);

/* The first match at or after `from`: 1 with *span, 0 for none, LW_ERR_LIMIT where matching went past its bound,
 * LW_ERR_MEMORY. */
int finder_find(const struct finder *finder, const char *data, size_t len, size_t from, struct pattern_scratch *scratch,
                struct lw_span *span);
/* A text that stands in all that it matches, NULL if none is known. */
const struct literal *finder_literal(const struct finder *finder);
/* Whether that text is all there is to it. */
bool finder_is_fixed(const struct finder *finder);

/* The longest run of bytes that every match of the expression contains, as far as a simple reading tells: run[len],
 * room for len bytes. Returns its length, 0 if there is none. */
size_t finder_required(const char *text, size_t len, char *run);

#endif
