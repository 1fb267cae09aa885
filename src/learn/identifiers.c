/*
 * Recognisers are tried wherever a word begins, from the most to the least telling; each says how long the identifier
 * at that place is. Those that may look far ahead (tokens) remember how far they have looked in vain, so that a hostile
 * text costs no more than another. Regular expressions for all kinds at once were rejected: look-behind, check digits
 * and lists of words would have to be checked behind them anyway, at many times the cost for each byte.
 *
 * What is taken for an identifier by mistake costs little (it is faked), what is overlooked leaks. Still a dotted name
 * is a host only by its last label, and code (org.example.Class, main.rs) is none: stack traces are full of it.
 */
#include "learn/identifiers.h"

#include <string.h>

#include "learn/identifier_words.h"

#define MAIL_LOCAL_MAX 64
#define HOST_MAX       253
#define NAME_MAX_BYTES 64
#define SCHEME_MAX     16
#define RELATIVE_MAX   512
#define SECRET_MAX     4096
#define SECRET_MIN     6

struct scan {
    const char *text;
    size_t len;
    size_t token_tried, path_tried; /* neither begins before it */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
    return is_digit(c) || is_alpha(c);
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c)
{
    return is_alnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static char at_or_nul(const struct scan *scan, size_t at)
{
    return at < scan->len ? scan->text[at] : '\0';
}

static char before(const struct scan *scan, size_t at)
{
    return at > 0 ? scan->text[at - 1] : '\0';
}

static size_t run_of(const struct scan *scan, size_t at, size_t max, bool (*is_of)(char))
{
    size_t n = 0;
    while (n < max && at + n < scan->len && is_of(scan->text[at + n]))
        n++;
    return n;
}

/* ---- addresses -------------------------------------------------------------------------------------------------- */

static size_t ip4_len(const struct scan *scan, size_t start, unsigned octets[4])
{
    size_t at = start;
    for (int group = 0; group < 4; group++) {
        size_t n = run_of(scan, at, 4, is_digit);
        if (n == 0 || n > 3 || (group > 0 && scan->text[at - 1] != '.'))
            return 0;
        octets[group] = 0;
        for (size_t i = 0; i < n; i++)
            octets[group] = octets[group] * 10 + (unsigned)(scan->text[at + i] - '0');
        if (octets[group] > 255)
            return 0;
        at += n;
        if (group < 3 && at_or_nul(scan, at++) != '.')
            return 0;
    }
    char next = at_or_nul(scan, at);
    return is_word(next) || (next == '.' && is_digit(at_or_nul(scan, at + 1))) ? 0 : at - start;
}

/* Of those that point at somebody. */
static size_t find_ip4(struct scan *scan, size_t at)
{
    unsigned o[4];
    char last = before(scan, at);
    if ((last == '.' || last == '-') && at > 1 && is_digit(scan->text[at - 2]))
        return 0;
    size_t len = ip4_len(scan, at, o);
    bool is_nobody = o[0] == 0 || o[0] == 127 || (o[0] == 255 && o[1] == 255);
    return len > 0 && !is_nobody ? len : 0;
}

static size_t find_ip6(struct scan *scan, size_t start)
{
    size_t at = start, groups = 0, doubles = 0, digits = 0, letters = 0;
    if (is_word(before(scan, start)) || before(scan, start) == ':')
        return 0;
    while (at < scan->len && groups <= 8) {
        size_t n = run_of(scan, at, 5, is_hex);
        unsigned octets[4];
        size_t ip4 = n > 0 && groups > 0 && at_or_nul(scan, at + n) == '.' ? ip4_len(scan, at, octets) : 0;
        if (ip4 > 0) {
            at += ip4;
            groups += 2;
            digits++;
            break;
        }
        if (n > 4)
            return 0;
        for (size_t i = 0; i < n; i++) {
            digits += is_digit(scan->text[at + i]);
            letters += is_alpha(scan->text[at + i]);
        }
        groups += n > 0;
        at += n;
        if (at_or_nul(scan, at) != ':')
            break;
        bool is_double = at_or_nul(scan, at + 1) == ':';
        if (is_double ? doubles++ > 0 : !is_hex(at_or_nul(scan, at + 1)))
            break;
        at += is_double ? 2 : 1;
    }
    bool is_whole = doubles == 1 ? groups >= 2 && groups < 8 && digits > 0 : groups == 8 && doubles == 0;
    return is_whole && !is_word(at_or_nul(scan, at)) && (letters > 0 || doubles > 0 || digits >= 8) ? at - start : 0;
}

static size_t find_mac(struct scan *scan, size_t start)
{
    char mark = at_or_nul(scan, start + 2);
    size_t at = start, groups = 0;
    if ((mark != ':' && mark != '-') || is_word(before(scan, start)) || before(scan, start) == mark)
        return 0;
    for (;; at++) {
        if (run_of(scan, at, 3, is_hex) != 2)
            return 0;
        groups++;
        at += 2;
        if (at_or_nul(scan, at) != mark || groups == 20)
            break;
    }
    return (groups == 6 || groups == 8) && !is_word(at_or_nul(scan, at)) ? at - start : 0;
}

static size_t find_uuid(struct scan *scan, size_t start)
{
    static const unsigned char groups[] = {8, 4, 4, 4, 12};
    size_t at = start;
    for (size_t g = 0; g < sizeof groups; g++) {
        if (g > 0 && at_or_nul(scan, at++) != '-')
            return 0;
        if (run_of(scan, at, groups[g], is_hex) != groups[g])
            return 0;
        at += groups[g];
    }
    return is_word(at_or_nul(scan, at)) ? 0 : at - start;
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static bool is_host_byte(char c)
{
    return is_alnum(c) || c == '-' || c == '.';
}

/* Whether labels up to the last, which is `top`, name a host rather than code, a file or a property. */
static bool is_host(const char *s, size_t len, const char *top, size_t top_len)
{
    size_t labels = 1, marks = 0, capitals = 0, small = 0, letters = 0;
    for (const char *p = s; p < top; p++) {
        if (*p == '.') {
            if (p == s || p[-1] == '.' || p[-1] == '-')
                return false;
            labels++;
        }
        marks += is_digit(*p) || *p == '-';
        capitals += *p >= 'A' && *p <= 'Z';
        small += *p >= 'a' && *p <= 'z';
        letters += is_alpha(*p);
    }
    enum identifier_top rank = identifier_top_rank(top, top_len);
    if (rank == TOP_NONE || letters == 0 || (capitals > 0 && small > 0) || len < 4)
        return false;
    const char *dot = memchr(s, '.', len);
    if (identifier_is_package(s, (size_t)(dot - s)))
        return false;
    return rank == TOP_SURE || marks > 0 || (rank == TOP_LIKELY && labels >= 3);
}

/* Up to the last label that is a top domain. */
static size_t host_len(const struct scan *scan, size_t start, bool is_sure)
{
    size_t n = run_of(scan, start, HOST_MAX, is_host_byte);
    while (n > 0 && (scan->text[start + n - 1] == '.' || scan->text[start + n - 1] == '-'))
        n--;
    const char *s = scan->text + start;
    size_t top = n;
    while (top > 0 && s[top - 1] != '.')
        top--;
    if (top < 2 || is_word(at_or_nul(scan, start + n)))
        return 0;
    if (is_sure)
        return n - top >= 2 && is_alpha(s[top]) ? n : 0;
    return at_or_nul(scan, start + n) != '(' && is_host(s, n, s + top, n - top) ? n : 0;
}

/* "node-1:9000": letters and digits before a port of four or five digits. */
static size_t port_host_len(const struct scan *scan, size_t start)
{
    size_t n = run_of(scan, start, NAME_MAX_BYTES, is_host_byte), digits = 0, letters = 0;
    for (size_t i = 0; i < n; i++) {
        digits += is_digit(scan->text[start + i]);
        letters += is_alpha(scan->text[start + i]);
    }
    if (digits == 0 || letters < 2 || at_or_nul(scan, start + n) != ':' || !is_alpha(scan->text[start]))
        return 0;
    size_t port = run_of(scan, start + n + 1, 6, is_digit);
    char next = at_or_nul(scan, start + n + 1 + port);
    return port >= 4 && port <= 5 && !is_word(next) && next != ':' && next != '.' && next != '-' ? n : 0;
}

static size_t find_host(struct scan *scan, size_t at)
{
    char last = before(scan, at);
    if (last == '.' || last == '-' || last == '$' || last == '@')
        return 0;
    size_t n = host_len(scan, at, false);
    return n > 0 ? n : port_host_len(scan, at);
}

static bool is_mail_byte(char c)
{
    return is_alnum(c) || (c != '\0' && strchr("._%+-=", c) != NULL);
}

static size_t find_mail(struct scan *scan, size_t at)
{
    char last = before(scan, at);
    size_t local = run_of(scan, at, MAIL_LOCAL_MAX + 1, is_mail_byte);
    if (last == '.' || last == '-' || last == '+' || local > MAIL_LOCAL_MAX || at_or_nul(scan, at + local) != '@' ||
        !is_alnum(scan->text[at + local - 1]))
        return 0;
    /* key=name@host: the key is no part of it */
    const char *equals = memchr(scan->text + at, '=', local);
    size_t host = equals == NULL ? host_len(scan, at + local + 1, true) : 0;
    return host > 0 ? local + 1 + host : 0;
}

/* ---- paths ------------------------------------------------------------------------------------------------------ */

static bool ends_path(char c)
{
    return is_blank(c) || (unsigned char)c < 0x20 || strchr("\"'`<>()[]{}|,;:", c) != NULL;
}

static size_t trim_sentence(const struct scan *scan, size_t start, size_t end)
{
    while (end > start && strchr(".!?", scan->text[end - 1]) != NULL)
        end--;
    return end;
}

static size_t path_body_len(struct scan *scan, size_t start, size_t at)
{
    size_t letters = 0;
    if (start < scan->path_tried)
        return 0;
    while (at < scan->len && !ends_path(scan->text[at]))
        letters += is_word(scan->text[at++]);
    if (letters < 2)
        scan->path_tried = at;
    return letters >= 2 ? trim_sentence(scan, start, at) - start : 0;
}

/* "src/x/y", but no more than that: a/b is mostly an alternative. */
static size_t relative_len(struct scan *scan, size_t start)
{
    size_t at = start, slashes = 0, letters = 0;
    for (; at < scan->len && at - start < RELATIVE_MAX; at++) {
        if (scan->text[at] == '\0' || (!is_word(scan->text[at]) && strchr("/._-", scan->text[at]) == NULL))
            break;
        if (scan->text[at] == '/' && ++slashes > 1 && scan->text[at - 1] == '/')
            return 0;
        letters += is_alpha(scan->text[at]);
    }
    if (slashes < 2 || letters < slashes + 1 || is_digit(scan->text[start]))
        return 0;
    return path_body_len(scan, start, start);
}

static size_t find_path(struct scan *scan, size_t at)
{
    const char c = scan->text[at], next = at_or_nul(scan, at + 1);
    char last = before(scan, at);
    if (c == '/' || c == '\\') {
        unsigned octets[4];
        if (is_word(last) || last == '.' || last == c || last == '<' || next == c || (c == '\\' && !is_alpha(next)))
            return c == '\\' && next == c && !is_word(last) ? path_body_len(scan, at, at + 2) : 0;
        return ip4_len(scan, at + 1, octets) > 0 ? 0 : path_body_len(scan, at, at + 1);
    }
    if (c == '~' || c == '.') {
        size_t dots = run_of(scan, at, 2, is_host_byte);
        dots = c == '~' ? 1 : dots == 2 && next == '.' ? 2 : 1;
        return !is_word(last) && last != '.' && at_or_nul(scan, at + dots) == '/'
                   ? path_body_len(scan, at, at + dots + 1)
                   : 0;
    }
    char third = at_or_nul(scan, at + 2);
    if (is_alpha(c) && next == ':' && (third == '\\' || (third == '/' && at_or_nul(scan, at + 3) != '/')))
        return path_body_len(scan, at, at + 3);
    return is_alpha(c) && last != '.' && last != '-' && last != '@' ? relative_len(scan, at) : 0;
}

static size_t find_url(struct scan *scan, size_t start)
{
    size_t at = start + run_of(scan, start, SCHEME_MAX, is_alnum);
    if (at_or_nul(scan, at) == '+')
        at += 1 + run_of(scan, at + 1, SCHEME_MAX, is_alnum);
    if (scan->len - at < 4 || memcmp(scan->text + at, "://", 3) != 0)
        return 0;
    at += 3;
    size_t body = at;
    while (at < scan->len && !is_blank(scan->text[at]) && (unsigned char)scan->text[at] >= 0x20 &&
           strchr("\"'`<>()[]{}|,;", scan->text[at]) == NULL)
        at++;
    while (at > body && scan->text[at - 1] == ':')
        at--;
    at = trim_sentence(scan, start, at);
    return at > body ? at - start : 0;
}

/* ---- secrets, cards, telephones ---------------------------------------------------------------------------------- */

static bool is_token_byte(char c)
{
    return is_alnum(c) || c == '_' || c == '-' || c == '+' || c == '/';
}

static bool is_jwt_byte(char c)
{
    return is_alnum(c) || c == '_' || c == '-';
}

/* Three parts, of which two are base64 of `{"`. */
static size_t jwt_len(const struct scan *scan, size_t start)
{
    size_t at = start;
    for (int part = 0; part < 3; part++) {
        size_t n = run_of(scan, at, scan->len, is_jwt_byte);
        if (n < 4 || (part < 2 && (memcmp(scan->text + at, "eyJ", 3) != 0 || at_or_nul(scan, at + n) != '.')))
            return 0;
        at += n + (part < 2);
    }
    return at - start;
}

/* How often capitals, small letters and digits change places: words and names do so seldom. */
static bool is_random(const char *s, size_t len)
{
    size_t counts[4] = {0}, changes = 0;
    int last = -1;
    for (size_t i = 0; i < len; i++) {
        int class = is_digit(s[i]) ? 0 : s[i] >= 'a' && s[i] <= 'z' ? 1 : s[i] >= 'A' && s[i] <= 'Z' ? 2 : 3;
        counts[class]++;
        changes += last >= 0 && class != last;
        last = class;
    }
    return counts[0] > 0 && counts[1] > 0 && counts[2] > 0 && changes * 4 >= len && counts[3] * 8 <= len;
}

static size_t find_token(struct scan *scan, size_t start)
{
    const char *s = scan->text + start;
    if (start < scan->token_tried || is_word(before(scan, start)))
        return 0;
    size_t jwt = scan->len - start > 4 && memcmp(s, "eyJ", 3) == 0 ? jwt_len(scan, start) : 0;
    if (jwt > 0)
        return jwt;
    size_t n = run_of(scan, start, scan->len, is_token_byte), hex = run_of(scan, start, scan->len, is_hex);
    size_t known = identifier_token_prefix(s, n);
    if (known > 0 && n >= known + 12)
        return n;
    if (hex >= 32 && !is_word(at_or_nul(scan, start + hex))) {
        size_t digits = run_of(scan, start, hex, is_digit);
        return digits < hex ? hex : 0;
    }
    if (n >= 20 && is_random(s, n)) {
        for (unsigned padding = 0; padding < 2 && at_or_nul(scan, start + n) == '='; padding++)
            n++;
        return n;
    }
    scan->token_tried = start + n;
    return 0;
}

/* Digits of a number in groups of one length between blanks or dashes, or in one; 0 unless the check digit is right. */
static size_t find_card(struct scan *scan, size_t start)
{
    unsigned char digits[20];
    size_t n = 0, at = start, groups = 0;
    char last = before(scan, start), mark = '\0';
    if (last == '-' || last == '.' || last == '+' || is_word(last))
        return 0;
    for (;; at++) {
        size_t run = run_of(scan, at, 20, is_digit);
        if (run == 0 || n + run > 19)
            return 0;
        for (size_t i = 0; i < run; i++)
            digits[n++] = (unsigned char)(scan->text[at + i] - '0');
        at += run;
        groups++;
        char c = at_or_nul(scan, at);
        if (n >= 14 && (c != mark || mark == '\0' || !is_digit(at_or_nul(scan, at + 1))))
            break;
        if ((c != ' ' && c != '-') || (mark != '\0' && c != mark))
            return 0;
        mark = c;
        if (run != 4 && run != 6)
            return 0;
    }
    char next = at_or_nul(scan, at);
    if (n > 16 || is_word(next) || (next == '.' && is_digit(at_or_nul(scan, at + 1))) || (groups > 1 && groups < 3))
        return 0;
    unsigned two = digits[0] * 10u + digits[1], sum = 0;
    bool is_issued = n == 16 ? digits[0] == 4 || (two >= 51 && two <= 55) || (two >= 22 && two <= 27) || two == 60 ||
                                   two == 62 || two == 64 || two == 65 || two == 35
                     : n == 15 ? two == 34 || two == 37
                               : two == 30 || two == 36 || two == 38;
    for (size_t i = 0; i < n; i++) {
        unsigned d = digits[n - 1 - i] * (i % 2 == 1 ? 2u : 1u);
        sum += d > 9 ? d - 9 : d;
    }
    return is_issued && sum % 10 == 0 ? at - start : 0;
}

/* "+49 30 1234567", "(555) 123-4567", "555-123-4567". */
static size_t find_phone(struct scan *scan, size_t start)
{
    size_t at = start, digits = 0, groups = 0, lengths[8] = {0};
    bool is_international = scan->text[start] == '+', has_area = scan->text[start] == '(';
    char last = before(scan, start);
    if (is_word(last) || last == '.' || last == '-' || last == '+')
        return 0;
    at += is_international || has_area;
    for (;;) {
        size_t n = run_of(scan, at, 15, is_digit);
        if (n == 0 || groups == 8 || digits + n > 15)
            return 0;
        lengths[groups++] = n;
        digits += n;
        at += n;
        if (groups == 1 && has_area) {
            if (at_or_nul(scan, at) != ')')
                return 0;
            at++;
        }
        char c = at_or_nul(scan, at);
        size_t skip = c == '-' || c == ' ' ? 1 : c == '.' && is_international ? 1 : 0;
        if (!is_digit(at_or_nul(scan, at + skip)) || (skip == 0 && !(groups == 1 && has_area)))
            break;
        at += skip;
    }
    if (is_word(at_or_nul(scan, at)) || (at_or_nul(scan, at) == '.' && is_digit(at_or_nul(scan, at + 1))))
        return 0;
    bool is_local = groups == 3 && lengths[0] == 3 && lengths[1] == 3 && lengths[2] == 4;
    bool has_dashes =
        has_area || (start + 7 < scan->len && scan->text[start + 3] == '-' && scan->text[start + 7] == '-');
    return (is_international && digits >= 8 && scan->text[start + 1] != '0') || (is_local && has_dashes) ? at - start
                                                                                                         : 0;
}

/* ---- what a word before it says ------------------------------------------------------------------------------------
 */

static bool is_key_byte(char c)
{
    return is_alnum(c) || c == '_' || c == '-';
}

static bool is_value_byte(char c)
{
    return is_word(c) || (c != '\0' && strchr("-.@$+\\", c) != NULL);
}

/* What (s, len) is if kind names it. */
static enum identifier named(enum identifier kind, const char *s, size_t len)
{
    size_t letters = 0;
    for (size_t i = 0; i < len; i++)
        letters += is_alpha(s[i]) || (unsigned char)s[i] >= 0x80;
    if (len < 2 || len > (kind == IDENTIFIER_TOKEN ? SECRET_MAX : HOST_MAX) || identifier_is_nobody(s, len))
        return IDENTIFIER_NONE;
    if (kind == IDENTIFIER_TOKEN)
        return len >= SECRET_MIN ? kind : IDENTIFIER_NONE;
    return letters > 0 ? kind : IDENTIFIER_NONE;
}

/* A value at `at` that the key which ends before the separator names: user=bob, "user": "bob", user 'bob', user bob. */
static size_t find_named(struct scan *scan, size_t at, enum identifier *kind, bool *is_weak)
{
    size_t end = at, quotes = 0, blanks = 0, marks = 0;
    while (end > 0 && at - end < 5) {
        char c = scan->text[end - 1];
        if (c == '"' || c == '\'')
            quotes++;
        else if (c == '=' || c == ':')
            marks++;
        else if (c == ' ')
            blanks++;
        else
            break;
        end--;
    }
    if (end == at || marks > 1 || blanks > 1)
        return 0;
    size_t start = end;
    while (start > 0 && end - start < NAME_MAX_BYTES && is_key_byte(scan->text[start - 1]))
        start--;
    enum identifier key = end > start ? identifier_of_key(scan->text + start, end - start) : IDENTIFIER_NONE;
    *is_weak = marks == 0 && quotes == 0;
    if (key == IDENTIFIER_NONE || (*is_weak && key != IDENTIFIER_USER))
        return 0;
    size_t n = key == IDENTIFIER_TOKEN ? 0 : run_of(scan, at, HOST_MAX, is_value_byte);
    if (key == IDENTIFIER_TOKEN)
        while (at + n < scan->len && n <= SECRET_MAX && !ends_path(scan->text[at + n]) &&
               (quotes > 0 || scan->text[at + n] != '&'))
            n++;
    while (n > 0 && key != IDENTIFIER_TOKEN && strchr(".-", scan->text[at + n - 1]) != NULL)
        n--;
    *kind = named(key, scan->text + at, n);
    if (*kind == IDENTIFIER_NONE || (*is_weak && !identifier_may_name(scan->text + at, n)))
        return 0;
    char next = at_or_nul(scan, at + n);
    return next == '(' || (next == '=' && key != IDENTIFIER_TOKEN) ? 0 : n;
}

/* ---- the scan ------------------------------------------------------------------------------------------------------
 */

static const struct {
    enum identifier kind;
    size_t (*find)(struct scan *scan, size_t at);
} finders[] = {
    {IDENTIFIER_URL, find_url},     {IDENTIFIER_MAIL, find_mail}, {IDENTIFIER_UUID, find_uuid},
    {IDENTIFIER_MAC, find_mac},     {IDENTIFIER_IP, find_ip6},    {IDENTIFIER_IP, find_ip4},
    {IDENTIFIER_PATH, find_path},   {IDENTIFIER_CARD, find_card}, {IDENTIFIER_PHONE, find_phone},
    {IDENTIFIER_TOKEN, find_token}, {IDENTIFIER_HOST, find_host},
};

/* Words begin here, or what begins with a mark. */
static bool is_begin(const struct scan *scan, size_t at)
{
    char c = scan->text[at];
    if (is_word(c))
        return !is_word(before(scan, at));
    return c != '\0' && strchr("/\\~.+(:", c) != NULL;
}

/* Those of finders that may find what begins with this byte. */
static bool may_find(enum identifier kind, char c)
{
    switch (kind) {
    case IDENTIFIER_URL:
        return is_alpha(c);
    case IDENTIFIER_PATH:
        return !is_digit(c) && c != '+' && c != '(' && c != ':';
    case IDENTIFIER_CARD:
        return is_digit(c);
    case IDENTIFIER_PHONE:
        return is_digit(c) || c == '+' || c == '(';
    case IDENTIFIER_IP:
        return is_hex(c) || c == ':';
    case IDENTIFIER_MAC:
    case IDENTIFIER_UUID:
        return is_hex(c);
    default:
        return is_alnum(c);
    }
}

static bool find_at(struct scan *scan, size_t at, struct identifier_match *match)
{
    char c = scan->text[at];
    for (size_t i = 0; i < sizeof finders / sizeof *finders; i++) {
        size_t n = may_find(finders[i].kind, c) ? finders[i].find(scan, at) : 0;
        if (n > 0) {
            *match = (struct identifier_match){finders[i].kind, at, n, false};
            return true;
        }
    }
    enum identifier kind = IDENTIFIER_NONE;
    bool is_weak = false;
    size_t n = is_word(c) && at > 0 ? find_named(scan, at, &kind, &is_weak) : 0;
    *match = (struct identifier_match){kind, at, n, is_weak};
    return n > 0;
}

int identifier_scan(const char *text, size_t len, identifier_visit visit, void *user)
{
    struct scan scan = {text, len, 0, 0};
    for (size_t at = 0; at < len;) {
        struct identifier_match match;
        if (!is_begin(&scan, at) || !find_at(&scan, at, &match)) {
            at++;
            continue;
        }
        int code = visit(user, &match);
        if (code != 0)
            return code;
        at += match.len;
    }
    return 0;
}

static int keep_first(void *user, const struct identifier_match *match)
{
    struct identifier_match *first = user;
    *first = *match;
    return 1;
}

/* Whether all behind a match may stand behind it: a port, a protocol. */
static bool is_tail(const char *s, size_t len)
{
    if (len > 1 && s[0] == ':') {
        size_t n = 1;
        while (n < len && is_digit(s[n]))
            n++;
        return n == len;
    }
    return len == 0 || (len == 9 && memcmp(s, " HTTP/", 6) == 0);
}

enum identifier identifier_of(const char *text, size_t len)
{
    struct identifier_match match = {IDENTIFIER_NONE, 0, 0, false};
    if (identifier_scan(text, len, keep_first, &match) == 0 ||
        !is_tail(text + match.start + match.len, len - match.start - match.len))
        return IDENTIFIER_NONE;
    if (match.start == 0)
        return match.kind;
    /* "/10.0.0.1:80" and "name/10.0.0.1:80" */
    if (match.kind != IDENTIFIER_IP || text[match.start - 1] != '/')
        return IDENTIFIER_NONE;
    for (size_t i = 0; i + 1 < match.start; i++)
        if (!is_host_byte(text[i]))
            return IDENTIFIER_NONE;
    return match.kind;
}

enum identifier identifier_of_named(const char *name, size_t name_len, const char *text, size_t len)
{
    enum identifier kind = identifier_of(text, len);
    enum identifier key = kind == IDENTIFIER_NONE ? identifier_of_key(name, name_len) : IDENTIFIER_NONE;
    return key == IDENTIFIER_NONE ? kind : named(key, text, len);
}

static const char *const names[IDENTIFIER_COUNT] = {
    [IDENTIFIER_NONE] = "",     [IDENTIFIER_IP] = "ip",       [IDENTIFIER_MAC] = "mac",   [IDENTIFIER_MAIL] = "mail",
    [IDENTIFIER_HOST] = "host", [IDENTIFIER_USER] = "user",   [IDENTIFIER_PATH] = "path", [IDENTIFIER_URL] = "url",
    [IDENTIFIER_UUID] = "uuid", [IDENTIFIER_TOKEN] = "token", [IDENTIFIER_CARD] = "card", [IDENTIFIER_PHONE] = "phone",
};

const char *identifier_name(enum identifier kind)
{
    return (unsigned)kind < IDENTIFIER_COUNT ? names[kind] : "";
}

enum identifier identifier_by_name(const char *name, size_t len)
{
    for (unsigned kind = IDENTIFIER_NONE + 1; kind < IDENTIFIER_COUNT; kind++)
        if (strlen(names[kind]) == len && memcmp(names[kind], name, len) == 0)
            return (enum identifier)kind;
    return IDENTIFIER_NONE;
}
