/*
 * Times as logs write them: found at a place in text, read to microseconds since 1970 UTC, and written back in the very
 * same shape. A layout is a row of the table of layouts (timestamp_row.c) plus what varies inside a row: mark and
 * digits of the fraction, the style of the zone, the case of names. All functions are pure.
 */
#ifndef LW_INPUT_TIMESTAMP_H
#define LW_INPUT_TIMESTAMP_H

#include "logwright.h"

#define TIMESTAMP_MAX 64 /* bytes that timestamp_print may write */

struct timestamp_layout {
    uint8_t row;             /* in the table */
    uint8_t fraction_mark;   /* '.', ',' or ':', 0 = no fraction */
    uint8_t fraction_digits; /* 0 .. 9 */
    uint8_t zone_style;      /* private */
    uint8_t style;           /* private */
};

struct timestamp {
    struct timestamp_layout layout;
    size_t len;        /* bytes of text it took */
    int64_t time_us;   /* since 1970 UTC; without a zone, as if in UTC. If !has_year: see timestamp_with_year; without
                          a date: since midnight */
    uint32_t below_ns; /* 0 .. 999: what nanosecond fractions have below the microsecond */
    int32_t zone_s;    /* offset from UTC in seconds */
    bool has_year, has_date; /* has_year implies has_date */
};

/* Reads the longest time that starts at data; false if none does. With a hint that fits, the hint's layout is tried
 * first. Digits, or letters, must not go on behind it. Whether 03/04 is a day of March or of April no text tells: the
 * hint decides (timestamp_reader.h finds one), else it is March with slashes and dashes and April with points. */
bool timestamp_parse(const char *data, size_t len, const struct timestamp_layout *hint, struct timestamp *out);

/* Bytes of the name of a zone that stands in brackets behind a time, such as "[Europe/Berlin]"; 0 if there is none. It
 * is no part of the time, whose offset says as much. */
size_t timestamp_region_len(const char *data, size_t len);

/* The same where all of data, a zone's name in brackets at its end aside, is said to be a time; then seconds since a
 * start, such as "12.345", are one as well. They are given as if the start were in 1970. */
bool timestamp_parse_whole(const char *data, size_t len, const struct timestamp_layout *hint, struct timestamp *out);

/* The time since 1970 that is meant near near_us: one without a year in the year of near_us, one without a date on the
 * day that brings it nearest. */
int64_t timestamp_near(const struct timestamp *time, int64_t near_us);
/* The whole of data as the time nearest to near_us that any layout reads it as. */
bool timestamp_parse_near(const char *data, size_t len, int64_t near_us, struct timestamp *out);

/* Writes time_us in this layout and zone into out[TIMESTAMP_MAX], not NUL-ended; returns its length. Fractions are cut,
 * not rounded. */
size_t timestamp_print(const struct timestamp_layout *layout, int64_t time_us, uint32_t below_ns, int32_t zone_s,
                       char *out);

/* The same for times that often lie near the one before: what they have in common is not written anew. memo: starts
 * from zeros, and is good for any layout and zone, best for one. */
struct timestamp_memo {
    struct timestamp_layout layout;
    int32_t zone_s;
    int64_t hour; /* since 1970, in that zone */
    char text[TIMESTAMP_MAX];
    uint8_t len, minute, second, fraction; /* where they are in the text, TIMESTAMP_MAX if nowhere; len 0: none yet */
};
size_t timestamp_print_near(struct timestamp_memo *memo, const struct timestamp_layout *layout, int64_t time_us,
                            int32_t zone_s, char *out);

/* A time without a year is held as its position in a leap year: 0 <= time_us < 366 days. This places it in `year`; a
 * 29 February outside leap years becomes 1 March. */
int64_t timestamp_with_year(int64_t yearless_us, int year);
int timestamp_year(int64_t time_us);
#define TIMESTAMP_YEAR_US (INT64_C(366) * 86400 * 1000000)

/* Whether a time in this layout says where it stands in UTC: it has a zone, or counts from a moment. */
bool timestamp_has_zone(const struct timestamp_layout *layout);

size_t timestamp_row_count(void);
const char *timestamp_row_name(size_t row); /* such as "2026-11-23 02:10:11"; for tests and help */

#endif
