/* Logs of known relations: what is reported must be these, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/rng.h"
#include "tests/lib/learn_text.h"

#define TRACES 60

/* A number, or with the chance of noise another one. */
static unsigned noisy(struct rng *rng, unsigned value, unsigned percent)
{
    return rng_below(rng, 100) < percent ? (unsigned)rng_below(rng, 90000) + 10000 : value;
}

static void begin_line(struct buf *out, unsigned second, unsigned job)
{
    buf_printf(out, "2024-03-01 %02u:%02u:%02u INFO srv: job j-%05u ", second / 3600 % 24, second / 60 % 60,
               second % 60, job);
}

/*
 * Each job: a session that stays the same (E1 $2, E2 $2), 2 to 5 parts with a running number (E2 $3) and a size
 * (E2 $4), a total of the sizes (E3 $2), a load of no meaning (E3 $3), a ticket (E1 $3) that is told again at the end
 * (E4 $2), with a port that is 1000 above it (E4 $3), on a node with a rack that goes with it (E4 $4, $5).
 */
static void write_jobs(struct buf *out, uint64_t seed, unsigned percent)
{
    struct rng rng;
    unsigned second = 0;

    rng_init(&rng, seed, 1, 0);
    for (unsigned job = 1; job <= TRACES; job++) {
        unsigned session = (unsigned)rng_below(&rng, 900000) + 100000, parts = 2 + (unsigned)rng_below(&rng, 4);
        unsigned ticket = (unsigned)rng_below(&rng, 50000) + 20000, node = (unsigned)rng_below(&rng, 12), sum = 0;

        begin_line(out, second++, job);
        buf_printf(out, "opened by session %u under ticket %u\n", noisy(&rng, session, percent), ticket);
        for (unsigned part = 1; part <= parts; part++) {
            unsigned size = (unsigned)rng_below(&rng, 4000) + 1;

            begin_line(out, second++, job);
            buf_printf(out, "of session %u reads part %u with %u bytes\n", noisy(&rng, session, percent),
                       noisy(&rng, part, percent), size);
            sum += size;
        }
        begin_line(out, second++, job);
        buf_printf(out, "has read %u bytes at load %u\n", noisy(&rng, sum, percent), (unsigned)rng_below(&rng, 7000));
        begin_line(out, second++, job);
        buf_printf(out, "closes ticket %u through %u at node n%04u in rack r%04u\n", noisy(&rng, ticket, percent),
                   noisy(&rng, ticket + 1000, percent), 100 + node, 700 + node / 3);
        second += 5;
    }
}

/* The same messages with values of no meaning. */
static void write_noise(struct buf *out, uint64_t seed)
{
    struct rng rng;
    unsigned second = 0;

    rng_init(&rng, seed, 2, 0);
    for (unsigned job = 1; job <= TRACES; job++)
        for (unsigned part = 0; part < 6; part++) {
            begin_line(out, second++, job);
            if (part % 2 == 0)
                buf_printf(out, "reads part %u with %u bytes\n", (unsigned)rng_below(&rng, 5000),
                           (unsigned)rng_below(&rng, 90));
            else
                buf_printf(out, "has load %u on n%04u\n", (unsigned)rng_below(&rng, 5), (unsigned)rng_below(&rng, 9));
        }
}

/* The texts of all relations but which places draw from entities, which test_entities asserts. */
static void list(const struct lw_workspace *workspace, char *text, size_t size)
{
    size_t n, at = 0;

    text[0] = '\0';
    assert_int_equal(lw_workspace_relation_count(workspace, &n, NULL), 0);
    for (size_t i = 0; i < n; i++) {
        struct lw_relation relation;

        assert_int_equal(lw_workspace_relation(workspace, i, &relation, NULL), 0);
        assert_true(relation.support <= relation.total);
        assert_true(relation.lower >= 0 && relation.lower <= 1);
        if (relation.kind == LW_RELATION_SET)
            continue;
        assert_true(relation.traces <= TRACES && relation.traces > 2);
        at += (size_t)snprintf(text + at, size - at, "%s\n", relation.text);
        assert_true(at < size);
    }
}

static void true_relations_are_found_and_no_others(void **state)
{
    (void)state;
    static const char expected[] = "E1 $1 is the name of the trace\n"
                                   "E2 $1 is the name of the trace\n"
                                   "E2 $2 keeps its value through a trace\n"
                                   "E2 $2 is the last E1 $2\n"
                                   "E2 $3 changes along a trace by 1\n"
                                   "E3 $1 is the name of the trace\n"
                                   "E3 $2 is the sum of each E2 $4\n"
                                   "E4 $1 is the name of the trace\n"
                                   "E4 $2 is the last E1 $3\n"
                                   "E4 $3 is the last E1 $3 +1000\n"
                                   "E4 $5 follows from E4 $4\n";
    char found[2000];

    for (unsigned percent = 0; percent <= 5; percent += 5)
        for (uint64_t seed = 0; seed < 5; seed++) {
            struct buf text = BUF_INIT;
            struct lw_workspace *workspace;

            write_jobs(&text, seed, percent);
            workspace = learn_text(&text, "job (j-\\d+)");
            list(workspace, found, sizeof found);
            assert_string_equal(found, expected);
            buf_release(&text);
            lw_workspace_free(workspace);
        }
}

static void values_of_no_meaning_have_no_relations(void **state)
{
    (void)state;
    char found[2000];

    for (uint64_t seed = 0; seed < 10; seed++) {
        struct buf text = BUF_INIT;
        struct lw_workspace *workspace;

        write_noise(&text, seed);
        workspace = learn_text(&text, "job (j-\\d+)");
        list(workspace, found, sizeof found);
        assert_string_equal(found, "E1 $1 is the name of the trace\nE2 $1 is the name of the trace\n");
        buf_release(&text);
        lw_workspace_free(workspace);
    }
}

static void empty_logs_have_none(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    struct lw_workspace *workspace;
    struct lw_relation relation;
    size_t n;

    buf_add_text(&text, "2024-03-01 00:00:00 INFO srv: job j-1 alone\n");
    workspace = learn_text(&text, "job (j-\\d+)");
    assert_int_equal(lw_workspace_relation_count(workspace, &n, NULL), 0);
    assert_int_equal(n, 0);
    assert_int_equal(lw_workspace_relation(workspace, 0, &relation, NULL), LW_ERR_NOT_FOUND);
    lw_workspace_free(workspace);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(true_relations_are_found_and_no_others),
        cmocka_unit_test(values_of_no_meaning_have_no_relations),
        cmocka_unit_test(empty_logs_have_none),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
