#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/intern.h"
#include "tests/lib/failalloc.h"

static void gives_dense_ids_in_order(void **state)
{
    (void)state;
    struct intern intern = INTERN_INIT;
    assert_int_equal(intern_find(&intern, "x", 1), INTERN_NONE);
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 20000; i++) {
            char text[16];
            int len = snprintf(text, sizeof text, "word %u", i);
            uint32_t id;
            assert_int_equal(intern_add(&intern, text, (size_t)len, &id), 0);
            assert_int_equal(id, i);
        }
    assert_int_equal(intern.count, 20000);
    for (uint32_t i = 0; i < 20000; i += 7) {
        struct lw_bytes text = intern_get(&intern, i);
        assert_int_equal(intern_find(&intern, text.data, text.len), i);
    }
    assert_int_equal(intern_find(&intern, "word 20000", 10), INTERN_NONE);
    intern_release(&intern);
}

static void tells_any_bytes_apart(void **state)
{
    (void)state;
    struct intern intern = INTERN_INIT;
    uint32_t empty, nul, two;
    assert_int_equal(intern_add(&intern, NULL, 0, &empty), 0);
    assert_int_equal(intern_add(&intern, "\0", 1, &nul), 0);
    assert_int_equal(intern_add(&intern, "\0\0", 2, &two), 0);
    assert_int_equal(empty, 0);
    assert_int_equal(nul, 1);
    assert_int_equal(two, 2);
    assert_int_equal(intern_find(&intern, "", 0), empty);
    intern_release(&intern);
}

static int fill_and_release(void *user, struct lw_error *err)
{
    (void)user;
    (void)err;
    struct intern intern = INTERN_INIT;
    int code = 0;
    for (uint32_t i = 0; i < 3000 && code == 0; i++) {
        uint32_t id;
        code = intern_add(&intern, &i, sizeof i, &id);
        if (code == 0)
            assert_int_equal(id, i);
    }
    intern_release(&intern);
    return code;
}

static void says_when_memory_is_out(void **state)
{
    (void)state;
    failalloc_each(fill_and_release, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_dense_ids_in_order),
        cmocka_unit_test(tells_any_bytes_apart),
        cmocka_unit_test(says_when_memory_is_out),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("intern", tests, NULL, NULL);
}
