/* What every way of cutting a message into tokens has to satisfy. */
#ifndef LW_TESTS_COVERING_H
#define LW_TESTS_COVERING_H

#include <string.h>

#include "learn/mask.h"

/* Tokens are in order, inside the message, and cover all of it but white space. */
static inline void assert_covers(const char *message, size_t len, const struct tokens *tokens)
{
    size_t at = 0;
    assert_true(tokens->n <= MASK_MAX_TOKENS);
    for (size_t i = 0; i <= tokens->n; i++) {
        size_t start = i < tokens->n ? tokens->items[i].start : len, blanks = 0;
        assert_true(at <= start && start <= len);
        for (; at < start; at++, blanks++)
            assert_non_null(memchr(" \t\n\v\f\r", message[at], 6));
        if (i == tokens->n)
            break;
        assert_int_equal(tokens->items[i].space, blanks > 2 ? 2 : blanks);
        assert_true(tokens->items[i].len > 0);
        at += tokens->items[i].len;
        assert_true(at <= len);
    }
}

#endif
