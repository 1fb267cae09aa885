#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate/constraint_rows.h"
#include "tests/lib/scratch.h"

static int parse(const char *text, struct lw_constraints **out, struct lw_error *err)
{
    return constraints_parse("c.json", text, strlen(text), out, err);
}

/* NaN: it is not set. */
static double value_of(const struct lw_constraints *constraints, const char *path)
{
    double value;
    int rc = lw_constraints_get(constraints, path, &value, NULL);
    assert_true(rc == 0 || rc == LW_ERR_NOT_FOUND);
    return rc == 0 ? value : NAN;
}

static bool is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void assert_sane(const struct lw_constraints *constraints)
{
    int sizes = 0;
    for (size_t i = 0; i < lw_knob_count(); i++) {
        const struct lw_knob *knob = lw_knob_get(i);
        double value = value_of(constraints, knob->path);
        assert_true(isnan(value) ? isnan(knob->initial) || i < 3 : value >= knob->min && value <= knob->max);
        assert_true(isnan(value) || !knob->is_integer || floor(value) == value);
    }
    sizes += !isnan(constraints->traces);
    sizes += !isnan(constraints->records);
    sizes += !isnan(constraints->duration_s);
    assert_int_equal(sizes, 1);
    for (size_t i = 1; i < constraints->n_weights; i++)
        assert_true(constraints->weights[i - 1].id < constraints->weights[i].id);
    for (size_t i = 0; i < constraints->n_shares; i++) {
        const struct share_target *share = &constraints->shares[i];
        assert_true(share->low >= 0 && share->low <= share->high && share->high <= 1);
        assert_true(i == 0 || share[-1].kind < share->kind ||
                    (share[-1].kind == share->kind && strcmp(share[-1].name, share->name) < 0));
    }
}

static void every_knob_starts_at_its_initial_value_and_keeps_to_its_range(void **state)
{
    (void)state;
    assert_true(lw_knob_count() > 0);
    assert_null(lw_knob_get(lw_knob_count()));
    for (size_t i = 0; i < lw_knob_count(); i++) {
        struct lw_constraints *constraints;
        assert_int_equal(lw_constraints_new(&constraints, NULL), 0);
        const struct lw_knob *knob = lw_knob_get(i);
        assert_true(is_same(value_of(constraints, knob->path), knob->initial));
        assert_true(knob->help[0] != 0 && knob->step > 0);
        assert_int_equal(lw_constraints_set(constraints, knob->path, knob->min - 1, NULL), LW_ERR_USAGE);
        assert_int_equal(lw_constraints_set(constraints, knob->path, INFINITY, NULL), LW_ERR_USAGE);
        assert_true(is_same(value_of(constraints, knob->path), knob->initial));
        assert_int_equal(lw_constraints_set(constraints, knob->path, knob->max, NULL), 0);
        assert_sane(constraints);
        assert_int_equal(lw_constraints_set(constraints, knob->path, knob->min, NULL), 0);
        assert_true(value_of(constraints, knob->path) == knob->min);
        assert_int_equal(lw_constraints_set(constraints, knob->path, NAN, NULL), 0);
        assert_true(is_same(value_of(constraints, knob->path), knob->initial));
        assert_sane(constraints);
        lw_constraints_free(constraints);
    }
}

/* All that a document can hold, but for the model. */
static const char everything[] =
    "{\"records\": 5e6, \"seed\": 9, \"start\": \"2026-01-31T08:00:00Z\", \"zone\": \"+02:00\","
    " \"arrival\": {\"rate\": 2.5, \"profile\": [0,0,0,0,0,0,1,2,3,4,5,5,5,5,5,4,3,2,1,1,1,0,0,0],"
    "  \"bursts\": {\"per_hour\": 2, \"length\": \"90s\", \"height\": 8}},"
    " \"levels\": {\"error\": [0.01, 0.02], \"warn\": 0.1}, \"templates\": {\"E4\": 0.2},"
    " \"services\": {\"pay.core\": [0.1, 1]}, \"error_types\": {\"TimeoutError\": 0.5, \"E7\": [0, 0.2]},"
    " \"template_weights\": {\"E12\": 2.5, \"E3\": 0}, \"transition_weights\": {\"E3>E7\": 2, \"a>b>end\": 0.5},"
    " \"rare_path_factor\": 3, \"delay_factor\": 2, \"delay_factors\": {\"E12\": 4},"
    " \"calls\": [{\"from\": \"api\", \"to\": \"db\", \"probability\": 0.6}],"
    " \"rules\": [{\"if\": \"E7\", \"then\": \"service:pay\", \"within\": [0.5, \"1m\"], \"probability\": 0.8, "
    "\"scope\": \"log\"},"
    "  {\"if\": \"level:fatal\", \"then\": \"error\", \"within\": [0, 5]}],"
    " \"recovery\": {\"after\": \"error\", \"within\": [1, \"2m\"]},"
    " \"anomalies\": {\"missing\": 0.01, \"cascade\": {\"rate\": 0.02, \"severity\": 3, \"duration\": \"5m\", "
    "\"propagation\": 0.4}},"
    " \"parameters\": {\"E1.1\": {\"pool\": [\"a\", 5]}, \"E1.2\": {\"pool\": {\"x\": 3, \"y\": 1}},"
    "  \"E2.1\": {\"range\": [1, 9], \"integer\": true}, \"E2.2\": {\"same\": \"E1.1\"}, \"E3.1\": {\"fake\": \"ip\"},"
    "  \"E3.2\": {\"distribution\": \"log-normal\", \"median\": 3, \"sigma\": 0.5, \"high\": 100}},"
    " \"privacy\": {\"epsilon\": 1, \"delta\": 1e-7, \"clip\": 20, \"minimum_count\": 3, \"allow\": [\"ip\", "
    "\"path\"]},"
    " \"output\": {\"as\": \"jsonl\", \"format\": \"logback\"}}";

static void a_document_says_what_it_says(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        double value;
    } numbers[] = {
        {"records", 5e6},
        {"traces", NAN},
        {"seed", 9},
        {"start", 1769846400},
        {"arrival.rate", 2.5},
        {"arrival.profile.10", 5},
        {"arrival.bursts.length", 90},
        {"levels.error", .02},
        {"levels.error.low", .01},
        {"levels.warn", .1},
        {"levels.info", NAN},
        {"templates.E4", .2},
        {"services.pay.core", 1},
        {"services.pay.core.low", .1},
        {"error_types.TimeoutError", .5},
        {"template_weights.E12", 2.5},
        {"template_weights.E3", 0},
        {"template_weights.E4", 1},
        {"transition_weights.E3>E7", 2},
        {"transition_weights.a>b>end", .5},
        {"delay_factors.E12", 4},
        {"calls.0.probability", .6},
        {"rules.0.probability", .8},
        {"rules.0.within.1", 60},
        {"rules.1.within.1", 5},
        {"recovery.within.1", 120},
        {"anomalies.missing", .01},
        {"anomalies.cascade", .02},
        {"anomalies.cascade.rate", .02},
        {"anomalies.cascade.severity", 3},
        {"anomalies.cascade.duration", 300},
        {"anomalies.cascade.propagation", .4},
        {"anomalies.swapped", 0},
        {"anomalies.swapped.severity", 10},
        {"parameters.E2.1.high", 9},
        {"parameters.E3.2.sigma", .5},
        {"parameters.E3.2.high", 100},
        {"privacy.epsilon", 1},
    };
    struct lw_constraints *c;
    struct lw_error err;
    if (parse(everything, &c, &err) != 0)
        fail_msg("%s", err.text);
    assert_sane(c);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!is_same(value_of(c, numbers[i].path), numbers[i].value))
            fail_msg("%s is %g", numbers[i].path, value_of(c, numbers[i].path));
    assert_string_equal(c->zone, "+02:00");
    assert_string_equal(c->output_format, "logback");
    assert_int_equal(c->n_allowed, 2);
    assert_true(c->rules[0].is_across && !c->rules[1].is_across && c->rules[1].probability == 1);
    assert_string_equal(c->rules[0].effect.service, "pay");
    assert_string_equal(c->values[0].pool[1].text, "5");
    assert_true(c->values[2].is_integer && c->values[3].other_template == 1 && c->values[3].other_slot == 0);
    lw_constraints_free(c);
}

static void every_number_can_be_set_and_taken_back(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        double value, without;
    } numbers[] = {
        {"levels.error", .3, NAN},
        {"levels.warn.high", .5, NAN},
        {"services.a.b", .2, NAN},
        {"error_types.E7", .4, NAN},
        {"template_weights.E9", 3, 1},
        {"delay_factors.E9", 3, 1},
        {"anomalies.crash.severity", 7, 10},
        {"arrival.profile.3", 2, NAN},
        {"recovery.within.0", 4, NAN},
        {"transition_weights.E1>end", 2, 1},
        {"privacy.epsilon", .5, NAN},
        {"duration", 60, NAN},
        {"start", 1e9, NAN},
    };
    struct lw_constraints *c;
    assert_int_equal(lw_constraints_new(&c, NULL), 0);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const char *path = numbers[i].path;
        assert_int_equal(lw_constraints_set(c, path, -1e18, NULL), LW_ERR_USAGE);
        assert_int_equal(c->n_shares, 0);
        assert_int_equal(lw_constraints_set(c, path, numbers[i].value, NULL), 0);
        assert_true(value_of(c, path) == numbers[i].value);
        assert_int_equal(constraints_check(c, NULL), 0);
        assert_sane(c);
        assert_int_equal(lw_constraints_set(c, path, NAN, NULL), 0);
        if (!is_same(value_of(c, path), numbers[i].without))
            fail_msg("%s is %g", path, value_of(c, path));
        assert_sane(c);
    }
    assert_true(value_of(c, "traces") == 1000);
    assert_int_equal(lw_constraints_set(c, "rules.0.probability", .5, NULL), LW_ERR_USAGE);
    assert_int_equal(lw_constraints_set(c, "levels", .5, NULL), LW_ERR_USAGE);
    assert_int_equal(lw_constraints_set(c, "services.", .5, NULL), LW_ERR_USAGE);
    assert_int_equal(lw_constraints_set(c, "transition_weights.E3", 1, NULL), LW_ERR_USAGE);
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
        {"{\"levels\": {\"warn\": 0.1},\n \"seed\": 1, \"levels\": {}}", "c.json:2:13:", "\"levels\" is named twice"},
        {"{\"rules\": [{\"if\": \"E1\", \"then\": \"E2\"},\n{\"if\": \"a\\\"\", \"if\": 1}]}", "c.json:2:", "\"if\""},
        {"[]", "$ is a list", "{\"traces\": 1000}"},
        {"null", "c.json", "object"},
        {"{\"records\": 5, \"traces\": 5}", "$.records and $.traces", "one of them"},
        {"{\"records\": 0}", "$.records is 0", "from 1 to 1000000000000"},
        {"{\"duration\": \"soon\"}", "$.duration is a string", "\"5m\""},
        {"{\"duration\": \"-5m\"}", "$.duration", "0.001"},
        {"{\"zone\": \"Mars/Olympus\"}", "$.zone", "Mars/Olympus"},
        {"{\"zone\": \"\"}", "$.zone", "empty"},
        {"{\"arrival\": {\"profile\": [1, 2]}}", "$.arrival.profile", "24 numbers"},
        {"{\"arrival\": {\"profile\": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}", "$.arrival.profile",
         "no hour"},
        {"{\"arrival\": {\"bursts\": {\"per_hour\": 100, \"length\": \"1m\"}}}", "$.arrival.bursts.per_hour",
         "arrival.bursts.length"},
        {"{\"levels\": {\"error\": [0.3, 0.2]}}", "$.levels.error", "at least 0.3 and at most 0.2"},
        {"{\"levels\": {\"error\": [0.3]}}", "$.levels.error is a list", "two numbers"},
        {"{\"levels\": {\"error\": 0.7, \"warn\": 0.4}}", "$.levels: the shares from error to warn", "1 is the most"},
        {"{\"templates\": {\"error\": 0.7}}", "$.templates.error", "$.templates.E1"},
        {"{\"templates\": {\"E3\": 0.1}, \"template_weights\": {\"E3\": 0}}", "$.templates.E3", "template_weights.E3"},
        {"{\"error_types\": {\"E3\": 0.1}, \"template_weights\": {\"E3\": 0}}", "$.error_types.E3",
         "template_weights.E3"},
        {"{\"transition_weights\": {\"E3\": 2}}", "$.transition_weights.E3", "$.transition_weights.E1>E2"},
        {"{\"calls\": {}}", "$.calls is an object", "a list"},
        {"{\"calls\": [{\"from\": \"a\", \"to\": \"b\"}]}", "$.calls[0]", "\"probability\" is missing"},
        {"{\"calls\": [{\"from\": \"a\", \"to\": \"b\", \"probability\": 0.7},"
         " {\"from\": \"a\", \"to\": \"c\", \"probability\": 0.7}]}",
         "$.calls", "1 is the most"},
        {"{\"calls\": [{\"from\": \"a\", \"to\": \"b\", \"probability\": 0.1},"
         " {\"from\": \"a\", \"to\": \"b\", \"probability\": 0.2}]}",
         "$.calls.0 and calls.1", "one is wanted"},
        {"{\"rules\": [{\"if\": \"E1\", \"then\": \"E2\"}]}", "$.rules[0]", "\"within\" is missing"},
        {"{\"rules\": [{\"if\": \"x\", \"then\": \"E2\", \"within\": [0, 1]}]}", "$.rules[0].if", "level:error"},
        {"{\"rules\": [{\"if\": \"E1\", \"then\": \"E2\", \"within\": [5, 1]}]}", "$.rules.0.within",
         "at least 5 s and at most 1 s"},
        {"{\"rules\": [{\"if\": \"E1\", \"then\": \"E2\", \"within\": [0, 1], \"probability\": 1.5}]}",
         "$.rules[0].probability is 1.5", "from 0 to 1"},
        {"{\"rules\": [{\"if\": \"E1\", \"then\": \"E2\", \"within\": [0, 1], \"scope\": 1}]}", "$.rules[0].scope",
         "\"trace\" or \"log\""},
        {"{\"rules\": [{\"if\": \"E1\", \"then\": \"E2\", \"within\": [0, 1], \"when\": 1}]}", "$.rules[0]",
         "\"when\""},
        {"{\"rules\": [{\"if\": \"E1\", \"then\": \"E2\", \"within\": [0, 1]}], \"template_weights\": {\"E2\": 0}}",
         "$.rules.0.then", "template_weights.E2"},
        {"{\"recovery\": {\"after\": \"error\"}}", "$.recovery.after", "recovery.within"},
        {"{\"recovery\": {\"within\": [9, 1]}}", "$.recovery.within", "at least 9 s and at most 1 s"},
        {"{\"anomalies\": {\"cascade\": {\"rate\": 2}}}", "$.anomalies.cascade is 2", "from 0 to 1"},
        {"{\"anomalies\": {\"cascade\": {\"severe\": 2}}}", "$.anomalies.cascade.severe",
         "$.anomalies.cascade.severity"},
        {"{\"parameters\": {\"E1\": {}}}", "$.parameters.E1", "\"E12.1\" is right"},
        {"{\"parameters\": {\"E1.1\": {}}}", "$.parameters.E1.1", "\"pool\""},
        {"{\"parameters\": {\"E1.1\": {\"pool\": []}}}", "$.parameters.E1.1", "none could be taken"},
        {"{\"parameters\": {\"E1.1\": {\"pool\": [\"a\\nb\"]}}}", "$.parameters.E1.1", "without line breaks"},
        {"{\"parameters\": {\"E1.1\": {\"pool\": {\"a\\rb\": 1}}}}", "$.parameters.E1.1", "without line breaks"},
        {"{\"parameters\": {\"E1.1\": {\"pool\": [\"a\"], \"low\": 1}}}", "$.parameters.E1.1",
         "\"low\" does not go with"},
        {"{\"parameters\": {\"E1.1\": {\"range\": [3, 1]}}}", "$.parameters.E1.1", "at least 3 and at most 1"},
        {"{\"parameters\": {\"E1.1\": {\"distribution\": \"gamma\", \"shape\": 1}}}", "$.parameters.E1.1.scale",
         "missing"},
        {"{\"parameters\": {\"E1.1\": {\"distribution\": \"normal\"}}}", "$.parameters.E1.1", "log-normal"},
        {"{\"parameters\": {\"E1.1\": {\"same\": \"E2\"}}}", "$.parameters.E1.1", "\"E3.1\" is right"},
        {"{\"privacy\": {\"epsilon\": 0}}", "$.privacy.epsilon is 0", "from 1e-06"},
        {"{\"privacy\": {\"allow\": \"ip\"}}", "$.privacy.allow is a string", "a list"},
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
    assert_int_equal(parse(everything, &c, NULL), 0);
    assert_int_equal(lw_constraints_write(c, path, NULL), 0);
    assert_int_equal(lw_constraints_read(path, &again, NULL), 0);
    assert_int_equal(lw_constraints_copy(again, &copy, NULL), 0);
    struct buf a = BUF_INIT, b = BUF_INIT;
    constraints_print(c, &a);
    constraints_print(copy, &b);
    assert_string_equal(a.data, b.data);
    assert_non_null(strstr(a.data, "\"within\": [0.5, 60]"));
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

/* The entry of a row: what stands there once for several of them has one name. */
static char *entry(const char *page, const char *path)
{
    char head[100];
    const char *anomaly = strncmp(path, "anomalies.", 10) == 0 ? strchr(path + 10, '.') : NULL;
    int len = anomaly != NULL ? snprintf(head, sizeof head, "\n.TP\n.B anomalies.KIND%s\n", anomaly)
                              : snprintf(head, sizeof head, "\n.TP\n.B %s\n", path);
    if (strncmp(path, "arrival.profile.", 16) == 0 || strncmp(path, "recovery.within.", 16) == 0)
        len = snprintf(head, sizeof head, "\n.TP\n.B %.*s\n", 15, path);
    const char *at = strstr(page, head);
    if (at == NULL)
        return NULL;
    at += len;
    const char *end = strstr(at, "\n.TP");
    char *text = malloc(strlen(at) + 1);
    assert_non_null(text);
    snprintf(text, strlen(at) + 1, "%.*s", end == NULL ? (int)strlen(at) : (int)(end - at), at);
    for (char *c = text; *c != 0; c++)
        if (*c == '\n')
            *c = ' ';
    return text;
}

/* The page says of every row of the table what the row says. */
static void the_manual_knows_every_row(void **state)
{
    (void)state;
    const struct constraint_row *row;
    char *page = manual(), text[80];
    if (page == NULL) {
        print_message("# skipped: there is no manual\n");
        return;
    }
    for (size_t i = 0; (row = constraint_row(i)) != NULL; i++) {
        const struct lw_knob *knob = &row->knob;
        char *said = entry(page, knob->path);
        if (said == NULL)
            fail_msg("the manual lacks %s", knob->path);
        snprintf(text, sizeof text, "rom %.16g to %.16g", knob->min, knob->max);
        if (knob->max > knob->min && strstr(said, text) == NULL)
            fail_msg("the manual does not say of %s: %s", knob->path, text);
        snprintf(text, sizeof text, "%.16g if left out", knob->initial);
        if (constraint_is_number(row) && !isnan(knob->initial) && strstr(said, text) == NULL)
            fail_msg("the manual does not say of %s: %s", knob->path, text);
        free(said);
    }
    free(page);
}

static void the_examples_of_the_manual_are_read(void **state)
{
    (void)state;
    char *page = manual();
    if (page == NULL) {
        print_message("# skipped: there is no manual\n");
        return;
    }
    size_t n = 0;
    for (char *from = page, *to; (from = strstr(from, "\n.EX\n")) != NULL; from = to, n++) {
        struct lw_constraints *c;
        struct lw_error err;
        to = strstr(from, "\n.EE");
        assert_non_null(to);
        if (constraints_parse("manual", from + 5, (size_t)(to - from) - 5, &c, &err) != 0)
            fail_msg("%s", err.text);
        lw_constraints_free(c);
    }
    assert_true(n >= 2);
    free(page);
}

/* Rows are found in the schema along their paths, open to nothing else. */
static void the_schema_has_every_row(void **state)
{
    (void)state;
    const struct constraint_row *row;
    char *text;
    size_t len;
    assert_int_equal(lw_constraints_schema(&text, &len, NULL), 0);
    struct json_object *schema = json_tokener_parse(text), *at, *options;
    assert_non_null(schema);
    for (size_t i = 0; (row = constraint_row(i)) != NULL; i++) {
        char path[100], *rest = path;
        snprintf(path, sizeof path, "%s", row->knob.path);
        at = schema;
        for (const char *name; at != NULL && (name = strtok_r(rest, ".", &rest)) != NULL;) {
            if (json_object_object_get_ex(at, "anyOf", &options))
                at = json_object_array_get_idx(options, 1);
            if (json_object_object_get_ex(at, "items", &options))
                at = options;
            else if (!json_object_object_get_ex(at, "properties", &at) || !json_object_object_get_ex(at, name, &at))
                at = NULL;
        }
        if (at == NULL)
            fail_msg("the schema lacks %s", row->knob.path);
        if (row->form == PLACE_NUMBER && json_object_object_get_ex(at, "maximum", &options))
            assert_true(json_object_get_double(options) == row->knob.max);
    }
    json_object_put(schema);
    free(text);
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
        cmocka_unit_test(every_number_can_be_set_and_taken_back),
        cmocka_unit_test(errors_name_the_path_and_the_remedy),
        cmocka_unit_test(nul_bytes_do_not_hide_what_follows),
        cmocka_unit_test(what_is_written_reads_back_the_same),
        cmocka_unit_test(the_manual_knows_every_row),
        cmocka_unit_test(the_examples_of_the_manual_are_read),
        cmocka_unit_test(the_schema_has_every_row),
        cmocka_unit_test(files_that_cannot_be_read_or_written_are_named),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
