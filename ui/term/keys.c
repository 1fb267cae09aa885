#include "ui/term/keys.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    uint32_t key;
    const char *bytes; /* as an xterm in its normal mode sends it */
} named[] = {
    /* the first name of a key is the one that is printed */
    {"Space", KEY_BLANK, " "},          {"Tab", KEY_TAB, "\t"},
    {"Enter", KEY_RETURN, "\r"},        {"Return", KEY_RETURN, "\r"},
    {"Esc", KEY_ESCAPE, "\033"},        {"Backspace", KEY_RUBOUT, "\177"},
    {"Left", KEY_LEFT_ARROW, "\033[D"}, {"Right", KEY_RIGHT_ARROW, "\033[C"},
    {"Up", KEY_UP_ARROW, "\033[A"},     {"Down", KEY_DOWN_ARROW, "\033[B"},
    {"PgUp", KEY_PAGE_UP, "\033[5~"},   {"PgDn", KEY_PAGE_DOWN, "\033[6~"},
    {"Home", KEY_GO_HOME, "\033[H"},    {"End", KEY_GO_END, "\033[F"},
    {"Insert", KEY_INSERT, "\033[2~"},  {"Delete", KEY_DELETE, "\033[3~"},
    {"S-Tab", KEY_BACK_TAB, "\033[Z"},
};
enum { N_NAMED = sizeof named / sizeof named[0] };

static size_t utf8_encode(uint32_t c, char out[8])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};

    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (char)(lead[n] | c);
    return n;
}

/* One whole UTF-8 character, or 0. */
static uint32_t utf8_decode(const char *data, size_t len)
{
    unsigned char first = (unsigned char)data[0];
    size_t n = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    uint32_t c = n == 1 ? first : n == 2 ? first & 0x1Fu : n == 3 ? first & 0x0Fu : first & 0x07u;

    if (n == 0 || n != len)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)data[i] & 0xC0) != 0x80)
            return 0;
        c = c << 6 | ((unsigned char)data[i] & 0x3Fu);
    }
    return c;
}

bool key_parse(const char *name, size_t len, uint32_t *key)
{
    if (len == 0)
        return false;
    for (size_t i = 0; i < N_NAMED; i++)
        if (strlen(named[i].name) == len && strncasecmp(named[i].name, name, len) == 0) {
            *key = named[i].key;
            return true;
        }
    if (len == 2 && name[0] == '^' && name[1] >= '?' && name[1] <= 'z') {
        *key = name[1] == '?' ? KEY_RUBOUT : (uint32_t)name[1] & 0x1F;
        return true;
    }
    if ((name[0] == 'F' || name[0] == 'f') && (len == 2 || len == 3) && name[1] >= '1' && name[1] <= '9') {
        unsigned n = (unsigned)(name[1] - '0');

        if (len == 3 && (name[2] < '0' || name[2] > '9'))
            return false;
        if (len == 3)
            n = n * 10 + (unsigned)(name[2] - '0');
        *key = KEY_F_FIRST + n - 1;
        return n <= 12;
    }
    uint32_t c = utf8_decode(name, len);

    if (c <= 32)
        return false;
    *key = c;
    return true;
}

char *key_spell(uint32_t key, char *out, size_t size)
{
    char bytes[8];

    for (size_t i = 0; i < N_NAMED; i++)
        if (named[i].key == key) {
            snprintf(out, size, "%s", named[i].name);
            return out;
        }
    if (key < 32)
        snprintf(out, size, "^%c", (char)(key + '@'));
    else if (key >= KEY_F_FIRST && key <= KEY_F_LAST)
        snprintf(out, size, "F%u", (unsigned)(key - KEY_F_FIRST + 1));
    else if (key < 0x110000)
        snprintf(out, size, "%.*s", (int)utf8_encode(key, bytes), bytes);
    else
        snprintf(out, size, "-");
    return out;
}

size_t key_bytes(uint32_t key, char out[8])
{
    for (size_t i = 0; i < N_NAMED; i++)
        if (named[i].key == key) {
            size_t len = strlen(named[i].bytes);

            memcpy(out, named[i].bytes, len);
            return len;
        }
    return key < 0x110000 ? utf8_encode(key, out) : 0;
}
