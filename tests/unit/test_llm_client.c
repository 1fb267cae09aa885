/* One question to a server that answers well or badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "generate/llm_client.h"
#include "tests/lib/loopback.h"
#include "tests/lib/scratch.h"

struct outcome {
    int code;
    struct lw_error err;
    struct buf answer;
    size_t n_requests;
    uint64_t n_cached;
    struct buf requests;
};

static void release(struct outcome *outcome)
{
    buf_release(&outcome->answer);
    buf_release(&outcome->requests);
}

static struct lw_llm_options quick(void)
{
    struct lw_llm_options options = LW_LLM_OPTIONS_INIT;
    options.model = "small";
    options.key = "sk-very-secret";
    options.timeout_s = 10;
    options.wait_s = .01;
    options.max_attempts = 3;
    options.max_answer = 100000;
    return options;
}

static struct outcome ask(const struct lw_llm_options *options, const char *question)
{
    struct outcome outcome = {.answer = BUF_INIT, .requests = BUF_INIT};
    struct llm_client client;
    outcome.code = llm_client_init(&client, options, &outcome.err);
    if (outcome.code != 0)
        return outcome;
    outcome.code = llm_client_ask(&client, "You write logs.", question, 100, NULL, &outcome.answer, &outcome.err);
    outcome.n_cached = client.n_cached;
    llm_client_release(&client);
    return outcome;
}

static struct outcome serve(const struct loopback_reply *replies, size_t n)
{
    struct loopback server = {.replies = replies, .n = n};
    struct lw_llm_options options = quick();
    if (replies[0].way == LOOPBACK_SLOWLY)
        options.timeout_s = .7;
    loopback_start(&server);
    options.endpoint = server.endpoint;
    struct outcome outcome = ask(&options, "Write \"traces\".\n");
    loopback_stop(&server);
    outcome.n_requests = server.n_requests;
    outcome.requests = server.requests;
    return outcome;
}

static void a_question_is_sent_and_its_answer_taken(void **state)
{
    (void)state;
    const struct loopback_reply replies[] = {{LOOPBACK_WELL, "{\"trace\": 1}\n\xc3\xa9"}};
    struct outcome outcome = serve(replies, 1);
    assert_int_equal(outcome.code, 0);
    assert_string_equal(outcome.answer.data, "{\"trace\": 1}\n\xc3\xa9");
    assert_int_equal(outcome.n_requests, 1);
    assert_non_null(strstr(outcome.requests.data, "POST /v1/chat/completions HTTP/1.1"));
    assert_non_null(strstr(outcome.requests.data, "Authorization: Bearer sk-very-secret"));
    assert_non_null(strstr(outcome.requests.data, "\"model\":\"small\""));
    assert_non_null(strstr(outcome.requests.data, "Write \\\"traces\\\"."));
    release(&outcome);
}

/* Each of these is tried again, and the third attempt is good. */
static void what_passes_is_tried_again(void **state)
{
    (void)state;
    static const enum loopback_way ways[] = {LOOPBACK_SLOWLY, LOOPBACK_CUT, LOOPBACK_NO_JSON, LOOPBACK_NO_CHOICE,
                                             LOOPBACK_BROKEN};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const struct loopback_reply replies[] = {{ways[i], "cut"}, {ways[i], "cut"}, {LOOPBACK_WELL, "good"}};
        struct outcome outcome = serve(replies, 3);
        if (outcome.code != 0)
            fail_msg("way %d: %s", (int)ways[i], outcome.err.text);
        assert_string_equal(outcome.answer.data, "good");
        assert_int_equal(outcome.n_requests, 3);
        release(&outcome);
    }
}

static void a_server_that_asks_for_patience_gets_it(void **state)
{
    (void)state;
    const struct loopback_reply replies[] = {{LOOPBACK_TOO_MANY, NULL}, {LOOPBACK_WELL, "good"}};
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    struct outcome outcome = serve(replies, 2);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_int_equal(outcome.code, 0);
    assert_int_equal(outcome.n_requests, 2);
    assert_true((double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) * 1e-9 >= 1);
    release(&outcome);
}

static void what_lasts_is_an_error_that_says_why(void **state)
{
    (void)state;
    static const struct {
        enum loopback_way way;
        int code;
        size_t n_requests;
        const char *says;
    } cases[] = {{LOOPBACK_SLOWLY, LW_ERR_IO, 3, "Timeout"},      {LOOPBACK_CUT, LW_ERR_IO, 3, "tried 3 times"},
                 {LOOPBACK_NO_JSON, LW_ERR_IO, 3, "no chat"},     {LOOPBACK_BROKEN, LW_ERR_IO, 3, "status 500"},
                 {LOOPBACK_REFUSED, LW_ERR_IO, 1, "status 401"},  {LOOPBACK_HUGE, LW_ERR_LIMIT, 1, "100000 bytes"},
                 {LOOPBACK_ELSEWHERE, LW_ERR_IO, 1, "status 307"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct loopback_reply replies[] = {{cases[i].way, "cut"}};
        struct outcome outcome = serve(replies, 1);
        assert_int_equal(outcome.code, cases[i].code);
        assert_int_equal(outcome.n_requests, cases[i].n_requests);
        if (strstr(outcome.err.text, cases[i].says) == NULL)
            fail_msg("way %d: %s", (int)cases[i].way, outcome.err.text);
        assert_null(strchr(outcome.err.text, '\033'));
        assert_null(strstr(outcome.err.text, "secret"));
        release(&outcome);
    }
}

static void no_server_is_an_error(void **state)
{
    (void)state;
    struct loopback server = {.n = 0};
    struct lw_llm_options options = quick();
    loopback_start(&server);
    loopback_stop(&server);
    options.endpoint = server.endpoint;
    options.wait_s = 1000; /* nobody waits for a server that is not there */
    struct outcome outcome = ask(&options, "x");
    assert_int_equal(outcome.code, LW_ERR_IO);
    assert_non_null(strstr(outcome.err.text, "refused"));
    release(&outcome);
    static const char *const wrong[] = {NULL, "", "ftp://x/v1", "file:///etc/passwd", "127.0.0.1:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        options.endpoint = wrong[i];
        outcome = ask(&options, "x");
        assert_int_equal(outcome.code, LW_ERR_USAGE);
        assert_non_null(strstr(outcome.err.text, "http://"));
    }
}

/* The second time there is no server any more. */
static void an_answer_that_was_kept_needs_no_network(void **state)
{
    (void)state;
    const struct loopback_reply replies[] = {{LOOPBACK_WELL, "first"}};
    struct loopback server = {.replies = replies, .n = 1};
    struct lw_llm_options options = quick();
    char folder[200], path[500];
    snprintf(folder, sizeof folder, "%s", scratch_path("answers"));
    options.cache = folder;
    loopback_start(&server);
    options.endpoint = server.endpoint;
    struct outcome outcome = ask(&options, "question");
    assert_int_equal(outcome.code, 0);
    assert_int_equal(outcome.n_cached, 0);
    release(&outcome);
    loopback_stop(&server);
    loopback_release(&server);
    outcome = ask(&options, "question");
    assert_int_equal(outcome.code, 0);
    assert_int_equal(outcome.n_cached, 1);
    assert_string_equal(outcome.answer.data, "first");
    release(&outcome);
    outcome = ask(&options, "another question");
    assert_int_equal(outcome.code, LW_ERR_IO);
    release(&outcome);

    DIR *listing = opendir(folder);
    size_t n_files = 0;
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        n_files++;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    }
    closedir(listing);
    assert_int_equal(n_files, 1);
    char text[4000] = "";
    FILE *file = fopen(path, "r");
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_null(strstr(text, "secret")); /* the key is kept nowhere */
    file = fopen(path, "w");             /* what is not whole is no answer */
    fputs("{\"question\": \"x\", \"ans", file);
    fclose(file);
    outcome = ask(&options, "question");
    assert_int_equal(outcome.code, LW_ERR_IO);
    release(&outcome);
    unlink(path);
    rmdir(folder);
}

static void a_question_can_be_cancelled(void **state)
{
    (void)state;
    const struct loopback_reply replies[] = {{LOOPBACK_SLOWLY, NULL}};
    struct loopback server = {.replies = replies, .n = 1};
    struct lw_llm_options options = quick();
    struct lw_cancel *cancel;
    struct llm_client client;
    struct buf answer = BUF_INIT;
    assert_int_equal(lw_cancel_new(&cancel, NULL), 0);
    struct lw_run run = {.version = LW_OPTIONS_VERSION, .cancel = cancel};
    loopback_start(&server);
    options.endpoint = server.endpoint;
    assert_int_equal(llm_client_init(&client, &options, NULL), 0);
    lw_cancel_request(cancel);
    assert_int_equal(llm_client_ask(&client, "s", "u", 10, &run, &answer, NULL), LW_ERR_CANCELLED);
    llm_client_release(&client);
    loopback_stop(&server);
    loopback_release(&server);
    lw_cancel_free(cancel);
    buf_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_sent_and_its_answer_taken),
        cmocka_unit_test(what_passes_is_tried_again),
        cmocka_unit_test(a_server_that_asks_for_patience_gets_it),
        cmocka_unit_test(what_lasts_is_an_error_that_says_why),
        cmocka_unit_test(no_server_is_an_error),
        cmocka_unit_test_setup_teardown(an_answer_that_was_kept_needs_no_network, scratch_set_up, scratch_tear_down),
        cmocka_unit_test(a_question_can_be_cancelled),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
