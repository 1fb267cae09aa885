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

/* Words that tell what follows or that make up sentences, in any log in English. */
static const struct {
    const char *word;
    uint8_t trait;
} known_words[] = {
    {"user", WORD_NOUN},      {"host", WORD_NOUN},    {"node", WORD_NOUN},     {"device", WORD_NOUN},
    {"driver", WORD_NOUN},    {"file", WORD_NOUN},    {"class", WORD_NOUN},    {"process", WORD_NOUN},
    {"service", WORD_NOUN},   {"module", WORD_NOUN},  {"package", WORD_NOUN},  {"interface", WORD_NOUN},
    {"type", WORD_NOUN},      {"server", WORD_NOUN},  {"client", WORD_NOUN},   {"domain", WORD_NOUN},
    {"volume", WORD_NOUN},    {"table", WORD_NOUN},   {"database", WORD_NOUN}, {"container", WORD_NOUN},
    {"component", WORD_NOUN}, {"job", WORD_NOUN},     {"queue", WORD_NOUN},    {"topic", WORD_NOUN},
    {"from", WORD_NOUN},      {"command", WORD_NOUN}, {"name", WORD_NOUN},     {"app", WORD_NOUN},
    {"a", WORD_PROSE},        {"an", WORD_PROSE},     {"and", WORD_PROSE},     {"are", WORD_PROSE},
    {"as", WORD_PROSE},       {"at", WORD_PROSE},     {"be", WORD_PROSE},      {"by", WORD_PROSE},
    {"can", WORD_PROSE},      {"cannot", WORD_PROSE}, {"could", WORD_PROSE},   {"did", WORD_PROSE},
    {"do", WORD_PROSE},       {"does", WORD_PROSE},   {"for", WORD_PROSE},     {"has", WORD_PROSE},
    {"have", WORD_PROSE},     {"in", WORD_PROSE},     {"into", WORD_PROSE},    {"is", WORD_PROSE},
    {"it", WORD_PROSE},       {"no", WORD_PROSE},     {"not", WORD_PROSE},     {"of", WORD_PROSE},
    {"off", WORD_PROSE},      {"on", WORD_PROSE},     {"or", WORD_PROSE},      {"out", WORD_PROSE},
    {"over", WORD_PROSE},     {"the", WORD_PROSE},    {"this", WORD_PROSE},    {"to", WORD_PROSE},
    {"too", WORD_PROSE},      {"up", WORD_PROSE},     {"down", WORD_PROSE},    {"was", WORD_PROSE},
    {"were", WORD_PROSE},     {"while", WORD_PROSE},  {"will", WORD_PROSE},    {"with", WORD_PROSE},
    {"begin", WORD_PROSE},    {"end", WORD_PROSE},    {"start", WORD_PROSE},   {"stop", WORD_PROSE},
    {"read", WORD_PROSE},     {"write", WORD_PROSE},  {"success", WORD_PROSE}, {"failure", WORD_PROSE},
};

static uint8_t prose_trait(const char *s, size_t len)
{
    static const char endings[][5] = {"ed", "ing", "tion", "able", "ful", "ly"};
    char lower[16];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (len > n + 2 && memcmp(s + len - n, endings[i], n) == 0)
            return WORD_PROSE;
    }
    if (len >= sizeof lower)
        return 0;
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] - 'A' + 'a' : s[i]);
    for (size_t i = 0; i < sizeof known_words / sizeof *known_words; i++)
        if (strlen(known_words[i].word) == len && memcmp(known_words[i].word, lower, len) == 0)
            return known_words[i].trait;
    return 0;
}

/* "org.example.LAMP_OFF": a name whose last word tells one message from another. */
static bool is_event_name(const char *s, size_t len)
{
    size_t word = len, label;
    while (word > 0 && s[word - 1] >= 'A' && s[word - 1] <= 'Z')
        word--;
    for (label = word; label > 0 && (s[label - 1] == '_' || (s[label - 1] >= 'A' && s[label - 1] <= 'Z'));)
        label--;
    return label < word && label > 0 && s[label - 1] == '.' && prose_trait(s + word, len - word) == WORD_PROSE;
}

static uint8_t traits_of(const char *s, size_t len)
{
    unsigned all = 0, traits = 0;
    bool is_caps = len > 1;
    for (size_t i = 0; i < len; i++) {
        unsigned class = value_class[(unsigned char)s[i]];
        all |= class;
        is_caps = is_caps && ((s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_');
        if (i > 0 && i + 1 < len && (class & (BYTE_DOT | BYTE_SLASH | BYTE_COLON)) != 0)
            traits |= WORD_NAME;
    }
    if ((all & (BYTE_ALPHA | BYTE_DIGIT)) == 0)
        return WORD_MARK;
    traits |= (all & BYTE_DIGIT) != 0 ? WORD_DIGIT : 0;
    traits |= is_caps ? WORD_CAPS : 0;
    if (is_event_name(s, len))
        traits = (traits & ~(unsigned)WORD_NAME) | WORD_PROSE;
    traits |= value_is_unit(s, len) ? WORD_UNIT : 0;
    return (uint8_t)(traits | prose_trait(s, len));
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
    if (token->mask != MASK_NONE)
        return false;
    for (size_t i = 0; i < token->text.len; i++)
        if ((value_class[(unsigned char)token->text.data[i]] & (BYTE_ALPHA | BYTE_DIGIT)) != 0)
            return false;
    return true;
}

static bool is_one_of(const struct sequence_token *token, const char *marks)
{
    return token->mask == MASK_NONE && token->text.len == 1 && token->text.data[0] != '\0' &&
           strchr(marks, token->text.data[0]) != NULL;
}

/* "org.example.Name": two dots or more between letters and digits; not a function that is called, a key, or an
 * event. */
static bool is_dotted_name(const struct sequence_token *tokens, size_t n, size_t i)
{
    const struct sequence_token *token = &tokens[i];
    size_t dots = 0, label = 0;
    if (token->mask != MASK_NONE ||
        (i + 1 < n && (is_one_of(&tokens[i + 1], "=") || (tokens[i + 1].space == 0 && is_one_of(&tokens[i + 1], "(")))))
        return false;
    for (size_t at = 0; at < token->text.len; at++) {
        unsigned class = value_class[(unsigned char)token->text.data[at]];
        if ((class & (BYTE_SPACE | BYTE_MARK)) != 0)
            return false;
        if ((class & BYTE_DOT) != 0) {
            dots += label > 1;
            label = 0;
        } else {
            label++;
        }
    }
    return dots >= 2 && label > 1 && !is_event_name(token->text.data, token->text.len);
}

/* A word behind "key=", in quotes or not; what opens a bracket is the name of what stands in it. */
static bool is_keyed(const struct sequence_token *tokens, size_t n, size_t i)
{
    if (i < 2 || is_mark(&tokens[i]) || (i + 1 < n && tokens[i + 1].space == 0 && is_one_of(&tokens[i + 1], "({[<")))
        return false;
    size_t at = i - 1;
    if (is_one_of(&tokens[at], "\"'") && tokens[i].space == 0 && at >= 2 && tokens[at].space == 0)
        at--;
    else if (tokens[i].space > 0 && tokens[at].space == 0)
        return false;
    return is_one_of(&tokens[at], "=") && tokens[at - 1].mask == MASK_NONE &&
           (!is_mark(&tokens[at - 1]) || is_one_of(&tokens[at - 1], "])\"'"));
}

static bool is_text(const struct sequence_token *token, const char *text)
{
    return token->mask == MASK_NONE && token->text.len == strlen(text) &&
           memcmp(token->text.data, text, token->text.len) == 0;
}

/* "for root", "user admin": accounts that most systems have. */
static bool is_account(const struct sequence_token *tokens, size_t i)
{
    static const char accounts[][14] = {"root", "admin", "administrator", "Administrator", "nobody", "guest"};
    if (i == 0 || tokens[i].space == 0 ||
        !(is_text(&tokens[i - 1], "user") || is_text(&tokens[i - 1], "for") || is_text(&tokens[i - 1], "by")))
        return false;
    for (size_t a = 0; a < sizeof accounts / sizeof *accounts; a++)
        if (is_text(&tokens[i], accounts[a]))
            return true;
    return false;
}

/* "[-]": no value. */
static bool is_absent(const struct sequence_token *tokens, size_t n, size_t i)
{
    return is_text(&tokens[i], "-") && i > 0 && i + 1 < n && tokens[i].space == 0 && tokens[i + 1].space == 0 &&
           ((is_text(&tokens[i - 1], "[") && is_text(&tokens[i + 1], "]")) ||
            (is_text(&tokens[i - 1], "(") && is_text(&tokens[i + 1], ")")));
}

static bool is_value(const struct sequence_token *tokens, size_t n, size_t i)
{
    return tokens[i].mask != MASK_NONE || is_dotted_name(tokens, n, i) || is_account(tokens, i) ||
           is_absent(tokens, n, i);
}

/* What a mask of the user's found is a value by itself, and part of no other. */
static bool is_users(const struct sequence_token *token)
{
    return token->mask >= MASK_COUNT;
}

static bool is_joint(const struct sequence_token *token)
{
    return token->mask == MASK_NONE && token->space == 0 && token->text.len <= 2 && is_mark(token) &&
           strchr(":,/.-+@#*", token->text.data[0]) != NULL;
}

static bool has_digit(const struct sequence_token *token)
{
    for (size_t i = 0; i < token->text.len; i++)
        if ((value_class[(unsigned char)token->text.data[i]] & BYTE_DIGIT) != 0)
            return true;
    return false;
}

/* "space/name-6f9c": a word before a slash and an id belongs to it; so does a port, "Ethernet0/12". */
static bool is_qualified(const struct sequence_token *tokens, size_t n, size_t i)
{
    return i + 2 < n && tokens[i].mask == MASK_NONE && !is_mark(&tokens[i]) && tokens[i + 1].space == 0 &&
           is_one_of(&tokens[i + 1], "/") && tokens[i + 2].space == 0 &&
           (tokens[i + 2].mask == MASK_ID || tokens[i + 2].mask == MASK_HEX || tokens[i + 2].mask == MASK_UUID ||
            (tokens[i + 2].mask == MASK_NONE && has_digit(&tokens[i + 2])) ||
            (tokens[i + 2].mask == MASK_INTEGER && has_digit(&tokens[i])));
}

/* Number of tokens from the value at i on that make one value. A name goes on behind "$": org.example.Outer$Inner. */
static size_t value_len(const struct sequence_token *tokens, size_t n, size_t i)
{
    size_t end = i + 1;
    while (!is_users(&tokens[i])) {
        while (end + 1 < n && !is_users(&tokens[end + 1]) && tokens[end].space == 0 && is_text(&tokens[end], "$") &&
               tokens[end + 1].space == 0 && tokens[end - 1].mask == MASK_NONE && !is_mark(&tokens[end + 1]))
            end += 2;
        size_t next = end, bytes = 0;
        for (; next < n && is_joint(&tokens[next]); next++)
            bytes += tokens[next].text.len;
        if (next == end || bytes > 2 || next >= n || tokens[next].space != 0 || is_users(&tokens[next]) ||
            !is_value(tokens, n, next))
            break;
        end = next + 1;
    }
    return end - i;
}

/* "ann.b@mail.example": a word, "@" and a name with a dot. */
static bool is_address(const struct sequence_token *tokens, size_t n, size_t i)
{
    if (i + 2 >= n || is_mark(&tokens[i]) || is_users(&tokens[i]) || tokens[i + 1].space > 0 ||
        !is_one_of(&tokens[i + 1], "@") || tokens[i + 2].space > 0 || tokens[i + 2].mask != MASK_NONE ||
        is_mark(&tokens[i + 2]))
        return false;
    const struct lw_bytes *name = &tokens[i + 2].text;
    return name->len > 2 && memchr(name->data + 1, '.', name->len - 2) != NULL &&
           memchr(name->data, '/', name->len) == NULL;
}

/* The same where a value may begin with a mark: <0x1f>, +5, #7. 0 if there is no value at i. */
static size_t slot_len(const struct sequence_token *tokens, size_t n, size_t i)
{
    if (is_address(tokens, n, i))
        return 3;
    if (is_value(tokens, n, i))
        return value_len(tokens, n, i);
    if (is_qualified(tokens, n, i))
        return 2 + value_len(tokens, n, i + 2);
    if (is_one_of(&tokens[i], "<") && i + 4 < n && tokens[i + 1].space == 0 && is_address(tokens, n, i + 1) &&
        tokens[i + 4].space == 0 && is_one_of(&tokens[i + 4], ">"))
        return 5;
    if (i + 1 >= n || tokens[i + 1].space != 0 || tokens[i + 1].mask == MASK_NONE || is_users(&tokens[i + 1]))
        return 0;
    if (is_one_of(&tokens[i], "+#~") && (i == 0 || tokens[i].space > 0))
        return 1 + value_len(tokens, n, i + 1);
    if (is_one_of(&tokens[i], "<") && i + 2 < n && tokens[i + 2].space == 0 && is_one_of(&tokens[i + 2], ">"))
        return 3;
    return 0;
}

static uint8_t value_mask_of(const struct sequence_token *tokens, size_t n)
{
    uint8_t mask = MASK_NONE;
    for (size_t i = 0; i < n; i++)
        if (tokens[i].mask != MASK_NONE && tokens[i].mask != mask) {
            if (mask != MASK_NONE)
                return MASK_QUOTED;
            mask = tokens[i].mask;
        }
    return mask;
}

int units_cut(struct vocabulary *vocabulary, bool add, const struct sequence_token *tokens, size_t n, struct unit *out,
              bool *has_rest)
{
    *has_rest = n > 1 && tokens[n - 1].mask == MASK_QUOTED;
    n -= *has_rest;
    int units = 0;
    for (size_t i = 0; i < n;) {
        size_t len = slot_len(tokens, n, i);
        bool is_weak = len == 0 && is_keyed(tokens, n, i);
        bool is_slot = len > 0 || is_weak;
        uint32_t word = SYMBOL_VALUE;
        len = len > 0 ? len : 1;
        if (len == 1 && tokens[i].mask == MASK_NONE && word_symbol(vocabulary, add, &tokens[i].text, &word) != 0)
            return LW_ERR_MEMORY;
        out[units++] = (struct unit){(is_slot ? SYMBOL_VALUE : word) << 1 | (tokens[i].space > 0),
                                     word,
                                     (uint16_t)i,
                                     (uint16_t)len,
                                     value_mask_of(tokens + i, len),
                                     !is_slot && is_mark(&tokens[i]),
                                     is_weak};
        i += len;
    }
    return units;
}
