/*
 * Tables of what is open, and pages of their rows, made by jobs. The tables belong to one session and are counted by
 * reference; a page is a stretch of the rows of a table, or what a statement gave.
 */
#ifndef LW_APP_TABLE_JOB_H
#define LW_APP_TABLE_JOB_H

#include "ui/app/app.h"
#include "ui/kit/text.h"

struct session_tables {
    atomic_int refs;
    struct session *session;
    struct lw_schema *schema;
    struct lw_table *tables; /* [n] */
    size_t n;
};
struct session_tables *session_tables_retain(struct session_tables *tables);
void session_tables_free(struct session_tables *tables);

enum { TABLE_PAGE = 200, TABLE_SQL_ROWS = 1000 };

struct table_page {
    size_t n_columns, n_rows;
    uint64_t from;  /* number of the first row */
    uint64_t found; /* the row that was looked for, else 0 */
    bool is_cut;    /* there are more rows, and this is all that is shown of them */
    char **names;   /* [n_columns] */
    struct table_cell {
        size_t start, len; /* in text */
        enum lw_sql_kind kind;
        int64_t integer;
    } * cells; /* [n_rows * n_columns] */
    struct text text;
};
void table_page_release(struct table_page *page);

/* Begins to lay out the tables of the session; they are given to tables_take. */
void tables_start(struct app *app);
/* Begins to read rows, which are given to tables_take_page with the same ticket. seek: NULL, or a statement whose one
 * number is the row that the page has to hold; sql: what gives the rows, to be bounded, if is_table, by LIMIT. */
void tables_start_page(struct app *app, struct session_tables *tables, const char *sql, bool is_table, uint64_t from,
                       const char *seek, uint64_t ticket);

/* Of the pane, panes/tables.c. */
/* Takes them; NULL: err says why there are none. */
void tables_take(struct app *app, struct session_tables *tables, const struct lw_error *err);
/* Takes what is in the page; NULL: err says why there is none. */
void tables_take_page(struct app *app, struct table_page *page, uint64_t ticket, const struct lw_error *err);
/* Starts what is missing of what is shown. */
void tables_fetch(struct app *app);
/* Shows what the statement gives. */
void tables_show_sql(struct app *app, const char *sql);
const char *tables_view(const struct app *app); /* "list" or "rows" */

#endif
