#include "input/clocks.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define MAX_OFFSET_US (INT64_C(36600) * 86400 * 1000000)

struct row {
    char *path; /* NULL: any */
    struct source_clock clock;
    bool has_zone; /* else it is an offset */
};
struct clocks {
    struct row *rows;
    size_t n, cap;
};

/* [+-]digits[.digits][unit] */
static bool read_offset(const char *text, size_t len, int64_t *out)
{
    static const struct unit {
        const char *name;
        int64_t us;
    } units[] = {{"us", 1},       {"ms", 1000},        {"s", 1000000},          {"", 1000000},
                 {"m", 60000000}, {"h", 3600000000LL}, {"d", 24 * 3600000000LL}};
    size_t at = len > 0 && (text[0] == '+' || text[0] == '-');
    size_t start = at, digits = 0;
    int64_t value = 0, scale = 1;
    bool is_fraction = false;
    for (; at < len && digits < 16; at++) {
        if (text[at] == '.' && !is_fraction) {
            is_fraction = true;
            continue;
        }
        if (text[at] < '0' || text[at] > '9')
            break;
        value = value * 10 + (text[at] - '0');
        scale *= is_fraction ? 10 : 1;
        digits++;
    }
    if (digits == 0 || digits == 16 || text[start] == '.')
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strlen(units[i].name) != len - at || memcmp(units[i].name, text + at, len - at) != 0)
            continue;
        if (value / scale > MAX_OFFSET_US / units[i].us)
            return false;
        /* whole units, then the fraction, so that neither passes 64 bits */
        int64_t rest = value % scale;
        double part = (double)rest / (double)scale * (double)units[i].us;
        *out = value / scale * units[i].us + (int64_t)(part + 0.5);
        *out = text[0] == '-' ? -*out : *out;
        return true;
    }
    return false;
}

static int read_value(const char *text, size_t len, struct row *row, struct lw_error *err)
{
    struct zone *zone = NULL;
    if (!row->has_zone)
        return read_offset(text, len, &row->clock.offset_us)
                   ? 0
                   : fail(err, LW_ERR_USAGE, "\"%.*s\" is no offset of a clock; give one such as +3.5s, -200ms or +1h",
                          (int)(len < 100 ? len : 100), text);
    int code = zone_open(text, len, &zone, err);
    row->clock.zone = zone;
    return code;
}

static int add_row(struct clocks *clocks, const char *text, size_t len, bool has_zone, struct lw_error *err)
{
    struct row row = {.has_zone = has_zone};
    size_t value = len;
    while (value > 0 && text[value - 1] != '=')
        value--;
    if (alloc_grow(&clocks->rows, &clocks->cap, clocks->n + 1, sizeof row) != 0 ||
        (value > 0 && (row.path = alloc_text(text, value - 1)) == NULL))
        return fail_memory(err, "reading the options of a log");
    int code = read_value(text + value, len - value, &row, err);
    if (code != 0)
        free(row.path);
    else
        clocks->rows[clocks->n++] = row;
    return code;
}

static int add_list(struct clocks *clocks, const char *list, bool has_zone, struct lw_error *err)
{
    int code = 0;
    while (list != NULL && code == 0) {
        size_t len = strcspn(list, ",");
        code = add_row(clocks, list, len, has_zone, err);
        list = list[len] == ',' ? list + len + 1 : NULL;
    }
    return code;
}

int clocks_new(const char *zones, const char *offsets, struct clocks **out, struct lw_error *err)
{
    struct clocks *clocks = alloc_zeroed(1, sizeof *clocks);
    if (clocks == NULL)
        return fail_memory(err, "reading the options of a log");
    int code = add_list(clocks, zones, true, err);
    if (code == 0)
        code = add_list(clocks, offsets, false, err);
    if (code != 0)
        clocks_free(clocks);
    else
        *out = clocks;
    return code;
}

void clocks_free(struct clocks *clocks)
{
    if (clocks == NULL)
        return;
    for (size_t i = 0; i < clocks->n; i++) {
        free(clocks->rows[i].path);
        zone_free((struct zone *)(uintptr_t)clocks->rows[i].clock.zone);
    }
    free(clocks->rows);
    free(clocks);
}

struct source_clock clocks_find(const struct clocks *clocks, const char *path)
{
    struct source_clock found = SOURCE_CLOCK_INIT;
    const char *slash = strrchr(path, '/');
    for (size_t i = 0; clocks != NULL && i < clocks->n; i++) {
        const struct row *row = &clocks->rows[i];
        if (row->path != NULL && fnmatch(row->path, path, 0) != 0 &&
            (slash == NULL || fnmatch(row->path, slash + 1, 0) != 0))
            continue;
        if (row->has_zone)
            found.zone = row->clock.zone;
        else
            found.offset_us = row->clock.offset_us;
    }
    return found;
}

int64_t clock_correct(const struct source_clock *clock, int64_t time_us, bool has_zone, int64_t after_us)
{
    if (time_us == LW_NO_TIME || (clock->zone == NULL && clock->offset_us == 0))
        return time_us;
    bool has_after = after_us != LW_NO_TIME;
    if (!has_zone && clock->zone != NULL)
        time_us = zone_to_utc(clock->zone, time_us, has_after ? after_us - clock->offset_us : LW_NO_TIME);
    return time_us + clock->offset_us;
}
