/*
 * Each kind is a recogniser of the whole run, tried in the order from the most to the least telling. A table of
 * regular expressions would say the same in fewer lines, at some fifty times the cost for each byte of log.
 */
#include "learn/value.h"

#include <stdlib.h>
#include <string.h>

#define S   BYTE_SPACE
#define M   BYTE_MARK
#define D   BYTE_DIGIT
#define A   BYTE_ALPHA
#define H   (BYTE_ALPHA | BYTE_HEX)
#define P   BYTE_DOT
#define C   BYTE_COLON
#define L   BYTE_SLASH
#define N   BYTE_SIGN
#define A16 A, A, A, A, A, A, A, A, A, A, A, A, A, A, A, A

const unsigned short value_class[256] = {
    A,   A,   A,   A,   A,   A,   A,   A,   A, S, S, S, S, S, A, A, /* 00: \t \n \v \f \r */
    A16,                                                            /* 10 */
    S,   M,   M,   M,   M,   A,   M,   M,   M, M, M, M, M, N, P, L, /* 20:   ! " # $ % & ' ( ) * + , - . / */
    D,   D,   D,   D,   D,   D,   D,   D,   D, D, C, M, M, M, M, M, /* 30: 0-9 : ; < = > ? */
    M,   H,   H,   H,   H,   H,   H,   A,   A, A, A, A, A, A, A, A, /* 40: @ A-O */
    A,   A,   A,   A,   A,   A,   A,   A,   A, A, A, M, L, M, M, A, /* 50: P-Z [ \ ] ^ _ */
    M,   H,   H,   H,   H,   H,   H,   A,   A, A, A, A, A, A, A, A, /* 60: ` a-o */
    A,   A,   A,   A,   A,   A,   A,   A,   A, A, A, M, M, M, A, A, /* 70: p-z { | } ~ DEL */
    A16, A16, A16, A16, A16, A16, A16, A16,                         /* 80-ff */
};

static bool is_digit(char c)
{
    return (unsigned)(unsigned char)c - '0' < 10;
}

static bool is_hex(char c)
{
    return (value_class[(unsigned char)c] & (BYTE_DIGIT | BYTE_HEX)) != 0;
}

static bool has_text(const char *s, size_t len, const char *needle)
{
    size_t n = strlen(needle);
    for (size_t at = 0; at + n <= len; at++)
        if (memcmp(s + at, needle, n) == 0)
            return true;
    return false;
}

static size_t count_digits(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && is_digit(s[n]))
        n++;
    return n;
}

static size_t count_hex(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && is_hex(s[n]))
        n++;
    return n;
}

/* Four groups of up to three digits, each at most 255. */
static size_t ip_len(const char *s, size_t len)
{
    for (size_t at = 0, group = 0;; group++) {
        if (at == len || !is_digit(s[at]))
            return 0;
        unsigned value = (unsigned)(s[at++] - '0');
        if (at < len && is_digit(s[at])) {
            value = value * 10 + (unsigned)(s[at++] - '0');
            if (at < len && is_digit(s[at])) {
                value = value * 10 + (unsigned)(s[at++] - '0');
                if (value > 255 || (at < len && is_digit(s[at])))
                    return 0;
            }
        }
        if (group == 3)
            return at;
        if (at == len || s[at++] != '.')
            return 0;
    }
}

static bool is_port(const char *s, size_t len)
{
    return len >= 2 && len <= 6 && s[0] == ':' && count_digits(s + 1, len - 1) == len - 1;
}

/* Whether the last label is the suffix of a source file: file.c:12 is a place in a program, not a host. */
static bool is_source_suffix(const char *s, size_t len)
{
    static const char suffixes[][6] = {"c",  "cc", "cpp", "h",  "hpp", "cs",  "java", "kt", "scala",
                                       "py", "rb", "pl",  "go", "rs",  "php", "js",   "ts", "lua"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
        if (strlen(suffixes[i]) == len && memcmp(suffixes[i], s, len) == 0)
            return true;
    return false;
}

/* "host.name:80", "localhost:80", "node-1:9000". */
static bool is_host_port(const char *s, size_t len)
{
    const char *colon = memchr(s, ':', len), *label = s;
    if (colon == NULL || !is_port(colon, len - (size_t)(colon - s)))
        return false;
    size_t dots = 0, digits = 0, letters = 0, capitals = 0;
    for (const char *p = s; p < colon; p++) {
        unsigned short c = value_class[(unsigned char)*p];
        if ((c & (BYTE_ALPHA | BYTE_DIGIT | BYTE_SIGN | BYTE_DOT)) == 0)
            return false;
        digits += (c & BYTE_DIGIT) != 0;
        letters += (c & BYTE_ALPHA) != 0;
        capitals += *p >= 'A' && *p <= 'Z';
        if (*p == '.') {
            dots++;
            label = p + 1;
        }
    }
    if (dots > 0)
        return letters > 0 && label < colon && (dots > 1 || capitals == 0) &&
               !is_source_suffix(label, (size_t)(colon - label));
    bool is_high = len - (size_t)(colon - s) >= 5;
    return (colon - s == 9 && memcmp(s, "localhost", 9) == 0) || (is_high && digits > 0 && letters > 0);
}

/* "name/10.0.0.1:80", as Java writes socket addresses. */
static enum mask named_address(const char *s, size_t len)
{
    const char *slash = memchr(s, '/', len);
    if (slash == NULL || slash == s)
        return MASK_NONE;
    for (const char *p = s; p < slash; p++)
        if ((value_class[(unsigned char)*p] & (BYTE_ALPHA | BYTE_DIGIT | BYTE_SIGN | BYTE_DOT)) == 0)
            return MASK_NONE;
    size_t rest = len - (size_t)(slash + 1 - s), ip = ip_len(slash + 1, rest);
    if (ip == 0)
        return MASK_NONE;
    return ip == rest ? MASK_IP : is_port(slash + 1 + ip, rest - ip) ? MASK_HOST_PORT : MASK_NONE;
}

/* Groups of hexadecimal digits between separators, of the given lengths. */
static bool has_hex_groups(const char *s, size_t len, char separator, const unsigned char *groups, size_t n_groups)
{
    for (size_t g = 0; g < n_groups; g++) {
        if (g > 0) {
            if (len == 0 || s[0] != separator)
                return false;
            s++;
            len--;
        }
        if (len < groups[g] || count_hex(s, groups[g]) != groups[g])
            return false;
        s += groups[g];
        len -= groups[g];
    }
    return len == 0;
}

static bool is_uuid(const char *s, size_t len)
{
    static const unsigned char groups[] = {8, 4, 4, 4, 12};
    return len == 36 && has_hex_groups(s, len, '-', groups, sizeof groups);
}

/* Pairs of hexadecimal digits: 6 for Ethernet, 8 and 12 on other fabrics. */
static bool is_mac(const char *s, size_t len)
{
    static const unsigned char groups[] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    size_t n = (len + 1) / 3;
    return n >= 6 && n <= sizeof groups && n * 3 == len + 1 && (s[2] == ':' || s[2] == '-') &&
           has_hex_groups(s, len, s[2], groups, n);
}

static bool is_ipv6(const char *s, size_t len)
{
    size_t colons = 0, digits = 0, run = 0;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == ':') {
            colons++;
            run = 0;
        } else if (is_hex(s[i])) {
            digits += is_digit(s[i]);
            if (++run > 4)
                return false;
        } else if (s[i] == '%' || s[i] == '.') {
            return colons >= 2;
        } else {
            return false;
        }
    }
    return colons >= 2 && (has_text(s, len, "::") ? colons > 2 || digits > 0 : colons == 7);
}

size_t value_clock(const char *s, size_t len)
{
    size_t at = count_digits(s, len);
    if (at == 0 || at > 3)
        return 0;
    int groups = 1;
    while (groups < 3 && at + 2 < len && s[at] == ':' && count_digits(s + at + 1, len - at - 1) == 2) {
        at += 3;
        groups++;
    }
    if (groups < 2)
        return 0;
    if (at + 1 < len && (s[at] == '.' || s[at] == ',')) {
        size_t n = count_digits(s + at + 1, len - at - 1);
        if (n >= 3)
            at += 1 + n;
    }
    return at;
}

/* "2005-06-17", "2005/6/17", "17.06.2005"; then 'T' or a blank and a clock, then a zone. */
static size_t date_len(const char *s, size_t len)
{
    size_t at = count_digits(s, len);
    if (at != 4 && at != 2 && at != 1)
        return 0;
    bool is_year_first = at == 4;
    char separator = at < len ? s[at] : '\0';
    if (separator != '-' && separator != '/' && separator != '.')
        return 0;
    size_t n = count_digits(s + at + 1, len - at - 1);
    if (n < 1 || n > 2 || at + 1 + n >= len || s[at + 1 + n] != separator)
        return 0;
    at += n + 2;
    n = count_digits(s + at, len - at);
    if (is_year_first ? n < 1 || n > 2 : separator == '/' ? n != 2 && n != 4 : n != 4)
        return 0;
    at += n;
    if (at + 1 < len && (s[at] == 'T' || s[at] == ' ' || s[at] == ':')) {
        size_t clock = value_clock(s + at + 1, len - at - 1);
        if (clock > 0)
            at += 1 + clock;
    }
    if (at < len && s[at] == 'Z')
        at++;
    else if (at + 4 < len && (s[at] == '+' || s[at] == '-') && count_digits(s + at + 1, 2) == 2)
        at += s[at + 3] == ':' ? 6 : 5;
    return at <= len ? at : 0;
}

static bool is_name(const char *s, const char *names)
{
    for (; *names != '\0'; names += 3)
        if (memcmp(s, names, 3) == 0)
            return true;
    return false;
}

static bool is_end(const char *s, size_t len, size_t at)
{
    return at >= len || (value_class[(unsigned char)s[at]] & (BYTE_ALPHA | BYTE_DIGIT)) == 0;
}

/* After a clock: a zone of three or four capitals and a year, each optional. */
static size_t zone_year_len(const char *s, size_t len)
{
    size_t at = 0, n = 0;
    if (len > 1 && s[0] == ' ') {
        while (1 + n < len && s[1 + n] >= 'A' && s[1 + n] <= 'Z')
            n++;
        if (n >= 3 && n <= 4 && 1 + n < len && s[1 + n] == ' ' && count_digits(s + n + 2, len - n - 2) == 4)
            at = 1 + n;
    }
    if (at + 5 <= len && s[at] == ' ' && count_digits(s + at + 1, len - at - 1) == 4)
        return at + 5;
    return 0;
}

size_t value_calendar(const char *s, size_t len)
{
    if (len > 0 && is_digit(s[0])) {
        size_t n = date_len(s, len);
        return is_end(s, len, n) ? n : 0;
    }
    size_t at = 0;
    if (len > 8 && is_name(s, "MonTueWedThuFriSatSun"))
        at = s[3] == ' ' ? 4 : s[3] == ',' && s[4] == ' ' ? 5 : 0;
    if (len - at < 5 || !is_name(s + at, "JanFebMarAprMayJunJulAugSepOctNovDec") || s[at + 3] != ' ')
        return 0;
    at += 4;
    if (s[at] == ' ')
        at++;
    size_t n = count_digits(s + at, len - at);
    if (n < 1 || n > 2 || !is_end(s, len, at + n))
        return 0;
    at += n;
    if (at < len && s[at] == ' ') {
        size_t clock = value_clock(s + at + 1, len - at - 1);
        if (clock > 0)
            at += 1 + clock;
    }
    at += zone_year_len(s + at, len - at);
    return is_end(s, len, at) ? at : 0;
}

struct unit {
    const char *name;
    enum mask mask;
};
static const struct unit units[] = {
    {"k", MASK_SIZE},        {"K", MASK_SIZE},       {"M", MASK_SIZE},        {"G", MASK_SIZE},
    {"T", MASK_SIZE},        {"B", MASK_SIZE},       {"kB", MASK_SIZE},       {"KB", MASK_SIZE},
    {"MB", MASK_SIZE},       {"GB", MASK_SIZE},      {"TB", MASK_SIZE},       {"KiB", MASK_SIZE},
    {"MiB", MASK_SIZE},      {"GiB", MASK_SIZE},     {"TiB", MASK_SIZE},      {"Kbytes", MASK_SIZE},
    {"ns", MASK_DURATION},   {"us", MASK_DURATION},  {"ms", MASK_DURATION},   {"s", MASK_DURATION},
    {"m", MASK_DURATION},    {"h", MASK_DURATION},   {"d", MASK_DURATION},    {"sec", MASK_DURATION},
    {"secs", MASK_DURATION}, {"min", MASK_DURATION}, {"msec", MASK_DURATION}, {"%", MASK_FLOAT},
};

static const struct unit *find_unit(const char *s, size_t len)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == len && memcmp(units[i].name, s, len) == 0)
            return &units[i];
    return NULL;
}

bool value_is_time_unit(const char *s, size_t len)
{
    const struct unit *unit = find_unit(s, len);
    return unit != NULL && unit->mask == MASK_DURATION;
}

bool value_is_unit(const char *s, size_t len)
{
    return find_unit(s, len) != NULL || (len == 5 && memcmp(s, "bytes", 5) == 0);
}

/* Begins with a digit, or a minus and a digit. */
static enum mask number_mask(const char *s, size_t len)
{
    size_t at = s[0] == '-';
    if (len - at > 2 && s[at] == '0' && (s[at + 1] == 'x' || s[at + 1] == 'X') &&
        count_hex(s + at + 2, len - at - 2) == len - at - 2)
        return MASK_HEX;
    size_t n = count_digits(s + at, len - at);
    at += n;
    if (at == len)
        return MASK_INTEGER;
    size_t ip = ip_len(s, len);
    if (ip > 0 && ip == len)
        return MASK_IP;
    if (ip > 0 && is_port(s + ip, len - ip))
        return MASK_HOST_PORT;
    if (value_clock(s, len) == len || value_calendar(s, len) == len)
        return MASK_TIME;
    bool is_float = false;
    if (s[at] == '.' && at + 1 < len && is_digit(s[at + 1])) {
        at += 1 + count_digits(s + at + 1, len - at - 1);
        is_float = true;
    }
    if (at + 1 < len && (s[at] == 'e' || s[at] == 'E')) {
        size_t sign = s[at + 1] == '-';
        size_t digits = count_digits(s + at + 1 + sign, len - at - 1 - sign);
        if (digits > 0 && at + 1 + sign + digits == len)
            return is_float || sign ? MASK_FLOAT : MASK_ID;
    }
    if (at == len)
        return MASK_FLOAT;
    const struct unit *unit = find_unit(s + at, len - at);
    return unit != NULL ? unit->mask : MASK_NONE;
}

/* Hexadecimal digits alone: with a digit and a letter at least 6, without a digit 8, so that no word is taken. */
static bool is_bare_hex(const char *s, size_t len)
{
    if (len < 6 || count_hex(s, len) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (is_digit(s[i]))
            return true;
    return len >= 8;
}

static bool is_flag(const char *s, size_t len)
{
    static const char flags[][6] = {"true", "false", "null", "none", "True", "False", "None", "NULL", "TRUE", "FALSE"};
    char first = (char)(s[0] | 0x20);
    if ((len != 4 && len != 5) || (first != 't' && first != 'f' && first != 'n'))
        return false;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (s[0] == flags[i][0] && memcmp(s, flags[i], len) == 0 && flags[i][len] == '\0')
            return true;
    return false;
}

/* Letters and digits: a value if it begins with a digit, has two groups of digits, or four digits in one. What has
 * fewer (ide0, L2, tty1) may well belong to the text; the columns tell. */
static bool is_id(const char *s, size_t len)
{
    size_t groups = 0, digits = 0;
    for (size_t i = 0; i < len; i++)
        if (is_digit(s[i])) {
            digits++;
            groups += i == 0 || !is_digit(s[i - 1]);
            if (i == 0 || groups >= 2 || digits >= 4)
                return true;
        }
    return false;
}

static bool is_path(const char *s, size_t len)
{
    if (len < 2)
        return false;
    if (s[0] == '/' || (s[0] == '\\' && len > 2))
        return true;
    if (s[0] == '~' && s[1] == '/')
        return true;
    if (s[0] == '.' && (s[1] == '/' || (s[1] == '.' && len > 2 && s[2] == '/')))
        return true;
    return len >= 3 && s[1] == ':' && (s[2] == '\\' || s[2] == '/') &&
           (value_class[(unsigned char)s[0]] & BYTE_ALPHA) != 0;
}

unsigned value_classes(const char *s, size_t len)
{
    unsigned all = 0;
    for (size_t i = 0; i < len; i++)
        all |= value_class[(unsigned char)s[i]];
    return all;
}

static size_t count_slashes(const char *s, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += (value_class[(unsigned char)s[i]] & BYTE_SLASH) != 0;
    return n;
}

/* Of what begins as a path does. */
static enum mask path_mask(const char *s, size_t len)
{
    size_t ip = s[0] == '/' ? ip_len(s + 1, len - 1) : 0;
    if (ip > 0 && ip == len - 1)
        return MASK_IP;
    return ip > 0 && is_port(s + 1 + ip, len - 1 - ip) ? MASK_HOST_PORT : MASK_PATH;
}

enum mask value_mask(const char *s, size_t len, unsigned all)
{
    bool has_slash = (all & BYTE_SLASH) != 0, has_colon = (all & BYTE_COLON) != 0;
    if ((all & ~(unsigned)(BYTE_ALPHA | BYTE_HEX)) == 0)
        return is_flag(s, len) ? MASK_FLAG : is_bare_hex(s, len) ? MASK_HEX : MASK_NONE;
    if ((has_slash || has_colon) && is_path(s, len))
        return path_mask(s, len);
    if (has_colon && has_slash && has_text(s, len, "://"))
        return MASK_URL;
    if (is_digit(s[0]) || (s[0] == '-' && len > 1 && is_digit(s[1]))) {
        enum mask mask = number_mask(s, len);
        if (mask != MASK_NONE)
            return mask;
    }
    if ((all & BYTE_SIGN) != 0 && is_uuid(s, len))
        return MASK_UUID;
    if ((all & (BYTE_SIGN | BYTE_COLON)) != 0 && is_mac(s, len))
        return MASK_MAC;
    size_t slashes = has_slash ? count_slashes(s, len) : 0;
    if (slashes == 1 && named_address(s, len) != MASK_NONE)
        return named_address(s, len);
    if (has_colon)
        return is_host_port(s, len) ? MASK_HOST_PORT : is_ipv6(s, len) ? MASK_IP : MASK_NONE;
    if (slashes > 0)
        return slashes >= 2 && (all & BYTE_ALPHA) != 0 && !is_digit(s[0]) ? MASK_PATH : MASK_NONE;
    if ((all & BYTE_DIGIT) == 0)
        return MASK_NONE;
    return is_bare_hex(s, len) ? MASK_HEX : is_id(s, len) ? MASK_ID : MASK_NONE;
}

bool value_decimal(const char *s, size_t len, double *number, int *decimals)
{
    char copy[40], *end;
    if (len == 0 || len >= sizeof copy)
        return false;
    memcpy(copy, s, len);
    copy[len] = 0;
    if (strspn(copy, "-0123456789.") != len)
        return false;
    *number = strtod(copy, &end);
    const char *point = strchr(copy, '.');
    if (decimals != NULL)
        *decimals = point == NULL ? 0 : (int)(copy + len - point) - 1;
    return *end == 0 && end > copy;
}
