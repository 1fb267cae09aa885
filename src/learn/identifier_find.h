/*
 * What is found at a place of a text: one recogniser a kind of identifier. Each says how many bytes from the place on
 * are one, 0: none begins there. Pure but for what a scan remembers of places that were looked at in vain.
 */
#ifndef LW_LEARN_IDENTIFIER_FIND_H
#define LW_LEARN_IDENTIFIER_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct scan {
    const char *text;
    size_t len;
    size_t token_tried, path_tried; /* neither begins before it */
    size_t found;                   /* end of the last identifier */
};

size_t identifier_find_ip4(struct scan *scan, size_t at);
size_t identifier_find_ip6(struct scan *scan, size_t at);
size_t identifier_find_mac(struct scan *scan, size_t at);
size_t identifier_find_uuid(struct scan *scan, size_t at);
size_t identifier_find_host(struct scan *scan, size_t at);
size_t identifier_find_mail(struct scan *scan, size_t at);
size_t identifier_find_path(struct scan *scan, size_t at);
size_t identifier_find_url(struct scan *scan, size_t at);
size_t identifier_find_token(struct scan *scan, size_t at); /* identifier_secrets.c, as the next two */
size_t identifier_find_card(struct scan *scan, size_t at);
size_t identifier_find_phone(struct scan *scan, size_t at);

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool is_alnum(char c)
{
    return is_digit(c) || is_alpha(c);
}

static inline bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline bool is_word(char c)
{
    return is_alnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

static inline bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline char at_or_nul(const struct scan *scan, size_t at)
{
    return at < scan->len ? scan->text[at] : '\0';
}

static inline char before(const struct scan *scan, size_t at)
{
    return at > 0 ? scan->text[at - 1] : '\0';
}

static inline size_t run_of(const struct scan *scan, size_t at, size_t max, bool (*is_of)(char))
{
    size_t n = 0;
    while (n < max && at + n < scan->len && is_of(scan->text[at + n]))
        n++;
    return n;
}

static inline bool is_host_byte(char c)
{
    return is_alnum(c) || c == '-' || c == '.';
}

static inline bool ends_path(char c)
{
    return is_blank(c) || (unsigned char)c < 0x20 || strchr("\"'`<>()[]{}|,;:", c) != NULL;
}

#endif
