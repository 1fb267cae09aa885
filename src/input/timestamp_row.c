#include "input/timestamp_row.h"

/* Of rows that read equally much of a text the earlier is taken. */
const struct timestamp_row timestamp_rows[] = {
    {"Y-M-D h:m:sfz", "2026-11-23 02:10:11.123"},
    {"Y-M-DTh:m:sfz", "2026-11-23T02:10:11.123Z"},
    {"b d h:m:sfz", "Nov  3 02:10:11"},
    {"b D h:m:sfz", "Nov 03 02:10:11"},
    {"yMD hms", "261123 021011"},
    {"yMD g:m:s", "261123  2:10:11"},
    {"Y-M-D g:m:s", "2026-11-23  2:10:11"},
    {"y/M/D h:m:sfz", "26/11/23 02:10:11"},
    {"Y/M/D h:m:sfz", "2026/11/23 02:10:11"},
    {"Y.M.D h:m:sfz", "2026.11.23 02:10:11"},
    {"Y-M-D-h.m.sf", "2026-11-23-02.10.11.123456"},
    {"Y-M-D-h:m:sf", "2026-11-23-02:10:11"},
    {"Y-M-D_h:m:sf", "2026-11-23_02:10:11"},
    {"Y-M-D  h:m:sf", "2026-11-23  02:10:11"},
    {"Y/M/D-h:m:sfz", "2026/11/23-02:10:11"},
    {"Y-jTh:m:sfz", "2026-327T02:10:11Z"},
    {"G-'W'w-uTh:m:sfz", "2026-W48-1T02:10:11Z"},
    {"YMDThmsfz", "20261123T021011Z"},
    {"YMD-h:m:sf", "20261123-02:10:11:123"},
    {"YMD-H:n:kf", "20261123-2:10:1:123"},
    {"YMD h:m:sfz", "20261123 02:10:11"},
    {"YMD-hmsf", "20261123-021011"},
    {"M-D h:m:sf", "11-23 02:10:11.123"},
    {"M.D h:m:sf", "11.23 02:10:11"},
    {"MD h:m:sf", "1123 02:10:11.123456"},
    {"M/D h:m:sf", "11/23 02:10:11"},
    {"D/M h:m:sf", "23/11 02:10:11"},
    {"M/D/Y h:m:sfz", "11/23/2026 02:10:11"},
    {"D/M/Y h:m:sfz", "23/11/2026 02:10:11"},
    {"M/D/Y-h:m:sfz", "11/23/2026-02:10:11.123"},
    {"D/M/Y-h:m:sfz", "23/11/2026-02:10:11.123"},
    {"M/D/Y, h:m:sfz", "11/23/2026, 02:10:11"},
    {"D/M/Y, h:m:sfz", "23/11/2026, 02:10:11"},
    {"o/e/Y H:m:sfz", "1/3/2026 2:10:11"},
    {"e/o/Y H:m:sfz", "23/1/2026 2:10:11"},
    {"M/D/Y I:m:sf pz", "11/23/2026 02:10:11 AM"},
    {"D/M/Y I:m:sf pz", "23/11/2026 02:10:11 AM"},
    {"o/e/Y i:m:sf pz", "11/23/2026 2:10:11 AM"},
    {"e/o/Y i:m:sf pz", "23/1/2026 2:10:11 AM"},
    {"o/e/Y, i:m:sf pz", "11/23/2026, 2:10:11 AM"},
    {"M/D/y h:m:sf", "11/23/26 02:10:11"},
    {"D/M/y h:m:sf", "30/11/99 02:10:11"},
    {"o/e/y i:m:sf pz", "11/23/26 2:10:11 AM"},
    {"D-M-Y h:m:sfz", "23-11-2026 02:10:11"},
    {"M-D-Y h:m:sfz", "11-23-2026 02:10:11"},
    {"D.M.Y h:m:sfz", "23.11.2026 02:10:11"},
    {"D.M.Y, h:m:sfz", "23.11.2026, 02:10:11"},
    {"e.o.Y H:m:sfz", "3.1.2026 2:10:11"},
    {"D.M.y h:m:sf", "23.11.26 02:10:11"},
    {"Y-M-D I:m:sf pz", "2026-11-23 02:10:11 AM"},
    {"Y-M-D i:m:sf pz", "2026-11-23 2:10:11 AM"},
    {"Y/M/D I:m:sf pz", "2026/11/23 02:10:11 AM"},
    {"D/b/Y:h:m:sfz", "23/Nov/2026:02:10:11 +0000"},
    {"D/b/Y h:m:sfz", "23/Nov/2026 02:10:11"},
    {"D-b-Y h:m:sfz", "23-Nov-2026 02:10:11.123"},
    {"e-b-Y::h:m:sf", "3-Nov-2026::02:10:11"},
    {"D-b-y I.m.sf p", "23-NOV-26 02.10.11.123456 AM"},
    {"D-b-y h:m:sf", "23-Nov-26 02:10:11"},
    {"D b Y h:m:sfz", "23 Nov 2026 02:10:11"},
    {"e b Y h:m:sfz", "3 Nov 2026 02:10:11"},
    {"D b h:m:sfz", "23 Nov 02:10:11.123"},
    {"D b y h:m:sf", "23 Nov 26 02:10:11"},
    {"a, D b Y h:m:sz", "Mon, 23 Nov 2026 02:10:11 GMT"},
    {"a, e b Y h:m:sz", "Tue, 3 Nov 2026 02:10:11 +0000"},
    {"a D b Y h:m:sfz", "Mon 23 Nov 2026 02:10:11"},
    {"a b d h:m:sfz Y", "Mon Nov 23 02:10:11 2026"},
    {"a b D h:m:sfz Y", "Tue Nov 03 02:10:11.123456 2026"},
    {"a b d h:m:sfz", "Mon Nov 23 02:10:11.123"},
    {"a Y-M-D h:m:sfz", "Mon 2026-11-23 02:10:11 UTC"},
    {"b d Y h:m:sfz", "Nov 23 2026 02:10:11"},
    {"b D Y h:m:sfz", "Nov 03 2026 02:10:11"},
    {"b d h:m:s Y", "Nov 23 02:10:11 2026"},
    {"b D, Y i:m:sf p", "Nov 23, 2026 2:10:11 AM"},
    {"b e, Y i:m:sf p", "Nov 3, 2026 2:10:11 AM"},
    {"b e, Y, i:m:sf p", "Nov 3, 2026, 2:10:11 AM"},
    {"b D, Y h:m:sfz", "Nov 23, 2026 02:10:11"},
    {"b e, Y @ h:m:sfz", "Nov 3, 2026 @ 02:10:11.123"},
    {"B e, Y h:m:sfz", "November 3, 2026 02:10:11"},
    {"B e, Y i:m:sf p", "November 3, 2026 2:10:11 AM"},
    {"e B Y h:m:sfz", "3 November 2026 02:10:11"},
    {"Y b D h:m:sfz", "2026 Nov 23 02:10:11.123"},
    {"Y-b-D h:m:sfz", "2026-Nov-23 02:10:11.123"},
    {"'date='Y-M-D 'time='h:m:sf", "date=2026-11-23 time=02:10:11"},
    {"h:m:sfz", "02:10:11.123"},
    {"I:m:sf p", "02:10:11 AM"},
    {"Sf", "1795399811"},
    {"Kf", "1795399811123"},
    {"U", "1795399811123456"},
    {"N", "1795399811123456789"},
    {"R", "    1.234567"},
};
const size_t timestamp_n_rows = sizeof timestamp_rows / sizeof timestamp_rows[0];

const struct timestamp_zone timestamp_zones[] = {
    {"Z", 0},        {"z", 0},         {"-00:00", 0},    {"-0000", 0},    {"UTC", 0},      {"GMT", 0},
    {"CET", 3600},   {"CEST", 7200},   {"EST", -18000},  {"EDT", -14400}, {"CST", -21600}, {"CDT", -18000},
    {"MST", -25200}, {"MDT", -21600},  {"PST", -28800},  {"PDT", -25200}, {"WET", 0},      {"WEST", 3600},
    {"BST", 3600},   {"EET", 7200},    {"EEST", 10800},  {"MSK", 10800},  {"IST", 19800},  {"JST", 32400},
    {"KST", 32400},  {"AKST", -32400}, {"AKDT", -28800}, {"HST", -36000}, {"AST", -14400}, {"ADT", -10800},
    {"NST", -12600}, {"NDT", -9000},   {"BRT", -10800},  {"ART", -10800}, {"CLT", -14400}, {"COT", -18000},
    {"WAT", 3600},   {"CAT", 7200},    {"SAST", 7200},   {"EAT", 10800},  {"TRT", 10800},  {"IDT", 10800},
    {"GST", 14400},  {"PKT", 18000},   {"WIB", 25200},   {"ICT", 25200},  {"HKT", 28800},  {"SGT", 28800},
    {"AWST", 28800}, {"PHT", 28800},   {"ACST", 34200},  {"AEST", 36000}, {"ACDT", 37800}, {"AEDT", 39600},
    {"NZST", 43200}, {"NZDT", 46800},
};
const size_t timestamp_n_zones = sizeof timestamp_zones / sizeof timestamp_zones[0];
_Static_assert(sizeof timestamp_zones / sizeof timestamp_zones[0] <= ZONE_COMMENTS - ZONE_NAMES, "kinds of zone");
_Static_assert(2 + 2 * (ZONE_COMMENTS + (ZONE_COMMENTS - ZONE_NAMES)) <= 256, "a style fits in a byte");

const char timestamp_months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
const char timestamp_weekdays[] = "SunMonTueWedThuFriSat";
const char *const timestamp_long_months[] = {"January", "February", "March",     "April",   "May",      "June",
                                             "July",    "August",   "September", "October", "November", "December"};
const int timestamp_days_before[] = {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366};

int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

bool is_leap_year(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int64_t days_to_year(int64_t year)
{
    int64_t y = year - 1;
    return 365 * (year - 1970) + (floor_div(y, 4) - 492) - (floor_div(y, 100) - 19) + (floor_div(y, 400) - 4);
}

int64_t days_into_year(int64_t year, int month, int day)
{
    return timestamp_days_before[month - 1] + day - 1 - (month > 2 && !is_leap_year(year));
}

int64_t days_to_week_year(int64_t year)
{
    int64_t fourth = days_to_year(year) + 3; /* the fourth of January lies in the first week */
    return fourth - ((fourth + 3) % 7 + 7) % 7;
}

size_t timestamp_row_count(void)
{
    return timestamp_n_rows;
}

const char *timestamp_row_name(size_t row)
{
    return row < timestamp_n_rows ? timestamp_rows[row].example : NULL;
}
