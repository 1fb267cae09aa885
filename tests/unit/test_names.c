#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "generate/names.h"

static bool is_like(const char *shape, struct lw_bytes text)
{
    if (strlen(shape) != text.len)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool is_digit = c >= '0' && c <= '9', is_hex = (c >= 'a' && c <= 'f') || is_digit;
        if (shape[i] == '#' ? !is_digit : shape[i] == '%' ? !is_hex : c != shape[i])
            return false;
    }
    return true;
}

/* Drawn texts have one of the shapes, and parts that all texts of a shape share. */
static void assert_draws(const struct lw_bytes *texts, size_t n, const char *const *shapes)
{
    struct names names;
    assert_int_equal(names_init(&names, texts, n), 0);
    for (uint64_t i = 0; i < 200; i++) {
        struct rng rng;
        struct buf drawn = BUF_INIT;
        rng_init(&rng, 5, 5, i);
        names_draw(&names, &rng, &drawn);
        assert_int_equal(buf_status(&drawn), 0);
        bool is_found = false;
        for (size_t j = 0; shapes[j] != NULL; j++)
            is_found = is_found || is_like(shapes[j], (struct lw_bytes){drawn.data, drawn.len});
        if (!is_found)
            fail_msg("drew %s", drawn.data == NULL ? "nothing" : drawn.data);
        buf_release(&drawn);
    }
    names_release(&names);
}
#define TEXT(s)                                                                                                        \
    {                                                                                                                  \
        s, sizeof s - 1                                                                                                \
    }

static void shapes_are_kept_and_numbers_are_drawn(void **state)
{
    (void)state;
    const struct lw_bytes blocks[] = {TEXT("blk_-160899"), TEXT("blk_904791"), TEXT("blk_-998877"), TEXT("blk_114455")};
    assert_draws(blocks, 4, (const char *const[]){"blk_-######", "blk_######", NULL});
    const struct lw_bytes hex[] = {TEXT("req-9f3a-77"), TEXT("req-1c00-78"), TEXT("req-a1b2-79")};
    assert_draws(hex, 3, (const char *const[]){"req-%%%%-##", NULL});
    const struct lw_bytes dated[] = {TEXT("20260101/a7"), TEXT("20260101/a8")};
    assert_draws(dated, 2, (const char *const[]){"20260101/a#", NULL});
    const struct lw_bytes racks[] = {TEXT("R14-M1-N8"), TEXT("R02-M0-N3"), TEXT("R77-M1-N4")};
    assert_draws(racks, 3, (const char *const[]){"R##-M#-N#", NULL});
    const struct lw_bytes word[] = {TEXT("main")};
    assert_draws(word, 1, (const char *const[]){"main", NULL});
    const struct lw_bytes empty[] = {{"", 0}};
    assert_draws(empty, 1, (const char *const[]){"", NULL});
}

static void numbers_give_different_texts(void **state)
{
    (void)state;
    const struct lw_bytes texts[] = {TEXT("p-1000"), TEXT("p-1377"), TEXT("p-1982")};
    struct names names;
    bool is_seen[1000] = {false};
    assert_int_equal(names_init(&names, texts, 3), 0);
    for (uint64_t i = 0; i < 1000; i++) {
        struct rng rng;
        struct buf drawn = BUF_INIT;
        unsigned number;
        rng_init(&rng, 5, 5, i);
        names_draw_unique(&names, i, &rng, &drawn);
        assert_int_equal(sscanf(drawn.data, "p-1%3u", &number), 1);
        assert_false(is_seen[number]);
        is_seen[number] = true;
        buf_release(&drawn);
    }
    names_release(&names);
}

/* Addresses stay addresses, whatever their digits were. */
static void parts_of_addresses_stay_below_256(void **state)
{
    (void)state;
    static const char *const texts[] = {"10.251.43.9:50010", "10.250.43.8:50010", "48.219.15.124:80",
                                        "48.235.16.125:80", "[client 203.0.113.77]"};
    struct lw_bytes all[5];
    struct names names;
    struct buf out = BUF_INIT;
    struct rng rng;
    rng_init(&rng, 1, 2, 3);
    for (size_t i = 0; i < 5; i++)
        all[i] = (struct lw_bytes){texts[i], strlen(texts[i])};
    assert_int_equal(names_init(&names, all, 5), 0);
    for (int i = 0; i < 500; i++) {
        unsigned part[4];
        buf_clear(&out);
        names_draw_unique(&names, (uint64_t)i, &rng, &out);
        assert_int_equal(buf_status(&out), 0);
        const char *digits = out.data + strcspn(out.data, "0123456789");
        assert_int_equal(sscanf(digits, "%u.%u.%u.%u", &part[0], &part[1], &part[2], &part[3]), 4);
        for (int k = 0; k < 4; k++)
            assert_true(part[k] < 256);
    }
    size_t n = names.n;
    names_keep_wide(&names, 10);
    assert_int_equal(names.n, n);
    names_keep_wide(&names, 1e30);
    assert_int_equal(names.n, 0);
    names_release(&names);
    buf_release(&out);
}

/* Digits behind one another come out of one number: each must still be any, whatever stood before it. */
static void each_place_is_drawn_for_itself(void **state)
{
    (void)state;
    enum { DRAWN = 20000 };
    static const char pattern[] = "q[0-9]{16}";
    struct names names = {.arena = ARENA_INIT};
    unsigned pairs[15][100] = {{0}};
    const char *why;
    assert_int_equal(names_add_pattern(&names, pattern, strlen(pattern), 1, &why), 0);
    for (uint64_t i = 0; i < DRAWN; i++) {
        struct rng rng;
        struct buf drawn = BUF_INIT;
        rng_init(&rng, 11, 5, i);
        names_draw(&names, &rng, &drawn);
        assert_int_equal(drawn.len, 17);
        for (size_t k = 0; k < 15; k++)
            pairs[k][(drawn.data[k + 1] - '0') * 10 + drawn.data[k + 2] - '0']++;
        buf_release(&drawn);
    }
    for (size_t k = 0; k < 15; k++)
        for (size_t pair = 0; pair < 100; pair++)
            assert_in_range(pairs[k][pair], DRAWN / 100 * 6 / 10, DRAWN / 100 * 14 / 10); /* some 5.6 deviations */
    names_release(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_addresses_stay_below_256), cmocka_unit_test(shapes_are_kept_and_numbers_are_drawn),
        cmocka_unit_test(numbers_give_different_texts), cmocka_unit_test(each_place_is_drawn_for_itself)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
