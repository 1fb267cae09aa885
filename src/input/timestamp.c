/*
 * Each row of the table spells a calendar in one-letter directives; one small interpreter reads them and another writes
 * them, so that both cannot drift apart. Fraction and zone are optional wherever a row allows them and are noted in the
 * layout. strptime was rejected: it knows neither fractions nor zones, depends on the locale, and cannot print back
 * what it read.
 *
 * Directives: Y year, y its last two digits, M month, b its name, D day in two digits, d day padded by a blank,
 * h m s in two digits, H n k the same without padding, a weekday, f optional fraction, z optional zone,
 * S K U N since 1970 in seconds, milli-, micro-, nanoseconds of 10, 13, 16, 19 digits. Anything else is itself.
 */
#include "input/timestamp.h"

#include <string.h>

struct row {
    const char *directives, *example;
};

static const struct row rows[] = {
    {"Y-M-D h:m:sfz", "2026-11-23 02:10:11.123"},
    {"Y-M-DTh:m:sfz", "2026-11-23T02:10:11.123Z"},
    {"b d h:m:sfz", "Nov  3 02:10:11"},
    {"b D h:m:sfz", "Nov 03 02:10:11"},
    {"yMD hms", "261123 021011"},
    {"y/M/D h:m:sf", "26/11/23 02:10:11"},
    {"Y/M/D h:m:sfz", "2026/11/23 02:10:11"},
    {"Y.M.D h:m:sfz", "2026.11.23 02:10:11"},
    {"Y-M-D-h.m.sf", "2026-11-23-02.10.11.123456"},
    {"Y-M-D-h:m:sf", "2026-11-23-02:10:11"},
    {"Y-M-D_h:m:sf", "2026-11-23_02:10:11"},
    {"YMDThmsfz", "20261123T021011Z"},
    {"YMD-h:m:sf", "20261123-02:10:11:123"},
    {"YMD-H:n:kf", "20261123-2:10:1:123"},
    {"YMD h:m:sfz", "20261123 02:10:11"},
    {"M-D h:m:sf", "11-23 02:10:11.123"},
    {"M.D h:m:sf", "11.23 02:10:11"},
    {"MD h:m:sf", "1123 02:10:11.123456"},
    {"M/D/Y h:m:sfz", "11/23/2026 02:10:11"},
    {"D.M.Y h:m:sfz", "23.11.2026 02:10:11"},
    {"D/b/Y:h:m:sfz", "23/Nov/2026:02:10:11 +0000"},
    {"D/b/Y h:m:sfz", "23/Nov/2026 02:10:11"},
    {"D-b-Y h:m:sfz", "23-Nov-2026 02:10:11.123"},
    {"D b Y h:m:sfz", "23 Nov 2026 02:10:11"},
    {"a, D b Y h:m:sz", "Mon, 23 Nov 2026 02:10:11 GMT"},
    {"a b d h:m:sfz Y", "Mon Nov 23 02:10:11 2026"},
    {"a b D h:m:sfz Y", "Mon Nov 03 02:10:11.123456 2026"},
    {"b d Y h:m:sfz", "Nov 23 2026 02:10:11"},
    {"b d h:m:s Y", "Nov 23 02:10:11 2026"},
    {"h:m:sfz", "02:10:11.123"},
    {"Sf", "1795399811"},
    {"K", "1795399811123"},
    {"U", "1795399811123456"},
    {"N", "1795399811123456789"},
};
#define N_ROWS (sizeof rows / sizeof rows[0])

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekday_names[] = "SunMonTueWedThuFriSat";
static const int days_before[] = {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366}; /* in a leap year */

static const struct zone_name {
    const char *text;
    int32_t offset_s;
} zone_names[] = {
    {"Z", 0},        {"-00:00", 0},   {"-0000", 0},    {"UTC", 0},      {"GMT", 0},      {"CET", 3600},
    {"CEST", 7200},  {"EST", -18000}, {"EDT", -14400}, {"CST", -21600}, {"CDT", -18000}, {"MST", -25200},
    {"MDT", -21600}, {"PST", -28800}, {"PDT", -25200}, {"WET", 0},      {"WEST", 3600},  {"BST", 3600},
    {"EET", 7200},   {"EEST", 10800}, {"MSK", 10800},  {"IST", 19800},  {"JST", 32400},  {"KST", 32400},
};
#define N_ZONE_NAMES (sizeof zone_names / sizeof zone_names[0])

/* zone_style: 0 none, else 1 + 2 * kind + (a blank stands before it); kinds: */
enum { ZONE_COLON, ZONE_PLAIN, ZONE_HOURS, ZONE_NAMES };

struct parts {
    int year, month, day, hour, minute, second;
    int64_t since; /* of S K U N, in seconds */
    uint32_t nanoseconds;
    int32_t zone_s;
    bool has_year, is_since;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970-01-01 of the first of January. */
static int64_t days_to_year(int64_t year)
{
    int64_t y = year - 1;
    return 365 * (year - 1970) + (floor_div(y, 4) - 492) - (floor_div(y, 100) - 19) + (floor_div(y, 400) - 4);
}

static int64_t day_of_year(int64_t year, int month, int day)
{
    return days_before[month - 1] + day - 1 - (month > 2 && !is_leap(year));
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

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

/* One or two digits without padding; bytes used, 0 if none. */
static size_t read_unpadded(const char *data, size_t len, int high, int *value)
{
    size_t n = len > 1 && is_digit(data[1]) ? 2 : 1;
    if (n == 2 && data[0] == '0')
        return 0;
    return read_number(data, len, n, 0, high, value) ? n : 0;
}

static bool read_name(const char *data, size_t len, const char *names, int count, int *index)
{
    if (len < 3)
        return false;
    for (int i = 0; i < count; i++)
        if (memcmp(data, names + 3 * i, 3) == 0) {
            *index = i;
            return true;
        }
    return false;
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

/* Bytes of a zone such as +hh:mm at data; *kind says which. */
static size_t read_offset(const char *data, size_t len, bool has_blank, int32_t *offset_s, unsigned *kind)
{
    int hours, minutes = 0;
    if (len < 3 || (data[0] != '+' && data[0] != '-') || !read_number(data + 1, len - 1, 2, 0, 18, &hours))
        return 0;
    size_t used;
    if (len >= 6 && data[3] == ':' && read_number(data + 4, len - 4, 2, 0, 59, &minutes)) {
        *kind = ZONE_COLON;
        used = 6;
    } else if (read_number(data + 3, len - 3, 2, 0, 59, &minutes)) {
        *kind = ZONE_PLAIN;
        used = 5;
    } else if (!has_blank && (len == 3 || (data[3] != ':' && data[3] != '-'))) {
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

static size_t read_zone(const char *data, size_t len, struct timestamp_layout *layout, struct parts *parts)
{
    bool has_blank = len > 0 && data[0] == ' ';
    size_t blank = has_blank ? 1 : 0;
    data += blank;
    len -= blank;
    if (len == 0 || (data[0] != '+' && data[0] != '-' && (data[0] < 'A' || data[0] > 'Z')))
        return 0;
    unsigned kind;
    size_t used = read_offset(data, len, has_blank, &parts->zone_s, &kind);
    for (unsigned i = 0; used == 0 && i < N_ZONE_NAMES; i++) {
        size_t n = strlen(zone_names[i].text);
        bool is_word = zone_names[i].text[0] != '-' && n > 1; /* needs a blank before it, Z must have none */
        if (n > len || memcmp(data, zone_names[i].text, n) != 0 || (has_blank ? n == 1 : is_word))
            continue;
        if (n < len && (is_letter(data[n]) || is_digit(data[n]) || data[n] == '_'))
            continue;
        parts->zone_s = zone_names[i].offset_s;
        kind = ZONE_NAMES + i;
        used = n;
    }
    if (used == 0)
        return 0;
    layout->zone_style = (uint8_t)(1 + 2 * kind + blank);
    return blank + used;
}

/* Bytes that one directive takes at data; SIZE_MAX if it does not fit. */
static size_t read_directive(char directive, const char *data, size_t len, struct timestamp_layout *layout,
                             struct parts *p)
{
    int weekday;
    size_t n;
    switch (directive) {
    case 'Y':
        p->has_year = true;
        return read_number(data, len, 4, 1, 9999, &p->year) ? 4 : SIZE_MAX;
    case 'y':
        if (!read_number(data, len, 2, 0, 99, &p->year))
            return SIZE_MAX;
        p->has_year = true;
        p->year += p->year < 70 ? 2000 : 1900;
        return 2;
    case 'M':
        return read_number(data, len, 2, 1, 12, &p->month) ? 2 : SIZE_MAX;
    case 'b':
        if (!read_name(data, len, month_names, 12, &p->month))
            return SIZE_MAX;
        p->month++;
        return 3;
    case 'D':
        return read_number(data, len, 2, 1, 31, &p->day) ? 2 : SIZE_MAX;
    case 'd':
        n = len > 0 && data[0] == ' ' ? 1 : 0;
        return read_number(data + n, len - n, 2 - n, n ? 1 : 10, 31, &p->day) ? 2 : SIZE_MAX;
    case 'h':
        return read_number(data, len, 2, 0, 23, &p->hour) ? 2 : SIZE_MAX;
    case 'm':
        return read_number(data, len, 2, 0, 59, &p->minute) ? 2 : SIZE_MAX;
    case 's':
        return read_number(data, len, 2, 0, 60, &p->second) ? 2 : SIZE_MAX;
    case 'H':
        n = read_unpadded(data, len, 23, &p->hour);
        return n > 0 ? n : SIZE_MAX;
    case 'n':
        n = read_unpadded(data, len, 59, &p->minute);
        return n > 0 ? n : SIZE_MAX;
    case 'k':
        n = read_unpadded(data, len, 60, &p->second);
        return n > 0 ? n : SIZE_MAX;
    case 'a':
        return read_name(data, len, weekday_names, 7, &weekday) ? 3 : SIZE_MAX;
    case 'f':
        return read_fraction(data, len, layout, p);
    case 'z':
        return read_zone(data, len, layout, p);
    default:
        return len > 0 && data[0] == directive ? 1 : SIZE_MAX;
    }
}

/* S K U N; SIZE_MAX if it is none of these, or does not fit. */
static size_t read_since(char directive, const char *data, size_t len, struct parts *p)
{
    size_t below = directive == 'S' ? 0 : directive == 'K' ? 3 : directive == 'U' ? 6 : 9;
    int64_t fraction = 0;
    if (len == 0 || data[0] == '0' || !read_digits(data, len, 10, &p->since) ||
        (below > 0 && !read_digits(data + 10, len - 10, below, &fraction)))
        return SIZE_MAX;
    for (size_t i = below; i < 9; i++)
        fraction *= 10;
    p->nanoseconds = (uint32_t)fraction;
    p->is_since = true;
    return 10 + below;
}

static bool is_since(char directive)
{
    return directive == 'S' || directive == 'K' || directive == 'U' || directive == 'N';
}

static void finish(const struct parts *p, struct timestamp *out)
{
    int64_t year = p->has_year ? p->year : 1972;
    int64_t days = p->month > 0 ? day_of_year(year, p->month, p->day) + (p->has_year ? days_to_year(year) : 0) : 0;
    int64_t seconds = p->is_since ? p->since : days * 86400 + p->hour * 3600 + p->minute * 60 + p->second - p->zone_s;
    int64_t period = p->month > 0 ? 366 * 86400 : 86400;
    out->has_year = p->has_year || p->is_since;
    out->has_date = p->month > 0 || p->is_since;
    if (!out->has_year)
        seconds = (seconds + period) % period;
    out->time_us = seconds * 1000000 + p->nanoseconds / 1000;
    out->below_ns = p->nanoseconds % 1000;
    out->zone_s = p->zone_s;
}

static bool parse_row(size_t row, const char *data, size_t len, struct timestamp *out)
{
    struct timestamp_layout layout = {(uint8_t)row, 0, 0, 0};
    struct parts parts = {0};
    const char *directives = rows[row].directives;
    size_t at = 0;
    for (size_t i = 0; directives[i] != '\0'; i++) {
        size_t used = is_since(directives[i]) ? read_since(directives[i], data, len, &parts)
                                              : read_directive(directives[i], data + at, len - at, &layout, &parts);
        if (used == SIZE_MAX)
            return false;
        at += used;
    }
    int64_t year = parts.has_year ? parts.year : 1972;
    bool is_month_over = parts.month > 0 && (parts.day > days_before[parts.month] - days_before[parts.month - 1] ||
                                             (parts.month == 2 && parts.day == 29 && !is_leap(year)));
    if (is_month_over || (at < len && is_digit(data[at])))
        return false;
    out->layout = layout;
    out->len = at;
    finish(&parts, out);
    return true;
}

bool timestamp_parse(const char *data, size_t len, const struct timestamp_layout *hint, struct timestamp *out)
{
    struct timestamp found;
    if (hint != NULL && hint->row < N_ROWS && parse_row(hint->row, data, len, &found)) {
        *out = found;
        return true;
    }
    if (len < 8 || !(is_digit(data[0]) || (data[0] >= 'A' && data[0] <= 'W')))
        return false;
    bool is_found = false;
    for (size_t row = 0; row < N_ROWS; row++)
        if (parse_row(row, data, len, &found) && (!is_found || found.len > out->len)) {
            *out = found;
            is_found = true;
        }
    return is_found;
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

static size_t put_digits(char *out, uint64_t value, size_t n)
{
    for (size_t i = n; i-- > 0; value /= 10)
        out[i] = (char)('0' + value % 10);
    return n;
}

static size_t put_number(char directive, char *out, int value)
{
    bool is_wide = value >= 10;
    switch (directive) {
    case 'd':
        out[0] = ' ';
        put_digits(out + !is_wide, (uint64_t)value, is_wide ? 2 : 1);
        return 2;
    case 'H':
    case 'n':
    case 'k':
        return put_digits(out, (uint64_t)value, is_wide ? 2 : 1);
    default:
        return put_digits(out, (uint64_t)value, 2);
    }
}

static size_t put_zone(const struct timestamp_layout *layout, int32_t zone_s, char *out)
{
    if (layout->zone_style == 0)
        return 0;
    size_t at = 0;
    unsigned kind = (layout->zone_style - 1u) / 2;
    if ((layout->zone_style - 1u) % 2 == 1)
        out[at++] = ' ';
    if (kind >= ZONE_NAMES) {
        const char *name = zone_names[(kind - ZONE_NAMES) % N_ZONE_NAMES].text;
        memcpy(out + at, name, strlen(name));
        return at + strlen(name);
    }
    uint64_t minutes = (uint64_t)(zone_s < 0 ? -(int64_t)zone_s : zone_s) / 60;
    out[at++] = zone_s < 0 ? '-' : '+';
    at += put_digits(out + at, minutes / 60 % 100, 2);
    if (kind == ZONE_COLON)
        out[at++] = ':';
    if (kind != ZONE_HOURS)
        at += put_digits(out + at, minutes % 60, 2);
    return at;
}

static void split(int64_t time_us, int32_t zone_s, struct parts *p, int *weekday)
{
    int64_t seconds = floor_div(time_us, 1000000);
    p->since = seconds;
    p->nanoseconds = (uint32_t)(time_us - seconds * 1000000) * 1000;
    seconds += zone_s;
    int64_t days = floor_div(seconds, 86400);
    int64_t rest = seconds - days * 86400;
    int64_t year = 1970 + floor_div(days * 400, 146097); /* right, or one too late or early */
    while (days_to_year(year) > days)
        year--;
    while (days_to_year(year + 1) <= days)
        year++;
    int day = (int)(days - days_to_year(year));
    p->month = 12;
    while (day_of_year(year, p->month, 1) > day)
        p->month--;
    p->day = day - (int)day_of_year(year, p->month, 1) + 1;
    p->year = (int)year;
    p->hour = (int)(rest / 3600);
    p->minute = (int)(rest / 60 % 60);
    p->second = (int)(rest % 60);
    *weekday = (int)(((days + 4) % 7 + 7) % 7);
}

size_t timestamp_print(const struct timestamp_layout *layout, int64_t time_us, uint32_t below_ns, int32_t zone_s,
                       char *out)
{
    struct parts p = {0};
    int weekday;
    split(time_us, zone_s, &p, &weekday);
    uint64_t nanoseconds = p.nanoseconds + below_ns % 1000;
    size_t at = 0;
    for (const char *d = rows[layout->row % N_ROWS].directives; *d != '\0'; d++) {
        int value = *d == 'M'                ? p.month
                    : *d == 'D' || *d == 'd' ? p.day
                    : *d == 'h' || *d == 'H' ? p.hour
                    : *d == 'm' || *d == 'n' ? p.minute
                    : *d == 's' || *d == 'k' ? p.second
                    : *d == 'y'              ? p.year % 100
                                             : -1;
        if (value >= 0) {
            at += put_number(*d, out + at, value);
        } else if (*d == 'Y') {
            at += put_digits(out + at, (uint64_t)p.year, 4);
        } else if (*d == 'b' || *d == 'a') {
            memcpy(out + at, *d == 'b' ? month_names + 3 * (p.month - 1) : weekday_names + 3 * weekday, 3);
            at += 3;
        } else if (is_since(*d)) {
            size_t below = *d == 'S' ? 0 : *d == 'K' ? 3 : *d == 'U' ? 6 : 9;
            at += put_digits(out + at, (uint64_t)p.since, 10);
            char digits[9];
            put_digits(digits, nanoseconds, 9);
            memcpy(out + at, digits, below);
            at += below;
        } else if (*d == 'f' && layout->fraction_mark != 0) {
            char digits[9];
            size_t n = layout->fraction_digits < 9 ? layout->fraction_digits : 9;
            put_digits(digits, nanoseconds, 9);
            out[at++] = (char)layout->fraction_mark;
            memcpy(out + at, digits, n);
            at += n;
        } else if (*d == 'z') {
            at += put_zone(layout, zone_s, out + at);
        } else if (*d != 'f') {
            out[at++] = *d;
        }
    }
    return at;
}

/* ---- years ---------------------------------------------------------------------------------------------------- */

int64_t timestamp_with_year(int64_t yearless_us, int year)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    int64_t day = yearless_us / day_us;
    if (day >= days_before[2] && !is_leap(year))
        day--;
    return (days_to_year(year) + day) * day_us + yearless_us % day_us;
}

int timestamp_year(int64_t time_us)
{
    struct parts p = {0};
    int weekday;
    split(time_us, 0, &p, &weekday);
    return p.year;
}

size_t timestamp_row_count(void)
{
    return N_ROWS;
}

const char *timestamp_row_name(size_t row)
{
    return row < N_ROWS ? rows[row].example : NULL;
}
