/*
 * A folder of CSV files after RFC 4180: a header line, CR LF line ends, a NULL as nothing and an empty text as "". It
 * is filled beside its place and renamed, so it appears whole. Bytes of the log stand as they are.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/executor.h"
#include "base/fail.h"
#include "workspace/relation_rows.h"

#define WHAT "writing CSV"

static void add_value(struct buf *line, const struct lw_sql_value *value)
{
    switch (value->kind) {
    case LW_SQL_INTEGER:
        buf_printf(line, "%lld", (long long)value->integer);
        break;
    case LW_SQL_REAL:
        buf_printf(line, "%.17g", value->real);
        break;
    case LW_SQL_TEXT:
    case LW_SQL_BLOB:
        if (value->bytes.len == 0)
            buf_add_text(line, "\"\"");
        else
            buf_add_csv(line, value->bytes.data, value->bytes.len);
        break;
    default:
        break;
    }
}

/* Writes what is in the buffer and empties it. */
static int flush_lines(struct buf *lines, FILE *file, const char *path, struct lw_error *err)
{
    if (buf_status(lines) != 0)
        return fail_memory(err, WHAT);
    if (fwrite(lines->data == NULL ? "" : lines->data, 1, lines->len, file) != lines->len)
        return fail_errno(err, errno, path, WHAT);
    buf_clear(lines);
    return 0;
}

static int write_lines(struct row_cursor *cursor, size_t relation, FILE *file, const char *path,
                       const struct lw_run *run, struct lw_error *err)
{
    const struct relation *r = &cursor->schema->relations[relation];
    struct lw_sql_value *values = alloc_array(r->n_columns, sizeof *values);
    struct buf lines = BUF_INIT;
    uint64_t n = 0;
    int code = values == NULL ? fail_memory(err, WHAT) : relation_prepare(cursor->schema, relation, run, err);

    if (code == 0)
        code = relation_count(cursor->schema, relation, &n, err);
    for (size_t i = 0; i < r->n_columns; i++)
        buf_printf(&lines, "%s%s", i > 0 ? "," : "", r->columns[i].name);
    buf_add_text(&lines, "\r\n");
    for (uint64_t row = 0; row < n && code == 0; row++) {
        if (row % 4096 == 0) {
            run_progress(run, r->kind == RELATION_TYPED ? "writing typed tables" : r->help, row, n);
            code = run_check(run, err);
        }
        if (code == 0)
            code = row_cursor_get(cursor, relation, row, values, err);
        for (size_t i = 0; i < r->n_columns && code == 0; i++) {
            if (i > 0)
                buf_add_byte(&lines, ',');
            add_value(&lines, &values[i]);
        }
        buf_add_text(&lines, "\r\n");
        if (code == 0 && lines.len > 1 << 16)
            code = flush_lines(&lines, file, path, err);
    }
    if (code == 0)
        code = flush_lines(&lines, file, path, err);
    buf_release(&lines);
    free(values);
    return code;
}

static FILE *create(const char *folder, const char *name, const char *suffix, struct buf *path)
{
    buf_clear(path);
    buf_printf(path, "%s/%s%s", folder, name, suffix);
    return buf_status(path) == 0 ? fopen(path->data, "wbx") : NULL;
}

static int close_file(FILE *file, const char *path, int code, struct lw_error *err)
{
    if (fclose(file) != 0 && code == 0)
        code = fail_errno(err, errno, path, WHAT);
    return code;
}

static int write_table(struct row_cursor *cursor, size_t relation, const char *folder, const struct lw_run *run,
                       struct lw_error *err)
{
    struct buf path = BUF_INIT;
    FILE *file = create(folder, cursor->schema->relations[relation].name, ".csv", &path);
    int code = file != NULL             ? write_lines(cursor, relation, file, path.data, run, err)
               : buf_status(&path) != 0 ? fail_memory(err, WHAT)
                                        : fail_errno(err, errno, path.data, WHAT);

    if (file != NULL)
        code = close_file(file, path.data, code, err);
    buf_release(&path);
    return code;
}

static int write_statements(const struct lw_schema *schema, const char *folder, struct lw_error *err)
{
    struct buf path = BUF_INIT;
    size_t len = 0;
    char *text = NULL;
    FILE *file = NULL;
    int code = lw_schema_print(schema, LW_SCHEMA_DDL, &text, &len, err);

    if (code == 0) {
        file = create(folder, "schema", ".sql", &path);
        code = file == NULL ? fail_errno(err, errno, folder, WHAT) : 0;
    }
    if (code == 0 && fwrite(text, 1, len, file) != len)
        code = fail_errno(err, errno, path.data, WHAT);
    if (file != NULL)
        code = close_file(file, path.data, code, err);
    buf_release(&path);
    lw_free(text);
    return code;
}

/* Removes a folder that was begun, with the files that may be in it. */
static void remove_folder(const struct lw_schema *schema, const char *folder)
{
    struct buf path = BUF_INIT;

    for (size_t i = 0; i <= schema->n_tables; i++) {
        buf_clear(&path);
        buf_printf(&path, "%s/%s%s", folder, i < schema->n_tables ? schema->relations[i].name : "schema",
                   i < schema->n_tables ? ".csv" : ".sql");
        if (buf_status(&path) == 0)
            unlink(path.data);
    }
    buf_release(&path);
    rmdir(folder);
}

static int fill_folder(const struct lw_schema *schema, const char *folder, const struct lw_run *run,
                       struct lw_error *err)
{
    struct row_cursor cursor;
    int code = write_statements(schema, folder, err);

    row_cursor_init(&cursor, schema);
    for (size_t i = 0; i < schema->n_tables && code == 0; i++)
        if (lw_schema_has_rows(schema) || !schema->relations[i].needs_records)
            code = write_table(&cursor, i, folder, run, err);
    row_cursor_release(&cursor);
    return code;
}

int lw_schema_write_csv(const struct lw_schema *schema, const char *folder, const struct lw_run *run,
                        struct lw_error *err)
{
    size_t len = strlen(folder), size = len + 40;
    char *temporary = alloc_array(size, 1);
    int code;

    if (temporary == NULL)
        return fail_memory(err, WHAT);
    while (len > 1 && folder[len - 1] == '/')
        len--;
    snprintf(temporary, size, "%.*s.%ld.tmp", (int)len, folder, (long)getpid());
    code = mkdir(temporary, 0777) == 0 ? 0 : fail_errno(err, errno, folder, WHAT);
    if (code == 0) {
        code = fill_folder(schema, temporary, run, err);
        if (code == 0 && rename(temporary, folder) != 0)
            code =
                errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR
                    ? fail(err, LW_ERR_USAGE, "%s: it is there already; give the name of a new or empty folder", folder)
                    : fail_errno(err, errno, folder, WHAT);
        if (code != 0)
            remove_folder(schema, temporary);
    }
    free(temporary);
    return code;
}
