/* Tables of a schema as SQLite sees them: virtual ones, which make rows when a statement asks for them. */
#ifndef LW_WORKSPACE_SQL_TABLE_H
#define LW_WORKSPACE_SQL_TABLE_H

#include <sqlite3.h>

#include "workspace/relational.h"

/* What the tables of one connection share; has to outlive it. */
struct sql_tables {
    const struct lw_schema *schema;
    struct sql_table { /* [schema->n_tables] */
        struct sql_tables *tables;
        size_t relation;
    } * items;
    const struct lw_run *run; /* of the statement at hand, may be NULL */
    bool is_connecting;       /* SQLite compiles the statement that declares a table, which it will not run */
    struct lw_error err;      /* why making a row failed last; LW_OK: nothing failed */
};

/* Makes all tables known to the connection. 0 or LW_ERR_MEMORY. */
int sql_tables_add(struct sql_tables *tables, sqlite3 *db, const struct lw_schema *schema);
void sql_tables_release(struct sql_tables *tables); /* when the connection is closed */

#endif
