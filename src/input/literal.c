/*
 * A block of 64 places is tested with one loop of fixed length that compilers turn into vector instructions: does any
 * place hold both the rarest byte and, at its distance, the second rarest one? Only blocks that say yes are looked at
 * place by place. memmem has no caseless form, and is slower on texts whose first bytes are frequent, as in logs they
 * are. How rare bytes are is a rough order that holds for any log: blanks, digits and small letters are frequent.
 */
#include "input/literal.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define BLOCK 64u

static unsigned char fold(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

/* 0 = rarest. */
static unsigned frequency(unsigned char c)
{
    static const char often[] = "etaionsr 0123456789"; /* most frequent first */
    const char *at = c != '\0' ? strchr(often, c) : NULL;
    if (at != NULL)
        return 100u - (unsigned)(at - often);
    if (c >= 'a' && c <= 'z')
        return 60;
    if (c >= 'A' && c <= 'Z')
        return 30;
    return c != '\0' && strchr(":./-_[]()=,\n", c) != NULL ? 70 : 10;
}

int literal_init(struct literal *out, const char *text, size_t len, bool is_caseless, struct lw_error *err)
{
    *out = (struct literal){.text = alloc_text(text, len), .len = len, .is_caseless = is_caseless};
    if (out->text == NULL)
        return fail_memory(err, "preparing a search");
    for (size_t i = 0; is_caseless && i < len; i++)
        out->text[i] = (char)fold((unsigned char)out->text[i]);
    for (size_t i = 1; i < len; i++)
        if (frequency((unsigned char)out->text[i]) < frequency((unsigned char)out->text[out->first]))
            out->first = i;
    out->second = out->first == 0 && len > 1 ? 1 : 0;
    for (size_t i = 0; i < len; i++)
        if (i != out->first &&
            frequency((unsigned char)out->text[i]) < frequency((unsigned char)out->text[out->second]))
            out->second = i;
    if (len == 1)
        out->second = out->first;
    return 0;
}

void literal_release(struct literal *literal)
{
    free(literal->text);
    literal->text = NULL;
}

static bool is_at(const struct literal *literal, const char *data)
{
    if (!literal->is_caseless)
        return memcmp(data, literal->text, literal->len) == 0;
    for (size_t i = 0; i < literal->len; i++)
        if (fold((unsigned char)data[i]) != (unsigned char)literal->text[i])
            return false;
    return true;
}

/* Letters are compared with the bit that tells small from capital set on both sides; what is no letter may then match
 * falsely, and is_at sorts it out. */
static unsigned char mask_of(const struct literal *literal, unsigned char c)
{
    return literal->is_caseless && c >= 'a' && c <= 'z' ? 0x20 : 0;
}

size_t literal_find(const struct literal *literal, const char *data, size_t len, size_t from)
{
    if (literal->len > len || from > len - literal->len)
        return SIZE_MAX;
    const unsigned char *a = (const unsigned char *)data + literal->first;
    const unsigned char *b = (const unsigned char *)data + literal->second;
    unsigned char x = (unsigned char)literal->text[literal->first], y = (unsigned char)literal->text[literal->second];
    unsigned char x_mask = mask_of(literal, x), y_mask = mask_of(literal, y);
    size_t places = len - literal->len + 1, at = from;
    while (at < places) {
        size_t end = places - at >= BLOCK ? at + BLOCK : places;
        if (end - at == BLOCK) {
            unsigned char any = 0;
            for (size_t i = 0; i < BLOCK; i++)
                any |= (unsigned char)(((a[at + i] | x_mask) == x) & ((b[at + i] | y_mask) == y));
            if (any == 0) {
                at = end;
                continue;
            }
        }
        for (; at < end; at++)
            if ((a[at] | x_mask) == x && (b[at] | y_mask) == y && is_at(literal, data + at))
                return at;
    }
    return SIZE_MAX;
}
