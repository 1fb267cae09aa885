/* Generated logs through the public interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "logwright.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_log.h"

static struct lw_workspace *learn_text(const char *file, const struct buf *text, const char *rule)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_workspace *workspace;
    struct lw_log *log;
    struct lw_error err;
    options.trace = rule;
    if (small_open(file, text, &log, &err) != 0 || lw_workspace_learn(log, &options, NULL, &workspace, &err) != 0)
        fail_msg("%s", err.text);
    lw_log_free(log);
    return workspace;
}

static struct lw_workspace *learn_style(const struct small_style *style, unsigned n)
{
    struct buf text = BUF_INIT;
    small_write(style, n, &text);
    assert_int_equal(buf_status(&text), 0);
    struct lw_workspace *workspace = learn_text("learned.log", &text, style->rule);
    buf_release(&text);
    return workspace;
}

static struct lw_synthetic *generate(const struct lw_workspace *workspace, const char *json)
{
    const char *path = scratch_write("c.json", json, strlen(json));
    struct lw_constraints *constraints;
    struct lw_synthetic *synthetic;
    struct lw_error err;
    if (lw_constraints_read(path, &constraints, &err) != 0 ||
        lw_generate(workspace, constraints, "machine", NULL, &synthetic, &err) != 0)
        fail_msg("%s", err.text);
    lw_constraints_free(constraints);
    return synthetic;
}

/* Shares of levels are those of the records, and what has a target has a row. */
static void tells_what_was_achieved(void **state)
{
    (void)state;
    struct lw_workspace *workspace = learn_style(&small_styles[0], 200);
    const char *json = "{\"traces\": 300, \"templates\": {\"E1\": [0, 1]}}";
    const char *path = scratch_write("achieved.json", json, strlen(json));
    struct lw_synthetic *synthetic = generate(workspace, json);
    struct lw_constraints *constraints;
    struct lw_figures *figures;
    struct lw_log *log;
    struct lw_reader *reader;
    struct lw_record record;
    struct lw_error err;
    double levels[LW_LEVEL_COUNT] = {0};
    if (lw_constraints_read(path, &constraints, &err) != 0 ||
        lw_synthetic_achieved(synthetic, constraints, &figures, &err) != 0 ||
        lw_synthetic_log(synthetic, NULL, &log, &err) != 0 || lw_reader_new(log, &reader, &err) != 0)
        fail_msg("%s", err.text);
    size_t n = lw_log_count(log);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
        levels[record.level] += 1 / (double)n;
    }
    for (int level = LW_LEVEL_NONE + 1; level < LW_LEVEL_COUNT; level++) {
        char name[40];
        snprintf(name, sizeof name, "levels.%s", lw_level_name((enum lw_level)level));
        double share = lw_figures_value(figures, name);
        assert_true(share >= levels[level] - 1e-9 && share <= levels[level] + 1e-9);
    }
    assert_true(lw_figures_value(figures, "templates.E1") > 0);
    assert_true(lw_figures_value(figures, "length") > 1);
    lw_reader_free(reader);
    lw_log_free(log);
    lw_figures_free(figures);
    lw_constraints_free(constraints);
    lw_synthetic_free(synthetic);
    lw_workspace_free(workspace);
}

/* What was generated, of the sizes that are told before. */
static void measure_sizes(const struct lw_synthetic *synthetic, double sizes[3])
{
    struct lw_log *log;
    struct lw_reader *reader;
    struct lw_record record;
    struct lw_error err;
    int64_t first = INT64_MAX, last = INT64_MIN;
    if (lw_synthetic_log(synthetic, NULL, &log, &err) != 0 || lw_reader_new(log, &reader, &err) != 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < lw_log_count(log); i++) {
        assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
        first = record.time_us < first ? record.time_us : first;
        last = record.time_us > last ? record.time_us : last;
    }
    sizes[0] = (double)lw_traces_count(lw_synthetic_traces(synthetic));
    sizes[1] = (double)lw_log_count(log);
    sizes[2] = (double)(last - first) / 1e6;
    lw_reader_free(reader);
    lw_log_free(log);
}

/* Whichever is asked for, and however traces arrive. */
static void sizes_are_as_expected(void **state)
{
    (void)state;
    static const char *const names[] = {"traces", "records", "duration"};
    static const char *const asked[] = {
        "{\"traces\": 600}",
        "{\"traces\": 5000}",
        "{\"records\": 4000}",
        "{\"duration\": 900}",
        "{\"traces\": 4000, \"arrival\": {\"rate\": 3}}",
        "{\"duration\": \"1h\", \"arrival\": {\"rate\": 0.5}}",
        "{\"traces\": 3000, \"delay_factor\": 2, \"arrival\": {\"rate\": 0.001}}",
        "{\"traces\": 3000, \"start\": \"2026-03-01T08:00:00Z\", \"arrival\": {\"rate\": 0.2, \"profile\": "
        "[0,0,0,0,0,0,0,0,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0]}}",
        "{\"duration\": \"1d\", \"start\": \"2026-03-01T08:00:00Z\", \"arrival\": {\"rate\": 0.02, \"profile\": "
        "[0,0,0,0,0,0,0,0,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0]}}",
        "{\"duration\": \"12h\", \"arrival\": {\"rate\": 0.1, \"bursts\": {\"per_hour\": 6, \"length\": 60, "
        "\"height\": 30}}}",
        "{\"traces\": 5000, \"arrival\": {\"rate\": 0.0005, \"bursts\": {\"per_hour\": 1, \"length\": \"10m\", "
        "\"height\": 9}}}",
    };
    static const int styles[] = {0, 3}; /* by session, and by windows of time */
    for (size_t k = 0; k < sizeof styles / sizeof *styles; k++) {
        struct lw_workspace *workspace = learn_style(&small_styles[styles[k]], 400);
        for (size_t i = 0; i < (k == 0 ? sizeof asked / sizeof *asked : 2); i++) {
            struct lw_synthetic *synthetic = generate(workspace, asked[i]);
            struct lw_constraints *constraints;
            struct lw_figures *figures;
            struct lw_error err;
            double sizes[3];
            if (lw_constraints_read(scratch_write("asked.json", asked[i], strlen(asked[i])), &constraints, &err) != 0 ||
                lw_constraints_expected(workspace, constraints, &figures, &err) != 0)
                fail_msg("%s: %s", asked[i], err.text);
            measure_sizes(synthetic, sizes);
            int n_sizes = strstr(asked[i], "\"duration\"") != NULL ? 2 : 3; /* a duration is told as it is asked for */
            for (int n = 0; n < n_sizes; n++)
                if (!(fabs(lw_figures_value(figures, names[n]) - sizes[n]) <= .12 * sizes[n]))
                    fail_msg("style %d, %s: %s is %g, expected %g", styles[k], asked[i], names[n], sizes[n],
                             lw_figures_value(figures, names[n]));
            lw_figures_free(figures);
            lw_constraints_free(constraints);
            lw_synthetic_free(synthetic);
        }
        lw_workspace_free(workspace);
    }
}

static struct lw_constraints *read_constraints(const char *json)
{
    struct lw_constraints *constraints;
    struct lw_error err;
    if (lw_constraints_read(scratch_write("asked.json", json, strlen(json)), &constraints, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    return constraints;
}

/* Of a target: *offer is what can be met instead, NaN where it is met itself. */
static void find_offer(const struct lw_workspace *workspace, const char *json, const char *name, double *offer)
{
    struct lw_constraints *constraints = read_constraints(json);
    struct lw_figures *figures;
    struct lw_figure row;
    struct lw_error err;
    *offer = NAN;
    if (lw_constraints_expected(workspace, constraints, &figures, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    for (size_t i = 0; i < lw_figures_count(figures); i++)
        if (lw_figures_get(figures, i, &row, NULL) == 0 && strcmp(row.name, name) == 0 && row.verdict == 0) {
            const char *text = strstr(row.note, "; ");
            if (text == NULL || sscanf(text, "; %lf can be met", offer) != 1)
                fail_msg("%s: %s", json, row.note);
        }
    lw_figures_free(figures);
    lw_constraints_free(constraints);
}

static void assert_is_drawn(const struct lw_workspace *workspace, const char *json)
{
    struct lw_constraints *constraints = read_constraints(json);
    struct lw_synthetic *synthetic;
    struct lw_error err;
    if (lw_generate(workspace, constraints, "machine", NULL, &synthetic, &err) != 0 ||
        lw_synthetic_check(synthetic, constraints, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    lw_synthetic_free(synthetic);
    lw_constraints_free(constraints);
}

/* Requests through three services, of which two may fail, each in a way of its own. */
static struct lw_workspace *learn_services(void)
{
    struct buf text = BUF_INIT;
    struct rng rng;
    unsigned at = 0;
    rng_init(&rng, 7, 1, 0);
    for (unsigned i = 0; i < 300; i++) {
        unsigned drawn = rng_u32(&rng) % 100, n_queries = rng_u32(&rng) % 4;
        static const char line[] = "{\"ts\":\"2026-03-01T10:%02u:%02u.%03uZ\",\"level\":\"%s\",\"logger\":\"%s\","
                                   "\"session\":\"r%05u\",\"msg\":\"%s\"}\n";
#define LINE(level, service, message)                                                                                  \
    buf_printf(&text, line, at / 60000 % 60, at / 1000 % 60, at % 1000, level, service, i, message), at += 3
        LINE("INFO", "gate", "request accepted");
        for (unsigned q = 0; q < n_queries; q++)
            LINE("INFO", "store", "rows were read");
        if (drawn < 6)
            LINE("ERROR", "store", "deadlock detected, giving up");
        LINE("INFO", "cart", "cart is assembled");
        if (drawn > 91)
            LINE("ERROR", "cart", "price service timed out");
        if (drawn > 50)
            LINE("WARN", "gate", "response was slow");
        LINE("INFO", "gate", "request answered");
#undef LINE
    }
    assert_int_equal(buf_status(&text), 0);
    struct lw_workspace *workspace = learn_text("services.log", &text, "field:session");
    buf_release(&text);
    return workspace;
}

/* What a method does not obey, as lw_method_ignores says, is no failure of the draw. */
static void only_walks_are_held_to_targets(void **state)
{
    struct lw_workspace *workspace = learn_services();
    struct lw_constraints *constraints = read_constraints("{\"levels\": {\"error\": 0.2}, \"traces\": 200}");
    struct lw_synthetic *synthetic;
    struct lw_error err;
    (void)state;
    assert_int_equal(lw_method_ignores("ngram", constraints, &err), 1);
    assert_int_equal(lw_generate(workspace, constraints, "ngram", NULL, &synthetic, &err), 0);
    assert_int_equal(lw_synthetic_check(synthetic, constraints, &err), 0);
    lw_synthetic_free(synthetic);
    lw_constraints_free(constraints);
    lw_workspace_free(workspace);
}

/* Over kinds of targets and all shares: what is said to be possible is drawn, and so is what is offered. */
static void feasible_targets_are_drawn(void **state)
{
    struct lw_workspace *workspace = learn_services();
    char names[2][40], formats[2][120];
    size_t n_types = 0;
    (void)state;
    for (size_t i = 0; i < lw_template_count(workspace); i++) {
        struct lw_template template;
        assert_int_equal(lw_template_get(workspace, i, &template, NULL), 0);
        if (template.level != LW_LEVEL_ERROR)
            continue;
        assert_true(n_types < 2);
        snprintf(names[n_types], sizeof names[0], "error_types.E%u", (unsigned)template.id);
        snprintf(formats[n_types++], sizeof formats[0], "{\"error_types\": {\"E%u\": %%.6g}, \"traces\": 200}",
                 (unsigned)template.id);
    }
    assert_int_equal(n_types, 2);
    const struct {
        const char *name, *format; /* of the document, with a place for the share */
    } targets[] = {
        {"levels.error", "{\"levels\": {\"error\": %.6g}, \"traces\": 200}"},
        {"levels.info", "{\"levels\": {\"info\": [0, %.6g]}, \"traces\": 200}"},
        {"templates.E2", "{\"templates\": {\"E2\": [%.6g, 1]}, \"traces\": 200}"},
        {"services.store", "{\"services\": {\"store\": %.6g}, \"levels\": {\"warn\": 0.05}, \"traces\": 200}"},
        {names[0], formats[0]},
        {names[1], formats[1]},
        {"calls.gate>store", "{\"calls\": [{\"from\": \"gate\", \"to\": \"store\", \"probability\": %.6g}], "
                             "\"traces\": 200}"},
    };
    size_t n_met = 0, n_offered = 0;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        for (int tenths = 1; tenths < 10; tenths++) {
            char json[200];
            double offer;
            snprintf(json, sizeof json, targets[i].format, tenths / 10.);
            find_offer(workspace, json, targets[i].name, &offer);
            if (!isnan(offer))
                snprintf(json, sizeof json, targets[i].format, offer);
            n_met += isnan(offer) ? 1 : 0;
            n_offered += isnan(offer) ? 0 : 1;
            assert_is_drawn(workspace, json);
        }
    assert_true(n_met > 15 && n_offered > 10);
    lw_workspace_free(workspace);
}

/* Targets of several kinds that rule each other out: one is named with what can be met in its place beside the other,
 * which it then can. */
static void targets_that_contradict_each_other_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *name, *format, *other;
        double asked;
    } cases[] = {
        {"services.store", "{\"services\": {\"store\": %.6g, \"gate\": [0.6, 1]}}", "services.gate", .35},
        {"services.store", "{\"services\": {\"store\": %.6g}, \"levels\": {\"warn\": [0.2, 1]}}", "levels.warn", .35},
        {"services.store",
         "{\"services\": {\"store\": %.6g}, \"calls\": [{\"from\": \"gate\", \"to\": \"store\", \"probability\": 0}]}",
         "calls.gate>store", .2},
    };
    struct lw_workspace *workspace = learn_services();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char json[200];
        struct lw_error err;
        struct lw_synthetic *synthetic;
        snprintf(json, sizeof json, cases[i].format, cases[i].asked);
        struct lw_constraints *constraints = read_constraints(json);
        assert_int_equal(lw_generate(workspace, constraints, "machine", NULL, &synthetic, &err), LW_ERR_INFEASIBLE);
        if (strstr(err.text, cases[i].name) == NULL || strstr(err.text, cases[i].other) == NULL)
            fail_msg("%s: %s", json, err.text);
        lw_constraints_free(constraints);
    }
    lw_workspace_free(workspace);
}

/* The log outlives what it was made from, and its traces, matched against the workspace, are those generated. */
static void is_a_log(void **state)
{
    (void)state;
    for (size_t style = 0; style < N_SMALL_STYLES; style++) {
        struct lw_workspace *workspace = learn_style(&small_styles[style], 200);
        struct lw_synthetic *synthetic = generate(workspace, "{\"traces\": 120, \"anomalies\": {\"unknown\": 0.1}}");
        struct lw_log *log;
        struct lw_traces *back;
        struct lw_error err;
        if (lw_synthetic_log(synthetic, NULL, &log, &err) != 0 ||
            lw_traces_match(workspace, log, NULL, &back, &err) != 0)
            fail_msg("%s: %s", small_styles[style].name, err.text);
        const struct lw_traces *made = lw_synthetic_traces(synthetic);
        assert_int_equal(lw_traces_count(back), lw_traces_count(made));
        for (size_t i = 0; i < lw_traces_count(made); i++) {
            struct lw_trace a, b;
            assert_int_equal(lw_traces_get(made, i, &a, NULL), 0);
            ptrdiff_t other = lw_traces_find(back, a.name.data, a.name.len);
            assert_true(other >= 0);
            assert_int_equal(lw_traces_get(back, (size_t)other, &b, NULL), 0);
            assert_int_equal(a.n_events, b.n_events);
            assert_memory_equal(a.templates, b.templates, a.n_events * sizeof *a.templates);
        }
        lw_traces_free(back);
        lw_synthetic_free(synthetic);
        lw_workspace_free(workspace);
        struct lw_source source;
        assert_int_equal(lw_log_source(log, 0, &source, NULL), 0);
        assert_int_equal(source.path.len, strlen("generated.log"));
        assert_null(source.problem);
        lw_log_free(log);
    }
}

/* Headers without a year are read as of the time of the generated log, not of today. */
static void years_stay(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    for (unsigned i = 0; i < 400; i++)
        buf_printf(&text, "Mar %2u %02u:%02u:%02u host app[%u]: job %u %s\n", 1 + i / 40, i / 10 % 24, i % 60, i % 60,
                   100 + i / 4, i / 4,
                   i % 4 == 0   ? "begins"
                   : i % 4 == 3 ? "ends"
                                : "runs");
    struct lw_workspace *workspace = learn_text("syslog", &text, "field:pid");
    struct lw_synthetic *synthetic = generate(workspace, "{\"traces\": 20, \"start\": \"2019-12-31T23:59:00Z\"}");
    struct lw_log *log;
    struct lw_reader *reader;
    struct lw_record record;
    assert_int_equal(lw_synthetic_log(synthetic, NULL, &log, NULL), 0);
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    assert_int_equal(lw_reader_get(reader, 0, &record, NULL), 0);
    assert_int_equal(record.time_us, INT64_C(1577836740000000));
    lw_reader_free(reader);
    lw_log_free(log);
    lw_synthetic_free(synthetic);
    lw_workspace_free(workspace);
    buf_release(&text);
}

static void traces_of_symbols_are_a_log_of_sequences(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    for (unsigned i = 0; i < 60; i++)
        buf_printf(&text, "0\t5 5 22 %s 9\tt%u\n", i % 3 == 0 ? "11" : "26 26", i);
    const char *path = scratch_write("s.tsv", text.data, text.len);
    struct lw_open_options open = LW_OPEN_OPTIONS_INIT;
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_log *log;
    struct lw_workspace *workspace;
    struct lw_source source;
    open.format = "sequences";
    assert_int_equal(lw_log_open(&path, 1, &open, NULL, &log, NULL), 0);
    assert_int_equal(lw_workspace_learn(log, &options, NULL, &workspace, NULL), 0);
    lw_log_free(log);
    struct lw_synthetic *synthetic = generate(workspace, "{\"traces\": 30}");
    assert_int_equal(lw_synthetic_log(synthetic, NULL, &log, NULL), 0);
    assert_int_equal(lw_log_source(log, 0, &source, NULL), 0);
    assert_string_equal(source.format, "sequences");
    assert_int_equal(source.lines, 30);
    lw_log_free(log);
    lw_synthetic_free(synthetic);
    lw_workspace_free(workspace);
    buf_release(&text);
}

static int count_of(const char *path, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    int n = 0;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        n = sqlite3_column_count(statement) == 1 ? sqlite3_column_int(statement, 0) : n + 1;
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return n;
}

/* Removes the folder; how many files it held. */
static int empty_folder(const char *path)
{
    DIR *folder = opendir(path);
    int n = 0;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        n += unlinkat(dirfd(folder), entry->d_name, 0) == 0;
    closedir(folder);
    assert_int_equal(rmdir(path), 0);
    return n;
}

/* The tables hold the generated log, no row refers to one that is not there, and a second run may take their place. */
static void tables_hold_the_generated_log(void **state)
{
    (void)state;
    struct lw_workspace *workspace = learn_style(&small_styles[0], 200);
    struct lw_synthetic *synthetic =
        generate(workspace, "{\"traces\": 50, \"anomalies\": {\"unknown\": 0.1, \"swapped\": 0.1}}");
    struct lw_write_options options = LW_WRITE_OPTIONS_INIT;
    struct lw_error err;
    size_t n_events = 0;
    for (size_t i = 0; i < 50; i++) {
        struct lw_trace trace;
        assert_int_equal(lw_traces_get(lw_synthetic_traces(synthetic), i, &trace, NULL), 0);
        n_events += trace.n_events;
    }
    char path[300];
    snprintf(path, sizeof path, "%s", scratch_path("made.db"));
    options.as = "sqlite";
    options.path = path;
    for (int i = 0; i < 2; i++)
        if (lw_synthetic_write(synthetic, &options, NULL, &err) != 0)
            fail_msg("%s", err.text);
    assert_int_equal(count_of(path, "PRAGMA foreign_key_check"), 0);
    assert_int_equal(count_of(path, "SELECT count(*) FROM trace"), 50);
    assert_int_equal(count_of(path, "SELECT count(*) FROM record"), n_events);
    assert_int_equal(count_of(path, "SELECT count(*) FROM event"), n_events);
    /* As many anomalous ones as were asked for, which begin with an event of theirs that is labelled alike. */
    assert_int_equal(count_of(path, "SELECT count(*) FROM trace_label WHERE label IN ('unknown', 'swapped')"), 10);
    assert_int_equal(count_of(path, "SELECT count(*) FROM trace_label WHERE label = 'normal' AND root IS NULL"), 40);
    assert_int_equal(count_of(path, "SELECT count(*) FROM record_label"), n_events);
    assert_int_equal(count_of(path, "SELECT count(*) FROM trace_label AS t JOIN event AS e ON e.trace = t.trace AND\n"
                                    "e.record = t.root JOIN record_label AS r ON r.record = t.root AND\n"
                                    "r.label = t.label AND r.root = t.root"),
                     10);
    assert_false(lw_workspace_is_file(path));
    snprintf(path, sizeof path, "%s", scratch_write("a.txt", "my only copy", 12));
    assert_int_equal(lw_synthetic_write(synthetic, &options, NULL, &err), LW_ERR_USAGE);
    options.as = "csv";
    options.path = "-";
    assert_int_equal(lw_synthetic_write(synthetic, &options, NULL, &err), LW_ERR_USAGE);
    snprintf(path, sizeof path, "%s", scratch_path("tables"));
    options.path = path;
    if (lw_synthetic_write(synthetic, &options, NULL, &err) != 0)
        fail_msg("%s", err.text);
    assert_true(empty_folder(path) > 8);
    lw_synthetic_free(synthetic);
    lw_workspace_free(workspace);
}

static int keep(void *user, const char *data, size_t len)
{
    buf_add(user, data, len);
    return buf_status(user);
}

static int refuse(void *user, const char *data, size_t len)
{
    (void)data;
    (void)len;
    ++*(int *)user;
    return 1;
}

/* Options go before constraints, constraints before the source's own format. */
static void the_output_is_what_constraints_say(void **state)
{
    (void)state;
    struct lw_workspace *workspace = learn_style(&small_styles[0], 100);
    struct lw_synthetic *synthetic = generate(workspace, "{\"traces\": 5, \"output\": {\"format\": \"logback\"}}");
    struct lw_write_options options = LW_WRITE_OPTIONS_INIT;
    struct buf text = BUF_INIT;
    int n_calls = 0;
    options.path = NULL;
    options.put = keep;
    options.user = &text;
    assert_int_equal(lw_synthetic_write(synthetic, &options, NULL, NULL), 0);
    assert_non_null(strstr(text.data, "[main] INFO  db.session - connection"));
    buf_clear(&text);
    options.format = "log4j";
    assert_int_equal(lw_synthetic_write(synthetic, &options, NULL, NULL), 0);
    assert_non_null(strstr(text.data, " INFO db.session: connection"));
    buf_clear(&text);
    options.format = NULL;
    options.as = "jsonl";
    assert_int_equal(lw_synthetic_write(synthetic, &options, NULL, NULL), 0);
    assert_int_equal(text.data[0], '{');
    options.put = refuse;
    options.user = &n_calls;
    assert_int_equal(lw_synthetic_write(synthetic, &options, NULL, NULL), LW_ERR_CANCELLED);
    assert_int_equal(n_calls, 1);
    buf_release(&text);
    lw_synthetic_free(synthetic);
    lw_workspace_free(workspace);
}

static int read_back(void *user, struct lw_error *err)
{
    struct lw_log *log = NULL;
    int code = lw_synthetic_log(user, NULL, &log, err);
    lw_log_free(log);
    return code;
}

static void memory_may_run_out_while_it_is_read_back(void **state)
{
    (void)state;
    struct lw_workspace *workspace = learn_style(&small_styles[0], 30);
    struct lw_synthetic *synthetic = generate(workspace, "{\"traces\": 10}");
    failalloc_each(read_back, synthetic);
    lw_synthetic_free(synthetic);
    lw_workspace_free(workspace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_a_log),
        cmocka_unit_test(tells_what_was_achieved),
        cmocka_unit_test(sizes_are_as_expected),
        cmocka_unit_test(only_walks_are_held_to_targets),
        cmocka_unit_test(feasible_targets_are_drawn),
        cmocka_unit_test(targets_that_contradict_each_other_are_named),
        cmocka_unit_test(years_stay),
        cmocka_unit_test(traces_of_symbols_are_a_log_of_sequences),
        cmocka_unit_test(tables_hold_the_generated_log),
        cmocka_unit_test(the_output_is_what_constraints_say),
        cmocka_unit_test(memory_may_run_out_while_it_is_read_back),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
