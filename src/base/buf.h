/*
 * A growing byte buffer. Owned by the caller: start from BUF_INIT, end with buf_release. Appending after memory ran out
 * does nothing and leaves has_failed set, so that a writer appends freely and asks once at its end. Not thread-safe.
 */
#ifndef LW_BASE_BUF_H
#define LW_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
void buf_clear(struct buf *buf);            /* len = 0, has_failed = false; keeps the memory */
int buf_grow(struct buf *buf, size_t more); /* what buf_reserve does where there is no room */

static inline int buf_reserve(struct buf *buf, size_t more)
{
    return more < buf->cap - buf->len && !buf->has_failed ? 0 : buf_grow(buf, more); /* with its NUL */
}

static inline void buf_add(struct buf *buf, const void *data, size_t len)
{
    if (buf_reserve(buf, len) != 0)
        return;
    if (len > 0)
        memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

static inline void buf_add_byte(struct buf *buf, char byte)
{
    if (buf_reserve(buf, 1) != 0)
        return;
    buf->data[buf->len++] = byte;
    buf->data[buf->len] = '\0';
}

void buf_add_text(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Quoted as JSON asks; invalid UTF-8 becomes \ufffd. With the quotes. */
void buf_add_json(struct buf *buf, const char *data, size_t len);
/* A CSV field after RFC 4180, quoted only where needed. */
void buf_add_csv(struct buf *buf, const char *data, size_t len);
/* 0, or LW_ERR_MEMORY if any append failed. */
int buf_status(const struct buf *buf);

#endif
