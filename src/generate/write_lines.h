/* How one line of each kind is made; shared by write.c, which runs them, and the files of the kinds. */
#ifndef LW_GENERATE_WRITE_LINES_H
#define LW_GENERATE_WRITE_LINES_H

#include "generate/named_format.h"
#include "generate/write.h"
#include "learn/failures.h"

/* Between which pieces of a wording the parameters of its template stand. */
#define SLOT_MAPS 64
#define SLOTS_MAX 16
struct slot_map {
    bool is_known;
    uint32_t wording, id;
    uint8_t n, from[SLOTS_MAX], to[SLOTS_MAX]; /* first piece, and last */
};

/* What one thread makes lines with. */
struct line_scratch {
    struct render_scratch render;
    struct buf message; /* as it reads: without the escapes of JSON */
    struct template_match match;
    struct timestamp_memo json_time;
    struct slot_map maps[SLOT_MAPS]; /* by wording */
};

struct writing {
    const struct generated_log *log;
    /* Appends line `index` with its line end. */
    int (*line)(const struct writing *writing, size_t index, struct line_scratch *scratch, struct buf *out,
                struct lw_error *err);
    size_t n_lines;
    struct named_format named; /* of named_line */
    struct failures failures;  /* of json_line; templates NULL until it is asked for */
    struct timestamp_layout json_time;
    const char *unknown;   /* symbol that no template has */
    uint32_t *heights;     /* [n_lines] line ends in each, or NULL */
    size_t first_block;    /* of the batch */
    struct buf *blocks;    /* [BATCH] */
    struct lw_error *errs; /* [BATCH] */
};

/* Renders the record at a position in time. *event: its index. */
int write_render(const struct writing *writing, size_t index, struct line_scratch *scratch, size_t *event,
                 struct lw_error *err);
/* Its message, or a part of it, as it reads; borrowed from the scratch until the next call. */
struct lw_bytes write_message(const struct writing *writing, struct line_scratch *scratch);
struct lw_bytes write_unescaped(const struct writing *writing, struct lw_bytes text, struct buf *scratch);

/* Before the first write_json_line. */
void write_json_begin(struct writing *writing);
/* One JSON object: timestamp, service, level, error_type, message, context. */
int write_json_line(const struct writing *writing, size_t index, struct line_scratch *scratch, struct buf *out,
                    struct lw_error *err);

#endif
