#include "workspace/row_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fail.h"

static int count(const struct database *db, const char *sql, uint64_t *out, struct lw_error *err)
{
    sqlite3_stmt *query;
    bool has_row = false;
    int code = database_prepare(db, sql, &query, err);

    if (code == 0)
        code = database_step(db, query, &has_row, err);
    *out = code == 0 && has_row ? (uint64_t)sqlite3_column_int64(query, 0) : 0;
    sqlite3_finalize(query);
    return code;
}

/* Files without rows have no such table. */
static int has_records(const struct database *db, bool *out, struct lw_error *err)
{
    uint64_t n;
    int code = count(db, "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'record'", &n, err);

    *out = code == 0 && n > 0;
    return code;
}

int row_file_take(struct database *db, struct row_file **out, struct lw_error *err)
{
    struct row_file *file;
    bool has_rows;
    int code = has_records(db, &has_rows, err);

    *out = NULL;
    if (code != 0 || !has_rows)
        return code;
    file = alloc_zeroed(1, sizeof *file);
    if (file == NULL)
        return fail_memory(err, "opening the workspace");
    atomic_init(&file->references, 1);
    code = count(db, "SELECT count(*) FROM record", &file->n_records, err);
    if (code == 0)
        code = count(db, "SELECT count(*) FROM source", &file->n_sources, err);
    if (code == 0)
        code = count(db, "SELECT count(*) FROM event", &file->n_events, err);
    if (code == 0) {
        file->db.path = alloc_text(db->path, strlen(db->path));
        code = file->db.path == NULL ? fail_memory(err, "opening the workspace") : 0;
    }
    if (code != 0) {
        row_file_free(file);
        return code;
    }
    file->db.handle = db->handle;
    db->handle = NULL;
    *out = file;
    return 0;
}

struct row_file *row_file_retain(struct row_file *file)
{
    if (file != NULL)
        atomic_fetch_add(&file->references, 1);
    return file;
}

void row_file_free(struct row_file *file)
{
    if (file == NULL || atomic_fetch_sub(&file->references, 1) != 1)
        return;
    sqlite3_close(file->db.handle);
    free((char *)file->db.path);
    free(file);
}

int row_file_column(const struct row_file *file, const char *sql, size_t n, uint32_t none, uint32_t **out,
                    struct lw_error *err)
{
    uint32_t *values = alloc_array(n, sizeof *values);
    sqlite3_stmt *query = NULL;
    size_t at = 0;
    bool has_row = true;
    int code = values == NULL ? fail_memory(err, "reading rows of the workspace")
                              : database_prepare(&file->db, sql, &query, err);

    while (code == 0) {
        sqlite3_int64 value;

        code = database_step(&file->db, query, &has_row, err);
        if (code != 0 || !has_row)
            break;
        value = sqlite3_column_int64(query, 0);
        if (at == n)
            break;
        values[at++] = sqlite3_column_type(query, 0) != SQLITE_INTEGER || value < 0 || value >= UINT32_MAX
                           ? none
                           : (uint32_t)value;
    }
    sqlite3_finalize(query);
    if (code == 0 && (at < n || has_row))
        code = fail(err, LW_ERR_WORKSPACE, "%s: the workspace is damaged (its rows are not those of its traces)",
                    file->db.path);
    if (code != 0) {
        free(values);
        return code;
    }
    *out = values;
    return 0;
}
