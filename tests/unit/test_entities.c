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

/* Jobs of users on hosts, with sizes that are numbers of every kind of message but name nothing. */
static void write_jobs(struct buf *out, unsigned n, uint64_t seed)
{
    static const char *const users[] = {"alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"};
    struct rng rng;

    rng_init(&rng, seed, 1, 0);
    for (unsigned i = 0; i < n; i++) {
        unsigned second = 3 * i, user = (unsigned)rng_below(&rng, 8), host = (unsigned)rng_below(&rng, 40);
        const char *time = "2024-03-01 %02u:%02u:%02u INFO srv: ";

        buf_printf(out, time, second / 3600 % 24, second / 60 % 60, second % 60);
        buf_printf(out, "accepted job j_%05u for user %s\n", 7 * i + 1000, users[user]);
        buf_printf(out, time, second / 3600 % 24, second / 60 % 60, second % 60);
        buf_printf(out, "started job j_%05u with user=%s on 10.0.7.%u using %u slots\n", 7 * i + 1000, users[user],
                   host + 3, (unsigned)rng_below(&rng, 30));
        buf_printf(out, time, second / 3600 % 24, second / 60 % 60, second % 60);
        buf_printf(out, "job j_%05u left 10.0.7.%u after reading %u pages\n", 7 * i + 1000, host + 3,
                   (unsigned)rng_below(&rng, 50));
    }
}

/* "name type distinct places" of each entity, in order. */
static void describe(const struct lw_workspace *workspace, char *text, size_t size)
{
    size_t n, at = 0;

    text[0] = '\0';
    assert_int_equal(lw_workspace_entity_count(workspace, &n, NULL), 0);
    for (size_t i = 0; i < n; i++) {
        struct lw_entity entity;

        assert_int_equal(lw_workspace_entity(workspace, i, &entity, NULL), 0);
        at += (size_t)snprintf(text + at, size - at, "%s %s %zu %zu\n", entity.name, entity.type,
                               (size_t)entity.distinct, entity.n_places);
    }
}

static void sets_that_places_share_are_entities(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 4; seed++) {
        struct buf text = BUF_INIT;
        struct lw_workspace *workspace;
        char found[400];

        write_jobs(&text, 60, seed);
        workspace = learn_text(&text, "job (j_\\d+)");
        describe(workspace, found, sizeof found);
        assert_non_null(strstr(found, "job id 60 3\n"));
        assert_non_null(strstr(found, "user word 8 2\n"));
        assert_non_null(strstr(found, "ip ip "));
        assert_null(strstr(found, "integer"));
        buf_release(&text);
        lw_workspace_free(workspace);
    }
}

static void the_last_entity_has_none_behind_it(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    struct lw_workspace *workspace;
    struct lw_entity entity;
    struct lw_error err;
    size_t n;

    write_jobs(&text, 60, 1);
    workspace = learn_text(&text, "job (j_\\d+)");
    assert_int_equal(lw_workspace_entity_count(workspace, &n, NULL), 0);
    assert_int_equal(lw_workspace_entity(workspace, n, &entity, &err), LW_ERR_NOT_FOUND);
    buf_release(&text);
    lw_workspace_free(workspace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_that_places_share_are_entities),
        cmocka_unit_test(the_last_entity_has_none_behind_it),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
