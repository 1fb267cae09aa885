#include "ui/kit/text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

char *text_count(char *out, size_t size, uint64_t count)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);
    size_t at = 0;

    for (int i = 0; i < n && at + 2 < size; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

char *text_counted(char *out, size_t size, uint64_t count, const char *noun)
{
    char number[32];

    snprintf(out, size, "%s %s%s", text_count(number, sizeof number, count), noun, count == 1 ? "" : "s");
    return out;
}

char *text_time(char *out, size_t size, int64_t time_us, bool has_date)
{
    struct tm tm;
    int64_t second = time_us / 1000000, rest = time_us % 1000000;
    time_t when;

    out[0] = '\0';
    if (time_us == LW_NO_TIME)
        return out;
    if (rest < 0) {
        rest += 1000000;
        second--;
    }
    when = (time_t)second;
    if (!gmtime_r(&when, &tm))
        return out;
    if (has_date)
        snprintf(out, size, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                 tm.tm_min, tm.tm_sec);
    else
        snprintf(out, size, "%02d:%02d:%02d.%03d", tm.tm_hour, tm.tm_min, tm.tm_sec, (int)(rest / 1000));
    return out;
}

char *text_delay(char *out, size_t size, int64_t delay_us)
{
    double s = (double)delay_us / 1e6;

    if (delay_us == LW_NO_TIME)
        snprintf(out, size, "-");
    else if (delay_us < 1000)
        snprintf(out, size, "%dus", (int)delay_us);
    else if (s < 1)
        snprintf(out, size, "%.0fms", s * 1000);
    else if (s < 60)
        snprintf(out, size, s < 10 ? "%.1fs" : "%.0fs", s);
    else if (s < 3600)
        snprintf(out, size, "%dm%02d", (int)s / 60, (int)s % 60);
    else if (s < 86400)
        snprintf(out, size, "%dh%02d", (int)s / 3600, (int)s / 60 % 60);
    else
        snprintf(out, size, "%.0fd", s / 86400);
    return out;
}

char *text_share(char *out, size_t size, double share)
{
    if (isnan(share))
        snprintf(out, size, "-");
    else
        snprintf(out, size, share >= .9995 ? "%.0f%%" : share >= .0995 ? "%.1f%%" : "%.2f%%", share * 100);
    return out;
}

char *text_ratio(char *out, size_t size, double ratio)
{
    char text[32];

    snprintf(text, sizeof text, "%.3f", ratio);
    if (isnan(ratio))
        snprintf(out, size, "-");
    else
        snprintf(out, size, "%s%s", text[0] == '-' ? "-" : "",
                 text[0] == '0'                ? text + 1
                 : strncmp(text, "-0", 2) == 0 ? text + 2
                                               : text + (text[0] == '-'));
    return out;
}

char *text_change(char *out, size_t size, double change)
{
    char text[32];

    if (isnan(change))
        snprintf(out, size, "%s", "");
    else if (fabs(change) < .0005)
        snprintf(out, size, "=");
    else
        snprintf(out, size, "%s%s", change > 0 ? "+" : "", text_ratio(text, sizeof text, change));
    return out;
}

char *text_number(char *out, size_t size, double number)
{
    snprintf(out, size, fabs(number) < 1e7 ? "%.7g" : "%.4g", number);
    return out;
}

char *text_template(char *out, size_t size, uint32_t template_id)
{
    if (template_id == LW_TEMPLATE_UNKNOWN)
        snprintf(out, size, "?");
    else
        snprintf(out, size, "E%u", (unsigned)template_id);
    return out;
}

void text_add(struct text *text, const char *data, size_t len)
{
    if (text->len + len + 1 > text->cap) {
        size_t cap = text->cap * 2 > text->len + len + 1 ? text->cap * 2 : text->len + len + 64;
        char *grown = realloc(text->data, cap);

        if (!grown)
            return;
        text->data = grown;
        text->cap = cap;
    }
    if (len > 0)
        memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
}

void text_printf(struct text *text, const char *format, ...)
{
    char piece[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    text_add(text, piece, strlen(piece));
}

void text_clear(struct text *text)
{
    text->len = 0;
    if (text->data)
        text->data[0] = '\0';
}

void text_release(struct text *text)
{
    free(text->data);
    *text = (struct text){NULL, 0, 0};
}

char *text_copy(const char *data, size_t len)
{
    char *copy = malloc(len + 1);

    if (!copy)
        return NULL;
    if (len > 0)
        memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

char *text_copy_or_null(const char *text)
{
    return text ? text_copy(text, strlen(text)) : NULL;
}

char **text_copy_list(const char *const *texts, size_t n)
{
    char **copies = calloc(n + 1, sizeof *copies);

    for (size_t i = 0; copies && i < n; i++)
        if (!(copies[i] = text_copy(texts[i], strlen(texts[i])))) {
            text_free_list(copies, n);
            return NULL;
        }
    return copies;
}

void text_free_list(char **texts, size_t n)
{
    for (size_t i = 0; texts && i < n; i++)
        free(texts[i]);
    free(texts);
}

int text_fail(struct lw_error *err, enum lw_code code, const char *format, ...)
{
    va_list args;

    if (!err)
        return code;
    err->code = code;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return code;
}

int text_read_file(const char *path, size_t max_bytes, char **data, size_t *len, struct lw_error *err)
{
    FILE *file = fopen(path, "rb");
    struct text text = {NULL, 0, 0};
    char piece[4096];
    size_t n;

    if (!file)
        return text_fail(err, errno == ENOENT ? LW_ERR_NOT_FOUND : LW_ERR_IO, "%s: cannot be read: %s", path,
                         strerror(errno));
    while (text.len < max_bytes && (n = fread(piece, 1, sizeof piece, file)) > 0)
        text_add(&text, piece, n);
    text_add(&text, "", 0);
    if (ferror(file) || !text.data) {
        text_release(&text);
        fclose(file);
        return text_fail(err, LW_ERR_IO, "%s: cannot be read", path);
    }
    fclose(file);
    *data = text.data;
    *len = text.len;
    return 0;
}
