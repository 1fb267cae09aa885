#include "cmd/shell.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* What an interrupt stops. Written before the handler is set. */
static struct lw_cancel *interrupted;

static void interrupt(int number)
{
    (void)number;
    lw_cancel_request(interrupted);
}

/* The first ^C asks the command to stop and clean up, the second kills. A file that outgrows a limit is an error like a
 * full disk. A reader that went away ends the program as the system does: silently. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

    sigemptyset(&action.sa_mask);
    if (interrupted != NULL)
        sigaction(SIGINT, &action, NULL);
    signal(SIGXFSZ, SIG_IGN);
}

int shell_run(const char *name, int argc, char **argv, const struct command *more, size_t n_more)
{
    struct command_context context = {.more = more, .n_more = n_more};
    const char **words = malloc(((size_t)argc + 1) * sizeof *words);
    int status, n = 1;

    if (words == NULL || lw_cancel_new(&interrupted, NULL) != 0) {
        fputs("logwright: out of memory\n", stderr);
        free(words);
        return COMMAND_FAILED;
    }
    words[0] = name;
    for (int i = 1; i < argc; i++)
        words[n++] = argv[i];
    context.cancel = interrupted;
    catch_signals();
    status = command_run(&context, n, words, stdout, stderr);
    free(words);
    if (lw_cancel_is_requested(interrupted)) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    return status;
}

int shell_main(int argc, char **argv, const struct command *more, size_t n_more)
{
    struct command_context context = {.more = more, .n_more = n_more};

    if (argc < 2)
        return -1;
    if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
        return shell_run("help", 1, argv, more, n_more);
    if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0)
        return shell_run("version", 1, argv, more, n_more);
    if (command_find(&context, argv[1]) == NULL)
        return -1;
    return shell_run(argv[1], argc - 1, argv + 1, more, n_more);
}
