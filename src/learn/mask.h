/*
 * Cutting a message into tokens and typing those that are values. One configuration for all logs. Thread-safe.
 * Tokens cover every byte of the message but white space: words and each punctuation mark that delimits are tokens of
 * their own, so that `key=<*>,` and `"<*>"` can be told from their values. A token may hold blanks: a date, a request
 * line's target with its protocol, words between quotes, and all that follows the first line of a message.
 */
#ifndef LW_LEARN_MASK_H
#define LW_LEARN_MASK_H

#include <stddef.h>
#include <stdint.h>

enum mask {
    MASK_NONE, /* a literal word or mark */
    MASK_INTEGER,
    MASK_HEX,
    MASK_FLOAT,
    MASK_IP,
    MASK_HOST_PORT,
    MASK_PATH,
    MASK_URL,
    MASK_UUID,
    MASK_MAC,
    MASK_TIME,
    MASK_DURATION,
    MASK_SIZE,
    MASK_ID,     /* letters with digits, such as blk_123 or req-9f3 */
    MASK_QUOTED, /* what is kept whole whatever it holds: lines after the first, and the tail of a long message */
    MASK_FLAG,   /* true, false, null, none */
    MASK_COUNT
};

struct token {
    uint32_t start, len; /* in the message */
    uint8_t mask;        /* enum mask, or from MASK_COUNT on one of the user's */
    uint8_t space;       /* white-space bytes before it: 0, 1, or 2 for more */
};
struct pattern_scratch;
struct tokens {
    struct token *items;
    size_t n, cap;
    struct pattern_scratch *scratch; /* of the user's masks; NULL until there was one */
};
struct user_masks;

#define MASK_MAX_TOKENS 256 /* a longer message ends in one literal-free token that holds the rest */

const char *mask_name(enum mask mask); /* "integer", "ip", "word" for MASK_NONE ... */
/* Reuses out's memory; start from zeros, end with tokens_release. What masks (NULL: none) find becomes one token each,
 * whatever stands in it; the rest is cut as if it ended there. 0 or LW_ERR_MEMORY. */
int mask_message(const char *message, size_t len, const struct user_masks *masks, struct tokens *out);
/* The same for a message that is a symbol, such as an event id of a sequence file: one literal token. */
int mask_symbol(const char *message, size_t len, struct tokens *out);
void tokens_release(struct tokens *tokens);

#endif
