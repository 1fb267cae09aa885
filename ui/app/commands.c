/*
 * Lines of the prompt. The workbench's own commands are rows like those of the shell and run at once, since they only
 * start jobs; all others run in a job (command_job.c).
 */
#include "ui/app/commands.h"
#include "ui/panes/panes.h"

#include <stdlib.h>
#include <string.h>

int command_need_inputs(struct command_call *call, size_t least, size_t most)
{
    if (call->n_inputs < least || call->n_inputs > most)
        return command_fail(call, "%s takes %s", call->command->name, call->command->arguments);
    return COMMAND_DONE;
}

static int help_topic_run(struct command_call *call)
{
    help_show(app_of(call));
    return COMMAND_DONE;
}

static const struct command rows[] = {
    {"open", "FILE...", "read and learn logs, or open a workspace", NULL, open_run, {OPTION_NONE}, true},
    {"format", "NAME", "read the log again in this format", NULL, format_run, {OPTION_NONE}, true},
    {"trace-by", "RULE", "cut the log into traces by this rule", NULL, trace_rule_run, {OPTION_NONE}, true},
    {"mask",
     "[NAME=REGEX|-NAME]",
     "list the masks, add one or take one away; the log is learned again",
     NULL,
     mask_run,
     {OPTION_NONE},
     true},
    {"labels", "FILE|FIELD", "take labels from there and measure detectors", NULL, labels_run, {OPTION_NONE}, true},
    {"pause", "", "stop indexing for a while", NULL, indexing_run, {OPTION_NONE}, true},
    {"resume", "", "go on indexing", NULL, indexing_run, {OPTION_NONE}, true},
    {"learn-now", "", "learn what is indexed so far", NULL, learn_now_run, {OPTION_NONE}, true},
    {"save", "[FILE]", "save what was learned as a workspace", NULL, save_run, {OPTION_NONE}, true},
    {"w", "[FILE]", "the same as save", NULL, save_run, {OPTION_NONE}, true},
    {"quit", "", "leave, asking before work is lost", NULL, quit_run, {OPTION_NONE}, true},
    {"q", "", "the same as quit", NULL, quit_run, {OPTION_NONE}, true},
    {"filter",
     "[FILTER]",
     "show only records with a text, a /regex/ or a condition; without one, all again",
     NULL,
     filter_run,
     {OPTION_NONE},
     true},
    {"filter-out", "FILTER", "take the records with it away", NULL, filter_run, {OPTION_NONE}, true},
    {"sql",
     "SELECT ...",
     "show what an SQL statement gives in Tables; it can only read",
     NULL,
     sql_run,
     {OPTION_NONE},
     true},
    {"search", "[REGEX]", "go to the next record that matches", NULL, search_run, {OPTION_NONE}, true},
    {"t", "TIME", "go to a time: 14:02, 2026-11-23 14:02, or -15m from the end", NULL, time_run, {OPTION_NONE}, true},
    {"trace", "NAME", "show the trace as a timeline", NULL, trace_run, {OPTION_NONE}, true},
    {"goto", "N", "go to a record by its number", NULL, goto_run, {OPTION_NONE}, true},
    {"machine-diff",
     "FILE",
     "show what differs from the machine of a workspace or a log",
     NULL,
     machine_compare_run,
     {OPTION_NONE},
     true},
    {"rename", "TEMPLATE NAME", "name a template", NULL, edit_run, {OPTION_NONE}, true},
    {"join", "TEMPLATE TEMPLATE...", "make one template of several", NULL, edit_run, {OPTION_NONE}, true},
    {"split", "TEMPLATE N", "one template for each value of its parameter N", NULL, edit_run, {OPTION_NONE}, true},
    {"pin",
     "TEMPLATE|TEXT",
     "keep the template's text, or make one of this text with <*>",
     NULL,
     edit_run,
     {OPTION_NONE},
     true},
    {"set",
     "KNOB VALUE",
     "set a constraint by its path: a number, a range such as 0.1..0.3, a text or JSON; - takes it out",
     NULL,
     set_run,
     {OPTION_NONE},
     true},
    {"method", "NAME", "how logs are generated", NULL, method_run, {OPTION_NONE}, true},
    {"generate-to",
     "FILE [LABELS [RECORD-LABELS]]",
     "generate into a file: .log, .jsonl, .tsv (sequences), .sqlite, .csv (a folder); labels beside it, or there",
     NULL,
     generate_file_run,
     {OPTION_NONE},
     true},
    {"compare",
     "[FILE]",
     "compare the log with a generated one, or with one in a file",
     NULL,
     compare_run,
     {OPTION_NONE},
     true},
    {"read-constraints", "FILE", "set the knobs from a JSON file", NULL, constraints_read_run, {OPTION_NONE}, true},
    {"write-constraints", "FILE", "write the knobs to a JSON file", NULL, constraints_write_run, {OPTION_NONE}, true},
    {"keys", "", "list the keys", NULL, help_topic_run, {OPTION_NONE}, true},
};

const struct command *app_commands(size_t *n)
{
    *n = sizeof rows / sizeof rows[0];
    return rows;
}

/* ---- the prompt ---- */

/* Quotes in these lines are not the prompt's: what follows the command's name is one input, as it was typed. */
static bool is_verbatim(const char *name)
{
    return strcmp(name, "filter") == 0 || strcmp(name, "filter-out") == 0 || strcmp(name, "search") == 0 ||
           strcmp(name, "mask") == 0 || strcmp(name, "set") == 0 || strcmp(name, "sql") == 0;
}

static void run_own(struct app *app, const char *line)
{
    struct lw_run run = {LW_OPTIONS_VERSION, NULL, NULL, NULL, NULL};
    struct command_context context = {.run = &run, .user = app};
    char *text = NULL, name[64];
    const char *rest;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    context.more = app_commands(&context.n_more);
    if (!out) {
        app_say(app, "out of memory");
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)strcspn(line, " \t"), line);
    rest = line + strlen(name) + strspn(line + strlen(name), " \t");
    if (is_verbatim(name))
        command_run(&context, *rest ? 3 : 1, (const char *const[]){name, "--", rest}, out, out);
    else
        command_run_line(&context, line, out, out);
    fclose(out);
    if (text && len > 0)
        command_say_message(app, text, len);
    free(text);
}

void app_command(struct app *app, const char *line)
{
    char name[64];
    size_t len = strcspn(line += strspn(line, " \t"), " \t");
    const struct action_row *action;

    app->message[0] = '\0';
    if (len == 0)
        return;
    snprintf(name, sizeof name, "%.*s", (int)len, line);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, name) == 0) {
            run_own(app, line);
            return;
        }
    action = command_find(NULL, name) ? NULL : action_find(name);
    if (action)
        app_act(app, action->action);
    else
        command_start(app, line);
}
