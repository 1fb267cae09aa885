/*
 * A save writes a new database beside the old file, flushes it to disk and renames it over the old one: a killed
 * program or a full disk leaves the old file whole. Changing rows in place was rejected: what follows from counts
 * changes everywhere with one record more.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fail.h"
#include "base/pack.h"
#include "workspace/export.h"
#include "workspace/schema.h"
#include "workspace/workspace.h"

/* ---- what is read back ----------------------------------------------------------------------------------------- */

static int put_meta(const struct database *db, const char *key, struct lw_bytes value, struct lw_error *err)
{
    sqlite3_stmt *insert;
    int code = database_prepare(db, "INSERT INTO meta VALUES(?, ?)", &insert, err);

    if (code != 0)
        return code;
    sqlite3_bind_text(insert, 1, key, -1, SQLITE_STATIC);
    database_bind_bytes(insert, 2, value);
    code = database_insert(db, insert, err);
    sqlite3_finalize(insert);
    return code;
}

static struct lw_bytes text_bytes(const char *text)
{
    return (struct lw_bytes){text, strlen(text)};
}

static int put_plan(const struct database *db, const struct counts *counts, uint64_t sum, struct lw_error *err)
{
    struct buf totals = BUF_INIT, formats = BUF_INIT, anchors = BUF_INIT, folded = BUF_INIT, hex = BUF_INIT;
    const char *masks = user_masks_text(counts->sequences.masks);
    int code = 0;

    pack_u64(&totals, counts->records);
    pack_u64(&totals, counts->lines);
    pack_u64(&totals, counts->bytes);
    pack_i64(&totals, counts->first_us);
    pack_i64(&totals, counts->last_us);
    for (size_t i = 0; i < LW_LEVEL_COUNT; i++)
        pack_u64(&totals, counts->levels[i]);
    minutes_pack(&counts->minutes, &totals);
    for (uint32_t i = 0; i < counts->formats.count; i++)
        buf_printf(&formats, "%s%s", i > 0 ? "," : "", intern_get(&counts->formats, i).data);
    sequences_pack_anchors(&counts->sequences, &anchors);
    sum = schema_sum(sum, anchors.data, anchors.len);
    sum = schema_sum(sum, masks, strlen(masks));
    counts_pack_folded(counts, &folded);
    if (folded.len > 0)
        sum = schema_sum(sum, folded.data, folded.len);
    buf_printf(&hex, "%016llx", (unsigned long long)schema_sum(sum, totals.data, totals.len));
    if (buf_status(&totals) != 0 || buf_status(&formats) != 0 || buf_status(&anchors) != 0 ||
        buf_status(&folded) != 0 || buf_status(&hex) != 0)
        code = fail_memory(err, "saving the workspace");
    if (code == 0)
        code = put_meta(db, "trace_rule", text_bytes(counts->trace_rule), err);
    if (code == 0)
        code = put_meta(db, "trace_why", text_bytes(counts->trace_why), err);
    if (code == 0)
        code = put_meta(db, "formats", (struct lw_bytes){formats.data, formats.len}, err);
    if (code == 0)
        code = put_meta(db, "totals", (struct lw_bytes){totals.data, totals.len}, err);
    if (code == 0)
        code = put_meta(db, "anchors", (struct lw_bytes){anchors.data, anchors.len}, err);
    if (code == 0 && folded.len > 0)
        code = put_meta(db, "folded", (struct lw_bytes){folded.data, folded.len}, err);
    if (code == 0)
        code = put_meta(db, "masks", text_bytes(masks), err);
    if (code == 0)
        code = put_meta(db, "sum", (struct lw_bytes){hex.data, hex.len}, err);
    buf_release(&totals);
    buf_release(&anchors);
    buf_release(&folded);
    buf_release(&formats);
    buf_release(&hex);
    return code;
}

static int put_sequences(const struct database *db, const struct model *model, uint64_t *sum, struct lw_error *err)
{
    const struct counts *counts = model->counts;
    struct buf data = BUF_INIT;
    sqlite3_stmt *insert;
    int code = database_prepare(db, "INSERT INTO sequence VALUES(?, ?, ?, ?)", &insert, err);

    for (uint32_t i = 0; i < counts->sequences.keys.count && code == 0; i++) {
        buf_clear(&data);
        counts_pack_sequence(counts, i, &data);
        if (buf_status(&data) != 0) {
            code = fail_memory(err, "saving the workspace");
            break;
        }
        *sum = schema_sum(*sum, data.data, data.len);
        sqlite3_bind_int64(insert, 1, i);
        database_bind_template(insert, 2, model->templates.of_sequence[i]);
        database_bind_count(insert, 3, counts->sequences.stats[i].count);
        database_bind_blob(insert, 4, (struct lw_bytes){data.data, data.len});
        code = database_insert(db, insert, err);
    }
    sqlite3_finalize(insert);
    buf_release(&data);
    return code;
}

static int put_traces(const struct database *db, const struct counts *counts, uint64_t *sum, struct lw_error *err)
{
    struct buf data = BUF_INIT;
    sqlite3_stmt *insert;
    int code = database_prepare(db, "INSERT INTO packed_trace VALUES(?, ?)", &insert, err);

    for (uint32_t t = 0; t < counts->trace_names.count && code == 0; t++) {
        struct lw_bytes name = intern_get(&counts->trace_names, t);

        buf_clear(&data);
        counts_pack_trace(counts, t, &data);
        if (buf_status(&data) != 0) {
            code = fail_memory(err, "saving the workspace");
            break;
        }
        *sum = schema_sum(schema_sum(*sum, name.data, name.len), data.data, data.len);
        sqlite3_bind_int64(insert, 1, t);
        database_bind_blob(insert, 2, (struct lw_bytes){data.data, data.len});
        code = database_insert(db, insert, err);
    }
    sqlite3_finalize(insert);
    buf_release(&data);
    return code;
}

static int put_layouts(const struct database *db, const struct counts *counts, uint64_t *sum, struct lw_error *err)
{
    struct buf data = BUF_INIT;
    sqlite3_stmt *insert;
    int code = database_prepare(db, "INSERT INTO layout VALUES(0, ?)", &insert, err);

    layouts_pack(&counts->layouts, &data);
    if (code == 0 && buf_status(&data) != 0)
        code = fail_memory(err, "saving the workspace");
    if (code == 0) {
        *sum = schema_sum(*sum, data.data, data.len);
        database_bind_blob(insert, 1, (struct lw_bytes){data.data, data.len});
        code = database_insert(db, insert, err);
    }
    sqlite3_finalize(insert);
    buf_release(&data);
    return code;
}

static int put_edits(const struct database *db, const struct edits *edits, struct lw_error *err)
{
    struct buf json = BUF_INIT;
    sqlite3_stmt *insert;
    int code = database_prepare(db, "INSERT INTO edit VALUES(?, ?, ?, ?)", &insert, err);

    for (size_t i = 0; i < edits->n && code == 0; i++) {
        const struct edit *edit = &edits->items[i];

        buf_clear(&json);
        for (size_t a = 0; a < edit->n_args; a++) {
            buf_add_byte(&json, a == 0 ? '[' : ',');
            buf_add_json(&json, edit->args[a], strlen(edit->args[a]));
        }
        buf_add_text(&json, edit->n_args == 0 ? "[]" : "]");
        if (buf_status(&json) != 0) {
            code = fail_memory(err, "saving the workspace");
            break;
        }
        sqlite3_bind_int64(insert, 1, (sqlite3_int64)i);
        database_bind_bytes(insert, 2, text_bytes(edit->kind));
        database_bind_bytes(insert, 3, (struct lw_bytes){json.data, json.len});
        sqlite3_bind_int(insert, 4, edit->is_undone);
        code = database_insert(db, insert, err);
    }
    sqlite3_finalize(insert);
    buf_release(&json);
    return code;
}

/* ---- the file -------------------------------------------------------------------------------------------------- */

static int put_tables(const struct database *db, struct lw_error *err)
{
    char pragma[100];
    int code;

    sqlite3_snprintf(sizeof pragma, pragma, "PRAGMA application_id = %d; PRAGMA user_version = %d", SCHEMA_APPLICATION,
                     SCHEMA_VERSION);
    code = database_run(db, pragma, err);
    for (size_t i = 0; i < schema_n_tables && code == 0; i++)
        code = database_run(db, schema_tables[i].sql, err);
    return code;
}

static int put_all(const struct database *db, const struct lw_schema *schema, const struct lw_run *run,
                   struct lw_error *err)
{
    const struct model *model = workspace_model(schema->workspace);
    uint64_t sum = 0;
    int code = database_run(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN", err);

    if (code == 0)
        code = put_tables(db, err);
    if (code == 0)
        code = export_tables(db, schema, run, err);
    if (code == 0)
        code = put_sequences(db, model, &sum, err);
    if (code == 0)
        code = put_traces(db, model->counts, &sum, err);
    if (code == 0)
        code = put_layouts(db, model->counts, &sum, err);
    if (code == 0)
        code = put_plan(db, model->counts, sum, err);
    if (code == 0)
        code = put_edits(db, &schema->workspace->edits, err);
    return code == 0 ? database_run(db, "COMMIT", err) : code;
}

static int put_tables_alone(const struct database *db, const struct lw_schema *schema, const struct lw_run *run,
                            struct lw_error *err)
{
    int code = database_run(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN", err);

    if (code == 0)
        code = export_tables(db, schema, run, err);
    return code == 0 ? database_run(db, "COMMIT", err) : code;
}

typedef int put_function(const struct database *db, const struct lw_schema *schema, const struct lw_run *run,
                         struct lw_error *err);

static int write_database(const struct lw_schema *schema, put_function *put, const char *path, const char *shown_path,
                          const struct lw_run *run, struct lw_error *err)
{
    struct database db = {NULL, shown_path};
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int code;

    if (sqlite3_open_v2(path, &db.handle, flags, NULL) != SQLITE_OK)
        code = db.handle != NULL && sqlite3_system_errno(db.handle) != 0
                   ? fail_errno(err, sqlite3_system_errno(db.handle), shown_path, "saving there")
                   : database_fail(&db, err);
    else
        code = put(&db, schema, run, err);
    if (sqlite3_close(db.handle) != SQLITE_OK && code == 0)
        code = database_fail(&db, err);
    return code;
}

/* SQLite would not say why it cannot, and would follow a link that somebody put there. */
static int create(const char *path, const char *shown_path, struct lw_error *err)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

    if (fd < 0)
        return fail_errno(err, errno, shown_path, "saving there");
    close(fd);
    return 0;
}

static int flush(const char *path, const char *shown_path, struct lw_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int code = fd < 0 || fsync(fd) != 0 ? fail_errno(err, errno, shown_path, "flushing it to disk") : 0;

    if (fd >= 0)
        close(fd);
    return code;
}

/* A rename lasts once its folder is on disk; not every file system can say so, hence no error. */
static void flush_folder(char *path)
{
    int fd = open(dirname(path), O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

static bool is_database(const char *path)
{
    static const char magic[16] = "SQLite format 3";
    char head[sizeof magic];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is = fd >= 0 && read(fd, head, sizeof head) == sizeof head && memcmp(head, magic, sizeof head) == 0;

    if (fd >= 0)
        close(fd);
    return is;
}

/* Only a workspace, or whatever database where one is written, or an empty file may be replaced: a mistyped -o must not
 * cost anybody a log. */
static int check_target(const char *path, bool is_workspace, struct lw_error *err)
{
    const char *what = is_workspace ? "workspace" : "database";
    struct stat info;

    if (strcmp(path, "-") == 0)
        return fail(err, LW_ERR_USAGE, "a %s cannot be written to standard output; give the name of a file", what);
    if (stat(path, &info) != 0)
        return errno == ENOENT ? 0 : fail_errno(err, errno, path, "saving there");
    if (!S_ISREG(info.st_mode))
        return fail(err, LW_ERR_USAGE, "%s: it is not a file; a %s cannot be saved there", path, what);
    if (info.st_size > 0 && !(is_workspace ? lw_workspace_is_file(path) : is_database(path)))
        return fail(err, LW_ERR_USAGE, "%s: it exists and is no %s, so it is left as it is; give another name", path,
                    what);
    return 0;
}

/* What a killed SQLite left beside the old file belongs to that file alone. */
static void remove_journals(const char *path, char *scratch, size_t size)
{
    static const char *const suffixes[] = {"-journal", "-wal", "-shm"};

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        sqlite3_snprintf((int)size, scratch, "%s%s", path, suffixes[i]);
        unlink(scratch);
    }
}

static int save(const struct lw_schema *schema, put_function *put, const char *path, const struct lw_run *run,
                struct lw_error *err)
{
    char *target = realpath(path, NULL); /* through links, so that a link stays one */
    char *temporary;
    size_t size;
    int code = check_target(path, put == put_all, err);

    if (target == NULL)
        target = alloc_text(path, strlen(path));
    size = (target == NULL ? 0 : strlen(target)) + 40;
    temporary = alloc_array(size, 1);
    if (code == 0 && (target == NULL || temporary == NULL))
        code = fail_memory(err, "saving the workspace");
    if (code == 0) {
        sqlite3_snprintf((int)size, temporary, "%s.%ld.tmp", target, (long)getpid());
        code = create(temporary, path, err);
        if (code == 0)
            code = write_database(schema, put, temporary, path, run, err);
        if (code == 0)
            code = flush(temporary, path, err);
        if (code == 0) {
            if (rename(temporary, target) != 0)
                code = fail_errno(err, errno, path, "saving there");
        }
        if (code != 0)
            unlink(temporary);
        else
            remove_journals(target, temporary, size);
        if (code == 0)
            flush_folder(target);
    }
    free(target);
    free(temporary);
    return code;
}

int lw_schema_save(const struct lw_schema *schema, const char *path, const struct lw_run *run, struct lw_error *err)
{
    int code = export_check(schema, err);

    return code == 0 ? save(schema, put_all, path, run, err) : code;
}

int lw_schema_write_sqlite(const struct lw_schema *schema, const char *path, const struct lw_run *run,
                           struct lw_error *err)
{
    return save(schema, put_tables_alone, path, run, err);
}

int lw_workspace_save(const struct lw_workspace *workspace, const char *path, struct lw_error *err)
{
    struct lw_schema *schema;
    int code = lw_schema_new((struct lw_workspace *)workspace, NULL, NULL, NULL, &schema, err);

    if (code != 0)
        return code;
    code = lw_schema_save(schema, path, NULL, err);
    lw_schema_free(schema);
    return code;
}
