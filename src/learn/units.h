/*
 * What the miner compares: the tokens of a sequence as elements. Words and marks keep their identity; every masked
 * token, a name with two dots or more, and a word behind "=" is a value. Values joined by a mark or two without blanks
 * (address:port, 3/4, x,y) are one. Blanks count as there or not there.
 */
#ifndef LW_LEARN_UNITS_H
#define LW_LEARN_UNITS_H

#include <stdbool.h>

#include "learn/sequences.h"

/* An element is (symbol << 1 | has blanks before it). Symbols from SYMBOL_FIRST_WORD on are words of a vocabulary. */
enum {
    SYMBOL_VALUE = 0,        /* one value */
    SYMBOL_VALUES = 1,       /* of shapes only: any number of units, none included */
    SYMBOL_FIRST_WORD = 2,   /* id of a word + this */
    SYMBOL_UNKNOWN = 1 << 30 /* a word that the vocabulary lacks */
};

#define ELEMENT_WEAK 0x80000000u /* of a shape's word: it stands behind "=", and another word fits too */

enum word_trait {
    WORD_MARK = 1,
    WORD_DIGIT = 2, /* holds a digit */
    WORD_NAME = 4,  /* dots, slashes, ... inside: not a word of prose */
    WORD_PROSE = 8, /* what sentences are made of: "is", "the", "started", "failed" */
    WORD_CAPS = 16, /* capitals alone: GET, LOOKING */
    WORD_NOUN = 32, /* what a name may follow: "user", "host" */
    WORD_UNIT = 64  /* "KB", "ms" */
};

struct vocabulary {
    struct intern words;
    uint8_t *traits; /* [words.count] bits of word_trait */
    size_t cap;
};

struct unit {
    uint32_t element;
    uint32_t word;     /* symbol of the one word it is, also where that is taken as a value; else SYMBOL_VALUE */
    uint16_t first, n; /* tokens it covers */
    uint8_t mask;      /* of a value: the mask of its tokens, MASK_QUOTED if they differ; of a word MASK_NONE */
    bool is_mark;
    bool is_weak; /* a value only since it stands behind "=" */
};

void vocabulary_release(struct vocabulary *vocabulary);
/* Cuts tokens[n] into out[MASK_MAX_TOKENS]; returns how many units, or a negative enum lw_code. A token that holds the
 * rest of a message is left out; has_rest tells of it. add: unknown words are added. */
int units_cut(struct vocabulary *vocabulary, bool add, const struct sequence_token *tokens, size_t n, struct unit *out,
              bool *has_rest);

static inline uint32_t element_symbol(uint32_t element)
{
    return (element & ~ELEMENT_WEAK) >> 1;
}

static inline bool element_is_slot(uint32_t element)
{
    return element_symbol(element) < SYMBOL_FIRST_WORD;
}

/* Bits of word_trait; 0 for a slot. */
static inline uint8_t element_traits(const struct vocabulary *vocabulary, uint32_t element)
{
    return element_is_slot(element) ? 0 : vocabulary->traits[element_symbol(element) - SYMBOL_FIRST_WORD];
}

static inline bool element_is_mark(const struct vocabulary *vocabulary, uint32_t element)
{
    return (element_traits(vocabulary, element) & WORD_MARK) != 0;
}

/* The word of an element that is no slot. */
static inline struct lw_bytes element_text(const struct vocabulary *vocabulary, uint32_t element)
{
    return intern_get(&vocabulary->words, element_symbol(element) - SYMBOL_FIRST_WORD);
}

/* The byte of a mark that is one byte; '\0' for all else. */
static inline char element_mark(const struct vocabulary *vocabulary, uint32_t element)
{
    if (!element_is_mark(vocabulary, element))
        return '\0';
    struct lw_bytes text = element_text(vocabulary, element);
    return text.len == 1 ? text.data[0] : '\0';
}

#endif
