/*
 * Fakes are numbered in the order in which their values are first asked for, and drawn by that number: a fake says
 * nothing of its value but its form, which a keyed hash of the value would, since all addresses there are can be tried.
 * Identifiers inside a value are replaced where they stand, by the same fakes, so that an address with a port and the
 * address alone stay one. What is left of a value counts as a value of its own: a port that every value has is shown.
 */
#include "generate/disguise.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "generate/purpose.h"

#define FAKE_SEED   0x6c6f6777u
#define MAX_TRIES   8  /* that keep as much */
#define MAX_MATCHES 32 /* identifiers in one value; text behind the last is scrambled */
#define HOLE        1  /* stands in the rest of a value for an identifier that was taken out */
#define WORD        2  /* stands before a word of values */
#define WORD_MAX    40

void disguise_init(struct disguise *disguise, const struct lw_constraints *constraints, const struct user_masks *masks,
                   const struct known_names *names)
{
    *disguise = (struct disguise){.minimum_count = constraints != NULL ? (uint64_t)constraints->minimum_count : 5,
                                  .masks = masks,
                                  .names = names,
                                  .values = INTERN_INIT,
                                  .fakes = INTERN_INIT,
                                  .scratch = BUF_INIT};
    for (size_t i = 0; constraints != NULL && i < constraints->n_allowed; i++)
        disguise->is_allowed[identifier_by_name(constraints->allowed[i], strlen(constraints->allowed[i]))] = true;
    disguise->is_allowed[IDENTIFIER_NONE] = true;
}

void disguise_release(struct disguise *disguise)
{
    intern_release(&disguise->values);
    intern_release(&disguise->fakes);
    free(disguise->items);
    tokens_release(&disguise->tokens);
    buf_release(&disguise->scratch);
    memset(disguise, 0, sizeof *disguise);
}

/* ---- what stands in a value ---------------------------------------------------------------------------------------
 */

struct matches {
    const struct disguise *disguise;
    size_t n;
    struct identifier_match items[MAX_MATCHES];
};

static int add_match(void *user, const struct identifier_match *match)
{
    struct matches *matches = user;
    if (matches->disguise->is_allowed[match->kind])
        return 0;
    if (matches->n == MAX_MATCHES)
        return 1;
    matches->items[matches->n++] = *match;
    return 0;
}

static void find_matches(const struct disguise *disguise, struct lw_bytes text, bool is_constant, struct matches *out)
{
    *out = (struct matches){.disguise = disguise};
    if (is_constant)
        (void)known_names_scan(disguise->names, text.data, text.len, add_match, out);
    else
        (void)identifier_scan(text.data, text.len, add_match, out);
}

/* Those of a value; of one that only as a whole is an identifier, what stands before its first blank, or each word if
 * it is a name: the first and the last name of somebody. */
static void find_in_value(const struct disguise *disguise, struct lw_bytes text, enum identifier kind,
                          struct matches *out)
{
    find_matches(disguise, text, false, out);
    if (out->n > 0 || disguise->is_allowed[kind] || text.data[0] == ' ')
        return;
    for (size_t at = 0; at < text.len && out->n < MAX_MATCHES && (at == 0 || kind == IDENTIFIER_USER);) {
        const char *blank = memchr(text.data + at, ' ', text.len - at);
        size_t n = blank == NULL ? text.len - at : (size_t)(blank - text.data) - at;
        if (n > 0)
            out->items[out->n++] = (struct identifier_match){.kind = kind, .start = at, .len = n};
        at += n + 1;
    }
}

/* Appends the text with a hole for each match. */
static void add_rest(struct lw_bytes text, const struct matches *matches, struct buf *out)
{
    size_t at = 0;
    for (size_t i = 0; i < matches->n; i++) {
        buf_add(out, text.data + at, matches->items[i].start - at);
        buf_add_byte(out, HOLE);
        at = matches->items[i].start + matches->items[i].len;
    }
    buf_add(out, text.data + at, text.len - at);
}

static int add_value(struct disguise *disguise, struct lw_bytes text, uint32_t *id)
{
    size_t before = disguise->values.count;
    if (intern_add(&disguise->values, text.data, text.len, id) != 0 ||
        alloc_grow(&disguise->items, &disguise->cap, disguise->values.count, sizeof *disguise->items) != 0)
        return LW_ERR_MEMORY;
    if (disguise->values.count > before)
        disguise->items[*id] = (struct disguised){.count = 0};
    return 0;
}

static int count_text(struct disguise *disguise, struct lw_bytes text, uint64_t count, uint32_t *id)
{
    if (add_value(disguise, text, id) != 0)
        return LW_ERR_MEMORY;
    disguise->items[*id].count += count;
    return 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* End of the run of letters and digits at i. */
static size_t run_end(struct lw_bytes text, size_t i, bool *has_digit)
{
    *has_digit = false;
    for (; i < text.len && (is_digit(text.data[i]) || is_letter(text.data[i])); i++)
        *has_digit = *has_digit || is_digit(text.data[i]);
    return i;
}

/* A word within values, as a value of its own. */
static struct lw_bytes word_key(char key[WORD_MAX + 1], const char *word, size_t len)
{
    key[0] = WORD;
    memcpy(key + 1, word, len);
    return (struct lw_bytes){key, len + 1};
}

static int count_words(struct disguise *disguise, struct lw_bytes text, uint64_t count)
{
    char key[WORD_MAX + 1];
    uint32_t id;
    for (size_t i = 0, end; i < text.len; i = end + (end == i)) {
        bool has_digit;
        end = run_end(text, i, &has_digit);
        if (end > i && !has_digit && end - i <= WORD_MAX &&
            count_text(disguise, word_key(key, text.data + i, end - i), count, &id) != 0)
            return LW_ERR_MEMORY;
    }
    return 0;
}

/* Parts of the name of somebody are names where they stand alone. */
static int mark_parts(struct disguise *disguise, struct lw_bytes text)
{
    struct lw_span part = {0, 0};
    uint32_t id;
    while (known_names_part(text.data, text.len, &part)) {
        if (add_value(disguise, (struct lw_bytes){text.data + part.start, part.len}, &id) != 0)
            return LW_ERR_MEMORY;
        disguise->items[id].kind = IDENTIFIER_USER;
    }
    return 0;
}

/* What is replaced in a text is no fake of anything else. */
static int note_matches(struct disguise *disguise, struct lw_bytes text, const struct matches *matches)
{
    uint32_t id;
    int rc = 0;
    for (size_t i = 0; i < matches->n && rc == 0; i++)
        rc = add_value(disguise, (struct lw_bytes){text.data + matches->items[i].start, matches->items[i].len}, &id);
    return rc;
}

int disguise_note_constant(struct disguise *disguise, struct lw_bytes text)
{
    struct matches matches;
    find_matches(disguise, text, true, &matches);
    return note_matches(disguise, text, &matches);
}

int disguise_count(struct disguise *disguise, struct lw_bytes name, struct lw_bytes text, uint64_t count)
{
    struct matches matches;
    uint32_t id;
    if (text.len == 0)
        return 0;
    int rc = count_text(disguise, text, count, &id);
    if (rc == 0)
        rc = count_words(disguise, text, count);
    if (rc != 0)
        return rc;
    enum identifier kind = name.len > 0 ? identifier_of_named(name.data, name.len, text.data, text.len)
                                        : identifier_of(text.data, text.len);
    if (kind != IDENTIFIER_NONE && !disguise->is_allowed[kind])
        disguise->items[id].kind = (uint8_t)kind;
    if (disguise->items[id].kind == IDENTIFIER_USER && memchr(text.data, ' ', text.len) != NULL &&
        mark_parts(disguise, text) != 0)
        return LW_ERR_MEMORY;
    find_in_value(disguise, text, (enum identifier)disguise->items[id].kind, &matches);
    if (matches.n == 0 || note_matches(disguise, text, &matches) != 0)
        return matches.n == 0 ? 0 : LW_ERR_MEMORY;
    buf_clear(&disguise->scratch);
    add_rest(text, &matches, &disguise->scratch);
    if (buf_status(&disguise->scratch) != 0)
        return LW_ERR_MEMORY;
    return count_text(disguise, (struct lw_bytes){disguise->scratch.data, disguise->scratch.len}, count, &id);
}

/* ---- fakes --------------------------------------------------------------------------------------------------------
 */

static bool is_hex_run(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_digit(text[i]) && (!is_letter(text[i]) || (text[i] | 0x20) > 'f'))
            return false;
    return true;
}

/* Vowels become vowels, so that words look like words. */
static char other_letter(char c, bool is_hex, struct rng *rng)
{
    static const char vowels[] = "aeiou", others[] = "bcdfghjklmnpqrstvwxz";
    char small = (char)(c | 0x20);
    const char *from = is_hex ? "abcdef" : strchr(vowels, small) != NULL ? vowels : others;
    return (char)(from[rng_below(rng, strlen(from))] - (c < 'a' ? 32 : 0));
}

static bool is_shown(const struct disguise *disguise, uint32_t id)
{
    return id != INTERN_NONE && disguise->items[id].count >= disguise->minimum_count;
}

static bool is_common_word(const struct disguise *disguise, const char *word, size_t len)
{
    char key[WORD_MAX + 1];
    if (len == 0 || len > WORD_MAX)
        return false;
    struct lw_bytes of = word_key(key, word, len);
    return is_shown(disguise, intern_find(&disguise->values, of.data, of.len));
}

/* What a scrambled text keeps; the further down, the less it may be like the text, or the more its form needs it. */
enum keeping {
    KEEP_COMMON,  /* words that many values have, and how large numbers are */
    KEEP_NOTHING, /* common words alone may make a value again */
    KEEP_HEX,     /* runs of letters that are hexadecimal digits stay such */
    KEEP_LETTERS  /* names of months and units, and how large numbers are */
};

/* Appends the text with its letters and digits drawn anew: digits stay digits, letters letters of their case,
 * hexadecimal runs hexadecimal, and a number keeps whether it starts with 0. What is common is kept, and no number is
 * larger than it was, as long as that may do. */
static void scramble(const struct disguise *disguise, struct lw_bytes text, enum keeping keeping, struct rng *rng,
                     struct buf *out)
{
    bool keeps_size = keeping == KEEP_COMMON || keeping == KEEP_LETTERS;
    for (size_t i = 0; i < text.len;) {
        bool has_digit;
        size_t end = run_end(text, i, &has_digit);
        if (keeping == KEEP_COMMON && !has_digit && is_common_word(disguise, text.data + i, end - i)) {
            buf_add(out, text.data + i, end - i);
            i = end;
        }
        bool is_hex = (has_digit || keeping == KEEP_HEX) && is_hex_run(text.data + i, end - i);
        bool is_prefix = end - i > 2 && text.data[i] == '0' && (text.data[i + 1] | 0x20) == 'x';
        if (is_prefix) {
            buf_add(out, text.data + i, 2);
            i += 2;
            is_hex = true;
        }
        for (size_t first = i; i < end; i++) {
            char c = text.data[i];
            uint64_t low = i == first && c != '0' && !is_prefix;
            uint64_t top = keeps_size && low > 0 && end - i > 1 ? (uint64_t)(c - '0') : 9;
            if (!is_digit(c))
                buf_add_byte(out, keeping == KEEP_LETTERS ? c : other_letter(c, is_hex, rng));
            else
                buf_add_byte(out, i == first && c == '0' ? c : (char)('0' + low + rng_below(rng, top + 1 - low)));
        }
        if (i < text.len)
            buf_add_byte(out, text.data[i++]);
    }
}

/* How the text is masked when it stands alone. */
struct form {
    uint64_t masks; /* a hash of the masks of its tokens; 0: out of memory */
    unsigned mask;  /* of the only one */
};

static struct form form_alone(struct disguise *disguise, struct lw_bytes text)
{
    const struct tokens *tokens = &disguise->tokens;
    struct form form = {1, MASK_LIMIT};
    if (mask_message(text.data, text.len, disguise->masks, &disguise->tokens) != 0)
        return (struct form){0, MASK_LIMIT};
    for (size_t i = 0; i < tokens->n; i++)
        form.masks = (form.masks * UINT64_C(0x9e3779b97f4a7c15) + tokens->items[i].mask + 1) | 1;
    if (tokens->n == 1)
        form.mask = tokens->items[0].mask;
    return form;
}

static bool is_taken(void *user, const char *text, size_t len)
{
    struct disguise *disguise = user;
    return intern_find(&disguise->values, text, len) != INTERN_NONE ||
           intern_find(&disguise->fakes, text, len) != INTERN_NONE;
}

static uint64_t key_of(const struct disguise *disguise)
{
    struct rng rng;
    rng_init(&rng, FAKE_SEED, PURPOSE_FAKE, disguise->fakes.count);
    return rng_u64(&rng);
}

/* Appends a text of the form of one that is no identifier, or that no fake of its kind could be made for; keeping: what
 * is kept at first. */
static void add_scrambled(struct disguise *disguise, struct lw_bytes text, enum keeping keeping, struct buf *out)
{
    struct form form = form_alone(disguise, text);
    bool has_unit = form.mask == MASK_TIME || form.mask == MASK_DURATION || form.mask == MASK_SIZE;
    int n_keepings = has_unit ? KEEP_LETTERS + 1 : KEEP_LETTERS;
    size_t start = out->len;
    struct rng rng;
    rng_init(&rng, FAKE_SEED, PURPOSE_SCRAMBLE, disguise->fakes.count);
    for (int i = (int)keeping * MAX_TRIES; i < n_keepings * MAX_TRIES; i++) {
        out->len = start;
        scramble(disguise, text, (enum keeping)(i / MAX_TRIES), &rng, out);
        struct lw_bytes made = {out->data + start, out->len - start};
        if (buf_status(out) != 0 ||
            (form_alone(disguise, made).masks == form.masks && !is_taken(disguise, made.data, made.len)))
            return;
    }
}

/* Notes what was appended from start on as given out. */
static int keep_fake(struct disguise *disguise, const struct buf *out, size_t start, struct lw_bytes *fake)
{
    uint32_t id;
    if (buf_status(out) != 0 || intern_add(&disguise->fakes, out->data + start, out->len - start, &id) != 0)
        return LW_ERR_MEMORY;
    *fake = intern_get(&disguise->fakes, id);
    return 0;
}

/* The fake of a text that is an identifier as a whole. */
static int fake_whole(struct disguise *disguise, enum identifier kind, struct lw_bytes text, struct lw_bytes *fake)
{
    struct buf out = BUF_INIT;
    uint32_t id;
    if (add_value(disguise, text, &id) != 0)
        return LW_ERR_MEMORY;
    if (disguise->items[id].fake.data != NULL) {
        *fake = disguise->items[id].fake;
        return 0;
    }
    int rc = identifier_fake(kind, text.data, text.len, key_of(disguise), is_taken, disguise, &out);
    if (rc == LW_ERR_LIMIT) {
        buf_clear(&out);
        add_scrambled(disguise, text, kind == IDENTIFIER_USER ? KEEP_NOTHING : KEEP_COMMON, &out);
        rc = 0;
    }
    if (rc == 0)
        rc = keep_fake(disguise, &out, 0, fake);
    if (rc == 0)
        disguise->items[id].fake = *fake;
    buf_release(&out);
    return rc;
}

/* ---- asking -------------------------------------------------------------------------------------------------------
 */

/* Appends the text with its identifiers replaced, and the rest scrambled if it is too rare to be shown. */
static int replace_matches(struct disguise *disguise, struct lw_bytes text, const struct matches *matches,
                           bool is_rest_shown, struct buf *out)
{
    size_t at = 0;
    int rc = 0;
    for (size_t i = 0; i <= matches->n && rc == 0; i++) {
        size_t start = i < matches->n ? matches->items[i].start : text.len;
        struct lw_bytes between = {text.data + at, start - at}, fake = {"", 0};
        if (is_rest_shown)
            buf_add(out, between.data, between.len);
        else if (between.len > 0)
            add_scrambled(disguise, between, KEEP_COMMON, out);
        if (i < matches->n) {
            const struct identifier_match *match = &matches->items[i];
            rc = fake_whole(disguise, match->kind, (struct lw_bytes){text.data + start, match->len}, &fake);
            at = start + match->len;
        }
        buf_add(out, fake.data, fake.len);
    }
    return rc == 0 ? buf_status(out) : rc;
}

/* Words that say nothing of anybody however rarely they come, and marks. */
static bool is_harmless(struct lw_bytes text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += is_digit(text.data[i]) || is_letter(text.data[i]) || (text.data[i] & 0x80) != 0;
    return n == 0 || (text.len == 1 && n == 1);
}

static int make_fake(struct disguise *disguise, uint32_t id, struct lw_bytes text)
{
    struct matches matches;
    struct buf out = BUF_INIT, rest = BUF_INIT;
    struct lw_bytes fake = text;
    int rc = 0;
    find_in_value(disguise, text, (enum identifier)disguise->items[id].kind, &matches);
    if (matches.n > 0) {
        add_rest(text, &matches, &rest);
        if (buf_status(&rest) == 0)
            rc = replace_matches(disguise, text, &matches,
                                 is_shown(disguise, intern_find(&disguise->values, rest.data, rest.len)), &out);
        else
            rc = LW_ERR_MEMORY;
        if (rc == 0)
            rc = keep_fake(disguise, &out, 0, &fake);
    } else if (!is_shown(disguise, id) && !is_harmless(text)) {
        add_scrambled(disguise, text, KEEP_COMMON, &out);
        rc = keep_fake(disguise, &out, 0, &fake);
    } else {
        fake = intern_get(&disguise->values, id);
    }
    if (rc == 0)
        disguise->items[id].fake = fake;
    buf_release(&out);
    buf_release(&rest);
    return rc;
}

int disguise_value(struct disguise *disguise, struct lw_bytes text, struct lw_bytes *out)
{
    uint32_t id;
    *out = (struct lw_bytes){"", 0};
    if (text.len == 0)
        return 0;
    int rc = add_value(disguise, text, &id);
    if (rc == 0 && disguise->items[id].fake.data == NULL)
        rc = make_fake(disguise, id, text);
    if (rc == 0)
        *out = disguise->items[id].fake;
    return rc;
}

bool disguise_is_plain(const struct disguise *disguise, struct lw_bytes text)
{
    struct matches matches;
    uint32_t id = intern_find(&disguise->values, text.data, text.len);
    if (text.len == 0 || is_harmless(text))
        return true;
    find_matches(disguise, text, false, &matches);
    return matches.n == 0 && is_shown(disguise, id) && disguise->items[id].kind == IDENTIFIER_NONE;
}

bool disguise_has_identifier(const struct disguise *disguise, const struct pool *pool)
{
    for (uint32_t i = 0; i < pool->n; i++) {
        struct lw_bytes text = {pool->values[i].text, pool->values[i].len};
        uint32_t id = intern_find(&disguise->values, text.data, text.len);
        if (id != INTERN_NONE && disguise->items[id].kind != IDENTIFIER_NONE)
            return true;
    }
    return false;
}

int disguise_constant(struct disguise *disguise, struct lw_bytes text, struct buf *out)
{
    struct matches matches;
    find_matches(disguise, text, true, &matches);
    return replace_matches(disguise, text, &matches, true, out);
}

int disguise_like(struct disguise *disguise, struct lw_bytes text, struct lw_bytes *out)
{
    enum identifier kind = identifier_of(text.data, text.len);
    struct buf made = BUF_INIT;
    int rc = kind == IDENTIFIER_NONE
                 ? LW_ERR_LIMIT
                 : identifier_fake(kind, text.data, text.len, key_of(disguise), is_taken, disguise, &made);
    if (rc == LW_ERR_LIMIT) {
        buf_clear(&made);
        add_scrambled(disguise, text, KEEP_COMMON, &made);
        rc = 0;
    }
    if (rc == 0)
        rc = keep_fake(disguise, &made, 0, out);
    buf_release(&made);
    return rc;
}

int disguise_name(struct disguise *disguise, struct lw_bytes text, struct buf *out)
{
    enum identifier kind = identifier_of(text.data, text.len);
    struct lw_bytes fake = text;
    int rc = disguise->is_allowed[kind] ? 0 : fake_whole(disguise, kind, text, &fake);
    buf_add(out, fake.data, fake.len);
    return rc == 0 ? buf_status(out) : rc;
}
