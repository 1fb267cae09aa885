/*
 * What tokens of log text look like when they could be ids: runs of letters, digits, `_`, `.` and `-`. A shape is the
 * token with its variable parts replaced, so that tokens of one kind share one: blk_-123 and blk_77 are `blk_` and a
 * number. Pure functions.
 */
#ifndef LW_LEARN_ID_SHAPE_H
#define LW_LEARN_ID_SHAPE_H

#include <stdbool.h>

#include "base/buf.h"

struct id_token {
    const char *data;
    size_t len;
    const char *key; /* the word before it and what stands between: `session=`, `instance: `, `conn ` */
    size_t key_len;  /* 0: none that could name it */
    bool has_digit;
    bool is_number; /* digits only, after an optional sign */
};

/* The next token at or after *at; false at the end of the text. */
bool id_token_next(const char *text, size_t len, size_t *at, struct id_token *out);

enum { ID_SIGNED = 1, ID_UPPER = 2, ID_LONG = 4, ID_ONLY_NUMBERS = 8 };
/* Appends the token's shape: bytes below 8 stand for variable parts. False if it is no id by its looks alone (a plain
 * number, a word). *flags gets ID_SIGNED when a number in it has a minus, ID_UPPER when hexadecimal digits are capital
 * letters, ID_LONG when variable parts make up 8 bytes or more, ID_ONLY_NUMBERS when numbers are all there is. */
bool id_shape(const struct id_token *token, struct buf *shape, unsigned *flags);
/* Appends a regex for all tokens of a shape; flags are those of all its tokens together. */
void id_shape_regex(const char *shape, size_t len, unsigned flags, struct buf *out);
/* Appends text as a regex that matches just it. */
void id_quote_regex(const char *text, size_t len, struct buf *out);
/* Whether a shape has letters or marks of its own besides variable parts. */
bool id_shape_is_named(const char *shape, size_t len);
/* 8-4-4-4-12 hexadecimal digits. */
bool id_is_uuid(const char *text, size_t len);

#endif
