/*
 * Names of accounts and people that something in the log named as such ("user=carol.xanthos"), to be told where they
 * stand in text that does not vary and nothing names them. Immutable once found; safe to share between threads.
 */
#ifndef LW_LEARN_KNOWN_NAMES_H
#define LW_LEARN_KNOWN_NAMES_H

#include "learn/counts.h"
#include "learn/identifiers.h"
#include "learn/templates.h"

struct known_names {
    struct intern texts; /* candidates */
    struct known_name {
        uint64_t named, values, words; /* records in which it is named, is another value, is constant text */
        bool is_part;                  /* a capitalised word of a name of several */
    } * items;                         /* [texts.count] */
    size_t cap;
};

/* The next capitalised word of the name of somebody, "Carol" and "Xanthos"; word: where the last was, at first {0, 0}.
 * False: no more. */
bool known_names_part(const char *text, size_t len, struct lw_span *word);
/* The word before a token that could name it, before the first of capitalised words; is_marked: `=` or `:` is between.
 * Empty: none. */
struct lw_bytes known_names_key(const struct sequence_token *tokens, size_t i, bool *is_marked);

void known_names_init(struct known_names *names);
void known_names_release(struct known_names *names);
/* Gathers the names of a log; of a parameter or header field those that its pool keeps. names: initialised. 0 or
 * LW_ERR_MEMORY. */
int known_names_find(struct known_names *names, const struct counts *counts, const struct templates *templates);
/* Whether a word of constant text is a name. One of letters alone is a word of messages as well unless no other value
 * is like it, and it is named far more often than it stands in constant text; a capitalised part of a name is one
 * unless it stands there far more often. */
bool known_names_has(const struct known_names *names, const char *text, size_t len);
/* In how many records it is named. */
uint64_t known_names_count(const struct known_names *names, const char *text, size_t len);
/* As identifier_scan_constant, and names that are known; names: NULL for none. */
int known_names_scan(const struct known_names *names, const char *text, size_t len, identifier_visit visit, void *user);

#endif
