/* Times written in the layouts they were read in, and years found for those that lack one. */
#include <string.h>

#include "input/timestamp_row.h"

struct moment {
    int year, month, day, hour, minute, second;
    int day_of_year, weekday; /* 0 = Sunday */
    int64_t days, since;      /* 1970: local days, seconds */
    uint32_t nanoseconds;
};

static size_t put_digits(char *out, uint64_t value, size_t n)
{
    for (size_t i = n; i-- > 0; value /= 10)
        out[i] = (char)('0' + value % 10);
    return n;
}

/* At least n digits, or blanks before them. */
static size_t put_padded(char *out, uint64_t value, size_t n, char pad)
{
    char digits[20];
    size_t used = 0, at = 0;
    do {
        digits[used++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (at + used < n)
        out[at++] = pad;
    while (used > 0)
        out[at++] = digits[--used];
    return at;
}

size_t timestamp_put_zone(const struct timestamp_layout *layout, int32_t zone_s, char *out)
{
    if (layout->zone_style == 0)
        return 0;
    size_t at = 0;
    unsigned kind = (layout->zone_style - 1u) / 2;
    if ((layout->zone_style - 1u) % 2 == 1)
        out[at++] = ' ';
    unsigned style = kind >= ZONE_COMMENTS ? ZONE_PLAIN : kind % ZONE_OFFSETS;
    const char *name = "";
    if (kind >= ZONE_NAMES)
        name = timestamp_zones[(kind - (kind >= ZONE_COMMENTS ? ZONE_COMMENTS : ZONE_NAMES)) % timestamp_n_zones].text;
    else if (kind >= ZONE_OFFSETS)
        name = kind >= 2 * ZONE_OFFSETS ? "UTC" : "GMT";
    size_t n = strlen(name);
    if (kind < ZONE_COMMENTS) {
        memcpy(out + at, name, n);
        at += n;
        if (kind >= ZONE_NAMES)
            return at;
    }
    uint64_t minutes = (uint64_t)(zone_s < 0 ? -(int64_t)zone_s : zone_s) / 60;
    out[at++] = zone_s < 0 ? '-' : '+';
    at += put_padded(out + at, minutes / 60 % 100, style == ZONE_SHORT ? 1 : 2, '0');
    if (style == ZONE_COLON)
        out[at++] = ':';
    if (style == ZONE_COLON || style == ZONE_PLAIN)
        at += put_digits(out + at, minutes % 60, 2);
    if (kind < ZONE_COMMENTS)
        return at;
    out[at++] = ' ';
    out[at++] = '(';
    memcpy(out + at, name, n);
    out[at + n] = ')';
    return at + n + 1;
}

static void split(int64_t time_us, int32_t zone_s, struct moment *m)
{
    int64_t seconds = floor_div(time_us, 1000000);
    m->since = seconds;
    m->nanoseconds = (uint32_t)(time_us - seconds * 1000000) * 1000;
    seconds += zone_s;
    int64_t days = floor_div(seconds, 86400);
    int64_t rest = seconds - days * 86400;
    int64_t year = 1970 + floor_div(days * 400, 146097); /* right, or one too late or early */
    while (days_to_year(year) > days)
        year--;
    while (days_to_year(year + 1) <= days)
        year++;
    int day = (int)(days - days_to_year(year));
    m->month = 12;
    while (days_into_year(year, m->month, 1) > day)
        m->month--;
    m->day = day - (int)days_into_year(year, m->month, 1) + 1;
    m->day_of_year = day + 1;
    m->year = (int)year;
    m->hour = (int)(rest / 3600);
    m->minute = (int)(rest / 60 % 60);
    m->second = (int)(rest % 60);
    m->weekday = (int)(((days + 4) % 7 + 7) % 7);
    m->days = days;
}

/* ISO 8601; few layouts ask for it. */
static int64_t week_year(const struct moment *m)
{
    int64_t year = m->year + 1;
    while (days_to_week_year(year) > m->days)
        year--;
    return year;
}

static size_t put_name(const char *names, int index, uint8_t style, char *out)
{
    memcpy(out, names + 3 * index, 3);
    for (int i = 1; i < 3 && (style & STYLE_UPPER_NAMES) != 0; i++)
        out[i] = (char)(out[i] - 32);
    return 3;
}

static size_t put_fraction(const struct timestamp_layout *layout, uint64_t nanoseconds, char *out)
{
    if (layout->fraction_mark == 0)
        return 0;
    char digits[9];
    size_t n = layout->fraction_digits < 9 ? layout->fraction_digits : 9;
    put_digits(digits, nanoseconds, 9);
    out[0] = (char)layout->fraction_mark;
    memcpy(out + 1, digits, n);
    return 1 + n;
}

static size_t put_since(char directive, const struct timestamp_layout *layout, const struct moment *m, char *out)
{
    if (directive == 'R') {
        size_t n = put_padded(out, m->since > 0 ? (uint64_t)m->since % 1000000000000 : 0,
                              layout->style < 20 ? layout->style : 20, ' ');
        return n + put_fraction(layout, m->nanoseconds, out + n);
    }
    size_t below = directive == 'S' ? 0 : directive == 'K' ? 3 : directive == 'U' ? 6 : 9;
    char digits[9];
    put_digits(out, (uint64_t)m->since, 10);
    put_digits(digits, m->nanoseconds, 9);
    memcpy(out + 10, digits, below);
    return 10 + below;
}

static size_t put_date(char directive, const struct timestamp_layout *layout, const struct moment *m, char *out)
{
    switch (directive) {
    case 'Y':
        return put_digits(out, (uint64_t)m->year, 4);
    case 'G':
        return put_digits(out, (uint64_t)week_year(m), 4);
    case 'y':
        return put_digits(out, (uint64_t)m->year % 100, 2);
    case 'M':
        return put_digits(out, (uint64_t)m->month, 2);
    case 'o':
        return put_padded(out, (uint64_t)m->month, 1, '0');
    case 'b':
        return put_name(timestamp_months, m->month - 1, layout->style, out);
    case 'B':
        memcpy(out, timestamp_long_months[m->month - 1], strlen(timestamp_long_months[m->month - 1]));
        return strlen(timestamp_long_months[m->month - 1]);
    case 'D':
        return put_digits(out, (uint64_t)m->day, 2);
    case 'd':
        return put_padded(out, (uint64_t)m->day, 2, ' ');
    case 'e':
        return put_padded(out, (uint64_t)m->day, 1, '0');
    case 'j':
        return put_digits(out, (uint64_t)m->day_of_year, 3);
    case 'w':
        return put_digits(out, (uint64_t)((m->days - days_to_week_year(week_year(m))) / 7 + 1), 2);
    case 'u':
        return put_digits(out, m->weekday == 0 ? 7 : (uint64_t)m->weekday, 1);
    default:
        return put_name(timestamp_weekdays, m->weekday, layout->style, out);
    }
}

static size_t put_directive(char directive, const struct timestamp_layout *layout, const struct moment *m, char *out)
{
    uint64_t of_twelve = (uint64_t)(m->hour + 11) % 12 + 1;
    switch (directive) {
    case 'h':
        return put_digits(out, (uint64_t)m->hour, 2);
    case 'g':
        return put_padded(out, (uint64_t)m->hour, 2, ' ');
    case 'H':
        return put_padded(out, (uint64_t)m->hour, 1, '0');
    case 'I':
        return put_digits(out, of_twelve, 2);
    case 'i':
        return put_padded(out, of_twelve, 1, '0');
    case 'p':
        memcpy(out,
               (layout->style & STYLE_LOWER_PM) != 0 ? (m->hour < 12 ? "am" : "pm")
               : m->hour < 12                        ? "AM"
                                                     : "PM",
               2);
        return 2;
    case 'm':
        return put_digits(out, (uint64_t)m->minute, 2);
    case 'n':
        return put_padded(out, (uint64_t)m->minute, 1, '0');
    case 's':
        return put_digits(out, (uint64_t)m->second, 2);
    case 'k':
        return put_padded(out, (uint64_t)m->second, 1, '0');
    case 'S':
    case 'K':
    case 'U':
    case 'N':
    case 'R':
        return put_since(directive, layout, m, out);
    default:
        if (strchr("YGyMobBDdejwua", directive) != NULL)
            return put_date(directive, layout, m, out);
        out[0] = directive;
        return 1;
    }
}

/* memo: filled unless NULL. */
static size_t print(const struct timestamp_layout *layout, const struct moment *moment, int32_t zone_s, char *out,
                    struct timestamp_memo *memo)
{
    const char *directives = timestamp_rows[layout->row % timestamp_n_rows].directives;
    uint64_t below_second = directives[0] == 'K' ? moment->nanoseconds % 1000000 * 1000 : moment->nanoseconds;
    bool is_quoted = false;
    size_t at = 0;
    for (const char *d = directives; *d != '\0'; d++) {
        if (memo != NULL && !is_quoted && (*d == 'm' || *d == 's' || *d == 'f'))
            *(*d == 'm' ? &memo->minute : *d == 's' ? &memo->second : &memo->fraction) = (uint8_t)at;
        if (*d == '\'')
            is_quoted = !is_quoted;
        else if (is_quoted)
            out[at++] = *d;
        else if (*d == 'f')
            at += put_fraction(layout, below_second, out + at);
        else if (*d == 'z')
            at += timestamp_put_zone(layout, zone_s, out + at);
        else
            at += put_directive(*d, layout, moment, out + at);
    }
    return at;
}

size_t timestamp_print(const struct timestamp_layout *layout, int64_t time_us, uint32_t below_ns, int32_t zone_s,
                       char *out)
{
    struct moment moment;
    split(time_us, zone_s, &moment);
    moment.nanoseconds += below_ns % 1000;
    return print(layout, &moment, zone_s, out, NULL);
}

static bool is_same_layout(const struct timestamp_layout *a, const struct timestamp_layout *b)
{
    return a->row == b->row && a->fraction_mark == b->fraction_mark && a->fraction_digits == b->fraction_digits &&
           a->zone_style == b->zone_style && a->style == b->style;
}

size_t timestamp_print_near(struct timestamp_memo *memo, const struct timestamp_layout *layout, int64_t time_us,
                            int32_t zone_s, char *out)
{
    int64_t seconds = floor_div(time_us, 1000000), local = seconds + zone_s, hour = floor_div(local, 3600);
    if (memo->len == 0 || memo->hour != hour || memo->zone_s != zone_s || !is_same_layout(&memo->layout, layout)) {
        struct moment moment;
        split(time_us, zone_s, &moment);
        *memo = (struct timestamp_memo){.layout = *layout,
                                        .zone_s = zone_s,
                                        .hour = hour,
                                        .second = TIMESTAMP_MAX,
                                        .minute = TIMESTAMP_MAX,
                                        .fraction = TIMESTAMP_MAX};
        size_t len = print(layout, &moment, zone_s, out, memo);
        /* Others of these say more than one place of the time. */
        if (strpbrk(timestamp_rows[layout->row % timestamp_n_rows].directives, "nkSKUNR") == NULL) {
            memo->len = (uint8_t)len;
            memcpy(memo->text, out, len);
        }
        return len;
    }
    memcpy(out, memo->text, sizeof memo->text);
    unsigned in_hour = (unsigned)(local - hour * 3600);
    if (memo->minute < TIMESTAMP_MAX)
        put_digits(out + memo->minute, in_hour / 60, 2);
    if (memo->second < TIMESTAMP_MAX)
        put_digits(out + memo->second, in_hour % 60, 2);
    if (memo->fraction < TIMESTAMP_MAX)
        put_fraction(layout, (uint64_t)(time_us - seconds * 1000000) * 1000, out + memo->fraction);
    return memo->len;
}

int64_t timestamp_with_year(int64_t yearless_us, int year)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    int64_t day = yearless_us / day_us;
    if (day >= timestamp_days_before[2] && !is_leap_year(year))
        day--;
    return (days_to_year(year) + day) * day_us + yearless_us % day_us;
}

int timestamp_year(int64_t time_us)
{
    struct moment moment;
    split(time_us, 0, &moment);
    return moment.year;
}
