#include "ui/app/workbench.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/command.h"

/* Whether the words name no command: files, options of the workbench, or nothing. */
static bool is_for_workbench(const struct command_context *context, int argc, char **argv)
{
    if (argc < 2)
        return true;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--version") == 0)
        return false;
    return argv[1][0] == '-' || !command_find(context, argv[1]);
}

/* Whether the screen can be used; a script needs none. */
static bool has_screen(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--script", strlen("--script")) == 0)
            return true;
    return isatty(STDOUT_FILENO);
}

int main(int argc, char **argv)
{
    struct command_context context = {.log = NULL};
    const char **words;
    int status;

    setlocale(LC_CTYPE, "");
    context.more = workbench_commands(&context.n_more);
    if (argc > 1 && !is_for_workbench(&context, argc, argv)) {
        const char *first = strcmp(argv[1], "--version") == 0 ? "version" : argv[1][0] == '-' ? "help" : argv[1];

        argv[1] = (char *)first;
        return command_run(&context, argc - 1, (const char *const *)argv + 1, stdout, stderr);
    }
    words = malloc(((size_t)argc + 1) * sizeof *words);
    if (!words)
        return COMMAND_FAILED;
    words[0] = "workbench";
    for (int i = 1; i < argc; i++)
        words[i] = argv[i];
    if (!has_screen(argc, argv) && command_find(&context, "report"))
        words[0] = "report";
    status = command_run(&context, argc, words, stdout, stderr);
    free(words);
    return status;
}
