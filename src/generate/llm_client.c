/*
 * libcurl moves the bytes, json-c cuts the answer. The key goes into a header and nowhere else: neither into the cache
 * nor into an error. Only http and https are spoken and redirections are not followed, so that an endpoint can send the
 * key and the prompt nowhere else. A cached exchange is a file with question and answer, readable as it stands, written
 * whole or not at all; its name is a hash of endpoint, model and question, and the question in it is compared before it
 * is believed.
 */
#include "generate/llm_client.h"

#include <curl/curl.h>
#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/executor.h"
#include "generate/outfile.h"

#define WAIT_MAX_S   60.0 /* between two attempts, whatever the server asks for */
#define WAIT_SLICE_S .05  /* between two looks at the cancel token */

int llm_client_init(struct llm_client *client, const struct lw_llm_options *options, struct lw_error *err)
{
    const char *endpoint = options->endpoint;
    if (endpoint == NULL || *endpoint == 0)
        return fail(err, LW_ERR_USAGE,
                    "method llm asks a language model, and no endpoint was given: set LOGWRIGHT_LLM_ENDPOINT, such as "
                    "http://127.0.0.1:8080/v1");
    if (strncmp(endpoint, "http://", 7) != 0 && strncmp(endpoint, "https://", 8) != 0)
        return fail(err, LW_ERR_USAGE,
                    "%.200s is no endpoint: an address that begins with http:// or https:// is right", endpoint);
    struct buf url = BUF_INIT;
    size_t len = strlen(endpoint);
    while (len > 0 && endpoint[len - 1] == '/')
        len--;
    buf_add(&url, endpoint, len);
    buf_add_text(&url, "/chat/completions");
    if (buf_status(&url) != 0) {
        buf_release(&url);
        return fail_memory(err, "asking a language model");
    }
    *client = (struct llm_client){.options = *options, .url = url.data};
    return 0;
}

void llm_client_release(struct llm_client *client)
{
    free(client->url);
    *client = (struct llm_client){.url = NULL};
}

/* ---- the question ------------------------------------------------------------------------------------------------ */

static void add_message(struct buf *out, const char *role, const char *text)
{
    buf_printf(out, "{\"role\":\"%s\",\"content\":", role);
    buf_add_json(out, text, strlen(text));
    buf_add_text(out, "}");
}

static void print_question(const struct llm_client *client, const char *system, const char *user, unsigned max_tokens,
                           struct buf *out)
{
    const char *model = client->options.model != NULL ? client->options.model : "";
    buf_add_text(out, "{\"model\":");
    buf_add_json(out, model, strlen(model));
    buf_printf(out, ",\"max_tokens\":%u,\"stream\":false,\"messages\":[", max_tokens);
    add_message(out, "system", system);
    buf_add_text(out, ",");
    add_message(out, "user", user);
    buf_add_text(out, "]}");
}

/* ---- the folder of exchanges ------------------------------------------------------------------------------------- */

static void print_cache_path(const struct llm_client *client, const struct buf *question, struct buf *out)
{
    XXH128_hash_t url = XXH3_128bits(client->url, strlen(client->url));
    XXH128_hash_t hash = XXH3_128bits_withSeed(question->data, question->len, url.low64);
    buf_printf(out, "%s/%016llx%016llx.json", client->options.cache, (unsigned long long)hash.high64,
               (unsigned long long)hash.low64);
}

/* Whether the exchange in the file is one with this question; then its answer. A file that is not whole, or another's,
 * is no answer, and will be written anew. */
static bool take_cached(const char *path, const struct buf *question, struct buf *answer)
{
    struct json_object *exchange = json_object_from_file(path), *asked, *got;
    bool is_good = exchange != NULL && json_object_object_get_ex(exchange, "question", &asked) &&
                   json_object_object_get_ex(exchange, "answer", &got) &&
                   json_object_is_type(asked, json_type_string) && json_object_is_type(got, json_type_string) &&
                   (size_t)json_object_get_string_len(asked) == question->len &&
                   memcmp(json_object_get_string(asked), question->data, question->len) == 0;
    if (is_good)
        buf_add(answer, json_object_get_string(got), (size_t)json_object_get_string_len(got));
    json_object_put(exchange);
    return is_good;
}

/* With the folder that it stands in, if need be. */
static int make_folder(const char *path, struct lw_error *err)
{
    const char *slash = strrchr(path, '/');
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return 0;
    if (errno == ENOENT && slash != NULL && slash > path) {
        char *parent = alloc_text(path, (size_t)(slash - path));
        if (parent == NULL)
            return fail_memory(err, "making the folder of answers");
        (void)mkdir(parent, 0700);
        free(parent);
        if (mkdir(path, 0700) == 0 || errno == EEXIST)
            return 0;
    }
    return fail_errno(err, errno, path, "making the folder of answers");
}

static int keep(const char *path, const struct buf *question, const struct buf *answer, struct lw_error *err)
{
    struct buf text = BUF_INIT;
    buf_add_text(&text, "{\"question\":");
    buf_add_json(&text, question->data, question->len);
    buf_add_text(&text, ",\n\"answer\":");
    buf_add_json(&text, answer->data, answer->len);
    buf_add_text(&text, "}\n");
    int rc =
        buf_status(&text) == 0 ? outfile_save(path, text.data, text.len, err) : fail_memory(err, "keeping an answer");
    buf_release(&text);
    return rc;
}

/* ---- one attempt ------------------------------------------------------------------------------------------------- */

struct attempt {
    const struct lw_run *run;
    struct buf body;
    size_t max_body;
    bool is_too_large;
    double retry_after_s; /* the server's wish, NaN: none */
    long status, os_error;
};

static size_t take_body(char *data, size_t size, size_t n, void *user)
{
    struct attempt *attempt = user;
    if (size != 0 && n > (attempt->max_body - attempt->body.len) / size) {
        attempt->is_too_large = true;
        return 0; /* ends the transfer */
    }
    buf_add(&attempt->body, data, size * n);
    return buf_status(&attempt->body) == 0 ? size * n : 0;
}

static int look_at_cancel(void *user, curl_off_t total, curl_off_t now, curl_off_t sent_total, curl_off_t sent)
{
    struct attempt *attempt = user;
    (void)total, (void)now, (void)sent_total, (void)sent;
    return run_check(attempt->run, NULL) != 0;
}

static struct curl_slist *make_headers(const char *key)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json"), *more;
    struct buf line = BUF_INIT;
    if (key == NULL || headers == NULL)
        return headers;
    buf_printf(&line, "Authorization: Bearer %s", key);
    more = buf_status(&line) == 0 ? curl_slist_append(headers, line.data) : NULL;
    buf_release(&line);
    if (more == NULL)
        curl_slist_free_all(headers);
    return more;
}

static void set_options(CURL *curl, const struct llm_client *client, const struct buf *question,
                        struct curl_slist *headers, struct attempt *attempt)
{
    long timeout = (long)ceil(client->options.timeout_s);
    curl_easy_setopt(curl, CURLOPT_URL, client->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, question->data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)question->len);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, attempt);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_at_cancel);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, attempt);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, timeout < 20 ? timeout : 20L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ceil(client->options.timeout_s * 1000));
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "logwright");
}

static CURLcode send_question(const struct llm_client *client, const struct buf *question, struct attempt *attempt)
{
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = make_headers(client->options.key);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    curl_off_t wish = 0;
    attempt->max_body = client->options.max_answer;
    attempt->retry_after_s = NAN;
    if (curl != NULL && headers != NULL) {
        set_options(curl, client, question, headers, attempt);
        code = curl_easy_perform(curl);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &attempt->status);
        curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &attempt->os_error);
        if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wish) == CURLE_OK && wish > 0)
            attempt->retry_after_s = (double)wish;
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return code;
}

/* choices[0].message.content */
static bool cut_answer(const struct buf *body, struct buf *answer)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *reply = NULL, *choices, *choice, *message, *content;
    if (tokener != NULL && body->len > 0 && body->len < INT32_MAX)
        reply = json_tokener_parse_ex(tokener, body->data, (int)body->len);
    bool is_good = reply != NULL && json_object_object_get_ex(reply, "choices", &choices) &&
                   json_object_is_type(choices, json_type_array) && json_object_array_length(choices) > 0 &&
                   (choice = json_object_array_get_idx(choices, 0)) != NULL &&
                   json_object_object_get_ex(choice, "message", &message) &&
                   json_object_object_get_ex(message, "content", &content) &&
                   json_object_is_type(content, json_type_string);
    if (is_good)
        buf_add(answer, json_object_get_string(content), (size_t)json_object_get_string_len(content));
    json_object_put(reply);
    if (tokener != NULL)
        json_tokener_free(tokener);
    return is_good;
}

enum outcome { OUTCOME_ANSWER, OUTCOME_AGAIN, OUTCOME_FAILED };

static bool is_passing(long status)
{
    return status == 408 || status == 409 || status == 425 || status == 429 || status >= 500;
}

/* A server that is there, but did not come to an end: who is not there at all will not be in a moment. */
static bool is_passing_failure(CURLcode code)
{
    return code == CURLE_OPERATION_TIMEDOUT || code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE ||
           code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR;
}

/* What came of one attempt; *err says what was wrong, if anything. */
static enum outcome judge(const struct llm_client *client, const struct attempt *attempt, CURLcode code,
                          struct buf *answer, struct lw_error *err)
{
    if (run_check(attempt->run, err) != 0)
        return OUTCOME_FAILED;
    if (attempt->is_too_large) {
        fail(err, LW_ERR_LIMIT, "%.200s answered with more than %zu bytes; ask for fewer traces", client->url,
             attempt->max_body);
        return OUTCOME_FAILED;
    }
    if (code == CURLE_OUT_OF_MEMORY || buf_status(&attempt->body) != 0) {
        fail_memory(err, "asking a language model");
        return OUTCOME_FAILED;
    }
    if (code != CURLE_OK) {
        bool is_unreached = code == CURLE_COULDNT_CONNECT && attempt->os_error != 0;
        fail(err, LW_ERR_IO, "%.200s: %s%s%s", client->url, curl_easy_strerror(code), is_unreached ? ": " : "",
             is_unreached ? strerror((int)attempt->os_error) : "");
        return is_passing_failure(code) ? OUTCOME_AGAIN : OUTCOME_FAILED;
    }
    if (attempt->status < 200 || attempt->status > 299) {
        fail(err, LW_ERR_IO, "%.200s answered with status %ld: %.*s", client->url, attempt->status,
             (int)(attempt->body.len < 120 ? attempt->body.len : 120), attempt->body.len > 0 ? attempt->body.data : "");
        return is_passing(attempt->status) ? OUTCOME_AGAIN : OUTCOME_FAILED;
    }
    if (!cut_answer(&attempt->body, answer)) {
        fail(err, LW_ERR_INPUT, "%.200s answered with what is no chat completion: %.*s", client->url,
             (int)(attempt->body.len < 120 ? attempt->body.len : 120), attempt->body.len > 0 ? attempt->body.data : "");
        return OUTCOME_AGAIN;
    }
    if (buf_status(answer) == 0)
        return OUTCOME_ANSWER;
    fail_memory(err, "asking a language model");
    return OUTCOME_FAILED;
}

/* ---- attempts ---------------------------------------------------------------------------------------------------- */

static int wait_for(double seconds, const struct lw_run *run, struct lw_error *err)
{
    double end = clock_monotonic_s() + fmin(seconds, WAIT_MAX_S), left;
    int rc = run_check(run, err);
    while (rc == 0 && (left = end - clock_monotonic_s()) > 0) {
        double slice = fmin(left, WAIT_SLICE_S);
        struct timespec pause = {0, (long)(slice * 1e9)};
        nanosleep(&pause, NULL);
        rc = run_check(run, err);
    }
    return rc;
}

static int ask_outside(struct llm_client *client, const struct buf *question, const struct lw_run *run,
                       struct buf *answer, struct lw_error *err)
{
    double wait = client->options.wait_s;
    struct lw_error why = {.code = LW_OK};
    unsigned n_attempts = client->options.max_attempts;
    for (unsigned i = 0; i < n_attempts; i++, wait *= 2) {
        struct attempt attempt = {.run = run, .body = BUF_INIT};
        client->n_sent++;
        CURLcode code = send_question(client, question, &attempt);
        enum outcome outcome = judge(client, &attempt, code, answer, &why);
        buf_release(&attempt.body);
        if (outcome == OUTCOME_ANSWER)
            return 0;
        if (outcome == OUTCOME_FAILED)
            return fail(err, why.code, "%s", why.text);
        double wish = isnan(attempt.retry_after_s) ? wait : attempt.retry_after_s;
        if (i + 1 < n_attempts && wait_for(wish, run, err) != 0)
            return LW_ERR_CANCELLED;
    }
    return fail(err, LW_ERR_IO, "%.400s (tried %u times)", why.text, n_attempts);
}

int llm_client_ask(struct llm_client *client, const char *system, const char *user, unsigned max_tokens,
                   const struct lw_run *run, struct buf *answer, struct lw_error *err)
{
    struct buf question = BUF_INIT, path = BUF_INIT;
    bool has_cache = client->options.cache != NULL, is_cached = false;
    int rc = 0;
    print_question(client, system, user, max_tokens, &question);
    if (has_cache && buf_status(&question) == 0)
        print_cache_path(client, &question, &path);
    if (buf_status(&question) != 0 || buf_status(&path) != 0)
        rc = fail_memory(err, "asking a language model");
    if (rc == 0 && has_cache)
        is_cached = take_cached(path.data, &question, answer);
    client->n_cached += is_cached;
    if (rc == 0 && !is_cached)
        rc = ask_outside(client, &question, run, answer, err);
    if (rc == 0 && !is_cached && has_cache) {
        rc = make_folder(client->options.cache, err);
        if (rc == 0)
            rc = keep(path.data, &question, answer, err);
    }
    buf_release(&question);
    buf_release(&path);
    return rc;
}
