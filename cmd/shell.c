#include "cmd/shell.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/print.h"

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

/* What an interrupt stops, written before the handler is set; and the signal that it was. */
static struct lw_cancel *interrupted;
static volatile sig_atomic_t interrupted_by;

static void interrupt(int number)
{
    interrupted_by = number;
    lw_cancel_request(interrupted);
}

/* The first ^C asks the command to stop and clean up, the second kills; what nohup or a shell's & ignores stays so. A
 * file that outgrows a limit is an error like a full disk. A reader that went away ends the program as the system does:
 * silently. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND}, old;

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof ending_signals / sizeof ending_signals[0]; i++)
        if (sigaction(ending_signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(ending_signals[i], &action, NULL);
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
    if (interrupted_by != 0) {
        signal(interrupted_by, SIG_DFL);
        raise(interrupted_by);
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
    if (command_find(&context, argv[1]) == NULL) {
        if (argv[1][0] == '-' || strpbrk(argv[1], "/.") != NULL || access(argv[1], F_OK) == 0)
            return -1;
        fputs("logwright: there is neither a command nor a file '", stderr);
        print_shown(stderr, argv[1], strlen(argv[1]));
        fputs("'; `logwright help` lists the commands\n", stderr);
        return COMMAND_FAILED;
    }
    return shell_run(argv[1], argc - 1, argv + 1, more, n_more);
}
