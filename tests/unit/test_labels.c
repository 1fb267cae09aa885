#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/labels.h"
#include "tests/lib/scratch.h"

static struct lw_log *log_;
static struct trace_set set;

static const char *write_file(const char *name, const char *text)
{
    return scratch_write(name, text, strlen(text));
}

/* Four records, a second apart; trace a has the first two, b the third, c the last two. */
static int set_up(void **state)
{
    if (scratch_set_up(state) != 0)
        return -1;
    const char *paths[] = {
        write_file("log", "{\"time\":\"2026-01-01T00:00:01Z\",\"logger\":\"web\",\"tag\":\"-\",\"msg\":\"one\"}\n"
                          "{\"time\":\"2026-01-01T00:00:02Z\",\"logger\":\"web\",\"tag\":\"-\",\"msg\":\"two\"}\n"
                          "{\"time\":\"2026-01-01T00:00:03Z\",\"logger\":\"db\",\"tag\":\"DISK\",\"msg\":\"three\"}\n"
                          "{\"time\":\"2026-01-01T00:00:04Z\",\"logger\":\"db\",\"tag\":\"-\",\"msg\":\"four\"}\n")};
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    assert_int_equal(lw_log_open(paths, 1, &options, NULL, &log_, NULL), 0);
    assert_int_equal(lw_log_count(log_), 4);
    static const struct {
        const char *name;
        uint64_t records[2];
        size_t n;
    } traces[] = {{"a", {0, 1}, 2}, {"b", {2, 0}, 1}, {"c", {2, 3}, 2}};
    trace_set_init(&set);
    for (size_t t = 0; t < 3; t++) {
        assert_int_equal(trace_set_begin(&set, traces[t].name, 1, NULL), 0);
        for (size_t e = 0; e < traces[t].n; e++)
            assert_int_equal(trace_set_event(&set, 1,
                                             INT64_C(1767225601000000) + (int64_t)traces[t].records[e] * 1000000,
                                             traces[t].records[e], NULL),
                             0);
    }
    return 0;
}

static int tear_down(void **state)
{
    trace_set_release(&set);
    lw_log_free(log_);
    return scratch_tear_down(state);
}

static void expect(const char *csv, int a, int b, int c, size_t unmatched)
{
    struct lw_labels labels;
    struct lw_error err;
    if (labels_find(write_file("l.csv", csv), log_, &set, &labels, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(lw_labels_get(&labels, 0), a);
    assert_int_equal(lw_labels_get(&labels, 1), b);
    assert_int_equal(lw_labels_get(&labels, 2), c);
    assert_int_equal(lw_labels_get(&labels, 3), LW_UNLABELLED);
    assert_int_equal(lw_labels_unmatched(&labels), unmatched);
    labels_release(&labels);
}

static void reads_labels_by_trace(void **state)
{
    (void)state;
    expect("trace,label\na,Normal\nb,deadlock\nz,1\n", LW_NORMAL, LW_ANOMALOUS, LW_UNLABELLED, 1);
    expect("id,label,kind\r\na,0,x\r\nb,-,y\r\nc,1,z\r\n", LW_NORMAL, LW_NORMAL, LW_ANOMALOUS, 0);
    expect("trace,label\na,1\na,0\nb,0\nb,stall\nc,\n", LW_ANOMALOUS, LW_ANOMALOUS, LW_UNLABELLED, 0);
}

static void reads_labels_by_line(void **state)
{
    (void)state;
    expect("line,label\n1,-\n3,bad\n2,-\n9,-\n", LW_NORMAL, LW_ANOMALOUS, LW_ANOMALOUS, 1);
}

static void reads_windows_of_time(void **state)
{
    (void)state;
    const char *head = "start,end,component,label\n";
    char text[256];
    snprintf(text, sizeof text, "%s2026-01-01T00:00:02Z,2026-01-01T00:00:02.5Z,,slow\n", head);
    expect(text, LW_ANOMALOUS, LW_NORMAL, LW_NORMAL, 0);
    snprintf(text, sizeof text, "%s2026-01-01T00:00:00Z,2026-01-01T01:00:00Z,db,slow\n", head);
    expect(text, LW_NORMAL, LW_ANOMALOUS, LW_ANOMALOUS, 0);
    snprintf(text, sizeof text, "%s1767225604,1767225605,,slow\n", head);
    expect(text, LW_NORMAL, LW_NORMAL, LW_ANOMALOUS, 0);
}

static void reads_a_header_field(void **state)
{
    (void)state;
    struct lw_labels labels;
    assert_int_equal(labels_find("tag", log_, &set, &labels, NULL), 0);
    assert_int_equal(lw_labels_get(&labels, 0), LW_NORMAL);
    assert_int_equal(lw_labels_get(&labels, 1), LW_ANOMALOUS);
    assert_string_equal(lw_labels_kind(&labels, 1), "DISK");
    assert_int_equal(lw_labels_get(&labels, 2), LW_ANOMALOUS);
    labels_release(&labels);
}

static void refuse(const char *csv, enum lw_code code, const char *part)
{
    struct lw_labels labels;
    struct lw_error err = {LW_OK, ""};
    assert_int_equal(labels_find(write_file("l.csv", csv), log_, &set, &labels, &err), code);
    if (strstr(err.text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, part);
}

static void refuses_labels_that_cannot_be(void **state)
{
    (void)state;
    refuse("trace,label\nx,0\ny,1\n", LW_ERR_INPUT, "none of its 2 rows");
    refuse("trace\na\n", LW_ERR_INPUT, "two columns");
    refuse("line,label\nten,1\n", LW_ERR_INPUT, ":2: \"ten\"");
    refuse("start,end,component,label\nnoon,1,,x\n", LW_ERR_INPUT, ":2: \"noon\" is not a time");
    refuse("", LW_ERR_INPUT, "is empty");
    struct lw_labels labels;
    struct lw_error err;
    assert_int_equal(labels_find("nofield", log_, &set, &labels, &err), LW_ERR_NOT_FOUND);
    assert_int_equal(labels_find("no/such.csv", log_, &set, &labels, &err), LW_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_labels_by_trace),         cmocka_unit_test(reads_labels_by_line),
        cmocka_unit_test(reads_windows_of_time),         cmocka_unit_test(reads_a_header_field),
        cmocka_unit_test(refuses_labels_that_cannot_be),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("labels", tests, set_up, tear_down);
}
