#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate/write.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_generate.h"
#include "tests/lib/small_log.h"

static void make(const struct model *model, const char *json, struct blueprint **out)
{
    struct lw_constraints *c = small_constraints(json);
    struct lw_error err;
    if (blueprint_of_model(model, c, out, &err) != 0)
        fail_msg("%s", err.text);
    lw_constraints_free(c);
}

static int read_back(const char *text, struct blueprint **out, struct lw_error *err)
{
    struct json_object *json = json_tokener_parse(text);
    int rc = blueprint_read_json("test", json, out, err);
    json_object_put(json);
    return rc;
}

static void print(const struct blueprint *blueprint, struct buf *out)
{
    blueprint_print_json(blueprint, out);
    assert_int_equal(buf_status(out), 0);
}

/* The text of a log generated from a blueprint. */
static void generate(const struct blueprint *blueprint, const char *json, struct buf *out)
{
    struct lw_constraints *c = small_constraints(json);
    small_generate(blueprint, c, out);
    lw_constraints_free(c);
}

static void a_document_gives_the_same_document_and_log(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SMALL_STYLES; i++) {
        struct model *model = small_model(&small_styles[i], 200);
        struct blueprint *first, *second;
        struct buf before = BUF_INIT, after = BUF_INIT, log = BUF_INIT, again = BUF_INIT;
        struct lw_error err;
        assert_non_null(model);
        make(model, "{}", &first);
        print(first, &before);
        if (read_back(before.data, &second, &err) != 0)
            fail_msg("%s: %s", small_styles[i].name, err.text);
        print(second, &after);
        assert_string_equal(before.data, after.data);
        assert_null(second->model);
        generate(first, "{\"traces\": 40, \"seed\": 3}", &log);
        blueprint_free(first);
        model_free(model);
        generate(second, "{\"traces\": 40, \"seed\": 3, \"anomalies\": {\"unknown\": 0.1, \"missing\": 0.1}}", &again);
        assert_true(log.len > 0 && again.len > 0);
        blueprint_free(second);
        buf_release(&before);
        buf_release(&after);
        buf_release(&log);
        buf_release(&again);
    }
}

/* The document of a small log, to be broken. */
static struct json_object *document(void)
{
    struct model *model = small_model(&small_styles[0], 60);
    struct blueprint *blueprint;
    struct buf text = BUF_INIT;
    assert_non_null(model);
    make(model, "{}", &blueprint);
    print(blueprint, &text);
    struct json_object *json = json_tokener_parse(text.data);
    assert_non_null(json);
    blueprint_free(blueprint);
    model_free(model);
    buf_release(&text);
    return json;
}

/* What stands at "machine.transitions[0]". */
static struct json_object *at(struct json_object *json, const char *path)
{
    while (*path != 0 && json != NULL) {
        char name[40];
        size_t n = strcspn(path, ".[");
        if (*path == '[') {
            json = json_object_array_get_idx(json, strtoul(path + 1, NULL, 10));
            path += strcspn(path, "]") + 1;
        } else {
            assert_true(n < sizeof name);
            memcpy(name, path, n);
            name[n] = 0;
            assert_true(json_object_object_get_ex(json, name, &json));
            path += n;
        }
        path += *path == '.';
    }
    return json;
}

static void what_is_wrong_in_a_document_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *path, *name, *value; /* the member of the object there, and what becomes of it; NULL: it goes */
        const char *says[2];
    } cases[] = {
        {"", "version", "2", {"$.model.version", "reads version 1"}},
        {"", "headers", NULL, {"$.model.headers", "missing"}},
        {"", "values", "{}", {"$.model.values", "a list is right"}},
        {"", "lengths", "[]", {"$.model.lengths", "nothing to generate"}},
        {"", "rule", "\"(\"", {"$.model.rule", ""}},
        {"", "machine", "7", {"$.model.machine", "an object is right"}},
        {"machine", "traces", "0", {"$.model.machine.traces", "from 1 to"}},
        {"machine", "states", "[]", {"$.model.machine.states", "3 to 1000000"}},
        {"machine.transitions[0]",
         "probability",
         "1.5",
         {"$.model.machine.transitions[0].probability", "from 1e-12 to 1"}},
        {"machine.transitions[0]", "probability", "\"x\"", {"transitions[0].probability", "a number"}},
        {"machine.transitions[0]", "probability", "0.25", {"$.model.machine.states[", "add up to 1"}},
        {"machine.transitions[0]", "from", "\"nowhere\"", {"transitions[0].from", "no state of that name"}},
        {"machine.transitions[0]", "to", "\"start\"", {"transitions[0]", "into \"start\""}},
        {"machine.transitions[0]", "template", "\"E999\"", {"transitions[0].template", "no template of that id"}},
        {"machine.states[2]", "name", "\"end\"", {"states[2]", "same name"}},
        {"templates[0]", "id", "\"12\"", {"$.model.templates[0].id", "E12"}},
        {"templates[0].wordings[0]", "parts", "[7]", {"templates[0].wordings[0].parts[0]", "a string or an object"}},
        {"templates[0].wordings[0]", "parts", "[{\"value\": 1e6}]", {"parts[0].value", "a number from 0"}},
        {"templates[0].wordings[0]", "headers", "[[99, 1]]", {"headers[0]", "a whole number from 0"}},
        {"templates[0]", "levels", "{\"loud\": 1}", {"templates[0].levels", "no such level"}},
        {"headers[0]", "parts", "[\"x\"]", {"$.model.headers[0]", "message"}},
        {"", "names", "[[\"[0-\", 1]]", {"$.model.names[0]", "set"}},
        {"",
         "values",
         "[{\"texts\": [], \"fresh\": {\"weight\": 1, \"quantiles\": [3, 2]}}]",
         {"$.model.values[0].fresh.quantiles[1]", "do not rise"}},
        {"arrival", "gaps_us", "[-5]", {"$.model.arrival.gaps_us[0]", "from 0"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_object *json = document();
        struct blueprint *blueprint;
        struct lw_error err = {LW_OK, ""};
        if (cases[i].value == NULL)
            json_object_object_del(at(json, cases[i].path), cases[i].name);
        else
            json_object_object_add(at(json, cases[i].path), cases[i].name, json_tokener_parse(cases[i].value));
        assert_int_equal(blueprint_read_json("C.json", json, &blueprint, &err), LW_ERR_INPUT);
        if (strstr(err.text, cases[i].says[0]) == NULL || strstr(err.text, cases[i].says[1]) == NULL)
            fail_msg("case %zu: %s", i, err.text);
        assert_memory_equal(err.text, "C.json: ", 8);
        json_object_put(json);
    }
}

static void a_machine_without_an_end_is_refused(void **state)
{
    (void)state;
    struct json_object *json = document(), *edges = at(json, "machine.transitions");
    struct blueprint *blueprint;
    struct lw_error err;
    for (size_t i = 0; i < json_object_array_length(edges); i++) {
        struct json_object *edge = json_object_array_get_idx(edges, i);
        if (strcmp(json_object_get_string(at(edge, "to")), "end") == 0) {
            json_object_object_add(edge, "to", json_object_get(at(edge, "from")));
            json_object_object_add(edge, "template", json_object_get(at(json, "templates[0].id")));
        }
    }
    assert_int_equal(blueprint_read_json("C.json", json, &blueprint, &err), LW_ERR_INPUT);
    assert_non_null(strstr(err.text, "no way to the end"));
    json_object_put(json);
}

/* The parameter that a template of the small log has behind a word, such as "E2.1". */
static void find_parameter(const struct model *model, const char *word, char out[24])
{
    for (size_t i = 0; i < model->templates.n; i++) {
        const struct template_item *item = &model->templates.items[i];
        const char *found = strstr(item->text.data, word);
        if (found == NULL)
            continue;
        unsigned slot = 1;
        for (const char *c = item->text.data; c < found; c++)
            slot += strncmp(c, "<*>", 3) == 0;
        snprintf(out, 24, "E%u.%u", item->id, slot);
        return;
    }
    fail_msg("no template with %s", word);
}

static void parameters_take_what_constraints_say(void **state)
{
    (void)state;
    struct model *model = small_model(&small_styles[0], 200);
    char took[24], commit[24], json[400];
    struct buf log = BUF_INIT;
    struct blueprint *blueprint, *copy;
    struct lw_constraints *c;
    struct lw_error err;
    assert_non_null(model);
    find_parameter(model, "statement took ", took);
    find_parameter(model, "commit of transaction ", commit);
    snprintf(json, sizeof json,
             "{\"traces\": 50, \"parameters\": {\"%s\": {\"range\": [7000, 7009], \"integer\": true}, "
             "\"%s\": {\"pool\": [\"alpha\", \"beta\"]}}}",
             took, commit);
    make(model, json, &blueprint);
    generate(blueprint, json, &log);
    unsigned n = 0, number;
    for (const char *line = strstr(log.data, "took "); line != NULL; line = strstr(line + 1, "took "), n++) {
        assert_int_equal(sscanf(line, "took %u ms", &number), 1);
        assert_in_range(number, 7000, 7009);
    }
    assert_true(n > 50);
    n = 0;
    for (const char *line = strstr(log.data, "commit of transaction "); line != NULL;
         line = strstr(line + 1, "commit of transaction "), n++)
        assert_true(strncmp(line + 22, "alpha ", 6) == 0 || strncmp(line + 22, "beta ", 5) == 0);
    assert_true(n > 10);
    blueprint_free(blueprint);
    /* The same over a document's model. */
    make(model, "{}", &blueprint);
    c = small_constraints(json);
    assert_int_equal(blueprint_copy(blueprint, c, &copy, &err), 0);
    lw_constraints_free(c);
    buf_clear(&log);
    generate(copy, json, &log);
    assert_non_null(strstr(log.data, "commit of transaction alpha "));
    blueprint_free(copy);
    c = small_constraints("{\"parameters\": {\"E1.9\": {\"pool\": [\"x\"]}}}");
    assert_int_equal(blueprint_copy(blueprint, c, &copy, &err), LW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "parameters.E1.9"));
    lw_constraints_free(c);
    blueprint_free(blueprint);
    model_free(model);
    buf_release(&log);
}

/* Two places that say the same along a trace, and one that counts up, in traces that a document describes. */
static void values_obey_one_another(void **state)
{
    (void)state;
    static const char json[] =
        "{\"version\": 1, \"rule\": \"id=([0-9]+)\", \"names\": [[\"[1-9][0-9]{5}\", 1]], \"lengths\": [[6, 1]],"
        "\"arrival\": {\"first_us\": 1000000, \"gaps_us\": [1000], \"offsets_us\": []},"
        "\"unknown\": {\"texts\": [\"odd\"], \"before\": \"id=\", \"after\": \"\", \"named\": true},"
        "\"values\": [{\"texts\": [], \"fresh\": {\"weight\": 1, \"quantiles\": [0, 900]}}], \"shared\": [],"
        "\"headers\": [{\"parts\": [{\"message\": true}]}],"
        "\"templates\": ["
        "{\"id\": \"E1\", \"text\": \"put <*> as <*>\", \"count\": 9, \"levels\": {}, \"shared\": {}, \"relations\": "
        "[{\"parameter\": 2, \"is\": \"step\", \"number\": 3}], \"wordings\": [{\"parts\": [\"id=\", {\"shared\": "
        "\"trace\"}, \" put \", {\"value\": 0, \"parameter\": 1}, \" as \", {\"value\": 0, \"parameter\": 2}], "
        "\"headers\": [[0, 1]]}]},"
        "{\"id\": \"E2\", \"text\": \"got <*>\", \"count\": 9, \"levels\": {}, \"shared\": {}, \"relations\": "
        "[{\"parameter\": 1, \"is\": \"same\", \"other\": \"E1.1\"}], \"wordings\": [{\"parts\": [\"id=\", "
        "{\"shared\": \"trace\"}, \" got \", {\"value\": 0, \"parameter\": 1}], \"headers\": [[0, 1]]}]}],"
        "\"machine\": {\"traces\": 1, \"states\": [{\"name\": \"start\"}, {\"name\": \"end\"}, {\"name\": \"E1\", "
        "\"template\": \"E1\"}, {\"name\": \"E2\", \"template\": \"E2\"}], \"transitions\": ["
        "{\"from\": \"start\", \"to\": \"E1\", \"template\": \"E1\", \"probability\": 1},"
        "{\"from\": \"E1\", \"to\": \"E2\", \"template\": \"E2\", \"probability\": 1},"
        "{\"from\": \"E2\", \"to\": \"E1\", \"template\": \"E1\", \"probability\": 0.6},"
        "{\"from\": \"E2\", \"to\": \"end\", \"probability\": 0.4}]}}";
    struct blueprint *blueprint;
    struct buf log = BUF_INIT;
    struct lw_error err;
    if (read_back(json, &blueprint, &err) != 0)
        fail_msg("%s", err.text);
    generate(blueprint, "{\"traces\": 1, \"seed\": 8}", &log);
    unsigned id, put = 0, count = 0, last = 0, got, n = 0;
    for (char *line = strtok(log.data, "\n"); line != NULL; line = strtok(NULL, "\n"), n++) {
        if (n % 2 == 0) {
            assert_int_equal(sscanf(line, "id=%u put %u as %u", &id, &put, &count), 3);
            assert_true(n == 0 || count == last + 3);
            last = count;
        } else {
            assert_int_equal(sscanf(line, "id=%u got %u", &id, &got), 2);
            assert_int_equal(got, put);
        }
    }
    assert_true(n >= 2);
    blueprint_free(blueprint);
    buf_release(&log);
}

/* Makes a blueprint, prints it and reads it back. */
static int make_and_read(void *user, struct lw_error *err)
{
    struct blueprint *made = NULL, *read = NULL;
    struct buf text = BUF_INIT;
    int rc = blueprint_of_model(user, NULL, &made, err);
    if (rc == 0) {
        blueprint_print_json(made, &text);
        rc = buf_status(&text);
    }
    if (rc == 0)
        rc = read_back(text.data, &read, err);
    if (rc != 0 && err->code == LW_OK)
        err->code = LW_ERR_MEMORY;
    blueprint_free(made);
    blueprint_free(read);
    buf_release(&text);
    return rc;
}

static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    struct model *model = small_model(&small_styles[0], 20);
    assert_non_null(model);
    failalloc_each(make_and_read, model);
    model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_gives_the_same_document_and_log),
        cmocka_unit_test(what_is_wrong_in_a_document_is_named),
        cmocka_unit_test(a_machine_without_an_end_is_refused),
        cmocka_unit_test(parameters_take_what_constraints_say),
        cmocka_unit_test(values_obey_one_another),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
