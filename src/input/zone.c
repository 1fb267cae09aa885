/*
 * A zone is a list of moments at which the offset from UTC changes, and a rule for the years behind the list, as in the
 * files of the time zone database (RFC 8536). localtime_r was rejected: it knows one zone at a time, that of the
 * environment, and setting that is no business of a library with threads.
 */
#include "input/zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"
#include "input/timestamp.h"

#define SECOND_US INT64_C(1000000)
#define DAY_S     INT64_C(86400)
#define MAX_NAME  200
#define MAX_FILE  (1u << 20)
#define HEAD      44 /* bytes before the data of a block */
#define MAX_SHIFT (26 * 3600)

struct change { /* a day of the year as POSIX.1 writes it in TZ, and a time of that day */
    char kind;  /* 'M' month.week.day, 'J' 1 .. 365 without leap days, 'D' 0 .. 365 with them */
    int month, week, day;
    int32_t time_s;
};
struct rule {
    bool has_summer;
    int32_t standard_s, summer_s; /* east of UTC */
    struct change to_summer, to_standard;
};
struct zone {
    int64_t *at_s;
    int32_t *offset_s; /* [n + 1]: before at_s[0], from at_s[0] on, ... */
    size_t n;
    bool has_rule;
    struct rule rule; /* from at_s[n - 1] on */
};

/* ---- the rule -------------------------------------------------------------------------------------------------- */

struct cursor {
    const char *at, *end;
};

static bool take_byte(struct cursor *c, char byte)
{
    if (c->at == c->end || *c->at != byte)
        return false;
    c->at++;
    return true;
}

static bool take_number(struct cursor *c, int max, int *out)
{
    const char *start = c->at;
    for (*out = 0; c->at < c->end && *c->at >= '0' && *c->at <= '9' && *out <= max; c->at++)
        *out = *out * 10 + (*c->at - '0');
    return c->at > start && *out <= max;
}

/* [+-]h[h[h]][:mm[:ss]] */
static bool take_time(struct cursor *c, int32_t *out)
{
    bool is_back = take_byte(c, '-');
    int hours, minutes = 0, seconds = 0;
    if (!is_back)
        take_byte(c, '+');
    if (!take_number(c, 167, &hours) ||
        (take_byte(c, ':') && (!take_number(c, 59, &minutes) || (take_byte(c, ':') && !take_number(c, 59, &seconds)))))
        return false;
    *out = (hours * 60 + minutes) * 60 + seconds;
    *out = is_back ? -*out : *out;
    return true;
}

static bool take_name(struct cursor *c)
{
    const char *start = c->at;
    if (take_byte(c, '<')) {
        while (c->at < c->end && *c->at != '>')
            c->at++;
        return take_byte(c, '>');
    }
    while (c->at < c->end && ((*c->at >= 'A' && *c->at <= 'Z') || (*c->at >= 'a' && *c->at <= 'z')))
        c->at++;
    return c->at > start;
}

static bool take_change(struct cursor *c, struct change *out)
{
    *out = (struct change){.time_s = 2 * 3600};
    if (!take_byte(c, ','))
        return false;
    if (take_byte(c, 'M')) {
        out->kind = 'M';
        if (!take_number(c, 12, &out->month) || out->month == 0 || !take_byte(c, '.') ||
            !take_number(c, 5, &out->week) || out->week == 0 || !take_byte(c, '.') || !take_number(c, 6, &out->day))
            return false;
    } else {
        out->kind = take_byte(c, 'J') ? 'J' : 'D';
        if (!take_number(c, 365, &out->day) || (out->kind == 'J' && out->day == 0))
            return false;
    }
    return !take_byte(c, '/') || take_time(c, &out->time_s);
}

/* What stands in TZ after POSIX.1, such as CET-1CEST,M3.5.0,M10.5.0/3. */
static bool read_rule(const char *text, size_t len, struct rule *out)
{
    struct cursor c = {text, text + len};
    *out = (struct rule){0};
    if (!take_name(&c) || !take_time(&c, &out->standard_s))
        return false;
    out->standard_s = -out->standard_s;
    if (c.at == c.end)
        return true;
    out->has_summer = true;
    out->summer_s = out->standard_s + 3600;
    if (!take_name(&c))
        return false;
    if (c.at < c.end && *c.at != ',') {
        if (!take_time(&c, &out->summer_s))
            return false;
        out->summer_s = -out->summer_s;
    }
    return take_change(&c, &out->to_summer) && take_change(&c, &out->to_standard) && c.at == c.end;
}

static int64_t year_start_s(int year)
{
    return timestamp_with_year(0, year) / SECOND_US;
}

/* When the change comes in that year, by the clock before it as if that were UTC. */
static int64_t change_s(const struct change *change, int year)
{
    static const int month_days[] = {0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366};
    int64_t start = year_start_s(year);
    bool is_leap = year_start_s(year + 1) - start == 366 * DAY_S;
    int64_t day = change->day;
    if (change->kind == 'J') {
        day += is_leap && change->day >= 60 ? 0 : -1;
    } else if (change->kind == 'M') {
        int64_t first = month_days[change->month - 1] - (!is_leap && change->month > 2);
        int64_t last = month_days[change->month] - (!is_leap && change->month > 1);
        int64_t weekday = ((start / DAY_S + first + 4) % 7 + 7) % 7; /* 1 January 1970 was a Thursday, 4 */
        day = first + (change->day - weekday + 7) % 7 + 7 * (change->week - 1);
        if (day >= last)
            day -= 7;
    }
    return start + day * DAY_S + change->time_s;
}

static int32_t rule_offset(const struct rule *rule, int64_t utc_s)
{
    if (!rule->has_summer)
        return rule->standard_s;
    int year = timestamp_year((utc_s + rule->standard_s) * SECOND_US);
    int64_t begin = change_s(&rule->to_summer, year) - rule->standard_s;
    int64_t end = change_s(&rule->to_standard, year) - rule->summer_s;
    bool is_summer = begin < end ? utc_s >= begin && utc_s < end : utc_s >= begin || utc_s < end;
    return is_summer ? rule->summer_s : rule->standard_s;
}

/* ---- times ----------------------------------------------------------------------------------------------------- */

static int32_t offset_at(const struct zone *zone, int64_t utc_s)
{
    size_t low = 0, high = zone->n; /* the number of changes up to utc_s lies between */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone->at_s[middle] <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low == zone->n && zone->has_rule ? rule_offset(&zone->rule, utc_s) : zone->offset_s[low];
}

int64_t zone_to_utc(const struct zone *zone, int64_t local_us, int64_t after_us)
{
    int64_t local_s = local_us / SECOND_US - (local_us % SECOND_US < 0);
    int64_t before = offset_at(zone, local_s - DAY_S), after = offset_at(zone, local_s + DAY_S);
    int64_t first = local_us - before * SECOND_US, second = local_us - after * SECOND_US;
    bool is_first = offset_at(zone, local_s - before) == before;
    bool is_second = offset_at(zone, local_s - after) == after;
    if (is_first && is_second)
        return first < after_us ? second : first;
    return is_second ? second : first;
}

/* ---- opening --------------------------------------------------------------------------------------------------- */

static int64_t read_int(const unsigned char *data, size_t n_bytes)
{
    uint64_t value = data[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < n_bytes; i++)
        value = value << 8 | data[i];
    return (int64_t)value;
}

struct block { /* of a TZif file */
    size_t n_times, n_types, size;
    size_t time_bytes;
    const unsigned char *data; /* behind the head */
};

static bool find_block(const unsigned char *data, size_t len, size_t time_bytes, struct block *out)
{
    uint64_t n[6]; /* UTC marks, standard marks, leap seconds, times, types, characters */
    if (len < HEAD || memcmp(data, "TZif", 4) != 0)
        return false;
    for (size_t i = 0; i < 6; i++)
        n[i] = (uint64_t)read_int(data + 20 + 4 * i, 4) & UINT32_MAX;
    uint64_t size = n[3] * (time_bytes + 1) + n[4] * 6 + n[5] + n[2] * (time_bytes + 4) + n[1] + n[0];
    *out = (struct block){(size_t)n[3], (size_t)n[4], (size_t)size, time_bytes, data + HEAD};
    return n[4] > 0 && n[4] <= 256 && n[3] < MAX_FILE && size <= len - HEAD;
}

static bool is_shift(int64_t offset_s)
{
    return offset_s > -MAX_SHIFT && offset_s < MAX_SHIFT;
}

/* 0, LW_ERR_MEMORY, or LW_ERR_INPUT. */
static int read_block(const struct block *block, struct zone *zone)
{
    const unsigned char *types = block->data + block->n_times * block->time_bytes;
    const unsigned char *offsets = types + block->n_times;
    zone->n = block->n_times;
    zone->at_s = alloc_array(zone->n, sizeof *zone->at_s);
    zone->offset_s = alloc_array(zone->n + 1, sizeof *zone->offset_s);
    if (zone->at_s == NULL || zone->offset_s == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i <= zone->n; i++) {
        size_t type = i > 0 ? types[i - 1] : 0;
        int64_t offset = type < block->n_types ? read_int(offsets + 6 * type, 4) : MAX_SHIFT;
        if (!is_shift(offset))
            return LW_ERR_INPUT;
        zone->offset_s[i] = (int32_t)offset;
        if (i < zone->n)
            zone->at_s[i] = read_int(block->data + i * block->time_bytes, block->time_bytes);
        if (i > 0 && i < zone->n && zone->at_s[i] < zone->at_s[i - 1])
            return LW_ERR_INPUT;
    }
    return 0;
}

static int read_file(const unsigned char *data, size_t len, struct zone *zone)
{
    struct block block;
    if (!find_block(data, len, 4, &block))
        return LW_ERR_INPUT;
    if (data[4] < '2') /* without the second block */
        return read_block(&block, zone);
    size_t skip = HEAD + block.size;
    if (!find_block(data + skip, len - skip, 8, &block))
        return LW_ERR_INPUT;
    const char *rule = (const char *)block.data + block.size, *end = (const char *)data + len;
    if (rule < end && *rule == '\n') {
        const char *feed = memchr(rule + 1, '\n', (size_t)(end - rule - 1));
        zone->has_rule = feed != NULL && feed > rule + 1;
        if (zone->has_rule && (!read_rule(rule + 1, (size_t)(feed - rule - 1), &zone->rule) ||
                               !is_shift(zone->rule.standard_s) || !is_shift(zone->rule.summer_s)))
            return LW_ERR_INPUT;
    }
    return read_block(&block, zone);
}

static int load(const char *path, const char *name, struct zone *zone, struct lw_error *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return fail(err, LW_ERR_NOT_FOUND,
                    "time zone %s is not known here (%s: %s); give an offset from UTC, such as +02:00, or install the "
                    "time zone database",
                    name, path, strerror(errno));
    unsigned char *data = alloc_array(MAX_FILE, 1);
    size_t len = data != NULL ? fread(data, 1, MAX_FILE, file) : 0;
    fclose(file);
    int code = data != NULL ? read_file(data, len, zone) : LW_ERR_MEMORY;
    free(data);
    if (code == LW_ERR_INPUT)
        return fail(err, code, "time zone %s: %s is no time zone file", name, path);
    return code != 0 ? fail_memory(err, "reading a time zone") : 0;
}

static int set_fixed(struct zone *zone, int32_t offset_s, struct lw_error *err)
{
    zone->offset_s = alloc_array(1, sizeof *zone->offset_s);
    if (zone->offset_s == NULL)
        return fail_memory(err, "reading a time zone");
    zone->offset_s[0] = offset_s;
    return 0;
}

/* +02:00, +0200, +2 */
static bool read_offset(const char *name, int32_t *out)
{
    struct cursor c = {name, name + strlen(name)};
    if (*name != '+' && *name != '-')
        return false;
    if (strlen(name) == 5 && strspn(name + 1, "0123456789") == 4) {
        int value = (name[1] - '0') * 1000 + (name[2] - '0') * 100 + (name[3] - '0') * 10 + (name[4] - '0');
        *out = (value / 100 * 60 + value % 100) * 60;
        *out = *name == '-' ? -*out : *out;
        return value % 100 < 60 && is_shift(*out);
    }
    return take_time(&c, out) && c.at == c.end && is_shift(*out);
}

static bool is_name(const char *name)
{
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
    return name[0] != '\0' && strchr("/+-", name[0]) == NULL && strspn(name, bytes) == strlen(name);
}

static int open_named(const char *name, struct zone *zone, struct lw_error *err)
{
    char path[2 * MAX_NAME];
    int32_t offset_s;
    const char *folder = getenv("TZDIR");
    if (strcmp(name, "local") == 0) {
        const char *set = getenv("TZ");
        set = set != NULL && set[0] == ':' ? set + 1 : set;
        if (set == NULL)
            return load("/etc/localtime", name, zone, err);
        name = set[0] != '\0' && strlen(set) <= MAX_NAME ? set : "UTC";
    }
    if (strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0)
        return set_fixed(zone, 0, err);
    if (read_offset(name, &offset_s))
        return set_fixed(zone, offset_s, err);
    if (!is_name(name))
        return fail(err, LW_ERR_USAGE,
                    "\"%s\" is no time zone; give an offset such as +02:00, a name such as Europe/Berlin, UTC or local",
                    name);
    if (folder == NULL || folder[0] == '\0' || strlen(folder) >= MAX_NAME - 1)
        folder = "/usr/share/zoneinfo";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return load(path, name, zone, err);
}

int zone_open(const char *name, size_t len, struct zone **out, struct lw_error *err)
{
    char text[MAX_NAME + 1];
    if (len > MAX_NAME)
        return fail(err, LW_ERR_USAGE, "the name of a time zone is longer than %d bytes", MAX_NAME);
    memcpy(text, name, len);
    text[len] = '\0';
    struct zone *zone = alloc_zeroed(1, sizeof *zone);
    if (zone == NULL)
        return fail_memory(err, "reading a time zone");
    int code = open_named(text, zone, err);
    if (code != 0)
        zone_free(zone);
    else
        *out = zone;
    return code;
}

void zone_free(struct zone *zone)
{
    if (zone == NULL)
        return;
    free(zone->at_s);
    free(zone->offset_s);
    free(zone);
}
