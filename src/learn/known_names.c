/*
 * Two passes over the sequences: the first gathers what is named by the word before it, in parameters, in words that
 * templates have slots for, and in header fields; the second counts how often the same texts stand elsewhere, which is
 * what tells the account "backup" from the word. A list of words of English was rejected: programs have words of their
 * own, and people have names that are words.
 */
#include "learn/known_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "learn/identifier_words.h"

#define LEAST_LEN    4  /* of an account */
#define LEAST_PART   3  /* of a capitalised part of a name */
#define OFTEN        10 /* times as often named as it is a constant word, for one of letters alone */
#define KEY_DISTANCE 3  /* tokens */

void known_names_init(struct known_names *names)
{
    *names = (struct known_names){.texts = INTERN_INIT};
}

void known_names_release(struct known_names *names)
{
    intern_release(&names->texts);
    free(names->items);
    known_names_init(names);
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Bytes of words, as names have them. */
static bool is_word_byte(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || (c & 0x80) != 0 || c == '_' || c == '.' || c == '-' || c == '@';
}

/* A word behind which a sentence may end. */
static size_t word_len(const char *text, size_t len)
{
    size_t n = 0;
    while (n < len && is_word_byte(text[n]))
        n++;
    while (n > 0 && (text[n - 1] == '.' || text[n - 1] == '-'))
        n--;
    return n;
}

static bool is_capital(struct lw_bytes text)
{
    return text.len > 1 && ((text.data[0] >= 'A' && text.data[0] <= 'Z') || (text.data[0] & 0x80) != 0);
}

bool known_names_part(const char *text, size_t len, struct lw_span *word)
{
    for (size_t at = word->start + word->len, n; at < len; at += n + (n == 0)) {
        n = word_len(text + at, len - at);
        if (is_capital((struct lw_bytes){text + at, n})) {
            *word = (struct lw_span){at, n};
            return true;
        }
    }
    return false;
}

struct lw_bytes known_names_key(const struct sequence_token *tokens, size_t i, bool *is_marked)
{
    bool is_part = tokens[i].mask == MASK_NONE && is_capital(tokens[i].text);
    *is_marked = false;
    for (size_t back = 1; back <= KEY_DISTANCE && back <= i && tokens[i - back].mask == MASK_NONE; back++) {
        struct lw_bytes text = tokens[i - back].text;
        if (text.len > 1 &&
            (!is_part || !is_capital(text) || identifier_of_key(text.data, text.len) != IDENTIFIER_NONE))
            return text;
        *is_marked = *is_marked || (text.len == 1 && (text.data[0] == '=' || text.data[0] == ':'));
    }
    return (struct lw_bytes){"", 0};
}

/* ---- finding them -------------------------------------------------------------------------------------------------
 */

struct finding {
    struct known_names *names;
    const struct counts *counts;
    const struct templates *templates;
    bool is_counting; /* the second pass */
};

static int add_name(struct known_names *names, struct lw_bytes text)
{
    size_t before = names->texts.count;
    uint32_t id;
    if (intern_add(&names->texts, text.data, text.len, &id) != 0 ||
        alloc_grow(&names->items, &names->cap, names->texts.count, sizeof *names->items) != 0)
        return LW_ERR_MEMORY;
    if (id == before)
        names->items[id] = (struct known_name){0, 0, 0, false};
    return 0;
}

static bool is_named(struct lw_bytes key, struct lw_bytes text)
{
    return key.len > 0 && identifier_of_key(key.data, key.len) == IDENTIFIER_USER &&
           identifier_of_named(key.data, key.len, text.data, text.len) == IDENTIFIER_USER &&
           identifier_may_name(text.data, text.len);
}

static int note_word(struct finding *finding, struct lw_bytes text, bool is_name, bool is_part, uint64_t count)
{
    struct known_names *names = finding->names;
    if (!finding->is_counting)
        return is_name && text.len >= (is_part ? LEAST_PART : LEAST_LEN) ? add_name(names, text) : 0;
    uint32_t id = intern_find(&names->texts, text.data, text.len);
    if (id == INTERN_NONE)
        return 0;
    *(is_name ? &names->items[id].named : &names->items[id].values) += count;
    names->items[id].is_part = names->items[id].is_part || (is_name && is_part);
    return 0;
}

static int note_value(struct finding *finding, struct lw_bytes key, struct lw_bytes text, uint64_t count)
{
    struct lw_span word = {0, 0};
    bool is_name = is_named(key, text);
    if (word_len(text.data, text.len) == text.len)
        return note_word(finding, text, is_name, false, count);
    int rc = 0;
    while (is_name && rc == 0 && known_names_part(text.data, text.len, &word))
        rc = note_word(finding, (struct lw_bytes){text.data + word.start, word.len}, true, true, count);
    return rc;
}

static int note_pool(struct finding *finding, struct lw_bytes key, const struct pool *pool)
{
    int rc = 0;
    for (uint32_t i = 0; i < pool->n && rc == 0; i++)
        if (pool->values[i].len < POOL_VALUE_MAX)
            rc = note_value(finding, key, (struct lw_bytes){pool->values[i].text, pool->values[i].len},
                            pool->values[i].count);
    return rc;
}

/* A message that has been counted, and which of its tokens its template has slots for, found when first asked for. */
struct message {
    uint32_t sequence;
    struct sequence_token tokens[MASK_MAX_TOKENS];
    bool is_aligned, is_slot[MASK_MAX_TOKENS];
};

static int find_slots(const struct finding *finding, struct message *message)
{
    const struct templates *templates = finding->templates;
    struct lw_span spans[MASK_MAX_TOKENS];
    ptrdiff_t index = templates_index(templates, templates->of_sequence[message->sequence]);
    size_t n_slots = index < 0 ? 0 : templates->items[index].n_slots;
    if (message->is_aligned || n_slots == 0)
        return 0;
    int rc = templates_align(templates, &finding->counts->sequences, (size_t)index, message->sequence, spans, NULL);
    for (size_t s = 0; s < n_slots && rc == 0; s++)
        for (size_t i = spans[s].start; i < spans[s].start + spans[s].len; i++)
            message->is_slot[i] = true;
    message->is_aligned = true;
    return rc;
}

/* A token that is a word: a name where it is marked as one or varies. Others count only where they are like a name. */
static int note_token(struct finding *finding, struct message *message, size_t i)
{
    const struct known_names *names = finding->names;
    struct lw_bytes text = message->tokens[i].text;
    size_t n = word_len(text.data, text.len);
    uint32_t id = finding->is_counting && n > 0 ? intern_find(&names->texts, text.data, n) : INTERN_NONE;
    if (finding->is_counting && id == INTERN_NONE)
        return 0;
    bool is_marked;
    struct lw_bytes key = known_names_key(message->tokens, i, &is_marked);
    bool is_name = is_named(key, text);
    int rc = (is_name && is_marked) || (!is_name && !finding->is_counting) ? 0 : find_slots(finding, message);
    uint64_t count = finding->counts->sequences.stats[message->sequence].count;
    if (rc == 0 && (message->is_slot[i] || (is_name && is_marked)))
        return note_value(finding, key, text, count);
    if (rc == 0 && finding->is_counting)
        names->items[id].words += count;
    return rc;
}

static int note_sequence(struct finding *finding, struct message *message)
{
    const struct counts *counts = finding->counts;
    size_t n = sequence_tokens(&counts->sequences, message->sequence, message->tokens, MASK_MAX_TOKENS);
    const struct pool *pool = counts->params + counts->param_first[message->sequence];
    int rc = 0;
    bool is_marked;
    message->is_aligned = false;
    memset(message->is_slot, 0, n * sizeof *message->is_slot);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = message->tokens[i].mask == MASK_NONE
                 ? note_token(finding, message, i)
                 : note_pool(finding, known_names_key(message->tokens, i, &is_marked), pool++);
    return rc;
}

static int pass(struct finding *finding)
{
    const struct counts *counts = finding->counts;
    struct message message;
    int rc = 0;
    for (message.sequence = 0; message.sequence < counts->sequences.keys.count && rc == 0; message.sequence++)
        rc = note_sequence(finding, &message);
    for (uint32_t i = 0; i < counts->layouts.skeletons.count && rc == 0; i++) {
        struct skeleton skeleton;
        layout_skeleton(&counts->layouts, i, &skeleton);
        for (size_t j = 0, slot = 0; j < skeleton.n_parts && rc == 0; j++)
            if (skeleton.parts[j].kind == LAYOUT_SLOT)
                rc = note_pool(finding, skeleton.parts[j].text, &counts->layouts.values[i].slots[slot++]);
    }
    return rc;
}

int known_names_find(struct known_names *names, const struct counts *counts, const struct templates *templates)
{
    struct finding finding = {names, counts, templates, false};
    int rc = pass(&finding);
    finding.is_counting = true;
    return rc != 0 || names->texts.count == 0 ? rc : pass(&finding);
}

/* ---- looking for them ---------------------------------------------------------------------------------------------
 */

bool known_names_has(const struct known_names *names, const char *text, size_t len)
{
    uint32_t id = len < LEAST_PART ? INTERN_NONE : intern_find(&names->texts, text, len);
    if (id == INTERN_NONE)
        return false;
    const struct known_name *name = &names->items[id];
    size_t n_letters = 0;
    for (size_t i = 0; i < len; i++)
        n_letters += is_letter(text[i]);
    if (name->is_part)
        return name->named >= name->words / OFTEN;
    return n_letters < len ? name->named >= name->words : name->values == 0 && name->named / OFTEN >= name->words;
}

uint64_t known_names_count(const struct known_names *names, const char *text, size_t len)
{
    uint32_t id = intern_find(&names->texts, text, len);
    return id == INTERN_NONE ? 0 : names->items[id].named;
}

struct looking {
    const struct known_names *names;
    const char *text;
    size_t at; /* what is before has been looked at */
    identifier_visit visit;
    void *user;
};

static int visit_words(struct looking *looking, size_t end)
{
    int code = 0;
    for (size_t n; looking->at < end && code == 0; looking->at += n + (n == 0)) {
        const char *word = looking->text + looking->at;
        n = word_len(word, end - looking->at);
        struct identifier_match match = {IDENTIFIER_USER, looking->at, n, false};
        if (n > 0 && known_names_has(looking->names, word, n))
            code = looking->visit(looking->user, &match);
    }
    return code;
}

static int visit_match(void *user, const struct identifier_match *match)
{
    struct looking *looking = user;
    int code = visit_words(looking, match->start);
    looking->at = match->start + match->len;
    return code != 0 ? code : looking->visit(looking->user, match);
}

int known_names_scan(const struct known_names *names, const char *text, size_t len, identifier_visit visit, void *user)
{
    struct looking looking = {names, text, 0, visit, user};
    if (names == NULL || names->texts.count == 0)
        return identifier_scan_constant(text, len, visit, user);
    int code = identifier_scan_constant(text, len, visit_match, &looking);
    return code != 0 ? code : visit_words(&looking, len);
}
