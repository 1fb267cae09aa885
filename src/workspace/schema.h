/*
 * The tables of a workspace file, which is one SQLite database that people may query: `sqlite3 W.lw`.
 *
 * All that is learned is rebuilt on opening from what adds up, which the tables below hold, with the names of `trace`.
 * The tables of relational.h are there to be read and are written anew by each save. Files are replaced as a whole, so
 * a rollback journal is never needed and a write-ahead log would only be a second file to lose: the one of an old file,
 * left by a killed program, must not be applied to a new one.
 */
#ifndef LW_WORKSPACE_SCHEMA_H
#define LW_WORKSPACE_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#define SCHEMA_APPLICATION 0x4c6f6757 /* "LogW" */
#define SCHEMA_VERSION     4

struct schema_table {
    const char *name;
    const char *sql; /* the statement that makes it; a file that is opened must have the same */
};
extern const struct schema_table schema_tables[];
extern const size_t schema_n_tables;

/* Sum over what is read on opening, to tell damage from data: start from 0, add each row's bytes in order. */
uint64_t schema_sum(uint64_t sum, const void *data, size_t len);

#endif
