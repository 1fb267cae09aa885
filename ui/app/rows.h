/*
 * Records that are on the screen. The log is read by jobs; what is not there yet is NULL here, drawn as a placeholder,
 * and asked for when the frame is done.
 */
#ifndef LW_APP_ROWS_H
#define LW_APP_ROWS_H

#include "logwright.h"

#include <stdbool.h>

struct app;

enum { ROW_MAX_BYTES = 8192, ROW_MAX_SPANS = 32 };

struct row {
    uint64_t record;
    uint64_t stamp;   /* when it was used last; 0 = empty */
    uint64_t version; /* of struct rows, when it was read */
    int64_t time_us;
    uint64_t line;
    uint64_t offset; /* identity: with source and epoch */
    uint32_t source, epoch;
    enum lw_level level;
    uint32_t template_id;
    char *raw; /* the record, cut after ROW_MAX_BYTES */
    size_t raw_len, whole_len;
    size_t message_start, message_len; /* in raw, as far as it is there */
    size_t component_start, component_len;
    size_t n_spans; /* parameters, relative to the message */
    struct lw_span spans[ROW_MAX_SPANS];
};

enum { ROWS_KEPT = 512, ROWS_WANTED = 160 };

struct rows {
    struct row kept[ROWS_KEPT];
    uint64_t stamp, version;
    uint64_t wanted[ROWS_WANTED];
    size_t n_wanted;
};

/* The record, or NULL: then it will be asked for. Lives until rows_forget or the next job that is finished. */
const struct row *rows_get(struct app *app, uint64_t record);
/* Starts the job for what was asked for. */
void rows_fetch(struct app *app);
/* The record if it is here, without asking for it. */
const struct row *rows_peek(const struct app *app, uint64_t record);
void rows_forget(struct app *app);
/* Rows are shown as they are until they were read again, under what was learned meanwhile. */
void rows_renew(struct app *app);
void rows_renew_from(struct app *app, uint64_t first); /* only these */

#endif
