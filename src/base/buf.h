/*
 * A growing byte buffer. Owned by the caller: start from BUF_INIT, end with buf_release. Appending after memory ran out
 * does nothing and leaves has_failed set, so that a writer appends freely and asks once at its end. Not thread-safe.
 */
#ifndef LW_BASE_BUF_H
#define LW_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data; /* NULL while nothing was added; a NUL stands behind len once something was */
    size_t len, cap;
    bool has_failed;
};
#define BUF_INIT                                                                                                       \
    {                                                                                                                  \
        NULL, 0, 0, false                                                                                              \
    }

void buf_release(struct buf *buf);
void buf_clear(struct buf *buf); /* len = 0, has_failed = false; keeps the memory */
int buf_reserve(struct buf *buf, size_t more);
void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_byte(struct buf *buf, char byte);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Quoted as JSON asks; invalid UTF-8 becomes \ufffd. With the quotes. */
void buf_add_json(struct buf *buf, const char *data, size_t len);
/* A CSV field after RFC 4180, quoted only where needed. */
void buf_add_csv(struct buf *buf, const char *data, size_t len);
/* 0, or LW_ERR_MEMORY if any append failed. */
int buf_status(const struct buf *buf);

#endif
