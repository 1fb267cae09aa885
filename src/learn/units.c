#include "learn/units.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "learn/value.h"

void vocabulary_release(struct vocabulary *vocabulary)
{
    intern_release(&vocabulary->words);
    free(vocabulary->traits);
    vocabulary->traits = NULL;
    vocabulary->cap = 0;
}

static uint8_t traits_of(const char *s, size_t len)
{
    unsigned all = 0;
    bool has_inner = false;
    for (size_t i = 0; i < len; i++) {
        unsigned class = value_class[(unsigned char)s[i]];
        all |= class;
        has_inner = has_inner || (i > 0 && i + 1 < len && (class & (BYTE_DOT | BYTE_SLASH | BYTE_COLON)) != 0);
    }
    if ((all & (BYTE_ALPHA | BYTE_DIGIT)) == 0)
        return WORD_MARK;
    return (uint8_t)(((all & BYTE_DIGIT) != 0 ? WORD_DIGIT : 0) | (has_inner ? WORD_NAME : 0));
}

static int word_symbol(struct vocabulary *vocabulary, bool add, const struct lw_bytes *text, uint32_t *out)
{
    uint32_t id;
    if (!add) {
        id = intern_find(&vocabulary->words, text->data, text->len);
        *out = id == INTERN_NONE ? SYMBOL_UNKNOWN : id + SYMBOL_FIRST_WORD;
        return 0;
    }
    size_t before = vocabulary->words.count;
    if (alloc_grow(&vocabulary->traits, &vocabulary->cap, before + 1, 1) != 0 ||
        intern_add(&vocabulary->words, text->data, text->len, &id) != 0)
        return LW_ERR_MEMORY;
    if (id == before)
        vocabulary->traits[id] = traits_of(text->data, text->len);
    *out = id + SYMBOL_FIRST_WORD;
    return 0;
}

static bool is_mark(const struct sequence_token *token)
{
    return token->mask == MASK_NONE && traits_of(token->text.data, token->text.len) == WORD_MARK;
}

static bool is_equals(const struct sequence_token *token)
{
    return token->mask == MASK_NONE && token->text.len == 1 && token->text.data[0] == '=';
}

static bool is_value(const struct sequence_token *tokens, size_t i)
{
    if (tokens[i].mask != MASK_NONE)
        return true;
    return i > 1 && is_equals(&tokens[i - 1]) && !is_mark(&tokens[i]);
}

static bool is_joint(const struct sequence_token *token)
{
    return token->mask == MASK_NONE && token->space == 0 && token->text.len == 1 &&
           strchr(":,/.-+@#*", token->text.data[0]) != NULL;
}

/* Number of tokens from i on that make one value. */
static size_t value_len(const struct sequence_token *tokens, size_t n, size_t i)
{
    size_t end = i + 1;
    for (;;) {
        size_t next = end;
        while (next < n && next < end + 2 && is_joint(&tokens[next]))
            next++;
        if (next == end || next >= n || tokens[next].space != 0 || tokens[next].mask == MASK_NONE)
            return end - i;
        end = next + 1;
    }
}

static uint8_t value_mask_of(const struct sequence_token *tokens, size_t n)
{
    uint8_t mask = tokens[0].mask;
    for (size_t i = 1; i < n; i++)
        if (tokens[i].mask != MASK_NONE && tokens[i].mask != mask)
            return MASK_QUOTED;
    return mask;
}

int units_cut(struct vocabulary *vocabulary, bool add, const struct sequence_token *tokens, size_t n, struct unit *out,
              bool *has_rest)
{
    *has_rest = n > 1 && tokens[n - 1].mask == MASK_QUOTED;
    n -= *has_rest;
    int units = 0;
    for (size_t i = 0; i < n;) {
        bool is_slot = is_value(tokens, i);
        size_t len = is_slot ? value_len(tokens, n, i) : 1;
        uint32_t word = SYMBOL_VALUE;
        if (len == 1 && tokens[i].mask == MASK_NONE && word_symbol(vocabulary, add, &tokens[i].text, &word) != 0)
            return LW_ERR_MEMORY;
        out[units++] = (struct unit){(is_slot ? SYMBOL_VALUE : word) << 1 | (tokens[i].space > 0),
                                     word,
                                     (uint16_t)i,
                                     (uint16_t)len,
                                     value_mask_of(tokens + i, len),
                                     !is_slot && is_mark(&tokens[i])};
        i += len;
    }
    return units;
}
