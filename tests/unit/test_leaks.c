#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <json-c/json.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/intern.h"
#include "learn/identifiers.h"
#include "logwright.h"
#include "tests/lib/scratch.h"

#define N_TRACES 60
#define SHORT    300 /* texts that are looked for in the real log are cut to this */
#define LETTERS  4   /* texts with fewer tell nothing, see leaks.c */
#define DIGITS   9

struct source {
    struct lw_log *log;
    struct lw_workspace *workspace;
    struct buf text;           /* all of it */
    struct intern identifiers; /* all in it */
    const char *what;          /* is looked at */
};

/* ---- what the real log holds --------------------------------------------------------------------------------------
 */

struct gathering {
    struct intern *into;
    const char *text;
};

static int gather(void *user, const struct identifier_match *match)
{
    struct gathering *gathering = user;
    uint32_t id;
    /* What a word before it alone makes an identifier is for the scan of whole logs, which knows words of programs. */
    if (identifier_of(gathering->text + match->start, match->len) == IDENTIFIER_NONE)
        return 0;
    return intern_add(gathering->into, gathering->text + match->start, match->len, &id);
}

static bool source_open(struct source *source, const char *path, const char *rule)
{
    struct lw_open_options open_options = LW_OPEN_OPTIONS_INIT;
    struct lw_learn_options learn_options = LW_LEARN_OPTIONS_INIT;
    struct lw_reader *reader;
    struct lw_error err;
    *source = (struct source){.text = BUF_INIT, .identifiers = INTERN_INIT};
    if (access(path, R_OK) != 0) { /* not skip(): cmocka 1.1.5 writes that as a failure in TAP */
        print_message("# skipped: there is no %s\n", path);
        return false;
    }
    learn_options.trace = rule;
    if (lw_log_open(&path, 1, &open_options, NULL, &source->log, &err) != 0 ||
        lw_workspace_learn(source->log, &learn_options, NULL, &source->workspace, &err) != 0 ||
        lw_reader_new(source->log, &reader, &err) != 0)
        fail_msg("%s: %s", path, err.text);
    for (uint64_t i = 0; i < lw_log_count(source->log); i++) {
        struct lw_record record;
        assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
        struct gathering gathering = {&source->identifiers, record.raw.data};
        assert_int_equal(identifier_scan(record.raw.data, record.raw.len, gather, &gathering), 0);
        buf_add(&source->text, record.raw.data, record.raw.len);
        buf_add_byte(&source->text, '\n');
    }
    lw_reader_free(reader);
    return true;
}

static void source_close(struct source *source)
{
    lw_workspace_free(source->workspace);
    lw_log_free(source->log);
    buf_release(&source->text);
    intern_release(&source->identifiers);
}

/* ---- texts ---------------------------------------------------------------------------------------------------------
 */

struct looking {
    const struct source *source;
    const char *text;
};

static int look_at(void *user, const struct identifier_match *match)
{
    const struct looking *looking = user;
    const char *text = looking->text + match->start;
    if (intern_find(&looking->source->identifiers, text, match->len) != INTERN_NONE)
        fail_msg("%s hold the real %s %.*s", looking->source->what, identifier_name(match->kind), (int)match->len,
                 text);
    return 0;
}

static void expect_no_identifier(const struct source *source, const char *text, size_t len)
{
    struct looking looking = {source, text};
    assert_int_equal(identifier_scan(text, len, look_at, &looking), 0);
}

/* A text of letters enough stands nowhere in the real log, or five times at least. */
static void expect_frequent(const struct source *source, const char *text, size_t len)
{
    size_t letters = 0, digits = 0, n = 0;
    for (size_t i = 0; i < len; i++) {
        letters += (text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z';
        digits += text[i] >= '0' && text[i] <= '9';
    }
    if ((letters < LETTERS && digits < DIGITS) || len > SHORT)
        return;
    const char *at = source->text.data, *end = at + source->text.len;
    for (; n < 5 && (size_t)(end - at) >= len && (at = memchr(at, text[0], (size_t)(end - at) - len + 1)) != NULL; at++)
        n += memcmp(at, text, len) == 0;
    if (n > 0 && n < 5)
        fail_msg("%s hold \"%.*s\", which %zu records have", source->what, (int)len, text, n);
}

/* ---- logs ----------------------------------------------------------------------------------------------------------
 */

static void expect_no_leak(const struct source *source, const struct lw_log *log)
{
    struct lw_privacy_options options = LW_PRIVACY_OPTIONS_INIT;
    struct lw_figures *figures;
    struct lw_figure row;
    struct lw_error err;
    options.workspace = source->workspace;
    if (lw_privacy(source->log, log, &options, NULL, &figures, &err) != 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; lw_figures_get(figures, i, &row, NULL) == 0; i++)
        if (strcmp(row.name, "leaked") == 0 && row.part[0] != '\0')
            fail_msg("%s hold %s, %s", source->what, row.part, row.note);
    assert_true(lw_figures_value(figures, "leaked") == 0);
    lw_figures_free(figures);
}

static void expect_no_leak_in_file(const struct source *source, const char *path)
{
    char line[8192];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        expect_no_identifier(source, line, strlen(line));
    fclose(file);
}

static void expect_no_leak_in_folder(const struct source *source, const char *path)
{
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char name[1000];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        expect_no_leak_in_file(source, name);
        unlink(name);
    }
    closedir(folder);
    rmdir(path);
}

static void expect_no_leak_in_table(const struct source *source, sqlite3 *db, const char *table)
{
    char query[200];
    sqlite3_stmt *rows;
    snprintf(query, sizeof query, "SELECT * FROM \"%s\"", table);
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &rows, NULL), SQLITE_OK);
    while (sqlite3_step(rows) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(rows); i++)
            if (sqlite3_column_type(rows, i) == SQLITE_TEXT)
                expect_no_identifier(source, (const char *)sqlite3_column_text(rows, i),
                                     (size_t)sqlite3_column_bytes(rows, i));
    sqlite3_finalize(rows);
}

static void expect_no_leak_in_database(const struct source *source, const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *tables;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type = 'table'", -1, &tables, NULL),
                     SQLITE_OK);
    while (sqlite3_step(tables) == SQLITE_ROW)
        expect_no_leak_in_table(source, db, (const char *)sqlite3_column_text(tables, 0));
    sqlite3_finalize(tables);
    sqlite3_close(db);
}

/* All other ways to write what was generated. */
static void expect_no_leak_in_outputs(struct source *source, const struct lw_synthetic *synthetic)
{
    static const char *const forms[] = {"jsonl", "csv", "sqlite"};
    static const char *const whats[] = {"JSON lines", "CSV tables", "SQLite tables"};
    for (size_t i = 0; i < 3; i++) {
        struct lw_write_options options = LW_WRITE_OPTIONS_INIT;
        struct lw_error err;
        char path[600], labels[600], records[600];
        snprintf(path, sizeof path, "%s", scratch_path(forms[i]));
        snprintf(labels, sizeof labels, "%s", scratch_path("labels"));
        snprintf(records, sizeof records, "%s", scratch_path("record-labels"));
        options.as = forms[i];
        options.path = path;
        options.labels = labels;
        options.record_labels = records;
        if (lw_synthetic_write(synthetic, &options, NULL, &err) != 0)
            fail_msg("%s: %s", forms[i], err.text);
        source->what = "labels";
        expect_no_leak_in_file(source, labels);
        expect_no_leak_in_file(source, records);
        source->what = whats[i];
        if (i == 0)
            expect_no_leak_in_file(source, path);
        else if (i == 1)
            expect_no_leak_in_folder(source, path);
        else
            expect_no_leak_in_database(source, path);
    }
}

static void generate(struct source *source, const struct lw_workspace *from, const struct lw_constraints *constraints,
                     const char *method, bool with_outputs)
{
    struct lw_synthetic *synthetic;
    struct lw_log *log;
    struct lw_error err;
    if (lw_generate(from, constraints, method, NULL, &synthetic, &err) != 0 ||
        lw_synthetic_log(synthetic, NULL, &log, &err) != 0)
        fail_msg("%s: %s", source->what, err.text);
    expect_no_leak(source, log);
    if (with_outputs)
        expect_no_leak_in_outputs(source, synthetic);
    lw_log_free(log);
    lw_synthetic_free(synthetic);
}

/* ---- documents -----------------------------------------------------------------------------------------------------
 */

/* Texts of values, the first members of pairs in "texts", may not be rare; no string holds an identifier. */
static void expect_no_leak_in_json(const struct source *source, struct json_object *node, bool is_values)
{
    if (json_object_is_type(node, json_type_string)) {
        size_t len = (size_t)json_object_get_string_len(node);
        expect_no_identifier(source, json_object_get_string(node), len);
        if (is_values)
            expect_frequent(source, json_object_get_string(node), len);
    } else if (json_object_is_type(node, json_type_double) && is_values) {
        /* quantiles and other numbers of a parameter */
        const char *text = json_object_to_json_string(node);
        expect_frequent(source, text, strlen(text));
    } else if (json_object_is_type(node, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(node); i++)
            expect_no_leak_in_json(source, json_object_array_get_idx(node, i), is_values);
    } else if (json_object_is_type(node, json_type_object)) {
        json_object_object_foreach(node, key, value) expect_no_leak_in_json(
            source, value, strcmp(key, "texts") == 0 || strcmp(key, "more") == 0 || strcmp(key, "quantiles") == 0);
    }
}

static void check_document(struct source *source)
{
    struct lw_constraints *constraints;
    struct lw_error err;
    const char *path = scratch_path("model.json");
    if (lw_constraints_new(&constraints, &err) != 0 ||
        lw_constraints_take_model(constraints, source->workspace, &err) != 0 ||
        lw_constraints_set(constraints, "traces", N_TRACES, &err) != 0 ||
        lw_constraints_write(constraints, path, &err) != 0)
        fail_msg("%s", err.text);
    struct json_object *document = json_object_from_file(path);
    assert_non_null(document);
    source->what = "documents";
    expect_no_leak_in_json(source, document, false);
    json_object_put(document);
    source->what = "logs from a document";
    generate(source, NULL, constraints, "machine", true);
    lw_constraints_free(constraints);
}

/* Every method that needs nobody to ask, and the document. */
static void check(const char *path, const char *rule)
{
    struct source source;
    struct lw_constraints *constraints;
    struct lw_error err;
    if (!source_open(&source, path, rule))
        return;
    if (lw_constraints_new(&constraints, &err) != 0 || lw_constraints_set(constraints, "traces", N_TRACES, &err) != 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < lw_method_count(); i++)
        if (strcmp(lw_method_get(i)->name, "llm") != 0) {
            source.what = lw_method_get(i)->name;
            generate(&source, source.workspace, constraints, lw_method_get(i)->name, i == 0);
        }
    check_document(&source);
    lw_constraints_free(constraints);
    source_close(&source);
}

/* ---- names in constant text --------------------------------------------------------------------------------------
 */

/* How many leaks of the log are of the text. */
static size_t count_leaks(const struct source *source, const struct lw_log *log, const char *part)
{
    struct lw_privacy_options options = LW_PRIVACY_OPTIONS_INIT;
    struct lw_figures *figures;
    struct lw_figure row;
    size_t n = 0;
    options.workspace = source->workspace;
    assert_int_equal(lw_privacy(source->log, log, &options, NULL, &figures, NULL), 0);
    for (size_t i = 0; lw_figures_get(figures, i, &row, NULL) == 0; i++)
        n += strcmp(row.name, "leaked") == 0 && strcmp(row.part, part) == 0;
    lw_figures_free(figures);
    return n;
}

/* A name that hundreds of lines name is told in the line that does not name it, and its parts are; "stock" is an
 * account, and a word. */
static void names_in_rare_lines(void **state)
{
    static const char *const users[] = {"carol.xanthos", "dan.oduya", "erin_falk", "frank.moss", "stock"};
    static const char *const people[] = {"Carol Xanthos", "Dan Oduya", "Erin Falk"};
    struct buf text = BUF_INIT;
    struct source source;
    (void)state;
    for (unsigned s = 0; s < 150; s++) {
        char at[30];
        snprintf(at, sizeof at, "2024-03-01 %02u:%02u", s / 60, s % 60);
        buf_printf(&text, "%s:01 INFO shop: [req-%05u] session opened user=%s\n", at, s, users[s % 5]);
        buf_printf(&text, "%s:02 INFO shop: [req-%05u] stock is enough\n", at, s);
        if (s % 70 == 0)
            buf_printf(&text, "%s:03 WARN shop: [req-%05u] customer carol.xanthos closed the account for good\n", at,
                       s);
        buf_printf(&text, "%s:04 INFO shop: [req-%05u] cart owner \"%s\" pays\n", at, s, people[s % 3]);
        buf_printf(&text, "%s:04 INFO shop: [req-%05u] goodbye %s\n", at, s, people[s % 3]);
        buf_printf(&text, "%s:05 INFO shop: [req-%05u] session closed\n", at, s);
    }
    assert_true(source_open(&source, scratch_write("names.log", text.data, text.len), "req-[0-9]+"));
    check(scratch_path("names.log"), "req-[0-9]+");
    /* The line alone, as a log that was made up might hold it, gives the name away. */
    static const char line[] = "2024-03-01 09:00:01 WARN shop: [req-90001] customer carol.xanthos closed the account "
                               "for good\n2024-03-01 09:00:02 INFO shop: [req-90001] stock is enough\n"
                               "2024-03-01 09:00:03 INFO shop: [req-90001] goodbye Erin Falk\n";
    const char *path = scratch_write("one.log", line, sizeof line - 1);
    struct lw_log *log;
    assert_int_equal(lw_log_open(&path, 1, NULL, NULL, &log, NULL), 0);
    assert_int_equal(count_leaks(&source, log, "user carol.xanthos"), 1);
    assert_int_equal(count_leaks(&source, log, "user stock"), 0);
    assert_int_equal(count_leaks(&source, log, "user Falk"), 1);
    lw_log_free(log);
    buf_release(&text);
    source_close(&source);
}

static void samples(void **state)
{
    char path[600];
    (void)state;
    snprintf(path, sizeof path, "%s/samples/web-small.log", getenv("top_srcdir"));
    check(path, NULL);
}

/* Logs of the systems of loghub's 2k collection. */
static void public_logs(void **state)
{
    char path[600];
    const char *folder = getenv("LOGWRIGHT_DATA"), *name = *state;
    snprintf(path, sizeof path, "%s/loghub2k/%s/%s_2k.log", folder != NULL ? folder : "LOGWRIGHT_DATA", name, name);
    check(path, NULL);
}

#define PUBLIC(name)                                                                                                   \
    {                                                                                                                  \
        "public_logs " name, public_logs, NULL, NULL, (void *)(uintptr_t)name                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_in_rare_lines),
        cmocka_unit_test(samples),
        PUBLIC("Android"),
        PUBLIC("Apache"),
        PUBLIC("BGL"),
        PUBLIC("HDFS"),
        PUBLIC("Linux"),
        PUBLIC("OpenStack"),
        PUBLIC("Proxifier"),
        PUBLIC("Zookeeper"),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
