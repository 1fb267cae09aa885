/*
 * One small interpreter reads the directives of a row, another (timestamp_print.c) writes them, so that both cannot
 * drift apart. Fraction and zone are optional wherever a row allows them and are noted in the layout. strptime was
 * rejected: it knows neither fractions nor zones, depends on the locale, and cannot print back what it read.
 */
#include "input/timestamp.h"

#include <string.h>

#include "input/timestamp_row.h"

#define NO_FIT SIZE_MAX

struct parts {
    int year, month, day, hour, minute, second;
    int day_of_year, week, weekday; /* of j; of w and u; 0 = none */
    int64_t since;                  /* of S K U N R, in seconds */
    uint32_t nanoseconds;
    int32_t zone_s;
    bool has_year, is_since, has_below, is_afternoon, is_twelve_hours;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Exactly n digits at data, of len bytes. */
static bool read_digits(const char *data, size_t len, size_t n, int64_t *value)
{
    if (len < n)
        return false;
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(data[i]))
            return false;
        sum = sum * 10 + (data[i] - '0');
    }
    *value = sum;
    return true;
}

static bool read_number(const char *data, size_t len, size_t n, int low, int high, int *value)
{
    int64_t wide;
    if (!read_digits(data, len, n, &wide) || wide < low || wide > high)
        return false;
    *value = (int)wide;
    return true;
}

/* n digits; bytes used. */
static size_t take(const char *data, size_t len, size_t n, int low, int high, int *value)
{
    return read_number(data, len, n, low, high, value) ? n : NO_FIT;
}

/* One or two digits without padding. */
static size_t take_unpadded(const char *data, size_t len, int low, int high, int *value)
{
    size_t n = len > 1 && is_digit(data[1]) ? 2 : 1;
    return n == 2 && data[0] == '0' ? NO_FIT : take(data, len, n, low, high, value);
}

/* Two digits, the first of which may be a blank. */
static size_t take_blank_padded(const char *data, size_t len, int low, int high, int *value)
{
    if (len < 2 || data[0] != ' ')
        return take(data, len, 2, low > 10 ? low : 10, high, value);
    return read_number(data + 1, len - 1, 1, low, high, value) ? 2 : NO_FIT;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* Jan or JAN, but not jan; notes which. */
static bool read_name(const char *data, size_t len, const char *names, int count, struct timestamp_layout *layout,
                      int *index)
{
    if (len < 3)
        return false;
    for (int i = 0; i < count; i++) {
        const char *name = names + 3 * i;
        if (data[0] != name[0])
            continue;
        bool is_upper = data[1] == upper(name[1]) && data[2] == upper(name[2]);
        if (!is_upper && (data[1] != name[1] || data[2] != name[2]))
            continue;
        layout->style = (uint8_t)(layout->style | (is_upper ? STYLE_UPPER_NAMES : 0));
        *index = i;
        return true;
    }
    return false;
}

static size_t read_long_month(const char *data, size_t len, int *month)
{
    for (int i = 0; i < 12; i++) {
        size_t n = strlen(timestamp_long_months[i]);
        if (n <= len && memcmp(data, timestamp_long_months[i], n) == 0) {
            *month = i + 1;
            return n;
        }
    }
    return NO_FIT;
}

static size_t read_half(const char *data, size_t len, struct timestamp_layout *layout, struct parts *parts)
{
    if (len < 2 || upper(data[1]) != 'M' || (upper(data[0]) != 'A' && upper(data[0]) != 'P') ||
        (data[0] >= 'a') != (data[1] >= 'a') || (len > 2 && is_letter(data[2])))
        return NO_FIT;
    layout->style = (uint8_t)(layout->style | (data[0] >= 'a' ? STYLE_LOWER_PM : 0));
    parts->is_afternoon = upper(data[0]) == 'P';
    return 2;
}

/* Bytes of a fraction at data, 0 if there is none. */
static size_t read_fraction(const char *data, size_t len, struct timestamp_layout *layout, struct parts *parts)
{
    if (len < 2 || (data[0] != '.' && data[0] != ',' && data[0] != ':') || !is_digit(data[1]))
        return 0;
    size_t n = 0;
    uint32_t value = 0;
    for (; 1 + n < len && is_digit(data[1 + n]); n++) {
        if (n == 9)
            return 0;
        value = value * 10 + (uint32_t)(data[1 + n] - '0');
    }
    if (data[0] == ':' && n != 3)
        return 0;
    for (size_t i = n; i < 9; i++)
        value *= 10;
    parts->nanoseconds = value;
    layout->fraction_mark = (uint8_t)data[0];
    layout->fraction_digits = (uint8_t)n;
    return 1 + n;
}

/* Bytes of a zone such as +hh:mm at data, 0 if there is none; *kind says which. */
static size_t read_offset(const char *data, size_t len, bool is_alone, bool may_be_short, int32_t *offset_s,
                          unsigned *kind)
{
    int hours, minutes = 0;
    if (len < 2 || (data[0] != '+' && data[0] != '-'))
        return 0;
    size_t used;
    if (!read_number(data + 1, len - 1, 2, 0, 18, &hours)) {
        if (!may_be_short || !read_number(data + 1, len - 1, 1, 1, 9, &hours))
            return 0;
        *kind = ZONE_SHORT;
        used = 2;
    } else if (len >= 6 && data[3] == ':' && read_number(data + 4, len - 4, 2, 0, 59, &minutes)) {
        *kind = ZONE_COLON;
        used = 6;
    } else if (read_number(data + 3, len - 3, 2, 0, 59, &minutes)) {
        *kind = ZONE_PLAIN;
        used = 5;
    } else if (is_alone && (len == 3 || (data[3] != ':' && data[3] != '-'))) {
        *kind = ZONE_HOURS;
        used = 3;
    } else {
        return 0;
    }
    if ((len > used && is_digit(data[used])) || (data[0] == '-' && hours + minutes == 0))
        return 0;
    *offset_s = (hours * 3600 + minutes * 60) * (data[0] == '-' ? -1 : 1);
    return used;
}

/* Bytes of a name of the table, 0 if there is none. */
static size_t read_zone_name(const char *data, size_t len, unsigned *index)
{
    size_t n = len > 0 && data[0] == '-' ? 1 : 0; /* -00:00 stands in the table as well */
    while (n < len && n < 6 && (n > 0 && data[0] == '-' ? is_digit(data[n]) || data[n] == ':' : is_letter(data[n])))
        n++;
    if (n == 0 || (n < len && (is_letter(data[n]) || is_digit(data[n]) || data[n] == '_')))
        return 0;
    for (unsigned i = 0; i < timestamp_n_zones; i++)
        if (timestamp_zones[i].text[0] == data[0] && strlen(timestamp_zones[i].text) == n &&
            memcmp(data, timestamp_zones[i].text, n) == 0) {
            *index = i;
            return n;
        }
    return 0;
}

static size_t read_zone(const char *data, size_t len, struct timestamp_layout *layout, struct parts *parts)
{
    bool has_blank = len > 0 && data[0] == ' ';
    size_t blank = has_blank ? 1 : 0;
    data += blank;
    len -= blank;
    if (len == 0 || (data[0] != '+' && data[0] != '-' && data[0] != 'z' && (data[0] < 'A' || data[0] > 'Z')))
        return 0;
    unsigned kind = 0, name = 0;
    size_t used = 0;
    bool is_gmt = len > 3 && (memcmp(data, "GMT", 3) == 0 || memcmp(data, "UTC", 3) == 0);
    if (is_gmt && (used = read_offset(data + 3, len - 3, true, true, &parts->zone_s, &kind)) > 0) {
        kind += data[0] == 'G' ? ZONE_OFFSETS : 2 * ZONE_OFFSETS;
        used += 3;
    } else if ((used = read_offset(data, len, !has_blank, false, &parts->zone_s, &kind)) > 0) {
        size_t n = kind == ZONE_PLAIN && len > used + 2 && data[used] == ' ' && data[used + 1] == '('
                       ? read_zone_name(data + used + 2, len - used - 2, &name)
                       : 0;
        if (n > 0 && used + 2 + n < len && data[used + 2 + n] == ')') {
            kind = ZONE_COMMENTS + name;
            used += n + 3;
        }
    } else if ((used = read_zone_name(data, len, &name)) > 0) {
        bool is_word = data[0] != '-' && used > 1; /* needs a blank before it, Z must have none */
        if (has_blank ? used == 1 : is_word)
            return 0;
        parts->zone_s = timestamp_zones[name].offset_s;
        kind = ZONE_NAMES + name;
    }
    if (used == 0)
        return 0;
    layout->zone_style = (uint8_t)(1 + 2 * kind + blank);
    return blank + used;
}

size_t timestamp_zone_len(const char *data, size_t len)
{
    struct timestamp_layout layout;
    struct parts parts;
    return read_zone(data, len, &layout, &parts);
}

size_t timestamp_region_len(const char *data, size_t len)
{
    if (len < 5 || data[0] != '[')
        return 0;
    size_t at = 1, slashes = 0;
    for (; at < len && (is_letter(data[at]) || (at > 1 && (is_digit(data[at]) || strchr("_+-/", data[at]) != NULL)));
         at++) {
        if (data[at] == '\0')
            return 0;
        slashes += data[at] == '/';
    }
    bool is_named = slashes > 0 || (at == 4 && (memcmp(data + 1, "UTC", 3) == 0 || memcmp(data + 1, "GMT", 3) == 0));
    return is_named && at < len && data[at] == ']' ? at + 1 : 0;
}

/* S K U N, and R. */
static size_t read_since(char directive, const char *data, size_t len, struct timestamp_layout *layout, struct parts *p)
{
    size_t below = directive == 'K' ? 3 : directive == 'U' ? 6 : directive == 'N' ? 9 : 0;
    int64_t fraction = 0;
    p->is_since = true;
    if (directive == 'R') {
        size_t at = 0, from;
        while (at < len && at < 11 && data[at] == ' ')
            at++;
        for (from = at; at < len && at - from < 9 && is_digit(data[at]); at++)
            p->since = p->since * 10 + (data[at] - '0');
        size_t n = at > from && at < len && data[at] == '.' ? read_fraction(data + at, len - at, layout, p) : 0;
        layout->style = (uint8_t)at;
        return n > 0 ? at + n : NO_FIT;
    }
    if (len == 0 || data[0] == '0' || !read_digits(data, len, 10, &p->since) ||
        (below > 0 && !read_digits(data + 10, len - 10, below, &fraction)))
        return NO_FIT;
    for (size_t i = below; i < 9; i++)
        fraction *= 10;
    p->nanoseconds = (uint32_t)fraction;
    p->has_below = below > 0;
    return 10 + below;
}

/* Digits of thousandths behind K, as in 1795399811123.456 */
static size_t read_more(const char *data, size_t len, struct timestamp_layout *layout, struct parts *p)
{
    uint32_t above = p->nanoseconds;
    size_t used = read_fraction(data, len, layout, p);
    if (used == 0)
        return 0;
    if (data[0] == ':' || layout->fraction_digits > 6)
        return NO_FIT;
    p->nanoseconds = above + p->nanoseconds / 1000;
    return used;
}

static size_t read_date(char directive, const char *data, size_t len, struct timestamp_layout *layout, struct parts *p)
{
    int weekday;
    switch (directive) {
    case 'Y':
    case 'G':
        p->has_year = true;
        return take(data, len, 4, 1, 9999, &p->year);
    case 'y':
        if (!read_number(data, len, 2, 0, 99, &p->year))
            return NO_FIT;
        p->has_year = true;
        p->year += p->year < 70 ? 2000 : 1900;
        return 2;
    case 'M':
        return take(data, len, 2, 1, 12, &p->month);
    case 'o':
        return take_unpadded(data, len, 1, 12, &p->month);
    case 'b':
        if (!read_name(data, len, timestamp_months, 12, layout, &p->month))
            return NO_FIT;
        p->month++;
        return 3;
    case 'B':
        return read_long_month(data, len, &p->month);
    case 'D':
        return take(data, len, 2, 1, 31, &p->day);
    case 'd':
        return take_blank_padded(data, len, 1, 31, &p->day);
    case 'e':
        return take_unpadded(data, len, 1, 31, &p->day);
    case 'j':
        return take(data, len, 3, 1, 366, &p->day_of_year);
    case 'w':
        return take(data, len, 2, 1, 53, &p->week);
    case 'u':
        return take(data, len, 1, 1, 7, &p->weekday);
    default:
        return read_name(data, len, timestamp_weekdays, 7, layout, &weekday) ? 3 : NO_FIT;
    }
}

static size_t read_directive(char directive, const char *data, size_t len, struct timestamp_layout *layout,
                             struct parts *p)
{
    switch (directive) {
    case 'h':
        return take(data, len, 2, 0, 23, &p->hour);
    case 'g':
        return take_blank_padded(data, len, 0, 23, &p->hour);
    case 'H':
        return take_unpadded(data, len, 0, 23, &p->hour);
    case 'I':
        p->is_twelve_hours = true;
        return take(data, len, 2, 1, 12, &p->hour);
    case 'i':
        p->is_twelve_hours = true;
        return take_unpadded(data, len, 1, 12, &p->hour);
    case 'p':
        return read_half(data, len, layout, p);
    case 'm':
        return take(data, len, 2, 0, 59, &p->minute);
    case 'n':
        return take_unpadded(data, len, 0, 59, &p->minute);
    case 's':
        return take(data, len, 2, 0, 60, &p->second);
    case 'k':
        return take_unpadded(data, len, 0, 60, &p->second);
    case 'f':
        return p->has_below ? read_more(data, len, layout, p) : read_fraction(data, len, layout, p);
    case 'z':
        return read_zone(data, len, layout, p);
    case 'S':
    case 'K':
    case 'U':
    case 'N':
    case 'R':
        return read_since(directive, data, len, layout, p);
    case 'Y':
    case 'G':
    case 'y':
    case 'M':
    case 'o':
    case 'b':
    case 'B':
    case 'D':
    case 'd':
    case 'e':
    case 'j':
    case 'w':
    case 'u':
    case 'a':
        return read_date(directive, data, len, layout, p);
    default:
        return len > 0 && data[0] == directive ? 1 : NO_FIT;
    }
}

/* Whether such a day exists; *days since 1970, or, without a year, since the first of January of a leap year. */
static bool find_day(const struct parts *p, int64_t *days)
{
    int64_t year = p->has_year ? p->year : 1972, first = p->has_year ? days_to_year(year) : 0;
    *days = 0;
    if (p->day_of_year > 0) {
        *days = first + p->day_of_year - 1;
        return p->day_of_year <= 365 + is_leap_year(year);
    }
    if (p->week > 0) {
        *days = days_to_week_year(year) + 7 * (p->week - 1) + p->weekday - 1;
        return days_to_week_year(year + 1) > *days;
    }
    if (p->month == 0)
        return true;
    *days = first + days_into_year(year, p->month, p->day);
    return p->day <= timestamp_days_before[p->month] - timestamp_days_before[p->month - 1] &&
           (p->month != 2 || p->day != 29 || is_leap_year(year));
}

static void finish(const struct parts *p, int64_t days, struct timestamp *out)
{
    bool has_date = p->month > 0 || p->week > 0 || p->day_of_year > 0;
    int hour = p->is_twelve_hours ? p->hour % 12 + 12 * p->is_afternoon : p->hour;
    int64_t seconds = p->is_since ? p->since : days * 86400 + hour * 3600 + p->minute * 60 + p->second - p->zone_s;
    int64_t period = has_date ? 366 * 86400 : 86400;
    out->has_year = p->has_year || p->is_since;
    out->has_date = has_date || p->is_since;
    if (!out->has_year)
        seconds = (seconds + period) % period;
    out->time_us = seconds * 1000000 + p->nanoseconds / 1000;
    out->below_ns = p->nanoseconds % 1000;
    out->zone_s = p->zone_s;
}

bool timestamp_parse_row(size_t row, const char *data, size_t len, struct timestamp *out)
{
    struct timestamp_layout layout = {.row = (uint8_t)row};
    struct parts parts = {0};
    bool is_quoted = false;
    size_t at = 0;
    for (const char *d = timestamp_rows[row].directives; *d != '\0'; d++) {
        if (*d == '\'') {
            is_quoted = !is_quoted;
            continue;
        }
        size_t used = is_quoted ? (at < len && data[at] == *d ? 1 : NO_FIT)
                                : read_directive(*d, data + at, len - at, &layout, &parts);
        if (used == NO_FIT)
            return false;
        at += used;
    }
    int64_t days;
    if (!find_day(&parts, &days) || (at < len && is_digit(data[at])))
        return false;
    out->layout = layout;
    out->len = at;
    finish(&parts, days, out);
    return true;
}

/* Seconds since a start look like any number: they are read only where a whole text is said to be a time. */
static bool is_relative(size_t row)
{
    return timestamp_rows[row].directives[0] == 'R';
}

bool timestamp_parse(const char *data, size_t len, const struct timestamp_layout *hint, struct timestamp *out)
{
    struct timestamp found;
    if (hint != NULL && hint->row < timestamp_n_rows && !is_relative(hint->row) &&
        timestamp_parse_row(hint->row, data, len, &found)) {
        *out = found;
        return true;
    }
    if (len < 8 || !(is_digit(data[0]) || (data[0] >= 'A' && data[0] <= 'W') || data[0] == 'd'))
        return false;
    bool is_found = false;
    for (size_t row = 0; row < timestamp_n_rows; row++)
        if (!is_relative(row) && timestamp_parse_row(row, data, len, &found) && (!is_found || found.len > out->len)) {
            *out = found;
            is_found = true;
        }
    return is_found;
}

static bool is_whole(const struct timestamp *time, const char *data, size_t len)
{
    return time->len == len ||
           (time->len < len && timestamp_region_len(data + time->len, len - time->len) == len - time->len);
}

bool timestamp_parse_whole(const char *data, size_t len, const struct timestamp_layout *hint, struct timestamp *out)
{
    if (hint != NULL && hint->row < timestamp_n_rows && timestamp_parse_row(hint->row, data, len, out) &&
        is_whole(out, data, len))
        return true;
    for (size_t row = 0; row < timestamp_n_rows && len > 0; row++)
        if (timestamp_parse_row(row, data, len, out) && is_whole(out, data, len))
            return true;
    return false;
}

int64_t timestamp_near(const struct timestamp *time, int64_t near_us)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    if (time->has_year)
        return time->time_us;
    if (time->has_date)
        return timestamp_with_year(time->time_us, timestamp_year(near_us));
    int64_t ahead = (time->time_us - near_us) % day_us; /* of the same time on some day */
    ahead += ahead < -day_us / 2 ? day_us : ahead >= day_us / 2 ? -day_us : 0;
    return near_us + ahead;
}

bool timestamp_parse_near(const char *data, size_t len, int64_t near_us, struct timestamp *out)
{
    uint64_t least = 0;
    bool is_found = false;
    struct timestamp found;
    for (size_t row = 0; row < timestamp_n_rows && len > 0; row++) {
        if (!timestamp_parse_row(row, data, len, &found) || found.len != len)
            continue;
        int64_t us = timestamp_near(&found, near_us);
        uint64_t away = us > near_us ? (uint64_t)us - (uint64_t)near_us : (uint64_t)near_us - (uint64_t)us;
        if (is_found && away >= least)
            continue;
        *out = found;
        least = away;
        is_found = true;
    }
    return is_found;
}

bool timestamp_has_zone(const struct timestamp_layout *layout)
{
    char first = timestamp_rows[layout->row].directives[0];
    return layout->zone_style != 0 || first == 'S' || first == 'K' || first == 'U' || first == 'N' || first == 'R';
}
