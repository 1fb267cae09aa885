/*
 * Numbers, times and shares as people read them, and a growing text. All writers end `out` with a NUL, cut what does
 * not fit, and return out. Times are shown in UTC, as records hold them.
 */
#ifndef LW_KIT_TEXT_H
#define LW_KIT_TEXT_H

#include "logwright.h"

#include <stdbool.h>
#include <stdio.h>

/* 1234567 -> "1,234,567". */
char *text_count(char *out, size_t size, uint64_t count);
/* "1 trace", "1,234 traces". */
char *text_counted(char *out, size_t size, uint64_t count, const char *noun);
/* "12:04:31.250", or with the date in front; "" for LW_NO_TIME. */
char *text_time(char *out, size_t size, int64_t time_us, bool has_date);
/* Length of time in at most 6 characters: "340us", "12ms", "1.5s", "3m20", "2h05", "4d"; "-" for LW_NO_TIME. */
char *text_delay(char *out, size_t size, int64_t delay_us);
/* .123 -> "12.3%". */
char *text_share(char *out, size_t size, double share);
/* Three decimals without the zero in front (".984", "1.000"), "-" for NaN. */
char *text_ratio(char *out, size_t size, double ratio);
/* Signed change of a ratio: "+.012", "-.004", "=" for none, "" for NaN. */
char *text_change(char *out, size_t size, double change);
/* The number with no more decimals than it needs. */
char *text_number(char *out, size_t size, double number);
/* "E12", or "?" for the unknown template. */
char *text_template(char *out, size_t size, uint32_t template_id);

/* A text that grows; released with text_release. After memory ran out it stays as it was. */
struct text {
    char *data; /* NUL-ended once something was added, else NULL */
    size_t len, cap;
};
void text_add(struct text *text, const char *data, size_t len);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_clear(struct text *text);
void text_release(struct text *text);

/* A copy on the heap, NUL-ended; NULL when memory is out. */
char *text_copy(const char *data, size_t len);
char *text_copy_or_null(const char *text); /* NULL for NULL */
/* Copies of n strings; NULL when memory is out. */
char **text_copy_list(const char *const *texts, size_t n);
void text_free_list(char **texts, size_t n);
/* The whole of a file, NUL-ended, at most max_bytes of it. *data is freed by the caller. */
int text_read_file(const char *path, size_t max_bytes, char **data, size_t *len, struct lw_error *err);
/* Fills *err. */
int text_fail(struct lw_error *err, enum lw_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
