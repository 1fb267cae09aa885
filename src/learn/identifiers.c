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

#include "learn/identifier_find.h"
#include "learn/identifier_words.h"

#define HOST_MAX       253
#define NAME_MAX_BYTES 64
#define SECRET_MAX     4096
#define SECRET_MIN     6

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
    /* `column "user" holds`: a quote that ends what is before it names nothing */
    if (end == at || marks > 1 || blanks > 1 || (marks == 0 && quotes > 0 && scan->text[at - 1] == ' '))
        return 0;
    size_t start = end;
    while (start > scan->found && end - start < NAME_MAX_BYTES && is_key_byte(scan->text[start - 1]))
        start--;
    if (start == scan->found && start > 0) /* what ends an identifier names nothing: "/login bob" */
        return 0;
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
    {IDENTIFIER_URL, identifier_find_url},     {IDENTIFIER_MAIL, identifier_find_mail},
    {IDENTIFIER_UUID, identifier_find_uuid},   {IDENTIFIER_MAC, identifier_find_mac},
    {IDENTIFIER_IP, identifier_find_ip6},      {IDENTIFIER_IP, identifier_find_ip4},
    {IDENTIFIER_PATH, identifier_find_path},   {IDENTIFIER_CARD, identifier_find_card},
    {IDENTIFIER_PHONE, identifier_find_phone}, {IDENTIFIER_TOKEN, identifier_find_token},
    {IDENTIFIER_HOST, identifier_find_host},
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
    struct scan scan = {text, len, 0, 0, 0};
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
        scan.found = at;
    }
    return 0;
}

struct constant {
    const char *text;
    identifier_visit visit;
    void *user;
};

static int visit_constant(void *user, const struct identifier_match *match)
{
    const struct constant *constant = user;
    const char *text = constant->text;
    size_t start = match->start;
    start -= start > 1 && text[start - 1] == ' ' && text[start - 2] == ':';
    char before = start > 0 ? text[start - 1] : ' ';
    if (match->is_weak || ((before == '\0' || strchr("=:'\"", before) == NULL) &&
                           identifier_of(text + match->start, match->len) == IDENTIFIER_NONE))
        return 0;
    return constant->visit(constant->user, match);
}

int identifier_scan_constant(const char *text, size_t len, identifier_visit visit, void *user)
{
    struct constant constant = {text, visit, user};
    return identifier_scan(text, len, visit_constant, &constant);
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

struct lw_bytes identifier_name_before(struct lw_bytes text)
{
    size_t end = text.len;
    while (end > 0 && !is_alnum(text.data[end - 1]))
        end--;
    size_t start = end;
    while (start > 0 && (is_alnum(text.data[start - 1]) || text.data[start - 1] == '_'))
        start--;
    return (struct lw_bytes){text.data + start, end - start};
}

bool identifier_stands_in(struct lw_bytes name, const char *text, size_t len)
{
    struct identifier_match match;
    return (name.len > 0 && identifier_of_named(name.data, name.len, text, len) != IDENTIFIER_NONE) ||
           identifier_scan(text, len, keep_first, &match) != 0;
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
