#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/rng.h"
#include "learn/mask.h"
#include "tests/lib/covering.h"

/* "word|<mask>|word": what a message is cut into. */
static void assert_cut(const char *message, const char *expected)
{
    struct tokens tokens = {0};
    struct buf text = BUF_INIT;
    assert_int_equal(mask_message(message, strlen(message), NULL, &tokens), 0);
    assert_covers(message, strlen(message), &tokens);
    for (size_t i = 0; i < tokens.n; i++) {
        const struct token *token = &tokens.items[i];
        if (i > 0)
            buf_add_byte(&text, '|');
        if (token->mask == MASK_NONE)
            buf_add(&text, message + token->start, token->len);
        else
            buf_printf(&text, "<%s>", mask_name(token->mask));
    }
    assert_string_equal(text.len > 0 ? text.data : "", expected);
    buf_release(&text);
    tokens_release(&tokens);
}

static void types_values(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"  \n ", ""},
        {"took 12 ms or -3", "took|<integer>|ms|or|<integer>"},
        {"in 0x1fA0 deadbeef 00b360e8 beef faced", "in|<hex>|<hex>|<hex>|beef|faced"},
        {"1.5 -0.25 1e-9 2.5e10 50%", "<float>|<float>|<float>|<float>|<float>"},
        {"from 10.1.2.3 and /10.1.2.3 not 10.1.2.300", "from|<ip>|and|<ip>|not|<id>"},
        {"fe80::1 2001:db8:0:0:0:0:2:1", "<ip>|<ip>"},
        {"10.1.2.3:80, db.example.org:5432 a.c:12", "<host:port>|,|<host:port>|a.c|:|<integer>"},
        {"open /var/log/x.log, ~/a ./b C:\\x\\y.txt.", "open|<path>|,|<path>|<path>|<path>|."},
        {"see http://a.b/c?d=e&f=1, ok", "see|<url>|,|ok"},
        {"id 0673dd71-34c5-4fbb-86c4-40623fbe45b4", "id|<uuid>"},
        {"if 00:0D:60:E9:1D:DC up", "if|<mac>|up"},
        {"at 12:30 or 07:07:00.123 on 2005-06-17 07:07:00,", "at|<time>|or|<time>|on|<time>|,"},
        {"at Fri Jun 17 07:07:00 2005 (Jun  9 06:06:20 UTC 2006)", "at|<time>|(|<time>|)"},
        {"after 12ms 3s 1.5min", "after|<duration>|<duration>|<duration>"},
        {"of 12KB 16K 2GiB", "of|<size>|<size>|<size>"},
        {"blk_38865 R62-M1 req9f33x node1 tty2", "<id>|<id>|<id>|node1|tty2"},
        {"was true or null", "was|<flag>|or|<flag>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_cut(cases[i][0], cases[i][1]);
}

static void cuts_structure(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a=1,b=x;c:y", "a|=|<integer>|,|b|=|x|;|c|:|y"},
        {"[x](y){z}<w>", "[|x|]|(|y|)|{|z|}|<|w|>"},
        {"done... core.2275 wait....0", "done|...|core|.|<integer>|wait|....|<integer>"},
        {"== *** --", "==|***|--"},
        {"tag=\"two words\", can't 'do this' \"a 1\"", "tag|=|\"|two words|\"|,|can|'|t|'|do this|'|\"|a|<integer>|\""},
        {"\"GET /a/b HTTP/1.1\" 200", "\"|GET|<path>|\"|<integer>"},
        {"first line\n  second 1\nthird", "first|line|<text>"},
        {"PS/2 n/a 16K/32K", "PS|/|<integer>|n/a|<size>|/|<size>"},
        {"/a/b. then /c. Then", "<path>|then|<path>|.|Then"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_cut(cases[i][0], cases[i][1]);
}

static void keeps_symbols(void **state)
{
    (void)state;
    struct tokens tokens = {0};
    assert_int_equal(mask_symbol("12 x", 4, &tokens), 0);
    assert_int_equal(tokens.n, 1);
    assert_int_equal(tokens.items[0].mask, MASK_NONE);
    assert_int_equal(tokens.items[0].len, 4);
    assert_int_equal(mask_symbol("", 0, &tokens), 0);
    assert_int_equal(tokens.n, 0);
    tokens_release(&tokens);
}

static void bounds_long_messages(void **state)
{
    (void)state;
    struct buf text = BUF_INIT;
    struct tokens tokens = {0};
    for (int i = 0; i < 2000; i++)
        buf_add_text(&text, "word 1 ");
    assert_int_equal(mask_message(text.data, text.len, NULL, &tokens), 0);
    assert_int_equal(tokens.n, MASK_MAX_TOKENS);
    assert_int_equal(tokens.items[tokens.n - 1].mask, MASK_QUOTED);
    assert_covers(text.data, text.len, &tokens);
    tokens_release(&tokens);
    buf_release(&text);
}

/* Whatever the bytes, tokens cover them. The alphabet holds what the recognisers look at. */
static void covers_random_bytes(void **state)
{
    (void)state;
    static const char alphabet[] = "aZf019.::/\\-'\"=,(<[ \n\t%T+~\xc3\xa9JunMon";
    struct tokens tokens = {0};
    struct rng rng;
    rng_init(&rng, 1, 1, 1);
    for (int round = 0; round < 20000; round++) {
        char message[64];
        size_t len = (size_t)rng_below(&rng, sizeof message);
        for (size_t i = 0; i < len; i++)
            message[i] = round % 8 == 0 ? (char)rng_below(&rng, 256) : alphabet[rng_below(&rng, sizeof alphabet)];
        assert_int_equal(mask_message(message, len, NULL, &tokens), 0);
        assert_covers(message, len, &tokens);
    }
    tokens_release(&tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_values),         cmocka_unit_test(cuts_structure),      cmocka_unit_test(keeps_symbols),
        cmocka_unit_test(bounds_long_messages), cmocka_unit_test(covers_random_bytes),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
