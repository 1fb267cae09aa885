#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "generate/profiles.h"
#include "tests/lib/failalloc.h"
#include "tests/lib/small_log.h"

#define N     2000
#define KINDS 16
#define PARTS 5

static struct model *model;
static struct blueprint *blueprint;
static struct lw_constraints *plain;

static void say(struct buf *text, unsigned session, unsigned *second, const char *message)
{
    unsigned at = (*second)++;
    buf_printf(text, "2026-01-%02u %02u:%02u:%02u.000 INFO [7] app.jobs: %s (session s-%06u)\n", 1 + at / 86400,
               at / 3600 % 24, at / 60 % 60, at % 60, message, session);
}

/* Jobs whose end depends on how they began, with all of some parts in between, in any order. */
static int set_up(void **state)
{
    static const char *const parts[PARTS] = {"reading one block", "waiting for a free worker", "asking the cache",
                                             "writing the journal", "sending mail"};
    struct buf text = BUF_INIT;
    struct lw_log *log = NULL;
    struct lw_error err;
    struct rng rng;
    unsigned second = 0;
    if (scratch_set_up(state) != 0 || lw_constraints_new(&plain, NULL) != 0)
        return -1;
    rng_init(&rng, 5, 1, 0);
    for (unsigned s = 0; s < 600; s++) {
        bool is_large = rng_uniform(&rng) < .4;
        uint32_t order[PARTS] = {0, 1, 2, 3, 4};
        say(&text, s, &second, is_large ? "large job accepted" : "little job accepted");
        rng_shuffle_u32(&rng, order, PARTS);
        for (unsigned i = 0; i < PARTS; i++)
            say(&text, s, &second, parts[order[i]]);
        say(&text, s, &second, is_large ? "index was rebuilt afterwards" : "index is still fresh");
    }
    int rc = buf_status(&text) != 0 ? -1 : small_open("learned.log", &text, &log, &err);
    if (rc == 0)
        rc = small_learn(log, "\\(session (s-[0-9]+)\\)", &model, &err);
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

static void count(const uint32_t *ids, size_t n, unsigned out[KINDS])
{
    memset(out, 0, KINDS * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        assert_true(ids[i] >= 1 && ids[i] <= KINDS);
        out[ids[i] - 1]++;
    }
}

static bool is_real(const unsigned counts[KINDS])
{
    const struct trace_set *real = &model->traces;
    unsigned other[KINDS];
    for (size_t t = 0; t < real->n_traces; t++) {
        count(real->templates + real->first[t], trace_set_len(real, t), other);
        if (memcmp(counts, other, sizeof other) == 0)
            return true;
    }
    return false;
}

struct drawn {
    double is_new, shares[KINDS]; /* traces with counts that no real one has; that have each template */
};

static void draw_all(const struct sampler *sampler, struct drawn *out)
{
    struct course course = {.n = 0};
    *out = (struct drawn){0};
    for (uint64_t i = 0; i < N; i++) {
        unsigned counts[KINDS];
        assert_int_equal(sampler_draw(sampler, i, &course), 0);
        for (size_t e = 1; e < course.n; e++)
            assert_true(course.times_us[e] >= course.times_us[e - 1]);
        count(course.templates, course.n, counts);
        out->is_new += !is_real(counts) / (double)N;
        for (size_t k = 0; k < KINDS; k++)
            out->shares[k] += (counts[k] > 0) / (double)N;
    }
    course_release(&course);
}

static void counts_go_together_as_in_real_traces(void **state)
{
    (void)state;
    struct sampler sampler;
    struct profiles *kept;
    struct drawn with, without;
    assert_int_equal(sampler_init(&sampler, blueprint, plain, "machine", NULL), 0);
    assert_non_null(sampler.profiles);
    draw_all(&sampler, &with);
    kept = sampler.profiles;
    sampler.profiles = NULL;
    draw_all(&sampler, &without);
    sampler.profiles = kept;
    sampler_release(&sampler);
    if (!(without.is_new > .1 && with.is_new < .02))
        fail_msg("%g of the traces are new, %g without", with.is_new, without.is_new);
    for (size_t k = 0; k < KINDS; k++)
        if (fabs(with.shares[k] - without.shares[k]) > .05)
            fail_msg("E%zu is in %g of the traces, in %g without", k + 1, with.shares[k], without.shares[k]);
}

/* Fewer real traces than privacy asks for tell nothing. */
static void counts_of_few_traces_are_not_known(void **state)
{
    (void)state;
    struct sampler sampler;
    struct lw_constraints *c;
    struct profiles few;
    struct drawn drawn;
    assert_int_equal(lw_constraints_copy(plain, &c, NULL), 0);
    c->minimum_count = 1000;
    assert_int_equal(sampler_init(&sampler, blueprint, c, "machine", NULL), 0);
    assert_true(sampler.profiles == NULL || sampler.profiles->n == 0);
    assert_int_equal(profiles_find(&sampler, 10, &few), 0);
    assert_true(few.n == 2);
    profiles_release(&few);
    draw_all(&sampler, &drawn);
    assert_true(drawn.is_new > .1);
    sampler_release(&sampler);
    lw_constraints_free(c);
}

static int find_once(void *user, struct lw_error *err)
{
    struct profiles profiles;
    int rc = profiles_find(user, 5, &profiles);
    if (rc == 0)
        profiles_release(&profiles);
    else
        err->code = (enum lw_code)rc;
    return rc;
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct sampler sampler;
    assert_int_equal(sampler_init(&sampler, blueprint, plain, "machine", NULL), 0);
    failalloc_each(find_once, &sampler);
    sampler_release(&sampler);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_go_together_as_in_real_traces),
        cmocka_unit_test(counts_of_few_traces_are_not_known),
        cmocka_unit_test(memory_may_run_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
