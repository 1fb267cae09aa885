#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "generate/write.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_log.h"

static struct lw_constraints *constrain(const char *json)
{
    struct lw_constraints *c = NULL;
    struct lw_error err;
    if (constraints_parse("test", json, strlen(json), &c, &err) != 0)
        fail_msg("%s", err.text);
    return c;
}

static void make(const struct model *model, const char *json, struct blueprint **out)
{
    struct lw_constraints *c = constrain(json);
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
    struct lw_constraints *c = constrain(json);
    struct generated generated;
    struct renderer *renderer;
    struct lw_error err;
    if (generate_traces(blueprint, c, "machine", NULL, &generated, &err) != 0 ||
        renderer_new(blueprint, &generated, (uint64_t)c->seed, &renderer, &err) != 0)
        fail_msg("%s", err.text);
    struct generated_log log = {blueprint, &generated, renderer};
    assert_int_equal(write_sample(&log, SIZE_MAX, out, NULL, &err), 0);
    renderer_free(renderer);
    generated_release(&generated);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_gives_the_same_document_and_log),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
