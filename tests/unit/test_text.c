#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "logwright.h"

static const struct {
    const char *in;
    size_t len;
    const char *drawn;
    unsigned columns;
} table[] = {
    {"abc", 3, "abc", 3},
    {"\x1b[31m", 5, "^[[31m", 6},
    {"a\0b", 3, "a^@b", 4},
    {"\x7f", 1, "^?", 2},
    {"\t", 1, "    ", 4},
    {"\xff\xc3", 2, "<ff><c3>", 8},
    {"\xc2\x9b", 2, "<U+009B>", 8},
    {"\xe2\x80\xae", 3, "<U+202E>", 8},                         /* right-to-left override */
    {"e\xcc\x81", 3, "e\xcc\x81", 1},                           /* base and mark are one glyph */
    {"\xcc\x81", 2, "<U+0301>", 8},                             /* a mark without a base */
    {"\xe6\xbc\xa2", 3, "\xe6\xbc\xa2", 2},                     /* wide */
    {"x\xe2\x80\x8dy", 5, "x<U+200D>y", 10},                    /* joiner */
    {"\xed\xa0\x80", 3, "<ed><a0><80>", 12},                    /* surrogate */
    {"\xef\xbf\xbf", 3, "<U+FFFF>", 8},                         /* not a character */
    {"\xe2\x9d\xa4\xef\xb8\x8f", 6, "\xe2\x9d\xa4<U+FE0F>", 9}, /* variation selector */
};

static void draws_as_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char drawn[256];
        size_t n = 0;
        for (size_t at = 0; at < table[i].len;) {
            struct lw_glyph glyph;
            lw_glyph_next(table[i].in + at, table[i].len - at, &glyph);
            memcpy(drawn + n, glyph.text, glyph.text_len);
            n += glyph.text_len;
            at += glyph.len;
        }
        drawn[n] = '\0';
        assert_string_equal(drawn, table[i].drawn);
        assert_int_equal(lw_text_columns(table[i].in, table[i].len), table[i].columns);
    }
}

/* Whatever the bytes: all are consumed, each glyph takes cells, and nothing that a terminal obeys comes out. */
static void random_bytes_never_reach_the_terminal(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 1, 1, 1);
    for (int round = 0; round < 20000; round++) {
        char bytes[24];
        size_t len = 1 + (size_t)rng_below(&rng, sizeof bytes);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)(rng_below(&rng, 2) ? rng_below(&rng, 256) : 0xC0 + rng_below(&rng, 64));
        for (size_t at = 0; at < len;) {
            struct lw_glyph glyph;
            lw_glyph_next(bytes + at, len - at, &glyph);
            assert_in_range(glyph.len, 1, len - at);
            assert_in_range(glyph.columns, 1, 16);
            assert_in_range(glyph.text_len, 1, sizeof glyph.text);
            for (size_t i = 0; i < glyph.text_len; i++) {
                assert_true((unsigned char)glyph.text[i] >= 0x20 && glyph.text[i] != 0x7F);
                assert_false(i > 0 && (unsigned char)glyph.text[i - 1] == 0xC2 && (unsigned char)glyph.text[i] < 0xA0);
            }
            at += glyph.len;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_as_the_table_says),
        cmocka_unit_test(random_bytes_never_reach_the_terminal),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
