/*
 * A matcher for the regular expressions that headers of logs are described with: literals, classes, quantifiers,
 * groups, alternatives, simple assertions. It gives exactly what PCRE2 gives, in a fraction of the time where a line
 * decides almost every choice by its next byte; what it does not know it refuses, and pattern.h goes to PCRE2.
 */
#ifndef LW_INPUT_QUICK_H
#define LW_INPUT_QUICK_H

#include "logwright.h"

struct quick;

/* *out is NULL when the expression is outside the subset. The expression has compiled with PCRE2 as pattern.h does it.
 * 0 or LW_ERR_MEMORY. */
int quick_new(const char *text, size_t len, struct quick **out);
void quick_free(struct quick *quick);

#define QUICK_GAVE_UP (-1)
/* As pattern_match: 1 or 0; or QUICK_GAVE_UP when it takes more work than a header is worth. Thread-safe. */
int quick_match(const struct quick *quick, const char *data, size_t len, size_t from, struct lw_span *spans,
                size_t max);

#endif
