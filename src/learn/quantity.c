#include "learn/quantity.h"

#include <stdint.h>

struct factor {
    const char *name; /* in small letters */
    double factor;
};

static const struct factor seconds[] = {
    {"ns", 1e-9},        {"nanoseconds", 1e-9},  {"us", 1e-6}, {"usec", 1e-6}, {"usecs", 1e-6},
    {"\xc2\xb5s", 1e-6}, {"microseconds", 1e-6}, {"ms", 1e-3}, {"msec", 1e-3}, {"msecs", 1e-3},
    {"millis", 1e-3},    {"milliseconds", 1e-3}, {"s", 1},     {"sec", 1},     {"secs", 1},
    {"second", 1},       {"seconds", 1},         {"m", 60},    {"min", 60},    {"mins", 60},
    {"minute", 60},      {"minutes", 60},        {"h", 3600},  {"hr", 3600},   {"hrs", 3600},
    {"hour", 3600},      {"hours", 3600},        {"d", 86400}, {"day", 86400}, {"days", 86400},
};
static const struct factor bytes[] = {
    {"b", 1},           {"byte", 1},         {"bytes", 1},         {"k", 1024},           {"kb", 1024},
    {"kib", 1024},      {"m", 1048576},      {"mb", 1048576},      {"mib", 1048576},      {"g", 1073741824},
    {"gb", 1073741824}, {"gib", 1073741824}, {"t", 1099511627776}, {"tb", 1099511627776}, {"tib", 1099511627776},
};

enum quantity_kind quantity_of_mask(enum mask mask)
{
    switch (mask) {
    case MASK_INTEGER:
    case MASK_FLOAT:
        return QUANTITY_NUMBER;
    case MASK_DURATION:
        return QUANTITY_SECONDS;
    case MASK_SIZE:
        return QUANTITY_BYTES;
    default:
        return QUANTITY_NONE;
    }
}

const char *quantity_unit(enum quantity_kind kind)
{
    return kind == QUANTITY_SECONDS ? "s" : kind == QUANTITY_BYTES ? "B" : "";
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A decimal without sign at s + *at; commas between digits are passed over. */
static bool take_decimal(const char *s, size_t len, size_t *at, double *out)
{
    size_t start = *at, digits = 0;
    double value = 0, scale = 1;

    for (; *at < len && (is_digit(s[*at]) || (s[*at] == ',' && *at > start && *at + 1 < len && is_digit(s[*at + 1])));
         ++*at)
        if (s[*at] != ',') {
            value = value * 10 + (s[*at] - '0');
            digits++;
        }
    if (*at < len && s[*at] == '.')
        for (++*at; *at < len && is_digit(s[*at]); ++*at) {
            value = value * 10 + (s[*at] - '0');
            scale *= 10;
            digits++;
        }
    *out = value / scale;
    return digits > 0;
}

static double power_of_ten(int exponent)
{
    double power = 1;

    for (int i = exponent < 0 ? -exponent : exponent; i > 0; i--)
        power *= 10;
    return exponent < 0 ? 1 / power : power;
}

/* "e-05" */
static void take_exponent(const char *s, size_t len, size_t *at, double *value)
{
    size_t end = *at + 1;
    bool is_negative = end < len && s[end] == '-';
    int exponent = 0;

    if (*at >= len || (s[*at] != 'e' && s[*at] != 'E'))
        return;
    end += end < len && (s[end] == '-' || s[end] == '+');
    if (end >= len || !is_digit(s[end]))
        return;
    for (; end < len && is_digit(s[end]); end++)
        exponent = exponent < 400 ? exponent * 10 + (s[end] - '0') : exponent;
    *value *= power_of_ten(exponent > 300 ? (is_negative ? -300 : 300) : is_negative ? -exponent : exponent);
    *at = end;
}

static double find_factor(const struct factor *table, size_t n, const char *s, size_t len)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;

        while (at < len && table[i].name[at] != '\0' &&
               (s[at] >= 'A' && s[at] <= 'Z' ? s[at] + ('a' - 'A') : s[at]) == table[i].name[at])
            at++;
        if (at == len && table[i].name[at] == '\0')
            return table[i].factor;
    }
    return 0;
}

/* "1m 30s", "12 MB", "00:05:12", "12": parts with their units, or one that has none, which counts as it is. */
static bool parse_parts(const struct factor *table, size_t n, const char *s, size_t len, size_t at, double *out)
{
    double sum = 0, value;
    size_t parts = 0;

    while (at < len) {
        size_t unit;
        double factor;

        if (!take_decimal(s, len, &at, &value))
            return false;
        if (table == seconds && at < len && s[at] == ':') {
            sum = (sum + value) * 60;
            at++;
            continue;
        }
        while (at < len && s[at] == ' ')
            at++;
        for (unit = at; at < len && s[at] != ' ' && !is_digit(s[at]);)
            at++;
        factor = at == unit ? 1 : find_factor(table, n, s + unit, at - unit);
        if (factor == 0)
            return false;
        sum += value * factor;
        parts++;
        while (at < len && s[at] == ' ')
            at++;
    }
    *out = sum;
    return parts > 0;
}

bool quantity_parse(enum quantity_kind kind, const char *s, size_t len, double *out)
{
    size_t at = len > 0 && (s[0] == '-' || s[0] == '+' || s[0] == '<');
    bool is_negative = at > 0 && s[0] == '-', is_sound;
    double value = 0;

    if (kind == QUANTITY_NONE || at >= len)
        return false;
    if (kind == QUANTITY_NUMBER) {
        is_sound = take_decimal(s, len, &at, &value);
        take_exponent(s, len, &at, &value);
        is_sound = is_sound && at == len;
    } else if (kind == QUANTITY_SECONDS) {
        is_sound = parse_parts(seconds, sizeof seconds / sizeof *seconds, s, len, at, &value);
    } else {
        is_sound = parse_parts(bytes, sizeof bytes / sizeof *bytes, s, len, at, &value);
    }
    *out = is_negative ? -value : value;
    return is_sound;
}
