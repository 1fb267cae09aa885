/*
 * The part is read with one pread, together with LINES_HEAD bytes behind it, so that all lines but the last are whole
 * in memory. Only the end of a last line that is longer still is looked for beyond, window by window.
 */
#include "input/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

#define MAX_BUFFER (4u << 20)

/* Fills the buffer from offset `start`. */
static int load(struct lines *lines, uint64_t start, struct lw_error *err)
{
    lines->buffer_start = start;
    return source_read(lines->source, start, lines->buffer, lines->cap, &lines->buffer_len, err);
}

/* Finds the first line feed at or after `from`; *at = size of the text if there is none. */
static int find_feed(struct lines *lines, uint64_t from, uint64_t *at, struct lw_error *err)
{
    uint64_t size = lines->source->size;
    if (from >= lines->buffer_start && from < lines->buffer_start + lines->buffer_len) {
        const char *start = lines->buffer + (from - lines->buffer_start);
        const char *end = lines->buffer + lines->buffer_len;
        const char *feed = memchr(start, '\n', (size_t)(end - start));
        if (feed != NULL) {
            *at = lines->buffer_start + (uint64_t)(feed - lines->buffer);
            return 0;
        }
        from = lines->buffer_start + lines->buffer_len;
    }
    if (from >= size) {
        *at = size;
        return 0;
    }
    char *window = alloc_array(LINES_PART, 1);
    if (window == NULL)
        return fail_memory(err, "looking for the end of a long line");
    int code = 0;
    *at = size;
    while (from < size) {
        size_t got;
        code = source_read(lines->source, from, window, LINES_PART, &got, err);
        const char *feed = code == 0 ? memchr(window, '\n', got) : NULL;
        if (feed != NULL)
            *at = from + (uint64_t)(feed - window);
        if (feed != NULL || code != 0)
            break;
        from += got;
    }
    free(window);
    return code;
}

int lines_init(struct lines *lines, const struct source *source, uint64_t from, uint64_t to, struct lw_error *err)
{
    uint64_t start = from > 0 ? from - 1 : 0; /* the byte before says whether a line starts at from */
    uint64_t span = to - start;
    *lines = (struct lines){.source = source, .at = from, .to = to};
    lines->cap = (span < MAX_BUFFER ? (size_t)span : MAX_BUFFER) + LINES_HEAD;
    lines->buffer = alloc_array(lines->cap, 1);
    if (lines->buffer == NULL)
        return fail_memory(err, "reading lines");
    int code = load(lines, start, err);
    if (code == 0 && from > 0 && from < to) {
        const char *feed =
            memchr(lines->buffer, '\n', (size_t)(to - start < lines->buffer_len ? to - start : lines->buffer_len));
        uint64_t at = feed != NULL ? lines->buffer_start + (uint64_t)(feed - lines->buffer) : to;
        if (feed == NULL && span > lines->buffer_len)
            code = find_feed(lines, start + lines->buffer_len, &at, err);
        lines->at = at + 1;
    }
    if (code != 0)
        lines_release(lines);
    return code;
}

int lines_next(struct lines *lines, struct line *out, struct lw_error *err)
{
    if (lines->at >= lines->to)
        return 0;
    uint64_t size = lines->source->size;
    uint64_t need = size - lines->at < LINES_HEAD ? size : lines->at + LINES_HEAD;
    int code = need > lines->buffer_start + lines->buffer_len ? load(lines, lines->at, err) : 0;
    uint64_t feed = 0;
    if (code == 0)
        code = find_feed(lines, lines->at, &feed, err);
    if (code != 0)
        return code;
    uint64_t held = lines->buffer_start + lines->buffer_len;
    *out = (struct line){.offset = lines->at, .end = feed, .next = feed < size ? feed + 1 : size};
    out->head = lines->buffer + (lines->at - lines->buffer_start);
    if (feed < size && feed > out->offset) { /* a carriage return before the line feed */
        char before = 0;
        size_t got = 1;
        if (feed - 1 < held)
            before = lines->buffer[feed - 1 - lines->buffer_start];
        else
            code = source_read(lines->source, feed - 1, &before, 1, &got, err);
        if (code != 0)
            return code;
        out->end -= before == '\r';
    }
    out->head_len = (size_t)((out->end < held ? out->end : held) - out->offset);
    lines->at = out->next;
    return 1;
}

void lines_release(struct lines *lines)
{
    free(lines->buffer);
    lines->buffer = NULL;
}
