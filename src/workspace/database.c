#include "workspace/database.h"

#include <string.h>
#include <utf8proc.h>

#include "base/fail.h"

int database_fail(const struct database *db, struct lw_error *err)
{
    int code = db->handle == NULL ? SQLITE_NOMEM : sqlite3_errcode(db->handle);
    const char *text = db->handle == NULL ? "out of memory" : sqlite3_errmsg(db->handle);

    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return fail_memory(err, "using the workspace file");
    case SQLITE_FULL:
        return fail(err, LW_ERR_IO, "%s: no space is left on the disk", db->path);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return fail(err, LW_ERR_IO, "%s: %s", db->path, text);
    default:
        return fail(err, LW_ERR_WORKSPACE, "%s: the workspace is damaged (%s); learn it again from its logs", db->path,
                    text);
    }
}

int database_run(const struct database *db, const char *sql, struct lw_error *err)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : database_fail(db, err);
}

int database_prepare(const struct database *db, const char *sql, sqlite3_stmt **out, struct lw_error *err)
{
    return sqlite3_prepare_v2(db->handle, sql, -1, out, NULL) == SQLITE_OK ? 0 : database_fail(db, err);
}

int database_step(const struct database *db, sqlite3_stmt *statement, bool *has_row, struct lw_error *err)
{
    int code = sqlite3_step(statement);

    *has_row = code == SQLITE_ROW;
    return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : database_fail(db, err);
}

int database_insert(const struct database *db, sqlite3_stmt *statement, struct lw_error *err)
{
    int code = sqlite3_step(statement) == SQLITE_DONE ? 0 : database_fail(db, err);

    sqlite3_reset(statement);
    return code;
}

bool database_is_text(struct lw_bytes bytes)
{
    size_t at = 0;

    while (at < bytes.len) {
        utf8proc_int32_t point;
        utf8proc_ssize_t n;

        if ((unsigned char)bytes.data[at] - 1u < 0x7f) { /* 1 .. 0x7f */
            at++;
            continue;
        }
        n = utf8proc_iterate((const utf8proc_uint8_t *)bytes.data + at, (utf8proc_ssize_t)(bytes.len - at), &point);
        if (n <= 0 || point == 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

void database_bind_bytes(sqlite3_stmt *statement, int index, struct lw_bytes bytes)
{
    if (database_is_text(bytes))
        sqlite3_bind_text64(statement, index, bytes.len == 0 ? "" : bytes.data, bytes.len, SQLITE_STATIC, SQLITE_UTF8);
    else
        database_bind_blob(statement, index, bytes);
}

void database_bind_blob(sqlite3_stmt *statement, int index, struct lw_bytes bytes)
{
    sqlite3_bind_blob64(statement, index, bytes.len == 0 ? "" : bytes.data, bytes.len, SQLITE_STATIC);
}

void database_bind_count(sqlite3_stmt *statement, int index, uint64_t count)
{
    sqlite3_bind_int64(statement, index, count > INT64_MAX ? INT64_MAX : (sqlite3_int64)count);
}

void database_bind_time(sqlite3_stmt *statement, int index, int64_t time_us)
{
    if (time_us == LW_NO_TIME)
        sqlite3_bind_null(statement, index);
    else
        sqlite3_bind_int64(statement, index, time_us);
}

void database_bind_template(sqlite3_stmt *statement, int index, uint32_t id)
{
    if (id == LW_TEMPLATE_UNKNOWN)
        sqlite3_bind_null(statement, index);
    else
        sqlite3_bind_int64(statement, index, id);
}

void database_bind_value(sqlite3_stmt *statement, int index, const struct lw_sql_value *value)
{
    switch (value->kind) {
    case LW_SQL_INTEGER:
        sqlite3_bind_int64(statement, index, value->integer);
        break;
    case LW_SQL_REAL:
        sqlite3_bind_double(statement, index, value->real);
        break;
    case LW_SQL_TEXT:
        sqlite3_bind_text64(statement, index, value->bytes.data, value->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case LW_SQL_BLOB:
        database_bind_blob(statement, index, value->bytes);
        break;
    default:
        sqlite3_bind_null(statement, index);
    }
}

struct lw_bytes database_bytes(sqlite3_stmt *statement, int column)
{
    struct lw_bytes bytes = {sqlite3_column_blob(statement, column), 0};
    int len = sqlite3_column_bytes(statement, column);

    if (bytes.data == NULL)
        bytes.data = "";
    else if (len > 0)
        bytes.len = (size_t)len;
    return bytes;
}
