/* What a run of bytes without blanks and delimiters is: a number, an address, a path ... or just a word. Pure
 * functions over bytes; they allocate nothing and read nothing outside what they are given. */
#ifndef LW_LEARN_VALUE_H
#define LW_LEARN_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "learn/mask.h"

enum byte_class { /* bits of value_class[] */
                  BYTE_SPACE = 1,
                  BYTE_MARK = 2, /* delimits and is a token of its own */
                  BYTE_DIGIT = 4,
                  BYTE_ALPHA = 8, /* letters, '_' and whatever has no other class */
                  BYTE_HEX = 16,  /* a-f and A-F, beside BYTE_ALPHA */
                  BYTE_DOT = 32,
                  BYTE_COLON = 64,
                  BYTE_SLASH = 128,
                  BYTE_SIGN = 256 /* + is a mark, so this is - alone */
};
extern const unsigned short value_class[256];

/* Bits of all bytes together. */
unsigned value_classes(const char *s, size_t len);
/* Mask of all of (s, len), len > 0, or MASK_NONE. Bytes are neither blanks nor marks; all = value_classes of them. */
enum mask value_mask(const char *s, size_t len, unsigned all);
/* Length of the date at s, which may hold blanks ("Jun 17 07:07:00 2005", "Fri, 17 Jun ..."): 0 if there is none.
 * s starts a token. */
size_t value_calendar(const char *s, size_t len);
/* Length of a clock at s ("07:07:00.123"), 0 if there is none. */
size_t value_clock(const char *s, size_t len);
/* The number in a plain decimal one of all of (s, len), and how many digits are behind its point (decimals may be
 * NULL). Whatever else strtod takes (exponents, hexadecimal, names, blanks) is text to a log, and so is what is longer
 * than 39 bytes: false. */
bool value_decimal(const char *s, size_t len, double *number, int *decimals);
/* Whether (s, len) is a unit of time ("ms", "sec"), of anything counted ("KB", "ms", "bytes"). */
bool value_is_time_unit(const char *s, size_t len);
bool value_is_unit(const char *s, size_t len);

#endif
