/* Help and manual page, made from the rows of commands and options alone. */
#include <string.h>

#include "cmd/command.h"
#include "cmd/commands.h"

static void print_option(const struct option_row *row, FILE *out)
{
    char name[80];

    snprintf(name, sizeof name, "%c%c%s--%s%s%s", row->letter != 0 ? '-' : ' ', row->letter != 0 ? row->letter : ' ',
             row->letter != 0 ? ", " : "  ", row->name, row->value != NULL ? " " : "",
             row->value != NULL ? row->value : "");
    fprintf(out, "  %-26s %s\n", name, row->help);
}

/* ---- what may stand behind an option, with a word on each -------------------------------------------------------- */

struct choice {
    const char *name, *help;
};

static bool detector_choice(size_t index, struct choice *out)
{
    const struct lw_detector_info *info = lw_detector_get(index);

    if (info != NULL)
        *out = (struct choice){info->name, info->help};
    return info != NULL;
}

static bool method_choice(size_t index, struct choice *out)
{
    const struct lw_method_info *info = lw_method_get(index);

    if (info != NULL)
        *out = (struct choice){info->name, info->help};
    return info != NULL;
}

static const struct choices {
    const char *title;
    bool (*get)(size_t index, struct choice *out);
    enum option options[2]; /* those that take them */
} choices[] = {
    {"detectors", detector_choice, {OPTION_DETECTORS, OPTION_DETECTOR}},
    {"methods", method_choice, {OPTION_METHOD, OPTION_METHOD}},
};
#define N_CHOICES (sizeof choices / sizeof choices[0])

static void print_choices(enum option option, FILE *out)
{
    struct choice choice;

    for (size_t i = 0; i < N_CHOICES; i++) {
        if (option != choices[i].options[0] && option != choices[i].options[1])
            continue;
        fprintf(out, "\n%s:\n", choices[i].title);
        for (size_t c = 0; choices[i].get(c, &choice); c++)
            fprintf(out, "  %-13s %s\n", choice.name, choice.help);
    }
}

void command_help_list(const struct command_context *context, FILE *out)
{
    const struct command *row;

    fputs(
        "usage: logwright [FILE...]                        open logs or a workspace in the workbench\n"
        "       logwright COMMAND [OPTION...] [INPUT...]    run one command\n\n"
        "INPUT is a log (plain, gzip or zstd), - for standard input, or a workspace that `learn` wrote.\n\ncommands:\n",
        out);
    for (size_t i = 0; (row = command_get(context, i)) != NULL; i++)
        fprintf(out, "  %-12s %s\n", row->name, row->help);
    fputs("\n`logwright help COMMAND` tells more. Exit status: 0 done, 1 something was found, 2 failed.\n", out);
}

void command_help(const struct command *command, FILE *out)
{
    fprintf(out, "usage: logwright %s [OPTION...]%s%s\n\n%s\n", command->name, command->arguments[0] != '\0' ? " " : "",
            command->arguments, command->help);
    if (command->details != NULL)
        fprintf(out, "\n%s\n", command->details);
    if (command->options[0] != OPTION_NONE)
        fputs("\noptions:\n", out);
    for (const unsigned char *own = command->options; *own != OPTION_NONE; own++)
        print_option(option_get((enum option) * own), out);
    for (const unsigned char *own = command->options; *own != OPTION_NONE; own++)
        print_choices((enum option) * own, out);
    fputs("\ncommon options:\n", out);
    for (int i = OPTION_FORMAT; i <= OPTION_LAST_COMMON; i++)
        print_option(option_get((enum option)i), out);
}

void command_roff(const char *text, FILE *out)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((at == text || at[-1] == '\n') && (*at == '.' || *at == '\''))
            fputs("\\&", out);
        if (*at == '-')
            fputs("\\-", out);
        else if (*at == '\\')
            fputs("\\e", out);
        else
            putc(*at, out);
    }
}

static void print_roff_option(const struct option_row *row, FILE *out)
{
    fputs(".TP\n", out);
    if (row->letter != 0)
        fprintf(out, "\\fB\\-%c\\fR, ", row->letter);
    fputs("\\fB\\-\\-", out);
    command_roff(row->name, out);
    fputs("\\fR", out);
    if (row->value != NULL)
        fprintf(out, " \\fI%s\\fR", row->value);
    putc('\n', out);
    command_roff(row->help, out);
    fputs(".\n", out);
}

static void print_roff_choices(const struct choices *row, FILE *out)
{
    struct choice choice;

    fprintf(out, ".SS %s\n", row->title);
    for (size_t i = 0; row->get(i, &choice); i++) {
        fputs(".TP\n.B ", out);
        command_roff(choice.name, out);
        putc('\n', out);
        command_roff(choice.help, out);
        putc('\n', out);
    }
}

static void print_roff_formats(FILE *out)
{
    const struct lw_format_info *format;

    fputs(".SH FORMATS\nThese are known, and found by themselves.\n", out);
    for (size_t i = 0; (format = lw_format_get(i)) != NULL; i++) {
        fputs(".TP\n.B ", out);
        command_roff(format->name, out);
        putc('\n', out);
        command_roff(format->help, out);
        putc('\n', out);
    }
}

void command_manual(const struct command_context *context, FILE *out)
{
    const struct command *row;

    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; (row = command_get(context, i)) != NULL; i++) {
        fputs(".SS \"", out);
        command_roff(row->name, out);
        fprintf(out, "%s", row->arguments[0] != '\0' ? " " : "");
        command_roff(row->arguments, out);
        fputs("\"\n", out);
        command_roff(row->help, out);
        fputs(".\n", out);
        if (row->details != NULL) {
            fputs(".PP\n", out);
            command_roff(row->details, out);
            putc('\n', out);
        }
        for (const unsigned char *own = row->options; *own != OPTION_NONE; own++)
            print_roff_option(option_get((enum option) * own), out);
    }
    fputs(".SH OPTIONS\nEvery command takes these.\n", out);
    for (int i = OPTION_FORMAT; i <= OPTION_LAST_COMMON; i++)
        print_roff_option(option_get((enum option)i), out);
    for (size_t i = 0; i < N_CHOICES; i++)
        print_roff_choices(&choices[i], out);
    print_roff_formats(out);
}

int help_run(struct command_call *call)
{
    const struct command *command;

    if (call->values[OPTION_MANUAL] != NULL) {
        command_manual(call->context, call->out);
        return COMMAND_DONE;
    }
    if (call->n_inputs == 0) {
        command_help_list(call->context, call->out);
        return COMMAND_DONE;
    }
    command = command_find(call->context, call->inputs[0]);
    if (command == NULL)
        return command_fail(call, "there is no command '%.60s'; `help` lists them all", call->inputs[0]);
    command_help(command, call->out);
    return COMMAND_DONE;
}

int version_run(struct command_call *call)
{
    fprintf(call->out, "logwright %s\n", lw_version());
    return COMMAND_DONE;
}
