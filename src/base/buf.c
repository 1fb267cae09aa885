#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "logwright.h"

void buf_release(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->has_failed = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

int buf_grow(struct buf *buf, size_t more)
{
    if (buf->has_failed)
        return LW_ERR_MEMORY;
    if (more > SIZE_MAX / 2 - buf->len || alloc_grow(&buf->data, &buf->cap, buf->len + more + 1, 1) != 0) {
        buf->has_failed = true;
        return LW_ERR_MEMORY;
    }
    return 0;
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        buf->has_failed = true;
    else if (buf_reserve(buf, (size_t)len) == 0) {
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

/* Length of the valid UTF-8 sequence at data, 0 if there is none. */
static size_t utf8_len(const unsigned char *data, size_t len)
{
    size_t need = data[0] < 0x80   ? 1
                  : data[0] < 0xC2 ? 0
                  : data[0] < 0xE0 ? 2
                  : data[0] < 0xF0 ? 3
                  : data[0] < 0xF5 ? 4
                                   : 0;
    if (need == 0 || need > len)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((data[i] & 0xC0) != 0x80)
            return 0;
    if ((data[0] == 0xE0 && data[1] < 0xA0) || (data[0] == 0xED && data[1] > 0x9F) ||
        (data[0] == 0xF0 && data[1] < 0x90) || (data[0] == 0xF4 && data[1] > 0x8F))
        return 0;
    return need;
}

#define ONES  UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

static uint64_t has_byte(uint64_t word, unsigned char byte)
{
    uint64_t other = word ^ ONES * byte;
    return (other - ONES) & ~other;
}

/* End of the bytes from i on that stand for themselves in a JSON string, whatever follows. Eight at a time where all of
 * them do. */
static size_t plain_end(const char *data, size_t len, size_t i)
{
    for (uint64_t word; len - i >= sizeof word; i += sizeof word) {
        memcpy(&word, data + i, sizeof word);
        uint64_t odd =
            word | ((word - ONES * 0x20) & ~word) | has_byte(word, '"') | has_byte(word, '\\') | has_byte(word, 0x7F);
        if ((odd & HIGHS) != 0)
            break;
    }
    while (i < len && (unsigned char)data[i] >= 0x20 && (unsigned char)data[i] < 0x7F && data[i] != '"' &&
           data[i] != '\\')
        i++;
    return i;
}

/* Of a byte that does not stand for itself. Returns how many were taken. */
static size_t add_odd(struct buf *buf, const char *data, size_t len)
{
    static const char escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    unsigned char c = (unsigned char)data[0];
    const char *escape = c != 0 && (c < 0x20 || c == '"' || c == '\\') ? strchr(escapes, c) : NULL;
    while (escape != NULL && (escape - escapes) % 2 != 0) /* only even places are what is escaped */
        escape = strchr(escape + 1, c);
    size_t n = utf8_len((const unsigned char *)data, len);
    if (escape != NULL) {
        buf_add_byte(buf, '\\');
        buf_add_byte(buf, escape[1]);
    } else if (c < 0x20 || c == 0x7F)
        buf_printf(buf, "\\u%04x", c);
    else if (n == 0)
        buf_add_text(buf, "\\ufffd");
    else
        buf_add(buf, data, n);
    return n > 0 ? n : 1;
}

void buf_add_json(struct buf *buf, const char *data, size_t len)
{
    buf_add_byte(buf, '"');
    for (size_t i = 0; i < len;) {
        size_t end = plain_end(data, len, i);
        buf_add(buf, data + i, end - i);
        i = end < len ? end + add_odd(buf, data + end, len - end) : end;
    }
    buf_add_byte(buf, '"');
}

void buf_add_csv(struct buf *buf, const char *data, size_t len)
{
    bool needs_quotes = len > 0 && (data[0] == ' ' || data[len - 1] == ' ');
    for (size_t i = 0; i < len && !needs_quotes; i++)
        needs_quotes = data[i] == ',' || data[i] == '"' || data[i] == '\n' || data[i] == '\r';
    if (!needs_quotes) {
        buf_add(buf, data, len);
        return;
    }
    buf_add_byte(buf, '"');
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '"')
            buf_add_byte(buf, '"');
        buf_add_byte(buf, data[i]);
    }
    buf_add_byte(buf, '"');
}

int buf_status(const struct buf *buf)
{
    return buf->has_failed ? LW_ERR_MEMORY : 0;
}
