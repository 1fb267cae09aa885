/*
 * One pass over the bytes with a table of classes. Blanks separate; marks ("=,;()[]{}<>\"'|" ...) are tokens of their
 * own, a run of the same mark being one. What lies between is an atom. Atoms of letters alone and of digits alone, by
 * far the most, are typed by the classes met while they were scanned; the others go to value.c whole, and if that sees
 * no value in them they are cut at colons, at slashes between numbers, and before a numeric suffix ("core.2275"), and
 * their pieces are typed. Regular expressions run over the whole message, as other miners do, were rejected for their
 * cost and because the order of their replacements matters in ways that nobody can foresee.
 */
#include "learn/mask.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/alloc.h"
#include "learn/user_masks.h"
#include "learn/value.h"
#include "logwright.h"

#define QUOTE_MAX 96 /* longer quotations are cut into tokens */

struct cutter {
    const char *text;
    size_t len; /* of what is cut: up to what a mask of the user's found, or the whole */
    size_t whole_len;
    struct token *items; /* room for MASK_MAX_TOKENS */
    size_t n;
    size_t space; /* blanks since the last token */
};

const char *mask_name(enum mask mask)
{
    static const char *const names[MASK_COUNT] = {
        [MASK_NONE] = "word",   [MASK_INTEGER] = "integer", [MASK_HEX] = "hex",
        [MASK_FLOAT] = "float", [MASK_IP] = "ip",           [MASK_HOST_PORT] = "host:port",
        [MASK_PATH] = "path",   [MASK_URL] = "url",         [MASK_UUID] = "uuid",
        [MASK_MAC] = "mac",     [MASK_TIME] = "time",       [MASK_DURATION] = "duration",
        [MASK_SIZE] = "size",   [MASK_ID] = "id",           [MASK_QUOTED] = "text",
        [MASK_FLAG] = "flag",
    };
    return (unsigned)mask < MASK_COUNT ? names[mask] : "word";
}

void tokens_release(struct tokens *tokens)
{
    free(tokens->items);
    pattern_scratch_free(tokens->scratch);
    *tokens = (struct tokens){NULL, 0, 0, NULL};
}

/* The last token takes all that is left, so that nothing is ever written past MASK_MAX_TOKENS. */
static void emit(struct cutter *c, size_t start, size_t end, unsigned mask)
{
    if (c->n >= MASK_MAX_TOKENS)
        return;
    struct token *token = &c->items[c->n++];
    if (c->n == MASK_MAX_TOKENS) {
        end = c->whole_len;
        mask = MASK_QUOTED;
    }
    token->start = (uint32_t)start;
    token->len = (uint32_t)(end - start);
    token->mask = (uint8_t)mask;
    token->space = (uint8_t)(c->space > 2 ? 2 : c->space);
    c->space = 0;
}

static unsigned short class_at(const struct cutter *c, size_t at)
{
    return at < c->len ? value_class[(unsigned char)c->text[at]] : BYTE_SPACE;
}

/* A word ending in a dot and digits is a name with a number: core.2275. */
static size_t numeric_suffix(const char *s, size_t len)
{
    size_t at = len;
    while (at > 0 && (value_class[(unsigned char)s[at - 1]] & (BYTE_DIGIT | BYTE_HEX)) != 0)
        at--;
    if (at < 2 || at == len || s[at - 1] != '.' || (value_class[(unsigned char)s[at]] & BYTE_DIGIT) == 0)
        return 0;
    for (size_t i = 0; i + 1 < at; i++)
        if ((value_class[(unsigned char)s[i]] & (BYTE_ALPHA | BYTE_DOT)) == 0)
            return 0;
    return at;
}

/* Emits what has neither a colon nor a slash that cuts. */
static void emit_piece(struct cutter *c, size_t start, size_t end, enum mask mask, unsigned all)
{
    const char *s = c->text + start;
    size_t suffix = (all & BYTE_DIGIT) != 0 && (all & BYTE_DOT) != 0 && (mask == MASK_NONE || mask == MASK_ID)
                        ? numeric_suffix(s, end - start)
                        : 0;
    if (suffix == 0) {
        emit(c, start, end, mask);
        return;
    }
    emit(c, start, start + suffix - 1, MASK_NONE);
    emit(c, start + suffix - 1, start + suffix, MASK_NONE);
    start += suffix;
    emit(c, start, end, value_mask(c->text + start, end - start, value_classes(c->text + start, end - start)));
}

/* A piece without colons: cut at slashes if it is no value but has digits. */
static void cut_piece(struct cutter *c, size_t start, size_t end)
{
    while (start < end && c->n < MASK_MAX_TOKENS) {
        const char *s = c->text + start;
        size_t len = end - start;
        unsigned all = value_classes(s, len);
        enum mask mask = value_mask(s, len, all);
        bool is_cut = mask == MASK_NONE && (all & BYTE_SLASH) != 0 && (all & BYTE_DIGIT) != 0 && len > 1;
        const char *slash = is_cut ? memchr(s, '/', len) : NULL;
        if (slash == NULL) {
            emit_piece(c, start, end, mask, all);
            return;
        }
        size_t at = start + (size_t)(slash - s);
        if (at > start) {
            all = value_classes(s, at - start);
            emit_piece(c, start, at, value_mask(s, at - start, all), all);
        }
        emit(c, at, at + 1, MASK_NONE);
        start = at + 1;
    }
}

/* Runs of dots or colons. */
static void emit_runs(struct cutter *c, size_t start, size_t end)
{
    while (start < end && c->n < MASK_MAX_TOKENS) {
        size_t at = start;
        while (start < end && c->text[start] == c->text[at])
            start++;
        emit(c, at, start, MASK_NONE);
    }
}

/* An atom that may hold anything, of the classes `all`. Colons and runs of dots delimit where it is no value.
 * known: the mask of the whole, or MASK_COUNT. */
static void cut_atom(struct cutter *c, size_t start, size_t end, unsigned all, enum mask known)
{
    size_t body = end;
    while (body > start && (c->text[body - 1] == ':' || c->text[body - 1] == '.'))
        body--;
    if (body == start) {
        emit(c, start, end, MASK_NONE);
        return;
    }
    if (body < end)
        all = value_classes(c->text + start, body - start);
    enum mask mask = body == end && known != MASK_COUNT ? known : value_mask(c->text + start, body - start, all);
    if ((mask != MASK_NONE && mask != MASK_ID) || (all & (BYTE_COLON | BYTE_DOT | BYTE_SLASH)) == 0) {
        emit(c, start, body, mask);
        emit_runs(c, body, end);
        return;
    }
    for (size_t from = start, at = start; from < body && c->n < MASK_MAX_TOKENS; from = at) {
        for (at = from; at < body; at++)
            if (c->text[at] == ':' || (c->text[at] == '.' && at + 1 < body && c->text[at + 1] == '.'))
                break;
        cut_piece(c, from, at);
        size_t stop = at;
        while (stop < body && c->text[stop] == c->text[at])
            stop++;
        emit_runs(c, at, stop);
        at = stop;
    }
    emit_runs(c, body, end);
}

/* End of the path or URL that begins at start and whose atom ends at end: further marks that such values hold are
 * taken in while they are followed by more of the value. A full stop stays only where a sentence goes on. */
static size_t extend_path(const struct cutter *c, size_t start, size_t end, bool is_url)
{
    const char *inner = is_url ? "?=&#@+$!*;,~" : "?=@+#&$*!~";
    for (;;) {
        while (end < c->len && (value_class[(unsigned char)c->text[end]] & (BYTE_SPACE | BYTE_MARK)) == 0)
            end++;
        if (end + 1 >= c->len || c->text[end] == '\0' || strchr(inner, c->text[end]) == NULL ||
            (class_at(c, end + 1) & (BYTE_SPACE | BYTE_MARK)) != 0)
            break;
        end++;
    }
    size_t body = end;
    while (body > start + 1 && (c->text[body - 1] == '.' || c->text[body - 1] == ':'))
        body--;
    if (body + 1 == end && c->text[body] == '.' && end + 1 < c->len && c->text[end] == ' ' &&
        !(c->text[end + 1] >= 'A' && c->text[end + 1] <= 'Z'))
        return end;
    return body;
}

/* A request line: the protocol belongs to the target. */
static size_t extend_protocol(const struct cutter *c, size_t end)
{
    if (c->len - end >= 9 && memcmp(c->text + end, " HTTP/", 6) == 0 && (class_at(c, end + 6) & BYTE_DIGIT) != 0)
        return c->len - end == 9 || (class_at(c, end + 9) & (BYTE_SPACE | BYTE_MARK)) != 0 ? end + 9 : end;
    return end;
}

/* Cuts a path or URL that begins at start; end and mask are of its atom. Returns where to go on, or 0 if it is none. */
static size_t cut_path(struct cutter *c, size_t start, size_t end, enum mask mask)
{
    const char *s = c->text + start;
    if (mask != MASK_URL && (mask != MASK_PATH || strchr("/~.", s[0]) == NULL))
        return 0;
    size_t stop = extend_protocol(c, extend_path(c, start, end, mask == MASK_URL));
    if (stop < end) {
        mask = value_mask(s, stop - start, value_classes(s, stop - start));
        mask = mask == MASK_NONE ? MASK_PATH : mask;
    }
    emit(c, start, stop, mask);
    if (stop < end)
        emit_runs(c, stop, end);
    return stop > end ? stop : end;
}

/* Words between quotes are one literal token if they hold blanks or marks but no digit, slash or other quote. Returns
 * the index of the closing quote, or 0. */
static size_t quoted_end(const struct cutter *c, size_t quote)
{
    char mark = c->text[quote];
    bool is_compound = false;
    size_t end = c->len - quote > QUOTE_MAX ? quote + QUOTE_MAX : c->len;
    if (quote > 0 && (class_at(c, quote - 1) & (BYTE_SPACE | BYTE_MARK)) == 0)
        return 0;
    for (size_t at = quote + 1; at < end; at++) {
        unsigned short class = class_at(c, at);
        if (c->text[at] == mark)
            return is_compound && at > quote + 2 && (class_at(c, at + 1) & (BYTE_SPACE | BYTE_MARK)) != 0 ? at : 0;
        if ((class & (BYTE_DIGIT | BYTE_SLASH)) != 0 || c->text[at] == '\n' || c->text[at] == '"' ||
            (at == quote + 1 && (class & BYTE_SPACE) != 0))
            return 0;
        is_compound = is_compound || (class & (BYTE_SPACE | BYTE_MARK)) != 0;
    }
    return 0;
}

/* "<1 sec", "<0.5ms": less than a number, with its unit of time. Returns the end, or 0. */
static size_t less_than_end(const struct cutter *c, size_t at)
{
    size_t end = at + 1;
    if (at > 0 && (class_at(c, at - 1) & BYTE_SPACE) == 0)
        return 0;
    while ((class_at(c, end) & (BYTE_DIGIT | BYTE_DOT)) != 0)
        end++;
    if (end == at + 1)
        return 0;
    size_t unit = end + (end < c->len && c->text[end] == ' '), stop = unit;
    while ((class_at(c, stop) & BYTE_ALPHA) != 0)
        stop++;
    if (value_is_time_unit(c->text + unit, stop - unit))
        return stop;
    return (class_at(c, end) & BYTE_SPACE) != 0 ? end : 0;
}

static bool is_bracket(char c)
{
    return c == '(' || c == ')' || c == '[' || c == ']' || c == '{' || c == '}' || c == '<' || c == '>';
}

/* Emits the marks at `at` and returns where to go on. */
static size_t cut_mark(struct cutter *c, size_t at)
{
    char mark = c->text[at];
    if (mark == '"' || mark == '\'') {
        size_t close = quoted_end(c, at);
        emit(c, at, at + 1, MASK_NONE);
        if (close == 0)
            return at + 1;
        emit(c, at + 1, close, MASK_NONE);
        emit(c, close, close + 1, MASK_NONE);
        return close + 1;
    }
    size_t end = mark == '<' ? less_than_end(c, at) : 0;
    if (end > 0) {
        emit(c, at, end, MASK_DURATION);
        return end;
    }
    end = at + 1;
    if (!is_bracket(mark))
        while (end < c->len && c->text[end] == mark)
            end++;
    emit(c, at, end, MASK_NONE);
    return end;
}

/* A date or clock that goes beyond its atom ("2005-06-17 07:07:00", "07:07:00,123", "Jun 17"). Returns its end or 0. */
static size_t calendar_end(const struct cutter *c, size_t start, size_t end, unsigned all)
{
    const char *s = c->text + start;
    size_t len = c->len - start, n = 0;
    if ((value_class[(unsigned char)s[0]] & BYTE_DIGIT) == 0)
        return end - start == 3 && s[0] < 'a' && (n = value_calendar(s, len)) > 0 ? start + n : 0;
    if ((all & (BYTE_SIGN | BYTE_SLASH | BYTE_DOT)) != 0)
        n = value_calendar(s, len);
    if (n == 0 && (all & BYTE_COLON) != 0 && (n = value_clock(s, len)) <= end - start)
        n = 0;
    return n >= end - start ? start + n : 0;
}

struct atom {
    size_t end;
    unsigned all;     /* classes of its bytes */
    bool is_only_hex; /* digits and a-f alone */
};

/* Adds one byte unless it ends the atom. */
static bool add_byte(struct atom *atom, unsigned char byte)
{
    unsigned class = value_class[byte];
    if ((class & (BYTE_SPACE | BYTE_MARK)) != 0)
        return false;
    atom->all |= class;
    atom->is_only_hex = atom->is_only_hex && (class & (BYTE_HEX | BYTE_DIGIT)) != 0;
    atom->end++;
    return true;
}

#ifdef __SSE2__
/* Bytes of x that are in low .. low + span. */
static __m128i in_range(__m128i x, char low, char span)
{
    __m128i above = _mm_sub_epi8(x, _mm_set1_epi8(low));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(span)), above);
}

/* Adds the run of letters, digits and "_-./:" among 16 bytes; its length. What else an atom may hold is rare. */
static size_t add_common(struct atom *atom, const unsigned char *s)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)s), lower = _mm_or_si128(x, _mm_set1_epi8(0x20));
    __m128i alpha = _mm_or_si128(in_range(lower, 'a', 'z' - 'a'), _mm_cmpeq_epi8(x, _mm_set1_epi8('_')));
    unsigned alphas = (unsigned)_mm_movemask_epi8(alpha);
    unsigned common = alphas | (unsigned)_mm_movemask_epi8(in_range(x, '-', ':' - '-')); /* - . / 0-9 : */
    unsigned n = (unsigned)__builtin_ctz(~common | 1u << 16), run = (1u << n) - 1;
    unsigned digits = (unsigned)_mm_movemask_epi8(in_range(x, '0', 9)) & run;
    unsigned hexes = (unsigned)_mm_movemask_epi8(in_range(lower, 'a', 5)) & run;
    unsigned specials = run & ~(alphas | digits);
    atom->all |= ((alphas & run) != 0) * (unsigned)BYTE_ALPHA;
    atom->all |= (digits != 0) * (unsigned)BYTE_DIGIT | (hexes != 0) * (unsigned)BYTE_HEX;
    for (; specials != 0; specials &= specials - 1)
        atom->all |= value_class[s[__builtin_ctz(specials)]];
    atom->is_only_hex = atom->is_only_hex && (digits | hexes) == run;
    atom->end += n;
    return n;
}
#endif

static struct atom find_atom(const struct cutter *c, size_t start)
{
    const unsigned char *s = (const unsigned char *)c->text;
    struct atom atom = {start, 0, true};
#ifdef __SSE2__
    while (c->len - atom.end >= 16)
        if (add_common(&atom, s + atom.end) < 16 && !add_byte(&atom, s[atom.end]))
            return atom;
#endif
    while (atom.end < c->len && add_byte(&atom, s[atom.end]))
        ;
    return atom;
}

/* Letters and a colon behind them, as in "src:", that are no value by themselves. */
static bool is_label(const struct cutter *c, size_t start, size_t len, unsigned all)
{
    size_t word = len - 1;
    if ((all & ~(unsigned)(BYTE_ALPHA | BYTE_HEX | BYTE_COLON)) != 0 || word == 0 || c->text[start + word] != ':' ||
        memchr(c->text + start, ':', word) != NULL)
        return false;
    return value_mask(c->text + start, word, BYTE_ALPHA | BYTE_HEX) == MASK_NONE;
}

/* Scans an atom, emits its tokens, and returns where to go on. */
static size_t scan_atom(struct cutter *c, size_t start)
{
    struct atom atom = find_atom(c, start);
    size_t end = atom.end, len = end - start;
    unsigned all = atom.all;
    bool is_word = (all & ~(unsigned)(BYTE_ALPHA | BYTE_HEX)) == 0;
    if (all == BYTE_DIGIT) {
        emit(c, start, end, MASK_INTEGER);
        return end;
    }
    size_t stop = is_word && len != 3 ? 0 : calendar_end(c, start, end, all);
    if (stop > 0) {
        emit(c, start, stop, MASK_TIME);
        return stop;
    }
    if (is_word) {
        bool may_be_value = len == 4 || len == 5 || atom.is_only_hex;
        emit(c, start, end, may_be_value ? value_mask(c->text + start, len, all) : MASK_NONE);
        return end;
    }
    if (is_label(c, start, len, all)) {
        emit(c, start, end - 1, MASK_NONE);
        emit(c, end - 1, end, MASK_NONE);
        return end;
    }
    enum mask mask = (all & BYTE_SLASH) != 0 ? value_mask(c->text + start, len, all) : MASK_COUNT;
    stop = mask != MASK_COUNT ? cut_path(c, start, end, mask) : 0;
    if (stop > 0)
        return stop;
    cut_atom(c, start, end, all, mask);
    return end;
}

static int begin(struct tokens *out, size_t len)
{
    out->n = 0;
    if (len > UINT32_MAX)
        return LW_ERR_LIMIT;
    return alloc_grow(&out->items, &out->cap, MASK_MAX_TOKENS, sizeof *out->items);
}

/* Cuts what lies between `at` and c->len. False: all that follows is in a token already. */
static bool cut_text(struct cutter *c, size_t at)
{
    while (at < c->len && c->n < MASK_MAX_TOKENS) {
        unsigned short class = value_class[(unsigned char)c->text[at]];
        if ((class & BYTE_SPACE) != 0) {
            if (c->text[at] == '\n' && c->n > 0) {
                for (; at < c->whole_len && (value_class[(unsigned char)c->text[at]] & BYTE_SPACE) != 0; at++)
                    c->space++;
                emit(c, at, c->whole_len, MASK_QUOTED);
                return false;
            }
            c->space++;
            at++;
        } else if ((class & BYTE_MARK) != 0) {
            at = cut_mark(c, at);
        } else {
            at = scan_atom(c, at);
        }
    }
    return c->n < MASK_MAX_TOKENS;
}

/* What the user's masks find, and between it the rest. */
static int cut_by_masks(struct cutter *c, const struct user_masks *masks, struct pattern_scratch **scratch)
{
    struct mask_search search;
    struct mask_found found;
    size_t at = 0;
    int status = mask_search_begin(&search, masks, c->text, c->whole_len, scratch);
    while (status == 0 && (status = mask_search_next(&search, at, &found)) == 1) {
        c->len = found.start;
        if (!cut_text(c, at))
            return 0;
        emit(c, found.start, found.end, found.mask);
        at = found.end;
        status = 0;
    }
    c->len = c->whole_len;
    if (status == 0)
        cut_text(c, at);
    return status;
}

int mask_message(const char *message, size_t len, const struct user_masks *masks, struct tokens *out)
{
    int status = begin(out, len);
    if (status != 0)
        return status;
    while (len > 0 && (value_class[(unsigned char)message[len - 1]] & BYTE_SPACE) != 0)
        len--;
    struct cutter c = {message, len, len, out->items, 0, 0};
    if (masks == NULL)
        cut_text(&c, 0);
    else
        status = cut_by_masks(&c, masks, &out->scratch);
    out->n = c.n;
    return status;
}

int mask_symbol(const char *message, size_t len, struct tokens *out)
{
    int status = begin(out, len);
    if (status != 0)
        return status;
    struct cutter c = {message, len, len, out->items, 0, 0};
    if (len > 0)
        emit(&c, 0, len, MASK_NONE);
    out->n = c.n;
    return 0;
}
