#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "log/format_file.h"
#include "tests/lib/scratch.h"

#define GOOD                                                                                                           \
    "{\"name\":\"gate\",\"help\":\"gates\",\"pattern\":\"(?<when>\\\\d+/\\\\d+/\\\\d+ [\\\\d:]+) (?<sev>\\\\w+) "      \
    "#(?<pid>\\\\d+) \","                                                                                              \
    "\"fields\":{\"when\":\"time\",\"sev\":\"level\"},\"levels\":{\"BAD\":\"error\"},\"time\":\"2026/11/23 "           \
    "02:10:11\","                                                                                                      \
    "\"multiline\":true,\"samples\":[\"2026/11/23 02:10:11 BAD #12 x\","                                               \
    "{\"line\":\"2026/11/23 02:10:12 BAD #12 it broke\\nhere\",\"fields\":{\"sev\":\"BAD\",\"pid\":\"12\","            \
    "\"message\":\"it broke\\nhere\"}}]}"

static int parse(const char *text, struct form **form, struct lw_error *err)
{
    return format_file_parse("f.json", text, strlen(text), form, err);
}

static void a_format_cuts_as_its_file_says(void **state)
{
    (void)state;
    struct form *form;
    struct lw_error err = {0};
    struct format_scratch scratch;
    struct format_cut cut;
    if (parse(GOOD, &form, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(format_scratch_init(&scratch, NULL), 0);
    scratch.wants_names = true;
    const char line[] = "2026/11/23 02:10:12 BAD #7 low";
    assert_int_equal(form_cut(form, line, sizeof line - 1, true, NULL, &scratch, &cut), 1);
    assert_int_equal(cut.level, LW_LEVEL_ERROR);
    assert_true(cut.has_time && cut.time.has_year);
    assert_int_equal(cut.message.start, 27);
    assert_int_equal(cut.n_fields, 3);
    assert_string_equal(cut.fields[2].name, "pid");
    assert_true(form->format.is_multiline);
    /* What is written is read as the same. */
    struct buf text = BUF_INIT;
    struct form *again;
    struct lw_bytes sample = {line, sizeof line - 1};
    assert_int_equal(format_file_print(form, &sample, 1, &text, NULL), 0);
    form_free(form);
    assert_int_equal(format_file_parse("again", text.data, text.len, &again, &err), 0);
    assert_string_equal(again->format.info.help, "gates");
    form_free(again);
    buf_release(&text);
    format_scratch_release(&scratch);
}

static void a_mistake_is_named_with_key_and_byte(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } mistakes[] = {
        {"", "f.json:1:1: not JSON"},
        {"[]", "one object is wanted"},
        {"{\"name\":\"a\"", "not JSON"},
        {"{\"name\":\"a\",\"pattern\":\"x\"} y", "f.json:1:28: not JSON"},
        {"{\"pattern\":\"x\"}", "f.json: name: it is missing"},
        {"{\"name\":\"a\"}", "f.json: pattern: it is missing"},
        {"{\"name\":\"A b\",\"pattern\":\"x\"}", "f.json: name: a name is"},
        {"{\"name\":\"auto\",\"pattern\":\"x\"}", "f.json: name: a name is"},
        {"{\"name\":7,\"pattern\":\"x\"}", "f.json: name: a text is wanted"},
        {"{\"nam\":\"a\"}", "f.json: nam: there is no such key"},
        {"{\"name\":\"a\",\"pattern\":\"(?<x\"}", "f.json: pattern: regular expression \"(?<x\": at offset 4"},
        {"{\"name\":\"a\",\"pattern\":\"x\",\"fields\":{\"t\":\"time\"}}",
         "f.json: fields.t: the pattern has no group"},
        {"{\"name\":\"a\",\"pattern\":\"(?<t>x)\",\"fields\":{\"t\":\"tim\"}}", "f.json: fields.t: a role is"},
        {"{\"name\":\"a\",\"pattern\":\"x\",\"levels\":{\"B\":\"bad\"}}", "f.json: levels.B: a level is"},
        {"{\"name\":\"a\",\"pattern\":\"x\",\"time\":\"noon\"}", "f.json: time: not a time"},
        {"{\"name\":\"a\",\"pattern\":\"x\",\"multiline\":1}", "f.json: multiline: true or false"},
        {"{\"name\":\"a\",\"pattern\":\"x\",\"samples\":[1]}", "f.json: samples[0]: a line"},
        {"{\"name\":\"a\",\"pattern\":\"\\\\d+ (?<level>[A-Z]+) #\",\"samples\":[\"12 INFO #\",\"12 INFo #\"]}",
         "f.json: samples[1].line: byte 7 does not match: \" \" is wanted there"},
        {"{\"name\":\"a\",\"pattern\":\"\\\\d+ (?<level>[A-Z]+)\",\"samples\":[\"12 info\"]}",
         "f.json: samples[0].line: byte 4 does not match, in level: \"[A-Z]+\" is wanted there"},
        {"{\"name\":\"a\",\"pattern\":\"a(?<time>\\\\S+)\",\"samples\":[\"anoon\"]}",
         "f.json: samples[0].line: byte 2 does not match: \"noon\" is not a time"},
        {"{\"name\":\"a\",\"pattern\":\"(?<x>\\\\w+) \",\"samples\":[{\"line\":\"abc d\",\"fields\":{\"x\":\"abd\"}}]}",
         "f.json: samples[0].fields.x: byte 3 does not match: the pattern finds \"abc\""},
        {"{\"name\":\"a\",\"pattern\":\"(?<x>\\\\w+) \",\"samples\":[{\"line\":\"abc d\",\"fields\":{\"y\":\"abd\"}}]}",
         "f.json: samples[0].fields.y: the pattern found no such field"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct form *form;
        struct lw_error err = {0};
        assert_int_equal(parse(mistakes[i].text, &form, &err), LW_ERR_INPUT);
        if (strstr(err.text, mistakes[i].says) == NULL)
            fail_msg("%s, not %s", err.text, mistakes[i].says);
    }
}

static void one_bad_file_does_not_stop_others(void **state)
{
    (void)state;
    struct formats *formats;
    struct lw_error err;
    size_t index;
    const char *path = scratch_write("formats", "", 0);
    char dir[4096];
    snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path);
    scratch_write("good.json", GOOD, strlen(GOOD));
    scratch_write("twice.json", GOOD, strlen(GOOD));
    scratch_write("bad.json", "{", 1);
    scratch_write("json.json", "{\"name\":\"json\",\"pattern\":\"x\"}", 29);
    assert_int_equal(formats_new(dir, &formats, NULL), 0);
    assert_int_equal(formats_mistake_count(formats), 3);
    assert_int_equal(format_find(formats, "gate", &index, NULL), 0);
    assert_non_null(strstr(formats_origin(formats, index), "good.json"));
    assert_int_equal(formats_preferred(formats, 0), index);
    assert_int_equal(format_find(formats, "bad", &index, &err), LW_ERR_INPUT);
    assert_non_null(strstr(err.text, "bad.json:1:2"));
    assert_int_equal(format_find(formats, "json", &index, NULL), 0);
    formats_free(formats);
    assert_int_equal(formats_new("/there/is/no/such/folder", &formats, NULL), 0);
    formats_free(formats);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_format_cuts_as_its_file_says),
        cmocka_unit_test(a_mistake_is_named_with_key_and_byte),
        cmocka_unit_test_setup_teardown(one_bad_file_does_not_stop_others, scratch_set_up, scratch_tear_down),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
