#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "base/buf.h"

static void assert_sane(const struct buf *buf)
{
    assert_true(buf->data == NULL ? buf->len == 0 && buf->cap == 0 : buf->len < buf->cap);
    if (buf->data != NULL)
        assert_int_equal(buf->data[buf->len], 0);
}

static void appends_and_clears(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    assert_sane(&buf);
    for (int i = 0; i < 1000; i++) {
        buf_printf(&buf, "%d,", i);
        assert_sane(&buf);
    }
    assert_int_equal(buf_status(&buf), 0);
    assert_int_equal(buf.len, 10 * 2 + 90 * 3 + 900 * 4);
    buf_clear(&buf);
    assert_sane(&buf);
    buf_add(&buf, "a\0b", 3);
    assert_memory_equal(buf.data, "a\0b", 3);
    assert_sane(&buf);
    buf_release(&buf);
    assert_sane(&buf);
}

static void quotes_json(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    const char hostile[] = "q\" b\\ n\n e\033 nul\0 bad\xff\xed\xa0\x80 \xc3\xa9";
    buf_add_json(&buf, hostile, sizeof hostile - 1);
    assert_string_equal(buf.data, "\"q\\\" b\\\\ n\\n e\\u001b nul\\u0000 bad\\ufffd\\ufffd\\ufffd\\ufffd \xc3\xa9\"");
    buf_clear(&buf);
    buf_add_json(&buf, "\b\f\r\t", 4);
    assert_string_equal(buf.data, "\"\\b\\f\\r\\t\"");
    buf_clear(&buf);
    buf_add_json(&buf, "bnfrt", 5);
    assert_string_equal(buf.data, "\"bnfrt\"");
    buf_release(&buf);
}

/* What a byte becomes does not depend on where it stands among others. */
static void quotes_json_alike_everywhere(void **state)
{
    (void)state;
    struct buf all = BUF_INIT, one = BUF_INIT, expected = BUF_INIT;
    for (unsigned c = 0; c < 256; c++)
        for (size_t at = 0; at < 19; at++) {
            char text[19];
            memset(text, 'x', sizeof text);
            text[at] = (char)c;
            buf_clear(&all);
            buf_clear(&one);
            buf_clear(&expected);
            buf_add_json(&all, text, sizeof text);
            buf_add_json(&one, text + at, 1);
            buf_printf(&expected, "\"%.*s%.*s%.*s\"", (int)at, "xxxxxxxxxxxxxxxxxxx", (int)one.len - 2, one.data + 1,
                       18 - (int)at, "xxxxxxxxxxxxxxxxxxx");
            assert_string_equal(all.data, expected.data);
        }
    buf_release(&all);
    buf_release(&one);
    buf_release(&expected);
}

static void quotes_csv(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_csv(&buf, "plain", 5);
    buf_add_byte(&buf, ',');
    buf_add_csv(&buf, "a,\"b\"\n", 6);
    assert_string_equal(buf.data, "plain,\"a,\"\"b\"\"\n\"");
    buf_release(&buf);
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    buf_add_text(&buf, "kept");
    assert_int_not_equal(buf_reserve(&buf, SIZE_MAX - 2), 0);
    buf_add_text(&buf, "dropped");
    assert_int_not_equal(buf_status(&buf), 0);
    assert_string_equal(buf.data, "kept");
    buf_clear(&buf);
    assert_int_equal(buf_status(&buf), 0);
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_and_clears),           cmocka_unit_test(quotes_json),
        cmocka_unit_test(quotes_json_alike_everywhere), cmocka_unit_test(quotes_csv),
        cmocka_unit_test(refuses_what_cannot_be),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
