/* How far a regular expression gets in a text that it does not match, to tell people why. Slow; for explanations. */
#ifndef LW_INPUT_REACH_H
#define LW_INPUT_REACH_H

#include "logwright.h"

struct reach {
    size_t byte;       /* the first that no way through the expression accepts; len: the text ends too soon */
    char group[40];    /* named group that the expression was in, or "" */
    char expected[80]; /* the part of the expression that did not match */
};

/* The expression is taken to begin where the text begins. Of long texts the first 4 KB are looked at. LW_ERR_USAGE: not
 * an expression; LW_ERR_LIMIT: too much work. */
int reach_find(const char *pattern, const char *text, size_t len, struct reach *out, struct lw_error *err);

#endif
