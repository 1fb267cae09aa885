#include "learn/id_shape.h"

#include <string.h>

/* Variable parts in a shape. HEX is followed by its length where that is fixed, UNFIXED where not. */
enum { NUMBER = 1, HEX = 2, UUID = 3, ALNUM = 4, UNFIXED = 5 };
#define FIXED_FROM 16u /* hexadecimal numbers from this length on are not padded by chance */
#define HEX_FROM   8u  /* shorter ones are just as well words with a digit, */
#define NAMED_FROM 4u  /* but not behind a name, as in req-3fa2 */
#define UUID_LEN   36u

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
    return is_digit(c) || is_letter(c);
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool id_is_uuid(const char *text, size_t len)
{
    if (len != UUID_LEN)
        return false;
    for (size_t i = 0; i < UUID_LEN; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !is_hex(text[i]))
            return false;
    }
    return true;
}

/* ---- tokens --------------------------------------------------------------------------------------------------- */

static bool is_token(char c)
{
    return is_alnum(c) || c == '_' || c == '.' || c == '-';
}

/* The word right before a token, with at most three marks or spaces between them. */
static void find_key(const char *text, size_t start, struct id_token *out)
{
    size_t end = start, gap = start;
    while (gap > 0 && start - gap < 3 && strchr("=: [\"'#(", text[gap - 1]) != NULL && text[gap - 1] != '\0')
        gap--;
    if (gap == end)
        return;
    size_t from = gap;
    while (from > 0 && gap - from < 32 && (is_letter(text[from - 1]) || text[from - 1] == '_'))
        from--;
    if (gap - from < 2 || (from > 0 && is_token(text[from - 1])))
        return;
    out->key = text + from;
    out->key_len = end - from;
}

bool id_token_next(const char *text, size_t len, size_t *at, struct id_token *out)
{
    size_t start = *at;
    while (start < len && !is_alnum(text[start]))
        start++;
    if (start >= len) {
        *at = len;
        return false;
    }
    size_t end = start;
    while (end < len && is_token(text[end]))
        end++;
    *at = end;
    while (!is_alnum(text[end - 1]))
        end--;
    if (is_digit(text[start]) && start > 0 && text[start - 1] == '-' && (start < 2 || !is_token(text[start - 2])))
        start--;
    *out = (struct id_token){.data = text + start, .len = end - start, .is_number = true};
    for (size_t i = start; i < end; i++) {
        out->has_digit = out->has_digit || is_digit(text[i]);
        out->is_number = out->is_number && (is_digit(text[i]) || (i == start && text[i] == '-'));
    }
    find_key(text, start, out);
    return true;
}

/* ---- shapes --------------------------------------------------------------------------------------------------- */

struct run { /* of letters and digits */
    size_t len, digits, switches;
    bool is_hex, has_upper, has_lower;
};

static struct run measure_run(const char *text, size_t len)
{
    struct run run = {.is_hex = true};
    for (; run.len < len && is_alnum(text[run.len]); run.len++) {
        char c = text[run.len];
        run.digits += is_digit(c);
        run.is_hex = run.is_hex && is_hex(c);
        run.has_upper = run.has_upper || (c >= 'A' && c <= 'Z');
        run.has_lower = run.has_lower || (c >= 'a' && c <= 'z');
        run.switches += run.len > 0 && is_digit(c) != is_digit(text[run.len - 1]);
    }
    return run;
}

/* Letters stay, numbers in between do not. */
static void add_mixed(const char *text, size_t len, struct buf *shape)
{
    for (size_t i = 0; i < len; i++)
        if (!is_digit(text[i]))
            buf_add_byte(shape, text[i]);
        else if (i == 0 || !is_digit(text[i - 1]))
            buf_add_byte(shape, NUMBER);
}

/* *had_hex: a part before was hexadecimal; a short run then is, too, even if it happens to be all digits. is_named: a
 * word stands before it. */
static size_t add_run(const char *text, size_t len, bool is_named, bool *had_hex, struct buf *shape, unsigned *flags,
                      size_t *variable)
{
    struct run run = measure_run(text, len);
    bool is_mixed = run.digits > 0 && run.digits < run.len;
    if (run.is_hex && !(run.has_upper && run.has_lower) &&
        ((is_mixed && run.len >= (is_named ? NAMED_FROM : HEX_FROM)) || (*had_hex && run.digits > 0) ||
         run.len >= FIXED_FROM * 2)) {
        buf_add_byte(shape, HEX);
        buf_add_byte(shape, run.len >= FIXED_FROM && run.len < 256 ? (char)run.len : UNFIXED);
        *flags |= run.has_upper ? ID_UPPER : 0;
        *had_hex = true;
        *variable += run.len;
    } else if (run.digits == run.len && run.len > 0) {
        buf_add_byte(shape, NUMBER);
        *variable += run.len;
    } else if (run.switches > 3 && run.len >= 8) {
        buf_add_byte(shape, ALNUM);
        *variable += run.len;
    } else {
        add_mixed(text, run.len, shape);
        *variable += run.digits;
    }
    return run.len;
}

bool id_shape(const struct id_token *token, struct buf *shape, unsigned *flags)
{
    const char *text = token->data;
    size_t variable = 0, dots = 0;
    bool had_hex = false, only_numbers = true;
    *flags = 0;
    if (!token->has_digit || token->is_number)
        return false;
    for (size_t i = 0; i < token->len;) {
        size_t rest = token->len - i;
        if (rest >= UUID_LEN && id_is_uuid(text + i, UUID_LEN) && (rest == UUID_LEN || !is_alnum(text[i + UUID_LEN]))) {
            buf_add_byte(shape, UUID);
            variable += UUID_LEN;
            i += UUID_LEN;
            only_numbers = false;
        } else if (is_alnum(text[i])) {
            bool is_named = i > 1 && (text[i - 1] == '-' || text[i - 1] == '_') && is_letter(text[i - 2]);
            size_t len = add_run(text + i, rest, is_named, &had_hex, shape, flags, &variable);
            for (size_t k = i; k < i + len; k++)
                only_numbers = only_numbers && is_digit(text[k]);
            i += len;
        } else if (text[i] == '-' && rest > 1 && is_digit(text[i + 1]) && (i == 0 || !is_alnum(text[i - 1]))) {
            *flags |= ID_SIGNED;
            i++;
        } else {
            dots += text[i] == '.';
            buf_add_byte(shape, text[i++]);
        }
    }
    *flags |= (variable >= 8 ? ID_LONG : 0u) | (only_numbers ? ID_ONLY_NUMBERS : 0u);
    return variable > 0 && (!only_numbers || dots == 3); /* dates, versions and fractions are no ids */
}

bool id_shape_is_named(const char *shape, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (is_letter(shape[i]))
            return true;
        i += shape[i] == HEX;
    }
    return false;
}

void id_quote_regex(const char *text, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr("\\^$.[]|()?*+{}", text[i]) != NULL && text[i] != '\0')
            buf_add_byte(out, '\\');
        buf_add_byte(out, text[i]);
    }
}

void id_shape_regex(const char *shape, size_t len, unsigned flags, struct buf *out)
{
    const char *digit = flags & ID_UPPER ? "[0-9A-Fa-f]" : "[0-9a-f]";
    bool is_open = false; /* more letters could follow the last part */
    /* What begins with a variable part must not begin inside another token. */
    buf_add_text(out, len > 0 && shape[0] <= ALNUM ? "(?<![\\w.-])" : "\\b");
    for (size_t i = 0; i < len; i++) {
        is_open = true;
        switch (shape[i]) {
        case NUMBER:
            buf_add_text(out, flags & ID_SIGNED ? "-?\\d+" : "\\d+");
            is_open = false;
            break;
        case HEX:
            i++;
            buf_add_text(out, digit);
            if (shape[i] == UNFIXED)
                buf_add_byte(out, '+');
            else
                buf_printf(out, "{%u}", (unsigned)(unsigned char)shape[i]);
            break;
        case UUID:
            buf_printf(out, "%s{8}(?:-%s{4}){3}-%s{12}", digit, digit, digit);
            break;
        case ALNUM:
            buf_add_text(out, "(?=[A-Za-z]*\\d)[0-9A-Za-z]{8,}");
            break;
        default:
            id_quote_regex(shape + i, 1, out);
        }
    }
    buf_add_text(out, is_open ? "\\b" : "");
}
