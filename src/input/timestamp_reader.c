/*
 * The bytes around the clock are compared as words of eight under a mask, laid so that none reaches past the text;
 * digits are checked and summed eight at once (after Lemire 2021, "Number parsing at a gigabyte per second", section
 * 5). A parser generated for each layout was rejected: the date, its long part, changes once a day, and a compare is
 * less than any parser. Texts shorter than eight bytes, and clocks of varying width, go the long way.
 */
#include "input/timestamp_reader.h"

#include <string.h>

#include "input/timestamp_row.h"

#define ZEROS      UINT64_C(0x3030303030303030)
#define MAX_WORDS  8
#define CLOCK_LEN  8 /* hh:mm:ss */
#define FIRST_MARK 2 /* bytes of it */
#define NEXT_MARK  5

static uint64_t load(const char *data)
{
    const unsigned char *p = (const unsigned char *)data;
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 |
           (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static bool are_digits(uint64_t word)
{
    return ((word & UINT64_C(0xf0f0f0f0f0f0f0f0)) |
            (((word + UINT64_C(0x0606060606060606)) & UINT64_C(0xf0f0f0f0f0f0f0f0)) >> 4)) ==
           UINT64_C(0x3333333333333333);
}

/* The number of eight digits, the first in the lowest byte. */
static uint32_t number(uint64_t digits)
{
    uint64_t v = digits - ZEROS;
    v = v * 10 + (v >> 8);
    return (uint32_t)(((v & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x000f424000000064) +
                       ((v >> 16) & UINT64_C(0x000000ff000000ff)) * UINT64_C(0x0000271000000001)) >>
                      32);
}

static size_t fraction_len(const struct timestamp_reader *r)
{
    return r->layout.fraction_mark != 0 ? 1u + r->layout.fraction_digits : 0;
}

/* ---- the plan of a layout ------------------------------------------------------------------------------------- */

/* Bytes that a directive always takes; 0 if they vary. */
static size_t width(char directive)
{
    static const struct {
        const char *directives;
        size_t width;
    } widths[] = {{"YG", 4}, {"bja", 3}, {"yMDdwhImsp", 2}, {"u", 1}, {"oeBHnkigSKUNR", 0}};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++)
        if (strchr(widths[i].directives, directive) != NULL)
            return widths[i].width;
    return 1;
}

static bool is_clock(const char *directives, struct timestamp_reader *r)
{
    bool starts = directives[0] == 'h' || directives[0] == 'I';
    r->is_of_twelve = directives[0] == 'I';
    if (starts && directives[1] == 'm' && directives[2] == 's') {
        r->has_plain_clock = true;
        r->clock_len = 6;
        return true;
    }
    r->has_plain_clock = false;
    r->clock_len = CLOCK_LEN;
    if (!starts || directives[2] != 'm' || directives[4] != 's' || directives[1] != directives[3])
        return false;
    uint64_t mark = (unsigned char)directives[1];
    r->marks = mark << (8 * FIRST_MARK) | mark << (8 * NEXT_MARK);
    return true;
}

/* Seconds, milli-, micro- or nanoseconds since 1970, perhaps with a fraction. */
static bool plan_count(struct timestamp_reader *r, const char *directives)
{
    const struct timestamp_layout *layout = &r->layout;
    size_t n = directives[0] == 'S' ? 10 : directives[0] == 'K' ? 13 : directives[0] == 'U' ? 16 : 19;
    if (strchr("SKUN", directives[0]) == NULL || layout->zone_style != 0 || layout->style != 0)
        return false;
    bool has_fraction = layout->fraction_mark != 0;
    size_t most = n == 10 ? 9 : n == 13 ? 6 : 0;
    r->clock_len = (uint8_t)n;
    r->len = (uint8_t)(n + fraction_len(r));
    r->is_count = layout->fraction_digits <= most && has_fraction == (layout->fraction_digits > 0) &&
                  layout->fraction_mark != ':';
    return true;
}

static void plan(struct timestamp_reader *r, const struct timestamp_layout *layout)
{
    *r = (struct timestamp_reader){.layout = *layout, .has_plan = true};
    if (layout->row >= timestamp_n_rows || layout->fraction_digits > 9)
        return;
    if (plan_count(r, timestamp_rows[layout->row].directives))
        return;
    size_t at = 0, n_clocks = 0;
    bool is_quoted = false;
    char zone[TIMESTAMP_MAX];
    for (const char *d = timestamp_rows[layout->row].directives; *d != '\0'; d++) {
        if (*d == '\'') {
            is_quoted = !is_quoted;
        } else if (is_quoted) {
            at++;
        } else if (*d == 'f') {
            at += fraction_len(r);
        } else if (*d == 'z') {
            at += timestamp_put_zone(layout, 0, zone);
        } else if (n_clocks == 0 && is_clock(d, r)) {
            n_clocks++;
            r->clock_at = (uint8_t)at;
            at += r->clock_len;
            d += r->has_plain_clock ? 2 : 4;
        } else if (width(*d) == 0) {
            return;
        } else {
            at += width(*d);
        }
    }
    r->len = (uint8_t)at;
    unsigned kind = layout->zone_style > 0 ? (layout->zone_style - 1u) / 2 : ZONE_COLON;
    bool is_short = kind < ZONE_NAMES && kind % ZONE_OFFSETS == ZONE_SHORT;
    r->is_fixed = n_clocks == 1 && at >= CLOCK_LEN && !is_short && (!r->has_plain_clock || r->clock_at >= 2);
}

/* ---- remembering ---------------------------------------------------------------------------------------------- */

/* Adds words over [from, to) of the text. */
static bool cover(struct timestamp_reader *r, const char *data, size_t from, size_t to)
{
    while (from < to) {
        if (r->n_words == MAX_WORDS)
            return false;
        size_t at = from + 8 <= r->len ? from : r->len - 8u;
        size_t first = from - at, end = to - at < 8 ? to - at : 8;
        uint64_t mask = (end < 8 ? (UINT64_C(1) << (8 * end)) - 1 : UINT64_MAX) & (UINT64_MAX << (8 * first));
        r->words[r->n_words].at = (uint8_t)at;
        r->words[r->n_words].mask = mask;
        r->words[r->n_words++].value = load(data + at) & mask;
        from = at + end;
    }
    return true;
}

static int64_t clock_us(const struct timestamp_reader *r, unsigned hours, unsigned minutes, unsigned seconds)
{
    unsigned hour = r->is_of_twelve ? hours % 12 : hours;
    return (int64_t)((hour * 60 + minutes) * 60 + seconds) * 1000000;
}

/* The last n of the eight digits before end, 1 <= n <= 8. */
static bool read_last(const char *end, size_t n, uint32_t *value)
{
    uint64_t others = n < 8 ? UINT64_MAX >> (8 * n) : 0;
    uint64_t word = (load(end - 8) & ~others) | (ZEROS & others);
    *value = number(word);
    return are_digits(word);
}

/* The fraction at data, behind at least seven bytes; 0 if the layout has none. */
static bool read_fraction(const struct timestamp_reader *r, const char *data, uint32_t *nanoseconds)
{
    static const uint32_t scale[] = {0, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    size_t n = r->layout.fraction_digits;
    uint32_t value;
    *nanoseconds = 0;
    if (r->layout.fraction_mark == 0)
        return true;
    const char *end = data + 1 + n;
    if (data[0] != (char)r->layout.fraction_mark || !read_last(end, n < 8 ? n : 8, &value) ||
        (n == 9 && (end[-9] < '0' || end[-9] > '9')))
        return false;
    *nanoseconds = value * scale[n] + (n == 9 ? (uint32_t)(end[-9] - '0') * 100000000 : 0);
    return true;
}

static bool read_count(const struct timestamp_reader *r, const char *data, struct timestamp *out)
{
    static const uint32_t scale[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    size_t n = r->clock_len;
    uint32_t next, fraction_ns;
    if (data[0] == '0' || !read_last(data + 8, 8, &next))
        return false;
    uint64_t value = next;
    if (n >= 16) {
        if (!read_last(data + 16, 8, &next))
            return false;
        value = value * 100000000 + next;
    }
    if (n % 8 > 0) {
        if (!read_last(data + n, n % 8, &next))
            return false;
        value = value * scale[n % 8] + next;
    }
    if (!read_fraction(r, data + n, &fraction_ns))
        return false;
    uint32_t below_ns = fraction_ns;
    uint64_t us = value;
    if (n == 10) {
        us = value * 1000000 + fraction_ns / 1000;
    } else if (n == 13) {
        below_ns = fraction_ns / 1000;
        us = value * 1000 + below_ns / 1000;
    } else if (n == 19) {
        below_ns = (uint32_t)(value % 1000);
        us = value / 1000;
    }
    *out = (struct timestamp){.layout = r->layout,
                              .len = r->len,
                              .time_us = (int64_t)us,
                              .below_ns = below_ns % 1000,
                              .has_year = true,
                              .has_date = true};
    return true;
}

/* Reads the clock and what is below it; false if that is not as planned. */
static bool read_clock(const struct timestamp_reader *r, const char *data, int64_t *us, uint32_t *below_ns)
{
    uint64_t word;
    unsigned hours, minutes, seconds;
    if (r->has_plain_clock) { /* the last six of eight bytes */
        word = (load(data + r->clock_at - 2) & ~UINT64_C(0xffff)) | (ZEROS & UINT64_C(0xffff));
        if (!are_digits(word))
            return false;
        uint32_t value = number(word);
        hours = value / 10000;
        minutes = value / 100 % 100;
        seconds = value % 100;
    } else {
        word = load(data + r->clock_at);
        const uint64_t between = UINT64_C(0x0000ff0000ff0000);
        if ((word & between) != r->marks || !are_digits((word & ~between) | (ZEROS & between)))
            return false;
        word = ((word & ~between) | (ZEROS & between)) - ZEROS;
        word = word * 10 + (word >> 8);
        hours = (unsigned)(word & 0xff);
        minutes = (unsigned)(word >> 24 & 0xff);
        seconds = (unsigned)(word >> 48 & 0xff);
    }
    if (hours > (r->is_of_twelve ? 12u : 23u) || (r->is_of_twelve && hours == 0) || minutes > 59 || seconds > 60)
        return false;
    *us = clock_us(r, hours, minutes, seconds);
    uint32_t nanoseconds;
    if (!read_fraction(r, data + r->clock_at + r->clock_len, &nanoseconds))
        return false;
    *us += nanoseconds / 1000;
    *below_ns = nanoseconds % 1000;
    return true;
}

/* Keeps the bytes around the clock of a text that was read in the planned layout. */
static void remember(struct timestamp_reader *r, const char *data, const struct timestamp *time)
{
    int64_t us;
    uint32_t below_ns = 0;
    r->has_day = false;
    r->n_words = 0;
    if (!r->is_fixed || time->len != r->len || memcmp(&time->layout, &r->layout, sizeof r->layout) != 0 ||
        (!time->has_year && time->zone_s != 0) || !read_clock(r, data, &us, &below_ns))
        return;
    size_t behind = r->clock_at + r->clock_len + fraction_len(r);
    if (!cover(r, data, 0, r->clock_at) || !cover(r, data, behind, r->len))
        return;
    r->day = *time;
    r->day.time_us -= us;
    r->has_day = true;
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

/* Whether the time may go on behind the bytes of the plan, with digits, a fraction or a zone; or whether a zone there
 * is none, since letters follow. */
static bool may_go_on(const char *data, size_t len)
{
    char next = len > 0 ? data[0] : '\0';
    if (next == ' ')
        return (len > 1 && data[1] == '(') || timestamp_zone_len(data, len) > 0;
    return (next >= '0' && next <= '9') || (next >= 'A' && next <= 'Z') || (next >= 'a' && next <= 'z') ||
           next == '+' || next == '-' || next == '.' || next == ',' || next == ':' || next == '_';
}

/* A whole time may have the name of its zone behind it. */
static bool is_whole(const struct timestamp_reader *r, const char *data, size_t len)
{
    return len == r->len || (len > r->len && timestamp_region_len(data + r->len, len - r->len) == len - r->len);
}

static bool read_same_day(const struct timestamp_reader *r, const char *data, struct timestamp *out)
{
    for (size_t i = 0; i < r->n_words; i++)
        if ((load(data + r->words[i].at) & r->words[i].mask) != r->words[i].value)
            return false;
    int64_t us;
    uint32_t below_ns = 0;
    if (!read_clock(r, data, &us, &below_ns))
        return false;
    *out = r->day;
    out->time_us += us;
    out->below_ns = below_ns;
    return true;
}

static bool read_planned(const struct timestamp_reader *r, const char *data, struct timestamp *out)
{
    return r->is_count ? read_count(r, data, out) : r->has_day && read_same_day(r, data, out);
}

static void follow(struct timestamp_reader *r, const struct timestamp_layout *hint)
{
    if (!r->has_plan || memcmp(&r->layout, hint, sizeof *hint) != 0)
        plan(r, hint);
}

bool timestamp_read(struct timestamp_reader *r, const char *data, size_t len, const struct timestamp_layout *hint,
                    struct timestamp *out)
{
    if (hint == NULL)
        return timestamp_parse(data, len, NULL, out);
    follow(r, hint);
    if ((r->has_day || r->is_count) && len >= r->len && !may_go_on(data + r->len, len - r->len) &&
        read_planned(r, data, out))
        return true;
    if (!timestamp_parse(data, len, hint, out))
        return false;
    remember(r, data, out);
    return true;
}

bool timestamp_read_whole(struct timestamp_reader *r, const char *data, size_t len, const struct timestamp_layout *hint,
                          struct timestamp *out)
{
    if (hint == NULL)
        return timestamp_parse_whole(data, len, NULL, out);
    follow(r, hint);
    if ((r->has_day || r->is_count) && is_whole(r, data, len) && read_planned(r, data, out))
        return true;
    if (!timestamp_parse_whole(data, len, hint, out))
        return false;
    remember(r, data, out);
    return true;
}

/* ---- voting --------------------------------------------------------------------------------------------------- */

void timestamp_vote(struct timestamp_votes *votes, const char *data, size_t len)
{
    struct timestamp times[TIMESTAMP_MAX_ROWS];
    size_t most = 0, n = timestamp_n_rows < TIMESTAMP_MAX_ROWS ? timestamp_n_rows : TIMESTAMP_MAX_ROWS;
    for (size_t row = 0; row < n; row++) {
        if (!timestamp_parse_row(row, data, len, &times[row]))
            times[row].len = 0;
        most = times[row].len > most ? times[row].len : most;
    }
    for (size_t row = 0; row < n && most > 0; row++) {
        if (times[row].len != most)
            continue;
        int64_t us = times[row].time_us, last = votes->rows[row].last_us;
        if (votes->rows[row].fits++ > 0)
            votes->rows[row].moved_us += us > last ? (uint64_t)us - (uint64_t)last : (uint64_t)last - (uint64_t)us;
        votes->rows[row].last_us = us;
        if (times[row].layout.fraction_digits >= votes->rows[row].layout.fraction_digits)
            votes->rows[row].layout = times[row].layout;
    }
    votes->n++;
}

bool timestamp_elect(const struct timestamp_votes *votes, struct timestamp_layout *out)
{
    size_t best = SIZE_MAX;
    for (size_t row = 0; row < TIMESTAMP_MAX_ROWS; row++) {
        uint32_t fits = votes->rows[row].fits;
        if (fits > 0 && (best == SIZE_MAX || fits > votes->rows[best].fits ||
                         (fits == votes->rows[best].fits && votes->rows[row].moved_us < votes->rows[best].moved_us)))
            best = row;
    }
    if (best != SIZE_MAX)
        *out = votes->rows[best].layout;
    return best != SIZE_MAX;
}
