#include "cmd/print.h"

#include <string.h>

/* Length of the valid UTF-8 sequence at data, 0 if there is none; its code point in *point. */
static size_t decode(const unsigned char *data, size_t len, unsigned *point)
{
    static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = data[0] < 0x80   ? 1
               : data[0] < 0xc2 ? 0
               : data[0] < 0xe0 ? 2
               : data[0] < 0xf0 ? 3
               : data[0] < 0xf5 ? 4
                                : 0;

    if (n == 0 || n > len)
        return 0;
    *point = n == 1 ? data[0] : data[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((data[i] & 0xc0) != 0x80)
            return 0;
        *point = *point << 6 | (data[i] & 0x3fu);
    }
    return *point < smallest[n] || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff) ? 0 : n;
}

/* Controls of both ranges, and what reorders or hides text. */
static bool is_active(unsigned point)
{
    return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x200b && point <= 0x200f) ||
           (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) || point == 0x61c ||
           point == 0xfeff;
}

/* Bytes at the start of data that stand for themselves in JSON without a look at what they mean. */
static size_t plain_run(const unsigned char *data, size_t len)
{
    size_t n = 0;

    while (n < len && data[n] >= 0x20 && data[n] < 0x7f && data[n] != '"' && data[n] != '\\')
        n++;
    return n;
}

static void print_json_char(FILE *out, const unsigned char *data, size_t n, unsigned point, const char *quote)
{
    static const char named[] = "\b\f\n\r\t";
    static const char names[] = "bfnrt";
    const char *name = point != 0 && point < 0x20 ? strchr(named, (int)point) : NULL;

    if (n == 0)
        fputs("\\ufffd", out);
    else if (point == '"')
        fprintf(out, "\\%s", quote);
    else if (point == '\\')
        fputs("\\\\", out);
    else if (name != NULL)
        fprintf(out, "\\%c", names[name - named]);
    else if (is_active(point))
        fprintf(out, "\\u%04x", point);
    else
        fwrite(data, 1, n, out);
}

static void print_string(FILE *out, const char *data, size_t len, const char *quote)
{
    const unsigned char *at = (const unsigned char *)data;

    fputs(quote, out);
    while (len > 0) {
        size_t n = plain_run(at, len);

        if (n > 0) {
            fwrite(at, 1, n, out);
        } else {
            unsigned point = 0;

            n = decode(at, len, &point);
            print_json_char(out, at, n, point, quote);
            n += n == 0;
        }
        at += n;
        len -= n;
    }
    fputs(quote, out);
}

void print_json(FILE *out, const char *data, size_t len)
{
    print_string(out, data, len, "\"");
}

void print_json_in_csv(FILE *out, const char *data, size_t len)
{
    print_string(out, data, len, "\"\"");
}

void print_csv(FILE *out, const char *data, size_t len)
{
    bool is_quoted = false;

    for (size_t i = 0; i < len && !is_quoted; i++)
        is_quoted = data[i] == '"' || data[i] == ',' || data[i] == '\n' || data[i] == '\r';
    if (!is_quoted) {
        fwrite(data, 1, len, out);
        return;
    }
    putc('"', out);
    while (len > 0) {
        const char *quote = memchr(data, '"', len);
        size_t n = quote == NULL ? len : (size_t)(quote - data) + 1;

        fwrite(data, 1, n, out);
        if (quote != NULL)
            putc('"', out);
        data += n;
        len -= n;
    }
    putc('"', out);
}

size_t print_shown(FILE *out, const char *data, size_t len)
{
    size_t columns = 0;

    while (len > 0) {
        struct lw_glyph glyph;

        lw_glyph_next(data, len, &glyph);
        fwrite(glyph.text, 1, glyph.text_len, out);
        columns += glyph.columns;
        data += glyph.len;
        len -= glyph.len;
    }
    return columns;
}

/* Days since 1970 to a civil date, proleptic Gregorian (Hinnant 2013, "chrono-compatible low-level date algorithms").
 */
static void civil(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;

    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = yoe + era * 400 + (*month <= 2);
}

const char *print_time(int64_t time_us, char text[PRINT_TIME_SIZE])
{
    int64_t seconds = time_us / 1000000, micros = time_us % 1000000, days, year;
    int month, day, len;

    text[0] = '\0';
    if (time_us == LW_NO_TIME)
        return text;
    if (micros < 0) {
        micros += 1000000;
        seconds--;
    }
    days = seconds / 86400 - (seconds % 86400 < 0);
    seconds -= days * 86400;
    civil(days, &year, &month, &day);
    len = snprintf(text, PRINT_TIME_SIZE, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)year, month, day,
                   (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    if (micros % 1000 != 0)
        len += snprintf(text + len, PRINT_TIME_SIZE - (size_t)len, ".%06d", (int)micros);
    else if (micros != 0)
        len += snprintf(text + len, PRINT_TIME_SIZE - (size_t)len, ".%03d", (int)(micros / 1000));
    snprintf(text + len, PRINT_TIME_SIZE - (size_t)len, "Z");
    return text;
}
