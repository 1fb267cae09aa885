#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "learn/sequences.h"

static uint32_t add(struct sequences *sequences, const char *message, int64_t time_us, enum lw_level level)
{
    struct tokens tokens = {0};
    uint32_t id = INTERN_NONE;
    assert_int_equal(mask_message(message, strlen(message), NULL, &tokens), 0);
    assert_int_equal(sequences_add(sequences, message, &tokens, time_us, level, &id, NULL), 0);
    tokens_release(&tokens);
    return id;
}

static void counts_what_is_alike(void **state)
{
    (void)state;
    struct sequences sequences;
    sequences_init(&sequences);
    assert_int_equal(add(&sequences, "sent 5 bytes", 100, LW_LEVEL_INFO), 0);
    assert_int_equal(add(&sequences, "sent 17 bytes", 50, LW_LEVEL_WARN), 0);
    assert_int_equal(add(&sequences, "sent x bytes", LW_NO_TIME, LW_LEVEL_INFO), 1);
    assert_int_equal(sequences.keys.count, 2);
    assert_int_equal(sequences.stats[0].count, 2);
    assert_int_equal(sequences.stats[0].first_us, 50);
    assert_int_equal(sequences.stats[0].last_us, 100);
    assert_int_equal(sequences.stats[0].levels[LW_LEVEL_WARN], 1);
    assert_true(sequences.stats[1].first_us == LW_NO_TIME);
    struct sequence_token tokens[8];
    assert_int_equal(sequence_tokens(&sequences, 0, tokens, 8), 3);
    assert_int_equal(tokens[1].mask, MASK_INTEGER);
    assert_int_equal(tokens[1].space, 1);
    assert_int_equal(tokens[2].text.len, 5);
    assert_memory_equal(tokens[2].text.data, "bytes", 5);
    assert_int_equal(sequence_tokens(&sequences, 0, tokens, 2), 2);
    sequences_release(&sequences);
}

static void finds_what_was_added(void **state)
{
    (void)state;
    struct sequences sequences;
    struct tokens tokens = {0};
    struct buf scratch = BUF_INIT;
    sequences_init(&sequences);
    uint32_t id = add(&sequences, "user bob left", 1, LW_LEVEL_INFO);
    assert_int_equal(mask_message("user bob left", 13, NULL, &tokens), 0);
    assert_int_equal(sequences_find(&sequences, "user bob left", &tokens, &scratch), id);
    assert_int_equal(sequences_find(&sequences, "user rob left", &tokens, &scratch), INTERN_NONE);
    buf_release(&scratch);
    tokens_release(&tokens);
    sequences_release(&sequences);
}

/* Shards merged in order equal the whole. */
static void merges_exactly(void **state)
{
    (void)state;
    static const char *const messages[] = {"a 1", "b x=2", "a 7", "c", "b x=9", "b y=9", "c", "d"};
    enum { N = sizeof messages / sizeof *messages };
    for (size_t cut = 0; cut <= N; cut++) {
        struct sequences whole, parts[2];
        uint32_t remap[N];
        sequences_init(&whole);
        for (size_t i = 0; i < 2; i++)
            sequences_init(&parts[i]);
        for (size_t i = 0; i < N; i++) {
            add(&whole, messages[i], (int64_t)i, LW_LEVEL_INFO);
            add(&parts[i >= cut], messages[i], (int64_t)i, LW_LEVEL_INFO);
        }
        assert_int_equal(sequences_merge(&parts[0], &parts[1], remap, NULL), 0);
        assert_int_equal(parts[0].keys.count, whole.keys.count);
        for (uint32_t id = 0; id < whole.keys.count; id++) {
            struct lw_bytes a = intern_get(&whole.keys, id), b = intern_get(&parts[0].keys, id);
            assert_int_equal(a.len, b.len);
            assert_memory_equal(a.data, b.data, a.len);
            assert_memory_equal(&whole.stats[id], &parts[0].stats[id], offsetof(struct sequence_stats, activity));
        }
        for (size_t i = 0; i < 2; i++)
            sequences_release(&parts[i]);
        sequences_release(&whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_is_alike),
        cmocka_unit_test(finds_what_was_added),
        cmocka_unit_test(merges_exactly),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
