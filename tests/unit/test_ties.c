#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "generate/generate.h"
#include "generate/render.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_log.h"

#define N 400

static struct model *model;
static struct blueprint *blueprint;
static struct lw_constraints *plain;

/* Of each moment: feeders, then brokers, then the archive; what a trace says stays together, seconds are told. */
static int set_up(void **state)
{
    struct buf text = BUF_INIT;
    struct lw_log *log = NULL;
    struct lw_error err;
    if (scratch_set_up(state) != 0 || lw_constraints_new(&plain, NULL) != 0)
        return -1;
    for (unsigned s = 0; s < N; s++) {
        unsigned at = s * 3;
        char time[40];
        snprintf(time, sizeof time, "2026-01-05 %02u:%02u:%02u", at / 3600, at / 60 % 60, at % 60);
        buf_printf(&text, "%s INFO [7] app.jobs: feeder took a message (session f-%05u)\n", time, s);
        buf_printf(&text, "%s INFO [7] app.jobs: feeder passed it on (session f-%05u)\n", time, s);
        buf_printf(&text, "%s INFO [7] app.jobs: broker has accepted it (session b-%05u)\n", time, s);
        buf_printf(&text, "%s INFO [7] app.jobs: archive keeps a copy of it (session a-%05u)\n", time, s);
    }
    int rc = buf_status(&text) != 0 ? -1 : small_open("learned.log", &text, &log, &err);
    if (rc == 0)
        rc = small_learn(log, "\\(session ([fba]-[0-9]+)\\)", &model, &err);
    if (rc == 0)
        rc = blueprint_of_model(model, plain, &blueprint, &err);
    lw_log_free(log);
    buf_release(&text);
    return rc;
}

static int tear_down(void **state)
{
    lw_constraints_free(plain);
    blueprint_free(blueprint);
    model_free(model);
    return scratch_tear_down(state);
}

static void what_comes_first_is_stronger(void **state)
{
    (void)state;
    const double *strengths = blueprint->ties.strengths;
    const struct template_item *items = model->templates.items;
    assert_int_equal(blueprint->ties.tick_us, 1000000);
    assert_non_null(strengths);
    assert_int_equal(model->templates.n, 4);
    assert_true(strengths[items[0].id] > 20 * strengths[items[2].id]);
    assert_true(strengths[items[2].id] > 20 * strengths[items[3].id]);
    /* The second of a feeder never begins its part. */
    assert_true(strengths[items[1].id] == 1);
}

/* Counts, over pairs of traces in one moment, how often the one that comes later in the real log stands first. */
static void count_pairs(const struct blueprint *from, unsigned *wrong, unsigned *all)
{
    struct generated made;
    struct renderer *renderer;
    struct lw_error err;
    *wrong = *all = 0;
    assert_int_equal(generate_traces(from, plain, "machine", NULL, &made, &err), 0);
    assert_int_equal(renderer_new(from, &made, 1, &renderer, &err), 0);
    for (size_t i = 0; i + 1 < made.traces.n_events; i++) {
        size_t a = renderer_event(renderer, i), b = renderer_event(renderer, i + 1);
        assert_int_equal(made.traces.times_us[a] % 1000000, 0);
        assert_true(made.traces.times_us[a] <= made.traces.times_us[b]);
        if (made.traces.times_us[a] != made.traces.times_us[b] ||
            renderer_trace(renderer, a) == renderer_trace(renderer, b))
            continue;
        ++*all;
        *wrong += made.traces.templates[a] > made.traces.templates[b];
    }
    renderer_free(renderer);
    generated_release(&made);
}

static void traces_of_a_moment_keep_their_order(void **state)
{
    (void)state;
    unsigned wrong, all;
    count_pairs(blueprint, &wrong, &all);
    assert_true(all > 200);
    assert_true(wrong * 10 < all);
}

static void a_document_keeps_it_too(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    struct blueprint *read;
    struct lw_error err;
    unsigned wrong, all;
    blueprint_print_json(blueprint, &text);
    struct json_object *json = json_tokener_parse(text.data);
    assert_non_null(json);
    assert_int_equal(blueprint_read_json("model", json, &read, &err), 0);
    assert_int_equal(read->ties.tick_us, 1000000);
    count_pairs(read, &wrong, &all);
    assert_true(all > 200);
    assert_true(wrong * 10 < all);
    blueprint_free(read);
    json_object_put(json);
    buf_release(&text);
}

/* Traces whose records lie between one another have no order to keep. */
static void mixed_traces_are_left_alone(void **state)
{
    (void)state;
    struct trace_set set;
    struct ties ties;
    struct arena arena = ARENA_INIT;
    trace_set_init(&set);
    for (unsigned t = 0; t < 20; t++) {
        char name[20];
        snprintf(name, sizeof name, "%u", t);
        assert_int_equal(trace_set_begin(&set, name, strlen(name), NULL), 0);
        for (unsigned i = 0; i < 3; i++)
            assert_int_equal(trace_set_event(&set, model->templates.items[t % 2].id, t / 2 * 1000000,
                                             t / 2 * 6 + i * 2 + t % 2, NULL),
                             0);
    }
    assert_int_equal(ties_find(&set, &model->templates, 5, &arena, &ties), 0);
    assert_null(ties.strengths);
    trace_set_release(&set);
    arena_release(&arena);
}

static int find_once(void *user, struct lw_error *err)
{
    struct ties ties;
    struct arena arena = ARENA_INIT;
    (void)user;
    int rc = ties_find(&model->traces, &model->templates, 5, &arena, &ties);
    assert_true(rc == 0 || ties.strengths == NULL);
    arena_release(&arena);
    if (rc != 0)
        err->code = (enum lw_code)rc;
    return rc;
}

static void running_out_of_memory_leaves_nothing(void **state)
{
    (void)state;
    failalloc_each(find_once, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_first_is_stronger),
        cmocka_unit_test(traces_of_a_moment_keep_their_order),
        cmocka_unit_test(a_document_keeps_it_too),
        cmocka_unit_test(mixed_traces_are_left_alone),
        cmocka_unit_test(running_out_of_memory_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
