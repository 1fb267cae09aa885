/* Numbers with units, and times as people type them. */
#include <math.h>
#include <string.h>

#include "base/fail.h"
#include "input/timestamp.h"
#include "log/query.h"

static const struct {
    const char *name;
    enum query_unit unit;
    double scale;
} units[] = {
    {"ns", QUERY_SECONDS, 1e-9},        {"us", QUERY_SECONDS, 1e-6},
    {"\xc2\xb5s", QUERY_SECONDS, 1e-6}, {"ms", QUERY_SECONDS, 1e-3},
    {"msec", QUERY_SECONDS, 1e-3},      {"s", QUERY_SECONDS, 1},
    {"sec", QUERY_SECONDS, 1},          {"m", QUERY_SECONDS, 60},
    {"min", QUERY_SECONDS, 60},         {"h", QUERY_SECONDS, 3600},
    {"d", QUERY_SECONDS, 86400},        {"B", QUERY_BYTES, 1},
    {"bytes", QUERY_BYTES, 1},          {"kB", QUERY_BYTES, 1e3},
    {"KB", QUERY_BYTES, 1e3},           {"MB", QUERY_BYTES, 1e6},
    {"GB", QUERY_BYTES, 1e9},           {"TB", QUERY_BYTES, 1e12},
    {"KiB", QUERY_BYTES, 1024},         {"MiB", QUERY_BYTES, 1048576},
    {"GiB", QUERY_BYTES, 1073741824},   {"TiB", QUERY_BYTES, 1099511627776},
    {"\xce\xbcs", QUERY_SECONDS, 1e-6},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits, perhaps in groups of three ("1,204"), a fraction and an exponent. Returns the bytes it takes, 0 for none. */
static size_t read_plain(const char *data, size_t len, double *out)
{
    double value = 0, place = 0.1;
    size_t at = 0, group = 0;
    while (at < len && (is_digit(data[at]) || (data[at] == ',' && at > 0 && at <= 3 + 4 * group && len - at > 3 &&
                                               is_digit(data[at + 1]) && is_digit(data[at + 2]) &&
                                               is_digit(data[at + 3]) && !(len - at > 4 && is_digit(data[at + 4]))))) {
        if (data[at] == ',')
            group++;
        else
            value = value * 10 + (data[at] - '0');
        at++;
    }
    if (at == 0)
        return 0;
    if (len - at > 1 && data[at] == '.' && is_digit(data[at + 1]))
        for (at++; at < len && is_digit(data[at]); at++, place /= 10)
            value += place * (data[at] - '0');
    size_t digits = at + 1 < len && (data[at] == 'e' || data[at] == 'E') ? at + 1 : len;
    bool is_negative = digits < len && data[digits] == '-';
    if (digits < len && (data[digits] == '-' || data[digits] == '+'))
        digits++;
    if (digits < len && is_digit(data[digits])) {
        int exponent = 0;
        for (at = digits; at < len && is_digit(data[at]); at++)
            exponent = exponent < 1000 ? exponent * 10 + (data[at] - '0') : exponent;
        value *= pow(10, is_negative ? -exponent : exponent);
    }
    *out = value;
    return at;
}

/* The unit that stands at data up to the next digit or the end; -1 if that is none. */
static int read_unit(const char *data, size_t len, size_t *taken)
{
    size_t n = 0;
    while (n < len && !is_digit(data[n]))
        n++;
    *taken = n;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strlen(units[i].name) == n && memcmp(units[i].name, data, n) == 0)
            return (int)i;
    return -1;
}

bool query_number_read(const char *data, size_t len, struct query_number *out)
{
    struct query_number number = {.scale = 1};
    bool is_negative = len > 0 && data[0] == '-';
    size_t at = len > 0 && (data[0] == '-' || data[0] == '+') ? 1 : 0;
    for (size_t pieces = 0; at < len || pieces == 0; pieces++) {
        double plain;
        size_t taken = read_plain(data + at, len - at, &plain), name;
        if (taken == 0)
            return false;
        at += taken;
        if (pieces == 0)
            number.plain = plain;
        if (at == len) {
            if (pieces > 0)
                return false;
            number.value = plain;
            break;
        }
        if (data[at] == ' ') /* "734 ms" */
            at++;
        int unit = read_unit(data + at, len - at, &name);
        if (unit < 0 || (pieces > 0 && (units[unit].unit != QUERY_SECONDS || number.unit != QUERY_SECONDS)))
            return false;
        at += name;
        number.unit = units[unit].unit;
        number.scale = units[unit].scale;
        number.value += plain * units[unit].scale;
    }
    if (is_negative) {
        number.value = -number.value;
        number.plain = -number.plain;
    }
    *out = number;
    return true;
}

int query_number_compare(const struct query_number *a, const struct query_number *b)
{
    double x = a->value, y = b->value;
    if (a->unit != b->unit) {
        if (a->unit != QUERY_NO_UNIT && b->unit != QUERY_NO_UNIT)
            return 2;
        if (b->unit == QUERY_NO_UNIT) {
            x = a->plain;
            y = b->plain;
        } else {
            x = a->plain * b->scale;
        }
    }
    return x < y ? -1 : x > y ? 1 : 0;
}

/* n digits at data as a number at most `most`. */
static bool read_digits(const char *data, size_t len, size_t at, size_t n, int64_t most, int64_t *out)
{
    int64_t value = 0;
    if (at + n > len)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(data[at + i]))
            return false;
        value = value * 10 + (data[at + i] - '0');
    }
    *out = value;
    return value <= most;
}

#define SECOND INT64_C(1000000)

/* "14", "14:02", "14:02:11", "14:02:11.250" as microseconds since midnight. */
static bool read_clock(const char *data, size_t len, int64_t *from, int64_t *width)
{
    int64_t hour, minute = 0, second = 0, fraction = 0;
    if (!read_digits(data, len, 0, 2, 23, &hour))
        return false;
    *width = 3600 * SECOND;
    if (len > 2) {
        if (data[2] != ':' || !read_digits(data, len, 3, 2, 59, &minute))
            return false;
        *width = 60 * SECOND;
    }
    if (len > 5) {
        if (data[5] != ':' || !read_digits(data, len, 6, 2, 60, &second))
            return false;
        *width = SECOND;
    }
    if (len > 8) {
        if ((data[8] != '.' && data[8] != ',') || len == 9 || len > 15)
            return false;
        for (size_t i = 9; i < len; i++) {
            if (!is_digit(data[i]))
                return false;
            *width /= 10;
            fraction += (data[i] - '0') * *width;
        }
    }
    *from = (hour * 3600 + minute * 60 + second) * SECOND + fraction;
    return true;
}

/* "2026-11-23", and behind a blank or T a time of day. */
static bool read_day(const char *data, size_t len, struct query_time *out)
{
    static const char midnight[] = " 00:00:00";
    char whole[10 + sizeof midnight];
    struct timestamp stamp;
    int64_t clock = 0, width = 86400 * SECOND;
    if (len < 10 || data[4] != '-' || data[7] != '-')
        return false;
    memcpy(whole, data, 10);
    memcpy(whole + 10, midnight, sizeof midnight);
    if (!timestamp_parse(whole, sizeof whole - 1, NULL, &stamp) || !stamp.has_year || stamp.len != sizeof whole - 1)
        return false;
    if (len > 10 && ((data[10] != ' ' && data[10] != 'T') || !read_clock(data + 11, len - 11, &clock, &width)))
        return false;
    *out = (struct query_time){QUERY_TIME_POINT, stamp.time_us + clock, stamp.time_us + clock + width};
    return true;
}

bool query_time_read(const char *data, size_t len, struct query_time *out)
{
    struct timestamp stamp;
    struct query_number number;
    int64_t from, width;
    if (len > 0 && data[0] == '-' && query_number_read(data, len, &number) && number.unit == QUERY_SECONDS &&
        number.value > -1e12) {
        from = (int64_t)(number.value * 1e6);
        *out = (struct query_time){QUERY_TIME_BACK, from, from + 1};
        return true;
    }
    if (len >= 5 && read_clock(data, len, &from, &width)) {
        *out = (struct query_time){QUERY_TIME_OF_DAY, from, from + width};
        return true;
    }
    if (read_day(data, len, out))
        return true;
    if (!timestamp_parse(data, len, NULL, &stamp) || stamp.len != len || !stamp.has_year || !stamp.has_date)
        return false;
    width = SECOND;
    for (unsigned i = 0; i < stamp.layout.fraction_digits && width > 1; i++)
        width /= 10;
    *out = (struct query_time){QUERY_TIME_POINT, stamp.time_us, stamp.time_us + width};
    return true;
}

int lw_time_read(const char *text, int64_t near_us, int64_t last_us, int64_t *out, struct lw_error *err)
{
    const int64_t day = 86400 * SECOND;
    struct query_time time;
    if (!query_time_read(text, strlen(text), &time))
        return fail(err, LW_ERR_USAGE,
                    "%.60s: expected a time: 14:02, 2026-11-23, 2026-11-23 14:02:11, or -15m for 15 minutes before the "
                    "end",
                    text);
    *out = time.kind == QUERY_TIME_BACK     ? last_us + time.from_us
           : time.kind == QUERY_TIME_OF_DAY ? near_us - (near_us % day + day) % day + time.from_us
                                            : time.from_us;
    return 0;
}
