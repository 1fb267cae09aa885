/*
 * A workspace file may come from anywhere. Nothing in it is trusted: the tables read must have been made by the very
 * statements of schema.c (so none is a view or a virtual table with a will of its own), every packed value is read with
 * its bounds checked, numbers of rows must run 0, 1, 2 ..., and a sum over all of it must agree.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/executor.h"
#include "base/fail.h"
#include "base/pack.h"
#include "workspace/relational.h"
#include "workspace/schema.h"
#include "workspace/row_file.h"

#define HEADER_SIZE 100

static uint32_t big_endian(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

bool lw_workspace_is_file(const char *path)
{
    unsigned char header[HEADER_SIZE];
    struct stat info;
    FILE *file = stat(path, &info) == 0 && S_ISREG(info.st_mode) ? fopen(path, "rb") : NULL;
    bool is_ours = file != NULL && fread(header, 1, sizeof header, file) == sizeof header &&
                   memcmp(header, "SQLite format 3", 16) == 0 && big_endian(header + 68) == SCHEMA_APPLICATION;

    if (file != NULL)
        fclose(file);
    return is_ours;
}

static int fail_damaged(const struct database *db, const char *what, struct lw_error *err)
{
    return fail(err, LW_ERR_WORKSPACE, "%s: the workspace is damaged (%s); learn it again from its logs", db->path,
                what);
}

/* What reading and rebuilding say of content becomes damage of this file; all else stays what it is. */
static int as_damage(const struct database *db, int code, struct lw_error *err)
{
    struct lw_error reason = {LW_OK, ""};

    if (code != LW_ERR_INPUT && code != LW_ERR_NOT_FOUND && code != LW_ERR_USAGE)
        return code;
    if (err != NULL)
        reason = *err;
    return fail_damaged(db, reason.text, err);
}

static int open_database(const char *path, struct database *db, struct lw_error *err)
{
    struct stat info;

    if (stat(path, &info) != 0)
        return fail_errno(err, errno, path, "opening the workspace");
    if (!S_ISREG(info.st_mode))
        return fail(err, LW_ERR_WORKSPACE, "%s: it is not a file", path);
    if (!lw_workspace_is_file(path)) {
        FILE *file = fopen(path, "rb");

        if (file == NULL)
            return fail_errno(err, errno, path, "opening the workspace");
        fclose(file);
        return fail(err, LW_ERR_WORKSPACE, "%s: it is not a Logwright workspace; `learn -o` makes one from logs", path);
    }
    if (sqlite3_open_v2(path, &db->handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_PRIVATECACHE,
                        NULL) != SQLITE_OK)
        return database_fail(db, err);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
    sqlite3_busy_timeout(db->handle, 2000);
    return database_run(db, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; BEGIN",
                        err);
}

static int check_version(const struct database *db, struct lw_error *err)
{
    sqlite3_stmt *query;
    bool has_row;
    int version, code = database_prepare(db, "PRAGMA user_version", &query, err);

    if (code == 0)
        code = database_step(db, query, &has_row, err);
    version = code == 0 && has_row ? sqlite3_column_int(query, 0) : 0;
    sqlite3_finalize(query);
    if (code == 0 && version > SCHEMA_VERSION)
        return fail(err, LW_ERR_WORKSPACE,
                    "%s: a newer Logwright wrote it (file version %d, this one reads %d); update Logwright", db->path,
                    version, SCHEMA_VERSION);
    if (code == 0 && version > 0 && version < SCHEMA_VERSION)
        return fail(
            err, LW_ERR_WORKSPACE,
            "%s: an older Logwright wrote it (file version %d, this one reads %d); learn it again from its logs",
            db->path, version, SCHEMA_VERSION);
    if (code == 0 && version != SCHEMA_VERSION)
        return fail_damaged(db, "its version is none that there was", err);
    return code;
}

/* The file has the table of that name, and this very statement made it. */
static int check_table(const struct database *db, sqlite3_stmt *query, const char *name, const char *sql,
                       struct lw_error *err)
{
    bool has_row;
    int code;

    sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC);
    code = database_step(db, query, &has_row, err);
    if (code == 0 && (!has_row || database_bytes(query, 0).len != strlen(sql) ||
                      memcmp(database_bytes(query, 0).data, sql, strlen(sql)) != 0))
        code = fail_damaged(db, name, err);
    sqlite3_reset(query);
    return code;
}

/* What is read on opening and later. Without records `event` is a view, which is not read. */
static int check_schema(const struct database *db, struct lw_error *err)
{
    static const enum relation_kind read[] = {RELATION_TRACE, RELATION_RECORD, RELATION_SOURCE, RELATION_EVENT};
    struct lw_schema fixed = {.workspace = NULL};
    sqlite3_stmt *query = NULL;
    bool has_records = false;
    int code = relational_build(&fixed, err);

    if (code == 0)
        code = database_prepare(db, "SELECT 1 FROM sqlite_master WHERE name = 'record'", &query, err);
    if (code == 0)
        code = database_step(db, query, &has_records, err);
    sqlite3_finalize(query);
    query = NULL;
    if (code == 0)
        code = database_prepare(db, "SELECT sql FROM sqlite_master WHERE name = ?", &query, err);
    for (size_t i = 0; i < schema_n_tables && code == 0; i++)
        code = check_table(db, query, schema_tables[i].name, schema_tables[i].sql, err);
    for (size_t i = 0; i < sizeof read / sizeof read[0] && code == 0; i++)
        if (i == 0 || has_records)
            code = check_table(db, query, fixed.relations[read[i]].name, fixed.relations[read[i]].sql, err);
    sqlite3_finalize(query);
    relational_release(&fixed);
    return code;
}

/* ---- meta ------------------------------------------------------------------------------------------------------ */

struct plan {
    struct buf trace_rule, trace_why, formats, totals, anchors, masks, folded, sum; /* folded: empty if not there */
};

static void plan_release(struct plan *plan)
{
    buf_release(&plan->trace_rule);
    buf_release(&plan->trace_why);
    buf_release(&plan->formats);
    buf_release(&plan->totals);
    buf_release(&plan->anchors);
    buf_release(&plan->masks);
    buf_release(&plan->folded);
    buf_release(&plan->sum);
}

static int get_meta(const struct database *db, const char *key, bool is_needed, struct buf *out, struct lw_error *err)
{
    sqlite3_stmt *query;
    bool has_row;
    int code = database_prepare(db, "SELECT value FROM meta WHERE key = ?", &query, err);

    if (code == 0) {
        sqlite3_bind_text(query, 1, key, -1, SQLITE_STATIC);
        code = database_step(db, query, &has_row, err);
    }
    if (code == 0 && !has_row && is_needed)
        code = fail_damaged(db, key, err);
    if (code == 0 && has_row) {
        struct lw_bytes value = database_bytes(query, 0);

        buf_add(out, value.data, value.len);
        buf_add_byte(out, '\0'); /* texts end in it; what is packed does not mind */
        code = buf_status(out) == 0 ? 0 : fail_memory(err, "opening the workspace");
    }
    sqlite3_finalize(query);
    return code;
}

static int get_plan(const struct database *db, struct plan *plan, struct lw_error *err)
{
    int code = get_meta(db, "trace_rule", true, &plan->trace_rule, err);

    if (code == 0)
        code = get_meta(db, "trace_why", true, &plan->trace_why, err);
    if (code == 0)
        code = get_meta(db, "formats", true, &plan->formats, err);
    if (code == 0)
        code = get_meta(db, "totals", true, &plan->totals, err);
    if (code == 0)
        code = get_meta(db, "anchors", true, &plan->anchors, err);
    if (code == 0)
        code = get_meta(db, "masks", true, &plan->masks, err);
    if (code == 0)
        code = get_meta(db, "folded", false, &plan->folded, err);
    if (code == 0)
        code = get_meta(db, "sum", true, &plan->sum, err);
    return code;
}

static int read_plan(const struct database *db, const struct plan *plan, struct counts *counts, struct lw_error *err)
{
    struct unpack in;
    const char *format = plan->formats.data;
    int code;

    unpack_init(&in, plan->totals.data, plan->totals.len - 1);
    counts->records = unpack_u64(&in);
    counts->lines = unpack_u64(&in);
    counts->bytes = unpack_u64(&in);
    counts->first_us = unpack_i64(&in);
    counts->last_us = unpack_i64(&in);
    for (size_t i = 0; i < LW_LEVEL_COUNT; i++)
        counts->levels[i] = unpack_u64(&in);
    code = as_damage(db, minutes_unpack(&counts->minutes, &in, err), err);
    if (code != 0)
        return code;
    if (in.has_failed || in.at != in.end)
        return fail_damaged(db, "totals", err);
    unpack_init(&in, plan->anchors.data, plan->anchors.len - 1);
    code = as_damage(db, sequences_unpack_anchors(&counts->sequences, &in, err), err);
    if (code == 0 && plan->folded.len > 1) {
        unpack_init(&in, plan->folded.data, plan->folded.len - 1);
        code = as_damage(db, counts_unpack_folded(counts, &in, err), err);
    }
    if (code != 0)
        return code;
    while (*format != '\0') {
        size_t len = strcspn(format, ",");
        uint32_t id;

        if (intern_add(&counts->formats, format, len, &id) != 0)
            return fail_memory(err, "opening the workspace");
        format += len + (format[len] == ',');
    }
    return 0;
}

/* ---- counts ---------------------------------------------------------------------------------------------------- */

static int get_sequences(const struct database *db, struct counts *counts, uint64_t *sum, struct lw_error *err)
{
    sqlite3_stmt *query;
    bool has_row = true;
    int code = database_prepare(db, "SELECT id, data FROM sequence ORDER BY id", &query, err);

    while (code == 0 && has_row) {
        struct lw_bytes data;
        struct unpack in;

        code = database_step(db, query, &has_row, err);
        if (code != 0 || !has_row)
            break;
        if (sqlite3_column_int64(query, 0) != (sqlite3_int64)counts->sequences.keys.count) {
            code = fail_damaged(db, "a sequence is missing", err);
            break;
        }
        data = database_bytes(query, 1);
        *sum = schema_sum(*sum, data.data, data.len);
        unpack_init(&in, data.data, data.len);
        code = as_damage(db, counts_unpack_sequence(counts, &in, err), err);
    }
    sqlite3_finalize(query);
    return code;
}

static int get_traces(const struct database *db, struct counts *counts, uint64_t *sum, struct lw_error *err)
{
    sqlite3_stmt *query;
    bool has_row = true;
    int code = database_prepare(db,
                                "SELECT trace.id, packed_trace.data, trace.name FROM trace JOIN packed_trace "
                                "ON packed_trace.id = trace.id ORDER BY trace.id",
                                &query, err);

    while (code == 0 && has_row) {
        struct lw_bytes name, data;
        struct unpack in;

        code = database_step(db, query, &has_row, err);
        if (code != 0 || !has_row)
            break;
        if (sqlite3_column_int64(query, 0) != (sqlite3_int64)counts->trace_names.count) {
            code = fail_damaged(db, "a trace is missing", err);
            break;
        }
        data = database_bytes(query, 1);
        name = database_bytes(query, 2);
        *sum = schema_sum(schema_sum(*sum, name.data, name.len), data.data, data.len);
        unpack_init(&in, data.data, data.len);
        code = as_damage(db, counts_unpack_trace(counts, name.data, name.len, &in, err), err);
    }
    sqlite3_finalize(query);
    return code;
}

static int get_layouts(const struct database *db, struct counts *counts, uint64_t *sum, struct lw_error *err)
{
    sqlite3_stmt *query;
    bool has_row;
    int code = database_prepare(db, "SELECT data FROM layout WHERE id = 0", &query, err);

    if (code == 0)
        code = database_step(db, query, &has_row, err);
    if (code == 0 && !has_row)
        code = fail_damaged(db, "layouts", err);
    if (code == 0) {
        struct lw_bytes data = database_bytes(query, 0);
        struct unpack in;

        *sum = schema_sum(*sum, data.data, data.len);
        unpack_init(&in, data.data, data.len);
        code = as_damage(db, layouts_unpack(&counts->layouts, &in, err), err);
        if (code == 0 && !layouts_fit(&counts->layouts, counts->sequences.keys.count))
            code = fail_damaged(db, "layouts", err);
    }
    sqlite3_finalize(query);
    return code;
}

static int get_counts(const struct database *db, const struct plan *plan, struct counts *counts, struct lw_error *err)
{
    uint64_t sum = 0;
    char hex[20];
    int code = get_sequences(db, counts, &sum, err);

    if (code == 0)
        code = get_traces(db, counts, &sum, err);
    if (code == 0)
        code = get_layouts(db, counts, &sum, err);
    if (code != 0)
        return code;
    sum = schema_sum(sum, plan->anchors.data, plan->anchors.len - 1);
    sum = schema_sum(sum, plan->masks.data, plan->masks.len - 1);
    if (plan->folded.len > 0)
        sum = schema_sum(sum, plan->folded.data, plan->folded.len - 1);
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)schema_sum(sum, plan->totals.data, plan->totals.len - 1));
    if (strcmp(hex, plan->sum.data) != 0)
        return fail_damaged(db, "what was learned is not what was saved", err);
    return read_plan(db, plan, counts, err);
}

/* ---- edits ----------------------------------------------------------------------------------------------------- */

/* Copies of the arguments of one edit; *n of them, at most EDIT_MAX_ARGS. */
static int get_arguments(const struct database *db, struct lw_bytes json, char **args, size_t *n, struct lw_error *err)
{
    sqlite3_stmt *query;
    bool has_row = true;
    int code = database_prepare(db, "SELECT value FROM json_each(?)", &query, err);

    *n = 0;
    if (code == 0)
        database_bind_bytes(query, 1, json);
    while (code == 0 && has_row) {
        code = database_step(db, query, &has_row, err);
        if (code != 0 || !has_row)
            break;
        if (*n == EDIT_MAX_ARGS) {
            code = fail_damaged(db, "an edit has too many arguments", err);
            break;
        }
        args[*n] = alloc_text(database_bytes(query, 0).data, database_bytes(query, 0).len);
        if (args[*n] == NULL)
            code = fail_memory(err, "opening the workspace");
        else
            ++*n;
    }
    sqlite3_finalize(query);
    return code;
}

static int add_edit(const struct database *db, sqlite3_stmt *query, struct edits *edits, struct lw_error *err)
{
    char *args[EDIT_MAX_ARGS], *kind = NULL;
    size_t n;
    struct lw_bytes text = database_bytes(query, 0);
    int code = get_arguments(db, database_bytes(query, 1), args, &n, err);

    if (code == 0) {
        kind = alloc_text(text.data, text.len);
        code = kind == NULL ? fail_memory(err, "opening the workspace") : 0;
    }
    if (code == 0)
        code = as_damage(db, edits_add(edits, kind, (const char *const *)args, n, err), err);
    free(kind);
    for (size_t i = 0; i < n; i++)
        free(args[i]);
    return code;
}

/* Adding an edit drops those undone before it, so all are added first and undone rows flipped in the end. */
static int get_edits(const struct database *db, struct edits *edits, struct lw_error *err)
{
    sqlite3_stmt *query;
    size_t n_undone = 0;
    bool has_row = true;
    int code = database_prepare(db, "SELECT kind, arguments, undone FROM edit ORDER BY id", &query, err);

    while (code == 0 && has_row) {
        code = database_step(db, query, &has_row, err);
        if (code != 0 || !has_row)
            break;
        n_undone += sqlite3_column_int(query, 2) != 0;
        code = add_edit(db, query, edits, err);
    }
    sqlite3_finalize(query);
    edits->n_former = edits->n;
    for (; n_undone > 0 && code == 0; n_undone--)
        code = edits_undo(edits, err);
    return code;
}

/* ---- the file -------------------------------------------------------------------------------------------------- */

static int read_database(const struct database *db, struct counts **counts, struct edits *edits, struct lw_error *err)
{
    struct plan plan = {BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT};
    int code = check_version(db, err);

    if (code == 0)
        code = check_schema(db, err);
    if (code == 0)
        code = get_plan(db, &plan, err);
    if (code == 0)
        code = counts_new(plan.trace_rule.data, plan.trace_why.data, counts, err);
    if (code == 0)
        code = as_damage(
            db, user_masks_new(plan.masks.data, plan.masks.len - 1, NULL, &(*counts)->sequences.masks, err), err);
    if (code == 0)
        code = get_counts(db, &plan, *counts, err);
    if (code == 0)
        code = get_edits(db, edits, err);
    plan_release(&plan);
    return code;
}

int lw_workspace_open(const char *path, const struct lw_run *run, struct lw_workspace **out, struct lw_error *err)
{
    struct database db = {NULL, path};
    struct edits edits = {NULL, 0, 0, 0};
    struct lw_workspace *workspace = NULL;
    struct counts *counts = NULL;
    int code;

    run_progress(run, "opening the workspace", 0, 0);
    code = open_database(path, &db, err);
    if (code == 0)
        code = read_database(&db, &counts, &edits, err);
    if (code == 0)
        code = as_damage(&db, workspace_build(counts, &edits, run, &workspace, err), err);
    else
        edits_release(&edits);
    if (code == 0) {
        code = row_file_take(&db, &workspace->rows, err);
        workspace->has_row_templates = true;
    }
    sqlite3_close(db.handle);
    if (code == 0)
        *out = workspace;
    else
        lw_workspace_free(workspace);
    counts_free(counts);
    return code;
}
