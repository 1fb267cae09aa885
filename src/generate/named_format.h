/*
 * Records in a format of the table of formats (log/format_table.h) other than the source's own, so that what is written
 * is read back by that format with the same time, level, component and message, as far as it has them.
 */
#ifndef LW_GENERATE_NAMED_FORMAT_H
#define LW_GENERATE_NAMED_FORMAT_H

#include "base/buf.h"
#include "input/timestamp.h"
#include "logwright.h"

struct named_row;
struct named_format {
    const struct named_row *row;
    struct timestamp_layout time; /* of row's example */
};
struct named_record {
    int64_t time_us;     /* or LW_NO_TIME: written as 1970 */
    enum lw_level level; /* LW_LEVEL_NONE, and what the format has no word for, becomes the nearest that it has */
    struct lw_bytes component, message, trace;
};

/* LW_ERR_NOT_FOUND: there is no such format; LW_ERR_USAGE: it cannot be written. */
int named_format_find(const char *name, struct named_format *out, struct lw_error *err);
/* Appends what stands before the first record, if anything does. */
void named_format_begin(const struct named_format *format, struct buf *out);
/* Appends the record with its line end. Characters that a component cannot have there become '_', and lines after the
 * first are joined by "\n", spelled out, where a record is one line. */
void named_format_add(const struct named_format *format, const struct named_record *record, struct buf *out);

size_t named_format_count(void);
/* What of a record the format at this index keeps as it is. */
struct named_keeps {
    const char *name;
    bool has_time, has_component, has_lines;
    unsigned levels;       /* bit for each enum lw_level that has a word of its own */
    const char *component; /* an example of one that it can have */
};
void named_format_keeps(size_t index, struct named_keeps *out);

#endif
