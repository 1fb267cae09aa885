/*
 * printf() and format() of SQLite's SQL, which pad as wide as they are asked to, byte by byte and without looking at
 * the clock, even where no value may be that long. These look at the widths first.
 */
#ifndef LW_WORKSPACE_SQL_FORMAT_H
#define LW_WORKSPACE_SQL_FORMAT_H

#include <sqlite3.h>

struct sql_format {      /* of one connection, and of one thread with it; starts from zeros */
    sqlite3 *plain;      /* where SQLite's own are */
    sqlite3_stmt *print; /* that calls it with as many arguments as the last time */
    int n;
};

/* Puts them in the place of SQLite's own on a connection that is closed before sql_format_release; widths that add up
 * to more than SQLITE_LIMIT_LENGTH are SQLITE_TOOBIG. Returns what SQLite does. */
int sql_format_add(struct sql_format *format, sqlite3 *db);
void sql_format_release(struct sql_format *format);

#endif
