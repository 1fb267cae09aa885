/* Lines of requests that tests make up out of order: by time, as a log of "request r00007 accepted". */
#ifndef LW_TESTS_SMALL_LINES_H
#define LW_TESTS_SMALL_LINES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"

struct line {
    double at; /* seconds */
    const char *level, *service, *message;
    int request;
};
struct lines {
    struct line items[32000];
    size_t n;
};

static inline void lines_add(struct lines *lines, double at, const char *level, const char *service, int request,
                             const char *message)
{
    assert_true(lines->n < sizeof lines->items / sizeof *lines->items);
    lines->items[lines->n++] = (struct line){at, level, service, message, request};
}

static inline int lines_by_time(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return x->at != y->at ? (x->at > y->at) - (x->at < y->at) : x->request - y->request;
}

/* Puts them in order of time, and appends the log's text. */
static inline void lines_print(struct lines *lines, struct buf *out)
{
    qsort(lines->items, lines->n, sizeof *lines->items, lines_by_time);
    for (size_t i = 0; i < lines->n; i++) {
        const struct line *line = &lines->items[i];
        time_t clock = (time_t)(1767225600 + line->at);
        struct tm tm;
        char stamp[32];
        gmtime_r(&clock, &tm);
        strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", &tm);
        buf_printf(out, "%s.%03d %s [%s] request r%05d %s\n", stamp, (int)(fmod(line->at, 1) * 1000), line->level,
                   line->service, line->request, line->message);
    }
}

#endif
