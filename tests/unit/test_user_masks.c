#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/rng.h"
#include "learn/sequences.h"
#include "tests/lib/covering.h"
#include "tests/lib/failalloc.h"

static struct user_masks *read_masks(const char *text)
{
    struct user_masks *masks;
    struct lw_error err = {LW_OK, ""};

    if (user_masks_new(text, strlen(text), NULL, &masks, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    return masks;
}

/* "word|<type text>|word" */
static void assert_cut(const char *text, const char *message, const char *expected)
{
    struct user_masks *masks = read_masks(text);
    struct tokens tokens = {0};
    struct buf cut = BUF_INIT;

    assert_int_equal(mask_message(message, strlen(message), masks, &tokens), 0);
    assert_covers(message, strlen(message), &tokens);
    for (size_t i = 0; i < tokens.n; i++) {
        const struct token *token = &tokens.items[i];

        buf_add_text(&cut, i > 0 ? "|" : "");
        if (token->mask == MASK_NONE)
            buf_add(&cut, message + token->start, token->len);
        else
            buf_printf(&cut, "<%s %.*s>", user_masks_type(masks, token->mask), (int)token->len, message + token->start);
    }
    assert_string_equal(cut.len > 0 ? cut.data : "", expected);
    buf_release(&cut);
    tokens_release(&tokens);
    user_masks_free(masks);
}

static void finds_from_left_to_right(void **state)
{
    (void)state;
    assert_cut("order <[^>]*>\n", "got <1, of 2> and <3>", "got|<order <1, of 2>>|and|<order <3>>");
    assert_cut("a \\w+ly\nb ear\\w+\n", "early really ear", "<a early>|<a really>|ear");
    assert_cut("b ear\\w+\na \\w+ly\n", "early really ear", "<b early>|<a really>|ear");
    assert_cut("a bc\nb abc\n", "abc", "<b abc>");                /* the one further left, whatever the list says */
    assert_cut("n \\d\n", "x12y", "x|<n 1>|<n 2>|y");             /* inside of words as well */
    assert_cut("p (?<=user )\\w+\n", "user eve", "user|<p eve>"); /* what stands before is seen */
    assert_cut("p \\bx\n", "xx x", "<p x>|x|<p x>");
    assert_cut("ip \\d+\\.x\n", "10.0.0.1 7.x", "<ip 10.0.0.1>|<ip 7.x>");
    assert_cut("all .+\n", "a b  ", "<all a b>");
    assert_cut("two (?s)b.c\n", "a b\nc d\ne", "a|<two b\nc>|d|<text e>"); /* also over the end of the first line */
    assert_cut("k a\\Kb\n", "ab", "a|<k b>");
    assert_cut("k ab\\K\n", "ab 1", "ab|<integer 1>"); /* leaves nothing */
}

static void leaves_the_rest_alone(void **state)
{
    (void)state;
    static const char *const messages[] = {"", " ", "took 12 ms", "a=\"b c\", d=/x/y\nnext line", "(1) [2] <3>"};
    struct user_masks *masks = read_masks("none \\x01never\nnor \\x02+\n");
    struct tokens by_masks = {0}, alone = {0};
    struct rng rng;

    rng_init(&rng, 3, 1, 1);
    for (size_t round = 0; round < 3000; round++) {
        char random[48];
        bool is_listed = round < sizeof messages / sizeof messages[0];
        const char *message = is_listed ? messages[round] : random;
        size_t len = is_listed ? strlen(message) : (size_t)rng_below(&rng, sizeof random);

        for (size_t i = 0; i < sizeof random; i++)
            random[i] = (char)(3 + rng_below(&rng, 253));
        assert_int_equal(mask_message(message, len, masks, &by_masks), 0);
        assert_int_equal(mask_message(message, len, NULL, &alone), 0);
        assert_int_equal(by_masks.n, alone.n);
        for (size_t i = 0; i < alone.n; i++) {
            const struct token *a = &by_masks.items[i], *b = &alone.items[i];

            assert_true(a->start == b->start && a->len == b->len && a->mask == b->mask && a->space == b->space);
        }
    }
    tokens_release(&by_masks);
    tokens_release(&alone);
    user_masks_free(masks);
}

/* Whatever the bytes and whatever masks find, tokens cover them. */
static void covers_random_bytes(void **state)
{
    (void)state;
    static const char alphabet[] = "aZf019.::/\\-'\"=,(<[ \n\t%T+~\xc3\xa9JunMon";
    struct user_masks *masks = read_masks("a [a-f ]+\\d\nb =.\nc \\s\\S\nd (?<=a)\\d\ne \\n+.\nf /[^/]*/\ng a\\K1\n");
    struct tokens tokens = {0};
    struct rng rng;
    size_t found = 0;

    rng_init(&rng, 2, 1, 1);
    for (int round = 0; round < 20000; round++) {
        char message[64];
        size_t len = (size_t)rng_below(&rng, sizeof message);

        for (size_t i = 0; i < len; i++)
            message[i] = round % 8 == 0 ? (char)rng_below(&rng, 256) : alphabet[rng_below(&rng, sizeof alphabet)];
        assert_int_equal(mask_message(message, len, masks, &tokens), 0);
        assert_covers(message, len, &tokens);
        for (size_t i = 0; i < tokens.n; i++)
            found += tokens.items[i].mask >= MASK_COUNT;
    }
    assert_true(found > 10000);
    tokens_release(&tokens);
    user_masks_free(masks);
}

static void bounds_tokens_and_work(void **state)
{
    (void)state;
    struct user_masks *masks = read_masks("x (a+)+(a+)+b\ny \\d\n");
    struct tokens tokens = {0};
    char message[600];

    memset(message, '1', sizeof message);
    assert_int_equal(mask_message(message, sizeof message, masks, &tokens), 0);
    assert_int_equal(tokens.n, MASK_MAX_TOKENS);
    assert_covers(message, sizeof message, &tokens);
    memset(message, 'a', 100); /* takes too long: no match, and the other mask goes on */
    memcpy(message + 100, "c 7", 3);
    assert_int_equal(mask_message(message, 103, masks, &tokens), 0);
    assert_int_equal(tokens.n, 2);
    assert_int_equal(tokens.items[1].mask, MASK_COUNT + 1);
    tokens_release(&tokens);
    user_masks_free(masks);
}

static void refuses_what_is_no_mask(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"# fine\n\nuser a(b\n", "f:3: mask user: regular expression \"a(b\": at offset 3"},
        {"user\n", "f:1: \"user\" is no mask at byte 5"},
        {"us*er x\n", "f:1: \"us*er x\" is no mask at byte 3"},
        {"user x*\n", "f:1: mask user: \"x*\" matches where nothing stands"},
        {"user (?=x)\n", "matches where nothing stands"},
        {"a x\nb y\na z\n", "f:3: there is a mask a before it"},
        {"a23456789012345678901234567890123 x\n", "at most 32 bytes"},
    };
    struct user_masks *masks;
    struct lw_error err;
    struct buf many = BUF_INIT;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(user_masks_new(cases[i].text, strlen(cases[i].text), "f", &masks, &err), LW_ERR_USAGE);
        assert_null(masks);
        if (strstr(err.text, cases[i].why) == NULL)
            fail_msg("%s: %s", cases[i].text, err.text);
    }
    assert_int_equal(user_masks_new("a x\0y\n", 6, "f", &masks, &err), LW_ERR_USAGE);
    for (int i = 0; i < USER_MASKS_MAX; i++)
        buf_printf(&many, "m%d x\n", i);
    masks = read_masks(many.data);
    assert_int_equal(user_masks_count(masks), USER_MASKS_MAX);
    assert_string_equal(user_masks_type(masks, MASK_LIMIT - 1), "m15");
    assert_string_equal(user_masks_type(masks, MASK_IP), "ip");
    user_masks_free(masks);
    buf_add_text(&many, "more x\n");
    assert_int_equal(user_masks_new(many.data, many.len, "f", &masks, &err), LW_ERR_USAGE);
    buf_release(&many);
}

static void assert_edit(const char *masks, const char *change, const char *expected)
{
    struct lw_error err;
    char *out;

    assert_int_equal(lw_masks_edit(masks, change, &out, &err), 0);
    assert_string_equal(out, expected);
    free(out);
}

static void edits_lists(void **state)
{
    (void)state;
    struct lw_error err;
    char *out;

    assert_edit(NULL, "user=\\w+ x", "user \\w+ x\n");
    assert_edit("a x\nb y\n", "c= z ", "c z\na x\nb y\n");
    assert_edit("a x\nb y\n", "b=z=1", "b z=1\na x\n");
    assert_edit("a x\nb y\n", "-a", "b y\n");
    assert_edit(" # no\n a  x \r\n", NULL, "a x\n");
    assert_int_equal(lw_masks_edit("a x\n", "-b", &out, &err), LW_ERR_NOT_FOUND);
    assert_int_equal(lw_masks_edit("a x\n", "b", &out, &err), LW_ERR_USAGE);
    assert_int_equal(lw_masks_edit("a x\n", "b=x\ny", &out, &err), LW_ERR_USAGE);
}

static int edit_and_cut(void *user, struct lw_error *err)
{
    (void)user;
    struct user_masks *masks = NULL;
    struct tokens tokens = {0};
    char *text;
    int code = lw_masks_edit("a x+\n", "b=y+", &text, err);

    if (code != 0)
        return code;
    code = user_masks_new(text, strlen(text), NULL, &masks, err);
    free(text);
    if (code == 0)
        code = mask_message("see xx or y", 11, masks, &tokens);
    tokens_release(&tokens);
    user_masks_free(masks);
    return code;
}

static void survives_without_memory(void **state)
{
    (void)state;
    failalloc_each(edit_and_cut, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_from_left_to_right), cmocka_unit_test(leaves_the_rest_alone),
        cmocka_unit_test(covers_random_bytes),      cmocka_unit_test(bounds_tokens_and_work),
        cmocka_unit_test(refuses_what_is_no_mask),  cmocka_unit_test(edits_lists),
        cmocka_unit_test(survives_without_memory),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
