#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate/constraints.h"
#include "tests/lib/scratch.h"

static int parse(const char *text, struct lw_constraints **out, struct lw_error *err)
{
    return constraints_parse("c.json", text, strlen(text), out, err);
}

static double value_of(const struct lw_constraints *constraints, const char *path)
{
    double value;
    assert_int_equal(lw_constraints_get(constraints, path, &value, NULL), 0);
    return value;
}

static void assert_sane(const struct lw_constraints *constraints)
{
    for (size_t i = 0; i < lw_knob_count(); i++) {
        const struct lw_knob *knob = lw_knob_get(i);
        double value = value_of(constraints, knob->path);
        assert_true(value >= knob->min && value <= knob->max);
        assert_true(!knob->is_integer || floor(value) == value);
    }
    for (size_t i = 1; i < constraints->n_weights; i++)
        assert_true(constraints->weights[i - 1].id < constraints->weights[i].id);
    for (size_t i = 0; i < LW_LEVEL_COUNT; i++)
        assert_true(constraints_level(constraints, (enum lw_level)i) == NULL ||
                    (constraints_level(constraints, (enum lw_level)i)->low >= 0 &&
                     constraints_level(constraints, (enum lw_level)i)->high <= 1));
}

static void every_knob_starts_at_its_initial_value_and_keeps_to_its_range(void **state)
{
    (void)state;
    struct lw_constraints *constraints;
    assert_int_equal(lw_constraints_new(&constraints, NULL), 0);
    assert_true(lw_knob_count() > 0);
    assert_null(lw_knob_get(lw_knob_count()));
    for (size_t i = 0; i < lw_knob_count(); i++) {
        const struct lw_knob *knob = lw_knob_get(i);
        assert_true(value_of(constraints, knob->path) == knob->initial);
        assert_true(knob->help[0] != 0 && knob->step > 0);
        assert_int_equal(lw_constraints_set(constraints, knob->path, knob->min - 1, NULL), LW_ERR_USAGE);
        assert_int_equal(lw_constraints_set(constraints, knob->path, NAN, NULL), LW_ERR_USAGE);
        assert_int_equal(lw_constraints_set(constraints, knob->path, INFINITY, NULL), LW_ERR_USAGE);
        assert_true(value_of(constraints, knob->path) == knob->initial);
        assert_int_equal(lw_constraints_set(constraints, knob->path, knob->max, NULL), 0);
        assert_int_equal(lw_constraints_set(constraints, knob->path, knob->min, NULL), 0);
        assert_true(value_of(constraints, knob->path) == knob->min);
        assert_sane(constraints);
    }
    lw_constraints_free(constraints);
}

static void a_document_says_what_it_says(void **state)
{
    (void)state;
    struct lw_constraints *c;
    const char *text =
        "{\"traces\": 250, \"seed\": 7, \"start\": \"2026-01-31T08:00:00Z\", \"levels\": {\"error\": 0.05},"
        " \"template_weights\": {\"E12\": 2.5, \"E3\": 0}, \"rare_path_factor\": 3,"
        " \"anomalies\": {\"missing\": 0.01, \"delay\": 0.02, \"delay_factor\": 20}}";
    assert_int_equal(parse(text, &c, NULL), 0);
    assert_sane(c);
    assert_true(value_of(c, "traces") == 250 && value_of(c, "seed") == 7 && value_of(c, "rare_path_factor") == 3);
    assert_true(value_of(c, "start") == 1769846400);
    assert_true(value_of(c, "levels.error") == .05);
    assert_true(value_of(c, "template_weights.E12") == 2.5 && value_of(c, "template_weights.E3") == 0);
    assert_true(value_of(c, "template_weights.E4") == 1);
    assert_true(value_of(c, "anomalies.missing") == .01 && value_of(c, "anomalies.delay_factor") == 20);
    assert_true(value_of(c, "anomalies.swapped") == 0);
    double value;
    assert_int_equal(lw_constraints_get(c, "levels.warn", &value, NULL), LW_ERR_NOT_FOUND);
    assert_int_equal(lw_constraints_set(c, "levels.error", NAN, NULL), 0);
    assert_int_equal(lw_constraints_get(c, "levels.error", &value, NULL), LW_ERR_NOT_FOUND);
    lw_constraints_free(c);
}

/* What is wrong, where, and what would be right. */
static void errors_name_the_path_and_the_remedy(void **state)
{
    (void)state;
    static const struct {
        const char *text, *where, *remedy;
    } cases[] = {
        {"{\"trases\": 5}", "$.trases", "$.traces"},
        {"{\"anomalies\": {\"mising\": 0.1}}", "$.anomalies.mising", "$.anomalies.missing"},
        {"{\"levels\": {\"eror\": 0.1}}", "$.levels.eror", "$.levels.error"},
        {"{\"template_weights\": {\"12\": 1}}", "$.template_weights.12", "$.template_weights.E1"},
        {"{\"template_weights\": {\"E0\": 1}}", "$.template_weights.E0", "$.template_weights.E1"},
        {"{\"traces\": \"many\"}", "$.traces is a string", "whole number from 1 to 10000000"},
        {"{\"traces\": 0}", "$.traces is 0", "from 1 to"},
        {"{\"traces\": 1.5}", "$.traces is 1.5", "whole number"},
        {"{\"anomalies\": {\"delay\": 1.5}}", "$.anomalies.delay is 1.5", "from 0 to 1 (share of traces)"},
        {"{\"anomalies\": 0.5}", "$.anomalies is a number", "{\"missing\": 0.05}"},
        {"{\"levels\": []}", "$.levels is a list", "{\"error\": 0.05}"},
        {"{\"anomalies.missing\": 0.5}", "$['anomalies.missing']", "an object"},
        {"{\"start\": \"soon\"}", "$.start", "2026-01-31T08:00:00Z"},
        {"{\"start\": null}", "$.start", "2026-01-31T08:00:00Z"},
        {"{\"anomalies\": {\"missing\": 0.6, \"delay\": 0.6}}", "$.anomalies", "1 is the most"},
        {"{\"traces\": 5,\n \"seed\": }", "c.json:2:", "not JSON"},
        {"{\"traces\": 5", "c.json:1:", "unexpected end"},
        {"", "c.json:1:1", "not JSON"},
        {"{} {}", "c.json:1:", "not JSON"},
        {"[]", "$ is a list", "{\"traces\": 1000}"},
        {"null", "c.json", "object"},
        {"{\"seed\": 1e400}", "$.seed", "from 0 to"},
        {"{\"traces\": {\"traces\": 3}}", "$.traces is an object", "whole number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lw_constraints *c = NULL;
        struct lw_error err;
        int rc = parse(cases[i].text, &c, &err);
        if (rc == 0 || strstr(err.text, cases[i].where) == NULL || strstr(err.text, cases[i].remedy) == NULL)
            fail_msg("%s gave %d: %s", cases[i].text, rc, rc == 0 ? "no error" : err.text);
        assert_true(strncmp(err.text, "c.json", 6) == 0);
        assert_null(c);
    }
}

static void nul_bytes_do_not_hide_what_follows(void **state)
{
    (void)state;
    struct lw_constraints *c = NULL;
    assert_int_equal(constraints_parse("c.json", "{}\0{", 4, &c, NULL), LW_ERR_INPUT);
    assert_null(c);
}

static void what_is_written_reads_back_the_same(void **state)
{
    (void)state;
    const char *path = scratch_path("c.json");
    struct lw_constraints *c, *again, *copy;
    assert_int_equal(parse("{\"traces\": 3, \"start\": 1769846400.25, \"levels\": {\"error\": 0.1, \"warn\": 0.3},"
                           "\"template_weights\": {\"E7\": 0.1, \"E2\": 3}, \"anomalies\": {\"unknown\": 0.125}}",
                           &c, NULL),
                     0);
    assert_int_equal(lw_constraints_write(c, path, NULL), 0);
    assert_int_equal(lw_constraints_read(path, &again, NULL), 0);
    assert_int_equal(lw_constraints_copy(again, &copy, NULL), 0);
    struct buf a = BUF_INIT, b = BUF_INIT;
    constraints_print(c, &a);
    constraints_print(copy, &b);
    assert_string_equal(a.data, b.data);
    assert_sane(copy);
    buf_release(&a);
    buf_release(&b);
    lw_constraints_free(c);
    lw_constraints_free(again);
    lw_constraints_free(copy);
}

/* logwright-constraints(5) with roff's escapes taken out; NULL outside the test suite. */
static char *manual(void)
{
    const char *top = getenv("top_srcdir");
    char path[4096];
    snprintf(path, sizeof path, "%s/man/logwright-constraints.5", top == NULL ? "." : top);
    FILE *stream = top == NULL ? NULL : fopen(path, "rb");
    struct buf text = BUF_INIT;
    for (int c = stream == NULL ? EOF : getc(stream); c != EOF; c = getc(stream)) {
        if (c == '\\')
            c = getc(stream);
        buf_add_byte(&text, (char)c);
    }
    if (stream != NULL)
        fclose(stream);
    return text.data;
}

/* The page says of every row of the table what the row says. */
static void the_manual_knows_every_knob(void **state)
{
    (void)state;
    char *page = manual();
    if (page == NULL)
        skip();
    for (size_t i = 0; i < lw_knob_count(); i++) {
        const struct lw_knob *knob = lw_knob_get(i);
        const char *dot = strchr(knob->path, '.');
        char head[80], range[80];
        snprintf(head, sizeof head, "\n.B %s\n", dot == NULL ? knob->path : dot + 1);
        snprintf(range, sizeof range, "from %.16g to %.16g", knob->min, knob->max);
        const char *at = strstr(page, dot == NULL ? "\n.SS Size" : "\n.SS Anomalies");
        at = at == NULL ? NULL : strstr(at, head);
        if (at == NULL || strstr(dot == NULL ? at : page, range) == NULL)
            fail_msg("the manual lacks %s, %s", knob->path, range);
        snprintf(range, sizeof range, "%.16g if left out", knob->initial);
        if (strstr(dot == NULL ? at : page, range) == NULL)
            fail_msg("the manual does not say that %s is %s", knob->path, range);
    }
    free(page);
}

static void the_example_of_the_manual_is_read(void **state)
{
    (void)state;
    char *page = manual();
    if (page == NULL)
        skip();
    char *from = strstr(page, "\n.EX\n"), *to = from == NULL ? NULL : strstr(from, "\n.EE");
    assert_non_null(to);
    struct lw_constraints *c;
    struct lw_error err;
    if (constraints_parse("manual", from + 5, (size_t)(to - from) - 5, &c, &err) != 0)
        fail_msg("%s", err.text);
    lw_constraints_free(c);
    free(page);
}

static void files_that_cannot_be_read_or_written_are_named(void **state)
{
    (void)state;
    struct lw_constraints *c = NULL;
    struct lw_error err;
    assert_int_equal(lw_constraints_read("no/such/file.json", &c, &err), LW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no/such/file.json"));
    assert_int_not_equal(lw_constraints_read("/", &c, &err), 0);
    assert_null(c);
    assert_int_equal(lw_constraints_new(&c, NULL), 0);
    assert_int_equal(lw_constraints_write(c, "no/such/folder/c.json", &err), LW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no/such/folder/c.json"));
    lw_constraints_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_knob_starts_at_its_initial_value_and_keeps_to_its_range),
        cmocka_unit_test(a_document_says_what_it_says),
        cmocka_unit_test(errors_name_the_path_and_the_remedy),
        cmocka_unit_test(nul_bytes_do_not_hide_what_follows),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(the_manual_knows_every_knob),
        cmocka_unit_test(the_example_of_the_manual_is_read),
        cmocka_unit_test(files_that_cannot_be_read_or_written_are_named),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
