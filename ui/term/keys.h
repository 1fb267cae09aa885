/*
 * Keys and their names. A key is a Unicode scalar value (control characters stand for ^A and the like) or one of the
 * KEY_* numbers above. The same names are read in the built-in table, the user's key file and scripts, and are printed
 * in hints and help.
 */
#ifndef LW_TERM_KEYS_H
#define LW_TERM_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KEY_NONE = 0x200000, /* no key was there */
    KEY_CLOSED,          /* the terminal is gone */
    KEY_LEFT_ARROW,
    KEY_RIGHT_ARROW,
    KEY_UP_ARROW,
    KEY_DOWN_ARROW,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_GO_HOME,
    KEY_GO_END,
    KEY_INSERT,
    KEY_DELETE,
    KEY_BACK_TAB,
    KEY_F_FIRST, /* F1; F2 .. F12 follow */
    KEY_F_LAST = KEY_F_FIRST + 11
};
enum { KEY_TAB = 9, KEY_RETURN = 13, KEY_ESCAPE = 27, KEY_BLANK = 32, KEY_RUBOUT = 127 };

/* (name, len) as "j", "^D", "Space", "F1", "PgDn" ...; false when it names no key. Names of keys ignore case. */
bool key_parse(const char *name, size_t len, uint32_t *key);
/* Writes the name that key_parse reads back, NUL-ended; returns out. size at least 16. */
char *key_spell(uint32_t key, char *out, size_t size);
/* The bytes a terminal sends for the key, for line editing; returns their number, at most 8. */
size_t key_bytes(uint32_t key, char out[8]);

#endif
