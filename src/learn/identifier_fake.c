/*
 * A fake is the text with its variable characters drawn anew: digits for digits, letters for letters, in turns of
 * consonants and vowels so that names stay legible. What of the text carries its form and tells nobody apart stays:
 * separators, the last label of a host, suffixes of files, directories that every system has, prefixes of keys. A
 * candidate that masks or identifiers would read as something else is thrown away and the next one drawn. Encrypting
 * the text in place (format-preserving encryption) was rejected: who has the seed would read the text again.
 */
#include "learn/identifiers.h"

#include <string.h>

#include "base/rng.h"
#include "learn/identifier_words.h"
#include "learn/value.h"
#include "logwright.h"

#define PURPOSE_FAKE 0x66616b65u /* "fake" */
#define MAX_TRIES    48u
#define GROW_AFTER   16u /* so many tries: names get longer */

struct faker {
    struct rng rng;
    struct buf *out;
    bool may_grow;
    bool is_vowel; /* the next letter is */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_all_hex(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_hex(s[i]))
            return false;
    return len > 0;
}

static void add_letter(struct faker *f, bool is_capital)
{
    static const char consonants[] = "bcdfghjklmnprstvwz", vowels[] = "aeiou";
    char c = f->is_vowel ? vowels[rng_below(&f->rng, sizeof vowels - 1)]
                         : consonants[rng_below(&f->rng, sizeof consonants - 1)];
    f->is_vowel = !f->is_vowel;
    buf_add_byte(f->out, is_capital ? (char)(c - 'a' + 'A') : c);
}

static void add_digit(struct faker *f, bool may_be_zero)
{
    buf_add_byte(f->out, (char)('0' + (may_be_zero ? rng_below(&f->rng, 10) : 1 + rng_below(&f->rng, 9))));
}

/* Digits, letters and bytes beyond ASCII anew, the rest as it is. */
static void add_name(struct faker *f, const char *s, size_t len)
{
    f->is_vowel = rng_below(&f->rng, 3) == 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        bool is_run = i > 0 && is_digit(s[i - 1]);
        if (is_digit(s[i]))
            add_digit(f, is_run || s[i] == '0');
        else if (is_alpha(s[i]))
            add_letter(f, s[i] < 'a');
        else if (c >= 0xc0)
            add_letter(f, false);
        else if (c < 0x80)
            buf_add_byte(f->out, s[i]);
    }
    if (f->may_grow && len > 0 && is_alpha(s[len - 1]))
        for (uint64_t more = 1 + rng_below(&f->rng, 4); more > 0; more--)
            add_letter(f, s[len - 1] < 'a');
}

/* Any hexadecimal digits for those there are. */
static void add_hex(struct faker *f, const char *s, size_t len)
{
    bool is_capital = false;
    for (size_t i = 0; i < len; i++)
        is_capital = is_capital || (s[i] >= 'A' && s[i] <= 'F');
    for (size_t i = 0; i < len; i++) {
        const char *digits = is_capital ? "0123456789ABCDEF" : "0123456789abcdef";
        bool is_first = i == 0 || !is_hex(s[i - 1]);
        uint64_t low = is_first && s[i] != '0' ? 1 : 0;
        buf_add_byte(f->out, is_hex(s[i]) ? digits[low + rng_below(&f->rng, 16 - low)] : s[i]);
    }
}

/* Octets of as many digits each. */
static void add_ip4(struct faker *f, const char *s, size_t len)
{
    for (size_t at = 0, group = 0; at < len; group++) {
        size_t n = 0;
        while (at + n < len && is_digit(s[at + n]))
            n++;
        uint64_t low = n == 3 ? 100 : n == 2 ? 10 : group == 0 ? 1 : 0;
        uint64_t high = n == 3 ? (group == 0 ? 223 : 254) : n == 2 ? 99 : 9, octet;
        do
            octet = low + rng_below(&f->rng, high - low + 1);
        while (group == 0 && octet == 127);
        buf_printf(f->out, "%u", (unsigned)octet);
        at += n;
        if (at < len)
            buf_add_byte(f->out, s[at++]);
    }
}

static void add_ip(struct faker *f, const char *s, size_t len)
{
    size_t head = len;
    while (head > 0 && s[head - 1] != ':')
        head--;
    bool has_ip4 = memchr(s + head, '.', len - head) != NULL;
    add_hex(f, s, has_ip4 ? head : len);
    if (has_ip4)
        add_ip4(f, s + head, len - head);
}

static void add_uuid(struct faker *f, const char *s, size_t len)
{
    size_t from = f->out->len;
    add_hex(f, s, len);
    if (len != 36 || buf_status(f->out) != 0)
        return;
    f->out->data[from + 14] = s[14]; /* version and variant */
    f->out->data[from + 19] = s[19];
}

static void add_host(struct faker *f, const char *s, size_t len)
{
    size_t top = len;
    while (top > 0 && s[top - 1] != '.')
        top--;
    size_t name = top > 0 ? top - 1 : len, www = len > 4 && memcmp(s, "www.", 4) == 0 && name > 4 ? 4 : 0;
    buf_add(f->out, s, www);
    add_name(f, s + www, name - www);
    buf_add(f->out, s + name, len - name);
}

static void add_mail(struct faker *f, const char *s, size_t len)
{
    const char *at = memchr(s, '@', len);
    size_t local = at != NULL ? (size_t)(at - s) : len;
    add_name(f, s, local);
    if (at != NULL) {
        buf_add_byte(f->out, '@');
        add_host(f, at + 1, len - local - 1);
    }
}

static bool is_common_directory(const char *s, size_t len)
{
    static const char *const names[] = {"usr",    "bin",   "sbin",  "var",     "lib",     "lib64", "etc", "home",
                                        "tmp",    "opt",   "srv",   "dev",     "proc",    "sys",   "mnt", "media",
                                        "root",   "run",   "boot",  "log",     "logs",    "data",  "src", "share",
                                        "local",  "api",   "v1",    "v2",      "v3",      "Users", "www", "static",
                                        "images", "spool", "cache", "Windows", "System32"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == len && memcmp(names[i], s, len) == 0)
            return true;
    return len < 2;
}

/* Length of the suffix ".log", 0: none. */
static size_t suffix_len(const char *s, size_t len)
{
    size_t n = 0, letters = 0;
    while (n < len && n < 6 && (is_digit(s[len - 1 - n]) || is_alpha(s[len - 1 - n])))
        letters += is_alpha(s[len - 1 - n++]);
    return n > 0 && letters > 0 && n + 1 < len && s[len - 1 - n] == '.' ? n + 1 : 0;
}

static bool ends_component(char c)
{
    return strchr("/\\?&=#:", c) != NULL;
}

/* Component by component; the last is never kept. */
static void add_path(struct faker *f, const char *s, size_t len)
{
    bool may_grow = f->may_grow;
    size_t last = len;
    while (last > 0 && (ends_component(s[last - 1]) || s[last - 1] == '.'))
        last--;
    for (size_t at = 0; at < len;) {
        size_t n = 0;
        while (at + n < len && !ends_component(s[at + n]))
            n++;
        bool is_last = at + n >= last;
        f->may_grow = may_grow && is_last;
        if (!is_last && is_common_directory(s + at, n)) {
            buf_add(f->out, s + at, n);
        } else {
            size_t suffix = suffix_len(s + at, n);
            if (n >= 8 && is_all_hex(s + at, n))
                add_hex(f, s + at, n);
            else
                add_name(f, s + at, n - suffix);
            if (n < 8 || !is_all_hex(s + at, n))
                buf_add(f->out, s + at + n - suffix, suffix);
        }
        at += n;
        if (at < len)
            buf_add_byte(f->out, s[at++]);
    }
}

/* Scheme, host with its port, and a path. */
static void add_url(struct faker *f, const char *s, size_t len)
{
    size_t at = 0;
    while (at + 3 < len && memcmp(s + at, "://", 3) != 0)
        at++;
    at = at + 3 < len ? at + 3 : len;
    buf_add(f->out, s, at);
    size_t host = at;
    while (host < len && s[host] != '/' && s[host] != '?' && s[host] != ':')
        host++;
    bool is_ip = host > at, may_grow = f->may_grow;
    for (size_t i = at; i < host; i++)
        is_ip = is_ip && (is_digit(s[i]) || s[i] == '.');
    f->may_grow = false;
    if (is_ip)
        add_ip4(f, s + at, host - at);
    else if (memchr(s + at, '@', host - at) != NULL)
        add_mail(f, s + at, host - at);
    else
        add_host(f, s + at, host - at);
    f->may_grow = may_grow;
    size_t path = host;
    while (path < len && (s[path] == ':' || is_digit(s[path])))
        path++;
    buf_add(f->out, s + host, path - host);
    add_path(f, s + path, len - path);
}

static void add_token(struct faker *f, const char *s, size_t len)
{
    size_t prefix = identifier_token_prefix(s, len), part = 0;
    bool is_jwt = len > 3 && memcmp(s, "eyJ", 3) == 0;
    if (is_all_hex(s, len)) {
        add_hex(f, s, len);
        return;
    }
    buf_add(f->out, s, prefix);
    for (size_t i = prefix; i < len; i++) {
        part = i > 0 && s[i - 1] == '.' ? i : part;
        bool is_kept = is_jwt && i - part < 3 && memcmp(s + part, "eyJ", len - part < 3 ? len - part : 3) == 0;
        if (is_kept || !(is_digit(s[i]) || is_alpha(s[i])))
            buf_add_byte(f->out, s[i]);
        else if (is_digit(s[i]))
            add_digit(f, true);
        else
            buf_add_byte(f->out, (char)((s[i] < 'a' ? 'A' : 'a') + (char)rng_below(&f->rng, 26)));
    }
}

/* The issuer's two digits stay; the last digit is the one that checks. */
static void add_card(struct faker *f, const char *s, size_t len)
{
    size_t from = f->out->len, seen = 0;
    for (size_t i = 0; i < len; i++)
        if (!is_digit(s[i]) || seen++ < 2)
            buf_add_byte(f->out, s[i]);
        else
            add_digit(f, true);
    if (buf_status(f->out) != 0)
        return;
    unsigned sum = 0, position = 0;
    char *last = NULL;
    for (size_t i = f->out->len; i > from; i--) {
        char *c = &f->out->data[i - 1];
        if (!is_digit(*c))
            continue;
        unsigned d = (unsigned)(*c - '0') * (position % 2 == 1 ? 2u : 1u);
        if (position++ == 0)
            last = c;
        else
            sum += d > 9 ? d - 9 : d;
    }
    if (last != NULL)
        *last = (char)('0' + (10 - sum % 10) % 10);
}

static void add_phone(struct faker *f, const char *s, size_t len)
{
    size_t kept = len > 0 && s[0] == '+' ? 2 : 0;
    buf_add(f->out, s, kept < len ? kept : len);
    for (size_t i = kept; i < len; i++)
        if (is_digit(s[i]))
            add_digit(f, i > 0 && is_digit(s[i - 1]));
        else
            buf_add_byte(f->out, s[i]);
}

static void add_fake(struct faker *f, enum identifier kind, const char *s, size_t len)
{
    switch (kind) {
    case IDENTIFIER_IP:
        if (memchr(s, ':', len) == NULL)
            add_ip4(f, s, len);
        else
            add_ip(f, s, len);
        break;
    case IDENTIFIER_MAC:
        add_hex(f, s, len);
        break;
    case IDENTIFIER_MAIL:
        add_mail(f, s, len);
        break;
    case IDENTIFIER_HOST:
        add_host(f, s, len);
        break;
    case IDENTIFIER_PATH:
        add_path(f, s, len);
        break;
    case IDENTIFIER_URL:
        add_url(f, s, len);
        break;
    case IDENTIFIER_UUID:
        add_uuid(f, s, len);
        break;
    case IDENTIFIER_TOKEN:
        add_token(f, s, len);
        break;
    case IDENTIFIER_CARD:
        add_card(f, s, len);
        break;
    case IDENTIFIER_PHONE:
        add_phone(f, s, len);
        break;
    default:
        add_name(f, s, len);
    }
}

/* What of a value is the identifier itself: not the port behind it, not the slash or name before it. */
static int keep_core(void *user, const struct identifier_match *match)
{
    struct identifier_match *core = user;
    if (match->kind != core->kind)
        return 0;
    *core = *match;
    return 1;
}

static void add_value(struct faker *f, const struct identifier_match *core, const char *s, size_t len)
{
    size_t end = core->start + core->len;
    add_name(f, s, core->start);
    add_fake(f, core->kind, s + core->start, core->len);
    bool is_high = len - end == 6 && s[end] == ':'; /* a port that was given out */
    for (size_t i = end; i < len; i++)
        if (is_high && i == end + 1)
            buf_add_byte(f->out, (char)('1' + rng_below(&f->rng, 5)));
        else if (is_high && i > end)
            add_digit(f, true);
        else
            buf_add_byte(f->out, s[i]);
}

/* Whether masks and identifiers read both alike. */
static bool is_alike(enum identifier kind, const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned a_classes = value_classes(a, a_len), b_classes = value_classes(b, b_len);
    if (b_len == 0 || identifier_of(a, a_len) != identifier_of(b, b_len))
        return false;
    if (kind == IDENTIFIER_USER && (identifier_is_nobody(b, b_len) || !identifier_may_name(b, b_len)))
        return false;
    return (a_classes & (BYTE_SPACE | BYTE_MARK)) != 0 || (b_classes & (BYTE_SPACE | BYTE_MARK)) != 0 ||
           value_mask(a, a_len, a_classes) == value_mask(b, b_len, b_classes);
}

int identifier_fake(enum identifier kind, const char *text, size_t len, uint64_t key, identifier_is_taken is_taken,
                    void *user, struct buf *out)
{
    size_t from = out->len;
    struct identifier_match core = {kind, 0, len, false};
    if (identifier_of(text, len) == kind)
        (void)identifier_scan(text, len, keep_core, &core);
    for (unsigned attempt = 0; attempt < MAX_TRIES; attempt++) {
        struct faker faker = {.out = out, .may_grow = attempt >= GROW_AFTER};
        rng_init(&faker.rng, key, PURPOSE_FAKE, attempt);
        add_value(&faker, &core, text, len);
        if (buf_status(out) != 0)
            return LW_ERR_MEMORY;
        const char *fake = out->data + from;
        size_t fake_len = out->len - from;
        bool is_same = fake_len == len && memcmp(fake, text, len) == 0;
        if (len > 0 && !is_same && is_alike(kind, text, len, fake, fake_len) &&
            (is_taken == NULL || !is_taken(user, fake, fake_len)))
            return 0;
        out->len = from;
    }
    return LW_ERR_LIMIT;
}
