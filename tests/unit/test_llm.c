/* Traces written by a language model: what of its answers is taken, mended, thrown away and asked for again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "generate/generate.h"
#include "generate/inject.h"
#include "generate/llm.h"
#include "generate/llm_prompt.h"
#include "tests/lib/loopback.h"
#include "tests/lib/small_log.h"

#define MAX_COURSES 64

static struct model *model;
static struct blueprint *blueprint;
static struct course courses[MAX_COURSES];

static int make_model(void **state)
{
    if (scratch_set_up(state) != 0)
        return -1;
    model = small_model(&small_styles[0], 400);
    return model == NULL ? -1 : blueprint_of_model(model, NULL, &blueprint, NULL);
}

static int free_model(void **state)
{
    blueprint_free(blueprint);
    model_free(model);
    for (size_t i = 0; i < MAX_COURSES; i++)
        course_release(&courses[i]);
    return scratch_tear_down(state);
}

/* Id of the template that has the word. */
static unsigned id_of(const char *word)
{
    for (size_t i = 0; i < model->templates.n; i++)
        if (strstr(model->templates.items[i].text.data, word) != NULL)
            return model->templates.items[i].id;
    fail_msg("no template says %s", word);
    return 0;
}

/* A line for each word, 100 ms apart; "?" is an event that is not there. */
static void add_trace(struct buf *out, int number, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++)
        buf_printf(out, "{\"trace\": %d, \"event\": \"E%u\", \"wait_ms\": %d}\n", number,
                   *words[i] == '?' ? 4000000u : id_of(words[i]), i == 0 ? 0 : 100);
}

static size_t take(const struct buf *text, struct llm_tally *tally)
{
    size_t n = 0;
    *tally = (struct llm_tally){.complaint = ""};
    assert_int_equal(llm_take_answer(blueprint, text->data, text->len, courses, MAX_COURSES, &n, tally), 0);
    for (size_t i = 0; i < n; i++) {
        assert_true(machine_accepts(blueprint->machine, &courses[i]));
        for (size_t k = 1; k < courses[i].n; k++)
            assert_true(courses[i].times_us[k] >= courses[i].times_us[k - 1]);
    }
    return n;
}

static const char *const whole[] = {"authorized", "statement", "commit", "disconnection", NULL};
static const char *const cut[] = {"authorized", "statement", "statement", "statement", "commit", NULL};
static const char *const gap[] = {"authorized", "statement",     "statement", "statement",
                                  "deadlock",   "disconnection", NULL};
static const char *const strange[] = {"authorized", "statement", "?", "statement", "commit", "disconnection", NULL};
static const char *const wrong[] = {"commit", "authorized", "rollback", "statement", NULL};

static void lawful_traces_are_taken_as_they_are(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    struct llm_tally tally;
    buf_add_text(&text, "Here are the traces:\n```json\n");
    add_trace(&text, 1, whole);
    add_trace(&text, 2, whole);
    buf_add_text(&text, "```\nI hope this helps {}.");
    assert_int_equal(take(&text, &tally), 2);
    assert_int_equal(tally.mended + tally.rejected + tally.bad_lines, 0);
    assert_int_equal(courses[1].n, 4);
    assert_int_equal(courses[1].templates[2], id_of("commit"));
    assert_int_equal(courses[1].times_us[3], 300000);
    buf_release(&text);
}

static void a_little_wrong_is_mended_and_much_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *const *words;
        size_t n, mended, n_events;
    } cases[] = {{cut, 1, 1, 6}, {gap, 1, 1, 7}, {strange, 1, 1, 5}, {wrong, 0, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf text = BUF_INIT;
        struct llm_tally tally;
        add_trace(&text, 7, cases[i].words);
        assert_int_equal(take(&text, &tally), cases[i].n);
        assert_int_equal(tally.mended, cases[i].mended);
        assert_int_equal(tally.rejected, 1 - cases[i].n);
        assert_true((tally.complaint[0] != 0) == (cases[i].n == 0));
        if (cases[i].n > 0)
            assert_int_equal(courses[0].n, cases[i].n_events);
        buf_release(&text);
    }
}

static void hostile_answers_do_no_harm(void **state)
{
    (void)state;
    static const char *const lines[] = {"{\"trace\": 1, \"event\": \"E1\"",
                                        "{\"trace\": {}, \"event\": []}",
                                        "{\"trace\": 1}",
                                        "{\"event\": \"E1\"}",
                                        "{\"trace\": 1, \"event\": \"E99999999999999999999\"}",
                                        "{[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                                        "{\"trace\": \"\", \"event\": \"E1\"}",
                                        "{\"trace\": 1, \"event\": null, \"wait_ms\": -5}",
                                        "{\"trace\": 1, \"event\": \"E1\", \"wait_ms\": 1e300}",
                                        "\xff\xfe{",
                                        "{\xff}"};
    struct buf text = BUF_INIT;
    struct llm_tally tally;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        buf_printf(&text, "%s\n", lines[i]);
    buf_add(&text, "{\0\n", 3);
    for (int i = 0; i < 3000; i++)
        buf_add_text(&text, "{\"trace\": 1, ");
    take(&text, &tally);
    assert_true(tally.bad_lines >= 8);
    assert_true(tally.complaint[0] != 0);
    size_t n = 0;
    assert_int_equal(llm_take_answer(blueprint, "", 0, courses, MAX_COURSES, &n, &tally), 0);
    assert_int_equal(n, 0);
    buf_release(&text);
}

static void the_model_is_told_events_steps_and_rules(void **state)
{
    (void)state;
    static const char document[] = "{\"levels\": {\"error\": 0.2}}";
    struct lw_constraints *constraints;
    struct buf text = BUF_INIT;
    struct llm_tally tally = {.complaint = "line 3 was bad"};
    char wanted[100];
    assert_int_equal(constraints_parse("test", document, strlen(document), &constraints, NULL), 0);
    llm_prompt_system(blueprint, constraints, &text);
    assert_int_equal(buf_status(&text), 0);
    snprintf(wanted, sizeof wanted, "E%u error", id_of("deadlock"));
    assert_non_null(strstr(text.data, wanted));
    assert_non_null(strstr(text.data, "start: E"));
    assert_non_null(strstr(text.data, "20 % are error"));
    assert_true(text.len < 60000);
    buf_clear(&text);
    llm_prompt_user(blueprint, constraints, courses, 0, 5, &tally, &text);
    assert_non_null(strstr(text.data, "line 3 was bad"));
    assert_non_null(strstr(text.data, "Write traces 1 to 5."));
    buf_release(&text);
    lw_constraints_free(constraints);
}

/* A model that knows the program a little: of four traces one is nonsense, and one in ten answers holds none. */
static void write_some(void *user, const char *request, struct buf *text)
{
    static const char *const *const kinds[] = {whole, cut, wrong, gap};
    int *n = user;
    (void)request;
    for (int i = 0; i < 8 && *n % 10 != 9; i++)
        add_trace(text, i, kinds[i % 4]);
    ++*n;
}

static int draw(struct lw_llm_options *options, size_t n, struct llm_tally *tally, struct lw_error *err)
{
    struct llm_client client;
    struct lw_constraints *constraints;
    assert_int_equal(lw_constraints_new(&constraints, NULL), 0);
    assert_int_equal(llm_client_init(&client, options, NULL), 0);
    int rc = llm_draw(&client, blueprint, constraints, courses, 0, n, NULL, tally, err);
    llm_client_release(&client);
    lw_constraints_free(constraints);
    return rc;
}

static void it_is_asked_until_there_are_enough_traces(void **state)
{
    (void)state;
    static const struct loopback_reply replies[] = {
        {LOOPBACK_WELL, NULL}, {LOOPBACK_BROKEN, NULL}, {LOOPBACK_CUT, "x"}, {LOOPBACK_WELL, NULL}};
    int n_asked = 0;
    struct loopback server = {.replies = replies, .n = 4, .write = write_some, .user = &n_asked};
    struct lw_llm_options options = LW_LLM_OPTIONS_INIT;
    struct llm_tally tally;
    struct lw_error err;
    options.wait_s = .01;
    loopback_start(&server);
    options.endpoint = server.endpoint;
    if (draw(&options, 30, &tally, &err) != 0)
        fail_msg("%s", err.text);
    loopback_stop(&server);
    assert_int_equal(tally.traces, 30);
    assert_true(tally.rejected > 0 && tally.mended > 0);
    assert_non_null(strstr(server.requests.data, "had to be changed")); /* it was told what was wrong */
    for (size_t i = 0; i < 30; i++)
        assert_true(machine_accepts(blueprint->machine, &courses[i]));
    loopback_release(&server);
}

/* The method as all others are called: its traces stand in the log, with the parameters that every method draws. */
static void the_method_writes_a_log(void **state)
{
    (void)state;
    static const struct loopback_reply replies[] = {{LOOPBACK_WELL, NULL}};
    int n_asked = 0;
    struct loopback server = {.replies = replies, .n = 1, .write = write_some, .user = &n_asked};
    struct lw_llm_options options = LW_LLM_OPTIONS_INIT;
    struct lw_constraints *constraints;
    struct generated generated;
    struct lw_error err;
    assert_int_equal(lw_constraints_new(&constraints, NULL), 0);
    assert_int_equal(lw_constraints_set(constraints, "traces", 20, NULL), 0);
    assert_int_equal(generate_traces(blueprint, constraints, "llm", NULL, &generated, &err), LW_ERR_USAGE);
    assert_non_null(strstr(err.text, "LOGWRIGHT_LLM_ENDPOINT"));
    loopback_start(&server);
    options.endpoint = server.endpoint;
    assert_int_equal(lw_constraints_set_llm(constraints, &options, NULL), 0);
    if (generate_traces(blueprint, constraints, "llm", NULL, &generated, &err) != 0)
        fail_msg("%s", err.text);
    loopback_stop(&server);
    loopback_release(&server);
    assert_int_equal(generated.traces.n_traces, 20);
    assert_int_equal(generated.traces.templates[0], id_of("authorized"));
    generated_release(&generated);
    lw_constraints_free(constraints);
}

static void a_model_that_knows_nothing_is_an_error(void **state)
{
    (void)state;
    static const struct loopback_reply replies[] = {{LOOPBACK_WELL, "I cannot help with that."}};
    struct loopback server = {.replies = replies, .n = 1};
    struct lw_llm_options options = LW_LLM_OPTIONS_INIT;
    struct llm_tally tally;
    struct lw_error err;
    loopback_start(&server);
    options.endpoint = server.endpoint;
    assert_int_equal(draw(&options, 5, &tally, &err), LW_ERR_INFEASIBLE);
    loopback_stop(&server);
    assert_true(server.n_requests < 10);
    assert_non_null(strstr(err.text, "0 of 5 traces"));
    loopback_release(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lawful_traces_are_taken_as_they_are),
        cmocka_unit_test(a_little_wrong_is_mended_and_much_is_not),
        cmocka_unit_test(hostile_answers_do_no_harm),
        cmocka_unit_test(the_model_is_told_events_steps_and_rules),
        cmocka_unit_test(it_is_asked_until_there_are_enough_traces),
        cmocka_unit_test(the_method_writes_a_log),
        cmocka_unit_test(a_model_that_knows_nothing_is_an_error),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_model, free_model);
}
