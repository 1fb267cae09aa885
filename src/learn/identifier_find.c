/* Addresses, names of machines, paths: what their form tells. */
#include "learn/identifier_find.h"

#include "learn/identifier_words.h"

#define MAIL_LOCAL_MAX 64
#define HOST_MAX       253
#define NAME_MAX_BYTES 64
#define SCHEME_MAX     16
#define RELATIVE_MAX   512

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
size_t identifier_find_ip4(struct scan *scan, size_t at)
{
    unsigned o[4] = {0};
    char last = before(scan, at);
    if ((last == '.' || last == '-') && at > 1 && is_digit(scan->text[at - 2]))
        return 0;
    size_t len = ip4_len(scan, at, o);
    bool is_nobody = o[0] == 0 || o[0] == 127 || (o[0] == 255 && o[1] == 255);
    return len > 0 && !is_nobody ? len : 0;
}

size_t identifier_find_ip6(struct scan *scan, size_t start)
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

size_t identifier_find_mac(struct scan *scan, size_t start)
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

size_t identifier_find_uuid(struct scan *scan, size_t start)
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

size_t identifier_find_host(struct scan *scan, size_t at)
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

size_t identifier_find_mail(struct scan *scan, size_t at)
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

size_t identifier_find_path(struct scan *scan, size_t at)
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

size_t identifier_find_url(struct scan *scan, size_t start)
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
