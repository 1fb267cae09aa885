/* Small CSV files (labels, splits) after RFC 4180, read whole: fields may be quoted, lines end in LF or CRLF. */
#ifndef LW_INPUT_CSV_H
#define LW_INPUT_CSV_H

#include "base/arena.h"
#include "logwright.h"

#define CSV_MAX_FIELDS 32

struct csv {
    struct arena arena;
    struct lw_bytes *fields; /* [n_rows * n_columns], the header first */
    size_t n_rows, n_columns, cap;
    uint64_t *lines; /* [n_rows] 1-based line each row starts on */
    size_t cap_lines;
};

/* Rows may be shorter than the header (filled with empty fields), not longer: LW_ERR_INPUT with file and line. */
int csv_read(const char *path, struct csv *out, struct lw_error *err);
void csv_release(struct csv *csv);
struct lw_bytes csv_get(const struct csv *csv, size_t row, size_t column);

#endif
