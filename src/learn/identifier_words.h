/* The words by which identifiers are told: top domains, keys, accounts that every system has. Pure functions. */
#ifndef LW_LEARN_IDENTIFIER_WORDS_H
#define LW_LEARN_IDENTIFIER_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "learn/identifiers.h"

enum identifier_top {
    TOP_NONE,
    TOP_UNLIKELY, /* a country, but a word or the suffix of a file as well */
    TOP_LIKELY,   /* a domain that programs use for other things too */
    TOP_SURE
};
/* Of the last label of a dotted name. */
enum identifier_top identifier_top_rank(const char *label, size_t len);
/* Whether a dotted name that begins with this label is of code: org.example.Class. */
bool identifier_is_package(const char *label, size_t len);
/* What a key, field or word before a value says that the value is: user, host, token or none. Case, '_' and '-' do not
 * matter; words before the last (src_host, client-host) neither. */
enum identifier identifier_of_key(const char *key, size_t len);
/* Values that name nobody: root, localhost, null ... */
bool identifier_is_nobody(const char *text, size_t len);
/* Whether a word between blanks, behind "user", can be a name rather than the next word of a sentence. */
bool identifier_may_name(const char *text, size_t len);
/* Length of the known prefix of an API key that the text begins with, 0: none. */
size_t identifier_token_prefix(const char *text, size_t len);

#endif
