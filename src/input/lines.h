/*
 * Lines of a part of a source, without the whole of it in memory: those that start in [from, to). A line ends at a line
 * feed or at the end of the text; a carriage return before the line feed belongs to the line end. Parts that meet give
 * each line exactly once, so that parts can be read in parallel.
 */
#ifndef LW_INPUT_LINES_H
#define LW_INPUT_LINES_H

#include "input/source.h"

#define LINES_PART (1u << 20)  /* bytes of the parts that a source is cut into; fixed, so results never depend on it */
#define LINES_HEAD (64u << 10) /* of each line, at least so many bytes are shown */

struct line {
    uint64_t offset; /* of its first byte in the source */
    uint64_t end;    /* behind its last byte, line end left out */
    uint64_t next;   /* where the next line starts */
    const char *head;
    size_t head_len; /* the whole line, or at least LINES_HEAD of it; until the next call */
};

/* One thread at a time. */
struct lines {
    const struct source *source;
    uint64_t at, to;
    char *buffer;
    size_t cap;
    uint64_t buffer_start; /* in the source */
    size_t buffer_len;
};

/* to is at most the source's size. On failure there is nothing to release. */
int lines_init(struct lines *lines, const struct source *source, uint64_t from, uint64_t to, struct lw_error *err);
/* 1: *out is a line, 0: there is none left, negative: a failure. */
int lines_next(struct lines *lines, struct line *out, struct lw_error *err);
void lines_release(struct lines *lines);

#endif
