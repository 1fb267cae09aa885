/* Whether a log is lawful: what was generated is, and what was spoilt afterwards is told, where and as what it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "logwright.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_log.h"

static struct lw_workspace *workspace;

static int set_up(void **state)
{
    struct lw_learn_options options = LW_LEARN_OPTIONS_INIT;
    struct buf text = BUF_INIT;
    struct lw_log *log = NULL;
    if (scratch_set_up(state) != 0)
        return -1;
    small_write(&small_styles[0], 600, &text);
    options.trace = small_styles[0].rule;
    int rc = buf_status(&text);
    if (rc == 0)
        rc = small_open("real.log", &text, &log, NULL);
    if (rc == 0)
        rc = lw_workspace_learn(log, &options, NULL, &workspace, NULL);
    lw_log_free(log);
    buf_release(&text);
    return rc;
}

static int tear_down(void **state)
{
    lw_workspace_free(workspace);
    return scratch_tear_down(state);
}

/* Files of one generated log. */
struct made {
    char log[256], labels[256], records[256];
};

static struct lw_constraints *read(const char *json)
{
    struct lw_constraints *out = NULL;
    struct lw_error err;
    if (json != NULL && lw_constraints_read(scratch_write("c.json", json, strlen(json)), &out, &err) != 0)
        fail_msg("%s", err.text);
    return out;
}

static void make(const char *json, struct made *out)
{
    struct lw_constraints *constraints = read(json);
    struct lw_synthetic *synthetic;
    struct lw_write_options options = LW_WRITE_OPTIONS_INIT;
    struct lw_error err;
    snprintf(out->log, sizeof out->log, "%s", scratch_write("made.log", "", 0));
    snprintf(out->labels, sizeof out->labels, "%s", scratch_write("made.labels.csv", "", 0));
    snprintf(out->records, sizeof out->records, "%s", scratch_write("made.records.csv", "", 0));
    options.path = out->log;
    options.labels = out->labels;
    options.record_labels = out->records;
    if (lw_generate(workspace, constraints, "machine", NULL, &synthetic, &err) != 0 ||
        lw_synthetic_write(synthetic, &options, NULL, &err) != 0)
        fail_msg("%s: %s", json, err.text);
    lw_synthetic_free(synthetic);
    lw_constraints_free(constraints);
}

static struct lw_validation *check(const struct made *made, const char *json, bool has_labels, bool has_records)
{
    const char *const paths[] = {made->log};
    struct lw_constraints *constraints = read(json);
    struct lw_validation *validation;
    struct lw_log *log;
    struct lw_error err;
    if (lw_log_open(paths, 1, NULL, NULL, &log, &err) != 0 ||
        lw_validate(workspace, log, constraints, has_labels ? made->labels : NULL, has_records ? made->records : NULL,
                    NULL, &validation, &err) != 0)
        fail_msg("%s", err.text);
    lw_log_free(log);
    lw_constraints_free(constraints);
    return validation;
}

static size_t count(const struct lw_validation *validation, const char *group, const char *rule)
{
    size_t n = 0;
    for (size_t i = 0; i < lw_validation_count(validation); i++) {
        struct lw_violation violation;
        assert_int_equal(lw_validation_get(validation, i, &violation, NULL), 0);
        assert_true(violation.what != NULL && violation.what[0] != 0);
        n += (group == NULL || strcmp(violation.group, group) == 0) &&
             (rule == NULL || strcmp(violation.rule, rule) == 0);
    }
    return n;
}

static void assert_lawful(struct lw_validation *validation, const char *what)
{
    struct lw_violation violation;
    if (lw_validation_count(validation) > 0 && lw_validation_get(validation, 0, &violation, NULL) == 0)
        fail_msg("%s: %zu violations, the first: %s %s: %s", what, lw_validation_count(validation), violation.group,
                 violation.rule, violation.what);
    lw_validation_free(validation);
}

/* A document that each log keeps, and one that it does not: the rule that tells. */
static void a_log_keeps_its_own_document_and_no_other(void **state)
{
    static const struct {
        const char *own, *other, *rule;
    } rows[] = {
        {"{\"traces\": 300}", "{\"traces\": 301}", "traces"},
        {"{\"records\": 2000}", "{\"records\": 3000}", "records"},
        {"{\"duration\": 3000}", "{\"duration\": 1500}", "duration"},
        {"{\"duration\": 3000}", "{\"duration\": 6000}", "duration"},
        {"{\"traces\": 800, \"arrival\": {\"rate\": 0.5}}", "{\"traces\": 800, \"arrival\": {\"rate\": 1}}", "arrival"},
        {"{\"traces\": 800, \"levels\": {\"error\": 0.1}}", "{\"traces\": 800, \"levels\": {\"error\": 0.2}}",
         "levels"},
        {"{\"traces\": 200, \"through\": \"E5\"}", "{\"traces\": 200, \"through\": \"E5,E5,E5,E5\"}", "through"},
        {"{\"traces\": 500, \"parameters\": {\"E2.1\": {\"range\": [10, 20], \"integer\": true}}}",
         "{\"traces\": 500, \"parameters\": {\"E2.1\": {\"range\": [10, 15], \"integer\": true}}}", "parameters"},
        {"{\"traces\": 300, \"parameters\": {\"E2.2\": {\"same\": \"E1.1\"}}}",
         "{\"traces\": 300, \"parameters\": {\"E4.1\": {\"same\": \"E2.2\"}, \"E2.2\": {\"same\": \"E1.2\"}}}",
         "parameters"},
        /* What E4.1 was in the real log, the user of E1.1, is no relation any more. */
        {"{\"traces\": 300, \"parameters\": {\"E4.1\": {\"pool\": [\"u1\", \"u2\"]}}}",
         "{\"traces\": 300, \"parameters\": {\"E4.1\": {\"pool\": [\"u1\", \"u3\"]}}}", "parameters"},
        {"{\"traces\": 500, \"parameters\": {\"E2.1\": {\"distribution\": \"exponential\", \"mean\": 300}}}",
         "{\"traces\": 500, \"parameters\": {\"E2.1\": {\"distribution\": \"exponential\", \"mean\": 600}}}",
         "distributions"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made made;
        make(rows[i].own, &made);
        assert_lawful(check(&made, rows[i].own, true, true), rows[i].own);
        struct lw_validation *validation = check(&made, rows[i].other, false, false);
        if (count(validation, "constraints", rows[i].rule) == 0)
            fail_msg("%s is not missed in a log of %s", rows[i].other, rows[i].own);
        lw_validation_free(validation);
    }
}

static const char *const kinds[] = {"missing", "repeated", "swapped", "unknown", "delay", "parameter", "timeout"};
#define N_KINDS (sizeof kinds / sizeof *kinds)

static void anomalies_break_what_they_say_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_KINDS; i++) {
        char json[100];
        struct made made;
        snprintf(json, sizeof json, "{\"traces\": 400, \"anomalies\": {\"%s\": 0.05}}", kinds[i]);
        make(json, &made);
        assert_lawful(check(&made, json, true, true), json);
        /* Without the labels each is a violation. */
        struct lw_validation *validation = check(&made, NULL, false, false);
        if (lw_validation_count(validation) < 20)
            fail_msg("%s: %zu of 20 violations are told", kinds[i], lw_validation_count(validation));
        lw_validation_free(validation);
    }
}

/* Puts one text in the place of another in a file; how often. */
static size_t replace(const char *path, const char *from, const char *to, size_t most)
{
    static char data[1 << 20];
    struct buf text = BUF_INIT;
    char *at = data;
    size_t n = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(data, 1, sizeof data - 1, file);
    fclose(file);
    assert_true(len < sizeof data - 1);
    data[len] = 0;
    for (char *next; n < most && (next = strstr(at, from)) != NULL; at = next + strlen(from), n++) {
        buf_add(&text, at, (size_t)(next - at));
        buf_add_text(&text, to);
    }
    buf_add_text(&text, at);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
    buf_release(&text);
    return n;
}

static void labels_that_say_what_is_not_so_are_told(void **state)
{
    static const char json[] = "{\"traces\": 400, \"anomalies\": {\"unknown\": 0.05}}";
    struct made made;
    (void)state;
    /* A label behind which nothing shows. */
    make(json, &made);
    assert_int_equal(replace(made.labels, ",normal,", ",delay,", 3), 3);
    struct lw_validation *validation = check(&made, NULL, true, false);
    assert_int_equal(count(validation, "labels", "visible"), 3);
    lw_validation_free(validation);
    /* Another kind than the one that shows: it is told as what it is, and what is said is missed. */
    make(json, &made);
    assert_int_equal(replace(made.labels, ",unknown,", ",parameter,", 100), 20);
    validation = check(&made, NULL, true, false);
    assert_true(count(validation, "machine", "template") >= 20);
    assert_int_equal(count(validation, "labels", "visible"), 20);
    lw_validation_free(validation);
    /* Records labelled in sound traces. */
    make(json, &made);
    assert_int_equal(replace(made.records, ",normal,", ",unknown,", 5), 5);
    validation = check(&made, NULL, true, true);
    assert_int_equal(count(validation, "labels", "records"), 5);
    lw_validation_free(validation);
}

/* Where times are moved to fit a window, long delays are no breach, so they need not show either. */
static void delays_need_not_show_where_times_are_moved(void **state)
{
    static const char json[] =
        "{\"traces\": 400, \"recovery\": {\"within\": [\"1ms\", \"1h\"]}, \"anomalies\": {\"delay\": 0.05}}";
    struct made made;
    (void)state;
    make(json, &made);
    struct lw_validation *validation = check(&made, json, true, false);
    assert_int_equal(count(validation, "labels", "visible"), 0);
    lw_validation_free(validation);
}

/* Two traces under one name are no longer two, and no step of the machine leads from one to the other. */
static void a_value_of_an_event_that_never_comes_before_is_refused(void **state)
{
    struct lw_constraints *constraints = read("{\"parameters\": {\"E1.1\": {\"same\": \"E2.2\"}}}");
    struct lw_synthetic *synthetic;
    struct lw_error err;
    (void)state;
    assert_int_equal(lw_generate(workspace, constraints, "machine", NULL, &synthetic, &err), LW_ERR_INFEASIBLE);
    assert_non_null(strstr(err.text, "parameters.E1.1.same: no E2 comes before an E1"));
    lw_constraints_free(constraints);
}

/* What a label says of a trace is not held against the constraints that it breaks; without it, it is. */
static void labels_explain_what_constraints_miss(void **state)
{
    static const struct {
        const char *json, *rule;
    } rows[] = {
        {"{\"traces\": 400, \"recovery\": {\"after\": \"error\", \"within\": [0, 5]},"
         " \"anomalies\": {\"drift\": {\"rate\": 0.2, \"severity\": 20}}}",
         "recovery"},
        {"{\"traces\": 400, \"levels\": {\"error\": 0.02}, \"anomalies\": {\"cascade\": 0.3}}", "levels"},
        {"{\"traces\": 400, \"rules\": [{\"if\": \"E2\", \"then\": \"error\", \"within\": [0, 1000], \"probability\": "
         "0.1}],"
         " \"anomalies\": {\"flapping\": 0.3}}",
         "rules"},
        {"{\"traces\": 400, \"recovery\": {\"after\": \"error\", \"within\": [0, 5]}, \"anomalies\": {\"timeout\": "
         "0.2}}",
         NULL},
        {"{\"traces\": 400, \"arrival\": {\"rate\": 0.5}, \"anomalies\": {\"crash\": 0.05}}", NULL},
        {"{\"duration\": 3000, \"anomalies\": {\"crash\": 0.05}}", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made made;
        make(rows[i].json, &made);
        assert_lawful(check(&made, rows[i].json, true, i % 2 == 0), rows[i].json);
        if (rows[i].rule == NULL)
            continue;
        struct lw_validation *validation = check(&made, rows[i].json, false, false);
        if (count(validation, "constraints", rows[i].rule) == 0)
            fail_msg("%s: no label is missed", rows[i].json);
        lw_validation_free(validation);
    }
}

static void names_that_come_twice_are_told(void **state)
{
    (void)state;
    const char *json = "{\"traces\": 2, \"arrival\": {\"rate\": 0.0001}}", *name = "(session s-";
    char text[100000], *at = text;
    struct made made;
    make(json, &made);
    struct lw_validation *validation = check(&made, NULL, false, false);
    assert_int_equal(count(validation, "keys", "unique name"), 0);
    lw_validation_free(validation);
    FILE *file = fopen(made.log, "rb");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    while ((at = strstr(at, name)) != NULL) {
        at += strlen(name);
        memcpy(at, "999999", 6);
    }
    snprintf(made.log, sizeof made.log, "%s", scratch_write("twice.log", text, n));
    validation = check(&made, NULL, false, false);
    assert_int_equal(count(validation, "keys", "unique name"), 1);
    assert_int_equal(count(validation, "machine", "step"), 0);
    lw_validation_free(validation);
}

static void detectors_see_what_they_can(void **state)
{
    static const char json[] = "{\"traces\": 400, \"anomalies\": {\"unknown\": 0.05, \"parameter\": 0.05}}";
    struct made made;
    size_t n_seen = 0;
    (void)state;
    make(json, &made);
    struct lw_validation *validation = check(&made, json, true, false);
    const struct lw_figures *figures = lw_validation_figures(validation);
    for (size_t i = 0; i < lw_figures_count(figures); i++) {
        struct lw_figure row;
        assert_int_equal(lw_figures_get(figures, i, &row, NULL), 0);
        bool is_rate = strcmp(row.name, "detectors") == 0;
        if (!is_rate && strcmp(row.name, "separation") != 0)
            continue;
        assert_true(row.value >= 0 && row.value <= 1 && row.n > 0);
        if (strcmp(row.part, "new-event unknown") == 0)
            n_seen += row.value == 1;
        if (strcmp(row.part, "new-event parameter") == 0)
            assert_true(is_rate ? row.value == 0 : row.value == .5);
        if (strcmp(row.part, "new-event normal") == 0 && !is_rate)
            assert_true(row.value == .5);
    }
    assert_int_equal(n_seen, 2);
    lw_validation_free(validation);
}

static int validate_once(void *user, struct lw_error *err)
{
    const struct made *made = user;
    const char *const paths[] = {made->log};
    struct lw_validation *validation = NULL;
    struct lw_constraints *constraints = NULL;
    struct lw_log *log = NULL;
    int rc = lw_constraints_read(scratch_path("c.json"), &constraints, err);
    if (rc == 0)
        rc = lw_log_open(paths, 1, NULL, NULL, &log, err);
    if (rc == 0)
        rc = lw_validate(workspace, log, constraints, NULL, made->records, NULL, &validation, err);
    lw_validation_free(validation);
    lw_log_free(log);
    lw_constraints_free(constraints);
    return rc;
}

static void memory_may_run_out(void **state)
{
    static const char json[] = "{\"traces\": 12, \"through\": \"E5\", \"arrival\": {\"rate\": 2}, \"parameters\": "
                               "{\"E2.1\": {\"range\": [10, 20]}}}";
    struct made made;
    (void)state;
    make(json, &made);
    failalloc_each(validate_once, &made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_keeps_its_own_document_and_no_other),
        cmocka_unit_test(anomalies_break_what_they_say_and_nothing_else),
        cmocka_unit_test(labels_that_say_what_is_not_so_are_told),
        cmocka_unit_test(delays_need_not_show_where_times_are_moved),
        cmocka_unit_test(a_value_of_an_event_that_never_comes_before_is_refused),
        cmocka_unit_test(labels_explain_what_constraints_miss),
        cmocka_unit_test(names_that_come_twice_are_told),
        cmocka_unit_test(detectors_see_what_they_can),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
