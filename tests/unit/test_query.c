/* Queries on a log of two sources with more records than one task takes, against a slow evaluator that shares no code.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/rng.h"
#include "logwright.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/scratch.h"

#define N_RECORDS 20000u
#define START_US  INT64_C(1795399200000000) /* 2026-11-23 02:00:00 */

static struct lw_log *log_of(const char *const *paths, size_t n)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct lw_log *log = NULL;
    struct lw_error err = {LW_OK, ""};
    options.format = "hadoop";
    if (lw_log_open(paths, n, &options, NULL, &log, &err) != 0)
        fail_msg("%s", err.text);
    return log;
}

static void write_source(const char *name, uint64_t seed, unsigned n, char *path)
{
    static const char *const levels[] = {"INFO", "INFO", "DEBUG", "WARN", "ERROR", "FATAL"};
    static const char *const components[] = {"db.Sql", "net.Http", "net.Pool", "main"};
    static const char *const words[] = {"opened", "Timeout of", "closed after", "retry of", "\x1b[31mred", "a\tb"};
    struct buf text = BUF_INIT;
    struct rng rng;
    rng_init(&rng, seed, 1, 0);
    for (unsigned i = 0; i < n; i++) {
        unsigned s = i / 4;
        buf_printf(&text, "2026-11-23 %02u:%02u:%02u,%03u %s [t%u] %s: %s conn %u size=%ukB took %u ms\n", 2 + s / 3600,
                   s / 60 % 60, s % 60, i % 4 * 250, levels[rng_u32(&rng) % 6], rng_u32(&rng) % 4,
                   components[rng_u32(&rng) % 4], words[rng_u32(&rng) % 6], rng_u32(&rng) % 50, rng_u32(&rng) % 3000,
                   rng_u32(&rng) % 900);
        if (rng_u32(&rng) % 20 == 0)
            buf_add_text(&text, "\tat Timeout.java\n");
    }
    strcpy(path, scratch_write(name, text.data, text.len));
    buf_release(&text);
}

static struct lw_log *make_log(void)
{
    char a[300], b[300];
    write_source("web.log", 1, N_RECORDS - 3000, a);
    write_source("db.log", 2, 3000, b);
    const char *const paths[] = {a, b};
    return log_of(paths, 2);
}

/* ---- a slow evaluator ----------------------------------------------------------------------------------------- */

enum { MAX_TERMS = 12 };
struct naive { /* a random expression, as text and as tree */
    struct buf text;
    int kinds[64]; /* 'a' 'o' 'n', or a term's number */
    int left[64], right[64];
    int n;
};

static bool contains(const char *data, size_t len, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= len; i++)
        if (strncasecmp(data + i, text, n) == 0)
            return true;
    return false;
}

/* The number behind `before` in the message. */
static bool number_behind(const struct lw_record *record, const char *before, double *out)
{
    size_t n = strlen(before);
    const char *message = record->raw.data + record->message_start;
    for (size_t i = 0; i + n < record->message_len; i++)
        if (memcmp(message + i, before, n) == 0) {
            *out = strtod(message + i + n, NULL);
            return true;
        }
    return false;
}

static const char *const terms[MAX_TERMS] = {
    "level>=warn",
    "level!=info",
    "component=~\"^net|sql\"",
    "component=main",
    "\"timeout\"",
    "/conn 1\\d /",
    "message=~\"took [0-9] ms\"",
    "line<=900",
    "time>=\"02:10\"",
    "source=~db.log",
    "size>1.5MB",
    "thread!=t2",
};

static bool naive_term(int term, const struct lw_record *r)
{
    char copy[400];
    double number = 0;
    size_t len = r->raw.len < sizeof copy - 1 ? r->raw.len : sizeof copy - 1;
    memcpy(copy, r->raw.data, len);
    copy[len] = '\0';
    switch (term) {
    case 0:
        return r->level >= LW_LEVEL_WARN;
    case 1:
        return r->level != LW_LEVEL_INFO;
    case 2:
        return contains(r->component.data, r->component.len, "NET.") ||
               contains(r->component.data, r->component.len, "sql");
    case 3:
        return r->component.len == 4;
    case 4:
        return contains(copy, len, "timeout");
    case 5: {
        const char *at = strstr(copy, "conn 1");
        return at != NULL && at[6] >= '0' && at[6] <= '9' && at[7] == ' ';
    }
    case 6: {
        const char *at = strstr(copy, "took ");
        return at != NULL && strncmp(at + 6, " ms", 3) == 0;
    }
    case 7:
        return r->line <= 900;
    case 8:
        return r->time_us >= START_US + 600 * INT64_C(1000000);
    case 9:
        return r->source == 1;
    case 10:
        return number_behind(r, "size=", &number) && number > 1500;
    default:
        return !contains(copy, len, " [t2] ");
    }
}

static int grow(struct naive *naive, struct rng *rng, int depth)
{
    int self = naive->n++;
    unsigned drawn = rng_u32(rng) % 10;
    if (depth == 0 || drawn < 3) {
        naive->kinds[self] = (int)(rng_u32(rng) % MAX_TERMS);
        buf_add_text(&naive->text, terms[naive->kinds[self]]);
    } else if (drawn < 5) {
        naive->kinds[self] = 'n';
        buf_add_text(&naive->text, "not (");
        naive->left[self] = grow(naive, rng, depth - 1);
        buf_add_text(&naive->text, ")");
    } else {
        naive->kinds[self] = drawn < 8 ? 'a' : 'o';
        buf_add_text(&naive->text, "(");
        naive->left[self] = grow(naive, rng, depth - 1);
        buf_add_text(&naive->text, drawn < 7 ? " and " : drawn < 8 ? " " : " or ");
        naive->right[self] = grow(naive, rng, depth - 1);
        buf_add_text(&naive->text, ")");
    }
    return self;
}

static bool naive_eval(const struct naive *naive, int at, const struct lw_record *record)
{
    int kind = naive->kinds[at];
    if (kind == 'n')
        return !naive_eval(naive, naive->left[at], record);
    if (kind == 'a')
        return naive_eval(naive, naive->left[at], record) && naive_eval(naive, naive->right[at], record);
    if (kind == 'o')
        return naive_eval(naive, naive->left[at], record) || naive_eval(naive, naive->right[at], record);
    return naive_term(kind, record);
}

/* ---- tests ---------------------------------------------------------------------------------------------------- */

struct found {
    uint64_t *records;
    size_t n, batches;
};

static int take(void *user, const uint64_t *records, size_t n)
{
    struct found *found = user;
    assert_true(found->n + n <= N_RECORDS);
    memcpy(found->records + found->n, records, n * sizeof *records);
    found->n += n;
    found->batches++;
    return 0;
}

static struct lw_query *query_of(const char *text)
{
    struct lw_query *query = NULL;
    struct lw_error err = {LW_OK, ""};
    if (lw_query_new(text, &query, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return query;
}

static void answers_equal_those_of_a_slow_evaluator(void **state)
{
    struct lw_log *log = make_log();
    struct lw_executor *executor;
    struct lw_reader *reader;
    struct lw_record record;
    struct rng rng;
    struct found found = {malloc(N_RECORDS * sizeof(uint64_t)), 0, 0};
    bool *expected = malloc(N_RECORDS);
    size_t n_some = 0;
    (void)state;
    assert_int_equal(lw_log_count(log), N_RECORDS);
    assert_int_equal(lw_executor_new(2, &executor, NULL), 0);
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    rng_init(&rng, 3, 1, 0);
    for (int round = 0; round < 60; round++) {
        struct naive naive = {.text = BUF_INIT};
        struct lw_run run = {LW_OPTIONS_VERSION, round % 2 != 0 ? executor : NULL, NULL, NULL, NULL};
        struct lw_query_total total;
        size_t n = 0;
        grow(&naive, &rng, 1 + round % 4);
        struct lw_query *query = query_of(naive.text.data);
        found.n = 0;
        assert_int_equal(lw_query_run(query, log, NULL, 0, UINT64_MAX, take, &found, &run, &total, NULL), 0);
        for (uint64_t i = 0; i < N_RECORDS; i++) {
            assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
            expected[i] = naive_eval(&naive, 0, &record);
            if (expected[i] && (n >= found.n || found.records[n] != i))
                fail_msg("%s: record %" PRIu64 " is missing", naive.text.data, i);
            n += expected[i];
        }
        if (n != found.n)
            fail_msg("%s: %zu records instead of %zu", naive.text.data, found.n, n);
        assert_int_equal(total.searched, N_RECORDS);
        assert_int_equal(total.matched, n);
        n_some += n > 0 && n < N_RECORDS;
        for (int i = 0; i < 12; i++) { /* the same, one by one and both ways */
            uint64_t from = rng_u32(&rng) % N_RECORDS, next = from, before = from, got;
            while (next < N_RECORDS && !expected[next])
                next++;
            while (before < N_RECORDS && !expected[before])
                before--;
            assert_int_equal(lw_query_find(query, log, NULL, from, LW_FORWARD, &run, &got, NULL), 0);
            assert_int_equal(got, next < N_RECORDS ? next : LW_NO_RECORD);
            assert_int_equal(lw_query_find(query, log, NULL, from, LW_BACKWARD, &run, &got, NULL), 0);
            assert_int_equal(got, before < N_RECORDS ? before : LW_NO_RECORD);
        }
        lw_query_free(query);
        buf_release(&naive.text);
    }
    assert_true(n_some > 30);
    free(expected);
    free(found.records);
    lw_reader_free(reader);
    lw_executor_free(executor);
    lw_log_free(log);
}

static uint64_t count_of(const struct lw_log *log, const struct lw_workspace *workspace, const struct lw_traces *traces,
                         const char *text)
{
    struct found found = {malloc(N_RECORDS * sizeof(uint64_t)), 0, 0};
    struct lw_query *query = query_of(text);
    struct lw_error err = {LW_OK, ""};
    if (lw_query_run(query, log, &(struct lw_query_scope){workspace, traces, NULL, NULL}, 0, UINT64_MAX, take, &found,
                     NULL, NULL, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    lw_query_free(query);
    free(found.records);
    return found.n;
}

static struct lw_log *log_of_text(const char *text)
{
    const char *const paths[] = {scratch_write("small.log", text, strlen(text))};
    return log_of(paths, 1);
}

static const char small[] = "2026-11-23 23:59:58,000 INFO [main] a.B: user=\"ann lee\" size: 64kB done.\n"
                            "2026-11-23 23:59:59,500 WARN [main] a.B: user=bob, size=2MB took=1m30s\n"
                            "2026-11-24 14:02:10,000 ERROR [w1] a.C: user=1,204 \"size\":70000 took=95\n"
                            "2026-11-24 14:03:00,000 FATAL [w2] a.C: nothing\n";

static void values_are_compared_as_what_they_are(void **state)
{
    static const struct {
        const char *text;
        uint64_t n;
    } cases[] = {
        {"", 4},
        {"user=\"ann lee\"", 1},
        {"$user=bob", 1},
        {"user!=bob", 2}, /* the last record has no user */
        {"not user=bob", 3},
        {"user=1204", 1},
        {"user=~.", 3},
        {"size>65kB", 2},
        {"size>=64kB", 3},
        {"size=2000000B", 1},
        {"took>1m", 2}, /* a number without a unit is in minutes */
        {"time>=\"2026-11-24\"", 2},
        {"time<\"2026-11-24\"", 2},
        {"time=\"14:02\"", 1},
        {"time>\"14:02\"", 3},
        {"time=\"2026-11-23 23:59:59.5\"", 1},
        {"time>=-1m", 2},
        {"level>=error", 2},
        {"level=none", 0},
        {"level=~\"err|fat\"", 2},
        {"component=a.B and thread=main", 2},
        {"component!~b", 2},
        {"source=small.log", 4},
        {"source=/none", 0},
        {"line>=2 line<4", 2},
        {"raw=~\"\\[w\\d\\]\"", 2},
        {"AND1 or nothing", 1},
        {"\"ann lee\" or \"took\"", 3},
        {"not (user=bob or nothing) level>=info", 2},
    };
    struct lw_log *log = log_of_text(small);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (count_of(log, NULL, NULL, cases[i].text) != cases[i].n)
            fail_msg("%s: %" PRIu64 " records", cases[i].text, count_of(log, NULL, NULL, cases[i].text));
    lw_log_free(log);
}

static void mistakes_are_named_with_their_column(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"level>", "column 7: expected a value"},
        {"level>=loud", "column 8: expected a level"},
        {"(level=info", "column 1: this ( is not closed"},
        {"level=info)", "column 11: this ) closes nothing"},
        {"\xc3\xa4 and \"x", "column 7: this \" opens"},
        {"and x", "column 1: expected a condition"},
        {"x or", "column 5: expected a condition"},
        {"time>noon", "column 6: expected a time"},
        {"status>high", "column 8: expected a number"},
        {"message>3", "column 9: texts have no order"},
        {"$0=1", "column 1: expected $1"},
        {"/a(b/", "column 1: regular expression \"a(b\""},
        {"x=~\"\"", "column 4: expected a text"},
        {"=3", "column 1: expected a condition"},
        {"a !b", "column 3: expected an operator"},
        {"a and b.*c", "column 7: an expression stands between slashes"},
    };
    struct lw_query *query;
    struct lw_error err;
    struct buf deep = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(lw_query_new(cases[i].text, &query, &err), LW_ERR_USAGE);
        if (strstr(err.text, cases[i].error) == NULL)
            fail_msg("%s: %s", cases[i].text, err.text);
    }
    for (int i = 0; i < 100000; i++)
        buf_add_text(&deep, "(");
    assert_int_equal(lw_query_new(deep.data, &query, &err), LW_ERR_USAGE);
    buf_clear(&deep);
    for (int i = 0; i < 2000; i++)
        buf_add_text(&deep, "x ");
    assert_int_equal(lw_query_new(deep.data, &query, &err), LW_ERR_USAGE);
    buf_release(&deep);
}

static void what_was_learned_can_be_asked_for(void **state)
{
    struct buf text = BUF_INIT;
    struct lw_workspace *workspace;
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct lw_query *query;
    struct lw_error err = {LW_OK, ""};
    (void)state;
    for (int i = 0; i < 300; i++)
        buf_printf(&text, "2026-11-23 02:%02d:%02d,000 INFO [main] a.B: %s req-%d %s %d ms\n", i / 60, i % 60,
                   i % 3 == 0 ? "opened" : "served", i / 3, i % 3 == 0 ? "waited" : "within", i);
    struct lw_log *log = log_of_text(text.data);
    options.trace = "(req-[0-9]+)";
    assert_int_equal(lw_workspace_learn(log, &options, NULL, &workspace, &err), 0);
    const struct lw_traces *traces = lw_workspace_traces(workspace);
    assert_int_equal(count_of(log, workspace, traces, "template=E1"), 100);
    assert_int_equal(count_of(log, workspace, NULL, "template=E1"), 100);
    assert_int_equal(count_of(log, workspace, traces, "template!=E1"), 200);
    assert_int_equal(count_of(log, workspace, traces, "template=~\"^opened\" and $2>=150ms"), 50);
    assert_int_equal(count_of(log, workspace, NULL, "template=~\"^opened\" and $2>=150"), 50);
    assert_int_equal(count_of(log, workspace, traces, "trace=req-7"), 3);
    assert_int_equal(count_of(log, workspace, traces, "trace=~\"req-7.\" and template=E2"), 20);
    assert_int_equal(count_of(log, workspace, traces, "$9=1"), 0);
    struct lw_workspace *marked;
    struct lw_marks *marks;
    assert_int_equal(lw_workspace_mark(workspace, log, 7, "odd one", &marked, NULL), 0);
    assert_int_equal(lw_workspace_marks(marked, log, &marks, NULL), 0);
    struct lw_query_scope with_marks = {workspace, traces, NULL, marks};
    uint64_t at;
    query = query_of("mark=~odd and not mark=even");
    assert_int_equal(lw_query_find(query, log, &with_marks, 0, LW_FORWARD, NULL, &at, NULL), 0);
    assert_int_equal(at, 7);
    lw_query_free(query);
    query = query_of("mark=~.* and mark!=\"odd one\"");
    assert_int_equal(lw_query_find(query, log, &with_marks, 0, LW_FORWARD, NULL, &at, NULL), 0);
    assert_true(at == LW_NO_RECORD);
    assert_int_equal(lw_query_find(query, log, NULL, 0, LW_FORWARD, NULL, &at, NULL), LW_ERR_USAGE);
    lw_query_free(query);
    lw_marks_free(marks);
    lw_workspace_free(marked);
    query = query_of("label=anomalous");
    assert_int_equal(lw_query_find(query, log, &with_marks, 0, LW_FORWARD, NULL, &at, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "no labels"));
    lw_query_free(query);
    assert_int_equal(count_of(log, workspace, traces, "label=\"-\""), 0); /* of the header */
    query = query_of("x and template=E77");
    assert_int_equal(lw_query_run(query, log, &(struct lw_query_scope){workspace, traces, NULL, NULL}, 0, 1, take, NULL,
                                  NULL, NULL, &err),
                     LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "column 7: no template"));
    assert_int_equal(lw_query_run(query, log, NULL, 0, 1, take, NULL, NULL, NULL, &err), LW_ERR_USAGE);
    lw_query_free(query);
    lw_workspace_free(workspace);
    lw_log_free(log);
    buf_release(&text);
}

static int stop_at_once(void *user, const uint64_t *records, size_t n)
{
    (void)records;
    *(size_t *)user += n;
    return 7;
}

static void a_run_ends_when_asked_to(void **state)
{
    struct lw_log *log = make_log();
    struct lw_query *query = query_of("level>=trace");
    struct lw_cancel *cancel;
    size_t n = 0;
    (void)state;
    assert_int_equal(lw_cancel_new(&cancel, NULL), 0);
    assert_int_equal(lw_query_run(query, log, NULL, 0, UINT64_MAX, stop_at_once, &n, NULL, NULL, NULL), 7);
    assert_true(n > 0 && n < N_RECORDS);
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, cancel, NULL, NULL};
    lw_cancel_request(cancel);
    assert_int_equal(lw_query_run(query, log, NULL, 0, UINT64_MAX, stop_at_once, &n, &run, NULL, NULL),
                     LW_ERR_CANCELLED);
    lw_cancel_free(cancel);
    lw_query_free(query);
    lw_log_free(log);
}

static void what_could_not_be_answered_is_said(void **state)
{
    char line[4000];
    struct lw_query_total total;
    struct found found = {malloc(N_RECORDS * sizeof(uint64_t)), 0, 0};
    (void)state;
    memset(line, 'a', sizeof line);
    memcpy(line, "2026-11-23 02:10:11,000 INFO [main] a.B: ", 41);
    strcpy(line + sizeof line - 3, "!\n");
    struct lw_log *log = log_of_text(line);
    struct lw_query *query = query_of("/(a+)+(a+)+$/");
    assert_int_equal(lw_query_run(query, log, NULL, 0, 9, take, &found, NULL, &total, NULL), 0);
    assert_int_equal(total.over_limit, 1);
    assert_non_null(strstr(total.note, "1 record passed the limit"));
    lw_query_free(query);
    query = query_of("stauts=200");
    assert_int_equal(lw_query_run(query, log, NULL, 0, 9, take, &found, NULL, &total, NULL), 0);
    assert_non_null(strstr(total.note, "stauts"));
    lw_query_free(query);
    free(found.records);
    lw_log_free(log);
}

/* ---- time ----------------------------------------------------------------------------------------------------- */

static void time_leads_to_records_though_it_runs_backwards(void **state)
{
    struct buf text = BUF_INIT;
    struct rng rng;
    struct lw_record record;
    struct lw_reader *reader;
    int64_t first, last;
    uint64_t counts[37][LW_LEVEL_COUNT], expected[37][LW_LEVEL_COUNT];
    (void)state;
    rng_init(&rng, 8, 1, 0);
    for (unsigned i = 0; i < N_RECORDS * 2; i++) {
        unsigned s = i / 8 + rng_u32(&rng) % 100;
        buf_printf(&text, "2026-11-23 %02u:%02u:%02u,000 %s [main] a.B: x\n", 2 + s / 3600, s / 60 % 60, s % 60,
                   rng_u32(&rng) % 5 == 0 ? "WARN" : "INFO");
    }
    struct lw_log *log = log_of_text(text.data);
    assert_int_equal(lw_reader_new(log, &reader, NULL), 0);
    assert_true(lw_log_times(log, &first, &last));
    for (int round = 0; round < 20; round++) {
        int64_t from = first + (int64_t)(rng_u32(&rng) % 6000) * 1000000 - 5000000;
        int64_t to = from + 1 + (int64_t)(rng_u32(&rng) % 6000) * 1000000;
        size_t n_bins = 1 + rng_u32(&rng) % 37;
        uint64_t sought = LW_NO_RECORD;
        memset(expected, 0, sizeof expected);
        for (uint64_t i = 0; i < lw_log_count(log); i++) {
            assert_int_equal(lw_reader_get(reader, i, &record, NULL), 0);
            assert_true(record.time_us >= first && record.time_us <= last);
            if (sought == LW_NO_RECORD && record.time_us >= from)
                sought = i;
            if (record.time_us >= from && record.time_us < to)
                expected[(uint64_t)(record.time_us - from) * n_bins / (uint64_t)(to - from)][record.level]++;
        }
        assert_int_equal(lw_log_seek(log, from), sought);
        assert_int_equal(lw_log_histogram(log, from, to, n_bins, counts, NULL), 0);
        assert_memory_equal(counts, expected, n_bins * sizeof counts[0]);
    }
    assert_int_equal(lw_log_seek(log, last + 1), LW_NO_RECORD);
    assert_int_equal(lw_log_histogram(log, 5, 5, 3, counts, NULL), LW_ERR_USAGE);
    lw_reader_free(reader);
    lw_log_free(log);
    buf_release(&text);
}

static int count_up(void *user, const uint64_t *records, size_t n)
{
    (void)records;
    *(uint64_t *)user += n;
    return 0;
}

static int ask_and_find(void *user, struct lw_error *err)
{
    struct lw_query *query = NULL;
    uint64_t n = 0, record;
    int code = lw_query_new("(level>=warn or /b(o|b)b/) user=~\"b.b\" not \"nothing\" component=a.B", &query, err);
    if (code == 0)
        code = lw_query_run(query, user, NULL, 0, UINT64_MAX, count_up, &n, NULL, NULL, err);
    if (code == 0)
        code = lw_query_find(query, user, NULL, 3, LW_BACKWARD, NULL, &record, err);
    if (code == 0)
        assert_int_equal(n, 1);
    lw_query_free(query);
    return code;
}

static void survives_lack_of_memory(void **state)
{
    struct lw_log *log = log_of_text(small);
    (void)state;
    failalloc_each(ask_and_find, log);
    lw_log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_equal_those_of_a_slow_evaluator),
        cmocka_unit_test(values_are_compared_as_what_they_are),
        cmocka_unit_test(mistakes_are_named_with_their_column),
        cmocka_unit_test(what_was_learned_can_be_asked_for),
        cmocka_unit_test(a_run_ends_when_asked_to),
        cmocka_unit_test(what_could_not_be_answered_is_said),
        cmocka_unit_test(time_leads_to_records_though_it_runs_backwards),
        cmocka_unit_test(survives_lack_of_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
