/*
 * SQL over a schema. A connection of its own, to a database in memory that holds nothing but the views; its tables are
 * virtual (sql_table.h). What a statement may do is decided by the authorizer from what it is compiled into, not by its
 * text; how long it may take by the progress handler, which also looks for a cancelled run.
 *
 * Memory: SQLite's own heap limits are of the whole process and would fail other threads' work. Instead each value has
 * a limit, and sorting and temporary tables go to files that SQLite deletes, past a cache of fixed size.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/executor.h"
#include "base/fail.h"
#include "workspace/database.h"
#include "workspace/sql_format.h"
#include "workspace/sql_table.h"

#define MAX_VALUE_BYTES (16 << 20)
#define CACHE_KIB       65536
#define STEPS           100 /* of SQLite's machine between two looks at clock and run; one may make MAX_VALUE_BYTES */

struct lw_sql {
    sqlite3 *db;
    struct sql_tables tables;
    struct sql_format format;
    const char *refused; /* what a statement wanted that is not allowed; NULL: nothing */
    const struct lw_run *run;
    double deadline_s; /* of the monotonic clock; 0: none */
    bool is_late;
};

/* ---- what is allowed ------------------------------------------------------------------------------------------- */

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (name != NULL && sqlite3_stricmp(name, *names) == 0)
            return true;
    return false;
}

static int authorize(void *user, int action, const char *first, const char *second, const char *database,
                     const char *trigger)
{
    static const char *const functions[] = {"load_extension", "edit", "readfile", "writefile", "fts3_tokenizer", NULL};
    static const char *const pragmas[] = {"table_info", "table_xinfo", "function_list", NULL};
    struct lw_sql *sql = user;

    (void)database;
    (void)trigger;
    if (sql->tables.is_connecting)
        return SQLITE_OK;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        if (!is_one_of(second, functions))
            return SQLITE_OK;
        sql->refused = "it calls a function that reaches beyond the tables";
        return SQLITE_DENY;
    case SQLITE_PRAGMA:
        if (is_one_of(first, pragmas))
            return SQLITE_OK;
        sql->refused = "it reads or changes a setting";
        return SQLITE_DENY;
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
        sql->refused = "it attaches a database";
        return SQLITE_DENY;
    default:
        if (sql->refused == NULL)
            sql->refused = "it writes";
        return SQLITE_DENY;
    }
}

static int look_up(void *user)
{
    struct lw_sql *sql = user;

    if (sql->run != NULL && lw_cancel_is_requested(sql->run->cancel))
        return 1;
    sql->is_late = sql->deadline_s > 0 && clock_monotonic_s() > sql->deadline_s;
    return sql->is_late;
}

static void set_limits(sqlite3 *db)
{
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES);
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000);
    sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
}

/* ---- the connection -------------------------------------------------------------------------------------------- */

static int prepare_connection(struct lw_sql *sql, const struct lw_schema *schema, struct lw_error *err)
{
    struct database db = {sql->db, "SQL"};
    char cache[60];
    int code = sql_tables_add(&sql->tables, sql->db, schema);

    if (code != 0)
        return fail_memory(err, "opening the tables");
    sqlite3_snprintf(sizeof cache, cache, "PRAGMA temp_store = FILE; PRAGMA cache_size = -%d", CACHE_KIB);
    code = database_run(&db, cache, err);
    for (size_t i = schema->n_tables; i < schema->n && code == 0; i++)
        code = database_run(&db, schema->relations[i].sql, err);
    sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    set_limits(sql->db);
    if (code == 0 && sql_format_add(&sql->format, sql->db) != SQLITE_OK)
        code = fail_memory(err, "opening the tables");
    sqlite3_set_authorizer(sql->db, authorize, sql);
    sqlite3_progress_handler(sql->db, STEPS, look_up, sql);
    return code;
}

int lw_sql_open(const struct lw_schema *schema, struct lw_sql **out, struct lw_error *err)
{
    struct lw_sql *sql = alloc_zeroed(1, sizeof *sql);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int code;

    if (sql == NULL)
        return fail_memory(err, "opening the tables");
    if (sqlite3_open_v2(":memory:", &sql->db, flags, NULL) != SQLITE_OK)
        code = fail_memory(err, "opening the tables");
    else
        code = prepare_connection(sql, schema, err);
    if (code != 0) {
        lw_sql_close(sql);
        return code;
    }
    *out = sql;
    return 0;
}

void lw_sql_close(struct lw_sql *sql)
{
    if (sql == NULL)
        return;
    sqlite3_close(sql->db);
    sql_format_release(&sql->format);
    sql_tables_release(&sql->tables);
    free(sql);
}

/* ---- errors ---------------------------------------------------------------------------------------------------- */

/* The tables, as many as an error has room for. */
static void list_tables(const struct lw_schema *schema, char *out, size_t size)
{
    size_t at = 0, n_typed = 0;

    out[0] = '\0';
    for (size_t i = 0; i < schema->n; i++) {
        const struct relation *relation = &schema->relations[i];
        size_t len = strlen(relation->name) + 2;

        if (relation->kind == RELATION_TYPED)
            n_typed++;
        else if (at + len + 60 < size)
            at += (size_t)strlen(
                sqlite3_snprintf((int)(size - at), out + at, "%s%s", at > 0 ? ", " : "", relation->name));
    }
    if (n_typed > 0)
        sqlite3_snprintf((int)(size - at), out + at, " and %llu typed ones such as %s", (unsigned long long)n_typed,
                         schema->relations[schema->n_tables - n_typed].name);
}

/* ", at character N" where SQLite knows where the mistake is. */
static void tell_place(sqlite3 *db, const char *text, char *out, size_t size)
{
    int at = -1;

#if SQLITE_VERSION_NUMBER >= 3038000
    at = sqlite3_error_offset(db);
#else
    (void)db;
#endif
    out[0] = '\0';
    if (at >= 0 && (size_t)at <= strlen(text)) {
        size_t n = 1;

        for (int i = 0; i < at; i++)
            n += ((unsigned char)text[i] & 0xc0) != 0x80;
        sqlite3_snprintf((int)size, out, ", at character %llu", (unsigned long long)n);
    }
}

static int explain_mistake(const struct lw_sql *sql, const char *text, struct lw_error *err)
{
    char place[40], tables[330];
    const char *what = sqlite3_errmsg(sql->db);

    if (sql->refused != NULL || strstr(what, "may not be modified") != NULL)
        return fail(err, LW_ERR_USAGE, "the statement is refused: %s; only SELECT and what reads is run",
                    sql->refused != NULL ? sql->refused : "it writes");
    tell_place(sql->db, text, place, sizeof place);
    if (strncmp(what, "no such table", 13) == 0) {
        list_tables(sql->tables.schema, tables, sizeof tables);
        return fail(err, LW_ERR_USAGE, "%s%s; there are %s", what, place, tables);
    }
    if (strncmp(what, "no such column", 14) == 0)
        return fail(err, LW_ERR_USAGE, "%s%s; `schema` prints the columns of each table; text stands in single quotes",
                    what, place);
    return fail(err, LW_ERR_USAGE, "%s%s", what, place);
}

/* Why a step failed. */
static int explain_end(const struct lw_sql *sql, const char *text, double timeout_s, struct lw_error *err)
{
    switch (sqlite3_errcode(sql->db) & 0xff) {
    case SQLITE_INTERRUPT:
        return sql->is_late
                   ? fail(err, LW_ERR_LIMIT,
                          "the statement took more than %g s and was stopped; ask for less, or raise --timeout",
                          timeout_s)
                   : fail(err, LW_ERR_CANCELLED, "cancelled");
    case SQLITE_NOMEM:
        return fail_memory(err, "running SQL");
    case SQLITE_TOOBIG:
        return fail(err, LW_ERR_LIMIT, "a value has more than %d MB", MAX_VALUE_BYTES >> 20);
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return fail(err, LW_ERR_IO, "%s: the folder for temporary files (SQLITE_TMPDIR, TMPDIR) has no room",
                    sqlite3_errmsg(sql->db));
    default:
        return explain_mistake(sql, text, err);
    }
}

/* ---- running --------------------------------------------------------------------------------------------------- */

static int compile(struct lw_sql *sql, const char *text, sqlite3_stmt **out, struct lw_error *err)
{
    sqlite3_stmt *more = NULL;
    const char *tail;
    bool is_more;

    if (sqlite3_prepare_v2(sql->db, text, -1, out, &tail) != SQLITE_OK)
        return sql->tables.err.code != LW_OK ? fail(err, sql->tables.err.code, "%s", sql->tables.err.text)
                                             : explain_end(sql, text, 0, err);
    if (*out == NULL)
        return fail(err, LW_ERR_USAGE, "there is no statement; give one such as SELECT * FROM template");
    is_more = sqlite3_prepare_v2(sql->db, tail, -1, &more, NULL) != SQLITE_OK || more != NULL;
    sqlite3_finalize(more);
    if (is_more)
        return fail(err, LW_ERR_USAGE, "something stands behind the statement; one is run at a time");
    return sqlite3_stmt_readonly(*out) ? 0 : fail(err, LW_ERR_USAGE, "the statement is refused: it writes");
}

static void read_value(sqlite3_stmt *query, int column, struct lw_sql_value *out)
{
    static const enum lw_sql_kind kinds[] = {[SQLITE_INTEGER] = LW_SQL_INTEGER,
                                             [SQLITE_FLOAT] = LW_SQL_REAL,
                                             [SQLITE_TEXT] = LW_SQL_TEXT,
                                             [SQLITE_BLOB] = LW_SQL_BLOB,
                                             [SQLITE_NULL] = LW_SQL_NULL};

    *out = (struct lw_sql_value){.kind = kinds[sqlite3_column_type(query, column)], .bytes = {"", 0}};
    if (out->kind == LW_SQL_INTEGER)
        out->integer = sqlite3_column_int64(query, column);
    else if (out->kind == LW_SQL_REAL)
        out->real = sqlite3_column_double(query, column);
    else if (out->kind != LW_SQL_NULL)
        out->bytes = database_bytes(query, column);
}

static int show_columns(sqlite3_stmt *query, const struct lw_sql_visitor *visitor, size_t n, struct lw_error *err)
{
    const char **names = alloc_array(n, sizeof *names);
    int code = 0;

    if (names == NULL)
        return fail_memory(err, "running SQL");
    for (size_t i = 0; i < n; i++) {
        names[i] = sqlite3_column_name(query, (int)i);
        if (names[i] == NULL)
            names[i] = "";
    }
    if (visitor->columns != NULL)
        code = visitor->columns(visitor->user, names, n);
    free(names);
    return code;
}

static int show_rows(struct lw_sql *sql, const char *text, sqlite3_stmt *query, const struct lw_sql_options *options,
                     const struct lw_sql_visitor *visitor, struct lw_sql_total *total, struct lw_error *err)
{
    size_t n = (size_t)sqlite3_column_count(query);
    struct lw_sql_value *values = alloc_array(n, sizeof *values);
    int status, code = values == NULL ? fail_memory(err, "running SQL") : show_columns(query, visitor, n, err);

    while (code == 0 && (status = sqlite3_step(query)) != SQLITE_DONE) {
        if (status != SQLITE_ROW) {
            code = sql->tables.err.code != LW_OK ? fail(err, sql->tables.err.code, "%s", sql->tables.err.text)
                                                 : explain_end(sql, text, options->timeout_s, err);
            break;
        }
        if (options->max_rows != 0 && total->rows == options->max_rows) {
            total->is_cut = true;
            break;
        }
        for (size_t i = 0; i < n; i++)
            read_value(query, (int)i, &values[i]);
        code = visitor->row(visitor->user, values, n);
        total->rows += code == 0;
        if (total->rows % 1024 == 0 && code == 0)
            run_progress(sql->run, "running SQL", total->rows, 0);
    }
    free(values);
    return code;
}

int lw_sql_run(struct lw_sql *sql, const char *text, const struct lw_sql_options *options,
               const struct lw_sql_visitor *visitor, const struct lw_run *run, struct lw_sql_total *total,
               struct lw_error *err)
{
    static const struct lw_sql_options usual = LW_SQL_OPTIONS_INIT;
    struct lw_sql_total counted = {0, false};
    sqlite3_stmt *query = NULL;
    int code;

    if (options == NULL)
        options = &usual;
    if (options->version != LW_OPTIONS_VERSION)
        return fail(err, LW_ERR_USAGE, "lw_sql_options of version %u: this library takes %u", options->version,
                    LW_OPTIONS_VERSION);
    sql->refused = NULL;
    sql->tables.err = (struct lw_error){LW_OK, ""};
    sql->run = sql->tables.run = run;
    sql->is_late = false;
    sql->deadline_s = options->timeout_s > 0 ? clock_monotonic_s() + options->timeout_s : 0;
    run_progress(run, "running SQL", 0, 0);
    code = compile(sql, text, &query, err);
    if (code == 0)
        code = show_rows(sql, text, query, options, visitor, &counted, err);
    sqlite3_finalize(query);
    if (code == 0 && total != NULL)
        *total = counted;
    return code;
}
