/*
 * The table of layouts behind timestamp.h, and the calendar that reading and writing share.
 *
 * A row spells a time in one-letter directives:
 *   Y year, y its last two digits, G year of the ISO week; M month, o the same unpadded, b its short and B its long
 * name; D day in two digits, d padded by a blank, e unpadded; j day of the year; w ISO week, u its day; a weekday; h m
 * s in two digits, g hour padded by a blank, H n k unpadded; I i hour of twelve, padded and not, p AM or PM; f optional
 * fraction, z optional zone; S K U N since 1970 in seconds, milli-, micro-, nanoseconds of 10, 13, 16, 19 digits; R
 * seconds since a start. What stands between apostrophes, and every other byte, is itself.
 */
#ifndef LW_INPUT_TIMESTAMP_ROW_H
#define LW_INPUT_TIMESTAMP_ROW_H

#include "input/timestamp.h"

struct timestamp_row {
    const char *directives, *example;
};
extern const struct timestamp_row timestamp_rows[];
extern const size_t timestamp_n_rows;

struct timestamp_zone {
    const char *text;
    int32_t offset_s;
};
extern const struct timestamp_zone timestamp_zones[];
extern const size_t timestamp_n_zones;

/* zone_style: 0 none, else 1 + 2 * kind + (a blank stands before it). Kinds: an offset; GMT or UTC with one; from
 * ZONE_NAMES on a name by its index; from ZONE_COMMENTS on +hhmm with such a name in parentheses behind it. */
enum {
    ZONE_COLON,   /* +hh:mm */
    ZONE_PLAIN,   /* +hhmm */
    ZONE_HOURS,   /* +hh */
    ZONE_SHORT,   /* +h, only behind GMT and UTC */
    ZONE_OFFSETS, /* GMT and one of these, then UTC and one of these */
    ZONE_NAMES = 3 * ZONE_OFFSETS,
    ZONE_COMMENTS = ZONE_NAMES + 56,
};

/* timestamp_layout.style; of R, the bytes before its point */
enum { STYLE_LOWER_PM = 1, STYLE_UPPER_NAMES = 2 };

extern const char timestamp_months[], timestamp_weekdays[]; /* three letters each */
extern const char *const timestamp_long_months[];
extern const int timestamp_days_before[]; /* each month of a leap year, and the next */

int64_t floor_div(int64_t a, int64_t b);
bool is_leap_year(int64_t year);
int64_t days_to_year(int64_t year);                       /* since 1970-01-01, of the first of January */
int64_t days_into_year(int64_t year, int month, int day); /* of it */
int64_t days_to_week_year(int64_t year);                  /* since 1970-01-01, of the Monday of its first ISO week */

/* Writes a zone in this style into out, which has room; its length. */
size_t timestamp_put_zone(const struct timestamp_layout *layout, int32_t zone_s, char *out);

/* Bytes of a zone at data, with the blank before it; 0 if there is none. */
size_t timestamp_zone_len(const char *data, size_t len);

/* Reads exactly this row; timestamp_parse is the best over all. */
bool timestamp_parse_row(size_t row, const char *data, size_t len, struct timestamp *out);

#endif
