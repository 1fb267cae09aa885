#include "input/csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"

static int read_file(const char *path, struct buf *text, struct lw_error *err)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return fail_errno(err, errno, path, "cannot be opened");
    struct stat about;
    if (fstat(fileno(file), &about) == 0 && S_ISDIR(about.st_mode)) {
        fclose(file);
        return fail(err, LW_ERR_USAGE, "%s: is a folder; give a CSV file", path);
    }
    int status = 0;
    for (size_t got = 1; got > 0 && status == 0;) {
        status = buf_reserve(text, 1 << 16);
        got = status == 0 ? fread(text->data + text->len, 1, 1 << 16, file) : 0;
        text->len += got;
    }
    if (status != 0)
        fail_memory(err, "reading a CSV file");
    else if (ferror(file))
        status = fail_errno(err, errno, path, "cannot be read");
    fclose(file);
    return status;
}

struct cursor {
    const char *path, *at, *end;
    uint64_t line;
};

/* Cuts the field at the cursor and leaves it behind the field, on the separator. Quotes are undone in `field`. */
static int cut_field(struct cursor *in, struct buf *field, struct lw_error *err)
{
    buf_clear(field);
    if (in->at < in->end && *in->at == '"') {
        uint64_t opened = in->line;
        for (in->at++;; in->at++) {
            if (in->at == in->end)
                return fail(err, LW_ERR_INPUT, "%s:%llu: a quote that opens here is never closed; add the closing \"",
                            in->path, (unsigned long long)opened);
            if (*in->at == '"') {
                if (in->at + 1 == in->end || in->at[1] != '"')
                    break;
                in->at++;
            }
            in->line += *in->at == '\n';
            buf_add_byte(field, *in->at);
        }
        in->at++;
    }
    const char *from = in->at;
    while (in->at < in->end && *in->at != ',' && *in->at != '\n')
        in->at++;
    size_t len = (size_t)(in->at - from);
    if (len > 0 && from[len - 1] == '\r' && (in->at == in->end || *in->at == '\n'))
        len--;
    buf_add(field, from, len);
    return buf_status(field) != 0 ? fail_memory(err, "reading a CSV file") : 0;
}

static int add_row(struct csv *csv, struct cursor *in, struct buf *field, struct lw_error *err)
{
    struct lw_bytes row[CSV_MAX_FIELDS];
    size_t n = 0, limit = csv->n_rows == 0 ? CSV_MAX_FIELDS : csv->n_columns;
    uint64_t line = in->line;
    for (bool has_more = true; has_more;) {
        int status = cut_field(in, field, err);
        if (status != 0)
            return status;
        if (n == limit)
            return fail(err, LW_ERR_INPUT, "%s:%llu: more than %zu field%s; %s", in->path, (unsigned long long)line,
                        limit, limit == 1 ? "" : "s",
                        csv->n_rows == 0 ? "is this a CSV file?"
                                         : "the header has no more, quote fields that hold commas");
        char *copy = arena_copy(&csv->arena, field->data, field->len);
        if (copy == NULL)
            return fail_memory(err, "reading a CSV file");
        row[n++] = (struct lw_bytes){copy, field->len};
        has_more = in->at < in->end && *in->at == ',';
        in->at += has_more;
    }
    if (in->at < in->end) {
        in->at++;
        in->line++;
    }
    if (n == 1 && row[0].len == 0)
        return 0; /* an empty line */
    if (csv->n_rows == 0)
        csv->n_columns = n;
    while (n < csv->n_columns)
        row[n++] = (struct lw_bytes){"", 0};
    if (alloc_grow(&csv->fields, &csv->cap, (csv->n_rows + 1) * csv->n_columns, sizeof *csv->fields) != 0 ||
        alloc_grow(&csv->lines, &csv->cap_lines, csv->n_rows + 1, sizeof *csv->lines) != 0)
        return fail_memory(err, "reading a CSV file");
    memcpy(csv->fields + csv->n_rows * csv->n_columns, row, csv->n_columns * sizeof *row);
    csv->lines[csv->n_rows++] = line;
    return 0;
}

int csv_read(const char *path, struct csv *out, struct lw_error *err)
{
    *out = (struct csv){.arena = ARENA_INIT};
    struct buf text = BUF_INIT, field = BUF_INIT;
    int status = read_file(path, &text, err);
    struct cursor in = {path, text.data, text.data == NULL ? NULL : text.data + text.len, 1};
    if (text.len >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0)
        in.at += 3;
    while (status == 0 && in.at < in.end)
        status = add_row(out, &in, &field, err);
    if (status == 0 && out->n_rows == 0)
        status = fail(err, LW_ERR_INPUT, "%s: is empty; a header line is needed", path);
    buf_release(&text);
    buf_release(&field);
    if (status != 0)
        csv_release(out);
    return status;
}

void csv_release(struct csv *csv)
{
    arena_release(&csv->arena);
    free(csv->fields);
    free(csv->lines);
    *csv = (struct csv){.arena = ARENA_INIT};
}

struct lw_bytes csv_get(const struct csv *csv, size_t row, size_t column)
{
    return csv->fields[row * csv->n_columns + column];
}
