#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "learn/units.h"

/* Units as text: words as they are, <*> for a value, <key> for one that is a value only behind "=". */
static void assert_units(const char *message, const char *expected)
{
    struct sequences sequences;
    struct vocabulary vocabulary = {INTERN_INIT, NULL, 0};
    struct tokens tokens = {0};
    struct sequence_token views[MASK_MAX_TOKENS];
    struct unit units[MASK_MAX_TOKENS];
    struct buf text = BUF_INIT;
    uint32_t id;
    bool has_rest;
    sequences_init(&sequences);
    assert_int_equal(mask_message(message, strlen(message), NULL, &tokens), 0);
    assert_int_equal(sequences_add(&sequences, message, &tokens, LW_NO_TIME, LW_LEVEL_NONE, &id, NULL), 0);
    size_t n_tokens = sequence_tokens(&sequences, id, views, MASK_MAX_TOKENS), at = 0;
    int n = units_cut(&vocabulary, true, views, n_tokens, units, &has_rest);
    assert_true(n >= 0);
    for (int i = 0; i < n; i++) {
        assert_int_equal(units[i].first, at); /* units cover the tokens without a gap */
        at += units[i].n;
        if (i > 0)
            buf_add_byte(&text, '|');
        uint32_t symbol = element_symbol(units[i].element);
        if (units[i].is_weak) {
            buf_add_text(&text, "<key>");
        } else if (symbol == SYMBOL_VALUE) {
            buf_add_text(&text, "<*>");
        } else {
            struct lw_bytes word = intern_get(&vocabulary.words, symbol - SYMBOL_FIRST_WORD);
            buf_add(&text, word.data, word.len);
        }
    }
    assert_int_equal(at + has_rest, n_tokens);
    assert_string_equal(text.len > 0 ? text.data : "", expected);
    buf_release(&text);
    vocabulary_release(&vocabulary);
    tokens_release(&tokens);
    sequences_release(&sequences);
}

static void cuts_units(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"read 5 of 7/9 at 1,2", "read|<*>|of|<*>|at|<*>"},
        {"a=b c= d e = f", "a|=|<key>|c|=|d|e|=|<key>"},
        {"size=Rect(1, 2)", "size|=|Rect|(|<*>|,|<*>|)"},
        {"tag=\"two words\", x", "tag|=|\"|<key>|\"|,|x"},
        {"by org.example.Main$Inner@1f2e3d4c5b", "by|<*>"},
        {"org.example.key = 5, org.example.call(1)", "org.example.key|=|<*>|,|org.example.call|(|<*>|)"},
        {"[<0x12>] f+0x1/0x2", "[|<*>|]|f|+|<*>"},
        {"login for root [-] - ok", "login|for|<*>|[|<*>|]|-|ok"},
        {"failed\n  at once", "failed"},
        {"off by +12ms #7", "off|by|<*>|<*>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_units(cases[i][0], cases[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cuts_units)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
