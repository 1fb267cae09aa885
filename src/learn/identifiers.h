/*
 * Values that point at a person, a machine or a secret: addresses, names, paths, tokens. One set of rules for all logs.
 * Loopback and unspecified addresses, root and other accounts that every system has, and netmasks point at nobody and
 * are none. Pure functions over bytes, thread-safe; time is linear in the length of the text.
 */
#ifndef LW_LEARN_IDENTIFIERS_H
#define LW_LEARN_IDENTIFIERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "logwright.h"

enum identifier {
    IDENTIFIER_NONE,
    IDENTIFIER_IP, /* v4 or v6 */
    IDENTIFIER_MAC,
    IDENTIFIER_MAIL,
    IDENTIFIER_HOST,
    IDENTIFIER_USER, /* of an account or a person, told by the word before it */
    IDENTIFIER_PATH,
    IDENTIFIER_URL,
    IDENTIFIER_UUID,
    IDENTIFIER_TOKEN, /* API keys, JSON web tokens, passwords, long random hexadecimal or base64 text */
    IDENTIFIER_CARD,  /* payment cards: issuer's prefix and Luhn's check digit */
    IDENTIFIER_PHONE,
    IDENTIFIER_COUNT
};

/* "ip", "mail" ...; "" for none. */
const char *identifier_name(enum identifier kind);
/* The kind of a name, IDENTIFIER_NONE if there is none. */
enum identifier identifier_by_name(const char *name, size_t len);

/* What the whole of a value is. A port behind an address, a slash or a name before it, and the protocol behind the
 * target of a request do not matter. */
enum identifier identifier_of(const char *text, size_t len);
/* The same for a value that something has named: a header field, a key, the word before a parameter; any text that
 * `user`, `host` or `password` names is an identifier. */
enum identifier identifier_of_named(const char *name, size_t name_len, const char *text, size_t len);
/* The last word of a text, which names what comes behind it: `user` of "for user=". Empty if there is none. */
struct lw_bytes identifier_name_before(struct lw_bytes text);
/* Whether a value is an identifier, also by what named it (empty: nothing), or holds one. */
bool identifier_stands_in(struct lw_bytes name, const char *text, size_t len);

struct identifier_match {
    enum identifier kind;
    size_t start, len; /* in the text */
    bool is_weak;      /* a word between blanks that only the word before it ("user bob") makes one */
};
/* Calls visit for each identifier of the text, in order; they do not overlap. Returns what visit returned if that was
 * not 0, and stops there; else 0. */
typedef int (*identifier_visit)(void *user, const struct identifier_match *match);
int identifier_scan(const char *text, size_t len, identifier_visit visit, void *user);
/* The same in text that does not vary: those that are one by their own form, or by `key=`, `key: ` or a quote right
 * before them. */
int identifier_scan_constant(const char *text, size_t len, identifier_visit visit, void *user);

/* Whether a value may not be used: it is a real one, or taken. */
typedef bool (*identifier_is_taken)(void *user, const char *text, size_t len);
/* Appends a value that stands for (text, len), an identifier of this kind, as identifier_scan found it or as
 * identifier_of takes a value. The text gives
 * its form alone (length, classes of characters, separators, suffixes, check digits), key all the rest, so that who
 * knows the key cannot tell the text; give different values different keys. masks and identifier_of say the same of
 * both. Never the text itself; is_taken: NULL, or called for each candidate until it says no, some dozens of times at
 * most. 0; LW_ERR_LIMIT if all were taken; LW_ERR_MEMORY. */
int identifier_fake(enum identifier kind, const char *text, size_t len, uint64_t key, identifier_is_taken is_taken,
                    void *user, struct buf *out);

#endif
