/*
 * A workspace file that somebody changed, with the sum over its content made right again: it is refused as damaged, or
 * it is sound enough to be used and saved. The input is a list of changes of five bytes each:
 * (what and how, row, offset, offset, value).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "tests/lib/small_log.h"
#include "workspace/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { CHANGE_SIZE = 5, MAX_CHANGES = 64 };

static const struct {
    const char *select, *update;
} places[] = {
    {"SELECT id, data FROM sequence LIMIT 1 OFFSET ? % (SELECT count(*) FROM sequence)",
     "UPDATE sequence SET data = ? WHERE id = ?"},
    {"SELECT id, data FROM packed_trace LIMIT 1 OFFSET ? % (SELECT count(*) FROM packed_trace)",
     "UPDATE packed_trace SET data = ? WHERE id = ?"},
    {"SELECT id, data FROM layout LIMIT 1 OFFSET 0 * ?", "UPDATE layout SET data = ? WHERE id = ?"},
    {"SELECT rowid, value FROM meta WHERE key = 'totals' AND ? >= 0", "UPDATE meta SET value = ? WHERE rowid = ?"},
    {"SELECT rowid, value FROM meta WHERE key = 'formats' AND ? >= 0", "UPDATE meta SET value = ? WHERE rowid = ?"},
    {"SELECT rowid, value FROM meta WHERE key = 'trace_rule' AND ? >= 0", "UPDATE meta SET value = ? WHERE rowid = ?"},
    {"SELECT id, arguments FROM edit LIMIT 1 OFFSET ? % (SELECT count(*) FROM edit)",
     "UPDATE edit SET arguments = ? WHERE id = ?"},
    {"SELECT id, name FROM trace LIMIT 1 OFFSET ? % (SELECT count(*) FROM trace)",
     "UPDATE trace SET name = ? WHERE id = ?"},
};

static void need(bool holds)
{
    if (!holds)
        abort();
}

static void remove_files(void)
{
    scratch_tear_down(NULL);
}

/* The bytes of a workspace with two edits, made once. */
static const struct buf *sound_file(void)
{
    static const char *const rename[] = {"E1", "first"}, *const merge[] = {"E2", "E3"};
    static struct buf file = BUF_INIT;
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_workspace *learned, *renamed, *merged;
    struct buf text = BUF_INIT;
    struct lw_log *log;
    char chunk[4096];
    if (file.len > 0)
        return &file;
    need(scratch_set_up(NULL) == 0);
    atexit(remove_files);
    small_write(&small_styles[0], 12, &text);
    need(small_open("app.log", &text, &log, NULL) == 0);
    options.trace = small_styles[0].rule;
    need(lw_workspace_learn(log, &options, NULL, &learned, NULL) == 0);
    need(lw_workspace_edit(learned, "rename", rename, 2, &renamed, NULL) == 0);
    need(lw_workspace_edit(renamed, "merge", merge, 2, &merged, NULL) == 0);
    need(lw_workspace_save(merged, scratch_path("sound.lw"), NULL) == 0);
    FILE *saved = fopen(scratch_path("sound.lw"), "rb");
    need(saved != NULL);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, saved)) > 0;)
        buf_add(&file, chunk, n);
    fclose(saved);
    need(buf_status(&file) == 0);
    lw_workspace_free(merged);
    lw_workspace_free(renamed);
    lw_workspace_free(learned);
    lw_log_free(log);
    buf_release(&text);
    return &file;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    need(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK);
    return statement;
}

/* Sets, inserts or leaves out a byte, or ends there. */
static void change_bytes(struct buf *bytes, unsigned how, size_t offset, uint8_t value)
{
    struct buf changed = BUF_INIT;
    size_t at = bytes->len > 0 ? offset % bytes->len : 0;
    buf_add(&changed, bytes->data, at);
    if (how != 2)
        buf_add_byte(&changed, (char)value);
    size_t from = how == 3 ? bytes->len : how == 1 ? at : at + 1;
    if (from < bytes->len)
        buf_add(&changed, bytes->data + from, bytes->len - from);
    buf_release(bytes);
    *bytes = changed;
}

static void apply(sqlite3 *db, const uint8_t change[CHANGE_SIZE])
{
    size_t place = change[0] & 7;
    struct buf bytes = BUF_INIT;
    sqlite3_stmt *query = prepare(db, places[place].select);
    sqlite3_bind_int(query, 1, change[1]);
    if (sqlite3_step(query) == SQLITE_ROW) {
        sqlite3_int64 id = sqlite3_column_int64(query, 0);
        bool is_text = sqlite3_column_type(query, 1) == SQLITE_TEXT;
        const void *data = sqlite3_column_blob(query, 1);
        buf_add(&bytes, data, (size_t)sqlite3_column_bytes(query, 1));
        change_bytes(&bytes, change[0] >> 3 & 3, (size_t)change[2] | (size_t)change[3] << 8, change[4]);
        sqlite3_stmt *update = prepare(db, places[place].update);
        if (is_text)
            sqlite3_bind_text(update, 1, bytes.data, (int)bytes.len, SQLITE_STATIC);
        else
            sqlite3_bind_blob(update, 1, bytes.len > 0 ? bytes.data : "", (int)bytes.len, SQLITE_STATIC);
        sqlite3_bind_int64(update, 2, id);
        sqlite3_step(update);
        sqlite3_finalize(update);
    }
    sqlite3_finalize(query);
    buf_release(&bytes);
}

static void make_sum_right(sqlite3 *db)
{
    static const char *const parts[] = {
        "SELECT data FROM sequence ORDER BY id", "SELECT name, data FROM trace JOIN packed_trace USING(id) ORDER BY id",
        "SELECT data FROM layout WHERE id = 0", "SELECT value FROM meta WHERE key = 'totals'"};
    uint64_t sum = 0;
    char hex[20];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        sqlite3_stmt *query = prepare(db, parts[i]);
        while (sqlite3_step(query) == SQLITE_ROW)
            for (int c = 0; c < sqlite3_column_count(query); c++) {
                const void *bytes = sqlite3_column_blob(query, c);
                sum = schema_sum(sum, bytes != NULL ? bytes : "", (size_t)sqlite3_column_bytes(query, c));
            }
        sqlite3_finalize(query);
    }
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)sum);
    sqlite3_stmt *update = prepare(db, "UPDATE meta SET value = ? WHERE key = 'sum'");
    sqlite3_bind_text(update, 1, hex, -1, SQLITE_STATIC);
    need(sqlite3_step(update) == SQLITE_DONE);
    sqlite3_finalize(update);
}

static void write_changed(const char *path, const uint8_t *data, size_t len)
{
    const struct buf *sound = sound_file();
    FILE *file = fopen(path, "wb");
    need(file != NULL && fwrite(sound->data, 1, sound->len, file) == sound->len && fclose(file) == 0);
    sqlite3 *db;
    need(sqlite3_open(path, &db) == SQLITE_OK);
    sqlite3_exec(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN", NULL, NULL, NULL);
    for (size_t i = 0; i + CHANGE_SIZE <= len && i < MAX_CHANGES * CHANGE_SIZE; i += CHANGE_SIZE)
        apply(db, data + i);
    make_sum_right(db);
    need(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
}

static void generate(const struct lw_workspace *workspace)
{
    struct lw_constraints *constraints;
    struct lw_synthetic *synthetic = NULL;
    struct lw_write_options options = LW_WRITE_OPTIONS_INIT;
    options.path = scratch_path("made");
    need(lw_constraints_new(&constraints, NULL) == 0);
    need(lw_constraints_set(constraints, "traces", 3, NULL) == 0);
    if (lw_generate(workspace, constraints, "machine", NULL, &synthetic, NULL) == 0)
        (void)lw_synthetic_write(synthetic, &options, NULL, NULL);
    lw_synthetic_free(synthetic);
    lw_constraints_free(constraints);
}

static void use(const struct lw_workspace *workspace)
{
    const struct lw_traces *traces = lw_workspace_traces(workspace);
    const struct lw_machine *machine = lw_workspace_machine(workspace);
    struct lw_result *result = NULL;
    for (size_t i = 0; i < lw_traces_count(traces); i++) {
        struct lw_trace trace;
        need(lw_traces_get(traces, i, &trace, NULL) == 0);
        for (size_t e = 0; e < trace.n_events; e++)
            need(lw_template_index(workspace, trace.templates[e]) >= 0);
        need(lw_machine_log2_probability(machine, trace.templates, trace.n_events) <= 0);
    }
    if (lw_detect(workspace, traces, "all", NULL, &result, NULL) == 0)
        lw_result_free(result);
    generate(workspace);
    need(lw_workspace_save(workspace, scratch_path("again.lw"), NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct lw_workspace *workspace = NULL;
    struct lw_error err;
    (void)sound_file();
    const char *path = scratch_path("changed.lw");
    write_changed(path, data, len);
    int code = lw_workspace_open(path, NULL, &workspace, &err);
    need(code == 0 || code == LW_ERR_WORKSPACE);
    if (code == 0)
        use(workspace);
    lw_workspace_free(workspace);
    return 0;
}
