#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "input/journal_export.h"

/* Converts in pieces of at most `piece` bytes. */
static struct buf convert(const char *data, size_t len, size_t piece, const char **problem)
{
    struct journal *journal;
    struct buf out = BUF_INIT;
    assert_int_equal(journal_new(&journal, NULL), 0);
    for (size_t at = 0; at < len; at += piece)
        assert_int_equal(
            journal_add(journal, (const unsigned char *)data + at, len - at < piece ? len - at : piece, &out, NULL), 0);
    assert_int_equal(journal_end(journal, &out, problem, NULL), 0);
    journal_free(journal);
    return out;
}

static void gives_len(const char *data, size_t len, const char *expected, const char *problem)
{
    for (size_t piece = 1; piece <= len; piece = piece * 2 + 1) {
        const char *said = NULL;
        struct buf out = convert(data, len, piece, &said);
        assert_string_equal(out.data != NULL ? out.data : "", expected);
        if (problem == NULL)
            assert_null(said);
        else
            assert_string_equal(said, problem);
        buf_release(&out);
    }
}
#define gives(data, expected, problem) gives_len(data, sizeof(data) - 1, expected, problem)

static const char damaged[] = "journal export is damaged; what follows the damage is shown as it is";
static const char early[] = "journal export ends early";

static void entries_are_objects(void **state)
{
    (void)state;
    gives("__CURSOR=s=1\n__REALTIME_TIMESTAMP=1767348000000000\nMESSAGE=a \"b\" = c\nPRIORITY=6\n\n"
          "__CURSOR=s=2\nMESSAGE=\n\n",
          "{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"1767348000000000\",\"MESSAGE\":\"a \\\"b\\\" = c\","
          "\"PRIORITY\":\"6\"}\n{\"__CURSOR\":\"s=2\",\"MESSAGE\":\"\"}\n",
          NULL);
    gives("A=1\nB=2\nA=3\nA=4\n\n\n\nC=5\n", "{\"A\":[\"1\",\"3\",\"4\"],\"B\":\"2\"}\n{\"C\":\"5\"}\n", NULL);
    gives("", "", NULL);
}

static void values_may_be_binary(void **state)
{
    (void)state;
    gives("MESSAGE\n\5\0\0\0\0\0\0\0a\nb=c\nX\n\0\0\0\0\0\0\0\0\nY\n\3\0\0\0\0\0\0\0\0\xff\n\n\n",
          "{\"MESSAGE\":\"a\\nb=c\",\"X\":\"\",\"Y\":[0,255,10]}\n", NULL);
    gives("A=tab\t and \xc3\xa4\nB=\x1b[0m\nC=\xc2\x85\n\n",
          "{\"A\":\"tab\\t and \xc3\xa4\",\"B\":[27,91,48,109],\"C\":[194,133]}\n", NULL);
}

static void what_is_no_export_is_passed_on(void **state)
{
    (void)state;
    gives("A=1\nno field\nB=2\n\n", "{\"A\":\"1\"}\nno field\nB=2\n\n", damaged);
    gives("A=1\n\nB\n\1\0\0\0\0\0\0\0xy\nC=3\n", "{\"A\":\"1\"}\n{\"B\":\"x\"}\ny\nC=3\n", damaged);
    gives("A=1\nB\n\377\377\377\377\377\377\377\377zz", "{\"A\":\"1\"}\nB\n\377\377\377\377\377\377\377\377zz",
          damaged);
    gives("A=1\nB=2", "{\"A\":\"1\"}\nB=2", early);
    gives("A=1\nB\n\5\0\0\0\0\0\0", "{\"A\":\"1\"}\nB\n\5", early);
    gives("=", "=", damaged);
}

static void is_recognised_by_its_start(void **state)
{
    (void)state;
    bool is_open;
    const unsigned char *start = (const unsigned char *)"__CURSOR=s";
    for (size_t n = 0; n < 9; n++) {
        assert_false(journal_is_export(start, n, &is_open));
        assert_true(is_open);
    }
    assert_true(journal_is_export(start, 9, &is_open));
    assert_false(journal_is_export((const unsigned char *)"__CURSED", 8, &is_open));
    assert_false(is_open);
    assert_true(journal_is_export((const unsigned char *)"__REALTIME_TIMESTAMP=", 21, &is_open));
}

/* The bytes that a JSON value of a field stands for. */
static void check_value(struct json_object *value, const char *data, size_t len)
{
    if (json_object_is_type(value, json_type_string)) {
        assert_int_equal(json_object_get_string_len(value), len);
        assert_memory_equal(json_object_get_string(value), data, len);
        return;
    }
    assert_int_equal(json_object_array_length(value), len);
    for (size_t i = 0; i < len; i++)
        assert_int_equal(json_object_get_int(json_object_array_get_idx(value, i)), (unsigned char)data[i]);
}

/* Random bytes as values, written in the two ways, come back from the JSON. */
static void every_byte_of_a_value_comes_back(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 5, 0, 0);
    for (int round = 0; round < 300; round++) {
        char values[8][300];
        size_t lens[8];
        struct buf data = BUF_INIT;
        for (int i = 0; i < 8; i++) {
            lens[i] = (size_t)rng_below(&rng, 300);
            unsigned top = i % 2 == 0 ? 256 : 128;
            for (size_t k = 0; k < lens[i]; k++)
                values[i][k] = (char)rng_below(&rng, top);
            if (i % 4 < 2 && memchr(values[i], '\n', lens[i]) == NULL) {
                buf_printf(&data, "F%d=", i);
            } else {
                buf_printf(&data, "F%d\n", i);
                for (int k = 0; k < 8; k++)
                    buf_add_byte(&data, (char)(lens[i] >> (8 * k)));
            }
            buf_add(&data, values[i], lens[i]);
            buf_add_byte(&data, '\n');
        }
        buf_add_byte(&data, '\n');
        const char *problem;
        struct buf out = convert(data.data, data.len, 1 + (size_t)rng_below(&rng, 100), &problem);
        assert_null(problem);
        struct json_object *object = json_tokener_parse(out.data);
        assert_int_equal(json_object_object_length(object), 8);
        for (int i = 0; i < 8; i++) {
            char name[8];
            snprintf(name, sizeof name, "F%d", i);
            check_value(json_object_object_get(object, name), values[i], lens[i]);
        }
        json_object_put(object);
        buf_release(&data);
        buf_release(&out);
    }
}

static void entries_have_bounds(void **state)
{
    (void)state;
    struct buf data = BUF_INIT;
    const char *problem;
    for (int i = 0; i < 1500; i++)
        buf_printf(&data, "F%d=%d\n", i, i);
    struct buf out = convert(data.data, data.len, 4096, &problem);
    assert_string_equal(problem, damaged);
    assert_non_null(strstr(out.data, "\"F1023\":\"1023\"}\nF1024=1024\nF1025=1025\n"));
    buf_release(&out);
    buf_release(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_objects),
        cmocka_unit_test(values_may_be_binary),
        cmocka_unit_test(what_is_no_export_is_passed_on),
        cmocka_unit_test(is_recognised_by_its_start),
        cmocka_unit_test(every_byte_of_a_value_comes_back),
        cmocka_unit_test(entries_have_bounds),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
