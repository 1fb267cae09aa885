/*
 * Each table is an eponymous virtual table: known by its module's name, and connected only when a statement names it,
 * so that 100,000 typed tables cost a hash entry each. Rows lie in the order of the first column; equality and ranges
 * of it are found by bisection, which is what joins along foreign keys ask for. SQLite checks each condition once more,
 * so a bound may be too wide, never too narrow. A row is made when its first column beyond the key is read: counting
 * reads no text.
 */
#include "workspace/sql_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "workspace/relation_rows.h"

enum { BOUND_EQUAL = 1, BOUND_LOWER = 2, BOUND_UPPER = 4 };

struct table_link {
    sqlite3_vtab base;
    struct sql_table *table;
};

struct table_cursor {
    sqlite3_vtab_cursor base;
    struct row_cursor rows;
    uint64_t row, end;
    uint64_t made; /* the row in values, or UINT64_MAX */
    struct lw_sql_value *values;
};

static const struct relation *relation_of(const struct sql_table *table)
{
    return &table->tables->schema->relations[table->relation];
}

/* SQLite gets a code, who ran the statement the whole error. */
static int give_up(struct sql_table *table, const struct lw_error *err)
{
    table->tables->err = *err;
    return err->code == LW_ERR_MEMORY ? SQLITE_NOMEM : SQLITE_ERROR;
}

static int connect_table(sqlite3 *db, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **problem)
{
    struct sql_tables *tables = ((struct sql_table *)aux)->tables;
    const struct relation *relation = relation_of(aux);
    struct table_link *link = sqlite3_malloc(sizeof *link);
    struct buf sql = BUF_INIT;
    int code = SQLITE_NOMEM;

    (void)argc;
    (void)argv;
    (void)problem;
    buf_add_text(&sql, "CREATE TABLE x");
    for (size_t i = 0; i < relation->n_columns; i++) {
        buf_add_byte(&sql, i == 0 ? '(' : ',');
        relational_quote(&sql, relation->columns[i].name);
        buf_printf(&sql, " %s", relation->columns[i].type);
    }
    buf_add_byte(&sql, ')');
    tables->is_connecting = true;
    if (link != NULL && buf_status(&sql) == 0)
        code = sqlite3_declare_vtab(db, sql.data);
    tables->is_connecting = false;
    buf_release(&sql);
    if (code != SQLITE_OK) {
        sqlite3_free(link);
        return code;
    }
    *link = (struct table_link){.table = aux};
    *out = &link->base;
    return SQLITE_OK;
}

static int disconnect_table(sqlite3_vtab *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

/* ---- plans ----------------------------------------------------------------------------------------------------- */

/* The bound that a condition on the first column sets, or 0. */
static int bound_of(unsigned char op)
{
    switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
        return BOUND_EQUAL;
    case SQLITE_INDEX_CONSTRAINT_GT:
    case SQLITE_INDEX_CONSTRAINT_GE:
        return BOUND_LOWER;
    case SQLITE_INDEX_CONSTRAINT_LT:
    case SQLITE_INDEX_CONSTRAINT_LE:
        return BOUND_UPPER;
    default:
        return 0;
    }
}

/* Entities are found by a value alone. */
static bool can_use(const struct relation *relation, sqlite3_index_info *info, int at, int bound)
{
    const struct sqlite3_index_constraint *condition = &info->aConstraint[at];

    return condition->usable && condition->iColumn == 0 && bound_of(condition->op) == bound &&
           (relation->kind != RELATION_ENTITY ||
            (bound == BOUND_EQUAL && sqlite3_stricmp(sqlite3_vtab_collation(info, at), "BINARY") == 0));
}

/* Whether rows come in the order asked for as they lie. */
static bool is_ordered(const struct relation *relation, const sqlite3_index_info *info)
{
    for (int i = 0; i < info->nOrderBy; i++)
        if (info->aOrderBy[i].iColumn != i || info->aOrderBy[i].desc || !relation->columns[i].is_key)
            return false;
    return info->nOrderBy > 0 && relation->kind != RELATION_ENTITY;
}

/* Index of the first usable condition that sets the bound, or -1. */
static int find_condition(const struct relation *relation, sqlite3_index_info *info, int bound)
{
    for (int i = 0; i < info->nConstraint; i++)
        if (can_use(relation, info, i, bound))
            return i;
    return -1;
}

static int plan(sqlite3_vtab *base, sqlite3_index_info *info)
{
    static const int bounds[] = {BOUND_EQUAL, BOUND_LOWER, BOUND_UPPER};
    struct sql_table *table = ((struct table_link *)base)->table;
    const struct relation *relation = relation_of(table);
    bool is_unique = relation->n_columns < 2 || !relation->columns[1].is_key;
    uint64_t n;
    struct lw_error err;
    int n_args = 0;

    if (relation_count(table->tables->schema, table->relation, &n, &err) != 0)
        return give_up(table, &err);
    if (n == LW_ROWS_UNKNOWN) /* entities that were not looked for yet */
        n = table->tables->schema->rows->n_records / 8;
    for (size_t i = 0; i < 3 && !(info->idxNum & BOUND_EQUAL); i++) {
        int at = find_condition(relation, info, bounds[i]);

        if (at < 0)
            continue;
        info->aConstraintUsage[at].argvIndex = ++n_args;
        info->idxNum |= bounds[i];
    }
    if (info->idxNum & BOUND_EQUAL) {
        info->estimatedRows = is_unique ? 1 : 20;
        if (is_unique)
            info->idxFlags |= SQLITE_INDEX_SCAN_UNIQUE;
    } else {
        info->estimatedRows = (sqlite3_int64)(n >> 2 * n_args) + 1;
    }
    info->estimatedCost = 20 + (double)info->estimatedRows * (relation->needs_records ? 5 : 1);
    info->orderByConsumed = is_ordered(relation, info);
    return SQLITE_OK;
}

/* ---- cursors --------------------------------------------------------------------------------------------------- */

static int open_cursor(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    struct sql_table *table = ((struct table_link *)base)->table;
    struct table_cursor *cursor = alloc_zeroed(1, sizeof *cursor);

    if (cursor == NULL)
        return SQLITE_NOMEM;
    cursor->values = alloc_array(relation_of(table)->n_columns, sizeof *cursor->values);
    if (cursor->values == NULL) {
        free(cursor);
        return SQLITE_NOMEM;
    }
    row_cursor_init(&cursor->rows, table->tables->schema);
    *out = &cursor->base;
    return SQLITE_OK;
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
    struct table_cursor *cursor = (struct table_cursor *)base;

    row_cursor_release(&cursor->rows);
    free(cursor->values);
    free(cursor);
    return SQLITE_OK;
}

/* The first of the rows 0 .. n - 1 whose key is at least `key`; n if there is none. */
static uint64_t seek(const struct sql_table *table, uint64_t n, int64_t key)
{
    uint64_t low = 0, high = n;

    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (relation_key(table->tables->schema, table->relation, middle) < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The integers that a value of a condition lies between; false if no key can meet the condition. */
static bool read_bound(sqlite3_value *value, int64_t *least, int64_t *most)
{
    double number;

    switch (sqlite3_value_numeric_type(value)) {
    case SQLITE_INTEGER:
        *least = *most = sqlite3_value_int64(value);
        return true;
    case SQLITE_FLOAT:
        number = sqlite3_value_double(value);
        *least = number < -9e18 ? INT64_MIN : number > 9e18 ? INT64_MAX : (int64_t)floor(number);
        *most = number < -9e18 ? INT64_MIN : number > 9e18 ? INT64_MAX : (int64_t)ceil(number);
        return true;
    case SQLITE_NULL:
        return false;
    default:
        *least = INT64_MIN;
        *most = INT64_MAX;
        return true;
    }
}

/* Leaves of the rows 0 .. end - 1 the one that has the value, if any. */
static void find_value(const struct sql_table *table, sqlite3_value *value, struct table_cursor *cursor)
{
    const void *data = sqlite3_value_type(value) == SQLITE_BLOB ? sqlite3_value_blob(value) : sqlite3_value_text(value);
    uint64_t row = data == NULL || cursor->end == 0 ? UINT64_MAX
                                                    : relation_find_value(table->tables->schema, table->relation, data,
                                                                          (size_t)sqlite3_value_bytes(value));

    cursor->row = row == UINT64_MAX ? cursor->end : row;
    if (row != UINT64_MAX)
        cursor->end = row + 1;
}

static int filter(sqlite3_vtab_cursor *base, int bounds, const char *text, int argc, sqlite3_value **argv)
{
    struct table_cursor *cursor = (struct table_cursor *)base;
    struct sql_table *table = ((struct table_link *)base->pVtab)->table;
    uint64_t n;
    struct lw_error err;
    int64_t least, most;
    int at = 0;

    (void)text;
    (void)argc;
    if (relation_prepare(table->tables->schema, table->relation, table->tables->run, &err) != 0 ||
        relation_count(table->tables->schema, table->relation, &n, &err) != 0)
        return give_up(table, &err);
    cursor->row = 0;
    cursor->end = n;
    cursor->made = UINT64_MAX;
    if (bounds & BOUND_EQUAL && relation_of(table)->kind == RELATION_ENTITY) {
        find_value(table, argv[0], cursor);
        return SQLITE_OK;
    }
    if (bounds & (BOUND_EQUAL | BOUND_LOWER)) {
        if (!read_bound(argv[at++], &least, &most))
            cursor->end = 0;
        else
            cursor->row = seek(table, n, least);
        if (bounds & BOUND_EQUAL && cursor->end > 0 && most < INT64_MAX)
            cursor->end = seek(table, n, most + 1);
    }
    if (bounds & BOUND_UPPER) {
        if (!read_bound(argv[at++], &least, &most))
            cursor->end = 0;
        else if (cursor->end > 0 && most < INT64_MAX)
            cursor->end = seek(table, n, most + 1);
    }
    return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *base)
{
    ((struct table_cursor *)base)->row++;
    return SQLITE_OK;
}

static int is_at_end(sqlite3_vtab_cursor *base)
{
    const struct table_cursor *cursor = (const struct table_cursor *)base;

    return cursor->row >= cursor->end;
}

static int get_row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((const struct table_cursor *)base)->row;
    return SQLITE_OK;
}

static void give_value(sqlite3_context *context, const struct lw_sql_value *value)
{
    switch (value->kind) {
    case LW_SQL_INTEGER:
        sqlite3_result_int64(context, value->integer);
        break;
    case LW_SQL_REAL:
        sqlite3_result_double(context, value->real);
        break;
    case LW_SQL_TEXT:
        sqlite3_result_text64(context, value->bytes.data, value->bytes.len, SQLITE_TRANSIENT, SQLITE_UTF8);
        break;
    case LW_SQL_BLOB:
        sqlite3_result_blob64(context, value->bytes.data, value->bytes.len, SQLITE_TRANSIENT);
        break;
    default:
        sqlite3_result_null(context);
    }
}

static int get_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int column)
{
    struct table_cursor *cursor = (struct table_cursor *)base;
    struct sql_table *table = ((struct table_link *)base->pVtab)->table;
    struct lw_error err;

    if (column == 0 && relation_of(table)->kind != RELATION_ENTITY) {
        sqlite3_result_int64(context, relation_key(table->tables->schema, table->relation, cursor->row));
        return SQLITE_OK;
    }
    if (cursor->made != cursor->row) {
        cursor->made = UINT64_MAX;
        if (row_cursor_get(&cursor->rows, table->relation, cursor->row, cursor->values, &err) != 0)
            return give_up(table, &err);
        cursor->made = cursor->row;
    }
    give_value(context, &cursor->values[column]);
    return SQLITE_OK;
}

static const sqlite3_module module = {
    .iVersion = 0,
    .xConnect = connect_table,
    .xBestIndex = plan,
    .xDisconnect = disconnect_table,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next,
    .xEof = is_at_end,
    .xColumn = get_column,
    .xRowid = get_row_id,
};

int sql_tables_add(struct sql_tables *tables, sqlite3 *db, const struct lw_schema *schema)
{
    tables->schema = schema;
    tables->items = alloc_array(schema->n_tables, sizeof *tables->items);
    if (tables->items == NULL)
        return LW_ERR_MEMORY;
    for (size_t i = 0; i < schema->n_tables; i++) {
        tables->items[i] = (struct sql_table){tables, i};
        if (sqlite3_create_module(db, schema->relations[i].name, &module, &tables->items[i]) != SQLITE_OK)
            return LW_ERR_MEMORY;
    }
    return 0;
}

void sql_tables_release(struct sql_tables *tables)
{
    free(tables->items);
}
