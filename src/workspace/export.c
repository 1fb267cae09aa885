/*
 * Rows go from a cursor straight into one prepared statement a table, parents before children, each table in the order
 * of its key, so that pages are filled from left to right. Foreign keys hold by how rows are made and are not checked
 * once more while they are written.
 */
#include "workspace/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/executor.h"
#include "base/fail.h"
#include "workspace/relation_rows.h"

#define BATCH 4096 /* rows between two looks at the run */

/* Without records, `event` says what the variants know. */
static const char event_view[] =
    "CREATE VIEW \"event\"(\"trace\", \"position\", \"template\", \"state\", \"record\", \"time_us\") AS\n"
    "  SELECT trace.id, json_each.key, json_each.value, NULL, NULL, NULL\n"
    "  FROM trace JOIN variant ON variant.id = trace.variant, json_each(variant.templates)";

static bool is_written(const struct lw_schema *schema, size_t relation)
{
    const struct relation *r = &schema->relations[relation];

    return lw_schema_has_rows(schema) || (!r->needs_records && r->kind != RELATION_EVENT);
}

static int prepare(const struct database *db, const struct relation *relation, sqlite3_stmt **out, struct lw_error *err)
{
    struct buf sql = BUF_INIT;
    int code;

    buf_add_text(&sql, "INSERT INTO ");
    relational_quote(&sql, relation->name);
    buf_add_text(&sql, " VALUES(");
    for (size_t i = 0; i < relation->n_columns; i++)
        buf_add_text(&sql, i == 0 ? "?" : ",?");
    buf_add_text(&sql, ")");
    code = buf_status(&sql) == 0 ? database_prepare(db, sql.data, out, err) : fail_memory(err, "writing tables");
    buf_release(&sql);
    return code;
}

static int write_rows(const struct database *db, sqlite3_stmt *insert, struct row_cursor *cursor, size_t relation,
                      const struct lw_run *run, struct lw_error *err)
{
    const struct relation *r = &cursor->schema->relations[relation];
    struct lw_sql_value *values = alloc_array(r->n_columns, sizeof *values);
    uint64_t n = 0;
    int code =
        values == NULL ? fail_memory(err, "writing tables") : relation_prepare(cursor->schema, relation, run, err);

    if (code == 0)
        code = relation_count(cursor->schema, relation, &n, err);

    for (uint64_t row = 0; row < n && code == 0; row++) {
        if (row % BATCH == 0) {
            run_progress(run, r->kind == RELATION_TYPED ? "writing typed tables" : r->help, row, n);
            code = run_check(run, err);
        }
        if (code == 0)
            code = row_cursor_get(cursor, relation, row, values, err);
        for (size_t i = 0; i < r->n_columns && code == 0; i++)
            database_bind_value(insert, (int)i + 1, &values[i]);
        if (code == 0)
            code = database_insert(db, insert, err);
    }
    free(values);
    return code;
}

static int write_table(const struct database *db, struct row_cursor *cursor, size_t relation, const struct lw_run *run,
                       struct lw_error *err)
{
    const struct relation *r = &cursor->schema->relations[relation];
    sqlite3_stmt *insert = NULL;
    int code = database_run(db, r->sql, err);

    if (code != 0 || r->kind == RELATION_VIEW)
        return code;
    code = prepare(db, r, &insert, err);
    if (code == 0)
        code = write_rows(db, insert, cursor, relation, run, err);
    sqlite3_finalize(insert);
    return code;
}

int export_tables(const struct database *db, const struct lw_schema *schema, const struct lw_run *run,
                  struct lw_error *err)
{
    struct row_cursor cursor;
    int code = lw_schema_has_rows(schema) ? 0 : database_run(db, event_view, err);

    row_cursor_init(&cursor, schema);
    for (size_t i = 0; i < schema->n && code == 0; i++)
        if (is_written(schema, i))
            code = write_table(db, &cursor, i, run, err);
    row_cursor_release(&cursor);
    return code;
}

/* Names and templates of all traces are the same. */
static bool are_same_traces(const struct trace_set *a, const struct trace_set *b)
{
    if (a == b)
        return true;
    if (a->n_traces != b->n_traces || a->n_events != b->n_events ||
        memcmp(a->first, b->first, (a->n_traces + 1) * sizeof *a->first) != 0 ||
        memcmp(a->templates, b->templates, a->n_events * sizeof *a->templates) != 0 ||
        memcmp(a->times_us, b->times_us, a->n_events * sizeof *a->times_us) != 0)
        return false;
    for (uint32_t t = 0; t < a->n_traces; t++) {
        struct lw_bytes x = intern_get(&a->names, t), y = intern_get(&b->names, t);

        if (x.len != y.len || memcmp(x.data, y.data, x.len) != 0)
            return false;
    }
    return true;
}

int export_check(const struct lw_schema *schema, struct lw_error *err)
{
    const struct counts *counts = workspace_model(schema->workspace)->counts;

    if (schema->log == NULL || (schema->rows->n_records == counts->records &&
                                are_same_traces(schema->traces->set, schema->workspace->traces->set)))
        return 0;
    return fail(err, LW_ERR_USAGE,
                "the workspace was not learned from this log (of %llu records, it knows %llu), so they cannot stand in "
                "one file; `learn --rows` learns the log, and `query` and `export --csv` take both",
                (unsigned long long)schema->rows->n_records, (unsigned long long)counts->records);
}
