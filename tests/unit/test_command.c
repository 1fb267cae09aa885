#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "tests/lib/scratch.h"

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static void every_row_can_be_helped(void **state)
{
    const struct command *row;

    (void)state;
    for (size_t i = 0; (row = command_get(NULL, i)) != NULL; i++) {
        assert_ptr_equal(command_find(NULL, row->name), row);
        assert_non_null(row->run);
        assert_true(strlen(row->help) > 10 && strlen(row->help) < 90);
        for (size_t o = 0; row->options[o] != OPTION_NONE; o++) {
            const struct option_row *option = option_get((enum option)row->options[o]);

            assert_true(o + 1 < OPTION_MAX_OWN);
            assert_true(row->options[o] > OPTION_LAST_COMMON && row->options[o] < OPTION_COUNT);
            assert_non_null(option->name);
            assert_non_null(option->help);
        }
    }
}

static bool takes(const struct command *row, enum option option)
{
    if (option <= OPTION_LAST_COMMON)
        return true;
    for (size_t o = 0; row->options[o] != OPTION_NONE; o++)
        if (row->options[o] == option)
            return true;
    return false;
}

/* Two commands may mean different things by a name; one may not. */
static void a_command_takes_every_name_once(void **state)
{
    const struct command *row;

    (void)state;
    for (size_t r = 0; (row = command_get(NULL, r)) != NULL; r++)
        for (int i = OPTION_FORMAT; i < OPTION_COUNT; i++)
            for (int j = OPTION_FORMAT; j < i; j++) {
                const struct option_row *a = option_get((enum option)i), *b = option_get((enum option)j);

                if (!takes(row, (enum option)i) || !takes(row, (enum option)j))
                    continue;
                assert_string_not_equal(a->name, b->name);
                assert_true(a->letter == 0 || a->letter != b->letter);
            }
}

/* ---- options --------------------------------------------------------------------------------------------------- */

static const unsigned char own[] = {OPTION_JSON, OPTION_CONSTRAINTS, OPTION_NONE};

static const char *parse(const char **args, size_t n, const char **values, size_t *n_args)
{
    static char text[200];
    size_t n_masks;

    return options_parse(own, args, n, values, n_args, &n_masks, text, sizeof text);
}

static void options_come_in_every_form(void **state)
{
    const char *args[] = {"a", "--json", "--format=syslog", "-c", "c.json", "-qo", "out", "-", "--", "--trace", "-x"};
    const char *values[OPTION_COUNT];
    size_t n;

    (void)state;
    assert_null(parse(args, sizeof args / sizeof args[0], values, &n));
    assert_int_equal(n, 4);
    assert_string_equal(args[0], "a");
    assert_string_equal(args[1], "-");
    assert_string_equal(args[2], "--trace");
    assert_string_equal(args[3], "-x");
    assert_string_equal(values[OPTION_JSON], "");
    assert_string_equal(values[OPTION_FORMAT], "syslog");
    assert_string_equal(values[OPTION_CONSTRAINTS], "c.json");
    assert_string_equal(values[OPTION_OUTPUT], "out");
    assert_non_null(values[OPTION_QUIET]);
    assert_null(values[OPTION_TRACE]);
}

static void assert_wrong(const char *word, const char *text)
{
    const char *args[] = {word}, *values[OPTION_COUNT], *problem;
    size_t n;

    problem = parse(args, 1, values, &n);
    assert_non_null(problem);
    assert_non_null(strstr(problem, text));
}

static void wrong_options_are_named(void **state)
{
    (void)state;
    assert_wrong("--nonsense", "--nonsense");
    assert_wrong("--jso", "--jso");
    assert_wrong("--json=1", "takes no value");
    assert_wrong("--format", "needs a value");
    assert_wrong("--split", "--split"); /* an option, but not of this command */
    assert_wrong("-z", "-z");
    assert_wrong("-o", "needs a value");
}

/* ---- lines ----------------------------------------------------------------------------------------------------- */

struct output {
    char *out, *messages;
    size_t out_size, messages_size;
    int status;
};

static struct output run_line(struct command_context *context, const char *line)
{
    struct output output = {NULL, NULL, 0, 0, 0};
    FILE *out = open_memstream(&output.out, &output.out_size);
    FILE *messages = open_memstream(&output.messages, &output.messages_size);

    output.status = command_run_line(context, line, out, messages);
    fclose(out);
    fclose(messages);
    return output;
}

static void assert_line(struct command_context *context, const char *line, int status, const char *out,
                        const char *messages)
{
    struct output output = run_line(context, line);

    if (output.status != status || strstr(output.out, out) == NULL || strstr(output.messages, messages) == NULL)
        fail_msg("%s: %d\n%s\n%s", line, output.status, output.out, output.messages);
    free(output.out);
    free(output.messages);
}

static void lines_run_as_in_a_shell(void **state)
{
    struct command_context context = {0};

    (void)state;
    assert_line(&context, "", COMMAND_DONE, "", "");
    assert_line(&context, "version", COMMAND_DONE, lw_version(), "");
    assert_line(&context, "help 'parse'", COMMAND_DONE, "--json", "");
    assert_line(&context, "parse --help", COMMAND_DONE, "parameters", "");
    assert_line(&context, "nonsense", COMMAND_FAILED, "", "no command 'nonsense'");
    assert_line(&context, "help nonsense", COMMAND_FAILED, "", "no command 'nonsense'");
    assert_line(&context, "parse --split x", COMMAND_FAILED, "", "--split");
    assert_line(&context, "parse \"x", COMMAND_FAILED, "", "not closed");
    assert_line(&context, "parse", COMMAND_FAILED, "", "give a log");
    assert_line(&context, "templates", COMMAND_FAILED, "", "workspace");
    assert_line(&context, "parse /nonexistent/x.log", COMMAND_FAILED, "", "/nonexistent/x.log");
    assert_line(&context, "generate --traces many /dev/null", COMMAND_FAILED, "", "--traces 'many'");
    assert_line(&context, "formats --threads 1 --json", COMMAND_DONE, "\"name\"", "");
}

static int say_hello(struct command_call *call)
{
    fprintf(call->out, "%s %s", (const char *)call->context->user, call->inputs[0]);
    return COMMAND_FOUND;
}

static void rows_of_the_context_come_first(void **state)
{
    static const struct command more[] = {
        {"hello", "WHO", "say hello to somebody", NULL, say_hello, {OPTION_NONE}, false},
        {"version", "WHO", "hide the engine's own row", NULL, say_hello, {OPTION_NONE}, false},
    };
    struct command_context context = {.more = more, .n_more = 2, .user = "hello,"};

    (void)state;
    assert_line(&context, "hello 'you there'", COMMAND_FOUND, "hello, you there", "");
    assert_line(&context, "version two", COMMAND_FOUND, "hello, two", "");
    assert_line(&context, "help", COMMAND_DONE, "say hello to somebody", "");
}

/* ---- completion ------------------------------------------------------------------------------------------------ */

static void collect(void *user, const char *word)
{
    char *all = user;

    strcat(all, word);
    strcat(all, " ");
}

static bool complete(const char *line, char *all)
{
    all[0] = '\0';
    return command_complete(NULL, line, strlen(line), collect, all);
}

static void words_are_completed(void **state)
{
    char all[10000];

    (void)state;
    assert_false(complete("", all));
    assert_non_null(strstr(all, "parse "));
    assert_false(complete("te", all));
    assert_string_equal(all, "templates ");
    assert_true(complete("parse ", all));
    assert_string_equal(all, "");
    assert_false(complete("parse --js", all));
    assert_string_equal(all, "--json ");
    assert_false(complete("parse --format sys", all));
    assert_non_null(strstr(all, "syslog "));
    assert_true(complete("parse --labels ", all));
    assert_false(complete("traces --trace w", all));
    assert_string_equal(all, "window:60s ");
    assert_true(complete("templates r", all));
    assert_string_equal(all, "rename redo ");
    assert_false(complete("help eval", all));
    assert_string_equal(all, "evaluate ");
    assert_false(complete("nonsense ", all));
    assert_string_equal(all, "");
}

/* Fields of the log and templates of the workspace that are open. */
static void what_is_open_is_completed(void **state)
{
    const char *path = scratch_write("x.log", "2024-03-01 00:00:00,100 INFO web: hello\n", 40);
    struct command_context context = {0};
    char all[1000] = "";

    (void)state;
    assert_int_equal(lw_log_open(&path, 1, NULL, NULL, &context.log, NULL), 0);
    assert_int_equal(lw_workspace_learn(context.log, NULL, NULL, &context.workspace, NULL), 0);
    command_complete(&context, "traces --trace field:", 21, collect, all);
    assert_non_null(strstr(all, "field:level "));
    all[0] = '\0';
    command_complete(&context, "templates rename ", 17, collect, all);
    assert_string_equal(all, "E1 ");
    lw_workspace_free(context.workspace);
    lw_log_free(context.log);
}

#define LINE1 "2024-03-01 00:00:00,100 INFO web: opened req-1\n"
#define LINE2 "2024-03-01 00:00:01,100 INFO web: closed req-1\n"

/* The first log is learned from, the second one is opened beside it. */
static void commands_take_what_is_open(void **state)
{
    const char *learned = scratch_write("learned.log", LINE1 LINE2, strlen(LINE1 LINE2));
    const char *path = scratch_write("other.log", LINE2, strlen(LINE2));
    struct command_context context = {0};
    struct lw_traces *matched;
    char line[600];

    (void)state;
    snprintf(line, sizeof line, "learn -q --trace '(req-\\d+)' %s -o %s.lw", learned, learned);
    assert_line(&context, line, COMMAND_DONE, "", "");
    snprintf(line, sizeof line, "%s.lw", learned);
    assert_int_equal(lw_workspace_open(line, NULL, &context.workspace, NULL), 0);

    /* a workspace alone */
    assert_line(&context, "templates --csv", COMMAND_DONE, "E2,", "");
    assert_line(&context, "traces --csv", COMMAND_DONE, "req-1,2,", "");
    assert_line(&context, "score", COMMAND_DONE, "req-1,", "");
    assert_line(&context, "parse", COMMAND_FAILED, "", "give the log, too");
    assert_line(&context, "traces --labels x", COMMAND_FAILED, "", "needs the log itself");
    assert_line(&context, "templates --trace x", COMMAND_FAILED, "", "has its trace rule already");
    assert_line(&context, "evaluate --labels x", COMMAND_FAILED, "", "give a log");
    context.labels = "x"; /* what was open before may have had labels; these traces have none */
    assert_line(&context, "traces --csv", COMMAND_DONE, "req-1,2,", "");
    context.labels = NULL;

    /* with a log that it was not learned from */
    assert_int_equal(lw_log_open(&path, 1, NULL, NULL, &context.log, NULL), 0);
    assert_int_equal(lw_traces_match(context.workspace, context.log, NULL, &matched, NULL), 0);
    context.matched = matched;
    assert_line(&context, "parse", COMMAND_DONE, "E2,closed req-1", "");
    assert_line(&context, "traces --csv", COMMAND_DONE, "req-1,1,", "");
    assert_line(&context, "traces --csv --trace '(closed)'", COMMAND_DONE, "closed,1,", "");
    assert_line(&context, "parse --format json", COMMAND_FAILED, "", "--format");

    /* what is named stands for itself */
    snprintf(line, sizeof line, "traces --csv --trace '(req-\\d+)' %s", learned);
    assert_line(&context, line, COMMAND_DONE, "req-1,2,", "");
    lw_traces_free(matched);
    lw_workspace_free(context.workspace);
    lw_log_free(context.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_can_be_helped),    cmocka_unit_test(a_command_takes_every_name_once),
        cmocka_unit_test(options_come_in_every_form), cmocka_unit_test(wrong_options_are_named),
        cmocka_unit_test(lines_run_as_in_a_shell),    cmocka_unit_test(rows_of_the_context_come_first),
        cmocka_unit_test(words_are_completed),        cmocka_unit_test(what_is_open_is_completed),
        cmocka_unit_test(commands_take_what_is_open),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, scratch_set_up, scratch_tear_down);
}
