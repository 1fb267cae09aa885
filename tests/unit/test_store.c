#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "log/store.h"
#include "tests/lib/failalloc.h"

static struct store_row row_of(uint64_t i)
{
    return (struct store_row){.offset = i * 100,
                              .time_us = i % 3 == 0 ? LW_NO_TIME : (int64_t)i,
                              .len = (uint32_t)i,
                              .line = (uint32_t)i + 1,
                              .message = (uint32_t)(i % 50),
                              .source = (uint16_t)(i / 1000),
                              .epoch = (uint16_t)(i % 7),
                              .component = (uint16_t)(i % 11),
                              .level = (uint8_t)(i % LW_LEVEL_COUNT)};
}

static void add(struct store *store, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        struct store_row row = row_of(i);
        assert_int_equal(store_add(store, &row, NULL), 0);
    }
    assert_int_equal(store_count(store), to);
}

static void holds(const struct snapshot *snapshot, uint64_t count)
{
    assert_int_equal(snapshot_count(snapshot), count);
    for (uint64_t i = 0; i < count; i++) {
        struct store_row got, row = row_of(i);
        snapshot_get(snapshot, i, &got);
        assert_true(got.offset == row.offset && got.time_us == row.time_us && got.len == row.len &&
                    got.line == row.line && got.message == row.message && got.source == row.source &&
                    got.epoch == row.epoch && got.component == row.component && got.level == row.level);
    }
}

static void snapshots_stay_while_the_store_grows(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 1, STORE_CHUNK - 1, STORE_CHUNK, STORE_CHUNK + 1, 3 * STORE_CHUNK + 5};
    struct snapshot *snapshots[6];
    struct store *store;
    assert_int_equal(store_new(0, &store, NULL), 0);
    uint64_t count = 0;
    for (size_t i = 0; i < 6; i++) {
        add(store, count, counts[i]);
        count = counts[i];
        assert_int_equal(store_snapshot(store, NULL, 0, &snapshots[i], NULL), 0);
    }
    store_free(store);
    for (size_t i = 0; i < 6; i++)
        holds(snapshots[i], counts[i]);
    struct snapshot *again = snapshot_retain(snapshots[5]);
    for (size_t i = 0; i < 6; i++)
        snapshot_free(snapshots[i]);
    holds(again, counts[5]);
    snapshot_free(again);
}

static void components_are_kept_up_to_their_bound(void **state)
{
    (void)state;
    struct store *store;
    struct snapshot *early, *late;
    uint16_t id, again;
    assert_int_equal(store_new(0, &store, NULL), 0);
    assert_int_equal(store_component(store, "a", 1, &id, NULL), 0);
    assert_int_equal(store_snapshot(store, NULL, 0, &early, NULL), 0);
    for (unsigned i = 0; i < 70000; i++) {
        char name[16];
        int len = snprintf(name, sizeof name, "c%u", i);
        assert_int_equal(store_component(store, name, (size_t)len, &id, NULL), 0);
        assert_int_equal(id, i < 65534 ? i + 1 : STORE_NO_COMPONENT);
    }
    assert_int_equal(store_component(store, "c7", 2, &again, NULL), 0);
    assert_int_equal(again, 8);
    assert_int_equal(store_snapshot(store, NULL, 0, &late, NULL), 0);
    store_free(store);
    assert_memory_equal(snapshot_component(early, 0).data, "a", 1);
    assert_int_equal(snapshot_component(early, 8).len, 0);
    assert_memory_equal(snapshot_component(late, 8).data, "c7", 2);
    assert_int_equal(snapshot_component(late, STORE_NO_COMPONENT).len, 0);
    snapshot_free(early);
    snapshot_free(late);
}

static void *read_all(void *snapshot)
{
    holds(snapshot, STORE_CHUNK / 2);
    snapshot_free(snapshot);
    return NULL;
}

static void snapshots_are_read_while_the_store_grows(void **state)
{
    (void)state;
    struct store *store;
    struct snapshot *snapshot;
    pthread_t thread;
    assert_int_equal(store_new(0, &store, NULL), 0);
    add(store, 0, STORE_CHUNK / 2);
    assert_int_equal(store_snapshot(store, NULL, 0, &snapshot, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, read_all, snapshot), 0);
    add(store, STORE_CHUNK / 2, 2 * STORE_CHUNK);
    store_free(store);
    pthread_join(thread, NULL);
}

static int build(void *user, struct lw_error *err)
{
    (void)user;
    struct store *store;
    struct snapshot *snapshot;
    struct store_row row = row_of(1);
    uint16_t id;
    int code = store_new(0, &store, err);
    if (code != 0)
        return code;
    code = store_add(store, &row, err);
    if (code == 0)
        code = store_component(store, "x", 1, &id, err);
    if (code == 0)
        code = store_snapshot(store, NULL, 0, &snapshot, err);
    store_free(store);
    if (code == 0)
        snapshot_free(snapshot);
    return code;
}

static void survives_lack_of_memory(void **state)
{
    (void)state;
    failalloc_each(build, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(snapshots_stay_while_the_store_grows),
        cmocka_unit_test(components_are_kept_up_to_their_bound),
        cmocka_unit_test(snapshots_are_read_while_the_store_grows),
        cmocka_unit_test(survives_lack_of_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
