#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/pack.h"

static void reads_back_what_it_wrote(void **state)
{
    (void)state;
    const uint64_t numbers[] = {0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX};
    const int64_t signed_numbers[] = {0, -1, 1, -64, 64, INT64_MAX, INT64_MIN};
    struct buf buf = BUF_INIT;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        pack_u64(&buf, numbers[i]);
    for (size_t i = 0; i < sizeof signed_numbers / sizeof *signed_numbers; i++)
        pack_i64(&buf, signed_numbers[i]);
    pack_bytes(&buf, "a\0b", 3);
    pack_bytes(&buf, NULL, 0);
    struct unpack in;
    unpack_init(&in, buf.data, buf.len);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_true(unpack_u64(&in) == numbers[i]);
    for (size_t i = 0; i < sizeof signed_numbers / sizeof *signed_numbers; i++)
        assert_true(unpack_i64(&in) == signed_numbers[i]);
    size_t len;
    assert_memory_equal(unpack_bytes(&in, &len), "a\0b", 3);
    assert_int_equal(len, 3);
    unpack_bytes(&in, &len);
    assert_int_equal(len, 0);
    assert_false(in.has_failed);
    assert_ptr_equal(in.at, in.end);
    buf_release(&buf);
}

static void every_cut_is_noticed(void **state)
{
    (void)state;
    struct buf buf = BUF_INIT;
    pack_u64(&buf, UINT64_MAX);
    pack_bytes(&buf, "hello", 5);
    for (size_t len = 0; len < buf.len; len++) {
        struct unpack in;
        unpack_init(&in, buf.data, len);
        size_t n;
        unpack_u64(&in);
        unpack_bytes(&in, &n);
        assert_true(in.has_failed);
    }
    buf_release(&buf);
}

static void refuses_numbers_over_64_bits(void **state)
{
    (void)state;
    struct unpack in;
    unpack_init(&in, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
    assert_int_equal(unpack_u64(&in), 0);
    assert_true(in.has_failed);
    unpack_init(&in, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12);
    unpack_u64(&in);
    assert_true(in.has_failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_what_it_wrote),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(refuses_numbers_over_64_bits),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
