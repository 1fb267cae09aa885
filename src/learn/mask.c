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

#include "base/alloc.h"
#include "learn/value.h"
#include "logwright.h"

#define QUOTE_MAX 96 /* longer quotations are cut into tokens */

struct cutter {
    const char *text;
    size_t len;
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
    *tokens = (struct tokens){NULL, 0, 0};
}

/* The last token takes all that is left, so that nothing is ever written past MASK_MAX_TOKENS. */
static void emit(struct cutter *c, size_t start, size_t end, enum mask mask)
{
    if (c->n >= MASK_MAX_TOKENS)
        return;
    struct token *token = &c->items[c->n++];
    if (c->n == MASK_MAX_TOKENS) {
        end = c->len;
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

/* A piece without colons. */
static void cut_piece(struct cutter *c, size_t start, size_t end)
{
    if (start >= end)
        return;
    const char *s = c->text + start;
    size_t len = end - start;
    enum mask mask = value_mask(s, len);
    if (mask == MASK_NONE || mask == MASK_ID) {
        const char *slash = memchr(s, '/', len);
        bool has_digit = false;
        for (size_t i = 0; i < len && !has_digit; i++)
            has_digit = (value_class[(unsigned char)s[i]] & BYTE_DIGIT) != 0;
        if (mask == MASK_NONE && slash != NULL && len > 1 && has_digit) {
            size_t at = start + (size_t)(slash - s);
            cut_piece(c, start, at);
            emit(c, at, at + 1, MASK_NONE);
            cut_piece(c, at + 1, end);
            return;
        }
        size_t suffix = has_digit ? numeric_suffix(s, len) : 0;
        if (suffix > 0) {
            emit(c, start, start + suffix - 1, MASK_NONE);
            emit(c, start + suffix - 1, start + suffix, MASK_NONE);
            emit(c, start + suffix, end, value_mask(s + suffix, len - suffix));
            return;
        }
    }
    emit(c, start, end, mask);
}

/* An atom of which only the classes are known to hold more than letters. Runs of dots delimit. */
static void cut_atom(struct cutter *c, size_t start, size_t end)
{
    size_t body = end;
    while (body > start && (c->text[body - 1] == ':' || c->text[body - 1] == '.'))
        body--;
    if (body == start) {
        emit(c, start, end, MASK_NONE);
        return;
    }
    enum mask mask = value_mask(c->text + start, body - start);
    if (mask != MASK_NONE && mask != MASK_ID) {
        emit(c, start, body, mask);
    } else {
        size_t from = start;
        for (size_t at = start; at <= body; at++) {
            bool is_colon = at < body && c->text[at] == ':';
            bool is_dots = at + 1 < body && c->text[at] == '.' && c->text[at + 1] == '.';
            if (at < body && !is_colon && !is_dots)
                continue;
            cut_piece(c, from, at);
            size_t stop = at;
            while (stop < body && c->text[stop] == c->text[at])
                stop++;
            if (at < body)
                emit(c, at, stop, MASK_NONE);
            from = stop;
            at = stop > at ? stop - 1 : at;
        }
    }
    while (body < end) {
        size_t at = body;
        while (body < end && c->text[body] == c->text[at])
            body++;
        emit(c, at, body, MASK_NONE);
    }
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

static bool starts_path(const struct cutter *c, size_t start, size_t end)
{
    const char *s = c->text + start;
    size_t len = end - start;
    enum mask mask = value_mask(s, len);
    return (mask == MASK_PATH && (s[0] == '/' || s[0] == '~' || s[0] == '.')) || mask == MASK_URL ||
           (len == 1 && s[0] == '/');
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
    if (strchr("()[]{}<>", mark) == NULL)
        while (end < c->len && c->text[end] == mark)
            end++;
    emit(c, at, end, MASK_NONE);
    return end;
}

/* Scans an atom, emits its tokens, and returns where to go on. */
static size_t scan_atom(struct cutter *c, size_t start)
{
    const unsigned char *s = (const unsigned char *)c->text;
    size_t end = start;
    unsigned all = 0, class;
    while (end < c->len && ((class = value_class[s[end]]) & (BYTE_SPACE | BYTE_MARK)) == 0) {
        all |= class;
        end++;
    }
    size_t len = end - start;
    if ((all & ~(unsigned)(BYTE_ALPHA | BYTE_HEX)) == 0) {
        size_t calendar = len == 3 && s[start] < 'a' ? value_calendar(c->text + start, c->len - start) : 0;
        if (calendar > 0) {
            emit(c, start, start + calendar, MASK_TIME);
            return start + calendar;
        }
        emit(c, start, end, len == 4 || len == 5 || len >= 8 ? value_mask(c->text + start, len) : MASK_NONE);
        return end;
    }
    if (all == BYTE_DIGIT) {
        emit(c, start, end, MASK_INTEGER);
        return end;
    }
    if ((all & BYTE_DIGIT) != 0 && (value_class[s[start]] & BYTE_DIGIT) != 0) {
        size_t calendar = value_calendar(c->text + start, c->len - start);
        size_t clock = calendar > 0 ? calendar : value_clock(c->text + start, c->len - start);
        if (clock > len || (clock > 0 && calendar > 0 && clock == len)) {
            emit(c, start, start + clock, MASK_TIME);
            return start + clock;
        }
    }
    if ((all & BYTE_SLASH) != 0 && starts_path(c, start, end)) {
        size_t stop = extend_path(c, start, end, value_mask(c->text + start, len) == MASK_URL);
        enum mask mask = value_mask(c->text + start, stop - start);
        if (mask != MASK_NONE || stop - start > 1) {
            stop = mask == MASK_PATH || mask == MASK_URL ? extend_protocol(c, stop) : stop;
            emit(c, start, stop, mask == MASK_NONE ? MASK_PATH : mask);
            if (stop < end)
                cut_atom(c, stop, end);
            return stop > end ? stop : end;
        }
    }
    cut_atom(c, start, end);
    return end;
}

static int begin(struct tokens *out, size_t len)
{
    out->n = 0;
    if (len > UINT32_MAX)
        return LW_ERR_LIMIT;
    return alloc_grow(&out->items, &out->cap, MASK_MAX_TOKENS, sizeof *out->items);
}

int mask_message(const char *message, size_t len, struct tokens *out)
{
    int status = begin(out, len);
    if (status != 0)
        return status;
    while (len > 0 && (value_class[(unsigned char)message[len - 1]] & BYTE_SPACE) != 0)
        len--;
    struct cutter c = {message, len, out->items, 0, 0};
    size_t at = 0;
    while (at < len && c.n < MASK_MAX_TOKENS) {
        unsigned short class = value_class[(unsigned char)message[at]];
        if ((class & BYTE_SPACE) != 0) {
            if (message[at] == '\n' && c.n > 0) {
                for (; (class_at(&c, at) & BYTE_SPACE) != 0; at++)
                    c.space++;
                emit(&c, at, len, MASK_QUOTED);
                break;
            }
            c.space++;
            at++;
        } else if ((class & BYTE_MARK) != 0) {
            at = cut_mark(&c, at);
        } else {
            at = scan_atom(&c, at);
        }
    }
    out->n = c.n;
    return 0;
}

int mask_symbol(const char *message, size_t len, struct tokens *out)
{
    int status = begin(out, len);
    if (status != 0)
        return status;
    struct cutter c = {message, len, out->items, 0, 0};
    if (len > 0)
        emit(&c, 0, len, MASK_NONE);
    out->n = c.n;
    return 0;
}
