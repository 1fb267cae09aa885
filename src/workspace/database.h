/* A thin layer over SQLite: prepared statements with typed columns, and errors that name the file. */
#ifndef LW_WORKSPACE_DATABASE_H
#define LW_WORKSPACE_DATABASE_H

#include <sqlite3.h>

#include "logwright.h"

struct database {
    sqlite3 *handle;
    const char *path; /* for errors; borrowed */
};

/* Fills err from what SQLite says; returns the code: LW_ERR_WORKSPACE for content, LW_ERR_IO for the system. */
int database_fail(const struct database *db, struct lw_error *err);
int database_run(const struct database *db, const char *sql, struct lw_error *err);
int database_prepare(const struct database *db, const char *sql, sqlite3_stmt **out, struct lw_error *err);
/* *has_row: whether there is one. */
int database_step(const struct database *db, sqlite3_stmt *statement, bool *has_row, struct lw_error *err);
/* Runs a statement that gives no row and makes it ready to be bound again. */
int database_insert(const struct database *db, sqlite3_stmt *statement, struct lw_error *err);

/* Whether SQLite can take bytes as text: valid UTF-8 without a NUL. */
bool database_is_text(struct lw_bytes bytes);
/* Values by number from 1. Bytes are borrowed until the statement has run; as text where they are that, so that the
 * shell shows them, else as a blob. */
void database_bind_bytes(sqlite3_stmt *statement, int index, struct lw_bytes bytes);
void database_bind_blob(sqlite3_stmt *statement, int index, struct lw_bytes bytes);
void database_bind_count(sqlite3_stmt *statement, int index, uint64_t count); /* at most INT64_MAX is kept */
void database_bind_time(sqlite3_stmt *statement, int index, int64_t time_us); /* LW_NO_TIME: NULL */
void database_bind_template(sqlite3_stmt *statement, int index, uint32_t id); /* LW_TEMPLATE_UNKNOWN: NULL */
void database_bind_value(sqlite3_stmt *statement, int index, const struct lw_sql_value *value);
/* Bytes of a column from 0, whatever its type; borrowed until the next step. */
struct lw_bytes database_bytes(sqlite3_stmt *statement, int column);

#endif
