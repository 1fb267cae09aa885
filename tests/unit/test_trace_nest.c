#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/rng.h"
#include "logwright.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/scratch.h"

#define N_SESSIONS 300u
#define OPEN       8u

/* ---- sessions of several requests, eight at a time ------------------------------------------------------------- */

struct session {
    unsigned id, request, left, step;
};
/* Writes step `step` of request `request`, which belongs to session `session`. */
typedef void (*writer)(struct buf *out, struct rng *rng, unsigned session, unsigned request, unsigned step);

static const char *const steps[] = {"accepted", "looks up the order", "renders a page", "answered"};

static void stamp(struct buf *out, unsigned n)
{
    buf_printf(out, "2026-11-23 %02u:%02u:%02u.%03u INFO web: ", 2 + n / 14400, n / 240 % 60, n / 4 % 60, n % 4);
}

static void simulate(struct buf *out, writer write)
{
    struct rng rng;
    struct session open[OPEN];
    unsigned n_open = 0, next = 0, request = 0;
    rng_init(&rng, 1, 5, 0);
    for (unsigned tick = 0; next < N_SESSIONS || n_open > 0; tick++) {
        while (n_open < OPEN && next < N_SESSIONS)
            open[n_open++] = (struct session){.id = next++, .left = 2 + next % 4};
        struct session *session = &open[rng_below(&rng, n_open)];
        if (session->step == 0)
            session->request = request++;
        stamp(out, tick);
        write(out, &rng, session->id, session->request, session->step);
        session->step = (session->step + 1) % (sizeof steps / sizeof *steps);
        if (session->step == 0 && --session->left == 0)
            *session = open[--n_open];
    }
}

/* The session stands in all records, on one of two hosts. */
static void write_both(struct buf *out, struct rng *rng, unsigned session, unsigned request, unsigned step)
{
    (void)rng;
    buf_printf(out, "request=r%ux session=s%uy host=h%u %s\n", request, session, session % 2, steps[step]);
}

/* The session stands only where a request begins, and one of a hundred requests is given a wrong one later. */
static void write_once(struct buf *out, struct rng *rng, unsigned session, unsigned request, unsigned step)
{
    (void)rng;
    if (step == 0)
        buf_printf(out, "session=s%uy begins request=r%ux\n", session, request);
    else if (step == 3 && request % 100 == 50)
        buf_printf(out, "request=r%ux is of session=s%uy after all\n", request, session / 2);
    else
        buf_printf(out, "request=r%ux %s\n", request, steps[step]);
}

/* Requests are served by whatever worker is free, and name a connection of a pool once. */
static void write_independent(struct buf *out, struct rng *rng, unsigned session, unsigned request, unsigned step)
{
    (void)session;
    buf_printf(out, "request=r%ux worker=w%uz", request, (unsigned)rng_below(rng, 40));
    if (step == 1)
        buf_printf(out, " conn=c%uk", (unsigned)rng_below(rng, 12));
    buf_printf(out, " %s\n", steps[step]);
}

/* There is but one host, and none of the others nests. */
static void write_constant(struct buf *out, struct rng *rng, unsigned session, unsigned request, unsigned step)
{
    (void)session;
    buf_printf(out, "request=r%ux host=h%u %s\n", request, rng_below(rng, 1000) == 0 ? 2u : 1u, steps[step]);
}

/* A job is what the request is called further on. */
static void write_alias(struct buf *out, struct rng *rng, unsigned session, unsigned request, unsigned step)
{
    (void)rng;
    if (step < 2)
        buf_printf(out, "session=s%uy request=r%ux %s\n", session, request, steps[step]);
    else
        buf_printf(out, "request=r%ux job=j%uq %s\n", request, request * 7 + 3, steps[step]);
}

/* ---- what is found --------------------------------------------------------------------------------------------- */

static struct lw_log *open_log(writer write)
{
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct buf text = BUF_INIT;
    struct lw_log *log;
    struct lw_error err;
    simulate(&text, write);
    const char *path = scratch_write("sessions.log", text.data, text.len);
    buf_release(&text);
    options.now_us = INT64_C(1700000000000000);
    if (lw_log_open(&path, 1, &options, NULL, &log, &err) != 0)
        fail_msg("%s", err.text);
    return log;
}

static struct lw_trace_candidates *find_with(writer write, const char *trace)
{
    struct lw_trace_candidates *candidates;
    struct lw_error err;
    struct lw_log *log = open_log(write);
    if (lw_trace_candidates_find(log, trace, NULL, &candidates, &err) != 0)
        fail_msg("%s", err.text);
    lw_log_free(log);
    return candidates;
}

static struct lw_trace_candidate get(const struct lw_trace_candidates *candidates, int index)
{
    struct lw_trace_candidate candidate;
    assert_true(index >= 0);
    assert_int_equal(lw_trace_candidates_get(candidates, (size_t)index, &candidate, NULL), 0);
    return candidate;
}

/* The best candidate with a word in its rule. */
static int find_word(const struct lw_trace_candidates *candidates, const char *word)
{
    for (int i = 0; i < (int)lw_trace_candidates_count(candidates); i++)
        if (strstr(get(candidates, i).rule, word) != NULL)
            return i;
    fail_msg("nothing is named by %s", word);
    return -1;
}

/* The first of those that are one key. */
static int find_key(const struct lw_trace_candidates *candidates, const char *word)
{
    int at = find_word(candidates, word);
    while (get(candidates, at).alias_of >= 0)
        at = get(candidates, at).alias_of;
    return at;
}

/* Parents and aliases are within bounds, and following either comes to an end. */
static void assert_sane(const struct lw_trace_candidates *candidates)
{
    int n = (int)lw_trace_candidates_count(candidates);
    for (int i = 0; i < n; i++) {
        struct lw_trace_candidate candidate = get(candidates, i);
        assert_true(candidate.alias_of >= -1 && candidate.alias_of < i);
        assert_true(candidate.parent >= -1 && candidate.parent < n);
        if (candidate.parent >= 0)
            assert_true(candidate.parent_share >= .98 && candidate.parent_share <= 1);
        int length = 0;
        for (int at = i; at >= 0; at = get(candidates, at).parent)
            assert_true(length++ < n);
    }
}

static void requests_nest_in_sessions(void **state)
{
    (void)state;
    struct lw_trace_candidates *candidates = find_with(write_both, NULL);
    assert_sane(candidates);
    struct lw_trace_candidate request = get(candidates, find_key(candidates, "request="));
    struct lw_trace_candidate session = get(candidates, find_key(candidates, "session="));
    assert_int_equal(request.parent, find_key(candidates, "session="));
    assert_float_equal(request.parent_share, 1, 1e-9);
    assert_int_equal(session.parent, find_key(candidates, "\\bh")); /* the nearest: not the request's as well */
    assert_non_null(strstr(lw_trace_candidates_why(candidates), "request in session (1.00)"));
    lw_trace_candidates_free(candidates);
}

static void one_record_that_names_both_is_enough(void **state)
{
    (void)state;
    struct lw_trace_candidates *candidates = find_with(write_once, NULL);
    assert_sane(candidates);
    struct lw_trace_candidate request = get(candidates, find_key(candidates, "request="));
    assert_int_equal(request.parent, find_key(candidates, "session="));
    assert_float_equal(request.parent_share, .99, .003); /* the truth */
    assert_int_equal(get(candidates, find_key(candidates, "session=")).parent, -1);
    assert_non_null(strstr(lw_trace_candidates_why(candidates), "request in session (0.99)"));
    lw_trace_candidates_free(candidates);
}

static void a_given_rule_nests_as_well(void **state)
{
    (void)state;
    struct lw_trace_candidates *candidates = find_with(write_both, "session=(s\\d+)y");
    assert_sane(candidates);
    assert_true(get(candidates, 0).is_chosen);
    assert_int_equal(get(candidates, find_key(candidates, "request=")).parent, 0);
    lw_trace_candidates_free(candidates);
}

static void independent_keys_do_not_nest(void **state)
{
    (void)state;
    static const writer writers[] = {write_independent, write_constant};
    for (size_t k = 0; k < sizeof writers / sizeof *writers; k++) {
        struct lw_trace_candidates *candidates = find_with(writers[k], NULL);
        assert_sane(candidates);
        for (int i = 0; i < (int)lw_trace_candidates_count(candidates); i++)
            if (get(candidates, i).parent >= 0)
                fail_msg("%s in %s", get(candidates, i).rule, get(candidates, get(candidates, i).parent).rule);
        assert_null(strstr(lw_trace_candidates_why(candidates), " in "));
        lw_trace_candidates_free(candidates);
    }
}

static void one_to_one_keys_are_aliases(void **state)
{
    (void)state;
    struct lw_trace_candidates *candidates = find_with(write_alias, NULL);
    assert_sane(candidates);
    int request = find_word(candidates, "request="), job = find_word(candidates, "job=");
    assert_true(request < job);
    assert_int_equal(find_key(candidates, "job="), find_key(candidates, "request="));
    assert_int_equal(get(candidates, find_key(candidates, "job=")).parent, find_key(candidates, "session="));
    assert_int_equal(get(candidates, job).parent, -1); /* never in a record with a session */
    lw_trace_candidates_free(candidates);
}

static int find_and_free(void *user, struct lw_error *err)
{
    struct lw_trace_candidates *candidates;
    int status = lw_trace_candidates_find(user, NULL, NULL, &candidates, err);
    if (status == 0)
        lw_trace_candidates_free(candidates);
    return status;
}

static void running_out_of_memory_is_said_and_leaves_nothing(void **state)
{
    (void)state;
    struct lw_open_options options = LW_OPEN_OPTIONS_INIT;
    struct buf text = BUF_INIT;
    struct lw_log *log;
    for (unsigned i = 0; i < 12; i++) {
        stamp(&text, i);
        write_both(&text, NULL, i / 4, i / 2, i % 4);
    }
    const char *path = scratch_write("short.log", text.data, text.len);
    assert_int_equal(lw_log_open(&path, 1, &options, NULL, &log, NULL), 0);
    failalloc_each(find_and_free, log);
    lw_log_free(log);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_nest_in_sessions),
        cmocka_unit_test(one_record_that_names_both_is_enough),
        cmocka_unit_test(a_given_rule_nests_as_well),
        cmocka_unit_test(independent_keys_do_not_nest),
        cmocka_unit_test(one_to_one_keys_are_aliases),
        cmocka_unit_test(running_out_of_memory_is_said_and_leaves_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
